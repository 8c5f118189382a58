"""Where does a text speak of a proposal? First rules: cue noun, actor, number or nickname, over a window of sentences.

A sentence opens a *frame* when it holds a proposal noun in the singular (or a nickname of a known proposal, or a verb
of proposing with a truce) that is not generic, hypothetical, denied, of another kind or of a rival conflict. Terms are
then collected over the frame's window: its sentence and the next three, until another proposer's frame opens, since
the terms of a proposal follow in later sentences more often than not. Who proposes is read from the words around the
noun and the verb. Every mention names its rules and spans, so that it can be explained by replay.

Road not taken here: classifying sentences one at a time, which loses the terms and mistakes every number for one.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from ..events import MentionDetected, Reading
from ..ids import subject_id
from ..readings import DURATION_TERM, Found
from ..topics import KnownProposal, TopicProfile
from .frames import WINDOW, Frame, open_frames
from .language import METHOD, LanguageRules, Rules
from .reader import Reader, speaker
from .spans import Named, Sentence

_POINTS = {"proposer": 2.0, "mediator": 1.0, "nickname": 3.0, "term": 1.0, "identity": 1.0}
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
    frames = open_frames(reader, rules)
    mentions = [_mention(text, reader, frame, number, rules, at=at) for number, frame in enumerate(frames)]
    return mentions, reader


def _mention(text: TextToRead, reader: Reader, frame: Frame, number: int, rules: Rules, *, at: dt.datetime) -> MentionDetected:
    window = (reader.sentences[frame.sentence].start, reader.sentences[frame.last_sentence].end)
    found = reader.rules.terms.find(reader.folded.text, *window) if frame.takes_terms else []
    readings = tuple(_reading(reader, term, frame.said_by) for term in found)
    own = reader.sentences[frame.sentence]
    mediators = _mediators(reader, window, rules.mediators - set(frame.proposers))
    quote = reader.span(own.start, own.end).text
    names = _meant(rules.profile, frame.nicknames, text.reported_at)
    start, end = reader.folded.original(*window)
    proposers = frame.proposers or tuple(sorted({party for p in names for party in p.proposers}))
    points = (
        _POINTS["proposer"] * bool(proposers or frame.claimed_by)
        + _POINTS["mediator"] * bool(mediators)
        + _POINTS["nickname"] * bool(frame.nicknames)
        + _POINTS["identity"] * (frame.has_identity or bool(frame.lineage))
        + min(_MOST_TERM_POINTS, _POINTS["term"] * len({r.term for r in readings}))
    )
    return MentionDetected.model_validate(
        {
            "mention_id": subject_id("mention", text.article_id, text.body_sha256, str(number), rules.method),
            "article_id": text.article_id,
            "body_sha256": text.body_sha256,
            "ordinal": number,
            "frame": reader.span(frame.start, frame.end),
            "window_start": start,
            "window_end": end,
            "quote": quote[:_LONGEST_QUOTE],
            "proposers": proposers,
            "claimed_by": frame.claimed_by,
            "mediators": mediators,
            "nicknames": tuple(p.slug for p in names),
            "readings": readings,
            "is_proposing": frame.is_proposing,
            "lineage": frame.lineage,
            "answers": tuple(p.slug for p in _meant(rules.profile, frame.answers, text.reported_at)),
            "background": frame.background,
            "said_by": frame.said_by,
            "specificity": points,
            "rules": tuple(dict.fromkeys(frame.rules)),
            "reported_at": text.reported_at,
            "method": rules.method,
            "detected_at": at,
        }
    )


def dated_by_post(mention: MentionDetected, text: str, posts: Sequence[tuple[str, dt.datetime]]) -> MentionDetected:
    """The mention with the date of the post of a live blog that it stands in; as it is where no dated post holds it."""
    for post, published_at in posts:
        start = text.find(post)
        if 0 <= start <= mention.frame.start < start + len(post):
            return mention.model_copy(update={"reported_at": published_at})
    return mention


def _mediators(reader: Reader, window: tuple[int, int], mediators: set[str]) -> tuple[str, ...]:
    """Mediators named right beside a cue of mediation; being named in a text alone makes nobody one."""
    folded, near = reader.folded.text, 30
    return tuple(
        sorted(
            {
                name.party
                for name in reader.named(*window)
                if name.party in mediators
                and (reader.rules.mediation.search(folded, max(window[0], name.start - near), min(window[1], name.end + near)))
            }
        )
    )


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


__all__ = [
    "METHOD",
    "WINDOW",
    "LanguageRules",
    "Named",
    "Reader",
    "Rules",
    "Sentence",
    "TextToRead",
    "bounds",
    "dated_by_post",
    "detect_mentions",
    "speaker",
]
