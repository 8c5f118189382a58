"""Poll the feeds that are due, close gaps and watch for silence; the warehouse is closed while anything is asked."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..aliases import article_ids, under_known_articles
from ..answers import Answer, Failed, Fetched, NotModified
from ..archive import Revisit
from ..errors import ParseError
from ..events import Event, EventData, FeedGapFound, Record, event_id_of
from ..feeds.archive_page import decide_archive, parse_archive
from ..feeds.identity import article_of
from ..feeds.model import FeedToPoll, ParsedFeed
from ..feeds.polls import decide_poll, keys_of, read_answer
from ..feeds.silence import decide_silence
from ..feeds.validators import validators
from ..urls import absolute_url
from .shared import Pipeline


@dataclass(frozen=True, slots=True)
class _Poll:
    """A poll on its way: what was asked, what came back, what it holds, where its bytes lie."""

    feed: FeedToPoll
    is_audit: bool
    answer: Answer
    parsed: ParsedFeed | ParseError | None
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class _Gap:
    feed: FeedToPoll
    found: FeedGapFound
    cause: str
    archive: str


async def poll_feeds(pipeline: Pipeline) -> None:
    """Poll every due feed: an event each, and what it tells of the feed and its entries. Then close gaps, report silences."""
    wanted = {feed.feed_id for feed in pipeline.profile.feed}
    with pipeline.warehouse() as live:
        due = [
            feed for feed in live.read.feeds_to_poll(pipeline.topic) if feed.feed_id in wanted and feed.duplicate_of not in wanted
        ]
    size, gaps = pipeline.settings.batch, list[_Gap]()
    for number, batch in enumerate(due[start : start + size] for start in range(0, len(due), size)):
        polls = await _ask(pipeline, batch, done=number * size, total=len(due))
        gaps += _append_polls(pipeline, _archived(pipeline, polls), wanted)
    await _close_gaps(pipeline, gaps)
    watch_for_silence(pipeline)


async def _ask(pipeline: Pipeline, feeds: Sequence[FeedToPoll], *, done: int, total: int) -> list[_Poll]:
    settings, polling = pipeline.settings, pipeline.profile.polling
    pipeline.release()
    async with pipeline.fetcher() as fetcher:
        count = done
        ours = await fetcher.claim(feed.address for feed in feeds)

        async def ask(feed: FeedToPoll) -> _Poll:
            nonlocal count
            held = validators(feed, polling, pipeline.clock())
            answer = await fetcher.fetch(
                feed.address, at_most=settings.fetch.feed_bytes, etag=held["etag"], last_modified=held["last_modified"]
            )
            count += 1
            pipeline.progress("polling feeds", count, total)
            is_audit = bool((feed.etag or feed.last_modified) and not feed.is_distrusted and not any(held.values()))
            return _Poll(feed, is_audit, answer, read_answer(feed, answer))

        return list(await asyncio.gather(*map(ask, (feed for feed in feeds if feed.address in ours))))


def _archived(pipeline: Pipeline, polls: Sequence[_Poll]) -> list[_Poll]:
    """The polls with the records of their answers: a revisit record where the document is the one that is kept already."""
    kept = [(number, answer) for number, poll in enumerate(polls) if (answer := _to_keep(poll)) is not None]
    written = pipeline.archive.write([answer for _, answer in kept], name="feeds", at=pipeline.clock())
    records = dict(zip((number for number, _ in kept), written, strict=True))
    return [replace(poll, record=records.get(number)) for number, poll in enumerate(polls)]


def _to_keep(poll: _Poll) -> Fetched | Revisit | None:
    if isinstance(poll.answer, Failed):
        return None
    if poll.feed.record is not None and (isinstance(poll.answer, NotModified) or poll.parsed is None):
        return Revisit(poll.answer, poll.feed.record)
    return poll.answer if isinstance(poll.answer, Fetched) else None


def _append_polls(pipeline: Pipeline, polls: Sequence[_Poll], registered: set[str]) -> list[_Gap]:
    documents = [keys_of(poll.feed, poll.answer, poll.parsed) if isinstance(poll.parsed, ParsedFeed) else [] for poll in polls]
    keys = [(poll.feed.feed_id, item.key) for poll, document in zip(polls, documents, strict=True) for item in document]
    archives = {feed.feed_id: feed.archive for feed in pipeline.profile.feed}
    gaps: list[_Gap] = []
    with pipeline.warehouse() as live:
        known = live.read.known_entries(keys)
        relatives = live.read.relatives(
            (poll.feed.feed_id, article_of(item.url) if item.url else "", item.entry.title)
            for poll, document in zip(polls, documents, strict=True)
            if poll.feed.entries_seen
            for item in document
            if (poll.feed.feed_id, item.key) not in known
        )
        events: list[Event] = []
        for poll, document in zip(polls, documents, strict=True):
            feed_id = poll.feed.feed_id
            decided = decide_poll(
                poll.feed,
                poll.answer,
                poll.parsed,
                {key: entry for (of, key), entry in known.items() if of == feed_id},
                pipeline.profile,
                polled_at=pipeline.clock(),
                record=poll.record,
                relatives=relatives.get(feed_id, ()),
                registered=registered,
                is_audit=poll.is_audit,
                document=document,
            )
            decided = under_known_articles(decided, live.read.known_aliases(article_ids(decided)))
            events += pipeline.wrap(decided[:1])
            events += pipeline.wrap(decided[1:], caused_by=event_id_of(decided[0]))
            archive = archives.get(feed_id)
            gaps += [
                _Gap(poll.feed, event, str(event_id_of(event)), archive)
                for event in decided
                if isinstance(event, FeedGapFound) and archive
            ]
        pipeline.append(live, events)
    return gaps


async def _close_gaps(pipeline: Pipeline, gaps: Sequence[_Gap]) -> None:
    """Read the archive that the profile names for each feed with a gap, once, and take in what the gap hid.

    An archive that cannot be read closes nothing: the gap stays open in ``report.feed_health``, and the next one tries again.
    """
    if not gaps:
        return
    settings = pipeline.settings
    pipeline.release()
    async with pipeline.fetcher() as fetcher:
        answers = await asyncio.gather(
            *(fetcher.fetch(gap.archive, at_most=settings.fetch.page_bytes, is_page=True) for gap in gaps)
        )
    read = [(gap, answer, listed) for gap, answer in zip(gaps, answers, strict=True) if (listed := _listed(answer)) is not None]
    bodies = [answer for _, answer, _ in read if isinstance(answer, Fetched)]
    records = pipeline.archive.write(bodies, name="feeds", at=pipeline.clock())
    with pipeline.warehouse() as live:
        for (gap, answer, listed), record in zip(read, records, strict=True):
            base = answer.final_url if isinstance(answer, Fetched) else gap.archive
            links = (absolute_url(entry.link, base) for entry in listed.entries)
            known = live.read.articles_of_feed(gap.feed.feed_id, (article_of(link) for link in links if link))
            decided = decide_archive(
                gap.feed,
                listed.entries,
                known,
                pipeline.profile,
                found_at=gap.found.found_at,
                closed_at=pipeline.clock(),
                url=base,
                record=record,
                since=gap.found.since,
            )
            pipeline.append(live, pipeline.wrap(decided, caused_by=gap.cause))


def _listed(answer: Answer) -> ParsedFeed | None:
    if not isinstance(answer, Fetched):
        return None
    try:
        return parse_archive(answer.body, url=answer.final_url)
    except ParseError:
        return None


def watch_for_silence(pipeline: Pipeline) -> None:
    """Report each feed that has fallen silent, also those whose polls fail or are not due: an outage is silence too."""
    wanted = {feed.feed_id for feed in pipeline.profile.feed}
    now: dt.datetime = pipeline.clock()
    with pipeline.warehouse() as live:
        watched = [feed for feed in live.read.watched_feeds(pipeline.topic) if feed.feed_id in wanted]
        events: list[EventData] = [event for feed in watched if (event := decide_silence(feed, now)) is not None]
        pipeline.append(live, pipeline.wrap(events))
