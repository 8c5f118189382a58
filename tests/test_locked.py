"""When the live file cannot be had: somebody else holds it, it is gone, damaged, or the disk refuses. Nothing may be lost or twice.

The copy for reading and the spool behind it are the whole warehouse; these tests take the rest away.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT, TESTS
from invented import BOOKKEEPING, differences, faults, log_of, relations_of
from kill_driver import batch
from stores import held_open
from test_warehouse import extracted, registered

from monitor.cli.demo import _write_settings, newsroom_of_topic
from monitor.errors import WarehouseError, WarehouseLockedError
from monitor.events import Event, RunStarted
from monitor.ids import text_sha256
from monitor.newsroom import NewsroomSite, load_newsroom
from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.settings import load_settings
from monitor.warehouse import LiveWarehouse, WarehouseFiles, live, open_live, query_copy, shipped
from monitor.warehouse.live import restore
from monitor.warehouse.spool import Batch, Spool

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("orchestrator")]

PLACES = {"record_file", "record_offset", "record_length"}  # where bytes lie in an archive, not what is in them


@pytest.fixture
def files(tmp_path: Path) -> WarehouseFiles:
    files = WarehouseFiles(tmp_path / "warehouse")
    with open_live(files):
        return files


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SHELL_PATIENCE", 0.0)


def streams(warehouse: LiveWarehouse) -> list[str]:
    return [row[4] for row in log_of(warehouse._connection)]


def filled(files: WarehouseFiles, *, published: int = 3, waiting: int = 2) -> list[tuple[object, ...]]:
    """A warehouse with batches that the copy holds, and some that only the live file and the spool have; gives its log."""
    for number in range(1, published + waiting + 1):
        with open_live(files) as warehouse:
            warehouse.append(*batch(number))
            if number <= published:
                warehouse.publish()
            kept = log_of(warehouse._connection)
    assert len(Spool(files.spool).waiting()) == waiting
    return kept


# ---- somebody else holds the live file


def run_demo(folder: Path, *, before: Callable[[int, WarehouseFiles], None] = lambda number, files: None) -> WarehouseFiles:
    """The demo newsroom's four polls in a warehouse, with runs of the same names; ``before`` is called before each."""
    newsroom = load_newsroom(shipped("newsroom", newsroom_of_topic()))
    folder.mkdir(parents=True)
    files = WarehouseFiles(folder)
    with NewsroomSite(newsroom) as site:
        config = _write_settings(folder, site.connect_to, newsroom.feed_sources())
        for number in range(1, newsroom.polls + 1):
            before(number, files)
            site.poll = number
            moment = newsroom.moment(number)
            asyncio.run(
                run_cycle(load_pipeline(load_settings(config), clock=lambda moment=moment: moment, run_id=f"run-{number}"))
            )
    return files


def test_whole_runs_go_on_while_a_shell_holds_the_live_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two of four runs find the file in other hands: they poll, read, alert and publish as ever, and what they found waits in the
    spool. The run after takes it in, and everything is as in a warehouse that nobody disturbed."""
    shell = None

    def disturb(number: int, files: WarehouseFiles) -> None:
        nonlocal shell
        if number == 2:
            shell = held_open(files.live)
            shell.__enter__()
        if number == 4:
            assert shell is not None
            waiting = Spool(files.spool).waiting()
            assert len(waiting) > 4, "the runs left what they found"
            assert query_copy(files, "SELECT run_id FROM run WHERE finished_at IS NOT NULL ORDER BY ALL").rows == [
                ("run-1",),
                ("run-2",),
                ("run-3",),
            ]
            assert query_copy(files, "SELECT count(DISTINCT raised_at) > 0 FROM alert").rows == [(True,)]
            assert files.standin.exists()
            with pytest.raises(WarehouseLockedError), open_live(files, patience=0.0):
                pass
            shell.__exit__(None, None, None)
            shell = None

    with caplog.at_level(logging.WARNING, logger="monitor.warehouse"):
        try:
            disturbed = run_demo(tmp_path / "disturbed", before=disturb)
        finally:
            if shell is not None:
                shell.__exit__(None, None, None)
    messages = [record.message for record in caplog.records]
    assert sum("waits in the spool" in message for message in messages) == 1, "said once, not at each step"
    assert sum("free again" in message for message in messages) == 1
    quiet = run_demo(tmp_path / "quiet")

    assert not disturbed.standin.exists()
    assert not disturbed.standin.with_name(f"{disturbed.standin.name}.wal").exists()
    assert Spool(disturbed.spool).waiting() == []
    assert not (disturbed.spool / "refused").exists()
    with open_live(disturbed) as one, open_live(quiet) as other:
        assert faults(one._connection) == []
        assert sorted(row[1:3] for row in log_of(one._connection)) == sorted(row[1:3] for row in log_of(other._connection))
        found = [relations_of(warehouse._connection, without=BOOKKEEPING | PLACES) for warehouse in (one, other)]
        assert differences(*found) == {}
        before = relations_of(one._connection)
        one.rebuild()
        assert differences(before, relations_of(one._connection)) == {}
    alerts = (disturbed.root / "alerts" / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(alerts) == len((quiet.root / "alerts" / "alerts.jsonl").read_text(encoding="utf-8").splitlines()) > 0


STANDIN_KILLED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_warehouse import registered
from monitor.warehouse import WarehouseFiles, live, open_live
live.SHELL_PATIENCE = 0.0
with open_live(WarehouseFiles(Path(sys.argv[2])), or_standin=True) as warehouse:
    warehouse.append([registered(int(number)) for number in sys.argv[3:]])
    os._exit(9)
"""


def test_a_stand_in_that_was_cut_off_leaves_nothing_to_the_next(files: WarehouseFiles) -> None:
    """Killed on the stand-in, with its log of changes beside it: the next stand-in, a day later, is not given those changes too."""
    with open_live(files) as warehouse:
        warehouse.append([registered(1)])
        warehouse.publish()
    with held_open(files.live):
        killed = subprocess.run(
            [sys.executable, "-c", STANDIN_KILLED, str(TESTS), str(files.root), "2", "3"], capture_output=True, text=True
        )
        assert killed.returncode == 9, killed.stderr
        assert files.standin.with_name(f"{files.standin.name}.wal").exists()
    with open_live(files) as warehouse:
        assert streams(warehouse) == ["feed-1", "feed-2", "feed-3"]
        warehouse.append([registered(4)])
        warehouse.publish()
    with held_open(files.live), open_live(files, or_standin=True) as warehouse:
        assert streams(warehouse) == ["feed-1", "feed-2", "feed-3", "feed-4"]
        assert faults(warehouse._connection) == []
    with open_live(files) as warehouse:
        assert streams(warehouse) == ["feed-1", "feed-2", "feed-3", "feed-4"]


@pytest.mark.parametrize("suffix", ["", ".wal"])
def test_a_stand_in_that_cannot_be_opened_is_made_again(files: WarehouseFiles, suffix: str) -> None:
    """It is made of the copy and the spool, so whatever became of it, a run goes on and nothing is lost or twice."""
    with open_live(files) as warehouse:
        warehouse.append([registered(1)])
        warehouse.publish()
    with held_open(files.live):
        subprocess.run([sys.executable, "-c", STANDIN_KILLED, str(TESTS), str(files.root), "2", "3"], check=False)
        damaged = files.standin.with_name(f"{files.standin.name}{suffix}")
        damaged.write_bytes(bytes(byte ^ 0x55 for byte in damaged.read_bytes()))
        with open_live(files, or_standin=True) as warehouse:
            warehouse.append([registered(4)])
            assert streams(warehouse) == ["feed-1", "feed-2", "feed-3", "feed-4"]
            assert faults(warehouse._connection) == []
    with open_live(files) as warehouse:
        assert streams(warehouse) == ["feed-1", "feed-2", "feed-3", "feed-4"]
        assert faults(warehouse._connection) == []


def test_the_first_run_of_all_can_be_held_up_too(files: WarehouseFiles) -> None:
    """It was cut off before anything was published: the spool has everything, so the stand-in can begin with that."""
    subprocess.run([sys.executable, "-c", STANDIN_KILLED, str(TESTS), str(files.root), "1"], check=False)
    assert not files.copy.exists()
    with held_open(files.live), open_live(files, or_standin=True) as warehouse:
        warehouse.append([registered(2)])
        assert streams(warehouse) == ["feed-1", "feed-2"]
    with open_live(files) as warehouse:
        assert streams(warehouse) == ["feed-1", "feed-2"]


def test_without_the_copy_there_is_no_stand_in(files: WarehouseFiles) -> None:
    """Somebody removed the copy and holds the live file: a run cannot go on with half of what is known, and says who holds it."""
    filled(files, waiting=0)
    files.copy.unlink()
    with held_open(files.live) as pid, pytest.raises(WarehouseLockedError, match=str(pid)), open_live(files, or_standin=True):
        pass
    with open_live(files, or_standin=True) as warehouse:
        warehouse.append([registered(1)])
        assert streams(warehouse)[-1] == "feed-1"
    assert query_copy(files, "SELECT count(*) FROM feed WHERE feed_id = 'feed-1'").rows == [(1,)]


# ---- the live file is gone or damaged


@pytest.mark.parametrize("is_with_log", [False, True])
def test_a_deleted_live_file_is_made_from_the_copy_and_the_spool(
    files: WarehouseFiles, caplog: pytest.LogCaptureFixture, is_with_log: bool
) -> None:
    """Also when DuckDB's log of changes was forgotten beside it: the log is as it was, and the warning says what was done."""
    kept = filled(files)
    if is_with_log:
        killed = f"import duckdb, os; c = duckdb.connect({str(files.live)!r}); c.execute('DELETE FROM entry'); os._exit(0)"
        subprocess.run([sys.executable, "-c", killed], check=True)
        assert files.live.with_name(f"{files.live.name}.wal").exists()
    files.live.unlink()
    with caplog.at_level(logging.WARNING), open_live(files) as warehouse:
        assert log_of(warehouse._connection) == kept
        assert faults(warehouse._connection) == []
        found = relations_of(warehouse._connection)
        assert found["entry"]
        warehouse.rebuild()
        assert differences(found, relations_of(warehouse._connection)) == {}
    assert "the live file was missing" in caplog.text


def test_with_file_and_copy_gone_the_spool_behind_them_does_not_become_a_shorter_log(files: WarehouseFiles) -> None:
    """What is in the spool came after what is lost: it is kept, and the error names the way out."""
    filled(files)
    waiting = [number for number, _ in Spool(files.spool).waiting()]
    assert waiting[0] > 1
    files.live.unlink()
    files.copy.unlink()
    with pytest.raises(WarehouseError, match=f"from batch {waiting[0]} on") as caught, open_live(files):
        pass
    assert str(files.spool) in caught.value.way_out
    assert [number for number, _ in Spool(files.spool).waiting()] == waiting
    assert not files.live.exists()


def test_a_live_file_that_is_no_database_any_more_is_an_error_with_the_way_out(files: WarehouseFiles) -> None:
    """Its beginning is overwritten: `monitor recover` is named; that makes it afresh, and what was there is kept beside."""
    kept = filled(files)
    with files.live.open("r+b") as file:
        file.write(b"\xff" * 20_000)
    damaged = files.live.read_bytes()
    with pytest.raises(WarehouseError) as caught, open_live(files):
        pass
    assert (caught.value.exit_code, caught.value.subject) == (4, str(files.live))
    assert not isinstance(caught.value, WarehouseLockedError)
    assert "monitor recover" in caught.value.way_out
    aside = restore(files)
    assert aside is not None
    assert aside.read_bytes() == damaged
    with open_live(files) as warehouse:
        assert log_of(warehouse._connection) == kept
        assert faults(warehouse._connection) == []


def test_damage_in_the_middle_of_the_live_file_is_never_silent(files: WarehouseFiles) -> None:
    """A few bytes of each block in turn: either nothing read them, or there is an error that names `monitor recover`; then the file
    can be made afresh. A wrong answer there never is."""
    kept = filled(files)
    whole = files.live.read_bytes()
    refused = []
    for start in range(3 * 4096 + 100, len(whole), 262_144):
        files.live.write_bytes(whole[:start] + bytes(byte ^ 0x5A for byte in whole[start : start + 64]) + whole[start + 64 :])
        try:
            with open_live(files) as warehouse:
                assert log_of(warehouse._connection) == kept
                assert faults(warehouse._connection) == []
                for name in ("entry", "page", "article"):
                    warehouse.query(f"SELECT * FROM {name}")
        except WarehouseError as error:
            refused.append(error.way_out)
            restore(files)
            with open_live(files) as warehouse:
                assert log_of(warehouse._connection) == kept
    assert refused
    assert [way_out for way_out in refused if "monitor recover" not in way_out] == []


def test_there_is_nothing_to_restore_from_without_a_copy(files: WarehouseFiles) -> None:
    """The live file is left where it is."""
    with open_live(files) as warehouse:
        warehouse.append([registered(1)])
    files.copy.unlink()
    before = files.live.read_bytes()
    with pytest.raises(WarehouseError, match="no copy") as caught:
        restore(files)
    assert "backup" in caught.value.way_out
    assert files.live.read_bytes() == before


def test_a_folder_named_like_the_error_is_not_taken_for_a_lock(tmp_path: Path) -> None:
    """A path with "lock" in it: damage is called damage, at once."""
    files = WarehouseFiles(tmp_path / "could not get a lock" / "clock")
    files.live.parent.mkdir(parents=True)
    files.live.write_bytes(b"no database" * 1000)
    with pytest.raises(WarehouseError) as caught, open_live(files, patience=30):
        pass
    assert not isinstance(caught.value, WarehouseLockedError)


# ---- the spool


@pytest.mark.parametrize(
    "content",
    [b"", b"null\n[]", b"\xff\xfe\x00", b'[1]\n[]\n[]\n', b'null\n[{"event_id": "no"}]\n[]\n', b'null\nno json\n[]\n', b'3\n[]\n[]\n', b'null\n[]\n[]\n[]\n', b'null\n[]\n[{"sha256": "no", "text": "x"}]\n'],
)  # fmt: skip
def test_a_damaged_file_of_the_spool_is_set_aside_and_the_others_go_on(
    files: WarehouseFiles, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    """Cut off, half a disk block, other bytes: a warning that names the file, which is kept; the batches behind it are taken in."""
    with open_live(files) as warehouse:
        warehouse.append([registered(1)])
    spool = Spool(files.spool)
    for number in (2, 3, 4):
        spool.put(Batch.of([registered(number)]), after=number - 1)
    damaged = spool.waiting()[-2][1]
    damaged.write_bytes(content)
    with caplog.at_level(logging.WARNING), open_live(files) as warehouse:
        assert streams(warehouse) == ["feed-1", "feed-2", "feed-4"]
        assert faults(warehouse._connection) == []
        warehouse.append([registered(5)])
    assert "set aside" in caplog.text
    assert [path.read_bytes() for path in (files.spool / "refused").iterdir()] == [content]
    with open_live(files) as warehouse:
        assert streams(warehouse) == ["feed-1", "feed-2", "feed-4", "feed-5"]


def test_a_flipped_bit_in_a_file_of_the_spool_is_found(files: WarehouseFiles, caplog: pytest.LogCaptureFixture) -> None:
    """Still valid JSON, but not what was written: set aside, and not taken into the log for ever."""
    with open_live(files) as warehouse:
        warehouse.append([registered(1)])
    spool = Spool(files.spool)
    spool.put(Batch.of([registered(2)]), after=1)
    damaged = spool.waiting()[-1][1]
    content = damaged.read_bytes()
    assert b"Outlet 2" in content or b"outlet.test/2" in content
    damaged.write_bytes(content.replace(b"outlet.test/2", b"outlet.test/3"))
    with caplog.at_level(logging.WARNING), open_live(files) as warehouse:
        assert streams(warehouse) == ["feed-1"]
        assert faults(warehouse._connection) == []
    assert "not what its hash says" in caplog.text


def test_a_text_that_is_no_unicode_is_refused_before_it_is_kept(files: WarehouseFiles) -> None:
    """Half a surrogate pair, as broken pages bring it: one refused batch, not a spool that no run can ever take in again."""
    with open_live(files) as warehouse, pytest.raises(WarehouseError, match="Unicode"):
        warehouse.append([extracted("one")], [("0" * 64, "half \ud83d a pair")])
    with open_live(files) as warehouse:
        assert streams(warehouse) == []
        warehouse.append([registered(1)])
    with open_live(files) as warehouse:
        assert streams(warehouse) == ["feed-1"]


def test_a_batch_that_memory_refused_comes_before_the_next(files: WarehouseFiles) -> None:
    """It waits in the spool, and the same opening goes on: the next append takes it in first, so that no number is passed over."""
    with open_live(files) as warehouse:
        warehouse.append([registered(1)])
        before = warehouse.query("SELECT current_setting('memory_limit')")[0][0]
        warehouse._connection.execute("SET max_temp_directory_size = '0KB'")
        warehouse._connection.execute("SET memory_limit = '24MB'")
        text = os.urandom(8_000_000).hex()
        with pytest.raises(WarehouseError, match="disk or the file failed") as caught:
            warehouse.append([extracted("large")], [(text_sha256(text), text)])
        assert "waits in the spool" in caught.value.way_out
        warehouse._connection.execute(f"SET memory_limit = '{before.replace(' ', '')}'")
        warehouse.append([registered(2)])
        assert streams(warehouse) == ["feed-1", "article-large", "feed-2"]
        assert faults(warehouse._connection) == []


# ---- the disk refuses

LIMITED = """
import os, resource, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_warehouse import extracted, text_sha256
from monitor.errors import WarehouseError
from monitor.warehouse import WarehouseFiles, open_live
limit, size = int(sys.argv[3]), int(sys.argv[4])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
text = os.urandom(size // 2).hex()
try:
    with open_live(WarehouseFiles(Path(sys.argv[2]))) as warehouse:
        warehouse.append([extracted("large")], [(text_sha256(text), text)])
        warehouse.publish()
except WarehouseError as error:
    print(error.exit_code, error)
"""


def limited(files: WarehouseFiles, *, limit: int, size: int) -> str:
    """Append a text of so many bytes in a process whose files may not grow beyond a limit: the stand-in for a full disk here."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(TESTS), str(files.root), str(limit), str(size)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_full_disk_leaves_the_batch_in_the_spool(files: WarehouseFiles) -> None:
    """There is room for the spool's file but not for DuckDB's: the error says that the batch waits, and the next run takes it in."""
    kept = filled(files)
    said = limited(files, limit=130_000, size=126_000)
    assert said.startswith("4 ")
    assert "the batch waits in the spool" in said
    with open_live(files) as warehouse:
        assert log_of(warehouse._connection)[:-1] == kept
        assert streams(warehouse)[-1] == "article-large"
        assert warehouse.query("SELECT max(length(text)) FROM log.body") == [(126_000,)]
        assert faults(warehouse._connection) == []


def test_a_disk_too_full_for_the_spool_keeps_nothing_and_says_so(files: WarehouseFiles) -> None:
    """Not half a file: the next run does the work again."""
    kept = filled(files)
    said = limited(files, limit=100_000, size=200_000)
    assert said.startswith("4 ")
    assert "nothing of this batch was kept" in said
    with open_live(files) as warehouse:
        assert log_of(warehouse._connection) == kept
        warehouse.append([registered(1)])
        assert streams(warehouse)[-1] == "feed-1"
        warehouse.publish()
    assert [path.name for path in files.spool.iterdir()] == []


def test_a_disk_too_full_for_the_copy_loses_nothing(files: WarehouseFiles) -> None:
    """The batch is in the live file or the spool, the copy is what it was, and the next run publishes."""
    filled(files)
    before = files.copy.read_bytes()
    said = limited(files, limit=files.live.stat().st_size - 4096, size=20_000)
    assert said.startswith("4 ")
    assert files.copy.read_bytes() == before
    with open_live(files) as warehouse:
        assert streams(warehouse)[-1] == "article-large"
        warehouse.publish()
    assert query_copy(files, "SELECT count(*) FROM article WHERE article_id = 'article-large'").rows == [(1,)]
    assert sorted(path.name for path in files.root.iterdir()) == [".live", "monitor.duckdb"]


READ_ONLY = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_warehouse import registered
from monitor.errors import WarehouseError
from monitor.warehouse import WarehouseFiles, open_live, query_copy
if os.geteuid() == 0:  # nothing is read-only to root: become nobody, who could not import from root's folders
    os.setgid(65534)
    os.setuid(65534)
files = WarehouseFiles(Path(sys.argv[2]))
try:
    with open_live(files, or_standin=True) as warehouse:
        warehouse.append([registered(2)])
    print("written")
except WarehouseError as error:
    print(error.exit_code, error.subject, error.way_out)
print(query_copy(files, "SELECT feed_id FROM feed").rows)
"""


def test_a_folder_that_may_only_be_read_can_be_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Somebody without the right to write is told so, with the way out, and may ask the copy all the same."""
    with tempfile.TemporaryDirectory() as folder:
        files = WarehouseFiles(Path(folder) / "warehouse")
        with open_live(files) as warehouse:
            warehouse.append([registered(1)])
            warehouse.publish()
        Path(folder).chmod(0o755)
        paths = [*files.root.rglob("*"), files.root]
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            done = subprocess.run(
                [sys.executable, "-B", "-c", READ_ONLY, str(TESTS), str(files.root)], capture_output=True, text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "HOME": folder},
            )  # fmt: skip
        finally:
            for path in paths:
                path.chmod(0o755)
        if "setgid" in done.stderr or "ModuleNotFoundError" in done.stderr or "shipped" in done.stderr:
            pytest.skip("this program cannot become, or be read by, another user here")
        assert done.returncode == 0, done.stderr
        refusal, answer = done.stdout.splitlines()
        assert refusal.startswith(f"4 {files.root}")
        assert "Mend the rights" in refusal
        assert answer == "[('feed-1',)]"


# ---- the clock


def run_started(number: int, at: dt.datetime) -> Event:
    return Event.of(
        RunStarted(run_id=f"run-{number}", program_version="1", started_at=at), at=at, run_id=f"run-{number}", topic="invented"
    )


def test_a_clock_that_goes_back_doubles_nothing(files: WarehouseFiles) -> None:
    """Set back by a month between runs, and forth again: recurring events that come twice are still known, though the search for
    them goes by the time at which they were written down; the relations are those of a rebuild."""
    now = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
    moments = [
        now,
        now - dt.timedelta(days=30),
        now - dt.timedelta(days=29),
        now + dt.timedelta(days=2),
        now - dt.timedelta(days=60),
    ]
    batches = [[run_started(number, at), *batch(10 * number)[0]] for number, at in enumerate(moments, start=1)]
    for events in (*batches, *reversed(batches)):
        with open_live(files, now=events[0].occurred_at) as warehouse:
            warehouse.append(events)
    with open_live(files) as warehouse:
        assert len(log_of(warehouse._connection)) == sum(len({event.event_id for event in events}) for events in batches)
        assert faults(warehouse._connection) == []
        found = relations_of(warehouse._connection)
        warehouse.rebuild()
        assert differences(found, relations_of(warehouse._connection)) == {}


def test_a_copy_from_the_future_is_replaced_at_the_end_of_a_run(files: WarehouseFiles) -> None:
    """The machine's clock was ahead when it was written: in the course of a run it seems young for ever, the end publishes it."""
    with open_live(files) as warehouse:
        warehouse.append([registered(1)])
        warehouse.publish()
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
    os.utime(files.copy, (ahead.timestamp(), ahead.timestamp()))
    with open_live(files) as warehouse:
        warehouse.append([registered(2)])
        warehouse.publish()
    assert query_copy(files, "SELECT count(*) FROM feed").rows == [(2,)]


def test_duckdb_says_lock_as_this_program_expects(files: WarehouseFiles) -> None:
    """Whether a file is held is read from DuckDB's message: another wording in another version must show here first."""
    with open_live(files):
        pass
    with held_open(files.live), pytest.raises(duckdb.IOException, match="Could not set lock"):
        duckdb.connect(str(files.live))
