"""The commands on a shared log: lake init, migrate, compact, status, at."""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import SettingsError
from ..pipeline.shared import one_run_at_a_time
from ..settings import LakeSettings
from ..warehouse import lake_care as care
from .app import GIVEN, Json, app
from .show import cell, console, err, print_json

lake_app = typer.Typer(no_args_is_help=True, help="A log that several machines share: DuckLake on PostgreSQL (extra: lake).")
app.add_typer(lake_app, name="lake")


def _lake() -> LakeSettings:
    lake = GIVEN.settings().lake
    if not lake.catalog.get_secret_value():
        raise SettingsError(
            "no lake is set", subject="lake.catalog", way_out="docs/scale.md shows the two settings that a lake needs."
        )
    return lake


@lake_app.command("init", epilog="Example: [bold]monitor lake init[/bold]   (once, before the first machine writes)")
def init(as_json: Json = False) -> None:
    """Make the lake that the settings name, or find it there."""
    _show(care.init(_lake()), as_json)


@lake_app.command("status", epilog="Example: [bold]monitor lake status[/bold]   (exit code 1 when a check finds something)")
def status(as_json: Json = False) -> None:
    """Tell where the shared log ends and what it consists of, and run the log's checks on the lake itself."""
    state = care.status(_lake())
    _show(state, as_json)
    if state.faults:
        raise typer.Exit(1)


@lake_app.command("migrate", epilog="Example: [bold]monitor lake migrate[/bold]   (the lake must be empty)")
def migrate(as_json: Json = False) -> None:
    """Copy this folder's log into the empty lake, make a replica from there and compare every relation."""
    lake, files = _lake(), GIVEN.files()
    with one_run_at_a_time(files), err.status("") as shown:
        done = care.migrate(files, lake, say=shown.update)
    if as_json:
        print_json(dataclasses.asdict(done))
    else:
        console.print(f"{done.events:,} events in {done.batches:,} batches and {done.texts:,} texts are in the lake")
        console.print(
            f"[red]these differ[/]: {', '.join(done.differ)}"
            if done.differ
            else "a replica made from the lake equals this warehouse in every relation"
        )
    if done.differ:
        raise typer.Exit(1)


@lake_app.command(
    "compact", epilog="Example: [bold]monitor lake compact --keep-days 30[/bold]   (once a day; writers wait for it)"
)
def compact(
    keep_days: Annotated[float, typer.Option(help="Days for which the lake can be asked as it was.", min=0)] = 7,
    as_json: Json = False,
) -> None:
    """Merge small files and let old snapshots go, while writers wait."""
    with err.status("waiting for writers") as shown:
        done = care.compact(_lake(), keep=dt.timedelta(days=keep_days), say=shown.update)
    if as_json:
        print_json(dataclasses.asdict(done))
    else:
        console.print(
            f"{done.files_before:,} files became {done.files_after:,} with {done.bytes_after:,} bytes; "
            f"{done.removed:,} removed; {done.seconds:.1f} s"
        )


@lake_app.command(
    "at", epilog="Example: [bold]monitor lake at 2031-03-10T14:00 then/[/bold]   (then: monitor --data then/ proposals)"
)
def at(
    moment: Annotated[dt.datetime, typer.Argument(help="UTC.")], folder: Annotated[Path, typer.Argument(help="An empty folder.")]
) -> None:
    """Write a warehouse to read, as the lake was at a moment."""
    with err.status("making it from the log"):
        events = care.replica_at(_lake(), moment.replace(tzinfo=moment.tzinfo or dt.UTC), folder)
    console.print(f"{events:,} events were in the lake at {cell(moment)} UTC; read them with --data {folder}")


def _show(state: Any, as_json: bool) -> None:
    if as_json:
        print_json(dataclasses.asdict(state))
        return
    console.print(
        f"{state.events:,} events in {state.batches:,} batches, {state.texts:,} texts, {state.redactions:,} events redacted"
    )
    console.print(
        f"the last was recorded at {cell(state.last_recorded_at)} UTC; {state.files:,} files, {state.file_bytes:,} bytes"
    )
    console.print(f"{state.snapshots:,} snapshots, the oldest of {cell(state.oldest_snapshot)}")
    if state.held_until:
        console.print(f"a compaction keeps writers waiting until {cell(state.held_until)} UTC")
    for fault in state.faults:
        err.print(f"[red]the log is not sound[/]  {fault}", soft_wrap=True)
