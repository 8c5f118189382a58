"""A peer's process in the rounds: seconds by the clock and of the processors, and the most memory, of it and all that it starts."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from .newsstand import APART, ROUNDS, Edition, newsstand

ADAPTERS = Path(__file__).parent / "adapters"
_EVERY = 0.1
_LONGEST = 3 * 3600.0  # seconds; a peer that hangs is ended, and the others have their rows


class PeerFailedError(Exception):
    """The peer's process ended before its rounds did; has the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from the first round's begin to the last one's end, without starting up; megabytes; what was recorded."""

    wall: float
    cpu: float
    memory: float
    recorded: list[dict[str, Any]]


def measure(python: Path, adapter: str, edition: Edition, folder: Path, first: dt.datetime) -> Measured:
    """Let the peer take part in every round of the edition. Raises PeerFailedError.

    Memory is resident memory summed over the processes, so what they share counts more than once.
    """
    folder.mkdir(parents=True)
    (folder / "feeds.json").write_text(json.dumps(edition.feeds()), encoding="utf-8")
    wall = cpu = 0.0
    with (
        newsstand(edition) as server,
        _started([str(python), str(ADAPTERS / f"{adapter}.py"), str(folder)], server.address, folder) as process,
    ):
        _expect(process, "ready", folder)
        with _watched(process.pid) as most:
            for which in range(ROUNDS + 1):
                now = first + which * APART
                server.begin(which, now)
                began, worked = time.perf_counter(), _worked(process.pid)
                _tell(process, now.isoformat())
                _expect(process, "done", folder)
                wall += time.perf_counter() - began
                cpu += _worked(process.pid) - worked
                print(
                    f"  round {which + 1} of {ROUNDS + 1}: {wall:.1f} s, {cpu:.1f} s of the processors",
                    file=sys.stderr,
                    flush=True,
                )
        _tell(process, "end")
        _expect(process, "written", folder)
    lines = (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return Measured(wall, cpu, most[0] / 1e6, [json.loads(line) for line in lines])


@contextmanager
def _started(command: Sequence[str], server: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The process; outlets have invented names, so peers reach them through the server as their proxy; nothing else is reached at all."""
    given = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    given |= {
        "http_proxy": f"http://{server}",
        "https_proxy": f"http://{server}",
        "BENCHMARK_SERVER": server,
        "PYTHONUNBUFFERED": "1",
    }
    with (folder / "printed.txt").open("w") as printed:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=printed, text=True, env=given)
    limit = threading.Timer(_LONGEST, process.kill)
    limit.daemon = True
    limit.start()
    try:
        yield process
    finally:
        limit.cancel()
        if process.poll() is None:
            for each in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
                each.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has ended; what it printed is told where its answer is waited for
        process.stdin.write(f"{line}\n")
        process.stdin.flush()


def _expect(process: subprocess.Popen[str], word: str, folder: Path) -> None:
    assert process.stdout is not None
    if process.stdout.readline().strip() != word:
        printed = (folder / "printed.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise PeerFailedError(" / ".join(printed[-3:])[-400:] or "it ended without a word")


@contextmanager
def _watched(pid: int) -> Iterator[list[int]]:
    """Sample the memory of the tree meanwhile; gives a list whose one number is the most so far, in bytes."""
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.is_set():
            most[0] = max(most[0], sum(_of_each(pid, lambda each: each.memory_info().rss)))
            over.wait(_EVERY)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def _worked(pid: int) -> float:
    """Processor seconds of the tree so far; those of ended children are counted by their parents."""
    times = _of_each(pid, lambda each: each.cpu_times())
    return float(sum(each.user + each.system + each.children_user + each.children_system for each in times))


def _of_each(pid: int, asked: Any) -> list[Any]:
    """What each process of the tree answers; those that end meanwhile say nothing."""
    found = []
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    for each in tree:
        try:
            found.append(asked(each))
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found
