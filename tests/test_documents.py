"""Kinds of feed documents, and what stands where one should be. Feeds, outlets and countries are fictional."""

import datetime as dt
import gzip
import random
import time

import pytest
from conftest import SHARED
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.feeds.documents import POLL_FAILURES, parse_feed
from monitor.feeds.model import MOST_ENTRIES
from monitor.feeds.sitemaps import parse_sitemap

NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://gazette.norland.test/world/1</loc><lastmod>2031-03-10T09:00:00Z</lastmod><news:news><news:publication>
<news:name>Norland Gazette</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2031-03-10T08:00:00+01:00</news:publication_date><news:title>Talks &amp; tea</news:title></news:news>
<image:image><image:loc>https://gazette.norland.test/1.jpg</image:loc><image:title>A picture</image:title></image:image></url>
<url><loc>https://gazette.norland.test/world/2</loc><news:news><news:publication_date>2031-03-10</news:publication_date>
<news:title><![CDATA[Second]]></news:title></news:news></url></urlset>"""
PLAIN = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.test/1</loc></url></urlset>'
INDEX = "<?xml version='1.0'?><sitemapindex><sitemap><loc>https://a.test/news.xml</loc></sitemap></sitemapindex>"
RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Gazette</title><item><title>{title}</title>'
    "<link>https://gazette.norland.test/1</link><description>{summary}</description></item></channel></rss>"
)


def rss(title="Talks", summary=""):
    return RSS.format(title=title, summary=summary)


def refused(body: bytes) -> ParseError:
    with pytest.raises(ParseError) as error:
        parse_feed(body)
    assert error.value.reason in POLL_FAILURES
    return error.value


# ---------------------------------------------------------------------------------------- kinds


def test_a_news_sitemap_is_a_feed():
    feed = parse_feed(NEWS.encode())
    assert (feed.format, feed.language, feed.title, feed.is_ill_formed) == ("sitemap_news", "en", "Norland Gazette", False)
    first, second = feed.entries
    assert (first.link, first.title) == ("https://gazette.norland.test/world/1", "Talks & tea")
    assert (first.published_at, first.updated_text) == (dt.datetime(2031, 3, 10, 7, tzinfo=dt.UTC), "2031-03-10T09:00:00Z")
    assert (second.title, second.published_text) == ("Second", "2031-03-10")


def test_a_news_sitemap_is_read_as_gzip():
    assert len(parse_feed(gzip.compress(NEWS.encode())).entries) == 2


def test_a_plain_sitemap_is_no_feed_but_serves_once():
    """A feed that silently becomes a sitemap of the whole site must not flood the warehouse."""
    error = refused(PLAIN.encode())
    assert error.reason == "not_a_feed"
    assert "without news tags" in error.message
    assert [entry.link for entry in parse_sitemap(PLAIN.encode()).entries] == ["https://a.test/1"]


def test_a_sitemap_index_names_its_sitemaps():
    error = refused(INDEX.encode())
    assert (error.reason, "https://a.test/news.xml" in error.message) == ("not_a_feed", True)
    assert parse_sitemap(INDEX.encode()).sitemaps == ("https://a.test/news.xml",)


def test_fifty_thousand_entries_are_cut_and_counted():
    items = "".join(f"<item><title>Report {n}</title><link>https://gazette.norland.test/{n}</link></item>" for n in range(50_000))
    feed = parse_feed(f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode())
    assert (len(feed.entries), feed.left_out, feed.is_ill_formed) == (MOST_ENTRIES, 50_000 - MOST_ENTRIES, False)
    assert feed.entries[0].title == "Report 0"


@pytest.mark.parametrize("version", ["0.90", "0.91", "0.92", "1.0", "2.0"])
def test_every_version_of_rss_is_read(version):
    if version in ("0.90", "1.0"):
        name = {"0.90": "http://my.netscape.com/rdf/simple/0.9/", "1.0": "http://purl.org/rss/1.0/"}[version]
        body = (
            f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{name}"><channel><title>G</title></channel>'
            "<item><title>Talks</title><link>https://gazette.norland.test/1</link></item></rdf:RDF>"
        )
    else:
        body = rss().replace("2.0", version)
    [entry] = parse_feed(body.encode()).entries
    assert (entry.title, entry.link) == ("Talks", "https://gazette.norland.test/1")


# ---------------------------------------------------------------------------------------- encodings

CYRILLIC = "Переговоры о перемирии продолжились в порту до рассвета"
ARABIC = "هدنة جديدة بين نورلاند وسودمارك بعد محادثات طويلة في الميناء"


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_utf_16_and_32_are_read_with_and_without_a_mark(name):
    assert parse_feed(rss(ARABIC).encode(name)).entries[0].title == ARABIC


@pytest.mark.parametrize(("name", "text"), [("cp1251", CYRILLIC), ("koi8-r", CYRILLIC), ("cp1256", ARABIC)])
def test_undeclared_encodings_of_other_scripts_are_told_apart(name, text):
    assert parse_feed(rss(text, text).encode(name)).entries[0].title == text


def test_text_that_was_encoded_twice_is_mended_and_other_text_is_left():
    broken = "Trêve négociée à l’aube".encode().decode("cp1252", "replace")
    assert parse_feed(rss("TrÃªve nÃ©gociÃ©e").encode()).entries[0].title == "Trêve négociée"
    assert "\ufffd" not in broken
    assert parse_feed(rss(broken).encode()).entries[0].title == "Trêve négociée à l’aube"
    assert parse_feed(rss("Ã la carte, déjà").encode()).entries[0].title == "Ã la carte, déjà"


@pytest.mark.parametrize(
    ("given", "read"),
    [("A \x01 B", "A B"), ("A &nbsp;&eacute; B", "A é B"), ("Q & A", "Q & A"), ("A &unknown; B", "A &unknown; B")],
)
def test_usual_faults_are_mended_and_recorded(given, read):
    """Ill-formed is an attribute of a feed, never a reason to lose what is in it."""
    feed = parse_feed(rss(given, "<![CDATA[x & y]]>").encode())
    assert (feed.entries[0].title, feed.is_ill_formed) == (read, True)


# ---------------------------------------------------------------------------------------- not feeds


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<html><head><title>Just a moment...</title></head><body><div id=cf_chl_opt></div></body></html>", "challenge"),
        ("<html><body>Checking your browser before accessing gazette.norland.test</body></html>", "challenge"),
        ("<!doctype html><html><body><script src='//www.sedoparking.com/x'></script>gazette.test</body></html>", "parked"),
        ("<html><body>This domain is for sale!</body></html>", "parked"),
        ("<html><title>Anmelden</title><form><input name=u><input type='password'></form></html>", "login"),
        ("<!DOCTYPE html><html><head></head><body><script>1</script></body></html>", "empty"),
        ("<?xml version='1.0'?><!-- x --><html><body><h1>Not found</h1></body></html>", "html"),
        ("<opml version='2.0'><body><outline xmlUrl='https://a.test/f'/></body></opml>", "not_a_feed"),
        ("   \n ", "empty"),
    ],
)
def test_what_stands_at_a_feed_s_address_is_told_apart(body, reason):
    assert refused(body.encode()).reason == reason


def test_a_long_page_with_a_form_for_comments_is_no_challenge():
    words = "The ferry sails again from Port Hallen. " * 60
    assert refused(f"<html><body><p>{words}</p><div class='g-recaptcha'></div></body></html>".encode()).reason == "html"


# ---------------------------------------------------------------------------------------- bombs


def laughs(levels: int) -> bytes:
    head = "".join(f'<!ENTITY l{n} "' + f"&l{n - 1};" * 10 + '">' for n in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha]>ha">{head}]>'.encode() + rss(f"&l{levels - 1};").encode()[21:]


@pytest.mark.parametrize(
    "body",
    [
        laughs(9),
        laughs(30),
        b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "' + b"x" * 50_000 + b'">]>' + rss("&a;" * 20_000).encode()[21:],
        b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "&b;"><!ENTITY b "&a;">]>' + rss("&a;").encode()[21:],
    ],
)
def test_a_bomb_of_entities_is_disarmed_and_its_feed_is_kept(body):
    start = time.process_time()
    feed = parse_feed(body)
    assert time.process_time() - start < 5  # a bomb that went off would take minutes
    assert feed.is_ill_formed
    assert feed.entries[0].link == "https://gazette.norland.test/1"
    assert len(feed.entries[0].title) <= 80_000


def test_honest_entities_of_a_document_s_own_are_kept():
    body = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY gazette "Norland Gazette">]>' + rss("The &gazette;")[21:]
    assert parse_feed(body.encode()).entries[0].title == "The Norland Gazette"


@pytest.mark.parametrize(
    "body",
    [
        rss("<b>" * 400_000).encode(),
        rss("<b " + " ".join(f"a{n}='1'" for n in range(200_000)) + "/>").encode(),
        rss("<b/>" * 200_000).encode(),
        b"<rss>" + b"<a" * 1_000_000,
        gzip.compress(b"<rss>" + b" " * 60_000_000),
    ],
    ids=["tags", "attributes", "empty tags", "no tag ends", "packed"],
)
def test_markup_without_end_is_refused_before_it_is_parsed(body):
    start = time.process_time()
    assert refused(body).reason == "bomb"
    assert time.process_time() - start < 5


@pytest.mark.parametrize("piece", [b"<!--", b"<![CDATA[", b"<?", b"<!DOCTYPE", b'<!ENTITY a "', b"&a", b"<title", b"<html "])
def test_no_pattern_of_ours_takes_more_than_linear_time(piece):
    start = time.process_time()
    for head in (b"", b"<rss>", b"<html>", b"<!DOCTYPE rss ["):
        with pytest.raises(ParseError):
            parse_feed(head + piece * (300_000 // len(piece)))
    assert time.process_time() - start < 20


def test_unclosed_breaks_of_a_sloppy_feed_are_no_bomb():
    assert parse_feed(rss("Talks", "one<br>" * 1000).encode()).entries[0].title == "Talks"


# ---------------------------------------------------------------------------------------- fuzz

SAMPLES = [NEWS.encode(), PLAIN.encode(), INDEX.encode(), laughs(6), rss(ARABIC).encode("utf-16"), rss("Q & A &nbsp;").encode()]
PIECES = [
    b"",
    b"<",
    b">",
    b"&",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"\0",
    b"\xff\xfe",
    b"\x1f\x8b",
    b"&#0;",
    b"<!DOCTYPE a [",
    b"]>",
    b"<url>",
]


def kept_promise(body: bytes) -> bool:
    for parse in (parse_feed, parse_sitemap):
        try:
            feed = parse(body)
        except ParseError as error:
            if error.reason not in POLL_FAILURES:
                return False
        else:
            repr(feed).encode()  # what comes out can be stored
    return True


def mutated(body: bytes, chance: random.Random) -> bytes:
    new = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        at, length = chance.randrange(len(new) + 1), chance.choice([0, 1, 3, 40])
        other = chance.choice([chance.choice(PIECES), chance.randbytes(3), bytes(new[at : at + length]) * 2])
        new[at : at + length] = other
    return bytes(new)


@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False))
def test_any_damage_to_any_kind_leaves_a_feed_or_a_parse_error(body, chance):
    assert kept_promise(mutated(body, chance))


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"<urlset>", b"\x1f\x8b", b"\xff\xfe", b"<!DOCTYPE a [", b"<html>", b"<?xml?>"]),
)
def test_no_bytes_raise_anything_but_a_parse_error(body, head):
    assert kept_promise(head + body)


REAL = sorted(path for path in (SHARED / "feeds-dev").glob("*/**/*") if path.is_file())


@pytest.mark.replay
@pytest.mark.skipif(not REAL, reason="no ../shared/data/feeds-dev beside the project")
def test_seconds_of_damage_to_real_feeds():
    """The same damage in the same order on every machine; a slow one gets less far."""
    chance = random.Random(4)
    end, tried = time.process_time() + 5, 0
    while time.process_time() < end:
        path = chance.choice(REAL)
        body = mutated(path.read_bytes()[:20_000], chance)
        assert kept_promise(body), (path.name, tried)
        tried += 1
    assert tried > 25
