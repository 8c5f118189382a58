"""What people decide about the ledger. Each ruling has an author and a reason, and another ruling can undo it.

One command is one ruling (``ruling_id``), which may take several events: one for each proposal and mention that it moves,
so that the last event of a mention says which proposal it means, whatever part of the log is read.
"""

from typing import ClassVar

from .base import EventData, Moment, Outcome


class MentionAssigned(EventData):
    """A person says which proposal a mention means, or that it means none. It outranks what the rules made of the mention.

    ``from_outcome`` and ``from_proposal_id`` are what stood there before, so that it can be undone.
    """

    wire: ClassVar = "mention.assigned"
    subject: ClassVar = "mention_id"
    key: ClassVar[tuple[str, ...]] = ("mention_id", "ruling_id")
    ruling_id: str
    mention_id: str
    article_id: str
    outcome: Outcome
    proposal_id: str | None
    from_outcome: Outcome | None
    from_proposal_id: str | None
    author: str
    reason: str
    assigned_at: Moment


class ProposalMerged(EventData):
    """A person says that a proposal of the ledger is another one: later mentions of either mean that one."""

    wire: ClassVar = "proposal.merged"
    subject: ClassVar = "proposal_id"
    key: ClassVar[tuple[str, ...]] = ("proposal_id", "ruling_id")
    ruling_id: str
    proposal_id: str
    into_id: str
    author: str
    reason: str
    merged_at: Moment


class ProposalSplit(EventData):
    """A person says that a proposal stands by itself: it was merged, or its mentions were taken for another one's."""

    wire: ClassVar = "proposal.split"
    subject: ClassVar = "proposal_id"
    key: ClassVar[tuple[str, ...]] = ("proposal_id", "ruling_id")
    ruling_id: str
    proposal_id: str
    from_id: str
    author: str
    reason: str
    split_at: Moment


class ProposalRenamed(EventData):
    """A person gave a proposal another short name; without ``label`` it has the one again under which it entered the ledger."""

    wire: ClassVar = "proposal.renamed"
    subject: ClassVar = "proposal_id"
    key: ClassVar[tuple[str, ...]] = ("proposal_id", "ruling_id")
    ruling_id: str
    proposal_id: str
    label: str | None
    author: str
    reason: str
    renamed_at: Moment


class ProposalDismissed(EventData):
    """A person says that this is no proposal. It stays in the ledger, so that what means it opens no other one."""

    wire: ClassVar = "proposal.dismissed"
    subject: ClassVar = "proposal_id"
    key: ClassVar[tuple[str, ...]] = ("proposal_id", "ruling_id")
    ruling_id: str
    proposal_id: str
    is_off: bool  # true takes a dismissal back
    author: str
    reason: str
    dismissed_at: Moment


class ProposalConfirmed(EventData):
    """A person says that this is a proposal, as the ledger has it."""

    wire: ClassVar = "proposal.confirmed"
    subject: ClassVar = "proposal_id"
    key: ClassVar[tuple[str, ...]] = ("proposal_id", "ruling_id")
    ruling_id: str
    proposal_id: str
    is_off: bool  # true takes a confirmation back
    author: str
    reason: str
    confirmed_at: Moment
