"""Feeds found, added and exchanged; pages imported from files. Outlets, countries and texts are fictional."""

import datetime as dt
import io
import json
import tomllib

import pytest
from loopback import PROFILE, Loopback, answer, feeds_file, item, page, redirect, rss
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.errors import SourceError
from monitor.sources import ImportedPage, Skipped, feed_links, read_opml, read_pages, write_opml
from monitor.topics import load_feeds

TALKS = [
    "Vestria put forward a new proposal for a 20-day truce between Norland and Sudmark, its envoy said on Monday.",
    "Under the proposal, Sudmark would release five captives through the port and Norland would free 30 prisoners.",
    *(f"Fishermen of pier {number} near Port Hallen sold {number * 3} crates before noon." for number in range(6)),
]
GARDEN = [
    f"Bed {number} of the botanical garden opens in spring with tulips, ferns and a small pond for frogs." for number in range(6)
]
MOST = 1_000_000


@pytest.fixture
def outlet(tmp_path):
    """Settings in the working folder, and an outlet on loopback."""
    with Loopback() as server:
        text = f'data = "store"\ntopic = "{PROFILE}"\nfeeds = "feeds.toml"\n[alerts]\nconsole = false\n[extract]\nworkers = 1\n'
        (tmp_path / "monitor.toml").write_text(text + '[fetch]\npause_seconds = 0\nallow = ["127.0.0.1"]\n', encoding="utf-8")
        yield server


def warc(*records, torn: int = 0) -> bytes:
    """A WARC 1.1 file: (address, status, content type, body, date) each a response, with a request before it."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    for url, status, kind, body, date in records:
        http = StatusAndHeaders(f"{status} X", [("Content-Type", kind)], protocol="HTTP/1.1")
        about = {"WARC-Date": date}
        request = StatusAndHeaders("GET / HTTP/1.1", [], is_http_request=True)
        writer.write_record(writer.create_warc_record(url, "request", http_headers=request, warc_headers_dict=about))
        writer.write_record(
            writer.create_warc_record(url, "response", io.BytesIO(body), len(body), http_headers=http, warc_headers_dict=about)
        )
    return out.getvalue()[: len(out.getvalue()) - torn]


# ---------------------------------------------------------------------------------------- OPML


def test_a_list_of_feeds_survives_opml(tmp_path):
    path = feeds_file(tmp_path / "feeds.toml", "https://a.norland.test/rss", "https://b.sudmark.test/feed?x=1&y=2")
    feeds = load_feeds(path)
    assert read_opml(write_opml(feeds, title="Talks"), name="x") == [(feed.name, feed.url) for feed in feeds]


def test_opml_is_read_from_nested_folders_and_each_address_once():
    body = (
        b'<?xml version="1.0"?><opml version="1.1"><body><outline text="World"><outline type="rss" text="A &amp; B"'
        b' xmlUrl="https://a.test/f"/><outline text="Again" xmlUrl="https://a.test/f"/></outline></body></opml>'
    )
    assert read_opml(body, name="x") == [("A & B", "https://a.test/f")]


@pytest.mark.parametrize("content", [b"", b"not a list", b"<html><body>404</body></html>"])
def test_what_is_no_opml_is_refused_by_name(content):
    with pytest.raises(SourceError) as error:
        read_opml(content, name="mine.opml")
    assert "mine.opml" in str(error.value)


def test_opml_goes_into_the_file_of_feeds_and_out_again(monitor, outlet, tmp_path):
    feeds_file(tmp_path / "feeds.toml", "https://a.norland.test/rss")
    (tmp_path / "in.opml").write_bytes(write_opml(load_feeds(tmp_path / "feeds.toml"), title="x"))
    ended = monitor("feeds", "import", "in.opml", "--language", "en", "--country", "zz")
    assert (ended.code, "known already" in ended.err, "nothing new" in ended.out) == (0, True, True)
    (tmp_path / "in.opml").write_text(
        '<opml version="2.0"><body><outline text="B" xmlUrl="https://b.sudmark.test/rss"/></body></opml>', encoding="utf-8"
    )
    assert monitor("feeds", "import", "in.opml").code == 2  # no language: OPML names none
    assert monitor("feeds", "import", "in.opml", "--language", "fr", "--country", "zz").code == 0
    assert monitor("feeds", "export", "--opml", "out.opml").code == 0
    assert [url for _, url in read_opml((tmp_path / "out.opml").read_bytes(), name="x")] == [
        "https://a.norland.test/rss",
        "https://b.sudmark.test/rss",
    ]


# ---------------------------------------------------------------------------------------- autodiscovery

FEED = rss(item("Talks resume", "https://gazette.norland.test/1")).replace("<title>", "<language>en-GB</language><title>", 1)


def test_candidates_come_in_the_order_of_their_likelihood():
    body = (
        b'<html><head><base href="/news/"><link rel="ALTERNATE stylesheet" type="application/rss+xml" href="world.xml">'
        b'<link rel="alternate" type="text/html" hreflang="fr" href="/fr"></head><body><a href="/about">About</a>'
        b'<a href="https://feeds.norland.test/rss/all">RSS</a></body></html>'
    )
    found = feed_links(body, url="https://gazette.norland.test/")
    assert found[:2] == ["https://gazette.norland.test/news/world.xml", "https://feeds.norland.test/rss/all"]
    assert "https://gazette.norland.test/feed" in found
    assert not any("about" in url or url.endswith("/fr") for url in found)


@pytest.mark.parametrize("body", [b"", b"\0\xff", b"<html", b"<base href='http://[::1'><a href='http://[/rss'>x</a>"])
def test_any_page_gives_candidates_and_no_exception(body):
    assert feed_links(body, url="https://gazette.norland.test/")[-1].startswith("https://gazette.norland.test/")


def test_a_feed_is_found_and_added_and_the_file_keeps_its_comments(monitor, outlet, tmp_path):
    outlet.routes = {
        "/": answer(
            '<html><head><link rel="alternate" type="application/atom+xml" href="/broken"><a href="/rss/world">RSS</a></html>'
        ),
        "/broken": answer("<html>error</html>"),
        "/rss/world": answer(FEED, "application/rss+xml"),
    }
    feeds_file(tmp_path / "feeds.toml", "https://a.norland.test/rss")
    written = "# mine, do not touch\n" + (tmp_path / "feeds.toml").read_text(encoding="utf-8")
    (tmp_path / "feeds.toml").write_text(written, encoding="utf-8")
    ended = monitor("feeds", "add", outlet.url("/"))
    assert ended.code == 0, ended.err
    after = (tmp_path / "feeds.toml").read_text(encoding="utf-8")
    assert after.startswith(written.rstrip())
    [_, added] = load_feeds(tmp_path / "feeds.toml")
    assert (added.url, added.name, added.language, added.country) == (outlet.url("/rss/world"), "Outlet", "en", "GB")


def test_several_feeds_are_listed_and_one_is_picked(monitor, outlet, tmp_path):
    other = rss(item("Sport", "https://gazette.norland.test/2"))
    outlet.routes = {
        "/": answer('<a href="/rss/world">RSS</a><a href="/rss/sport">RSS</a>'),
        "/rss/world": answer(FEED),
        "/rss/sport": answer(other),
        "/feed": answer(FEED),  # the first once more
    }
    feeds_file(tmp_path / "feeds.toml", "https://a.norland.test/rss")
    ended = monitor("feeds", "add", outlet.url("/"))
    assert ended.code == 2
    assert "--pick" in ended.err
    assert ended.err.count("entries") == 2
    assert len(load_feeds(tmp_path / "feeds.toml")) == 1
    assert monitor("feeds", "add", outlet.url("/"), "--pick", "2").code == 2  # the second does not say its language
    assert monitor("feeds", "add", outlet.url("/"), "--pick", "2", "--language", "en", "--country", "ZZ").code == 0
    assert load_feeds(tmp_path / "feeds.toml")[-1].url == outlet.url("/rss/sport")


def test_a_feed_that_is_known_is_named_and_not_added_again(monitor, outlet, tmp_path):
    outlet.routes = {"/rss": answer(FEED), "/feed": answer(FEED), "/old": redirect("/rss")}
    feeds_file(tmp_path / "feeds.toml", outlet.url("/rss"))
    for path, said in (("/rss?utm_source=x", "polled already"), ("/old", "polled already"), ("/feed", "very bytes")):
        ended = monitor("feeds", "add", outlet.url(path))
        assert (ended.code, said in ended.err, "Outlet 1" in ended.err) == (2, True, True), path
    assert len(load_feeds(tmp_path / "feeds.toml")) == 1


def test_a_new_file_of_feeds_starts_with_those_of_the_profile(monitor, outlet, tmp_path):
    outlet.routes = {"/rss": answer(FEED)}
    assert monitor("feeds", "add", outlet.url("/rss")).code == 0
    profiled = len(tomllib.loads(PROFILE.read_text(encoding="utf-8"))["feed"])
    assert len(load_feeds(tmp_path / "feeds.toml")) == profiled + 1


def test_without_a_file_of_feeds_the_way_out_is_said(monitor, outlet, tmp_path):
    outlet.routes = {"/rss": answer(FEED)}
    text = (tmp_path / "monitor.toml").read_text(encoding="utf-8").replace('feeds = "feeds.toml"\n', "")
    (tmp_path / "monitor.toml").write_text(text, encoding="utf-8")
    ended = monitor("feeds", "add", outlet.url("/rss"))
    assert (ended.code, 'feeds = "feeds.toml"' in ended.err) == (2, True)


@pytest.mark.parametrize("address", ["ftp://gazette.test", "https://[", "http://127.0.0.1:1/"])
def test_an_address_without_a_feed_is_one_clear_error(monitor, outlet, address):
    ended = monitor("feeds", "add", address)
    assert ended.code == 2
    assert ended.err.startswith("error: ")


# ---------------------------------------------------------------------------------------- files of pages


def read(tmp_path, content: bytes | str, name: str = "file"):
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_pages(tmp_path / name, at_most=MOST))


def test_a_list_of_addresses_is_read_line_by_line(tmp_path):
    found = read(tmp_path, "\ufeff# my list\n\nhttps://a.test/1\nnonsense\nhttp://[::1\n  https://a.test/2  \n")
    assert [item.url if isinstance(item, ImportedPage) else item.reason for item in found] == [
        "https://a.test/1",
        "bad_address",
        "bad_address",
        "https://a.test/2",
    ]


def test_json_lines_give_pages_with_their_own_dates(tmp_path):
    lines = [
        json.dumps({"url": "https://a.test/1", "title": "A", "published": "2031-03-10T08:00:00+01:00", "html": "<p>x</p>"}),
        json.dumps({"url": "https://a.test/2", "text": "First <b>\n\nSecond"}),
        json.dumps({"url": "https://a.test/3", "published": "10 mars 2031"}),
        json.dumps({"title": "no address"}),
        "{broken",
        json.dumps({"url": "https://a.test/4", "html": "x" * (MOST + 1)}),
    ]
    one, two, three, *rest = read(tmp_path, "\n".join(lines), "pages.jsonl")
    assert (one.published_at, one.page) == (dt.datetime(2031, 3, 10, 7, tzinfo=dt.UTC), b"<p>x</p>")
    assert b"<p>First &lt;b&gt;</p>" in two.page
    assert (two.published_at, three.page, three.published_at) == (None, None, dt.datetime(2031, 3, 10, tzinfo=dt.UTC))
    assert [item.reason for item in rest] == ["bad_line", "bad_line", "too_large"]


def test_only_the_pages_of_a_warc_file_are_pages(tmp_path):
    body = page("Talks", *TALKS).encode()
    content = warc(
        ("https://a.test/1", 200, "text/html; charset=utf-8", body, "2031-02-01T10:00:00Z"),
        ("https://a.test/2", 404, "text/html", b"gone", "2031-02-01T10:00:00Z"),
        ("https://a.test/3", 200, "image/png", b"\x89PNG", "2031-02-01T10:00:00Z"),
        ("https://a.test/4", 200, "text/html", b"x" * (MOST + 1), "2031-02-01T10:00:00Z"),
    )
    first, *rest = read(tmp_path, content, "CC-NEWS.warc.gz")
    assert (first.url, first.page, first.language, first.published_at) == ("https://a.test/1", body, "en", None)
    assert first.fetched_at == dt.datetime(2031, 2, 1, 10, tzinfo=dt.UTC)
    assert [item.reason for item in rest] == ["not_ok", "not_html", "too_large"]


def test_a_torn_warc_file_gives_what_stands_before_the_tear(tmp_path):
    record = ("https://a.test/1", 200, "text/html", page("Talks", *TALKS).encode(), "2031-02-01T10:00:00Z")
    found = read(tmp_path, warc(record, ("https://a.test/2", *record[1:]), torn=40), "x.warc.gz")
    assert found[0].url == "https://a.test/1"
    assert all(isinstance(item, Skipped) or item.url != "https://a.test/1" for item in found[1:])


def test_a_plain_sitemap_serves_as_a_list(tmp_path):
    body = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.test/1</loc></url><url/></urlset>'
    page_, skipped = read(tmp_path, body)
    assert (page_.url, page_.source, skipped.reason) == ("https://a.test/1", "sitemap", "bad_address")
    with pytest.raises(SourceError, match="other sitemaps"):
        read(tmp_path, "<sitemapindex><sitemap><loc>https://a.test/s.xml</loc></sitemap></sitemapindex>")
    with pytest.raises(SourceError):
        read(tmp_path, "<html><body>no</body></html>")


def ask(monitor, statement):
    ended = monitor("sql", "--json", statement)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def test_imported_pages_pass_all_stages_once_and_old_news_raises_no_alert(monitor, outlet, tmp_path):
    feeds_file(tmp_path / "feeds.toml", outlet.url("/none"))
    old = (
        "https://a.norland.test/1?utm_source=x",
        200,
        "text/html",
        page("Vestria proposes", *TALKS).encode(),
        "2031-02-01T10:00:00Z",
    )
    garden = ("https://a.norland.test/2", 200, "text/html", page("Tulips", *GARDEN).encode(), "2031-02-01T10:00:00Z")
    (tmp_path / "cc.warc.gz").write_bytes(warc(old, garden))
    token = "https://news.google.com/rss/articles/CBMiAAA"
    (tmp_path / "links.txt").write_text(f"{outlet.url('/later')}\n{token}\n", encoding="utf-8")
    first = monitor("import", "cc.warc.gz", "links.txt", "--json")
    assert first.code == 0, first.err
    assert json.loads(first.out) == {"new": 1, "off_topic": 1, "without_page": 1, "rejected": 1}
    before = ask(monitor, "SELECT count(*) AS n FROM log.event")
    again = monitor("import", "cc.warc.gz", "links.txt", "--json")
    assert json.loads(again.out) == {"known": 4}
    assert ask(monitor, "SELECT count(*) AS n FROM log.event") == before
    [article] = ask(monitor, "SELECT url, published_at, published_origin, page_sha256 FROM article")
    assert (article["published_at"], article["published_origin"]) == (None, "none")  # the capture's date is no publication
    [record] = ask(monitor, "SELECT record_file FROM page WHERE sha256 IS NOT NULL")
    assert (tmp_path / "store" / "archive" / record["record_file"]).is_file()
    assert ask(monitor, "SELECT source, gate, reject_reason FROM entry ORDER BY ALL") == [
        {"source": "import", "gate": "off_topic", "reject_reason": None},
        {"source": "import", "gate": "undecided", "reject_reason": None},
        {"source": "url_list", "gate": "undecided", "reject_reason": None},
        {"source": None, "gate": None, "reject_reason": "aggregator"},
    ]
    assert ask(monitor, "SELECT count(*) AS n FROM proposal WHERE mention_id IS NOT NULL") != [{"n": 0}]
    outlet.routes = {"/later": answer(page("Ferries", "The truce between Norland and Sudmark holds.", *GARDEN))}
    assert monitor("run").code == 0
    assert "/later" in outlet.paths()  # an address without a page is read by the next run
    assert ask(monitor, "SELECT count(*) AS n FROM alert") == [{"n": 0}]
    for check in ("alerts_once", "new_entries_recorded", "published_not_collected", "one_outcome_per_entry"):
        assert ask(monitor, f'FROM "check".{check}') == [], check


def test_an_import_of_today_s_news_does_raise_its_alert(monitor, outlet, tmp_path):
    feeds_file(tmp_path / "feeds.toml", outlet.url("/none"))
    today = dt.datetime.now(dt.UTC).replace(microsecond=0)
    line = {
        "url": "https://a.norland.test/1",
        "title": "Vestria proposes",
        "published": today.isoformat(),
        "text": "\n".join(TALKS),
    }
    (tmp_path / "p.jsonl").write_text(json.dumps(line), encoding="utf-8")
    assert monitor("import", "p.jsonl").code == 0
    assert monitor("run").code == 0
    assert ask(monitor, "SELECT count(*) AS n FROM alert") == [{"n": 1}]
    assert ask(monitor, "SELECT published_origin FROM article") == [{"published_origin": "feed"}]


def test_a_page_that_a_feed_brought_is_not_overwritten_by_an_old_capture(monitor, outlet, tmp_path):
    outlet.routes = {
        "/rss": answer(rss(item("Vestria proposes truce to Norland", outlet.url("/one"))), "application/rss+xml"),
        "/one": answer(page("Vestria proposes", *TALKS)),
    }
    feeds_file(tmp_path / "feeds.toml", outlet.url("/rss"))
    assert monitor("run").code == 0
    old = page("Vestria proposes", *TALKS[:-3]).encode()
    (tmp_path / "cc.warc.gz").write_bytes(warc((outlet.url("/one"), 200, "text/html", old, "2031-02-01T10:00:00Z")))
    assert monitor("import", "cc.warc.gz").code == 0
    assert ask(monitor, "SELECT revisions FROM article") == [{"revisions": 0}]
    assert ask(monitor, "SELECT count(*) AS n FROM entry") == [{"n": 2}]


def test_a_file_that_is_not_there_stops_before_anything_is_imported(monitor, outlet, tmp_path):
    feeds_file(tmp_path / "feeds.toml", outlet.url("/none"))
    (tmp_path / "links.txt").write_text("https://a.test/1\n", encoding="utf-8")
    ended = monitor("import", "links.txt", "missing.warc.gz")
    assert (ended.code, "missing.warc.gz" in ended.err) == (2, True)
    assert not (tmp_path / "store").exists()
