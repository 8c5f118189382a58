"""The demo newsroom over real HTTP: what its outlets publish is what the program's readers get out of it."""

import datetime as dt
import http.client
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.articles.extraction import extract_article
from monitor.articles.model import Extraction
from monitor.errors import NewsroomError, ParseError
from monitor.feeds.documents import parse_feed
from monitor.feeds.model import ParsedFeed
from monitor.fingerprints import tokens
from monitor.newsroom import Newsroom, NewsroomSite, load_newsroom
from monitor.newsroom.script import NewsroomArticle, NewsroomFeed

ROOT = Path(__file__).resolve().parents[1]
MATERIAL = ROOT / "warehouse" / "newsroom" / "gaza-ceasefire"
SERVED = ("plain", "conditional", "slow", "broken")  # behaviours of feeds that yield entries


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(site: NewsroomSite, host: str, path: str, **headers: str) -> Reply:
    connection = http.client.HTTPConnection(site.connect_to.get(host, site.address), timeout=10)
    try:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers={"Host": host} | fields)
        response = connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def ask_feed(site: NewsroomSite, feed: NewsroomFeed, **headers: str) -> Reply:
    return ask(site, feed.host, feed.path, **headers)


def parsed(reply: Reply, feed: NewsroomFeed) -> ParsedFeed:
    return parse_feed(reply.body, content_type=reply.headers["content-type"])


def read_page(site: NewsroomSite, feed: NewsroomFeed, article: NewsroomArticle) -> Extraction:
    reply = ask(site, feed.host, f"/{article.slug}")
    assert reply.status == 200, article.id
    extraction = extract_article(reply.body, url=f"http://{feed.host}/{article.slug}", content_type=reply.headers["content-type"])
    assert isinstance(extraction, Extraction), (article.id, extraction)
    return extraction


@pytest.fixture(scope="module")
def newsroom() -> Newsroom:
    return load_newsroom(MATERIAL)


@pytest.fixture
def site(newsroom):
    with NewsroomSite(newsroom) as site:
        yield site


def feed_of(newsroom: Newsroom, behaviour: str) -> NewsroomFeed:
    """The feed with most articles that behaves so."""
    feeds = [feed for feed in newsroom.feed if feed.behaviour == behaviour]
    return max(feeds, key=lambda feed: len(newsroom.articles_of(feed, newsroom.polls)))


def article_of(newsroom: Newsroom, key: str) -> tuple[NewsroomFeed, NewsroomArticle]:
    article = next(article for article in newsroom.article if article.id == key)
    return next(feed for feed in newsroom.feed if feed.id == article.feed), article


# ---- the material, end to end


@pytest.mark.parametrize("poll", [1, 2, 3, 4])
def test_every_page_extracts_to_exactly_its_body(newsroom, site, poll):
    site.poll = poll
    read = 0
    for feed in newsroom.feed:
        for article in newsroom.articles_of(feed, poll):
            extraction = read_page(site, feed, article)
            body = newsroom.body_of(article, poll)
            assert tokens(extraction.text) == tokens(body), article.id
            assert extraction.title == article.title
            read += 1
    assert read == sum(1 for article in newsroom.article if article.poll <= poll)


def test_a_page_has_the_furniture_that_must_not_leak(newsroom, site):
    feed, article = article_of(newsroom, "mw-01")
    page = ask(site, feed.host, f"/{article.slug}").body.decode(feed.encoding)
    for tag in ("<header", "<nav", "<aside", "<footer", "<h1", "<time "):
        assert tag in page
    other = article_of(newsroom, "mw-02")[1]
    assert other.title in page
    assert other.title not in read_page(site, feed, article).text


def test_an_article_without_a_date_has_none_on_its_page_either(newsroom, site):
    site.poll = newsroom.polls
    feed, article = article_of(newsroom, "lc-05")
    assert article.published is None
    assert read_page(site, feed, article).published is None


@pytest.mark.parametrize("poll", [1, 2, 3, 4])
def test_every_feed_parses_to_the_entries_of_its_state(newsroom, site, poll):
    site.poll = poll
    for feed in (feed for feed in newsroom.feed if feed.behaviour in SERVED):
        document = parsed(ask_feed(site, feed), feed)
        state = newsroom.feed_state(feed, poll)
        entries = document.entries[: len(state)]
        assert [(e.title, e.summary, e.link, e.published_at) for e in entries] == [
            (e.title, e.summary, e.link, e.published) for e in state
        ], feed.id
        assert document.language == feed.language
        if feed.behaviour != "broken":
            assert not document.is_ill_formed, feed.id
            assert len(document.entries) == len(state), feed.id


def test_the_material_has_all_makes_encodings_and_behaviours(newsroom):
    assert {feed.make for feed in newsroom.feed} == {"rss2", "atom", "rdf", "jsonfeed"}
    assert {feed.behaviour for feed in newsroom.feed} == {*SERVED, "html", "down"}
    assert any(feed.encoding == "windows-1256" and feed.language == "ar" for feed in newsroom.feed)
    assert newsroom.polls == 4
    assert newsroom.moment(4) - newsroom.moment(1) == dt.timedelta(hours=12)
    addresses = [f"http://{feed.host}{feed.path}" for feed in newsroom.feed]
    assert [source.url for source in newsroom.feed_sources()] == addresses


def test_arabic_in_windows_1256_is_served_as_such_and_read_right(newsroom, site):
    feed = next(feed for feed in newsroom.feed if feed.encoding == "windows-1256")
    reply = ask_feed(site, feed)
    title = newsroom.feed_state(feed, 1)[0].title
    assert title.encode("windows-1256") in reply.body
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode("utf-8")
    assert parsed(reply, feed).entries[0].title == title
    page = ask(site, feed.host, f"/{newsroom.articles_of(feed, 1)[0].slug}").body
    assert b'<meta charset="windows-1256">' in page
    assert b'lang="ar" dir="rtl"' in page


def test_identities_in_a_feed_are_stable_and_distinct(newsroom, site):
    for feed in (feed for feed in newsroom.feed if feed.behaviour in ("plain", "conditional")):
        seen: dict[str, str] = {}
        for poll in range(1, newsroom.polls + 1):
            site.poll = poll
            entries = parsed(ask_feed(site, feed), feed).entries
            assert len({entry.guid for entry in entries} - {""}) == len(entries)
            for entry in entries:
                assert seen.setdefault(entry.link, entry.guid) == entry.guid


# ---- polls and edits


def test_articles_appear_at_their_poll_only(newsroom, site):
    feed, article = article_of(newsroom, "mw-05")
    assert ask(site, feed.host, f"/{article.slug}").status == 404
    assert article.title not in [entry.title for entry in parsed(ask_feed(site, feed), feed).entries]
    site.poll = article.poll
    assert ask(site, feed.host, f"/{article.slug}").status == 200
    assert article.title in [entry.title for entry in parsed(ask_feed(site, feed), feed).entries]


@pytest.mark.parametrize("number", [0, 1])
def test_edits_appear_at_their_poll_only(newsroom, site, number):
    edit = newsroom.edit[number]
    feed, article = article_of(newsroom, edit.article)

    def updated_text() -> str:
        entries = parsed(ask_feed(site, feed), feed).entries
        return next(entry.updated_text for entry in entries if entry.title == article.title)

    site.poll = edit.poll - 1
    text, updated_before = read_page(site, feed, article).text, updated_text()
    assert edit.find in text
    assert edit.replace not in text
    site.poll = edit.poll
    text = read_page(site, feed, article).text
    assert edit.find not in text
    assert edit.replace in text
    assert updated_text() != updated_before
    assert dt.datetime.fromisoformat(updated_text()) == edit.updated
    site.poll = edit.poll - 1
    assert edit.find in read_page(site, feed, article).text


def test_copies_take_their_three_forms(newsroom):
    for article in (article for article in newsroom.article if article.copy_of):
        feed, _ = article_of(newsroom, article.id)
        source = newsroom.body_of(article_of(newsroom, article.copy_of)[1], article.poll).split("\n\n")
        copy = newsroom.body_of(article, article.poll).split("\n\n")
        if article.form == "exact":
            assert copy == source
        elif article.form == "wire":
            assert copy[1:-2] == source
            assert feed.name in copy[0]
            assert feed.name in copy[-2]
        else:
            assert copy[:-1] == source[: len(copy) - 1]
            assert abs(len(copy) - 1 - len(source) / 2) <= 0.5


def test_a_poll_outside_the_script_is_refused(newsroom):
    site = NewsroomSite(newsroom)
    for number in (0, newsroom.polls + 1):
        with pytest.raises(ValueError, match="polls 1 to 4"):
            site.poll = number
    assert site.poll == 1


# ---- behaviours


def test_a_conditional_feed_answers_304_until_something_changes(newsroom, site):
    # Written so in the material: nothing new at poll 2.
    feed = next(feed for feed in newsroom.feed if feed.id == "hamigdalor-hakachol")
    first = ask_feed(site, feed)
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    site.poll = 2
    again = ask_feed(site, feed, If_None_Match=tag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert ask_feed(site, feed, If_Modified_Since=modified).status == 304
    # An entity tag that does not match outweighs a date that does (RFC 9110, 13.1.3).
    assert ask_feed(site, feed, If_None_Match='"other"', If_Modified_Since=modified).status == 200
    site.poll = 3
    changed = ask_feed(site, feed, If_None_Match=tag, If_Modified_Since=modified)
    assert changed.status == 200
    assert changed.headers["etag"] != tag
    assert len(parsed(changed, feed).entries) == len(newsroom.feed_state(feed, 3))


def test_an_edit_alone_changes_a_conditional_feed(newsroom):
    feed, article = article_of(newsroom, newsroom.edit[0].article)
    assert feed.behaviour == "conditional"
    alone = newsroom.model_copy(update={"article": (article,), "feed": (feed,), "edit": newsroom.edit[:1]})
    with NewsroomSite(alone, poll=2) as site:
        before = ask_feed(site, feed)
        site.poll = 3
        after = ask_feed(site, feed, If_None_Match=before.headers["etag"])
        assert after.status == 200
        assert after.headers["last-modified"] != before.headers["last-modified"]


def test_a_plain_feed_ignores_conditions(newsroom, site):
    feed = feed_of(newsroom, "plain")
    reply = ask_feed(site, feed, If_None_Match="*")
    assert reply.status == 200
    assert "etag" not in reply.headers


def test_a_slow_feed_arrives_late_and_whole(newsroom, site):
    feed = feed_of(newsroom, "slow")
    started = time.monotonic()
    reply = ask_feed(site, feed)
    assert time.monotonic() - started >= 0.3
    assert reply.headers["transfer-encoding"] == "chunked"
    assert len(parsed(reply, feed).entries) == len(newsroom.feed_state(feed, 1))


def test_a_slow_feed_holds_nobody_else_up(newsroom, site):
    slow, plain = feed_of(newsroom, "slow"), feed_of(newsroom, "plain")
    waiting = threading.Thread(target=ask_feed, args=(site, slow))
    waiting.start()
    ask_feed(site, plain)
    assert waiting.is_alive()
    waiting.join()
    assert [host for host, _, _ in site.requests] == [plain.host, slow.host]


def test_a_broken_feed_yields_its_entries_and_is_ill_formed(newsroom, site):
    feed = feed_of(newsroom, "broken")
    for poll in (1, 2):
        site.poll = poll
        document, state = parsed(ask_feed(site, feed), feed), newsroom.feed_state(feed, poll)
        assert document.is_ill_formed
        expected = [(entry.guid, entry.title, entry.link) for entry in state]
        assert [(entry.guid, entry.title, entry.link) for entry in document.entries[:-1]] == expected
        # The item in which the document breaks off has a title, but no link that could be followed.
        assert (document.entries[-1].link, document.entries[-1].guid) == ("", "")


def test_a_web_page_stands_at_the_address_of_an_html_feed(newsroom, site):
    feed = feed_of(newsroom, "html")
    reply = ask_feed(site, feed)
    assert reply.status == 200
    with pytest.raises(ParseError) as caught:
        parsed(reply, feed)
    assert caught.value.reason == "html"


def test_a_feed_that_is_down_says_when_to_come_back(newsroom, site):
    reply = ask_feed(site, feed_of(newsroom, "down"))
    assert (reply.status, reply.headers["retry-after"]) == (503, "120")


# ---- the server


def test_unknown_hosts_and_paths_are_404_and_noted(newsroom, site):
    feed = newsroom.feed[0]
    assert ask(site, "nowhere.example", feed.path).status == 404
    assert ask(site, feed.host, "/nothing-here").status == 404
    other = next(other for other in newsroom.feed if other.path != feed.path)
    assert ask(site, feed.host, other.path).status == 404
    assert ask(site, f"{feed.host.upper()}:80", feed.path).status == 200
    assert site.requests == [
        ("nowhere.example", feed.path, 404),
        (feed.host, "/nothing-here", 404),
        (feed.host, other.path, 404),
        (feed.host, feed.path, 200),
    ]


def test_the_server_listens_on_loopback_and_leaves_nothing_behind(newsroom):
    before = set(threading.enumerate())
    site = NewsroomSite(newsroom)
    with site:
        address = site.address
        assert re.fullmatch(r"127\.0\.0\.1:\d+", address)
        assert site.connect_to == {feed.host: address for feed in newsroom.feed}
        kept_open = http.client.HTTPConnection(address, timeout=5)
        kept_open.request("GET", newsroom.feed[0].path, headers={"Host": newsroom.feed[0].host})
        kept_open.getresponse().read()
        started = time.monotonic()
    assert time.monotonic() - started < 2, "an idle connection delays the end"
    kept_open.close()
    assert set(threading.enumerate()) == before
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(address, timeout=5).request("GET", "/")
    with site:  # and it can be entered again
        assert ask_feed(site, newsroom.feed[0]).status == 200


def test_an_answer_under_way_at_the_end_leaves_no_trace(newsroom):
    feed = feed_of(newsroom, "slow")
    with NewsroomSite(newsroom) as site:
        connection = http.client.HTTPConnection(site.address, timeout=5)
        connection.request("GET", feed.path, headers={"Host": feed.host})
        time.sleep(0.05)
    connection.close()
    assert "newsroom" not in {thread.name for thread in threading.enumerate()}


# ---- a script of one's own

SCRIPT = """
start = 2025-01-01T00:00:00Z
step_minutes = 60

[[feed]]
id = "one"
host = "one.example"
path = "/feed"
name = "Salt & <Pepper>"
make = "{make}"
language = "{language}"
encoding = "{encoding}"
country = "GB"
kind = "national"

[[article]]
id = "a-1"
feed = "one"
poll = 1
slug = "first"
title = "{title}"
summary = "Bread & butter < cheese"
published = 2025-01-01T05:00:00+02:00
expect = {{ gate = "off", verdict = "original", proposals = [], alert = "" }}

[[article]]
id = "a-2"
feed = "one"
poll = 1
slug = "second"
title = "Undated"
expect = {{ gate = "off", verdict = "original", proposals = [], alert = "" }}

[[edit]]
article = "a-1"
poll = 2
find = "eleven"
replace = "twelve"
updated = 2025-01-01T01:30:00Z
"""
TEXT = """The harbour office counted eleven boats on Monday, two more than in the week before, a clerk said.

Most of them carried timber & salt. One of them, <em>Petrel</em> by name, carried nothing; no one knew why.

A painter was sent out to renew the letters on the quay, and came back at noon because of the rain.
"""
TITLES = {"en": 'Cats & dogs \\"at sea\\" – 4 < 5 > 3', "ar": "القطط & الكلاب في البحر ٣", "fr": "L'œil & l'été €"}


def write(
    folder: Path, *, make: str = "rss2", language: str = "en", encoding: str = "utf-8", change: tuple[str, str] | None = None
) -> Path:
    script = SCRIPT.format(make=make, language=language, encoding=encoding, title=TITLES[language])
    if change is not None:
        assert script.count(change[0]) == 1 or change[0].startswith("feed")
        script = script.replace(*change, 1)
    (folder / "articles").mkdir(parents=True)
    (folder / "newsroom.toml").write_text(script, encoding="utf-8")
    for key in ("a-1", "a-2"):
        (folder / "articles" / f"{key}.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.mark.parametrize("make", ["rss2", "atom", "rdf", "jsonfeed"])
@pytest.mark.parametrize("language", ["en", "ar", "fr"])
def test_every_make_carries_markup_missing_dates_edits_and_foreign_letters(tmp_path, make, language):
    # The titles hold letters that the last two encodings lack.
    encoding = {"en": "utf-8", "ar": "windows-1256", "fr": "iso-8859-1"}[language]
    newsroom = load_newsroom(
        write(tmp_path / "n", make=make, language=language, encoding="utf-8" if make == "jsonfeed" else encoding)
    )
    feed, dated = newsroom.feed[0], dt.datetime(2025, 1, 1, 3, tzinfo=dt.UTC)
    with NewsroomSite(newsroom) as site:
        before = parsed(ask_feed(site, feed), feed)
        site.poll = 2
        after = parsed(ask_feed(site, feed), feed)
        page = read_page(site, feed, newsroom.article[0])
    for document in (before, after):
        first, second = document.entries
        assert not document.is_ill_formed
        assert first.title == newsroom.article[0].title
        assert (first.summary, first.link) == ("Bread & butter < cheese", "http://one.example/first")
        assert first.published_at == dated
        assert (second.title, second.summary) == ("Undated", "")
        assert (second.published_at, second.published_text, second.updated_text) == (None, "", "")
    assert after.entries[0].updated_text == "2025-01-01T01:30:00Z" != before.entries[0].updated_text
    assert tokens(page.text) == tokens(TEXT.replace("eleven", "twelve"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('slug = "first"', 'slugg = "first"', "unknown key 'article.0.slugg'; did you mean 'slug'"),
        ('feed = "one"', 'feed = "two"', "article.feed: a-1 names 'two'"),
        ('id = "a-2"', 'id = "a-1"', "article.id given twice: a-1"),
        ('slug = "second"', 'slug = "first"', "article.slug given twice: one/first"),
        ('slug = "second"', 'slug = "feed"', "address of its own feed"),
        ('find = "eleven"', 'find = "thirteen"', "edit.0.find: stands 0 times in a-1"),
        ('article = "a-1"', 'article = "a-9"', "no [[article]] has the id 'a-9'"),
        ("poll = 2", "poll = 1", "edit.0.poll"),
        ('slug = "second"', 'slug = "second"\ncopy_of = "a-1"', "copy_of and form go together"),
        ('slug = "second"', 'slug = "second"\ncopy_of = "a-7"\nform = "exact"', "copy_of: a-2 names 'a-7'"),
        ('encoding = "utf-8"', 'encoding = "utf-9"', "no encoding is called 'utf-9'"),
        ('make = "rss2"', 'make = "atom"\nbehaviour = "broken"', "only the make rss2"),
        ('encoding = "utf-8"', 'make = "jsonfeed"', "is not valid TOML"),
        ("T05:00:00+02:00", "T05:00:00", "article.0.published"),
        ('language = "en"', 'language = "tlh"', "feed.0.language"),
        ("step_minutes = 60", 'step_minutes = 60\ntexts = { a = "b" }', "unknown key 'texts'"),
    ],
)
def test_an_inconsistent_script_is_refused_with_the_file_and_the_key(tmp_path, old, new, message):
    folder = write(tmp_path / "n", change=(old, new))
    with pytest.raises(NewsroomError) as caught:
        load_newsroom(folder)
    assert message in str(caught.value)
    assert "newsroom.toml" in str(caught.value)


def test_an_edit_of_a_passage_that_stands_there_twice_is_refused(tmp_path):
    folder = write(tmp_path / "n", change=('find = "eleven"', 'find = "carried"'))
    with pytest.raises(NewsroomError, match="stands 2 times"):
        load_newsroom(folder)


def test_missing_empty_and_stray_texts_are_named(tmp_path):
    folder = write(tmp_path / "n")
    text = folder / "articles" / "a-2.txt"
    text.unlink()
    with pytest.raises(NewsroomError, match=r"a-2\.txt: cannot be read"):
        load_newsroom(folder)
    text.write_text(" \n\n")
    with pytest.raises(NewsroomError, match=r"a-2\.txt: has no text"):
        load_newsroom(folder)
    text.write_text("Something.")
    (folder / "articles" / "a-3.txt").write_text("Something.")
    with pytest.raises(NewsroomError, match=r"belongs to no original .*: a-3\.txt"):
        load_newsroom(folder)
    with pytest.raises(NewsroomError, match=r"newsroom\.toml: cannot be read"):
        load_newsroom(tmp_path / "nowhere")


def test_no_word_of_a_topic_stands_in_the_package():
    files = (ROOT / "src/monitor/newsroom").glob("*.py")
    source = "".join(path.read_text(encoding="utf-8") for path in files).casefold()
    for word in ("gaza", "hamas", "israel", "ceasefire", "truce", "غزة", "עזה", "trêve", "hostage"):
        assert word not in source
