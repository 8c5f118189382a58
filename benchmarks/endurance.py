"""Hours of schedule in minutes, with everything that goes wrong: killed workers, a restarted server, a reader on the live file.

    .venv/bin/python benchmarks/endurance.py worker [--minutes 48] [--interval 60] [--kill-every 150] [--postgres]
    .venv/bin/python benchmarks/endurance.py watch  [--minutes 48] [--interval 60] [--kill-every 150]

`worker`: a real Prefect server (with `--postgres` on a real PostgreSQL), the deployment of prefect.yaml, a real process worker. `watch`: `monitor watch`, started again by this
driver as systemd would. Worker or watch is killed (SIGKILL, with the run at work) every so many seconds, the server is restarted
at one third of the time and at two thirds killed together with the worker, as when power is cut, and somebody's shell holds the live
file open for an eighth of it.

How it maps to eight hours of slots each ten minutes: the clock of the runs (and the outlets with it) goes ``600 / interval`` times as fast as the
wall, so 48 minutes of 60-second slots are eight hours. Prefect's own times cannot be sped up: its lease of 300 seconds is here five
slots and would be half of one there. So the figure to look at is the longest time without a run in seconds of the wall, beside the lease. The
clock is set in the processes of the runs by a module that Python loads at their start; nothing else of them is changed.

Checked at the end: no two runs overlap in the log; every entry that was shown is there, and read; all checks hold and a rebuild gives the same
relations; no alert twice.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import pairwise
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from outlets import START, outlets, show, write_settings
from postgres import postgres

from monitor.pipeline.reporting import failed_checks
from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.settings import load_settings
from monitor.warehouse import WarehouseFiles, query_copy
from monitor.warehouse.verify import relations_that_differ

ROOT = Path(__file__).resolve().parents[1]
HOSTS = [f"outlet-{number}.test" for number in range(3)]
LEASE = 300
# Loaded by Python at the start of each process; only those that run a flow are changed.
CLOCK = """
import os, sys
if {"execute", "watch", "prefect.engine", "prefect.flow_engine"} & {*sys.argv, *getattr(sys, "orig_argv", ())}:
    import datetime as dt, time
    import flows.cycle
    load = flows.cycle.load_pipeline
    def load_pipeline(settings, **given):
        start, factor = float(os.environ["TEST_START"]), float(os.environ["TEST_FACTOR"])
        first = dt.datetime.fromisoformat(os.environ["TEST_FIRST"])
        return load(settings, **given, clock=lambda: first + dt.timedelta(seconds=(time.time() - start) * factor))
    flows.cycle.load_pipeline = load_pipeline
"""


class Stage:
    """Where it all happens: processes by name, started anew when they are killed."""

    def __init__(self, folder: Path, config: Path, interval: int) -> None:
        self.folder, self.config, self.interval = folder, config, interval
        self.start, self.factor = time.time(), 600 / interval
        self.port = _free_port()
        (folder / "clock").mkdir()
        (folder / "clock" / "sitecustomize.py").write_text(CLOCK, encoding="utf-8")
        self.environment = (
            os.environ
            | {
                "PYTHONPATH": os.pathsep.join([str(folder / "clock"), str(ROOT / "src"), str(ROOT)]),
                "PREFECT_HOME": str(folder / "prefect"),
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600",
                "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",  # as our unit has it
                "TEST_START": str(self.start),
                "TEST_FACTOR": str(self.factor),
                "TEST_FIRST": START.isoformat(),
                "PWD": str(folder),
            }
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.killed_at: list[float] = []

    def now(self) -> dt.datetime:
        """The moment on the clock of the runs."""
        return START + dt.timedelta(seconds=(time.time() - self.start) * self.factor)

    def begin(self, name: str, *command: str) -> None:
        """Start a Python process of that name."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def server(self) -> None:
        """Start Prefect's server, always on the same port."""
        self.environment["PREFECT_API_URL"] = f"http://127.0.0.1:{self.port}/api"
        self.begin("server", "-m", "prefect", "server", "start", "--no-ui", "--host", "127.0.0.1", "--port", str(self.port))

    def end_server(self, *, with_force: bool) -> None:
        """End Prefect's server: asked to, or killed."""
        server = self.processes["server"]
        server.kill() if with_force else server.terminate()
        server.wait()

    def wait_for_server(self) -> None:
        """Wait until it answers."""
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.environment['PREFECT_API_URL']}/health", timeout=5):
                return
            time.sleep(0.5)

    def deploy(self) -> None:
        """Tell it of the deployment, with the interval of here."""
        text = (ROOT / "prefect.yaml").read_text(encoding="utf-8").replace("interval: 600", f"interval: {self.interval}")
        text = text.replace("parameters: {}", f"parameters: {{where: {{config: {json.dumps(str(self.config))}}}}}", 1)
        (self.folder / "prefect.yaml").write_text(text, encoding="utf-8")
        for command in (["work-pool", "create", "local", "--type", "process"], ["deploy", "--name", "every-ten-minutes"]):
            subprocess.run(
                [sys.executable, "-m", "prefect", "--no-prompt", *command],
                cwd=self.folder,
                env=self.environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )

    def work(self, way: str) -> None:
        """Start the worker, or the watch."""
        if way == "worker":
            self.begin("work", "-m", "prefect", "worker", "start", "--pool", "local")
        else:
            script = (
                f"from monitor.cli import main; main(['--config', {str(self.config)!r}, 'watch', '--every', '{self.interval}'])"
            )
            self.begin("work", "-c", script, "watch")

    def kill_work(self) -> bool:
        """SIGKILL for the worker or the watch and whatever it started; says whether a run was at work."""
        mark, spared = os.fsencode(f"PREFECT_HOME={self.folder / 'prefect'}"), _group_of(self.processes.get("server"))
        was_at_work = _is_locked(WarehouseFiles(self.config.parent / "data"))
        self.killed_at.append(time.time())
        for entry in Path("/proc").glob("[0-9]*/environ"):
            process = int(entry.parent.name)
            with contextlib.suppress(OSError):
                if mark in entry.read_bytes().split(b"\0") and os.getpgid(process) not in spared:
                    os.kill(process, signal.SIGKILL)
        self.processes["work"].wait()
        return was_at_work

    def end(self) -> None:
        """End all of them."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description="Hours of schedule with everything that goes wrong.")
    parser.add_argument("way", choices=["worker", "watch"])
    parser.add_argument("--minutes", type=float, default=48)
    parser.add_argument("--interval", type=int, default=60, help="seconds of the wall between two slots")
    parser.add_argument("--kill-every", type=float, default=150, help="seconds of the wall between two kills, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL for Prefect's server, not SQLite")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="endurance-")))
        address = stack.enter_context(outlets(window=400))
        config = write_settings(folder / "warehouse", address, HOSTS)
        stage = Stage(folder, config, asked.interval)
        if asked.postgres:
            stage.environment |= stack.enter_context(postgres()).database_of_prefect()
        try:
            kills, hits, shown, went_from = happen(stage, asked, address)
        finally:
            if "work" in stage.processes:
                stage.kill_work()
            stage.end()
        print(
            f"{asked.way}: {asked.minutes:g} minutes, {asked.minutes * stage.factor / 60:.1f} hours of the schedule, seed {asked.seed}, load {os.getloadavg()[0]:.1f}"
        )
        print(f"{kills} kills, {hits} of them in a run; the live file was held open for {asked.minutes / 8:.1f} minutes")
        return check(stage, shown, went_from)


def happen(stage: Stage, asked: argparse.Namespace, address: str) -> tuple[int, int, int, float]:
    """Let the time pass with its mishaps; gives kills, kills in a run, entries shown by each outlet, and when the schedule began."""
    chance, kills, hits, shown = random.Random(asked.seed), 0, 0, 2
    show(address, shown)
    if asked.way == "worker":
        stage.server()
        stage.wait_for_server()
        stage.deploy()
    stage.work(asked.way)
    begun = time.time()
    end = begun + 60 * asked.minutes
    restarts = [begun + 20 * asked.minutes, begun + 40 * asked.minutes] if asked.way == "worker" else []
    reader, reader_from, reader_until = None, begun + 0.45 * 60 * asked.minutes, begun + 0.575 * 60 * asked.minutes
    next_kill, next_entries = begun + chance.uniform(0.5, 1.5) * asked.kill_every, begun + asked.interval
    files = WarehouseFiles(stage.config.parent / "data")
    live = files.live
    while (now := time.time()) < end:
        if now >= next_entries:
            shown, next_entries = shown + 2, next_entries + asked.interval
            show(address, shown)
        # Every other kill waits for a run to be at work.
        if now >= next_kill and now < end - LEASE / 2 and (kills % 2 or now > next_kill + asked.interval or _is_locked(files)):
            kills, hits = kills + 1, hits + stage.kill_work()
            stage.work(asked.way)
            next_kill = now + chance.uniform(0.5, 1.5) * asked.kill_every
        if restarts and now >= restarts[0]:
            restarts.pop(0)
            is_power_cut = not restarts
            if is_power_cut:
                kills, hits = kills + 1, hits + stage.kill_work()
            stage.end_server(with_force=is_power_cut)
            stage.server()
            if is_power_cut:
                stage.wait_for_server()
                stage.work(asked.way)
        if reader is None and reader_from <= now < reader_until and live.exists():
            held = f"import duckdb, time\nwhile True:\n  try: c = duckdb.connect({str(live)!r}, read_only=True); break\n  except duckdb.Error: time.sleep(0.01)\nprint('open', flush=True); time.sleep(1e6)"
            reader = subprocess.Popen([sys.executable, "-c", held], stdout=subprocess.DEVNULL)
        if reader is not None and now >= reader_until and reader.poll() is None:
            reader.kill()
            reader.wait()
        time.sleep(0.25)
    return kills, hits, shown, begun


def check(stage: Stage, shown: int, began: float) -> int:
    """Print what came of it; gives 1 where something is lost, double or overlapping."""
    files = WarehouseFiles(stage.config.parent / "data")
    settings = load_settings(stage.config)

    def rows(statement: str) -> list[tuple[object, ...]]:
        return query_copy(files, statement).rows

    # Takes up what the last one left, two days later: by then every feed is due, however quiet it was.
    asyncio.run(run_cycle(load_pipeline(settings, clock=lambda: stage.now() + dt.timedelta(days=2))))
    starts = [float(str(moment)) for (moment,) in rows("SELECT epoch(started_at) FROM run ORDER BY started_at")][:-1]
    origin = START.timestamp()
    if not starts or not origin <= starts[-1] <= stage.now().timestamp():
        raise SystemExit(
            "no run, or the runs did not go by this clock: their process was started in a way that CLOCK does not know"
        )
    wall = [began, *(stage.start + (moment - origin) / stage.factor for moment in starts)]
    gaps = sorted((later - earlier for earlier, later in pairwise(wall)), reverse=True)
    # Of kills that come before the next start only the last one counts: those before it have each cost a lease of their own.
    after = sorted(
        (
            later - max(kills)
            for earlier, later in pairwise(wall)
            if (kills := [at for at in stage.killed_at if earlier < at < later])
        ),
        reverse=True,
    )
    print(f"longest times from a kill to the next start: {', '.join(f'{wait:.0f} s' for wait in after[:5])}")
    ((cut_off,),) = rows("SELECT count(*) FROM run WHERE finished_at IS NULL")
    print(
        f"{len(starts)} runs, {cut_off} cut off; longest times without a start of one: {', '.join(f'{gap:.0f} s' for gap in gaps[:5])} (lease {LEASE} s, slot {stage.interval} s)"
    )
    ((overlaps,),) = (
        rows("""WITH span AS (SELECT run_id, min(position) AS first, max(position) AS last FROM log.event GROUP BY run_id)
        SELECT count(*) FROM span AS one JOIN span AS other ON one.first < other.first AND other.first <= one.last""")
    )
    found = {
        "runs that overlap": overlaps,
        "entries missing": len(HOSTS) * shown - int(str(rows("SELECT count(DISTINCT article_id) FROM entry")[0][0])),
        "entries without an end": rows("SELECT count(*) FROM report.entry_outcome WHERE outcome IN ('waiting', 'failed')")[0][0],
        "checks that find something": failed_checks(files),
        "relations that differ from a rebuild": relations_that_differ(files),
        "alerts raised twice": rows("SELECT count(*) - count(DISTINCT alert_id) FROM alert")[0][0],
        "alerts in the file twice": _twice(files.root / "alerts" / "alerts.jsonl"),
    }
    for name, value in found.items():
        print(f"{name}: {value or 'none'}")
    ((alerts, articles),) = rows("SELECT (SELECT count(*) FROM alert), (SELECT count(*) FROM article)")
    print(f"{alerts} alerts, {articles} articles")
    return 1 if any(found.values()) else 0


def _twice(path: Path) -> int:
    names = (
        [json.loads(line).get("alert_id") or json.loads(line).get("id") for line in path.read_text(encoding="utf-8").splitlines()]
        if path.exists()
        else []
    )
    return len(names) - len(set(names))


def _group_of(process: subprocess.Popen[bytes] | None) -> set[int]:
    return {process.pid} if process is not None else set()


def _is_locked(files: WarehouseFiles) -> bool:
    from filelock import FileLock, Timeout

    if not files.run_lock.exists():
        return False
    try:
        with FileLock(files.run_lock, blocking=False):
            return False
    except Timeout:
        return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
