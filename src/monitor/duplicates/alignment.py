"""Two texts side by side: which words they share in order, in which sentences they differ, and what is furniture.

The longest common subsequence of words is rapidfuzz's bit-parallel one (Hyyrö 2004), some 50 µs for two texts of 400 words.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from rapidfuzz.distance import LCSseq

from ..events import Passage
from ..words import fold_plain

MOST_WORDS = 8000  # of each text are laid side by side: 8 MB of bits
# Letters and digits with what may stand within a word and is folded away: apostrophes, vowel signs, marks without width.
_WORD = re.compile(
    r"[^\W_](?:[^\W_]|['’‘ʼ´`](?=[^\W_])|[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u200b-\u200f])*"
)
_SENTENCE_ENDS = re.compile(r"\n|[.!?…؟।。][\"'’”»)\]]*\s")
_FURNITURE_WORDS = 18  # a sentence that is longer is part of the report
_FURNITURE_SHARE = 0.3  # of the new text at most
_LEFT_OUT_SHARE = 0.2  # of the old text at most: what is left out may be news, what is added seldom is so short
_CHANCE = 0.4  # share of a sentence's words that stand in another one by grammar
_DATELINE_WORDS = 12
_SLIPS = 0.02  # share of a text's words that may differ within its sentences without a change of what is said
_LIKE = 0.5  # share of a sentence's words that must stand in the other text's sentence, in order
_PASSAGE_WORDS = 8
_PASSAGE_GAP = 3
_MOST_PASSAGES = 10


@dataclass(frozen=True, slots=True)
class Block:
    """Half-open ranges of word numbers, in the new text and in the old one."""

    start: int
    end: int
    of_start: int
    of_end: int


class Words:
    """A text's words with their places and the number of their sentence."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain: list[str] = []
        self.spans: list[tuple[int, int]] = []
        self.sentence: list[int] = []
        ends = [match.start() for match in _SENTENCE_ENDS.finditer(text)]
        for match in islice(_WORD.finditer(text), MOST_WORDS):
            self.plain.append(_plain(match[0]))
            self.spans.append(match.span())
            self.sentence.append(bisect_left(ends, match.start()))

    @cached_property
    def sentence_words(self) -> Counter[int]:
        """Sentence → number of its words."""
        return Counter(self.sentence)

    @cached_property
    def lower(self) -> frozenset[str]:
        """The words that stand somewhere in the text without a capital."""
        return frozenset(word for word, (start, _) in zip(self.plain, self.spans, strict=True) if not self.text[start].isupper())

    def slice(self, start: int, end: int) -> str:
        """The original text of words ``start`` to ``end``."""
        return self.text[self.spans[start][0] : self.spans[end - 1][1]] if start < end else ""


@lru_cache(maxsize=1 << 15)
def _plain(word: str) -> str:
    return fold_plain(word).replace("'", "")


@lru_cache(maxsize=64)  # a wire report is laid beside every copy
def _words(text: str) -> Words:
    return Words(text)


def common_blocks(new: list[str], old: list[str]) -> list[Block]:
    """The words that stand in the same order in both, as blocks."""
    return [
        Block(op.src_start, op.src_end, op.dest_start, op.dest_end)
        for op in LCSseq.opcodes(new[:MOST_WORDS], old[:MOST_WORDS])
        if op.tag == "equal"
    ]


def in_order(new: list[str], old: list[str]) -> float:
    """Share of both texts' words that stand in the same order in both."""
    if not new or not old:
        return 0.0
    shared = LCSseq.similarity(new[:MOST_WORDS], old[:MOST_WORDS])
    return 2 * shared / (min(len(new), MOST_WORDS) + min(len(old), MOST_WORDS))


class Alignment:
    """A new text laid beside an old one."""

    def __init__(self, new: str, old: str) -> None:
        self.new, self.old = Words(new), _words(old)
        self.blocks = common_blocks(self.new.plain, self.old.plain)
        pairs = Counter[tuple[int, int]]()
        for block in self.blocks:
            pairs.update(
                zip(self.new.sentence[block.start : block.end], self.old.sentence[block.of_start : block.of_end], strict=True)
            )
        self._like: set[tuple[int, int]] = set()
        self._shares: dict[int, float] = {}  # of a sentence's words that its nearest sentence of the other text has
        self._of_shares: dict[int, float] = {}
        for (number, of_number), count in pairs.items():
            share, of_share = count / self.new.sentence_words[number], count / self.old.sentence_words[of_number]
            self._shares[number] = max(share, self._shares.get(number, 0))
            self._of_shares[of_number] = max(of_share, self._of_shares.get(of_number, 0))
            if min(share, of_share) >= _LIKE:
                self._like.add((number, of_number))
        # A word that two sentences share by grammar alone is no anchor: "the" of a caption is not "the" of the report.
        self._anchors = [piece for block in self.blocks for piece in self._within_like(block)]

    def _within_like(self, block: Block) -> Iterator[Block]:
        start: int | None = None
        shift = block.of_start - block.start
        for word in range(block.start, block.end + 1):
            is_like = word < block.end and (self.new.sentence[word], self.old.sentence[word + shift]) in self._like
            if is_like and start is None:
                start = word
            elif not is_like and start is not None:
                yield Block(start, word, start + shift, word + shift)
                start = None

    def _gaps(self) -> Iterator[Block]:
        """What lies between the words that sentences alike have in common."""
        at, of_at = 0, 0
        for block in [*self._anchors, Block(len(self.new.plain), 0, len(self.old.plain), 0)]:
            if at < block.start or of_at < block.of_start:
                yield Block(at, block.start, of_at, block.of_start)
            at, of_at = block.end, block.of_end

    def edits(self) -> Iterator[Block]:
        """What differs within sentences that are otherwise alike: at the end of the one that a gap begins in, or where it ends.

        A gap between two sentences (furniture, a paragraph more) is no edit.
        """
        for edit in self._edits():
            start, end, of_start, of_end = edit.start, edit.end, edit.of_start, edit.of_end
            while start < end and of_start < of_end and self.new.plain[end - 1] == self.old.plain[of_end - 1]:
                end, of_end = end - 1, of_end - 1
            edit = Block(start, end, of_start, of_end)
            if (start < end or of_start < of_end) and not self._is_dateline(edit):
                yield edit

    def _edits(self) -> Iterator[Block]:
        for gap in self._gaps():
            left = self._beside(gap.start - 1, gap.of_start - 1)
            right = self._beside(gap.end, gap.of_end)
            if left is not None:
                end = _run(self.new.sentence, gap.start, gap.end, left[0])
                of_end = _run(self.old.sentence, gap.of_start, gap.of_end, left[1])
                yield Block(gap.start, end, gap.of_start, of_end)
            if right is not None and right != left:
                start = _run_back(self.new.sentence, gap.start, gap.end, right[0])
                of_start = _run_back(self.old.sentence, gap.of_start, gap.of_end, right[1])
                yield Block(start, gap.end, of_start, gap.of_end)

    def _is_dateline(self, edit: Block) -> bool:
        """Whether the sentences begin with other places, dates and agencies, set off by a dash or a bracket."""
        return _is_set_off(self.new, edit.start, edit.end) and _is_set_off(self.old, edit.of_start, edit.of_end)

    def _beside(self, word: int, of_word: int) -> tuple[int, int] | None:
        """The sentences of two words that stand beside a gap, where they are alike."""
        if not (0 <= word < len(self.new.sentence) and 0 <= of_word < len(self.old.sentence)):
            return None
        pair = self.new.sentence[word], self.old.sentence[of_word]
        return pair if pair in self._like else None

    def is_same_report(self) -> bool:
        """Whether all that differs is furniture (short sentences of the one that the other lacks) and slips of the pen."""
        return (
            _is_framed(self.new, self._shares, at_most=_FURNITURE_SHARE)
            and _is_framed(self.old, self._of_shares, at_most=_LEFT_OUT_SHARE)
            and self._slips()
        )

    def _slips(self) -> bool:
        slips = 0
        for edit in self.edits():
            new, old = self.new.plain[edit.start : edit.end], self.old.plain[edit.of_start : edit.of_end]
            if any(word.isdigit() for word in (*new, *old)):
                return False
            slips += max(len(new), len(old))
            if max(len(new), len(old)) > 1 and not (new and old and is_spelled_alike("".join(new), "".join(old))):
                return False
            if new and old and not is_spelled_alike("".join(new), "".join(old)):
                return False
        return slips <= max(1, _SLIPS * len(self.new.plain))

    def passages(self) -> tuple[Passage, ...]:
        """The longest passages that both texts have but for a few words, in their order."""
        joined: list[Block] = []
        for block in self.blocks:
            last = joined[-1] if joined else None
            if last and block.start - last.end <= _PASSAGE_GAP and block.of_start - last.of_end <= _PASSAGE_GAP:
                joined[-1] = Block(last.start, block.end, last.of_start, block.of_end)
            else:
                joined.append(block)
        longest = sorted((b for b in joined if b.end - b.start >= _PASSAGE_WORDS), key=lambda b: (b.start - b.end, b.start))
        return tuple(
            Passage(
                start=self.new.spans[b.start][0],
                end=self.new.spans[b.end - 1][1],
                of_start=self.old.spans[b.of_start][0],
                of_end=self.old.spans[b.of_end - 1][1],
            )
            for b in sorted(longest[:_MOST_PASSAGES], key=lambda b: b.start)
        )


def _is_set_off(words: Words, start: int, end: int) -> bool:
    if start > 0 and start < len(words.sentence) and words.sentence[start - 1] == words.sentence[start]:
        return False
    if start == end:
        return True
    if end - start > _DATELINE_WORDS or end >= len(words.spans):
        return False
    return any(mark in words.text[words.spans[end - 1][1] : words.spans[end][0]] for mark in "-–—)\n")


def _is_framed(words: Words, shares: dict[int, float], *, at_most: float) -> bool:
    others = [number for number in words.sentence_words if shares.get(number, 0) < _LIKE]
    sizes = [words.sentence_words[number] for number in others]
    # A sentence that shares nearly half of its words was rewritten; furniture shares few, by grammar.
    is_rewritten = any(shares.get(number, 0) > _CHANCE and words.sentence_words[number] >= 6 for number in others)
    return not is_rewritten and max(sizes, default=0) <= _FURNITURE_WORDS and sum(sizes) <= at_most * len(words.plain)


def is_spelled_alike(one: str, other: str) -> bool:
    """Two spellings of one word or name (colour, color; Yunis, Younis): five letters or more, four fifths of them shared."""
    if one == other:
        return True
    return min(len(one), len(other)) >= 4 and LCSseq.normalized_similarity(one, other) >= 0.8


def _run(sentences: list[int], start: int, end: int, number: int) -> int:
    while start < end and sentences[start] == number:
        start += 1
    return start


def _run_back(sentences: list[int], start: int, end: int, number: int) -> int:
    while end > start and sentences[end - 1] == number:
        end -= 1
    return end
