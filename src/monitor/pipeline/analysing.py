"""Pages to articles, articles to verdicts, texts to mentions, mentions to proposals; each a work list and an append."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from ..aliases import Address, KnownArticle, alias_events, known_twin, other_addresses
from ..articles.decisions import decide_article, found_posts, is_boilerplate
from ..articles.model import Extraction, NoText, PageToExtract
from ..duplicates import WINDOW, DuplicateIndex, Judgement, TextToJudge, VetoRules, judge_duplicate
from ..duplicates.clusters import changes as cluster_changes
from ..errors import ArchiveError
from ..events import ArticleQuarantined, ArticleRead, Event, EventData
from ..ids import text_sha256
from ..mentions import Rules
from ..proposals import Ledger
from ..stories import WINDOW as STORY_WINDOW
from ..stories import StoryIndex, link_story
from ..urls import outlet_key
from .apart import Page
from .assisting import assist
from .shared import IMPORT_FEED, Pipeline


def analyse(pipeline: Pipeline) -> None:
    """Pages to articles, articles to verdicts, texts to mentions, mentions to proposals."""
    with pipeline.held():
        extract(pipeline)
        judge(pipeline)
        link_stories(pipeline)
        detect(pipeline)
        resolve(pipeline)
        assist(pipeline)


def _batches(size: int, step: Callable[[int], int]) -> None:
    """Run ``step`` (which takes what was done so far and gives how many items it took) until a batch is not full."""
    done = taken = step(0)
    while taken >= size:
        taken = step(done)
        done += taken


def extract(pipeline: Pipeline) -> None:
    """Turn fetched pages into articles, in worker processes with a wall-clock limit."""
    batch = pipeline.settings.batch

    def step(done: int) -> int:
        with pipeline.warehouse() as live:
            pages = live.read.pages_to_extract(pipeline.topic, _BATCHES_AT_ONCE * batch)
            if not pages:
                return 0
            summaries = live.read.entry_summaries(page.article_id for page in pages)
        outcomes = pipeline.spread.extract(pipeline.settings.extract, _asked(pipeline, pages, summaries))
        is_new = False
        for start in range(0, len(pages), batch):
            part = pages[start : start + batch]
            is_new |= _take_in(pipeline, part, _awaited(pipeline, outcomes, part, done + start, done + len(pages)))
        return len(pages) if is_new else 0

    _batches(_BATCHES_AT_ONCE * batch, step)


_BATCHES_AT_ONCE = 5  # the workers go on with the next batch while one is appended


def _awaited(
    pipeline: Pipeline, outcomes: Iterator[Extraction | NoText], pages: Sequence[PageToExtract], done: int, whole: int
) -> list[Extraction | NoText]:
    """What the workers made of some pages; the warehouse is free until then."""
    pipeline.release()
    found = []
    for number, outcome in enumerate(islice(outcomes, len(pages)), start=1):
        found.append(outcome)
        pipeline.progress("extracting texts", done + number, whole)
    return found


def _take_in(pipeline: Pipeline, pages: Sequence[PageToExtract], outcomes: Sequence[Extraction | NoText]) -> bool:
    """Append what came of a batch of pages; tells whether anything of it was new."""
    others = [other_addresses(page, outcome) for page, outcome in zip(pages, outcomes, strict=True)]
    with pipeline.warehouse() as live:
        before = live.read.bodies(page.previous_sha256 for page in pages if page.previous_sha256)
        known = live.read.known_articles(
            {page.article_id for page in pages} | {address.alias_id for addresses in others for address in addresses}
        )
        hashes = [text_sha256(outcome.text) for outcome in outcomes if isinstance(outcome, Extraction)]
        titles = live.read.titles_of_texts(hashes, pipeline.clock() - _BOILERPLATE)
    events: list[Event] = []
    bodies: list[tuple[str, str]] = []
    for page, outcome, addresses in zip(pages, outcomes, others, strict=True):
        weighed = _or_boilerplate(page, outcome, titles)
        told, texts = _what_came_of(page, weighed, addresses, known, before.get(page.previous_sha256 or ""), at=pipeline.clock())
        events += pipeline.wrap(told, caused_by=page.page_event)
        bodies += texts
    with pipeline.warehouse() as live:
        return bool(pipeline.append(live, events, bodies).new)


_BOILERPLATE = dt.timedelta(days=30)  # how long texts are remembered under their titles


def _or_boilerplate(
    page: PageToExtract, outcome: Extraction | NoText, titles: dict[tuple[str, str], set[str]]
) -> Extraction | NoText:
    """The outcome, in quarantine where its outlet gave the same text under other titles. ``titles`` learns of this one."""
    if isinstance(outcome, NoText) or not outcome.text:
        return outcome
    sha256, title = text_sha256(outcome.text), page.entry_title or outcome.title
    known = titles.setdefault((outlet_key(page.url), sha256), set())
    is_new = sha256 != page.previous_sha256 and outcome.quarantine is None
    known.add(title)
    if is_new and is_boilerplate(outcome.text, known):
        return replace(outcome, quarantine="boilerplate", quarantine_detail=f"under {len(known)} titles")
    return outcome


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
    if isinstance(outcome, Extraction) and outcome.quarantine:  # a wall's words on its own address are not the article's
        others = ()
    twin = known_twin(page, outcome, others, known)
    aliases = alias_events(page, others, twin, known, at=at)
    if twin is not None:
        return [decide_article(page, NoText("alias", twin.article_id), before, at=at), *aliases], []
    data = decide_article(page, outcome, before, at=at)
    if isinstance(outcome, NoText):
        return [data, *aliases], []
    if isinstance(data, ArticleQuarantined):
        return [data], [(data.body_sha256, outcome.text)]
    here = KnownArticle(page.article_id, outcome.text)
    known.update({page.article_id: here} | {alias.alias_id: here for alias in aliases})
    posts = found_posts(page, outcome, at=at)
    texts = [(found.body_sha256, post.text) for found, post in zip(posts, outcome.posts, strict=True)]
    return [data, *aliases, *posts], [(str(getattr(data, "body_sha256", "")), outcome.text), *texts]


def _asked(pipeline: Pipeline, pages: Sequence[PageToExtract], summaries: Mapping[str, str]) -> Iterator[Page]:
    """The bytes of pages from the archive, one after the other, and what is known of them."""
    for page in pages:
        try:
            raw = pipeline.archive.read(page.record_file, page.record_offset)
        except ArchiveError as error:
            yield NoText("lost_record", error.message)
            continue
        yield (
            raw,
            {
                "url": page.final_url,
                "content_type": page.content_type,
                "charset": page.charset,
                "summary": summaries.get(page.article_id, ""),
                "feed_language": page.language if page.feed_id != IMPORT_FEED else "",  # there it is a guess
            },
        )


def judge(pipeline: Pipeline) -> None:
    """Give every text that has none its verdict, in the order in which the texts became known."""

    def step(done: int) -> int:
        with pipeline.warehouse() as live:
            rows = live.read.articles_to_judge(pipeline.topic, pipeline.settings.batch)
            if not rows:
                return 0
        pipeline.release()
        texts = pipeline.spread.mark(
            TextToJudge(
                article_id=row["article_id"],
                text_event=row["text_event"],
                body_sha256=row["body_sha256"],
                text=row["text"],
                outlet=row["outlet"],
                seen_at=row["first_seen_at"],
                own_cluster_id=row["own_cluster_id"],
                language=row["language"] or "",
            )
            for row in rows
        )
        asking = [text for text in texts if text.about.own_cluster_id != text.about.article_id]  # edits of copies too
        bodies = {text.about.body_sha256: text.about.text for text in texts}
        with pipeline.warehouse() as live:
            known, common = live.read.known_texts(
                [text.marks.fingerprint for text in asking], min(row["first_seen_at"] for row in rows) - WINDOW
            )
            index = DuplicateIndex(known, bodies.get, common=common)
            bodies |= live.read.bodies(index.bodies_needed(text.asked for text in asking))
        rules = VetoRules.of(pipeline.profile)
        judged: list[Judgement] = []
        for number, text in enumerate(texts, start=1):
            judged.append(judge_duplicate(text, index, rules, at=pipeline.clock()))
            pipeline.progress("judging duplicates", done + number, done + len(texts))
        with pipeline.warehouse() as live:
            members = live.read.cluster_members({cluster for judgement in judged for cluster in judgement.bridged})
            moves = cluster_changes(judged, members, at=pipeline.clock())
            events = pipeline.wrap([*(judgement.verdict for judgement in judged), *moves])
            return len(texts) if pipeline.append(live, events).new else 0

    _batches(pipeline.settings.batch, step)


def link_stories(pipeline: Pipeline) -> None:
    """Link every text that is no copy to the story that it tells, in the order in which the texts became known."""

    def step(done: int) -> int:
        with pipeline.warehouse() as live:
            texts = live.read.articles_to_link(pipeline.topic, pipeline.settings.batch)
            told = live.read.told_texts(pipeline.topic, texts[0].seen_at - STORY_WINDOW) if texts else []
        if not texts:
            return 0
        index = StoryIndex(told)
        links = [link_story(text, index, at=pipeline.clock()) for text in texts]
        pipeline.progress("linking stories", done + len(texts), done + len(texts))
        with pipeline.warehouse() as live:
            return len(texts) if pipeline.append(live, pipeline.wrap(links)).new else 0

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
        asked = [(text, pipeline.clock(), posts.get(text.article_id, ())) for text in texts]
        pipeline.release()
        found = pipeline.spread.detect(pipeline.profile, asked)
        for number, ((text, now, _), detected) in enumerate(zip(asked, found, strict=True), start=1):
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
