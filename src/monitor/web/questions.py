"""The box for SQL: one statement in a process of its own, ended when its time is over or its reader goes away."""

import asyncio
import csv
import io
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from ..errors import QueryError
from ..warehouse.asking import ask
from .words import as_json

if TYPE_CHECKING:
    from .application import Site

Statement = Annotated[str, Query(alias="q", max_length=20_000, description="One statement of DuckDB's SQL, for reading.")]
_LOOK_EVERY = 0.25  # seconds between two looks whether the reader is still there


async def _answered(site: "Site", request: Request, statement: str) -> dict[str, Any]:
    """The rows of a statement. Raises QueryError. Waits while as many as may are at work."""
    async with site.asking:
        running: list[subprocess.Popen[bytes]] = []
        work = asyncio.ensure_future(
            run_in_threadpool(partial(ask, site.options.files, statement, site.options.limits, started=running.append))
        )
        while not (await asyncio.wait({work}, timeout=_LOOK_EVERY))[0]:
            if await request.is_disconnected():
                for process in running:
                    process.kill()
        return await work


def add_sql(app: FastAPI, site: "Site") -> None:
    """The page with its form, and the answer as JSON and CSV at addresses of their own."""

    @app.get("/sql", response_class=HTMLResponse)
    async def sql_page(request: Request, statement: Statement = "") -> Response:
        schema = await run_in_threadpool(site.pages.schema)
        page: dict[str, Any] = {"q": statement, "answer": None, "error": None, "schema": schema}
        if statement.strip():
            try:
                page["answer"] = await _answered(site, request, statement)
            except QueryError as error:
                page["error"] = error
        return site.html("sql.html", page)

    @app.get("/sql.json", response_class=JSONResponse)
    async def sql_json(request: Request, statement: Statement) -> Response:
        try:
            return as_json(await _answered(site, request, statement))
        except QueryError as error:
            return JSONResponse({"error": error.message, "way_out": error.way_out}, 400)

    @app.get("/sql.csv", response_class=PlainTextResponse)
    async def sql_csv(request: Request, statement: Statement) -> Response:
        try:
            answer = await _answered(site, request, statement)
        except QueryError as error:
            return PlainTextResponse(str(error), 400)
        text = io.StringIO()
        csv.writer(text).writerows([answer["columns"], *answer["rows"]])
        kept = {"Content-Disposition": 'attachment; filename="answer.csv"'}
        return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=kept)
