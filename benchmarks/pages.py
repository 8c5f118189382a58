"""How long the server takes for each page of a large warehouse, and how heavy a first view is.

    .venv/bin/python benchmarks/pages.py --data FOLDER [--times 5]

FOLDER holds a warehouse, such as ``benchmarks/warehouse.py --data FOLDER --articles 200000`` leaves. Each page and picture is
asked in this process, without a network, in two ways: first of a publication that nobody has asked yet (each time the copy is
opened anew and its usual answers are made, as the server does before it shows it), and again, as every reader after the first.
Beside the time by the clock stands that of the processors: on a machine with other work the clock tells of that work.
Weight is what is sent, compressed: the page with its styles and script, and with all of its pictures. A bare statement
(``SELECT count(*) FROM article WHERE title LIKE '%x%'``) is timed in turn with them, so that a loaded machine shows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import re
import statistics
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import duckdb
from fastapi import FastAPI

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

from monitor.warehouse import WarehouseFiles, read_copy
from monitor.web import WebOptions, charts, create_app

AT_MOST_MS = 150
LIGHT, HEAVY = 300_000, 1_500_000
_PARTIES = {"norland": "Norland", "sudmark": "Sudmark", "vestria": "Vestria"}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the pages.")
    parser.add_argument("--data", type=Path, required=True, help="folder of a warehouse")
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    files = WarehouseFiles(asked.data)
    with read_copy(files) as connection:
        ((articles,),) = connection.execute("SELECT count(*) FROM article").fetchall()
        addresses = pages_of(connection)
    print(f"machine                 {os.cpu_count()} x {platform.machine()}, {platform.system()} {platform.release()}")
    print(f"date                    {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC")
    print(f"python, duckdb          {platform.python_version()}, {version('duckdb')}")
    print(f"articles                {articles:,}")
    print(f"load average            {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
    print(f"a bare scan of titles   {1e3 * bare(files):.0f} ms, median of 5\n")
    return measure(files, addresses, asked.times)


def pages_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The addresses: every page, with the ids that have most to show."""
    ((proposal,),) = connection.execute(
        "SELECT proposal_id FROM mention WHERE proposal_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    ).fetchall()
    ((article,),) = connection.execute(
        "SELECT article_id FROM article WHERE mentions > 0 AND verdict = 'near' ORDER BY position DESC LIMIT 1"
    ).fetchall()
    ((copy, other),) = connection.execute(
        "SELECT article_id, copy_of FROM article WHERE verdict = 'near' ORDER BY position DESC LIMIT 1"
    ).fetchall()
    ((word,),) = connection.execute(
        "SELECT lower(split_part(title, ' ', 2)) FROM article ORDER BY position DESC LIMIT 1"
    ).fetchall()
    return [
        "/", f"/proposals/{proposal}", "/timeline", "/timeline?days=30", "/trends", "/trends?days=14", f"/trends?term={word}", f"/trends?term={word}&bucket=hour&days=7",
        "/articles", f"/articles?q={word}", f"/articles?q={word}&days=7", f"/articles/{article}", f"/articles/{copy}/beside/{other}",
        "/feeds", "/alerts", "/sql", "/now.json", f"/proposals/{proposal}.json", "/trends.json", "/feeds.json",
    ]  # fmt: skip


def bare(files: WarehouseFiles) -> float:
    times = []
    for _ in range(5):
        with read_copy(files) as connection:
            began = time.perf_counter()
            connection.execute("SELECT count(*) FROM article WHERE title LIKE '%x%'").fetchall()
            times.append(time.perf_counter() - began)
    return statistics.median(times)


def measure(files: WarehouseFiles, addresses: list[str], times: int) -> int:
    """Print the table; 1 where a page is slower or heavier than it may be."""
    fresh: dict[str, list[tuple[float, float]]] = {address: [] for address in addresses}
    again: dict[str, list[tuple[float, float]]] = {address: [] for address in addresses}
    opening = []
    charts.warm_up()  # as the server does when it starts
    for _ in range(times):
        app = application(files)
        began = time.perf_counter()
        app.state.site.copy.prepare()
        opening.append(time.perf_counter() - began)
        with TestClient(app, base_url="http://localhost") as client:
            client.get("/favicon.ico")
            for address in addresses:
                for taken in (fresh, again):
                    began, worked = time.perf_counter(), time.process_time()
                    answer = client.get(address)
                    taken[address].append((time.perf_counter() - began, time.process_time() - worked))
                    assert answer.status_code == 200, (address, answer.text)
    print(
        f"a new publication is open and its usual answers are made after {statistics.median(opening):.1f} s (readers have the old one)"
    )
    print(
        f"{'page':<46}{'first ms':>10}{'(cpu)':>8}{'again ms':>10}{'(cpu)':>8}{'kB':>6}{'with pictures':>15}{'slowest picture ms':>20}"
    )
    is_good = True
    with TestClient(application(files), base_url="http://localhost") as client:
        for address in addresses:
            light, heavy, slowest = weight(client, address)
            figures = [1e3 * statistics.median(one[at] for one in taken[address]) for taken in (fresh, again) for at in (0, 1)]
            is_good &= figures[0] <= AT_MOST_MS and light <= LIGHT and heavy <= HEAVY
            name = re.sub(r"-[0-9a-f]{20}", "-…", address)
            print(
                f"{name:<46}{figures[0]:>10.0f}{figures[1]:>8.0f}{figures[2]:>10.0f}{figures[3]:>8.0f}{light / 1e3:>6.0f}{heavy / 1e3:>15.0f}{1e3 * slowest:>20.0f}",
                flush=True,
            )
    return 0 if is_good else 1


def application(files: WarehouseFiles) -> FastAPI:
    return create_app(WebOptions(files, "Norland and Sudmark", _PARTIES))


def weight(client: TestClient, address: str) -> tuple[int, int, float]:
    """Bytes sent for a page with its styles and script, and with its pictures; seconds of the slowest of these."""

    def sent(target: str) -> int:
        with client.stream("GET", target) as answer:
            return sum(len(part) for part in answer.iter_raw())

    light = sent(address)
    text = client.get(address).text if ".json" not in address else ""
    light += sum(sent(one) for one in re.findall(r'(?:href|src)="(/static/[^"]+)"', text))
    heavy, slowest = light, 0.0
    for picture in re.findall(r'<img src="([^"]+)"', text):
        began = time.perf_counter()
        heavy += sent(picture.replace("&amp;", "&"))
        slowest = max(slowest, time.perf_counter() - began)
    return light, heavy, slowest


if __name__ == "__main__":
    sys.exit(main())
