"""One request to its end: redirects, limits, and what went wrong."""

import asyncio
import datetime as dt
import errno
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import aiohttp
from yarl import URL

from ..answers import Answer, Failed, Fetched, NotModified, Redirect
from ..errors import ExhaustedError
from ..settings import FetchSettings
from .addresses import ForbiddenAddressError, Guard, web_address
from .bodies import BadEncodingError, TooLargeError, read_body
from .challenges import challenge_in, challenge_in_body
from .dialling import GuardedResolver, Lookup, SystemLookup
from .robots import AGENT, MOST_BYTES, Robots
from .sharing import SharedTurns
from .turns import HeldError, Turns

_REDIRECTS = (301, 302, 303, 307, 308)
# Some outlets send policies (CSP) of 10 kB and more in one line; the whole head stays under a few megabytes.
_MOST_HEADERS, _LONGEST_HEADER = 150, 32 * 1024
# What this machine is out of; to record it as a failure of the server would put all feeds off for nothing.
_OURS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_ROBOTS_REDIRECTS = 5  # RFC 9309 section 2.3.1.2


_NOWHERE = URL()


@dataclass(slots=True)
class _Request:
    """What is asked for, and how far it has come. ``left`` is what remains of the time limit, in seconds."""

    url: str
    next: str
    at_most: int
    validators: dict[str, str]
    left: float
    most_redirects: int
    is_page: bool = False
    is_robots: bool = False
    at: URL = _NOWHERE  # ``next``, once it was judged
    redirects: tuple[Redirect, ...] = ()
    seen: set[tuple[str, str]] = field(default_factory=set)
    cookies: aiohttp.CookieJar | None = None


class Fetcher:
    """A session with limits, for one run: feeds and pages share its turns and its connections. Use ``open_fetcher``."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: FetchSettings,
        clock: Callable[[], dt.datetime],
        shared: SharedTurns | None = None,
    ) -> None:
        self._session, self._settings, self._clock = session, settings, clock
        self._guard = Guard(settings.allow)
        self.seconds: dict[str, list[float]] = {}  # by host, how long each exchange took; without waiting for a turn
        self._turns = Turns(settings, clock, shared)
        self.claim = self._turns.claim
        self.robots = Robots(self._ask_robots, lambda site, seconds: self._turns.slow_down(URL(site), seconds))

    async def fetch(
        self, url: str, *, at_most: int, etag: str | None = None, last_modified: str | None = None, is_page: bool = False
    ) -> Answer:
        """GET one address, conditionally where validators are given; ``at_most`` bytes after decoding.

        ``is_page`` asks the site's robots.txt first, at every redirect. Validators go to the address that was asked for and to
        no redirect of it: they are the word between us and that host. The time limit covers the requests themselves and
        no waiting for a host's turn: waiting is not the host's fault.
        """
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        return await self._follow(
            _Request(
                url,
                url,
                at_most,
                {name: value for name, value in validators.items() if value},
                self._settings.timeout_seconds,
                self._settings.redirects,
                is_page and self._settings.robots,
            )
        )

    async def _ask_robots(self, url: str) -> Answer:
        seconds, most = self._settings.timeout_seconds, max(_ROBOTS_REDIRECTS, self._settings.redirects)
        return await self._follow(_Request(url, url, MOST_BYTES, {}, seconds, most, is_robots=True))

    async def _follow(self, request: _Request) -> Answer:
        while True:
            refused = await self._refusal(request)
            if refused is not None:
                return refused
            try:
                async with self._turns.turn(request.at):
                    answer = await self._in_time(request)
            except HeldError as error:
                return self._failed(request, "held", str(error), until=error.until)
            if answer is not None:
                return answer

    async def _refusal(self, request: _Request) -> Failed | None:
        """Why the address that comes next may not be asked; judged anew at every redirect."""
        is_first = not request.redirects
        try:
            request.at = web_address(request.next)
        except (ValueError, UnicodeError) as error:
            return self._failed(request, "bad_address" if is_first else "redirects", f"{request.next[:100]}: {error}")
        internal = self._guard.refusal_of_literal(request.at.raw_host or "")
        if internal is not None:
            return self._failed(request, "forbidden_address", internal)
        if not is_first:
            if len(request.redirects) > request.most_redirects:
                return self._failed(request, "redirects", f"more than {request.most_redirects}")
            step = str(request.at), self._cookies_for(request)
            if step in request.seen:
                return self._failed(request, "redirects", f"in a circle, back to {request.at}")
            request.seen.add(step)
        else:
            request.seen.add((str(request.at), ""))
        if not request.is_page:
            return None
        by_robots = await self.robots.refusal(request.at)
        if by_robots is None:
            return None
        reason, detail, failed = by_robots
        return self._failed(request, reason, detail, until=failed.until if failed is not None else None)

    async def _in_time(self, request: _Request) -> Answer | None:
        """One exchange within what is left of the time; None when it was a redirect that is to be followed."""
        loop = asyncio.get_running_loop()
        before = loop.time()
        try:
            async with asyncio.timeout(request.left):
                return await self._exchange(request)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, BadEncodingError) as error:
            if isinstance(error, OSError) and error.errno in _OURS:
                raise ExhaustedError(
                    f"no connection can be opened: {os.strerror(error.errno)}",
                    subject=str(request.at.host or ""),
                    way_out="Raise the limit (`ulimit -n` for open files) or lower fetch.at_once; the next run asks again.",
                ) from error
            reason, detail = self._why(error)
            return self._failed(request, reason, detail)
        finally:
            taken = loop.time() - before
            self.seconds.setdefault(request.at.host_port_subcomponent or "", []).append(taken)
            request.left = max(0.0, request.left - taken)

    async def _exchange(self, request: _Request) -> Answer | None:
        headers = request.validators if not request.redirects else {}
        if request.cookies is not None and (cookies := self._cookies_for(request)):
            headers = headers | {"Cookie": cookies}
        async with self._session.get(request.at, headers=headers, allow_redirects=False) as response:
            answered = _headers(response.headers)
            status = response.status
            until = self._turns.note(request.at, status, answered) if status in (429, 503) else None
            sent = dict(response.request_info.headers)
            if status == 304:
                return NotModified(request.url, answered, self._clock(), request.redirects, sent)
            sign = challenge_in(answered)
            if sign is not None:
                return self._failed(request, "challenge", sign, status=status, headers=answered, until=until)
            if status in _REDIRECTS and answered.get("location"):
                return self._redirected(request, response, answered["location"])
            if status != 200:
                return self._failed(request, "http_error", f"HTTP {status}", status=status, headers=answered, until=until)
            try:
                body = await read_body(response, at_most=request.at_most)
            except TooLargeError as error:
                response.close()
                if not request.is_robots:
                    detail = f"over {request.at_most} bytes"
                    return self._failed(request, "too_large", detail, status=status, headers=answered)
                body = error.kept
            if (page := challenge_in_body(body)) is not None:
                return self._failed(request, "challenge", page, status=status, headers=answered)
            final = str(response.url)
            return Fetched(request.url, final, status, answered, body, self._clock(), request.redirects, sent)

    def _redirected(self, request: _Request, response: aiohttp.ClientResponse, location: str) -> Failed | None:
        """Note where it goes on; a Failed where that is no address. A redirect's own credentials are left behind."""
        try:
            to = str(request.at.join(URL(location)).with_user(None).with_fragment(None))
        except (ValueError, UnicodeError) as error:
            return self._failed(request, "redirects", f"to an address that is none: {error}")
        if response.cookies:
            # Some outlets redirect in a circle until a cookie comes back. It lives as long as this one request, and goes
            # where the rules of cookies let it.
            request.cookies = request.cookies or aiohttp.CookieJar()
            request.cookies.update_cookies(response.cookies, response.url)
        request.redirects = (*request.redirects, Redirect(response.status, to))
        request.next = to
        return None

    @staticmethod
    def _cookies_for(request: _Request) -> str:
        if request.cookies is None:
            return ""
        return "; ".join(f"{name}={morsel.value}" for name, morsel in request.cookies.filter_cookies(request.at).items())

    def _why(self, error: Exception) -> tuple[str, str]:
        """The reason for an exception, most special first; a Failed's words."""
        if isinstance(error, aiohttp.SocketTimeoutError):
            return "timeout", f"no byte for {self._settings.read_seconds:g} s"
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return "timeout", f"no connection within {self._settings.connect_seconds:g} s"
        if isinstance(error, TimeoutError):
            return "timeout", f"no full answer in {self._settings.timeout_seconds:g} s"
        if isinstance(error, BadEncodingError):
            return "bad_encoding", str(error)
        if isinstance(error, aiohttp.ClientConnectorDNSError) and isinstance(error.os_error, ForbiddenAddressError):
            return "forbidden_address", str(error.os_error)
        if isinstance(error, aiohttp.ClientSSLError | aiohttp.ServerFingerprintMismatch):
            return "tls", str(error)
        if isinstance(error, aiohttp.InvalidURL):
            return "bad_address", str(error)
        if isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
            return "unreachable", str(error) or type(error).__name__
        return "bad_answer", f"{type(error).__name__}: {error}"

    def _failed(
        self,
        request: _Request,
        reason: str,
        detail: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        until: dt.datetime | None = None,
    ) -> Failed:
        words = " ".join(detail.split())[:300].encode("utf-8", "replace").decode()
        return Failed(request.url, reason, words, self._clock(), status, headers or {}, request.redirects, until)


def _headers(received: Mapping[str, str]) -> dict[str, str]:
    """With names in lower case. Header bytes that are not UTF-8 arrive as lone surrogates, which nothing can store."""
    return {
        name.lower(): value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for name, value in received.items()
    }


@asynccontextmanager
async def open_fetcher(
    settings: FetchSettings,
    *,
    contact: str,
    clock: Callable[[], dt.datetime],
    lookup: Lookup | None = None,
    shared: SharedTurns | None = None,
) -> AsyncIterator[Fetcher]:
    """A fetcher with its connection pool. ``contact`` goes into the user agent, so that a publisher can write to us.

    ``lookup`` stands in for the system's resolver of names. ``shared`` are the turns at hosts that machines share.
    """
    system = SystemLookup(settings.at_once)
    resolver = GuardedResolver(Guard(settings.allow), settings.connect_to, lookup or system)
    agent = f"{AGENT}/{version('ceasefire-monitor')}" + (f" (+{contact})" if contact else "")
    options: dict[str, Any] = {
        # No limit here: turns count requests, and whoever waits has no connection yet.
        "connector": aiohttp.TCPConnector(limit=0, resolver=resolver, ttl_dns_cache=300, family=socket.AF_UNSPEC),
        "timeout": aiohttp.ClientTimeout(total=None, sock_connect=settings.connect_seconds, sock_read=settings.read_seconds),
        "auto_decompress": False,  # see bodies.py
        "cookie_jar": aiohttp.DummyCookieJar(),
        "max_line_size": _LONGEST_HEADER,
        "max_field_size": _LONGEST_HEADER,
        "max_headers": _MOST_HEADERS,
        "headers": {"User-Agent": agent, "Accept-Encoding": "gzip, deflate"},
    }
    try:
        async with aiohttp.ClientSession(**options) as session:
            fetcher = Fetcher(session, settings, clock, shared)
            try:
                yield fetcher
            finally:
                await fetcher.robots.close()
    finally:
        await system.close()
