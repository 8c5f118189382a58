"""The envelope and one frozen model per event. The log of these is the only truth; every table is made from it.

A model names its wire type and version as literals, never as a class path, so that renaming a class renames nothing
in the log. Its natural key is what makes two occurrences the same occurrence: the event's id is derived from it
(``ids.event_id``), so whatever is recorded twice is stored once. Long texts and bytes are not in events: texts lie in
``log.body`` under their SHA-256, raw bytes in the archive.
"""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import EventError
from ..ids import event_id, text_sha256
from .alerting import (
    AlertAcknowledged,
    AlertDelivered,
    AlertDeliveryClaimed,
    AlertDeliveryFailed,
    AlertJudged,
    AlertKind,
    AlertMuted,
    AlertRaised,
    AlertResendAsked,
    AlertWithheld,
    ChannelClosed,
    ChannelOpened,
    MuteField,
)
from .analysing import (
    ArticleExtracted,
    ArticleExtractionFailed,
    ArticlePostFound,
    ArticleQuarantined,
    ArticleRead,
    ArticleRedacted,
    ArticleRevised,
    ArticleUnchanged,
    ClusterMerged,
    ClusterSplit,
    CorpusDocumentImported,
    DuplicateJudged,
    Fingerprint,
    Passage,
    StoryLinked,
    Veto,
)
from .assisting import ModelAnswered, ModelFailed, NamedParty
from .base import EntryPolicy, EventData, Gate, Moment, Origin, Outcome, Precision, Record, Relation, Verdict, VetoKind
from .collecting import (
    ArchiveFileRetired,
    ArticleAliasFound,
    EntryRejected,
    EntryRevised,
    EntrySeen,
    FeedFellSilent,
    FeedGapClosed,
    FeedGapFound,
    FeedMoved,
    FeedPolicyChanged,
    FeedPolled,
    FeedPollFailed,
    FeedRegistered,
    FeedRekeyed,
    PageFetched,
    PageFetchFailed,
    PageUnchanged,
    RunFinished,
    RunStarted,
    TopicRevised,
)
from .ledger import (
    ClaimMade,
    MentionDetected,
    MentionResolved,
    ProposalOpened,
    ProposalVaried,
    Reading,
    ScoreRow,
    Span,
)
from .ruling import (
    MentionAssigned,
    ProposalConfirmed,
    ProposalDismissed,
    ProposalMerged,
    ProposalRenamed,
    ProposalSplit,
)

_MODELS: tuple[type[EventData], ...] = (
    FeedRegistered,
    FeedPolled,
    FeedPollFailed,
    FeedGapFound,
    FeedGapClosed,
    FeedFellSilent,
    FeedPolicyChanged,
    FeedRekeyed,
    FeedMoved,
    EntrySeen,
    EntryRevised,
    EntryRejected,
    PageFetched,
    PageFetchFailed,
    PageUnchanged,
    ArchiveFileRetired,
    ArticleAliasFound,
    ArticleExtracted,
    ArticleRevised,
    ArticleUnchanged,
    ArticlePostFound,
    ArticleExtractionFailed,
    ArticleQuarantined,
    ArticleRedacted,
    CorpusDocumentImported,
    DuplicateJudged,
    ClusterMerged,
    ClusterSplit,
    StoryLinked,
    ArticleRead,
    MentionDetected,
    ClaimMade,
    MentionResolved,
    ProposalOpened,
    ProposalVaried,
    MentionAssigned,
    ProposalMerged,
    ProposalSplit,
    ProposalRenamed,
    ProposalDismissed,
    ProposalConfirmed,
    ModelAnswered,
    ModelFailed,
    AlertRaised,
    AlertDeliveryClaimed,
    AlertDelivered,
    AlertDeliveryFailed,
    AlertWithheld,
    AlertResendAsked,
    AlertAcknowledged,
    AlertJudged,
    AlertMuted,
    ChannelOpened,
    ChannelClosed,
    TopicRevised,
    RunStarted,
    RunFinished,
)
REGISTRY: dict[str, type[EventData]] = {model.wire: model for model in _MODELS}
RECURRING = tuple(wire for wire, model in REGISTRY.items() if model.is_recurring)

# (type, version) → the data one version later. Only changes of shape: a better method appends new events instead.
# Version 2 of these only has more fields, whose defaults say what was done before there was a choice.
_MORE_FIELDS = (
    "feed.polled",
    "feed.poll_failed",
    "entry.seen",
    "entry.revised",
    "page.fetched",
    "page.fetch_failed",
    "article.extracted",
    "article.revised",
    "mention.detected",
    "claim.made",
    "alert.raised",
    "alert.delivered",
    "alert.delivery_failed",
)


def _pack_sample(data: dict[str, Any]) -> dict[str, Any]:
    """Samples were lists of 64-bit hashes of another function: of no use with today's, so none is kept."""
    return {**data, "fingerprint": {**data["fingerprint"], "sample": ""}}


UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {
    **{(wire, 1): dict for wire in _MORE_FIELDS},
    ("article.revised", 2): dict,  # section and flags
    ("alert.raised", 2): dict,  # now_proposal_id
    ("alert.raised", 3): dict,  # parent_label
    ("corpus.document_imported", 1): _pack_sample,
    ("duplicate.judged", 1): _pack_sample,
}


class Event(BaseModel):
    """The envelope: one row of ``log.event`` before it has a position. ``data`` is the JSON text of its model."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    event_id: uuid.UUID
    type: str
    version: int
    stream: str
    topic: str | None
    caused_by: uuid.UUID | None
    run_id: str
    occurred_at: Moment
    recorded_at: Moment
    data: str

    @classmethod
    def of(
        cls,
        data: EventData,
        *,
        at: dt.datetime,
        run_id: str,
        topic: str | None = None,
        caused_by: uuid.UUID | None = None,
        recorded_at: dt.datetime | None = None,
    ) -> Self:
        """Put ``data`` into an envelope. ``at`` is when it happened, ``recorded_at`` when we write it (default: then)."""
        return cls(
            event_id=event_id_of(data),
            type=data.wire,
            version=data.version,
            stream=data.stream,
            topic=topic,
            caused_by=caused_by,
            run_id=run_id,
            occurred_at=at,
            recorded_at=recorded_at or at,
            data=data.model_dump_json(),
        )


def event_id_of(data: EventData) -> uuid.UUID:
    """The deterministic id that ``data`` gets in the log."""
    return event_id(data.wire, *data.natural_key)


def read_event(wire: str, version: int, data: str | dict[str, Any]) -> EventData:
    """Turn a stored row into its model, through the upcasters where it is of an older version.

    Raises EventError for an unknown type, a version newer than this program, or data that does not fit.
    """
    model = REGISTRY.get(wire)
    if model is None:
        raise EventError("unknown event type", subject=wire, way_out="The log was written by a newer program: upgrade this one.")
    if version > model.version:
        raise EventError(f"version {version} is newer than {model.version}", subject=wire, way_out="Upgrade this program.")
    try:
        values: dict[str, Any] = json.loads(data) if isinstance(data, str) else data
        for step in range(version, model.version):
            values = UPCASTERS[(wire, step)](values)
        return model.model_validate(values)
    except (ValidationError, ValueError, KeyError) as error:
        raise EventError(
            f"data does not fit version {version}: {error}",
            subject=wire,
            way_out="Run `monitor rebuild` only after the log is repaired from a backup.",
        ) from error


def as_json_batch(events: Iterable[Event]) -> str:
    """The one JSON text of an append: an array of envelopes with their ``ordinal`` and the hash of their data."""
    rows = [
        {
            **json.loads(event.model_dump_json(exclude={"data"})),
            "ordinal": number,
            "data": event.data,
            "sha256": text_sha256(event.data),
        }
        for number, event in enumerate(events)
    ]
    return json.dumps(rows, ensure_ascii=False)


__all__ = [
    "RECURRING",
    "REGISTRY",
    "UPCASTERS",
    "AlertAcknowledged",
    "AlertDelivered",
    "AlertDeliveryClaimed",
    "AlertDeliveryFailed",
    "AlertJudged",
    "AlertKind",
    "AlertMuted",
    "AlertRaised",
    "AlertResendAsked",
    "AlertWithheld",
    "ArchiveFileRetired",
    "ArticleAliasFound",
    "ArticleExtracted",
    "ArticleExtractionFailed",
    "ArticlePostFound",
    "ArticleQuarantined",
    "ArticleRead",
    "ArticleRedacted",
    "ArticleRevised",
    "ArticleUnchanged",
    "ChannelClosed",
    "ChannelOpened",
    "ClaimMade",
    "ClusterMerged",
    "ClusterSplit",
    "CorpusDocumentImported",
    "DuplicateJudged",
    "EntryPolicy",
    "EntryRejected",
    "EntryRevised",
    "EntrySeen",
    "Event",
    "EventData",
    "FeedFellSilent",
    "FeedGapClosed",
    "FeedGapFound",
    "FeedMoved",
    "FeedPolicyChanged",
    "FeedPollFailed",
    "FeedPolled",
    "FeedRegistered",
    "FeedRekeyed",
    "Fingerprint",
    "Gate",
    "MentionAssigned",
    "MentionDetected",
    "MentionResolved",
    "ModelAnswered",
    "ModelFailed",
    "Moment",
    "MuteField",
    "NamedParty",
    "Origin",
    "Outcome",
    "PageFetchFailed",
    "PageFetched",
    "PageUnchanged",
    "Passage",
    "Precision",
    "ProposalConfirmed",
    "ProposalDismissed",
    "ProposalMerged",
    "ProposalOpened",
    "ProposalRenamed",
    "ProposalSplit",
    "ProposalVaried",
    "Reading",
    "Record",
    "Relation",
    "RunFinished",
    "RunStarted",
    "ScoreRow",
    "Span",
    "StoryLinked",
    "TopicRevised",
    "Verdict",
    "Veto",
    "VetoKind",
    "as_json_batch",
    "event_id_of",
    "read_event",
]
