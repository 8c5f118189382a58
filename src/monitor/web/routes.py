"""The pages' addresses: each for people, and with ``.json`` for programs."""

import datetime as dt
import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from ..archive import Archive
from . import passages
from .pages import NoSuchPageError, Page, Pages
from .words import as_json

if TYPE_CHECKING:
    from .application import Site

Days = Annotated[int, Query(ge=1, le=3660, description="Days before the newest article or poll.")]
Term = Annotated[str, Query(max_length=100, description="A word or phrase of titles; * stands for any ending.")]
Bucket = Annotated[Literal["hour", "day", "week", "month"], Query()]
Span = Annotated[int | None, Query(ge=1, le=3660, description="Days up to `until`.")]
Day = Annotated[dt.date | None, Query(description="A day (UTC), as 2025-06-10.")]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such id."}}
_NO_WAREHOUSE: dict[int | str, dict[str, Any]] = {503: {"description": "Nothing has been published yet."}}


def add_pages(app: FastAPI, site: "Site") -> None:
    """Add all pages but SQL's."""

    def add(
        path: str, template: str, ask_for: Callable[..., Page], more: Callable[[Page], dict[str, Any]] = lambda _: {}
    ) -> None:
        responses = _NO_WAREHOUSE | (_NOT_FOUND if "{" in path else {})
        summary = (inspect.getdoc(ask_for) or "").partition("\n")[0]
        json_path = "/now.json" if path == "/" else f"{path}.json"
        as_rows = _answering(site, ask_for, lambda page, _: as_json(page))
        app.get(json_path, summary=summary, response_class=JSONResponse, responses=responses)(as_rows)

        def shown(page: Page, version: str) -> HTMLResponse:
            return site.html(template, page, shown=version, **more(page))

        as_page = _answering(site, ask_for, shown)
        app.get(path, summary=f"{summary} (HTML)", response_class=HTMLResponse, responses=responses)(as_page)

    def trends(pages: Pages, term: Term = "", bucket: Bucket = "day", days: Days = 30) -> Page:
        """How loud it is, corrected for coverage, raw figures beside; outlets; languages."""
        return pages.trends(term.strip(), bucket, days)

    def timeline(pages: Pages, days: Span = None, since: Day = None, until: Day = None) -> Page:
        """Proposals and answers in order of time."""
        return pages.timeline(days, since, until)

    def articles(
        pages: Pages, q: Annotated[str, Query(max_length=200)] = "", days: Days = 90, within: Literal["", "titles", "texts"] = ""
    ) -> Page:
        """The newest articles on the topic, or those that name all of the words."""
        return pages.articles(q.strip(), days, within)

    def marked(page: Page) -> dict[str, Any]:
        marks = passages.marks_of(page["mentions"], page["claims"], page["passages"], site.names)
        return {
            "paragraphs": passages.pieces(page["article"]["text"] or "", marks),
            "has_record": site.options.archive is not None,
        }

    add("/", "now.html", Pages.now)
    add("/proposals/{proposal_id}", "proposal.html", Pages.proposal)
    add("/timeline", "timeline.html", timeline)
    add("/trends", "trends.html", trends)
    add("/articles", "articles.html", articles)
    add("/articles/{article_id}/beside/{other_id}", "beside.html", Pages.beside)
    add("/articles/{article_id}", "article.html", Pages.article, marked)
    add("/feeds", "feeds.html", Pages.feeds)
    add("/alerts", "alerts.html", Pages.alerts)
    _add_record(app, site)


def _add_record(app: FastAPI, site: "Site") -> None:
    """The bytes of an article's page as they were read, to keep; never shown as a page of this site."""

    @app.get("/articles/{article_id}/raw", response_class=Response, responses=_NOT_FOUND)
    def raw_page(request: Request, article_id: str) -> Response:
        def make(pages: Pages) -> Response:
            article = pages.article_row(article_id)
            if site.options.archive is None or article["record_file"] is None:
                raise NoSuchPageError(f"{article_id}'s raw page")
            body = Archive(site.options.archive).read(article["record_file"], article["record_offset"])
            kept = {"Content-Disposition": 'attachment; filename="page.html"', "Content-Security-Policy": "sandbox"}
            return Response(body, media_type="application/octet-stream", headers=kept)

        return site.answered(request, make)


def _answering(site: "Site", ask_for: Callable[..., Page], shown: Callable[[Page, str], Response]) -> Callable[..., Any]:
    """A route's function with the parameters of ``ask_for``; asked in a thread, so that others are answered meanwhile."""

    @functools.wraps(ask_for)
    def answer(request: Request, **given: Any) -> Response:
        return site.answered(request, lambda pages: shown(ask_for(pages, **given), pages.copy.version))

    # FastAPI reads the parameters here; what is wrapped takes pages and gives rows, the route takes a request and answers.
    signature = inspect.signature(ask_for)
    given = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in list(signature.parameters.values())[1:]]
    asked = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    answer.__signature__ = inspect.Signature([asked, *given])  # type: ignore[attr-defined]
    answer.__annotations__ = {parameter.name: parameter.annotation for parameter in (asked, *given)}
    return answer
