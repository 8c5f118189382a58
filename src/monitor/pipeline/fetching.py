"""Fetch the pages that entries ask for, and read those on the topic again for edits; the warehouse is closed meanwhile."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

from ..answers import Answer, Failed, Fetched, NotModified
from ..archive import Revisit
from ..detection import detect_text
from ..events import Event, EventData, PageFetched, PageFetchFailed, PageUnchanged, Record
from ..ids import sha256
from ..mentions import Rules, TextToRead
from ..schedule import next_reading, retry_page
from ..warehouse.rows import record_of
from .shared import Pipeline


async def fetch_batch(pipeline: Pipeline) -> bool:
    """Fetch pages that are due, as many as a batch holds; each becomes bytes in the archive or a recorded failure.

    Those that entries ask for come first, then those on the topic that are due to be read again. Gives whether more may be
    waiting, so that a run can go on with the texts that it has before it fetches the rest: alerts do not wait for the last page.
    Where many wait, a batch of its own holds those whose headlines tell of a proposal: they alert before others are asked for.
    """
    size = pipeline.settings.batch
    with pipeline.warehouse() as live:
        waiting = live.read.pages_to_fetch(pipeline.topic, max(size, _LOOKED_AT))
        if waiting:
            pipeline.spread.get_ready(pipeline.settings.extract)
        due = telling(pipeline, waiting)[:size] if len(waiting) > _FEW else []
        is_ahead = 0 < len(due) < len(waiting)
        if not is_ahead:
            due = waiting[:size]
        if not is_ahead and len(due) < size:
            due += live.read.pages_to_reread(pipeline.topic, size - len(due))
    if not due:
        return False
    events = await _fetch(pipeline, due)
    with pipeline.warehouse() as live:
        is_new = bool(pipeline.append(live, events).new)
    return is_new and (is_ahead or len(due) == size)  # where nothing was new, another process recorded the same meanwhile


_FEW = 20  # so many are one short batch anyhow
_LOOKED_AT = 2000  # headlines at most; one takes a tenth of a millisecond to read, and is read once in a run


def telling(pipeline: Pipeline, waiting: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of waiting pages those whose headline, read by the rules that read texts, tells of a proposal.

    Only the order is decided here: what a headline keeps to itself is found when its page is read, as ever.
    """
    rules, now, found = Rules.of(pipeline.profile), pipeline.clock(), []
    for row in waiting:
        if row["article_id"] in pipeline.silent:
            continue
        text = TextToRead(row["article_id"], "", "", "", row["entry_title"] or "", row["language"] or "", now)
        if detect_text(text, rules, at=now).mentions:
            found.append(row)
        else:
            pipeline.silent.add(row["article_id"])
    return found


async def _fetch(pipeline: Pipeline, due: Sequence[dict[str, Any]]) -> list[Event]:
    settings = pipeline.settings
    pipeline.release()
    async with pipeline.fetcher() as fetcher:
        count = 0
        ours = await fetcher.claim(row["url"] for row in due)
        due = [row for row in due if row["url"] in ours]

        async def get(row: dict[str, Any]) -> Answer:
            nonlocal count
            answer = await fetcher.fetch(
                row["url"], at_most=settings.fetch.page_bytes, is_page=True, **_validators(pipeline, row)
            )
            count += 1
            pipeline.progress("fetching pages", count, len(due))
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
