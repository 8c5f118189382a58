"""The commands on raw bytes: archive check."""

import dataclasses
from collections.abc import Iterator
from typing import Annotated

import typer

from ..archive.check import Checked, check_archive
from ..pipeline.shared import load_pipeline
from ..warehouse import read_copy
from ..warehouse.verify import records_named
from .app import GIVEN, Json, app, bars
from .show import console, err, print_json

archive_app = typer.Typer(no_args_is_help=True, help="The raw bytes of feeds and pages, kept as WARC files.")
app.add_typer(archive_app, name="archive")
_SHOWN = 20


@archive_app.command("check", epilog="Example: [bold]monitor archive check[/bold]   (exit code 1 when something is found)")
def check(
    as_json: Json = False,
    is_alone: Annotated[
        bool, typer.Option("--files-only", help="Read the files only; do not compare with what events name.")
    ] = False,
) -> None:
    """Read every WARC file to its end, check its digests, and that each record that an event names is there with its hash."""
    pipeline = load_pipeline(GIVEN.settings())
    with bars() as progress:
        if is_alone:
            found = check_archive(pipeline.archive, (), progress=progress)
        else:
            with read_copy(pipeline.files) as connection:
                found = check_archive(pipeline.archive, records_named(connection), progress=progress)
    if as_json:
        print_json({name: getattr(found, name) for name in (field.name for field in dataclasses.fields(found))})
    else:
        _show(found)
    if not found.is_whole:
        raise typer.Exit(1)


def _show(found: Checked) -> None:
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in sorted(found.records.items()))
    console.print(f"{found.files:,} files, {found.bytes:,} bytes: {kinds or 'nothing'}")
    console.print(f"{found.named:,} records are named by events; {found.removed:,} of them were removed on request")
    if found.unfinished_bytes:
        console.print(f"{found.unfinished_bytes:,} bytes of a writer that was cut off; the next run cuts them away")
    for what, places in (("damaged", found.damaged), ("lost", found.lost)):
        for line in _some(places):
            err.print(f"[red]{what}[/]  {line}", soft_wrap=True)
    console.print("[green]everything reads back[/]" if found.is_whole else "Restore the archive folder from a backup.")


def _some(places: list[str]) -> Iterator[str]:
    yield from places[:_SHOWN]
    if len(places) > _SHOWN:
        yield f"and {len(places) - _SHOWN:,} more; --json lists all"
