"""The commands that put documents into the seed corpus, or describe them: seed import, seed describe."""

from pathlib import Path
from typing import Annotated

import typer

from ..corpus import read_documents
from ..pipeline.running import import_documents
from ..pipeline.shared import load_pipeline
from .app import GIVEN, app
from .show import console

seed_app = typer.Typer(no_args_is_help=True, help="The seed corpus: documents that every article is compared with.")
app.add_typer(seed_app, name="seed")


@seed_app.command("import", epilog="Example: [bold]monitor seed import seeds/*.txt[/bold]")
def seed_import(
    paths: Annotated[list[Path], typer.Argument(help="Text, HTML or JSONL files.")],
    language: Annotated[str, typer.Option(help="Language where a file does not say.")] = "en",
) -> None:
    """Put documents into the seed corpus; later articles are compared with them for ever."""
    documents = [document for path in paths for document in read_documents(path, language=language)]
    appended = import_documents(load_pipeline(GIVEN.settings()), documents)
    console.print(f"{len(appended.new)} imported, {appended.known} known already")


@seed_app.command("describe", epilog="Example: [bold]monitor seed describe seeds/*.txt > topic.seeds.jsonl[/bold]")
def seed_describe(
    paths: Annotated[list[Path], typer.Argument(help="Text, HTML or JSONL files.")],
    language: Annotated[str, typer.Option(help="Language where a file does not say.")] = "en",
) -> None:
    """Print the facts of documents (hashes, length, sampled shingles) without their text, to ship with a profile."""
    for path in paths:
        for document in read_documents(path, language=language):
            typer.echo(document.facts.model_dump_json())
