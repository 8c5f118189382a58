"""The charts' addresses, each with the parameters of its page; drawn once for each publication."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from . import charts, lanes
from .pages import Pages, daily, trend_rows
from .routes import Bucket, Day, Days, Span, Term

if TYPE_CHECKING:
    from .application import Site

Theme = Annotated[Literal["light", "dark"], Query()]
Kind = Literal["svg", "png"]
Drawn = Callable[[Request, Kind, str, Callable[[Pages], Any]], Response]
_MEDIA = {"png": "image/png", "svg": "image/svg+xml"}
# A picture that is opened by itself: its own styles, nothing else.
_ALONE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def add_pictures(app: FastAPI, site: "Site") -> None:
    """Add all charts but that of a question in SQL."""

    def drawn(request: Request, kind: Kind, theme: str, chart: Callable[[Pages], Any]) -> Response:
        def make(pages: Pages) -> Response:
            key = f"{pages.copy.version} {request.url.path}?{request.url.query}"
            return picture(site, key, kind, theme, lambda: chart(pages))

        return site.answered(request, make)

    _add_trends(app, drawn)
    _add_lanes(app, site, drawn)


def _add_trends(app: FastAPI, drawn: Drawn) -> None:

    @app.get("/charts/trend.{kind}", response_class=Response)
    def trend_chart(
        request: Request,
        kind: Kind,
        term: Term = "",
        bucket: Bucket = "day",
        days: Days = 30,
        theme: Theme = "light",
        value: Literal["per_feed", "counts"] = "per_feed",
    ) -> Response:
        def chart(pages: Pages) -> Any:
            rows, opened = trend_rows(pages.copy, term.strip(), bucket, days), pages.copy.rows("opened", days=days)
            return charts.trend(rows, opened) if value == "per_feed" else charts.counts(rows)

        return drawn(request, kind, theme, chart)

    @app.get("/charts/languages.{kind}", response_class=Response)
    def language_chart(request: Request, kind: Kind, days: Days = 30, theme: Theme = "light") -> Response:
        def chart(pages: Pages) -> Any:
            rows = pages.copy.rows("languages", days=days)
            return charts.by_group(rows, group="language", value="texts", title="independent texts")

        return drawn(request, kind, theme, chart)

    @app.get("/charts/outlets.{kind}", response_class=Response)
    def outlet_chart(
        request: Request, kind: Kind, days: Days = 30, theme: Theme = "light", by: Literal["day", "share"] = "share"
    ) -> Response:
        def chart(pages: Pages) -> Any:
            if by == "share":
                return charts.outlets(pages.copy.rows("sources", days=days))
            rows = pages.copy.rows("sources_daily", days=days)
            return charts.by_group(rows, group="outlet", value="texts", title="independent texts")

        return drawn(request, kind, theme, chart)

    @app.get("/charts/coverage.{kind}", response_class=Response)
    def coverage_chart(request: Request, kind: Kind, days: Days = 30, theme: Theme = "light") -> Response:
        return drawn(request, kind, theme, lambda pages: charts.coverage(daily(pages.copy, "coverage_daily", days)))


def _add_lanes(app: FastAPI, site: "Site", drawn: Drawn) -> None:
    @app.get("/charts/timeline.{kind}", response_class=Response)
    def timeline_chart(
        request: Request, kind: Kind, days: Span = None, since: Day = None, until: Day = None, theme: Theme = "light"
    ) -> Response:
        def chart(pages: Pages) -> Any:
            page = pages.timeline(days, since, until)
            window = (page["since"], page["until"] + dt.timedelta(days=1)) if page["until"] else None
            return lanes.timeline(page["rows"], named=site.names.party, window=window)

        return drawn(request, kind, theme, chart)

    @app.get("/charts/proposals/{proposal_id}/{what}.{kind}", response_class=Response)
    def proposal_chart(
        request: Request, kind: Kind, proposal_id: str, what: Literal["reports", "stances", "lineage"], theme: Theme = "light"
    ) -> Response:
        def chart(pages: Pages) -> Any:
            page = pages.proposal(proposal_id)
            if what == "lineage":
                return lanes.lineage(page["family"], this=proposal_id)
            if what == "stances":
                return lanes.stances(page["stances"], named=site.names.party)
            return charts.by_group(page["reports_daily"], group="outlet", value="articles", title="articles")

        return drawn(request, kind, theme, chart)


def picture(site: "Site", key: str, kind: Kind, theme: str, chart: Callable[[], Any]) -> Response:
    """A chart as an answer, from those that are drawn already where it is among them."""
    draw = charts.png if kind == "png" else charts.svg
    body = site.drawn(key, lambda: draw(chart(), "dark" if theme == "dark" else "light"))
    return Response(body, media_type=_MEDIA[kind], headers=_ALONE)
