"""Test support, no tests: a real newsroom's feed, state by state, on a loopback port, and a replay of it through the pipeline.

The data lies beside the project, in ``../shared/data/briefings``: 220 states of one RSS feed with the moment of each, and
the pages that it links to as text. Nothing is made up here; the only changes are ``http`` for ``https`` in the feed, so that
the links lead to this machine, and the few tags that make a page of a text.

Run as a program it replays into a folder, going on where an earlier run was cut off::

    .venv/bin/python tests/newsroom_replay.py --data FOLDER [--states N]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import gzip
import html
import json
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from aiohttp import web

from monitor.pipeline.collecting import collect
from monitor.pipeline.running import begin, finish, run_cycle
from monitor.pipeline.shared import Pipeline, load_pipeline, one_run_at_a_time, topic_path
from monitor.settings import AlertSettings, FetchSettings, Settings
from monitor.warehouse import WarehouseFiles, open_live

BRIEFINGS = Path(__file__).parents[1].parent / "shared" / "data" / "briefings"
FEED_URL = "http://www.whitehouse.gov/replayed-feed.xml"
HOSTS = ("www.whitehouse.gov", "whitehouse.gov", "bidenwhitehouse.archives.gov")
# A state is there for one poll only, so the feed must be due at each: no interval may be longer than the profile's shortest bound.
# Few of the 220 states follow one another sooner.
LONGEST_INTERVAL = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class State:
    """One state of the feed. ``clock`` is the present moment of the cycle that polls it."""

    number: int
    file: Path
    committed_at: dt.datetime
    clock: dt.datetime

    def body(self) -> bytes:
        """The document as the newsroom served it."""
        return gzip.decompress(self.file.read_bytes())


def have_data() -> bool:
    """Is the newsroom there?"""
    return (BRIEFINGS / "rss_snapshots.jsonl").is_file()


def load_states(limit: int | None = None) -> list[State]:
    """The first ``limit`` states in order, all without it.

    A state's clock is its own time, or the longest poll interval after the clock before it, whichever is later: so the feed is
    due at every state.
    """
    states: list[State] = []
    with (BRIEFINGS / "rss_snapshots.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            row = json.loads(line)
            committed_at = dt.datetime.fromisoformat(row["commit_time"]).astimezone(dt.UTC)
            clock = max(committed_at, states[-1].clock + LONGEST_INTERVAL) if states else committed_at
            states.append(State(number, BRIEFINGS / row["file"], committed_at, clock))
    return states[:limit]


def load_pages() -> dict[str, bytes]:
    """Every page by its path: the archive moved part of the newsroom to another host but kept the paths.

    Where a path has several texts, the one that was modified last is served, always the same.
    """
    latest: dict[str, dict[str, str]] = {}
    with gzip.open(BRIEFINGS / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            path = _path(document["url"])
            if path not in latest or (latest[path]["modified"] or "") < (document["modified"] or ""):
                latest[path] = document
    return {path: _page(document["title"], document["text"]) for path, document in latest.items()}


def _path(url: str) -> str:
    """What a page is found by: without the last slash, and with its letters plain, as the server sees a request's path."""
    return unquote(urlsplit(url).path).rstrip("/")


def _page(title: str, text: str) -> bytes:
    name = html.escape(title)
    paragraphs = "\n".join(f"<p>{html.escape(part.strip())}</p>" for part in text.split("\n") if part.strip())
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title></head>\n'
        f"<body><article><h1>{name}</h1>\n{paragraphs}\n</article></body></html>\n"
    ).encode()


class ReplaySite:
    """Serves the newsroom while it is entered as a context. ``state`` is the feed's and may be set from any thread.

    ``pages`` are the pages by path, for a test to edit. ``requests`` lists what was answered so far, as (path, status).
    What is not in the newsroom is answered with 404.
    """

    def __init__(self, states: Sequence[State]) -> None:
        self.states = states
        self.state = 0
        self.address = ""
        self.requests: list[tuple[str, int]] = []
        self._feed_path = _path(FEED_URL)
        self._feeds = {state.number: state.body().replace(b"https://", b"http://") for state in states}
        self.pages = load_pages()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def connect_to(self) -> dict[str, str]:
        """Where to connect for each host."""
        return dict.fromkeys(HOSTS, self.address)

    def __enter__(self) -> Self:
        started: Future[str] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="replayed newsroom", daemon=True)
        self._thread.start()
        self.address = started.result()
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._stop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        self.address = ""

    def _run(self, started: Future[str]) -> None:
        try:
            asyncio.run(self._serve(started))
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    async def _serve(self, started: Future[str]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        application = web.Application()
        application.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            started.set_result(f"{host}:{port}")
            await self._stop.wait()
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        path = request.path.rstrip("/")
        if path == self._feed_path:
            response = web.Response(body=self._feeds[self.state], headers={"Content-Type": "application/rss+xml"})
        elif (page := self.pages.get(path)) is not None:
            response = web.Response(body=page, headers={"Content-Type": "text/html; charset=utf-8"})
        else:
            response = web.Response(status=404, text="Not found")
        self.requests.append((path, response.status))
        return response


def write_settings(folder: Path, site: ReplaySite) -> Settings:
    """Settings for a warehouse in ``folder`` with the one feed of the newsroom; alerts go to the folder's file only."""
    folder.mkdir(parents=True, exist_ok=True)
    feeds = folder / "feeds.toml"
    feeds.write_text(
        f'[[feed]]\nname = "The White House Briefing Room"\nurl = "{FEED_URL}"\n'
        'language = "en"\ncountry = "US"\nkind = "government"\n',
        encoding="utf-8",
    )
    shipped = topic_path("gaza-ceasefire")
    profile = shipped.read_text(encoding="utf-8")
    topic = folder / "topic.toml"
    shutil.copyfile(shipped.with_suffix(".seeds.jsonl"), topic.with_suffix(".seeds.jsonl"))
    topic.write_text(f"{profile}\n[polling]\nlongest_hours = {LONGEST_INTERVAL // dt.timedelta(hours=1)}\n", encoding="utf-8")
    return Settings(
        data=folder,
        topic=str(topic),
        feeds=feeds,
        fetch=FetchSettings(connect_to=site.connect_to, pause_seconds=0),
        alerts=AlertSettings(console=False, hold_minutes=0),
    )


def replay(
    folder: Path,
    site: ReplaySite,
    states: Sequence[State],
    *,
    later: dt.timedelta = dt.timedelta(0),
    analyse_every: int = 1,
    starting: Callable[[State], None] | None = None,
) -> Iterator[tuple[State, Counter[str], float]]:
    """Poll each state in a run of its own. Gives the state, the counts of new events, and the seconds that it took.

    The clock is the state's, moved by ``later``. As with a scheduled run, each cycle loads its pipeline afresh.
    ``analyse_every`` other than 1 lets only each such cycle, and the last, be a whole one; those between poll and fetch,
    as a run does that is cut off after its first stage. That saves most of the time, which goes into starting things.
    """
    settings = write_settings(folder, site)
    for number, state in enumerate(states, start=1):
        site.state, now = state.number, state.clock + later
        if starting is not None:
            starting(state)
        before = time.perf_counter()
        cycle = run_cycle if number % analyse_every == 0 or number == len(states) else collect_cycle
        counts = asyncio.run(cycle(load_pipeline(settings, clock=lambda now=now: now)))
        yield state, counts, time.perf_counter() - before


async def collect_cycle(pipeline: Pipeline) -> Counter[str]:
    """A run that polls and fetches and leaves the rest to a later one."""
    with one_run_at_a_time(pipeline.files), pipeline.held():
        begin(pipeline)
        await collect(pipeline)
        finish(pipeline)
    return pipeline.counts


def to_resume(folder: Path, states: Sequence[State]) -> list[State]:
    """The states that are still to be polled: from the one that was polled last, whose cycle may have been cut off."""
    files = WarehouseFiles(folder)
    if not files.live.exists():
        return list(states)
    with open_live(files) as live:
        last = live.read.last_poll("gaza-ceasefire")
    return [state for state in states if last is None or state.clock >= last]


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay into a folder; one line before each state, so that whoever started this can follow."""
    parser = argparse.ArgumentParser(description="Replay the newsroom into a folder, going on where a run was cut off.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--states", type=int)
    asked = parser.parse_args(arguments)
    states = load_states(asked.states)
    with ReplaySite(states) as site:
        for state, _, seconds in replay(
            asked.data, site, to_resume(asked.data, states), starting=lambda state: print("state", state.number, flush=True)
        ):
            print("done", state.number, f"{seconds:.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
