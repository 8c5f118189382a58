"""What any way into the warehouse owes: the live file, what stands in for it, and a spool that somebody else drains later.

Each test brings batches in by one of the ways and looks at the settled live file: a run that had to go on without the live file,
or died before it could commit, must leave the same log as one that was left alone.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from invented import differences, faults, log_of, relations_of
from kill_driver import batch
from stores import KINDS, Store
from test_warehouse import extracted, registered

from monitor.errors import ConflictError
from monitor.ids import text_sha256
from monitor.settings import LakeSettings
from monitor.warehouse import LiveWarehouse, WarehouseFiles, live, open_live, read_copy

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("killed")]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty warehouse behind one of the ways in."""
    monkeypatch.setattr(live, "SHELL_PATIENCE", 0.0)
    lake = None
    if request.param == "lake":
        catalog = request.getfixturevalue("postgres_server").database(f"contract_{uuid.uuid4().hex}")
        lake = LakeSettings(catalog=catalog, data=str(tmp_path / "lake"))
    with Store(request.param, WarehouseFiles(tmp_path / "warehouse", lake)) as store:
        yield store


def streams(warehouse: LiveWarehouse) -> list[str]:
    return [row[4] for row in log_of(warehouse._connection)]


def texts(warehouse: LiveWarehouse) -> int:
    return int(warehouse._connection.execute("SELECT count(*) FROM log.body").fetchall()[0][0])


# ---- batches


def test_a_batch_that_comes_twice_counts_once(store: Store) -> None:
    """The second time nothing moves: no event, no text, no link of the chain; whoever is told is told that all were known."""
    events, bodies = [registered(1), extracted("one")], [(text_sha256("one"), "one")]
    first, second = store.append(events, bodies), store.append(events, bodies)
    if first is not None and second is not None:
        assert (first.known, first.new) == (0, {event.event_id for event in events})
        assert (second.known, second.new, second.counts) == (2, frozenset(), {})
    with store.settled() as warehouse:
        assert streams(warehouse) == ["feed-1", "article-one"]
        assert texts(warehouse) == 1
        assert warehouse.query("SELECT count(*) FROM log.batch") == [(1,)]
        assert faults(warehouse._connection) == []


def test_of_a_batch_that_is_known_in_part_the_rest_is_taken(store: Store) -> None:
    """Known events keep their places, the new ones come behind them in the batch's order."""
    store.append([registered(1), registered(2)])
    appended = store.append([registered(3), registered(2), registered(4), registered(3), registered(1)])
    if appended is not None:
        assert (appended.known, appended.counts) == (3, {"feed.registered": 2})
    with store.settled() as warehouse:
        assert streams(warehouse) == ["feed-1", "feed-2", "feed-3", "feed-4"]
        assert faults(warehouse._connection) == []


def test_an_empty_batch_is_nothing(store: Store) -> None:
    """Not even a file in the spool, and its texts are not kept."""
    appended = store.append([], [(text_sha256("one"), "one")])
    assert appended is None or (appended.new, appended.counts, appended.known) == (frozenset(), {}, 0)
    assert not store.spool.exists() or not any(store.spool.iterdir())
    with store.settled() as warehouse:
        assert (streams(warehouse), texts(warehouse)) == ([], 0)
        assert warehouse.query("FROM log.batch") == []


@pytest.mark.parametrize("expected", [{"feed-1": 0}, {"feed-1": 2}, {"feed-9": 1}, {"feed-2": 0, "feed-1": 7}])
def test_a_batch_made_for_another_state_leaves_nothing(
    store: Store, expected: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    """Not one of its events and texts, whichever stream is not as expected; it is set aside, and what comes behind it goes on."""
    store.append([registered(1)])
    wrong = ([registered(2), extracted("one")], [(text_sha256("one"), "one")])
    if store.tells:
        with pytest.raises(ConflictError) as caught:
            store.append(*wrong, expected=expected)
        assert (caught.value.exit_code, caught.value.subject in expected) == (3, True)
    else:
        store.append(*wrong, expected=expected)
    store.append([registered(3)])
    with caplog.at_level(logging.WARNING), store.settled() as warehouse:
        assert streams(warehouse) == ["feed-1", "feed-3"]
        assert texts(warehouse) == 0
        assert faults(warehouse._connection) == []
        assert warehouse.query("SELECT feed_id FROM feed ORDER BY ALL") == [("feed-1",), ("feed-3",)]
    assert len(list((store.spool / "refused").iterdir())) == 1
    assert store.tells or "set aside" in caplog.text


def test_a_batch_made_for_this_state_is_taken_and_may_come_again(store: Store) -> None:
    """The right number of events holds; and when the answer is lost and the batch comes again, that is no conflict."""
    store.append([registered(1)])
    for _ in range(2):
        store.append([registered(2), extracted("one")], [(text_sha256("one"), "one")], expected={"feed-1": 1, "feed-2": 0})
    with store.settled() as warehouse:
        assert streams(warehouse) == ["feed-1", "feed-2", "article-one"]
        assert not (store.spool / "refused").exists()


def test_two_that_start_from_the_same_state_cannot_both_have_it(store: Store) -> None:
    """The second of two batches that expect a new stream is refused whole."""
    store.append([registered(1)], expected={"feed-1": 0, "feed-2": 0})
    if store.tells:
        with pytest.raises(ConflictError):
            store.append([extracted("late"), registered(2)], expected={"feed-1": 0, "feed-2": 0})
    else:
        store.append([extracted("late"), registered(2)], expected={"feed-1": 0, "feed-2": 0})
    with store.settled() as warehouse:
        assert streams(warehouse) == ["feed-1"]


def test_refused_batches_do_not_overwrite_each_other(store: Store) -> None:
    """Each is kept for whoever wants to know what was in it, also when a number is given again."""
    store.append([registered(1)])
    for number in (2, 3):
        if store.tells:
            with pytest.raises(ConflictError):
                store.append([registered(number)], expected={"feed-1": 9})
        else:
            store.append([registered(number)], expected={"feed-1": 9})
    with store.settled():
        pass
    said = [path.read_text(encoding="utf-8") for path in (store.spool / "refused").iterdir()]
    assert sorted("feed-2" in text for text in said) == [False, True]


# ---- many batches


def test_everything_twice_is_everything_once(store: Store) -> None:
    """A replay of all batches, and of all of them once more in the end: the log, the relations and the texts of one replay; the
    relations are those of a rebuild."""
    for number in (*range(1, 6), *range(1, 6)):
        store.append(*batch(number))
    with store.settled() as warehouse:
        once = [event for number in range(1, 6) for event in batch(number)[0]]
        assert [row[1] for row in log_of(warehouse._connection)] == [event.event_id for event in once]
        assert texts(warehouse) == len({sha256 for number in range(1, 6) for sha256, _ in batch(number)[1]})
        assert faults(warehouse._connection) == []
        found = relations_of(warehouse._connection)
        warehouse.rebuild()
        assert differences(found, relations_of(warehouse._connection)) == {}


def test_a_reader_can_go_on_from_every_place(store: Store) -> None:
    """What lies behind a position is the same whether it is read in one piece, or page by page from any boundary."""
    for number in range(1, 4):
        store.append(*batch(number))
    with store.settled():
        pass
    with read_copy(store.files) as copy:

        def page(after: int, limit: int) -> list[tuple[Any, ...]]:
            return copy.execute(
                "SELECT position, event_id FROM log.event WHERE position > ? ORDER BY position LIMIT ?", [after, limit]
            ).fetchall()

        whole = page(-1, 10**6)
        assert [position for position, _ in whole] == list(range(sum(len(batch(number)[0]) for number in range(1, 4))))
        for boundary in range(-1, len(whole)):
            found, after = [], boundary
            while read := page(after, 7):
                found += read
                after = read[-1][0]
            assert found == whole[boundary + 1 :]


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_warehouse import registered
from stores import append
from monitor.settings import LakeSettings
from monitor.warehouse import WarehouseFiles, live
live.SHELL_PATIENCE = 0.0
kind, writer = sys.argv[2], int(sys.argv[4])
files = WarehouseFiles(Path(sys.argv[3]), LakeSettings(catalog=sys.argv[5], data=sys.argv[6]) if kind == "lake" else None)
for batch in range(5):
    append(kind, files, [registered(writer * 1000 + batch * 10 + number) for number in range(3)] + [registered(batch)], who=str(writer))
"""


def test_a_reader_that_follows_the_log_misses_nothing_of_several_writers(store: Store) -> None:
    """Three processes write while the published copies are read on from the last position: nothing is skipped, nothing seen
    twice, no place ever holds another event than it held before, not even once the stand-in is gone."""
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parent), store.kind, str(store.files.root)]
    lake = store.files.lake
    where = [lake.catalog.get_secret_value(), lake.data] if lake is not None else []
    writers = [subprocess.Popen([*command, str(number), *where], stderr=subprocess.PIPE, text=True) for number in (1, 2, 3)]
    seen: list[tuple[Any, ...]] = []

    def follow() -> None:
        with read_copy(store.files) as copy:
            seen.extend(
                copy.execute(
                    "SELECT position, event_id FROM log.event WHERE position > ? ORDER BY position", [len(seen) - 1]
                ).fetchall()
            )

    end = time.monotonic() + 300
    try:
        while any(writer.poll() is None for writer in writers):
            assert time.monotonic() < end, "a writer does not end"
            follow()
            if store.kind in ("spool", "lake"):
                with open_live(store.files) as warehouse:
                    warehouse.publish()
        for writer in writers:
            _, errors = writer.communicate()
            assert writer.returncode == 0, errors
    finally:
        for writer in writers:
            writer.kill()
    with store.settled() as warehouse:
        pass
    follow()
    expected = {
        registered(writer * 1000 + batch * 10 + number).event_id
        for writer in (1, 2, 3)
        for batch in range(5)
        for number in range(3)
    }
    expected |= {registered(batch).event_id for batch in range(5)}
    assert [position for position, _ in seen] == list(range(len(seen)))
    assert len(seen) == len(expected)
    assert {event for _, event in seen} == expected
    with open_live(store.files) as warehouse:
        assert [row[:2] for row in log_of(warehouse._connection)] == seen
        assert faults(warehouse._connection) == []
    assert not store.files.standin.exists()
