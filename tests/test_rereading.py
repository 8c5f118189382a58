"""Pages on the topic are read again for edits: a real server, a clock that the test sets, and what the server saw of it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from loopback import Loopback, answer, item, page, rss, settings_for
from test_archive import all_records

from monitor.articles.decisions import word_difference
from monitor.ids import sha256
from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import Pipeline, load_pipeline
from monitor.schedule import next_reading
from monitor.warehouse import query_copy

START = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
PROPOSAL = "Vestria put forward a new proposal for a 20-day truce between Norland and Sudmark, its envoy said on Monday."
OTHER = "Norland put forward a new proposal for a 90-day truce with Sudmark, under which 400 prisoners would be freed."
FILLING = [f"Fishermen of pier {number} near Port Hallen sold {number * 3} crates before noon." for number in range(9)]
WEATHER = [
    f"Rain is expected on day {number} in the hills, and the bakers of the valley sell {number * 4} loaves."
    for number in range(9)
]
SLOTS = (1, 4, 10, 24, 168)


class Outlet:
    """A server with one feed and one page, whose text, validators and status the test changes; and the hours of its readings."""

    def __init__(self, server: Loopback, folder: Path) -> None:
        self.server, self.hour = server, 0.0
        self.body, self.etag, self.status, self.lies = page("Vestria proposes", PROPOSAL, *FILLING), '"1"', 200, False
        self.readings: list[tuple[float, int]] = []  # hour, status
        server.routes = {
            "/feed": answer(rss(item("Vestria proposes truce to Norland", server.url("/one"))), "application/rss+xml"),
            "/one": self._page,
        }
        self.settings = settings_for(folder, server.url("/feed"))

    async def _page(self, request: web.Request) -> web.StreamResponse:
        status = self.status
        if (
            self.status == 200
            and self.etag
            and request.headers.get("If-None-Match") in (self.etag, '"1"' if self.lies else self.etag)
        ):
            status = 304
        self.readings.append((self.hour, status))
        headers = {"ETag": self.etag} if self.etag else {}
        return web.Response(
            status=status, body=self.body.encode() if status == 200 else b"", content_type="text/html", headers=headers
        )

    def run(self, *hours: float) -> Pipeline:
        """A whole run at each of these hours after the start."""
        for hour in hours:
            self.hour = hour
            pipeline = load_pipeline(self.settings, clock=lambda: START + dt.timedelta(hours=self.hour))
            asyncio.run(run_cycle(pipeline))
        return pipeline

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return query_copy(load_pipeline(self.settings).files, statement).rows

    def events(self, *types: str) -> list[tuple[str, float]]:
        """Type and hour of each event of these types."""
        found = self.rows(f"SELECT type, occurred_at FROM log.event WHERE type IN {(*types, '')} ORDER BY position")
        return [(wire, (at.replace(tzinfo=dt.UTC) - START) / dt.timedelta(hours=1)) for wire, at in found]


@pytest.fixture
def outlet(tmp_path: Path) -> Iterator[Outlet]:
    with Loopback() as server:
        yield Outlet(server, tmp_path)


def test_an_edit_at_hour_three_is_found_at_hour_four_once_and_what_is_new_in_it_alerts(outlet: Outlet) -> None:
    """Runs every hour, for a day: the page is asked for at hours 0, 1, 4, 10 and 24; all but the first and the edited reading cost
    a 304. The edit is one revision of the one article, with its size in words, and the proposal that it adds owes one alert beside that of
    the first reading."""
    outlet.run(0, 1, 2)
    outlet.hour, outlet.body, outlet.etag = 3, page("Vestria proposes", PROPOSAL, *FILLING, OTHER), '"2"'
    outlet.run(3, 4, 5, 9, 10, 11, 24)
    assert outlet.readings == [(0, 200), (1, 304), (4, 200), (10, 304), (24, 304)]
    assert outlet.events("page.fetched", "page.unchanged", "article.extracted", "article.revised", "article.unchanged") == [
        ("page.fetched", 0),
        ("article.extracted", 0),
        ("page.unchanged", 1),
        ("page.fetched", 4),
        ("article.revised", 4),
        ("page.unchanged", 10),
        ("page.unchanged", 24),
    ]
    assert outlet.rows("SELECT words_added, words_removed FROM event.article_revised") == [(len(OTHER.split()), 0)]
    assert outlet.rows("SELECT words_added, words_removed FROM article_version ORDER BY position") == [
        (None, None),
        (len(OTHER.split()), 0),
    ]
    assert outlet.rows("SELECT count(*) FROM article") == [(1,)]
    assert outlet.events("alert.raised") == [("alert.raised", 0), ("alert.raised", 4)]
    assert outlet.rows("SELECT is_edit FROM event.alert_raised ORDER BY position") == [(False,), (True,)]


def test_a_page_that_stays_as_it_is_costs_304s_and_its_bytes_are_kept_once(outlet: Outlet) -> None:
    """Over all five later readings; only the last asks without validators. Each is a revisit record that its event names."""
    pipeline = outlet.run(0, *SLOTS, 200, 400)
    assert outlet.readings == [(0, 200), (1, 304), (4, 304), (10, 304), (24, 304), (168, 200)]
    assert outlet.rows("SELECT reading, status FROM event.page_unchanged ORDER BY position") == [
        *((number, 304) for number in (2, 3, 4, 5)),
        (6, 200),
    ]
    kinds = [
        kind
        for path in sorted(pipeline.archive.root.glob("2*/*/*/pages-*"))
        for kind, _, _, head, *_ in all_records(path)
        if (head.get_header("WARC-Target-URI") or "").endswith("/one")
    ]
    assert (kinds.count("response"), kinds.count("revisit")) == (1, 5)
    named = outlet.rows("SELECT record ->> '$.file', (record ->> '$.offset')::BIGINT, sha256 FROM event.page_unchanged")
    assert len(named) == 5
    assert all(sha256(pipeline.archive.read(file, offset)) == digest for file, offset, digest in named)
    assert outlet.rows("SELECT readings, next_reading_at, gone_at FROM page") == [(6, None, None)]


def test_without_validators_the_same_bytes_are_unchanged_by_our_own_hash(outlet: Outlet) -> None:
    """The server answers 200 each time: no reading of the text, no revision."""
    outlet.etag = ""
    outlet.run(0, 1, 4)
    assert outlet.readings == [(0, 200), (1, 200), (4, 200)]
    assert outlet.events("page.fetched", "page.unchanged", "article.unchanged", "article.revised") == [
        ("page.fetched", 0),
        ("page.unchanged", 1),
        ("page.unchanged", 4),
    ]


def test_a_server_whose_validators_lie_is_found_out_at_the_last_reading(outlet: Outlet) -> None:
    """It says 304 for ever though the page changed; the last reading asks without validators."""
    outlet.run(0, 1)
    outlet.body, outlet.lies = page("Vestria proposes", PROPOSAL, *FILLING, OTHER), True
    outlet.run(4, 10, 24, 168)
    assert outlet.readings[-1] == (168, 200)
    assert outlet.events("article.revised") == [("article.revised", 168)]


def test_only_the_furniture_changed(outlet: Outlet) -> None:
    """Other bytes, the same text: the article is unchanged, nothing is judged or read again."""
    outlet.run(0)
    outlet.body, outlet.etag = outlet.body.replace("Home", "Home (3)"), '"2"'
    outlet.run(1)
    assert outlet.events("article.revised", "article.unchanged", "article.read") == [
        ("article.read", 0),
        ("article.unchanged", 1),
    ]


def test_readings_that_an_outage_missed_are_made_up_once(outlet: Outlet) -> None:
    """Nothing ran from hour 0 to hour 30: one reading stands for four; the next is that of day seven."""
    outlet.run(0, 30, 31, 100, 168)
    assert [hour for hour, _ in outlet.readings] == [0, 30, 168]
    assert outlet.rows("SELECT reading FROM event.page_unchanged ORDER BY position") == [(2,), (3,)]


def test_a_later_reading_that_fails_undoes_nothing_and_waits_for_the_next(outlet: Outlet) -> None:
    """Two failures, each recorded with its number and never tried again by itself; the article and its page stand as before."""
    outlet.run(0)
    before = outlet.rows("SELECT outcome, attempt, reason, sha256, fetched_at FROM page")
    outlet.status = 500
    outlet.run(1, 2, 4, 5)
    assert [hour for hour, _ in outlet.readings] == [0, 1, 4]
    assert outlet.rows("SELECT outcome, attempt, reason, sha256, fetched_at FROM page") == before
    assert outlet.rows("SELECT reading, status, retry_at FROM event.page_fetch_failed ORDER BY position") == [
        (2, 500, None),
        (3, 500, None),
    ]
    assert outlet.rows("SELECT count(*) FROM article") == [(1,)]
    outlet.status = 200
    outlet.run(10)
    assert outlet.readings[-1] == (10, 304)
    assert outlet.rows("SELECT readings FROM page") == [(4,)]


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_taken_down_is_gone_and_its_article_stays(outlet: Outlet, status: int) -> None:
    """The moment is kept until it comes back; what was read of it is not taken away."""
    outlet.run(0)
    outlet.status = status
    outlet.run(1)
    assert outlet.rows("SELECT outcome, gone_at FROM page") == [("fetched", (START + dt.timedelta(hours=1)).replace(tzinfo=None))]
    assert outlet.rows("SELECT mentions > 0 FROM article") == [(True,)]
    outlet.status = 200
    outlet.run(4)
    assert outlet.rows("SELECT outcome, gone_at FROM page") == [("fetched", None)]


def test_pages_off_the_topic_are_read_once(outlet: Outlet) -> None:
    """The entry could not be told from its title, and the text says nothing of the topic."""
    outlet.server.routes["/feed"] = answer(rss(item("What Norland said", outlet.server.url("/one"))), "application/rss+xml")
    outlet.body = page("What they said", *WEATHER)
    outlet.run(0, 1, 4, 24)
    assert [hour for hour, _ in outlet.readings] == [0]
    assert outlet.rows("SELECT gate, mentions FROM article") == [("undecided", 0)]


def test_running_again_at_the_same_moment_asks_for_nothing(outlet: Outlet) -> None:
    """A reading is due once, however often a run is started."""
    outlet.run(0, 1)
    events = outlet.rows("SELECT count(*) FROM log.event WHERE type NOT LIKE 'run.%' AND type NOT LIKE 'feed.%'")
    outlet.run(1, 1)
    assert [hour for hour, _ in outlet.readings] == [0, 1]
    assert outlet.rows("SELECT count(*) FROM log.event WHERE type NOT LIKE 'run.%' AND type NOT LIKE 'feed.%'") == events


def test_a_changed_entry_asks_anew_and_its_readings_begin_anew(outlet: Outlet) -> None:
    """A new headline at hour 30: the page is read then, and 1, 4 and 10 hours after that."""
    outlet.run(0, 1)
    outlet.server.routes["/feed"] = answer(
        rss(item("Vestria proposes longer truce to Norland", outlet.server.url("/one"))), "application/rss+xml"
    )
    outlet.run(30, 31, 34, 40)
    assert [hour for hour, _ in outlet.readings] == [0, 1, 30, 31, 34, 40]
    assert outlet.rows("SELECT readings, first_reading_at FROM page") == [
        (4, (START + dt.timedelta(hours=30)).replace(tzinfo=None))
    ]


def test_a_date_that_is_bumped_alerts_nothing_and_the_same_bytes_are_kept_once(outlet: Outlet) -> None:
    """The feed gives the story a new date every hour: it is read anew each time, and found to be what it was; the feed's own bytes,
    too, are kept only where they changed."""
    outlet.etag, outlet.body = "", page("Norland proposes", OTHER, *FILLING)
    for hour in (0, 0.5, 1.5, 2.5):
        date = f"Mon, 10 Mar 2031 {8 + int(hour):02}:00:00 GMT"
        outlet.server.routes["/feed"] = answer(
            rss(item("Norland proposes truce", outlet.server.url("/one"), date=date)), "application/rss+xml"
        )
        pipeline = outlet.run(hour)
    assert [hour for hour, _ in outlet.readings] == [0, 1.5, 2.5]
    assert outlet.events("alert.raised", "article.revised") == [("alert.raised", 0)]
    kinds = {
        name: [kind for path in pipeline.archive.root.glob(f"2*/*/*/{name}-*") for kind, *_ in all_records(path)]
        for name in ("pages", "feeds")
    }
    assert (kinds["pages"].count("response"), kinds["pages"].count("revisit")) == (1, 2)
    assert kinds["feeds"].count("response") == 3  # of four polls


@pytest.mark.parametrize(("after", "due"), [(0, 1), (0.99, 1), (1, 4), (3, 4), (30, 168), (168, None), (9999, None)])
def test_the_next_reading_is_the_first_that_still_lies_ahead(after: float, due: float | None) -> None:
    """Also when several have been missed; none behind the last."""
    found = next_reading(START, START + dt.timedelta(hours=after), SLOTS)
    assert found == (None if due is None else START + dt.timedelta(hours=due))


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        ("a truce of ten days", "a truce of ten days", (0, 0)),
        ("a truce of ten days", "a truce of twelve days", (1, 1)),
        ("a truce of ten days", "a truce, of ten days", (1, 1)),
        ("", "a truce", (2, 0)),
        ("a truce of ten days", "of ten days a truce", (2, 2)),
        ("one two three", "one two and a half three", (3, 0)),
    ],
)
def test_the_size_of_an_edit_is_words_added_and_removed(before: str, after: str, difference: tuple[int, int]) -> None:
    """By the shortest way from one to the other."""
    assert word_difference(before, after) == difference


def test_the_difference_of_two_long_texts_ends() -> None:
    """Few words, often repeated, in another order: where a search for blocks takes minutes. The limit is generous."""
    import time

    words = [f"w{number * number % 97}" for number in range(30_000)]
    start = time.monotonic()
    added, removed = word_difference(" ".join(words), " ".join(reversed(words)))
    assert added == removed > 0
    assert time.monotonic() - start < 20
