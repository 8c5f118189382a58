"""Polling against a real server on loopback and a real warehouse, on a virtual clock. Outlets and texts are fictional."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from aiohttp import web
from command import Command
from loopback import PROFILE, Loopback, answer, item, redirect, rss, settings_for
from warcio.archiveiterator import ArchiveIterator

from monitor.pipeline.moving import move_feed
from monitor.pipeline.polling import poll_feeds
from monitor.pipeline.running import begin, finish
from monitor.pipeline.shared import Pipeline, load_pipeline
from monitor.settings import FetchSettings
from monitor.warehouse import WarehouseFiles

START = dt.datetime(2031, 3, 10, 8, 0, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
XML = "application/rss+xml"


def numbered(*numbers: int, place: str = "world", title: str = "Report {}") -> str:
    return rss(*(item(title.format(n), f"https://gazette.norland.test/{place}/{n}", guid=f"{place}-{n}") for n in numbers))


class Newsroom:
    """A warehouse, a server and a clock: ``run`` polls what is due at a moment."""

    def __init__(self, folder: Path, server: Loopback, *paths: str, archive: str | None = None) -> None:
        self.folder, self.server = folder, server
        settings = settings_for(folder, *(server.url(path) for path in paths), fetch=_open(server))
        if archive is not None:
            file = folder / "feeds.toml"
            file.write_text(file.read_text() + f'archive = "{server.url(archive)}"\n')
        self.settings = settings

    def pipeline(self, at: dt.datetime) -> Pipeline:
        return load_pipeline(self.settings, clock=lambda: at)

    def run(self, after: dt.timedelta = dt.timedelta(0)) -> dict[str, int]:
        pipeline = self.pipeline(START + after)
        with pipeline.held():
            begin(pipeline)
            asyncio.run(poll_feeds(pipeline))
            finish(pipeline)
        return dict(pipeline.counts)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(WarehouseFiles(self.folder).copy), read_only=True) as connection:
            return connection.execute(statement).fetchall()


def _open(server: Loopback) -> FetchSettings:
    return FetchSettings(timeout_seconds=20, pause_seconds=0, allow=("127.0.0.1",))


def changing(*answers: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
    """A handler that gives one answer after the other, and the last one for ever."""
    waiting = list(answers)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)

    return handle


def feed(body: str, status: int = 200, **headers: str) -> Any:
    return answer(body, XML, status, **headers)


@pytest.fixture
def server() -> Any:
    with Loopback() as running:
        yield running


def test_both_validators_are_sent_and_a_304_keeps_the_feed_going(tmp_path: Path, server: Loopback) -> None:
    """A 304 is a success: the next poll follows, and the one after that."""

    async def conditional(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == '"v1"':
            return web.Response(status=304, headers={"ETag": '"v1"'})
        return await feed(numbered(1, 2), ETag='"v1"', Last_Modified="Mon, 10 Mar 2031 07:00:00 GMT")(request)

    server.routes["/feed"] = conditional
    room = Newsroom(tmp_path, server, "/feed")
    for hours in range(4):
        room.run(hours * HOUR)
    sent = [(request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")) for request in server.requests]
    assert sent == [(None, None), *[('"v1"', "Mon, 10 Mar 2031 07:00:00 GMT")] * 3]
    assert room.ask("SELECT last_outcome, failures, polls FROM feed") == [("not_modified", 0, 4)]


def test_every_answered_poll_points_to_a_record_that_gives_the_document_back(tmp_path: Path, server: Loopback) -> None:
    """The same bytes again, and a 304, leave revisit records: small, and read as the document that they refer to."""
    first, second = numbered(1, 2), numbered(1, 2, 3)

    async def unmodified(request: web.Request) -> web.StreamResponse:
        return web.Response(status=304)

    server.routes["/feed"] = changing(feed(first, ETag='"v1"'), feed(first), unmodified, feed(second), unmodified)
    room = Newsroom(tmp_path, server, "/feed")
    for hours in range(5):
        room.run(hours * HOUR)
    polls = room.ask(
        "SELECT outcome, record ->> '$.file', (record ->> '$.offset')::BIGINT FROM event.feed_polled ORDER BY position"
    )
    assert [outcome for outcome, *_ in polls] == ["parsed", "unchanged", "not_modified", "parsed", "not_modified"]
    archive = room.pipeline(START).archive
    assert [archive.read(file, offset).decode() for _, file, offset in polls] == [first, first, first, second, second]
    (path,) = archive.root.rglob("feeds*.warc.gz")
    with path.open("rb") as stream:
        kinds = [record.rec_type for record in ArchiveIterator(stream) if record.rec_type in ("response", "revisit")]
    assert kinds == ["response", "revisit", "revisit", "response", "revisit"]


def test_a_lying_server_is_found_out_by_an_audit_and_gets_no_validators_any_more(tmp_path: Path, server: Loopback) -> None:
    """One ETag for ever and 304 for whoever sends it: what it hides comes with the audit, at the latest the 24th poll."""
    shown = [1, 2]

    async def lying(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match"):
            return web.Response(status=304, headers={"ETag": '"v1"'})
        return await feed(numbered(*shown), ETag='"v1"')(request)

    server.routes["/feed"] = lying
    room = Newsroom(tmp_path, server, "/feed")
    room.run()
    shown.append(3)
    for number in range(1, 26):
        room.run(number * HOUR)
    plain = [number for number, request in enumerate(server.requests) if "If-None-Match" not in request.headers]
    assert plain == [0, 23, 24, 25]  # the first, the audit, and no validator after it
    assert room.ask("SELECT is_distrusted, entries_seen FROM feed") == [(True, 3)]
    assert room.ask("SELECT is_distrusted FROM report.feed_health") == [(True,)]


def test_a_gap_is_closed_from_the_archive_that_the_profile_names(tmp_path: Path, server: Loopback) -> None:
    """Twenty entries rolled off between two polls: the sitemap lists them, and they stand in the log with their source."""
    urls = "".join(
        f"<url><loc>https://gazette.norland.test/world/{n}</loc><news:news><news:publication_date>2031-03-10T09:{n:02}:00Z"
        f"</news:publication_date><news:title>Report {n}</news:title></news:news></url>"
        for n in range(1, 31)
    )
    head = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
    server.routes |= {
        "/feed": changing(feed(numbered(*range(1, 6))), feed(numbered(*range(26, 31)))),
        "/news.xml": answer(f"{head}{urls}</urlset>", "application/xml"),
    }
    room = Newsroom(tmp_path, server, "/feed", archive="/news.xml")
    room.run()
    counts = room.run(2 * HOUR)
    assert (counts["feed.gap_found"], counts["feed.gap_closed"]) == (1, 1)
    assert server.paths().count("/news.xml") == 1
    assert room.ask("SELECT source, count(*) FROM entry GROUP BY ALL ORDER BY ALL") == [("sitemap", 20), (None, 10)]
    assert room.ask("SELECT gaps, gaps_closed FROM report.feed_health") == [(1, 1)]
    assert room.ask('SELECT count(*) FROM "check".new_entries_recorded') == [(0,)]


def test_an_archive_that_cannot_be_read_leaves_the_gap_open(tmp_path: Path, server: Loopback) -> None:
    server.routes["/feed"] = changing(feed(numbered(1, 2)), feed(numbered(8, 9)))
    room = Newsroom(tmp_path, server, "/feed", archive="/missing.xml")
    room.run()
    counts = room.run(2 * HOUR)
    assert (counts.get("feed.gap_found"), counts.get("feed.gap_closed")) == (1, None)
    assert room.ask("SELECT gaps, gaps_closed FROM report.feed_health") == [(1, 0)]


def test_a_rekeyed_feed_fetches_nothing(tmp_path: Path, server: Loopback) -> None:
    """Other guids and addresses, the same titles: twenty entries under new keys, no page asked for."""
    titles = "Norland and Sudmark talk about a ceasefire, part {}"
    server.routes["/feed"] = changing(
        feed(numbered(*range(20), title=titles)), feed(numbered(*range(20), place="new", title=titles))
    )
    room = Newsroom(tmp_path, server, "/feed")
    room.run()
    before = room.ask("SELECT count(*) FROM page")
    counts = room.run(2 * HOUR)
    assert (counts["feed.rekeyed"], counts["entry.seen"]) == (1, 20)
    assert room.ask("SELECT count(*) FROM page") == before == [(20,)]
    assert room.ask("SELECT outcome, count(*) FROM report.entry_outcome WHERE url LIKE '%/new/%' GROUP BY ALL") == [
        ("rekeyed", 20)
    ]
    assert room.ask("SELECT losses FROM feed") == [(0,)]
    assert "entry.seen" not in room.run(6 * HOUR)


def test_one_guid_for_all_changes_the_policy_and_loses_no_entry(tmp_path: Path, server: Loopback) -> None:
    broken = rss(*(item(f"Report {n}", f"https://gazette.norland.test/world/{n}", guid="same") for n in range(6)))
    server.routes["/feed"] = changing(feed(numbered(*range(5))), feed(broken))
    room = Newsroom(tmp_path, server, "/feed")
    room.run()
    counts = room.run(2 * HOUR)
    assert (counts["feed.policy_changed"], counts["entry.seen"]) == (1, 1)
    assert room.ask("SELECT policy, (SELECT count(*) FROM entry) FROM feed") == [("link_date", 6)]


def test_an_outage_is_reported_as_silence_while_its_polls_fail(tmp_path: Path, server: Loopback) -> None:
    """An hourly feed goes down: within its own 99th percentile and one interval, once, and the state ends with the next entry."""
    number = [0]

    async def hourly(request: web.Request) -> web.StreamResponse:
        return await feed(numbered(*range(number[0], number[0] + 20)))(request)

    server.routes["/feed"] = hourly
    room = Newsroom(tmp_path, server, "/feed")
    for hours in range(26):
        number[0] = hours
        room.run(hours * HOUR)
    server.routes["/feed"] = answer("", status=503)
    reported = [hours for hours in range(26, 40) if room.run(hours * HOUR).get("feed.fell_silent")]
    assert reported == [27]
    assert room.ask("SELECT is_silent, state, reason FROM report.feed_health") == [(True, "failed", "http_error")]
    assert room.ask("SELECT feeds_silent, feeds_known FROM report.coverage_daily ORDER BY day DESC LIMIT 1") == [(1, 1)]
    server.routes["/feed"] = hourly
    number[0] = 30
    room.run(4 * DAY)
    assert room.ask("SELECT is_silent, silences FROM report.feed_health") == [(False, 1)]


def test_a_frozen_feed_that_answers_200_is_reported_too(tmp_path: Path, server: Loopback) -> None:
    """The failure that nobody notices for months: the same valid document for ever."""
    number = [0]

    async def hourly(request: web.Request) -> web.StreamResponse:
        return await feed(numbered(*range(number[0], number[0] + 20)))(request)

    server.routes["/feed"] = hourly
    room = Newsroom(tmp_path, server, "/feed")
    for hours in range(26):
        number[0] = hours
        room.run(hours * HOUR)
    reported = [hours for hours in range(26, 36) if room.run(hours * HOUR).get("feed.fell_silent")]
    assert reported == [27]
    assert room.ask("SELECT state, last_reason FROM report.feed_health, feed") == [("silent", None)]


def tells_redirects(room: Newsroom) -> None:
    """Skip where the fetcher gives no ``redirects`` with its answers."""
    if room.ask("SELECT count(moved_to) FROM feed") == [(0,)]:
        pytest.skip("the fetcher does not say which redirects it followed")


def test_a_feed_moves_after_days_and_a_person_can_move_it_back(tmp_path: Path, server: Loopback, monitor: Command) -> None:
    server.routes |= {"/old": redirect("/new", 301), "/new": feed(numbered(1, 2))}
    room = Newsroom(tmp_path / "store", server, "/old")
    room.run()
    tells_redirects(room)
    for days in range(1, 9):
        counts = room.run(days * DAY)
        assert ("feed.moved" in counts) == (days == 7)
    assert server.paths()[-3:] == ["/old", "/new", "/new"]
    (tmp_path / "monitor.toml").write_text(
        f'data = "store"\ntopic = "{PROFILE}"\nfeeds = "store/feeds.toml"\n[fetch]\nallow = ["127.0.0.1"]\n', encoding="utf-8"
    )
    ended = monitor("feeds", "move", "Outlet 1", "--back")
    assert (ended.code, ended.err) == (0, "")
    assert "/old" in ended.out
    server.requests.clear()
    for days in range(9, 20):
        assert "feed.moved" not in room.run(days * DAY)
    assert server.paths()[:2] == ["/old", "/new"]
    assert room.ask("SELECT address LIKE '%/old', moved_to LIKE '%/new' FROM report.feed_health") == [(True, True)]


def test_a_feed_that_moves_to_a_registered_one_is_not_polled_twice(tmp_path: Path, server: Loopback) -> None:
    server.routes |= {"/old": redirect("/new", 308), "/new": feed(numbered(1, 2))}
    room = Newsroom(tmp_path, server, "/old", "/new")
    room.run()
    tells_redirects(room)
    for days in range(1, 8):
        room.run(days * DAY)
    server.requests.clear()
    room.run(9 * DAY)
    assert server.paths() == ["/new"]
    assert room.ask("SELECT state, duplicate_of FROM report.feed_health WHERE feed = 'Outlet 1'") == [("duplicate", "Outlet 2")]


@pytest.mark.parametrize("arguments", [["Outlet 7", "https://x.test/"], ["Outlet 1"], ["Outlet 1", "ftp://x.test/"]])
def test_a_move_that_makes_no_sense_is_refused_with_the_way_out(
    tmp_path: Path, server: Loopback, monitor: Command, arguments: list[str]
) -> None:
    server.routes["/feed"] = feed(numbered(1))
    room = Newsroom(tmp_path / "store", server, "/feed")
    room.run()
    (tmp_path / "monitor.toml").write_text(f'data = "store"\ntopic = "{PROFILE}"\nfeeds = "store/feeds.toml"\n', encoding="utf-8")
    ended = monitor("feeds", "move", *arguments)
    assert ended.code == 2
    assert ended.err.startswith("error")
    assert room.ask("SELECT count(*) FROM event.feed_moved") == [(0,)]


def test_a_feed_that_is_gone_is_asked_daily_and_comes_back(tmp_path: Path, server: Loopback) -> None:
    server.routes["/feed"] = answer("", status=410)
    room = Newsroom(tmp_path, server, "/feed")
    for hours in range(0, 72, 6):
        room.run(hours * HOUR)
    assert len(server.requests) == 3
    assert room.ask("SELECT state FROM report.feed_health") == [("gone",)]
    server.routes["/feed"] = feed(numbered(1))
    room.run(4 * DAY)
    assert room.ask("SELECT state, entries FROM report.feed_health") == [("parsed", 1)]


def test_coverage_shows_the_days_without_polls(tmp_path: Path, server: Loopback) -> None:
    """Monday and Thursday were listened to; the days between are there, with zeros, and are no quiet days of the outlets."""
    server.routes |= {"/feed": feed(numbered(1, 2)), "/down": answer("", status=404)}
    room = Newsroom(tmp_path, server, "/feed", "/down")
    room.run()
    room.run(3 * DAY)
    rows = room.ask(
        "SELECT feeds_known, feeds_polled, feeds_alive, feeds_failed, polls, new_entries FROM report.coverage_daily ORDER BY day"
    )
    assert rows == [(2, 2, 1, 1, 2, 2), (2, 0, 0, 0, 0, 0), (2, 0, 0, 0, 0, 0), (2, 2, 1, 1, 2, 0)]


def test_health_compares_with_expectation_and_measures_latency(tmp_path: Path, server: Loopback) -> None:
    """Ten entries a day for five days, then three; each seen an hour after its date."""
    shown: list[tuple[int, dt.datetime]] = []

    async def dated(request: web.Request) -> web.StreamResponse:
        items = (
            item(f"Report {n}", f"https://gazette.norland.test/{n}", guid=str(n), date=f"{at:%a, %d %b %Y %H:%M:%S} GMT")
            for n, at in shown[-30:]
        )
        return await feed(rss(*items))(request)

    server.routes["/feed"] = dated
    room = Newsroom(tmp_path, server, "/feed")
    shown.append((0, START - HOUR))
    room.run()
    for day in range(1, 7):
        at = START + day * DAY
        shown += [(day * 100 + n, at - HOUR) for n in range(10 if day < 6 else 3)]
        room.run(day * DAY)
    [(last, expected, latency)] = room.ask("SELECT entries_last_day, entries_expected, latency_minutes FROM report.feed_health")
    assert (last, expected, latency) == (3, 10.0, 60.0)


def test_a_move_by_hand_is_kept_by_the_program_too(tmp_path: Path, server: Loopback) -> None:
    server.routes |= {"/feed": feed(numbered(1)), "/other": feed(numbered(1, 2))}
    room = Newsroom(tmp_path, server, "/feed")
    room.run()
    event = move_feed(room.pipeline(START + MINUTE), "Outlet 1", server.url("/other"))
    assert event.is_pinned
    counts = room.run(HOUR)
    assert server.paths() == ["/feed", "/other"]
    assert counts["entry.seen"] == 1  # the first stays known at the new address
