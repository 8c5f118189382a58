"""Ad-hoc SQL on the published copy: read-only, never in anybody's way."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from ..errors import QueryError, WarehouseError
from .files import WarehouseFiles


@dataclass(frozen=True, slots=True)
class Table:
    """A result: column names, their DuckDB types, and rows."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@contextmanager
def read_copy(files: WarehouseFiles) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published copy for reading. Raises WarehouseError when there is none yet or it cannot be opened."""
    if not files.copy.is_file():
        raise WarehouseError("there is no warehouse here yet", subject=str(files.copy), way_out=_way_in(files))
    try:
        connection = duckdb.connect(str(files.copy), read_only=True,
                                    config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    except duckdb.Error as error:
        raise WarehouseError(str(error).splitlines()[0], subject=str(files.copy),
                             way_out="The next run publishes a new copy; `monitor rebuild` does so at once.") from error
    try:
        yield connection
    finally:
        connection.close()


def _way_in(files: WarehouseFiles) -> str:
    if (files.root / "demo" / "monitor.duckdb").is_file():
        return f"`monitor run` fills it. The demo's warehouse: monitor --data {files.root / 'demo'} …"
    return "`monitor run` fills it, `monitor demo` shows one with fictional articles; --data names another folder."


def query_copy(files: WarehouseFiles, statement: str) -> Table:
    """Run one or more statements on the copy and give the last result.

    Raises QueryError with DuckDB's own message, which names the place and the nearest names; writing is refused since
    the file is open read-only and files outside it are out of reach.
    """
    with read_copy(files) as connection:
        try:
            connection.execute("SET enable_external_access = false")
            result = connection.execute(statement)
            description = result.description or []
            rows = result.fetchall() if description else []
        except duckdb.Error as error:
            hint = ("The copy is for reading; only runs write." if "read-only" in str(error)
                    else "`monitor sql \"SHOW ALL TABLES\"` lists the relations, \"DESCRIBE article\" one's columns.")
            raise QueryError(str(error).strip(), way_out=hint) from error
    return Table(tuple(column[0] for column in description), tuple(str(column[1]) for column in description), rows)


def copy_age(files: WarehouseFiles, now: dt.datetime) -> dt.timedelta:
    """How old the published copy is."""
    return now - dt.datetime.fromtimestamp(files.copy.stat().st_mtime, dt.UTC)
