"""The command that reads pages by itself: extract."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from ..articles.model import EXTRACTION_FAILURES, QUARANTINE_REASONS, Extraction, NoText
from ..errors import PageError
from ..pipeline.apart import extract_apart
from .app import GIVEN, app
from .show import console, err

_MOST_BYTES = 100_000_000  # unpacked: a small file of gzip can hold a machine's memory


@app.command(epilog="Example: [bold]monitor extract page.html.gz --url https://outlet.example/news/7 --jsonl[/bold]")
def extract(
    files: Annotated[list[Path], typer.Argument(help="HTML files as they were received, also gzipped.")],
    url: Annotated[str, typer.Option(help="Address of the page: links are resolved against it, its date may stand in it.")] = "",
    feed_language: Annotated[
        str, typer.Option("--language", help="Language of the feed; a text in another is quarantined.")
    ] = "",
    summary: Annotated[str, typer.Option(help="What the feed says of the page: a text that says no more is a stub.")] = "",
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object a line for a program to read.")] = False,
) -> None:
    """Read the article out of pages, without a warehouse: text, title, date, language, author, and what is wrong with it.

    `flags` holds paywall, live_blog and truncated; quarantined with the reason for a text that would not count; or the reason
    why there is no text.
    """
    about = {"url": url, "summary": summary, "feed_language": feed_language}
    pages = ((_page(path), about) for path in files)
    for path, outcome in zip(files, extract_apart(GIVEN.settings().extract, pages), strict=True):
        found = _record(path, url, outcome)
        if as_jsonl:
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            _show(found, outcome)


def _page(path: Path) -> bytes:
    """A page's bytes. Raises PageError for a file that cannot be read."""
    try:
        raw = path.read_bytes()
        if raw[:2] != b"\x1f\x8b":
            return raw
        with gzip.open(path) as packed:
            page = packed.read(_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise PageError(f"cannot be read: {error}", subject=str(path), way_out="Name HTML files, plain or gzipped.") from error
    if len(page) > _MOST_BYTES:
        raise PageError(f"unpacks to more than {_MOST_BYTES} bytes", subject=str(path), way_out="That is no page.")
    return page


def _record(path: Path, url: str, outcome: Extraction | NoText) -> dict[str, Any]:
    record: dict[str, Any] = {"id": path.name.removesuffix(".gz").removesuffix(".html"), "url": url or None}
    if isinstance(outcome, NoText):
        empty = dict.fromkeys(("title", "published", "language", "author", "text"))
        return record | empty | {"flags": [outcome.reason]}
    flags = [*outcome.flags, *(["quarantined", outcome.quarantine] if outcome.quarantine else [])]
    return record | {
        "url": url or outcome.canonical,
        "title": outcome.title or None,
        "published": outcome.published,
        "language": outcome.language or None,
        "author": outcome.author,
        "text": outcome.text or None,
        "flags": flags,
    }


def _show(found: dict[str, Any], outcome: Extraction | NoText) -> None:
    """For a person: what is known in a few lines, then the text."""
    console.print(f"[bold]{escape(found['title'] or found['id'])}[/]", soft_wrap=True)
    facts = [found["published"], found["author"], found["language"], found["url"]]
    console.print(
        escape("  ".join(str(fact) for fact in facts if fact) or "no date, author or address"), style="dim", soft_wrap=True
    )
    if isinstance(outcome, NoText):
        err.print(f"no text: {EXTRACTION_FAILURES[outcome.reason]} {outcome.detail}".rstrip(), markup=False, soft_wrap=True)
        return
    if outcome.flags:
        console.print(f"flags: {', '.join(outcome.flags)}", markup=False)
    if outcome.quarantine:
        why = f"quarantined as {outcome.quarantine}: {QUARANTINE_REASONS[outcome.quarantine]} ({outcome.quarantine_detail})"
        err.print(why, markup=False, soft_wrap=True)
    console.print(f"\n{outcome.text}\n", markup=False, soft_wrap=True)
