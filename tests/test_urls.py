"""One address for one article. All hosts are fictional (.test, RFC 6761)."""

from urllib.parse import quote

import pytest
from courlan.clean import TRACKERS_RE
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.urls import absolute_url, aggregator, canonical_url, host_key, outlet_key

FEED = "https://gazette.norland.test/rss/world.xml"

segment = st.one_of(st.text(max_size=6), st.sampled_from(["..", ".", "%2e%2e", "%2E", "%7e", "%2F", "%", "%%34", "1", "%C7%E1"]))
pairs = st.lists(st.tuples(st.text(min_size=1, max_size=4), st.text(max_size=4)), max_size=4)
hosts = st.sampled_from(["gazette.norland.test", "WWW.Gazette.Norland.TEST", "gazette.norland.test.", "[2001:db8::1]"])
ports = st.sampled_from(["", ":80", ":443", ":8080", ":"])


@st.composite
def addresses(draw):
    """Addresses as feeds hold them: odd escapes, dots, ports, any script."""
    path = "/".join(draw(st.lists(segment, max_size=4)))
    query = "&".join(f"{quote(k, errors='replace')}={quote(v, errors='replace')}" for k, v in draw(pairs))
    return f"{draw(st.sampled_from(['http', 'https', 'HTTP']))}://{draw(hosts)}{draw(ports)}/{path}?{query}#{draw(segment)}"


@given(addresses())
@example("http://gazette.norland.test:443/world/1")
@example("https://gazette.norland.test/world/%2e%2e/1")
@example("https://gazette.norland.test/world/%%341")
def test_a_canonical_address_is_canonical(address):
    """Idempotent: the address in the log, canonicalised by a later run, is still the same article."""
    absolute = absolute_url(address, FEED)
    if absolute is not None:
        once = canonical_url(absolute)
        assert canonical_url(once) == once


@given(pairs, st.randoms())
def test_the_order_of_query_keys_does_not_count(query, random):
    shuffled = list(query)
    random.shuffle(shuffled)
    first, second = (
        "https://gazette.norland.test/a?" + "&".join(f"{quote(k, errors='replace')}={quote(v, errors='replace')}" for k, v in q)
        for q in (query, shuffled)
    )
    assert canonical_url(first) == canonical_url(second)


@given(
    st.lists(
        st.sampled_from(
            [
                "utm_source=x",
                "UTM_Medium=rss",
                "fbclid=AB12",
                "at_campaign=64",
                "ns_mchannel=rss",
                "gclid=1",
                "traffic_source=rss",
                "ito=1490",
                "xtor=RSS-3208",
                "CMP=share",
            ]
        ),
        min_size=1,
    ),
    st.randoms(),
)
def test_tracking_keys_do_not_make_another_article(tracking, random):
    keys = ["id=881", "page=2", *tracking]
    random.shuffle(keys)
    assert canonical_url("https://gazette.norland.test/a?" + "&".join(keys)) == canonical_url(
        "https://gazette.norland.test/a?id=881&page=2"
    )


@pytest.mark.parametrize(
    "other",
    [
        "http://gazette.norland.test/world/truce-talks",
        "https://GAZETTE.Norland.test/world/truce-talks",
        "https://gazette.norland.test:443/world/truce-talks",
        "http://gazette.norland.test:80/world/truce-talks",
        "https://gazette.norland.test./world/truce-talks",
        "https://gazette.norland.test/world/truce-talks/",
        "https://gazette.norland.test//world///truce-talks",
        "https://gazette.norland.test/world/./sport/../truce-talks",
        "https://gazette.norland.test/world/truce%2dtalks",
        "https://gazette.norland.test/world/truce-talks#comments",
        "https://gazette.norland.test/world/truce-talks?",
        "https://gazette.norland.test/world/truce-talks?utm_source=feed",
        "  https://gazette.norland.test/world/truce-talks\n",
        "https://reader:secret@gazette.norland.test/world/truce-talks",
    ],
)
def test_spellings_of_one_address_are_one_article(other):
    assert canonical_url(other) == "https://gazette.norland.test/world/truce-talks"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("https://gazette.norland.test/story?id=1", "https://gazette.norland.test/story?id=2"),  # the number is in the query
        ("https://gazette.norland.test/Story", "https://gazette.norland.test/story"),  # paths are case-sensitive
        ("https://gazette.norland.test/a%2Fb", "https://gazette.norland.test/a/b"),  # an escaped slash is no slash
        ("https://gazette.norland.test:8080/a", "https://gazette.norland.test/a"),
        ("https://gazette.norland.test/a?x=1&x=2", "https://gazette.norland.test/a?x=2"),
        ("https://gazette.norland.test/a?q=a%2Bb", "https://gazette.norland.test/a?q=a+b"),
        ("https://gazette.norland.test/a?partnership=1", "https://gazette.norland.test/a"),  # only whole tracking keys go
        ("https://gazette.norland.test/a", "https://herald.norland.test/a"),
    ],
)
def test_different_articles_keep_different_addresses(a, b):
    assert canonical_url(a) != canonical_url(b)


def test_queries_in_an_old_arabic_encoding_stay_apart():
    """Outlets with windows-1256 addresses put headlines in the query: each escape counts, UTF-8 or not."""
    first, second = ("https://sahifa.sudmark.test/news?t=" + quote(title.encode("cp1256")) for title in ("هدنة", "رهان"))
    assert canonical_url(first) != canonical_url(second)
    assert canonical_url(canonical_url(first)) == canonical_url(first)


def test_a_path_in_another_script_is_the_same_escaped_or_not():
    assert canonical_url("https://sahifa.sudmark.test/أخبار/هدنة") == canonical_url(
        "https://sahifa.sudmark.test/" + quote("أخبار") + "/" + quote("هدنة").lower()
    )


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://herald.norland.test/a", "https://herald.norland.test/a"),
        ("/world/881", "https://gazette.norland.test/world/881"),
        ("881.html", "https://gazette.norland.test/rss/881.html"),
        ("../world/881", "https://gazette.norland.test/world/881"),
        ("?id=881", "https://gazette.norland.test/rss/world.xml?id=881"),
        ("//cdn.norland.test/881", "https://cdn.norland.test/881"),
        ("www.norland.test/881", "https://www.norland.test/881"),
        (" \n https://herald.norland.test/\n a ", "https://herald.norland.test/ a"),
        ("HTTPS://herald.norland.test/a", "https://herald.norland.test/a"),
    ],
)
def test_links_are_resolved_as_a_reader_would_follow_them(link, expected):
    assert absolute_url(link, FEED) == expected


@pytest.mark.parametrize(
    "link",
    [
        "",
        "   ",
        "javascript:void(0)",
        "mailto:desk@gazette.norland.test",
        "ftp://gazette.norland.test/a",
        "tag:norland.test,2031:881",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://[::1/a",
        "https://gazette.norland.test:99999/a",
        "https://gazette.norland.test:port/a",
        "https://gazette.norland.test/" + "a" * 3000,
    ],
)
def test_what_leads_to_no_web_page_is_no_address(link):
    assert absolute_url(link, FEED) is None


@given(st.text(), st.sampled_from([FEED, "", "not a base"]))
def test_any_link_gives_an_address_that_can_be_worked_with_or_none(link, base):
    """Whatever a feed puts in a link, no exception; and an address that comes out can be canonicalised."""
    absolute = absolute_url(link.encode("utf-8", "ignore").decode(), base)
    if absolute is not None:
        assert canonical_url(absolute).startswith("https://")
        assert absolute_url(absolute, "https://elsewhere.test/") == absolute


def test_politeness_counts_hosts_with_their_port_and_never_shows_a_password():
    assert host_key("https://reader:secret@Gazette.Norland.test:8080/a") == "gazette.norland.test:8080"
    assert host_key("https://gazette.norland.test/a") != host_key("https://gazette.norland.test:8080/a")


@pytest.mark.parametrize(
    "host",
    [
        "gazette.norland.test",
        "www.gazette.norland.test",
        "m.gazette.norland.test",
        "amp.gazette.norland.test",
        "WWW.GAZETTE.norland.test:8080",
    ],
)
def test_editions_of_one_outlet_are_one_outlet(host):
    assert outlet_key(f"https://{host}/a") == "gazette.norland.test"


def test_different_outlets_are_different():
    assert outlet_key("https://mirror.norland.test/") != outlet_key("https://irror.norland.test/")


# ---------------------------------------------------------------------------------------- renderings, counters

STORY = "https://gazette.norland.test/world/truce-talks"


@pytest.mark.parametrize(
    "other",
    [
        "https://m.gazette.norland.test/world/truce-talks",
        "https://amp.gazette.norland.test/world/truce-talks",
        "https://gazette.norland.test/amp/world/truce-talks",
        "https://gazette.norland.test/world/truce-talks/amp/",
        "https://gazette.norland.test/world/truce-talks.amp",
        "https://gazette.norland.test/world/truce-talks?amp=1&outputType=amp",
        "https://gazette.norland.test/world/truce-talks?amp",
        "https://gazette.norland.test/world/truce-talks/index.html",
        "https://www.google.com/amp/s/gazette.norland.test/world/truce-talks",
        "https://gazette-norland-test.cdn.ampproject.org/c/s/gazette.norland.test/world/truce-talks?usqp=mq331",
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Fgazette.norland.test%2Fworld%2Ftruce-talks",
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fgazette.norland.test%2fworld%2ftruce-talks",
        "https://gazette.norland.test/world/truce-talks?ref=rss&source=homepage&gbraid=1",
    ],
)
def test_renderings_and_counters_are_the_article_itself(other):
    assert canonical_url(other) == STORY
    assert canonical_url(absolute_url(other, "")) == STORY


@pytest.mark.parametrize(
    "same", ["https://gazette.norland.test/story?ref=4711", "https://gazette.norland.test/amp", "https://m.test/x"]
)
def test_what_is_no_mark_is_left_alone(same):
    assert canonical_url(same) == same


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("https://news.google.com/rss/articles/CBMiAAA?oc=5", "Google News"),
        ("https://news.google.com/read/CBMiAAA", "Google News"),
        ("http://feedproxy.google.com/~r/gazette/~3/x/", "FeedBurner"),
        ("https://gazette.norland.test/rss/articles/1", None),
    ],
)
def test_links_that_only_their_service_can_resolve(url, service):
    assert aggregator(url) == service


# Keys that courlan's list strips and ours keeps: they hold an article's number at some outlets, and two articles taken for one
# are lost for ever.
NUMBERS_ELSEWHERE = {"cid", "eid", "uid", "keyword", "kwd", "session", "source", "ref", "referer_id", "clid_x"}


@pytest.mark.parametrize(
    "key",
    ["dclid", "fbclid", "gclid", "twclid", "yclid", "ysclid", "clickid", "gbraid", "msclkid", "igshid", "partnerid", "wbraid",
     "ad_id", "ads_x", "mc_cid", "ga_source", "gs_l", "itm_source", "mkt_tok", "ml_subscriber", "mtm_campaign", "oly_enc_id", "pk_campaign",
     "utm_id", "vero_id", "aff_id", "affiliate", "campaign", "_ga", "_gl", "referrer", "xtor", *sorted(NUMBERS_ELSEWHERE)],
)  # fmt: skip
def test_keys_that_courlan_knows_are_known_or_excepted(key):
    is_gone = canonical_url(f"https://gazette.norland.test/a?{key}=1") == "https://gazette.norland.test/a"
    if TRACKERS_RE.search(key):
        assert is_gone != (key in NUMBERS_ELSEWHERE), key
