"""What one unit of work costs, for docs/scale.md and benchmarks/scale_sim.py: CPU seconds, wall seconds and bytes, as JSON.

    .venv/bin/python benchmarks/unit_costs.py [--pages N] [--batches N] [--out benchmarks/results/unit-costs.json]

CPU seconds are of this process with all its threads, and of PostgreSQL's processes where it takes part: what has to be bought, and
little changed by what else the machine does. Wall seconds are only of use on a quiet machine; the load average stands beside them.
Pages are made: a text of the synthetic history (``history.py``) between the markup and scripts of a page of 180 kB, the median of
real news pages. Fetching is on loopback, so it holds no waiting for a network.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import gzip
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests")]

import collect  # noqa: E402
import duckdb  # noqa: E402
from history import History  # noqa: E402
from postgres import postgres, why_not  # noqa: E402

from monitor.articles.extraction import extract_article  # noqa: E402
from monitor.detection import GivenArticle, detect_text  # noqa: E402
from monitor.duplicates import DuplicateIndex, MarkedText, TextToJudge, VetoRules, judge_duplicate  # noqa: E402
from monitor.mentions import Rules  # noqa: E402
from monitor.settings import LakeSettings  # noqa: E402
from monitor.topics import load_topic  # noqa: E402
from monitor.warehouse import WarehouseFiles, lake, lake_care, open_live, query_copy, shipped  # noqa: E402
from monitor.warehouse.files import PROJECTIONS, sql, statements  # noqa: E402
from monitor.warehouse.spool import Batch  # noqa: E402

NOW = dt.datetime(2031, 4, 2, tzinfo=dt.UTC)
BATCH = 1000  # events
PAGE_BYTES = 180_000

Costs = dict[str, Any]


class Meter:
    """CPU and wall time since it was made; PostgreSQL's too, when its folder is given."""

    def __init__(self, server: Path | None = None) -> None:
        self._server = server
        self._start = self._now()

    def per(self, units: int) -> Costs:
        """What each of so many units took."""
        here, there, wall = (after - before for after, before in zip(self._now(), self._start, strict=True))
        return {"cpu": here / units, "postgres_cpu": there / units, "wall": wall / units, "units": units}

    def _now(self) -> tuple[float, float, float]:
        return time.process_time(), _server_cpu(self._server) if self._server else 0.0, time.perf_counter()


def _server_cpu(folder: Path) -> float:
    """CPU seconds of PostgreSQL, of backends that are at work and of those that have ended."""
    postmaster = (folder / "data" / "postmaster.pid").read_text().split()[0]
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = stat.parent.name, stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if postmaster in (name, fields[1]):  # of the postmaster, also what its ended children used
            total += sum(map(int, fields[11:15] if name == postmaster else fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure unit costs.")
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--batches", type=int, default=8, help="of 1,000 events")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "unit-costs.json")
    asked = parser.parse_args()
    texts = [text for _, text in _texts(asked.pages)]
    found: dict[str, Any] = {
        "machine": f"{os.cpu_count()} x {platform.machine()}, Python {platform.python_version()}, DuckDB {duckdb.__version__}",
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC",
        "load": os.getloadavg(),
    }
    for name, measure in (("fetch", fetching), ("extract", extracting), ("judge", judging), ("detect", detecting)):
        found |= measure(texts)
        print(name, {key: value for key, value in found.items() if key.startswith(name)}, flush=True)
    with tempfile.TemporaryDirectory(prefix="monitor-costs-") as folder:
        found |= embedded(Path(folder), asked.batches)
        if reason := why_not():
            print(f"no lake: {reason}")
        else:
            found |= in_a_lake(Path(folder), asked.batches)
    found["load_at_the_end"] = os.getloadavg()
    asked.out.parent.mkdir(exist_ok=True)
    asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"written to {asked.out}")
    return 0


def _texts(number: int) -> list[tuple[str, str]]:
    history = History(sentences=20_000)
    history.make(0, number)
    found: list[tuple[str, str]] = history.connection.execute("SELECT sha256, text FROM body LIMIT ?", [number]).fetchall()
    return found


_WORDS = [
    random.Random(number).randbytes(4).hex() for number in range(3000)
]  # of which gzip leaves about what it leaves of real scripts


def _page(text: str) -> bytes:
    sentences = text.split(". ")
    body = "".join(f"<p>{'. '.join(sentences[start : start + 3])}.</p>" for start in range(0, len(sentences), 3))
    links = "".join(f'<li class="nav"><a href="/section/{number}">Section {number}</a></li>' for number in range(120))
    chance = random.Random(text)
    # Forty scripts: thousands of small ones would make lxml the measure.
    scripts = (f"<script>window.a = '{' '.join(chance.choices(_WORDS, k=PAGE_BYTES // 400))}';</script>\n" for _ in range(40))
    head = f"<html lang=en><head><title>{sentences[0]}</title></head><body><nav><ul>{links}</ul></nav><main><article><h1>{sentences[0]}</h1>{body}</article></main>"
    return (head + "".join(scripts) + "</body></html>").encode()


# ---- the work on pages and texts


def fetching(texts: list[str]) -> Costs:
    """A feed of 20 kB and a page of 180 kB through the fetcher with all of its rules."""
    feeds = [f"http://{host}/feed" for host in collect.HOSTS]
    pages = [f"http://{host}/{number}" for number in range(2) for host in collect.HOSTS]
    with collect.outlets(PAGE_BYTES) as address:
        asyncio.run(collect.with_rules(address, feeds[:20], pages[:20]))
        (feed_wall, feed_cpu), (page_wall, page_cpu) = asyncio.run(collect.with_rules(address, feeds, pages))
    return {
        "fetch_feed": {"cpu": feed_cpu / len(feeds), "wall": feed_wall / len(feeds), "units": len(feeds)},
        "fetch_page": {
            "cpu": page_cpu / len(pages),
            "wall": page_wall / len(pages),
            "units": len(pages),
            "archive_bytes": sum(len(gzip.compress(_page(text))) for text in texts[:50]) / min(50, len(texts)),
        },
    }


def extracting(texts: list[str]) -> Costs:
    """A page to its article."""
    pages = [_page(text) for text in texts]
    for page in pages[:5]:
        extract_article(page, url="https://outlet.test/a", content_type="text/html")
    meter = Meter()
    for page in pages:
        extract_article(page, url="https://outlet.test/a", content_type="text/html")
    return {"extract": meter.per(len(pages))}


def judging(texts: list[str]) -> Costs:
    """A text against those before it."""
    rules, bodies = VetoRules.of(load_topic(shipped("topics") / "gaza-ceasefire.toml")), dict(enumerate(texts))
    meter = Meter()
    marked = [
        MarkedText.of(
            TextToJudge(
                article_id=f"article-{number}",
                text_event=f"{number:032x}",
                body_sha256=str(number),
                text=text,
                outlet=f"outlet-{number % 97}.test",
                seen_at=NOW,
                own_cluster_id=None,
                language="en",
            )
        )
        for number, text in bodies.items()
    ]
    index = DuplicateIndex([], lambda sha256: bodies.get(int(sha256)), common=[])
    for text in marked:
        judge_duplicate(text, index, rules, at=NOW)
    return {"judge": meter.per(len(texts))}


def detecting(texts: list[str]) -> Costs:
    """A text read by the rules: one that speaks of proposals throughout, and one that does not pass the gate."""
    profile = load_topic(shipped("topics") / "gaza-ceasefire.toml")
    rules = Rules.of(profile)
    speaking = (f"{profile.example[0].text} " * 40)[:4000] if getattr(profile, "example", None) else texts[0][:4000]
    found = {}
    for name, chosen in (("detect", [speaking] * 100), ("detect_off_topic", texts)):
        given = [GivenArticle(id="a", text=text, published="2031-04-02").as_text(language="en", today=NOW) for text in chosen]
        detect_text(given[0], rules, at=NOW)
        meter = Meter()
        for text in given:
            detect_text(text, rules, at=NOW)
        found[name] = meter.per(len(given))
    return found


# ---- the store


def _batches(number: int) -> tuple[list[Batch], int]:
    """Batches of 1,000 events as a run of a thousand articles writes them, and of how many articles they tell."""
    history = History(run_size=1000, sentences=20_000)
    articles = number * BATCH // 8 + 200
    made = [Batch(events, json.dumps(texts)) for events, texts in history.batches(0, articles, BATCH)][:number]
    return [Batch(history.feeds()), *made], sum(batch.events.count('"article.extracted"') for batch in made)


def _append_all(files: WarehouseFiles, batches: list[Batch], server: Path | None = None) -> Costs:
    with open_live(files) as live:
        live.commit(live.spool.put(batches[0], after=live.spooled()), batches[0])
        meter = Meter(server)
        for batch in batches[1:]:
            live.commit(live.spool.put(batch, after=live.spooled()), batch)
        cost = meter.per(BATCH * (len(batches) - 1))
        live.publish()
    return cost


def embedded(folder: Path, number: int) -> Costs:
    """An event into one file, its bytes there, and the questions that people ask."""
    files, (batches, articles) = WarehouseFiles(folder / "alone"), _batches(number)
    found = {"append_event": _append_all(files, batches)}
    meter = Meter()
    for _ in range(5):
        with open_live(files) as live:
            live.query("SELECT count(*) FROM todo.page_to_fetch")
    found["open"] = meter.per(5)
    found["store_article"] = {"bytes": files.copy.stat().st_size / articles, "units": articles}
    for name, statement in (
        ("query_recent", "SELECT title FROM article ORDER BY first_seen_at DESC LIMIT 20"),
        ("query_week", "SELECT outlet, count(*) FROM article WHERE first_seen_at > TIMESTAMP '2031-01-01' GROUP BY ALL"),
    ):
        meter = Meter()
        for _ in range(5):
            query_copy(files, statement)
        found[name] = meter.per(5)
    print({name: cost for name, cost in found.items() if name != "fetch"}, flush=True)
    return found


@contextmanager
def _lake(folder: Path) -> Iterator[tuple[LakeSettings, Path, Any]]:
    with postgres() as server:
        made = LakeSettings(catalog=server.database("lake"), data=str(folder / "parquet"))
        lake_care.init(made)
        yield made, server.folder, server


def in_a_lake(folder: Path, number: int) -> Costs:
    """An event into a lake; into a replica that follows; a compaction; and the road not taken, relations in the lake itself."""
    batches, articles = _batches(number)
    with _lake(folder) as (made, server, postgresql):
        found = {"lake_append_event": _append_all(WarehouseFiles(folder / "east", made), batches, server)}
        late = WarehouseFiles(folder / "late", made)
        with open_live(WarehouseFiles(folder / "late")):
            pass  # the schema is not what is measured
        meter = Meter(server)
        with open_live(late) as live:
            events = live.query("SELECT position + 1 FROM log.head")[0][0]
        found["lake_follow_event"] = meter.per(events)
        meter = Meter(server)
        for _ in range(5):
            with open_live(late) as live:
                pass
        found["lake_open"] = meter.per(5)
        meter = Meter(server)
        done = lake_care.compact(made, keep=dt.timedelta(0))
        found["lake_compact_event"] = meter.per(events)
        found["lake_store_article"] = {"bytes": done.bytes_after / articles, "units": articles}
        postgresql.database("relations")
        other = LakeSettings(
            catalog=f"host=127.0.0.1 port={postgresql.port} user=monitor dbname=relations", data=str(folder / "relations")
        )
        found["relations_in_the_lake_event"] = _relations_in_the_lake(other, batches[: min(3, len(batches))], server)
    print(found, flush=True)
    return found


def _relations_in_the_lake(made: LakeSettings, batches: list[Batch], server: Path) -> Costs:
    """Every relation a table of the lake, advanced in the transaction that appends."""
    with lake.open_lake(made, is_new=True) as connection:
        run = connection.execute
        run(f"USE {lake.ALIAS}")
        run("DROP TABLE log.head; DROP TABLE log.event; DROP TABLE log.batch; DROP TABLE log.body; DROP TABLE log.redaction")
        for name in ("001_log", "002_trust"):
            run(sql("schema", name))
        for name in PROJECTIONS:
            run(statements(name)[0][0])
        meter = Meter(server)
        for number, batch in enumerate(batches, start=1):
            run("BEGIN")
            for name, value in (("events", batch.events), ("bodies", batch.bodies), ("spooled", number), ("recurring", [])):
                run(f"SET VARIABLE {name} = ?", [value])
            run(sql("log", "sift"))
            types = {wire for _, wire in run(sql("log", "append")).fetchall()}
            for name in PROJECTIONS:
                for statement, read in statements(name):
                    if types & read:
                        run(statement)
            run("UPDATE log.checkpoint SET position = (SELECT position FROM log.head)")
            run("COMMIT")
        return meter.per(400 + BATCH * (len(batches) - 1))


if __name__ == "__main__":
    raise SystemExit(main())
