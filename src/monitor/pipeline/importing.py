"""Pages out of files into the log, the archive and the stages, as if an entry had asked for them.

An import belongs to a feed of its own (``import:``, never polled), each page to an entry of it whose key is the canonical
address: the same file imported twice, or cut off and started again, adds nothing, since what is known is passed over.
A page that the warehouse has already, from a feed or an import, is not read over: an old capture must not pass for the
latest text. A page without a word of the topic is recorded as an entry that is off topic and is not kept.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ..answers import Fetched
from ..events import EntryRejected, EntrySeen, Event, EventData, FeedRegistered, Gate, PageFetched, Record, event_id_of
from ..feeds.dates import DateClaim, judge_dates
from ..feeds.model import ParsedEntry
from ..gate import gate
from ..ids import subject_id
from ..sources import ImportedPage, Skipped, visible
from ..topics import TopicProfile
from ..urls import aggregator, canonical_url
from .analysing import analyse
from .running import begin, finish
from .shared import IMPORT_FEED, IMPORT_URL, Pipeline, one_run_at_a_time


def import_pages(pipeline: Pipeline, items: Iterable[ImportedPage | Skipped], *, language: str) -> Counter[str]:
    """Record pages of files, then read those that came with their bytes; others wait for the next run to fetch them.

    Gives how many were ``new``, ``known``, ``off_topic``, ``rejected``, ``without_page`` (an address only), and how many
    lines or records were skipped (``skipped:<reason>``). Appends nothing where nothing is new.
    """
    counts: Counter[str] = Counter()
    with one_run_at_a_time(pipeline.files):
        source = iter(items)
        number = 0
        while batch := list(islice(source, pipeline.settings.batch)):
            counts.update(f"skipped:{item.reason}" for item in batch if isinstance(item, Skipped))
            counts += _import_batch(pipeline, [item for item in batch if isinstance(item, ImportedPage)], number, language)
            number += 1
            pipeline.progress("importing pages", sum(counts.values()), sum(counts.values()))
        if pipeline.counts:
            begin(pipeline)
            analyse(pipeline)
            finish(pipeline)
    return counts


def _import_batch(pipeline: Pipeline, items: Sequence[ImportedPage], number: int, language: str) -> Counter[str]:
    keyed = {canonical_url(item.url): item for item in reversed(items)}
    keys = [(IMPORT_FEED, key) for key in keyed]
    with pipeline.warehouse() as live:
        known = {key for _, key in live.read.known_entries(keys)}
        read = live.read.known_pages([subject_id("article", key) for key in keyed])
        is_registered = IMPORT_FEED in live.read.registered_feeds(pipeline.topic)
    now = pipeline.clock()
    fresh = {key: item for key, item in reversed(keyed.items()) if key not in known}
    entries = list(decide_imports(fresh, pipeline.profile, language=language, at=now))
    counts = Counter({"known": len(items) - len(fresh)})
    counts.update(_outcome(item, entry) for item, entry in zip(fresh.values(), entries, strict=True))
    kept = [
        (item, entry)
        for item, entry in zip(fresh.values(), entries, strict=True)
        if isinstance(entry, EntrySeen) and entry.gate != "off_topic" and item.page is not None and entry.article_id not in read
    ]
    records = pipeline.archive.write([_answer(item, now) for item, _ in kept], name=f"import-{pipeline.run_id}-{number}", at=now)
    pages = {entry.entry_id: _page(item, entry, record, now) for (item, entry), record in zip(kept, records, strict=True)}
    events: list[Event] = [] if is_registered or not entries else pipeline.wrap([_feed(language, now)])
    for entry in entries:
        events += pipeline.wrap([entry])
        if page := pages.get(entry.stream):
            events += pipeline.wrap([page], caused_by=event_id_of(entry))
    if events:
        with pipeline.warehouse() as live:
            pipeline.append(live, events)
    return +counts


def _outcome(item: ImportedPage, entry: EventData) -> str:
    if isinstance(entry, EntryRejected):
        return "rejected"
    if isinstance(entry, EntrySeen) and entry.gate == "off_topic":
        return "off_topic"
    return "new" if item.page is not None else "without_page"


def decide_imports(
    items: dict[str, ImportedPage], profile: TopicProfile, *, language: str, at: dt.datetime
) -> Iterator[EntrySeen | EntryRejected]:
    """One entry for each page, by its canonical address. Its date is the file's claim, never the moment of the capture."""
    claims = judge_dates([_as_entry(item) for item in items.values()], now=at)
    for (key, item), claim in zip(items.items(), claims, strict=True):
        entry_id = subject_id("entry", IMPORT_FEED, key)
        service = aggregator(item.url)
        if service is not None:
            yield EntryRejected(
                entry_id=entry_id,
                feed_id=IMPORT_FEED,
                entry_key=key,
                title=item.title,
                reason="aggregator",
                detail=f"{service}: {item.url}"[:200],
                seen_at=at,
            )
        else:
            yield _entry(key, item, claim, profile, language=language, at=at)


def _entry(key: str, item: ImportedPage, claim: DateClaim, profile: TopicProfile, *, language: str, at: dt.datetime) -> EntrySeen:
    title, decision, why = _weigh(item, profile)
    return EntrySeen(
        entry_id=subject_id("entry", IMPORT_FEED, key),
        feed_id=IMPORT_FEED,
        entry_key=key,
        article_id=subject_id("article", key),
        url=item.url,
        title=title,
        summary="",
        published_at=item.published_at,
        published_text=item.published_text,
        updated_text="",
        state=subject_id("state", key, title, item.published_text, ""),
        language=item.language or language,
        gate=decision,
        gate_why=why,
        seen_at=at,
        published_precision=claim.precision,
        published_doubts=claim.doubts,
        source=item.source,
    )


def _weigh(item: ImportedPage, profile: TopicProfile) -> tuple[str, Gate, tuple[str, ...]]:
    """Title, gate and why. All that a page shows is weighed, which can rule the topic out but not in: menus name everything."""
    if item.page is None:
        if not item.title:
            return "", "undecided", ("address only",)
        by_title = gate(profile, item.title, "")
        return item.title, by_title.gate, by_title.why
    own, text = visible(item.page)
    title = item.title or own
    whole = gate(profile, title, text)
    if whole.gate == "off_topic":
        return item.title, "off_topic", whole.why
    by_title = gate(profile, title, "")
    return item.title, "on_topic" if by_title.gate == "on_topic" else "undecided", whole.why


def _as_entry(item: ImportedPage) -> ParsedEntry:
    return ParsedEntry("", item.url, item.title, "", item.published_text, item.published_at, "", item.is_disputed)


def _answer(item: ImportedPage, now: dt.datetime) -> Fetched:
    headers = {"content-type": item.content_type, "x-imported-from": item.where}
    return Fetched(item.url, item.url, 200, headers, item.page or b"", item.fetched_at or now)


def _page(item: ImportedPage, entry: EntrySeen, record: Record, now: dt.datetime) -> PageFetched:
    kind, _, charset = item.content_type.partition("charset=")
    return PageFetched(
        article_id=entry.article_id,
        url=item.url,
        final_url=item.url,
        asked_by=str(event_id_of(entry)),
        attempt=1,
        status=200,
        content_type=kind.split(";")[0].strip(),
        charset=charset.strip(" \"'").split(";")[0] or None,
        sha256=record.sha256,
        bytes=len(item.page or b""),
        record=record,
        fetched_at=item.fetched_at or now,
    )


def _feed(language: str, now: dt.datetime) -> FeedRegistered:
    return FeedRegistered(
        feed_id=IMPORT_FEED, url=IMPORT_URL, name="imported", language=language, country="", kind="import", registered_at=now
    )
