"""The commands that compare: dedup, on files alone; cluster, which corrects what was taken for one text."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ..duplicates.files import ComparableText, compare_texts, read_line
from ..errors import CorpusError
from ..pipeline.clustering import merge_clusters, split_article
from ..pipeline.shared import load_pipeline
from .app import GIVEN, app
from .show import console

cluster_app = typer.Typer(no_args_is_help=True, help="Clusters: articles that carry one text. A correction is an event.")
app.add_typer(cluster_app, name="cluster")
Why = Annotated[str, typer.Option(help="The reason, kept with the event.")]


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


@cluster_app.command("merge", epilog='Example: [bold]monitor cluster merge article-1a… article-2b… --why "one statement"[/bold]')
def cluster_merge(
    cluster: Annotated[str, typer.Argument(help="Id of the cluster that ends.")],
    into: Annotated[str, typer.Argument(help="Id of the cluster that its articles join.")],
    why: Why = "",
) -> None:
    """Say that two clusters carry one text."""
    events = merge_clusters(load_pipeline(GIVEN.settings()), cluster, into, why)
    console.print(f"{len(events)} articles moved")


@cluster_app.command("split", epilog='Example: [bold]monitor cluster split article-1a… --why "its own report"[/bold]')
def cluster_split(article: Annotated[str, typer.Argument(help="Id of the article.")], why: Why = "") -> None:
    """Say that an article is no copy: it gets a cluster of its own."""
    event = split_article(load_pipeline(GIVEN.settings()), article, why)
    console.print(f"{event.article_id} left {event.from_cluster_id}", markup=False)
