"""The monitor: whole runs of its own pipeline, with its usual two worker processes on a machine with two cores.

All settings are the usual ones but for these: no pause between requests to a host (waiting is no work), the server's address for every
outlet, time for a page, so that a busy machine changes no result, and every page is wanted: usually an entry whose long headline has no
word of the topic is recorded as off topic, and its page is left alone. Runs are at the benchmark's clock, so that each is some time
after the last.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rounds import feeds, folder, take_part

from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.settings import AlertSettings, ExtractSettings, FetchSettings, Settings
from monitor.warehouse import WarehouseFiles, query_copy

PROFILE = Path(__file__).resolve().parents[3] / "tests" / "data" / "topics" / "norland-sudmark.toml"
FEED = '[[feed]]\nname = {name}\nurl = {url}\nlanguage = {language}\narchive = {archive}\ncountry = "ZZ"\nkind = "wire"\n'
# An entry of which a fate is recorded is not lost; the text of one that was kept back is in the log, too. Canonical addresses are https.
RECORDED = """
SELECT replace(entry.url, 'https://', 'http://') AS url, coalesce(body.text, '') AS text,
    CASE WHEN article.verdict IN ('exact', 'near') THEN replace(original.url, 'https://', 'http://') END AS copy_of
FROM report.entry_outcome AS entry LEFT JOIN article USING (article_id) LEFT JOIN quarantine USING (article_id)
LEFT JOIN log.body ON body.sha256 = coalesce(article.body_sha256, quarantine.body_sha256)
LEFT JOIN article AS original ON original.article_id = article.copy_of
WHERE entry.outcome IN ('article', 'quarantined', 'no_text')
"""


class _Monitor:
    def __init__(self) -> None:
        given = feeds()
        path = folder() / "feeds.toml"
        path.write_text(
            "".join(
                FEED.format(name=json.dumps(urlsplit(feed["url"]).hostname), **{k: json.dumps(v) for k, v in feed.items()})
                for feed in given
            ),
            encoding="utf-8",
        )
        profile = PROFILE.read_text(encoding="utf-8").replace(
            "[gate.anchors]", "[gate]\nshort_text_words = 1000\n\n[gate.anchors]"
        )
        (folder() / "topic.toml").write_text(profile, encoding="utf-8")
        hosts = [str(urlsplit(feed["url"]).hostname) for feed in given]
        self._settings = Settings(
            data=folder() / "warehouse",
            topic=str(folder() / "topic.toml"),
            feeds=path,
            fetch=FetchSettings(pause_seconds=0, connect_to=dict.fromkeys(hosts, os.environ["BENCHMARK_SERVER"])),
            extract=ExtractSettings(workers=2, timeout_seconds=120),
            alerts=AlertSettings(console=False),
        )
        self._settings.data.mkdir()

    def round(self, now: dt.datetime) -> None:
        asyncio.run(run_cycle(load_pipeline(self._settings, clock=lambda: now)))

    def articles(self) -> Iterable[dict[str, Any]]:
        for url, text, copy_of in query_copy(WarehouseFiles(self._settings.data), RECORDED).rows:
            yield {"url": url, "text": text, "copy_of": copy_of}


if __name__ == "__main__":
    take_part(_Monitor())
