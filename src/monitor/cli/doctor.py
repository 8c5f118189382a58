"""The command that looks at everything once: doctor. It reads, writes nothing, and waits for nobody."""

import datetime as dt
import json
import os
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer

from .. import health
from ..archive import Archive
from ..errors import MonitorError
from ..events import Record
from ..health import Finding
from ..ids import sha256
from ..notify import channels
from ..pipeline.shared import Pipeline, load_pipeline
from ..warehouse import WarehouseFiles
from ..warehouse.query import copy_age
from ..warehouse.schema import SCHEMA_STEPS
from ..warehouse.shown import ShownCopy
from ..warehouse.spool import Spool
from .app import GIVEN, Json, app
from .show import console, print_json

_EXTRAS = {  # what each brings that nothing else does
    "web": ("uvicorn", "altair"),
    "server": ("duckdb_extension_quack",),
    "metrics": ("prometheus_client",),
    "tracing": ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"),
}
_COLOURS = {"ok": "green", "degraded": "yellow", "broken": "red", "off": "dim", "unknown": "dim"}
_PATIENCE = 2.0  # seconds for Prefect's server


@app.command(epilog="Example: [bold]monitor doctor[/bold]   (exit code 0: all is well, 1: something is degraded, 4: broken)")
def doctor(as_json: Json = False) -> None:
    """One screen: what works, what is degraded, and what to do about it. Reads only."""
    findings = list(_examine(dt.datetime.now(dt.UTC).replace(tzinfo=None)))
    code = health.exit_code(findings)
    if as_json:
        shown = [{"what": one.what, "state": one.state, "says": one.says, "way_out": one.way_out} for one in findings]
        print_json({"exit_code": code, "findings": shown})
    else:
        for one in findings:
            console.print(f"[{_COLOURS[one.state]}]{one.state:>8}[/]  {one.what:<9}  ", end="")
            console.print(one.says, markup=False, soft_wrap=True)
            if one.way_out and one.state != "ok":
                console.print(f"{'':>21}{one.way_out}", markup=False, soft_wrap=True)
        console.print({0: "all is well", 1: "it works, but look at what is degraded", 4: "something is broken"}[code])
    if code:
        raise typer.Exit(code)


def _examine(now: dt.datetime) -> Iterator[Finding]:
    yield _versions()
    try:
        pipeline = load_pipeline(GIVEN.settings())
    except MonitorError as error:
        yield Finding("profile", "broken", f"{error.subject}: {error.message}".removeprefix(": "), error.way_out)
        yield from _surroundings()
        return
    profile = pipeline.profile
    yield Finding(
        "profile", "ok", f"{profile.topic.name}: {len(profile.feed)} feeds, languages {', '.join(sorted(profile.packs))}"
    )
    yield from _warehouse(pipeline, now)
    contact = pipeline.settings.contact
    told = f"publishers are told to write to {contact}" if contact else "publishers are not told whom to write to"
    yield Finding("contact", "ok" if contact else "off", told, 'Put contact = "you@your.example" into monitor.toml.')
    yield _disk(pipeline.files)
    yield from _surroundings()


def _versions() -> Finding:
    mine = f"Python {sys.version.split()[0]}, DuckDB {version('duckdb')}, monitor {version('ceasefire-monitor')}"
    try:
        wanted = next(line for line in requires("ceasefire-monitor") or () if line.startswith("duckdb"))
    except (PackageNotFoundError, StopIteration):
        wanted = ""
    from packaging.requirements import Requirement  # comes with prefect

    if wanted and version("duckdb") not in Requirement(wanted).specifier:
        return Finding("versions", "degraded", f"{mine}; made for {wanted}", "Install with -c constraints.txt.")
    return Finding("versions", "ok", mine)


def _warehouse(pipeline: Pipeline, now: dt.datetime) -> Iterator[Finding]:
    """The copy and all that it tells; without one that can be read, only the files beside it."""
    files = pipeline.files
    facts = None
    try:
        facts = _facts(files)
        yield Finding("warehouse", "ok", f"{facts['events']:,} events in {files.copy}")
    except MonitorError as error:
        yield Finding(
            "warehouse", "broken" if files.copy.exists() else "degraded", f"{error.subject}: {error.message}", error.way_out
        )
    yield _live(files)
    spooled = int(facts["spooled"] or 0) if facts else 0
    refused = len(list((files.spool / "refused").glob("*.json")))
    yield health.judge_spool(len(Spool(files.spool).waiting(spooled)), refused, is_held=files.standin.exists())
    if facts is None:
        return
    yield health.judge_schema(int(facts["schema_step"] or 0), len(SCHEMA_STEPS))
    yield _age(files, now)
    yield health.judge_clock(facts, now)
    yield health.judge_runs(facts, now)
    yield health.judge_feeds(facts)
    yield health.judge_backlog(facts)
    yield _archive(pipeline.archive, facts["newest_record"])
    yield _channels(pipeline, facts)


def _facts(files: WarehouseFiles) -> dict[str, Any]:
    """The row of warehouse/page/health.sql. Raises WarehouseError where the copy cannot be read."""
    copy = ShownCopy(files)
    try:
        with copy.pinned() as shown:
            (facts,) = shown.rows("health")
        return facts
    finally:
        copy.close()


def _live(files: WarehouseFiles) -> Finding:
    """By its first bytes: opening it would be in the way of a run."""
    if not files.live.exists():
        if files.copy.exists():
            return Finding(
                "live file", "degraded", f"{files.live} is missing", "The next run makes it from the copy and the spool."
            )
        return Finding("live file", "degraded", "there is none yet", "`monitor run` makes it.")
    try:
        with files.live.open("rb") as file:
            is_duckdb = file.read(12)[8:12] == b"DUCK"
    except OSError as error:
        return Finding("live file", "broken", f"{files.live}: {error.strerror}", "Mend its rights.")
    if not is_duckdb:
        return Finding(
            "live file",
            "broken",
            f"{files.live} is no DuckDB file",
            "`monitor recover` makes it afresh from the copy and the spool.",
        )
    if not os.access(files.live, os.W_OK) or not os.access(files.root, os.W_OK):
        return Finding(
            "live file", "broken", f"{files.root} may only be read", "Mend the rights, or name another folder with --data."
        )
    return Finding("live file", "ok", "there, and may be written")


def _age(files: WarehouseFiles, now: dt.datetime) -> Finding:
    age = copy_age(files, now.replace(tzinfo=dt.UTC))
    if age > health.LATE:
        return Finding("copy", "degraded", f"published {health.ago(age)} ago", "Each run publishes one: see runs.")
    return Finding(
        "copy", "ok", f"published {health.ago(age)} ago" if age > dt.timedelta(0) else "published in the future: see clock"
    )


def _archive(archive: Archive, newest: dict[str, Any] | None) -> Finding:
    """Whether the newest document reads back with its hash; `monitor archive check` reads all of them."""
    if newest is None or newest["file"] is None:
        return Finding("archive", "unknown", "nothing is archived yet")
    record = Record(**newest)
    try:
        body = archive.read(record.file, record.offset)
    except MonitorError as error:
        return Finding(
            "archive",
            "broken",
            f"{error.subject}: {error.message}",
            "`monitor archive check` says what is lost; restore it from a backup.",
        )
    if sha256(body) != record.sha256:
        return Finding(
            "archive",
            "broken",
            f"{record.file} at {record.offset} has other bytes",
            "`monitor archive check` says what is damaged.",
        )
    return Finding("archive", "ok", f"the newest document reads back ({record.file})")


def _channels(pipeline: Pipeline, facts: dict[str, Any]) -> Finding:
    try:
        names = [one.name for one in channels(pipeline.settings.alerts, pipeline.settings.data)]
    except MonitorError as error:
        return Finding("channels", "broken", error.message, error.way_out)
    return health.judge_channels(facts, names)


def _disk(files: WarehouseFiles) -> Finding:
    folder = next((place for place in (files.root, *files.root.resolve().parents) if place.is_dir()), Path.cwd())
    used = files.live.stat().st_size if files.live.exists() else 0
    return health.judge_disk(shutil.disk_usage(folder).free, used)


def _surroundings() -> Iterator[Finding]:
    missing = [name for name, modules in _EXTRAS.items() if not all(_is_there(module) for module in modules)]
    there = [name for name in _EXTRAS if name not in missing]
    said = f"installed: {', '.join(there) or 'none'}" + (f"; not: {', '.join(missing)}" if missing else "")
    yield Finding("extras", "ok" if there else "off", said, f'pip install "ceasefire-monitor[{missing[0]}]"' if missing else "")
    yield _prefect(os.environ.get("PREFECT_API_URL", ""), _ask)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a parent
        return False


def _prefect(api: str, ask: Callable[[str], object]) -> Finding:
    if not api:
        return Finding("prefect", "off", "no server is named (PREFECT_API_URL); `run` and `watch` need none")
    try:
        ask(f"{api.rstrip('/')}/health")
    except (OSError, ValueError, urllib.error.URLError) as error:
        return Finding(
            "prefect", "degraded", f"{api} does not answer: {error}", "`prefect server start`, or unset PREFECT_API_URL."
        )
    return Finding("prefect", "ok", f"{api} answers")


def _ask(url: str) -> object:
    if not url.startswith(("http://", "https://")):
        raise ValueError("no http address")
    with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310 - the scheme was looked at
        return json.loads(answer.read(10_000))
