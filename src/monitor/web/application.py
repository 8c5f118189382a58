"""The application over one warehouse: who may come in, what all routes share, what is said where there is nothing to show."""

import asyncio
import hashlib
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined
from sse_starlette import EventSourceResponse

from ..errors import ArchiveError, WarehouseError
from ..topics import TopicProfile
from ..warehouse.asking import Limits
from ..warehouse.files import WarehouseFiles
from ..warehouse.shown import ShownCopy
from . import charts, passages, words
from .access import Access
from .pages import NoSuchPageError, Page, Pages, ask_usual
from .pictures import add_pictures
from .questions import add_sql
from .routes import add_pages
from .words import Names

_FAVICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'>"
    "<path d='M1 4h2l1-2 1 4 1-2h1' fill='none' stroke='#0072B2'/></svg>"
)
_PICTURES_KEPT = 256  # a picture is a tenth of a second of drawing, and the same for all readers of one publication


@dataclass(frozen=True, slots=True)
class WebOptions:
    """``token`` is empty where the server is bound to loopback; ``parties`` names the profile's parties by id.

    ``profile`` tells proposals from their neighbours, ``archive`` is the folder of raw pages, ``atom`` and ``json_feed`` are the
    files of alerts to subscribe to: what is not given is not offered.
    """

    files: WarehouseFiles
    topic: str
    parties: dict[str, str] = field(default_factory=dict)
    token: str = ""
    limits: Limits = field(default_factory=Limits)
    at_once: int = 4  # statements of readers that may be at work at the same time
    look_every: float = 2.0  # seconds between two looks for a new publication
    profile: TopicProfile | None = None
    archive: Path | None = None
    atom: Path | None = None
    json_feed: Path | None = None


def create_app(options: WebOptions) -> FastAPI:
    """The application over one warehouse."""
    site = Site(options)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        work = asyncio.ensure_future(site.keep_ready())
        yield
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    app = FastAPI(
        lifespan=running,
        title="Ceasefire Monitor",
        version=version("ceasefire-monitor"),
        docs_url=None,
        redoc_url=None,
        description="What the pages show, as JSON. Moments are UTC; claims are shown with whose word they are.",
    )
    app.state.site = site
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Access, token=options.token)
    app.mount("/static", StaticFiles(packages=[("monitor.web", "static")]), name="static")
    add_pages(app, site)
    add_pictures(app, site)
    _add_metrics(app, site)
    add_sql(app, site)
    _add_subscriptions(app, site)

    @app.get("/events", include_in_schema=False)
    async def events() -> EventSourceResponse:
        """Tell an open page when a new copy is published."""
        return EventSourceResponse(site.publications(), ping=15)

    @app.get("/favicon.ico", include_in_schema=False)
    async def favicon() -> Response:
        return Response(_FAVICON, media_type="image/svg+xml")

    app.exception_handler(NoSuchPageError)(site.no_such_page)
    app.exception_handler(WarehouseError)(site.no_warehouse)
    app.exception_handler(ArchiveError)(site.no_record)
    return app


class Site:
    """What the routes share: the copy, the templates, the pictures that are drawn already."""

    def __init__(self, options: WebOptions) -> None:
        self.options = options
        self.copy = ShownCopy(options.files, usual=partial(ask_usual, profile=options.profile))
        self.names = Names(options.parties)
        self.templates = environment(self.names, options.topic)
        for template in self.templates.list_templates():  # now, and not while the first reader waits
            self.templates.get_template(template)
        self.templates.globals["subscriptions"] = subscriptions(options)
        self.asking = asyncio.Semaphore(options.at_once)
        self._drawn: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def html(self, template: str, page: Page, *, shown: str = "", **more: object) -> HTMLResponse:
        """A page by its template; ``shown`` is the version of the publication that it is of."""
        return HTMLResponse(self.templates.get_template(template).render(page=page, version=shown, **more))

    def answered(self, request: Request, make: Callable[[Pages], Response]) -> Response:
        """What ``make`` makes of one publication; 304 where the reader has it already: nothing in it can have changed."""
        with self.copy.pinned() as shown:
            tag = self.tag(request, shown.version)
            if tag in request.headers.get("if-none-match", "").replace("W/", "").replace(" ", "").split(","):
                return Response(status_code=304, headers={"ETag": tag})
            response = make(Pages(shown, self.options.profile))
        response.headers["ETag"] = tag
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    def tag(self, request: Request, shown: str) -> str:
        """The ETag of an address in a publication, as this version of the program shows it."""
        mark = f"{shown} {version('ceasefire-monitor')} {request.url.path}?{request.url.query}"
        return f'"{hashlib.sha256(mark.encode()).hexdigest()[:24]}"'

    def drawn(self, key: str, draw: Callable[[], bytes]) -> bytes:
        """A picture, drawn once for each publication."""
        with self._lock:
            if key in self._drawn:
                self._drawn.move_to_end(key)
                return self._drawn[key]
        picture = draw()
        with self._lock:
            self._drawn[key] = picture
            while len(self._drawn) > _PICTURES_KEPT:
                self._drawn.popitem(last=False)
        return picture

    async def keep_ready(self) -> None:
        """Show each new publication once it is prepared, so that no reader waits for what all of them ask; for ever."""
        await run_in_threadpool(charts.warm_up)
        while True:
            with suppress(WarehouseError):  # there is none yet, or a damaged one: readers have the last good one, or are told so
                await run_in_threadpool(self.copy.prepare)
            await asyncio.sleep(self.options.look_every)

    def version(self) -> str:
        """What tells the publication that is shown from others; empty where there is none."""
        with suppress(WarehouseError):
            return self.copy.shown_version()
        return ""

    async def publications(self) -> AsyncIterator[dict[str, str]]:
        """An event for each new publication, with its version."""
        last = self.version()
        yield {"event": "version", "data": last}
        while True:
            await asyncio.sleep(self.options.look_every)
            if (now := self.version()) and now != last:
                last = now
                yield {"event": "published", "data": last}

    async def no_such_page(self, request: Request, error: Exception) -> Response:
        """404 as a page or as JSON."""
        return self._refused(request, 404, "There is no such page", f"Nothing here is called {error}.", {"id": str(error)})

    async def no_record(self, request: Request, error: Exception) -> Response:
        """404 for a raw page that the archive does not give back."""
        return self._refused(request, 404, "The raw page cannot be read", str(error), {})

    async def no_warehouse(self, request: Request, error: Exception) -> Response:
        """503 with the way out: before the first run there is nothing to show."""
        return self._refused(request, 503, "There is nothing to show yet", str(error), {})

    def _refused(self, request: Request, status: int, title: str, text: str, more: dict[str, str]) -> Response:
        if request.url.path.endswith(".json"):
            return JSONResponse({"error": text} | more, status)
        page = self.html("message.html", {"title": title, "text": text})
        page.status_code = status
        return page


def environment(names: Names, topic: str) -> Environment:
    """The templates with the words that all of them use. Everything is escaped; an undefined name is an error."""
    found = Environment(loader=PackageLoader("monitor.web"), autoescape=True, undefined=StrictUndefined)
    found.globals.update(names=names, topic=topic, shortened=passages.shortened, subscriptions=())
    found.filters.update(
        term=words.term, moment=words.moment, number=words.number, sides=words.sides, lineage=words.lineage, letter=words.letter
    )
    return found


def subscriptions(options: WebOptions) -> list[tuple[str, str, str, Path]]:
    """The feeds of alerts that are written: address, name, media type, file."""
    found = [
        ("/alerts/feed.atom", "Atom", "application/atom+xml", options.atom),
        ("/alerts/feed.json", "JSON Feed", "application/feed+json", options.json_feed),
    ]
    return [(address, name, kind, file) for address, name, kind, file in found if file is not None]


def _add_metrics(app: FastAPI, site: Site) -> None:
    """Where Prometheus asks, if the extra is installed."""
    try:
        from ..metrics import CONTENT_TYPE, exposition
    except ImportError:
        return

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(exposition(site.copy, site.options.files), media_type=CONTENT_TYPE)


def _add_subscriptions(app: FastAPI, site: Site) -> None:
    for address, name, kind, file in subscriptions(site.options):

        def feed(file: Path = file, kind: str = kind) -> Response:
            if not file.is_file():
                raise NoSuchPageError(file.name)
            return FileResponse(file, media_type=kind)

        app.get(address, name=f"Alerts as {name}", include_in_schema=False)(feed)
