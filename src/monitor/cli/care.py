"""The commands that look after a warehouse: verify, redact."""

from typing import Annotated

import typer

from ..pipeline.redacting import redact as redact_article
from ..pipeline.shared import load_pipeline
from ..warehouse import query_copy, read_copy
from ..warehouse.files import relations, sql
from ..warehouse.verify import chain_head, relations_that_differ
from .app import GIVEN, Json, app
from .show import console, err, print_json, print_table


@app.command(
    epilog="Example: [bold]monitor verify[/bold]   (exit code 1 when something is found; --quick leaves out the rebuild)"
)
def verify(
    as_json: Json = False,
    is_quick: Annotated[bool, typer.Option("--quick", help="Run the checks only; do not make every relation afresh.")] = False,
) -> None:
    """Prove the published copy: the chain of hashes, every check, and that a rebuild from the log gives the same relations."""
    files = load_pipeline(GIVEN.settings()).files
    with err.status("running the checks"):
        found = {name: query_copy(files, f'SELECT * FROM "check"."{name}"') for name in relations("check")}
        with read_copy(files) as connection:
            batches, head = chain_head(connection)
    with err.status("making every relation afresh") as status:
        differing = [] if is_quick else relations_that_differ(files, status.update)
    wrong = {name: len(table.rows) for name, table in found.items()}
    if as_json:
        print_json({"checks": wrong, "relations_that_differ": differing, "batches": batches, "chain": head})
    else:
        for name, table in found.items():
            title = sql("check", name).splitlines()[0].removeprefix("-- ")
            console.print(f"[{'red' if table.rows else 'green'}]{'wrong' if table.rows else 'ok':>6}[/]  {name}: {title}")
            if table.rows:
                print_table(table, limit=20)
        if not is_quick:
            state = (
                f"[red] wrong[/]  made afresh, these differ: {', '.join(differing)}"
                if differing
                else "[green]    ok[/]  every relation is what the log makes it"
            )
            console.print(state)
        console.print(f"        {batches:,} batches; the chain ends in {head}")
    if any(wrong.values()) or differing:
        raise typer.Exit(1)


@app.command(epilog="Example: [bold]monitor redact article-3f2b… --why 'asked for by the outlet'[/bold]")
def redact(
    article: Annotated[str, typer.Argument(help="Id of the article.")],
    why: Annotated[str, typer.Option(help="The reason, which stays in the log.")],
) -> None:
    """Take an article's words out on request, also from the bytes of the files; its hashes, address, title and dates stay."""
    pipeline = load_pipeline(GIVEN.settings())
    with err.status("taking it out and writing the file afresh"):
        done = redact_article(pipeline, article, why)
    console.print(
        f"{done.removed.events} events lost their words, {len(done.removed.texts)} texts and {done.pages} raw pages are gone"
    )
    if done.feeds:
        console.print(
            f"{done.feeds} raw feed documents carried the text and are gone with all that was in them; their entries stay"
        )
    if done.removed.shared_with:
        console.print(
            f"The same text, word for word, is also that of {', '.join(done.removed.shared_with)}: "
            "it stays there until that is removed too."
        )
    console.print("Exports, backups and copies made elsewhere are yours to remove.")
