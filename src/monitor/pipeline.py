"""The stages, each a work list, a pure function and an append: how an article travels.

``collect`` polls the feeds that are due and fetches the pages that entries ask for; ``analyse`` turns pages into
articles, judges duplicates, reads mentions and resolves them to proposals; ``alert`` raises what is owed and delivers
it; ``publish`` gives people a new copy. The warehouse is open only to read a work list or to append its events, never
while anything is fetched, extracted or sent. Every stage may be cut off anywhere and started again.
"""

import asyncio
import datetime as dt
import difflib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pebble import ProcessExpired, ProcessPool

from .alerts import raise_alert
from .answers import Answer, Failed, Fetched
from .archive import Archive
from .articles import Extraction, NoText, PageToExtract, decide_article, extract_article
from .claims import detect_claims
from .corpus import Document, document_id, import_document, read_documents
from .duplicates import WINDOW, DuplicateIndex, TextToJudge, judge_duplicate
from .errors import ArchiveError, ParseError, RunInProgressError, SettingsError
from .events import (
    AlertDelivered,
    AlertDeliveryFailed,
    ArticleRead,
    DuplicateJudged,
    Event,
    EventData,
    FeedRegistered,
    PageFetched,
    PageFetchFailed,
    Record,
    RunFinished,
    RunStarted,
    TopicRevised,
    event_id_of,
)
from .feeds import FeedToPoll, ParsedFeed, decide_poll, entry_key, read_answer
from .fetch import open_fetcher
from .gate import gate
from .ids import sha256
from .mentions import Rules, detect_mentions
from .notify import channels
from .proposals import Ledger, open_known
from .schedule import retry_page
from .settings import Settings
from .topics import TopicProfile, load_feeds, load_topic
from .warehouse import Appended, LiveWarehouse, WarehouseFiles, open_live, shipped
from .warehouse.rows import record_of

Progress = Callable[[str, int, int], None]  # stage, done, known so far


def _wall_clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


@dataclass(slots=True)
class Pipeline:
    """What the stages share. ``clock`` is the only source of the present; ``counts`` grows with what is appended."""

    settings: Settings
    profile: TopicProfile
    seeds: Sequence[Document] = ()
    clock: Callable[[], dt.datetime] = _wall_clock
    progress: Progress = _silent
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def files(self) -> WarehouseFiles:
        """The warehouse's files."""
        return WarehouseFiles(self.settings.data)

    @property
    def archive(self) -> Archive:
        """The raw bytes."""
        return Archive(self.settings.data / "archive")

    @property
    def topic(self) -> str:
        """Id of the topic."""
        return self.profile.topic.id

    @contextmanager
    def warehouse(self) -> Iterator[LiveWarehouse]:
        """The live file, open for a moment."""
        with open_live(self.files, now=self.clock()) as live:
            yield live

    def wrap(self, events: Iterable[EventData], *, caused_by: uuid.UUID | str | None = None) -> list[Event]:
        """Put events into envelopes of this run."""
        cause = uuid.UUID(caused_by) if isinstance(caused_by, str) else caused_by
        now = self.clock()
        return [Event.of(data, at=now, run_id=self.run_id, topic=self.topic, caused_by=cause) for data in events]

    def append(self, live: LiveWarehouse, events: Sequence[Event], bodies: Iterable[tuple[str, str]] = ()) -> Appended:
        """Append a batch and count what was new."""
        appended = live.append(events, bodies)
        self.counts.update(appended.counts)
        return appended


def load_pipeline(settings: Settings, **given: Any) -> Pipeline:
    """A pipeline for the settings: their profile, their feeds, the seed facts beside the profile. ``given`` sets other fields."""
    path = topic_path(settings.topic)
    profile = load_topic(path, packs_dir=shipped("topics", "language"))
    if settings.feeds is not None:
        profile = profile.model_copy(update={"feed": load_feeds(settings.feeds)})
    facts = path.with_suffix(".seeds.jsonl")
    seeds = list(read_documents(facts, language="")) if facts.is_file() else []
    return Pipeline(settings=settings, profile=profile, seeds=seeds, **given)


def topic_path(topic: str) -> Path:
    """The profile's file: a path, the name of one that comes with the program, or the only one that does."""
    if topic.endswith(".toml"):
        return Path(topic)
    names = sorted(path.stem for path in shipped("topics").glob("*.toml"))
    if topic and topic not in names:
        near = difflib.get_close_matches(topic, names, n=1)
        raise SettingsError(
            f"there is no topic {topic!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
            subject="topic",
            way_out=f"Shipped: {', '.join(names)}. A path ending in .toml names a profile of your own.",
        )
    if not topic and len(names) != 1:
        raise SettingsError("is not set", subject="topic", way_out=f"Choose one of {', '.join(names)} with --topic.")
    return shipped("topics") / f"{topic or names[0]}.toml"


@contextmanager
def one_run_at_a_time(files: WarehouseFiles) -> Iterator[None]:
    """Hold the run lock; raises RunInProgressError at once when another run has it. The system frees it with the process."""
    files.run_lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(files.run_lock, blocking=False):
            yield
    except Timeout as error:
        raise RunInProgressError(
            "another run is at work on this warehouse",
            subject=str(files.root),
            way_out="Nothing to do: that run takes what is due.",
        ) from error


async def run_cycle(pipeline: Pipeline) -> Counter[str]:
    """One whole run: collect, analyse, alert, publish. Gives how many events of each type it appended."""
    with one_run_at_a_time(pipeline.files):
        begin(pipeline)
        await collect(pipeline)
        analyse(pipeline)
        await alert(pipeline)
        finish(pipeline)
    return pipeline.counts


def begin(pipeline: Pipeline) -> None:
    """Record the run, and what changed in the profile: its feeds, its known proposals, its seed corpus."""
    now, profile = pipeline.clock(), pipeline.profile
    with pipeline.warehouse() as live:
        events: list[EventData] = [
            RunStarted(run_id=pipeline.run_id, program_version=version("ceasefire-monitor"), started_at=now)
        ]
        if live.read.topic_digest(pipeline.topic) != profile.digest:
            events.append(TopicRevised(topic_id=pipeline.topic, digest=profile.digest, revised_at=now))
        registered = live.read.registered_feeds(pipeline.topic)
        events += [
            FeedRegistered(
                feed_id=feed.feed_id,
                url=feed.url,
                name=feed.name,
                language=feed.language,
                country=feed.country,
                kind=feed.kind,
                registered_at=now,
            )
            for feed in profile.feed
            if registered.get(feed.feed_id) != (feed.url, feed.name, feed.language, feed.country, feed.kind)
        ]
        held = live.read.proposal_ids(pipeline.topic)
        events += [event for event in open_known(profile, at=now) if event.proposal_id not in held]
        documents = live.read.document_ids()
        events += [import_document(seed, at=now) for seed in pipeline.seeds if document_id(seed.facts) not in documents]
        pipeline.append(live, pipeline.wrap(events))


def finish(pipeline: Pipeline) -> None:
    """Record the end of the run and publish the copy for reading."""
    with pipeline.warehouse() as live:
        pipeline.append(
            live, pipeline.wrap([RunFinished(run_id=pipeline.run_id, counts=dict(pipeline.counts), finished_at=pipeline.clock())])
        )
        live.publish()


def import_documents(pipeline: Pipeline, documents: Sequence[Document]) -> Appended:
    """Put documents into the seed corpus; those known already are left out."""
    now = pipeline.clock()
    with pipeline.warehouse() as live:
        bodies = [
            (event.body_sha256, document.text)
            for document in documents
            if (event := import_document(document, at=now)).body_sha256 and document.text is not None
        ]
        appended = pipeline.append(
            live,
            pipeline.wrap(import_document(document, at=now) for document in documents),
            [(digest, text) for digest, text in bodies if digest],
        )
        live.publish()
        return appended


# --------------------------------------------------------------------------- collect


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
        for entry in found.entries
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
            if not pipeline.append(live, events).new:
                return  # another process recorded the same readings meanwhile
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


# --------------------------------------------------------------------------- analyse


def analyse(pipeline: Pipeline) -> None:
    """Pages to articles, articles to verdicts, texts to mentions, mentions to proposals."""
    extract(pipeline)
    judge(pipeline)
    detect(pipeline)
    resolve(pipeline)


def _batches(step: Callable[[int], int]) -> None:
    """Run ``step`` (which takes what was done so far and gives how many items it took) until nothing is left."""
    done = 0
    while taken := step(done):
        done += taken


def extract(pipeline: Pipeline) -> None:
    """Turn fetched pages into articles, in worker processes with a wall-clock limit."""

    def step(done: int) -> int:
        with pipeline.warehouse() as live:
            pages = live.read.pages_to_extract(pipeline.topic, pipeline.settings.batch)
            before = live.read.bodies(page.previous_sha256 for page in pages if page.previous_sha256)
        if not pages:
            return 0
        outcomes = _extract_pages(pipeline, pages, done)
        events, bodies = [], []
        for page, outcome in zip(pages, outcomes, strict=True):
            data = decide_article(page, outcome, before.get(page.previous_sha256 or ""), at=pipeline.clock())
            events += pipeline.wrap([data], caused_by=page.page_event)
            if isinstance(outcome, Extraction) and (digest := getattr(data, "body_sha256", None)):
                bodies.append((digest, outcome.text))
        with pipeline.warehouse() as live:
            return len(pages) if pipeline.append(live, events, bodies).new else 0

    _batches(step)


def _extract_pages(pipeline: Pipeline, pages: Sequence[PageToExtract], done: int) -> list[Extraction | NoText]:
    settings = pipeline.settings.extract
    outcomes: list[Extraction | NoText] = []
    with ProcessPool(
        max_workers=min(settings.workers, len(pages)), max_tasks=settings.recycle_after, context=get_context("spawn")
    ) as pool:
        waiting: list[Any] = []
        for page in pages:
            try:
                raw = pipeline.archive.read(page.record_file, page.record_offset)
            except ArchiveError as error:
                waiting.append(NoText("lost_record", error.message))
                continue
            waiting.append(
                pool.schedule(
                    extract_article,
                    args=[raw],
                    timeout=settings.timeout_seconds,
                    kwargs={"url": page.final_url, "content_type": page.content_type, "charset": page.charset},
                )
            )
        for number, future in enumerate(waiting, start=1):
            outcomes.append(future if isinstance(future, NoText) else _outcome(future, settings.timeout_seconds))
            pipeline.progress("extracting texts", done + number, done + len(pages))
    return outcomes


def _outcome(future: Any, limit: float) -> Extraction | NoText:
    try:
        outcome: Extraction | NoText = future.result()
    except TimeoutError:
        return NoText("timeout", f"over {limit:g} s")
    except ProcessExpired as error:
        return NoText("crashed", f"exit code {error.exitcode}")
    return outcome


def judge(pipeline: Pipeline) -> None:
    """Give every text that has none its verdict, in the order in which the texts became known."""

    def step(done: int) -> int:
        with pipeline.warehouse() as live:
            rows = live.read.articles_to_judge(pipeline.topic, pipeline.settings.batch)
            if not rows:
                return 0
            known = live.read.known_texts(min(row["first_seen_at"] for row in rows) - WINDOW)
        texts = [
            TextToJudge(
                article_id=row["article_id"],
                body_sha256=row["body_sha256"],
                text=row["text"],
                outlet=row["outlet"],
                seen_at=row["first_seen_at"],
                own_cluster_id=row["own_cluster_id"],
            )
            for row in rows
        ]
        bodies = {text.body_sha256: text.text for text in texts}
        index = DuplicateIndex(known, bodies.get)
        with pipeline.warehouse() as live:
            bodies |= live.read.bodies(index.bodies_needed(texts))
        verdicts: list[DuplicateJudged] = []
        for number, text in enumerate(texts, start=1):
            verdicts.append(judge_duplicate(text, index, at=pipeline.clock()))
            pipeline.progress("judging duplicates", done + number, done + len(texts))
        with pipeline.warehouse() as live:
            return len(texts) if pipeline.append(live, pipeline.wrap(verdicts)).new else 0

    _batches(step)


def detect(pipeline: Pipeline) -> None:
    """Read every text that no rules have read: mentions of proposals, and claims on who stands where."""
    rules = Rules(pipeline.profile)

    def step(done: int) -> int:
        with pipeline.warehouse() as live:
            texts = live.read.articles_to_read(pipeline.topic, pipeline.settings.batch)
        events: list[Event] = []
        for number, text in enumerate(texts, start=1):
            now = pipeline.clock()
            decision = gate(pipeline.profile, text.title, text.text)
            mentions, reader = detect_mentions(text, rules, at=now) if decision.gate != "off_topic" else ([], None)
            claims = [claim for mention in mentions if reader for claim in detect_claims(mention, reader, rules, at=now)]
            read = ArticleRead(
                article_id=text.article_id,
                body_sha256=text.body_sha256,
                gate=decision.gate,
                gate_why=decision.why,
                mentions=len(mentions),
                claims=len(claims),
                method=rules.method,
                read_at=now,
            )
            events += pipeline.wrap([read, *mentions, *claims])
            pipeline.progress("reading texts", done + number, done + len(texts))
        with pipeline.warehouse() as live:
            return len(texts) if events and pipeline.append(live, events).new else 0

    _batches(step)


def resolve(pipeline: Pipeline) -> None:
    """Decide for every mention which proposal it means; new ones enter the ledger."""

    def step(done: int) -> int:
        with pipeline.warehouse() as live:
            mentions = live.read.mentions_to_resolve(pipeline.topic, pipeline.settings.batch)
            entries = live.read.ledger(pipeline.topic) if mentions else []
            last = live.read.last_linked(pipeline.topic)
        ledger = Ledger(pipeline.profile, entries, last_linked=last)
        events: list[Event] = []
        for number, (mention, cause) in enumerate(mentions, start=1):
            events += pipeline.wrap(ledger.resolve(mention, at=pipeline.clock()), caused_by=cause)
            pipeline.progress("resolving mentions", done + number, done + len(mentions))
        with pipeline.warehouse() as live:
            return len(mentions) if events and pipeline.append(live, events).new else 0

    _batches(step)


# --------------------------------------------------------------------------- alert


async def alert(pipeline: Pipeline) -> None:
    """Raise what is owed and deliver what has not arrived."""
    with pipeline.warehouse() as live:
        owed = live.read.alerts_to_raise(pipeline.topic)
        events = [
            event
            for row, cause in owed
            for event in pipeline.wrap([raise_alert(pipeline.topic, row, at=pipeline.clock())], caused_by=cause)
        ]
        pipeline.append(live, events)
        waiting = live.read.alerts_to_deliver(pipeline.topic)
    for raised, delivered, tries in waiting:
        for channel in channels(pipeline.settings.alerts, pipeline.settings.data):
            if channel.name in delivered:
                continue
            attempt = tries.get(channel.name, 0) + 1
            reason = await channel.send(raised)
            now = pipeline.clock()
            outcome = (
                AlertDelivered(alert_id=raised.alert_id, channel=channel.name, attempt=attempt, delivered_at=now)
                if reason is None
                else AlertDeliveryFailed(
                    alert_id=raised.alert_id, channel=channel.name, attempt=attempt, reason=reason, failed_at=now
                )
            )
            with pipeline.warehouse() as live:
                pipeline.append(live, pipeline.wrap([outcome], caused_by=event_id_of(raised)))
