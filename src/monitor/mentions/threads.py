"""Threads: the frames of a text that speak of the same proposal, and the sentences whose terms are its own.

A text speaks of one proposal in many places: it is described before it is named, and named before its terms follow.
Frames are linked in the order of the text, on the evidence that a reader has: a nickname, the same proposer, a word
that points back ("the offer"), and figures that agree. Figures that differ keep two offers of one party apart.
"""

from dataclasses import dataclass, field

from ..readings import DURATION_TERM, Found
from .frames import Frame, is_rival
from .language import Rules
from .reader import Reader
from .spans import Sentence

WINDOW = 6  # sentences after a frame whose terms are still its own
_NEAR = 3  # sentences within which something indefinite may still be the one just spoken of
_ALIKE = 1.05


@dataclass(slots=True)
class Thread:
    """The places of one proposal in a text, with the terms stated there."""

    frames: list[Frame] = field(default_factory=list)
    found: list[tuple[int, Found]] = field(default_factory=list)  # number of the sentence, term
    sentences: set[int] = field(default_factory=set)

    def values(self, term: str) -> tuple[float, float] | None:
        """The first figure stated for a term."""
        return next(((f.low, f.high) for _, f in self.found if f.term == term and f.low is not None and f.high is not None), None)

    def speaker(self, sentence: int) -> str:
        """Who says what stands in a sentence: as its frame has it, or the last frame before it."""
        before = [frame for frame in self.frames if frame.sentence <= sentence]
        return (before[-1] if before else self.frames[0]).said_by

    @property
    def proposers(self) -> tuple[str, ...]:
        """Of the first frame that names any."""
        return next((frame.proposers for frame in self.frames if frame.proposers), ())

    @property
    def nicknames(self) -> tuple[str, ...]:
        """All known names used."""
        return tuple(dict.fromkeys(name for frame in self.frames for name in frame.nicknames))

    @property
    def is_unnamed(self) -> bool:
        """True for one that is only described so far: "a truce of six weeks", "the deal"."""
        return all(frame.kind not in ("noun", "name") for frame in self.frames)

    @property
    def lineage(self) -> str | None:
        """How the text says that it descends from another."""
        return next((frame.lineage for frame in self.frames if frame.lineage), None)

    @property
    def background(self) -> str | None:
        """The agreement that is spoken of, where it is one of the past."""
        return self.frames[0].background


def link(reader: Reader, frames: list[Frame], rules: Rules) -> list[Thread]:
    """Group the frames into threads, and give each its sentences and terms."""
    threads: list[Thread] = []
    by_sentence: dict[int, list[Frame]] = {}
    for frame in frames:
        by_sentence.setdefault(frame.sentence, []).append(frame)
    open_until, current = -1, None
    for number, sentence in enumerate(reader.sentences):
        here = by_sentence.get(number, [])
        found = _of_now(reader, sentence) if here or number <= open_until else []
        if here:
            owners = [_place(threads, frame, _near(frame, here, found), reader.rules.proposers) for frame in here]
            for owner in owners:
                owner.sentences.add(number)
            for term in found:
                _owner(here, owners, term).found.append((number, term))
            current = _carrying(here, owners)
            open_until = number + WINDOW if current is not None else number
        elif current is not None and number <= open_until and not _turns_away(reader, sentence, rules):
            current.sentences.add(number)
            current.found += [(number, term) for term in found]
    return threads


def _of_now(reader: Reader, sentence: Sentence) -> list[Found]:
    """The terms of a sentence but for those of earlier agreements: "the four-day truce in November"."""
    found = reader.terms(sentence.start, sentence.end)
    earlier = [m.span() for m in reader.finditer(reader.rules.past, sentence.start, sentence.end)] if found else []
    return [term for term in found if not any(start < term.end and term.start < end for start, end in earlier)]


def _turns_away(reader: Reader, sentence: Sentence, rules: Rules) -> bool:
    """Tell whether a sentence without a frame speaks of the past or of another conflict: its figures belong to nothing here."""
    return is_rival(reader, sentence, rules) or reader.search(reader.rules.past, sentence.start, sentence.end) is not None


def _near(frame: Frame, here: list[Frame], found: list[Found]) -> list[Found]:
    """The terms of the sentence that are this frame's."""
    return [term for term in found if here[_nearest(here, term)] is frame]


def _nearest(here: list[Frame], term: Found) -> int:
    """Which frame of a sentence a term belongs to: the last before it, but one that proposes rather than one answered."""
    active = [n for n, frame in enumerate(here) if frame.is_proposing or frame.lineage] or list(range(len(here)))
    before = [n for n in active if here[n].start <= term.end]
    return before[-1] if before else active[0]


def _owner(here: list[Frame], owners: list[Thread], term: Found) -> Thread:
    return owners[_nearest(here, term)]


def _carrying(here: list[Frame], owners: list[Thread]) -> Thread | None:
    """The thread that goes on after a sentence: of the one that proposes or answers, else of its subject; none for the past.

    A text goes on about the subject of a sentence rather than about what else it names (centering, Grosz et al. 1995).
    """
    active = [n for n, frame in enumerate(here) if frame.is_proposing or frame.lineage]
    carrying = owners[active[-1] if active else 0]
    return None if carrying.background else carrying


def _place(threads: list[Thread], frame: Frame, found: list[Found], proposers: dict[str, set[str]]) -> Thread:
    """The thread that a frame belongs to, opened if need be."""
    thread = _match(threads, frame, found, proposers)
    if thread is None:
        thread = Thread()
    else:
        threads.remove(thread)  # the one spoken of last stands last
    thread.frames.append(frame)
    threads.append(thread)
    return thread


def _match(threads: list[Thread], frame: Frame, found: list[Found], proposers: dict[str, set[str]]) -> Thread | None:
    recent = [thread for thread in reversed(threads) if not thread.background]
    if frame.background:
        return next((t for t in reversed(threads) if t.background == frame.background), None)
    if frame.nicknames:
        named = [t for t in recent if set(t.nicknames) & set(frame.nicknames)]
        theirs = {party for name in frame.nicknames for party in proposers.get(name, ())}
        unnamed = [t for t in recent if not t.nicknames and set(t.proposers) & theirs and _is_near(t, frame)]
        return next(iter((*named, *unnamed)), None)
    alike = [t for t in recent if not _conflict(t, found)]
    if frame.lineage:
        own = [t for t in alike if t.lineage == frame.lineage and (_share(t, frame) or not frame.proposers)]
        pointed = [t for t in alike if frame.is_definite and not frame.proposers and any(f.is_proposing for f in t.frames)]
        return next(iter((*own, *pointed)), None)
    if frame.proposers:
        own = [t for t in alike if _share(t, frame)]
        unowned = [
            t
            for t in alike
            if not t.proposers and _is_near(t, frame) and not frame.is_owned and (frame.is_definite or t.is_unnamed)
        ]
        return next(iter((*own, *unowned)), None)
    if frame.is_definite or frame.kind == "truce":
        same_noun = [t for t in alike if any(f.noun == frame.noun for f in t.frames)]
        return next(iter((*same_noun, *alike)), None)
    if frame.has_identity:  # "a new framework" is not the one just spoken of
        return None
    return next((t for t in alike if _is_near(t, frame) and not frame.is_proposing), None)


def _share(thread: Thread, frame: Frame) -> bool:
    if "proposer:body" in frame.rules:  # a text has one resolution, whichever of its bodies it names
        return any("proposer:body" in other.rules for other in thread.frames)
    return bool(set(thread.proposers) & set(frame.proposers))


def _is_near(thread: Thread, frame: Frame) -> bool:
    return frame.sentence - thread.frames[-1].sentence <= _NEAR


def _conflict(thread: Thread, found: list[Found]) -> bool:
    """Do the figures of a sentence contradict a thread's? Another duration does; other counts only where none agrees."""
    for term in found:
        known = thread.values(term.term)
        if term.term != DURATION_TERM or known is None or term.low is None or term.high is None:
            continue
        if term.low > known[1] * _ALIKE or known[0] > term.high * _ALIKE:
            return True
    return False
