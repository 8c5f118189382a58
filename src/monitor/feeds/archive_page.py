"""What a gap hid: the sitemap or archive page that a profile names for a feed, to entries.

A minimal reader of news sitemaps and of the links of a page. Where ``documents.parse_sitemap`` is there, it reads the sitemaps.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

import lxml.etree
import lxml.html

from ..errors import ParseError
from ..events import EntrySeen, EventData, FeedGapClosed, Record
from ..topics import TopicProfile
from ..urls import absolute_url, canonical_url
from . import documents
from .documents import MOST_ENTRIES, ParsedEntry, ParsedFeed
from .entries import decide_entry
from .identity import KeyedEntry, article_of
from .polls import FeedToPoll

_SHORT_TITLE = 4  # words; links of fewer are navigation ("Home", "World news")


def parse_archive(body: bytes, *, url: str) -> ParsedFeed:
    """The entries that a sitemap or an archive page lists. Raises ParseError when it is neither."""
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:4096]
    if b"<urlset" in head:
        parse_sitemap = getattr(documents, "parse_sitemap", _parse_sitemap)
        listed: ParsedFeed = parse_sitemap(body)
        return listed
    if head[:5].lower() == b"<?xml" and b"<html" not in head.lower():
        return documents.parse_feed(body)
    return _parse_page(body, url)


def _parse_sitemap(body: bytes) -> ParsedFeed:
    parser = lxml.etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = lxml.etree.fromstring(body, parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise ParseError("ill_formed", f"no sitemap: {error}") from error
    entries = []
    for item in root.iterfind("{*}url") if root is not None else ():
        texts = {lxml.etree.QName(part).localname: (part.text or "").strip() for part in item.iter("{*}*")}
        if texts.get("loc"):
            published = texts.get("publication_date", "")
            entries.append(_entry(texts["loc"], texts.get("title", ""), published))
    return ParsedFeed(format="sitemap", is_ill_formed=False, language="", entries=tuple(entries))


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
            found.setdefault(canonical_url(address), _entry(address, title, ""))
    return ParsedFeed(format="html", is_ill_formed=False, language="", entries=tuple(found.values()))


def _entry(link: str, title: str, published: str) -> ParsedEntry:
    moment = None
    try:
        moment = dt.datetime.fromisoformat(published)
        moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    values: dict[str, Any] = {"guid": "", "summary": "", "updated_text": ""}
    return ParsedEntry(**values, link=link, title=title, published_text=published, published_at=moment)


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
    for entry in listed[:MOST_ENTRIES]:
        address = absolute_url(entry.link, url)
        if address is None or article_of(address) in known_articles or article_of(address) in new:
            continue
        if since is not None and entry.published_at is not None and entry.published_at < since - dt.timedelta(days=1):
            continue
        _, event = decide_entry(feed, KeyedEntry(address, address, entry), None, profile, seen_at=closed_at, source="sitemap")
        if isinstance(event, EntrySeen):
            new[event.article_id] = event
    closed = FeedGapClosed(
        feed_id=feed.feed_id, found_at=found_at, closed_at=closed_at, url=url, listed=len(listed), new=len(new), record=record
    )
    return [closed, *new.values()]
