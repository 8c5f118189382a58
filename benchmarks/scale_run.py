"""The same pages by one process on one file, and by a Dask cluster on a lake: equal ledger, clusters and alerts, also under kills.

    .venv/bin/python benchmarks/scale_run.py [--pages N] [--runs N] [--workers N] [--out FILE]

The pages are on loopback and made for this: outlets of a fictional conflict that report on proposals and copy one another. They appear
over so many runs, two hours apart on a clock that stands still in each, so that everything that is recorded can be compared.
In each of the cluster's runs a Dask worker, or the process of the run itself, is killed at a random moment; a run whose process died
is started again until it ends. After each run both ways must have the same rows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from loopback import PROFILE, Loopback, answer, feeds_file, item, page, rss  # noqa: E402
from postgres import Postgres, postgres, why_not  # noqa: E402

from monitor.settings import LakeSettings  # noqa: E402
from monitor.warehouse import WarehouseFiles, lake_care, query_copy  # noqa: E402

FEEDS = 10
WINDOW = 10  # entries of the run before that a feed still shows
# What must be equal. Places in the archive and in the log may differ, since answers of hosts come in as they like.
DIGESTS = {
    "ledger": "SELECT proposal_id, label, status, proposers, mediators, readings FROM proposal ORDER BY ALL",
    "clusters": "SELECT article_id, cluster_id, verdict, copy_of FROM article ORDER BY ALL",
    "mentions": "SELECT mention_id, outcome, proposal_id FROM mention ORDER BY ALL",
    "alerts": "SELECT alert_id, kind, proposal_id FROM alert ORDER BY ALL",
}
RUN = """
import asyncio, datetime as dt, sys
from pathlib import Path
from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.settings import load_settings
if __name__ == "__main__":
    moment = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC) + dt.timedelta(hours=2 * int(sys.argv[2]))
    pipeline = load_pipeline(load_settings(Path(sys.argv[1])), clock=lambda: moment, run_id=f"run-{sys.argv[2]}")
    asyncio.run(run_cycle(pipeline))
"""
CLUSTER = """
import sys, dask, distributed
if __name__ == "__main__":
    dask.config.set({"distributed.worker.daemon": False})
    with distributed.LocalCluster(n_workers=int(sys.argv[1]), threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        print(cluster.scheduler_address, *(nanny.pid for nanny in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare one process with a cluster.")
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if reason := why_not():
        print(reason)
        return 1
    with tempfile.TemporaryDirectory(prefix="monitor-scale-") as name, Loopback() as site, postgres() as server:
        entries = serve(site, asked.pages)
        told: dict[str, Any] = {
            "pages": asked.pages,
            "workers": asked.workers,
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0],
            "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC",
        }
        print(told, flush=True)
        is_well = compare(Path(name), site, entries, server, asked.runs, asked.workers, told)
        if asked.out:
            asked.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        print({key: value for key, value in told.items() if key != "runs"})
    return 0 if is_well else 1


def compare(
    folder: Path, site: Loopback, entries: list[list[str]], server: Postgres, runs: int, workers: int, told: dict[str, Any]
) -> bool:
    """Every run both ways, one after the other; fills ``told``, and gives whether all is equal and nothing is there twice."""
    urls = show(site, entries, 0, runs)
    lake = LakeSettings(catalog=server.database("runs"), data=str(folder / "parquet"))
    lake_care.init(lake)
    alone = _settings(folder / "alone", urls)
    shared = _settings(folder / "shared", urls, f'[lake]\ncatalog = "{lake.catalog.get_secret_value()}"\ndata = "{lake.data}"\n')
    told["runs"] = []
    for number in range(runs):
        show(site, entries, number + 1, runs)
        chance, before = random.Random(number), time.perf_counter()
        subprocess.run([sys.executable, "-c", RUN, str(alone), str(number)], check=True)
        seconds = time.perf_counter() - before
        with cluster(workers) as (scheduler, pids):
            victim, shared_seconds = run_shared(shared, number, scheduler, pids, chance, about=seconds)
        here, there = digests(WarehouseFiles(alone.parent / "data")), digests(WarehouseFiles(shared.parent / "data"))
        differ = [name for name in DIGESTS if here[name] != there[name]]
        one = {"alone_seconds": round(seconds, 1), "shared_seconds": round(shared_seconds, 1), "killed": victim, "differ": differ}
        told["runs"].append(one)
        print(number + 1, one, here["counts"], flush=True)
    twice = query_copy(WarehouseFiles(shared.parent / "data"), 'SELECT count(*) FROM "check".event_ids_unique').rows[0][0]
    told |= {
        "counts": here["counts"],
        "digests": {name: here[name] for name in DIGESTS},
        "kills": sum(one["killed"] is not None for one in told["runs"]),
        "events_twice": twice,
        "faults_of_lake": list(lake_care.status(lake).faults),
        "alone_pages_per_second": round(told["pages"] / sum(one["alone_seconds"] for one in told["runs"]), 2),
        "shared_pages_per_second": round(told["pages"] / sum(one["shared_seconds"] for one in told["runs"]), 2),
    }
    told["ratio"] = round(told["shared_pages_per_second"] / told["alone_pages_per_second"], 2)
    return not (twice or told["faults_of_lake"] or any(one["differ"] for one in told["runs"]))


def serve(site: Loopback, pages: int) -> list[list[str]]:
    """So many pages; gives the entries of each feed that lead to them."""
    chance, entries = random.Random(7), [list[str]() for _ in range(FEEDS)]
    places = ["Port Hallen", "Ostwick", "Lower Marn", "Sudport", "Greyford"]
    told: list[list[str]] = []
    for number in range(pages):
        title = f"Report {number} from {chance.choice(places)}"
        if told and chance.random() < 0.3:
            text = list(chance.choice(told[-50:]))  # a copy, some with a changed sentence
            if chance.random() < 0.4:
                text[-1] = f"A reader in {chance.choice(places)} added report {number}."
        else:
            days, captives = chance.choice([20, 30, 40, 60]), chance.randint(3, 90)
            text = [
                f"{' '.join(chance.choices(_WORDS, cum_weights=_OFTEN, k=14)).capitalize()} in {chance.choice(places)}."
                for _ in range(chance.randint(8, 25))
            ]
            if chance.random() < 0.3:
                text.insert(
                    1,
                    f"Vestria put forward a new proposal for a {days}-day truce between Norland and Sudmark, its envoy said on Monday.",
                )
                text.insert(2, f"Under the proposal, Sudmark would release {captives} captives through the port.")
        told.append(text)
        path = f"/page-{number}"
        site.routes[path] = answer(page(title, *text))
        entries[number % FEEDS].append(item(title, site.url(path), summary="Truce talks between Norland and Sudmark."))
    return entries


def show(site: Loopback, entries: list[list[str]], run: int, runs: int) -> list[str]:
    """Let each feed show what has appeared by that run, and some of the run before; gives the feeds' addresses."""
    for number, items in enumerate(entries):
        step = -(-len(items) // runs)
        site.routes[f"/feed-{number}"] = answer(
            rss(*items[max(0, (run - 1) * step - WINDOW) : run * step]), "application/rss+xml"
        )
    return [site.url(f"/feed-{number}") for number in range(FEEDS)]


# Four thousand invented words, as often as words are: the n-th about 1/n times as often as the first (Zipf 1935).
_WORDS = [
    f"{a}{b}{c}{d}"
    for a in ("har", "ves", "mol", "tan", "bri", "sor", "lin", "dak")
    for b in ("bo", "ne", "la", "ri", "du", "mi", "ga", "fe")
    for c in ("r", "st", "nd", "l", "ks", "v", "m", "t")
    for d in ("e", "o", "as", "in", "uk", "y", "el", "ad")
]
random.Random(5).shuffle(_WORDS)
_OFTEN = list(accumulate(1 / (place + 3) for place in range(len(_WORDS))))


def _settings(folder: Path, urls: list[str], more: str = "") -> Path:
    folder.mkdir()
    feeds = feeds_file(folder / "feeds.toml", *urls)
    path, topic = folder / "monitor.toml", folder / "topic.toml"
    # Every feed is due at every run, and no page is asked for twice: what is compared is the work on new pages.
    topic.write_text(
        f"{PROFILE.read_text(encoding='utf-8')}\n[polling]\nlongest_hours = 1\nreread_hours = []\n", encoding="utf-8"
    )
    path.write_text(
        f'data = "data"\ntopic = "{topic}"\nfeeds = "{feeds}"\n[fetch]\npause_seconds = 0\nrobots = false\nallow = ["127.0.0.1"]\n'
        f'feed_bytes = 100000000\n[alerts]\nconsole = false\nhold_minutes = 0\n[archive]\nfolder = "{folder / "archive"}"\n'
        f"[extract]\nworkers = 1\ntimeout_seconds = 120\n{more}",
        encoding="utf-8",
    )
    return path


def run_shared(
    settings: Path, number: int, scheduler: str, workers: list[int], chance: random.Random, *, about: float
) -> tuple[str | None, float]:
    """A run on a lake and a cluster in which one process is killed: which one (None: the run was faster), and the seconds it took."""
    start, killed, wait = time.perf_counter(), None, chance.uniform(0.1, 0.9) * about
    environment = os.environ | {"MONITOR_SCALE__SCHEDULER": scheduler}
    while True:
        with subprocess.Popen([sys.executable, "-c", RUN, str(settings), str(number)], env=environment) as process:
            try:
                process.wait(wait if killed is None else None)
            except subprocess.TimeoutExpired:
                victim = chance.choice([process.pid, *workers])
                killed = "the run" if victim == process.pid else "a worker"
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                process.wait()
        if process.returncode == 0:
            return killed, time.perf_counter() - start


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list[int]]]:
    """A scheduler's address and the process ids of its workers."""
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER, str(workers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        scheduler, *pids = process.stdout.readline().split()
        try:
            yield scheduler, [int(pid) for pid in pids if pid != "None"]
        finally:
            process.communicate()


def digests(files: WarehouseFiles) -> dict[str, Any]:
    """A hash of each thing that must be equal, and how many rows each has."""
    rows = {name: query_copy(files, statement).rows for name, statement in DIGESTS.items()}
    return {name: hashlib.sha256(repr(found).encode()).hexdigest()[:16] for name, found in rows.items()} | {
        "counts": {name: len(found) for name, found in rows.items()}
    }


if __name__ == "__main__":
    raise SystemExit(main())
