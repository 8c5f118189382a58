"""The warehouse on real files: appends are all or nothing and once only, writers take turns, readers are never in the way."""

import datetime as dt
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from monitor.errors import QueryError, WarehouseError, WarehouseLockedError
from monitor.events import ArticleExtracted, Event, EventData, FeedPolled, FeedRegistered, RunStarted
from monitor.ids import text_sha256
from monitor.warehouse import LiveWarehouse, WarehouseFiles, open_live, query_copy, read_copy, shipped
from monitor.warehouse.files import PROJECTIONS, event_types, relations

NOW = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
FOLDERS = ("schema", "log", "projection", "event", "relation", "todo", "report", "macro", "check", "comment")
SQL_FILES = [path for folder in FOLDERS for path in sorted(shipped(folder).glob("*.sql"))]
NAMES = [f"{path.parent.name}/{path.name}" for path in SQL_FILES]


def registered(number: int, topic: str = "invented") -> Event:
    """An event as many as there are numbers: a feed became known."""
    return wrapped(
        FeedRegistered(
            feed_id=f"feed-{number}",
            url=f"https://outlet.test/{number}",
            name=f"Outlet {number}",
            language="en",
            country="ZZ",
            kind="wire",
            registered_at=NOW,
        ),
        topic=topic,
    )


def wrapped(data: EventData, *, topic: str = "invented", at: dt.datetime = NOW) -> Event:
    return Event.of(data, at=at, run_id="run-1", topic=topic)


def extracted(text: str) -> Event:
    """An article with this text."""
    return wrapped(
        ArticleExtracted(
            article_id=f"article-{text}",
            url=f"https://outlet.test/{text}",
            outlet="outlet.test",
            feed_id="feed-1",
            first_seen_at=NOW,
            title=text,
            title_origin="feed",
            published_at=None,
            published_origin="none",
            published_precision="none",
            author=None,
            language="en",
            body_sha256=text_sha256(text),
            words=1,
            page_sha256="0" * 64,
            page_event="00000000-0000-5000-8000-000000000000",
            method="test",
            extracted_at=NOW,
        )
    )


def rows(live: LiveWarehouse, statement: str) -> list[tuple[Any, ...]]:
    """Ask the open live file."""
    return live._connection.execute(statement).fetchall()


def state(live: LiveWarehouse) -> list[tuple[Any, ...]]:
    """How much of everything there is."""
    return rows(
        live,
        """SELECT (SELECT count(*) FROM log.event), (SELECT position FROM log.head), (SELECT position FROM log.checkpoint),
           (SELECT count(*) FROM log.body), (SELECT count(*) FROM feed), (SELECT count(*) FROM article), (SELECT count(*) FROM run)""",
    )


@pytest.fixture
def files(tmp_path: Path) -> WarehouseFiles:
    return WarehouseFiles(tmp_path / "warehouse")


@pytest.fixture
def live(files: WarehouseFiles) -> Iterator[LiveWarehouse]:
    with open_live(files, now=NOW) as live:
        yield live


# ---- append


def test_an_append_tells_what_was_new_and_advances_the_relations(live: LiveWarehouse) -> None:
    """Ids and counts of the new events; rows in the log, the relation and the body, the checkpoint at the head."""
    events = [registered(1), registered(2), extracted("one")]
    appended = live.append(events, [(text_sha256("one"), "one")])
    assert appended.new == {event.event_id for event in events}
    assert appended.counts == {"feed.registered": 2, "article.extracted": 1}
    assert appended.known == 0
    assert state(live) == [(3, 2, 2, 1, 2, 1, 0)]
    assert rows(live, "SELECT feed_id, url, polls FROM feed ORDER BY ALL") == [
        ("feed-1", "https://outlet.test/1", 0),
        ("feed-2", "https://outlet.test/2", 0),
    ]


def test_appending_the_same_batch_again_changes_nothing(live: LiveWarehouse) -> None:
    """Idempotence: every event is known, nothing moves, no text is stored twice."""
    batch, bodies = [registered(1), extracted("one")], [(text_sha256("one"), "one")]
    live.append(batch, bodies)
    before = state(live)
    appended = live.append(batch, bodies)
    assert (appended.new, appended.counts, appended.known) == (frozenset(), {}, 2)
    assert state(live) == before


def test_a_batch_that_is_known_in_part_appends_the_rest(live: LiveWarehouse) -> None:
    """Known ids and repeats within the batch fall out; the others get the next positions, in the batch's order."""
    live.append([registered(1), registered(2)])
    appended = live.append([registered(3), registered(2), registered(4), registered(3), registered(1)])
    assert appended.new == {registered(3).event_id, registered(4).event_id}
    assert appended.known == 3
    assert rows(live, "SELECT position, stream FROM log.event ORDER BY position") == [
        (0, "feed-1"),
        (1, "feed-2"),
        (2, "feed-3"),
        (3, "feed-4"),
    ]


def test_an_empty_batch_does_nothing(live: LiveWarehouse) -> None:
    """No transaction, no text: also bodies without events are not kept."""
    before = state(live)
    appended = live.append([], [(text_sha256("one"), "one")])
    assert (appended.new, appended.counts, appended.known) == (frozenset(), {}, 0)
    assert state(live) == before


def test_a_text_is_kept_once(live: LiveWarehouse) -> None:
    """The same body twice in a batch, and again in a later one."""
    one, two = (text_sha256("one"), "one"), (text_sha256("two"), "two")
    live.append([extracted("one")], [one, one])
    live.append([extracted("two")], [two, one])
    assert rows(live, "SELECT sha256, text FROM log.body ORDER BY text") == [one, two]


def test_texts_and_moments_come_back_as_they_went_in(live: LiveWarehouse) -> None:
    """Quotes, newlines, other scripts, a NUL-free control character; UTC whatever zone was given."""
    text = 'He said: "no"\n\t\\ \x01 — غزل שיר 😀 {"a": [1]}'
    local = dt.datetime(2031, 3, 10, 12, 30, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=3)))
    live.append([wrapped(RunStarted(run_id=text, program_version="1", started_at=local), at=local)], [(text_sha256(text), text)])
    assert rows(live, "SELECT run_id, started_at FROM run") == [(text, dt.datetime(2031, 3, 10, 9, 30, 0, 123456))]
    assert live.read.bodies([text_sha256(text)]) == {text_sha256(text): text}


def test_an_append_that_fails_leaves_nothing(files: WarehouseFiles) -> None:
    """The last event of the batch cannot be read by its relation: no event, no text, no position of the batch is kept,
    and the warehouse takes the next batch."""
    poll = FeedPolled(
        feed_id="feed-1", polled_at=NOW, outcome="parsed", status=200, final_url="https://outlet.test/1", next_poll_at=NOW
    )
    bad = wrapped(poll).model_copy(update={"data": poll.model_dump_json().replace("2031-03-10T09:00:00Z", "no moment")})
    with open_live(files) as live:
        live.append([registered(1)])
        before = state(live)
    with pytest.raises(WarehouseError) as caught, open_live(files) as live:
        live.append([registered(2), extracted("one"), bad], [(text_sha256("one"), "one")])
    assert "Nothing of this batch was kept" in caught.value.way_out
    with open_live(files) as live:
        assert state(live) == before
        assert live.append([registered(2)]).counts == {"feed.registered": 1}
        assert rows(live, "SELECT max(position), count(*) FROM log.event") == [(1, 2)]


def test_a_failure_inside_one_opening_rolls_back_and_the_connection_goes_on(live: LiveWarehouse) -> None:
    """The transaction is closed: the same open warehouse takes the next batch at once."""
    poll = FeedPolled(feed_id="feed-1", polled_at=NOW, outcome="parsed", status=200, final_url="u", next_poll_at=NOW)
    bad = wrapped(poll).model_copy(update={"data": poll.model_dump_json().replace("2031-03-10T09:00:00Z", "no moment")})
    with pytest.raises(duckdb.Error):
        live.append([registered(1), bad])
    assert live.append([registered(1)]).counts == {"feed.registered": 1}
    assert state(live)[0][:3] == (1, 0, 0)


def test_a_rebuild_makes_the_same_relations(live: LiveWarehouse) -> None:
    """From the log alone, in one go: same rows as batch by batch."""
    for number in range(5):
        live.append([registered(number), extracted(f"text {number}")], [(text_sha256(f"text {number}"), f"text {number}")])
    before = {name: rows(live, f'SELECT * FROM "{name}" ORDER BY ALL') for name in PROJECTIONS}
    live.rebuild()
    assert {name: rows(live, f'SELECT * FROM "{name}" ORDER BY ALL') for name in PROJECTIONS} == before
    assert rows(live, "SELECT position FROM log.checkpoint") == [(9,)]


# ---- several writers

WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_warehouse import registered
from monitor.warehouse import WarehouseFiles, open_live
files, writer = WarehouseFiles(Path(sys.argv[2])), int(sys.argv[3])
for batch in range(8):
    with open_live(files) as live:
        live.append([registered(writer * 1000 + batch * 10 + number) for number in range(3)] + [registered(batch)])
"""


def test_four_processes_append_without_a_gap_or_a_loss(files: WarehouseFiles) -> None:
    """Each event once, positions from 0 on without a gap, those of one batch together and in order."""
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parent), str(files.root)]
    writers = [subprocess.Popen([*command, str(number)], stderr=subprocess.PIPE, text=True) for number in (1, 2, 3, 4)]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
    expected = {
        f"feed-{writer * 1000 + batch * 10 + number}" for writer in (1, 2, 3, 4) for batch in range(8) for number in range(3)
    }
    with open_live(files) as live:
        streams = [stream for (stream,) in rows(live, "SELECT stream FROM log.event ORDER BY position")]
        assert rows(live, "SELECT list(position ORDER BY position) FROM log.event") == [(list(range(len(streams))),)]
        assert rows(live, 'FROM "check".positions_gapless') == []
    assert sorted(streams) == sorted(expected | {f"feed-{batch}" for batch in range(8)})
    for writer in (1, 2, 3, 4):
        own = [int(stream.removeprefix("feed-")) for stream in streams if stream.startswith(f"feed-{writer}0")]
        assert own == sorted(own)


def test_two_writers_take_turns(files: WarehouseFiles) -> None:
    """While one has the warehouse open, another with little patience is told so, and one with more gets in after it."""
    order, inside, told = [], threading.Event(), threading.Event()

    def first() -> None:
        with open_live(files) as live:
            inside.set()
            assert told.wait(30)
            live.append([registered(1)])
            order.append("first done")

    holder = threading.Thread(target=first)
    holder.start()
    assert inside.wait(30)
    with pytest.raises(WarehouseLockedError) as caught, open_live(files, patience=0.05):
        order.append("impatient")
    assert caught.value.exit_code == 3
    assert str(files.live) in caught.value.subject
    assert caught.value.way_out
    told.set()
    with open_live(files, patience=30) as live:
        order.append("second in")
        live.append([registered(2)])
        assert rows(live, "SELECT stream FROM log.event ORDER BY position") == [("feed-1",), ("feed-2",)]
    holder.join()
    assert order == ["first done", "second in"]


@contextmanager
def held_open(path: Path) -> Iterator[int]:
    """Another process has the file open by hand; gives its process id."""
    script = f"import duckdb, sys; connection = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process.pid
        finally:
            process.communicate()


def test_a_live_file_held_open_by_hand_names_the_process_and_the_way_out(files: WarehouseFiles) -> None:
    """Who has it (its process id) and what to read instead; when it is closed, work goes on."""
    with open_live(files):
        pass
    with held_open(files.live) as pid:
        with pytest.raises(WarehouseLockedError) as caught, open_live(files, patience=0.2):
            pass
        assert str(pid) in caught.value.message
        assert str(files.copy) in caught.value.way_out
        assert caught.value.exit_code == 3
    with open_live(files) as live:
        assert live.append([registered(1)]).counts == {"feed.registered": 1}


def test_the_lock_is_freed_with_its_process(files: WarehouseFiles) -> None:
    """A writer killed within a transaction: the next one gets in and finds nothing half done; the batch itself was safe in the
    spool before, so it is taken in whole."""
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_warehouse import registered, WarehouseFiles, Path, open_live
with open_live(WarehouseFiles(Path({str(files.root)!r}))) as live:
    live.append([registered(1)])
    live._advance = lambda types: print("within", flush=True) or sys.stdin.read()
    live.append([registered(2)])
"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "within\n"
        process.kill()
    with duckdb.connect(str(files.live)) as connection:
        assert connection.execute("SELECT stream, head.position FROM log.event, log.head").fetchall() == [("feed-1", 0)]
    with open_live(files, patience=30) as live:
        assert rows(live, "SELECT stream FROM log.event ORDER BY position") == [("feed-1",), ("feed-2",)]
        assert state(live)[0][:3] == (2, 1, 1)


# ---- readers


def test_the_copy_can_be_read_while_a_run_writes(files: WarehouseFiles) -> None:
    """Also in the middle of the writer's transaction: the reader sees what was published last."""
    with open_live(files) as live:
        live.append([registered(1)])
        live.publish()
    seen = []
    with open_live(files) as live:
        advance = live._advance

        def looked_at(types: set[str]) -> None:
            advance(types)
            seen.append(query_copy(files, "SELECT feed_id FROM feed").rows)

        live._advance = looked_at  # type: ignore[method-assign]
        live.append([registered(2)])
        seen.append(query_copy(files, "SELECT feed_id FROM feed").rows)
        live.publish()
    seen.append(query_copy(files, "SELECT feed_id FROM feed ORDER BY ALL").rows)
    assert seen == [[("feed-1",)], [("feed-1",)], [("feed-1",), ("feed-2",)]]


def test_an_open_reader_keeps_its_copy_when_a_new_one_is_published(files: WarehouseFiles) -> None:
    """Atomic replacement: who reads goes on reading the old one, who opens anew gets the new one, nothing is left over."""
    with open_live(files) as live:
        live.append([registered(1)])
        live.publish()
    with read_copy(files) as connection:
        assert connection.execute("SELECT count(*) FROM feed").fetchall() == [(1,)]
        with open_live(files) as live:
            live.append([registered(2)])
            live.publish()
        assert connection.execute("SELECT count(*) FROM log.event").fetchall() == [(1,)]
    assert query_copy(files, "SELECT count(*) FROM feed").rows == [(2,)]
    assert sorted(path.name for path in files.root.iterdir()) == [".live", "monitor.duckdb"]


def test_a_plain_duckdb_opens_the_copy_in_another_process(files: WarehouseFiles) -> None:
    """Nothing of ours is needed to read it, and it may be held open while a run publishes."""
    with open_live(files) as live:
        live.append([registered(1)])
        live.publish()
    with held_open(files.copy), open_live(files) as live:
        live.append([registered(2)])
        live.publish()
    with duckdb.connect(str(files.copy), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM feed").fetchall() == [(2,)]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM feed",
        "CREATE TABLE x (y INTEGER)",
        "DROP VIEW report.copies",
        "INSERT INTO log.head (id, position) VALUES (1, 1)",
    ],
)
def test_the_copy_cannot_be_written(files: WarehouseFiles, statement: str) -> None:
    """The answer says that only runs write."""
    with open_live(files) as live:
        live.publish()
    before = files.copy.read_bytes()
    with pytest.raises(QueryError) as caught:
        query_copy(files, statement)
    assert "only runs write" in caught.value.way_out
    assert files.copy.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "FROM read_text('/etc/hostname')",
        "COPY feed TO '{out}'",
        "ATTACH '{out}'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "EXPORT DATABASE '{out}'",
    ],
)
def test_a_query_reaches_no_other_file(files: WarehouseFiles, tmp_path: Path, statement: str) -> None:
    """Neither reading nor writing outside the copy, whatever the SQL says."""
    with open_live(files) as live:
        live.publish()
    out = tmp_path / "out"
    with pytest.raises(QueryError):
        query_copy(files, statement.format(out=out))
    assert not out.exists()


def test_a_missing_copy_says_how_to_get_one(files: WarehouseFiles) -> None:
    """No warehouse yet; and where the demo's lies, if there is one."""
    with pytest.raises(WarehouseError) as caught:
        query_copy(files, "SELECT 1")
    assert (caught.value.exit_code, caught.value.subject) == (4, str(files.copy))
    assert "monitor run" in caught.value.way_out
    (files.root / "demo").mkdir(parents=True)
    (files.root / "demo" / "monitor.duckdb").touch()
    with pytest.raises(WarehouseError) as caught:
        query_copy(files, "SELECT 1")
    assert str(files.root / "demo") in caught.value.way_out


def test_a_damaged_copy_is_an_error_with_the_way_out(files: WarehouseFiles) -> None:
    """Bytes that are no DuckDB file."""
    files.root.mkdir(parents=True)
    files.copy.write_bytes(b"no database" * 1000)
    with pytest.raises(WarehouseError) as caught:
        query_copy(files, "SELECT 1")
    assert "rebuild" in caught.value.way_out


# ---- files of other makes


def test_a_foreign_duckdb_file_is_refused_and_left_alone(files: WarehouseFiles) -> None:
    """Somebody else's tables: nothing is added to them."""
    files.live.parent.mkdir(parents=True)
    with duckdb.connect(str(files.live)) as connection:
        connection.execute("CREATE TABLE accounts (id INTEGER)")
    with pytest.raises(WarehouseError, match="something else"), open_live(files):
        pass
    with duckdb.connect(str(files.live)) as connection:
        assert connection.execute("SELECT table_name FROM information_schema.tables").fetchall() == [("accounts",)]


def test_a_file_that_is_no_database_is_refused_and_left_alone(files: WarehouseFiles) -> None:
    """With the file's name and the way out."""
    files.live.parent.mkdir(parents=True)
    files.live.write_bytes(b"no database" * 1000)
    with pytest.raises(WarehouseError) as caught, open_live(files):
        pass
    assert not isinstance(caught.value, WarehouseLockedError)
    assert caught.value.subject == str(files.live)
    assert caught.value.way_out
    assert files.live.read_bytes() == b"no database" * 1000


def test_a_warehouse_of_a_newer_program_is_refused(files: WarehouseFiles) -> None:
    """Its schema has steps that this program does not know."""
    with open_live(files) as live:
        live._connection.execute("INSERT INTO log.step VALUES (99, '099_future', '')")
    with pytest.raises(WarehouseError, match="newer program"), open_live(files):
        pass


def test_a_folder_that_cannot_be_written_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "warehouse").write_text("in the way")
    with pytest.raises(WarehouseError) as caught, open_live(WarehouseFiles(tmp_path / "warehouse")):
        pass
    assert (caught.value.exit_code, caught.value.subject) == (4, str(tmp_path / "warehouse"))
    assert "--data" in caught.value.way_out


def test_the_file_is_kept_at_a_storage_version_that_others_read(files: WarehouseFiles) -> None:
    """Storage version v1.2.0, which DuckDB 1.5 and 2.0 both read and write."""
    with open_live(files) as live:
        assert rows(live, "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal") == [("v1.2.0+",)]


# ---- the shipped SQL


def test_every_view_can_be_selected(live: LiveWarehouse) -> None:
    """All views of all five schemas, on an empty warehouse and on one with something in it."""
    views = [f'"{folder}"."{name}"' for folder in ("event", "todo", "report", "check") for name in relations(folder)]
    views += [f'"main"."{name}"' for name in relations("relation")]
    for view in views:
        assert rows(live, f"SELECT * FROM {view}") == [], view
    live.append([registered(1), extracted("one")], [(text_sha256("one"), "one")])
    for view in views:
        rows(live, f"SELECT * FROM {view}")
    in_catalogue = {
        f'"{schema}"."{name}"'
        for schema, name in rows(live, "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal")
    }
    assert set(views) | {'"log"."fresh"', '"log"."line"'} == in_catalogue


@pytest.mark.parametrize("path", SQL_FILES, ids=NAMES)
def test_a_file_runs_as_it_stands(path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Copied into DuckDB's shell, on a fresh warehouse, again and again: no placeholder, no error."""
    root = tmp_path_factory.getbasetemp() / "fresh-for-sql"
    with open_live(WarehouseFiles(root)):
        pass
    with duckdb.connect(str(WarehouseFiles(root).live)) as connection:
        for _ in range(2):
            connection.execute("BEGIN")
            connection.execute(path.read_text(encoding="utf-8"))
            connection.execute("COMMIT")
        assert connection.execute("SELECT count(*) FROM log.event").fetchall() == [(0,)]


@pytest.mark.parametrize("path", SQL_FILES, ids=NAMES)
def test_the_first_line_says_what_a_row_is(path: Path) -> None:
    """The grain of a relation ("One row per …"); of a check, the sentence that must hold; of the others, what they are or do."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    has_rows = path.parent.name in ("projection", "event", "relation", "todo", "report")
    pattern = r"-- One row per \S.+[.:]" if has_rows else r"-- [A-Z].+"
    assert re.match(pattern, first), first


def test_every_projection_has_its_file_and_names_its_events() -> None:
    """The list in the program and the files agree, and each reads at least one type of event."""
    assert sorted(PROJECTIONS) == sorted(relations("projection"))
    assert all(event_types(name) for name in PROJECTIONS)


def test_work_lists_take_the_clock_in_utc_whatever_the_machine_thinks(live: LiveWarehouse) -> None:
    """A feed due in an hour is not due, one due an hour ago is, wherever the machine stands; with and without a set clock."""
    now = dt.datetime.now(dt.UTC)
    for number, hours in ((1, 1), (2, -1)):
        due = now + dt.timedelta(hours=hours)
        live.append(
            [
                registered(number),
                wrapped(
                    FeedPolled(
                        feed_id=f"feed-{number}", polled_at=now, outcome="parsed", status=200, final_url="u", next_poll_at=due
                    )
                ),
            ]
        )
    for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
        live._connection.execute(f"SET TimeZone = '{zone}'")
        live.set_clock(now)
        assert rows(live, "SELECT feed_id FROM todo.feed_to_poll") == [("feed-2",)], zone
        live._connection.execute("RESET VARIABLE now")
        assert rows(live, "SELECT feed_id FROM todo.feed_to_poll") == [("feed-2",)], zone


def test_published_copies_leave_nothing_behind_when_they_fail(files: WarehouseFiles) -> None:
    """A folder stands where the copy should be: an error with the way out, and no partial file."""
    with pytest.raises(WarehouseError) as caught, open_live(files) as live:
        files.copy.mkdir(parents=True)
        (files.copy / "x").touch()
        live.publish()
    assert str(files.copy) in caught.value.subject
    assert sorted(path.name for path in files.root.iterdir()) == [".live", "monitor.duckdb"]
    assert os.listdir(files.copy) == ["x"]
