"""What stands in docs/running.md on exit codes holds for each way in which a warehouse can be out of order."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest
from command import Command, damage, full_disk, held_open, in_a_process, read_only
from conftest import ROOT

import monitor.cli
from monitor.pipeline.shared import one_run_at_a_time
from monitor.warehouse import WarehouseFiles
from monitor.warehouse import live as live_module

READING = [["sql", "FROM log.event"], ["proposals"], ["verify"], ["export", "out"]]
WRITING = [["run"], ["rebuild"], ["seed", "import", "seed.txt"]]


@pytest.fixture
def files(store: Path, tmp_path: Path) -> WarehouseFiles:
    """A warehouse of the test's own, with the settings beside it, and a document to import."""
    shutil.copytree(store / "store", tmp_path / "store")
    for name in ("monitor.toml", "feeds.toml"):
        shutil.copy(store / name, tmp_path / name)
    (tmp_path / "seed.txt").write_text("A text of several words about the harbour and its three old bridges.", encoding="utf-8")
    return WarehouseFiles(tmp_path / "store")


def says(err: str, subject: Path | str) -> None:
    """One message: what is concerned, what is wrong with it and the way out; no stack."""
    lines = err.splitlines()
    assert lines[0].startswith(f"error: {subject}: "), err
    assert lines[1].startswith("  "), err
    assert len(lines) == 2, err


def test_the_codes_are_the_same_in_both_places() -> None:
    """The module's first lines and the document."""
    documented = set(re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "running.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == set(re.findall(r"\b(\d+) [a-z]", monitor.cli.__doc__ or "")) == {"0", "1", "2", "3", "4", "130"}


@pytest.mark.parametrize("command", READING, ids=" ".join)
@pytest.mark.parametrize("kind", ["no database", "cut off", "damaged block"])
def test_a_corrupt_copy_is_4(monitor: Command, files: WarehouseFiles, command: list[str], kind: str) -> None:
    """Also where only a part that the statement reads is damaged."""
    if kind == "damaged block":
        damage(files.copy, "FROM log.event")
        if command == ["proposals"]:
            pytest.skip("reads another part")
    else:
        files.copy.write_bytes(b"no database" * 1000 if kind == "no database" else files.copy.read_bytes()[:20_000])
    ended = monitor(*command)
    assert (ended.code, ended.out) == (4, "")
    says(ended.err, "store/monitor.duckdb")
    assert "monitor rebuild" in ended.err


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
@pytest.mark.parametrize("kind", ["no database", "cut off"])
def test_a_corrupt_live_file_is_4_and_recover_mends_it(
    monitor: Command, files: WarehouseFiles, command: list[str], kind: str
) -> None:
    """The way out that is named leads out."""
    files.live.write_bytes(b"no database" * 1000 if kind == "no database" else files.live.read_bytes()[:20_000])
    ended = monitor(*command)
    assert (ended.code, ended.out) == (4, "")
    says(ended.err, "store/.live/monitor.duckdb")
    assert "`monitor recover`" in ended.err
    assert monitor("recover").code == 0
    if command != ["run"]:  # the outlets are gone
        assert monitor(*command).code == 0


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_a_foreign_live_file_is_4_and_stays_as_it_is(monitor: Command, files: WarehouseFiles, command: list[str]) -> None:
    """Somebody's own DuckDB file."""
    files.live.unlink()
    with duckdb.connect(str(files.live)) as connection:
        connection.execute("CREATE TABLE recipe AS SELECT 'rye bread' AS name")
    before = files.live.read_bytes()
    ended = monitor(*command)
    assert (ended.code, ended.out) == (4, "")
    assert "is a DuckDB file of something else" in ended.err
    assert files.live.read_bytes() == before


@pytest.mark.parametrize("limit", [0, 4_000, 100_000])
@pytest.mark.parametrize("command", [*WRITING, ["export", "out"], ["export", "mine.duckdb"]], ids=" ".join)
def test_a_full_disk_is_4_and_with_room_it_goes_on(
    monitor: Command, files: WarehouseFiles, command: list[str], limit: int
) -> None:
    """Stood in for by a limit on the size of files: of every file (0), of all but the smallest, of the DuckDB file."""
    if command[:2] == ["export", "out"] and limit == 100_000:
        pytest.skip("no file of the export is as large")
    folder = files.root.parent
    ended = in_a_process(folder, *command, preexec_fn=full_disk(limit))
    assert (ended.code, ended.out) == (4, ""), ended.err
    lines = [line for line in ended.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert "Traceback" not in ended.err
    assert monitor(*command).code == 0
    assert monitor("verify", "--quick").code == 0


@pytest.mark.parametrize("command", [*WRITING, ["recover"]], ids=" ".join)
def test_a_read_only_folder_is_4(files: WarehouseFiles, command: list[str]) -> None:
    """Where the live file lies."""
    with read_only(files.live.parent) as options:
        ended = in_a_process(files.root.parent, *command, **options)
    assert (ended.code, ended.out) == (4, ""), ended.err
    assert ended.err.startswith("error: store")
    assert "denied" in ended.err
    assert "Traceback" not in ended.err


def test_a_warehouse_that_cannot_be_upgraded_is_4(files: WarehouseFiles) -> None:
    """Its relations were made by another program, and the folder is read-only: the reason is said, not what followed from it."""
    with duckdb.connect(str(files.live)) as connection:
        connection.execute("UPDATE log.relation SET digest = '' WHERE name = 'feed'")
    with read_only(files.live.parent) as options:
        ended = in_a_process(files.root.parent, "rebuild", **options)
    assert (ended.code, ended.out) == (4, "")
    assert "denied" in ended.err


@pytest.mark.parametrize("command", READING[:3], ids=" ".join)
def test_reading_needs_no_right_to_write(files: WarehouseFiles, command: list[str]) -> None:
    """As somebody else's warehouse, or one on a read-only disk."""
    if command == ["verify"]:
        command = ["verify", "--quick"]
    with read_only(files.root) as options:
        assert in_a_process(files.root.parent, *command, **options).code == 0


def test_a_missing_extension_is_2(files: WarehouseFiles) -> None:
    """In a process of its own, with nothing fetched from anywhere."""
    ended = in_a_process(files.root.parent, "sql", "LOAD fts")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: DuckDB's extension 'fts' is not here")


def test_locked_is_3(monitor: Command, files: WarehouseFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run; a person's shell on the live file, which a rebuild and an import wait for, but not for ever."""
    with one_run_at_a_time(files):
        assert monitor("run").code == 3
    connect = live_module._connect
    monkeypatch.setattr(live_module, "_connect", lambda files, patience: connect(files, min(patience, 0.2)))
    with held_open(files.live):
        ended = monitor("rebuild")
        assert (ended.code, ended.out) == (3, "")
        assert "Close that program" in ended.err
        assert monitor("recover").code == 3
        for command in READING[:2]:
            assert monitor(*command).code == 0


def test_a_wrong_statement_is_2_and_a_failed_check_1(monitor: Command, files: WarehouseFiles) -> None:
    """The user's fault, and the data's."""
    assert monitor("sql", "SELEC 1").code == 2
    with duckdb.connect(str(files.copy)) as connection:
        connection.execute("DELETE FROM log.body")
    assert monitor("verify", "--quick").code == 1
