"""The commands that work: run, watch, demo."""

import asyncio
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from ..pipeline.running import run_cycle
from ..pipeline.shared import load_pipeline
from .app import GIVEN, Json, app, bars
from .show import print_json, summary


@app.command(epilog="Example: [bold]monitor run[/bold]   (from cron, every ten minutes)")
def run(as_json: Json = False) -> None:
    """Do one run: poll what is due, fetch, extract, judge, read, resolve, alert, publish. Without Prefect."""
    pipeline = load_pipeline(GIVEN.settings())
    with bars() as pipeline.progress:
        counts = asyncio.run(run_cycle(pipeline))
    if as_json:
        print_json({"run_id": pipeline.run_id, "counts": dict(counts)})
    else:
        summary(counts)


@app.command(epilog="Example: [bold]monitor watch --every 600[/bold]   (stop it with Ctrl-C or SIGTERM)")
def watch(every: Annotated[int, typer.Option(help="Seconds between the starts of two runs.", min=10)] = 600) -> None:
    """Run on schedule in this one process, each run a Prefect flow run; no server is needed."""
    load_pipeline(GIVEN.settings())  # what is wrong with settings, profile or feeds shows now, not in ten minutes
    watching = entry_points(group="monitor.flows")["watch"].load()
    asyncio.run(watching(every=every, config=_text(GIVEN.config), data=_text(GIVEN.data), topic=GIVEN.topic))


def _text(path: Path | None) -> str | None:
    return str(path) if path is not None else None


@app.command(epilog="Example: [bold]monitor demo[/bold]   (about half a minute; everything in it is fictional)")
def demo(
    as_json: Json = False,
    without_prefect: Annotated[bool, typer.Option("--without-prefect", help="Call the pipeline itself.")] = False,
) -> None:
    """Run the real flow four times against a newsroom on this machine, and show what came of it."""
    from .demo import run_demo

    result = run_demo(GIVEN.settings().data / "demo", with_prefect=not without_prefect, quiet=as_json)
    if as_json:
        print_json(result)
