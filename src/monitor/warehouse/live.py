"""The live file: append a batch and advance every relation in one transaction, under an operating-system lock.

The append (``warehouse/log/sift.sql``, ``append.sql``) is the one measured for an unindexed table (CONTRIBUTING.md, design notes): the batch
comes as JSON, known ids fall out by an anti-join over the part of the log in which they can lie, positions come from the
single row of ``log.head``, and the batch becomes the next link of the hash chain.
"""

import datetime as dt
import errno
import logging
import os
import random
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from ..errors import BatchError, ConflictError, WarehouseError, WarehouseLockedError
from ..events import RECURRING, Event
from .copies import publish_copy
from .files import PROJECTIONS, WarehouseFiles, sql, statements
from .rows import WorkLists
from .schema import drop_views, make_relations, make_views, prepare
from .spool import Batch, Spool

LOCK_PATIENCE = 60.0  # seconds to wait for another run of ours
SHELL_PATIENCE = 5.0  # seconds to wait for a person's shell before a run goes on without the live file
PUBLISH_EVERY = 5.0  # seconds between two copies in the course of a run; its end always publishes
CONFIG: dict[str, str | bool | int | float | list[str]] = {"storage_compatibility_version": "v1.2.0", "zstd_min_string_length": "256",
          "checkpoint_threshold": "256MB", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
# What a batch cannot help: the disk, memory, a file that broke under us. It waits in the spool. Everything else is its own fault.
_NOT_THE_BATCH = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InternalException, duckdb.InterruptException)

_WAITS = ("Make room or mend the rights; the batch waits in the spool, and the next run takes it in. "
          "If the file is damaged, `monitor recover` makes it afresh.")

_RIGHTS = "Mend the rights, or name another folder with --data or MONITOR_DATA."
_WAYS_OUT = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _RIGHTS),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
                    "Make room or mend the rights; what is recorded is kept, the batch waits in the spool, and the next run takes it in."),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "Raise the limit of open files (`ulimit -n`); what is recorded is kept, the next run goes on."),
}

log = logging.getLogger("monitor.warehouse")


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append added: the new events' ids, and how many of each type; ``known`` were there already."""

    new: frozenset[uuid.UUID]
    counts: dict[str, int]
    known: int


class LiveWarehouse:
    """The open live file. Use only inside ``with open_live(...)``: nothing slow may happen meanwhile."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, files: WarehouseFiles) -> None:
        self._connection = connection
        self.spool = Spool(files.spool)
        self.files = files
        self.read = WorkLists(connection)
        self.is_changed = False
        self.is_to_publish = False

    def append(self, events: Sequence[Event], bodies: Iterable[tuple[str, str]] = (), *, expected: Mapping[str, int] | None = None) -> Appended:
        """Append a batch, keep its texts (pairs of SHA-256 and text) and advance the relations: all of it or nothing.

        Events whose id is in the log already, or twice in the batch, are left out. An empty batch does nothing. ``expected``
        says how many events a stream must have in the log (0: it must be new) for the batch to hold; ConflictError when
        it has another number and the batch is not there already. When the disk fails, the batch waits in the spool.
        """
        if not events:
            return Appended(frozenset(), {}, 0)
        batch = Batch.of(events, bodies, expected)
        if self.spool.waiting(self.spooled()):
            self.drain()  # one that the disk or memory refused a moment ago: behind a later number it would never be taken in
        number = self.spool.put(batch, after=self.spooled())
        added = self.commit(number, batch)
        counts: dict[str, int] = {}
        for _, wire in added:
            counts[wire] = counts.get(wire, 0) + 1
        return Appended(frozenset(event_id for event_id, _ in added), counts, len(events) - len(added))

    def commit(self, number: int, batch: Batch) -> list[tuple[uuid.UUID, str]]:
        """Put the batch of a file of the spool into the log; gives the ids and types of what was new, in order."""
        run = self._connection.execute
        try:
            with self._transaction():
                for name, value in (("events", batch.events), ("bodies", batch.bodies), ("spooled", number), ("recurring", list(RECURRING))):
                    run(f"SET VARIABLE {name} = ?", [value])
                run(sql("log", "sift"))
                added = run(sql("log", "append")).fetchall()
                if added:
                    self._check(batch.expected, {event_id for event_id, _ in added})
                    self._advance({wire for _, wire in added})
        except duckdb.Error as error:
            if _is_the_disk(error):
                raise WarehouseError(f"the disk or the file failed: {_line(error)}", subject=str(self.files.live),
                                     way_out=_WAITS) from error
            self._set_aside(number)
            raise
        except ConflictError:
            self._set_aside(number)
            raise
        self.is_changed = self.is_changed or bool(added)
        return added

    def _set_aside(self, number: int) -> None:
        for waiting, path in self.spool.waiting(number - 1):
            if waiting == number:
                self.spool.refuse(path)

    def drain(self) -> int:
        """Take in what waits in the spool, in order; gives the number of batches. What cannot be taken is set aside, with a warning."""
        taken = 0
        for number, path in self.spool.waiting(self.spooled()):
            try:
                self.commit(number, self.spool.read(path))
                taken += 1
            except (duckdb.Error, ConflictError) as error:
                log.warning("a batch of the spool was set aside in %s: %s", path.parent / "refused", _line(error))
            except BatchError as error:
                log.warning("a batch of the spool was set aside: %s", error)
                self.spool.refuse(path)
        return taken

    def spooled(self) -> int:
        """The number of the last file of the spool that is in the log."""
        return int(self._connection.execute("SELECT spooled FROM log.head").fetchall()[0][0])

    def _check(self, expected: Mapping[str, int] | None, new: set[uuid.UUID]) -> None:
        """Raise ConflictError when a stream has not as many events, without those of this batch, as the batch was made for."""
        for stream, count in (expected or {}).items():
            found = self._connection.execute(
                "SELECT count(*) FILTER (NOT list_contains(?::UUID[], event_id)) FROM log.event WHERE stream = ?", [list(new), stream]).fetchall()[0][0]
            if found != count:
                raise ConflictError(f"has {found} events, not {count}: another process was faster", subject=stream,
                                    way_out="Nothing of this batch was kept; the work is done again on what is there now.")

    def _advance(self, types: set[str]) -> None:
        """Let the relations read what is fresh; statements that name none of ``types`` have nothing to read."""
        for name in PROJECTIONS:
            for statement, read in statements(name):
                if types & read:
                    self._connection.execute(statement)
        self._connection.execute("UPDATE log.checkpoint SET position = (SELECT position FROM log.head)")

    def rebuild(self, names: Sequence[str] = PROJECTIONS) -> None:
        """Make relations afresh from the log, in one transaction. Raises WarehouseError for a name that is none."""
        if unknown := sorted(set(names) - set(PROJECTIONS)):
            raise WarehouseError("is no relation that is made from the log", subject=", ".join(unknown),
                                 way_out=f"There are: {', '.join(PROJECTIONS)}.")
        with self._transaction():
            drop_views(self._connection)
            make_relations(self._connection, list(names))
            make_views(self._connection)
        self.is_changed = True

    def query(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement that reads; for the modules beside this one."""
        return self._connection.execute(statement, parameters).fetchall()

    def redact(self, masked: str, texts: Sequence[str]) -> None:
        """Replace the data of events (JSON: event_id, data), remove texts by SHA-256 and make the relations afresh; see ``redact``."""
        with self._transaction():
            self._connection.execute("SET VARIABLE masked = ?", [masked])
            self._connection.execute("SET VARIABLE removed = ?", [list(texts)])
            self._connection.execute(sql("log", "redact"))
        self.rebuild()

    def set_clock(self, now: dt.datetime) -> None:
        """Let the work lists take ``now`` for the present moment."""
        self._connection.execute("SET VARIABLE now = ?::TIMESTAMP", [now.astimezone(dt.UTC).replace(tzinfo=None)])

    def publish(self) -> None:
        """Let the copy that people read be replaced when this warehouse is closed."""
        self.is_to_publish = True

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.interrupt()  # after Ctrl-C the statement is still at work in DuckDB's threads, and the next waits for it
            with suppress(duckdb.Error):  # a file that broke has ended the transaction itself
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


@contextmanager
def open_live(files: WarehouseFiles, *, now: dt.datetime | None = None, patience: float = LOCK_PATIENCE,
              or_standin: bool = False) -> Iterator[LiveWarehouse]:
    """Open the live file for writing: our lock first, then DuckDB's, then the schema and the spool; closed on leaving.

    Waits up to ``patience`` seconds for either lock. With ``or_standin``, a file that somebody else keeps open is stood in for
    by the copy and the spool behind it, so that a run goes on. Raises WarehouseLockedError when the file is kept open,
    WarehouseError when it cannot be opened at all. ``now`` is the present moment for the work lists.
    """
    try:
        files.live.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(files.lock, timeout=patience):
            connection, path = _connect_any(files, patience, or_standin=or_standin)
            try:
                for name in prepare(connection, files if path == files.live else None):
                    log.debug("made afresh from the log: %s", name)
                live = _warehouse(connection, files)
                waited = live.drain()
                if path == files.live and files.standin.exists():
                    log.warning("the warehouse is free again: %d batches were taken in from the spool", waited)
                    _remove(files.standin)
                if now is not None:
                    live.set_clock(now)
                yield live
                if live.is_to_publish or (live.is_changed and _age(files.copy) > PUBLISH_EVERY):
                    connection.execute("CHECKPOINT")
                    spooled = connection.execute("SELECT spooled FROM log.head").fetchall()[0][0]
                    _close(connection, files)
                    _publish(files, path, spooled)
            finally:
                with suppress(duckdb.Error):
                    connection.interrupt()
                    _close(connection, files)
    except Timeout as error:
        raise WarehouseLockedError(f"another process writes to it for more than {patience:g} s", subject=str(files.live),
                                   way_out="Wait for that run to end, then start again.") from error
    except OSError as error:
        raise WarehouseError(f"cannot be written: {error.strerror}", subject=str(files.root), way_out=_WAYS_OUT.get(error.errno or 0, _RIGHTS)) from error
    except duckdb.Error as error:
        raise WarehouseError(_line(error), subject=str(files.live),
                             way_out=_way_out_of(error, _WAITS if _is_the_disk(error) else "Nothing of this batch was kept. If it happens again, "
                                                 "`monitor recover` makes the file afresh.")) from error


def _is_the_disk(error: duckdb.Error) -> bool:
    """Whether something failed that a batch cannot help. A commit that fails has run all of the batch's statements: the disk refused."""
    return isinstance(error, _NOT_THE_BATCH) or (isinstance(error, duckdb.TransactionException) and "failed to commit" in str(error).lower())


def _way_out_of(error: duckdb.Error, otherwise: str) -> str:
    """What to do about a fault of the system that DuckDB passes on in the system's words, in whichever error it wraps it."""
    text = str(error).lower()
    return next((way for number, way in _WAYS_OUT.items() if os.strerror(number).lower() in text), otherwise)


def _warehouse(connection: duckdb.DuckDBPyConnection, files: WarehouseFiles) -> LiveWarehouse:
    """The warehouse of the open file; a replica has followed its lake."""
    if files.lake is None:
        return LiveWarehouse(connection, files)
    from .replica import ReplicaWarehouse

    replica = ReplicaWarehouse(connection, files)
    replica.follow()
    return replica


def _close(connection: duckdb.DuckDBPyConnection, files: WarehouseFiles) -> None:
    if files.lake is not None:
        from .lake import detach

        detach(connection)
    connection.close()


def _publish(files: WarehouseFiles, source: Path, spooled: int) -> None:
    """Copy the closed file, and let go of the spool's files that the copy holds now."""
    if publish_copy(source, files.copy, files.spare) and source == files.live:
        Spool(files.spool).remove(spooled)


def _age(path: Path) -> float:
    """Seconds since a file was written; infinite for one that is not there."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")


def _connect_any(files: WarehouseFiles, patience: float, *, or_standin: bool) -> tuple[duckdb.DuckDBPyConnection, Path]:
    """The live file, or what stands in for it; and which of them it is."""
    if not files.live.exists() and files.copy.exists():
        log.warning("the live file was missing; it is made from the copy of %s and the spool",
                    dt.datetime.fromtimestamp(files.copy.stat().st_mtime, dt.UTC).strftime("%Y-%m-%d %H:%M UTC"))
        restore(files)
    elif not files.live.exists():
        if (waiting := Spool(files.spool).waiting()) and waiting[0][0] > 1:
            raise WarehouseError(
                f"the file and its copy are gone, but the spool holds what came after them (from batch {waiting[0][0]} on)", subject=str(files.live),
                way_out=f"Restore a backup of this folder. To begin anew without what was before, move {files.spool} away first.")
        _remove(files.live)  # a log of changes without its file
    if not or_standin:
        return _connect(files, patience), files.live
    try:
        # Once somebody is known to hold the file, a run does not wait for them at each of its steps.
        return _connect(files, 0.1 if files.standin.exists() else min(patience, SHELL_PATIENCE)), files.live
    except WarehouseLockedError as error:
        if not files.standin.exists():
            if not files.copy.exists() and not any(number == 1 for number, _ in Spool(files.spool).waiting()):
                raise  # the spool alone is not the whole warehouse, and what it is given would get numbers that the live file has
            log.warning("%s; the run goes on, and what it finds waits in the spool", error.message)
            _make_standin(files)
    return _connect_standin(files), files.standin


def _make_standin(files: WarehouseFiles) -> None:
    """The copy, or nothing where the spool has everything."""
    _remove(files.standin)
    if files.copy.exists():
        _copy_whole(files.copy, files.standin)


def _connect_standin(files: WarehouseFiles) -> duckdb.DuckDBPyConnection:
    """The stand-in; one that cannot be opened any more is made again, since the copy and the spool have all that it had."""
    try:
        return duckdb.connect(str(files.standin), config=_config(files))
    except duckdb.Error as error:
        log.warning("what stands in for the live file was damaged and is made again: %s", _line(error))
        _make_standin(files)
        return duckdb.connect(str(files.standin), config=_config(files))


def _config(files: WarehouseFiles) -> dict[str, str | bool | int | float | list[str]]:
    """A replica loads extensions whose signatures were checked when this process loaded them first; see ``lake``."""
    return CONFIG if files.lake is None else {**CONFIG, "allow_unsigned_extensions": "true"}


def _connect(files: WarehouseFiles, patience: float) -> duckdb.DuckDBPyConnection:
    """DuckDB's own lock can be held only by somebody who opened the live file by hand: wait, then say who."""
    end = time.monotonic() + patience
    while True:
        try:
            return duckdb.connect(str(files.live), config=_config(files))
        except duckdb.Error as error:
            if not isinstance(error, duckdb.IOException) or "could not set lock" not in str(error).lower():  # a path may have "lock" in it
                raise WarehouseError(_line(error), subject=str(files.live),
                                     way_out=_way_out_of(error, "`monitor recover` sets it aside and makes it afresh from the copy and the spool.")) from error
            if time.monotonic() > end:
                raise WarehouseLockedError(
                    _line(error), subject=str(files.live),
                    way_out=f"Close that program; read {files.copy} instead, which never blocks.") from error
            time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - spread between writers, no secret


def restore(files: WarehouseFiles) -> Path | None:
    """Make the live file afresh from the copy; the spool's files behind it follow at the next opening.

    Gives where the file that was there is now. Raises WarehouseError when there is no copy.
    """
    if not files.copy.exists():
        raise WarehouseError("there is no copy to restore from", subject=str(files.copy), way_out="Restore a backup of this folder.")
    aside = None
    fresh = _copy_beside(files.copy, files.live)  # before anything is moved: the disk may be full
    if files.live.exists():
        aside = files.live.with_name(f"broken-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.duckdb")
        files.live.rename(aside)
    _remove(files.live)
    _remove(files.standin)
    fresh.rename(files.live)
    return aside


def _remove(path: Path) -> None:
    """Remove a DuckDB file and the log of changes beside it, which DuckDB would apply to whatever comes by that name next."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


def _copy_whole(source: Path, target: Path) -> None:
    _copy_beside(source, target).rename(target)


def _copy_beside(source: Path, target: Path) -> Path:
    partial = target.with_name(f"{target.name}.new")
    try:
        shutil.copyfile(source, partial)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    return partial


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
