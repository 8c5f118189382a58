"""The commands that ask the published copy: sql, shell."""

import datetime as dt
import os
import shutil
import sys
from typing import Annotated

import typer

from ..errors import QueryError
from ..warehouse import WarehouseFiles, query_copy, read_copy
from ..warehouse.query import copy_age
from .app import GIVEN, Json, app
from .show import as_records, console, err, print_csv, print_json, print_table

Limit = Annotated[int, typer.Option(help="Rows to show; 0 for all.", min=0)]


@app.command(
    epilog='Example: [bold]monitor sql "SELECT outlet, count(*) FROM article GROUP BY ALL"[/bold]   ("-" reads standard input)'
)
def sql(
    statement: Annotated[str, typer.Argument(help="SQL, or - for standard input.")],
    as_json: Json = False,
    is_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    limit: Limit = 200,
    is_verbose: Annotated[bool, typer.Option("--verbose", help="Say how old the copy is also where nobody watches.")] = False,
) -> None:
    """Ask the published copy anything, also while a run writes."""
    text = sys.stdin.read() if statement == "-" else statement
    files = GIVEN.files()
    table = query_copy(files, text)
    if is_csv:
        print_csv(table.columns, table.rows)
    elif as_json:
        print_json(as_records(table))
    else:
        print_table(table, limit=limit)
    if err.is_terminal or is_verbose:
        err.print(f"[dim]copy of {_age(files)}[/]")


def _age(files: WarehouseFiles) -> str:
    minutes = int(copy_age(files, dt.datetime.now(dt.UTC)).total_seconds() // 60)
    return "less than a minute ago" if minutes < 1 else f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"


@app.command(epilog="Example: [bold]monitor shell[/bold]")
def shell() -> None:
    """Open the published copy in DuckDB's own shell if it is installed, else in a plain one. Never blocks a run."""
    files = GIVEN.files()
    with read_copy(files):
        pass  # a missing copy is said here, with the way out
    err.print(f"copy of {_age(files)}, for reading: {files.copy}", markup=False, soft_wrap=True)
    program = shutil.which("duckdb")
    if program:
        err.file.flush()  # what is not written yet is lost when another program takes this one's place
        os.execv(program, [program, "-readonly", str(files.copy)])  # noqa: S606 - the user's own shell, no shell between
    console.print("Statements end with ; and .quit ends the shell.")
    lines: list[str] = []
    while True:
        try:
            lines.append(input("  … " if lines else "sql> "))
        except EOFError:
            return
        text = "\n".join(lines).strip()
        if text in (".quit", ".exit", "quit", "exit"):
            return
        if text.endswith(";"):
            lines = []
            try:
                print_table(query_copy(files, text), limit=200)
            except QueryError as error:
                err.print(str(error), markup=False, soft_wrap=True)
            except KeyboardInterrupt:  # ends the statement, not the shell
                err.print("interrupted")
