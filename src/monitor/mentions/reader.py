"""One text being read: folded, cut into sentences, with its parties; and who says what a sentence says."""

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..events import Span
from ..readings import Found
from ..words import Folded, fold
from .language import LanguageRules
from .spans import Named, Sentence

if TYPE_CHECKING:
    from .threads import Thread

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_BESIDE = 3  # words between a title ("official") and the party that it belongs to
_SUBJECT_REACH = 6  # words between a party and its verb of saying
_LONGEST_ABBREVIATION = 12
_ABBREVIATED = re.compile(r"(?:\b(?:(?:[A-Z]\.)*[A-Z]|Mr|Mrs|Ms|Dr|Gen|Sgt|St|Lt|Col|Prof|No)\.)$")
_SENTENCE_END = re.compile(r"[.!?؟।][\"'”’»)\]]*[ \t]+(?=[^a-z\s])|\n+")


@dataclass(slots=True)
class Reader:
    """One text being read: its folded form, its sentences and what was spotted in it."""

    rules: LanguageRules
    folded: Folded
    text: str
    sentences: list[Sentence]
    parties: list[Named]
    nicknames: list[Named]
    agreements: list[Named]
    bits: dict[int, int]  # id of a pattern → its bit
    starts: list[int]  # of the sentences
    parts: dict[int, int]  # start of a sentence → its number
    masks: list[int]  # for each sentence the bits of the patterns that may match in it
    threads: "list[Thread]" = field(default_factory=list)  # what was read, by the ordinals of the mentions
    places: dict[str, list[int]] | None = None  # of the gate's words
    rivals: dict[int, bool] = field(default_factory=dict)  # paragraph → does it speak of another conflict?
    _terms: dict[tuple[int, int], list[Found]] = field(default_factory=dict)
    _masks: dict[tuple[int, int], int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, rules: LanguageRules) -> "Reader":
        """Fold and segment ``text`` and find the parties in it."""
        folded = fold(text)
        # Words in an address are nobody's; blanks of the same length keep the offsets.
        folded = Folded(_ADDRESS.sub(lambda address: " " * len(address.group()), folded.text), folded.offsets)
        # A name inside a proposal's nickname ("the … plan") names the proposal and does not act.
        blocked = [(start, end) for start, end, _ in rules.never.find(folded.text)]
        nicknames = rules.nicknames.find(folded, text, 0, len(folded.text))
        agreements = rules.agreements.find(folded, text, 0, len(folded.text))
        blocked += [(name.start, name.end) for name in nicknames]
        parties = [
            name
            for name in rules.parties.find(folded, text, 0, len(folded.text))
            if not any(start <= name.start < end for start, end in blocked)
        ]
        sentences = _sentences(text, folded)
        starts = [sentence.start for sentence in sentences]
        parts, masks = {start: number for number, start in enumerate(starts)}, rules.sieve.sift(folded.text, starts)
        return cls(rules, folded, text, sentences, parties, nicknames, agreements, rules.sieve.bits, starts, parts, masks)

    def named(self, start: int, end: int) -> list[Named]:
        """Parties between two positions of the folded text."""
        first = bisect.bisect_left(self.parties, start, key=lambda name: name.start)
        return [name for name in self.parties[first:] if name.end <= end]

    def terms(self, start: int, end: int) -> list[Found]:
        """The terms stated in a sentence; found once."""
        if (start, end) not in self._terms:
            self._terms[start, end] = self.rules.terms.find(
                self.folded.text, start, end, only=self.rules.terms_in(self.mask(start, end))
            )
        return self._terms[start, end]

    def search(self, pattern: re.Pattern[str], start: int, end: int) -> re.Match[str] | None:
        """The first match of one of the language's patterns between two positions; not tried where it cannot match."""
        return pattern.search(self.folded.text, start, end) if self.may(pattern, start, end) else None

    def finditer(self, pattern: re.Pattern[str], start: int, end: int) -> Iterator[re.Match[str]]:
        """All matches between two positions."""
        return pattern.finditer(self.folded.text, start, end) if self.may(pattern, start, end) else iter(())

    def may(self, pattern: re.Pattern[str], start: int, end: int) -> bool:
        """Tell whether a string that the pattern requires stands in the sentences between two positions."""
        bit = self.bits.get(id(pattern))
        return bit is None or self.mask(start, end) & bit != 0

    def mask(self, start: int, end: int) -> int:
        """The bits of the patterns that may match in the sentences between two positions; worked out once."""
        if (start, end) not in self._masks:
            self._masks[start, end] = self._mask(start, end)
        return self._masks[start, end]

    def _mask(self, start: int, end: int) -> int:
        part = self.parts.get(start, -1)
        if part < 0:
            part = max(0, bisect.bisect_right(self.starts, start) - 1)
        mask, part = (self.masks[part] if self.masks else 0), part + 1
        while part < len(self.starts) and self.starts[part] < end:
            mask |= self.masks[part]
            part += 1
        return mask

    def span(self, start: int, end: int) -> Span:
        """A span of the original text for one of the folded text, white space trimmed."""
        a, b = self.folded.original(start, end)
        words = self.text[a:b]
        a += len(words) - len(words.lstrip())
        return Span(start=a, end=a + len(words.strip()), text=words.strip())


def _sentences(text: str, folded: Folded) -> list[Sentence]:
    """Split at stops followed by something else than a small letter, and at line ends; spans over the folded text."""
    spans, start, paragraph = [], 0, 0
    for match in [*_SENTENCE_END.finditer(text), None]:
        end = match.end() if match else len(text)
        is_line_end = match is not None and "\n" in match.group()
        if (
            match is not None
            and not is_line_end
            and _ABBREVIATED.search(text, max(start, match.start() - _LONGEST_ABBREVIATION), match.start() + 1)
        ):
            continue
        if text[start:end].strip():
            a, b = (bisect.bisect_left(folded.offsets, position) for position in (start, end))
            spans.append(Sentence(a, min(b, len(folded.text)), paragraph))
        start = end
        paragraph += is_line_end
    return spans


def speaker(reader: Reader, sentence: Sentence) -> tuple[str, tuple[int, int] | None]:
    """Who says what the sentence says: a party's id, ``official:<party>``, ``anonymous`` or ``writer``; and the cue's span.

    Attribution cues are those of quotation research (Pareti's source, cue, content): "according to X", "X said".
    """
    rules = reader.rules
    cue = reader.search(rules.according, sentence.start, sentence.end)
    if cue is not None:
        return _source(reader, cue.end(), min(sentence.end, cue.end() + 60), nearest_last=False), cue.span()
    for said in unquoted(reader, sentence, reader.finditer(rules.say, sentence.start, sentence.end)):
        lower = max(sentence.start, said.start() - 70)
        source = _source(reader, lower, said.start(), nearest_last=True)
        if source == "writer":  # "said an official", and verb-first languages
            source = _source(reader, said.end(), min(sentence.end, said.end() + 40), nearest_last=False)
        if source != "writer":
            return source, said.span()
    return "writer", None


def unquoted(reader: Reader, sentence: Sentence, cues: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    """The cues of saying outside of quotation marks, or all where there is none: who speaks in a quotation is not its source."""
    found, folded = list(cues), reader.folded.text
    outside = [cue for cue in found if folded.count('"', sentence.start, cue.start()) % 2 == 0]
    return outside or found


def _source(reader: Reader, start: int, end: int, *, nearest_last: bool) -> str:
    """Whom the words beside a cue name: ``nearest_last`` where they stand before it.

    An official belongs to the party named right beside: "an X-born official" and "officials in X" are taken for X's
    too, but not a party at the other end of the sentence.
    """
    folded = reader.folded.text
    named = reader.named(start, end)
    titles = list(reader.finditer(reader.rules.hearsay, start, end))
    if titles:
        title = titles[-1] if nearest_last else titles[0]
        beside = [
            name for name in named if words_between(folded, min(name.end, title.end()), max(name.start, title.start())) <= _BESIDE
        ]
        beside.sort(key=lambda name: abs(name.start - title.start()))
        return f"official:{beside[0].party}" if beside else "anonymous"
    if not named:
        return "writer"
    name = named[-1] if nearest_last else named[0]
    gap = words_between(folded, name.end, end) if nearest_last else words_between(folded, start, name.start)
    return name.party if gap <= _SUBJECT_REACH else "writer"


def words_between(folded: str, start: int, end: int) -> int:
    """Number of words between two positions; 0 where the second comes first."""
    return len(re.findall(r"\w+", folded[start:end]))
