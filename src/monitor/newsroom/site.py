"""The demo newsroom on a loopback port: one server, in a thread of its own, for all of its hosts.

The Host header decides whose pages are asked for, as on a shared web server; a client connects every host to
``address``. An outlet's behaviour concerns its feed's address only: its articles are always served.
"""

import asyncio
import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from aiohttp import web

from .render import feed_content_type, page_content_type, render_article, render_feed, render_moved
from .script import Newsroom, NewsroomFeed

SLOW_SECONDS = 0.3
_BETWEEN_PIECES = 0.05  # long enough for the pieces of a slow answer to arrive one by one
_RETRY_AFTER = "120"
_SHUTDOWN_SECONDS = 1.0


class NewsroomSite:
    """Serves a newsroom while it is entered as a context.

    ``poll`` is the state that is served and may be set from any thread; ``requests`` lists what was answered
    so far, as (host, path, status).
    """

    def __init__(self, newsroom: Newsroom, *, poll: int = 1) -> None:
        self.newsroom = newsroom
        self.requests: list[tuple[str, str, int]] = []
        self.address = ""
        self.poll = poll
        self._feeds = {feed.host: feed for feed in newsroom.feed}
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], None] = _nothing

    @property
    def poll(self) -> int:
        """Tell the number of the poll whose state is served, from 1 on."""
        return self._poll

    @poll.setter
    def poll(self, number: int) -> None:
        if not 1 <= number <= self.newsroom.polls:
            raise ValueError(f"poll {number}: the newsroom has polls 1 to {self.newsroom.polls}")
        self._poll = number  # one assignment: a request sees the old state or the new one

    @property
    def connect_to(self) -> dict[str, str]:
        """Tell where to connect for each host."""
        return dict.fromkeys(self._feeds, self.address)

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise RuntimeError("this newsroom is being served already")
        started: Future[str] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="newsroom", daemon=True)
        self._thread.start()
        try:
            self.address = started.result()
        except Exception:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        self._stop()
        if self._thread is not None:
            self._thread.join()
        self._thread, self._stop, self.address = None, _nothing, ""

    def _run(self, started: Future[str]) -> None:
        """Be the thread; what goes wrong before the port is open is raised where the context was entered."""
        try:
            asyncio.run(self._serve(started))
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    async def _serve(self, started: Future[str]) -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        application = web.Application()
        application.on_response_prepare.append(self._note)
        application.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            self._stop = lambda: _call(loop, stop.set)
            started.set_result(f"{host}:{port}")
            await stop.wait()
        finally:
            await runner.cleanup()

    async def _note(self, request: web.Request, response: web.StreamResponse) -> None:
        """Keep a record of every answer before its first byte is sent: who has the one finds the other."""
        self.requests.append((_host(request), request.path, response.status))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        feed, poll = self._feeds.get(_host(request)), self.poll
        if feed is None:
            raise web.HTTPNotFound
        if request.path == feed.path:
            return await self._answer_feed(request, feed, poll)
        for article in self.newsroom.articles_of(feed, poll):
            if request.path == f"/{article.slug}":
                return _document(render_article(self.newsroom, article, poll), page_content_type(feed))
        raise web.HTTPNotFound

    async def _answer_feed(self, request: web.Request, feed: NewsroomFeed, poll: int) -> web.StreamResponse:
        if feed.behaviour == "down":
            raise web.HTTPServiceUnavailable(headers={"Retry-After": _RETRY_AFTER})
        if feed.behaviour == "html":
            return _document(render_moved(feed), page_content_type(feed))
        body, content_type = render_feed(self.newsroom, feed, poll), feed_content_type(feed)
        if feed.behaviour == "slow":
            return await _in_two_pieces(request, body, content_type)
        if feed.behaviour == "conditional":
            return self._conditional(request, feed, poll, body)
        return _document(body, content_type)

    def _conditional(self, request: web.Request, feed: NewsroomFeed, poll: int, body: bytes) -> web.Response:
        """RFC 9110, section 13: the entity tag decides where the client has one, the date otherwise."""
        tag, changed = hashlib.sha256(body).hexdigest()[:16], self.newsroom.last_change(feed, poll)
        if request.if_none_match is not None:
            is_known = any(known.value in (tag, "*") for known in request.if_none_match)
        else:
            is_known = request.if_modified_since is not None and changed <= request.if_modified_since
        response = web.Response(status=304) if is_known else _document(body, feed_content_type(feed))
        response.etag, response.last_modified = tag, changed
        return response


def _nothing() -> None:
    """Stop what was never started."""


def _call(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)


def _host(request: web.Request) -> str:
    """Name the host that was asked for, without the port."""
    return request.host.rsplit(":", 1)[0].lower()


def _document(body: bytes, content_type: str) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": content_type})


async def _in_two_pieces(request: web.Request, body: bytes, content_type: str) -> web.StreamResponse:
    """Answer late, and without telling the length in advance."""
    response = web.StreamResponse(headers={"Content-Type": content_type})
    await asyncio.sleep(SLOW_SECONDS)
    await response.prepare(request)
    half = len(body) // 2
    await response.write(body[:half])
    await asyncio.sleep(_BETWEEN_PIECES)
    await response.write(body[half:])
    await response.write_eof()
    return response
