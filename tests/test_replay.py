"""A real newsroom replayed: 220 states of one feed and the pages behind them, through the whole pipeline.

What must hold: every entry is counted as plain code counts it and has exactly one outcome; asking again adds nothing but
polls; and a replay that is killed at any moment, several times over, leaves the same relations as one that was left alone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from newsroom_replay import BRIEFINGS, ReplaySite, State, have_data, load_states, replay

from monitor.archive import Archive
from monitor.warehouse import WarehouseFiles, open_live, read_copy

pytestmark = [
    pytest.mark.replay,
    pytest.mark.xdist_group("replay"),
    pytest.mark.skipif(not have_data(), reason=f"the newsroom's data is not at {BRIEFINGS}"),
]

STATES = int(os.environ.get("REPLAY_STATES", "28"))  # of 220; all of them take minutes more and hold the same claims
ANALYSE_AGAIN_EVERY = 10  # cycles of the second replay, which is to find nothing: most only poll and fetch
KILLED_STATES = 14
KILLS = int(os.environ.get("REPLAY_KILLS", "3"))
SEED = 20250110
# What polls that find nothing new may add: a feed that stands still is one day said to be silent, pages are read again by time.
AFTERWARDS = {"feed.polled", "feed.fell_silent", "page.unchanged", "run.started", "run.finished"}
PLACES = {"record_file", "record_offset", "record_length"}  # name the file that a run wrote, not what is in it


@dataclass(frozen=True, slots=True)
class Replayed:
    """A finished replay: its warehouse, the counts of each cycle, and the site that served it."""

    folder: Path
    cycles: list[Counter[str]]
    site: ReplaySite

    @property
    def files(self) -> WarehouseFiles:
        return WarehouseFiles(self.folder)


@pytest.fixture(scope="module")
def newsroom() -> Iterator[ReplaySite]:
    with ReplaySite(load_states(STATES)) as site:
        yield site


@pytest.fixture(scope="module")
def replayed(newsroom: ReplaySite, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """All states once, in order, at their own times; each polled, its pages fetched at once. Nobody may write to it."""
    folder = tmp_path_factory.mktemp("replay") / "warehouse"
    cycles = [counts for _, counts, _ in replay(folder, newsroom, newsroom.states)]
    return Replayed(folder, cycles, newsroom)


@pytest.fixture
def copied(replayed: Replayed, tmp_path: Path) -> Replayed:
    """The same warehouse, to go on with."""
    return Replayed(Path(shutil.copytree(replayed.folder, tmp_path / "warehouse")), replayed.cycles, replayed.site)


# --------------------------------------------------------------------------- counted by other means


Standing = dict[str, tuple[str, str]]  # guid → title and date as last seen


def count_by_hand(states: Iterable[State], standing: Standing) -> list[tuple[int, int, int]]:
    """New, changed and unchanged entries of each state, from the files alone; ``standing`` is carried on."""
    counted = []
    for state in states:
        tally = Counter[str]()
        for item in ET.fromstring(state.body()).iter("item"):
            guid, title, date = (" ".join((item.findtext(name) or "").split()) for name in ("guid", "title", "pubDate"))
            tally["new" if guid not in standing else "changed" if standing[guid] != (title, date) else "unchanged"] += 1
            standing[guid] = title, date
        counted.append((tally["new"], tally["changed"], tally["unchanged"]))
    return counted


def rows(files: WarehouseFiles, statement: str) -> list[tuple[Any, ...]]:
    with read_copy(files) as connection:
        return connection.execute(statement).fetchall()


def event_counts(files: WarehouseFiles) -> Counter[str]:
    return Counter(dict(rows(files, "SELECT type, count(*) FROM log.event GROUP BY type")))


def found_by_checks(files: WarehouseFiles) -> dict[str, list[tuple[Any, ...]]]:
    """What the views of the schema ``check`` find; all of them must find nothing."""
    names = [name for (name,) in rows(files, "SELECT view_name FROM duckdb_views() WHERE schema_name = 'check' ORDER BY ALL")]
    assert names, "there are no checks"
    return {name: found for name in names if (found := rows(files, f'SELECT * FROM "check"."{name}"'))}


# --------------------------------------------------------------------------- the whole replay


def test_every_state_is_polled_once_and_counted_as_by_hand(replayed: Replayed) -> None:
    """Poll by poll: as many new, changed and unchanged entries as plain code finds in the files; none rejected or repeated."""
    polls = rows(
        replayed.files,
        'SELECT occurred_at, outcome, new, revised, "known", rejected, repeated FROM event.feed_polled ORDER BY position',
    )
    expected = [
        (state.clock.replace(tzinfo=None), "parsed", *counts, 0, 0)
        for state, counts in zip(replayed.site.states, count_by_hand(replayed.site.states, {}), strict=True)
    ]
    assert polls == expected


def test_every_entry_has_exactly_one_outcome(replayed: Replayed) -> None:
    """The report has one row for each entry of the feed, with an outcome that is not empty and a reason."""
    standing: Standing = {}
    count_by_hand(replayed.site.states, standing)
    ((entries, reported, distinct, with_outcome),) = rows(
        replayed.files,
        """SELECT (SELECT count(*) FROM entry), count(*), count(DISTINCT entry_id), count(outcome) FROM report.entry_outcome""",
    )
    assert (entries, reported, distinct, with_outcome) == (len(standing),) * 4
    assert rows(replayed.files, "SELECT title, outcome FROM report.entry_outcome WHERE why IS NULL OR outcome = 'waiting'") == []


def test_the_sums_hold(replayed: Replayed) -> None:
    """Every check finds nothing."""
    assert found_by_checks(replayed.files) == {}


def test_every_page_that_was_asked_for_was_read(replayed: Replayed) -> None:
    """One reading for each entry that the gate let through, and one for each later change of it; all of them succeeded."""
    asked = rows(
        replayed.files,
        """SELECT event_id::VARCHAR FROM event.entry_seen WHERE gate <> 'off_topic'
           UNION ALL SELECT event_id::VARCHAR FROM event.entry_revised WHERE gate <> 'off_topic'""",
    )
    read = rows(replayed.files, "SELECT asked_by FROM event.page_fetched")
    assert sorted(read) == sorted(asked)


def test_the_same_states_at_the_same_times_add_nothing(copied: Replayed) -> None:
    """The feed is not due at a time that is past: there is not even a poll."""
    before = event_counts(copied.files)
    states = [*copied.site.states[:5], *copied.site.states[-5:]]
    for state, counts, _ in replay(copied.folder, copied.site, states):
        assert set(counts) == {"run.started", "run.finished"}, f"state {state.number} at its own time again"
    added = event_counts(copied.files) - before
    assert added == {"run.started": len(states), "run.finished": len(states)}


def test_the_last_state_served_again_later_adds_polls_only(copied: Replayed) -> None:
    """Three days on the feed stands as it stood: a poll each time; the pages that are due are read again and are unchanged."""
    before = event_counts(copied.files)
    last = copied.site.states[-1]
    for days in (1, 2, 3):
        list(replay(copied.folder, copied.site, [last], later=dt.timedelta(days=days)))
    added = event_counts(copied.files) - before
    assert set(added) <= AFTERWARDS
    assert (added["feed.polled"], added["run.started"], added["run.finished"]) == (3, 3, 3)
    assert added["feed.fell_silent"] <= 1
    assert found_by_checks(copied.files) == {}


def test_old_states_served_again_later_add_polls_only(copied: Replayed) -> None:
    """A second replay appends nothing but polls: a title or date that an entry had before is no new version of it."""
    states = [state for state in copied.site.states if state.number < 40]
    before = event_counts(copied.files)
    later = copied.site.states[-1].clock - states[0].clock + dt.timedelta(days=1)
    list(replay(copied.folder, copied.site, states, later=later, analyse_every=ANALYSE_AGAIN_EVERY))
    assert set(event_counts(copied.files) - before) == AFTERWARDS
    assert found_by_checks(copied.files) == {}


def test_a_text_that_goes_back_to_what_it_was_leaves_no_work_open(tmp_path: Path) -> None:
    """A page is edited and the edit is taken back: once that is read, no work list names the article any longer."""
    before, after = load_states()[21:23]  # between these two the feed changes the date of the page, so it is read again
    dated = re.sub(rb"(merit-based-opportunity/\s*</guid>\s*<pubDate>[^<]*):\d\d ([+-])", rb"\1:59 \2", after.body())
    assert dated != after.body(), "the entry gets a third date, so that its page is read a third time"
    (tmp_path / "third.xml.gz").write_bytes(gzip.compress(dated))
    third = dataclasses.replace(after, number=after.number + 1, file=tmp_path / "third.xml.gz")
    path = "/presidential-actions/2025/01/ending-illegal-discrimination-and-restoring-merit-based-opportunity"
    folder = tmp_path / "warehouse"
    with ReplaySite([before, after, third]) as site:
        page = site.pages[path]
        edited = page.replace(
            b"</article>", b"<p>The editors added a correction at the end of this text. </p>" * 9 + b"</article>"
        )
        for state, served, days in ((before, page, 0), (after, edited, 0), (third, page, 30)):
            site.pages[path] = served
            list(replay(folder, site, [state], later=dt.timedelta(days=days)))
    files = WarehouseFiles(folder)
    assert event_counts(files)["article.revised"] == 2
    assert rows(files, "SELECT article_id FROM todo.article_to_judge UNION ALL SELECT article_id FROM todo.article_to_read") == []


# --------------------------------------------------------------------------- killed and started again


def tables(files: WarehouseFiles, *, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """A digest of each relation that is made from the log, whatever the order of its rows.

    A position is taken for the event at it: runs that were cut off leave events of their own, which move those behind them.
    """
    found: dict[str, list[str]] = {}
    columns = rows(
        files,
        """SELECT table_name, column_name FROM duckdb_columns() SEMI JOIN duckdb_tables() USING (table_oid)
           WHERE schema_name = 'main' ORDER BY ALL""",
    )
    for table, column in columns:
        if column not in without:
            event = f"(SELECT event_id FROM log.event WHERE event.position = relation.{column})"
            found.setdefault(table, []).append(event if column.endswith("position") else f'"{column}"')
    return {
        table: hashlib.sha256(
            "\n".join(sorted(map(repr, rows(files, f'SELECT {", ".join(names)} FROM main."{table}" AS relation')))).encode()
        ).hexdigest()
        for table, names in found.items()
    }


def as_decided(files: WarehouseFiles) -> dict[str, str]:
    """The relations without what differs from run to run by right: the runs themselves, and where their bytes lie."""
    return {table: digest for table, digest in tables(files, without=frozenset(PLACES)).items() if table != "run"}


class Program:
    """The replay as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._errors = (folder.parent / f"{folder.name}.err").open("a+", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("newsroom_replay.py")), "--data", str(folder),
             "--states", str(KILLED_STATES)],
            stdout=subprocess.PIPE, stderr=self._errors, text=True, encoding="utf-8",
        )  # fmt: skip

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def lines(self) -> Iterator[list[str]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield line.split()

    def finish(self) -> list[float]:
        """Wait for the end; gives the seconds that each cycle took."""
        seconds = [float(words[2]) for words in self.lines() if words[0] == "done"]
        assert self._process.wait() == 0, self.said()
        return seconds

    def kill_in(self, state: int, after: float) -> None:
        """Let it come to a state (or beyond), go on for so many seconds, and kill it as nobody can refuse."""
        assert any(words[0] == "state" and int(words[1]) >= state for words in self.lines()), self.said()
        try:
            self._process.wait(timeout=after)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()

    def said(self) -> str:
        """The end of what it wrote to standard error."""
        self._errors.seek(0)
        return self._errors.read()[-3000:]


@pytest.mark.xdist_group("killed")
def test_a_replay_killed_at_any_moment_ends_in_the_same_warehouse(tmp_path: Path) -> None:
    """Kills at moments drawn at random, each followed by a new start: the relations are those of a quiet run.

    Every record that the log names can be read back with its hash, and making the relations anew from the log changes none.
    """
    quiet, disturbed = WarehouseFiles(tmp_path / "quiet"), WarehouseFiles(tmp_path / "disturbed")
    with Program(quiet.root) as program:
        seconds = program.finish()
        assert program.said() == "", "nothing went wrong, so there is nothing to say"
    assert len(seconds) == KILLED_STATES
    chance, usual = random.Random(SEED), sorted(seconds)[len(seconds) // 2]
    for state in sorted(chance.sample(range(KILLED_STATES - 2), KILLS)):  # not the last ones, which could end first
        with Program(disturbed.root) as program:
            program.kill_in(state, chance.uniform(0, usual))
    with Program(disturbed.root) as program:
        program.finish()

    ((cut_off, finished),) = rows(disturbed, "SELECT count(*) FILTER (finished_at IS NULL), count(finished_at) FROM run")
    assert cut_off >= KILLS // 2, "most kills are meant to come in the middle of a run"
    assert finished >= KILLED_STATES - cut_off
    assert as_decided(disturbed) == as_decided(quiet)
    assert found_by_checks(disturbed) == {}
    assert lost_records(disturbed) == []
    assert delivered(disturbed) == sorted(alert for (alert,) in rows(disturbed, "SELECT alert_id FROM alert"))

    before = tables(disturbed)
    with open_live(disturbed) as live:
        live.rebuild()
        live.publish()
    assert tables(disturbed) == before


def delivered(files: WarehouseFiles) -> list[str]:
    """The alerts in the file that they are delivered to, as often as they stand there."""
    path = files.root / "alerts" / "alerts.jsonl"
    return sorted(json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()) if path.exists() else []


def lost_records(files: WarehouseFiles) -> list[str]:
    """The records that the log names but that the archive does not give back as they were."""
    archive = Archive(files.root / "archive")
    named = rows(
        files,
        """SELECT DISTINCT data ->> '$.record.file', (data ->> '$.record.offset')::BIGINT, data ->> '$.record.sha256'
           FROM log.event WHERE data ->> '$.record.file' IS NOT NULL ORDER BY ALL""",
    )
    assert named, "the log names no record"
    return [
        f"{file}@{offset}" for file, offset, sha256 in named if hashlib.sha256(archive.read(file, offset)).hexdigest() != sha256
    ]
