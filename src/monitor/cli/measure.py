"""The commands that measure this installation: recall, metrics, trace."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer

from ..errors import QueryError, SettingsError, SourceError
from ..outside import OutsideList, Recall, followed, read_outside_list
from ..tracing import Step, export_steps, otlp, steps_of
from ..warehouse import query_copy, read_copy
from ..warehouse.shown import ShownCopy
from .app import GIVEN, Json, app
from .show import cell, console, err, print_json


@app.command(epilog="Example: [bold]monitor recall their-articles.csv[/bold]   (also JSON lines, and OPML for feeds)")
def recall(
    file: Annotated[Path, typer.Argument(help="What somebody else saw: CSV or JSONL with url, title, published; or OPML.")],
    as_json: Json = False,
    is_detailed: Annotated[bool, typer.Option("--each", help="Also every article of the list, with its fate and why.")] = False,
) -> None:
    """How much of an outside list was seen here, and why not the rest. Reads the copy; records nothing."""
    try:
        found = read_outside_list(file.read_bytes(), name=str(file))
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", subject=str(file), way_out="Name an existing file.") from error
    if found.feeds:
        _feeds(found, as_json=as_json)
        return
    with read_copy(GIVEN.files()) as connection:  # nothing there at all is said here, with the way out
        result = connection.execute("FROM recall(?)", [json.dumps([item.asked for item in found.items])])
        names = [column[0] for column in result.description or []]
        each = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    told = Recall.of([(row["fate"], row["why"]) for row in each])
    if as_json:
        print_json({**dataclasses.asdict(told), "unread": found.unread, **({"each": each} if is_detailed else {})})
        return
    _say(told, found.unread)
    for row in each if is_detailed else ():
        console.print(f"{row['fate']:<14}  {row['why']}  {row['outcome'] or ''}  {row['url']}", markup=False, soft_wrap=True)


def _say(told: Recall, unread: int) -> None:
    if told.share is None or told.low is None or told.high is None:
        console.print(f"unknown: of none of the {told.items:,} articles it can be said whether it should have been seen")
    else:
        known = told.items - told.unknown
        console.print(f"{told.share:.1%} seen: {told.seen:,} of {known:,} (95 % interval {told.low:.1%} to {told.high:.1%})")
    for fate, why, number in told.reasons:
        console.print(f"{number:>7,}  {fate}: {why}", markup=False)
    if unread:
        console.print(f"{unread:>7,}  lines without an address that can be read, not counted")


def _feeds(found: OutsideList, *, as_json: bool) -> None:
    polled = [
        str(url)
        for row in query_copy(GIVEN.files(), "SELECT url, coalesce(poll_url, url) FROM feed WHERE kind <> 'import'").rows
        for url in row
    ]
    rows = followed(found.feeds, polled)
    counts = {fate: sum(row[2] == fate for row in rows) for fate in ("followed", "outlet_followed", "not_followed")}
    if as_json:
        print_json(
            {"feeds": len(rows), **counts, "each": [dict(zip(("title", "url", "fate"), row, strict=True)) for row in rows]}
        )
        return
    console.print(
        f"{counts['followed']} of {len(rows)} feeds are followed; of {counts['outlet_followed']} the outlet is, by another feed"
    )
    for title, url, fate in rows:
        if fate == "not_followed":
            console.print(f"  not followed: {title or 'no title'}  {url}", markup=False, soft_wrap=True)


@app.command(
    epilog="Example: [bold]monitor metrics --file node_exporter/monitor.prom[/bold]   (from cron; or /metrics of monitor serve)"
)
def metrics(
    file: Annotated[
        Path | None, typer.Option("--file", help="Write them into this file, replaced at once; without it they are printed.")
    ] = None,
) -> None:
    """The figures of this warehouse as Prometheus reads them, from the published copy."""
    try:
        from ..metrics import exposition, write_metrics
    except ImportError as error:
        raise SettingsError("metrics are not installed", way_out='pip install "ceasefire-monitor[metrics]"') from error
    files = GIVEN.files()
    if file is not None:
        write_metrics(files, file)
        return
    copy = ShownCopy(files)
    try:
        typer.echo(exposition(copy, files), nl=False)
    finally:
        copy.close()


@app.command(
    epilog="Example: [bold]monitor trace article-3f2b[/bold]   (--otlp http://127.0.0.1:4318/v1/traces sends it to a collector)"
)
def trace(
    article: Annotated[str, typer.Argument(help="Id of an article, its beginning, or its address.")],
    endpoint: Annotated[str, typer.Option("--otlp", metavar="URL", help="Send it to a collector, OTLP over HTTP.")] = "",
    as_json: Json = False,
) -> None:
    """The way of one article, from the poll that showed it to its alerts, with times: made from the log, whenever it was."""
    article_id = _article(article)
    copy = ShownCopy(GIVEN.files())
    try:
        with copy.pinned() as shown:
            steps = steps_of(shown.rows("trace", article=article_id))
    finally:
        copy.close()
    if endpoint:
        try:
            sent = export_steps(article_id, steps, otlp(endpoint))
        except ImportError as error:
            raise SettingsError("tracing is not installed", way_out='pip install "ceasefire-monitor[tracing]"') from error
        err.print(f"{sent} spans were sent to {endpoint}", markup=False, soft_wrap=True)
    elif as_json:
        print_json([dataclasses.asdict(step) for step in steps])
    else:
        _show(article_id, steps)


def _show(article_id: str, steps: list[Step]) -> None:
    console.print(f"{article_id}  {len(steps)} events")
    for step in steps:
        took = (step.end - step.start).total_seconds()
        said = "  ".join(
            f"{key} {cell(value)}" for key, value in [pair for pair in step.says.items() if not pair[0].endswith("url")][:6]
        )
        console.print(
            f"{step.end:%Y-%m-%d %H:%M:%S}  {f'+{took:,.1f} s' if took else '':>12}  {step.name:<24}  {said}",
            markup=False,
            overflow="ellipsis",
            no_wrap=True,
        )


def _article(given: str) -> str:
    """The one article whose id or address begins so. Raises QueryError where there is none, or more than one."""
    with read_copy(GIVEN.files()) as connection:
        rows = connection.execute(
            """SELECT article_id FROM (SELECT article_id, url FROM page UNION SELECT article_id, url FROM article)
            WHERE starts_with(article_id, $1) OR starts_with(article_id, 'article-' || $1) OR url = $1 GROUP BY ALL LIMIT 3""",
            [given],
        ).fetchall()
    found = {str(name) for (name,) in rows}
    if len(found) != 1 or not given:
        raise QueryError(
            "there is no such article" if not found else "more than one article begins so",
            subject=given,
            way_out='`monitor sql "SELECT article_id, title FROM article"` lists them.',
        )
    return found.pop()
