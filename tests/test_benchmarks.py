"""The synthetic history that the warehouse is measured with is made of real events, and the benchmark runs."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from monitor.events import read_event
from monitor.ids import text_sha256

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from history import History, as_rows  # noqa: E402


@pytest.fixture(scope="module")
def history() -> History:
    """Two hundred articles, as runs of twenty write them."""
    made = History(sentences=2000)
    made.make(0, 200)
    return made


def test_every_event_of_the_history_reads_through_its_model(history: History) -> None:
    """About eight events an article, of the types that a run writes, each with the data that the program would have written."""
    rows = history.connection.execute('SELECT type, "version", data, stream FROM event ORDER BY number').fetchall()
    counts = Counter(wire for wire, _, _, _ in rows)
    assert 7 * 200 <= len(rows) <= 9 * 200
    assert len(counts) >= 12
    for wire, version, data, stream in rows:
        assert read_event(wire, version, data).stream == stream


def test_texts_of_the_history_are_known_by_their_hash_and_repeat(history: History) -> None:
    """Each text under its own SHA-256; a fifth of the articles repeat one word for word."""
    for sha256, text in history.connection.execute("SELECT sha256, text FROM body").fetchall():
        assert text_sha256(text) == sha256
    ((texts, articles),) = history.connection.execute(
        "SELECT count(DISTINCT data ->> '$.body_sha256'), count(*) FROM event WHERE type = 'article.extracted'"
    ).fetchall()
    assert articles == 200
    assert texts < 0.95 * articles


def test_the_same_seed_gives_the_same_history(history: History) -> None:
    """Also when a range is made in other pieces; another seed gives another one."""

    def events(seed: int, *ranges: tuple[int, int]) -> list[tuple[object, ...]]:
        made, rows = History(seed, sentences=500), []
        for first, last in ranges:
            made.make(first, last)
            rows += made.connection.execute("SELECT event_id, data FROM event ORDER BY number").fetchall()
        return rows

    whole = events(1, (0, 40))
    assert events(1, (0, 20), (20, 40)) == whole
    assert events(2, (0, 40)) != whole


def test_batches_have_their_size_and_bring_their_texts(history: History) -> None:
    """As an append takes them: exactly so many envelopes, and the text of every article in the batch that brings one."""
    batches = list(History(run_size=100, sentences=500).batches(0, 200, 100))
    assert len(batches) >= 14
    for batch, texts in batches:
        rows = as_rows(batch)
        assert len(rows) == 100
        brought = {text["sha256"] for text in texts}
        for row in rows:
            assert row["sha256"] == text_sha256(row["data"])
            if row["type"] in ("article.extracted", "article.revised"):
                assert any(f'"body_sha256":"{sha256}"' in row["data"] for sha256 in brought)


def test_the_benchmark_runs_and_says_what_it_measured() -> None:
    """On a small history: every figure has its line, and nothing fails."""
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "warehouse.py"), "--articles", "2000"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for line in (
        "append of",
        "ratio",
        "rate kept",
        "fixed cost",
        "questions",
        "live file",
        "rebuild of every relation",
        "load average",
    ):
        assert line in done.stdout


def test_the_benchmark_of_collecting_runs_and_says_what_it_measured() -> None:
    """On a few small pages: every figure has its line, and nothing fails."""
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "collect.py"), "--pages", "400", "--page-bytes", "12000", "--rounds", "1"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for line in ("ours: feeds", "ours: pages", "plain: pages", "ratio", "memory at 400", "load average"):
        assert line in done.stdout
