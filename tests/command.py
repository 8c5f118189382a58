"""How tests give a command of the program: in their own process by the fixtures of conftest.py, or in one of its own."""

import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from loopback import PROFILE, Loopback, answer, feeds_file, item, page, rss

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
RUN = [sys.executable, "-W", "error", "-c", "from monitor.cli import main; main()"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("MONITOR_", "FORCE_COLOR", "NO_COLOR"))}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


def in_a_process(folder: Path, *arguments: str | Path, environment: Mapping[str, str] = ENVIRONMENT, **options: Any) -> Ended:
    """A command in a process of its own; ``options`` go to subprocess.run."""
    if "preexec_fn" in options:  # a limit on its files would hit those of the tracing, too
        environment = {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}
    ended = subprocess.run(
        [*RUN, *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **options,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def fill_store(folder: Path) -> None:
    """Settings in ``folder``, and below it a warehouse that one run over a loopback outlet has filled."""
    text = ["Vestria put forward a new proposal for a 20-day truce between Norland and Sudmark, its envoy said on Monday."]
    text += ["Under the proposal, Sudmark would release five captives through the port and Norland would free 30 prisoners."]
    text += [f"Fishermen of pier {number} near Port Hallen sold {number * 3} crates before noon." for number in range(6)]
    with Loopback() as server:
        server.routes = {
            "/feed": answer(
                rss(item("Vestria proposes truce to Norland, “now” [live]", server.url("/one"))), "application/rss+xml"
            ),
            "/one": answer(page("Vestria proposes", *text)),
        }
        feeds_file(folder / "feeds.toml", server.url("/feed"), server.url("/missing"))
        settings = f'data = "store"\ntopic = "{PROFILE}"\nfeeds = "feeds.toml"\n[alerts]\nconsole = false\n[fetch]\npause_seconds = 0\nallow = ["127.0.0.1"]\n[extract]\nworkers = 1\n'
        (folder / "monitor.toml").write_text(settings, encoding="utf-8")
        ended = in_a_process(folder, "run", "--json")
    assert ended.code == 0, ended.err
    (folder / "ended.json").write_text(ended.out, encoding="utf-8")
    (folder / "errors.txt").write_text(ended.err, encoding="utf-8")


def full_disk(limit: int) -> Callable[[], None]:
    """For ``preexec_fn``: stands in for a full disk. No file of the process may grow beyond ``limit`` bytes.

    The system answers "File too large" instead of "No space left on device"; everything else is as on a full disk. Signals
    for it are off in Python.
    """

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return limited


def damage(path: Path, statement: str) -> None:
    """Change a byte of a DuckDB file so that it still opens and ``statement`` cannot be read: each block of 256 KiB has a checksum."""
    whole = path.read_bytes()
    for start in range(3 * 4096, len(whole), 2**18):
        path.write_bytes(whole[: start + 64] + bytes([whole[start + 64] ^ 255]) + whole[start + 65 :])
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                connection.execute("SELECT position FROM log.head").fetchall()
                try:
                    connection.execute(statement).fetchall()
                except duckdb.Error:
                    return
        except duckdb.Error:
            continue
    raise AssertionError("no byte was found")


@contextmanager
def held_open(path: Path) -> Iterator[None]:
    """Another process has a DuckDB file open for writing, as a person's shell would."""
    script = f"import duckdb, sys\nheld = duckdb.connect({str(path)!r})\nprint('open', flush=True)\nsys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield
        process.communicate()


@contextmanager
def read_only(folder: Path) -> Iterator[dict[str, Any]]:
    """Nothing can be made in ``folder``; gives the options for a process that is bound by that, as root is not."""
    folder.chmod(0o555)
    try:
        yield {"preexec_fn": _give_up_root_s_pass} if os.geteuid() == 0 else {}
    finally:
        folder.chmod(0o755)


def _give_up_root_s_pass() -> None:
    """What root starts next has not the capability to pass over the rights of files (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)."""
    if ctypes.CDLL(None).prctl(24, 1, 0, 0, 0):
        raise OSError("root cannot be bound by rights here")


def until(holds: Callable[[], object], seconds: float = 30) -> object:
    """Poll with a deadline."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s")


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    values = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")
