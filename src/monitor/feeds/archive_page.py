"""What a gap hid: the sitemap or archive page that a profile names for a feed, to entries."""

import datetime as dt
from collections.abc import Collection, Sequence

import lxml.etree
import lxml.html

from ..errors import ParseError
from ..events import EntrySeen, EventData, FeedGapClosed, Record
from ..topics import TopicProfile
from ..urls import absolute_url, canonical_url
from .dates import judge_dates
from .documents import parse_feed
from .entries import decide_entry
from .identity import KeyedEntry, article_of
from .model import MOST_ENTRIES, FeedToPoll, ParsedEntry, ParsedFeed
from .sitemaps import parse_sitemap

_SHORT_TITLE = 4  # words; links of fewer are navigation ("Home", "World news")


def parse_archive(body: bytes, *, url: str) -> ParsedFeed:
    """The entries that a sitemap or an archive page lists. Raises ParseError when it is neither."""
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:4096]
    if b"<urlset" in head:
        return parse_sitemap(body)
    if head[:5].lower() == b"<?xml" and b"<html" not in head.lower():
        return parse_feed(body)
    return _parse_page(body, url)


def _parse_page(body: bytes, url: str) -> ParsedFeed:
    try:
        tree = lxml.html.document_fromstring(body)
    except (lxml.etree.LxmlError, ValueError, AssertionError) as error:
        raise ParseError("html", f"no page: {error}") from error
    found: dict[str, ParsedEntry] = {}
    for link in tree.iter("a"):
        title = " ".join(link.text_content().split())
        address = absolute_url(link.get("href") or "", url)
        if address is not None and len(title.split()) >= _SHORT_TITLE:
            found.setdefault(canonical_url(address), ParsedEntry("", address, title, "", "", None, ""))
    return ParsedFeed(format="html", is_ill_formed=False, language="", entries=tuple(found.values()))


def decide_archive(
    feed: FeedToPoll,
    listed: Sequence[ParsedEntry],
    known_articles: Collection[str],
    profile: TopicProfile,
    *,
    found_at: dt.datetime,
    closed_at: dt.datetime,
    url: str,
    record: Record | None,
    since: dt.datetime | None,
) -> list[EventData]:
    """The end of a gap: how much the archive lists and how much of it is new, then the new entries.

    ``known_articles`` are ids of articles that an entry of this feed leads to already. What claims to be published before the
    last poll ``since`` which shared an entry with the one before was seen or was never in the feed: it is no part of the gap.
    Dates are claims, so a day is allowed for them.
    """
    new: dict[str, EventData] = {}
    read = listed[:MOST_ENTRIES]
    for entry, claim in zip(read, judge_dates(read, now=closed_at), strict=True):
        address = absolute_url(entry.link, url)
        if address is None or article_of(address) in known_articles or article_of(address) in new:
            continue
        if since is not None and entry.published_at is not None and entry.published_at < since - dt.timedelta(days=1):
            continue
        _, event = decide_entry(
            feed, KeyedEntry(address, address, entry), None, profile, claim=claim, seen_at=closed_at, source="sitemap"
        )
        if isinstance(event, EntrySeen):
            new[event.article_id] = event
    closed = FeedGapClosed(
        feed_id=feed.feed_id, found_at=found_at, closed_at=closed_at, url=url, listed=len(listed), new=len(new), record=record
    )
    return [closed, *new.values()]
