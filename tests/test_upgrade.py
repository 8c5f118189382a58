"""A warehouse that an earlier version wrote opens: every event as it was, every relation as this version makes it, a backup beside.

tests/data/warehouses holds a demo warehouse for each schema that ever shipped; a new schema step comes with the file before it.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import TESTS
from invented import differences, faults, relations_of

from monitor.errors import WarehouseError
from monitor.events import read_event
from monitor.warehouse import WarehouseFiles, open_live, query_copy
from monitor.warehouse.files import event_types
from monitor.warehouse.schema import SCHEMA_STEPS

OLD = sorted((TESTS / "data" / "warehouses").glob("schema-*.duckdb.gz"))


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What no upgrade may change, read without any of our code."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            "events": connection.execute("SELECT * REPLACE (data::VARCHAR AS data) FROM log.event ORDER BY position").fetchall(),
            "texts": connection.execute("SELECT sha256, text FROM log.body ORDER BY sha256").fetchall(),
            "head": connection.execute("SELECT id, position FROM log.head").fetchall(),
        }


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(params=OLD, ids=lambda path: path.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> WarehouseFiles:
    """A warehouse as the earlier version left it."""
    files = WarehouseFiles(tmp_path / "warehouse")
    files.live.parent.mkdir(parents=True)
    files.live.write_bytes(gzip.decompress(request.param.read_bytes()))
    return files


def test_there_is_an_old_warehouse_for_every_schema_before_this_one() -> None:
    assert {path.name for path in OLD} >= {f"schema-{number}.duckdb.gz" for number in range(1, len(SCHEMA_STEPS))}


def test_every_event_and_text_stays_as_it_was(old: WarehouseFiles) -> None:
    """Row by row, each readable as its model; the chain and the beginnings of subjects are made from them; the copy shows it all."""
    before = contents(old.live)
    assert len(before["events"]) > 100
    with open_live(old) as live:
        assert faults(live._connection) == []
        live.publish()
    assert contents(old.live) == before
    assert contents(old.copy) == before
    for row in before["events"]:
        read_event(row[2], row[3], row[10])
    assert query_copy(old, "SELECT count(*) > 0, min(first_position) FROM log.batch").rows == [(True, 0)]


def test_the_relations_are_those_of_a_rebuild(old: WarehouseFiles) -> None:
    """Not those that the earlier version made, and none is empty that has events."""
    with open_live(old) as live:
        found = relations_of(live._connection)
        logged = {wire for (wire,) in live.query("SELECT DISTINCT type FROM log.event")}
        # The samples of before are hashes of another function: no text is found by them any more.
        assert [name for name, rows in found.items() if not rows and event_types(name) & logged and name != "shingle"] == []
        live.rebuild()
        assert differences(found, relations_of(live._connection)) == {}


def test_a_backup_is_made_once(old: WarehouseFiles) -> None:
    """Byte for byte the file of before, made before the first change; opening again upgrades nothing."""
    before = contents(old.live)
    with open_live(old):
        pass
    (backup,) = old.backups.iterdir()
    assert contents(backup) == before
    with duckdb.connect(str(backup), read_only=True) as connection:
        assert connection.execute("SELECT max(number) FROM log.step").fetchall()[0][0] < len(SCHEMA_STEPS)
    once = digest(old.live)
    with open_live(old) as live:
        assert live.query("SELECT count(*), max(number) FROM log.step") == [(len(SCHEMA_STEPS), len(SCHEMA_STEPS))]
    assert list(old.backups.iterdir()) == [backup]
    assert digest(old.live) == once, "an opening that changes nothing leaves the bytes"


def test_the_file_stays_locked_while_its_backup_is_made(old: WarehouseFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copying a file in the process that holds it would free the lock: then somebody's shell could write into an upgrade."""
    from monitor.warehouse import schema

    make, others = schema.make_relations, []

    def looked_at(connection: duckdb.DuckDBPyConnection, names: list[str]) -> None:
        shell = f"import duckdb; duckdb.connect({str(old.live)!r})"
        others.append(subprocess.run([sys.executable, "-c", shell], capture_output=True, text=True))
        make(connection, names)

    monkeypatch.setattr(schema, "make_relations", looked_at)
    with open_live(old):
        pass
    assert [(other.returncode, "Could not set lock" in other.stderr) for other in others] == [(1, True)]


def test_an_upgraded_warehouse_goes_on(old: WarehouseFiles) -> None:
    """What it knows is known: its own events again add nothing, new ones come behind."""
    from test_warehouse import registered

    with open_live(old) as live:
        last = live.query("SELECT max(position) FROM log.event")[0][0]
        kept = relations_of(live._connection)
        live.append([registered(1)])
        assert live.query("SELECT position FROM log.event WHERE stream = 'feed-1'") == [(last + 1,)]
        assert faults(live._connection) == []
        assert set(differences(kept, relations_of(live._connection))) == {"feed"}


def test_a_backup_that_cannot_be_made_stops_the_upgrade(old: WarehouseFiles) -> None:
    """A file stands where the folder should be: an error with the way out, and the warehouse is as it was."""
    before = contents(old.live)
    old.backups.write_text("in the way")
    with pytest.raises(WarehouseError, match="no backup") as caught, open_live(old):
        pass
    assert "nothing was changed" in caught.value.way_out
    assert contents(old.live) == before


def test_a_newer_schema_is_refused_and_the_file_left_alone(tmp_path: Path) -> None:
    """To the last byte, whatever kind of opening; and nothing is published over its copy."""
    files = WarehouseFiles(tmp_path / "warehouse")
    with open_live(files) as live:
        live.publish()
        live._connection.execute("INSERT INTO log.step VALUES (?, 'future', '')", [len(SCHEMA_STEPS) + 1])
    before = digest(files.live), digest(files.copy)
    for or_standin in (False, True):
        with pytest.raises(WarehouseError, match="newer program"), open_live(files, or_standin=or_standin) as live:
            live.publish()
    assert (digest(files.live), digest(files.copy)) == before


def test_changed_sql_makes_its_relation_anew(tmp_path: Path) -> None:
    """A relation that other SQL made is made afresh when the file is opened; the others are left as they are."""
    from kill_driver import batch

    files = WarehouseFiles(tmp_path / "warehouse")
    with open_live(files) as live:
        live.append(*batch(10))
        live.append(*batch(11))
        before = relations_of(live._connection)
        live._connection.execute("UPDATE log.relation SET digest = 'other SQL' WHERE name = 'entry'")
        live._connection.execute("DELETE FROM entry")
        live._connection.execute("UPDATE run SET counts = '{}'")
    with open_live(files) as live:
        assert differences(before, relations_of(live._connection)) == {}
        assert faults(live._connection) == []
