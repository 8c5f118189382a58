"""Poll the feeds that are due; the warehouse is closed meanwhile."""

import asyncio
from collections.abc import Sequence

from ..aliases import article_ids, under_known_articles
from ..answers import Answer, Fetched
from ..errors import ParseError
from ..events import Event, Record, event_id_of
from ..feeds import FeedToPoll, ParsedFeed, decide_poll, entry_key, identified, read_answer
from .shared import Pipeline


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
                pipeline.archive.write(worth_keeping, name="feeds", at=pipeline.clock()),
                strict=True,
            )
        )
        _append_polls(pipeline, batch, answers, parsed, [records.get(id(answer)) for answer in answers])


async def _ask(pipeline: Pipeline, feeds: Sequence[FeedToPoll], *, done: int, total: int) -> list[Answer]:
    settings = pipeline.settings
    async with pipeline.fetcher() as fetcher:
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
            decided = under_known_articles(decided, live.read.known_aliases(article_ids(decided)))
            events += pipeline.wrap(decided[:1])
            events += pipeline.wrap(decided[1:], caused_by=event_id_of(decided[0]))
        pipeline.append(live, events)
