"""How the warehouse does with a million articles: append, rebuild, a run's fixed cost, questions, bytes; each beside its peer.

    .venv/bin/python benchmarks/warehouse.py [--articles N] [--data FOLDER] [--no-rebuild]

The history is synthetic and seeded (history.py). Up to 100,000 and up to N articles it is loaded by one statement a chunk, which
is not what is measured; then batches of 1,000 events go through the program's own append, spool and all, in turn with a bare
insert of the same JSON into a table without anything. Needs about ten gigabytes of disk for a million articles, and ten minutes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent))

from history import SENTENCES, History
from machine import processor

from monitor.warehouse import LiveWarehouse, WarehouseFiles, open_live, read_copy
from monitor.warehouse.files import PROJECTIONS, relations, sql, statements
from monitor.warehouse.live import CONFIG
from monitor.warehouse.schema import SLICE
from monitor.warehouse.spool import Batch

CHUNK = 50_000
BATCH = 1_000
TOPIC = "norland-sudmark"
_BARE = """INSERT INTO bare SELECT ordinal, event_id, type, "version", stream, topic, caused_by, run_id, occurred_at, recorded_at, data::JSON
    FROM (SELECT unnest(from_json_strict(?, '[{"ordinal":"BIGINT","event_id":"UUID","type":"VARCHAR","version":"INTEGER","stream":"VARCHAR",
    "topic":"VARCHAR","caused_by":"UUID","run_id":"VARCHAR","occurred_at":"TIMESTAMP","recorded_at":"TIMESTAMP","data":"VARCHAR"}]'),
    recursive := true))"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the warehouse on a synthetic history.")
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, help="an empty folder to keep the warehouse in")
    parser.add_argument("--no-rebuild", action="store_true", help="leave out the rebuild")
    asked = parser.parse_args()
    say("machine", f"{os.cpu_count()} x {processor()}, {platform.system()} {platform.release()}")
    say("date", f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC")
    say("python, duckdb", f"{platform.python_version()}, {version('duckdb')}")
    say("load average at the start", " ".join(f"{load:.1f}" for load in os.getloadavg()))
    if asked.articles < CHUNK:
        os.environ["SENTENCES"] = "2000"  # a small history needs no seconds of choice
    with tempfile.TemporaryDirectory(prefix="monitor-warehouse-", dir=asked.data) as thrown_away:
        files = WarehouseFiles(asked.data or Path(thrown_away))
        measure(files, asked.articles, Path(thrown_away), with_rebuild=not asked.no_rebuild)
    return 0


def measure(files: WarehouseFiles, articles: int, scratch: Path, *, with_rebuild: bool) -> None:
    """Everything, in order; ``scratch`` takes the chunks on their way."""
    with open_live(files) as live:
        live.commit(1, Batch(History(sentences=_sentences()).feeds()))
    first = min(100_000, articles // 2)
    load(files, 0, first, scratch)
    early = append(files, first)
    load(files, first + 3000, articles, scratch)
    late = append(files, articles)
    say("  rate kept from the first to the last", f"{late / early:.2f} (1 is all of it)")
    fixed_cost(files, articles + 3000)
    questions(files)
    sizes(files, articles + 3000)
    if with_rebuild:
        rebuild(files)
    say("most memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    say("load average at the end", " ".join(f"{load:.1f}" for load in os.getloadavg()))


def load(files: WarehouseFiles, first: int, last: int, scratch: Path) -> None:
    """Bring articles in by the chunk: events, texts, subjects, the chain, and every relation advanced by its own SQL."""
    history, before = History(sentences=_sentences()), time.perf_counter()
    for start in range(first, last, CHUNK):
        end = min(last, start + CHUNK)
        history.make(start, end)
        paths = [scratch / "event.parquet", scratch / "body.parquet"]
        for table, path in zip(("event", "body"), paths, strict=True):
            history.connection.execute(f"COPY {table} TO '{path}' (FORMAT parquet)")
        with open_live(files) as live:
            _load_chunk(live, *paths)
        if sys.stderr.isatty():
            print(f"\r{end:,} articles", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    say(f"loaded up to {last:,} articles", f"{time.perf_counter() - before:,.0f} s, generation included")


def _load_chunk(live: LiveWarehouse, events: Path, bodies: Path) -> None:
    run = live.query
    run("BEGIN")
    ((head,),) = run("SELECT position FROM log.head")
    run(f"""CREATE OR REPLACE TEMP TABLE fresh AS SELECT {head} + number AS position, event_id, type, "version", stream, topic, caused_by, run_id,
        occurred_at, recorded_at, data FROM '{events}' ORDER BY number""")
    run("INSERT INTO log.event SELECT * REPLACE (data::JSON AS data) FROM fresh")
    run(
        f"INSERT INTO log.body (sha256, text, key) SELECT sha256, text, substr(sha256, 1, 32)::UUID FROM '{bodies}' ANTI JOIN log.body USING (sha256)"
    )
    run("""INSERT INTO log.subject SELECT key, min(position) FROM (SELECT position, md5_number_lower(unnest([data ->> '$.entry_id', data ->> '$.article_id',
        data ->> '$.mention_id'])) AS key FROM fresh) WHERE key IS NOT NULL GROUP BY key ORDER BY 2""")
    run("UPDATE log.head SET position = (SELECT max(position) FROM fresh)")
    run("""INSERT INTO log.batch SELECT (SELECT max(number) + 1 FROM log.batch), min(position), max(position), max(recorded_at), sha256(concat(
        (SELECT max_by(sha256, number) FROM log.batch), chr(10), string_agg(line, chr(10) ORDER BY position)))
        FROM log.line JOIN (SELECT position, recorded_at FROM fresh) USING (position)""")
    run("SET VARIABLE touched_from = (SELECT min(position) FROM fresh)")
    for name in PROJECTIONS:
        for statement, types in statements(name):
            if types:
                run(statement)
    run("UPDATE log.checkpoint SET position = (SELECT position FROM log.head)")
    run("COMMIT")


def append(files: WarehouseFiles, first: int) -> float:
    """Batches of 1,000 events as a run of a thousand articles appends them, in turn with the bare insert; gives events a second."""
    batches = [
        (batch, json.dumps(texts))
        for batch, texts in History(run_size=1000, sentences=_sentences()).batches(first, first + 3000, BATCH)
    ]
    ours, bare = [], []
    with open_live(files) as live:
        live.query("CREATE TABLE bare AS FROM log.event LIMIT 0")
        for number, (events, bodies) in enumerate(batches):
            for is_ours in (True, False) if number % 2 else (False, True):
                before = time.perf_counter()
                if is_ours:
                    batch = Batch(events, bodies)
                    live.commit(live.spool.put(batch, after=live.spooled()), batch)
                else:
                    live.query("BEGIN")
                    live.query(_BARE, [events])
                    live.query("COMMIT")
                (ours if is_ours else bare).append(time.perf_counter() - before)
        live.query("DROP TABLE bare")
        live.publish()
    rate, peer = BATCH / statistics.mean(ours), BATCH / statistics.mean(bare)
    say(
        f"append of {len(batches)} batches at {first:,} articles",
        f"{rate:,.0f} events/s; bare insert {peer:,.0f}; ratio {rate / peer:.2f}",
    )
    say("  median batch", f"{statistics.median(ours) * 1e3:.0f} ms; bare {statistics.median(bare) * 1e3:.0f} ms")
    return rate


def fixed_cost(files: WarehouseFiles, articles: int) -> None:
    """What a run costs whatever it finds: open, every work list, open, append 100 events, publish. Five runs."""
    batches = [
        (batch, json.dumps(texts)) for batch, texts in History(sentences=_sentences()).batches(articles, articles + 200, 100)
    ][:5]
    parts: dict[str, list[float]] = {"work lists": [], "append 100": [], "publish": [], "all": []}
    now = dt.datetime(2032, 6, 1, tzinfo=dt.UTC)
    for events, bodies in batches:
        start = time.perf_counter()
        with open_live(files, now=now) as live:
            for name in relations("todo"):
                live.query(f"SELECT * FROM todo.{name} WHERE topic = ? LIMIT 200", [TOPIC])
            live.read.ledger(TOPIC)
            live.read.registered_feeds(TOPIC)
        listed = time.perf_counter()
        with open_live(files, now=now) as live:
            batch = Batch(events, bodies)
            live.commit(live.spool.put(batch, after=live.spooled()), batch)
        appended = time.perf_counter()
        with open_live(files, now=now) as live:
            live.publish()
        done = time.perf_counter()
        for name, value in zip(parts, (listed - start, appended - listed, done - appended, done - start), strict=True):
            parts[name].append(value)
    say(
        "a run's fixed cost, median of 5",
        ", ".join(f"{name} {statistics.median(values):.2f} s" for name, values in parts.items()),
    )


def questions(files: WarehouseFiles) -> None:
    """Every report, and every macro by its example with the history's own dates and names; median of five, slowest first."""
    taken: dict[str, float] = {}
    with read_copy(files) as connection:
        ((last, proposal),) = connection.execute(
            "SELECT max(first_seen_at), (SELECT proposal_id FROM proposal LIMIT 1) FROM article"
        ).fetchall()
        for name in relations("report"):
            taken[f"report.{name}"] = _median(lambda name=name: connection.execute(f"FROM report.{name}").fetchmany(1000))  # type: ignore[misc]
        for name in relations("relation"):
            taken[name] = _median(lambda name=name: connection.execute(f"FROM {name}").fetchmany(1000))  # type: ignore[misc]
        for name in relations("macro"):
            example = re.search(r"^-- Example: (.+)$", sql("macro", name), re.MULTILINE)
            if example and example.group(1).startswith("FROM"):
                statement = _of_this_history(example.group(1), last, str(proposal))
                taken[statement] = _median(lambda statement=statement: connection.execute(statement).fetchmany(1000))  # type: ignore[misc]
    slow = {name: value for name, value in taken.items() if value > 0.1}
    say(
        "questions",
        f"{len(taken)}; {len(taken) - len(slow)} take at most 100 ms, median {statistics.median(taken.values()) * 1e3:.0f} ms",
    )
    for name, value in sorted(taken.items(), key=lambda item: -item[1]):
        say("  " + ("over 100 ms" if name in slow else ""), f"{value * 1e3:7.0f} ms  {name}")


def _of_this_history(example: str, last: dt.datetime, proposal: str) -> str:
    moments = iter([last - dt.timedelta(days=7), last])
    dated = re.sub(r"TIMESTAMP '[^']*'", lambda _: f"TIMESTAMP '{next(moments):%Y-%m-%d %H:%M}'", example)
    return re.sub(r"stance_timeline\('[^']*'", f"stance_timeline('{proposal}'", dated)


def _median(ask: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        before = time.perf_counter()
        ask()
        times.append(time.perf_counter() - before)
    return statistics.median(times)


def sizes(files: WarehouseFiles, articles: int) -> None:
    """Bytes an article, and where they are."""
    with read_copy(files) as connection:
        ((events,),) = connection.execute("SELECT count(*) FROM log.event").fetchall()
        tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        held = {f"{schema}.{table}": _bytes_of(connection, schema, table) for schema, table in tables}
    total = files.live.stat().st_size
    say(
        "live file",
        f"{total:,} bytes: {total / articles:,.0f} an article; the log without texts {held['log.event'] / events:,.0f} an event",
    )
    for name, value in sorted(held.items(), key=lambda item: -item[1])[:12]:
        say(f"  {name}", f"{value / articles:,.0f} an article")
    everything = sum(path.stat().st_size for path in files.root.rglob("*") if path.is_file())
    say("all files (live, copy, spare)", f"{everything:,} bytes")


def _bytes_of(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    rows = connection.execute(f"""SELECT count(DISTINCT block) FROM (SELECT unnest(list_concat(CASE WHEN block_id >= 0 THEN [block_id] ELSE [] END,
        coalesce(additional_block_ids, []))) AS block FROM pragma_storage_info('{schema}.{table}'))""").fetchall()
    return int(rows[0][0]) * 262_144


def rebuild(files: WarehouseFiles) -> None:
    """All relations afresh, beside what it costs to unpack the log's data and read one field of each event."""
    with duckdb.connect(str(files.live), config=CONFIG) as connection:
        before = time.perf_counter()
        ((events, _),) = connection.execute("SELECT count(*), sum(strlen(data ->> '$.method')) FROM log.event").fetchall()
        limit = events / (time.perf_counter() - before)
    with open_live(files) as live:
        before = time.perf_counter()
        live.rebuild()
        rate = events / (time.perf_counter() - before)
    say(
        "rebuild of every relation",
        f"{rate:,.0f} events/s ({events:,} in {events / rate:,.0f} s, slices of {SLICE:,}); one field of each: {limit:,.0f}/s",
    )


def _sentences() -> int:
    return int(os.environ.get("SENTENCES", SENTENCES))


def say(name: str, value: str) -> None:
    print(f"{name:<44}{value}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
