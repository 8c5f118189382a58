"""The hostile newsroom, as far as fetching is concerned: what the servers saw, what came back, and that nobody else waited.

The rows of the list of known failures that belong to fetching have a test here that quotes them. Everything is fictional.
"""

import asyncio
import datetime as dt
import gzip
import itertools
import threading
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable, Iterator
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hostile import HEAD, NORMAL, Hostile, RebindingNames, drips, empty_blocks, endless, gzip_bomb, robots, says
from loopback import answer, item, redirect, rss, settings_for

from monitor.answers import FETCH_FAILURES, Answer, Failed, Fetched, NotModified, Redirect
from monitor.fetch import Fetcher, open_fetcher
from monitor.pipeline.collecting import collect
from monitor.pipeline.running import begin, finish
from monitor.pipeline.shared import load_pipeline
from monitor.settings import FetchSettings
from monitor.warehouse import query_copy

NOW = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
LIMIT = 200_000


@pytest.fixture
def server() -> Iterator[Hostile]:
    with Hostile() as server:
        yield server


def run(settings: FetchSettings, work: Callable[[Fetcher], Awaitable[Any]], **given: Any) -> Any:
    """What ``work`` does with a fetcher."""

    async def do() -> Any:
        async with open_fetcher(settings, **{"contact": "", "clock": lambda: NOW} | given) as fetcher:
            return await work(fetcher)

    return asyncio.run(do())


def fetch(settings: FetchSettings, *urls: str, at_most: int = LIMIT, names: Any = None, **given: Any) -> list[Answer]:
    """One address after the other through one fetcher."""

    async def one_by_one(fetcher: Fetcher) -> list[Answer]:
        return [await fetcher.fetch(url, at_most=at_most, **given) for url in urls]

    return list(run(settings, one_by_one, lookup=names))


def fetch_beside_others(settings: FetchSettings, url: str, *, at_most: int = LIMIT, **given: Any) -> Answer:
    """Fetch a hostile address while normal.test is asked again and again; none of those may take a second.

    With two places for all hosts, so that whoever holds both would be noticed.
    """

    async def work(fetcher: Fetcher) -> Answer:
        loop = asyncio.get_running_loop()
        hostile = asyncio.ensure_future(fetcher.fetch(url, at_most=at_most, **given))
        longest, answers = 0.0, 0
        while not hostile.done() or not answers:
            before = loop.time()
            assert isinstance(await fetcher.fetch(NORMAL, at_most=LIMIT), Fetched)
            longest, answers = max(longest, loop.time() - before), answers + 1
            await asyncio.wait({hostile}, timeout=0.02)
        assert longest < 1
        return hostile.result()

    answered = run(settings.model_copy(update={"at_once": 2}), work)
    assert isinstance(answered, Fetched | NotModified | Failed)
    return answered


def failed(answered: Answer) -> Failed:
    assert isinstance(answered, Failed), answered
    assert answered.reason in FETCH_FAILURES
    return answered


# ---- internal addresses


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_an_internal_address_is_refused_and_never_knocked_at(server: Hostile, status: int) -> None:
    """The redirect itself was asked for; what it leads to saw no connection at all."""
    server.hosts["moved.test"] = redirect(f"http://{server.elsewhere}/latest/meta-data/", status)
    answered = failed(fetch_beside_others(server.settings(), "http://moved.test/"))
    assert answered.reason == "forbidden_address"
    assert answered.redirects == (Redirect(status, f"http://{server.elsewhere}/latest/meta-data/"),)
    assert (len(server.asked("moved.test")), server.knocks) == (1, 0)


def test_a_name_that_rebinds_to_an_internal_address_is_refused_when_it_is_dialled(server: Hostile) -> None:
    """The address that was judged is the one that is dialled: one lookup for a connection, and the next one is judged anew."""
    port = server.address.rsplit(":", 1)[1]
    names = RebindingNames(rebinding_test=[["127.0.0.1"], ["127.0.0.2"]])
    settings = server.settings(allow=("127.0.0.1",))
    url = f"http://rebinding.test:{port}/"
    first = fetch(settings, url, url, names=names)
    assert all(isinstance(one, Fetched) for one in first)
    assert names.lookups == ["rebinding.test"]
    (second,) = fetch(settings, f"http://rebinding.test:{server.elsewhere.rsplit(':', 1)[1]}/", names=names)
    assert failed(second).reason == "forbidden_address"
    assert (names.lookups, server.knocks) == (["rebinding.test"] * 2, 0)


def test_a_name_with_internal_and_public_addresses_is_dialled_at_the_public_ones_only(server: Hostile) -> None:
    """127.0.0.1 is allowed and stands for a public address: the other one gets no connection, in whatever order they come."""
    port = server.elsewhere.rsplit(":", 1)[1]
    names = RebindingNames(both_test=[["127.0.0.2", "127.0.0.1"]])
    (answered,) = fetch(server.settings(allow=("127.0.0.1",)), f"http://both.test:{port}/", names=names)
    assert failed(answered).reason == "unreachable"  # nobody listens at that port of the allowed address
    assert server.knocks == 0


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "１２７.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.2.7",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:93.184.216.34]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::1]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[2001:db8::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
    ],
)
def test_every_kind_of_internal_literal_is_refused(server: Hostile, host: str) -> None:
    """Asked directly and by redirect. aiohttp passes resolvers over for literals, so this is a way of its own."""
    server.hosts["moved.test"] = redirect(f"http://{host}/")
    directly, by_redirect = fetch(server.settings(timeout_seconds=3), f"http://{host}/", "http://moved.test/")
    assert (failed(directly).reason, failed(by_redirect).reason) == ("forbidden_address",) * 2


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "::ffff:10.0.0.1", "2002:a00:1::", "64:ff9b::a00:1", "fe80::1%lo"],
)
def test_every_kind_of_internal_answer_of_a_resolver_is_refused(server: Hostile, address: str) -> None:
    """The same for names that lead there."""
    (answered,) = fetch(server.settings(timeout_seconds=3), "http://inward.test/", names=RebindingNames(inward_test=[[address]]))
    assert failed(answered).reason == "forbidden_address"


@pytest.mark.parametrize("allow", ["127.0.0.2", "127.0.0.0/8", "intranet.test"])
def test_an_address_a_network_or_a_name_can_be_allowed(server: Hostile, allow: str) -> None:
    """An outlet in the own network is a matter of settings; the neighbours stay refused."""
    port = server.elsewhere.rsplit(":", 1)[1]
    names = RebindingNames(intranet_test=[["127.0.0.2"]], other_test=[["10.0.0.1"]])
    urls = f"http://intranet.test:{port}/", f"http://other.test:{port}/"
    allowed, refused = fetch(server.settings(allow=(allow,)), *urls, names=names)
    assert isinstance(allowed, Fetched)
    assert failed(refused).reason == "forbidden_address"


def test_to_allow_a_carrier_network_does_not_allow_the_machines_behind_it(server: Hostile) -> None:
    """Behind NAT64 every public address comes as 64:ff9b::…; that network allowed, 10.0.0.1 in it is still refused."""
    names = RebindingNames(inward_test=[["64:ff9b::a00:1"]])
    (answered,) = fetch(server.settings(allow=("64:ff9b::/96",)), "http://inward.test/", names=names)
    assert failed(answered).reason == "forbidden_address"
    assert "10.0.0.1" in failed(answered).detail


def test_a_mistyped_network_is_no_host_name() -> None:
    """It would silently allow nothing."""
    with pytest.raises(ValueError, match="allow"):
        FetchSettings(allow=("10.0.0.0/33",))


# ---- addresses and redirects


@pytest.mark.parametrize("url", ["ftp://normal.test/", "file:///etc/passwd", "javascript:1", "normal.test/", NORMAL + "a" * 2083])
def test_what_is_no_web_address_or_too_long_a_one_is_refused_unasked(server: Hostile, url: str) -> None:
    """Also where a redirect leads there."""
    server.hosts["moved.test"] = redirect(url)
    directly, by_redirect = fetch(server.settings(), url, "http://moved.test/")
    assert failed(directly).reason == "bad_address"
    if "://" in url:  # without a scheme it is relative, and leads on
        assert failed(by_redirect).reason == "redirects"
    assert server.asked("normal.test") == []


def test_each_step_of_a_redirect_is_told_and_validators_go_to_the_first_host_only(server: Hostile) -> None:
    """ "308 not treated as a redirect"; "permanent redirect": the answer carries what is needed to apply it after days."""
    server.hosts |= {
        "old.test": redirect("https://user:secret@old.test:80/feed#top", 308),
        "old.test/plain": redirect("//second.test/x y", 301),
        "second.test": redirect("http://user:secret@last.test/feed", 302),
        "last.test": answer("feed", ETag='"new"'),
    }
    (answered,) = fetch(server.settings(), "http://old.test/plain", etag='"old"', last_modified="Mon, 10 Mar 2031 08:00:00 GMT")
    assert isinstance(answered, Fetched)
    assert answered.redirects == (Redirect(301, "http://second.test/x%20y"), Redirect(302, "http://last.test/feed"))
    assert (answered.url, answered.final_url) == ("http://old.test/plain", "http://last.test/feed")
    first, second, last = (server.asked(host)[0].headers for host in ("old.test", "second.test", "last.test"))
    assert (first["if-none-match"], first["if-modified-since"]) == ('"old"', "Mon, 10 Mar 2031 08:00:00 GMT")
    for headers in (second, last):
        assert not {"if-none-match", "if-modified-since", "authorization", "cookie", "referer"} & set(headers)


def test_credentials_of_an_address_go_to_its_own_host_only(server: Hostile) -> None:
    """user:password@ in a feed's address is sent there, and not on to where it redirects."""
    server.hosts |= {"private.test": redirect("http://last.test/")}
    (answered,) = fetch(server.settings("last.test"), "http://user:secret@private.test/")
    assert isinstance(answered, Fetched)
    assert "authorization" in server.asked("private.test")[0].headers
    assert "authorization" not in server.asked("last.test")[0].headers


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_more_redirects_than_allowed_are_refused_after_that_many(server: Hostile, limit: int) -> None:
    """An endless chain of new addresses: as many requests as the limit allows, and one for the first."""
    number = itertools.count()

    async def onward(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": f"/{next(number)}"})

    server.hosts["chain.test"] = onward
    answered = failed(fetch(server.settings(redirects=limit), "http://chain.test/start")[0])
    assert answered.reason == "redirects"
    assert len(server.asked("chain.test")) == limit + 1


def test_a_circle_of_redirects_ends_when_it_closes(server: Hostile) -> None:
    """Not at the limit: the second round would be the same."""
    server.hosts |= {"one.test": redirect("http://two.test/"), "two.test": redirect("http://one.test/")}
    answered = failed(fetch_beside_others(server.settings(redirects=20), "http://one.test/"))
    assert answered.reason == "redirects"
    assert "circle" in answered.detail
    assert (len(server.asked("one.test")), len(server.asked("two.test"))) == (1, 1)


def test_a_circle_that_a_cookie_opens_is_passed_and_the_cookie_forgotten(server: Hostile) -> None:
    """Some outlets redirect to the same address until their cookie comes back. It goes nowhere else and is not kept."""

    async def door(request: web.Request) -> web.StreamResponse:
        if "seen" in request.cookies:
            return web.Response(status=302, headers={"Location": "http://other.test/page"})
        response = web.Response(status=302, headers={"Location": "/page"})
        response.set_cookie("seen", "1")
        return response

    server.hosts["door.test"] = door
    settings = server.settings("other.test")
    first, second = fetch(settings, "http://door.test/page", "http://door.test/page")
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert ["cookie" in one.headers for one in server.asked("door.test")] == [False, True, False, True]
    assert not any("cookie" in one.headers for one in server.asked("other.test"))


# ---- limits while bytes come in


def test_ten_gigabytes_in_a_gzip_body_are_refused_within_the_limit(server: Hostile) -> None:
    """ "Compression bomb": 5 MB may be kept; the bomb brings 16 MB in each 16 kB. Memory stays by the limit, and so does what is read."""
    first, again = gzip_bomb()
    server.hosts["bomb.test"] = endless(server, first, again, Content_Encoding="gzip")
    tracemalloc.start()
    try:
        answered = failed(fetch_beside_others(server.settings(), "http://bomb.test/", at_most=5_000_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (answered.reason, answered.status) == ("too_large", 200)
    assert peak < 30_000_000
    assert server.sent < 20_000_000


@pytest.mark.parametrize("is_page", [False, True])
def test_a_body_without_end_is_refused_at_the_limit(server: Hostile, is_page: bool) -> None:
    """ "Unbounded body", for feeds and for pages."""
    server.hosts["endless.test"] = endless(server, b"<rss>", b"x" * 65536)
    answered = failed(fetch_beside_others(server.settings(robots=is_page), "http://endless.test/feed", is_page=is_page))
    assert answered.reason in ("too_large",)
    assert server.sent < LIMIT + 20_000_000  # what the sockets of this machine take in advance


def test_a_compressed_body_that_never_brings_a_byte_is_refused_too(server: Hostile) -> None:
    """Empty blocks inflate to nothing: the bytes on the wire have the same limit."""
    server.hosts["nothing.test"] = endless(server, *empty_blocks(), Content_Encoding="gzip")
    assert failed(fetch_beside_others(server.settings(), "http://nothing.test/")).reason == "too_large"


def test_a_body_of_countless_tiny_members_is_refused(server: Hostile) -> None:
    """gzip allows many members in a row; a hundred thousand of them are an attack on time."""
    server.hosts["members.test"] = answer(gzip.compress(b"") * 100_000, Content_Encoding="gzip")
    assert failed(fetch_beside_others(server.settings(), "http://members.test/", at_most=5_000_000)).reason == "bad_encoding"


def test_a_slow_drip_ends_at_the_time_limit(server: Hostile) -> None:
    """A byte now and then is never silence; the limit on the whole counts."""
    server.speaks("drip.test", drips(itertools.chain([HEAD + b"Content-Length: 100000\r\n\r\n"], itertools.repeat(b"x")), 0.05))
    answered = failed(fetch_beside_others(server.settings(timeout_seconds=1.5, read_seconds=1), "http://drip.test/"))
    assert (answered.reason, "1.5 s" in answered.detail) == ("timeout", True)


def test_a_slow_drip_of_headers_ends_at_the_time_limit(server: Hostile) -> None:
    """The same before the body."""
    lines = itertools.chain([HEAD], (b"X-%d: y\r\n" % number for number in itertools.count()))
    server.speaks("drip.test", drips(lines, 0.05))
    answered = failed(fetch_beside_others(server.settings(timeout_seconds=1.5, read_seconds=1), "http://drip.test/"))
    assert (answered.reason, "1.5 s" in answered.detail) == ("timeout", True)


@pytest.mark.parametrize("first", [b"", HEAD + b"Content-Length: 10\r\n\r\nhalf"], ids=["no head", "half a body"])
def test_silence_ends_before_the_time_limit(server: Hostile, first: bytes) -> None:
    """Nothing for read_seconds is enough, whatever the whole may take."""
    server.speaks("silent.test", drips([first], 60))
    answered = failed(fetch_beside_others(server.settings(timeout_seconds=60, read_seconds=0.5), "http://silent.test/"))
    assert (answered.reason, "0.5 s" in answered.detail) == ("timeout", True)


def flood_of_lines() -> list[bytes]:
    return [HEAD, *(b"X-%d: %s\r\n" % (number, b"y" * 100) for number in range(20_000)), b"\r\n"]


@pytest.mark.parametrize(
    "pieces",
    [
        flood_of_lines(),
        [HEAD, b"X: ", *[b"y" * 65536] * 320],
        [b"HTTP/1.1 200 ", *[b"y" * 65536] * 320],
        [HEAD, *[b"y" * 65536] * 320],
    ],
    ids=["many", "a long value", "a long status line", "a long name"],
)
def test_a_flood_of_headers_is_refused_within_its_limit(server: Hostile, pieces: list[bytes]) -> None:
    """ "Header flood": too many, or one that is too long; memory stays small, the connection is closed."""
    server.speaks("flood.test", says(*pieces))
    tracemalloc.start()
    try:
        answered = failed(fetch_beside_others(server.settings(timeout_seconds=10), "http://flood.test/"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answered.reason == "bad_answer"
    assert peak < 12_000_000


def test_a_flood_of_interim_answers_ends_at_the_time_limit(server: Hostile) -> None:
    """HTTP/1.1 100 Continue for ever is no answer."""
    server.speaks("interim.test", drips(itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 50), 0.01))
    answered = failed(fetch_beside_others(server.settings(timeout_seconds=1.5), "http://interim.test/"))
    assert answered.reason in ("timeout", "bad_answer")


def test_long_headers_that_real_outlets_send_are_read(server: Hostile) -> None:
    """A policy of 20 kB in one line, and a hundred headers."""
    many = {f"X-Header-{number}": "value" for number in range(100)}
    server.hosts["wordy.test"] = answer("x", Content_Security_Policy="img-src " + "https://cdn.test " * 1200, **many)
    (answered,) = fetch(server.settings(), "http://wordy.test/")
    assert isinstance(answered, Fetched)
    assert len(answered.headers["content-security-policy"]) > 20_000


@pytest.mark.parametrize(
    ("rest", "reasons"),
    [
        (b"Content-Length: 1000\r\n\r\nhalf", {"unreachable"}),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", {"unreachable"}),
        (b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nhalf", {"bad_answer", "unreachable"}),
        (b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhalf", {"bad_answer", "unreachable"}),
        (b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nhalf!", {"bad_answer"}),
        (b"Content-Length: -4\r\n\r\nhalf", {"bad_answer"}),
    ],
    ids=["cut", "chunks cut", "no chunk", "huge chunk", "two lengths", "negative"],
)
def test_bad_framing_is_never_taken_for_a_whole_body(server: Hostile, rest: bytes, reasons: set[str]) -> None:
    """A truncated body would otherwise be archived as the article."""
    server.speaks("framing.test", says(HEAD + rest))
    assert failed(fetch_beside_others(server.settings(timeout_seconds=5), "http://framing.test/")).reason in reasons


BODY = bytes(range(256)) * 400


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(BODY)[:-9]),
        ("gzip", gzip.compress(BODY)[:40]),
        ("deflate", zlib.compress(BODY)[:-5]),
        ("gzip", b"plain text"),
        ("br", b"plain text"),
        ("zstd", b"plain text"),
        ("gzip, gzip", gzip.compress(gzip.compress(BODY))),
    ],
    ids=["cut off", "cut in half", "deflate cut off", "no gzip", "no brotli", "no zstd", "twice"],
)
def test_a_body_that_is_not_encoded_as_it_says_is_told_as_such(server: Hostile, coding: str, body: bytes) -> None:
    """Also a compressed body that ends in the middle although its length is right: the cut came before our server."""
    server.hosts["coding.test"] = answer(body, Content_Encoding=coding)
    assert failed(fetch_beside_others(server.settings(), "http://coding.test/")).reason == "bad_encoding"


def bare_deflate(body: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(body) + deflate.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(BODY[:1000]) + gzip.compress(BODY[1000:])),
        ("gzip", gzip.compress(BODY) + b"\0" * 20),
        ("x-gzip", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", bare_deflate(BODY)),
        ("utf-8", BODY),
        ("identity", BODY),
        ("", BODY),
    ],
    ids=["members", "filled up", "x-gzip", "zlib", "bare", "no coding", "identity", "none"],
)
def test_odd_but_whole_bodies_are_read(server: Hostile, coding: str, body: bytes) -> None:
    """What browsers read is read."""
    server.hosts["odd.test"] = answer(body, Content_Encoding=coding)
    (answered,) = fetch(server.settings(), "http://odd.test/")
    assert isinstance(answered, Fetched)
    assert answered.body == BODY


def test_an_empty_compressed_body_is_an_empty_body(server: Hostile) -> None:
    """Content-Encoding: gzip with no byte at all."""
    server.hosts["odd.test"] = answer(b"", Content_Encoding="gzip")
    (answered,) = fetch(server.settings(), "http://odd.test/")
    assert isinstance(answered, Fetched)
    assert answered.body == b""


# ---- turns


def test_starts_at_one_host_are_apart_by_the_pause_for_feeds_and_pages_together(server: Hostile) -> None:
    """ "Hammered a site, 44 requests in 0.5 s": the server sees them one pause apart, and another host is not made to wait."""
    settings = server.settings("busy.test", pause_seconds=0.2, per_host=4)

    async def work(fetcher: Fetcher) -> float:
        loop = asyncio.get_running_loop()
        before = loop.time()
        busy = [
            asyncio.ensure_future(fetcher.fetch(f"http://busy.test/{number}", at_most=LIMIT, is_page=number % 2 == 0))
            for number in range(6)
        ]
        await fetcher.fetch(NORMAL, at_most=LIMIT)
        other = loop.time() - before
        assert all(isinstance(one, Fetched) for one in await asyncio.gather(*busy))
        return other

    assert run(settings, work) < 1
    times = [one.at for one in server.asked("busy.test")]
    assert len(times) == 6
    assert all(later - earlier > 0.15 for earlier, later in itertools.pairwise(times))


def test_a_long_queue_at_one_host_takes_no_places_from_others(server: Hostile) -> None:
    """Fifty requests to a host that holds them all, one place for all hosts but one: another host is served meanwhile."""

    async def held(request: web.Request) -> web.StreamResponse:
        await server.held()
        return web.Response()

    server.hosts["slow.test"] = held
    settings = server.settings(at_once=2, per_host=1)

    async def work(fetcher: Fetcher) -> None:
        slow = [asyncio.ensure_future(fetcher.fetch(f"http://slow.test/{number}", at_most=LIMIT)) for number in range(50)]
        for _ in range(5):
            assert isinstance(await fetcher.fetch(NORMAL, at_most=LIMIT), Fetched)
        assert len(server.asked("slow.test")) <= 1
        server.release()
        assert all(isinstance(one, Fetched) for one in await asyncio.gather(*slow))

    run(settings, work)


def test_dead_names_hold_up_nobody(server: Hostile) -> None:
    """Twenty names whose lookup hangs, as with a DNS server that is away: another name is looked up and asked at once."""
    gone = threading.Event()

    async def names(host: str, port: int, family: int) -> list[tuple[int, str]]:
        await asyncio.get_running_loop().run_in_executor(None, gone.wait, 10) if host.startswith("dead") else None
        return []

    async def work(fetcher: Fetcher) -> list[Answer]:
        dead = [asyncio.ensure_future(fetcher.fetch(f"http://dead-{number}.test/", at_most=LIMIT)) for number in range(20)]
        await asyncio.wait(dead, timeout=0.05)
        assert isinstance(await fetcher.fetch(NORMAL, at_most=LIMIT), Fetched)
        gone.set()
        return await asyncio.gather(*dead)

    assert {failed(one).reason for one in run(server.settings(timeout_seconds=5), work, lookup=names)} == {"unreachable"}


@pytest.mark.parametrize(("by_domain", "is_apart"), [(True, True), (False, False)])
def test_hosts_of_one_domain_share_their_turns_where_the_settings_say_so(
    server: Hostile, by_domain: bool, is_apart: bool
) -> None:
    """ "Host key misses Tumblr subdomains": by registrable domain, two subdomains are one host."""
    hosts = ["a.outlet.co.uk", "b.outlet.co.uk"]
    settings = server.settings(*hosts, pause_seconds=0.4, by_domain=by_domain)

    async def work(fetcher: Fetcher) -> None:
        await asyncio.gather(*(fetcher.fetch(f"http://{host}/", at_most=LIMIT) for host in hosts))

    run(settings, work)
    first, second = sorted(one.at for host in hosts for one in server.asked(host))
    assert (second - first > 0.3) is is_apart


@pytest.mark.parametrize(
    ("status", "asks", "until"),
    [
        (429, {"Retry-After": "120"}, NOW + dt.timedelta(seconds=120)),
        (503, {"Retry-After": "120"}, NOW + dt.timedelta(seconds=120)),
        (429, {"Retry-After": format_datetime(NOW + dt.timedelta(minutes=7), usegmt=True)}, NOW + dt.timedelta(minutes=7)),
        (429, {"Retry-After": str(88 * 3600)}, NOW + dt.timedelta(hours=24)),
        (429, {}, NOW + dt.timedelta(minutes=1)),
        (429, {"Retry-After": "soon"}, NOW + dt.timedelta(minutes=1)),
    ],
    ids=["429", "503", "a date", "days", "bare 429", "unreadable"],
)
def test_a_host_that_asks_for_a_pause_is_held_for_the_rest_of_the_run(
    server: Hostile, status: int, asks: dict[str, str], until: dt.datetime
) -> None:
    """ "Retry-After of days, or as a date"; "many feeds on one host rate-limited together": capped, for all of the host, nobody else."""

    async def busy(request: web.Request) -> web.StreamResponse:
        # The clocks of the test stand still in 2031; a Date that fits them is what a server with a right clock sends.
        return web.Response(status=status, headers={"Date": format_datetime(NOW, usegmt=True)} | asks)

    server.hosts["busy.test"] = busy
    urls = "http://busy.test/feed", "http://busy.test/other", "http://busy.test/page", NORMAL
    first, *others, normal = fetch(server.settings(), *urls)
    assert (failed(first).reason, failed(first).status, failed(first).until) == ("http_error", status, until)
    assert [(failed(one).reason, failed(one).until) for one in others] == [("held", until)] * 2
    assert len(server.asked("busy.test")) == 1
    assert isinstance(normal, Fetched)


def test_a_date_to_wait_for_counts_from_the_servers_own_clock(server: Hostile) -> None:
    """A server whose clock is a day behind means ten minutes when its date is ten minutes ahead of its own."""
    theirs = NOW - dt.timedelta(days=1)
    asks = {
        "Date": format_datetime(theirs, usegmt=True),
        "Retry-After": format_datetime(theirs + dt.timedelta(minutes=10), usegmt=True),
    }
    server.hosts["behind.test"] = answer("", status=503, **{name.replace("-", "_"): value for name, value in asks.items()})
    (answered,) = fetch(server.settings(), "http://behind.test/")
    assert failed(answered).until == NOW + dt.timedelta(minutes=10)


def test_requests_that_wait_for_their_turn_are_told_too_when_the_host_is_held(server: Hostile) -> None:
    """They were queued before the answer came."""
    server.hosts["busy.test"] = answer("", status=429, Retry_After="60")

    async def work(fetcher: Fetcher) -> list[Answer]:
        return await asyncio.gather(*(fetcher.fetch(f"http://busy.test/{number}", at_most=LIMIT) for number in range(20)))

    reasons = [failed(one).reason for one in run(server.settings(per_host=1), work)]
    assert reasons == ["http_error", *["held"] * 19]
    assert len(server.asked("busy.test")) == 1


def test_a_hold_ends_when_its_time_is_over(server: Hostile) -> None:
    """The clock decides, within one run."""
    moments = [NOW]
    server.hosts["busy.test/feed"] = answer("", status=429, Retry_After="60")

    async def work(fetcher: Fetcher) -> list[Answer]:
        answers = [await fetcher.fetch("http://busy.test/feed", at_most=LIMIT)]
        for seconds in (59, 61):
            moments[0] = NOW + dt.timedelta(seconds=seconds)
            answers.append(await fetcher.fetch("http://busy.test/other", at_most=LIMIT))
        return answers

    _, early, late = run(server.settings("busy.test"), work, clock=lambda: moments[0])
    assert failed(early).reason == "held"
    assert isinstance(late, Fetched)


@pytest.mark.parametrize(("status", "asks"), [(403, ""), (403, "60"), (500, "60"), (502, ""), (503, ""), (503, "0"), (404, "60")])
def test_a_bare_refusal_holds_nobody_else(server: Hostile, status: int, asks: str) -> None:
    """One bad address must not silence a big host: only 429, and 503 with a time, speak for all of it."""
    server.hosts["big.test/bad"] = answer("", status=status, **({"Retry_After": asks} if asks else {}))
    bad, good = fetch(server.settings("big.test"), "http://big.test/bad", "http://big.test/good")
    assert (failed(bad).status, failed(bad).until) == (status, None)
    assert isinstance(good, Fetched)


# ---- robots.txt


def test_a_page_that_robots_txt_disallows_is_not_asked_for_and_a_feed_is(server: Hostile) -> None:
    """Asked for once for all pages of a site; the rules for our own name win over those for everybody."""
    server.hosts["site.test/robots.txt"] = robots(
        "User-agent: *\nDisallow: /\n\nUser-agent: ceasefiremonitor\nDisallow: /private\nAllow: /private/open\n"
    )
    settings = server.settings("site.test", robots=True)
    pages = fetch(
        settings, *(f"http://site.test{path}" for path in ("/one", "/private/x", "/private/open", "/two")), is_page=True
    )
    assert [type(one).__name__ for one in pages] == ["Fetched", "Failed", "Fetched", "Fetched"]
    assert failed(pages[1]).reason == "robots"
    assert [one.path for one in server.asked("site.test")] == ["/robots.txt", "/one", "/private/open", "/two"]
    (feed,) = fetch(settings, "http://site.test/private/feed")
    assert isinstance(feed, Fetched)


def test_robots_txt_is_asked_for_once_when_many_pages_ask_at_a_time(server: Hostile) -> None:
    """Through the same turns, under the same name."""
    settings = server.settings("site.test", robots=True)

    async def work(fetcher: Fetcher) -> None:
        await asyncio.gather(*(fetcher.fetch(f"http://site.test/{number}", at_most=LIMIT, is_page=True) for number in range(20)))

    run(settings, work)
    asked = server.asked("site.test")
    assert [one.path for one in asked].count("/robots.txt") == 1
    assert asked[0].path == "/robots.txt"
    assert asked[0].headers["user-agent"].startswith("CeasefireMonitor/")


def test_the_settings_can_leave_robots_txt_out(server: Hostile) -> None:
    """robots = false: nobody asks for it."""
    server.hosts["site.test/robots.txt"] = robots("User-agent: *\nDisallow: /\n")
    (page,) = fetch(server.settings("site.test"), "http://site.test/one", is_page=True)
    assert isinstance(page, Fetched)
    assert [one.path for one in server.asked("site.test")] == ["/one"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(200, None), (401, None), (403, None), (404, None), (410, None), (429, "held"), (500, "robots"), (503, "robots")],
)
def test_what_a_robots_txt_that_is_not_there_means(server: Hostile, status: int, reason: str | None) -> None:
    """RFC 9309: 4xx allows everything, 5xx nothing for now. 200 is a web page here, as many sites answer to anything."""
    server.hosts["site.test/robots.txt"] = answer("<html><p>Disallow: /</p></html>", status=status)
    (page,) = fetch(server.settings("site.test", robots=True), "http://site.test/one", is_page=True)
    if reason is None:
        assert isinstance(page, Fetched)
    else:
        assert failed(page).reason == reason
        assert [one.path for one in server.asked("site.test")] == ["/robots.txt"]


def test_a_site_whose_robots_txt_cannot_be_reached_is_left_alone(server: Hostile) -> None:
    """RFC 9309: unreachable means disallowed for now; the detail says what happened."""
    server.speaks("site.test", says(b""))
    (page,) = fetch(server.settings(robots=True), "http://site.test/one", is_page=True)
    assert failed(page).reason == "robots"
    assert "unreachable" in failed(page).detail
    assert {one.path for one in server.asked("site.test")} == {"/robots.txt"}


def test_the_robots_txt_of_a_redirects_host_counts_too(server: Hostile) -> None:
    """Each step of a page's way is judged by its own site."""
    server.hosts |= {
        "short.test/x": redirect("http://site.test/secret"),
        "site.test/robots.txt": robots("User-agent: *\nDisallow: /secret"),
    }
    (page,) = fetch(server.settings("short.test", robots=True), "http://short.test/x", is_page=True)
    assert failed(page).reason == "robots"
    assert [one.path for one in server.asked("site.test")] == ["/robots.txt"]


def test_a_robots_txt_that_redirects_to_an_internal_address_is_not_followed_there(server: Hostile) -> None:
    """The guards are the same."""
    server.hosts["site.test/robots.txt"] = redirect(f"http://{server.elsewhere}/robots.txt")
    (page,) = fetch(server.settings("site.test", robots=True), "http://site.test/one", is_page=True)
    assert failed(page).reason == "forbidden_address"
    assert server.knocks == 0


@pytest.mark.parametrize(("asks", "longest", "pause"), [("0.3", 30, 0.3), ("3600", 0.3, 0.3)])
def test_a_crawl_delay_is_kept_up_to_the_longest_pause(server: Hostile, asks: str, longest: float, pause: float) -> None:
    """The server sees pages apart by what it asked for, capped."""
    server.hosts["site.test/robots.txt"] = robots(f"User-agent: *\nCrawl-delay: {asks}\n")
    settings = server.settings("site.test", robots=True, longest_pause_seconds=longest)
    fetch(settings, *(f"http://site.test/{number}" for number in range(3)), is_page=True)
    times = [one.at for one in server.asked("site.test")]
    assert all(later - earlier > pause * 0.8 for earlier, later in itertools.pairwise(times))


def hostile_robots() -> list[bytes]:
    agents = b"".join(b"User-agent: b%d\n" % number for number in range(15_000))
    return [
        agents + b"Disallow: /x\n" * 20_000,
        b"User-agent: *\n" + b"".join(b"Disallow: /a*b%d*c$\n" % number for number in range(25_000)),
        b"User-agent: *\nDisallow: /" + b"*a" * 100_000,
        bytes(range(256)) * 2000,
        b"User-agent: *\nCrawl-delay: nan\nCrawl-delay: -1e999\nRequest-rate: x\nVisit-time: y\nDisallow: %\xff%zz\n",
        b"\xff\xfe" + "User-agent: *\nDisallow: /".encode("utf-16-le"),
    ]


@pytest.mark.parametrize("body", hostile_robots(), ids=["agents", "patterns", "stars", "bytes", "numbers", "utf-16"])
def test_no_robots_txt_breaks_or_holds_up_a_run(server: Hostile, body: bytes) -> None:
    """Half a megabyte of anything: an answer comes, and the others are served meanwhile."""
    server.hosts["site.test/robots.txt"] = answer(body, "text/plain")
    page = fetch_beside_others(server.settings("site.test", robots=True), "http://site.test/" + "a" * 1500, is_page=True)
    assert isinstance(page, Fetched) or failed(page).reason == "robots"


def test_only_the_first_half_megabyte_of_a_robots_txt_counts(server: Hostile) -> None:
    """RFC 9309 lets the rest be left: an endless one is cut, not refused."""
    server.hosts["site.test/robots.txt"] = endless(server, b"User-agent: *\nDisallow: /no\n", b"# filling\n" * 6000)
    yes, no = fetch(server.settings("site.test", robots=True), "http://site.test/yes", "http://site.test/no", is_page=True)
    assert isinstance(yes, Fetched)
    assert failed(no).reason == "robots"


# ---- challenges, and what the archive gets


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"CF_Mitigated": "challenge"}),
        (503, {"CF_Mitigated": "Challenge"}),
        (429, {"X_Vercel_Mitigated": "challenge"}),
        (202, {"X_Amzn_Waf_Action": "challenge"}),
        (405, {"X_Amzn_Waf_Action": "captcha"}),
    ],
)
def test_a_challenge_is_told_from_other_refusals(server: Hostile, status: int, headers: dict[str, str]) -> None:
    """ "Bot challenge": its own reason, with the sign; asked for once, nothing is tried to get past it."""
    server.hosts["guarded.test"] = answer("<title>Just a moment</title>", status=status, **headers)
    (answered,) = fetch(server.settings(), "http://guarded.test/")
    assert (failed(answered).reason, failed(answered).status) == ("challenge", status)
    assert len(server.asked("guarded.test")) == 1


@pytest.mark.parametrize(
    "body",
    [
        '<html><head><script id="anubis_challenge" type="application/json">{}</script>',
        '<iframe src="/_Incapsula_Resource?SWUDNSAI=31">',
    ],
)
def test_a_challenge_with_status_200_is_no_page(server: Hostile, body: str) -> None:
    """It would be archived as the article."""
    server.hosts["guarded.test"] = answer(body)
    (answered,) = fetch(server.settings(), "http://guarded.test/")
    assert (failed(answered).reason, failed(answered).status) == ("challenge", 200)


@pytest.mark.parametrize(("status", "headers"), [(403, {"Server": "cloudflare"}), (403, {"CF_Ray": "1-TXL"}), (503, {})])
def test_a_refusal_without_a_sign_is_no_challenge(server: Hostile, status: int, headers: dict[str, str]) -> None:
    """An outlet behind such a service refuses for reasons of its own, too; and an article may be called "Just a moment"."""
    server.hosts["plain.test"] = answer("<title>Just a moment...</title>", status=status, **headers)
    server.hosts["article.test"] = answer("<title>Just a moment...</title><p>She said so.</p>", **headers)
    refused, article = fetch(server.settings(), "http://plain.test/", "http://article.test/")
    assert failed(refused).reason == "http_error"
    assert isinstance(article, Fetched)


def test_the_answer_tells_what_was_sent(server: Hostile) -> None:
    """For the archive's request records: the headers as the server saw them."""
    server.hosts["normal.test/304"] = answer("", status=304)
    fetched, unchanged = fetch(server.settings(), NORMAL, "http://normal.test/304", etag='"one"')
    assert isinstance(fetched, Fetched)
    assert isinstance(unchanged, NotModified)
    for one, seen in zip((fetched, unchanged), server.asked("normal.test"), strict=True):
        assert {name.lower(): value for name, value in one.requested.items()} == seen.headers
    assert unchanged.requested["If-None-Match"] == '"one"'


def test_every_request_is_honest_about_who_asks(server: Hostile) -> None:
    """ "Bytes differ by user agent": no browser is played, not even after a refusal, nor at a redirect."""
    server.hosts |= {"no-robots.test": answer("", status=403), "moved.test": redirect(NORMAL)}
    fetch(server.settings(), "http://no-robots.test/", "http://moved.test/", NORMAL)
    assert len(server.seen) == 4
    assert {one.headers["user-agent"].split("/")[0] for one in server.seen} == {"CeasefireMonitor"}


def test_connections_are_kept_and_used_again(server: Hostile) -> None:
    """Ten requests to one host, one after the other, over one connection."""
    ports: set[int] = set()

    async def note(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.Response(text="x")

    server.hosts["kept.test"] = note
    assert all(isinstance(one, Fetched) for one in fetch(server.settings(), *["http://kept.test/"] * 10))
    assert len(ports) == 1


def test_a_proxy_in_the_environment_is_not_used(server: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would dial for us, and no address would be judged."""
    monkeypatch.setenv("http_proxy", f"http://{server.elsewhere}")
    (answered,) = fetch(server.settings(), NORMAL)
    assert isinstance(answered, Fetched)
    assert server.knocks == 0


# ---- a whole run


def test_a_host_that_a_feed_found_busy_is_not_asked_for_pages_in_that_run(server: Hostile, tmp_path: Path) -> None:
    """Polls and pages share one fetcher: the page waits as a recorded failure until the moment that the host named."""
    entry = item("Vestria proposes a truce between Norland and Sudmark", "http://busy.test/page")
    server.hosts |= {
        "calm.test": answer(rss(entry), "application/rss+xml"),
        "busy.test/feed": answer("", status=429, Retry_After="7200"),
    }
    settings = settings_for(tmp_path, "http://calm.test/feed", "http://busy.test/feed", fetch=server.settings(robots=True))
    pipeline = load_pipeline(settings, clock=lambda: NOW)
    begin(pipeline)
    asyncio.run(collect(pipeline))
    finish(pipeline)
    assert [one.path for one in server.asked("busy.test")] == ["/feed"]
    (row,) = query_copy(
        pipeline.files, "SELECT data ->> '$.reason', data ->> '$.retry_at' FROM log.event WHERE type = 'page.fetch_failed'"
    ).rows
    assert row[0] == "held"
    assert dt.datetime.fromisoformat(row[1]) == NOW + dt.timedelta(hours=2)
