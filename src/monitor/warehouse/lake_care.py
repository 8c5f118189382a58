"""The care of a lake: making one, bringing a warehouse into it, compaction with writers paused, its state, and the log as it was."""

import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from ..errors import WarehouseError, WarehouseLockedError
from ..settings import LakeSettings
from .files import PROJECTIONS, WarehouseFiles, sql
from .lake import ALIAS, HOLD, attach, head_of, is_conflict, open_lake, unreachable, wait_a_little
from .live import CONFIG, open_live
from .query import read_copy
from .replica import ReplicaWarehouse
from .schema import prepare
from .verify import relation_digest

_LOG_CHECKS = ("positions_gapless", "event_ids_unique", "chain_holds")
ORPHAN_AGE = dt.timedelta(days=1)  # a file that no snapshot names and that is younger may belong to a commit under way


@dataclass(frozen=True, slots=True)
class LakeState:
    """What `monitor lake status` tells; ``faults`` has the names of the log's checks that found something, with a row of it."""

    events: int
    batches: int
    texts: int
    redactions: int
    last_recorded_at: dt.datetime | None
    snapshots: int
    oldest_snapshot: dt.datetime | None
    files: int
    file_bytes: int
    held_until: dt.datetime | None
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compacted:
    """Data files before and after, and files that no snapshot needs any more."""

    files_before: int
    files_after: int
    bytes_after: int
    removed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Migrated:
    """What was copied, and the relations that a replica made from the lake has otherwise; none, if all is well."""

    events: int
    batches: int
    texts: int
    differ: tuple[str, ...]


def init(lake: LakeSettings) -> LakeState:
    """Make the lake's tables, or find them there."""
    with open_lake(lake, is_new=True) as connection:
        return state_of(connection)


def status(lake: LakeSettings) -> LakeState:
    """The lake's state, with the checks of the log run on the lake itself."""
    with open_lake(lake) as connection:
        return state_of(connection)


def state_of(connection: duckdb.DuckDBPyConnection) -> LakeState:
    """The state of an attached lake, in one snapshot of it."""
    connection.execute("BEGIN")
    head = head_of(connection)
    ((batches, recorded_at, texts),) = connection.execute(f"""SELECT count(*), max(recorded_at), (SELECT count(*) FROM {ALIAS}.log.body)
        FROM {ALIAS}.log.batch""").fetchall()
    ((snapshots, oldest),) = connection.execute(f"SELECT count(*), min(snapshot_time) FROM ducklake_snapshots('{ALIAS}')").fetchall()
    files, size = _files(connection)
    faults = tuple(f"{name}: {rows[0]}" for name in _LOG_CHECKS if (rows := _check(connection, name)))
    connection.execute("COMMIT")
    return LakeState(head.position + 1, batches, texts, head.redactions, recorded_at, snapshots, oldest, files, size, head.held_until, faults)


def _check(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[object, ...]]:
    """A check of the log, as it stands in ``warehouse/check``, on the lake's tables."""
    line = sql("schema", "002_trust").partition("CREATE OR REPLACE VIEW log.line AS")[2].partition(";")[0]
    query = sql("check", name).partition(" AS\n")[2].rstrip().rstrip(";")
    shared = query.replace("log.line", "line").replace("log.", f"{ALIAS}.log.")
    return connection.execute(f"WITH line AS ({line.replace('log.', f'{ALIAS}.log.')}) FROM ({shared})").fetchall()


def _files(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    ((files, size),) = connection.execute(
        f"SELECT coalesce(sum(file_count), 0), coalesce(sum(file_size_bytes), 0) FROM ducklake_table_info('{ALIAS}')").fetchall()
    return int(files), int(size)


def compact(lake: LakeSettings, *, keep: dt.timedelta, say: Callable[[str], None] = lambda _: None) -> Compacted:
    """Merge small files and let go of snapshots older than ``keep``, while writers wait.

    Nobody appends meanwhile, since compaction fails beside writers; who follows the log may go on. Should this process die, writers
    go on after a quarter of an hour. Files that only an expired snapshot needs are removed: a reader that began before it may fail.
    """
    start = time.monotonic()
    with open_lake(lake) as connection:
        before, _ = _files(connection)
        try:
            with _held(connection):
                for what, statement in (
                    ("rows in the catalog to files", f"CALL ducklake_flush_inlined_data('{ALIAS}')"),
                    ("rewriting files with removed rows", f"CALL ducklake_rewrite_data_files('{ALIAS}')"),
                    ("merging files", f"CALL ducklake_merge_adjacent_files('{ALIAS}')"),
                    ("letting snapshots go", f"CALL ducklake_expire_snapshots('{ALIAS}', older_than => now() - INTERVAL {int(keep.total_seconds())} SECOND)"),
                ):
                    say(what)
                    connection.execute(statement)
            say("removing files")
            gone = connection.execute(f"CALL ducklake_cleanup_old_files('{ALIAS}', older_than => now() - INTERVAL {int(keep.total_seconds())} SECOND)").fetchall()
            gone += connection.execute(f"CALL ducklake_delete_orphaned_files('{ALIAS}', older_than => now() - INTERVAL {int(ORPHAN_AGE.total_seconds())} SECOND)").fetchall()
        except duckdb.Error as error:
            raise unreachable(error, lake) from error
        after, size = _files(connection)
    return Compacted(before, after, size, len(gone), time.monotonic() - start)


@contextmanager
def _held(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Writers wait. The head's row is changed, so an append that had begun before fails at its commit, and a later one sees it."""
    if (held := head_of(connection).held_until) is not None and held > dt.datetime.now(dt.UTC).replace(tzinfo=None):
        raise WarehouseLockedError(f"another compaction keeps writers waiting until {held:%H:%M:%S} UTC", subject="lake", way_out="Wait for it to end.")
    _hold(connection, f"now() AT TIME ZONE 'UTC' + INTERVAL {int(HOLD.total_seconds())} SECOND")
    try:
        yield
    finally:
        _hold(connection, "NULL")


def _hold(connection: duckdb.DuckDBPyConnection, until: str) -> None:
    for tries in range(100):
        try:
            connection.execute(f"UPDATE {ALIAS}.log.head SET held_until = {until}")
            return
        except duckdb.Error as error:
            if tries == 99 or not is_conflict(error):
                raise
            wait_a_little(min(tries, 6))


def migrate(files: WarehouseFiles, lake: LakeSettings, *, say: Callable[[str], None] = lambda _: None) -> Migrated:
    """Copy an embedded warehouse's log into the empty lake, make a replica from the lake, and compare every relation with its own.

    The warehouse becomes a replica where it is. Raises WarehouseError when the lake is not empty; then nothing was changed. The
    caller sees to it that no run is at work.
    """
    init(lake)
    say("copying the log")
    with open_live(replace(files, lake=None)) as live:
        live.publish()
        connection = live._connection  # noqa: SLF001 - beside the module that owns it
        attach(connection, lake)
        if head_of(connection).position >= 0:
            raise WarehouseError("the lake has a log already", subject=str(lake.data),
                                 way_out="Name another one (lake.schema_name and lake.data), or an empty folder as its replica.")
        ((events, batches, texts),) = live.query("SELECT (SELECT count(*) FROM log.event), (SELECT count(*) FROM log.batch), (SELECT count(*) FROM log.body)")
        if events:
            connection.execute("BEGIN")
            connection.execute(sql("lake", "migrate"))
            connection.execute("COMMIT")
        connection.execute(f"DETACH {ALIAS}")
    say("making a replica from the lake")
    with tempfile.TemporaryDirectory(prefix=".migrate-", dir=files.root) as folder:
        there = WarehouseFiles(Path(folder), lake)
        with open_live(there) as replica:
            replica.publish()
        differ = compare(replace(files, lake=None), there)
    return Migrated(events, batches, texts, differ)


def compare(one: WarehouseFiles, other: WarehouseFiles) -> tuple[str, ...]:
    """The relations, and the parts of the log, that two published copies have otherwise."""
    with read_copy(one) as here, read_copy(other) as there:
        names = [("log", "event"), ("log", "body"), ("log", "batch"), *(("main", name) for name in PROJECTIONS)]
        return tuple(f"{schema}.{name}" if schema != "main" else name for schema, name in names
                     if relation_digest(here, name, schema=schema) != relation_digest(there, name, schema=schema))


def replica_at(lake: LakeSettings, moment: dt.datetime, folder: Path) -> int:
    """Make a replica in an empty folder as the lake was at a moment, by DuckLake's time travel; gives the number of events.

    Every relation is then what it was, also those that have no macro ``…_as_known_at``. Raises WarehouseError when the moment lies
    before the lake's oldest snapshot.
    """
    files = WarehouseFiles(folder, lake)
    if files.live.exists():
        raise WarehouseError("there is a warehouse already", subject=str(folder), way_out="Name an empty folder.")
    with open_lake(lake) as connection:
        try:
            rows = connection.execute(f"SELECT batch FROM {ALIAS}.log.head AT (TIMESTAMP => ?::TIMESTAMPTZ)", [moment.isoformat()]).fetchall()
        except duckdb.Error as error:
            raise WarehouseError(f"the lake does not remember {moment:%Y-%m-%d %H:%M:%S} UTC: {str(error).strip().splitlines()[0]}", subject=str(lake.data),
                                 way_out="`monitor lake status` tells the oldest moment; the macros …_as_known_at reach back to the first event.") from error
    files.live.parent.mkdir(parents=True)
    with duckdb.connect(str(files.live), config={**CONFIG, "allow_unsigned_extensions": "true"}) as connection:
        prepare(connection)
        replica = ReplicaWarehouse(connection, files)
        replica.follow(until=rows[0][0])
        ((events,),) = connection.execute("SELECT position + 1 FROM log.head").fetchall()
        connection.execute(f"DETACH {ALIAS}")
    files.live.rename(files.copy)  # a copy to read and no replica: nothing may follow into it
    files.live.parent.rmdir()
    return int(events)

