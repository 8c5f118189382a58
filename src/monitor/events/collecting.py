"""Runs, feeds, entries and pages."""

from typing import ClassVar, Literal

from .base import EntryPolicy, EventData, Gate, Moment, Precision, Record


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
    version: ClassVar = 2
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
    interval_minutes: float | None = None  # what next_poll_at rests on, before spread and what the server asks for
    is_audit: bool = False  # asked without validators, to see whether they tell the truth
    is_distrusted: bool = False  # the validators said "unchanged" where the bytes had changed; they are no longer sent
    asked_wait_seconds: float | None = None  # what the server asks to wait (max-age, Expires, ttl, sy:), uncapped
    moved_to: str | None = None  # where permanent redirects led
    rekeyed: int = 0  # of the new entries: old ones under new keys (see feed.rekeyed)
    pace_per_hour: float | None = None  # the usual pace in entries an hour, over three days
    peak_per_hour: float | None = None  # the fastest of late; halved every twelve hours
    gap_seconds: float | None = None  # since the last poll with something new, when this one has; as the model counts it
    expected_gap_seconds: float | None = None  # the 99th percentile of the feed's gaps, this one included


class FeedPollFailed(EventData):
    """A poll brought no feed: ``reason`` is one of a closed list (see ``feeds.POLL_FAILURES``)."""

    wire: ClassVar = "feed.poll_failed"
    version: ClassVar = 2
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
    weight: float = 1.0  # 1 hard, 0.5 soft, 0.25 temporary
    asked_wait_seconds: float | None = None  # Retry-After, uncapped
    is_wait_capped: bool = False


class FeedGapFound(EventData):
    """A poll shared no entry with the one before it: what stood in between has probably rolled off unseen."""

    wire: ClassVar = "feed.gap_found"
    subject: ClassVar = "feed_id"
    key: ClassVar[tuple[str, ...]] = ("feed_id", "found_at")
    is_recurring: ClassVar = True
    feed_id: str
    found_at: Moment
    since: Moment  # the last poll that was answered before
    entries: int


class FeedGapClosed(EventData):
    """What a gap hid was sought on the sitemap or archive page that the profile names for the feed."""

    wire: ClassVar = "feed.gap_closed"
    subject: ClassVar = "feed_id"
    key: ClassVar[tuple[str, ...]] = ("feed_id", "found_at")
    is_recurring: ClassVar = True
    feed_id: str
    found_at: Moment  # of the gap
    closed_at: Moment
    url: str
    listed: int
    new: int
    record: Record | None = None


class FeedFellSilent(EventData):
    """A feed brought nothing new for longer than all but one in a hundred of its own gaps."""

    wire: ClassVar = "feed.fell_silent"
    subject: ClassVar = "feed_id"
    key: ClassVar[tuple[str, ...]] = ("feed_id", "last_new_at")
    feed_id: str
    last_new_at: Moment
    expected_gap_seconds: float
    gaps: int  # how many of its gaps that rests on
    fell_silent_at: Moment


class FeedPolicyChanged(EventData):
    """How a feed's entries are told apart changed, since its guids are empty or repeated."""

    wire: ClassVar = "feed.policy_changed"
    subject: ClassVar = "feed_id"
    key: ClassVar[tuple[str, ...]] = ("feed_id", "policy", "changed_at")
    is_recurring: ClassVar = True
    feed_id: str
    policy: EntryPolicy
    previous: EntryPolicy
    why: str
    changed_at: Moment


class FeedRekeyed(EventData):
    """Most entries of a document were new by key and known by title: the publisher renamed them all. Nothing is read for it."""

    wire: ClassVar = "feed.rekeyed"
    subject: ClassVar = "feed_id"
    key: ClassVar[tuple[str, ...]] = ("feed_id", "found_at")
    is_recurring: ClassVar = True
    feed_id: str
    found_at: Moment
    entries: int
    known_titles: int


class FeedMoved(EventData):
    """A feed is polled at another address from now on. Applied after days of valid feeds there, or by a person; reversible."""

    wire: ClassVar = "feed.moved"
    subject: ClassVar = "feed_id"
    key: ClassVar[tuple[str, ...]] = ("feed_id", "moved_at")
    is_recurring: ClassVar = True
    feed_id: str
    from_url: str
    to_url: str
    why: str
    is_pinned: bool = False  # a person said so: redirects no longer move it
    duplicate_of: str | None = None  # the registered feed that has this address already; this one is then not polled
    moved_at: Moment


class EntrySeen(EventData):
    """An entry stood in a feed for the first time. ``state`` is a digest of its address, title and dates."""

    wire: ClassVar = "entry.seen"
    version: ClassVar = 2
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
    published_precision: Precision = "second"
    published_doubts: tuple[str, ...] = ()  # future, ancient, midnight, unreadable: why the claim may be wrong
    source: str | None = None  # where it came from when not from a poll: sitemap, import, url_list
    is_rekeyed: bool = False  # the old entry under a new key: its page is not read for it


class EntryRevised(EntrySeen):
    """A known entry came with a title, date or link that it never had before.

    One that goes back to what it was is nothing new: outlets try headlines in turn, and a replay must add nothing.
    """

    wire: ClassVar = "entry.revised"
    subject: ClassVar = "entry_id"
    key: ClassVar[tuple[str, ...]] = ("entry_id", "state")
    changed: tuple[str, ...]


class EntryRejected(EventData):
    """An entry leads nowhere: no_link, bad_link, or aggregator (a service's token that only the service can resolve)."""

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
    version: ClassVar = 2
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
    reading: int = 1  # the first is the entry's; the later ones look for edits
    etag: str | None = None
    last_modified: str | None = None
    next_reading_at: Moment | None = None  # for edits, if the article turns out to be on the topic

    @property
    def natural_key(self) -> tuple[str, ...]:
        """Readings after the first are occurrences of their own; the first keeps the key that it always had."""
        return (self.article_id, self.asked_by, *([str(self.reading)] if self.reading > 1 else []))


class PageUnchanged(EventData):
    """A later reading found the page as it was: by a 304, or by the same bytes."""

    wire: ClassVar = "page.unchanged"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "asked_by", "reading")
    article_id: str
    url: str
    asked_by: str
    reading: int
    status: int
    sha256: str
    record: Record | None = None  # a revisit record
    checked_at: Moment
    etag: str | None = None
    last_modified: str | None = None
    next_reading_at: Moment | None = None


class PageFetchFailed(EventData):
    """A page could not be read; it is tried again at ``retry_at``, or never when that is empty.

    A failed later reading undoes nothing: it is not tried again but left to the next one, at ``next_reading_at``.
    """

    wire: ClassVar = "page.fetch_failed"
    version: ClassVar = 2
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
    reading: int = 1
    next_reading_at: Moment | None = None

    @property
    def natural_key(self) -> tuple[str, ...]:
        """As with ``PageFetched``."""
        return (self.article_id, self.asked_by, str(self.attempt), *([str(self.reading)] if self.reading > 1 else []))


class ArticleAliasFound(EventData):
    """Another address leads to a known article: its page names it as canonical, or redirects to it."""

    wire: ClassVar = "article.alias_found"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "alias_id")
    article_id: str
    alias_id: str  # the id that an article of that address would have
    url: str
    why: Literal["canonical", "redirect", "amp", "slug", "imported"]
    found_at: Moment


class TopicRevised(EventData):
    """The profile in force changed; ``digest`` is the SHA-256 of its content."""

    wire: ClassVar = "topic.revised"
    subject: ClassVar = "topic_id"
    key: ClassVar[tuple[str, ...]] = ("topic_id", "digest", "revised_at")
    topic_id: str
    digest: str
    revised_at: Moment


class ArchiveFileRetired(EventData):
    """A file of raw pages was let go when its time was over: what lies there now says so. What was read from them stays."""

    wire: ClassVar = "archive.file_retired"
    subject: ClassVar = "file"
    key: ClassVar[tuple[str, ...]] = ("file",)
    file: str  # below the archive, as events name it
    day: str  # on which its records were written, as YYYY-MM-DD
    bytes: int
    keep_days: int
    retired_at: Moment


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
