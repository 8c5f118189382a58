"""What every kind of feed document is read into."""

import datetime as dt
from dataclasses import dataclass

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
