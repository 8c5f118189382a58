"""How fast a real newsroom goes through the whole pipeline, state by state: counts, times and sizes, with machine and date.

    .venv/bin/python benchmarks/replay.py [--states N] [--data FOLDER]

Needs ``../shared/data/briefings`` beside the project; see ``tests/newsroom_replay.py``. The warehouse is made in a folder that
is thrown away, unless ``--data`` names an empty one to keep. Each cycle is a run as ``monitor run`` makes it, in this process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import statistics
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from newsroom_replay import BRIEFINGS, ReplaySite, have_data, load_states, replay  # noqa: E402

from monitor.warehouse import WarehouseFiles, read_copy  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description="Replay the newsroom and print counts, times and sizes.")
    parser.add_argument("--states", type=int, help="only so many states, from the first")
    parser.add_argument("--data", type=Path, help="an empty folder to keep the warehouse in")
    asked = parser.parse_args()
    if not have_data():
        print(f"there is no newsroom at {BRIEFINGS}", file=sys.stderr)
        return 2
    if asked.data is not None and asked.data.exists() and any(asked.data.iterdir()):
        print(f"{asked.data} is not empty", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="monitor-replay-") as thrown_away:
        run(asked.data or Path(thrown_away) / "warehouse", asked.states)
    return 0


def run(folder: Path, limit: int | None) -> None:
    """Replay and print."""
    states = load_states(limit)
    seconds: list[float] = []
    before, processor_before = time.perf_counter(), os.times()
    with ReplaySite(states) as site:
        for state, _, taken in replay(folder, site, states):
            seconds.append(taken)
            if sys.stderr.isatty():
                print(f"\r{state.number + 1} of {len(states)}", end="", file=sys.stderr, flush=True)
        pages = sum(1 for _, status in site.requests if status == 200) - len(states)
    wall, processor_after = time.perf_counter() - before, os.times()
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    processor = sum(processor_after[:4]) - sum(processor_before[:4])

    files = WarehouseFiles(folder)
    with read_copy(files) as connection:
        counts = Counter(dict(connection.execute("SELECT type, count(*) FROM log.event GROUP BY type").fetchall()))
        new, changed, unchanged = connection.execute(
            'SELECT sum(new)::BIGINT, sum(revised)::BIGINT, sum("known")::BIGINT FROM event.feed_polled'
        ).fetchall()[0]
        outcomes = connection.execute(
            "SELECT outcome, count(*) FROM report.entry_outcome GROUP BY ALL ORDER BY 2 DESC"
        ).fetchall()
    quarter = max(1, len(seconds) // 4)
    later = seconds[-quarter:]
    for name, value in (
        ("machine", f"{os.cpu_count()} x {processor()}, {platform.system()} {platform.release()}"),
        ("date", f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"),
        ("python, duckdb", f"{platform.python_version()}, {version('duckdb')}"),
        ("load average at the end", " ".join(f"{load:.1f}" for load in os.getloadavg())),
        ("states polled", f"{len(states):,}, {states[0].committed_at:%Y-%m-%d} to {states[-1].committed_at:%Y-%m-%d}"),
        ("entries", f"{new:,} new, {changed:,} changed, {unchanged:,} unchanged"),
        ("outcomes", ", ".join(f"{number:,} {outcome}" for outcome, number in outcomes)),
        ("pages fetched", f"{counts['page.fetched']:,} ({pages:,} answered by the site)"),
        ("articles", f"{counts['article.extracted']:,}, {counts['article.revised']:,} revised"),
        ("mentions", f"{counts['mention.detected']:,}"),
        ("events", f"{counts.total():,}"),
        ("wall clock", f"{wall:,.1f} s; processor {processor:,.1f} s with the workers'"),
        ("seconds a cycle", f"median {statistics.median(seconds):.2f}, least {min(seconds):.2f}, most {max(seconds):.2f}"),
        ("  first and last quarter", f"median {statistics.median(seconds[:quarter]):.2f} and {statistics.median(later):.2f}"),
        ("pages a second", f"{counts['page.fetched'] / wall:.2f}"),
        ("warehouse", f"{files.copy.stat().st_size:,} bytes"),
        ("archive", f"{_size(folder / 'archive'):,} bytes in {sum(1 for _ in (folder / 'archive').rglob('*.warc.gz')):,} files"),
    ):
        print(f"{name:<26}{value}")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
