"""Pages to articles, articles to verdicts, texts to mentions, mentions to proposals; each a work list and an append."""

import atexit
import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import get_context
from typing import Any

from pebble import ProcessExpired, ProcessPool

from ..aliases import Address, KnownArticle, alias_events, known_twin, other_addresses
from ..articles import Extraction, NoText, PageToExtract, decide_article, extract_article, found_posts
from ..detection import detect_text
from ..duplicates import WINDOW, DuplicateIndex, TextToJudge, judge_duplicate
from ..errors import ArchiveError
from ..events import ArticleRead, DuplicateJudged, Event, EventData
from ..mentions import Rules
from ..proposals import Ledger
from ..settings import ExtractSettings
from .shared import Pipeline


def analyse(pipeline: Pipeline) -> None:
    """Pages to articles, articles to verdicts, texts to mentions, mentions to proposals."""
    extract(pipeline)
    judge(pipeline)
    detect(pipeline)
    resolve(pipeline)


def _batches(size: int, step: Callable[[int], int]) -> None:
    """Run ``step`` (which takes what was done so far and gives how many items it took) until a batch is not full."""
    done = taken = step(0)
    while taken >= size:
        taken = step(done)
        done += taken


def extract(pipeline: Pipeline) -> None:
    """Turn fetched pages into articles, in worker processes with a wall-clock limit."""

    def step(done: int) -> int:
        with pipeline.warehouse() as live:
            pages = live.read.pages_to_extract(pipeline.topic, pipeline.settings.batch)
            if not pages:
                return 0
            before = live.read.bodies(page.previous_sha256 for page in pages if page.previous_sha256)
        outcomes = _extract_pages(pipeline, pages, done)
        others = [other_addresses(page, outcome) for page, outcome in zip(pages, outcomes, strict=True)]
        with pipeline.warehouse() as live:
            known = live.read.known_articles(
                {page.article_id for page in pages} | {address.alias_id for addresses in others for address in addresses}
            )
        events: list[Event] = []
        bodies: list[tuple[str, str]] = []
        for page, outcome, addresses in zip(pages, outcomes, others, strict=True):
            told, texts = _what_came_of(
                page, outcome, addresses, known, before.get(page.previous_sha256 or ""), at=pipeline.clock()
            )
            events += pipeline.wrap(told, caused_by=page.page_event)
            bodies += texts
        with pipeline.warehouse() as live:
            return len(pages) if pipeline.append(live, events, bodies).new else 0

    _batches(pipeline.settings.batch, step)


def _what_came_of(
    page: PageToExtract,
    outcome: Extraction | NoText,
    others: Sequence[Address],
    known: dict[str, KnownArticle],
    before: str | None,
    *,
    at: dt.datetime,
) -> tuple[list[EventData], list[tuple[str, str]]]:
    """The events of one page and the texts that they name by hash. ``known`` learns of it, for the pages of the same batch."""
    twin = known_twin(page, outcome, others, known)
    aliases = alias_events(page, others, twin, known, at=at)
    if twin is not None:
        return [decide_article(page, NoText("alias", twin.article_id), before, at=at), *aliases], []
    data = decide_article(page, outcome, before, at=at)
    if isinstance(outcome, NoText):
        return [data, *aliases], []
    here = KnownArticle(page.article_id, outcome.text)
    known.update({page.article_id: here} | {alias.alias_id: here for alias in aliases})
    posts = found_posts(page, outcome, at=at)
    texts = [(found.body_sha256, post.text) for found, post in zip(posts, outcome.posts, strict=True)]
    return [data, *aliases, *posts], [(str(getattr(data, "body_sha256", "")), outcome.text), *texts]


def _extract_pages(pipeline: Pipeline, pages: Sequence[PageToExtract], done: int) -> list[Extraction | NoText]:
    settings = pipeline.settings.extract
    pool = _workers(settings)
    waiting: list[Any] = []
    for page in pages:
        try:
            raw = pipeline.archive.read(page.record_file, page.record_offset)
        except ArchiveError as error:
            waiting.append(NoText("lost_record", error.message))
            continue
        about = {"url": page.final_url, "content_type": page.content_type, "charset": page.charset}
        waiting.append(pool.schedule(extract_article, args=[raw], kwargs=about, timeout=settings.timeout_seconds))
    outcomes: list[Extraction | NoText] = []
    for number, future in enumerate(waiting, start=1):
        outcomes.append(future if isinstance(future, NoText) else _outcome(future, settings.timeout_seconds))
        pipeline.progress("extracting texts", done + number, done + len(pages))
    return outcomes


def _workers(settings: ExtractSettings) -> ProcessPool:
    """The processes that read pages; started at the first page and kept, since each costs a second of imports.

    They are spawned, not forked: the parent has threads. The first call makes each import what it needs, so that no
    page pays for it with its own time.
    """
    pool = _POOLS.get(settings)
    if pool is None or not pool.active:  # a pool that broke is replaced, not asked again
        pool = _POOLS[settings] = ProcessPool(
            max_workers=settings.workers,
            max_tasks=settings.recycle_after,
            context=get_context("spawn"),
            initializer=partial(extract_article, b"", url=""),
        )
        atexit.register(_end, pool)
    return pool


_POOLS: dict[ExtractSettings, ProcessPool] = {}


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _outcome(future: Any, limit: float) -> Extraction | NoText:
    try:
        outcome: Extraction | NoText = future.result()
    except TimeoutError:
        return NoText("timeout", f"over {limit:g} s")
    except ProcessExpired as error:
        return NoText("crashed", f"exit code {error.exitcode}")
    except Exception as error:  # noqa: BLE001 - whatever a page does to a worker costs that page and nothing else
        return NoText("crashed", f"{type(error).__name__}: {error}"[:200])
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
                text_event=row["text_event"],
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

    _batches(pipeline.settings.batch, step)


def detect(pipeline: Pipeline) -> None:
    """Read every text that no rules have read: mentions of proposals, and claims on who stands where."""

    def step(done: int) -> int:
        with pipeline.warehouse() as live:
            texts = live.read.articles_to_read(pipeline.topic, pipeline.settings.batch)
            posts = live.read.live_posts(text.article_id for text in texts)
        if not texts:
            return 0
        rules = Rules.of(pipeline.profile)
        events: list[Event] = []
        for number, text in enumerate(texts, start=1):
            now = pipeline.clock()
            detected = detect_text(text, rules, at=now, posts=posts.get(text.article_id, ()))
            read = ArticleRead(
                article_id=text.article_id,
                text_event=text.text_event,
                body_sha256=text.body_sha256,
                gate=detected.gate.gate,
                gate_why=detected.gate.why,
                mentions=len(detected.mentions),
                claims=len(detected.claims),
                method=rules.method,
                read_at=now,
            )
            events += pipeline.wrap([read, *detected.mentions, *detected.claims])
            pipeline.progress("reading texts", done + number, done + len(texts))
        with pipeline.warehouse() as live:
            return len(texts) if pipeline.append(live, events).new else 0

    _batches(pipeline.settings.batch, step)


def resolve(pipeline: Pipeline) -> None:
    """Decide for every mention which proposal it means; new ones enter the ledger."""

    def step(done: int) -> int:
        with pipeline.warehouse() as live:
            mentions = live.read.mentions_to_resolve(pipeline.topic, pipeline.settings.batch)
            if not mentions:
                return 0
            entries, last = live.read.ledger(pipeline.topic), live.read.last_linked(pipeline.topic)
        ledger = Ledger(pipeline.profile, entries, last_linked=last)
        events: list[Event] = []
        for number, (mention, cause) in enumerate(mentions, start=1):
            events += pipeline.wrap(ledger.resolve(mention, at=pipeline.clock()), caused_by=cause)
            pipeline.progress("resolving mentions", done + number, done + len(mentions))
        with pipeline.warehouse() as live:
            return len(mentions) if pipeline.append(live, events).new else 0

    _batches(pipeline.settings.batch, step)
