"""The box for SQL: one statement in a process of its own, ended when its time is over or its reader goes away."""

import asyncio
import base64
import csv
import hashlib
import io
import json
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from ..errors import QueryError
from ..warehouse.asking import ask
from ..warehouse.files import relations, sql
from . import charts
from .pages import Pages
from .pictures import Kind, Theme, picture
from .words import as_json

if TYPE_CHECKING:
    from .application import Site

Statement = Annotated[str, Query(alias="q", max_length=20_000, description="One statement of DuckDB's SQL, for reading.")]
_LOOK_EVERY = 0.25  # seconds between two looks whether the reader is still there
_WRONG: dict[int | str, dict[str, Any]] = {400: {"description": "The statement is wrong, refused, or was stopped."}}


async def _answered(site: "Site", request: Request, statement: str, *, parquet: bool = False) -> dict[str, Any]:
    """The rows of a statement. Raises QueryError. Waits while as many as may are at work."""
    async with site.asking:
        running: list[subprocess.Popen[bytes]] = []
        work = asyncio.ensure_future(
            run_in_threadpool(
                partial(ask, site.options.files, statement, site.options.limits, started=running.append, parquet=parquet)
            )
        )
        while not (await asyncio.wait({work}, timeout=_LOOK_EVERY))[0]:
            if await request.is_disconnected():
                for process in running:
                    process.kill()
        return await work


def add_sql(app: FastAPI, site: "Site") -> None:
    """The page with its form, and the answer as JSON, CSV, Parquet and a chart at addresses of their own."""
    questions = ready_questions()

    @app.get("/sql", response_class=HTMLResponse)
    async def sql_page(request: Request, statement: Statement = "") -> Response:
        page: dict[str, Any] = {"q": statement, "answer": None, "error": None, "is_charted": False}
        if statement.strip():
            try:
                page["answer"] = answer = await _answered(site, request, statement)
                page["is_charted"] = charts.axes(answer["columns"], answer["rows"]) is not None
            except QueryError as error:
                page["error"] = error

        def shown() -> Response:
            with site.copy.pinned() as copy:
                whole, seconds = page | {"schema": Pages(copy).schema()}, site.options.limits.seconds
                return site.html("sql.html", whole, shown=copy.version, questions=questions, seconds=seconds)

        return await run_in_threadpool(shown)

    _add_json(app, site)
    _add_files(app, site)
    _add_chart(app, site)


def ready_questions() -> list[tuple[str, str]]:
    """Title and statement of each file in ``warehouse/question``: to begin with, and each an address to keep."""
    found = []
    for name in relations("question"):
        title, _, statement = sql("question", name).partition("\n")
        found.append((title.removeprefix("-- ").rstrip("."), statement.strip().rstrip(";")))
    return found


def _add_json(app: FastAPI, site: "Site") -> None:
    @app.get("/sql.json", response_class=JSONResponse, responses=_WRONG)
    async def sql_json(request: Request, statement: Statement) -> Response:
        """The answer to one statement: columns, types, rows, and whether there are more."""
        try:
            return as_json(await _answered(site, request, statement))
        except QueryError as error:
            return JSONResponse({"error": error.message, "way_out": error.way_out}, 400)


def _add_files(app: FastAPI, site: "Site") -> None:
    @app.get("/sql.csv", response_class=PlainTextResponse, responses=_WRONG)
    async def sql_csv(request: Request, statement: Statement) -> Response:
        """The answer to one statement as CSV, with a line of names."""
        try:
            answer = await _answered(site, request, statement)
        except QueryError as error:
            return PlainTextResponse(str(error), 400)
        text = io.StringIO()
        csv.writer(text).writerows([answer["columns"], *answer["rows"]])
        return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=_kept("answer.csv"))

    @app.get("/sql.parquet", response_class=Response, responses=_WRONG)
    async def sql_parquet(request: Request, statement: Statement) -> Response:
        """The answer to one statement as Parquet, with the types of its columns."""
        try:
            answer = await _answered(site, request, statement, parquet=True)
        except QueryError as error:
            return PlainTextResponse(str(error), 400)
        body = base64.b64decode(answer["parquet"])
        return Response(body, media_type="application/vnd.apache.parquet", headers=_kept("answer.parquet"))


def _add_chart(app: FastAPI, site: "Site") -> None:
    @app.get("/charts/sql.{kind}", response_class=Response, responses=_WRONG)
    async def sql_chart(request: Request, kind: Kind, statement: Statement, theme: Theme = "light") -> Response:
        """The answer to one statement as bars."""
        try:
            answer = await _answered(site, request, statement)
        except QueryError as error:
            return PlainTextResponse(str(error), 400)
        if charts.axes(answer["columns"], answer["rows"]) is None:
            return PlainTextResponse("No column of this answer holds numbers.", 400)
        key = f"{hashlib.sha256(json.dumps(answer).encode()).hexdigest()} {kind} {theme}"
        chart = partial(charts.answer, answer["columns"], answer["rows"])
        return await run_in_threadpool(partial(picture, site, key, kind, theme, chart))


def _kept(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
