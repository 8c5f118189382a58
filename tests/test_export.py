"""An export is the whole of what was published, readable by any DuckDB, checkable by its manifest, and never half of one."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from command import Command, damage, full_disk, held_open, in_a_process, read_only
from filelock import FileLock

from monitor.errors import WarehouseError
from monitor.warehouse import WarehouseFiles
from monitor.warehouse.export import ExportError, Wanted, check_export, export


@pytest.fixture
def files(store: Path) -> WarehouseFiles:
    """The filled warehouse, for reading only."""
    return WarehouseFiles(store / "store")


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """A result of a DuckDB file as anybody would read it."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(statement).fetchall()


def plain(statement: str) -> list[tuple[Any, ...]]:
    """A result of a DuckDB without any file."""
    with duckdb.connect() as connection:
        return connection.execute(statement).fetchall()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- Parquet


def test_the_log_lies_by_type_and_day(files: WarehouseFiles, tmp_path: Path) -> None:
    """Every event once and as it is, in the order of the log, in one zstd file for each type and day."""
    export(files, Wanted(tmp_path / "out"))
    kept = rows(files.copy, "FROM log.event ORDER BY position")
    found = plain(f"""SELECT position, event_id, type, version, stream, topic, caused_by, run_id, occurred_at, recorded_at, data
        FROM read_parquet('{tmp_path}/out/event/**/*.parquet', hive_partitioning = true) ORDER BY position""")
    assert found == kept
    expected = {f"type={row[2]}/day={row[9]:%Y-%m-%d}/data_0.parquet" for row in kept}
    assert {
        path.relative_to(tmp_path / "out" / "event").as_posix() for path in (tmp_path / "out").rglob("event/**/*.parquet")
    } == expected
    assert plain(f"SELECT DISTINCT compression FROM parquet_metadata('{tmp_path}/out/**/*.parquet')") == [("ZSTD",)]
    assert plain(f"""SELECT count(*) FROM (SELECT position < lag(position) OVER (PARTITION BY filename ORDER BY file_row_number) AS is_wrong
        FROM read_parquet('{tmp_path}/out/event/**/*.parquet', filename = true, file_row_number = true)) WHERE is_wrong""") == [
        (0,)
    ]


def test_texts_and_relations_come_when_asked_for(files: WarehouseFiles, tmp_path: Path) -> None:
    """Tables and views of the schema main, and the texts with their hashes; else nothing of the kind."""
    export(files, Wanted(tmp_path / "without"))
    assert {path.name for path in (tmp_path / "without").iterdir()} == {"event", "log", "manifest.json"}
    export(files, Wanted(tmp_path / "with", texts=True, relations=True))
    names = [name for (name,) in rows(files.copy, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'")]
    assert {path.stem for path in (tmp_path / "with" / "relation").iterdir()} == set(names) >= {"article", "position", "alert"}
    for name in names:
        kept = rows(files.copy, f'SELECT t::VARCHAR FROM main."{name}" AS t ORDER BY ALL')
        assert plain(f"SELECT t::VARCHAR FROM '{tmp_path}/with/relation/{name}.parquet' AS t ORDER BY ALL") == kept
    texts = plain(f"SELECT sha256, text FROM '{tmp_path}/with/text.parquet'")
    assert texts
    assert all(hashlib.sha256(text.encode()).hexdigest() == digest for digest, text in texts)


def test_the_chain_can_be_followed_in_the_files_alone(files: WarehouseFiles, tmp_path: Path) -> None:
    """From the events and log/batch.parquet, without this program, to the hash that the manifest names."""
    manifest = export(files, Wanted(tmp_path / "out"))
    events = plain(f"""SELECT position, concat_ws('|', position, event_id, type, version, stream, coalesce(topic, ''),
        coalesce(caused_by::VARCHAR, ''), run_id, epoch_us(occurred_at), epoch_us(recorded_at), sha256(data::VARCHAR))
        FROM read_parquet('{tmp_path}/out/event/**/*.parquet', hive_partitioning = true) ORDER BY position""")
    head = ""
    for _, first, last, _, digest in plain(f"FROM '{tmp_path}/out/log/batch.parquet' ORDER BY number"):
        lines = "\n".join(line for position, line in events if first <= position <= last)
        head = hashlib.sha256(f"{head}\n{lines}".encode()).hexdigest()
        assert head == digest
    assert manifest["chain"]["sha256"] == head
    assert manifest["head"] == events[-1][0]


def test_an_export_of_the_same_copy_has_the_same_files(files: WarehouseFiles, tmp_path: Path) -> None:
    """Byte for byte: the files of days that are over can be left out when an export is sent again."""
    first, second = (export(files, Wanted(tmp_path / name, relations=True)) for name in ("one", "two"))
    assert first["files"] == second["files"]


# ---- one file


def test_one_file_is_the_warehouse_without_its_texts(files: WarehouseFiles, tmp_path: Path) -> None:
    """All of the log and every relation, view, macro and comment, at a storage version that others read; no text."""
    target = tmp_path / "mine.duckdb"
    export(files, Wanted(target))
    assert rows(target, "SELECT count(*) FROM log.body") == [(0,)]
    assert rows(target, "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal") == [("v1.2.0+",)]
    tables = rows(files.copy, "SELECT schema_name, table_name FROM duckdb_tables() WHERE table_name <> 'body'")
    assert ("log", "event") in tables
    views = rows(files.copy, "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal AND view_name <> 'texts_kept'")
    assert ("report", "proposal_ledger") in views
    for schema, name in tables + views:
        statement = f'SELECT t::VARCHAR FROM "{schema}"."{name}" AS t ORDER BY ALL'
        assert rows(target, statement) == rows(files.copy, statement), name
    for statement in (
        "SELECT schema_name, table_name, comment FROM duckdb_tables() ORDER BY ALL",
        "SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
        "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL",
        # DuckDB writes the columns after REPLACE in any order.
        "SELECT function_name, parameters, list_sort(regexp_extract_all(macro_definition, '\\w+')) FROM duckdb_functions() WHERE NOT internal ORDER BY ALL",
    ):
        assert rows(target, statement) == rows(files.copy, statement), statement
    statement = "FROM article_as_known_at(TIMESTAMP '2100-01-01') ORDER BY ALL"
    assert len(rows(target, statement)) == 1
    assert rows(target, statement) == rows(files.copy, statement)


def test_one_file_can_have_the_texts_too(files: WarehouseFiles, tmp_path: Path) -> None:
    """When they are asked for."""
    export(files, Wanted(tmp_path / "mine.duckdb", texts=True))
    statement = "FROM log.body ORDER BY sha256"
    assert rows(tmp_path / "mine.duckdb", statement) == rows(files.copy, statement)


# ---- the manifest


@pytest.mark.parametrize("name", ["out", "mine.duckdb"])
def test_the_manifest_says_what_there_is(files: WarehouseFiles, tmp_path: Path, name: str) -> None:
    """Rows, bytes and SHA-256 of each file, the head, the end of the chain, the program's version; and the check agrees."""
    target = tmp_path / name
    given = export(files, Wanted(target))
    path = target / "manifest.json" if name == "out" else tmp_path / "mine.duckdb.manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    assert manifest == given
    assert manifest["program"].startswith("ceasefire-monitor ")
    ((head, batches, digest),) = rows(files.copy, "SELECT max(last_position), count(*), max_by(sha256, number) FROM log.batch")
    assert (manifest["head"], manifest["chain"]) == (head, {"batches": batches, "sha256": digest})
    for entry in manifest["files"]:
        file = path.parent / entry["file"]
        assert (entry["sha256"], entry["bytes"]) == (sha256(file), file.stat().st_size)
        if name == "out":
            assert plain(f"SELECT count(*) FROM read_parquet('{file}')") == [(entry["rows"],)]
    assert check_export(target) == []


def test_a_changed_export_is_found_by_its_manifest(asked: Command, files: WarehouseFiles, tmp_path: Path) -> None:
    """A changed file, a missing one and one too many; exit code 1 with a line for each."""
    target = tmp_path / "out"
    export(files, Wanted(target))
    assert asked("export", target, "--check").code == 0
    changed, missing = sorted(target.rglob("event/**/*.parquet"))[:2]
    changed.write_bytes(changed.read_bytes() + b"x")
    missing.unlink()
    (target / "more.parquet").touch()
    ended = asked("export", target, "--check")
    assert ended.code == 1
    assert ended.out.splitlines() == [
        f"{changed.relative_to(target)}: its SHA-256 is another one than when it was written",
        f"{missing.relative_to(target)}: No such file or directory",
        "more.parquet: is not in the manifest",
    ]
    assert len(json.loads(asked("export", target, "--check", "--json").out)["wrong"]) == 3


def test_without_a_manifest_nothing_can_be_checked(asked: Command, tmp_path: Path) -> None:
    """Exit code 2: nothing there, or something else."""
    ended = asked("export", tmp_path / "nowhere", "--check")
    assert ended.code == 2
    assert "there is no manifest" in ended.err
    for text in ("{", "[]", '{"files": [1]}'):
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(ExportError, match="is no manifest"):
            check_export(tmp_path)


# ---- in nobody's way, and never half


def test_it_reads_the_copy_while_everything_else_is_held(store: Path, tmp_path: Path) -> None:
    """The live file open in another process, our lock and a run's lock taken: it neither waits nor fails."""
    shutil.copytree(store / "store", tmp_path / "held")
    files = WarehouseFiles(tmp_path / "held")
    with held_open(files.live), FileLock(files.lock), FileLock(files.run_lock):
        for name in ("out", "mine.duckdb"):
            assert in_a_process(tmp_path, "export", name, "--data", "held").code == 0


def test_it_says_what_it_wrote(asked: Command, tmp_path: Path) -> None:
    """In words and as JSON."""
    ended = asked("export", tmp_path / "new" / "out")
    assert (ended.code, ended.err) == (0, "")
    assert f"MiB: {tmp_path / 'new' / 'out'}\n" in ended.out
    ended = asked("export", tmp_path / "mine.duckdb", "--json")
    assert json.loads(ended.out) == json.loads((tmp_path / "mine.duckdb.manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("there", ["out", "mine.duckdb", "mine.duckdb.manifest.json"])
def test_nothing_is_overwritten(asked: Command, tmp_path: Path, there: str) -> None:
    """Exit code 2 with what is there; and it stays as it is."""
    (tmp_path / there).write_text("mine", encoding="utf-8")
    ended = asked("export", tmp_path / ("out" if there == "out" else "mine.duckdb"))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [f"error: {tmp_path / there}: is there already", "  Name another place, or remove it first."]
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [(there, "mine")]


def test_progress_goes_up_to_the_end(files: WarehouseFiles, tmp_path: Path) -> None:
    """For each thing that takes time."""
    for name, things in (
        ("out", {"days of the log", "the chain", "files hashed"}),
        ("mine.duckdb", {"events", "relations", "files hashed"}),
    ):
        last: dict[str, tuple[int, int]] = {}

        def note(what: str, done: int, total: int, last: dict[str, tuple[int, int]] = last) -> None:
            assert last.get(what, (0, 0))[0] <= done <= total
            last[what] = done, total

        export(files, Wanted(tmp_path / name), note)
        assert last.keys() == things
        assert all(done == total for done, total in last.values())


@pytest.mark.parametrize("name", ["out", "mine.duckdb"])
@pytest.mark.parametrize("moment", ["the chain", "relations", "files hashed"])
def test_an_interrupt_leaves_nothing(files: WarehouseFiles, tmp_path: Path, name: str, moment: str) -> None:
    """Wherever it comes."""

    def stop(what: str, done: int, total: int) -> None:
        del done, total
        if what in (moment, "files hashed"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(files, Wanted(tmp_path / name), stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "limit"), [("out", 1000), ("out", 3000), ("mine.duckdb", 1000), ("mine.duckdb", 500_000)])
def test_a_full_disk_is_one_message_and_leaves_nothing(store: Path, tmp_path: Path, name: str, limit: int) -> None:
    """Stood in for by a limit on the size of files. Exit code 4."""
    ended = in_a_process(store, "export", tmp_path / name, preexec_fn=full_disk(limit))
    assert (ended.code, ended.out) == (4, "")
    first, way_out = ended.err.splitlines()
    assert first.startswith(f"error: {tmp_path / name}: cannot be written: ")
    assert way_out.startswith("  Make room")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out", "mine.duckdb", "new/out"])
def test_a_read_only_folder_is_one_message(store: Path, tmp_path: Path, name: str) -> None:
    """Exit code 4."""
    with read_only(tmp_path) as options:
        ended = in_a_process(store, "export", tmp_path / name, **options)
    assert (ended.code, ended.out) == (4, "")
    first, _ = ended.err.splitlines()
    assert first.startswith(f"error: {tmp_path / name}: cannot be written: ")
    assert "denied" in first
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_is_damaged_or_of_something_else_is_said(asked: Command, files: WarehouseFiles, tmp_path: Path) -> None:
    """Exit code 4 with the copy's name; nothing is left."""
    bad = WarehouseFiles(tmp_path / "bad")
    bad.root.mkdir()
    shutil.copyfile(files.copy, bad.copy)
    damage(bad.copy, "SELECT data FROM log.event")
    for name in ("out", "mine.duckdb"):
        ended = asked("export", tmp_path / name, "--data", bad.root)
        assert ended.code == 4
        assert ended.err.startswith(f"error: {bad.copy}: ")
    bad.copy.unlink()
    with duckdb.connect(str(bad.copy)) as connection:
        connection.execute("CREATE TABLE recipe (name VARCHAR)")
    with pytest.raises(WarehouseError, match="no warehouse of this program's schema"):
        export(bad, Wanted(tmp_path / "out"))
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]
