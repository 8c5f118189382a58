"""A real HTTP server on a loopback port, in a thread of its own, and the documents that tests let it serve."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from monitor.settings import AlertSettings, ExtractSettings, FetchSettings, Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ROOT = Path(__file__).resolve().parents[1]
PROFILE = ROOT / "tests" / "data" / "topics" / "norland-sudmark.toml"


class Loopback:
    """Serves ``routes`` (path, or host and path, to a handler) while it is entered as a context.

    ``requests`` lists every request as it came in. Handlers that ``await server.held()`` answer only after
    ``release()``, which also happens on leaving. ``raw`` adds a port that answers any connection with given bytes.
    """

    def __init__(self, routes: Mapping[str, Handler] | None = None) -> None:
        self.routes: dict[str, Handler] = dict(routes or {})
        self.requests: list[web.Request] = []
        self.address = ""
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def url(self, path: str, *, host: str = "") -> str:
        """The address of a path, on this server's own port or under another host's name (see ``connect_to``)."""
        return f"http://{host or self.address}{path}"

    def paths(self) -> list[str]:
        """The paths asked for so far."""
        return [request.path for request in self.requests]

    async def held(self) -> None:
        """Wait, inside a handler, until the test says ``release``."""
        await self._held.wait()

    def release(self) -> None:
        """Let the waiting handlers go on; may be called from any thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._held.set)

    def raw(self, answer: bytes) -> str:
        """Open another port that answers whatever comes with these bytes and closes; gives host and port."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            writer.close()

        async def start() -> str:
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            self._others.append(server)
            return f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(start(), self._loop).result(10)

    def __enter__(self) -> Self:
        started: Future[str] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), name="loopback", daemon=True)
        self._thread.start()
        self.address = started.result(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._loop is not None
        assert self._thread is not None
        self.release()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self, started: Future[str]) -> None:
        self._loop, self._held, self._stop = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        self._others: list[asyncio.Server] = []
        application = web.Application(client_max_size=2**26)
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            started.set_result(f"{host}:{port}")
            await self._stop.wait()
        finally:
            for server in self._others:
                server.close()
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        host = request.host.rsplit(":", 1)[0]
        handler = self.routes.get(f"{host}{request.path}") or self.routes.get(request.path)
        if handler is None:
            raise web.HTTPNotFound
        return await handler(request)


def answer(body: bytes | str, content_type: str = "text/html; charset=utf-8", status: int = 200, **headers: str) -> Handler:
    """A handler that always gives the same answer; ``_`` in a header's name stands for ``-``."""
    content = body.encode() if isinstance(body, str) else body
    fields = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}

    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(body=content, status=status, headers=fields)

    return handle


def redirect(to: str, status: int = 302) -> Handler:
    """A handler that sends elsewhere."""
    return answer(b"", status=status, Location=to)


def rss(*items: str) -> str:
    """An RSS 2.0 document of these items."""
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet</title>{"".join(items)}</channel></rss>'


def item(title: str, link: str = "", *, summary: str = "", guid: str = "", date: str = "Mon, 10 Mar 2031 08:00:00 GMT") -> str:
    """One item of an RSS document."""
    fields = {"title": title, "link": link, "description": summary, "pubDate": date}
    body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items() if value)
    return f'<item>{body}<guid isPermaLink="false">{escape(guid or link or title)}</guid></item>'


def page(title: str, *paragraphs: str) -> str:
    """A web page with an article in it."""
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html lang=en><head><title>{escape(title)}</title></head><body><nav><a href=/>Home</a></nav>"
        f"<main><article><header><h1>{escape(title)}</h1></header>"
        f'<div class="article-body" itemprop="articleBody">{text}</div></article></main></body></html>'
    )


def feeds_file(path: Path, *urls: str) -> Path:
    """A file of feeds that stand for the profile's own."""
    tables = (
        f'[[feed]]\nname = "Outlet {number}"\nurl = "{url}"\nlanguage = "en"\ncountry = "ZZ"\nkind = "wire"\n'
        for number, url in enumerate(urls, start=1)
    )
    path.write_text("\n".join(tables), encoding="utf-8")
    return path


def fetching(**given: Any) -> FetchSettings:
    """Settings of the network that let tests ask a loopback server, without pauses and without a robots.txt."""
    return FetchSettings(**{"timeout_seconds": 20, "pause_seconds": 0, "robots": False, "allow": ("127.0.0.1",)} | given)


def settings_for(
    folder: Path,
    *feeds: str,
    topic: Path = PROFILE,
    fetch: FetchSettings | None = None,
    extract: ExtractSettings | None = None,
    alerts: AlertSettings | None = None,
) -> Settings:
    """Settings for a warehouse in ``folder`` with the feeds at these addresses; alerts go to the file only."""
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(
        data=folder,
        topic=str(topic),
        feeds=feeds_file(folder / "feeds.toml", *feeds) if feeds else None,
        fetch=fetch or fetching(),
        extract=extract or ExtractSettings(workers=1, timeout_seconds=30),
        alerts=alerts or AlertSettings(console=False, hold_minutes=0),
    )
