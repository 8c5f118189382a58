"""Fetch the pages that entries ask for; the warehouse is closed meanwhile."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

from ..answers import Answer, Failed, Fetched
from ..events import Event, EventData, PageFetched, PageFetchFailed, Record
from ..ids import sha256
from ..schedule import retry_page
from ..warehouse.rows import record_of
from .shared import Pipeline


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
    async with pipeline.fetcher() as fetcher:
        count = done

        async def get(row: dict[str, Any]) -> Answer:
            nonlocal count
            answer = await fetcher.fetch(row["url"], at_most=settings.fetch.page_bytes, is_page=True)
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
    is_final = failed.reason in ("too_large", "redirects", "bad_address") or failed.status in (404, 410, 451)
    # A host that named a time is asked then and not before. Being held is nothing that the page did, so it ends no page.
    again = retry_page(at, attempt)
    if failed.until is not None and (again is not None or failed.reason == "held"):
        again = max(again or failed.until, failed.until)
    return PageFetchFailed(
        article_id=row["article_id"],
        url=row["url"],
        asked_by=row["asked_by"],
        attempt=attempt,
        reason=failed.reason,
        detail=failed.detail,
        status=failed.status,
        failed_at=at,
        retry_at=None if is_final else again,
    )
