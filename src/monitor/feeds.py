"""Feeds: bytes to entries, and a poll's answer to events. The only door to feedparser.

JSON Feed (1.0 and 1.1) is read here, since feedparser finds no entries in it. Everything that claims to be a feed is
read from bytes: the document itself knows its encoding better than we do. An ill-formed document that yields entries
is a feed (that it is ill-formed is recorded); one that yields none is a failure with a reason.
"""

import calendar
import datetime as dt
import io
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import feedparser
import lxml.etree
import lxml.html
from lxml.etree import LxmlError
from pydantic import BaseModel, ConfigDict, ValidationError

from .answers import FETCH_FAILURES, Answer, Failed, Fetched, NotModified
from .errors import ParseError
from .events import EntryRejected, EntryRevised, EntrySeen, EventData, FeedPolled, FeedPollFailed, Record
from .gate import gate
from .ids import sha256, subject_id
from .schedule import back_off, next_poll, retry_after
from .topics import TopicProfile
from .urls import absolute_url, canonical_url

POLL_FAILURES = {
    **FETCH_FAILURES,
    "empty": "the answer has no content",
    "html": "a web page stands at the feed's address: an error, log-in or parked page, or the feed has moved",
    "not_a_feed": "neither RSS, Atom, RDF nor JSON Feed",
    "ill_formed": "a feed so damaged that no entry could be read",
}
MOST_ENTRIES = 2000  # a "feed" of more is a sitemap or an archive; the rest is counted, not read
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


@dataclass(frozen=True, slots=True)
class FeedToPoll:
    """A row of the work list ``todo.feed_to_poll``."""

    feed_id: str
    url: str
    name: str
    language: str
    etag: str | None
    last_modified: str | None
    sha256: str | None
    failures: int


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What the warehouse knows of an entry that stands in a feed again."""

    entry_key: str
    url: str | None
    title: str
    published_text: str
    updated_text: str
    is_rejected: bool


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


def read_answer(feed: FeedToPoll, answer: Answer) -> ParsedFeed | ParseError | None:
    """What the answer to a poll holds: a feed, the reason why it is none, or None where there is nothing to read.

    Whether a feed is unchanged is decided by its bytes, whatever the server's validators say.
    """
    if not isinstance(answer, Fetched) or sha256(answer.body) == feed.sha256:
        return None
    try:
        return parse_feed(answer.body, content_type=answer.headers.get("content-type", ""))
    except ParseError as error:
        return error


def decide_poll(
    feed: FeedToPoll,
    answer: Answer,
    parsed: ParsedFeed | ParseError | None,
    known: Mapping[str, KnownEntry],
    profile: TopicProfile,
    *,
    polled_at: dt.datetime,
    record: Record | None,
) -> list[EventData]:
    """Turn the answer to a poll into events: the poll's own first, then one for each entry that is new or changed.

    ``parsed`` is what ``read_answer`` found; ``known`` holds the entries already in the warehouse by key.
    """
    interval = dt.timedelta(minutes=profile.polling.interval_minutes)
    if isinstance(answer, Failed) or isinstance(parsed, ParseError):
        return [_failed(feed, answer, parsed, profile, polled_at=polled_at, record=record)]
    following = next_poll(polled_at, interval, key=feed.feed_id)
    if isinstance(answer, NotModified) or parsed is None:
        is_304 = isinstance(answer, NotModified)
        return [
            FeedPolled(
                feed_id=feed.feed_id,
                polled_at=polled_at,
                outcome="not_modified" if is_304 else "unchanged",
                status=304 if is_304 else 200,
                final_url=answer.url,
                sha256=feed.sha256,
                etag=answer.headers.get("etag") or feed.etag,
                last_modified=answer.headers.get("last-modified") or feed.last_modified,
                next_poll_at=following,
            )
        ]
    outcomes = _entries(feed, answer.final_url, parsed, known, profile, seen_at=polled_at)
    counts = {
        name: sum(1 for outcome, _ in outcomes if outcome == name) for name in ("new", "known", "revised", "rejected", "repeated")
    }
    poll = FeedPolled(
        feed_id=feed.feed_id,
        polled_at=polled_at,
        outcome="parsed",
        status=answer.status,
        final_url=answer.final_url,
        record=record,
        sha256=sha256(answer.body),
        etag=answer.headers.get("etag"),
        last_modified=answer.headers.get("last-modified"),
        format=parsed.format,
        is_ill_formed=parsed.is_ill_formed,
        entries=len(outcomes),
        next_poll_at=following,
        **counts,
    )
    return [poll, *(event for _, event in outcomes if event is not None)]


def _failed(
    feed: FeedToPoll,
    answer: Answer,
    parsed: ParsedFeed | ParseError | None,
    profile: TopicProfile,
    *,
    polled_at: dt.datetime,
    record: Record | None,
) -> FeedPollFailed:
    asked = answer.headers.get("retry-after") if isinstance(answer, Failed) else None
    following = back_off(
        polled_at,
        dt.timedelta(minutes=profile.polling.interval_minutes),
        dt.timedelta(hours=profile.polling.longest_hours),
        failures=feed.failures + 1,
        retry_after=retry_after(asked, polled_at),
    )
    if isinstance(answer, Failed):
        reason, detail, status = answer.reason, answer.detail, answer.status
    else:
        error = parsed if isinstance(parsed, ParseError) else ParseError("not_a_feed", "")
        reason, detail, status = error.reason, error.message, 200
    return FeedPollFailed(
        feed_id=feed.feed_id,
        polled_at=polled_at,
        reason=reason,
        detail=detail,
        status=status,
        record=record,
        next_poll_at=following,
    )


def _entries(
    feed: FeedToPoll,
    base: str,
    parsed: ParsedFeed,
    known: Mapping[str, KnownEntry],
    profile: TopicProfile,
    *,
    seen_at: dt.datetime,
) -> list[tuple[str, EventData | None]]:
    """One outcome for each entry of the document, and its event where there is something to say."""
    outcomes: list[tuple[str, EventData | None]] = []
    met: set[str] = set()
    for entry in identified(parsed.entries):
        key = entry_key(entry)
        if key in met and key:
            outcomes.append(("repeated", None))
            continue
        met.add(key)
        outcomes.append(_decide_entry(feed, base, entry, known.get(key), profile, seen_at=seen_at))
    return outcomes


def _decide_entry(
    feed: FeedToPoll, base: str, entry: ParsedEntry, known: KnownEntry | None, profile: TopicProfile, *, seen_at: dt.datetime
) -> tuple[str, EventData | None]:
    key = entry_key(entry)
    entry_id = subject_id("entry", feed.feed_id, key)
    # A guid that is an address serves where the link is missing (RSS 2.0: isPermaLink is true by default).
    url = absolute_url(entry.link, base) if entry.link else absolute_url(entry.guid, "")
    if url is not None and entry.link and canonical_url(url) in (canonical_url(base), canonical_url(feed.url)):
        url = None
    if url is None:
        if known is not None:
            return ("rejected" if known.is_rejected else "known"), None
        reason = "no_link" if not entry.link else "bad_link"
        return "rejected", EntryRejected(
            entry_id=entry_id,
            feed_id=feed.feed_id,
            entry_key=key,
            title=entry.title,
            reason=reason,
            detail=entry.link[:200],
            seen_at=seen_at,
        )
    changed = _changes(entry, url, known) if known is not None else ()
    if known is not None and not changed:
        return "known", None
    decision = gate(profile, entry.title, entry.summary)
    values: dict[str, Any] = {
        "entry_id": entry_id,
        "feed_id": feed.feed_id,
        "entry_key": key,
        "article_id": subject_id("article", canonical_url(url)),
        "url": url,
        "title": entry.title,
        "summary": entry.summary,
        "published_at": entry.published_at,
        "published_text": entry.published_text,
        "updated_text": entry.updated_text,
        "language": feed.language,
        "gate": decision.gate,
        "gate_why": decision.why,
        "seen_at": seen_at,
    }
    if known is None:
        return "new", EntrySeen(**values)
    return "revised", EntryRevised(**values, changed=changed)


def _changes(entry: ParsedEntry, url: str, known: KnownEntry) -> tuple[str, ...]:
    """What a publisher changed. The summary does not count: many feeds rewrite it at every build ("3 hours ago")."""
    pairs = {
        "url": (canonical_url(url), canonical_url(known.url) if known.url else ""),
        "title": (entry.title, known.title),
        "published": (entry.published_text, known.published_text),
        "updated": (entry.updated_text, known.updated_text),
    }
    return tuple(name for name, (now, before) in pairs.items() if now != before)
