"""Fetch the pages that entries ask for, and read those on the topic again for edits; the warehouse is closed meanwhile."""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from ..answers import Answer, Failed, Fetched, NotModified
from ..archive import Revisit
from ..events import Event, EventData, PageFetched, PageFetchFailed, PageUnchanged, Record
from ..ids import sha256
from ..schedule import next_reading, retry_page
from ..warehouse.rows import WorkLists, record_of
from .shared import Pipeline

WorkList = Callable[[WorkLists, str, int], list[dict[str, Any]]]


async def fetch_pages(pipeline: Pipeline) -> None:
    """Fetch the pages that are due, batch by batch; each becomes bytes in the archive or a recorded failure.

    First those that entries ask for, then those on the topic that are due to be read again.
    """
    await _work_through(pipeline, WorkLists.pages_to_fetch, "fetching pages")
    await _work_through(pipeline, WorkLists.pages_to_reread, "reading again")


async def _work_through(pipeline: Pipeline, work_list: WorkList, stage: str) -> None:
    done = 0
    while True:
        with pipeline.warehouse() as live:
            due = work_list(live.read, pipeline.topic, pipeline.settings.batch)
        if not due:
            return
        events = await _fetch_batch(pipeline, due, stage=stage, done=done)
        with pipeline.warehouse() as live:
            is_new = bool(pipeline.append(live, events).new)
        if not is_new or len(due) < pipeline.settings.batch:
            return  # all done, or another process recorded the same readings meanwhile
        done += len(due)


async def _fetch_batch(pipeline: Pipeline, due: Sequence[dict[str, Any]], *, stage: str, done: int) -> list[Event]:
    settings = pipeline.settings
    async with pipeline.fetcher() as fetcher:
        count = done

        async def get(row: dict[str, Any]) -> Answer:
            nonlocal count
            answer = await fetcher.fetch(
                row["url"], at_most=settings.fetch.page_bytes, is_page=True, **_validators(pipeline, row)
            )
            count += 1
            pipeline.progress(stage, count, done + len(due))
            return answer

        answers = await asyncio.gather(*map(get, due))
    kept = [_to_keep(row, answer) for row, answer in zip(due, answers, strict=True)]
    records = iter(pipeline.archive.write([item for item in kept if item is not None], name="pages", at=pipeline.clock()))
    events: list[Event] = []
    for row, answer, item in zip(due, answers, kept, strict=True):
        record = next(records) if item is not None else None
        decide = _reading_event if "reading" in row else _page_event
        data = decide(pipeline, row, answer, record, at=pipeline.clock())
        events += pipeline.wrap([data], caused_by=row["asked_by"])
    return events


def _validators(pipeline: Pipeline, row: dict[str, Any]) -> dict[str, str | None]:
    """What makes a later reading conditional.

    The last one asks for the page as it is: a server whose validators say "unchanged" where the bytes have changed is found
    out then at the latest.
    """
    if "reading" not in row or _following(pipeline, row, pipeline.clock()) is None:
        return {}
    return {"etag": row["etag"], "last_modified": row["last_modified"]}


def _to_keep(row: dict[str, Any], answer: Answer) -> Fetched | Revisit | None:
    """What the archive is given: bytes that it has are kept once, and a revisit record says that they were there again."""
    before = record_of(row)
    if isinstance(answer, Fetched):
        is_same = before is not None and sha256(answer.body) == row["sha256"]
        return Revisit(answer, before) if is_same and before is not None else answer
    return Revisit(answer, before) if isinstance(answer, NotModified) and before is not None and "reading" in row else None


def _following(pipeline: Pipeline, row: dict[str, Any], at: dt.datetime) -> dt.datetime | None:
    return next_reading(row.get("first_reading_at") or at, at, pipeline.profile.polling.reread_hours)


def _page_event(pipeline: Pipeline, row: dict[str, Any], answer: Answer, record: Record | None, *, at: dt.datetime) -> EventData:
    """The outcome of the reading that an entry asked for."""
    attempt = row["attempt"] + 1
    if isinstance(answer, Fetched) and record is not None:
        # The same bytes as before are read from where they lie: the record of now only refers to them.
        same = record_of(row) if record.sha256 == row["sha256"] else None
        return _fetched(pipeline, row, answer, same or record, attempt=attempt, at=at)
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


def _reading_event(
    pipeline: Pipeline, row: dict[str, Any], answer: Answer, record: Record | None, *, at: dt.datetime
) -> EventData:
    """The outcome of a later reading: other bytes, the same, or a failure, which undoes nothing and waits for the next slot."""
    common: dict[str, Any] = {
        "article_id": row["article_id"],
        "url": row["url"],
        "asked_by": row["asked_by"],
        "reading": row["reading"],
        "next_reading_at": _following(pipeline, row, at),
    }
    if isinstance(answer, Failed):
        return PageFetchFailed(
            **common, attempt=1, reason=answer.reason, detail=answer.detail, status=answer.status, failed_at=at, retry_at=None
        )
    if isinstance(answer, Fetched) and record is not None and record.sha256 != row["sha256"]:
        return _fetched(pipeline, row, answer, record, attempt=1, at=at)
    is_304 = isinstance(answer, NotModified)
    return PageUnchanged(
        **common,
        status=304 if isinstance(answer, NotModified) else answer.status,
        sha256=row["sha256"],
        record=record,
        checked_at=at,
        etag=answer.headers.get("etag") or (row["etag"] if is_304 else None),
        last_modified=answer.headers.get("last-modified") or (row["last_modified"] if is_304 else None),
    )


def _fetched(
    pipeline: Pipeline, row: dict[str, Any], answer: Fetched, record: Record, *, attempt: int, at: dt.datetime
) -> PageFetched:
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
        reading=row.get("reading", 1),
        etag=answer.headers.get("etag"),
        last_modified=answer.headers.get("last-modified"),
        next_reading_at=_following(pipeline, row, at),
    )
