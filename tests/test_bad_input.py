"""Each kind of bad input once, beside good input, in one run: one recorded outcome with its reason, and nothing else lost."""

import asyncio
import datetime as dt
import gzip
import socket
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from loopback import Loopback, answer, fetching, item, page, redirect, rss, settings_for

from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.settings import ExtractSettings
from monitor.warehouse import WarehouseFiles, query_copy
from monitor.warehouse.files import relations

NOW = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
FIFTY_MB = 50_000_000
PARAGRAPHS = (
    "Negotiators for Norland and Sudmark met in the port on Monday, and both delegations left by the harbour gate at dusk.",
    "The truce in the Hallen strait held for a third day, fishermen said, and two ferries sailed again with empty decks.",
    "A clerk of the customs house counted eleven vessels at anchor, most of them loaded with timber from the northern forests.",
)
RSS = "application/rss+xml"
GOOD_TITLE = "Norland and Sudmark negotiators meet while the truce holds"


def title(name: str) -> str:
    """A headline that the fictional profile's gate finds on topic."""
    return f"Truce talks between Norland and Sudmark: {name}"


class Endless:
    """A page of fifty megabytes in pieces, and how much of it was written before the client hung up."""

    def __init__(self) -> None:
        self.sent, self.is_over = 0, threading.Event()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        try:
            await response.prepare(request)
            while self.sent < FIFTY_MB:
                await response.write(b"<p>word " * 6_250)
                self.sent += 50_000
        finally:
            self.is_over.set()
        return response


@dataclass(frozen=True)
class World:
    """A run over all the bad input: the warehouse it left, and how far its endless page got."""

    files: WarehouseFiles
    counts: Counter[str]
    endless: Endless

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return query_copy(self.files, statement).rows


FEEDS: dict[str, tuple[str, int | None]] = {  # host → the reason recorded for its poll, and the status
    "closed.test": ("unreachable", None),
    "html.test": ("html", 200),
    "empty.test": ("empty", 200),
    "blank.test": ("empty", 200),
    "broken.test": ("ill_formed", 200),
    "missing.test": ("http_error", 404),
    "failing.test": ("http_error", 500),
    "busy.test": ("http_error", 503),
    "oversized.test": ("too_large", 200),
    "json.test": ("not_a_feed", 200),
    "silent.test": ("timeout", None),
    "circle.test": ("redirects", None),
    "garbled.test": ("bad_encoding", None),
    "ssh.test": ("bad_answer", None),
    "cut.test": ("unreachable", None),
}
PAGES: dict[str, tuple[str, str]] = {  # path → the outcome of its entry, and why
    "/good": ("article", "original"),
    "/silent": ("failed", "timeout"),
    "/gone": ("given_up", "http_error"),
    "/failing": ("failed", "http_error"),
    "/pdf": ("no_text", "not_html"),
    "/pdf-that-says-html": ("no_text", "not_html"),
    "/endless": ("given_up", "too_large"),
    "/bomb": ("given_up", "too_large"),
    "/nothing": ("no_text", "no_text"),
    "/zero-bytes": ("no_text", "no_text"),
    "/caption": ("quarantined", "too_short"),
    "/circle": ("given_up", "redirects"),
    "/elsewhere": ("given_up", "redirects"),
    "/garbled": ("failed", "bad_encoding"),
}


def serve(server: Loopback, endless: Endless) -> None:
    """Put everything bad on the server, and one good feed with a good page."""

    async def silent(request: web.Request) -> web.StreamResponse:
        await server.held()
        return web.Response()

    items = [item(GOOD_TITLE if path == "/good" else title(path), f"http://good.test{path}") for path in PAGES]
    server.routes = {
        "html.test/feed": answer(page("Log in", "Please log in to read this feed.")),
        "empty.test/feed": answer("", RSS),
        "blank.test/feed": answer(" \n\t\n", RSS),
        "broken.test/feed": answer('<?xml version="1.0"?><rss version="2.0"><channel><title>Cut o', RSS),
        "failing.test/feed": answer("sorry", status=500),
        "busy.test/feed": answer("later", status=503, Retry_After="7200"),
        "oversized.test/feed": answer(rss(*(item(title(str(n)), f"http://good.test/{n}") for n in range(400))), RSS),
        "json.test/feed": answer('{"articles": []}', "application/json"),
        "silent.test/feed": silent,
        "circle.test/feed": redirect("http://circle.test/feed"),
        "garbled.test/feed": answer(b"this is not gzip", RSS, Content_Encoding="gzip"),
        "good.test/feed": answer(rss(*items, item(title("an entry without a link"))), RSS),
        "good.test/good": answer(page(GOOD_TITLE, *PARAGRAPHS)),
        "good.test/silent": silent,
        "good.test/failing": answer("sorry", status=500),
        "good.test/pdf": answer(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3 1 0 obj", "application/pdf"),
        "good.test/pdf-that-says-html": answer(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3 1 0 obj"),
        "good.test/endless": endless,
        "good.test/bomb": answer(gzip.compress(b"<p>word</p>" * 4_000_000), Content_Encoding="gzip"),
        "good.test/nothing": answer("<!doctype html><html><head><title>x</title></head><body></body></html>"),
        "good.test/zero-bytes": answer(""),
        "good.test/caption": answer(
            page("Picture", "Norland and Sudmark negotiators shake hands in the port on Monday morning.")
        ),
        "good.test/circle": redirect("http://good.test/circle"),
        "good.test/elsewhere": redirect("ftp://good.test/file"),
        "good.test/garbled": answer(b"this is not gzip", Content_Encoding="gzip"),
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One run over all of it."""
    with Loopback() as server, socket.socket() as closed:
        endless = Endless()
        serve(server, endless)
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens
        hosts = dict.fromkeys([*FEEDS, "good.test"], server.address)
        hosts["closed.test"] = f"127.0.0.1:{closed.getsockname()[1]}"
        hosts["ssh.test"] = server.raw(b"SSH-2.0-OpenSSH_9.7\r\n")
        hosts["cut.test"] = server.raw(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: 900\r\n\r\n<rss>"
        )
        fetch = fetching(timeout_seconds=3, feed_bytes=60_000, page_bytes=400_000, per_host=16, connect_to=hosts)
        settings = settings_for(
            tmp_path_factory.mktemp("bad"), *(f"http://{host}/feed" for host in [*FEEDS, "good.test"]), fetch=fetch
        )
        pipeline = load_pipeline(settings, clock=lambda: NOW)
        counts = asyncio.run(run_cycle(pipeline))
        assert endless.is_over.wait(20)
    return World(pipeline.files, counts, endless)


@pytest.mark.parametrize("host", FEEDS)
def test_a_bad_feed_is_one_failed_poll_with_its_reason(world: World, host: str) -> None:
    """Exactly one event for the feed's poll: that it failed, why, and with which status."""
    reason, status = FEEDS[host]
    events = world.rows(f"""
        SELECT log.event.type, data ->> '$.reason', (data ->> '$.status')::INTEGER FROM log.event
        JOIN feed ON feed.feed_id = log.event.stream AND feed.url = 'http://{host}/feed' WHERE log.event.type <> 'feed.registered'""")
    assert events == [("feed.poll_failed", reason, status)]


def test_a_feed_that_names_the_time_is_asked_again_then(world: World) -> None:
    """Retry-After of two hours is longer than our own back-off, and is kept to."""
    due = world.rows("SELECT next_poll_at FROM feed WHERE url = 'http://busy.test/feed'")
    assert due == [((NOW + dt.timedelta(hours=2)).replace(tzinfo=None),)]


def test_every_failing_feed_is_due_again(world: World) -> None:
    """No failure is final for a feed: each has a next poll in the future, within a day."""
    due = [moment for (moment,) in world.rows("SELECT next_poll_at FROM feed WHERE last_outcome = 'failed'")]
    assert len(due) == len(FEEDS)
    now = NOW.replace(tzinfo=None)
    assert all(now < moment <= now + dt.timedelta(days=1) for moment in due)


@pytest.mark.parametrize("path", PAGES)
def test_a_bad_page_is_one_outcome_with_its_reason(world: World, path: str) -> None:
    """The entry has exactly one outcome, and why; its page's story is exactly one event that says the same."""
    outcome, why = PAGES[path]
    url = f"http://good.test{path}"
    assert world.rows(f"SELECT outcome, why FROM report.entry_outcome WHERE url = '{url}'") == [(outcome, why)]
    failures = world.rows(f"""
        SELECT type, data ->> '$.reason' FROM log.event JOIN page ON page.article_id = log.event.stream AND page.url = '{url}'
        WHERE type IN ('page.fetch_failed', 'article.extraction_failed', 'article.extracted', 'article.quarantined')""")
    wire = {"article": "article.extracted", "quarantined": "article.quarantined", "no_text": "article.extraction_failed"}.get(
        outcome, "page.fetch_failed"
    )
    assert failures == [(wire, None if outcome == "article" else why)]


def test_pages_worth_another_try_get_one_and_the_others_do_not(world: World) -> None:
    """Time-outs and server errors are tried again later; what is gone, too large or circular never."""
    retries = dict(world.rows("SELECT url, retry_at IS NOT NULL FROM page WHERE outcome IN ('failed', 'given_up')"))
    assert retries == {
        f"http://good.test{path}": outcome == "failed"
        for path, (outcome, _) in PAGES.items()
        if outcome in ("failed", "given_up")
    }


def test_an_entry_without_a_link_is_rejected_with_its_reason(world: World) -> None:
    """One entry.rejected that says no_link, and no page is asked for."""
    title_of_it = title("an entry without a link")
    assert world.rows("SELECT title, reason FROM event.entry_rejected") == [(title_of_it, "no_link")]
    outcome = world.rows(f"SELECT outcome, why FROM report.entry_outcome WHERE title = '{title_of_it}'")
    assert outcome == [("rejected", "no_link")]


def test_the_good_page_beside_them_becomes_an_article(world: World) -> None:
    """All that was bad cost the good feed and the good page nothing."""
    assert world.rows("SELECT title, url, verdict, gate FROM article") == [
        (GOOD_TITLE, "http://good.test/good", "original", "on_topic")
    ]
    assert world.counts["run.finished"] == 1
    polled = world.rows("SELECT outcome, entries, new, rejected FROM event.feed_polled")
    assert polled == [("parsed", len(PAGES) + 1, len(PAGES), 1)]


def test_fifty_megabytes_are_cut_at_the_limit(world: World) -> None:
    """The server was cut off long before it had sent all, and nothing of the page was kept."""
    assert world.endless.sent < FIFTY_MB / 2
    assert world.rows("SELECT bytes, record_file FROM page WHERE url = 'http://good.test/endless'") == [(None, None)]


def test_all_checks_are_empty(world: World) -> None:
    """Bad input leaves no inconsistency: every view in the schema "check" is empty."""
    assert {name: world.rows(f'FROM "check"."{name}"') for name in relations("check")} == dict.fromkeys(relations("check"), [])


def test_a_page_too_slow_to_extract_is_ended_and_the_next_one_is_read(tmp_path: Path) -> None:
    """A page of ten thousand links, just within the limits, keeps the extractor busy for seconds: its worker is ended at the
    limit, the reason is timeout, and the good page in the same batch becomes an article."""
    links = "".join(f'<div><a href="/x{number}">link {number}</a></div>' for number in range(9_900))
    with Loopback() as server:
        slow, good = server.url("/slow"), server.url("/good")
        server.routes = {
            "/feed": answer(rss(item(title("slow"), slow), item(GOOD_TITLE, good)), RSS),
            "/slow": answer(f"<!doctype html><html><body><article>{links}</article></body></html>"),
            "/good": answer(page(GOOD_TITLE, *PARAGRAPHS)),
        }
        settings = settings_for(tmp_path, server.url("/feed"), extract=ExtractSettings(workers=2, timeout_seconds=1))
        pipeline = load_pipeline(settings, clock=lambda: NOW)
        asyncio.run(run_cycle(pipeline))
    rows = query_copy(pipeline.files, "SELECT url, outcome, why FROM report.entry_outcome ORDER BY url").rows
    assert rows == sorted([(slow, "no_text", "timeout"), (good, "article", "original")])


@pytest.mark.parametrize(
    "header",
    [b'ETag: "\xe9"', b"Content-Type: text/html; charset=utf-8; x=\xe9", b"Last-Modified: gestern fr\xfch", b"Server: caf\xe9"],
)
def test_a_header_that_is_not_utf8_costs_the_run_nothing(tmp_path: Path, header: bytes) -> None:
    """Servers send Latin-1 in headers. The feed is polled, its page becomes an article, and the run ends well."""

    def raw(body: str, content_type: bytes) -> bytes:
        kind = b"" if header.startswith(b"Content-Type") else b"Content-Type: " + content_type + b"\r\n"
        length = b"Content-Length: %d\r\n\r\n" % len(body.encode())
        return b"HTTP/1.1 200 OK\r\n" + kind + header + b"\r\n" + length + body.encode()

    with Loopback() as server:
        article = server.raw(raw(page(GOOD_TITLE, *PARAGRAPHS), b"text/html"))
        feed = server.raw(raw(rss(item(GOOD_TITLE, f"http://{article}/good")), RSS.encode()))
        pipeline = load_pipeline(settings_for(tmp_path, f"http://{feed}/feed"), clock=lambda: NOW)
        counts = asyncio.run(run_cycle(pipeline))
    assert (counts["feed.polled"], counts["page.fetched"], counts["article.extracted"]) == (1, 1, 1)


@pytest.mark.parametrize("value", ["²", "Mon, 01 Jan 99999999999 00:00:00 GMT", "soon", "-1", "9" * 400])
def test_a_senseless_retry_after_costs_the_run_nothing(tmp_path: Path, value: str) -> None:
    """Whatever stands in Retry-After, the poll is recorded as failed and the feed is due again within a day."""
    with Loopback({"/feed": answer("later", status=503, Retry_After=value)}) as server:
        pipeline = load_pipeline(settings_for(tmp_path, server.url("/feed")), clock=lambda: NOW)
        counts = asyncio.run(run_cycle(pipeline))
    assert counts["feed.poll_failed"] == 1
    due = query_copy(pipeline.files, "SELECT next_poll_at FROM feed").rows[0][0]
    assert NOW.replace(tzinfo=None) < due <= NOW.replace(tzinfo=None) + dt.timedelta(days=1)


def test_a_run_that_lost_its_archive_records_that_and_goes_on(tmp_path: Path) -> None:
    """A page whose archived bytes are gone before they were read is one outcome (lost_record); the other page is read."""
    from monitor.pipeline.analysing import analyse
    from monitor.pipeline.collecting import collect
    from monitor.pipeline.running import begin, finish

    with Loopback() as server:
        lost, good = server.url("/lost"), server.url("/good")
        server.routes = {
            "/feed": answer(rss(item(title("lost"), lost)), RSS),
            "/other": answer(rss(item(GOOD_TITLE, good)), RSS),
            "/lost": answer(page(title("lost"), *reversed(PARAGRAPHS))),
            "/good": answer(page(GOOD_TITLE, *PARAGRAPHS)),
        }
        settings = settings_for(tmp_path, server.url("/feed"))
        first = load_pipeline(settings, clock=lambda: NOW)
        begin(first)
        asyncio.run(collect(first))
        for file in (tmp_path / "archive").rglob("pages-*.warc.gz"):
            file.unlink()
        (tmp_path / "feeds.toml").write_text((tmp_path / "feeds.toml").read_text().replace("/feed", "/other"))
        second = load_pipeline(settings, clock=lambda: NOW + dt.timedelta(hours=1))
        begin(second)
        asyncio.run(collect(second))
        analyse(second)
        finish(second)
    rows = query_copy(second.files, "SELECT url, outcome, why FROM report.entry_outcome").rows
    assert sorted(rows) == sorted([(lost, "no_text", "lost_record"), (good, "article", "original")])
