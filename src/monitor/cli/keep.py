"""The commands that keep a warehouse whole and take it elsewhere: rebuild, recover, export."""

import dataclasses
import difflib
import time
from pathlib import Path
from typing import Annotated

import typer

from ..errors import QueryError, RunInProgressError
from ..pipeline.shared import load_pipeline, one_run_at_a_time
from ..warehouse import open_live, query_copy, read_copy
from ..warehouse.export import Wanted, check_export, manifest_of
from ..warehouse.export import export as write_export
from ..warehouse.files import PROJECTIONS, relations
from ..warehouse.recovery import recover as make_afresh
from .app import GIVEN, Json, app, bars
from .show import cell, console, err, print_json, written


@app.command(epilog="Example: [bold]monitor rebuild[/bold]   (all of them; or: monitor rebuild proposal alert)")
def rebuild(
    names: Annotated[list[str] | None, typer.Argument(metavar="[RELATION]…", help="Which; all without a name.")] = None,
) -> None:
    """Make relations afresh from the event log and publish the copy."""
    wanted = _projections(names or [])
    files = load_pipeline(GIVEN.settings()).files
    if not files.live.exists():
        with read_copy(files):
            pass  # nothing there at all is said here, with the way out
    start = time.monotonic()
    what = f"{len(wanted)} relations" if len(wanted) > 3 else ", ".join(wanted)
    with err.status(f"making {what} afresh from the log"), open_live(files) as live:
        live.rebuild(wanted)
        live.publish()
    events = query_copy(files, "SELECT position + 1 FROM log.head").rows[0][0]
    _say(f"rebuilt {what} from {events:,} events in {time.monotonic() - start:.1f} s; {files.copy} is new")


def _projections(names: list[str]) -> tuple[str, ...]:
    """Those named, in the order in which they rest on one another; all without a name. Raises QueryError for one that is none."""
    for name in names:
        if name in relations("relation"):
            raise QueryError(
                "is a view, which needs no rebuild", subject=name, way_out=f"Made from the log: {', '.join(PROJECTIONS)}."
            )
        if name not in PROJECTIONS:
            near = difflib.get_close_matches(name, PROJECTIONS, n=1)
            raise QueryError(
                "is no relation that is made from the log" + (f"; did you mean {near[0]!r}?" if near else ""),
                subject=name,
                way_out=f"There are: {', '.join(PROJECTIONS)}.",
            )
    return tuple(name for name in PROJECTIONS if not names or name in names)


@app.command(epilog="Example: [bold]monitor recover[/bold]   (when a command says that the live file is damaged)")
def recover(as_json: Json = False) -> None:
    """Set the live file aside; make it afresh from the published copy and the spool behind it. Nothing is lost."""
    files = GIVEN.files()
    if not files.live.exists():
        with read_copy(files):
            pass
    try:
        with one_run_at_a_time(files), err.status("reading the copy, then making the live file afresh"):
            done = make_afresh(files)
    except RunInProgressError as error:
        error.way_out = "Wait for it to end, then start again; nothing was changed."
        raise
    if as_json:
        print_json(dataclasses.asdict(done))
        return
    _say(f"the file that was there is now {done.broken}; remove it some day" if done.broken else "there was no live file")
    aside = f", {done.refused} could not be read and lie in {files.spool / 'refused'}" if done.refused else ""
    _say(f"made afresh from the copy of {cell(done.copied_at)} UTC; {done.batches} batches came in from the spool{aside}")
    _say(f"the log has {done.events:,} events, the last of {cell(done.last_event)} UTC; {files.copy} is new")


@app.command(epilog="Example: [bold]monitor export parquet/ --relations[/bold]   (or one file: monitor export mine.duckdb)")
def export(
    target: Annotated[Path, typer.Argument(help="A folder for Parquet files; or, ending in .duckdb, one file.")],
    with_texts: Annotated[bool, typer.Option("--texts", help="Also the texts of articles, which are their publishers'.")] = False,
    with_relations: Annotated[
        bool, typer.Option("--relations", help="Also relations as Parquet; a DuckDB file has them.")
    ] = False,
    is_check: Annotated[bool, typer.Option("--check", help="Write nothing; compare an export with its manifest.")] = False,
    as_json: Json = False,
) -> None:
    """Write the event log as Parquet files by type and day, or the whole as one DuckDB file. From the copy: blocks nobody."""
    if is_check:
        _check(target, as_json=as_json)
        return
    with bars() as show:
        manifest = write_export(GIVEN.files(), Wanted(target, texts=with_texts, relations=with_relations), show)
    if as_json:
        print_json(manifest)
        return
    _say(written(manifest, target))
    _say(f"hashes and the end of the chain are in {manifest_of(target)}; monitor export {target} --check compares")


def _check(target: Path, *, as_json: bool) -> None:
    wrong = check_export(target)
    if as_json:
        print_json({"target": str(target), "wrong": wrong})
    else:
        for line in wrong:
            _say(line)
        if not wrong:
            _say(f"{target} is as it was written")
    if wrong:
        raise typer.Exit(1)


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
