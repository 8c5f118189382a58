"""A backup is the warehouse of one moment, and what is restored from it is that warehouse."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from invented import relations_of
from kill_driver import batch
from stores import append, held_open

from monitor.archive import Archive
from monitor.archive.check import check_archive
from monitor.errors import BackupError
from monitor.pipeline.backing_up import MANIFEST, back_up, restore
from monitor.settings import load_settings
from monitor.warehouse import WarehouseFiles, open_live, query_copy, read_copy
from monitor.warehouse.copies import publish_copy
from monitor.warehouse.files import relations
from monitor.warehouse.pinning import pinned
from monitor.warehouse.verify import chain_head, records_named, relations_that_differ


def contents(data: Path) -> dict[str, Any]:
    """Every row of every relation and of the log, and the end of the chain."""
    with read_copy(WarehouseFiles(data)) as connection:
        events = connection.execute("SELECT * REPLACE (data::VARCHAR AS data) FROM log.event ORDER BY position").fetchall()
        texts = connection.execute("SELECT sha256, text FROM log.body ORDER BY sha256").fetchall()
        return {"events": events, "texts": texts, "chain": chain_head(connection), "relations": relations_of(connection)}


def raw(data: Path) -> dict[str, bytes]:
    return {str(path.relative_to(data)): path.read_bytes() for path in sorted(data.glob("archive/*/*/*/*.warc.gz"))}


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_what_is_restored_is_the_original(demo: Path, tmp_path: Path, name: str) -> None:
    """Log, texts, relations, chain and raw bytes; every check holds, a rebuild gives the same, the archive reads back."""
    manifest = back_up(load_settings(demo / "monitor.toml"), tmp_path / name)
    restored = tmp_path / "restored"
    assert restore(tmp_path / name, restored) == manifest
    assert contents(restored) == contents(demo)
    assert contents(demo)["chain"] == (manifest["batches"], manifest["chain"])
    assert raw(restored) == raw(demo)
    assert raw(demo)
    files = WarehouseFiles(restored)
    assert {check: query_copy(files, f'FROM "check"."{check}"').rows for check in relations("check")} == dict.fromkeys(
        relations("check"), []
    )
    assert relations_that_differ(files) == []
    with read_copy(files) as connection:
        found = check_archive(Archive(restored / "archive"), records_named(connection))
    assert found.is_whole
    assert found.named > 0
    assert (restored / "alerts" / "alerts.jsonl").read_bytes() == (demo / "alerts" / "alerts.jsonl").read_bytes()


def test_the_command_proves_it(demo: Path, tmp_path: Path) -> None:
    """`monitor verify` says the same of both, down to the end of the chain."""

    def monitor(*arguments: str) -> str:
        command = [sys.executable, "-c", "from monitor.cli import main; main()", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    config = str(demo / "monitor.toml")
    written = json.loads(monitor("--config", config, "backup", str(tmp_path / "kept"), "--json"))
    monitor("--data", str(tmp_path / "restored"), "restore", str(tmp_path / "kept"))
    before = monitor("--config", config, "verify", "--json")
    assert json.loads(monitor("--data", str(tmp_path / "restored"), "verify", "--json")) == json.loads(before)
    assert json.loads(before)["chain"] == written["chain"]


def test_a_restored_warehouse_goes_on(demo: Path, tmp_path: Path) -> None:
    """What is appended lies behind what was there, in the log and in the archive."""
    back_up(load_settings(demo / "monitor.toml"), tmp_path / "kept")
    restored = tmp_path / "restored"
    restore(tmp_path / "kept", restored)
    with open_live(WarehouseFiles(restored)) as live:
        ((head,),) = live.query("SELECT position FROM log.head")
        live.append(*batch(1))
        assert live.query("SELECT min(position) FROM log.event WHERE position > ?", [head]) == [(head + 1,)]


def test_what_waits_in_the_spool_is_in_it(tmp_path: Path) -> None:
    """Somebody's shell holds the live file: the copy is old, and what came since waits in files."""
    files = WarehouseFiles(tmp_path / "warehouse")
    with open_live(files) as live:
        live.append(*batch(1))
        live.publish()
    append("spool", files, *batch(2))
    with held_open(files.live):
        manifest = back_up(load_settings(data=files.root), tmp_path / "kept")
    assert manifest["waiting_batches"] == 1
    restore(tmp_path / "kept", tmp_path / "restored")
    with open_live(files) as live:
        live.publish()
    assert contents(tmp_path / "restored") == contents(files.root)


def test_bytes_of_a_writer_that_was_cut_off_are_left_out(demo: Path, tmp_path: Path) -> None:
    """They are nobody's: the file that is restored is as long as it is good."""
    state = json.loads((demo / "archive" / ".open" / "pages.json").read_text())
    with (demo / "archive" / state["file"]).open("ab") as out:
        out.write(b"torn")
    back_up(load_settings(demo / "monitor.toml"), tmp_path / "kept")
    restore(tmp_path / "kept", tmp_path / "restored")
    assert (tmp_path / "restored" / "archive" / state["file"]).stat().st_size == state["length"]


def test_a_publication_leaves_a_copy_that_is_being_kept_to_its_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice: the copy becomes the spare, and the spare is what the next one would be written into."""
    monkeypatch.setattr("monitor.warehouse.copies.SMALL", 0)
    monkeypatch.setattr("monitor.warehouse.copies.GRACE", 0.0)
    files = WarehouseFiles(tmp_path / "warehouse")
    with open_live(files) as live:
        live.append(*batch(1))
        live.publish()
    before = files.copy.read_bytes()
    with pinned(files) as held:
        for number in (2, 3):
            with open_live(files) as live:
                live.append(*batch(number))
            with open_live(files):
                publish_copy(files.live, files.copy, files.spare)
        assert held.copy.read() == before
    assert files.copy.read_bytes() != before


def test_a_second_backup_costs_what_has_changed(demo: Path, tmp_path: Path) -> None:
    """Unchanged raw files are links to the earlier backup; a record taken out meanwhile is not linked to."""
    settings = load_settings(demo / "monitor.toml")
    first = back_up(settings, tmp_path / "first")
    changed, *others = sorted((demo / "archive").glob("*/*/*/*.warc.gz"))
    os.utime(changed, ns=(1, 1))  # what writing into it does
    back_up(settings, tmp_path / "second", since=tmp_path / "first")
    assert others
    for path in others:
        name = path.relative_to(demo)
        assert (tmp_path / "second" / name).samefile(tmp_path / "first" / name)
    assert not (tmp_path / "second" / changed.relative_to(demo)).samefile(tmp_path / "first" / changed.relative_to(demo))
    shutil.rmtree(tmp_path / "first")
    assert restore(tmp_path / "second", tmp_path / "restored")["chain"] == first["chain"]


@pytest.mark.parametrize("how", ["changed", "missing", "outside"])
def test_a_damaged_backup_restores_nothing(demo: Path, tmp_path: Path, how: str) -> None:
    """One error that names the file; the folder holds no warehouse afterwards."""
    kept = tmp_path / "kept"
    back_up(load_settings(demo / "monitor.toml"), kept)
    victim = next(kept.glob("archive/*/*/*/*.warc.gz"))
    if how == "changed":
        victim.write_bytes(victim.read_bytes()[:-1] + b"?")
    elif how == "missing":
        victim.unlink()
    else:
        manifest = json.loads((kept / MANIFEST).read_text())
        manifest["files"][0]["path"] = "../elsewhere"
        (kept / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BackupError, match="not as it was written"):
        restore(kept, tmp_path / "restored")
    assert not (tmp_path / "restored" / "monitor.duckdb").exists()
    assert not (tmp_path / "restored" / "archive").exists()


def test_nothing_is_written_over(demo: Path, tmp_path: Path) -> None:
    """Neither a backup nor a warehouse; and what is no backup is not restored."""
    settings = load_settings(demo / "monitor.toml")
    back_up(settings, tmp_path / "kept")
    with pytest.raises(BackupError, match="is there already"):
        back_up(settings, tmp_path / "kept")
    with pytest.raises(BackupError, match="lies here already"):
        restore(tmp_path / "kept", demo)
    for nothing in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(BackupError, match="no backup"):
            restore(nothing, tmp_path / "restored")
