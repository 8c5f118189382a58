"""The live file: append a batch and advance every relation in one transaction, under an operating-system lock.

The append is the one measured for an unindexed table (CONTRIBUTING.md, design notes): the batch comes as one JSON
parameter, known ids fall out by an anti-join, positions come from the single row of ``log.head``.
"""

import datetime as dt
import json
import os
import random
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import duckdb
from filelock import FileLock, Timeout

from ..errors import WarehouseError, WarehouseLockedError
from ..events import Event, as_json_batch
from .files import PROJECTIONS, WarehouseFiles, event_types, relations, sql
from .rows import WorkLists

SCHEMA_STEPS = ("001_log",)
LOCK_PATIENCE = 60.0  # seconds
_CONFIG: dict[str, str | bool | int | float | list[str]] = {"storage_compatibility_version": "v1.2.0", "zstd_min_string_length": "256", "autoinstall_known_extensions": "false",
           "autoload_known_extensions": "false"}
_VIEWS = ("event", "todo", "report", "check")


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
        self.files = files
        self.read = WorkLists(connection)

    def append(self, events: Sequence[Event], bodies: Iterable[tuple[str, str]] = ()) -> Appended:
        """Append a batch, keep its texts (pairs of SHA-256 and text) and advance the relations: all of it or nothing.

        Events whose id is in the log already, or twice in the batch, are left out. An empty batch does nothing.
        """
        if not events:
            return Appended(frozenset(), {}, 0)
        with self._transaction():
            added = self._append(events)
            if added:
                self._keep(bodies)
                self._advance({wire for _, wire in added})
        counts: dict[str, int] = {}
        for _, wire in added:
            counts[wire] = counts.get(wire, 0) + 1
        return Appended(frozenset(event_id for event_id, _ in added), counts, len(events) - len(added))

    def _append(self, events: Sequence[Event]) -> list[tuple[uuid.UUID, str]]:
        run = self._connection.execute
        run("""CREATE OR REPLACE TEMP TABLE batch AS
               SELECT row.* FROM (SELECT unnest(from_json_strict(?, '[{"ordinal":"BIGINT","event_id":"UUID","type":"VARCHAR",
                   "version":"INTEGER","stream":"VARCHAR","topic":"VARCHAR","caused_by":"UUID","run_id":"VARCHAR",
                   "occurred_at":"TIMESTAMP","recorded_at":"TIMESTAMP","data":"VARCHAR"}]')) AS row)""", [as_json_batch(events)])
        run("""CREATE OR REPLACE TEMP TABLE new AS
               SELECT row_number() OVER (ORDER BY ordinal) AS number, batch.*
               FROM (SELECT DISTINCT ON (event_id) * FROM batch ORDER BY event_id, ordinal) AS batch
               ANTI JOIN log.event USING (event_id)""")
        added = run("SELECT event_id, type FROM new ORDER BY number").fetchall()
        head = run("UPDATE log.head SET position = position + ? WHERE id = 1 RETURNING position", [len(added)]).fetchall()[0][0]
        run("""INSERT INTO log.event SELECT ?::BIGINT - ?::BIGINT + number, event_id, type, "version", stream, topic, caused_by, run_id,
               occurred_at, recorded_at, data::JSON FROM new ORDER BY number""", [head, len(added)])
        return added

    def _keep(self, bodies: Iterable[tuple[str, str]]) -> None:
        rows = [{"sha256": sha256, "text": text} for sha256, text in bodies]
        if rows:
            self._connection.execute(
                """INSERT INTO log.body SELECT body.sha256, body.text FROM (
                       SELECT DISTINCT ON (row.sha256) row.* FROM (
                           SELECT unnest(from_json_strict(?, '[{"sha256":"VARCHAR","text":"VARCHAR"}]')) AS row)) AS body
                   ANTI JOIN log.body AS kept USING (sha256)""", [json.dumps(rows)])

    def _advance(self, types: set[str] | None = None) -> None:
        """Let the relations read what is fresh; those that name none of ``types`` have nothing to read."""
        for name in PROJECTIONS:
            if types is None or types & event_types(name):
                self._connection.execute(sql("projection", name))
        self._connection.execute("UPDATE log.checkpoint SET position = (SELECT position FROM log.head)")

    def rebuild(self) -> None:
        """Make every relation afresh from the log, in one transaction."""
        with self._transaction():
            for view in _VIEWS:
                for name in relations(view):
                    self._connection.execute(f'DROP VIEW IF EXISTS "{view}"."{name}"')
            for name in PROJECTIONS:
                self._connection.execute(f'DROP TABLE IF EXISTS main."{name}"')
            self._connection.execute("UPDATE log.checkpoint SET position = -1")
            self._advance()
            _make_views(self._connection)

    def set_clock(self, now: dt.datetime) -> None:
        """Let the work lists take ``now`` for the present moment."""
        self._connection.execute("SET VARIABLE now = ?::TIMESTAMP", [now.astimezone(dt.UTC).replace(tzinfo=None)])

    def publish(self) -> None:
        """Replace the copy that people read, atomically: a reader sees the old file or the new one, never half of one.

        A copy of a live file without this lock was silently wrong in 10 of 60 tries.
        """
        self._connection.execute("CHECKPOINT")
        target = self.files.copy
        partial = target.with_name(f".{target.name}.{os.getpid()}.new")
        try:
            shutil.copyfile(self.files.live, partial)
            partial.replace(target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise WarehouseError(f"the copy for reading could not be written: {error.strerror}", subject=str(target),
                                 way_out="Make room or mend the rights; nothing is lost, the next run publishes.") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


@contextmanager
def open_live(files: WarehouseFiles, *, now: dt.datetime | None = None, patience: float = LOCK_PATIENCE) -> Iterator[LiveWarehouse]:
    """Open the live file for writing: our lock first, then DuckDB's, then the schema; closed on leaving.

    Waits up to ``patience`` seconds for either lock. Raises WarehouseLockedError when somebody keeps the file open,
    WarehouseError when it cannot be opened at all. ``now`` is the present moment for the work lists.
    """
    try:
        files.live.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(files.lock, timeout=patience):
            connection = _connect(files, patience)
            try:
                _prepare(connection)
                live = LiveWarehouse(connection, files)
                if now is not None:
                    live.set_clock(now)
                yield live
            finally:
                connection.close()
    except Timeout as error:
        raise WarehouseLockedError(f"another process writes to it for more than {patience:g} s", subject=str(files.live),
                                   way_out="Wait for that run to end, then start again.") from error
    except OSError as error:
        raise WarehouseError(f"cannot be written: {error.strerror}", subject=str(files.root),
                             way_out="Mend the rights, or name another folder with --data or MONITOR_DATA.") from error
    except duckdb.Error as error:
        raise WarehouseError(str(error).splitlines()[0], subject=str(files.live),
                             way_out="Nothing of this batch was kept. If it happens again, restore a backup of this file.") from error


def _connect(files: WarehouseFiles, patience: float) -> duckdb.DuckDBPyConnection:
    """DuckDB's own lock can be held only by somebody who opened the live file by hand: wait, then say who."""
    end = time.monotonic() + patience
    while True:
        try:
            return duckdb.connect(str(files.live), config=_CONFIG)
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise WarehouseError(str(error).splitlines()[0], subject=str(files.live),
                                     way_out="Restore a backup, or move the file away to start anew.") from error
            if time.monotonic() > end:
                raise WarehouseLockedError(
                    str(error).splitlines()[0], subject=str(files.live),
                    way_out=f"Close that program; read {files.copy} instead, which never blocks.") from error
            time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - spread between writers, no secret


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing: the log, the relations, the views. Foreign files and newer schemas are refused."""
    tables = {f"{schema}.{name}" for schema, name in connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables").fetchall()}
    if "log.event" in tables:
        if "log.step" in tables and (newer := connection.execute(
                "SELECT max(number) FROM log.step").fetchall()[0][0]) > len(SCHEMA_STEPS):
            raise WarehouseError(f"was written by a newer program (schema {newer}, this one knows {len(SCHEMA_STEPS)})",
                                 way_out="Upgrade the program.")
        if _is_current(connection):
            return
    elif tables:
        raise WarehouseError("is a DuckDB file of something else", way_out="Name another folder with --data.")
    connection.execute("BEGIN")
    for number, name in enumerate(SCHEMA_STEPS, start=1):
        connection.execute(sql("schema", name))
        connection.execute("CREATE TABLE IF NOT EXISTS log.step (number INTEGER, name VARCHAR, digest VARCHAR)")
        connection.execute("INSERT INTO log.step SELECT ?, ?, '' WHERE NOT EXISTS (FROM log.step WHERE number = ?)", [number, name, number])
    for name in PROJECTIONS:
        connection.execute(sql("projection", name))
    _make_views(connection)
    connection.execute("UPDATE log.step SET digest = ? WHERE number = ?", [_digest(), len(SCHEMA_STEPS)])
    connection.execute("COMMIT")


@cache
def _digest() -> str:
    texts = [sql(folder, name) for folder in ("projection", *_VIEWS) for name in relations(folder)]
    return uuid.uuid5(uuid.NAMESPACE_OID, "\n".join(texts)).hex


def _is_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Were the relations and views made by the SQL of this program?"""
    row = connection.execute("SELECT digest FROM log.step WHERE number = ?", [len(SCHEMA_STEPS)]).fetchone()
    return row is not None and row[0] == _digest()


def _make_views(connection: duckdb.DuckDBPyConnection) -> None:
    for folder in _VIEWS:
        waiting = list(relations(folder))
        while waiting:  # a view that names another one of its folder comes after it
            name = next(name for name in waiting
                        if not any(other != name and f"{folder}.{other}" in sql(folder, name) for other in waiting))
            connection.execute(sql(folder, name))
            waiting.remove(name)
