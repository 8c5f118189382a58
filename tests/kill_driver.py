"""Test support, no tests: a writer that is killed again and again, readers beside it, and what must hold after every kill.

A worker appends batches, lets the relations follow, publishes, drains the spool, and writes down each batch that it was told is
kept. It dies by SIGKILL: at a moment drawn at random, or at the n-th operation on a file (an audit hook counts them), so that
the windows of microseconds between two renames are hit too. Now and then this process has the live file open meanwhile, so that
the worker works on the stand-in. Workers are forked by a process that has imported everything, which makes a kill cheap. Run as a
program it prints figures::

    .venv/bin/python tests/kill_driver.py --kills 1000
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import duckdb

from monitor.errors import WarehouseError
from monitor.events import (
    ArticleExtracted,
    ArticleRead,
    EntrySeen,
    Event,
    EventData,
    FeedPolled,
    FeedRegistered,
    PageFetched,
    Record,
    event_id_of,
)
from monitor.ids import text_sha256
from monitor.warehouse import WarehouseFiles, copies, live, open_live, read_copy, schema
from monitor.warehouse.files import PROJECTIONS
from monitor.warehouse.spool import Spool

START = dt.datetime(2031, 3, 1, 8, tzinfo=dt.UTC)
FRESH_AFTER = 25  # kills on one warehouse: a log that grows makes every look at it longer
RESTORE_EVERY = 5  # kills between two tries to do without the live file


# --------------------------------------------------------------------------- batches, the same for a number wherever they are made


def batch(number: int) -> tuple[list[Event], list[tuple[str, str]]]:
    """The events and texts of a batch: entries of its own, and what became of those of the batch before."""
    at = START + dt.timedelta(minutes=number)
    what: list[EventData] = [_poll(number, at)]
    if number % 10 == 0:
        what.append(FeedRegistered(feed_id=f"feed-{number % 3}", url="https://outlet.test", name="Outlet", language="en", country="ZZ", kind="wire", registered_at=at))  # fmt: skip
    what += [_entry(number, place, at) for place in range(_size(number))]
    bodies = []
    for place in range(_size(number - 1)):
        entry = _entry(number - 1, place, at)
        text = random.Random(f"text {number} {place}").randbytes(600).hex()
        page = PageFetched(
            article_id=entry.article_id, url=entry.url, final_url=entry.url, asked_by=str(event_id_of(entry)), attempt=1, status=200,
            content_type="text/html", charset=None, sha256=text_sha256(text), bytes=1200,
            record=Record(file="pages.warc.gz", offset=0, length=9, sha256=text_sha256(text)), fetched_at=at,
        )  # fmt: skip
        article = ArticleExtracted(
            article_id=entry.article_id, url=entry.url, outlet="outlet.test", feed_id=entry.feed_id, first_seen_at=at, title=entry.title,
            title_origin="feed", published_at=None, published_origin="none", published_precision="none", author=None, language="en",
            body_sha256=text_sha256(text), words=1, page_sha256=text_sha256(text), page_event=str(event_id_of(page)), method="m", extracted_at=at,
        )  # fmt: skip
        read = ArticleRead(
            article_id=entry.article_id, text_event=str(event_id_of(article)), body_sha256=text_sha256(text), gate="on_topic", gate_why=(),
            mentions=0, claims=0, method="m", read_at=at,
        )  # fmt: skip
        what += [page, article, read]
        bodies.append((text_sha256(text), text))
    return [Event.of(data, at=at, run_id=f"batch-{number}", topic="invented") for data in what], bodies


def _size(number: int) -> int:
    return random.Random(f"batch {number}").randint(0, 4)


def _poll(number: int, at: dt.datetime) -> FeedPolled:
    return FeedPolled(feed_id=f"feed-{number % 3}", polled_at=at, outcome="parsed", status=200, final_url="u", next_poll_at=at)


def _entry(number: int, place: int, at: dt.datetime) -> EntrySeen:
    return EntrySeen(
        entry_id=f"entry-{number}-{place}", feed_id=f"feed-{number % 3}", entry_key=f"key-{number}-{place}", article_id=f"article-{number}-{place}",
        url=f"https://outlet.test/{number}/{place}", title="A ferry", summary="", published_at=None, published_text="", updated_text="", state="s",
        language="en", gate="on_topic", gate_why=(), seen_at=at,
    )  # fmt: skip


# --------------------------------------------------------------------------- those who are killed


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is to do, and how it dies: at its own n-th operation on a file, or (0) when it is killed from outside."""

    kind: str
    folder: str
    seed: int = 0
    first: int = 0
    small: int = copies.SMALL
    grace: float = copies.GRACE
    publish_every: float = live.PUBLISH_EVERY
    dies_at: int = 0


def work(task: Task) -> None:
    """Append, publish and drain until killed; a batch is written down as kept only after append has said so."""
    copies.SMALL, copies.GRACE = task.small, task.grace
    live.PUBLISH_EVERY, live.SHELL_PATIENCE = task.publish_every, 0.0
    chance, files, number = random.Random(task.seed), WarehouseFiles(Path(task.folder) / "warehouse"), task.first
    kept = os.open(Path(task.folder) / "kept", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    if task.dies_at:
        _die_at(task.dies_at, task.folder)
    while True:
        with open_live(files, or_standin=True) as warehouse:
            for _ in range(chance.randint(1, 3)):
                is_again = number > task.first and chance.random() < 0.2
                chosen = chance.randrange(task.first, number) if is_again else number
                warehouse.append(*batch(chosen))
                os.write(kept, f"{chosen}\n".encode())
                os.write(1, b"kept\n")
                number += not is_again
            if chance.random() < 0.5:
                warehouse.publish()


def _die_at(number: int, folder: str) -> None:
    seen = 0

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in (
            "open",
            "os.rename",
            "os.link",
            "os.remove",
            "os.truncate",
            "shutil.copyfile",
            "fcntl.fcntl",
            "fcntl.flock",
            "os.mkdir",
        ) and (event.startswith("fcntl") or any(folder in str(argument) for argument in arguments)):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)


CONSISTENT = """SELECT (SELECT position FROM log.head) AS head, (SELECT coalesce(max(position), -1) FROM log.event) AS last,
    (SELECT count(*) - 1 FROM log.event) AS events, (SELECT position FROM log.checkpoint) AS checkpoint,
    (SELECT coalesce(max(last_position), -1) FROM log.batch) AS chained,
    (SELECT count(*) FROM entry) = (SELECT count(*) FROM log.event WHERE type = 'entry.seen') AS has_entries,
    (SELECT count(*) FROM article_version) = (SELECT count(*) FROM log.event WHERE type = 'article.extracted') AS has_texts,
    (SELECT coalesce(sum(polls), 0) FROM feed) <= (SELECT count(*) FROM log.event WHERE type = 'feed.polled') AS has_polls"""


def look_at(row: tuple[Any, ...]) -> str:
    """What is wrong with a state that a reader saw; empty when nothing is."""
    head, last, events, checkpoint, chained, *agree = row
    return "" if head == last == events == checkpoint == chained and all(agree) else f"inconsistent: {row}"


def read(task: Task) -> None:
    """Open the copy, look, close, and keep some connections open over many publications, until killed; faults go to a file."""
    files, chance, seen, looks = WarehouseFiles(Path(task.folder) / "warehouse"), random.Random(task.seed), -1, 0
    with (
        (Path(task.folder) / f"faults-{task.seed}").open("w", encoding="utf-8", buffering=1) as faults,
        (Path(task.folder) / f"looks-{task.seed}").open("w", encoding="utf-8", buffering=1) as counted,
    ):
        while True:
            time.sleep(chance.uniform(0, 0.1))  # readers that never rest leave the writer no processor on a small machine
            if not files.copy.exists():
                continue
            try:
                with read_copy(files) as connection:
                    states = {connection.execute(CONSISTENT).fetchall()[0] for _ in range(chance.choice([1, 1, 1, 20]))}
            except (WarehouseError, duckdb.Error) as error:
                print(f"error: {error!r}", file=faults)
                continue
            looks += 1
            print(looks, file=counted)
            for state in states:
                if wrong := look_at(state):
                    print(wrong, file=faults)
            if len(states) > 1:
                print(f"one open copy showed several states: {states}", file=faults)
            if max(state[0] for state in states) < seen:
                print(f"the head went back from {seen}: {states}", file=faults)
            seen = max(state[0] for state in states)


def serve_forks() -> None:
    """Fork a child for each task on standard input; tell its pid and, when it is dead, how it died."""
    import invented  # noqa: F401 - what a child needs is imported once

    for line in sys.stdin:
        task = Task(**json.loads(line))
        pid = os.fork()
        if not pid:
            try:
                {"work": work, "read": read}[task.kind](task)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        os.write(1, f"pid {pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(1, f"dead {os.waitstatus_to_exitcode(status)}\n".encode())


class Child:
    """One child at a time, forked by a process that is kept for it."""

    def __init__(self, folder: Path) -> None:
        self._errors = (folder / f"errors-{id(self)}").open("a+", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--forks"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self._waiting = b""
        self._pid = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()

    def start(self, task: Task) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({name: getattr(task, name) for name in Task.__slots__}).encode() + b"\n")
        self._process.stdin.flush()
        word, pid = str(self.line(None)).split()
        assert word == "pid"
        self._pid = int(pid)

    def line(self, patience: float | None) -> str | None:
        """The next thing that was said; None when nothing was within so many seconds."""
        assert self._process.stdout is not None
        handle = self._process.stdout.fileno()
        while b"\n" not in self._waiting:
            if not select.select([handle], [], [], patience)[0]:
                return None
            got = os.read(handle, 4096)
            assert got, self.said()
            self._waiting += got
        line, _, self._waiting = self._waiting.partition(b"\n")
        return line.decode()

    def kill(self, *, after: int = 0, later: float = 0.0) -> tuple[str, int]:
        """Kill the child once it has kept so many batches, a moment later; gives how it died, and what it kept."""
        kept = 0
        if not self._pid:
            return "", 0
        while kept < after and (line := self.line(None)) is not None:
            if line.startswith("dead"):
                self._pid = 0
                return line, kept
            kept += 1
        if later and (line := self.line(later)) is not None and line.startswith("dead"):
            self._pid = 0
            return line, kept
        os.kill(self._pid, signal.SIGKILL)  # waited for below, so the number cannot be another's
        while not (line := self.line(None) or "").startswith("dead"):
            kept += 1
        self._pid = 0
        return line, kept

    def said(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-4000:]


# --------------------------------------------------------------------------- what must hold


@dataclass(slots=True)
class Figures:
    """What a round of kills came to."""

    kills: int = 0
    batches_kept: int = 0
    events: int = 0
    lost: int = 0
    partial: int = 0
    faults: list[str] = field(default_factory=list)
    looks: int = 0
    spooled_at_kill: int = 0
    restores: int = 0
    recovery: list[float] = field(default_factory=list)
    ways: Counter[str] = field(default_factory=Counter)


def check(folder: Path, figures: Figures) -> None:
    """After a kill: open the warehouse, which takes in what the spool has, and compare it with what was said to be kept."""
    from invented import differences, faults, relations_of

    files = WarehouseFiles(folder / "warehouse")
    kept = {int(line) for line in (folder / "kept").read_text().split()} if (folder / "kept").exists() else set()
    figures.spooled_at_kill += bool(Spool(files.spool).waiting())
    for _, path in Spool(files.spool).waiting():
        Spool(files.spool).read(path)  # every file that has a number is whole
    if (files.spool / "refused").exists():
        figures.faults.append("a batch was refused")
    before = time.perf_counter()
    with open_live(files) as warehouse:
        figures.recovery.append(time.perf_counter() - before)
        connection = warehouse._connection
        found = {
            int(run.removeprefix("batch-")): rest
            for run, *rest in connection.execute("""SELECT run_id, count(*), min(event.position), max(event.position),
                bool_and(EXISTS (FROM log.batch WHERE batch.first_position <= event.position AND event.position <= batch.last_position
                    AND batch.last_position - batch.first_position + 1 = (SELECT count(*) FROM log.event AS other WHERE other.run_id = event.run_id)))
                FROM log.event GROUP BY run_id""").fetchall()
        }  # fmt: skip
        figures.lost += len(kept - set(found))
        for number, (events, first, last, is_one_link) in found.items():
            if events != len(batch(number)[0]) or last - first + 1 != events or not is_one_link:
                figures.partial += 1
        figures.faults += faults(connection)
        figures.faults += [f"a text is missing: {row}" for row in connection.execute('FROM "check".texts_kept').fetchall()]
        here = relations_of(connection)
        connection.execute("BEGIN")
        schema.make_relations(connection, list(PROJECTIONS))
        figures.faults += [
            f"{name} is not what a rebuild gives: {rows}" for name, rows in differences(here, relations_of(connection)).items()
        ]
        connection.execute("ROLLBACK")
        figures.faults += [wrong for wrong in [look_at(connection.execute(CONSISTENT).fetchall()[0])] if wrong]
        if figures.kills % 2:
            warehouse.publish()
    if figures.kills % 2 == 0:
        return
    here = {path.name for path in files.root.rglob("*") if path.is_file() and path.parent.name != "refused"}
    # A file of the spool that was not yet named is written over by the next of its number.
    figures.faults += [
        f"{name} was left over"
        for name in sorted(here - {files.copy.name, files.spare.name, files.lock.name})
        if not name.endswith((".json", ".new"))
    ]
    figures.faults += [f"the spool still has {number}" for number, _ in Spool(files.spool).waiting()]
    if files.copy.read_bytes() != files.live.read_bytes():
        figures.faults.append("the copy is not the live file")


def check_without_live(folder: Path, figures: Figures) -> None:
    """The copy and the spool behind it are the whole warehouse: with the live file gone, nothing that was kept is."""
    files = WarehouseFiles(folder / "warehouse")
    if not files.copy.exists():
        return
    figures.restores += 1
    kept = set((folder / "kept").read_text().split()) if (folder / "kept").exists() else set()
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        other = WarehouseFiles(Path(scratch) / "warehouse")
        shutil.copytree(files.root, other.root)
        other.live.unlink(missing_ok=True)
        with open_live(other) as warehouse:
            rows = warehouse._connection.execute("SELECT DISTINCT run_id FROM log.event").fetchall()
            figures.lost += len({f"batch-{number}" for number in kept} - {run for (run,) in rows})
            figures.faults += [wrong for wrong in [look_at(warehouse._connection.execute(CONSISTENT).fetchall()[0])] if wrong]


def kill(
    root: Path, kills: int, seed: int, *, readers: int = 2, is_told: bool = False, figures: Figures | None = None,
    ended: Sequence[int] = (),
) -> Figures:  # fmt: skip
    """Kill a writer so many times, or until ``ended`` has something; each round of FRESH_AFTER has a warehouse and readers of its own."""
    chance, figures = random.Random(seed), figures or Figures()
    root.mkdir(parents=True, exist_ok=True)
    done = 0
    with Child(root) as worker:
        while done < kills and not ended:
            folder = root / f"round-{done}"
            folder.mkdir()
            watching = [Child(root) for _ in range(readers)]
            try:
                for number, reader in enumerate(watching):
                    reader.start(Task("read", str(folder), seed=number))
                for turn in range(min(FRESH_AFTER, kills - done)):
                    if ended:
                        break
                    _kill_once(worker, folder, chance, turn, figures)
                    done += 1
                    if is_told:
                        print(f"\r{done} of {kills} kills, {len(figures.faults)} faults", end="", file=sys.stderr, flush=True)
            finally:
                for reader in watching:
                    reader.kill()
                    figures.faults += [said for said in [reader.said()] if said]
                    reader.__exit__()
            for number in range(readers):
                figures.faults += (folder / f"faults-{number}").read_text(encoding="utf-8").splitlines()
                figures.looks += len((folder / f"looks-{number}").read_text(encoding="utf-8").splitlines())
            figures.batches_kept += len(set((folder / "kept").read_text().split()))
            with open_live(WarehouseFiles(folder / "warehouse")) as warehouse:
                figures.events += int(warehouse._connection.execute("SELECT count(*) FROM log.event").fetchall()[0][0])
            if not (figures.faults or figures.lost or figures.partial):
                shutil.rmtree(folder)
    return figures


def _kill_once(worker: Child, folder: Path, chance: random.Random, turn: int, figures: Figures) -> None:
    files = WarehouseFiles(folder / "warehouse")
    is_patching, is_held, is_own = chance.random() < 0.6, turn > 0 and chance.random() < 0.25, chance.random() < 0.5
    task = Task(
        "work", str(folder), seed=chance.randrange(2**32), first=1000 * turn, small=0 if is_patching else copies.SMALL,
        grace=0.1 if is_patching else 5.0, publish_every=chance.choice([0.0, 0.3, 5.0]), dies_at=chance.randint(1, 80) if is_own else 0,
    )  # fmt: skip
    # Held before anything was ever kept, a worker ends with an error, as it should: there is nothing to go on with.
    is_held = is_held and (files.copy.exists() or bool(Spool(files.spool).waiting()))
    holder = duckdb.connect(str(files.live), config=live.CONFIG) if is_held else None
    try:
        worker.start(task)
        how, _ = worker.kill(after=10**6) if is_own else worker.kill(after=chance.randint(0, 3), later=chance.uniform(0, 0.15))
    finally:
        if holder is not None:
            holder.close()
    if how != f"dead {-signal.SIGKILL}":
        figures.faults.append(f"a worker ended by itself ({how}): {worker.said()}")
    figures.kills += 1
    figures.ways[f"{'at an operation on a file' if is_own else 'at a moment'}, {'live file held' if is_held else 'live file free'}, "
                 f"{'patched copies' if is_patching else 'whole copies'}"] += 1  # fmt: skip
    if turn % RESTORE_EVERY == RESTORE_EVERY - 1:
        check_without_live(folder, figures)
    check(folder, figures)


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill a writer again and again and print what was lost.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20310301)
    parser.add_argument("--keep", type=Path, help="a folder for the warehouses; those with faults stay in it")
    parser.add_argument("--forks", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.forks:
        serve_forks()
        return 0
    before = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="monitor-kills-") as thrown_away:
        figures = Figures()
        ended: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))  # ended early, it tells what it has found
        kill(asked.keep or Path(thrown_away), asked.kills, asked.seed, is_told=sys.stderr.isatty(), figures=figures, ended=ended)
    times = sorted(figures.recovery) or [0.0]
    print(
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )
    print(f"{figures.kills} kills in {time.perf_counter() - before:.0f} s, seed {asked.seed}")
    for way, number in sorted(figures.ways.items()):
        print(f"  {number} {way}")
    print(
        f"{figures.batches_kept} batches acknowledged, {figures.events} events; {figures.lost} batches lost, {figures.partial} there in part"
    )
    print(
        f"{figures.spooled_at_kill} kills left files in the spool; {figures.restores} times the live file was made from copy and spool"
    )
    print(f"{figures.looks} times readers opened the copy")
    print(f"opening after a kill: {times[len(times) // 2] * 1000:.0f} ms in the middle, {times[-1] * 1000:.0f} ms at most")
    print(f"{len(figures.faults)} faults")
    for fault in figures.faults[:20]:
        print(f"  {fault[-2000:]}")  # its end: there the error stands
    return 1 if figures.faults or figures.lost or figures.partial else 0


if __name__ == "__main__":
    sys.exit(main())
