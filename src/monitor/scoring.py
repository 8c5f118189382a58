"""How much speaks for it that a mention means a proposal of the ledger: a sum of points over fields.

Record linkage after Fellegi and Sunter (1969): agreement gives points, disagreement takes them, what is not said gives
none. The points are the profile's; each row says why it is there, so that a decision can be read.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import add

from .events import MentionDetected, Reading, ScoreRow
from .mentions import RESOLUTION, bounds
from .readings import DURATION_TERM
from .topics import TopicProfile

MONTH = dt.timedelta(days=30)
_WEEK = dt.timedelta(days=7)
EARLY = dt.timedelta(days=3)  # reports may run ahead of an announcement
LATE = dt.timedelta(days=14)
FRESH = dt.timedelta(days=21)  # a proposal may be called new for so long
JUST_MADE = (EARLY - _WEEK / 2, EARLY + _WEEK / 2)
ALIKE = 0.05
FAR = 1.5
Range = tuple[float, float]


@dataclass(slots=True)
class LedgerEntry:
    """A proposal as known when a mention is resolved. ``readings`` grow with every mention linked to it."""

    proposal_id: str
    label: str
    proposers: set[str]
    claimed_by: set[str]
    mediators: set[str]
    nicknames: set[str]
    active_from: dt.datetime | None
    active_until: dt.datetime | None
    parent_id: str | None = None
    readings: list[Reading] = field(default_factory=list)
    is_dismissed: bool = False  # a person says that it is none; what means it opens no other one
    _spans: dict[str, Range | None] = field(default_factory=dict, repr=False, compare=False)
    _spanned: int = field(default=0, repr=False, compare=False)

    @property
    def spans(self) -> dict[str, Range | None]:
        """Term → the smallest and largest figure read for it, or None where no text gives one. Readings are only ever added."""
        if self._spanned != len(self.readings):
            terms = dict.fromkeys(reading.term for reading in self.readings)
            self._spans, self._spanned = {term: bounds(tuple(self.readings), term) for term in sorted(terms)}, len(self.readings)
        return self._spans

    def take_in(self, other: "LedgerEntry") -> None:
        """Add what is known of another one that a person says is this one."""
        self.proposers |= other.proposers
        self.claimed_by |= other.claimed_by
        self.mediators |= other.mediators
        self.nicknames |= other.nicknames
        self.readings += other.readings
        self.active_from = min(self.active_from, other.active_from) if self.active_from and other.active_from else None
        self.active_until = max(self.active_until, other.active_until) if self.active_until and other.active_until else None


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its sum."""

    entry: LedgerEntry
    points: tuple[tuple[str, float, str], ...]  # field, points, why
    score: float  # their sum

    @property
    def rows(self) -> tuple[ScoreRow, ...]:
        """The points as they are kept; made for the one that is shown only."""
        return tuple(ScoreRow(field=name, points=points, why=why) for name, points, why in self.points)

    @property
    def apart_from_time(self) -> float:
        """The sum without what being on the table at the time gives: half of all proposals share that."""
        return _total(points for name, points, _ in self.points if name != "active" or points < 0)

    @property
    def contradicts(self) -> bool:
        """True where the figures for the duration differ."""
        return any(name == DURATION_TERM and points < 0 for name, points, _ in self.points)


def _total(points: Iterable[float]) -> float:
    """Added one after the other, as ``ranking`` adds columns; the last bit of ``sum`` is another one since Python 3.12."""
    return reduce(add, points, 0.0)


class Scorer:
    """The points of one profile."""

    def __init__(self, profile: TopicProfile) -> None:
        self.profile = profile
        self.bodies = {party.id for party in profile.party if party.role == "body"}
        self.members = {party.id: party.members for party in profile.party}
        self._conveyors = {party.id for party in profile.party if party.role == "mediator"}
        self.rare = {term.id for term in profile.term if term.is_rare}

    def score(self, mention: MentionDetected, entry: LedgerEntry, linked: tuple[str, str] | None) -> Scored:
        """The sum for one candidate; every row says why. ``linked`` is the document and proposal last spoken of."""
        weights, moment = self.profile.resolution.weights, mention.reported_at
        given: list[tuple[str, float, str]] = []
        if mention.nicknames and mention.lineage is None:  # beside a lineage word, the nickname is the parent's
            is_own = bool(entry.nicknames & set(mention.nicknames))
            why = f"named {', '.join(mention.nicknames)}" + ("" if is_own else ", which is another")
            given.append(("nickname", weights.nickname if is_own else weights.other_nickname, why))
        given.append(("proposer", *self.proposer_points(mention, entry)))
        given += self._time_rows(mention, entry, moment)
        if shared := entry.mediators & set(mention.mediators):
            given.append(("mediators", weights.mediator, f"through {', '.join(sorted(shared))}"))
        for term in sorted({r.term for r in mention.readings} & entry.spans.keys()):
            given.append((term, *self.term_points(term, bounds(mention.readings, term), entry.spans[term])))
        if mention.specificity < self.profile.resolution.specific and linked == (mention.article_id, entry.proposal_id):
            given.append(("same document", weights.same_document, "the text last spoke of it"))
        kept = tuple(row for row in given if row[1])
        return Scored(entry, kept, _total(points for _, points, _ in kept))

    def _time_rows(self, mention: MentionDetected, entry: LedgerEntry, moment: dt.datetime) -> list[tuple[str, float, str]]:
        """What the dates say: when it was on the table, and whether a text can mean it that tells of something new."""
        weights, rows = self.profile.resolution.weights, []
        if self.is_of_body(mention, entry) and _is_near(entry, moment):
            rows.append(("at the time", weights.body_at_the_time, "reported when it was adopted"))
        if _is_just_made(entry, moment) and self.spelt_out(set(mention.proposers)) & self.spelt_out(entry.proposers):
            rows.append(("just made", weights.just_made, "reported within days of it"))
        months = months_outside(entry, moment)
        points = self.active_points(moment, entry.active_from, entry.active_until)
        where = "while on the table" if months == 0 else f"{months:.1f} months outside its window"
        rows.append(("active", points, f"reported {moment:%Y-%m-%d}, {where}"))
        age = moment - entry.active_from if entry.active_from is not None else dt.timedelta()
        if mention.is_called_new and age > FRESH:
            rows.append(("called new", weights.called_new, "the text calls it new or latest; this one is known for longer"))
        if mention.is_proposing and not mention.nicknames and age > FRESH + EARLY:
            rows.append(("fresh act", weights.fresh_act, "the text tells the act of proposing; this one was made long before"))
        return rows

    def active_points(self, moment: dt.datetime, since: dt.datetime | None, until: dt.datetime | None) -> float:
        """The points for having been on the table at a moment, or not."""
        weights, months = self.profile.resolution.weights, _months(moment, since, until)
        if since is not None and moment < since - EARLY - MONTH / 2:
            return weights.not_yet  # an old text cannot speak of what was proposed afterwards
        return weights.active if months == 0 else max(weights.inactive_floor, weights.inactive_a_month * months)

    def proposed_by(self, mention: MentionDetected, entry: LedgerEntry) -> set[str]:
        """The proposers of a mention; of a resolution, whoever drafted it, the body that the entry has for its proposer.

        Where the entry is no body's, the draft is its proposer's own or nobody's.
        """
        if RESOLUTION not in mention.rules:
            return set(mention.proposers)
        return entry.proposers & self.bodies or entry.proposers & set(mention.proposers) or {RESOLUTION}

    def is_of_body(self, mention: MentionDetected, entry: LedgerEntry) -> bool:
        """Tell whether both are a body's, such as a council's."""
        return bool(mention.proposers) and self.proposed_by(mention, entry) <= self.bodies & entry.proposers

    def proposer_points(self, mention: MentionDetected, entry: LedgerEntry) -> tuple[float, str]:
        """The points for who proposes, and why."""
        weights, theirs, ours = self.profile.resolution.weights, self.proposed_by(mention, entry), entry.proposers
        if not theirs or not ours:
            return 0.0, ""
        shared = theirs & ours
        if shared and shared <= self.bodies:  # a council adopts many resolutions; each is reported when it is adopted
            return weights.body, f"adopted by {', '.join(sorted(shared))}"
        if not shared:
            theirs, ours = self.spelt_out(theirs), self.spelt_out(ours)
            shared = theirs & ours
        if shared and (theirs <= ours or ours <= theirs) and (theirs | ours) <= self._conveyors:
            return weights.conveyor, f"proposed by {', '.join(sorted(shared))} among those who convey"
        if shared:
            share = len(shared) / len(theirs | ours) if len(theirs) > 1 else 1.0  # one of several is half a match
            return weights.proposer * share, f"proposed by {', '.join(sorted(shared))}"
        if said := theirs & entry.claimed_by:
            return weights.told_by, f"made known by {', '.join(sorted(said))}"
        is_close = bool(theirs & entry.mediators or ours & set(mention.mediators))
        return (
            -1.0 if is_close else weights.other_proposer,
            f"proposed by {', '.join(sorted(theirs))}, not {', '.join(sorted(ours))}",
        )

    def spelt_out(self, parties: set[str]) -> set[str]:
        """Parties with groups ("the mediators") replaced by their members."""
        return {member for party in parties for member in (self.members.get(party) or (party,))}

    def term_points(self, term: str, new: Range | None, known: Range | None) -> tuple[float, str]:
        """The points for a term that both state, and why; the ranges are what the text and the ledger give for it."""
        weights = self.profile.resolution.weights
        if new is None or known is None:
            return (weights.rare_term, f"both speak of {term}") if term in self.rare else (0.0, "")
        why = f"{figure(new)} against {figure(known)}"
        if new[0] <= known[1] * (1 + ALIKE) and new[1] >= known[0] * (1 - ALIKE):
            return (weights.duration if term == DURATION_TERM else weights.count), why
        if term != DURATION_TERM:
            return (weights.phases_off if term == "phases" else weights.count_off), why
        ratio = max(new[0] / max(known[1], 0.01), known[0] / max(new[1], 0.01))
        return (weights.duration_far_off if ratio > FAR else weights.duration_off), why


def _is_just_made(entry: LedgerEntry, moment: dt.datetime) -> bool:
    return entry.active_from is not None and JUST_MADE[0] <= moment - entry.active_from <= JUST_MADE[1]


def _is_near(entry: LedgerEntry, moment: dt.datetime) -> bool:
    return entry.active_from is not None and abs(moment - entry.active_from) <= FRESH


def months_outside(entry: LedgerEntry, moment: dt.datetime) -> float:
    """By how many months a date lies outside a proposal's window; 0 inside, or where no window is known."""
    return _months(moment, entry.active_from, entry.active_until)


def _months(moment: dt.datetime, since: dt.datetime | None, until: dt.datetime | None) -> float:
    if since is not None and moment < since - EARLY:
        return (since - EARLY - moment) / MONTH
    if until is not None and moment > until + LATE:
        return (moment - until - LATE) / MONTH
    return 0.0


def figure(span: tuple[float, float]) -> str:
    """A range in words: ``10``, ``10 to 12``."""
    low, high = (f"{value:g}" if value < 1e6 else f"{value:.0f}" for value in span)
    return low if low == high else f"{low} to {high}"
