"""The commands that read the ledger: proposals, proposals show, review and export, timeline."""

import csv
import datetime as dt
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ..alerts import spoken
from ..errors import QueryError, RulingError
from ..ledger_export import CSV_COLUMNS, as_linked_data, as_rows, as_text
from ..pipeline.shared import load_pipeline
from ..warehouse import Table, query_copy
from ..warehouse.files import literal, sql
from .app import GIVEN, Json, app
from .ledger_words import parties, points, stance, stated, told
from .show import as_records, cell, console, print_csv, print_json, print_table

proposals_app = typer.Typer(
    invoke_without_command=True,
    help="The ledger: which proposals exist, and what people decide about it.",
    epilog="Example: [bold]monitor proposals[/bold]",
)
app.add_typer(proposals_app, name="proposals")
Format = Annotated[str, typer.Option("--format", help="table, json or csv.")]
_AGO = re.compile(r"(\d+)\s*([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}


@proposals_app.callback()
def proposals(context: typer.Context, as_json: Json = False) -> None:
    """The ledger: every proposal, its terms as ranges over what was reported, first report, and independent texts."""
    if context.invoked_subcommand is None:
        table = query_copy(GIVEN.files(), "FROM report.proposal_ledger")
        if as_json:
            print_json(as_records(table))
        else:
            print_table(table)


@proposals_app.command("show", epilog="Example: [bold]monitor proposals show proposal-3f2b[/bold]   (or a part of its label)")
def proposals_show(
    proposal: Annotated[str, typer.Argument(help="Id of a proposal or its beginning, or words of its label.")],
    as_json: Json = False,
) -> None:
    """One proposal: terms with who states them, positions with whose word they are, timeline, lineage, and why it is no other."""
    found = _found(proposal)
    about = _about(found["proposal_id"])
    if as_json:
        print_json({"proposal": found, **about})
        return
    names = load_pipeline(GIVEN.settings()).profile.party_names
    for line in told(found, about, names):
        console.print(line, markup=False, soft_wrap=True)


@proposals_app.command("review", epilog="Example: [bold]monitor proposals review[/bold]   (then: confirm or dismiss)")
def proposals_review(as_json: Json = False) -> None:
    """What the ledger left open: each sentence beside the nearest proposal, and the points for it."""
    found = [_as_data(row) for row in as_records(query_copy(GIVEN.files(), "FROM report.proposal_review"))]
    if as_json:
        print_json(found)
        return
    names = load_pipeline(GIVEN.settings()).profile.party_names
    for row in found:
        console.print(f"{row['mention_id']}  ({cell(row['reported_at'])} UTC)", style="bold", markup=False)
        console.print("".join(f"  {line}\n" for line in _evidence(row, names) if line), markup=False, soft_wrap=True)
    said = "`monitor proposals confirm MENTION [--as PROPOSAL]` or `dismiss MENTION` decides."
    console.print(said if found else "nothing is left open", markup=False)


def _evidence(row: dict[str, Any], names: dict[str, str]) -> Iterator[str]:
    """What a text says, beside the nearest proposal and the points for it."""
    yield f"“{row['sentence']}”"
    yield f"{row['outlet']}: {row['title']}  {row['url']}"
    yield f"archive: {row['archive_file']} at {row['archive_offset']}" if row["archive_file"] else ""
    whose = f"by {parties(row['proposers'], names)}, according to {spoken(row['said_by'], names)}"
    yield f"{whose}: {stated(row['readings']) or 'no terms'}"
    if row["nearest_id"]:
        yield f"nearest: {row['nearest_label']}  {row['nearest_id']}"
        yield f"  by {parties(row['nearest_proposers'], names)}: {stated(row['nearest_terms']) or 'no terms'}"
        yield from (f"  {line}" for line in points(row["rows"]))
        yield f"  {row['score']:g} points, {row['lead']:g} ahead of the next"


@proposals_app.command("export", epilog="Example: [bold]monitor proposals export --format jsonld ledger.jsonld[/bold]")
def proposals_export(
    target: Annotated[Path | None, typer.Argument(help="A file that is not there yet; standard output without it.")] = None,
    format_: Annotated[str, typer.Option("--format", help="jsonld or csv.")] = "jsonld",
) -> None:
    """The ledger with every mention and claim, the words that they rest on, whose they are, and the archive record."""
    _known_format(format_, ("jsonld", "csv"))
    files, profile = GIVEN.files(), load_pipeline(GIVEN.settings()).profile
    said = [_as_data(row) for row in as_records(query_copy(files, sql("page", "ledger_claims")))]
    if format_ == "jsonld":
        listed = as_records(
            query_copy(files, "FROM proposal WHERE merged_into IS NULL AND NOT is_dismissed ORDER BY opened_at, proposal_id")
        )
        document = as_linked_data(listed, as_records(query_copy(files, "FROM proposal_term")), said, profile.party_names)
        _write(target, lambda stream: print(as_text(document), file=stream))
        return
    _write(target, lambda stream: csv.writer(stream).writerows([CSV_COLUMNS, *as_rows(said)]))


@app.command(epilog="Example: [bold]monitor timeline --since 30d --format csv[/bold]")
def timeline(
    since: Annotated[
        str, typer.Option(help="From then on: a day such as 2031-04-02, or 12h, 30d, 8w before the latest report.")
    ] = "",
    party: Annotated[str, typer.Option(help="Id or name of a party.")] = "",
    format_: Format = "table",
) -> None:
    """Who is said to have proposed and answered what, when, according to whom."""
    _known_format(format_, ("table", "json", "csv"))
    names = load_pipeline(GIVEN.settings()).profile.party_names
    table = query_copy(GIVEN.files(), f"FROM proposal_timeline WHERE {_since(since)} AND {_party(party, names)}")
    if format_ == "json":
        print_json(as_records(table))
    elif format_ == "csv":
        print_csv(table.columns, ([cell(value) for value in row] for row in table.rows))
    else:
        print_table(_timeline_table(table, names))


def _timeline_table(table: Table, names: dict[str, str]) -> Table:
    rows = []
    for given in as_records(table):
        row: dict[str, Any] = dict(given)
        sources = ", ".join(spoken(source, names) for source in row["said_by"])
        who = names.get(row["party"], row["party"])
        rows.append((row["reported_at"], who, stance(row), row["label"], sources, row["outlet"], row["articles"]))
    columns = ("reported", "party", "act", "proposal", "according to", "first in", "articles")
    return Table(columns, ("TIMESTAMP", *["VARCHAR"] * 5, "BIGINT"), rows)


def _since(since: str) -> str:
    """The condition for a day, or for a time before the latest report. Raises QueryError for anything else."""
    if not since:
        return "true"
    if ago := _AGO.fullmatch(since.strip().lower()):
        hours = int(ago[1]) * _HOURS[ago[2]]
        return f"reported_at >= (SELECT max(reported_at) FROM proposal_timeline) - to_hours({hours})"
    try:
        moment = dt.datetime.fromisoformat(since)
    except ValueError as error:
        raise QueryError(
            "is no moment", subject=f"--since {since}", way_out="Give a day such as 2031-04-02, or 12h, 30d, 8w."
        ) from error
    return f"reported_at >= TIMESTAMP '{(moment.astimezone(dt.UTC) if moment.tzinfo else moment):%Y-%m-%d %H:%M:%S}'"


def _party(party: str, names: dict[str, str]) -> str:
    if not party:
        return "true"
    meant = {key for key, name in names.items() if party.lower() in (key.lower(), name.lower())}
    if not meant:
        raise QueryError(
            "is no party of the topic", subject=f"--party {party}", way_out=f"There are: {', '.join(sorted(names))}."
        )
    return f"party = {literal(meant.pop())}"


def _known_format(given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise QueryError("is no format", subject=f"--format {given}", way_out=f"There are: {', '.join(known)}.")


def _write(target: Path | None, write: Any) -> None:
    if target is None:
        write(sys.stdout)
        return
    try:
        with target.open("x", encoding="utf-8", newline="") as stream:
            write(stream)
    except FileExistsError as error:
        raise QueryError(
            "is there already", subject=str(target), way_out="Name a file that is not; nothing was overwritten."
        ) from error
    except OSError as error:
        raise QueryError(f"cannot be written: {error.strerror}", subject=str(target), way_out="Name another file.") from error
    console.print(f"written: {target}", markup=False)


def _found(wanted: str) -> dict[str, Any]:
    """The one proposal that is meant. Raises RulingError where there is none, or more than one."""
    rows = [_as_data(row) for row in as_records(query_copy(GIVEN.files(), "FROM proposal ORDER BY opened_at, proposal_id"))]
    exact = [row for row in rows if wanted in (row["proposal_id"], row["label"]) or wanted in row["nicknames"]]
    begin = [row for row in rows if row["proposal_id"].startswith((wanted, f"proposal-{wanted}"))]
    words = [row for row in rows if wanted.lower() in row["label"].lower()]
    meant = (exact or begin or words) if wanted else []
    if len(meant) != 1:
        problem = f"{len(meant)} proposals are called so" if meant else "there is no such proposal"
        raise RulingError(problem, subject=wanted, way_out="`monitor proposals` lists them; give the id.")
    return meant[0]


_ABOUT = {
    "terms": "FROM proposal_term WHERE proposal_id = getvariable('proposal')::VARCHAR",
    "positions": "FROM position WHERE proposal_id = getvariable('proposal')::VARCHAR AND act <> 'proposed'",
    "timeline": "FROM proposal_timeline WHERE proposal_id = getvariable('proposal')::VARCHAR",
}


def _about(proposal_id: str) -> dict[str, list[dict[str, Any]]]:
    """What the warehouse knows of a proposal, by kind."""
    files, chosen = GIVEN.files(), f"SET VARIABLE proposal = {literal(proposal_id)};\n"
    asked = _ABOUT | {name: sql("page", name) for name in ("readings", "lineage", "nearest", "rulings")}
    return {name: [_as_data(row) for row in as_records(query_copy(files, chosen + part))] for name, part in asked.items()}


def _as_data(row: Any) -> dict[str, Any]:
    """A row whose JSON columns are values."""
    return {
        name: json.loads(value) if name in ("rows", "readings") and isinstance(value, str) else value
        for name, value in dict(row).items()
    }
