"""Poll the feeds that are due and fetch the pages that entries ask for; the warehouse is closed meanwhile."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

from ..answers import Answer, Failed, Fetched
from ..errors import ParseError
from ..events import Event, EventData, PageFetched, PageFetchFailed, Record, event_id_of
from ..feeds import FeedToPoll, ParsedFeed, decide_poll, entry_key, identified, read_answer
from ..fetch import open_fetcher
from ..ids import sha256
from ..schedule import retry_page
from ..warehouse.rows import record_of
from .shared import Pipeline


async def collect(pipeline: Pipeline) -> None:
    """Poll the feeds that are due, then fetch the pages that entries ask for."""
    await poll_feeds(pipeline)
    await fetch_pages(pipeline)


async def poll_feeds(pipeline: Pipeline) -> None:
    """Poll every due feed; one poll event each, and one event for each entry that is new, changed or useless."""
    wanted = {feed.feed_id for feed in pipeline.profile.feed}
    with pipeline.warehouse() as live:
        due = [feed for feed in live.read.feeds_to_poll(pipeline.topic) if feed.feed_id in wanted]
    size = pipeline.settings.batch
    for number, batch in enumerate(due[start : start + size] for start in range(0, len(due), size)):
        answers = await _ask(pipeline, batch, done=number * size, total=len(due))
        parsed = [read_answer(feed, answer) for feed, answer in zip(batch, answers, strict=True)]
        worth_keeping = [
            answer for answer, found in zip(answers, parsed, strict=True) if isinstance(answer, Fetched) and found is not None
        ]
        records = dict(
            zip(
                map(id, worth_keeping),
                pipeline.archive.write(worth_keeping, name=f"feeds-{pipeline.run_id}-{number}", at=pipeline.clock()),
                strict=True,
            )
        )
        _append_polls(pipeline, batch, answers, parsed, [records.get(id(answer)) for answer in answers])


async def _ask(pipeline: Pipeline, feeds: Sequence[FeedToPoll], *, done: int, total: int) -> list[Answer]:
    settings = pipeline.settings
    async with open_fetcher(settings.fetch, contact=settings.contact, clock=pipeline.clock) as fetcher:
        count = done

        async def ask(feed: FeedToPoll) -> Answer:
            nonlocal count
            answer = await fetcher.fetch(
                feed.url, at_most=settings.fetch.feed_bytes, etag=feed.etag, last_modified=feed.last_modified
            )
            count += 1
            pipeline.progress("polling feeds", count, total)
            return answer

        return list(await asyncio.gather(*map(ask, feeds)))


def _append_polls(
    pipeline: Pipeline,
    feeds: Sequence[FeedToPoll],
    answers: Sequence[Answer],
    parsed: Sequence[ParsedFeed | ParseError | None],
    records: Sequence[Record | None],
) -> None:
    keys = [
        (feed.feed_id, entry_key(entry))
        for feed, found in zip(feeds, parsed, strict=True)
        if isinstance(found, ParsedFeed)
        for entry in identified(found.entries)
    ]
    with pipeline.warehouse() as live:
        known = live.read.known_entries(keys)
        events: list[Event] = []
        for feed, answer, found, record in zip(feeds, answers, parsed, records, strict=True):
            own = {key: entry for (feed_id, key), entry in known.items() if feed_id == feed.feed_id}
            decided = decide_poll(feed, answer, found, own, pipeline.profile, polled_at=pipeline.clock(), record=record)
            events += pipeline.wrap(decided[:1])
            events += pipeline.wrap(decided[1:], caused_by=event_id_of(decided[0]))
        pipeline.append(live, events)


async def fetch_pages(pipeline: Pipeline) -> None:
    """Fetch the pages that are due, batch by batch; each becomes bytes in the archive or a recorded failure."""
    number, done = 0, 0
    while True:
        with pipeline.warehouse() as live:
            due = live.read.pages_to_fetch(pipeline.topic, pipeline.settings.batch)
        if not due:
            return
        events = await _fetch_batch(pipeline, due, name=f"pages-{pipeline.run_id}-{number}", done=done)
        with pipeline.warehouse() as live:
            is_new = bool(pipeline.append(live, events).new)
        if not is_new or len(due) < pipeline.settings.batch:
            return  # all done, or another process recorded the same readings meanwhile
        number, done = number + 1, done + len(due)


async def _fetch_batch(pipeline: Pipeline, due: Sequence[dict[str, Any]], *, name: str, done: int) -> list[Event]:
    settings = pipeline.settings
    async with open_fetcher(settings.fetch, contact=settings.contact, clock=pipeline.clock) as fetcher:
        count = done

        async def get(row: dict[str, Any]) -> Answer:
            nonlocal count
            answer = await fetcher.fetch(row["url"], at_most=settings.fetch.page_bytes)
            count += 1
            pipeline.progress("fetching pages", count, done + len(due))
            return answer

        answers = await asyncio.gather(*map(get, due))
    # The same bytes as at the last reading are kept once: the new event points to the old record.
    changed = [
        answer
        for row, answer in zip(due, answers, strict=True)
        if isinstance(answer, Fetched) and sha256(answer.body) != row["sha256"]
    ]
    records = dict(zip(map(id, changed), pipeline.archive.write(changed, name=name, at=pipeline.clock()), strict=True))
    events: list[Event] = []
    for row, answer in zip(due, answers, strict=True):
        data = _page_event(row, answer, records.get(id(answer)) or record_of(row), at=pipeline.clock())
        events += pipeline.wrap([data], caused_by=row["asked_by"])
    return events


def _page_event(row: dict[str, Any], answer: Answer, record: Record | None, *, at: dt.datetime) -> EventData:
    attempt = row["attempt"] + 1
    if isinstance(answer, Fetched) and record is not None:
        content_type = answer.headers.get("content-type", "")
        _, _, charset = content_type.partition("charset=")
        return PageFetched(
            article_id=row["article_id"],
            url=row["url"],
            final_url=answer.final_url,
            asked_by=row["asked_by"],
            attempt=attempt,
            status=answer.status,
            content_type=content_type.split(";")[0].strip(),
            charset=charset.strip(" \"'").split(";")[0] or None,
            sha256=record.sha256,
            bytes=len(answer.body),
            record=record,
            fetched_at=at,
        )
    failed = answer if isinstance(answer, Failed) else Failed(row["url"], "bad_answer", "304 to an unconditional request", at)
    is_final = failed.reason in ("too_large", "redirects") or failed.status in (404, 410, 451)
    return PageFetchFailed(
        article_id=row["article_id"],
        url=row["url"],
        asked_by=row["asked_by"],
        attempt=attempt,
        reason=failed.reason,
        detail=failed.detail,
        status=failed.status,
        failed_at=at,
        retry_at=None if is_final else retry_page(at, attempt),
    )
