"""The life of a warehouse file: numbered steps applied once and recorded, relations and views made by the SQL of this program."""

import datetime as dt
import subprocess
import sys
import uuid
from contextlib import suppress
from functools import cache

import duckdb

from ..errors import WarehouseError
from .files import PROJECTIONS, WarehouseFiles, relations, sql, statements

SLICE = 2_000_000  # events read at a time: about two gigabytes
SCHEMA_STEPS = ("001_log", "002_trust")
VIEWS = ("event", "relation", "todo", "report", "macro", "check", "comment")
_VIEWS_IN_SCHEMA = {"event": "event", "relation": "main", "todo": "todo", "report": "report", "check": "check"}


def prepare(connection: duckdb.DuckDBPyConnection, files: WarehouseFiles | None = None) -> list[str]:
    """Bring a file to this program's schema and make what is missing; gives the relations that were made afresh.

    A file of an older schema is copied to ``files``' backups first. Raises WarehouseError for a foreign file or one that a
    newer program wrote; the file is then as it was.
    """
    done = _steps_done(connection)
    if done > len(SCHEMA_STEPS):
        raise WarehouseError(f"was written by a newer program (schema {done}, this one knows {len(SCHEMA_STEPS)})",
                             way_out="Upgrade the program; nothing was changed.")
    made = _digests(connection) if done == len(SCHEMA_STEPS) else {}
    stale = [name for name in PROJECTIONS if made.get(name) != _digest(sql("projection", name))]
    if not stale and made.get("") == _views_digest():
        return []
    if 0 < done < len(SCHEMA_STEPS) and files is not None:
        _back_up(connection, files, done)
    connection.execute("BEGIN")
    try:
        for number, name in enumerate(SCHEMA_STEPS, start=1):
            if number > done:
                connection.execute(sql("schema", name))
                connection.execute("CREATE TABLE IF NOT EXISTS log.step (number INTEGER, name VARCHAR, digest VARCHAR)")
                connection.execute("INSERT INTO log.step SELECT ?, ?, '' WHERE NOT EXISTS (FROM log.step WHERE number = ?)", [number, name, number])
        drop_views(connection)
        make_relations(connection, stale)
        make_views(connection)
        connection.execute("DELETE FROM log.relation WHERE name = ''")
        connection.execute("INSERT INTO log.relation VALUES ('', ?)", [_views_digest()])
        connection.execute("COMMIT")
    except BaseException:
        connection.interrupt()  # after Ctrl-C the statement is still at work, and the next would wait for it
        with suppress(duckdb.Error):  # a commit that failed has ended the transaction itself
            connection.execute("ROLLBACK")
        raise
    return stale


def _steps_done(connection: duckdb.DuckDBPyConnection) -> int:
    """How many schema steps the file has; 0 for an empty one. Raises WarehouseError for a file of something else."""
    with suppress(duckdb.CatalogException):  # asked first, since every opening asks and a list of tables takes a while
        return int(connection.execute("SELECT coalesce(max(number), 0) FROM log.step").fetchall()[0][0])
    if connection.execute("SELECT count(*) FROM information_schema.tables").fetchall()[0][0]:
        raise WarehouseError("is a DuckDB file of something else", way_out="Name another folder with --data.")
    return 0


def _back_up(connection: duckdb.DuckDBPyConnection, files: WarehouseFiles, done: int) -> None:
    """Keep the file as it was before its schema is changed."""
    connection.execute("CHECKPOINT")
    target = files.backups / f"schema-{done}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.duckdb"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # By a process of its own: closing the file in this one would free DuckDB's lock on it, as POSIX wants it.
        copy = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"
        subprocess.run([sys.executable, "-c", copy, str(files.live), str(target)], check=True, capture_output=True)  # noqa: S603 - ours
    except (OSError, subprocess.CalledProcessError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.stderr.decode().strip().splitlines()[-1]
        raise WarehouseError(f"no backup could be made before the upgrade: {reason}", subject=str(target),
                             way_out="Make room, then start again; nothing was changed.") from error


def make_relations(connection: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    """Make relations afresh from the log, inside the caller's transaction."""
    if not names:
        return
    connection.execute("SET VARIABLE touched_from = 0")
    (checkpoint, head), = connection.execute("SELECT checkpoint.position, head.position FROM log.checkpoint, log.head").fetchall()
    # The others have read up to the checkpoint, which is the head except in a file that was changed by hand.
    until = head if len(names) == len(PROJECTIONS) else checkpoint
    for name in names:
        connection.execute(f'DROP TABLE IF EXISTS main."{name}"')
    for start in range(0, until + 1, SLICE) or (0,):
        connection.execute("""CREATE OR REPLACE TEMP TABLE fresh AS SELECT * REPLACE (data::VARCHAR AS data) FROM log.event
            WHERE position >= ? AND position < ? AND position <= ?""", [start, start + SLICE, until])
        for name in (name for name in PROJECTIONS if name in names):
            for statement, types in statements(name):
                if types or not start:
                    connection.execute(statement)
    connection.execute("DROP TABLE IF EXISTS temp.fresh")
    for name in names:
        connection.execute("DELETE FROM log.relation WHERE name = ?", [name])
        connection.execute("INSERT INTO log.relation VALUES (?, ?)", [name, _digest(sql("projection", name))])
    connection.execute("UPDATE log.checkpoint SET position = ?", [until])


def _digests(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Digest of the SQL that made each relation, and under the empty name of that of all views."""
    return dict(connection.execute("SELECT name, digest FROM log.relation").fetchall())


@cache
def _digest(text: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, text).hex


@cache
def _views_digest() -> str:
    return _digest("".join(sql(folder, name) for folder in VIEWS for name in relations(folder)))


def drop_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove what hangs on the relations; also views of an older program that this one no longer has."""
    schemas = ", ".join(f"'{schema}'" for schema in set(_VIEWS_IN_SCHEMA.values()))
    for schema, name in connection.execute(
            f"SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal AND schema_name IN ({schemas})").fetchall():
        connection.execute(f'DROP VIEW IF EXISTS "{schema}"."{name}"')


def make_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views, macros and comments, each folder after those that it rests on."""
    for folder in VIEWS:
        waiting = list(relations(folder))
        while waiting:  # a view that names another one of its folder comes after it
            name = next(name for name in waiting
                        if not any(other != name and f"{folder}.{other}" in sql(folder, name) for other in waiting))
            connection.execute(sql(folder, name))
            waiting.remove(name)
