"""Where does a text speak of a proposal? Cues of a sentence, frames, and threads through the text.

A sentence opens a *frame* where a cue stands: a noun of proposing, a nickname, a truce with its duration, or what a verb
of proposing has for its object, unless it is generic, possible, denied, of another kind or of a rival conflict (`cues`).
Who proposes is read from the grammar around it (`frames`). Frames of one proposal are linked into a *thread*, which owns
the sentences after them and the terms stated there (`threads`), since the terms of a proposal follow in later sentences
more often than not. A mention is a thread: one for each proposal that a text speaks of, with all its places. Every
mention names its rules and spans, so that it can be explained by replay.

Road not taken: classifying sentences one at a time, which loses the terms and mistakes every number for one.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from ..events import MentionDetected, Reading
from ..ids import subject_id
from ..readings import AMOUNT, DURATION_TERM, ORDINAL, Found
from ..topics import KnownProposal, TopicProfile
from .frames import RESOLUTION, Frame, find_frames, together
from .language import METHOD, LanguageRules, Rules
from .reader import Reader, speaker
from .sources import source_words
from .spans import Named, Sentence
from .threads import WINDOW, Thread, link

_POINTS = {
    "proposer": 2.0,
    "mediator": 1.0,
    "nickname": 3.0,
    "term": 1.0,
    "flag": 0.5,
    "identity": 1.0,
    "date": 2.0,
    "exchange": 1.0,
    "document": 1.0,
    "accepted": 1.0,
}
_MOST_TERM_POINTS = 4.0
_LONGEST_QUOTE = 400


@dataclass(frozen=True, slots=True)
class TextToRead:
    """A row of the work list ``todo.article_to_read`` with its text."""

    article_id: str
    text_event: str
    body_sha256: str
    title: str
    text: str
    language: str
    reported_at: dt.datetime  # publication; for a text that came by an edit, when the edit was seen


def detect_mentions(text: TextToRead, rules: Rules, *, at: dt.datetime) -> tuple[list[MentionDetected], Reader | None]:
    """All mentions of one text in its order, and the reader (for the claims). Pure; the same text gives the same ids.

    A text in a language without a pack yields no mentions and no reader.
    """
    language = rules.language(text.language)
    if language is None:
        return [], None
    reader = Reader.of(text.text, language)
    threads = [thread for thread in link(reader, find_frames(reader, rules), rules) if _stands(thread)]
    reader.threads.extend(threads)
    mentions = [_mention(text, reader, thread, number, rules, at=at) for number, thread in enumerate(threads)]
    return mentions, reader


def _stands(thread: Thread) -> bool:
    """A weak noun ("plan", "deal") alone is no mention: it needs a proposer, a verb of proposing or a figure."""
    return any(frame.opens or frame.kind in ("noun", "truce", "name") for frame in thread.frames) or any(
        found.low is not None for _, found in thread.found
    )


def _mention(text: TextToRead, reader: Reader, thread: Thread, number: int, rules: Rules, *, at: dt.datetime) -> MentionDetected:
    frame, numbers = _first(thread), sorted(thread.sentences)
    readings = tuple(_reading(reader, term, thread.speaker(sentence)) for sentence, term in thread.found)
    own = reader.sentences[frame.sentence]
    names = _meant(rules.profile, thread.nicknames, text.reported_at)
    proposers = tuple(sorted({party for p in names for party in p.proposers})) or rules.as_group(thread.proposers)
    mediators = _mediators(reader, numbers, rules.mediators - set(proposers))
    start = reader.folded.original(reader.sentences[numbers[0]].start, reader.sentences[numbers[0]].end)[0]
    end = reader.folded.original(reader.sentences[numbers[-1]].start, reader.sentences[numbers[-1]].end)[1]
    claimed_by = next((f.claimed_by for f in thread.frames if f.claimed_by), ())
    points = (
        _POINTS["proposer"] * bool(proposers or claimed_by)
        + _POINTS["mediator"] * bool(mediators)
        + _POINTS["nickname"] * bool(names)
        + _POINTS["identity"] * (any(f.has_identity for f in thread.frames) or bool(thread.lineage))
        + _POINTS["date"] * any(f.is_dated for f in thread.frames)
        + _POINTS["document"] * any("proposer:body" in f.rules for f in thread.frames)
        + _POINTS["accepted"] * any(f.is_accepted for f in thread.frames)
        + _POINTS["exchange"] * _is_exchange(thread)
        + min(
            _MOST_TERM_POINTS,
            sum(
                _POINTS["term" if low is not None or term in rules.rare else "flag"]
                for term, low in {r.term: r.low for r in readings}.items()
            ),
        )
    )
    return MentionDetected.model_validate(
        {
            "mention_id": subject_id("mention", text.article_id, text.body_sha256, str(number), rules.method),
            "article_id": text.article_id,
            "body_sha256": text.body_sha256,
            "ordinal": number,
            "frame": reader.span(frame.start, frame.end),
            "places": tuple(reader.span(f.start, f.end) for f in thread.frames if f is not frame),
            "window_start": start,
            "window_end": end,
            "quote": reader.span(own.start, own.end).text[:_LONGEST_QUOTE],
            "proposers": proposers,
            "claimed_by": claimed_by,
            "mediators": mediators,
            "nicknames": tuple(p.slug for p in names),
            "readings": readings,
            "is_proposing": any(f.is_proposing for f in thread.frames),
            "is_called_new": any(f.has_identity for f in thread.frames),
            "lineage": thread.lineage,
            "answers": tuple(
                p.slug
                for p in _meant(
                    rules.profile, tuple(dict.fromkeys(a for f in thread.frames for a in f.answers)), text.reported_at
                )
            ),
            "background": thread.background,
            "said_by": frame.said_by,
            "specificity": points,
            "rules": tuple(dict.fromkeys(rule for f in thread.frames for rule in f.rules)),
            "reported_at": text.reported_at,
            "method": rules.method,
            "detected_at": at,
        }
    )


def _is_exchange(thread: Thread) -> bool:
    """Two different figures in one sentence ("… captives for a truce of … days") are the core of an offer."""
    figures: dict[int, set[str]] = {}
    for number, found in thread.found:
        if found.low is not None and found.term != "phases":
            figures.setdefault(number, set()).add(found.term)
    return any(len(terms) > 1 for terms in figures.values())


def _first(thread: Thread) -> Frame:
    """The frame that a thread is shown by: the first that names a proposer or proposes, else the first."""
    return next((f for f in thread.frames if f.is_proposing and f.proposers), None) or next(
        (f for f in thread.frames if f.opens), thread.frames[0]
    )


def dated_by_post(mention: MentionDetected, text: str, posts: Sequence[tuple[str, dt.datetime]]) -> MentionDetected:
    """The mention with the date of the post of a live blog that it stands in; as it is where no dated post holds it."""
    for post, published_at in posts:
        start = text.find(post)
        if 0 <= start <= mention.frame.start < start + len(post):
            return mention.model_copy(update={"reported_at": published_at})
    return mention


def _mediators(reader: Reader, numbers: Sequence[int], mediators: set[str]) -> tuple[str, ...]:
    """Mediators named right beside a cue of mediation; being named in a text alone makes nobody one."""
    near = 30
    found: set[str] = set()
    for number in numbers:
        start, end = reader.sentences[number].start, reader.sentences[number].end
        named = reader.named(start, end)
        for name in named:
            if name.party in mediators and reader.search(
                reader.rules.mediation, max(start, name.start - near), min(end, name.end + near)
            ):
                found |= set(together(reader, named, name)) & mediators
    return tuple(sorted(found))


def _meant(profile: TopicProfile, slugs: tuple[str, ...], reported_at: dt.datetime) -> list[KnownProposal]:
    """The proposals that a nickname means: one name may have served two, one after the other; the date decides."""
    named = [proposal for proposal in profile.proposal if proposal.slug in slugs]
    if len(named) < 2:
        return named
    day = reported_at.date()
    return [p for p in named if (p.since or day) <= day <= (p.until or day)] or named


def _reading(reader: Reader, found: Found, said_by: str) -> Reading:
    span = reader.span(found.start, found.end)
    return Reading(
        start=span.start,
        end=span.end,
        text=span.text,
        term=found.term,
        low=found.low,
        high=found.high,
        rule=found.rule,
        asserted_by=said_by,
    )


def bounds(readings: tuple[Reading, ...], term: str = DURATION_TERM) -> tuple[float, float] | None:
    """The smallest and largest figure read for a term, or None."""
    values = [v for r in readings if r.term == term for v in (r.low, r.high) if v is not None]
    return (min(values), max(values)) if values else None


def stated(readings: tuple[Reading, ...], term: str) -> tuple[float | None, float | None] | None:
    """The first figure that a text states for a term: what follows ("three phases of 45 days each") are its parts.

    Ordinals count only where nothing else does: a fourth phase makes four.
    """
    found = [r for r in readings if r.term == term and r.low is not None]
    plain = next((r for r in found if not r.rule.endswith(ORDINAL)), None)
    last = plain or max(found, key=lambda r: r.low or 0, default=None)
    return (last.low, last.high) if last else None


def amount(readings: tuple[Reading, ...], term: str) -> str | None:
    """The word that stands for a figure where a text states none: "all", "dozens", "all living"; None without any."""
    return next((r.rule.partition(AMOUNT)[2] for r in readings if r.term == term and AMOUNT in r.rule), None)


__all__ = [
    "METHOD",
    "RESOLUTION",
    "WINDOW",
    "Frame",
    "LanguageRules",
    "Named",
    "Reader",
    "Rules",
    "Sentence",
    "TextToRead",
    "Thread",
    "amount",
    "bounds",
    "dated_by_post",
    "detect_mentions",
    "source_words",
    "speaker",
    "stated",
    "together",
]
