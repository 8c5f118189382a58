"""Prefect for real: a server, a worker and a scheduled run; the flow on Prefect's own server; the schedule in one process.

Everything of Prefect lives in processes of its own, below this module's own PREFECT_HOME, so that this process imports
none of it. Each of those processes writes down whatever it tries to reach beyond this machine: that must be nothing.
"""

import asyncio
import datetime as dt
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from filelock import FileLock
from postgres import why_not

from monitor.newsroom import Newsroom, NewsroomSite, load_newsroom
from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.settings import load_settings
from monitor.warehouse import WarehouseFiles, query_copy

pytestmark = [pytest.mark.orchestrator, pytest.mark.xdist_group("orchestrator")]

ROOT = Path(__file__).resolve().parents[1]
MATERIAL = ROOT / "warehouse" / "newsroom" / "gaza-ceasefire"
INTERVAL = 15  # seconds; the worker looks for work ten seconds ahead
PATIENCE = 300.0  # seconds for anything to happen on a slow, busy machine; each wait ends as soon as it has happened
STARTS = 240.0
ENDS = 30.0
# `prefect work-pool create` lets the server look up what kinds of worker there are; offline it takes its own list.
REGISTRY = "raw.githubusercontent.com"

# Python runs a module of this name at the start of every process. The events are those of PEP 578.
WATCHER = """
import os, sys

HERE = ("", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::")

def note(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0] or ""
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in HERE:
        with open(os.environ["TEST_REACHED"], "a") as reached:
            reached.write(f"{event} {host} by {sys.argv}\\n")

sys.addaudithook(note)
"""

# Answers each line of its input (the flow's parameters) with a line: the state in which the run ended.
CALLER = """
import asyncio, json, os, sys
from flows.maintain import maintain
from flows.monitor import cycle
from prefect._internal.analytics import is_telemetry_enabled
from prefect.settings import get_current_settings

def answer(**fields):
    print(json.dumps(fields), flush=True)

async def main():
    settings = get_current_settings()
    answer(
        home=str(settings.home),
        api=settings.api.url,
        server=settings.server.analytics_enabled,
        cloud=settings.cloud.enable_orchestration_telemetry,
        client=is_telemetry_enabled(),
    )
    for line in sys.stdin:
        given = json.loads(line)
        state = await (maintain if "what" in given else cycle)(**given, return_state=True)
        counts = None if state.name == "Skipped" else await state.result()
        answer(type=state.type.value, name=state.name, message=state.message, counts=counts)

asyncio.run(main())
"""

Found = TypeVar("Found")


class Stage:
    """A folder with the demo newsroom's settings, and an environment in which nothing of the user's Prefect is seen."""

    def __init__(self, folder: Path, site: NewsroomSite, newsroom: Newsroom) -> None:
        self.folder, self.site, self.newsroom = folder, site, newsroom
        self.home = folder / "prefect"
        self.reached = folder / "reached.txt"
        (folder / "watcher").mkdir()
        (folder / "watcher" / "sitecustomize.py").write_text(WATCHER, encoding="utf-8")
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MONITOR_", "COV"))}
        ours.pop("DO_NOT_TRACK", None)
        paths = [str(folder / "watcher"), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = ours | {
            "PYTHONPATH": os.pathsep.join(paths),
            "TEST_REACHED": str(self.reached),
            "PREFECT_HOME": str(self.home),
            "HOME": str(folder),
        }

    def settings(self, name: str) -> tuple[Path, WarehouseFiles]:
        """A settings file for a warehouse of its own, as ``monitor demo`` writes one."""
        folder = self.folder / name
        folder.mkdir()
        tables = [
            "[[feed]]\n"
            + "".join(
                f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in feed.model_dump(exclude_none=True).items()
            )
            for feed in self.newsroom.feed_sources()
        ]
        (folder / "feeds.toml").write_text("\n".join(tables), encoding="utf-8")
        hosts = "".join(f"{json.dumps(host)} = {json.dumps(address)}\n" for host, address in self.site.connect_to.items())
        config = folder / "monitor.toml"
        config.write_text(
            f'data = "data"\nfeeds = "feeds.toml"\n\n[alerts]\nconsole = false\n\n[fetch]\npause_seconds = 0\n\n[fetch.connect_to]\n{hosts}',
            encoding="utf-8",
        )
        return config, WarehouseFiles(folder / "data")

    @contextmanager
    def started(self, name: str, command: Sequence[str], *, cwd: Path, **more: str) -> Iterator["Started"]:
        """A process in a session of its own; whatever is left of it and its children is ended on leaving."""
        log, errors = self.folder / f"{name}.out", self.folder / f"{name}.err"
        environment = self.environment | {"PWD": str(cwd)} | more
        with (
            log.open("wb") as out,
            errors.open("wb") as err,
            subprocess.Popen(
                command, cwd=cwd, env=environment, stdin=subprocess.PIPE, stdout=out, stderr=err, start_new_session=True
            ) as process,
        ):
            try:
                yield Started(name, process, log, errors)
            finally:
                with suppress(BrokenPipeError):
                    process.stdin.close()
                _end(process)

    def prefect(self, *arguments: str, cwd: Path, **more: str) -> str:
        """Run one command of Prefect's to its end."""
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        environment = self.environment | {"PWD": str(cwd)} | more
        done = subprocess.run(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=STARTS
        )
        assert done.returncode == 0, f"prefect {arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def end_strays(self) -> None:
        """A worker starts its runs in sessions of their own: end what still carries this stage's environment."""
        mark = os.fsencode(f"PREFECT_HOME={self.home}")
        for entry in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if mark in entry.read_bytes().split(b"\0"):
                    os.kill(int(entry.parent.name), signal.SIGKILL)


class Started:
    """A process that was started, and what it has printed so far."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", log: Path, errors: Path) -> None:
        self.name, self.process, self._log, self._errors = name, process, log, errors

    def lines(self) -> list[str]:
        """The whole lines on its standard output."""
        return self._log.read_text(encoding="utf-8").splitlines(keepends=True)

    def answers(self, number: int) -> list[dict[str, Any]] | None:
        """The JSON lines so far, when there are ``number`` of them."""
        whole = [line for line in self.lines() if line.endswith("\n")]
        return [json.loads(line) for line in whole] if len(whole) == number else None

    def tell(self, **parameters: dict[str, Any]) -> None:
        """Give it a line of JSON."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(parameters).encode() + b"\n")
        self.process.stdin.flush()

    def until(self, look: Callable[[], Found | None], what: str, *, within: float = PATIENCE) -> Found:
        """What ``look`` finds; fails at once when the process ends before, and after ``within`` seconds."""
        end = time.monotonic() + within
        while True:
            has_ended = self.process.poll() is not None
            found = look()
            if found is not None:
                return found
            if has_ended or time.monotonic() > end:
                raise AssertionError(f"{what}: not seen, {self.report()}")
            time.sleep(0.1)

    def report(self) -> str:
        """How it stands, and the last that it said."""
        said = self._log.read_text(errors="replace")[-2000:] + self._errors.read_text(errors="replace")[-6000:]
        return f"{self.name} has {self.process.poll()!r} for an exit code and said\n{said}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """First the process, so that it ends its children in its own way; then all of its group."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(ENDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def newsroom() -> Newsroom:
    return load_newsroom(MATERIAL)


@pytest.fixture
def stage(tmp_path: Path, newsroom: Newsroom) -> Iterator[Stage]:
    with NewsroomSite(newsroom) as site:
        stage = Stage(tmp_path, site, newsroom)
        try:
            yield stage
        finally:
            stage.end_strays()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def ask(port: int, path: str, body: Mapping[str, Any] | Sequence[Any] | None = None) -> Any:
    """Ask Prefect's API; None while it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        if body is None:
            connection.request("GET", f"/api{path}")
        else:
            connection.request("POST", f"/api{path}", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
    except OSError:
        return None
    finally:
        connection.close()
    assert response.status in (200, 201, 204), (path, response.status, answer)
    return json.loads(answer or b"null")


def finished(port: int) -> dict[str, Any] | None:
    """The first scheduled run that has ended; one that failed or crashed fails the test."""
    runs = ask(port, "/flow_runs/filter", {"sort": "EXPECTED_START_TIME_ASC", "flow_runs": {"start_time": {"is_null_": False}}})
    for run in runs or []:
        if run["state"]["type"] in ("FAILED", "CRASHED"):
            raise AssertionError(f"{run['name']}: {run['state']['name']}, {run['state']['message']}")
        if run["auto_scheduled"] and run["state"]["type"] == "COMPLETED" and run["state"]["name"] == "Completed":
            return dict(run)
    return None


def told_of(port: int, run: str) -> dict[str, set[str]] | None:
    """Keys of the artifacts that a run left, and the resources of our own events; None until both are there."""
    artifacts = {found["key"] for found in ask(port, "/artifacts/filter", {"flow_runs": {"id": {"any_": [run]}}}) or []}
    events = {
        found["resource"]["prefect.resource.id"]
        for found in ask(port, "/events/filter", {"filter": {"event": {"prefix": ["monitor."]}}})["events"]
    }
    return {"artifacts": artifacts, "events": events} if "run-report" in artifacts and events else None


def failed_check(pool: str) -> dict[str, Any]:
    """The event of a check that finds something, as the nightly flow emits it in a run of that pool."""
    return {
        "id": str(uuid.uuid4()),
        "occurred": dt.datetime.now(dt.UTC).isoformat(),
        "event": "monitor.check.failed",
        "resource": {"prefect.resource.id": "monitor.check.chain_holds"},
        "related": [{"prefect.resource.id": f"prefect.work-pool.{pool}", "prefect.resource.role": "work-pool"}],
        "payload": {"rows": 1},
    }


def rows(files: WarehouseFiles, statement: str) -> list[tuple[Any, ...]]:
    return query_copy(files, statement).rows


def reached(stage: Stage) -> list[str]:
    """What the processes tried to reach beyond this machine."""
    return stage.reached.read_text(encoding="utf-8").splitlines() if stage.reached.exists() else []


@pytest.fixture
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """PostgreSQL for Prefect's server, as docs/running.md advises where several processes run; its own SQLite where there is none."""
    return {} if why_not() else request.getfixturevalue("postgres_server").database_of_prefect()


def test_a_server_and_a_worker_run_the_deployment_on_its_schedule(stage, tmp_path, database):
    config, files = stage.settings("scheduled")
    project = tmp_path / "project"  # as in a clone: what the commands read there
    project.mkdir()
    shutil.copytree(ROOT / "flows", project / "flows", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", project)
    deployment = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    where = {"config": str(config), "progress_after": 0.0}
    for old, new in (
        ("interval: 600", f"interval: {INTERVAL}"),
        ("parameters: {}", f"parameters: {{where: {json.dumps(where)}}}"),
    ):
        assert old in deployment
        deployment = deployment.replace(old, new, 1)
    (project / "prefect.yaml").write_text(deployment, encoding="utf-8")

    port = free_port()
    api = {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    prefect = [sys.executable, "-m", "prefect"]
    command = [*prefect, "server", "start", "--no-ui", "--host", "127.0.0.1", "--port", str(port)]
    with stage.started("server", command, cwd=project, **database) as server:
        server.until(lambda: ask(port, "/health"), "a healthy server", within=STARTS)
        assert ask(port, "/admin/settings")["server"]["analytics_enabled"] is False
        stage.prefect("work-pool", "create", "local", "--type", "process", cwd=project, **api)
        stage.prefect("deploy", "--all", cwd=project, **api)
        nightly, deployed = sorted(ask(port, "/deployments/filter", {}), key=lambda found: str(found["entrypoint"]))
        assert nightly["concurrency_options"]["collision_strategy"] == "ENQUEUE"
        assert deployed["pull_steps"] == [{"prefect.deployments.steps.set_working_directory": {"directory": str(project)}}]
        assert deployed["global_concurrency_limit"]["limit"] == 1
        assert deployed["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
        with stage.started("worker", [*prefect, "worker", "start", "--pool", "local"], cwd=tmp_path, **api) as worker:
            run = worker.until(lambda: finished(port), "a scheduled run that completed")
        stage.prefect("automation", "create", "--from-file", str(ROOT / "docs" / "automation.yaml"), cwd=tmp_path, **api)
        told = server.until(lambda: told_of(port, run["id"]), "reports and events of the run")
        limits = {limit["name"]: limit["limit"] for limit in ask(port, "/v2/concurrency_limits/filter", {})}
        pool = ask(port, "/work_pools/local")
        ask(port, "/events", [failed_check(pool["id"])])
        server.until(lambda: ask(port, "/work_pools/local")["is_paused"] or None, "the automation that a failed check sets off")
    assert (stage.home / "prefect.db").exists() is not bool(database)
    assert run["deployment_id"] == deployed["id"]
    assert run["parameters"] == {"where": where}
    assert told["artifacts"] == {"run-report", "run-figures", "progress-collect", "progress-analyse"}
    assert told["events"] >= {
        f"monitor.proposal.opened.{name}"
        for (name,) in rows(files, "SELECT proposal_id FROM proposal WHERE mention_id IS NOT NULL")
    }
    assert [limit for name, limit in limits.items() if name.startswith("monitor-writer-")] == [1]

    ((articles,),) = rows(files, "SELECT count(*) FROM article")
    assert articles > 0
    assert rows(files, "SELECT count(*) FROM run WHERE finished_at IS NOT NULL")[0][0] >= 1
    assert [line for line in reached(stage) if REGISTRY not in line] == []


def test_the_flow_on_prefects_own_server_does_what_the_plain_pipeline_does(stage, newsroom, tmp_path):
    now = newsroom.moment(1).astimezone(dt.UTC)
    plain, _ = stage.settings("plain")
    expected = asyncio.run(run_cycle(load_pipeline(load_settings(plain), clock=lambda: now)))
    assert expected["article.extracted"] > 0

    config, files = stage.settings("flow")
    parameters = {"config": str(config), "now": now.isoformat()}
    # Not in the project's folder: there pyproject.toml would turn telemetry off as well.
    with stage.started("flow", [sys.executable, "-c", CALLER], cwd=tmp_path) as flow:
        [settings] = flow.until(lambda: flow.answers(1), "the settings", within=STARTS)
        assert settings == {"home": str(stage.home), "api": None, "server": False, "cloud": False, "client": False}
        flow.tell(where=parameters)
        _, first = flow.until(lambda: flow.answers(2), "the first run")
        assert (first["type"], first["name"]) == ("COMPLETED", "Completed")
        assert first["counts"] == dict(expected)
        with FileLock(files.run_lock, blocking=False):
            flow.tell(where=parameters)
            *_, second = flow.until(lambda: flow.answers(3), "the run beside another one")
        assert (second["type"], second["name"]) == ("COMPLETED", "Skipped")
        assert "another run is at work" in second["message"]
        flow.tell(what=parameters | {"backups": str(tmp_path / "backups"), "history_days": 1e-6})
        *_, third = flow.until(lambda: flow.answers(4), "the night's work")
        assert (third["type"], third["name"]) == ("COMPLETED", "Completed")
        assert third["counts"] | {"backup": 0} == {"checks": 0, "backup": 0, "retained": 0, "history": 2}
        flow.process.stdin.close()
        assert flow.process.wait(ENDS) == 0, flow.report()
    assert rows(files, "SELECT count(*), count(finished_at) FROM run") == [(1, 1)]
    (kept,) = (tmp_path / "backups").iterdir()
    assert len(json.loads((kept / "manifest.json").read_text())["files"]) == third["counts"]["backup"] > 0
    assert reached(stage) == []


def test_watch_lets_the_run_at_work_end(stage, tmp_path):
    config, files = stage.settings("watched")
    with stage.started("watch", watching(config), cwd=tmp_path) as watch:
        watch.until(lambda: files.live.exists() or None, "a run at work")
        assert not files.copy.exists()
        watch.process.terminate()
        ended_well(watch)
    assert rows(files, "SELECT count(*), count(finished_at) FROM run") == [(1, 1)]
    assert rows(files, "SELECT count(*) FROM article")[0][0] > 0
    assert reached(stage) == []


def test_a_watch_that_was_killed_with_its_server_works_again_at_once(stage, tmp_path):
    """Prefect's server takes to its grave who had the writer's place, and its database goes on counting it as taken. What is
    started then ends well at Ctrl-C, too, which goes to all of a terminal's processes: it must not take the server from the run."""
    config, files = stage.settings("killed")
    with stage.started("first", watching(config), cwd=tmp_path) as watch:
        watch.until(lambda: files.live.exists() or None, "a run at work")
        stage.end_strays()
        watch.process.wait(ENDS)
    assert not files.copy.exists()
    with stage.started("second", watching(config), cwd=tmp_path) as watch:
        watch.until(lambda: "Task run 'collect" in watch.report() or None, "a run at work")
        os.killpg(watch.process.pid, signal.SIGINT)
        ended_well(watch)
        assert "Skipped" not in watch.report()
    assert rows(files, "SELECT count(finished_at) FROM run") == [(1,)]
    assert rows(files, "SELECT count(*) FROM article")[0][0] > 0


def watching(config: Path) -> list[str]:
    return [str(Path(sys.executable).with_name("monitor")), "--config", str(config), "watch", "--every", "3600"]


def ended_well(watch: "Started") -> None:
    with suppress(subprocess.TimeoutExpired):
        watch.process.wait(STARTS)
    assert watch.process.returncode == 0, watch.report()
    assert "Crashed" not in watch.report()


def test_the_command_that_runs_without_prefect_does_not_import_it():
    """Prefect alone takes longer to import than all of a run on which nothing is due should spend on starting."""
    check = "import sys, monitor.cli.app, monitor.cli.running, monitor.cli.sql, monitor.cli.demo; print('prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=STARTS, check=True)
    assert done.stdout == "False\n"
