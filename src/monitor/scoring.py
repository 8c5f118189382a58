"""How much speaks for it that a mention means a proposal of the ledger: a sum of points over fields.

Record linkage after Fellegi and Sunter (1969): agreement gives points, disagreement takes them, what is not said gives
none. The points are the profile's; each row says why it is there, so that a decision can be read.
"""

import datetime as dt
from dataclasses import dataclass, field

from .events import MentionDetected, Reading, ScoreRow
from .mentions import bounds
from .readings import DURATION_TERM
from .topics import TopicProfile

_MONTH = dt.timedelta(days=30)
_WEEK = dt.timedelta(days=7)
EARLY = dt.timedelta(days=3)  # reports may run ahead of an announcement
_LATE = dt.timedelta(days=14)
_FRESH = dt.timedelta(days=21)  # a proposal may be called new for so long
_ALIKE = 0.05
_FAR = 1.5


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
        return sum(points for name, points, _ in self.points if name != "active" or points < 0)

    @property
    def contradicts(self) -> bool:
        """True where the figures for the duration differ."""
        return any(name == DURATION_TERM and points < 0 for name, points, _ in self.points)


class Scorer:
    """The points of one profile."""

    def __init__(self, profile: TopicProfile) -> None:
        self.profile = profile
        self._bodies = {party.id for party in profile.party if party.role == "body"}
        self._members = {party.id: party.members for party in profile.party}
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
        given.append(("proposer", *self._proposer_points(mention, entry)))
        given += self._time_rows(mention, entry, moment)
        if shared := entry.mediators & set(mention.mediators):
            given.append(("mediators", weights.mediator, f"through {', '.join(sorted(shared))}"))
        for term in sorted({r.term for r in mention.readings} & {r.term for r in entry.readings}):
            given.append((term, *self._term_points(term, mention, entry)))
        if mention.specificity < self.profile.resolution.specific and linked == (mention.article_id, entry.proposal_id):
            given.append(("same document", weights.same_document, "the text last spoke of it"))
        kept = tuple(row for row in given if row[1])
        return Scored(entry, kept, sum(points for _, points, _ in kept))

    def _time_rows(self, mention: MentionDetected, entry: LedgerEntry, moment: dt.datetime) -> list[tuple[str, float, str]]:
        """What the dates say: when it was on the table, and whether a text can mean it that tells of something new."""
        weights, rows = self.profile.resolution.weights, []
        if mention.proposers and set(mention.proposers) <= self._bodies & entry.proposers and _is_near(entry, moment):
            rows.append(("at the time", weights.body_at_the_time, "reported when it was adopted"))
        if _is_just_made(entry, moment) and self._spelt_out(set(mention.proposers)) & self._spelt_out(entry.proposers):
            rows.append(("just made", weights.just_made, "reported within days of it"))
        months = months_outside(entry, moment)
        points = weights.active if months == 0 else max(weights.inactive_floor, weights.inactive_a_month * months)
        if entry.active_from is not None and moment < entry.active_from - EARLY - _MONTH / 2:
            points = weights.not_yet  # an old text cannot speak of what was proposed afterwards
        where = "while on the table" if months == 0 else f"{months:.1f} months outside its window"
        rows.append(("active", points, f"reported {moment:%Y-%m-%d}, {where}"))
        age = moment - entry.active_from if entry.active_from is not None else dt.timedelta()
        if mention.is_called_new and age > _FRESH:
            rows.append(("called new", weights.called_new, "the text calls it new or latest; this one is known for longer"))
        if mention.is_proposing and not mention.nicknames and age > _FRESH + EARLY:
            rows.append(("fresh act", weights.fresh_act, "the text tells the act of proposing; this one was made long before"))
        return rows

    def _proposer_points(self, mention: MentionDetected, entry: LedgerEntry) -> tuple[float, str]:
        weights, theirs, ours = self.profile.resolution.weights, set(mention.proposers), entry.proposers
        if not theirs or not ours:
            return 0.0, ""
        shared = theirs & ours
        if shared and shared <= self._bodies:  # a council adopts many resolutions; each is reported when it is adopted
            return weights.body, f"adopted by {', '.join(sorted(shared))}"
        if not shared:
            theirs, ours = self._spelt_out(theirs), self._spelt_out(ours)
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

    def _spelt_out(self, parties: set[str]) -> set[str]:
        """Parties with groups ("the mediators") replaced by their members."""
        return {member for party in parties for member in (self._members.get(party) or (party,))}

    def _term_points(self, term: str, mention: MentionDetected, entry: LedgerEntry) -> tuple[float, str]:
        weights = self.profile.resolution.weights
        new, known = bounds(mention.readings, term), bounds(tuple(entry.readings), term)
        if new is None or known is None:
            return (weights.rare_term, f"both speak of {term}") if term in self.rare else (0.0, "")
        why = f"{figure(new)} against {figure(known)}"
        if new[0] <= known[1] * (1 + _ALIKE) and new[1] >= known[0] * (1 - _ALIKE):
            return (weights.duration if term == DURATION_TERM else weights.count), why
        if term != DURATION_TERM:
            return (weights.phases_off if term == "phases" else weights.count_off), why
        ratio = max(new[0] / max(known[1], 0.01), known[0] / max(new[1], 0.01))
        return (weights.duration_far_off if ratio > _FAR else weights.duration_off), why


def _is_just_made(entry: LedgerEntry, moment: dt.datetime) -> bool:
    return entry.active_from is not None and EARLY - _WEEK / 2 <= moment - entry.active_from <= EARLY + _WEEK / 2


def _is_near(entry: LedgerEntry, moment: dt.datetime) -> bool:
    return entry.active_from is not None and abs(moment - entry.active_from) <= _FRESH


def months_outside(entry: LedgerEntry, moment: dt.datetime) -> float:
    """By how many months a date lies outside a proposal's window; 0 inside, or where no window is known."""
    if entry.active_from is not None and moment < entry.active_from - EARLY:
        return (entry.active_from - EARLY - moment) / _MONTH
    if entry.active_until is not None and moment > entry.active_until + _LATE:
        return (moment - entry.active_until - _LATE) / _MONTH
    return 0.0


def figure(span: tuple[float, float]) -> str:
    """A range in words: ``10``, ``10 to 12``."""
    low, high = (f"{value:g}" if value < 1e6 else f"{value:.0f}" for value in span)
    return low if low == high else f"{low} to {high}"
