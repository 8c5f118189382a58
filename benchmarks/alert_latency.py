"""How long an alert takes, from the poll that saw its entry to its delivery, while a thousand other pages are new.

    .venv/bin/python benchmarks/alert_latency.py [--pages N] [--proposals N] [--seed N] [--silent]

The outlets are a server on loopback with 20 feeds; the pages are invented and of the length of news, all of them on the topic, and
some tell of a proposal that nobody has told of, in the headline too unless --silent. One run of the pipeline meets all of them at once, which is the worst case: a
monitor that runs every ten minutes meets some dozens. Delivered is what the alert file has. Hold time is off; pauses between
requests to a host are on, as small as they may be set, since waiting is no work. Latencies are taken out of the event log.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from email.utils import format_datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from loopback import Loopback, answer, fetching, item, page, rss, settings_for  # noqa: E402

from monitor.pipeline.running import run_cycle  # noqa: E402
from monitor.pipeline.shared import load_pipeline  # noqa: E402
from monitor.settings import AlertSettings, ExtractSettings  # noqa: E402
from monitor.warehouse import WarehouseFiles, query_copy  # noqa: E402

FEEDS = 20
WORDS = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "that",
    "delegates",
    "officials",
    "ministers",
    "border",
    "crossing",
    "river",
    "harbour",
    "morning",
    "evening",
    "statement",
    "session",
    "agenda",
    "convoy",
    "aid",
    "supplies",
    "hospital",
    "school",
    "bridge",
    "road",
    "villages",
    "families",
    "return",
    "agreement",
    "draft",
    "paper",
    "meeting",
    "room",
    "capital",
    "spokesman",
    "journalist",
    "question",
    "answer",
    "week",
    "month",
    "winter",
    "rain",
    "power",
    "water",
    "fuel",
    "trucks",
    "inspection",
    "list",
    "names",
    "office",
    "press",
]
LATENCY = """SELECT alert.alert_id, date_diff('millisecond', entry.first_seen_at, delivery.delivered_at) / 1000.0
FROM alert JOIN delivery USING (alert_id) JOIN entry USING (article_id) WHERE delivery.channel = 'file' AND delivery.is_delivered"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how long alerts take under load.")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--proposals", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--silent", action="store_true", help="headlines tell of no proposal: then their pages wait like the others"
    )
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    with Loopback() as server, tempfile.TemporaryDirectory(prefix="monitor-latency-") as folder:
        feeds = publish(server, asked.pages, asked.proposals, random.Random(asked.seed), silent=asked.silent)
        settings = settings_for(
            Path(folder) / "warehouse", *feeds,
            fetch=fetching(connect_to={f"outlet-{number}.test": server.address for number in range(FEEDS)}),
            extract=ExtractSettings(), alerts=AlertSettings(console=False, hold_minutes=0),
        )  # fmt: skip
        began = time.monotonic()
        counts = asyncio.run(run_cycle(load_pipeline(settings)))
        taken = time.monotonic() - began
        found = [seconds for _, seconds in query_copy(WarehouseFiles(settings.data), LATENCY).rows]
    print(f"{counts['article.extracted']} articles in {taken:.1f} s, {len(found)} of {asked.proposals} proposals alerted")
    if not found:
        return 1
    print(f"from poll to delivery: median {statistics.median(found):.1f} s (at most 5), worst {max(found):.1f} s (at most 15)")
    return 0


def publish(server: Loopback, pages: int, proposals: int, chance: random.Random, *, silent: bool) -> list[str]:
    """Let the server have the pages, in feeds by turns; gives the feeds' addresses."""
    telling = set(chance.sample(range(pages), proposals))
    entries: list[list[str]] = [[] for _ in range(FEEDS)]
    for number in range(pages):
        host, path = f"outlet-{number % FEEDS}.test", f"/{number}"
        days = 11 + 7 * len([one for one in telling if one < number])
        title = f"Truce talks between Norland and Sudmark, report {number}"
        if number in telling and not silent:
            title = f"Vestria proposes {days}-day truce between Norland and Sudmark, report {number}"
        paragraphs = [" ".join(chance.choices(WORDS, k=60)).capitalize() + "." for _ in range(8)]
        if number in telling:
            paragraphs.insert(
                1,
                f"Vestria proposed a {days}-day truce under which {days + 3} prisoners of war would be released, its envoy said.",
            )
        server.routes[host + path] = answer(page(title, *paragraphs))
        entries[number % FEEDS].append(item(title, f"http://{host}{path}", date=format_datetime(dt.datetime.now(dt.UTC))))
    for number, items in enumerate(entries):
        server.routes[f"outlet-{number}.test/feed"] = answer(rss(*items), "application/rss+xml")
    return [f"http://outlet-{number}.test/feed" for number in range(FEEDS)]


if __name__ == "__main__":
    sys.exit(main())
