"""A hostile newsroom: one loopback server where every host misbehaves in one way, and notes when it was asked for what.

All of it is fictional. Hosts are known by name (``connect_to``); what cannot be said through an HTTP library is said by raw
ports of the same server. ``Hostile.elsewhere`` is a second address of this machine that nothing allows: it must stay unasked.
"""

import asyncio
import socket
import time
import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web
from loopback import Handler, Loopback, answer, fetching

from monitor.settings import FetchSettings

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
NORMAL = "http://normal.test/"
HEAD = b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True)
class Seen:
    """One request as the server saw it; ``at`` in seconds of the monotonic clock."""

    at: float
    host: str
    path: str
    headers: dict[str, str]


class Hostile(Loopback):
    """The server. ``hosts`` maps each host's name to what it does with a request; one that is not there answers 200."""

    def __init__(self) -> None:
        super().__init__()
        self.hosts: dict[str, Handler] = {}
        self.names: dict[str, str] = {}  # to the address that is dialled for it
        self.seen: list[Seen] = []
        self.sent = 0  # bytes of an endless body that went out
        self.elsewhere = ""
        self.knocks = 0  # connections that ``elsewhere`` saw

    def settings(self, *names: str, **given: Any) -> FetchSettings:
        """Settings under which these hosts, those with a behaviour and normal.test are dialled here; no literal is allowed."""
        dialled = dict.fromkeys([*(host.split("/")[0] for host in self.hosts), *names, "normal.test"], self.address) | self.names
        return fetching(**{"allow": (), "connect_to": dialled} | given)

    def asked(self, host: str, path: str | None = None) -> list[Seen]:
        """The requests that a host saw, in order."""
        return [one for one in self.seen if one.host == host and path in (None, one.path)]

    def speaks(self, host: str, speak: Speak) -> None:
        """A host that answers by what ``speak`` writes to the socket."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:]) if name}
            self.seen.append(Seen(time.monotonic(), host, head[0].split(" ")[1], headers))
            try:
                await speak(reader, writer)
                writer.close()
                await writer.wait_closed()
            except ConnectionError:
                pass  # the client hung up, as it should
            finally:
                writer.transport.abort()  # also when the server ends in the middle

        self.names[host] = self._listen(serve, "127.0.0.1")

    def _listen(self, serve: Speak, address: str) -> str:
        async def start() -> str:
            server = await asyncio.start_server(serve, address, 0)
            self._others.append(server)
            host, port = server.sockets[0].getsockname()[:2]
            return f"{host}:{port}"

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(start(), self._loop).result(10)

    def __enter__(self) -> Self:
        super().__enter__()

        async def knock(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.knocks += 1
            writer.write(HEAD + b"Content-Length: 6\r\n\r\nsecret")
            writer.close()
            await writer.wait_closed()

        self.elsewhere = self._listen(knock, "127.0.0.2")
        return self

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        host = request.host.rsplit(":", 1)[0] if request.host.rsplit(":", 1)[-1].isdigit() else request.host
        self.seen.append(Seen(time.monotonic(), host, request.path_qs, {k.lower(): v for k, v in request.headers.items()}))
        handler = self.hosts.get(f"{host}{request.path}") or self.hosts.get(host)
        return await handler(request) if handler is not None else web.Response(text="hello")


def endless(server: Hostile, first: bytes, again: bytes, **headers: str) -> Handler:
    """A body that goes on until the client hangs up, up to ten gigabytes; ``server.sent`` counts what went out."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={name.replace("_", "-"): value for name, value in headers.items()})
        await response.prepare(request)
        await response.write(first)
        try:
            for _ in range(10**10 // max(1, len(again))):
                await response.write(again)
                server.sent += len(again)
        except (ConnectionError, asyncio.CancelledError):
            pass
        return response

    return handle


def gzip_bomb() -> tuple[bytes, bytes]:
    """The start of a gzip body of zeros, and a piece of 16 MB of them in 16 kB that may be repeated for ever."""
    deflate, zeros = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(16 * 2**20)
    first = deflate.compress(zeros) + deflate.flush(zlib.Z_FULL_FLUSH)
    return first, deflate.compress(zeros) + deflate.flush(zlib.Z_FULL_FLUSH)


def empty_blocks() -> tuple[bytes, bytes]:
    """A gzip body that never brings a byte: its header, and a thousand empty blocks."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    first = deflate.flush(zlib.Z_SYNC_FLUSH)
    return first, deflate.flush(zlib.Z_FULL_FLUSH) * 1000


def drips(pieces: Iterable[bytes], every: float) -> Speak:
    """Piece after piece with a pause behind each: a server that is slow on purpose."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every)

    return speak


def says(*pieces: bytes) -> Speak:
    """Everything at once, then the connection ends."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return speak


class RebindingNames:
    """A FAKE resolver: a name leads to the next of its answers each time it is asked for, as an attacker's DNS server does."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = {name.replace("_", "."): given for name, given in answers.items()}
        self.lookups: list[str] = []

    async def __call__(self, host: str, port: int, family: int) -> list[tuple[int, str]]:
        self.lookups.append(host)
        if host not in self._answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        given = self._answers[host]
        addresses = given.pop(0) if len(given) > 1 else given[0]
        return [(socket.AF_INET6 if ":" in address else socket.AF_INET, address) for address in addresses]


def robots(text: str) -> Handler:
    """A robots.txt."""
    return answer(text, "text/plain")
