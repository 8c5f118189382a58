"""Feeds as they come, and what a poll makes of them. Feeds, outlets, countries and texts are fictional."""

import datetime as dt
import gzip
import json
from dataclasses import replace

import pytest
from conftest import SHARED
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.answers import FETCH_FAILURES, Failed, Fetched, NotModified
from monitor.errors import ParseError
from monitor.events import (
    EntryRejected,
    EntryRevised,
    EntrySeen,
    FeedPolicyChanged,
    FeedPolled,
    FeedPollFailed,
    Record,
    event_id_of,
)
from monitor.feeds.documents import POLL_FAILURES, entry_key, parse_feed
from monitor.feeds.identity import KnownEntry
from monitor.feeds.model import MOST_ENTRIES, FeedToPoll, ParsedFeed
from monitor.feeds.polls import decide_poll, read_answer
from monitor.ids import sha256

NOW = dt.datetime(2031, 3, 10, 8, 0, tzinfo=dt.UTC)
URL = "https://gazette.norland.test/rss/world.xml"
XML = '<?xml version="1.0" encoding="utf-8"?>'
FEED = FeedToPoll(
    feed_id="feed-01", url=URL, name="Norland Gazette", language="en", etag=None, last_modified=None, sha256=None, failures=0
)


def rss(*items: str, head: str = XML, channel: str = "") -> str:
    return f'{head}<rss version="2.0"><channel><title>Norland Gazette</title>{channel}{"".join(items)}</channel></rss>'


def item(
    number: int = 1, *, title: str = "", link: str | None = None, guid: str | None = None, date: str | None = None, more: str = ""
) -> str:
    link = f"https://gazette.norland.test/world/{number}" if link is None else link
    return (
        f"<item><title>{title or f'Report {number}'}</title>"
        + (f"<link>{link}</link>" if link else "")
        + (f'<guid isPermaLink="false">{guid}</guid>' if guid else "")
        + (f"<pubDate>{date}</pubDate>" if date else "")
        + more
        + "</item>"
    )


RSS = rss(
    item(
        1,
        title="Vestria tables a 40-day truce",
        guid="g1",
        date="Mon, 10 Mar 2031 08:45:00 +0100",
        more="<description>The envoy met &lt;b&gt;both&lt;/b&gt; delegations.</description>",
    ),
    item(2, guid="g2"),
    channel="<language>en-ZZ</language>",
)
ATOM = f"""{XML}<feed xmlns="http://www.w3.org/2005/Atom"><title>Vestria Wire</title><id>urn:f</id>
<updated>2031-03-10T08:00:00Z</updated>
<entry><id>urn:1</id><title type="html">Sudmark &amp;amp; Norland talk</title><link rel="self" href="https://api.vestria.test/1"/>
<link rel="alternate" href="https://wire.vestria.test/1"/><published>2031-03-10T07:00:00Z</published>
<updated>2031-03-10T07:30:00Z</updated><content type="html">&lt;p&gt;All day.&lt;/p&gt;</content></entry></feed>"""
RDF = f"""{XML}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://bulletin.sudmark.test/"><title>Bulletin</title></channel>
<item rdf:about="https://bulletin.sudmark.test/1"><title>Council meets</title><link>https://bulletin.sudmark.test/1</link>
<dc:date>2031-03-10T09:00:00+02:00</dc:date></item></rdf:RDF>"""
JSON_11 = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Straits Review",
        "language": "en",
        "items": [
            {
                "id": "1",
                "url": "https://review.straits.test/1",
                "title": "A quiet week",
                "content_html": "<p>Talks &amp; tea.</p>",
                "date_published": "2031-03-10T09:00:00+02:00",
                "date_modified": "2031-03-10T10:00:00Z",
            }
        ],
    }
)
JSON_10 = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1",
        "title": "Straits Review",
        "items": [{"id": 17, "external_url": "https://review.straits.test/17", "content_text": "Plain words."}],
    }
)
SAMPLES = [text.encode() for text in (RSS, ATOM, RDF, JSON_10, JSON_11)]


# ---------------------------------------------------------------------------------------- formats


def test_rss_is_read():
    feed = parse_feed(RSS.encode(), content_type="application/rss+xml")
    assert (feed.format, feed.is_ill_formed, feed.language) == ("rss20", False, "en-ZZ")
    first, second = feed.entries
    assert first.guid == "g1"
    assert first.link == "https://gazette.norland.test/world/1"
    assert first.title == "Vestria tables a 40-day truce"
    assert first.summary == "The envoy met both delegations."
    assert first.published_text == "Mon, 10 Mar 2031 08:45:00 +0100"
    assert first.published_at == dt.datetime(2031, 3, 10, 7, 45, tzinfo=dt.UTC)
    assert (second.published_at, second.published_text) == (None, "")  # no date: none is invented


def test_atom_is_read():
    feed = parse_feed(ATOM.encode(), content_type="application/atom+xml")
    [entry] = feed.entries
    assert feed.format == "atom10"
    assert entry.link == "https://wire.vestria.test/1"  # the page, not the feed's own machinery
    assert (entry.guid, entry.title, entry.summary) == ("urn:1", "Sudmark & Norland talk", "All day.")
    assert entry.published_at == dt.datetime(2031, 3, 10, 7, 0, tzinfo=dt.UTC)
    assert entry.updated_text == "2031-03-10T07:30:00Z"


def test_rdf_is_read():
    feed = parse_feed(RDF.encode(), content_type="application/rdf+xml")
    [entry] = feed.entries
    assert feed.format == "rss10"
    assert (entry.title, entry.link) == ("Council meets", "https://bulletin.sudmark.test/1")
    assert entry.published_at == dt.datetime(2031, 3, 10, 7, 0, tzinfo=dt.UTC)


def test_json_feed_1_1_is_read():
    feed = parse_feed(JSON_11.encode())
    [entry] = feed.entries
    assert (feed.format, feed.language, feed.is_ill_formed) == ("json", "en", False)
    assert (entry.guid, entry.link, entry.title) == ("1", "https://review.straits.test/1", "A quiet week")
    assert entry.summary == "Talks & tea."
    assert entry.published_at == dt.datetime(2031, 3, 10, 7, 0, tzinfo=dt.UTC)
    assert entry.updated_text == "2031-03-10T10:00:00Z"


def test_json_feed_1_0_with_a_number_for_an_id_is_read():
    [entry] = parse_feed(JSON_10.encode()).entries
    assert (entry.guid, entry.link, entry.summary) == ("17", "https://review.straits.test/17", "Plain words.")


def test_a_json_feed_with_a_byte_order_mark_is_read():
    assert len(parse_feed(b"\xef\xbb\xbf" + JSON_11.encode()).entries) == 1


def test_nulls_in_a_json_feed_are_absent_values():
    """Generators write null for what they have not got, in items and in the feed itself."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "language": None,
        "items": [{"id": "1", "url": "https://review.straits.test/1", "title": None, "summary": None, "date_published": None}],
    }
    [entry] = parse_feed(json.dumps(document).encode()).entries
    assert (entry.link, entry.title, entry.published_at) == ("https://review.straits.test/1", "", None)


@pytest.mark.parametrize("bad", [5, None, "text", [1]])
def test_one_bad_item_of_a_json_feed_does_not_lose_the_others(bad):
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [bad, {"id": "1", "url": "https://review.straits.test/1"}],
    }
    feed = parse_feed(json.dumps(document).encode())
    assert feed.is_ill_formed
    assert "https://review.straits.test/1" in [entry.link for entry in feed.entries]


def test_a_json_item_with_fields_of_the_wrong_kind_keeps_its_link():
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "url": "https://review.straits.test/1", "title": ["x"]}],
    }
    feed = parse_feed(json.dumps(document).encode())
    assert feed.is_ill_formed
    assert feed.entries[0].link == "https://review.straits.test/1"


# ---------------------------------------------------------------------------------------- encodings

ARABIC = rss(item(title="هدنة في سودمارك"), head='<?xml version="1.0" encoding="windows-1256"?>')
FRENCH = rss(item(title="Trêve négociée à l’aube"), head='<?xml version="1.0"?>').replace("’", "'")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ARABIC.encode("cp1256"), "application/rss+xml"),
        (ARABIC.replace(' encoding="windows-1256"', "").encode("cp1256"), "application/rss+xml; charset=windows-1256"),
        (ARABIC.replace("windows-1256", "utf-8").encode(), "application/rss+xml; charset=iso-8859-1"),  # the server lies
        (ARABIC.replace("windows-1256", "utf-16").encode("utf-16"), ""),
        (b"\xef\xbb\xbf" + ARABIC.replace("windows-1256", "utf-8").encode(), ""),
    ],
)
def test_arabic_is_read_in_any_encoding(body, content_type):
    assert parse_feed(body, content_type=content_type).entries[0].title == "هدنة في سودمارك"


def test_undeclared_latin_1_is_read():
    feed = parse_feed(FRENCH.encode("iso-8859-1"), content_type="application/rss+xml")
    assert feed.entries[0].title == "Trêve négociée à l'aube"


def test_a_declaration_that_is_wrong_loses_no_entry():
    body = rss(item(title="Trêve"), item(2), head='<?xml version="1.0" encoding="us-ascii"?>').encode()
    assert [entry.title for entry in parse_feed(body).entries] == ["Trêve", "Report 2"]


# ---------------------------------------------------------------------------------------- not feeds, damaged feeds


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Please log in.</body></html>", "html"),
        (b"\n\n<HTML lang=en><body>404</body></HTML>", "html"),
        (b"<!-- cached --><!DOCTYPE html><html><body>Parked.</body></html>", "html"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>Moved.</p></body></html>', "html"),
        (b"Service unavailable", "not_a_feed"),
        (b"\0" * 200, "not_a_feed"),
        (b"%PDF-1.7 ...", "not_a_feed"),
        (
            b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.test/</loc></url></urlset>',
            "not_a_feed",
        ),
        (b'{"error": "not found"}', "not_a_feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "not_a_feed"),
        (b'{"version": "2.0", "items": []}', "not_a_feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [', "not_a_feed"),
        (b"[" * 100_000, "not_a_feed"),
        (RSS.encode()[:70], "ill_formed"),
    ],
)
def test_what_is_no_feed_is_told_apart(body, reason):
    with pytest.raises(ParseError) as error:
        parse_feed(body)
    assert error.value.reason == reason
    assert error.value.reason in POLL_FAILURES


def test_a_truncated_feed_gives_the_entries_before_the_cut():
    body = rss(*(item(number) for number in range(10))).encode()
    feed = parse_feed(body[: len(body) * 6 // 10])
    assert feed.is_ill_formed
    assert [entry.title for entry in feed.entries[:4]] == [f"Report {number}" for number in range(4)]


def test_white_space_before_a_feed_is_skipped_however_much():
    assert len(parse_feed(b"\n" * 3000 + RSS.encode()).entries) == 2


def test_control_characters_are_removed():
    body = RSS.replace("Vestria", "Ves\0tr\x0bia\x1f").encode()
    feed = parse_feed(body)
    assert feed.entries[0].title == "Vestria tables a 40-day truce"


def test_a_bare_ampersand_loses_no_entry():
    feed = parse_feed(rss(item(1, title="Talks & tea"), item(2)).encode())
    assert [entry.title for entry in feed.entries] == ["Talks & tea", "Report 2"]


def test_a_quiet_feed_without_entries_is_a_feed():
    assert parse_feed(rss().encode(), content_type="application/rss+xml").entries == ()


@pytest.mark.parametrize("content_type", ["", "text/html; charset=utf-8", "text/plain", "application/octet-stream"])
def test_a_wrong_content_type_makes_no_feed_ill_formed(content_type):
    """The server's label is not the document's fault; a quiet feed under a wrong label is not a failure."""
    assert not parse_feed(RSS.encode(), content_type=content_type).is_ill_formed
    assert parse_feed(rss().encode(), content_type=content_type).entries == ()


def test_an_entity_bomb_neither_explodes_nor_stops_a_run():
    entities = '<!ENTITY a "truce">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    feed = parse_feed(rss(item(title="&i;"), item(2), head=f'<?xml version="1.0"?><!DOCTYPE rss [{entities}]>').encode())
    assert sum(len(entry.title) for entry in feed.entries) < 1000
    assert feed.entries[-1].title == "Report 2"


def test_one_long_entity_used_often_does_not_explode():
    """The quadratic bomb: 20 kB times 2,000 would be 40 MB from 30 kB."""
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{"x" * 20_000}">]>'
    feed = parse_feed(rss(item(title="&a;" * 2000), head=head).encode())
    assert len(feed.entries[0].title) < 100_000


def test_a_feed_cannot_read_files(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the envoy's password")
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    feed = parse_feed(rss(item(title="A &x; B"), head=head).encode())
    assert "password" not in repr(feed)


@pytest.mark.parametrize(
    "markup",
    [
        "<html><head></head><body>Both sides met.</body></html>",
        "<!DOCTYPE html><body>Both sides met.</body>",
        "<p>Both <b>sides</b> met.",
        "Both&nbsp;sides&#32;met.",
        "<!-- ad -->Both sides met.",
        "<![CDATA[]]>Both sides met.",
        "<div>Both sides met.</html></div></body>",
    ],
)
def test_markup_in_a_summary_becomes_plain_text(markup):
    [entry] = parse_feed(
        rss(item(more=f"<description><![CDATA[{markup.replace(']]>', ']]]]><![CDATA[>')}]]></description>")).encode()
    ).entries
    assert entry.summary == "Both sides met."


def test_scripts_and_styles_are_not_part_of_a_summary():
    """They would be searched for the topic's words and shown to readers."""
    summary = "Both sides met.<script>track('truce')</script><style>p{color:red}</style>"
    [entry] = parse_feed(rss(item(more=f"<description><![CDATA[{summary}]]></description>")).encode()).entries
    assert entry.summary == "Both sides met."


@pytest.mark.parametrize(
    "markup", ["<html></html>", "<html><frameset><frame></frameset></html>", "<!doctype html><frameset>", "<html/>x"]
)
def test_a_summary_that_is_a_page_without_a_body_does_not_stop_a_run(markup):
    assert len(parse_feed(rss(item(more=f"<description><![CDATA[{markup}]]></description>"), item(2)).encode()).entries) == 2


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("Mon, 10 Mar 2031", 2031),
        ("2031-03-10T08:00:00Z", 2031),
        ("Mon, 10 Mar 9999 00:00:00 GMT", 9999),  # absurd, but what the feed claims
        ("yesterday", None),
        ("0000-00-00", None),
        ("Sat, 32 Foo 99999 00:00:00", None),
        ("", None),
    ],
)
def test_dates_are_read_or_left_out_and_always_kept_as_written(date, year):
    [entry] = parse_feed(rss(item(date=date)).encode()).entries
    assert (entry.published_at and entry.published_at.year) == year
    assert entry.published_text == date


@pytest.mark.parametrize(
    "date", ["", "soon", "2031-13-45", "10000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
)
def test_dates_that_no_calendar_holds_are_none_in_json_feeds_too(date):
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "date_published": date}]}
    [entry] = parse_feed(json.dumps(document).encode()).entries
    assert (entry.published_at, entry.published_text) == (None, date)


# ---------------------------------------------------------------------------------------- nothing but ParseError


def parsed_or_refused(body: bytes, **options: str) -> bool:
    """True when ``parse_feed`` kept its promise: a feed, or a ParseError with a reason of the closed list."""
    try:
        feed = parse_feed(body, **options)
    except ParseError as error:
        return error.reason in POLL_FAILURES
    for entry in feed.entries:  # whatever comes out can be stored as UTF-8 and in UTC
        json.dumps([entry.guid, entry.link, entry.title, entry.summary, entry.published_text, entry.updated_text]).encode()
        f"{entry.guid}{entry.link}{entry.title}{entry.summary}".encode()
        if entry.published_at is not None and entry.published_at.utcoffset() != dt.timedelta(0):
            return False
    return isinstance(feed, ParsedFeed)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<rss>", b"{", b"<?xml version='1.0'?>", b"<feed xmlns='http://www.w3.org/2005/Atom'>"]),
)
def test_any_bytes_are_a_feed_or_a_parse_error(body, head):
    assert parsed_or_refused(head + body)


@st.composite
def mutated(draw, samples):
    """A feed with a few pieces cut, doubled, swapped for bytes, or cut off."""
    body = bytearray(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(0, len(body))), draw(st.integers(0, 40))
        body[at : at + length] = draw(
            st.one_of(
                st.binary(max_size=8),
                st.just(bytes(body[at : at + length]) * 2),
                st.sampled_from(
                    [
                        b"",
                        b"<",
                        b"&",
                        b"]]>",
                        b"<![CDATA[",
                        b"&#55296;",
                        b"&#x110000;",
                        b"\0",
                        b"\xff\xfe",
                        b"<html></html>",
                        b"<description>&lt;html/&gt;",
                        b"<!DOCTYPE",
                        b'xml:base="http://[::1"',
                        b"99999999999999",
                    ]
                ),
            )
        )
    return bytes(body)


@given(
    mutated(SAMPLES), st.sampled_from(["", "application/rss+xml", "text/xml; charset=utf-7", "text/xml; charset=nonsense", "\0"])
)
@example(rss(item(more="<description>&lt;html&gt;&lt;/html&gt;</description>")).encode(), "")
def test_any_damage_to_a_feed_leaves_a_feed_or_a_parse_error(body, content_type):
    assert parsed_or_refused(body, content_type=content_type)


REAL = sorted([*SHARED.glob("feeds-dev/miniflux/*"), *SHARED.glob("feeds-dev/jsonfeed/*")]) + sorted(
    SHARED.glob("feeds-dev/feedparser/**/*.xml")
)
needs_feeds = pytest.mark.skipif(not REAL, reason="no ../shared/data/feeds-dev beside the project")
needs_briefings = pytest.mark.skipif(
    not (SHARED / "briefings" / "rss").is_dir(), reason="no ../shared/data/briefings beside the project"
)


@pytest.mark.replay
@needs_feeds
def test_every_feed_of_the_development_set_is_a_feed_or_a_parse_error():
    broken = [str(path.relative_to(SHARED)) for path in REAL if not parsed_or_refused(path.read_bytes())]
    assert len(REAL) > 500
    assert broken == []


@pytest.mark.replay
@needs_feeds
def test_the_real_feeds_of_the_development_set_have_entries_that_lead_somewhere():
    for path in sorted(SHARED.glob("feeds-dev/miniflux/*")):
        feed = parse_feed(path.read_bytes())
        assert feed.entries, path.name
        assert any(entry.link and entry.title for entry in feed.entries), path.name
        assert not any("\ufffd" in entry.title for entry in feed.entries), path.name


if REAL:

    @pytest.mark.replay
    @given(mutated([path.read_bytes()[:6000] for path in REAL[:12]]))
    def test_any_damage_to_a_real_feed_leaves_a_feed_or_a_parse_error(body):
        assert parsed_or_refused(body)


# ---------------------------------------------------------------------------------------- polls


def answer(body: str | bytes, *, url: str = URL, status: int = 200, **headers: str) -> Fetched:
    body = body.encode() if isinstance(body, str) else body
    return Fetched(
        url=URL, final_url=url, status=status, headers={"content-type": "application/rss+xml", **headers}, body=body, at=NOW
    )


def poll(profile, body, known=None, *, feed=FEED, at=NOW):
    reply = body if isinstance(body, Fetched | NotModified | Failed) else answer(body)
    return decide_poll(feed, reply, read_answer(feed, reply), known or {}, profile, polled_at=at, record=None)


def remembered(events) -> dict[str, KnownEntry]:
    """What the warehouse knows after these events."""
    known = {}
    for event in events:
        if isinstance(event, EntrySeen):
            before = known.get(event.entry_key)
            known[event.entry_key] = KnownEntry(
                event.entry_key,
                event.url,
                event.title,
                event.published_text,
                event.updated_text,
                is_rejected=False,
                states=(*(before.states if before else ()), event.state),
            )
        elif isinstance(event, EntryRejected):
            known[event.entry_key] = KnownEntry(event.entry_key, None, event.title, "", "", is_rejected=True)
    return known


def of_entries(events):
    """The poll and its entries, without what it tells of the feed."""
    return [event for event in events if not isinstance(event, FeedPolicyChanged)]


def tally(event: FeedPolled) -> dict[str, int]:
    return {name: count for name in ("new", "known", "revised", "rejected", "repeated") if (count := getattr(event, name))}


def adds_up(event: FeedPolled) -> bool:
    return event.entries == event.new + event.known + event.revised + event.rejected + event.repeated


MIXED = rss(
    item(1, guid="g1"),
    item(2, guid="g2"),
    item(3, guid="g3", link="javascript:void(0)"),
    item(1, guid="g1"),
    "<item><title>Weather</title></item>",
)


def test_each_entry_has_one_outcome_and_the_counts_add_up(profile):
    polled, *entries = poll(profile, MIXED)
    assert tally(polled) == {"new": 2, "rejected": 2, "repeated": 1}
    assert polled.entries == 5
    assert adds_up(polled)
    assert [type(event) for event in entries] == [EntrySeen, EntrySeen, EntryRejected, EntryRejected]
    assert [event.reason for event in entries[2:]] == ["bad_link", "no_link"]
    assert len({event_id_of(event) for event in entries}) == 4


def test_polling_the_same_entries_again_tells_nothing_but_the_poll(profile):
    """Run it twice, nothing new: other bytes, same entries."""
    known = remembered(poll(profile, MIXED))
    polled, *entries = poll(profile, MIXED + "<!-- built 08:10 -->", known)
    assert entries == []
    assert tally(polled) == {"known": 2, "rejected": 2, "repeated": 1}
    assert adds_up(polled)


def test_the_same_bytes_are_not_read_again(profile):
    feed = replace(FEED, sha256=sha256(RSS.encode()), etag='"v1"')
    assert read_answer(feed, answer(RSS)) is None
    [polled] = poll(profile, RSS, feed=feed)
    assert (polled.outcome, polled.entries, polled.sha256, polled.etag) == ("unchanged", 0, feed.sha256, '"v1"')


def test_changed_bytes_under_an_unchanged_validator_are_read(profile):
    """Some servers never change their ETag: the bytes decide."""
    feed = replace(FEED, sha256=sha256(b"older"), etag='"v1"')
    polled, *entries = poll(profile, answer(RSS, etag='"v1"'), feed=feed)
    assert (polled.outcome, len(entries)) == ("parsed", 2)


def test_a_304_keeps_what_is_known_and_is_no_failure(profile):
    feed = replace(FEED, sha256="5f01", etag='"v1"', last_modified="Mon, 10 Mar 2031 07:00:00 GMT", failures=3)
    [polled] = poll(profile, NotModified(url=URL, headers={}, at=NOW), feed=feed)
    assert (polled.outcome, polled.status, polled.sha256, polled.etag, polled.last_modified) == (
        "not_modified",
        304,
        "5f01",
        '"v1"',
        "Mon, 10 Mar 2031 07:00:00 GMT",
    )
    assert polled.next_poll_at - NOW <= dt.timedelta(minutes=profile.polling.interval_minutes)


def test_a_poll_keeps_the_validators_and_where_the_bytes_lie(profile):
    reply = answer(RSS, etag='"v2"', **{"last-modified": "Mon, 10 Mar 2031 07:00:00 GMT"})
    record = Record(file="a.warc.gz", offset=7, length=9, sha256="5f01")
    polled = decide_poll(FEED, reply, read_answer(FEED, reply), {}, profile, polled_at=NOW, record=record)[0]
    assert (polled.etag, polled.last_modified, polled.record) == ('"v2"', "Mon, 10 Mar 2031 07:00:00 GMT", record)
    assert (polled.format, polled.is_ill_formed, polled.sha256) == ("rss20", False, sha256(RSS.encode()))


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (item(title="40-day truce", guid="g"), item(title="60-day truce", guid="g"), ("title",)),
        (
            item(guid="g", date="Mon, 10 Mar 2031 08:00:00 GMT"),
            item(guid="g", date="Mon, 10 Mar 2031 09:00:00 GMT"),
            ("published",),
        ),
        (item(1, title="t", guid="g"), item(2, title="t", guid="g"), ("url",)),
        (
            item(1, title="t", guid="g", link="javascript:void(0)"),
            item(1, title="t", guid="g"),
            ("url",),
        ),  # a rejected one gets a link
    ],
)
def test_an_edited_entry_is_revised(profile, before, after, changed):
    known = remembered(poll(profile, rss(before)))
    polled, event = poll(profile, rss(after), known, at=NOW + dt.timedelta(minutes=10))
    assert isinstance(event, EntryRevised)
    assert event.changed == changed
    assert tally(polled) == {"revised": 1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            item(guid="g", more="<description>3 hours ago</description>"),
            item(guid="g", more="<description>4 hours ago</description>"),
        ),
        (
            item(guid="g", link="http://gazette.norland.test/world/1/"),
            item(guid="g", link="https://gazette.norland.test/world/1?utm_source=rss"),
        ),
        (item(title="40-day  truce", guid="g"), item(title=" 40-day truce", guid="g")),
        (item(1, title="t", guid="g"), item(1, title="t", guid="g", link="")),  # a link that is lost does not make it worse
    ],
)
def test_what_is_no_edit_is_known(profile, before, after):
    known = remembered(poll(profile, rss(before)))
    [polled] = poll(profile, rss(after), known)
    assert tally(polled) == {"known": 1}


def test_the_same_article_in_two_feeds_is_one_article_and_two_entries(profile):
    first, second = (
        poll(profile, rss(item(link=link)), feed=replace(FEED, feed_id=feed))[1]
        for link, feed in (
            ("https://gazette.norland.test/world/1?utm_source=a", "feed-01"),
            ("http://gazette.norland.test/world/1/", "feed-02"),
        )
    )
    assert first.article_id == second.article_id
    assert first.entry_id != second.entry_id


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/world/881", "https://gazette.norland.test/world/881"),
        ("881", "https://gazette.norland.test/rss/881"),
        ("//cdn.norland.test/881", "https://cdn.norland.test/881"),
        ("www.norland.test/881", "https://www.norland.test/881"),
    ],
)
def test_relative_links_are_resolved(profile, link, expected):
    assert poll(profile, rss(item(link=link)))[1].url == expected


def test_links_are_resolved_against_the_address_that_answered(profile):
    """After a redirect the document stands elsewhere."""
    reply = answer(rss(item(link="../world/881")), url="https://new.norland.test/feeds/world.xml")
    assert poll(profile, reply)[1].url == "https://new.norland.test/world/881"


@pytest.mark.parametrize("link", ["#", "https://", "?"])
def test_an_entry_that_links_to_the_feed_itself_leads_nowhere(profile, link):
    event = poll(profile, rss(item(title="t", link=link, guid="g")))[1]
    assert isinstance(event, EntryRejected)


def test_a_guid_that_is_an_address_serves_as_the_link(profile):
    guid = "https://gazette.norland.test/world/881"
    assert poll(profile, rss(f'<item><title>t</title><guid isPermaLink="false">{guid}</guid></item>'))[1].url == guid
    assert poll(profile, rss(f"<item><title>t</title><guid>{guid}</guid></item>"))[1].url == guid


@pytest.mark.parametrize(
    "guid", ['<guid isPermaLink="false">881</guid>', "<guid>881</guid>", "<guid>tag:norland.test,2031:881</guid>"]
)
def test_a_guid_that_is_no_address_is_no_link(profile, guid):
    """Most generators forget isPermaLink="false"; "881" must not become an address that never existed."""
    event = poll(profile, rss(f"<item><title>Weather</title>{guid}</item>"))[1]
    assert isinstance(event, EntryRejected)


def test_a_guid_does_not_hide_the_link_that_follows_it(profile):
    event = poll(profile, rss("<item><guid>881</guid><title>t</title><link>https://gazette.norland.test/a</link></item>"))[1]
    assert (event.entry_key, event.url) == ("881", "https://gazette.norland.test/a")


def test_one_guid_for_all_entries_loses_none(profile):
    """Some feeds repeat one guid in every entry: other links are other articles."""
    body = rss(
        *(item(number, guid="https://gazette.norland.test/") for number in (1, 2, 3)),
        item(3, guid="https://gazette.norland.test/"),
    )
    first = of_entries(poll(profile, body))
    assert {event.url for event in first[1:]} == {f"https://gazette.norland.test/world/{number}" for number in (1, 2, 3)}
    assert tally(first[0]) == {"new": 3, "repeated": 1}
    [again] = of_entries(poll(profile, body, remembered(first)))
    assert tally(again) == {"known": 3, "repeated": 1}


def test_entries_without_guid_or_link_are_told_apart_by_title_and_date(profile):
    polled, *events = of_entries(
        poll(profile, rss("<item><title>A</title></item>", "<item><title>B</title></item>", "<item></item>", "<item></item>"))
    )
    assert len({event.entry_id for event in events}) == 3
    assert tally(polled) == {"rejected": 3, "repeated": 1}


def test_the_key_of_an_entry_is_its_guid_then_its_link_then_its_title_and_date():
    [full] = parse_feed(rss(item(guid="g", date="x")).encode()).entries
    assert entry_key(full) == "g"
    assert entry_key(replace(full, guid="")) == "https://gazette.norland.test/world/1"
    assert entry_key(replace(full, guid="", link="")) != entry_key(replace(full, guid="", link="", published_text="y"))


def test_an_archive_posing_as_a_feed_is_cut_and_the_counts_still_add_up(profile):
    polled, *events = of_entries(poll(profile, rss(*(item(number) for number in range(MOST_ENTRIES + 5)))))
    assert len(events) == MOST_ENTRIES
    assert polled.cut == 5
    assert adds_up(polled)


def test_a_headline_that_goes_back_to_what_it_was_is_nothing_new(profile):
    """Outlets try headlines in turn; each version counts once, so that a replay adds nothing."""
    first = poll(profile, rss(item(1, title="One headline")))
    second = poll(profile, rss(item(1, title="Another headline")), known=remembered(first))
    assert tally(second[0]) == {"revised": 1}
    [third] = poll(profile, rss(item(1, title="One headline")), known=remembered([*first, *second]))
    assert tally(third) == {"known": 1}


def test_an_entry_carries_the_gate_and_both_clocks(profile):
    event = poll(profile, RSS)[1]
    assert event.gate == "undecided"  # names the matter, not the place
    assert "cue:truce" in event.gate_why
    assert event.seen_at == NOW
    assert event.published_at == dt.datetime(2031, 3, 10, 7, 45, tzinfo=dt.UTC)
    assert event.language == "en"


def test_an_undated_entry_is_not_dated_by_us(profile):
    """The time of collection never passes for a time of publication."""
    event = poll(profile, rss(item()))[1]
    assert (event.published_at, event.published_text, event.seen_at) == (None, "", NOW)


def test_a_failed_fetch_is_an_event_with_its_reason(profile):
    [event] = poll(profile, Failed(url=URL, reason="timeout", detail="30 s", at=NOW))
    assert isinstance(event, FeedPollFailed)
    assert (event.reason, event.detail, event.status) == ("timeout", "30 s", None)
    assert set(FETCH_FAILURES) <= set(POLL_FAILURES)


def test_a_page_at_the_feeds_address_is_a_failure_with_its_reason(profile):
    [event] = poll(profile, "<!DOCTYPE html><html><body>Log in</body></html>")
    assert (event.wire, event.reason, event.status) == ("feed.poll_failed", "html", 200)
    assert event.reason in POLL_FAILURES


@pytest.mark.parametrize(
    ("reply", "weight"),
    [
        (Failed(url=URL, reason="http_error", detail="", at=NOW, status=404), 1),
        (Failed(url=URL, reason="http_error", detail="", at=NOW, status=500), 0.5),
        ("<html></html>", 0.5),
        (Failed(url=URL, reason="timeout", detail="", at=NOW), 0.25),
    ],
)
def test_failures_in_a_row_are_waited_out_longer_each_time_by_their_weight(profile, reply, weight):
    """Doubled with each whole weight, up to the longest; spread by less than a tenth, which comes from the feed's id."""
    interval, longest = dt.timedelta(minutes=profile.polling.interval_minutes), dt.timedelta(hours=profile.polling.longest_hours)
    for before, times in ((0, 1), (1 - weight, 1), (2 - weight, 2), (3 - weight, 4), (20, 1000)):
        [event] = poll(profile, reply, feed=replace(FEED, failure_weight=before))
        assert event.weight == weight
        wait = event.next_poll_at - NOW
        assert min(interval * times, longest) * 0.9 <= wait <= min(interval * times, longest)


def test_retry_after_is_respected(profile):
    reply = Failed(url=URL, reason="http_error", detail="", at=NOW, status=429, headers={"retry-after": "7200"})
    assert poll(profile, reply)[0].next_poll_at == NOW + dt.timedelta(hours=2)


@pytest.mark.parametrize("value", ["²", "9" * 5000, "soon"])
def test_a_nonsensical_retry_after_does_not_stop_a_run(profile, value):
    reply = Failed(url=URL, reason="http_error", detail="", at=NOW, status=429, headers={"retry-after": value})
    assert NOW < poll(profile, reply)[0].next_poll_at <= NOW + dt.timedelta(hours=profile.polling.longest_hours)


@given(body=mutated(SAMPLES))
def test_any_damaged_feed_polls_to_events_that_add_up_and_are_idempotent(profile, body):
    """Given any bytes, when polled twice, then every entry has one fate and the second poll tells nothing new."""
    first, *entries = of_entries(poll(profile, answer(body)))
    if isinstance(first, FeedPolled):
        assert adds_up(first)
        assert len(entries) == first.new + first.revised + first.rejected
        again, *rest = of_entries(poll(profile, answer(body), remembered(entries)))
        assert rest == []
        assert (again.entries, again.new, again.revised) == (first.entries, 0, 0)


@pytest.mark.replay
@needs_briefings
def test_consecutive_states_of_a_real_feed_give_each_entry_once(profile):
    """Twenty states of one real feed in order: new once, then known; a second pass over them tells nothing."""
    known: dict[str, KnownEntry] = {}
    seen: list[str] = []
    states = [gzip.decompress(path.read_bytes()) for path in sorted((SHARED / "briefings" / "rss").glob("*.gz"))[:20]]
    for body in states:
        polled, *events = poll(profile, body, known)
        assert adds_up(polled)
        seen += [event.entry_key for event in events if type(event) is EntrySeen]
        known |= remembered(events)
    assert len(seen) == len(set(seen)) > 30
    assert len(poll(profile, states[-1], known)) == 1
