"""The ledger: which proposal does a mention mean? Known, a variant, new, or not to be decided.

Numbers cannot identify a proposal: reports of one differ in them, and different ones share them. So identity is who,
when and lineage, and numbers only confirm. The decision is that of record linkage (Fellegi and Sunter 1969): a sum of
points over fields, with a zone between link and non-link that is kept for review and never alerts. A proposal's terms
stay a set of attributed readings; none overwrites another. The points and thresholds are the profile's.
"""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .events import EventData, MentionDetected, MentionResolved, Outcome, ProposalOpened, ProposalVaried, Reading
from .ids import subject_id
from .mentions import RESOLUTION, bounds
from .readings import DURATION_TERM
from .scoring import EARLY, LedgerEntry, Scored, Scorer, figure
from .topics import KnownProposal, TopicProfile

if TYPE_CHECKING:
    from .ranking import Ranking

METHOD = "ledger/2"
_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)
_ALIVE = dt.timedelta(days=45)  # a proposal found in the news is taken to be on the table so long, unless reported again


def open_known(profile: TopicProfile, *, at: dt.datetime) -> list[ProposalOpened]:
    """The events that put the profile's known proposals into the ledger."""
    return [_open_known(profile, proposal, at=at) for proposal in profile.proposal]


def _open_known(profile: TopicProfile, proposal: KnownProposal, *, at: dt.datetime) -> ProposalOpened:
    readings = tuple(
        Reading(
            start=0,
            end=0,
            text="",
            term=term,
            low=None if isinstance(value, bool) else value[0],
            high=None if isinstance(value, bool) else value[1],
            rule="profile",
            asserted_by="profile",
        )
        for term, value in proposal.terms.items()
        if value is not False
    )
    return ProposalOpened(
        proposal_id=profile.proposal_id(proposal.slug),
        label=proposal.label,
        kind=proposal.type,
        status=proposal.status,
        proposers=proposal.proposers,
        claimed_by=proposal.claimed_by,
        mediators=proposal.mediators,
        nicknames=(proposal.slug,),
        announced_at=_midnight(proposal.announced),
        active_from=_midnight(proposal.since),
        active_until=_midnight(proposal.until),
        readings=readings,
        mention_id=None,
        article_id=None,
        opened_at=at,
    )


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) if day else None


def evolve(entry: LedgerEntry | None, event: ProposalOpened) -> LedgerEntry:
    """The ledger's entry after a proposal was opened or varied (a second opening changes nothing)."""
    return entry or LedgerEntry(
        proposal_id=event.proposal_id,
        label=event.label,
        proposers=set(event.proposers),
        claimed_by=set(event.claimed_by),
        mediators=set(event.mediators),
        nicknames=set(event.nicknames),
        active_from=event.active_from,
        active_until=event.active_until,
        parent_id=event.parent_id if isinstance(event, ProposalVaried) else None,
        readings=list(event.readings),
    )


class Ledger:
    """The proposals of one topic, in memory while mentions are resolved in their order."""

    def __init__(
        self, profile: TopicProfile, entries: Iterable[LedgerEntry] = (), *, last_linked: tuple[str, str] | None = None
    ) -> None:
        """``last_linked`` names the document read last and the proposal that it last spoke of."""
        self.profile = profile
        self._scorer = Scorer(profile)
        from .ranking import LedgerEntries  # numpy, a tenth of a second, for who resolves

        self.entries = LedgerEntries(entries)
        self._linked = last_linked

    def resolve(self, mention: MentionDetected, *, at: dt.datetime) -> list[EventData]:
        """Decide on one mention: its MentionResolved, and before it the proposal that it opens, if any."""
        from .ranking import Ranking

        ranking = Ranking(self.entries.ranked(self._scorer, mention, self._linked))
        best, second = ranking.at(0), ranking.at(1)
        lead = best.score - (second.score if second else 0.0) if best else 0.0
        outcome, target = self._decide(mention, ranking, lead)
        if target is not None and target.is_dismissed:
            outcome = "dismissed" if outcome in ("known", "underspecified") else "possible"
            target = target if outcome == "dismissed" else None
        events: list[EventData] = []
        if outcome in ("new", "variant"):
            opened = open_from(self.profile, mention, parent=target if outcome == "variant" else None, at=at)
            events.append(opened)
            target = self.entries[opened.proposal_id] = evolve(self.entries.get(opened.proposal_id), opened)
        elif outcome == "known" and target is not None:
            target.readings += mention.readings
            target.mediators |= set(mention.mediators)
            self.entries.changed(target)
        if target is not None:
            self._linked = (mention.article_id, target.proposal_id)
        events.append(
            MentionResolved(
                mention_id=mention.mention_id,
                article_id=mention.article_id,
                outcome=outcome,
                proposal_id=target.proposal_id if target else None,
                nearest_id=best.entry.proposal_id if best else None,
                score=round(best.score, 2) if best else 0.0,
                lead=round(lead, 2),
                rows=best.rows if best else (),
                method=f"{METHOD}:{self.profile.digest[:12]}",
                resolved_at=at,
            )
        )
        return events

    def _decide(self, mention: MentionDetected, ranking: "Ranking", lead: float) -> tuple[Outcome, LedgerEntry | None]:
        rules, best = self.profile.resolution, ranking.at(0)
        if mention.background is not None and not mention.is_proposing:
            return "background", None
        parent = self._parent(mention)
        is_specific = mention.specificity >= rules.specific
        if (
            best is not None
            and best.score >= rules.known
            and lead >= rules.lead
            and (mention.lineage is None or best.entry.parent_id is not None)
        ):  # a variant is never its parent
            return ("known" if is_specific or mention.nicknames else "underspecified"), best.entry
        if parent is not None and is_specific and self._differs(mention) and (mention.proposers or _extends(mention)):
            near = ranking.down_to(rules.known)
            same = next((s for s in near if s.entry.parent_id is not None and self._is_reported_again(mention, s)), None)
            return ("known", same.entry) if same else ("variant", parent)
        if not is_specific:
            is_near = best is not None and best.score >= rules.known - 1 and lead >= rules.lead and mention.lineage is None
            return "underspecified", best.entry if is_near and best is not None else None
        if not self._may_open(mention):
            return "possible", None
        if best is None or best.apart_from_time < rules.new_below:
            return "new", None
        if mention.is_proposing and best.contradicts and best.entry.proposers & set(mention.proposers):
            # The same party, other figures, no word of lineage: a text cannot tell a reading from a successor.
            return "variant", best.entry
        return "possible", None

    def _differs(self, mention: MentionDetected) -> bool:
        """Tell whether a mention with a lineage word says what is another: a counter-proposal does by itself.

        "A plan of its own" does not: it may be one for another war.
        """
        return _has_figures(mention) or (
            mention.lineage == "responds_to" and mention.is_proposing and "weak" not in mention.rules
        )

    def _is_reported_again(self, mention: MentionDetected, scored: Scored) -> bool:
        """Tell whether a variant is one already known: the same parties, still on the table, no other figures."""
        return not scored.contradicts and bool(scored.entry.proposers & set(mention.proposers) or not mention.proposers)

    def _may_open(self, mention: MentionDetected) -> bool:
        """Tell whether it may be a proposal of its own: somebody's, with a term; or an exchange with its figures."""
        figures = {reading.term for reading in mention.readings if reading.low is not None or reading.term in self._scorer.rare}
        if mention.proposers:  # without a figure, a "deal" is no proposal yet; a "proposal" is
            return (
                bool(figures)
                or (mention.is_proposing and mention.is_called_new)
                or bool({"noun", "nickname", "proposer:body", RESOLUTION} & set(mention.rules))
            )
        return len(figures) > 1 or (mention.lineage is not None and DURATION_TERM in figures)

    def _parent(self, mention: MentionDetected) -> LedgerEntry | None:
        """What a mention with a lineage word varies or answers: one named beside it, or the latest on the table."""
        if mention.lineage is None:
            return None
        ids = [self.profile.proposal_id(slug) for slug in (*mention.answers, *mention.nicknames)]
        named = [self.entries[i] for i in ids if i in self.entries and not self.entries[i].is_dismissed]
        if named:
            open_to = [e for e in named if mention.lineage != "responds_to" or not e.proposers & set(mention.proposers)]
            return max(open_to, key=lambda e: (e.active_from or _LONG_AGO, e.proposal_id), default=None)
        others = (e for e in self.entries.on_table(mention.reported_at) if e.parent_id is None and not e.is_dismissed)
        return next((entry for entry in others if not entry.proposers & set(mention.proposers)), None)


def opened_id(profile: TopicProfile, mention: MentionDetected) -> str:
    """The id of the proposal that a mention opens: whoever opens it, and however often."""
    return subject_id("proposal", profile.topic.id, mention.mention_id)


def open_from(
    profile: TopicProfile, mention: MentionDetected, *, at: dt.datetime, parent: LedgerEntry | None = None
) -> ProposalOpened:
    """The event by which a mention opens a proposal, or a variant of ``parent``."""
    moment = mention.reported_at
    opened = ProposalOpened(
        proposal_id=opened_id(profile, mention),
        label=_label(profile, mention),
        kind="other",
        status="open",
        proposers=mention.proposers,
        claimed_by=mention.claimed_by,
        mediators=mention.mediators,
        nicknames=(),
        announced_at=None,
        active_from=moment - EARLY,
        active_until=moment + _ALIVE,
        readings=mention.readings,
        mention_id=mention.mention_id,
        article_id=mention.article_id,
        opened_at=at,
    )
    if parent is None:
        return opened
    return ProposalVaried(**opened.model_dump(), parent_id=parent.proposal_id, lineage=mention.lineage or "variant_of")


def _label(profile: TopicProfile, mention: MentionDetected) -> str:
    """A neutral name: who, the terms as first read, when first reported."""
    who = " and ".join(profile.party_names.get(party, party) for party in mention.proposers) or "Unnamed proposer"
    return f"{who}: {describe_terms(mention.readings) or 'terms not stated'} (reported {mention.reported_at:%d %b %Y})"


def _extends(mention: MentionDetected) -> bool:
    """Tell whether it gives an agreement another length: "two more days of truce" is a variant, whoever proposed it."""
    return mention.lineage == "variant_of" and any(r.term == DURATION_TERM and r.low is not None for r in mention.readings)


def _has_figures(mention: MentionDetected) -> bool:
    return any(reading.low is not None for reading in mention.readings)


def describe_terms(readings: Iterable[Reading]) -> str:
    """Terms as ranges over all readings, in a fixed order: ``20 days, captives 5 to 6``."""
    listed = tuple(readings)
    parts = []
    for term in sorted({r.term for r in listed}, key=lambda t: (t != DURATION_TERM, t)):
        span = bounds(listed, term)
        if term == DURATION_TERM and span:
            parts.append(f"{figure(span)} days")
        else:
            parts.append(f"{term} {figure(span)}" if span else term.replace("_", " "))
    return ", ".join(parts)


__all__ = ["METHOD", "Ledger", "LedgerEntry", "Scored", "describe_terms", "evolve", "open_from", "open_known", "opened_id"]
