"""Real edits after publication: each later wording of a page is a revision of its article, never a report of its own.

Reads ``../shared/data/briefings/versions.jsonl.gz`` (public-domain pages, 131 wordings of 64 of them) and skips without it.
"""

import datetime as dt
import gzip
import html
import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from monitor.answers import Fetched
from monitor.events import EntrySeen, PageFetched, event_id_of
from monitor.ids import subject_id
from monitor.pipeline.analysing import extract, judge
from monitor.pipeline.shared import Pipeline, load_pipeline
from monitor.settings import Settings
from monitor.warehouse import query_copy

VERSIONS = Path(__file__).parents[2] / "shared" / "data" / "briefings" / "versions.jsonl.gz"
PROFILE = Path(__file__).parent / "data" / "topics" / "norland-sudmark.toml"
pytestmark = [
    pytest.mark.replay,
    pytest.mark.skipif(not VERSIONS.is_file(), reason="needs ../shared/data/briefings beside the project"),
]
START = dt.datetime(2031, 3, 1, tzinfo=dt.UTC)


def as_page(row: dict[str, Any]) -> bytes:
    """A plain page round a text."""
    title, paragraphs = html.escape(row["title"]), (html.escape(part) for part in row["text"].split("\n") if part.strip())
    body = "".join(f"<p>{part}</p>" for part in paragraphs)
    return f"<html lang='en'><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>".encode()


def serve(pipeline: Pipeline, rows: list[dict[str, Any]], number: int, at: dt.datetime) -> None:
    """What a round of fetching leaves behind: raw bytes in the archive, and the events."""
    answers = [
        Fetched(f"https://press.test/{row['id']}", f"https://press.test/{row['id']}", 200, {}, as_page(row), at) for row in rows
    ]
    records = pipeline.archive.write(answers, name=f"round-{number}", at=at)
    events = []
    for row, answer, record in zip(rows, answers, records, strict=True):
        article_id = subject_id("article", row["id"])
        entry = EntrySeen(
            entry_id=subject_id("entry", row["id"]), feed_id="feed-a", entry_key=row["id"], article_id=article_id, url=answer.url,
            title=row["title"], summary="", published_at=START, published_text="", updated_text="", state=f"{row['id']}-{number}",
            language="en", gate="on_topic", gate_why=(), seen_at=START,
        )  # fmt: skip
        page = PageFetched(
            article_id=article_id, url=answer.url, final_url=answer.url, asked_by=str(event_id_of(entry)), attempt=number + 1, status=200,
            content_type="text/html", charset="utf-8", sha256=record.sha256, bytes=record.length, record=record, fetched_at=at,
            reading=number + 1,
        )  # fmt: skip
        events += pipeline.wrap([*([entry] if number == 0 else []), page])
    with pipeline.warehouse() as live:
        pipeline.append(live, events)


def test_every_later_wording_is_a_revision_of_its_article(tmp_path: Path) -> None:
    with gzip.open(VERSIONS, "rt", encoding="utf-8") as lines:
        rows = sorted((json.loads(line) for line in lines), key=lambda row: (int(row["version"]), row["id"]))
    now = START
    pipeline = load_pipeline(Settings(data=tmp_path, topic=str(PROFILE)), clock=lambda: now)
    for number, group in groupby(rows, key=lambda row: int(row["version"])):
        now = START + number * dt.timedelta(hours=6)
        serve(pipeline, list(group), number, now)
        extract(pipeline)
        judge(pipeline)
    with pipeline.warehouse() as live:
        live.publish()
    assert len(rows) == 131
    asked = {
        "articles": "SELECT count(*) FROM article",
        "first texts": "SELECT count(*) FROM log.event WHERE type = 'article.extracted'",
        "later wordings": "SELECT count(*) FROM log.event WHERE type IN ('article.revised', 'article.unchanged')",
        "verdicts on first texts": "SELECT count(*) FROM duplicate WHERE verdict <> 'revision'",
        "revisions that left": "SELECT count(*) FROM duplicate WHERE verdict = 'revision' AND cluster_id <> article_id",
        "copies": "SELECT count(*) FROM article WHERE verdict IN ('exact', 'near')",
        "without verdict": "SELECT count(*) FROM article WHERE is_to_judge",
        "kept back": "SELECT count(*) FROM log.event WHERE type IN ('article.quarantined', 'article.extraction_failed')",
        "without a text": "SELECT count(*) FROM page WHERE article_id NOT IN (SELECT article_id FROM article)",
    }
    found = {what: query_copy(pipeline.files, statement).rows[0][0] for what, statement in asked.items()}
    # Of 131 wordings four are of few words: they are kept back, and one page has no other.
    kept_back, without = found.pop("kept back"), found.pop("without a text")
    assert kept_back <= 5
    assert without <= 1
    assert found == {
        "articles": 64 - without,
        "first texts": 64 - without,
        "later wordings": 131 - (64 - without) - kept_back,
        "verdicts on first texts": 64 - without,
        "revisions that left": 0,
        "copies": 0,
        "without verdict": 0,
    }
