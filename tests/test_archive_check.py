"""`monitor archive check` on a warehouse that a run has filled: what is whole, damaged or lost, and the exit code that says so."""

import json
import shutil
from pathlib import Path

import pytest
from command import Command

from monitor.warehouse import WarehouseFiles, query_copy


@pytest.fixture
def folder(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The filled warehouse, to be damaged."""
    target = tmp_path / "folder"
    shutil.copytree(store, target)
    monkeypatch.chdir(target)
    return target


def data_of(folder: Path) -> Path:
    return folder / "store"


def pages(folder: Path) -> list[tuple[Path, int, int]]:
    rows = query_copy(
        WarehouseFiles(data_of(folder)), "SELECT record_file, record_offset, record_length FROM page ORDER BY ALL"
    ).rows
    return [(data_of(folder) / "archive" / str(file), int(offset), int(length)) for file, offset, length in rows if file]


def test_a_whole_archive_is_counted_and_said_to_be_whole(monitor: Command, folder: Path) -> None:
    """Files, bytes and kinds of records; every record that an event names is there with its hash; exit code 0."""
    ended = monitor("archive", "check", "--json")
    found = json.loads(ended.out)
    files = list((data_of(folder) / "archive").glob("2*/*/*/*.warc.gz"))
    assert (ended.code, found["damaged"], found["lost"]) == (0, [], [])
    assert (found["files"], found["bytes"]) == (len(files), sum(path.stat().st_size for path in files))
    assert found["records"]["request"] == found["records"]["response"] > 1
    named = query_copy(
        WarehouseFiles(data_of(folder)),
        "SELECT count(DISTINCT data ->> '$.record') FROM log.event WHERE (data ->> '$.record.file') IS NOT NULL",
    ).rows
    assert [(found["named"],)] == named
    assert "everything reads back" in monitor("archive", "check").out


def test_a_damaged_record_is_named_with_exit_code_1_and_those_behind_it_are_still_found(monitor: Command, folder: Path) -> None:
    """One byte is flipped in the first page: its place is said, and only that page is lost."""
    path, offset, length = pages(folder)[0]
    content = bytearray(path.read_bytes())
    content[offset + length // 2] ^= 0xFF
    path.write_bytes(content)
    ended = monitor("archive", "check", "--json")
    found = json.loads(ended.out)
    assert ended.code == 1
    assert [place.split(":")[0].split("@")[1] for place in found["lost"]] == [str(offset)]
    assert found["damaged"]
    told = monitor("archive", "check")
    assert told.code == 1
    assert f"@{offset}" in told.err
    assert "backup" in told.out


def test_a_file_that_is_gone_is_lost_with_every_record_that_events_name_in_it(monitor: Command, folder: Path) -> None:
    """Nothing damaged is left to be found in the files, so only the log can tell; --files-only does not ask it."""
    path = pages(folder)[0][0]
    lost = {offset for other, offset, _ in pages(folder) if other == path}
    path.unlink()
    found = json.loads(monitor("archive", "check", "--json").out)
    assert {int(place.split(":")[0].split("@")[1]) for place in found["lost"]} == lost
    ended = monitor("archive", "check", "--files-only", "--json")
    assert (ended.code, json.loads(ended.out)["named"]) == (0, 0)


def test_without_a_warehouse_the_way_in_is_said(monitor: Command, tmp_path: Path) -> None:
    """Exit code 4, as for every command that needs one."""
    ended = monitor("--data", tmp_path / "nowhere", "archive", "check")
    assert ended.code == 4
    assert "monitor run" in ended.err
