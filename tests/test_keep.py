"""A warehouse is kept whole: relations are made afresh, and a damaged live file is replaced without losing an event."""

import datetime as dt
import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from command import Command, damage, full_disk, held_open, in_a_process, read_only
from filelock import FileLock

from monitor.errors import WarehouseError
from monitor.events import Event, RunStarted
from monitor.pipeline.shared import one_run_at_a_time
from monitor.warehouse import WarehouseFiles, open_live
from monitor.warehouse.files import PROJECTIONS
from monitor.warehouse.recovery import recover
from monitor.warehouse.spool import Batch, Spool

LATER = dt.datetime(2190, 5, 6, 7, 8, tzinfo=dt.UTC)


@pytest.fixture
def files(store: Path, tmp_path: Path) -> WarehouseFiles:
    """A warehouse of the test's own."""
    shutil.copytree(store / "store", tmp_path / "own")
    return WarehouseFiles(tmp_path / "own")


def spooled(files: WarehouseFiles, run_id: str = "waits") -> Path:
    """A batch that no warehouse has taken in yet."""
    with duckdb.connect(str(files.copy), read_only=True) as connection:
        ((after,),) = connection.execute("SELECT spooled FROM log.head").fetchall()
    event = Event.of(RunStarted(run_id=run_id, program_version="0", started_at=LATER), at=LATER, run_id=run_id, topic="invented")
    spool = Spool(files.spool)
    number = spool.put(Batch.of([event]), after=after)
    return dict(spool.waiting())[number]


def count(path: Path, relation: str) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def state(files: WarehouseFiles) -> dict[str, bytes]:
    """What is there, but for locks."""
    return {str(path): path.read_bytes() for path in files.root.rglob("*") if path.is_file() and path.suffix != ".lock"}


# ---- rebuild


def test_a_relation_that_was_spoilt_is_made_afresh_alone(asked: Command, files: WarehouseFiles) -> None:
    """From the log; the copy has it, and the command says what it did and how long that took."""
    with duckdb.connect(str(files.live)) as connection:
        connection.execute("DELETE FROM main.article; DELETE FROM main.mention")
    ended = asked("rebuild", "article", "--data", files.root)
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(rf"rebuilt article from \d+ events in \d+\.\d s; {files.copy} is new\n", ended.out)
    assert (count(files.copy, "article"), count(files.copy, "mention")) == (1, 0)
    assert re.match(rf"rebuilt {len(PROJECTIONS)} relations from ", asked("rebuild", "--data", files.root).out)
    assert count(files.copy, "mention") > 0


@pytest.mark.parametrize("name", ["topic", "feed", "entry", "page", "article", "article_version", "document", "fingerprint",
                                  "duplicate", "mention", "claim", "proposal", "alert", "delivery", "acknowledgement", "judgement", "mute", "channel", "run"])  # fmt: skip
def test_each_relation_made_afresh_alone_is_what_it_was(files: WarehouseFiles, name: str) -> None:
    """Although the others, which it may read, are further than they were when it was first made."""
    statement = f"SELECT t::VARCHAR FROM main.{name} AS t ORDER BY ALL"
    with duckdb.connect(str(files.copy), read_only=True) as connection:
        before = connection.execute(statement).fetchall()
    with open_live(files) as live:
        live.rebuild([name])
        live.publish()
    with duckdb.connect(str(files.copy), read_only=True) as connection:
        assert connection.execute(statement).fetchall() == before


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("artcle", "is no relation that is made from the log; did you mean 'article'?"),
        ("zzz", "is no relation that is made from the log"),
        ("position", "is a view, which needs no rebuild"),
    ],
)
def test_an_unknown_relation_names_the_nearest(asked: Command, files: WarehouseFiles, name: str, says: str) -> None:
    """Exit code 2 before anything is done, with those that there are."""
    before = state(files)
    ended = asked("rebuild", "feed", name, "--data", files.root)
    assert (ended.code, ended.out) == (2, "")
    first, way_out = ended.err.splitlines()
    assert first == f"error: {name}: {says}"
    assert "article_version" in way_out
    assert state(files) == before


# ---- recover


def test_a_damaged_live_file_is_made_afresh(asked: Command, files: WarehouseFiles) -> None:
    """From the copy and the spool; what was there is kept; the command says where, how much came in and with what the log ends."""
    events = count(files.copy, "log.event")
    spooled(files)
    files.live.write_bytes(b"not a database" * 1000)
    ended = asked("recover", "--data", files.root)
    assert (ended.code, ended.err) == (0, "")
    where, made, ends = ended.out.splitlines()
    broken = Path(re.fullmatch(r"the file that was there is now (\S+); remove it some day", where)[1])  # type: ignore[index]
    assert broken.read_bytes() == b"not a database" * 1000
    assert re.fullmatch(r"made afresh from the copy of [\d :-]+ UTC; 1 batches came in from the spool", made)
    assert ends == f"the log has {events + 1} events, the last of 2190-05-06 07:08 UTC; {files.copy} is new"
    assert count(files.copy, "log.event") == count(files.live, "log.event") == events + 1
    assert count(files.copy, '"check".positions_gapless') == 0


def test_a_live_file_that_is_not_damaged_or_not_there_loses_nothing(asked: Command, files: WarehouseFiles) -> None:
    """As JSON too."""
    events = count(files.live, "log.event")
    result = json.loads(asked("recover", "--json", "--data", files.root).out)
    assert (result["events"], result["batches"], result["refused"]) == (events, 0, 0)
    assert count(Path(result["broken"]), "log.event") == events
    files.live.unlink()
    ended = asked("recover", "--data", files.root)
    assert ended.code == 0
    assert ended.out.startswith("there was no live file\n")
    assert count(files.live, "log.event") == events


def test_what_the_spool_holds_that_is_no_batch_is_said(asked: Command, files: WarehouseFiles) -> None:
    """It is set aside, and those behind it come in."""
    spooled(files).write_text("nothing of ours\n", encoding="utf-8")
    spooled(files, "behind")
    result = json.loads(asked("recover", "--json", "--data", files.root).out)
    assert (result["batches"], result["refused"]) == (1, 1)
    assert len(list((files.spool / "refused").iterdir())) == 1


def test_recover_refuses_while_somebody_is_at_work(asked: Command, files: WarehouseFiles) -> None:
    """A run, another program of ours that writes, a person's shell: exit code 3, and nothing is changed."""
    before = state(files)
    for name, context in (
        ("a run", one_run_at_a_time(files)),
        ("a writer", FileLock(files.lock)),
        ("a shell", held_open(files.live)),
    ):
        with context:
            ended = asked("recover", "--data", files.root)
        assert (ended.code, ended.out) == (3, ""), name
        assert "othing was changed" in ended.err, name
        assert state(files) == before, name


def test_recover_without_a_good_copy_changes_nothing(asked: Command, files: WarehouseFiles) -> None:
    """No copy, or one with a damaged block: exit code 4; the live file stays where it is."""
    damage(files.copy, "SELECT data FROM log.event")
    before = state(files)
    ended = asked("recover", "--data", files.root)
    assert (ended.code, ended.out) == (4, "")
    assert "the copy cannot be used either" in ended.err
    assert state(files) == before
    files.copy.unlink()
    ended = asked("recover", "--data", files.root)
    assert ended.code == 4
    assert "monitor rebuild" in ended.err
    assert files.live.exists()
    assert asked("rebuild", "--data", files.root).code == 0
    with pytest.raises(WarehouseError, match="no warehouse here yet"):
        recover(WarehouseFiles(files.root / "nowhere"))


def test_recover_on_a_full_disk_leaves_the_live_file_where_it_is(store: Path, files: WarehouseFiles) -> None:
    """Stood in for by a limit on the size of files; with room again it works."""
    before = state(files)
    ended = in_a_process(store, "recover", "--data", files.root, preexec_fn=full_disk(100_000))
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith(f"error: {files.live}: could not be made afresh: ")
    assert state(files) == before
    assert in_a_process(store, "recover", "--data", files.root).code == 0


def test_recover_in_a_read_only_folder_is_exit_code_4(store: Path, files: WarehouseFiles) -> None:
    """One message, nothing changed."""
    before = state(files)
    with read_only(files.live.parent) as options:
        ended = in_a_process(store, "recover", "--data", files.root, **options)
    assert (ended.code, ended.out) == (4, "")
    assert len(ended.err.splitlines()) == 2
    assert state(files) == before
