"""What every kind of feed document is read into, and what a poll knows of its feed."""

import datetime as dt
from dataclasses import dataclass

from ..events import EntryPolicy, Record
from ..schedule import Pace

MOST_ENTRIES = 2000  # a "feed" of more is a sitemap or an archive; the rest is counted (`cut`), not read
MOST_LISTED = 50_000  # addresses of one sitemap: the protocol's own limit


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """An entry as the feed states it; ``link`` may be relative or missing."""

    guid: str
    link: str
    title: str
    summary: str
    published_text: str
    published_at: dt.datetime | None
    updated_text: str
    is_disputed: bool = False  # two ways of reading its date disagree


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document as read.

    ``format`` is feedparser's name (rss20, atom10, rss10 …), ``json``, or one of ``parse_sitemap``. ``left_out`` counts
    entries that stood in the document and are not among ``entries``.
    """

    format: str
    is_ill_formed: bool
    language: str
    entries: tuple[ParsedEntry, ...]
    title: str = ""
    sitemaps: tuple[str, ...] = ()
    left_out: int = 0
    advised_wait: dt.timedelta | None = None  # RSS ttl, sy:updatePeriod


@dataclass(frozen=True, slots=True)
class FeedToPoll:
    """A row of the work list ``todo.feed_to_poll``: what a poll must know of its feed."""

    feed_id: str
    url: str
    name: str
    language: str
    etag: str | None
    last_modified: str | None
    sha256: str | None
    failures: int
    poll_url: str | None = None  # where it has moved to
    is_pinned: bool = False
    duplicate_of: str | None = None
    moved_to: str | None = None
    moved_since: dt.datetime | None = None
    policy: EntryPolicy = "guid"
    last_rekeyed_at: dt.datetime | None = None
    failure_weight: float = 0.0
    interval_minutes: float | None = None
    window_entries: int | None = None
    entries_seen: int = 0
    pace_per_hour: float | None = None
    peak_per_hour: float | None = None
    polls_since_audit: int = 0
    is_distrusted: bool = False
    last_document_at: dt.datetime | None = None
    last_unmodified_at: dt.datetime | None = None  # the last 304, if none has brought a document since
    last_success_at: dt.datetime | None = None
    last_new_at: dt.datetime | None = None
    silent_since: dt.datetime | None = None
    expected_gap_seconds: float | None = None
    gaps: tuple[float, ...] = ()
    record: Record | None = None  # where the last document lies

    @property
    def pace(self) -> Pace | None:
        """How fast it is."""
        return Pace(self.pace_per_hour, self.peak_per_hour or 0.0) if self.pace_per_hour is not None else None

    @property
    def address(self) -> str:
        """Where it is polled."""
        return self.poll_url or self.url
