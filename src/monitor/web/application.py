"""Routes: an address to a page, as HTML, as JSON, or as a picture. Every view is a stable address."""

import asyncio
import functools
import hashlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined
from sse_starlette import EventSourceResponse

from ..errors import WarehouseError
from ..warehouse.asking import Limits
from ..warehouse.files import WarehouseFiles
from ..warehouse.shown import ShownCopy
from . import charts, passages, words
from .access import Access
from .pages import NoSuchPageError, Page, Pages
from .questions import add_sql
from .words import Names, as_json

Days = Annotated[int, Query(ge=1, le=3660, description="Days before the newest article or poll.")]
Term = Annotated[str, Query(max_length=100, description="A word or phrase of titles; * stands for any ending.")]
Bucket = Annotated[Literal["hour", "day", "week", "month"], Query()]
Theme = Annotated[Literal["light", "dark"], Query()]
Picture = Literal["svg", "png"]
_FAVICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'>"
    "<path d='M1 4h2l1-2 1 4 1-2h1' fill='none' stroke='#0072B2'/></svg>"
)


@dataclass(frozen=True, slots=True)
class WebOptions:
    """``token`` is empty where the server is bound to loopback; ``parties`` names the profile's parties by id."""

    files: WarehouseFiles
    topic: str
    parties: dict[str, str] = field(default_factory=dict)
    token: str = ""
    limits: Limits = field(default_factory=Limits)
    at_once: int = 4  # statements of readers that may be at work at the same time
    look_every: float = 2.0  # seconds between two looks for a new publication


def create_app(options: WebOptions) -> FastAPI:
    """The application over one warehouse."""
    app = FastAPI(title="Ceasefire Monitor", version=version("ceasefire-monitor"), docs_url=None, redoc_url=None)
    site = Site(options)
    app.middleware("http")(site.answer_unless_known)
    app.middleware("http")(Access(options.token))
    app.mount("/static", StaticFiles(packages=[("monitor.web", "static")]), name="static")
    _add_pages(app, site)
    _add_pictures(app, site)
    add_sql(app, site)

    @app.get("/events", include_in_schema=False)
    async def events() -> EventSourceResponse:
        """Tell an open page when a new copy is published."""
        return EventSourceResponse(site.publications(), ping=15)

    @app.get("/favicon.ico", include_in_schema=False)
    async def favicon() -> Response:
        return Response(_FAVICON, media_type="image/svg+xml")

    app.exception_handler(NoSuchPageError)(site.no_such_page)
    app.exception_handler(WarehouseError)(site.no_warehouse)
    return app


class Site:
    """What the routes share: the copy, its pages, the templates."""

    def __init__(self, options: WebOptions) -> None:
        self.options = options
        self.copy = ShownCopy(options.files)
        self.pages = Pages(self.copy)
        self.names = Names(options.parties)
        self.templates = environment(self.names, options.topic)
        self.asking = asyncio.Semaphore(options.at_once)

    def html(self, template: str, page: Page, **more: object) -> HTMLResponse:
        """A page shown by its template."""
        return HTMLResponse(self.templates.get_template(template).render(page=page, version=self.version(), **more))

    def version(self) -> str:
        """What tells this publication from others; empty where there is none."""
        try:
            return self.copy.version()
        except WarehouseError:
            return ""

    async def answer_unless_known(self, request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        """304 where the reader has the page of this publication already: nothing in it can have changed."""
        if (
            request.method != "GET"
            or request.url.path in ("/events", "/sql.json", "/sql.csv")
            or request.url.path.startswith("/static")
        ):
            return await call_next(request)
        mark = f"{self.version()} {version('ceasefire-monitor')} {request.url.path}?{request.url.query}"
        tag = f'"{hashlib.sha256(mark.encode()).hexdigest()[:24]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        response = await call_next(request)
        if response.status_code == 200:
            response.headers["ETag"] = tag
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    async def publications(self) -> AsyncIterator[dict[str, str]]:
        """An event for each new publication, with its version."""
        last = self.version()
        yield {"event": "version", "data": last}
        while True:
            await asyncio.sleep(self.options.look_every)
            if (now := self.version()) != last:
                last = now
                yield {"event": "published", "data": last}

    async def no_such_page(self, request: Request, error: Exception) -> Response:
        """404 as a page or as JSON."""
        if request.url.path.endswith(".json"):
            return JSONResponse({"error": "there is no such id", "id": str(error)}, 404)
        page = self.html("message.html", {"title": "There is no such page", "text": f"Nothing here is called {error}."})
        page.status_code = 404
        return page

    async def no_warehouse(self, request: Request, error: Exception) -> Response:
        """503 with the way out: before the first run there is nothing to show."""
        text = str(error)
        if request.url.path.endswith(".json"):
            return JSONResponse({"error": text}, 503)
        page = self.html("message.html", {"title": "There is nothing to show yet", "text": text})
        page.status_code = 503
        return page


def environment(names: Names, topic: str) -> Environment:
    """The templates with the words that all of them use. Everything is escaped; an undefined name is an error."""
    found = Environment(loader=PackageLoader("monitor.web"), autoescape=True, undefined=StrictUndefined)
    found.globals.update(names=names, topic=topic, shortened=passages.shortened)
    found.filters.update(term=words.term, moment=words.moment, number=words.number)
    return found


def _add_pages(app: FastAPI, site: Site) -> None:
    """Each page at two addresses: for people, and with ``.json`` for programs."""
    pages = site.pages

    def add(
        path: str, template: str, ask_for: Callable[..., Page], more: Callable[[Page], dict[str, Any]] = lambda _: {}
    ) -> None:
        def shown(page: Page) -> HTMLResponse:
            return site.html(template, page, **more(page))

        json_path = "/now.json" if path == "/" else f"{path}.json"
        app.get(json_path, name=f"{template} as JSON", response_class=JSONResponse)(_answering(ask_for, as_json))
        app.get(path, name=template, response_class=HTMLResponse)(_answering(ask_for, shown))

    def trends(term: Term = "", bucket: Bucket = "day", days: Days = 30) -> Page:
        return pages.trends(term.strip(), bucket, days)

    def timeline(days: Annotated[int | None, Query(ge=1, le=3660)] = None) -> Page:
        return pages.timeline(days)

    def articles(q: Annotated[str, Query(max_length=200)] = "", days: Days = 90) -> Page:
        return pages.articles(q.strip(), days)

    def marked(page: Page) -> dict[str, Any]:
        marks = passages.marks_of(page["mentions"], page["claims"], site.names)
        return {"paragraphs": passages.pieces(page["article"]["text"] or "", marks)}

    add("/", "now.html", lambda: pages.now())
    add("/proposals/{proposal_id}", "proposal.html", _by_id(pages.proposal, "proposal_id"))
    add("/timeline", "timeline.html", timeline)
    add("/trends", "trends.html", trends)
    add("/articles", "articles.html", articles)
    add("/articles/{article_id}", "article.html", _by_id(pages.article, "article_id"), marked)
    add("/feeds", "feeds.html", lambda: pages.feeds())
    add("/alerts", "alerts.html", lambda: pages.alerts())


def _by_id(ask_for: Callable[[str], Page], name: str) -> Callable[..., Page]:
    """A page of one id, with the parameter named as in its path."""
    if name == "proposal_id":
        return lambda proposal_id: ask_for(proposal_id)
    return lambda article_id: ask_for(article_id)


def _answering(ask_for: Callable[..., Page], shown: Callable[[Page], Response]) -> Callable[..., Any]:
    """A route's function with the parameters of ``ask_for``; asked in a thread, so that others are answered meanwhile."""

    @functools.wraps(ask_for)
    def answer(**given: Any) -> Response:
        return shown(ask_for(**given))

    signature = inspect.signature(ask_for)
    parameters = [
        parameter if parameter.annotation is not inspect.Parameter.empty else parameter.replace(annotation=str)
        for parameter in signature.parameters.values()
    ]
    answer.__signature__ = signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)  # type: ignore[attr-defined]
    answer.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return answer


def _add_pictures(app: FastAPI, site: Site) -> None:
    """The charts of the pages, each with the parameters of its page."""
    pages = site.pages

    def drawn(chart: Any, theme: Theme, kind: Picture) -> Response:
        if kind == "png":
            return Response(charts.png(chart, theme), media_type="image/png")
        return Response(
            charts.svg(chart, theme),
            media_type="image/svg+xml",
            headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
        )

    @app.get("/charts/trend.{kind}")
    def trend_chart(
        kind: Picture,
        term: Term,
        bucket: Bucket = "day",
        days: Days = 30,
        theme: Theme = "light",
        value: Literal["per_feed", "articles", "texts"] = "per_feed",
    ) -> Response:
        page = pages.trends(term.strip(), bucket, days)
        title = {"per_feed": "articles per feed alive", "articles": "articles", "texts": "independent texts"}[value]
        return drawn(charts.trend(page["rows"], page["opened"], value=value, title=title), theme, kind)

    @app.get("/charts/languages.{kind}")
    def language_chart(kind: Picture, days: Days = 30, theme: Theme = "light") -> Response:
        rows = site.copy.rows("languages", days=days)
        return drawn(charts.by_group(rows, group="language", value="texts", title="independent texts"), theme, kind)

    @app.get("/charts/timeline.{kind}")
    def timeline_chart(
        kind: Picture, days: Annotated[int | None, Query(ge=1, le=3660)] = None, theme: Theme = "light"
    ) -> Response:
        return drawn(charts.timeline(pages.timeline(days)["rows"], named=site.names.party), theme, kind)

    @app.get("/charts/proposals/{proposal_id}.{kind}")
    def proposal_chart(kind: Picture, proposal_id: str, theme: Theme = "light") -> Response:
        page = pages.proposal(proposal_id)
        return drawn(charts.by_group(page["reports_daily"], group="outlet", value="articles", title="articles"), theme, kind)
