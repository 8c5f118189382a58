"""One text being read: folded, cut into sentences, with its parties; and who says what a sentence says."""

import bisect
import re
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
_PRONOUN = 24  # characters at a sentence's start in which a pronoun is its subject
_OUTLET = re.compile(r"[ ]+((?:the[ ]+)?[A-Z][\w&-]*(?:[ ]+[A-Z][\w&-]*){0,3})")
_LEADING = re.compile(r"(?:[\w’'-]+[ \n]){0,3}[\w’'-]+$")
_SUBJECT_REACH = 6  # words between a party and its verb of saying
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
    threads: "list[Thread]" = field(default_factory=list)  # what was read, by the ordinals of the mentions
    rivals: dict[int, bool] = field(default_factory=dict)  # paragraph → does it speak of another conflict?
    _terms: dict[tuple[int, int], list[Found]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, rules: LanguageRules) -> "Reader":
        """Fold and segment ``text`` and find the parties in it."""
        folded = fold(text)
        # Words in an address are nobody's; blanks of the same length keep the offsets.
        folded = Folded(_ADDRESS.sub(lambda address: " " * len(address.group()), folded.text), folded.offsets)
        # A name inside a proposal's nickname ("the … plan") names the proposal and does not act.
        blocked = [m.span() for m in rules.never.finditer(folded.text)]
        nicknames = rules.nicknames.find(folded, text, 0, len(folded.text))
        agreements = rules.agreements.find(folded, text, 0, len(folded.text))
        blocked += [(name.start, name.end) for name in nicknames]
        parties = [
            name
            for name in rules.parties.find(folded, text, 0, len(folded.text))
            if not any(start <= name.start < end for start, end in blocked)
        ]
        return cls(rules, folded, text, _sentences(text, folded), parties, nicknames, agreements)

    def named(self, start: int, end: int) -> list[Named]:
        """Parties between two positions of the folded text."""
        first = bisect.bisect_left(self.parties, start, key=lambda name: name.start)
        return [name for name in self.parties[first:] if name.end <= end]

    def terms(self, start: int, end: int) -> list[Found]:
        """The terms stated in a sentence; found once."""
        if (start, end) not in self._terms:
            self._terms[start, end] = self.rules.terms.find(self.folded.text, start, end)
        return self._terms[start, end]

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
        if match is not None and not is_line_end and _ABBREVIATED.search(text[start : match.start() + 1]):
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
    rules, folded = reader.rules, reader.folded.text
    cue = rules.according.search(folded, sentence.start, sentence.end)
    if cue is not None:
        return _source(reader, cue.end(), min(sentence.end, cue.end() + 60), nearest_last=False), cue.span()
    for said in rules.say.finditer(folded, sentence.start, sentence.end):
        lower = max(sentence.start, said.start() - 70)
        source = _source(reader, lower, said.start(), nearest_last=True)
        if source == "writer":  # "said an official", and verb-first languages
            source = _source(reader, said.end(), min(sentence.end, said.end() + 40), nearest_last=False)
        if source != "writer":
            return source, said.span()
    return "writer", None


def _source(reader: Reader, start: int, end: int, *, nearest_last: bool) -> str:
    """Whom the words beside a cue name: ``nearest_last`` where they stand before it.

    An official belongs to the party named right beside: "an X-born official" and "officials in X" are taken for X's
    too, but not a party at the other end of the sentence.
    """
    folded = reader.folded.text
    named = reader.named(start, end)
    titles = list(reader.rules.hearsay.finditer(folded, start, end))
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


def source_words(reader: Reader, sentence: Sentence) -> str:
    """Who says it in the text's own words: "two officials (Herald)", a person's full name, "" for the writer.

    A sentence without a source of its own, or whose source is a pronoun, goes on with that of the sentence before it in
    the same paragraph (free indirect speech).
    """
    before = [s for s in reader.sentences if s.paragraph == sentence.paragraph and s.start <= sentence.start]
    for here in reversed(before):
        if found := _source_here(reader, here):
            return found
        if not reader.rules.pronoun.search(reader.folded.text, here.start, min(here.end, here.start + _PRONOUN)):
            break
    return ""


def _source_here(reader: Reader, sentence: Sentence) -> str:
    rules, folded = reader.rules, reader.folded.text
    cues = [(m, m.end(), min(sentence.end, m.end() + 60)) for m in rules.according.finditer(folded, sentence.start, sentence.end)]
    for m in rules.say.finditer(folded, sentence.start, sentence.end):
        cues += [(m, max(sentence.start, m.start() - 70), m.start()), (m, m.end(), min(sentence.end, m.end() + 40))]
    for said, start, end in cues:
        is_before = end <= said.start()
        if words := _words_of_source(reader, start, end, is_before=is_before):
            outlet = _OUTLET.match(reader.text, reader.folded.original(said.start(), said.end())[1])
            told = outlet.group(1) if outlet and folded[said.start() : said.end()].strip() in rules.pack.told else ""
            return f"{words} ({told})" if told else words
    return ""


def _words_of_source(reader: Reader, start: int, end: int, *, is_before: bool) -> str:
    """The title with the words before it, or the person's or party's name, beside a cue of saying."""
    rules, folded = reader.rules, reader.folded.text
    titles = list(rules.hearsay.finditer(folded, start, end))
    people = rules.people.find(reader.folded, reader.text, start, end)
    named = reader.named(start, end)
    which = -1 if is_before else 0
    if people and words_between(folded, *((people[-1].end, end) if is_before else (start, people[0].start))) <= _SUBJECT_REACH:
        return people[which].party
    if titles:
        title = titles[which]
        words = _LEADING.search(reader.text[slice(*reader.folded.original(max(0, title.start() - 60), title.end()))])
        return words.group().strip() if words else ""
    if named and words_between(folded, *((named[-1].end, end) if is_before else (start, named[0].start))) <= _SUBJECT_REACH:
        return rules.party_names[named[which].party]
    return ""


def words_between(folded: str, start: int, end: int) -> int:
    """Number of words between two positions; 0 where the second comes first."""
    return len(re.findall(r"\w+", folded[start:end]))
