"""The answer to a poll to events: one for the poll, and one for each entry that is new, changed or useless."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..answers import Answer, Failed, Fetched, NotModified
from ..errors import ParseError
from ..events import EntryRejected, EntryRevised, EntrySeen, EventData, FeedPolled, FeedPollFailed, Record
from ..gate import gate
from ..ids import sha256, subject_id
from ..schedule import back_off, next_poll, retry_after
from ..topics import TopicProfile
from ..urls import absolute_url, aggregator, canonical_url
from .dates import DateClaim, judge_dates
from .documents import entry_key, identified, parse_feed
from .model import MOST_ENTRIES, ParsedEntry, ParsedFeed


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
    states: tuple[str, ...] = ()


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
        cut=max(0, len(parsed.entries) - MOST_ENTRIES) + parsed.left_out,
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
    dates = judge_dates(parsed.entries, now=seen_at)
    for entry, claim in zip(identified(parsed.entries), dates, strict=False):  # the dates of those that are cut, too
        key = entry_key(entry)
        if key in met and key:
            outcomes.append(("repeated", None))
            continue
        met.add(key)
        outcomes.append(_decide_entry(feed, base, entry, known.get(key), profile, claim=claim, seen_at=seen_at))
    return outcomes


def _decide_entry(
    feed: FeedToPoll,
    base: str,
    entry: ParsedEntry,
    known: KnownEntry | None,
    profile: TopicProfile,
    *,
    claim: DateClaim,
    seen_at: dt.datetime,
) -> tuple[str, EventData | None]:
    key = entry_key(entry)
    entry_id = subject_id("entry", feed.feed_id, key)
    # A guid that is an address serves where the link is missing (RSS 2.0: isPermaLink is true by default).
    url = absolute_url(entry.link, base) if entry.link else absolute_url(entry.guid, "")
    if url is not None and entry.link and canonical_url(url) in (canonical_url(base), canonical_url(feed.url)):
        url = None
    service = aggregator(url) if url is not None else None
    if url is None or service is not None:
        if known is not None:
            return ("rejected" if known.is_rejected else "known"), None
        reason = "aggregator" if service is not None else "no_link" if not entry.link else "bad_link"
        return "rejected", EntryRejected(
            entry_id=entry_id,
            feed_id=feed.feed_id,
            entry_key=key,
            title=entry.title,
            reason=reason,
            detail=(f"{service}: {entry.link or entry.guid}" if service is not None else entry.link)[:200],
            seen_at=seen_at,
        )
    changed = _changes(entry, url, known) if known is not None else ()
    state = state_of(entry, url)
    if known is not None and (not changed or state in known.states):
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
        "state": state,
        "language": feed.language,
        "gate": decision.gate,
        "gate_why": decision.why,
        "seen_at": seen_at,
        "published_precision": claim.precision,
        "published_doubts": claim.doubts,
    }
    if known is None:
        return "new", EntrySeen(**values)
    return "revised", EntryRevised(**values, changed=changed)


def state_of(entry: ParsedEntry, url: str) -> str:
    """A digest of what makes a version of an entry: its address, title and dates."""
    return subject_id("state", canonical_url(url), entry.title, entry.published_text, entry.updated_text)


def _changes(entry: ParsedEntry, url: str, known: KnownEntry) -> tuple[str, ...]:
    """What a publisher changed. The summary does not count: many feeds rewrite it at every build ("3 hours ago")."""
    pairs = {
        "url": (canonical_url(url), canonical_url(known.url) if known.url else ""),
        "title": (entry.title, known.title),
        "published": (entry.published_text, known.published_text),
        "updated": (entry.updated_text, known.updated_text),
    }
    return tuple(name for name, (now, before) in pairs.items() if now != before)
