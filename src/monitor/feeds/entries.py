"""Entries of a document against what is known of them: new, known, revised, rejected or repeated; each exactly one."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol

from ..events import EntryRejected, EntryRevised, EntrySeen, EventData
from ..gate import gate
from ..ids import subject_id
from ..topics import TopicProfile
from ..urls import aggregator
from .dates import DateClaim, judge_dates
from .identity import KeyedEntry, KnownEntry, Matched, article_of, canonical_url
from .model import ParsedEntry


class _Source(Protocol):
    """Of a feed: what its entries carry on."""

    @property
    def feed_id(self) -> str: ...
    @property
    def language(self) -> str: ...


def decide_entries(
    feed: _Source, document: Sequence[KeyedEntry], matched: Matched, profile: TopicProfile, *, seen_at: dt.datetime
) -> list[tuple[str, EventData | None]]:
    """One outcome for each entry of the document, and its event where there is something to say."""
    outcomes: list[tuple[str, EventData | None]] = []
    met: set[str] = set()
    dates = judge_dates([item.entry for item in document], now=seen_at)
    for item, claim in zip(document, dates, strict=True):
        if item.key in met and item.key:
            outcomes.append(("repeated", None))
            continue
        met.add(item.key)
        is_rekeyed = item.key in matched.rekeyed
        known = matched.known.get(item.key)
        outcomes.append(decide_entry(feed, item, known, profile, claim=claim, seen_at=seen_at, is_rekeyed=is_rekeyed))
    return outcomes


def decide_entry(
    feed: _Source,
    item: KeyedEntry,
    known: KnownEntry | None,
    profile: TopicProfile,
    *,
    claim: DateClaim,
    seen_at: dt.datetime,
    is_rekeyed: bool = False,
    source: str | None = None,
) -> tuple[str, EventData | None]:
    """The outcome of one entry (new, known, revised, rejected), and its event where there is something to say."""
    entry, url = item.entry, item.url
    key = known.entry_key if known is not None else item.key
    entry_id = subject_id("entry", feed.feed_id, key)
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
    if known is not None and not changed:
        return "known", None
    state = state_of(entry, url)
    if known is not None and state in known.states:
        return "known", None
    decision = gate(profile, entry.title, entry.summary)
    values: dict[str, Any] = {
        "entry_id": entry_id,
        "feed_id": feed.feed_id,
        "entry_key": key,
        "article_id": article_of(url),
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
        "source": source,
    }
    if known is None:
        return "new", EntrySeen(**values, is_rekeyed=is_rekeyed)
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
