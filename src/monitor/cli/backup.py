"""The commands for the years: backup, restore, retain."""

import re
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SettingsError
from ..pipeline.backing_up import back_up, back_up_one_more
from ..pipeline.backing_up import restore as restore_backup
from ..pipeline.retaining import retain as let_go
from ..pipeline.shared import load_pipeline
from .app import GIVEN, Json, app, bars
from .show import console, print_json, written


@app.command(epilog="Example: [bold]monitor backup /backups/today --since /backups/yesterday[/bold]   (or one file: today.tar)")
def backup(
    target: Annotated[Path, typer.Argument(help="A new folder; or, ending in .tar, one file.")],
    since: Annotated[
        Path | None, typer.Option(help="An earlier backup in a folder: files that have not changed are hard links to it.")
    ] = None,
    is_nightly: Annotated[
        bool, typer.Option("--nightly", help="TARGET holds backups: one more, linked to the newest there.")
    ] = False,
    keep: Annotated[int, typer.Option(help="With --nightly: how many are kept.", min=1)] = 7,
    as_json: Json = False,
) -> None:
    """Copy log, archive and alerts as they are at this moment, with the hash of every file; beside runs, too."""
    with bars() as show:
        if is_nightly:
            manifest = back_up_one_more(GIVEN.settings(), target, keep, progress=show)
        else:
            manifest = back_up(GIVEN.settings(), target, since=since, progress=show)
    if as_json:
        print_json(manifest)
        return
    _say(written(manifest, target))
    _say(f"the chain ends in {manifest['chain']}")
    _say("Settings, your own profile and the tokens of servers are not in it: they are files of yours.")


@app.command(
    epilog="Example: [bold]monitor restore /backups/today --data restored[/bold]   (then: monitor --data restored verify)"
)
def restore(
    source: Annotated[Path, typer.Argument(help="What `monitor backup` wrote.")],
    as_json: Json = False,
) -> None:
    """Make a warehouse of a backup, in a folder that holds none (--data). Every file is compared with its hash first."""
    data = GIVEN.settings().data
    manifest = restore_backup(source, data)
    if as_json:
        print_json(manifest)
        return
    _say(f"{manifest['head'] + 1:,} events of {manifest['made_at']}: {data}")
    _say("`monitor verify` and `monitor archive check` prove it.")


@app.command(epilog="Example: [bold]monitor retain --older-than 400d[/bold]   (or archive.keep_days in the settings)")
def retain(
    older_than: Annotated[str, typer.Option(help="Days, as 400d; archive.keep_days without it.")] = "",
    as_json: Json = False,
) -> None:
    """Let the raw pages of days go that are over long ago. Articles, texts and hashes stay; what is known stays known."""
    settings = GIVEN.settings()
    found = re.fullmatch(r"(\d{1,5})d?", older_than)
    if older_than and not found:
        raise SettingsError(f"{older_than!r} is no number of days", subject="--older-than", way_out="A number and d: 400d.")
    days = int(found[1]) if found else settings.archive.keep_days
    if days is None:
        raise SettingsError(
            "nothing says how long raw pages are kept",
            subject="--older-than",
            way_out="Give it, as 400d, or set archive.keep_days.",
        )
    done = let_go(load_pipeline(settings), days)
    if as_json:
        print_json({"files": done.files, "bytes": done.bytes})
        return
    _say(f"{done.files:,} files of raw pages are gone, {done.bytes / 2**20:,.1f} MiB")
    _say("Backups and copies made elsewhere are yours to remove.")


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
