"""What several test modules share. Countries, people, outlets and texts in these tests are fictional."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from command import Command, Ended, fill_store
from filelock import FileLock
from hypothesis import settings
from postgres import Postgres, postgres, why_not

from monitor.cli import main
from monitor.cli.demo import run_demo
from monitor.topics import TopicProfile, load_topic
from monitor.warehouse import WarehouseFiles, open_live
from monitor.warehouse import live as live_module

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SHARED = ROOT.parent / "shared" / "data"  # lies beside the project, never inside it

# The same examples in every run: a property that fails must fail for everybody, not once in a while.
settings.register_profile("monitor", derandomize=True, deadline=None, database=None, max_examples=150)
settings.load_profile("monitor")


def pytest_configure() -> None:
    """Where a shell started the tests in the background, Ctrl-C is switched off in them and in every program that they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file go to one process, unless it names another group: what they share is made once."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def pytest_make_parametrize_id(val: object) -> str | None:
    """A long text is named by its beginning and length; pytest would make the whole of it the test's name."""
    if isinstance(val, str | bytes) and len(val) > 100:
        begin = val[:40] if isinstance(val, str) else val[:40].decode("ascii", "backslashreplace")
        return f"{begin.encode('unicode_escape').decode()} ({len(val)})"
    return None


@pytest.fixture(scope="session")
def profile() -> TopicProfile:
    """The fictional Norland-Sudmark conflict, mediated by Vestria, with the shipped English pack."""
    return load_topic(TESTS / "data" / "topics" / "norland-sudmark.toml", packs_dir=ROOT / "warehouse" / "topics" / "language")


@pytest.fixture
def monitor(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Command]:
    """Run a command in this process, in an empty working folder and without settings of the machine's."""
    for name in [name for name in os.environ if name.upper().startswith("MONITOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str | Path) -> Ended:
        capsys.readouterr()
        try:
            main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings and a warehouse that one run over a loopback outlet has filled. Tests only read it."""
    folder = tmp_path_factory.mktemp("cli")
    fill_store(folder)
    return folder


@pytest.fixture
def asked(monitor: Command, store: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The same, in the folder with the filled warehouse."""
    monkeypatch.chdir(store)
    return monitor


@pytest.fixture(scope="session")
def original_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's folder after its four polls: fictional outlets, articles, an archive, alerts. Run once; tests only read it.

    Once for all processes of a test run, which share the folder above their own, since it takes a quarter of a minute. In a
    thread of its own: where a browser is driven, this one has an event loop already.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    made, begun = shared / "original" / "demo", shared / "original" / "begun"
    with FileLock(shared / "original.lock"):
        if not made.exists():
            shutil.rmtree(begun, ignore_errors=True)
            with ThreadPoolExecutor(1) as thread:
                thread.submit(run_demo, begun, with_prefect=False, quiet=True).result()
            begun.rename(made)
    return made


@pytest.fixture
def demo(original_demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo's folder, to do things to."""
    return Path(shutil.copytree(original_demo, tmp_path / "demo"))


@pytest.fixture(scope="session", autouse=True)
def _new_files_are_copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A live file that is not there yet is a copy of one that the program has just made: its two hundred relations and views take a second.

    In this process only; what cannot be copied (a full disk, a folder without rights) is left to the program.
    """
    connect, made = live_module._connect, list[Path]()

    def connected(files: WarehouseFiles, patience: float) -> duckdb.DuckDBPyConnection:
        if files.lake is None and not files.live.exists():
            if not made:
                new = WarehouseFiles(tmp_path_factory.mktemp("new") / "warehouse")
                made.append(new.live)
                live_module._connect = connect
                with open_live(new):
                    pass
                live_module._connect = connected
            with suppress(OSError):
                live_module._copy_whole(made[0], files.live)
        return connect(files, patience)

    live_module._connect = connected
    yield
    live_module._connect = connect


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL for this process's tests; they are skipped where none can be had."""
    if reason := why_not():
        pytest.skip(reason)
    with postgres() as server:
        yield server
