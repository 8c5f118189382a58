"""What a person decides about the ledger, as events: merge, split, rename, dismiss, confirm, and how each is undone.

A merge moves every mention of the one proposal to the other by an event each, so that the last event of a mention says what
it means, whatever part of the log is read. Undoing restores what the ruling changed and nothing else: mentions that were
read since keep the proposal that the ledger found for them, since nobody can say which of the two they would have meant.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .errors import RulingError
from .events import (
    EventData,
    MentionAssigned,
    MentionDetected,
    Outcome,
    ProposalConfirmed,
    ProposalDismissed,
    ProposalMerged,
    ProposalRenamed,
    ProposalSplit,
)
from .ids import subject_id
from .proposals import open_from, opened_id
from .topics import TopicProfile

_T = TypeVar("_T")
_LISTED = "`monitor proposals` lists them; `monitor proposals review` what is not decided."
MEANT: tuple[Outcome, ...] = ("new", "variant", "known")


@dataclass(frozen=True, slots=True)
class RuledProposal:
    """A proposal with what people decided about it. ``merged_by`` is the ruling that merged it."""

    proposal_id: str
    label: str
    opened_label: str
    mention_id: str | None
    merged_into: str | None
    merged_by: str | None
    is_dismissed: bool
    confirmed_by: str | None


@dataclass(frozen=True, slots=True)
class RuledMention:
    """A mention with what it means now; where a person said so, the ruling and what stood there before."""

    mention_id: str
    article_id: str
    outcome: Outcome | None
    proposal_id: str | None
    ruling_id: str | None = None
    from_outcome: Outcome | None = None
    from_proposal_id: str | None = None


@dataclass(frozen=True, slots=True)
class RuledLedger:
    """What rulings need to know of the ledger."""

    proposals: dict[str, RuledProposal]
    mentions: dict[str, RuledMention]

    def proposal(self, beginning: str) -> RuledProposal:
        """The one proposal whose id begins so. Raises RulingError where there is none, or more than one."""
        return _the_one(self.proposals, beginning, "proposal")

    def mention(self, beginning: str) -> RuledMention:
        """The one mention whose id begins so. Raises RulingError where there is none, or more than one."""
        return _the_one(self.mentions, beginning, "mention")

    def of(self, proposal_id: str) -> list[RuledMention]:
        """The mentions that mean a proposal."""
        return [mention for mention in self.mentions.values() if mention.proposal_id == proposal_id]


def _the_one(found: dict[str, _T], beginning: str, kind: str) -> _T:
    if beginning in found:
        return found[beginning]
    meant = [key for key in found if key.startswith((beginning, f"{kind}-{beginning}"))] if beginning else []
    if len(meant) != 1:
        raise RulingError(
            f"{len(meant)} {kind}s begin so" if meant else f"there is no such {kind}", subject=beginning, way_out=_LISTED
        )
    return found[meant[0]]


@dataclass(frozen=True, slots=True)
class Ruling:
    """Who decides, why and when; ``ruling_id`` rests on these and on what is decided."""

    author: str
    reason: str
    at: dt.datetime
    ruling_id: str = field(default="")

    @classmethod
    def of(cls, author: str, reason: str, at: dt.datetime, *about: str) -> "Ruling":
        """A ruling. Raises RulingError where nobody or no reason is named."""
        if not author.strip():
            raise RulingError(
                "nobody is named as its author",
                subject=" ".join(about),
                way_out="Give --author NAME, or set `author` in monitor.toml (MONITOR_AUTHOR); it is kept with the event.",
            )
        if not reason.strip():
            raise RulingError("no reason is given", subject=" ".join(about), way_out="Give --reason; it is kept with the event.")
        return cls(author.strip(), reason.strip(), at, subject_id("ruling", *about, author, at.isoformat()))

    @property
    def said(self) -> dict[str, Any]:
        """The fields that every event of the ruling has."""
        return {"ruling_id": self.ruling_id, "author": self.author, "reason": self.reason}


def merge(ledger: RuledLedger, proposal: str, into: str, by: Ruling) -> list[EventData]:
    """Say that a proposal is another one: its mentions, and those merged into it before, move there."""
    one, other = _standing(ledger.proposal(proposal)), _standing(ledger.proposal(into))
    if one.proposal_id == other.proposal_id:
        raise RulingError("cannot be merged with itself", subject=one.proposal_id, way_out="Name two proposals.")
    moved = [one, *(p for p in ledger.proposals.values() if p.merged_into == one.proposal_id)]
    events: list[EventData] = [
        ProposalMerged(**by.said, proposal_id=p.proposal_id, into_id=other.proposal_id, merged_at=by.at) for p in moved
    ]
    return events + [
        _assigned(mention, "known" if mention.outcome in MEANT else mention.outcome or "known", other.proposal_id, by)
        for mention in ledger.of(one.proposal_id)
    ]


def undo_merge(ledger: RuledLedger, proposal: str, by: Ruling) -> list[EventData]:
    """Say that a merged proposal stands by itself: what its merge moved comes back."""
    one = ledger.proposal(proposal)
    if one.merged_into is None:
        raise RulingError(
            "is not merged with another", subject=one.proposal_id, way_out="Name mentions with --mention to part them from it."
        )
    with_it = [
        p
        for p in ledger.proposals.values()
        if p.merged_by == one.merged_by and p.merged_into and p.proposal_id != one.proposal_id
    ]
    events: list[EventData] = [
        ProposalSplit(**by.said, proposal_id=one.proposal_id, from_id=one.merged_into, split_at=by.at),
        *(ProposalMerged(**by.said, proposal_id=p.proposal_id, into_id=one.proposal_id, merged_at=by.at) for p in with_it),
    ]
    return events + [
        _assigned(mention, mention.from_outcome or "known", one.proposal_id, by)
        for mention in ledger.mentions.values()
        if mention.ruling_id == one.merged_by and mention.from_proposal_id == one.proposal_id
    ]


def part(
    ledger: RuledLedger, proposal: str, mentions: Sequence[str], to: str, detected: dict[str, MentionDetected],
    profile: TopicProfile, by: Ruling
) -> list[EventData]:  # fmt: skip
    """Say that mentions do not mean the proposal that they were taken for, but ``to``, or one of their own where that is empty.

    ``detected`` holds the mentions as they were read. The new proposal has the id that the ledger would have given it.
    """
    one = _standing(ledger.proposal(proposal))
    leaving = [ledger.mention(mention) for mention in mentions]
    for mention in leaving:
        if mention.proposal_id != one.proposal_id:
            raise RulingError(f"does not mean {one.proposal_id}", subject=mention.mention_id, way_out=_LISTED)
        if mention.mention_id == one.mention_id:
            raise RulingError(
                "opened the proposal",
                subject=mention.mention_id,
                way_out="Part the other mentions from it, or merge or dismiss it.",
            )
    if to:
        target = _standing(ledger.proposal(to)).proposal_id
        return [_assigned(mention, "known", target, by) for mention in leaving]
    first = detected[leaving[0].mention_id]
    if (known := ledger.proposals.get(opened_id(profile, first))) is not None:
        raise RulingError(
            f"opened {known.proposal_id}, which was merged or dismissed",
            subject=first.mention_id,
            way_out=f"`monitor proposals split {known.proposal_id}` or `dismiss --undo` brings that one back.",
        )
    opened = open_from(profile, first, at=by.at)
    return [
        opened,
        ProposalSplit(**by.said, proposal_id=opened.proposal_id, from_id=one.proposal_id, split_at=by.at),
        *(_assigned(m, "new" if m is leaving[0] else "known", opened.proposal_id, by) for m in leaving),
    ]


def rename(ledger: RuledLedger, proposal: str, label: str | None, by: Ruling) -> list[EventData]:
    """Give a proposal another short name, or without one the first again."""
    one = ledger.proposal(proposal)
    if (label or one.opened_label) == one.label:
        raise RulingError(f"is named “{one.label}” already", subject=one.proposal_id, way_out="Nothing was changed.")
    return [ProposalRenamed(**by.said, proposal_id=one.proposal_id, label=label, renamed_at=by.at)]


def dismiss(ledger: RuledLedger, subject: str, by: Ruling, *, is_undone: bool = False) -> list[EventData]:
    """Say that a proposal, or a mention, is none; or take that back."""
    if subject.startswith("mention"):
        return _dismiss_mention(ledger.mention(subject), by, is_undone=is_undone)
    one = ledger.proposal(subject)
    if one.is_dismissed != is_undone:
        word = "is not dismissed" if is_undone else "is dismissed already"
        raise RulingError(word, subject=one.proposal_id, way_out="Nothing was changed.")
    if not is_undone:
        _standing(one)
    events: list[EventData] = [ProposalDismissed(**by.said, proposal_id=one.proposal_id, is_off=is_undone, dismissed_at=by.at)]
    for mention in ledger.of(one.proposal_id):
        if not is_undone and mention.outcome in (*MEANT, "underspecified"):
            events.append(_assigned(mention, "dismissed", one.proposal_id, by))
        elif is_undone and mention.outcome == "dismissed":  # read since then, it has no outcome of before
            events.append(_assigned(mention, mention.from_outcome or "known", one.proposal_id, by))
    return events


def _dismiss_mention(mention: RuledMention, by: Ruling, *, is_undone: bool) -> list[EventData]:
    if (mention.outcome == "dismissed") != is_undone:
        word = "is not dismissed" if is_undone else "is dismissed already"
        raise RulingError(word, subject=mention.mention_id, way_out="Nothing was changed.")
    if not is_undone and mention.outcome in MEANT:
        raise RulingError(
            f"means {mention.proposal_id}",
            subject=mention.mention_id,
            way_out=f"`monitor proposals split {mention.proposal_id} --mention {mention.mention_id}` parts it; "
            f"`monitor proposals dismiss {mention.proposal_id}` dismisses the proposal.",
        )
    outcome = (mention.from_outcome or "possible") if is_undone else "dismissed"
    return [_assigned(mention, outcome, mention.from_proposal_id if is_undone else None, by)]


def confirm(ledger: RuledLedger, proposal: str, by: Ruling, *, is_undone: bool = False) -> list[EventData]:
    """Say that a proposal is one, or take that back."""
    one = ledger.proposal(proposal)
    if not is_undone:
        _standing(one)
    elif one.confirmed_by is None:
        raise RulingError("is not confirmed", subject=one.proposal_id, way_out="Nothing was changed.")
    return [ProposalConfirmed(**by.said, proposal_id=one.proposal_id, is_off=is_undone, confirmed_at=by.at)]


def confirm_mention(
    ledger: RuledLedger, mention: str, meaning: str, detected: dict[str, MentionDetected], profile: TopicProfile, by: Ruling
) -> list[EventData]:
    """Say what a mention means that the ledger left open: a known proposal, or without one a proposal of its own."""
    one = ledger.mention(mention)
    if one.outcome in MEANT:
        raise RulingError(
            f"means {one.proposal_id} already", subject=one.mention_id, way_out="`monitor proposals split … --mention` parts it."
        )
    if meaning:
        return [_assigned(one, "known", _standing(ledger.proposal(meaning)).proposal_id, by)]
    opened = open_from(profile, detected[one.mention_id], at=by.at)
    if (known := ledger.proposals.get(opened.proposal_id)) is not None:
        _standing(known)
    return [
        opened,
        ProposalConfirmed(**by.said, proposal_id=opened.proposal_id, is_off=False, confirmed_at=by.at),
        _assigned(one, "new", opened.proposal_id, by),
    ]


def mentions_needed(ledger: RuledLedger, subjects: Iterable[str]) -> list[str]:
    """Ids of the mentions meant by their beginnings, to be read from the log."""
    return [ledger.mention(subject).mention_id for subject in subjects]


def _standing(proposal: RuledProposal) -> RuledProposal:
    """The proposal, where it stands in the ledger by itself. Raises RulingError where it was merged or dismissed."""
    if proposal.merged_into is not None:
        raise RulingError(
            f"is merged into {proposal.merged_into}",
            subject=proposal.proposal_id,
            way_out=f"Name that one, or undo the merge: monitor proposals split {proposal.proposal_id}",
        )
    if proposal.is_dismissed:
        raise RulingError(
            "is dismissed",
            subject=proposal.proposal_id,
            way_out=f"Take that back first: monitor proposals dismiss {proposal.proposal_id} --undo",
        )
    return proposal


def _assigned(mention: RuledMention, outcome: Outcome, proposal_id: str | None, by: Ruling) -> MentionAssigned:
    return MentionAssigned(
        **by.said,
        mention_id=mention.mention_id,
        article_id=mention.article_id,
        outcome=outcome,
        proposal_id=proposal_id,
        from_outcome=mention.outcome,
        from_proposal_id=mention.proposal_id,
        assigned_at=by.at,
    )
