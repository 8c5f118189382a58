"""The command that compares: dedup, on files alone."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ..duplicates.files import ComparableText, compare_texts, read_line
from ..errors import CorpusError
from ..pipeline import load_pipeline
from .app import GIVEN, app


@app.command(epilog="Example: [bold]monitor dedup --seed seed.jsonl.gz incoming.jsonl.gz > verdicts.jsonl[/bold]")
def dedup(
    incoming: Annotated[
        Path, typer.Argument(help="JSON Lines: id, text, and url, outlet, date, language where known; may end in .gz.")
    ],
    seed: Annotated[Path, typer.Option(help="The texts to compare with, in the same form.")],
    among: Annotated[bool, typer.Option("--among", help="Compare incoming texts with the ones before them too.")] = False,
) -> None:
    """Say of each incoming text which seed it repeats, in what relation: one JSON object a line, in input order."""
    known, texts = list(_texts(seed)), _texts(incoming)
    for verdict in compare_texts(known, texts, load_pipeline(GIVEN.settings()).profile, among=among):
        typer.echo(json.dumps(verdict, ensure_ascii=False))


def _texts(path: Path) -> Iterator[ComparableText]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield read_line(line, f"{path}:{number}")
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(
            f"cannot be read: {error}", subject=str(path), way_out="Name an existing .jsonl or .jsonl.gz file."
        ) from error
