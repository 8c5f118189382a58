"""HTTP: addresses to answers. The only door to aiohttp's client. Every failure is an answer with a reason, never an exception."""

import asyncio
import datetime as dt
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import ContentEncodingError
from aiohttp.resolver import ThreadedResolver

from .answers import Answer, Failed, Fetched, NotModified
from .settings import FetchSettings
from .urls import host_key

_CHUNK = 64 * 1024


class _Resolver(AbstractResolver):
    """Resolves names, some of them to an address and port given in the settings."""

    def __init__(self, connect_to: Mapping[str, str]) -> None:
        self._fixed = {host: address.rsplit(":", 1) for host, address in connect_to.items()}
        self._system = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        if host in self._fixed:
            address, fixed_port = self._fixed[host]
            return [
                ResolveResult(
                    hostname=host, host=address, port=int(fixed_port), family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
                )
            ]
        return await self._system.resolve(host, port, family)

    async def close(self) -> None:
        await self._system.close()


class Fetcher:
    """A session with limits. Use ``async with open_fetcher(...)``."""

    def __init__(self, session: aiohttp.ClientSession, settings: FetchSettings, clock: Callable[[], dt.datetime]) -> None:
        self._session, self._settings, self._clock = session, settings, clock
        self._at_once = asyncio.Semaphore(settings.at_once)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(settings.per_host))

    async def fetch(self, url: str, *, at_most: int, etag: str | None = None, last_modified: str | None = None) -> Answer:
        """GET one address, conditionally where validators are given; ``at_most`` bytes after decoding.

        The time limit covers waiting for the host's turn no more than the request itself: waiting is not the host's fault.
        """
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        async with self._hosts[host_key(url)], self._at_once:
            try:
                async with asyncio.timeout(self._settings.timeout_seconds):
                    return await self._get(url, {k: v for k, v in headers.items() if v}, at_most)
            except TimeoutError:
                return self._failed(url, "timeout", f"no full answer in {self._settings.timeout_seconds:g} s")
            except aiohttp.TooManyRedirects:
                return self._failed(url, "redirects", f"more than {self._settings.redirects}")
            except (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch) as error:
                return self._failed(url, "tls", str(error))
            except (aiohttp.InvalidURL, aiohttp.NonHttpUrlRedirectClientError) as error:
                return self._failed(url, "redirects", f"to an address that is none: {error}")
            except aiohttp.ClientPayloadError as error:
                is_encoding = isinstance(error.__cause__, ContentEncodingError)
                return self._failed(url, "bad_encoding" if is_encoding else "unreachable", str(error))
            except aiohttp.ClientConnectionError as error:
                return self._failed(url, "unreachable", str(error) or type(error).__name__)
            except (aiohttp.ClientError, ValueError, UnicodeError) as error:
                return self._failed(url, "bad_answer", f"{type(error).__name__}: {error}")

    async def _get(self, url: str, headers: dict[str, str], at_most: int) -> Answer:
        async with self._session.get(url, headers=headers, max_redirects=self._settings.redirects) as response:
            # Header bytes that are not UTF-8 arrive as lone surrogates, which nothing can store.
            answered = {
                name.lower(): value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                for name, value in response.headers.items()
            }
            if response.status == 304:
                return NotModified(url, answered, self._clock())
            if response.status != 200:
                return Failed(url, "http_error", f"HTTP {response.status}", self._clock(), response.status, answered)
            body = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > at_most:
                    return Failed(url, "too_large", f"over {at_most} bytes", self._clock(), 200, answered)
            return Fetched(url, str(response.url), response.status, answered, bytes(body), self._clock())

    def _failed(self, url: str, reason: str, detail: str) -> Failed:
        return Failed(url, reason, " ".join(detail.split())[:300], self._clock())


@asynccontextmanager
async def open_fetcher(settings: FetchSettings, *, contact: str, clock: Callable[[], dt.datetime]) -> AsyncIterator[Fetcher]:
    """A fetcher with its connection pool. ``contact`` goes into the user agent, so that a publisher can write to us."""
    connector = aiohttp.TCPConnector(limit=settings.at_once, resolver=_Resolver(settings.connect_to), ttl_dns_cache=300)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=settings.connect_seconds)
    agent = f"CeasefireMonitor/{version('ceasefire-monitor')}" + (f" (+{contact})" if contact else "")
    options: dict[str, Any] = {
        "connector": connector,
        "timeout": timeout,
        "auto_decompress": True,
        "headers": {"User-Agent": agent, "Accept-Encoding": "gzip, deflate"},
    }
    async with aiohttp.ClientSession(**options) as session:
        yield Fetcher(session, settings, clock)
