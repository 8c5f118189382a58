"""The same pages by one process on one file, and by a Dask cluster on a lake: equal ledger, clusters and alerts, also under kills.

    .venv/bin/python benchmarks/scale_run.py [--pages N] [--workers N] [--kills N] [--out FILE]

The pages are on loopback and made for this: outlets of a fictional conflict that report on proposals, copy one another and edit. The
clock stands still, so that everything that is recorded can be compared. ``--kills`` runs follow in which a Dask worker, or the
process of the run itself, is killed at a random moment and the run started again until it ends; each on a lake of its own.
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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from loopback import PROFILE, Loopback, answer, feeds_file, item, page, rss  # noqa: E402
from postgres import Postgres, postgres, why_not  # noqa: E402

from monitor.settings import LakeSettings  # noqa: E402
from monitor.warehouse import WarehouseFiles, lake_care, query_copy  # noqa: E402

FEEDS = 10
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
    pipeline = load_pipeline(load_settings(Path(sys.argv[1])), clock=lambda: dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC), run_id="run-1")
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
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if reason := why_not():
        print(reason)
        return 1
    with tempfile.TemporaryDirectory(prefix="monitor-scale-") as name, Loopback() as site, postgres() as server:
        folder = Path(name)
        urls = serve(site, asked.pages)
        alone, alone_seconds = run_one(folder / "alone", urls)
        told: dict[str, Any] = {
            "pages": asked.pages,
            "workers": asked.workers,
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0],
        }
        told |= {
            "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC",
            "counts": alone.pop("counts"),
            "alone_seconds": alone_seconds,
            "digests": alone,
            "runs": [],
        }
        print(told, flush=True)
        for number in range(asked.kills + 1):
            with cluster(asked.workers) as (scheduler, workers):
                found, seconds, kills, faults = run_shared(
                    folder / f"shared-{number}", urls, server, scheduler, workers, chance=random.Random(number) if number else None,
                    about=alone_seconds * 2
                )  # fmt: skip
            found.pop("counts")
            one = {
                "kills": kills,
                "seconds": seconds,
                "is_equal": found == alone,
                "differ": [key for key in alone if found[key] != alone[key]],
                "faults": faults,
            }
            told["runs"].append(one)
            print(one, flush=True)
            if asked.out:
                asked.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0 if all(one["is_equal"] and not one["faults"] for one in told["runs"]) else 1


def serve(site: Loopback, pages: int) -> list[str]:
    """Feeds whose entries lead to so many pages; gives the feeds' addresses."""
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
                f"{' '.join(chance.choices(_WORDS, k=14)).capitalize()} in {chance.choice(places)}."
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
    for number, items in enumerate(entries):
        site.routes[f"/feed-{number}"] = answer(rss(*items), "application/rss+xml")
    return [site.url(f"/feed-{number}") for number in range(FEEDS)]


_WORDS = [
    f"{a}{b}{c}"
    for a in ("har", "ves", "mol", "tan", "bri")
    for b in ("bo", "ne", "la", "ri", "du")
    for c in ("r", "st", "nd", "l", "ks")
]


def _settings(folder: Path, urls: list[str], more: str = "") -> Path:
    folder.mkdir()
    feeds = feeds_file(folder / "feeds.toml", *urls)
    path = folder / "monitor.toml"
    path.write_text(
        f'data = "data"\ntopic = "{PROFILE}"\nfeeds = "{feeds}"\n[fetch]\npause_seconds = 0\nrobots = false\nallow = ["127.0.0.1"]\n'
        f'feed_bytes = 100000000\n[alerts]\nconsole = false\nhold_minutes = 0\n[archive]\nfolder = "{folder / "archive"}"\n'
        f"[extract]\nworkers = 1\ntimeout_seconds = 120\n{more}",
        encoding="utf-8",
    )
    return path


def run_one(folder: Path, urls: list[str]) -> tuple[dict[str, Any], float]:
    """One process on one file: digests, and seconds."""
    settings, start = _settings(folder, urls), time.perf_counter()
    subprocess.run([sys.executable, "-c", RUN, str(settings)], check=True)
    return digests(WarehouseFiles(folder / "data")), time.perf_counter() - start


def run_shared(
    folder: Path,
    urls: list[str],
    server: Postgres,
    scheduler: str,
    workers: list[int],
    *,
    chance: random.Random | None,
    about: float,
) -> tuple[dict[str, Any], float, int, list[str]]:
    """A run on a lake and a cluster, killed now and then: digests, seconds, kills, and what the lake's checks find."""
    catalog = server.database(f"run_{folder.name.replace('-', '_')}")
    lake = LakeSettings(catalog=catalog, data=str(folder / "parquet"))
    more = f'[lake]\ncatalog = "{catalog}"\ndata = "{lake.data}"\n[scale]\nscheduler = "{scheduler}"\n'
    settings = _settings(folder, urls, more)
    lake_care.init(lake)
    start, kills = time.perf_counter(), 0
    while True:
        with subprocess.Popen([sys.executable, "-c", RUN, str(settings)]) as process:
            try:
                wait = chance.uniform(0.1, 0.9) * about if chance is not None and kills < 2 else None
                process.wait(wait)
            except subprocess.TimeoutExpired:
                kills += 1
                victim = chance.choice([process.pid, *workers]) if chance is not None else 0
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                process.wait()
        if process.returncode == 0:
            break
    found = digests(WarehouseFiles(folder / "data"))
    twice = query_copy(WarehouseFiles(folder / "data"), 'SELECT count(*) FROM "check".event_ids_unique').rows[0][0]
    return (
        found,
        time.perf_counter() - start,
        kills,
        [*lake_care.status(lake).faults, *([f"{twice} events twice"] if twice else [])],
    )


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
