"""Gates: whether a text is an article, or what stands in an article's place.

A consent page, a challenge, a paywall and a notice of the site are told by what their sentences are about, not by who serves
them: the share of the words that lie in sentences with a cue (``walls.toml``, in two dozen languages). An article *about*
cookies or subscriptions has such sentences too, but among others; a wall has little else. Hence no single phrase decides, and a
long text never is a wall for a banner at its end. A wall says its piece outside of what an extractor takes for the article, so
where no text of any length is found, what the page shows counts.

A stub is told by comparison: what is left of the text when the sentences that the feed (or the page's description) gives
anyway, and those of the paywall, are taken off. Roads not taken: the address a page was redirected to, class names of consent
managers (both change by the month and name vendors); a trained classifier (nothing to train it on that may be shipped).
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import ahocorasick_rs

from ..fingerprints import shingles, tokens
from ..words import fold_plain
from .languages import detected, is_same

_SENTENCE = re.compile(r"(?<=[.!?؟。！？…])\s+|\n+")
_UNSPACED = "\u2e80"  # where the Chinese, Japanese and Korean blocks begin
_WORD = re.compile(r"[^\W_]+")
_CUT = re.compile(r"(\.\.\.|…|\[…\]|\[\.\.\.\])\s*\Z")
_SHARE = 0.4  # of the words of a text lie in sentences of one kind: it is that
_SHARE_SHOWN = 0.25  # of what a page shows; menus and footers are shown, too
_FEW = 40  # words that are left: no article, whatever they say
_TEASER = 120  # words: the longest text that a paywall's word in it makes a stub
_UNMARKED = 60  # words: less, without any sign of an article, is some notice in whatever language
_LEAST_SHOWN = 2  # sentences of one kind in what a page shows
_HEAD = 2_500  # characters that are looked at: a wall does not begin like an article
_ENOUGH_FOR_LANGUAGE = 40  # words


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows and says besides the text: its lines, the feed's and its own summaries, whether it is free to read."""

    lines: Callable[[], Sequence[str]]  # seldom asked for, and costly
    summaries: Sequence[str]
    feed_language: str = ""
    is_free: bool | None = None
    is_article: bool = True  # by a date, JSON-LD or markup


@dataclass(frozen=True, slots=True)
class _Sentence:
    """Words of a sentence, the kind of wall that it speaks of, and whether it does so by a mark."""

    words: tuple[str, ...]
    kind: str | None
    is_marked: bool

    @property
    def size(self) -> int:
        """Words."""
        return size_of(self.words)


def size_of(words: Sequence[str]) -> int:
    """How many words these are; of scripts that do not set words apart, two characters count as one."""
    return sum(1 if word[0] < _UNSPACED else (len(word) + 1) // 2 for word in words)


def wall_in(text: str, page: Shown) -> tuple[str, str] | None:
    """The reason why a text is no article (one of QUARANTINE_REASONS) and its figures, or None."""
    sentences = _sentences(text[:_HEAD])
    total = sum(one.size for one in sentences)
    kind, share = _leading(sentences)
    if kind and share >= _SHARE:
        return kind, f"{share:.0%} of {total} words"
    if stub := _stub(text, sentences, page):
        return stub
    if page.feed_language and total >= _ENOUGH_FOR_LANGUAGE:
        language = detected(text)
        if language and not is_same(language, page.feed_language):
            return "wrong_language", f"{language} in a feed in {page.feed_language}"
    if not page.is_article and 0 < total < _UNMARKED:
        return "too_short", f"{total} words on a page that says nowhere that it is an article"
    return None


def _stub(text: str, sentences: Sequence[_Sentence], page: Shown) -> tuple[str, str] | None:
    """Whether a short text is what a page shows to those who may not read the article."""
    total = sum(one.size for one in sentences)
    if total > _TEASER:
        return None
    left = _left(sentences, page.summaries)
    if left < _FEW and (shown := _wall_shown(page.lines())):
        return shown
    if total == 0:
        return None
    if left < _FEW and (page.is_free is False or any(one.kind == "paywall" for one in sentences)):
        return "paywall", f"{left} words beyond the summary"
    if any(one.kind == "paywall" and one.is_marked for one in sentences[-2:]):
        return "paywall", f"{total} words, then an offer"
    if _is_summary(text, page.summaries) and (total < _FEW or _is_offered(text, page)):
        return "stub", f"{total} words, all of them in the summary"
    return None


def _sentences(text: str) -> list[_Sentence]:
    """The sentences of a text and what each is about."""
    parts = _SENTENCE.split(_plain(text))
    cues = _cues_in("\n".join(parts))
    found = []
    for part in parts:
        words = _WORD.findall(part)
        if words:
            found.append(_Sentence(tuple(words), _kind(part, cues), any(one.has_mark(part) for one in cues)))
    return found


def _plain(text: str) -> str:
    """A text folded line by line: folding makes spaces of line ends."""
    return "\n".join(map(fold_plain, text.splitlines()))


def _leading(sentences: Sequence[_Sentence]) -> tuple[str | None, float]:
    """The kind with most words in its sentences, and the share of all words that lie in sentences of any kind.

    Kinds mix: a challenge asks for JavaScript and cookies, a consent page offers a subscription. All of them are no article.
    """
    counts: dict[str, int] = {}
    for one in sentences:
        if one.kind:
            counts[one.kind] = counts.get(one.kind, 0) + one.size
    if not counts:
        return None, 0
    return max(counts, key=lambda kind: counts[kind]), sum(counts.values()) / sum(one.size for one in sentences)


def _wall_shown(lines: Sequence[str]) -> tuple[str, str] | None:
    sentences = _sentences("\n".join(lines)[:_HEAD])
    kind, share = _leading(sentences)
    cues = sum(one.kind is not None for one in sentences)
    total = sum(one.size for one in sentences)
    if kind and share >= _SHARE_SHOWN and (cues >= _LEAST_SHOWN or share >= _SHARE):
        return kind, f"{share:.0%} of {total} words shown"
    return None


def _left(sentences: Sequence[_Sentence], summaries: Sequence[str]) -> int:
    """Words in sentences that are neither those of a wall nor in a summary."""
    known = {shingle for summary in summaries for shingle in shingles(tokens(summary))}
    left = 0
    for one in sentences:
        own = shingles(list(one.words))  # an apostrophe more or less matters little here
        if one.kind is None and len(own & known) < len(own) / 2:
            left += one.size
    return left


def _is_offered(text: str, page: Shown) -> bool:
    """Whether anything says that there is more: the mark of a cut, the page's own word, an offer."""
    if _CUT.search(text) or page.is_free is False:
        return True
    return any(one.kind == "paywall" and one.is_marked for one in _sentences("\n".join(page.lines())))


def _is_summary(text: str, summaries: Sequence[str]) -> bool:
    """Whether a short text is (a part of) a summary. Feeds that give whole texts are common, so this alone is no reason."""
    own = shingles(tokens(text))
    return any(len(own & shingles(tokens(summary))) >= 0.9 * len(own) for summary in summaries)


@dataclass(frozen=True, slots=True)
class _Cues:
    """The cues of a kind that occur in a text at all: few, of some two thousand. The others are not sought in its sentences."""

    kind: str
    marks: re.Pattern[str] | None
    words: re.Pattern[str] | None

    def has_mark(self, sentence: str) -> bool:
        return self.marks is not None and self.marks.search(sentence) is not None

    def has_words(self, sentence: str) -> bool:
        return self.words is not None and len(set(self.words.findall(sentence))) >= 2


@cache
def _vocabulary() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Kind → its marks and its words, folded as the texts are."""
    kinds = tomllib.loads(files(__package__).joinpath("walls.toml").read_text(encoding="utf-8"))
    return {
        kind: (
            tuple(sorted({fold_plain(mark) for mark in cues["marks"]})),
            tuple(sorted({fold_plain(word) for word in cues["words"]})),
        )
        for kind, cues in kinds.items()
    }


def _cues_in(text: str) -> tuple[_Cues, ...]:
    """``text`` is folded."""
    cues, automaton = _automaton()
    there = {cues[number] for number, _, _ in automaton.find_matches_as_indexes(text, overlapping=True)}
    return tuple(_Cues(kind, _pattern(marks, there), _pattern(words, there)) for kind, (marks, words) in _vocabulary().items())


@cache
def _automaton() -> tuple[list[str], ahocorasick_rs.AhoCorasick]:
    """All cues, and what finds them in one pass over a text."""
    cues = sorted({cue for marks, words in _vocabulary().values() for cue in (*marks, *words)})
    return cues, ahocorasick_rs.AhoCorasick(cues)


def _pattern(cues: Sequence[str], there: set[str]) -> re.Pattern[str] | None:
    """Any of the cues that occur in the text; where a script sets no articles before its words, a cue begins a word."""
    present = sorted(there.intersection(cues), key=lambda cue: (-len(cue), cue))
    if not present:
        return None
    return re.compile("|".join((r"(?<!\w)" if cue[0] < "\u0590" else "") + re.escape(cue) for cue in present))


def _kind(sentence: str, cues: Sequence[_Cues]) -> str | None:
    """What a folded sentence is about: the first kind with a mark in it, else the first with two of its words."""
    marked = (one.kind for one in cues if one.has_mark(sentence))
    worded = (one.kind for one in cues if one.has_words(sentence))
    return next(marked, None) or next(worded, None)
