"""HTTP against a real server: what comes back as an answer, within which limits, and that nothing is ever raised."""

import asyncio
import datetime as dt
import gzip
import re
import socket
import threading
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from loopback import Loopback, answer, fetching, redirect

from monitor.answers import FETCH_FAILURES, Answer, Failed, Fetched, NotModified
from monitor.fetch import open_fetcher
from monitor.settings import FetchSettings

NOW = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
LIMIT = 20_000


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


def fetch_all(
    urls: list[str], *, contact: str = "", at_most: int = LIMIT, settings: FetchSettings | None = None, **given: Any
) -> list[Answer]:
    """All addresses at once, through one fetcher."""

    async def run() -> list[Answer]:
        async with open_fetcher(settings or fetching(), contact=contact, clock=lambda: NOW) as fetcher:
            return list(await asyncio.gather(*(fetcher.fetch(url, at_most=at_most, **given) for url in urls)))

    return asyncio.run(run())


def fetch(url: str, **given: Any) -> Answer:
    return fetch_all([url], **given)[0]


def reason(answered: Answer) -> str:
    assert isinstance(answered, Failed), answered
    assert answered.reason in FETCH_FAILURES
    return answered.reason


# ---- good answers


def test_a_200_is_the_body_with_headers_in_lower_case(server: Loopback) -> None:
    """Body, status, header names in lower case and the moment of the clock come back."""
    server.routes["/"] = answer(b"\x00hello\xff", "application/octet-stream", ETag='"one"')
    answered = fetch(server.url("/"))
    assert isinstance(answered, Fetched)
    assert (answered.body, answered.status, answered.at, answered.url) == (b"\x00hello\xff", 200, NOW, server.url("/"))
    assert answered.headers["etag"] == '"one"'
    assert all(name == name.lower() for name in answered.headers)


def test_a_redirect_is_followed_and_the_last_address_given(server: Loopback) -> None:
    """``url`` stays what was asked for, ``final_url`` is where the body stood."""
    server.routes |= {"/old": redirect("/older", 301), "/older": redirect(server.url("/new"), 307), "/new": answer("here")}
    answered = fetch(server.url("/old"))
    assert isinstance(answered, Fetched)
    assert (answered.url, answered.final_url, answered.body) == (server.url("/old"), server.url("/new"), b"here")


@pytest.mark.parametrize(("coding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_compressed_body_comes_back_decoded(server: Loopback, coding: str, encode: Any) -> None:
    """gzip and deflate are undone; only they are asked for, since the others need packages that may be absent."""
    server.routes["/"] = answer(encode(b"hello " * 100), Content_Encoding=coding)
    answered = fetch(server.url("/"))
    assert isinstance(answered, Fetched)
    assert answered.body == b"hello " * 100
    assert server.requests[0].headers["Accept-Encoding"] == "gzip, deflate"


def test_validators_are_sent_and_a_304_is_not_modified(server: Loopback) -> None:
    """If-None-Match and If-Modified-Since carry what was given; the 304 keeps its headers."""
    server.routes["/"] = answer("", status=304, ETag='"two"')
    answered = fetch(server.url("/"), etag='"one"', last_modified="Mon, 10 Mar 2031 08:00:00 GMT")
    assert isinstance(answered, NotModified)
    assert (answered.headers["etag"], answered.at) == ('"two"', NOW)
    sent = server.requests[0].headers
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"one"', "Mon, 10 Mar 2031 08:00:00 GMT")


def test_without_validators_none_are_sent(server: Loopback) -> None:
    """An unconditional request has neither header, also where a validator is known to be empty."""
    server.routes["/"] = answer("x")
    fetch_all([server.url("/")])
    fetch(server.url("/"), etag="", last_modified=None)
    for request in server.requests:
        assert not {"If-None-Match", "If-Modified-Since"} & set(request.headers)


def test_the_user_agent_names_the_program_and_the_contact(server: Loopback) -> None:
    """A publisher can see who asks, and write to the contact where one is set."""
    server.routes["/"] = answer("x")
    fetch(server.url("/"))
    fetch(server.url("/"), contact="mailto:desk@example.org")
    plain, with_contact = (request.headers["User-Agent"] for request in server.requests)
    assert re.fullmatch(r"CeasefireMonitor/\d+\.\d+\.\d+", plain)
    assert with_contact == f"{plain} (+mailto:desk@example.org)"


def test_a_host_can_be_connected_to_elsewhere(server: Loopback) -> None:
    """connect_to dials the given port, while the request names the host that was asked for."""
    server.routes["outlet.test/feed"] = answer("feed")
    answered = fetch("http://outlet.test/feed", settings=fetching(connect_to={"outlet.test": server.address}))
    assert isinstance(answered, Fetched)
    assert answered.body == b"feed"


# ---- limits


def test_a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not(server: Loopback) -> None:
    """``at_most`` is the largest body that is kept."""
    server.routes |= {"/fits": answer(b"x" * LIMIT), "/over": answer(b"x" * (LIMIT + 1))}
    fits, over = fetch_all([server.url("/fits"), server.url("/over")])
    assert isinstance(fits, Fetched)
    assert len(fits.body) == LIMIT
    assert reason(over) == "too_large"


def test_the_limit_counts_decoded_bytes(server: Loopback) -> None:
    """A small compressed body that unpacks to more than the limit is too large."""
    packed = gzip.compress(b"\0" * 50_000_000)
    assert len(packed) < 60_000
    server.routes["/"] = answer(packed, Content_Encoding="gzip")
    assert reason(fetch(server.url("/"))) == "too_large"


def test_no_host_gets_more_than_its_share_at_once(server: Loopback) -> None:
    """Six requests to one host with two allowed: the server never sees a third before it has answered one."""
    await_two, under_way, most = asyncio.Barrier(2), 0, 0

    async def count(request: web.Request) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await await_two.wait()
        under_way -= 1
        return web.Response(text="x")

    server.routes["/"] = count
    answered = fetch_all([server.url("/")] * 6, settings=fetching(per_host=2, timeout_seconds=20))
    assert all(isinstance(one, Fetched) for one in answered)
    assert most == 2


def test_no_more_requests_than_allowed_at_once_over_all_hosts(server: Loopback) -> None:
    """The same for all hosts together."""
    await_two, under_way, most = asyncio.Barrier(2), 0, 0

    async def count(request: web.Request) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await await_two.wait()
        under_way -= 1
        return web.Response(text="x")

    server.routes["/"] = count
    hosts = [f"outlet-{number}.test" for number in range(6)]
    settings = fetching(at_once=2, timeout_seconds=20, connect_to=dict.fromkeys(hosts, server.address))
    answered = fetch_all([f"http://{host}/" for host in hosts], settings=settings)
    assert all(isinstance(one, Fetched) for one in answered)
    assert most == 2


def test_a_host_that_never_answers_times_out(server: Loopback) -> None:
    """No headers within the limit is a timeout."""

    async def silent(request: web.Request) -> web.StreamResponse:
        await server.held()
        return web.Response()

    server.routes["/"] = silent
    assert reason(fetch(server.url("/"), settings=fetching(timeout_seconds=0.3))) == "timeout"


def test_a_body_that_never_ends_times_out(server: Loopback) -> None:
    """The limit covers the body, not only the headers."""

    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"half")
        await server.held()
        return response

    server.routes["/"] = dripping
    assert reason(fetch(server.url("/"), settings=fetching(timeout_seconds=0.5))) == "timeout"


def test_waiting_for_a_turn_does_not_count_against_the_time_limit(server: Loopback) -> None:
    """With one request a host, the second starts when the first has timed out, and is answered in its own time."""

    async def silent(request: web.Request) -> web.StreamResponse:
        await server.held()
        return web.Response()

    server.routes |= {"/silent": silent, "/fine": answer("x")}
    settings = fetching(per_host=1, timeout_seconds=1)
    first, second = fetch_all([server.url("/silent"), server.url("/fine")], settings=settings)
    assert reason(first) == "timeout"
    assert isinstance(second, Fetched)


# ---- failures


@pytest.mark.parametrize("status", [201, 204, 206, 400, 401, 403, 404, 410, 429, 451, 500, 503])
def test_any_other_status_is_an_http_error_that_keeps_it(server: Loopback, status: int) -> None:
    """Status and headers (Retry-After) come with the failure."""
    server.routes["/"] = answer("", status=status, Retry_After="120")
    answered = fetch(server.url("/"))
    assert isinstance(answered, Failed)
    assert (answered.reason, answered.status, answered.headers["retry-after"]) == ("http_error", status, "120")


def test_a_closed_port_is_unreachable() -> None:
    """Connection refused."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert reason(fetch(f"http://127.0.0.1:{closed.getsockname()[1]}/")) == "unreachable"


def test_a_redirect_loop_is_redirects(server: Loopback) -> None:
    """A circle ends at the limit, after as many requests as are allowed."""
    server.routes["/"] = redirect("/")
    assert reason(fetch(server.url("/"), settings=fetching(redirects=3))) == "redirects"
    assert len(server.requests) <= 4


@pytest.mark.parametrize(
    "to", ["ftp://outlet.test/x", "mailto:desk@outlet.test", "javascript:alert(1)", "http://[bad", "file:///etc/passwd"]
)
def test_a_redirect_to_something_else_than_a_web_address_is_redirects(server: Loopback, to: str) -> None:
    """Only http and https are followed."""
    server.routes["/"] = redirect(to)
    assert reason(fetch(server.url("/"))) == "redirects"


def test_https_at_a_plain_port_is_tls(server: Loopback) -> None:
    """A failed handshake is told from an unreachable host."""
    assert reason(fetch(f"https://{server.address}/")) == "tls"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_is_not_encoded_as_it_says_is_bad_encoding(server: Loopback, coding: str) -> None:
    """Content-Encoding lies."""
    server.routes["/"] = answer(b"not encoded at all", Content_Encoding=coding)
    assert reason(fetch(server.url("/"))) == "bad_encoding"


@pytest.mark.parametrize(
    "head", [b"Content-Length: 1000\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"], ids=["length", "chunked"]
)
def test_a_connection_cut_in_the_body_is_unreachable(server: Loopback, head: bytes) -> None:
    """The list of reasons says: "unreachable: … refused, or cut off". Half a body is never taken for a whole one."""
    assert reason(fetch(f"http://{server.raw(b'HTTP/1.1 200 OK' + bytes((13, 10)) + head)}/")) == "unreachable"


def test_a_connection_closed_without_a_word_is_unreachable(server: Loopback) -> None:
    """An empty answer is a connection that was cut off."""
    assert reason(fetch(f"http://{server.raw(b'')}/")) == "unreachable"


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.7\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
    ids=["ssh", "status", "huge header", "length", "brotli", "chunk"],
)
def test_what_is_not_valid_http_is_a_failure_and_no_exception(server: Loopback, raw: bytes) -> None:
    """Whatever a port answers, there is a reason for it in the closed list."""
    assert reason(fetch(f"http://{server.raw(raw)}/")) in ("bad_answer", "bad_encoding", "unreachable")


@pytest.mark.parametrize("url", ["http://", "http://exa mple.test:1/", "http://" + "a" * 70 + ".test/", "http://127.0.0.1:0/"])
def test_a_senseless_address_is_a_failure_and_no_exception(url: str) -> None:
    """Also an address that cannot be asked gives an answer with a reason."""
    reason(fetch(url))


@pytest.mark.parametrize("name", ["ETag", "Last-Modified", "Content-Type", "X-Cache"])
def test_headers_that_are_not_utf8_can_be_stored(server: Loopback, name: str) -> None:
    """Header values go into events and archives, which are UTF-8: they must encode, whatever bytes were sent."""
    raw = b"HTTP/1.1 200 OK\r\n" + name.encode() + b": caf\xe9\r\nContent-Length: 1\r\n\r\nx"
    answered = fetch(f"http://{server.raw(raw)}/")
    assert isinstance(answered, Fetched)
    assert answered.headers[name.lower()].encode().startswith(b"caf")


def test_details_are_short_and_on_one_line(server: Loopback) -> None:
    """A detail goes into events and tables: at most 300 characters, no line breaks."""
    answered = fetch(f"http://{server.raw(b'x' * 5000 + bytes((10,)))}/")
    assert isinstance(answered, Failed)
    assert len(answered.detail) <= 300
    assert "\n" not in answered.detail


def test_nothing_is_left_running(server: Loopback) -> None:
    """A fetcher that is closed leaves no thread behind that would keep the process from ending."""
    server.routes["/"] = answer("x")
    fetch(server.url("/"))
    assert all(
        thread.daemon or thread is threading.main_thread() for thread in threading.enumerate() if "asyncio" not in thread.name
    )
