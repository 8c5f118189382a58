"""Runs, feeds, entries and pages."""

from typing import ClassVar, Literal

from .base import EventData, Gate, Moment, Record


class FeedRegistered(EventData):
    """A feed of the profile became known, or its name or classification changed."""

    wire: ClassVar = "feed.registered"
    subject: ClassVar = "feed_id"
    key: ClassVar[tuple[str, ...]] = ("feed_id", "registered_at")
    feed_id: str
    url: str
    name: str
    language: str
    country: str
    kind: str
    registered_at: Moment


class FeedPolled(EventData):
    """A poll was answered. ``entries == new + known + revised + rejected + repeated`` when ``outcome`` is parsed.

    ``repeated`` counts entries that stand twice in one document, ``cut`` those beyond the most that are read.
    ``unchanged`` means same bytes, ``not_modified`` a 304.
    """

    wire: ClassVar = "feed.polled"
    subject: ClassVar = "feed_id"
    key: ClassVar[tuple[str, ...]] = ("feed_id", "polled_at")
    is_recurring: ClassVar = True
    feed_id: str
    polled_at: Moment
    outcome: Literal["parsed", "unchanged", "not_modified"]
    status: int
    final_url: str
    record: Record | None = None
    sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    format: str | None = None
    is_ill_formed: bool = False
    entries: int = 0
    new: int = 0
    known: int = 0
    revised: int = 0
    rejected: int = 0
    repeated: int = 0
    cut: int = 0
    next_poll_at: Moment


class FeedPollFailed(EventData):
    """A poll brought no feed: ``reason`` is one of a closed list (see ``feeds.POLL_FAILURES``)."""

    wire: ClassVar = "feed.poll_failed"
    subject: ClassVar = "feed_id"
    key: ClassVar[tuple[str, ...]] = ("feed_id", "polled_at")
    is_recurring: ClassVar = True
    feed_id: str
    polled_at: Moment
    reason: str
    detail: str = ""
    status: int | None = None
    record: Record | None = None
    next_poll_at: Moment


class EntrySeen(EventData):
    """An entry stood in a feed for the first time. ``state`` is a digest of its address, title and dates."""

    wire: ClassVar = "entry.seen"
    subject: ClassVar = "entry_id"
    key: ClassVar[tuple[str, ...]] = ("entry_id",)
    entry_id: str
    feed_id: str
    entry_key: str
    article_id: str
    url: str
    title: str
    summary: str
    published_at: Moment | None
    published_text: str
    updated_text: str
    state: str
    language: str
    gate: Gate
    gate_why: tuple[str, ...]
    seen_at: Moment


class EntryRevised(EntrySeen):
    """A known entry came with a title, date or link that it never had before.

    One that goes back to what it was is nothing new: outlets try headlines in turn, and a replay must add nothing.
    """

    wire: ClassVar = "entry.revised"
    subject: ClassVar = "entry_id"
    key: ClassVar[tuple[str, ...]] = ("entry_id", "state")
    changed: tuple[str, ...]


class EntryRejected(EventData):
    """An entry leads nowhere: it has no usable link."""

    wire: ClassVar = "entry.rejected"
    subject: ClassVar = "entry_id"
    key: ClassVar[tuple[str, ...]] = ("entry_id",)
    entry_id: str
    feed_id: str
    entry_key: str
    title: str
    reason: str
    detail: str = ""
    seen_at: Moment


class PageFetched(EventData):
    """The bytes of a page were read. ``asked_by`` is the event of the entry that asked for this reading."""

    wire: ClassVar = "page.fetched"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "asked_by")
    article_id: str
    url: str
    final_url: str
    asked_by: str
    attempt: int
    status: int
    content_type: str
    charset: str | None
    sha256: str
    bytes: int
    record: Record
    fetched_at: Moment


class PageFetchFailed(EventData):
    """A page could not be read; it is tried again at ``retry_at``, or never when that is empty."""

    wire: ClassVar = "page.fetch_failed"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "asked_by", "attempt")
    article_id: str
    url: str
    asked_by: str
    attempt: int
    reason: str
    detail: str = ""
    status: int | None = None
    failed_at: Moment
    retry_at: Moment | None


class TopicRevised(EventData):
    """The profile in force changed; ``digest`` is the SHA-256 of its content."""

    wire: ClassVar = "topic.revised"
    subject: ClassVar = "topic_id"
    key: ClassVar[tuple[str, ...]] = ("topic_id", "digest", "revised_at")
    topic_id: str
    digest: str
    revised_at: Moment


class RunStarted(EventData):
    """A cycle began."""

    wire: ClassVar = "run.started"
    subject: ClassVar = "run_id"
    key: ClassVar[tuple[str, ...]] = ("run_id",)
    is_recurring: ClassVar = True
    run_id: str
    program_version: str
    started_at: Moment


class RunFinished(EventData):
    """A cycle ended; ``counts`` maps event types to how many it appended."""

    wire: ClassVar = "run.finished"
    subject: ClassVar = "run_id"
    key: ClassVar[tuple[str, ...]] = ("run_id",)
    is_recurring: ClassVar = True
    run_id: str
    counts: dict[str, int]
    finished_at: Moment
