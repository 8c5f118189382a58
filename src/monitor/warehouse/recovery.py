"""A live file that cannot be opened is made afresh: from the published copy, and the batches that wait in the spool behind it.

Together they are the whole warehouse, since a batch leaves the spool only when the copy holds it. Nothing is thrown away: the
file that was there stays beside the new one, under another name.
"""

import datetime as dt
import fcntl
from dataclasses import dataclass
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from ..errors import WarehouseError, WarehouseLockedError
from .files import WarehouseFiles
from .live import open_live, restore
from .query import query_copy, read_copy
from .spool import Spool

PATIENCE = 2.0  # seconds to wait for another program of ours to close the live file


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was done: where the file is that was there, what the new one was made from, and with what its log ends."""

    broken: Path | None
    copied_at: dt.datetime
    batches: int
    refused: int
    events: int
    last_event: dt.datetime | None


def recover(files: WarehouseFiles, *, patience: float = PATIENCE) -> Recovered:
    """Set the live file aside, make it afresh and publish it; the caller sees to it that no run is going on.

    Raises WarehouseLockedError when another process has the file open, and WarehouseError when there is nothing good to make
    it from or no room; the live file is then where it was.
    """
    if files.live.exists() and not files.copy.is_file():
        raise WarehouseError("there is no copy to make the live file from", subject=str(files.copy), way_out=_WITHOUT_A_COPY)
    try:
        with FileLock(files.lock, timeout=patience):
            _refuse_if_held(files)
            copied_at = dt.datetime.fromtimestamp(_moment_of(files), dt.UTC)
            waiting = Spool(files.spool).waiting(_read_whole(files))
            broken = restore(files)
        with open_live(files) as live:  # takes in what waits
            live.publish()
    except Timeout as error:
        raise WarehouseLockedError(
            f"another process writes to it for more than {patience:g} s",
            subject=str(files.live),
            way_out="Wait for it to end, then start again; nothing was changed.",
        ) from error
    except OSError as error:
        raise WarehouseError(
            f"could not be made afresh: {error.strerror}",
            subject=str(files.live),
            way_out="Make room or mend the rights, then start again; the copy and the spool are as they were.",
        ) from error
    refused = sum(1 for _, path in waiting if (path.parent / "refused" / path.name).exists())
    ((events, last_event),) = query_copy(
        files, "SELECT head.position + 1, (SELECT max(recorded_at) FROM log.event) FROM log.head AS head"
    ).rows
    return Recovered(broken, copied_at, len(waiting) - refused, refused, events, last_event)


_WITHOUT_A_COPY = "If the live file opens, `monitor rebuild` publishes a copy; else restore a backup of this folder."


def _moment_of(files: WarehouseFiles) -> float:
    with read_copy(files):  # a missing copy is said here, with the way out
        return files.copy.stat().st_mtime


def _refuse_if_held(files: WarehouseFiles) -> None:
    """DuckDB holds a lock on a file that it has open; one who has it would go on with the file that is set aside."""
    if not files.live.is_file():
        return
    with files.live.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WarehouseLockedError(
                "another program has it open",
                subject=str(files.live),
                way_out=f"Close that program; read {files.copy} instead, which never blocks. Nothing was changed.",
            ) from error


def _read_whole(files: WarehouseFiles) -> int:
    """Read every value of the copy, so that no damaged one takes the live file's place; gives the last spooled batch in it."""
    try:
        with read_copy(files) as connection:
            ((spooled,),) = connection.execute("SELECT spooled FROM log.head").fetchall()
            tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
            for schema, name in tables:
                connection.execute(f'SELECT bit_xor(hash(t)) FROM "{schema}"."{name}" AS t').fetchall()
    except duckdb.Error as error:
        raise WarehouseError(
            f"the copy cannot be used either: {str(error).strip().splitlines()[0]}",
            subject=str(files.copy),
            way_out="Restore a backup of this folder; nothing was changed.",
        ) from error
    return int(spooled)
