"""Memory of `monitor watch` over many cycles: its own loop, its own flow runs, Prefect's own server, on a virtual clock.

    .venv/bin/python benchmarks/watching.py [--cycles N] [--folder DIR]

Each cycle is twenty minutes of the virtual clock later; every outlet has shown two more entries by then, so that each run polls,
fetches, reads and publishes. What is printed is the resident memory of the process that runs `monitor watch`, and of Prefect's server
and the extraction workers beside it. "Flat" compares the median of the second tenth of the cycles (all is loaded by then) with
that of the last tenth.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import platform
import signal
import statistics
import tempfile
import time
from pathlib import Path

from outlets import START, outlets, show, write_settings

HOSTS = [f"outlet-{number}.test" for number in range(3)]
STEP = dt.timedelta(minutes=20)
PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the memory of monitor watch.")
    parser.add_argument("--cycles", type=int, default=500)
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="watching-") as made:
        folder = asked.folder or Path(made)
        os.environ |= {"PREFECT_HOME": str(folder / "prefect"), "PREFECT_LOGGING_LEVEL": "ERROR"}
        os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "600"  # for busy machines
        with outlets(window=20) as address:
            config = write_settings(folder / "warehouse", address, HOSTS)
            report(measure(asked.cycles, address, config))


def measure(cycles: int, address: str, config: Path) -> list[tuple[float, float]]:
    """Megabytes of this process and of its children (without the outlets) after each cycle."""
    from flows import watch as watching
    from flows.cycle import Parameters
    from flows.monitor import cycle

    taken: list[tuple[float, float]] = []
    strangers = set(_children(os.getpid()))

    async def run(where: Parameters) -> None:
        number = len(taken) + 1
        show(address, 2 * number)
        await cycle(where.model_copy(update={"now": START + STEP * number}))
        taken.append((_resident(os.getpid()), sum(_resident(child) for child in set(_children(os.getpid())) - strangers)))
        if number % 25 == 0:
            print(
                f"{dt.datetime.now(dt.UTC):%H:%M:%S} cycle {number}: {taken[-1][0]:.0f} MB, children {taken[-1][1]:.0f} MB",
                flush=True,
            )
        if number == cycles:
            os.kill(os.getpid(), signal.SIGTERM)

    watching._run = run  # noqa: SLF001 - the clock of the runs is ours
    start = time.monotonic()
    asyncio.run(watching.watch(every=0, config=str(config)))
    print(f"{len(taken)} cycles in {time.monotonic() - start:.0f} s; stopped by SIGTERM in the last one")
    return taken


def report(taken: list[tuple[float, float]]) -> None:
    tenth = max(1, len(taken) // 10)
    print(
        f"machine: {os.cpu_count()} x {platform.machine()}, Python {platform.python_version()}, {dt.datetime.now(dt.UTC):%Y-%m-%d}"
    )
    for place, name in enumerate(("monitor watch", "its children")):
        early = statistics.median(row[place] for row in taken[tenth : 2 * tenth])
        late = statistics.median(row[place] for row in taken[-tenth:])
        print(
            f"{name}: {early:.0f} MB in the second tenth of the cycles, {late:.0f} MB in the last: {100 * (late / early - 1):+.1f} %"
        )


def _resident(process: int) -> float:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE / 2**20
    except (OSError, IndexError):
        return 0.0


def _children(process: int) -> list[int]:
    """All of its descendants."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            own = [int(number) for number in task.read_text().split()]
        except OSError:
            continue
        for child in own:
            found += [child, *_children(child)]
    return found


if __name__ == "__main__":
    main()
