"""A feed document's bytes to its entries. The only door to feedparser, which finds none in a JSON Feed: that is read here."""

import calendar
import datetime as dt
import io
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import feedparser
import lxml.etree
import lxml.html
from lxml.etree import LxmlError
from pydantic import BaseModel, ConfigDict, ValidationError

from ..answers import FETCH_FAILURES
from ..errors import ParseError
from ..schedule import advised_wait

POLL_FAILURES = {
    **FETCH_FAILURES,
    "empty": "the answer has no content",
    "html": "a web page stands at the feed's address: an error, log-in or parked page, or the feed has moved",
    "not_a_feed": "neither RSS, Atom, RDF nor JSON Feed",
    "ill_formed": "a feed so damaged that no entry could be read",
}
MOST_ENTRIES = 2000  # a "feed" of more is a sitemap or an archive; the rest is counted (`cut`), not read
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_MARKUP = re.compile(r"<[a-zA-Z!/][^>]*>|&[a-zA-Z#]\w{1,8};")


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


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document as read. ``format`` is feedparser's name (rss20, atom10, rss10 …) or ``json``."""

    format: str
    is_ill_formed: bool
    language: str
    entries: tuple[ParsedEntry, ...]
    advised_wait: dt.timedelta | None = None  # RSS ttl, sy:updatePeriod


def parse_feed(body: bytes, *, content_type: str = "") -> ParsedFeed:
    """Read a feed document of any make from its bytes.

    Raises ParseError, whose ``reason`` is one of POLL_FAILURES, and nothing else whatever the bytes.
    """
    body = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    head = body[:2048]
    if not head:
        raise ParseError("empty", "no content")
    if head[:1] in (b"{", b"["):
        return _parse_json_feed(body)
    if re.match(rb"(?i)<!doctype\s+html|<html[\s>]", head):
        raise ParseError("html", "a web page, not a feed")
    try:
        parsed = feedparser.parse(
            io.BytesIO(body),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers={"content-type": content_type or "application/xml"},
        )
    except Exception as error:
        raise ParseError("ill_formed", f"feedparser: {type(error).__name__}") from error
    # A wrong content type or charset in the header says nothing about the document.
    is_ill_formed = bool(parsed.get("bozo")) and not isinstance(
        parsed.get("bozo_exception"), (feedparser.NonXMLContentType, feedparser.CharacterEncodingOverride)
    )
    if not parsed.get("version") and not parsed.entries:
        raise ParseError("html" if b"<html" in body[:8192].lower() else "not_a_feed", "no feed could be recognised")
    if is_ill_formed and not parsed.entries:
        raise ParseError("ill_formed", f"no entry could be read: {_clean(str(parsed.get('bozo_exception', '')))[:200]}")
    return ParsedFeed(
        format=parsed.get("version") or "unknown",
        is_ill_formed=is_ill_formed,
        language=_clean(parsed.feed.get("language") or ""),
        entries=tuple(_entry(entry) for entry in parsed.entries),
        advised_wait=advised_wait(*(parsed.feed.get(name) for name in ("ttl", "sy_updateperiod", "sy_updatefrequency"))),
    )


def _entry(entry: dict[str, Any]) -> ParsedEntry:
    own = partial(dict.get, entry)  # feedparser's own get() answers "updated" with the publication date
    content = next((part.get("value", "") for part in entry.get("content") or []), "")
    link = entry.get("link") or next(
        (link.get("href", "") for link in entry.get("links") or [] if link.get("rel") == "alternate"), ""
    )
    if entry.get("guidislink") and link == entry.get("id") and "://" not in link:
        link = ""  # feedparser offers a bare guid as a link: most generators forget isPermaLink="false"
    return ParsedEntry(
        guid=_clean(entry.get("id") or ""),
        link=_clean(link or ""),
        title=_plain(entry.get("title") or ""),
        summary=_plain(entry.get("summary") or content)[:4000],
        published_text=_clean(own("published") or ""),
        published_at=_moment(own("published_parsed") or own("updated_parsed")),
        updated_text=_clean(own("updated") or ""),
    )


def _moment(parsed: Any) -> dt.datetime | None:
    """A feedparser time tuple (UTC) as a moment; None for what no calendar holds."""
    if not parsed:
        return None
    try:
        return dt.datetime.fromtimestamp(calendar.timegm(parsed), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _clean(text: str) -> str:
    """Without control characters and with single spaces."""
    return _SPACE.sub(" ", _CONTROL.sub("", text)).strip()


def _plain(text: str) -> str:
    """Plain text of what may be HTML."""
    text = _CONTROL.sub("", text)
    if _MARKUP.search(text):
        try:
            tree = lxml.html.fragment_fromstring(text, create_parent="div")
            lxml.etree.strip_elements(tree, "script", "style", with_tail=False)
            text = " ".join(tree.itertext())
        except (LxmlError, ValueError, AssertionError):  # lxml asserts that a page has one body
            text = _MARKUP.sub(" ", text)
    return _clean(text)


class _JsonItem(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    id: str = ""
    url: str = ""
    external_url: str = ""
    title: str = ""
    summary: str = ""
    content_text: str = ""
    content_html: str = ""
    date_published: str = ""
    date_modified: str = ""


class _JsonFeed(BaseModel):
    """https://www.jsonfeed.org/version/1.1/ as far as an entry needs it."""

    model_config = ConfigDict(extra="ignore")
    version: str
    language: str = ""
    items: list[Any]


def _parse_json_feed(body: bytes) -> ParsedFeed:
    try:
        values = json.loads(body.decode("utf-8-sig", errors="replace"))
        feed = _JsonFeed.model_validate({key: value for key, value in values.items() if value is not None})
    except (ValueError, AttributeError, RecursionError) as error:
        raise ParseError("not_a_feed", "JSON, but not a JSON Feed") from error
    if "jsonfeed.org/version/" not in feed.version:
        raise ParseError("not_a_feed", f"unknown JSON Feed version {feed.version[:80]!r}")
    entries, is_ill_formed = [], False
    for values in feed.items:
        if not isinstance(values, dict):
            is_ill_formed = True
            continue
        try:
            item = _JsonItem.model_validate({key: value for key, value in values.items() if value is not None})
        except ValidationError:
            is_ill_formed = True
            item = _JsonItem(id=str(values.get("id", "")), url=str(values.get("url", "")))
        entries.append(
            ParsedEntry(
                guid=_clean(item.id),
                link=_clean(item.url or item.external_url),
                title=_plain(item.title),
                summary=_plain(item.summary or item.content_text or item.content_html)[:4000],
                published_text=_clean(item.date_published),
                published_at=_iso(item.date_published),
                updated_text=_clean(item.date_modified),
            )
        )
    return ParsedFeed(format="json", is_ill_formed=is_ill_formed, language=_clean(feed.language), entries=tuple(entries))


def _iso(text: str) -> dt.datetime | None:
    """An RFC 3339 date; None when it is none."""
    try:
        moment = dt.datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
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
