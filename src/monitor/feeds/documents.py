"""A feed document's bytes to its entries, whatever its kind. The only door to feedparser."""

import calendar
import datetime as dt
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..answers import FETCH_FAILURES
from ..errors import ParseError
from ..schedule import advised_wait
from .dates import DateReader
from .guard import disarmed, in_utf8, mended, root_tag, unpacked
from .json_feed import parse_json_feed
from .model import MOST_ENTRIES, ParsedEntry, ParsedFeed
from .pages import page_kind
from .sitemaps import parse_sitemap
from .words import clean, plain

POLL_FAILURES = {
    **FETCH_FAILURES,
    "empty": "the answer has no content",
    "html": "a web page stands at the feed's address: an error page, or the feed has moved",
    "login": "a page that asks for a password stands at the feed's address",
    "parked": "the domain is for sale: the outlet is gone",
    "not_a_feed": "neither RSS, Atom, RDF, JSON Feed nor a news sitemap",
    "ill_formed": "a feed so damaged that no entry could be read",
    "bomb": "markup that would keep a parser busy for minutes: nested, sprawling or packed beyond all limits",
}
_UNHEARD = ("NonXMLContentType", "CharacterEncodingOverride")


def parse_feed(body: bytes, *, content_type: str = "") -> ParsedFeed:
    """Read a feed document of any make from its bytes.

    Raises ParseError, whose ``reason`` is one of POLL_FAILURES, and nothing else whatever the bytes.
    """
    body = unpacked(body.removeprefix(b"\xef\xbb\xbf").lstrip())
    body = in_utf8(body, content_type=content_type).lstrip()
    if not body:
        raise ParseError("empty", "no content")
    if body[:1] in (b"{", b"["):
        return parse_json_feed(body)
    root = root_tag(body)
    if root == "html":
        raise ParseError(*page_kind(body))
    if root in ("urlset", "sitemapindex"):
        return _news_sitemap(body)
    if root == "opml":
        raise ParseError("not_a_feed", "a list of feeds (OPML): `monitor feeds import` reads it")
    return _parse_xml(body, content_type)


def _news_sitemap(body: bytes) -> ParsedFeed:
    """A sitemap as a feed: only one with news tags is. Others list a whole site and would be read as one endless poll."""
    feed = parse_sitemap(body)
    if feed.format == "sitemap_index":
        some = ", ".join(feed.sitemaps[:3])
        raise ParseError(
            "not_a_feed", f"a list of {len(feed.sitemaps)} sitemaps, not a feed; poll the one for news: {some}"[:300]
        )
    if feed.format != "sitemap_news":
        raise ParseError(
            "not_a_feed", f"a sitemap of {len(feed.entries) + feed.left_out} addresses without news tags, not a feed"
        )
    entries = feed.entries[:MOST_ENTRIES]
    return replace(feed, entries=entries, left_out=feed.left_out + len(feed.entries) - len(entries))


def _parse_xml(body: bytes, content_type: str) -> ParsedFeed:
    readable = disarmed(body, most_entries=MOST_ENTRIES)
    parsed = _feedparser(readable.body, content_type)
    is_ill_formed = _is_ill_formed(parsed) or readable.was_harmed
    if _is_ill_formed(parsed) and not readable.was_harmed:
        parsed = _second_try(readable.body, content_type, parsed)
    if not parsed.get("version") and not parsed.entries:
        if b"<html" in body[:8192].lower():
            raise ParseError(*page_kind(body))
        raise ParseError("not_a_feed", "no feed could be recognised")
    if _is_ill_formed(parsed) and not parsed.entries and not _is_whole(body):
        raise ParseError("ill_formed", f"no entry could be read: {clean(str(parsed.get('bozo_exception', '')))[:200]}")
    language = clean(parsed.feed.get("language") or "")
    dates = DateReader(language)
    return ParsedFeed(
        format=parsed.get("version") or "unknown",
        is_ill_formed=is_ill_formed,
        language=language,
        entries=tuple(_entry(entry, dates) for entry in parsed.entries),
        title=plain(parsed.feed.get("title") or ""),
        left_out=readable.left_out,
        advised_wait=advised_wait(*(parsed.feed.get(name) for name in ("ttl", "sy_updateperiod", "sy_updatefrequency"))),
    )


def _feedparser(body: bytes, content_type: str) -> Any:
    import feedparser  # where a feed is read; what only asks the warehouse does without

    try:
        return feedparser.parse(
            io.BytesIO(body),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers={"content-type": content_type or "application/xml"},
        )
    except Exception as error:
        raise ParseError("ill_formed", f"feedparser: {type(error).__name__}") from error


def _is_ill_formed(parsed: Any) -> bool:
    """A wrong content type or charset in the header says nothing about the document."""
    return bool(parsed.get("bozo")) and type(parsed.get("bozo_exception")).__name__ not in _UNHEARD


def _is_whole(body: bytes) -> bool:
    """Whether a document reaches its end: then one without entries is quiet, not cut off."""
    tail = body[-200:].rstrip().lower()
    return tail.endswith((b"</rss>", b"</feed>", b"</rdf:rdf>"))


def _second_try(body: bytes, content_type: str, first: Any) -> Any:
    """The broken document read again with its usual faults mended, where that makes it sound and loses no entry.

    feedparser's own way out, a parser that knows no XML, loses what stands behind CDATA sections and namespaces.
    """
    try:
        body.decode("utf-8")
        second = _feedparser(mended(body), content_type)
    except (UnicodeDecodeError, ParseError):
        return first
    return second if not _is_ill_formed(second) and len(second.entries) >= len(first.entries) else first


def _entry(entry: dict[str, Any], dates: DateReader) -> ParsedEntry:
    own = partial(dict.get, entry)  # feedparser's own get() answers "updated" with the publication date
    content = next((part.get("value", "") for part in entry.get("content") or []), "")
    link = entry.get("link") or next(
        (link.get("href", "") for link in entry.get("links") or [] if link.get("rel") == "alternate"), ""
    )
    if entry.get("guidislink") and link == entry.get("id") and "://" not in link:
        link = ""  # feedparser offers a bare guid as a link: most generators forget isPermaLink="false"
    published, updated = clean(own("published") or ""), clean(own("updated") or "")
    moment, is_disputed = dates.claim(published or updated, _moment(own("published_parsed") or own("updated_parsed")))
    return ParsedEntry(
        guid=clean(entry.get("id") or ""),
        link=clean(link or ""),
        title=plain(entry.get("title") or ""),
        summary=plain(entry.get("summary") or content)[:4000],
        published_text=published,
        published_at=moment,
        updated_text=updated,
        is_disputed=is_disputed,
    )


def _moment(parsed: Any) -> dt.datetime | None:
    """A feedparser time tuple (UTC) as a moment; None for what no calendar holds."""
    if not parsed:
        return None
    try:
        return dt.datetime.fromtimestamp(calendar.timegm(parsed), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def entry_key(entry: ParsedEntry) -> str:
    """Identity of an entry within its feed: its guid, else its link, else its title and date."""
    return entry.guid or entry.link or f"{entry.title}|{entry.published_text}"


def identified(entries: Sequence[ParsedEntry]) -> list[ParsedEntry]:
    """The entries that are read, at most MOST_ENTRIES, each with a guid that is its own.

    One guid for several addresses in a document identifies none of them: there the address joins it. Idempotent.
    """
    links: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        links[entry.guid].add(entry.link)
    return [
        replace(entry, guid=f"{entry.guid}|{entry.link}") if entry.guid and entry.link and len(links[entry.guid]) > 1 else entry
        for entry in entries[:MOST_ENTRIES]
    ]
