"""A log that machines share: replicas are equal, nothing is lost or twice under kills, and what was is still known after a compaction."""

from __future__ import annotations

import datetime as dt
import json
import random
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from command import Command
from invented import differences, faults, log_of, relations_of
from kill_driver import batch
from postgres import Postgres, postgres, why_not
from test_warehouse import NOW, extracted, registered, wrapped

from monitor.errors import SettingsError, WarehouseError, WarehouseLockedError
from monitor.events import ArticleRedacted
from monitor.ids import text_sha256
from monitor.settings import LakeSettings, load_settings
from monitor.warehouse import WarehouseFiles, lake, lake_care, open_live, query_copy
from monitor.warehouse.redact import take_out

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("lake")]


@pytest.fixture
def shared(postgres_server: Postgres, tmp_path: Path) -> LakeSettings:
    """A new lake."""
    made = LakeSettings(catalog=postgres_server.database(f"lake_{uuid.uuid4().hex}"), data=str(tmp_path / "lake"))
    lake_care.init(made)
    return made


@pytest.fixture
def machine(shared: LakeSettings, tmp_path: Path) -> Callable[[str], WarehouseFiles]:
    """A machine by its name: a folder whose warehouse is a replica."""
    return lambda name: WarehouseFiles(tmp_path / name, shared)


def state_of(files: WarehouseFiles) -> tuple[dict[str, list[str]], list[tuple[object, ...]], list[str]]:
    with open_live(files) as live:
        return relations_of(live._connection), log_of(live._connection), faults(live._connection)


def test_machines_that_take_turns_have_one_log_and_the_relations_of_a_single_one(
    machine: Callable[[str], WarehouseFiles], tmp_path: Path
) -> None:
    """Whoever appended what: log, chain of hashes and relations are those of one embedded file that got the same batches."""
    alone = WarehouseFiles(tmp_path / "alone")
    for number in range(1, 7):
        for files in (machine("east" if number % 2 else "west"), alone):
            with open_live(files) as live:
                live.append(*batch(number))
    states = [state_of(files) for files in (machine("east"), machine("west"), machine("late"), alone)]
    for relations, log, wrong in states:
        assert wrong == []
        assert log == states[-1][1]
        assert differences(relations, states[-1][0]) == {}


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from kill_driver import batch
from monitor.settings import LakeSettings
from monitor.warehouse import WarehouseFiles, open_live
files = WarehouseFiles(Path(sys.argv[2]), LakeSettings(catalog=sys.argv[3], data=sys.argv[4]))
print("ready", flush=True)
for number in map(int, sys.argv[5:]):
    with open_live(files) as live:
        live.append(*batch(number))
    print(number, flush=True)
"""


def writer(files: WarehouseFiles, numbers: range) -> subprocess.Popen[str]:
    assert files.lake is not None
    command = [
        sys.executable,
        "-c",
        WRITER,
        str(Path(__file__).parent),
        str(files.root),
        files.lake.catalog.get_secret_value(),
        files.lake.data,
    ]
    return subprocess.Popen([*command, *map(str, numbers)], stdout=subprocess.PIPE, text=True)


def test_writers_that_are_killed_lose_and_double_nothing(machine: Callable[[str], WarehouseFiles], shared: LakeSettings) -> None:
    """Two machines write the same batches at once; one is killed at a random moment and started again, several times. What was
    acknowledged is there, each event once, and both replicas are equal; the checks pass on the lake itself."""
    chance, acknowledged = random.Random(8), set()
    steady = writer(machine("steady"), range(1, 9))
    for _ in range(3):
        killed = writer(machine("killed"), range(1, 9))
        assert killed.stdout is not None
        assert killed.stdout.readline() == "ready\n"
        timer = threading.Timer(chance.uniform(0.1, 4), killed.kill)
        timer.start()
        acknowledged |= {int(line) for line in killed.stdout.read().split()}
        timer.cancel()
        killed.wait()
        killed.stdout.close()
    steady_out, _ = steady.communicate()
    assert steady.returncode == 0
    acknowledged |= {int(line) for line in steady_out.split()[1:]}
    assert acknowledged == set(range(1, 9))
    (relations, log, wrong), (others, same, wrong_too) = state_of(machine("steady")), state_of(machine("killed"))
    assert wrong == wrong_too == []
    assert log == same
    assert {row[1] for row in log} == {event.event_id for number in range(1, 9) for event in batch(number)[0]}
    assert len(log) == len({row[1] for row in log})
    assert differences(relations, others) == {}
    assert lake_care.status(shared).faults == ()


def test_of_writers_that_meet_at_the_head_each_counts_once(shared: LakeSettings) -> None:
    """Three write at once, as fast as they can: no place is given twice, and none is lost, however often they had to begin anew."""

    def write() -> None:
        with lake.open_lake(shared) as connection:
            done = 0
            while done < 6:
                try:
                    connection.execute("BEGIN")
                    head = lake.head_of(connection)
                    connection.execute("UPDATE lake.log.head SET position = position + 1 WHERE position = ?", [head.position])
                    connection.execute(
                        "INSERT INTO lake.log.redaction VALUES (?, ?, '')", [head.position + 1, uuid.UUID(int=head.position + 1)]
                    )
                    connection.execute("COMMIT")
                    done += 1
                except duckdb.Error as error:
                    lake._roll_back(connection)
                    if not lake.is_conflict(error):
                        return
                    lake.wait_a_little(2)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    with lake.open_lake(shared) as connection:
        assert lake.head_of(connection).position == 17
        assert connection.execute("SELECT list(number ORDER BY number) FROM lake.log.redaction").fetchall() == [
            (list(range(18)),)
        ]


def test_a_warehouse_is_brought_into_a_lake_whole(shared: LakeSettings, tmp_path: Path) -> None:
    """Every event, text, batch hash and relation; the folder is a replica from then on, and a lake that has a log is not overwritten."""
    alone = WarehouseFiles(tmp_path / "alone")
    with open_live(alone) as live:
        for number in range(1, 5):
            live.append(*batch(number))
    done = lake_care.migrate(alone, shared)
    assert done.differ == ()
    assert done.events == sum(len(batch(number)[0]) for number in range(1, 5))
    with open_live(WarehouseFiles(alone.root, shared)) as live:
        assert live.append(*batch(5)).known == 0
    assert faults_of(WarehouseFiles(tmp_path / "new", shared)) == []
    with pytest.raises(WarehouseError, match="has a log already"):
        lake_care.migrate(alone, shared)


def faults_of(files: WarehouseFiles) -> list[str]:
    return state_of(files)[2]


def test_a_warehouse_of_its_own_does_not_mix_with_a_lake(machine: Callable[[str], WarehouseFiles], tmp_path: Path) -> None:
    """A folder with another log is refused, whichever of the two is longer; both stay as they were."""
    with open_live(WarehouseFiles(tmp_path / "own")) as live:
        live.append([registered(1), registered(2)])
    with open_live(machine("east")) as live:
        live.append([registered(3)])
    for _ in range(2):
        with pytest.raises(WarehouseError, match="no replica of the lake"), open_live(machine("own")):
            pass
        with open_live(machine("east")) as live:
            live.append([registered(4), registered(5)])
    with open_live(WarehouseFiles(tmp_path / "own")) as live:
        assert live.query("SELECT count(*) FROM log.event") == [(2,)]


def test_compaction_merges_files_keeps_the_log_and_makes_writers_wait(
    machine: Callable[[str], WarehouseFiles], shared: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer files, the same log; while writers are held, a batch waits and is appended afterwards, and no second compaction starts."""
    monkeypatch.setattr(lake, "INLINED", 0)
    with lake.open_lake(shared) as connection:
        connection.execute("CALL lake.set_option('data_inlining_row_limit', 0)")
    with open_live(machine("east")) as live:
        for number in range(1, 7):
            live.append(*batch(number))
    before = state_of(machine("east"))
    done = lake_care.compact(shared, keep=dt.timedelta(0))
    assert done.files_after < done.files_before
    assert state_of(machine("late")) == before
    with lake.open_lake(shared) as connection, lake_care._held(connection):
        with pytest.raises(WarehouseLockedError, match="another compaction"):
            lake_care.compact(shared, keep=dt.timedelta(0))
        waiting = writer(machine("west"), range(7, 8))
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "ready\n"
        assert lake.head_of(connection).batch == 5
    answer, _ = waiting.communicate()
    assert answer.split() == ["7"]
    assert lake_care.status(shared).batches == 7


def test_the_lake_as_it_was_is_a_warehouse_to_read(machine: Callable[[str], WarehouseFiles], tmp_path: Path) -> None:
    """At a moment between two batches, log and relations are those of then; before the first snapshot there is nothing to ask."""
    with open_live(machine("east")) as live:
        for number in (1, 2, 3):
            live.append(*batch(number))
    then, between = state_of(machine("east")), dt.datetime.now(dt.UTC)
    with open_live(machine("east")) as live:
        live.append(*batch(4))
    folder = tmp_path / "then"
    shared = machine("east").lake
    assert shared is not None
    assert lake_care.replica_at(shared, between, folder) == len(then[1])
    found = query_copy(WarehouseFiles(folder), "FROM entry ORDER BY ALL").rows
    assert sorted(map(repr, found)) == then[0]["entry"]
    with pytest.raises(WarehouseError, match="does not remember"):
        lake_care.replica_at(shared, between - dt.timedelta(days=1), tmp_path / "before")


def test_words_taken_out_are_gone_from_every_replica(machine: Callable[[str], WarehouseFiles], shared: LakeSettings) -> None:
    """A removal on one machine reaches another when it is opened next, the lake's own tables, and a replica that is made later."""
    text = "Words that somebody wants removed."
    with open_live(machine("east")) as live:
        live.append([registered(1), extracted(text)], [(text_sha256(text), text)])
    assert state_of(machine("west"))[2] == []
    with open_live(machine("east")) as live:
        article = f"article-{text}"
        take_out(live, wrapped(ArticleRedacted(article_id=article, why="asked", redacted_at=NOW)), article)
    for name in ("west", "late", "east"):
        with open_live(machine(name)) as live:
            assert live.query("SELECT count(*) FROM log.body WHERE text = ?", [text]) == [(0,)]
            assert live.query('FROM "check".redactions_recorded') == []
            assert live.query('FROM "check".chain_holds') == []
    assert lake_care.status(shared).faults == ()


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_while_postgresql_is_away_a_batch_waits_in_the_spool(tmp_path: Path) -> None:
    """The run ends with one clear error that tells no password; the next one, when it is back, brings the batch."""
    with postgres() as server:
        shared = LakeSettings(catalog=f"{server.database('away')} password=hidden", data=str(tmp_path / "lake"))
        lake_care.init(shared)
        files = WarehouseFiles(tmp_path / "east", shared)
        with open_live(files) as live:
            live.append([registered(1)])
            server.stop()
            with pytest.raises(WarehouseError) as caught:
                live.append([registered(2)])
        assert "hidden" not in str(caught.value)
        with pytest.raises(WarehouseError) as caught, open_live(files):
            pass
        assert "hidden" not in str(caught.value)
        server.start()
        with open_live(files) as live:
            assert live.query("SELECT feed_id FROM feed ORDER BY ALL") == [("feed-1",), ("feed-2",)]


def test_half_a_lake_is_no_lake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A catalog without a place for data is refused, before anything is opened."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MONITOR_LAKE__CATALOG", "host=db dbname=lake")
    with pytest.raises(SettingsError, match="both"):
        load_settings()


def test_the_commands_of_a_lake(
    monitor: Command, postgres_server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bring a warehouse into a lake, look at it, tidy it up, and read it as it was; without settings of a lake, say how."""
    ended = monitor("lake", "status")
    assert (ended.code, "docs/scale.md" in ended.err) == (2, True)
    with open_live(WarehouseFiles(tmp_path / "data")) as live:
        live.append(*batch(1))
    for key, value in {
        "DATA": tmp_path / "data",
        "LAKE__CATALOG": postgres_server.database(f"commands_{uuid.uuid4().hex}"),
        "LAKE__DATA": tmp_path / "lake",
        "ARCHIVE__FOLDER": tmp_path / "archive",
    }.items():
        monkeypatch.setenv(f"MONITOR_{key}", str(value))
    ended = monitor("lake", "migrate")
    assert (ended.code, "equals this warehouse in every relation" in " ".join(ended.out.split())) == (0, True)
    told = json.loads(monitor("lake", "status", "--json").out)
    assert (told["events"], told["faults"]) == (len(batch(1)[0]), [])
    assert monitor("lake", "compact", "--keep-days", "1").code == 0
    assert monitor("lake", "at", f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S}", tmp_path / "then").code == 0
    asked = monitor("--data", tmp_path / "then", "sql", "SELECT count(*) AS events FROM log.event", "--json")
    assert json.loads(asked.out) == [{"events": told["events"]}]
    assert monitor("rebuild").code == 0
