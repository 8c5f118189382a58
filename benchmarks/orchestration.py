"""What Prefect costs: a run of 1,000 pages as a flow, beside the same stages called without it; both in one benchmark run.

    .venv/bin/python benchmarks/orchestration.py [--pages N] [--rounds N]

Twenty invented outlets on loopback, each with its share of the pages, all new to a fresh warehouse each time. Two figures:

- *within a run*: how much of the flow's time passes outside of the pipeline's own functions. Everything that Prefect does is there: the
  run's states, four task runs, the writer's limit, progress, report and events. Other load on the machine hits both parts alike.
- *side by side*: flow and plain run in turn, medians of their times, and of their processor time (this process, extraction workers,
  and for the flow Prefect's server). A busy machine makes the times wide, the processor time hardly; its load is printed.

Prefect's server is started before the first round and not counted; a worker starts a process for each run, whose start is
measured apart.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from outlets import START, outlets, show, write_settings

HOSTS = [f"outlet-{number}.test" for number in range(20)]
NOW = START + dt.timedelta(days=1)
STRANGERS: set[int] = set()  # the outlets and what belongs to them
STAGES = ("begin", "collect", "fetch_batch", "analyse", "alert", "finish")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what Prefect costs.")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    each = asked.pages // len(HOSTS)
    print(f"machine: {os.cpu_count()} x {platform.machine()}, Python {platform.python_version()}, Prefect {version('prefect')}")
    print(f"date: {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="orchestration-") as made, outlets(window=each) as address:
        os.environ |= {"PREFECT_HOME": f"{made}/prefect", "PREFECT_LOGGING_LEVEL": "ERROR"}
        os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "600"
        show(address, each)
        STRANGERS.update(int(child) for task in Path("/proc/self/task").glob("*/children") for child in task.read_text().split())
        asyncio.run(measure(Path(made), address, asked.rounds))
    print(f"a process of its own imports for {importing():.1f} s before its run begins")


async def measure(folder: Path, address: str, rounds: int) -> None:
    from prefect import flow

    @flow
    async def nothing() -> None: ...

    start = time.perf_counter()
    await nothing()
    print(f"Prefect's server and its first, empty flow run: {time.perf_counter() - start:.1f} s")
    plain: list[tuple[float, float]] = []
    flows: list[tuple[float, float]] = []
    shares: list[float] = []
    for number in range(rounds):
        ways: list[tuple[str, Callable[[Path], Awaitable[int]]]] = [("plain", without_prefect), ("flow", as_flow)]
        for name, run in ways if number % 2 else reversed(ways):
            config = write_settings(folder / f"{name}-{number}", address, HOSTS)
            with Stopwatch() as watch:
                pages = await run(config)
            (plain if name == "plain" else flows).append((watch.whole, watch.processor))
            if name == "flow":
                shares.append(watch.outside / watch.whole)
            print(
                f"round {number + 1}, {name}: {pages} pages in {watch.whole:.1f} s, {watch.outside:.2f} s of it outside of the stages; {watch.processor:.1f} s of processor",
                flush=True,
            )
    print(f"within a run: {100 * statistics.median(shares):.1f} % of the flow's time is not the pipeline's")
    for place, what in enumerate(("time", "processor time")):
        ours, others = statistics.median(row[place] for row in flows), statistics.median(row[place] for row in plain)
        print(f"side by side: {ours / others:.3f} times the {what} (medians {ours:.1f} s and {others:.1f} s)")


async def without_prefect(config: Path) -> int:
    from monitor.pipeline.running import run_cycle
    from monitor.pipeline.shared import load_pipeline
    from monitor.settings import load_settings

    return (await run_cycle(load_pipeline(load_settings(config), clock=lambda: NOW)))["page.fetched"]


async def as_flow(config: Path) -> int:
    from flows.cycle import Parameters
    from flows.monitor import cycle

    counts: dict[str, int] = await cycle(Parameters(config=str(config), now=NOW))
    return counts["page.fetched"]


class Stopwatch:
    """The whole time of what is entered as a context, and what of it lies outside of the pipeline's stages."""

    def __enter__(self) -> Stopwatch:
        from monitor.pipeline import alerting, analysing, collecting, fetching, running

        self.whole = self.inside = 0.0
        self._depth = 0
        self._kept = [
            (module, name, getattr(module, name))
            for module in (alerting, analysing, collecting, fetching, running)
            for name in STAGES
            if hasattr(module, name)
        ]
        for module, name, function in self._kept:
            setattr(module, name, self._timed(function))
        self._start, self._spent = time.perf_counter(), spent()
        return self

    def __exit__(self, *_: object) -> None:
        self.whole, self.processor = time.perf_counter() - self._start, spent() - self._spent
        for module, name, function in self._kept:
            setattr(module, name, function)

    @property
    def outside(self) -> float:  # noqa: D102
        return self.whole - self.inside

    @contextmanager
    def _stage(self) -> Iterator[None]:
        """A stage that another one calls is inside of that one."""
        start, self._depth = time.perf_counter(), self._depth + 1
        try:
            yield
        finally:
            self._depth -= 1
            self.inside += 0 if self._depth else time.perf_counter() - start

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def timed_async(*given: Any) -> Any:
            with self._stage():
                return await function(*given)

        def timed(*given: Any) -> Any:
            with self._stage():
                return function(*given)

        return timed_async if asyncio.iscoroutinefunction(function) else timed


def spent(process: int = 0) -> float:
    """Processor seconds of a process (this one) and of its descendants, those that ended included; without the outlets."""
    root = Path(f"/proc/{process or os.getpid()}")
    try:
        fields = (root / "stat").read_text().rpartition(") ")[2].split()
        children = [int(child) for task in root.glob("task/*/children") for child in task.read_text().split()]
    except OSError:
        return 0.0
    own = sum(int(fields[place]) for place in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")
    return own + sum(spent(child) for child in children if child not in STRANGERS)


def importing() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import flows.monitor"], check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
