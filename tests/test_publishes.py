"""Readers while a copy is published again and again: no error, no mixture of two states, and the copy is the live file.

With blocks written into an old copy instead of copying the whole file, a reader could be left with a torn one. All files count as
large here, and the time of grace is short or long.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import pytest
from kill_driver import CONSISTENT, batch, look_at
from stores import held_open
from test_warehouse import registered

from monitor.warehouse import WarehouseFiles, copies, open_live, query_copy, read_copy
from monitor.warehouse.copies import publish_copy

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("killed")]

PUBLISHES = int(os.environ.get("PUBLISHES", "100"))  # 500 take a minute and hold the same
KEEPERS = 1

READER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from kill_driver import CONSISTENT, look_at
from monitor.warehouse import WarehouseFiles, read_copy
files, looks_a_connection = WarehouseFiles(Path(sys.argv[2])), int(sys.argv[3])
seen, connections = -1, 0
print("reading", flush=True)
is_over = False
while not is_over:
    is_over = (files.root / "over").exists()  # one more look after the last copy
    with read_copy(files) as connection:
        connections += 1
        states = {connection.execute(CONSISTENT).fetchall()[0] for _ in range(looks_a_connection)}
    for state in states:
        assert not look_at(state), look_at(state)
    assert len(states) == 1, f"one open copy showed several states: {states}"
    (state,) = states
    assert state[0] >= seen, f"the head went back from {seen} to {state[0]}"
    seen = state[0]
    time.sleep(0.1)  # readers that never rest leave the writer no processor on a small machine
print(connections, seen)
"""


@contextmanager
def readers(files: WarehouseFiles) -> Iterator[list[str]]:
    """Processes that open, ask and close, and some that ask very often before they close; gives what they say in the end."""
    said: list[str] = []
    processes = [
        subprocess.Popen([sys.executable, "-c", READER, str(Path(__file__).parent), str(files.root), str(looks)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for looks in [1] * 2 + [30] * KEEPERS
    ]  # fmt: skip
    with ExitStack() as stack:
        for process in processes:
            stack.enter_context(process)
            stack.callback(process.kill)
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "reading\n"
        yield said
        (files.root / "over").touch()
        for process in processes:
            out, errors = process.communicate(timeout=120)
            assert (process.returncode, errors) == (0, "")
            said.append(out.strip())


@pytest.mark.parametrize("grace", [0.05, 60.0])
def test_readers_see_one_state_each_during_many_publications(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grace: float
) -> None:
    """Every look at the copy is at one state of the log, none is older than the one before, none fails; with a short time of grace
    most publications write blocks into an old copy, with a long one all copy the whole file; the copy equals the live file."""
    monkeypatch.setattr(copies, "SMALL", 0)
    monkeypatch.setattr(copies, "GRACE", grace)
    files, patched = WarehouseFiles(tmp_path / "warehouse"), 0
    with open_live(files) as live:
        live.append(*batch(10001))
        live.publish()
    publishes = PUBLISHES if grace < 1 else PUBLISHES // 10
    with readers(files) as said:
        with open_live(files) as live:
            # As at the end of a run, but without opening the file anew for each: CHECKPOINT leaves it at rest.
            for number in range(publishes):
                if number % 5 == 0:  # the others change places without anything new in them
                    live.append(*batch(number)) if number % 20 == 0 else live.append([registered(number)])
                    live._connection.execute("CHECKPOINT")
                    if (
                        grace < 1 and files.spare.exists()
                    ):  # publications follow each other faster than a run's: let the spare grow old
                        time.sleep(max(0.0, grace - (time.time() - files.spare.stat().st_ctime)))
                written = publish_copy(files.live, files.copy, files.spare)
                patched += written < files.live.stat().st_size
        assert files.copy.read_bytes() == files.live.read_bytes()
    assert patched >= publishes // 25 if grace < 1 else patched == 0, patched  # a reader often has the spare open
    head = int(query_copy(files, "SELECT position FROM log.head").rows[0][0])
    assert [int(line.split()[1]) for line in said] == [head] * (2 + KEEPERS)


def changed(files: WarehouseFiles, number: int) -> int:
    """Append something and publish; gives the bytes written."""
    with open_live(files) as live:
        live.append([registered(number)])
        live._connection.execute("CHECKPOINT")
    return publish_copy(files.live, files.copy, files.spare)


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WarehouseFiles:
    """A warehouse whose file counts as large, with a copy and a spare."""
    monkeypatch.setattr(copies, "SMALL", 0)
    monkeypatch.setattr(copies, "GRACE", -1.0)
    files = WarehouseFiles(tmp_path / "warehouse")
    for number in (1, 2):
        changed(files, number)
    return files


def test_only_blocks_that_differ_are_written(large: WarehouseFiles) -> None:
    """One event more costs a part of the file; the copy is the live file to the last byte, and the spare is the copy before."""
    before = large.copy.read_bytes()
    written = changed(large, 3)
    assert written < large.live.stat().st_size
    assert large.copy.read_bytes() == large.live.read_bytes()
    assert large.spare.read_bytes() == before


def test_a_file_that_shrinks_is_cut(large: WarehouseFiles) -> None:
    """The spare was longer: nothing of its end stays."""
    with large.spare.open("ab") as spare:
        spare.write(b"x" * 3_000_000)
    changed(large, 3)
    assert large.copy.read_bytes() == large.live.read_bytes()


@pytest.mark.parametrize("is_here", [False, True])
def test_a_reader_of_the_copy_before_last_keeps_it(large: WarehouseFiles, is_here: bool) -> None:
    """Somebody reads on while two more copies are published: what they have open is not written into, be it another process or
    this one (whose own locks a process does not see)."""
    head = "SELECT position, (SELECT count(*) - 1 FROM log.event), (SELECT max(position) FROM log.event) FROM log.head"
    with ExitStack() as stack:
        before = large.copy.stat().st_ino
        if is_here:
            connection = stack.enter_context(read_copy(large))
            assert connection.execute(head).fetchall() == [(1, 1, 1)]
        else:
            stack.enter_context(reading(large.copy))
        descriptor = stack.enter_context(large.copy.open("rb"))
        content = descriptor.read()
        for number in (3, 4, 5):
            changed(large, number)
            descriptor.seek(0)
            assert descriptor.read() == content, f"written into at publication {number}"
        assert large.copy.stat().st_ino != before
        if is_here:
            assert connection.execute(head).fetchall() == [(1, 1, 1)]
    assert query_copy(large, head).rows == [(4, 4, 4)]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Another process has the file open for reading."""
    script = f"import duckdb, sys; connection = duckdb.connect({str(path)!r}, read_only=True); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield
        finally:
            process.communicate()


def test_a_publication_cut_off_between_link_and_replacement_does_no_harm(large: WarehouseFiles) -> None:
    """The spare is then the copy itself, by another name: nothing is written into it, and the next copy takes its place."""
    large.spare.unlink()
    large.spare.hardlink_to(large.copy)
    held = large.copy.open("rb")
    with held:
        content = held.read()
        changed(large, 3)
        held.seek(0)
        assert held.read() == content
    assert large.copy.read_bytes() == large.live.read_bytes()
    assert large.copy.stat().st_ino != large.spare.stat().st_ino


def test_what_a_cut_off_publication_left_is_cleared_up(large: WarehouseFiles) -> None:
    """A half copy of a process that is gone does not lie beside the copy for ever."""
    (large.root / f".{large.copy.name}.4711.new").write_bytes(b"half")
    changed(large, 3)
    assert sorted(path.name for path in large.root.iterdir()) == [".live", "monitor.duckdb"]


def test_somebody_who_wrote_into_the_copy_is_overruled(large: WarehouseFiles) -> None:
    """Opened for writing by hand and killed, they leave a log of changes beside it: no later copy shows them."""
    script = f"import duckdb, os; c = duckdb.connect({str(large.copy)!r}); c.execute('DELETE FROM feed'); os._exit(0)"
    subprocess.run([sys.executable, "-c", script], check=True)
    wal = large.copy.with_name(f"{large.copy.name}.wal")
    assert wal.exists()
    for number in (3, 4, 5):
        changed(large, number)
        assert query_copy(large, "SELECT count(*) FROM feed").rows == [(number,)]
    assert not wal.exists()


def test_a_copy_that_is_held_open_for_writing_is_left_to_its_holder(large: WarehouseFiles) -> None:
    """The run publishes beside it, and the next one again."""
    with held_open(large.copy):
        for number in (3, 4):
            changed(large, number)
        with duckdb.connect(str(large.copy), read_only=True) as connection:
            assert look_at(connection.execute(CONSISTENT).fetchall()[0]) == ""
    changed(large, 5)
    assert large.copy.read_bytes() == large.live.read_bytes()


def test_a_file_system_without_links_gets_whole_copies(large: WarehouseFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """No spare can be kept there; publishing goes on."""

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(copies.os, "link", refused)
    for number in (3, 4):
        changed(large, number)
        assert large.copy.read_bytes() == large.live.read_bytes()
    assert not large.spare.exists()
