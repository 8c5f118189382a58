"""Test support, no tests: the ways in which a batch gets into a warehouse, behind one face."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock

from monitor.events import Event
from monitor.warehouse import Appended, LiveWarehouse, WarehouseFiles, open_live, read_copy
from monitor.warehouse.lake import open_lake
from monitor.warehouse.spool import Batch, Spool

KINDS = ("live", "standin", "spool", "lake")


@contextmanager
def held_open(path: Path) -> Iterator[int]:
    """Another process has the file open for writing, as somebody's shell would; gives its process id."""
    script = f"import duckdb, sys; connection = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process.pid
        finally:
            process.communicate()


class Store:
    """One way in. ``live``: the live file is opened; ``standin``: another process holds it, so runs work on what stands in for
    it; ``spool``: a batch is only made durable, and some other opening takes it in later; ``lake``: the file is a replica of a lake,
    and each batch comes from another machine, which has a replica of its own."""

    def __init__(self, kind: str, files: WarehouseFiles) -> None:
        self.kind, self.files = kind, files
        self._held = ExitStack()

    def __enter__(self) -> Store:
        if self.files.lake is not None:
            with open_lake(self.files.lake, is_new=True):
                pass
        with open_live(self.files) as live:
            live.publish()
        if self.kind == "standin":
            self._held.enter_context(held_open(self.files.live))
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    @property
    def spool(self) -> Path:
        """The spool that the batches go through."""
        return (
            (self.files.root.with_name(f"{self.files.root.name}-another") / ".live" / "spool")
            if self.kind == "lake"
            else self.files.spool
        )

    @property
    def tells(self) -> bool:
        """Does an append say what came of it? Into the spool it cannot."""
        return self.kind != "spool"

    def append(
        self, events: Sequence[Event], bodies: Iterable[tuple[str, str]] = (), *, expected: Mapping[str, int] | None = None
    ) -> Appended | None:
        """Bring a batch in, in an opening of its own; publish."""
        return append(self.kind, self.files, events, bodies, expected=expected)

    @contextmanager
    def settled(self) -> Iterator[LiveWarehouse]:
        """The live file, free and with everything in it."""
        self._held.close()
        with open_live(self.files) as live:
            yield live
            live.publish()


def append(
    kind: str,
    files: WarehouseFiles,
    events: Sequence[Event],
    bodies: Iterable[tuple[str, str]] = (),
    *,
    expected: Mapping[str, int] | None = None,
    who: str = "another",
) -> Appended | None:
    """One batch by one of the ways; also what a writing process of a test does."""
    if kind == "spool":
        if events:
            with FileLock(files.lock, timeout=60), read_copy(files) as copy:  # as a run that dies before it commits
                ((spooled,),) = copy.execute("SELECT spooled FROM log.head").fetchall()
                Spool(files.spool).put(Batch.of(events, bodies, expected), after=spooled)
        return None
    if kind == "lake":
        there = WarehouseFiles(files.root.with_name(f"{files.root.name}-{who}"), files.lake)
        with open_live(there) as live:
            return live.append(events, bodies, expected=expected)
    with open_live(files, or_standin=kind == "standin") as live:
        appended = live.append(events, bodies, expected=expected)
        live.publish()
    return appended
