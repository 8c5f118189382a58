"""Ad-hoc SQL on the published copy: read-only, never in anybody's way; and what is wrong with a statement that fails."""

import datetime as dt
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from ..errors import QueryError, WarehouseError
from .files import WarehouseFiles

READING: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_NEAREST = 8  # names to show when one is not found

# How DuckDB 1.5 words it. What is not recognised is passed on as it is.
_NO_EXTENSION = re.compile(
    r"exists in the (\w+) extension|requires the extension (\w+)|Extension \"(\w+)\" is an existing extension"
)
_EXTENSIONS_OFF = re.compile(r"external extensions is disabled|directory \"[^\"]*extensions")
_NO_COLUMN = re.compile(
    r"column \"[^\"]+\" (?:not found|does not exist)|does not have a column named|Cannot extract field '[^']+' from expression"
    r"|Referenced table \"[^\"]+\" not found",
    re.IGNORECASE,
)
_NO_TABLE = re.compile(r"Table with name \"?([^\"\s]+)\"? does not exist")
_NO_FUNCTION = re.compile(r"Function with name \"?([^\"\s]+)\"? does not exist")
_READ_ONLY = re.compile(r"type \"(\w+)\" on database .* read-only")
_LOCKED = re.compile(r"Cannot change configuration option \"(\w+)\" - the configuration has been locked")
_NO_ACCESS = re.compile(r"Cannot access (?:file|directory) \"([^\"]*)\"")
_DAMAGED = re.compile(r"checksum|corrupt|not a valid duckdb|fatal|deserializ", re.IGNORECASE)
_LISTS = '`monitor sql "SHOW ALL TABLES"` lists the relations, "DESCRIBE article" one\'s columns.'


@dataclass(frozen=True, slots=True)
class Table:
    """A result: column names, their DuckDB types, and rows."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Catalog:
    """What a statement may name: each relation (``article``, ``report.copies``) with its columns, and the warehouse's macros."""

    columns: Mapping[str, Sequence[str]]
    macros: Sequence[str] = ()


@contextmanager
def read_copy(files: WarehouseFiles) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published copy for reading. Raises WarehouseError when there is none yet or it cannot be opened."""
    if not files.copy.is_file():
        raise WarehouseError("there is no warehouse here yet", subject=str(files.copy), way_out=_way_in(files))
    try:
        connection = duckdb.connect(str(files.copy), read_only=True, config=READING)
    except duckdb.Error as error:
        raise damaged_copy(files, error) from error
    try:
        yield connection
    finally:
        connection.interrupt()  # after Ctrl-C the statement is still at work in DuckDB's threads, and closing waits for it
        connection.close()


def _way_in(files: WarehouseFiles) -> str:
    if (files.root / "demo" / "monitor.duckdb").is_file():
        return f"`monitor run` fills it. The demo's warehouse: monitor --data {files.root / 'demo'} …"
    return "`monitor run` fills it, `monitor demo` shows one with fictional articles; --data names another folder."


def damaged_copy(files: WarehouseFiles, error: duckdb.Error) -> WarehouseError:
    """The error for a copy that cannot be read."""
    return WarehouseError(
        str(error).strip().splitlines()[0],
        subject=str(files.copy),
        way_out="The next run publishes a new copy; `monitor rebuild` does so at once.",
    )


def query_copy(files: WarehouseFiles, statement: str, *, memory: int | None = None, most: int | None = None) -> Table:
    """Run one or more statements on the copy and give the last result, at most ``most`` rows of it.

    ``memory`` (bytes) is for statements of strangers: it is all that they get, nothing is spilled to disk, and no setting can be
    changed. Without it the person at this machine may set what they like.

    Raises QueryError with DuckDB's own message, the place in the statement and what could have been meant; WarehouseError when
    the copy itself is damaged. Writing is refused since the file is open read-only, and files outside it are out of reach.
    """
    with read_copy(files) as connection:
        part = statement
        try:
            if memory is not None:
                connection.execute(f"SET memory_limit = '{memory}B'")
                connection.execute("SET temp_directory = ''")
                connection.execute("SET threads = 1")
            connection.execute("SET enable_external_access = false")
            if memory is not None:
                connection.execute("SET lock_configuration = true")
            result = None
            for part in _parts(connection, statement):
                result = connection.execute(part)
            if result is None:
                raise QueryError("there is no statement", way_out='Example: monitor sql "FROM article LIMIT 3"')
            description = result.description or []
            rows = (result.fetchall() if most is None else result.fetchmany(most)) if description else []
        except duckdb.Error as error:
            if is_damage(error):
                raise damaged_copy(files, error) from error
            raise _explained(connection, str(error).strip(), part) from error
        except RuntimeError as error:
            if isinstance(error.__cause__, KeyboardInterrupt):  # DuckDB's way to pass on Ctrl-C
                raise error.__cause__ from None
            raise
    return Table(tuple(column[0] for column in description), tuple(str(column[1]) for column in description), rows)


def copy_age(files: WarehouseFiles, now: dt.datetime) -> dt.timedelta:
    """How old the published copy is."""
    return now - dt.datetime.fromtimestamp(files.copy.stat().st_mtime, dt.UTC)


def is_damage(error: duckdb.Error) -> bool:
    """Whether an error means that the file is broken, and not the statement."""
    kinds = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)
    return isinstance(error, kinds) and _DAMAGED.search(str(error)) is not None


def _parts(connection: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    """The statements of a text, each behind as many line breaks as stand before it, so that DuckDB counts lines as the user does.

    Given several at once, DuckDB shows the place of a mistake in the wrong one. Taken apart under the connection's own settings:
    DuckDB's parser reads a file where a text says IMPORT DATABASE, and outside of a connection nothing would forbid that.
    """
    queries = [statement.query for statement in connection.extract_statements(text)]
    if len(queries) < 2 or not all(query.strip() for query in queries):  # it makes pieces without a text of PIVOT
        return [text] if queries else []
    parts, end = [], 0
    for query in queries:
        start = text.find(query, end)
        if start < 0:
            return [text]
        parts.append("\n" * text.count("\n", 0, start) + query)
        end = start + len(query)
    return parts


# ---- what is wrong with a statement


def _explained(connection: duckdb.DuckDBPyConnection, message: str, statement: str) -> QueryError:
    try:
        return explain(message, statement, _catalog(connection), named_relations(_as_json(connection, statement), statement))
    except duckdb.Error:  # whatever stops the explanation, the message stands
        return QueryError(message, way_out=_LISTS)


def explain(message: str, statement: str, catalog: Catalog, named: Sequence[str] = ()) -> QueryError:
    """DuckDB's message with the place, and what could have been meant; ``named`` are the relations in the statement."""
    if extension := missing_extension(message, statement):
        return QueryError(
            f"DuckDB's extension {extension!r} is not here, and this command loads none",
            way_out="In a DuckDB of your own that has it: ATTACH the copy READ_ONLY, or read what `monitor export` writes.",
        )
    if refused := _READ_ONLY.search(message):
        return QueryError(f"{refused[1]} is refused", way_out="The copy is for reading; only runs write.")
    if fixed := _LOCKED.search(message):
        return QueryError(
            f"the setting {fixed[1]!r} cannot be changed here", way_out="Leave it out: time, memory and access are the same for all."
        )
    if refused := _NO_ACCESS.search(message):
        return QueryError(
            f"{refused[1]!r} is out of reach: this command reads the copy and nothing else",
            way_out="`monitor sql` prints CSV and JSON, the page gives files to keep, `monitor export` writes them.",
        )
    if "at end of input" in message and "LINE" not in message:
        message = f"{message}\n\n{place_of_end(statement)}"
    if missing := _NO_TABLE.search(message):
        names = nearest(missing[1], sorted(catalog.columns, key=lambda name: ("." in name, name)))
        return QueryError(message, way_out=f"Nearest: {', '.join(names)}. {_LISTS}")
    if missing := _NO_FUNCTION.search(message):
        own = nearest(missing[1], catalog.macros)
        return QueryError(message, way_out=f"The warehouse's own: {', '.join(own)}." if own else _LISTS)
    if _NO_COLUMN.search(message):
        lower = {name.lower(): name for name in catalog.columns}
        found = [lower[name] for name in dict.fromkeys(name.lower() for name in named) if name in lower]
        if found:
            return QueryError(message, way_out="\n  ".join(f"{name} has: {', '.join(catalog.columns[name])}" for name in found))
    asked = next((name for name in named if name in catalog.columns), "article")
    return QueryError(message, way_out=_LISTS.replace("article", asked))


def missing_extension(message: str, statement: str) -> str:
    """The extension that a statement needs and that is not loaded, or nothing."""
    if found := _NO_EXTENSION.search(message):
        return next(name for name in found.groups() if name)
    if not _EXTENSIONS_OFF.search(message):
        return ""
    asked = re.search(r"\b(?:LOAD|INSTALL|TYPE)\s+'?([\w./-]+)", statement, re.IGNORECASE)
    return asked[1] if asked else ""


def place_of_end(statement: str) -> str:
    """The end of a statement that stops too early, marked as DuckDB marks other places."""
    lines = statement.rstrip().splitlines() or [""]
    head = f"LINE {len(lines)}: "
    return f"{head}{lines[-1]}\n{' ' * (len(head) + len(lines[-1]))}^"


def nearest(name: str, names: Iterable[str], most: int = _NEAREST) -> list[str]:
    """Names in the order of their likeness to one that was not found; ``event`` is as like to ``log.event`` as to ``event``."""

    def likeness(other: str) -> float:
        return max(
            difflib.SequenceMatcher(None, name.lower(), candidate.lower()).ratio()
            for candidate in (other, other.rpartition(".")[2])
        )

    return sorted(names, key=likeness, reverse=True)[:most]


def named_relations(serialized: str, statement: str) -> list[str]:
    """The relations that a statement names, in its order: ``article``, ``report.copies``.

    ``serialized`` is what DuckDB's json_serialize_sql makes of it; of what that cannot read, words after FROM and JOIN are taken.
    """
    tree = json.loads(serialized or "{}")
    if tree.get("error", True):
        return [
            re.sub(r'"|^main\.', "", name)
            for name in re.findall(r'\b(?:FROM|JOIN)\s+((?:"?\w+"?\.)?"?\w+"?)', statement, re.IGNORECASE)
        ]
    return list(dict.fromkeys(_base_tables(tree)))


def _base_tables(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            schema, name = str(node.get("schema_name", "")), str(node.get("table_name", ""))
            yield name if schema in ("", "main") else f"{schema}.{name}"
        for value in node.values():
            yield from _base_tables(value)
    elif isinstance(node, list):
        for value in node:
            yield from _base_tables(value)


def _as_json(connection: duckdb.DuckDBPyConnection, statement: str) -> str:
    return str(connection.execute("SELECT json_serialize_sql(?)", [statement]).fetchall()[0][0])


def _catalog(connection: duckdb.DuckDBPyConnection) -> Catalog:
    columns = connection.execute("""
        SELECT if(schema_name = 'main', '', schema_name || '.') || table_name, list(column_name ORDER BY column_index)
        FROM duckdb_columns() WHERE NOT internal GROUP BY ALL ORDER BY 1""").fetchall()
    macros = connection.execute("""
        SELECT DISTINCT function_name FROM duckdb_functions()
        WHERE NOT internal AND function_type IN ('macro', 'table_macro') ORDER BY 1""").fetchall()
    return Catalog(dict(columns), [name for (name,) in macros])
