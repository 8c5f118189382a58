"""A log that many machines share, in DuckLake: its catalog in PostgreSQL, its rows in Parquet files on a shared path or in S3.

What is shared is the log. Each machine keeps a replica: an ordinary live file whose log is taken from the lake, batch by batch, and
whose relations are made by the same SQL. So everything that reads (work lists, pages, ``monitor sql``, checks) is as it was, and
two replicas that end at one batch are equal. The other way, every relation as a table of the lake, advanced in the transaction of
the append, was measured (docs/scale.md): it works, and takes seconds a batch in which nobody else can append.

An append first follows, then sifts the batch against the replica, which then holds the whole log, and puts what is new into
the lake in one transaction that changes the single row of ``log.head``. Whoever was slower finds that row changed, follows and
sifts again. DuckLake has no unique keys; the chain of hashes over batches would show whatever its conflict detection missed
(ducklake#1094).
"""

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import duckdb

from ..errors import WarehouseError
from ..settings import LakeSettings
from .files import literal, sql

ALIAS = "lake"
PIECE = 500_000  # events that a replica takes in at a time
CONFLICT_PATIENCE = 120.0  # seconds to be the slower one, again and again, or to wait for a compaction
HOLD = dt.timedelta(minutes=15)  # how long a compaction that died keeps writers waiting
INLINED = 200  # rows of a batch that stay in the catalog rather than become a file of their own, until the next compaction
_CONFLICTS = ("conflict", "could not serialize", "duplicate key", "concurrent")


@dataclass(frozen=True, slots=True)
class LakeHead:
    """Where the lake's log ends, and until when a compaction keeps writers waiting (naive UTC)."""

    position: int
    batch: int
    redactions: int
    held_until: dt.datetime | None


class SlowerError(Exception):
    """Another writer was faster, or a compaction is at work; follow and try again."""


# ---- opening


def extension(name: str) -> Path:
    """The extension that its package brings, for the installed DuckDB. Raises WarehouseError."""
    found = find_spec(f"duckdb_extension_{name}")
    for folder in (found.submodule_search_locations or []) if found else []:
        file = Path(folder) / "extensions" / f"v{version('duckdb')}" / f"{name}.duckdb_extension"
        if file.is_file():
            return file
    raise WarehouseError(f"DuckDB's extension {name!r} for version {version('duckdb')} is not installed", subject="lake",
                         way_out="pip install -c constraints.txt 'ceasefire-monitor[lake]'")


@cache
def checked_extensions(names: tuple[str, ...]) -> tuple[Path, ...]:
    """Their files, after DuckDB has checked their signatures, once in this process: a check takes a quarter of a second each."""
    with duckdb.connect() as connection:
        files = tuple(extension(name) for name in names)
        for file in files:
            connection.execute(f"LOAD {literal(file)}")
    return files


# For a connection that loads what was checked already; no statement of a person runs there.
UNCHECKED = {"allow_unsigned_extensions": "true"}


def attach(connection: duckdb.DuckDBPyConnection, lake: LakeSettings, *, is_new: bool = False) -> None:
    """Attach the lake as ``lake``. Raises WarehouseError when it cannot be reached or, unless ``is_new``, was never made."""
    data = str(lake.data)
    is_remote = "://" in data
    for file in checked_extensions(("postgres_scanner", "ducklake", *(["httpfs"] if is_remote else []))):
        connection.execute(f"LOAD {literal(file)}")
    if is_remote:
        connection.execute(_secret(lake))
    elif is_new:
        Path(data).mkdir(parents=True, exist_ok=True)
    options = f"DATA_PATH {literal(data.rstrip('/') + '/')}, METADATA_SCHEMA {literal(lake.schema_name)}, CREATE_IF_NOT_EXISTS {str(is_new).lower()}"
    try:
        connection.execute(f"ATTACH {literal('ducklake:postgres:' + lake.catalog.get_secret_value())} AS {ALIAS} ({options})")
        connection.execute("SET ducklake_max_retry_count = 20")
        if is_new:
            connection.execute(sql("lake", "schema"))
            connection.execute(f"CALL {ALIAS}.set_option('data_inlining_row_limit', {INLINED})")
    except duckdb.Error as error:
        raise unreachable(error, lake) from error


def detach(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave the lake, before a replica's file is closed.

    What the lake's catalogue holds open keeps the whole database alive behind a closed connection, now and then, and DuckDB then waits
    for it without an end, at full speed, when this process opens the file again (``DBInstanceCache`` in DuckDB 1.5).
    """
    for statement in ("ROLLBACK", f"DETACH {ALIAS}"):
        with suppress(duckdb.Error):  # there was no transaction; or it is closed, or was never attached
            connection.execute(statement)


def _secret(lake: LakeSettings) -> str:
    """DuckDB's secret for S3 and what is compatible with it; without keys it asks as nobody, or through what the endpoint knows."""
    given = {"KEY_ID": lake.s3_key_id.get_secret_value(), "SECRET": lake.s3_secret.get_secret_value(), "REGION": lake.s3_region,
             "ENDPOINT": lake.s3_endpoint, "URL_STYLE": lake.s3_url_style}
    parts = [f"{key} {literal(value)}" for key, value in given.items() if value]
    return f"CREATE OR REPLACE TEMPORARY SECRET lake_data (TYPE s3, {', '.join([*parts, f'USE_SSL {str(lake.s3_ssl).lower()}'])})"


def unreachable(error: duckdb.Error, lake: LakeSettings) -> WarehouseError:
    """The error for a lake that does not answer; the connection string, which may hold a password, is never in it."""
    line = str(error).strip().splitlines()[0].replace(lake.catalog.get_secret_value(), "…")
    is_storage = lake.data.startswith("s3://") and isinstance(error, duckdb.HTTPException)
    look = ("Do the bucket, lake.s3_endpoint, lake.s3_key_id and lake.s3_secret belong together?" if is_storage
            else "Is PostgreSQL running and lake.catalog right? `monitor lake init` makes a lake once.")
    return WarehouseError(f"the lake cannot be used: {line}", subject=str(lake.data),
                          way_out=f"{look} What a run found waits in the spool; the copy for reading is as it was.")


@contextmanager
def open_lake(lake: LakeSettings, *, is_new: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection without a replica, for what concerns the lake alone."""
    with duckdb.connect(config={**UNCHECKED, "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as connection:
        attach(connection, lake, is_new=is_new)
        yield connection


# ---- reading and writing


def head_of(connection: duckdb.DuckDBPyConnection) -> LakeHead:
    """Where the lake ends. Raises WarehouseError when two writers' heads are there, which only a fault of the catalog can make."""
    rows = connection.execute(f"SELECT position, batch, redactions, held_until FROM {ALIAS}.log.head").fetchall()
    if len(rows) != 1:
        raise WarehouseError(f"has {len(rows)} heads instead of one", subject="lake",
                             way_out="Stop all writers; `monitor lake status` says which batches are sound. See docs/scale.md.")
    return LakeHead(*rows[0])


def follow(connection: duckdb.DuckDBPyConnection, advance: Callable[[set[str]], None], *, until: int | None = None) -> int:
    """Take in what the lake has and the replica has not, inside the caller's transaction; gives the number of events.

    At most about PIECE events, so call again until it gives 0. ``until`` is the last batch to take. Raises WarehouseError when the
    replica's last batch is not the lake's: then it is a warehouse of its own.
    """
    ((number, sha256, position),) = connection.execute(
        "SELECT coalesce(max(number), -1), max_by(sha256, number), coalesce(max(last_position), -1) FROM log.batch").fetchall()
    head = head_of(connection)
    if head.batch == number and head.position == position:
        _same(connection, number, sha256)
        return 0
    _same(connection, number, sha256)
    ((last,),) = connection.execute(f"""SELECT coalesce(max(number) FILTER (last_position <= ?), min(number)) FROM {ALIAS}.log.batch
        WHERE number > ? AND number <= ?""", [position + PIECE, number, head.batch if until is None else until]).fetchall()
    if last is None:
        return 0
    connection.execute("SET VARIABLE until_batch = ?", [last])
    types = dict(connection.execute(sql("lake", "follow")).fetchall())
    _whole(connection, position)
    if types:
        advance(set(types))
    return sum(types.values())


def _same(connection: duckdb.DuckDBPyConnection, number: int, sha256: str | None) -> None:
    rows = connection.execute(f"SELECT sha256 FROM {ALIAS}.log.batch WHERE number = ?", [number]).fetchall()
    if rows != ([] if number < 0 else [(sha256,)]):
        raise WarehouseError("this folder's warehouse is no replica of the lake", subject="lake",
                             way_out="`monitor lake migrate` copies it into an empty lake; an empty folder (--data) becomes a replica by itself.")


def _whole(connection: duckdb.DuckDBPyConnection, position: int) -> None:
    """Every place taken in once and none left out, whatever the catalog let through."""
    ((count, first, last, batches, said),) = connection.execute("""SELECT (SELECT count(*) FROM fresh), (SELECT min(position) FROM fresh),
        (SELECT max(position) FROM fresh), count(*), coalesce(sum(last_position - first_position + 1), 0) FROM pulled""").fetchall()
    if not (count == said == last - position and first == position + 1 and batches):
        raise WarehouseError(f"has {count} events between {position} and {last}, and its batches speak of {said}", subject="lake",
                             way_out="Stop all writers; `monitor lake status` says which batches are sound. See docs/scale.md.")


def offer(connection: duckdb.DuckDBPyConnection) -> None:
    """Put what the table ``fresh`` holds into the lake, in a transaction of its own. Raises SlowerError when another was faster."""
    try:
        connection.execute("BEGIN")
        head = head_of(connection)
        if head.held_until is not None and head.held_until > _now():
            raise SlowerError
        mine = connection.execute("SELECT head.position FROM log.head AS head").fetchall()
        if mine != [(head.position,)]:
            raise SlowerError
        connection.execute(sql("lake", "append"))
        connection.execute("COMMIT")
    except duckdb.Error as error:
        _roll_back(connection)
        if is_conflict(error):
            raise SlowerError from error
        raise
    except BaseException:
        _roll_back(connection)
        raise


def is_conflict(error: duckdb.Error) -> bool:
    """Whether a transaction failed only since another one came before it."""
    return any(word in str(error).lower() for word in _CONFLICTS)


def wait_a_little(tries: int) -> None:
    """Writers that met spread out; the longer, the more often they met."""
    time.sleep(random.uniform(0.005, min(0.05 * 2**tries, 2.0)))  # noqa: S311 - spread between writers, no secret


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.Error):
        connection.execute("ROLLBACK")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
