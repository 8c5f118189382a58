"""What a user sees of each fault of the machine, and that nothing is lost: docs/faults.md, row by row.

A fault is put to a whole run, in a process of its own where it is a limit of the process. What the command says must hold the
words that the table quotes; after the repair that it names, one more run leaves what an undisturbed run leaves.
"""

import asyncio
import contextlib
import datetime as dt
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import ENVIRONMENT, Command, Ended, damage, full_disk, in_a_process, read_only
from loopback import PROFILE, Loopback, answer, feeds_file, item, page, rss

from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.settings import load_settings
from monitor.warehouse import WarehouseFiles, query_copy
from monitor.warehouse.files import relations

ROOT = Path(__file__).resolve().parents[1]
TABLE = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
TITLES = [f"Truce talks between Norland and Sudmark, day {number}" for number in range(6)]
TEXT = "Vestria put forward a proposal for a {}-day truce between Norland and Sudmark, its envoy said on Monday."


def quoted(name: str) -> list[str]:
    """The words that the row of a test says a user sees."""
    (row,) = [line for line in TABLE.splitlines() if f"::{name}`" in line]
    return re.findall(r"“([^”]+)”", row)


def saw(name: str, ended: Ended, *, code: int | None = None) -> None:
    """The command ended with the code and the words of the table, and with no traceback."""
    told = " ".join((ended.err + ended.out).split())
    print("SAW", name, ended.code, told[-900:])
    for words in quoted(name):
        assert words in told, told[-2000:]
    assert "Traceback" not in told
    assert code is None or ended.code == code, told[-2000:]


@pytest.fixture(scope="module")
def outlet() -> Iterator[Loopback]:
    """Two feeds with six articles."""
    with Loopback() as server:
        pages = {
            f"/{number}": answer(page(title, *[TEXT.format(10 + number), *_harbour(number)]))
            for number, title in enumerate(TITLES)
        }
        server.routes = pages | {
            "/feed": answer(
                rss(*(item(title, server.url(f"/{number}")) for number, title in enumerate(TITLES[:4]))), "application/rss+xml"
            ),
            "/other": answer(
                rss(*(item(title, server.url(f"/{number}")) for number, title in enumerate(TITLES) if number > 2)),
                "application/rss+xml",
            ),
        }
        yield server


def _harbour(number: int) -> list[str]:
    return [
        f"Fishermen of pier {number * 10 + line} near Port Hallen sold {line * 3 + number} crates before noon."
        for line in range(6)
    ]


def prepare(folder: Path, outlet: Loopback) -> Path:
    """Settings for a warehouse in ``folder``/store."""
    folder.mkdir(parents=True, exist_ok=True)
    feeds_file(folder / "feeds.toml", outlet.url("/feed"), outlet.url("/other"))
    (folder / "monitor.toml").write_text(
        f'data = "store"\ntopic = "{PROFILE}"\nfeeds = "feeds.toml"\n[alerts]\nconsole = false\nhold_minutes = 0\n'
        '[fetch]\npause_seconds = 0\nallow = ["127.0.0.1"]\n[extract]\nworkers = 1\n',
        encoding="utf-8",
    )
    return folder


def run(folder: Path) -> None:
    """A run to which nothing happens, in this process."""
    asyncio.run(run_cycle(load_pipeline(load_settings(folder / "monitor.toml"))))


def files(folder: Path) -> WarehouseFiles:
    return WarehouseFiles(folder / "store")


def known(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a warehouse knows, but for moments and runs: the complete log is the one that gives the same."""
    asked = {
        "entries": "SELECT entry_id, article_id, url, title FROM entry",
        "articles": "SELECT article_id, title, body_sha256, verdict, revisions FROM article",
        "mentions": "SELECT article_id, ordinal, quote FROM mention",
        "proposals": "SELECT kind, proposers FROM proposal",
        "alerts": "SELECT kind, count(*) FROM alert GROUP BY kind",
        "outcomes": "SELECT entry_id, outcome FROM report.entry_outcome",
    }
    return {name: sorted(query_copy(files(folder), statement).rows, key=repr) for name, statement in asked.items()}


def is_whole(folder: Path) -> None:
    """No check finds anything: no event twice, no gap, the chain holds, every entry has one outcome."""
    assert {name: query_copy(files(folder), f'FROM "check"."{name}"').rows for name in relations("check")} == dict.fromkeys(
        relations("check"), []
    )


@pytest.fixture(scope="module")
def undisturbed(outlet: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after a run to which nothing happened."""
    folder = prepare(tmp_path_factory.mktemp("undisturbed") / "here", outlet)
    run(folder)
    assert len(known(folder)["articles"]) == len(TITLES)
    return folder


@pytest.fixture
def here(outlet: Loopback, tmp_path: Path) -> Path:
    """A folder in which nothing has run yet."""
    return prepare(tmp_path / "here", outlet)


@pytest.fixture
def after(undisturbed: Path, tmp_path: Path) -> Path:
    """A copy of the folder after the undisturbed run."""
    shutil.copytree(undisturbed, tmp_path / "after")
    return tmp_path / "after"


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A file system of its own in ``folder``, of ``size``; gives what makes it larger. Skips where nothing may be mounted."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here; test_a_limit_on_files_stops_a_run has a limit of the process instead")
    try:
        yield lambda larger: subprocess.run(["mount", "-o", f"remount,size={larger}", str(folder)], check=True) and None
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@pytest.mark.skipif(shutil.which("mount") is None or os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("size", ["300k", "6m"])
def test_a_full_disk(monitor: Command, here: Path, undisturbed: Path, size: str) -> None:
    """A real file system that is full, at once or in the middle; with room the next run is complete."""
    with small_disk(here / "store", size) as enlarge:
        saw("test_a_full_disk", monitor("--config", here / "monitor.toml", "run"), code=4)
        enlarge("200m")
        run(here)
        assert known(here) == known(undisturbed)
        is_whole(here)


def test_a_limit_on_files_stops_a_run(here: Path, undisturbed: Path) -> None:
    """No file may grow beyond a limit, as a quota has it."""
    saw("test_a_limit_on_files_stops_a_run", in_a_process(here, "run", preexec_fn=full_disk(200_000)), code=4)
    run(here)
    assert known(here) == known(undisturbed)
    is_whole(here)


def test_a_warehouse_that_may_only_be_read(after: Path, undisturbed: Path) -> None:
    """Reading goes on; writing says so, and goes on when the rights are back."""
    places = [after / "store", *(path for path in (after / "store").rglob("*") if path.is_dir())]
    with read_only(after / "store") as options:
        for place in places:
            place.chmod(0o555)
        saw("test_a_warehouse_that_may_only_be_read", in_a_process(after, "run", **options), code=4)
        assert len(known(after)["articles"]) == len(TITLES)
    for place in places:
        place.chmod(0o755)
    run(after)
    assert known(after) == known(undisturbed)


def test_a_clock_that_jumps(monitor: Command, here: Path, undisturbed: Path) -> None:
    """A year ahead, back again, and to the right time: nothing twice, nothing lost, and doctor says what is wrong."""
    now = dt.datetime.now(dt.UTC)
    for jump in (dt.timedelta(days=365), dt.timedelta(days=-3), dt.timedelta(0)):
        pipeline = load_pipeline(load_settings(here / "monitor.toml"), clock=lambda jump=jump: now + jump)
        asyncio.run(run_cycle(pipeline))
        is_whole(here)
    saw("test_a_clock_that_jumps", monitor("--config", here / "monitor.toml", "doctor"), code=1)
    assert {name: rows for name, rows in known(here).items() if name != "alerts"} == {
        name: rows for name, rows in known(undisturbed).items() if name != "alerts"
    }


def test_too_few_file_descriptors(here: Path, undisturbed: Path) -> None:
    """A limit that a service manager sets too low."""

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))

    saw("test_too_few_file_descriptors", in_a_process(here, "run", preexec_fn=few), code=4)
    run(here)
    assert known(here) == known(undisturbed)
    is_whole(here)


def test_workers_that_are_killed(monitor: Command, here: Path, undisturbed: Path) -> None:
    """The system kills a process that reads pages, as it does when memory is short: its page is read by the next one."""
    killed: list[int] = []
    is_over = threading.Event()
    before = set(children(os.getpid()))

    def hunt() -> None:
        while not killed and not is_over.wait(0.01):
            for child in set(children(os.getpid())) - before:
                with contextlib.suppress(OSError):  # gone between the look and the question
                    parent = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[1]
                    if b"forkserver" in Path(f"/proc/{parent}/cmdline").read_bytes():
                        os.kill(child, signal.SIGKILL)
                        killed.append(child)

    hunter = threading.Thread(target=hunt)
    hunter.start()
    try:
        with (here / "monitor.toml").open("a") as file:
            file.write("recycle_after = 499\n")  # workers of its own
        ended = monitor("--config", here / "monitor.toml", "run")
    finally:
        is_over.set()
        hunter.join()
    assert killed
    saw("test_workers_that_are_killed", ended, code=0)
    assert known(here) == known(undisturbed)
    is_whole(here)


def children(process: int) -> list[int]:
    """The processes that a process has started, and those that these have, as Linux lists them."""
    found = [int(child) for path in Path(f"/proc/{process}/task").glob("*/children") for child in path.read_text().split()]
    return found + [grandchild for child in found for grandchild in children(child)]


def test_a_run_that_is_killed(monitor: Command, here: Path, undisturbed: Path, outlet: Loopback) -> None:
    """SIGKILL while pages are fetched; the next run takes up what was left."""
    environment = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-c", "from monitor.cli import main; main()", "run"]
    before = len(outlet.requests)
    with subprocess.Popen(command, cwd=here, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(outlet.requests) < before + 4:
            time.sleep(0.005)  # until it has asked for something; nothing is asserted on it
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    saw("test_a_run_that_is_killed", monitor("--config", here / "monitor.toml", "run"), code=0)
    assert known(here) == known(undisturbed)
    is_whole(here)


def test_a_soft_limit_of_open_files_is_raised(here: Path, undisturbed: Path) -> None:
    """Where the system lets a process help itself, as it does on most desktops."""

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    assert in_a_process(here, "run", preexec_fn=few).code == 0
    assert known(here) == known(undisturbed)


def test_a_damaged_warc_file(monitor: Command, after: Path) -> None:
    """Named by the check with file and place; whole again from a backup; runs and questions go on meanwhile."""
    path = max((after / "store" / "archive").rglob("pages-*.warc.gz"))
    good = path.read_bytes()
    path.write_bytes(good[: len(good) // 2] + bytes(200) + good[len(good) // 2 + 200 :])
    saw("test_a_damaged_warc_file", monitor("--config", after / "monitor.toml", "archive", "check"), code=1)
    run(after)
    path.write_bytes(good + path.read_bytes()[len(good) :])
    assert monitor("--config", after / "monitor.toml", "archive", "check").code == 0
    is_whole(after)


def test_a_damaged_live_file(monitor: Command, after: Path, undisturbed: Path) -> None:
    """`monitor recover`, as the message says."""
    shutil.copyfile(PROFILE, files(after).live)
    saw("test_a_damaged_live_file", monitor("--config", after / "monitor.toml", "run"), code=4)
    assert monitor("--config", after / "monitor.toml", "recover").code == 0
    run(after)
    assert known(after) == known(undisturbed)
    is_whole(after)


def test_a_damaged_copy(monitor: Command, after: Path, undisturbed: Path) -> None:
    """Questions say so; `monitor rebuild`, or the next run, publishes a new one."""
    damage(files(after).copy, "SELECT max(data) FROM log.event")
    saw("test_a_damaged_copy", monitor("--config", after / "monitor.toml", "sql", "SELECT max(data) FROM log.event"), code=4)
    assert monitor("--config", after / "monitor.toml", "rebuild").code == 0
    assert known(after) == known(undisturbed)
    is_whole(after)


def test_every_row_of_the_table_has_its_test_and_every_test_its_row() -> None:
    """A fault that nobody puts to the program is a promise."""
    named = re.findall(r"`tests/test_faults\.py::(\w+)`", TABLE)
    here = [name for name in globals() if name.startswith("test_") and quoted_or_none(name)]
    assert sorted(named) == sorted(here)
    for file, function in re.findall(r"`(tests/\w+\.py)::(\w+)`", TABLE):
        assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{function}"


def quoted_or_none(name: str) -> bool:
    return f"test_faults.py::{name}`" in TABLE or f'saw("{name}"' in Path(__file__).read_text(encoding="utf-8")
