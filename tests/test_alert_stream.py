"""The labelled stream as a newsroom: what is alerted when its articles come through feeds and pages, one poll after the other.

Reading the same texts without a warehouse (`monitor detect`) is the measure; what that is worth against the labels, the ledger's
floors say. Then the same articles come again in every way that news comes again, and nothing more may be raised.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from command import Command
from conftest import SHARED
from loopback import Loopback, answer, fetching, item, page, rss

from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline, topic_path
from monitor.settings import AlertSettings, ExtractSettings, Settings
from monitor.warehouse import WarehouseFiles, query_copy

DEV = SHARED / "ledger-dev"
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not DEV.is_dir(), reason="no ../shared/data/ledger-dev beside the project"),
]
AT_ONCE = int(os.environ.get("STREAM_AT_ONCE", "20"))  # articles that one poll finds
STEP = dt.timedelta(hours=2)


def articles() -> list[dict[str, Any]]:
    """The texts in the order that the labels' alerts are meant for, each at an address and with a language of its own."""
    order = json.loads((DEV / "alerts.json").read_text(encoding="utf-8"))["order"]
    with (DEV / "articles.jsonl").open(encoding="utf-8") as lines:
        found = {row["id"]: row for row in map(json.loads, lines)}
    return [
        found[one] | {"url": f"http://{one}.stream.test/article", "published": _day(found[one]["published"])} for one in order
    ]


def _day(published: str) -> str:
    """A feed gives days: the first one where only the month is known."""
    return f"{published}-01" if len(published) == len("2031-03") else published


class Stream:
    """A warehouse that polls one feed a language, and the outlets behind it. ``now`` is the moment of the next cycle."""

    def __init__(self, folder: Path, server: Loopback, rows: Sequence[dict[str, Any]]) -> None:
        self.server, self.rows = server, list(rows)
        self.now = dt.datetime(2025, 7, 1, 9, tzinfo=dt.UTC)
        self.files = WarehouseFiles(folder)
        folder.mkdir(parents=True)
        languages = sorted({row["lang"] for row in rows})
        feeds = folder / "feeds.toml"
        feeds.write_text(
            "\n".join(
                f'[[feed]]\nname = "{name} {language}"\nurl = "http://{name}.test/{language}"\n'
                f'language = "{language}"\ncountry = "ZZ"\nkind = "wire"\n'
                for language in languages
                for name in ("wire", "mirror")
            ),
            encoding="utf-8",
        )
        hosts = [f"{row['id']}.{place}.test" for row in rows for place in ("stream", "copies")]
        self.settings = Settings(
            data=folder,
            topic=str(_hourly(folder)),
            feeds=feeds,
            fetch=fetching(connect_to=dict.fromkeys([*hosts, "wire.test", "mirror.test"], server.address)),
            extract=ExtractSettings(workers=1, timeout_seconds=30),
            alerts=AlertSettings(console=False, hold_minutes=0),
        )
        for row in rows:
            body = page(row["title"], *(part for part in row["text"].split("\n") if part.strip()))
            for place in ("stream", "copies"):
                server.routes[f"{row['id']}.{place}.test/article"] = answer(body)
        self.languages = languages

    def serve(self, rows: Sequence[dict[str, Any]], *, name: str = "wire", key: str = "", bumped: bool = False) -> None:
        """Let the feeds of this name hold these articles; ``key`` makes other guids, ``bumped`` dates of now."""
        place = {"wire": "stream", "mirror": "copies"}[name]
        for language in self.languages:
            entries = [
                item(
                    row["title"],
                    f"http://{row['id']}.{place}.test/article",
                    guid=key + row["id"],
                    date=format_datetime(self.now if bumped else dt.datetime.fromisoformat(row["published"] + "T06:00+00:00")),
                )
                for row in rows
                if row["lang"] == language
            ]
            self.server.routes[f"{name}.test/{language}"] = answer(rss(*entries), "application/rss+xml")

    def cycle(self) -> None:
        """A run, started afresh as by a schedule."""
        asyncio.run(run_cycle(load_pipeline(self.settings, clock=lambda: self.now)))
        self.now += STEP

    def alerts(self) -> Counter[tuple[str, str]]:
        """(article, kind) of each alert raised so far."""
        statement = "SELECT split_part(split_part(url, '//', 2), '.', 1), kind FROM alert"
        return Counter(query_copy(self.files, statement).rows)


def _hourly(folder: Path) -> Path:
    """The shipped profile, which asks its feeds at every step and takes no news for too old."""
    shipped = topic_path("gaza-ceasefire")
    topic = folder / "topic.toml"
    topic.write_text(shipped.read_text(encoding="utf-8") + "\n[polling]\nlongest_hours = 1\n", encoding="utf-8")
    return topic


def detected(monitor: Command, rows: Sequence[dict[str, Any]], folder: Path) -> Counter[tuple[str, str]]:
    """(article, kind) of the alerts that reading the texts alone gives."""
    given = folder / "articles.jsonl"
    given.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    lines = map(json.loads, monitor("detect", "--jsonl", given).out.splitlines())
    return Counter((line["id"], alert["kind"]) for line in lines for alert in line["alerts"])


@pytest.mark.parametrize("shuffled", [True, False] if "STREAM_IN_ORDER" in os.environ else [True])  # a minute or two each
def test_the_pipeline_alerts_what_reading_alone_does_and_nothing_that_comes_again(
    tmp_path: Path, monitor: Command, shuffled: bool
) -> None:
    """Some articles a poll; then a new start, copies elsewhere, dates of today and new guids, each for every article at once."""
    rows = articles()
    if shuffled:
        random.Random(7).shuffle(rows)
    with Loopback() as server:
        stream = Stream(tmp_path / "warehouse", server, rows)
        stream.serve([], name="mirror")
        for number in range(1, len(rows) + 1):
            stream.serve(rows[max(0, number - 20) : number])
            stream.cycle()
        first = stream.alerts()
        assert first == detected(monitor, rows, tmp_path)
        stream.cycle()
        stream.serve(rows, name="mirror")
        stream.cycle()
        stream.serve(rows, bumped=True)
        stream.cycle()
        stream.serve(rows, key="again-", bumped=True)
        stream.cycle()
        assert stream.alerts() == first
