"""The benchmark of peers runs, counts what it says that it counts, and writes its page from that."""

import importlib.util
import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.peers.material import Page, in_other_words, invented, syndicated  # noqa: E402
from benchmarks.peers.newsstand import BUSY, Edition, Entry, publish  # noqa: E402
from benchmarks.peers.report import document  # noqa: E402
from benchmarks.peers.scoring import score, shingle_f1  # noqa: E402

PAGES = 60
OF_THE_PLAIN_SCRIPT = ("datasketch", "duckdb", "feedparser", "requests", "trafilatura")


def entry(path: str, copy_of: str | None = None) -> Entry:
    return Entry("a.test", path, "A title", "en", 0, copy_of, fails=False)


def test_losses_copies_and_texts_are_counted() -> None:
    """A pair counts once, whichever page is called the copy; what is not recorded is lost and no missed copy."""
    published = [
        entry("/1"),
        entry("/2", "http://a.test/1"),
        entry("/3"),
        entry("/4", "http://a.test/3"),
        entry("/5", "http://a.test/6"),
        entry("/6"),
    ]
    recorded = [
        {"url": "http://a.test/1", "text": "one two three four five", "copy_of": "http://a.test/2"},
        {"url": "http://a.test/2", "text": "", "copy_of": None},
        {"url": "http://a.test/3", "text": "", "copy_of": None},
        {"url": "http://a.test/4", "text": "", "copy_of": "http://a.test/1"},
        {"url": "http://a.test/5", "text": "", "copy_of": None},
    ]
    found = score(published, {"http://a.test/1": "one two three four five"}, recorded)
    assert (found.entries, found.lost, found.pairs, found.missed, found.false, found.f1) == (6, 1, 2, 1, 1, 1.0)


def test_a_peer_without_copies_or_texts_is_not_scored_for_them() -> None:
    found = score([entry("/1")], {"http://a.test/1": "a text"}, [{"url": "http://a.test/1"}])
    assert (found.lost, found.missed, found.false, found.f1) == (0, None, None, None)


def test_f1_is_that_of_the_means_over_pages() -> None:
    """A page without a text has no precision and no recall; shingles count as often as they stand there."""
    precision, recall, f1 = shingle_f1([("a b c d e", "a b c d e"), ("a b c d e", ""), ("a b c d", "a b c d a b c d")])
    assert (precision, recall) == (pytest.approx((1 + 0 + 1 / 5) / 3), pytest.approx(2 / 3))
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_a_page_in_other_words_keeps_its_markup_and_its_small_words() -> None:
    text = "Envoys of the harbour spoke at length, and the harbour's envoys listened to every word of the delegates in the great hall. "
    script = f'<script type="application/ld+json">{{"articleBody": "{text}", "author": "the envoys"}}</script>'
    page = Page(f'<p class="envoys">{text}&eacute;</p><!-- envoys -->{script}', "en", text)
    words = {"envoys": "sailor", "harbour": "kitchen", "eacute": "xxxxxx"}
    told = in_other_words(page, words)
    assert told.gold is None
    changed = text.replace("Envoys", "Sailor").replace("envoys", "sailor").replace("harbour", "kitchen")
    assert told.document == page.document.replace(text, changed)


def test_a_copy_has_a_credit_and_one_paragraph_less() -> None:
    page = invented(random.Random(3))
    copied = syndicated(page, "other.test")
    assert "other.test" in copied.document
    assert copied.document.count("<p>") == page.document.count("<p>")
    assert copied.gold is None
    assert page.gold is not None
    assert page.gold.split("\n\n")[-1] not in copied.document


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return publish(tmp_path_factory.mktemp("peers") / "pages", PAGES, real=False)


def test_feeds_are_windows_that_a_busy_round_overflows(edition: Edition) -> None:
    """In every other round a feed shows all that is new; each original of a copy is published, too, by another outlet."""
    by_url = {each.url: each for each in edition.entries}
    assert len(by_url) == len(edition.entries) == PAGES
    overflows = set()
    for host, window in edition.windows.items():
        for which in {each.round for each in edition.entries}:
            if sum(each.host == host and each.round == which for each in edition.entries) > window:
                overflows.add(which)
    assert overflows == {BUSY}
    copies = [each for each in edition.entries if each.copy_of]
    assert len(copies) == PAGES // 10
    assert all(by_url[each.copy_of].host != each.host for each in copies if each.copy_of)
    assert set(edition.gold) == {each.url for each in edition.entries if not each.copy_of}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The whole benchmark, small, without a package index: the monitor, and the plain script where its packages are installed."""
    out = tmp_path_factory.mktemp("out") / "results.json"
    only = ["--only", "monitor"]
    if all(importlib.util.find_spec(name) for name in OF_THE_PLAIN_SCRIPT):
        only += ["--only", "plain"]
    given = ["--pages", str(PAGES), "--here", "--material", "invented", "--json", str(out), *only]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers", *given], cwd=ROOT, capture_output=True, text=True, timeout=550, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def test_the_monitor_loses_nothing_and_tells_every_copy(results: dict[str, Any]) -> None:
    """Entries that left their feeds, and pages that failed once, are there in the end."""
    row = results["peers"][0]
    assert row["key"] == "monitor"
    assert row["score"]["entries"] == PAGES
    assert row["score"]["lost"] == 0
    assert row["score"]["pairs"] == PAGES // 10
    assert row["score"]["missed"] == 0
    assert row["score"]["false"] == 0
    assert row["score"]["f1"] > 0.9
    assert row["pages_a_second"] > 0
    assert row["cpu_a_page"] > 0
    assert 50 < row["memory_mb"] < 5000


def test_the_plain_script_reads_the_same_pages_and_loses_what_left_the_feeds(results: dict[str, Any]) -> None:
    if len(results["peers"]) < 2:
        pytest.skip("the plain script's packages are not installed here (extra bench)")
    row = results["peers"][1]
    assert row["key"] == "plain"
    assert 0 < row["score"]["lost"] < PAGES / 3
    assert row["score"]["missed"] is not None
    assert row["score"]["f1"] > 0.7  # of all pages, also of those that it lost


def test_the_page_has_a_row_and_a_command_for_each_and_names_no_machine(results: dict[str, Any]) -> None:
    page = document(results)
    for row in results["peers"]:
        assert f"| {row['name']} | {row['pages_a_second']:.1f} |" in page
        assert f"`.venv/bin/python -m benchmarks.peers --pages {PAGES} --only {row['key']}`" in page
    assert not re.search(r"/(tmp|home|work|root)/", page)


def test_what_is_absent_or_failed_is_said(results: dict[str, Any]) -> None:
    page = document(results | {"absent": {"a peer": "no such version"}, "peers": [{**results["peers"][0], "failed": "it ended"}]})
    assert "a peer could not be installed: no such version" in page
    assert "did not end: it ended" in page
