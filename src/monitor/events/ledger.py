"""Mentions, claims and proposals."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from .base import EventData, Moment, Outcome


class Span(BaseModel):
    """Where something stands: code points over the text, half open, with the words themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    start: int
    end: int
    text: str


class Reading(Span):
    """One term as one text states it. ``low``/``high`` are in days for durations and in persons or pieces for counts."""

    term: str
    low: float | None
    high: float | None
    rule: str
    asserted_by: str = "writer"


class MentionDetected(EventData):
    """A place in a text that speaks of a proposal. ``ordinal`` counts the mentions of one text from 0.

    ``frame`` is the place that it is shown by, ``places`` the others where the text speaks of the same proposal.
    ``is_called_new`` is true where the text calls it new, latest or revised.
    ``answers`` holds the known proposals named beside a lineage word: what this one varies or responds to.
    """

    wire: ClassVar = "mention.detected"
    version: ClassVar = 2
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("mention_id",)
    mention_id: str
    article_id: str
    body_sha256: str
    ordinal: int
    frame: Span
    window_start: int
    window_end: int
    quote: str
    proposers: tuple[str, ...]
    claimed_by: tuple[str, ...]
    mediators: tuple[str, ...]
    nicknames: tuple[str, ...]
    readings: tuple[Reading, ...]
    is_proposing: bool
    lineage: str | None
    answers: tuple[str, ...]
    background: str | None
    said_by: str
    specificity: float
    rules: tuple[str, ...]
    reported_at: Moment
    method: str
    detected_at: Moment
    places: tuple[Span, ...] = ()
    is_called_new: bool = False


class ClaimMade(EventData):
    """Somebody says that a party takes a stance. Whether it does is a question for the reader of the claims.

    ``said_by`` is the source as an id; ``source`` in the text's own words, empty for the writer.
    """

    wire: ClassVar = "claim.made"
    version: ClassVar = 2
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("claim_id",)
    claim_id: str
    mention_id: str
    article_id: str
    party: str
    act: str
    scope: Literal["proposal", "term"]
    is_negated: bool
    said_by: str
    span: Span
    rule: str
    method: str
    made_at: Moment
    source: str = ""


class ScoreRow(BaseModel):
    """One line of the sum that decided which proposal is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    field: str
    points: float
    why: str


class MentionResolved(EventData):
    """Which proposal a mention means, with the sum for the nearest candidate."""

    wire: ClassVar = "mention.resolved"
    subject: ClassVar = "mention_id"
    key: ClassVar[tuple[str, ...]] = ("mention_id", "method")
    mention_id: str
    article_id: str
    outcome: Outcome
    proposal_id: str | None
    nearest_id: str | None
    score: float
    lead: float
    rows: tuple[ScoreRow, ...]
    method: str
    resolved_at: Moment


class ProposalOpened(EventData):
    """A proposal entered the ledger: from the profile (``mention_id`` empty) or from a mention."""

    wire: ClassVar = "proposal.opened"
    subject: ClassVar = "proposal_id"
    key: ClassVar[tuple[str, ...]] = ("proposal_id",)
    proposal_id: str
    label: str
    kind: str
    status: str
    proposers: tuple[str, ...]
    claimed_by: tuple[str, ...]
    mediators: tuple[str, ...]
    nicknames: tuple[str, ...]
    announced_at: Moment | None
    active_from: Moment | None
    active_until: Moment | None
    readings: tuple[Reading, ...]
    mention_id: str | None
    article_id: str | None
    opened_at: Moment


class ProposalVaried(ProposalOpened):
    """A variant of a known proposal entered the ledger; ``lineage`` says how it hangs together with ``parent_id``."""

    wire: ClassVar = "proposal.varied"
    parent_id: str
    lineage: str
