"""What leaves the house: the log as Parquet files, or the whole as one DuckDB file without texts, each with a manifest.

Read from the published copy and never from the live file, so that an export is in nobody's way; a copy that is open stays
what it was when the next one is published. Everything is written beside its target under a hidden name, and renamed when it is
whole: what bears the target's name is never half an export.

Events lie by the day on which they were recorded, not on which they occurred: the log is only appended to, so the files of a
day that is over never change, and a later export of the same warehouse differs by whole days.
"""

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from ..errors import MonitorError, WarehouseError
from .files import WarehouseFiles, literal
from .live import CONFIG
from .query import damaged_copy, is_damage, read_copy
from .verify import chain_head

Progress = Callable[[str, int, int], None]  # what, done, of how many
SLICE = 500_000  # events copied at a time: progress shows, and Ctrl-C is heard
TEXTS_A_GROUP = 8192  # rows of a Parquet row group of texts: forty megabytes, not six hundred
MEMORY = "2GB"  # for DuckDB, which else takes most of the machine's for blocks that it has written already
MANIFEST = "manifest.json"
_COPY = "FORMAT parquet, COMPRESSION zstd, RETURN_STATS"


class ExportError(MonitorError):
    """An export cannot be made as asked, or what there is, is none."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export. A ``target`` that ends in .duckdb is one file with all relations; any other a folder of Parquet files."""

    target: Path
    texts: bool = False
    relations: bool = False

    @property
    def is_one_file(self) -> bool:
        """One DuckDB file instead of a folder."""
        return self.target.suffix == ".duckdb"

    @property
    def manifest(self) -> Path:
        """Where the manifest lies: in the folder, or beside the file."""
        return manifest_of(self.target)


def manifest_of(target: Path) -> Path:
    """Where an export's manifest lies: in the folder, or beside the file."""
    return target.with_name(f"{target.name}.{MANIFEST}") if target.suffix == ".duckdb" else target / MANIFEST


def _silent(what: str, done: int, total: int) -> None:
    del what, done, total


def export(files: WarehouseFiles, wanted: Wanted, progress: Progress = _silent) -> dict[str, Any]:
    """Write the export and give its manifest. Raises ExportError when something is there already, WarehouseError for the rest."""
    target = wanted.target
    for path in (target, wanted.manifest):
        if path.exists() or path.is_symlink():
            raise ExportError("is there already", subject=str(path), way_out="Name another place, or remove it first.")
    partial = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _source(files, partial) as connection:
            manifest = _manifest(connection, files)
            if wanted.is_one_file:
                written = [_one_file(connection, partial, wanted, progress)]
            else:
                written = _parquet(connection, partial, wanted, progress)
        _finish(partial, wanted, manifest, written, progress)
    except OSError as error:
        raise _cannot_write(target, error.strerror or str(error)) from error
    except duckdb.CatalogException as error:
        raise WarehouseError(
            f"is no warehouse of this program's schema: {str(error).strip().splitlines()[0]}",
            subject=str(files.copy),
            way_out="`monitor rebuild` brings the warehouse up to it and publishes a copy; --data names another folder.",
        ) from error
    except duckdb.Error as error:
        if is_damage(error):
            raise damaged_copy(files, error) from error
        raise _cannot_write(target, str(error).strip().splitlines()[0]) from error
    finally:
        _remove(partial)
    return manifest


def _cannot_write(target: Path, problem: str) -> WarehouseError:
    way_out = "Make room, mend the rights or name another place; nothing was left behind."
    return WarehouseError(f"cannot be written: {problem}", subject=str(target), way_out=way_out)


def _remove(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial, ignore_errors=True)
    for path in (partial, *_companions(partial)):
        if not path.is_dir():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _companions(partial: Path) -> tuple[Path, Path, Path]:
    """What may lie beside it meanwhile: DuckDB's log of a file, where it spills to, and the manifest."""
    return tuple(partial.with_name(f"{partial.name}.{end}") for end in ("wal", "tmp", MANIFEST))  # type: ignore[return-value]


@contextmanager
def _source(files: WarehouseFiles, partial: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory with the copy attached for reading; what does not fit into memory goes beside the target."""
    with read_copy(files):
        pass  # a missing or damaged copy is said here, with the way out
    with duckdb.connect(config={**CONFIG, "memory_limit": MEMORY, "temp_directory": str(_companions(partial)[1])}) as connection:
        connection.execute(f"ATTACH {literal(files.copy)} AS source (READ_ONLY)")
        connection.execute("USE source")
        try:
            yield connection
        finally:
            connection.interrupt()  # after Ctrl-C the statement is still at work, and closing would wait for it


def _manifest(connection: duckdb.DuckDBPyConnection, files: WarehouseFiles) -> dict[str, Any]:
    batches, sha256 = chain_head(connection)
    ((head,),) = connection.execute("SELECT position FROM log.head").fetchall()
    now = dt.datetime.now(dt.UTC)
    return {
        "program": f"ceasefire-monitor {version('ceasefire-monitor')}",
        "duckdb": duckdb.__version__,
        "exported_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "copied_at": f"{dt.datetime.fromtimestamp(files.copy.stat().st_mtime, dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "head": head,
        "chain": {"batches": batches, "sha256": sha256},
    }


# ---- Parquet


def _parquet(connection: duckdb.DuckDBPyConnection, folder: Path, wanted: Wanted, progress: Progress) -> list[tuple[Path, int]]:
    """Write the files below ``folder``; gives each with its rows."""
    days = [day for (day,) in connection.execute("SELECT DISTINCT recorded_at::DATE FROM log.event ORDER BY 1").fetchall()]
    names = _relations(connection) if wanted.relations else []
    tables = [("log/batch", "log.batch", ""), ("log/redaction", "log.redaction", "")]
    tables += [("text", "(SELECT sha256, text FROM log.body)", f", ROW_GROUP_SIZE {TEXTS_A_GROUP}")] if wanted.texts else []
    tables += [(f"relation/{name}", f'main."{name}"', "") for name in names]
    written: list[tuple[Path, int]] = []
    folder.mkdir()
    connection.execute("SET threads = 1")  # one file for each type and day, in the order of the log
    for number, day in enumerate(days, start=1):
        # Day by day: DuckDB keeps a file open for each partition, and a row group that holds other days only is not read.
        written += _copied(
            connection,
            f"""SELECT *, recorded_at::DATE AS day FROM log.event
                WHERE recorded_at >= TIMESTAMP '{day}' AND recorded_at < TIMESTAMP '{day}' + INTERVAL 1 DAY ORDER BY position""",
            folder / "event",
            f"{_COPY}, PARTITION_BY (type, day), OVERWRITE_OR_IGNORE",
        )
        progress("days of the log", number, len(days))
    _check_complete(connection, sum(rows for _, rows in written), wanted)
    connection.execute("RESET threads")
    for number, (name, relation, options) in enumerate(tables, start=1):
        path = folder / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        written += _copied(connection, f"FROM {relation}", path, f"{_COPY}{options}")
        progress("relations and texts" if wanted.relations or wanted.texts else "the chain", number, len(tables))
    return written


def _copied(connection: duckdb.DuckDBPyConnection, query: str, path: Path, options: str) -> list[tuple[Path, int]]:
    rows = connection.execute(f"COPY ({query}) TO {literal(path)} ({options})").fetchall()
    return [(Path(row[0]), int(row[1])) for row in rows]


def _relations(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables and views of the schema main."""
    rows = connection.execute("""
        SELECT table_name FROM duckdb_tables() WHERE database_name = 'source' AND schema_name = 'main' AND NOT internal
        UNION ALL SELECT view_name FROM duckdb_views() WHERE database_name = 'source' AND schema_name = 'main' AND NOT internal
        ORDER BY 1""").fetchall()
    return [name for (name,) in rows]


# ---- one DuckDB file


def _one_file(connection: duckdb.DuckDBPyConnection, path: Path, wanted: Wanted, progress: Progress) -> tuple[Path, int]:
    """Copy the catalog, then the rows: a copied file with its texts deleted would still hold their bytes."""
    connection.execute(f"ATTACH {literal(path)} AS target (STORAGE_VERSION 'v1.2.0')")
    connection.execute("COPY FROM DATABASE source TO target (SCHEMA)")
    tables = connection.execute("""
        SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'source' AND NOT internal
        ORDER BY schema_name <> 'log', 1, 2""").fetchall()
    if not wanted.texts:
        tables.remove(("log", "body"))
    ((head,),) = connection.execute("SELECT position FROM log.head").fetchall()
    rows = 0
    for number, (schema, name) in enumerate(tables, start=1):
        table = f'"{schema}"."{name}"'
        if (schema, name) == ("log", "event"):
            for start in range(0, head + 1, SLICE):
                end = min(start + SLICE, head + 1)
                rows += _inserted(
                    connection, f"{table} SELECT * FROM source.{table} WHERE position >= {start} AND position < {end}"
                )
                progress("events", end, head + 1)
        else:
            rows += _inserted(connection, f"{table} SELECT * FROM source.{table}")
        progress("relations", number, len(tables))
    ((found,),) = connection.execute("SELECT count(*) FROM target.log.event").fetchall()
    _check_complete(connection, found, wanted)
    connection.execute("CHECKPOINT target")
    connection.execute("DETACH target")
    return path, rows


def _inserted(connection: duckdb.DuckDBPyConnection, rest: str) -> int:
    ((rows,),) = connection.execute(f"INSERT INTO target.{rest}").fetchall()
    return int(rows)


def _check_complete(connection: duckdb.DuckDBPyConnection, written: int, wanted: Wanted) -> None:
    ((expected,),) = connection.execute("SELECT count(*) FROM source.log.event").fetchall()
    if written != expected:
        message = f"{written} events were written of {expected}"
        raise WarehouseError(message, subject=str(wanted.target), way_out="Nothing was kept; please report it.")


# ---- the manifest, and checking by it


def _finish(partial: Path, wanted: Wanted, manifest: dict[str, Any], written: list[tuple[Path, int]], progress: Progress) -> None:
    """Hash what was written, put the manifest to it and give all of it its name."""
    entries = []
    for number, (path, rows) in enumerate(sorted(written), start=1):
        name = wanted.target.name if wanted.is_one_file else path.relative_to(partial).as_posix()
        entries.append({"file": name, "rows": rows, "bytes": path.stat().st_size, "sha256": _sha256(path)})
        progress("files hashed", number, len(written))
    manifest["files"] = entries
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    if wanted.is_one_file:
        beside = _companions(partial)[2]
        beside.write_text(text, encoding="utf-8")
        beside.rename(wanted.manifest)
        try:
            partial.rename(wanted.target)
        except OSError:
            wanted.manifest.unlink()
            raise
    else:
        (partial / MANIFEST).write_text(text, encoding="utf-8")
        partial.rename(wanted.target)


def check_export(target: Path) -> list[str]:
    """What differs between an export and its manifest, a line each; nothing, if it is as it was written.

    Raises ExportError when there is no manifest, or it is none of this program's.
    """
    path = manifest_of(target)
    try:
        entries = {str(entry["file"]): entry for entry in json.loads(path.read_text(encoding="utf-8"))["files"]}
    except OSError as error:
        raise ExportError(
            f"there is no manifest: {error.strerror}", subject=str(path), way_out="Name what `monitor export` has written."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ExportError("is no manifest of an export", subject=str(path), way_out="Export again.") from error
    folder = path.parent
    wrong = []
    for name, entry in sorted(entries.items()):
        try:
            sha256 = _sha256(folder / name)
        except OSError as error:
            wrong.append(f"{name}: {error.strerror}")
            continue
        if sha256 != entry.get("sha256"):
            wrong.append(f"{name}: its SHA-256 is another one than when it was written")
    if target.is_dir():
        there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
        wrong += [f"{name}: is not in the manifest" for name in sorted(there - entries.keys() - {MANIFEST})]
    return wrong


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
