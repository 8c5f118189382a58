"""What several test modules share. Countries, people, outlets and texts in these tests are fictional."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Command, Ended, fill_store
from hypothesis import settings

from monitor.cli import main
from monitor.topics import TopicProfile, load_topic

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SHARED = ROOT.parent / "shared" / "data"  # lies beside the project, never inside it

# The same examples in every run: a property that fails must fail for everybody, not once in a while.
settings.register_profile("monitor", derandomize=True, deadline=None, database=None, max_examples=150)
settings.load_profile("monitor")


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
