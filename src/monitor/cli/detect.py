"""The command that reads texts without a warehouse: detect."""

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from ..detection import Detected, Detector, GivenArticle, as_json_line, read_articles
from ..errors import CorpusError
from ..mentions import Rules
from ..pipeline.shared import load_pipeline
from .app import GIVEN, app
from .show import console

_COLOURS = {"new": "green", "variant": "yellow", "known": "cyan"}


@app.command(epilog="Example: [bold]monitor detect --jsonl articles.jsonl[/bold] or [bold]monitor detect article.txt[/bold]")
def detect(
    path: Annotated[Path | None, typer.Argument(help="A text file; - or nothing for standard input.")] = None,
    jsonl: Annotated[Path | None, typer.Option(help="A file of articles, read in its order with one ledger.")] = None,
    language: Annotated[str, typer.Option(help="Language where an article does not say.")] = "en",
    published: Annotated[str | None, typer.Option(help="When the text was published, such as 2031-04-02 (now).")] = None,
    is_empty: Annotated[bool, typer.Option("--empty-ledger", help="Start without the profile's known proposals.")] = False,
) -> None:
    """Read texts and say which proposals they speak of. Nothing is stored; the warehouse is not touched."""
    rules = Rules.of(load_pipeline(GIVEN.settings()).profile)
    now = dt.datetime.now(dt.UTC)
    detector = Detector(rules, at=now, is_empty=is_empty)
    if jsonl is not None:
        for article in read_articles(jsonl):
            _, line = detector.read(article.as_text(language=language, today=now))
            typer.echo(as_json_line(line))
        return
    given = GivenArticle(id=str(path or "-"), text=_given_text(path), published=published)
    text = given.as_text(language=language, today=now)
    _show(text.text, *detector.read(text))


def _given_text(path: Path | None) -> str:
    if path is None or str(path) == "-":
        return sys.stdin.read()
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", subject=str(path), way_out="Name an existing file.") from error
    except UnicodeDecodeError as error:
        raise CorpusError("is not UTF-8", subject=str(path), way_out="Save the file as UTF-8.") from error


def _show(text: str, detected: Detected, line: dict[str, Any]) -> None:
    """The text with its spans in colour, then a line for each mention and alert."""
    shown = Text(text)
    for mention in line["mentions"]:
        for reading in mention["readings"]:
            shown.stylize("underline", reading["start"], reading["end"])
        for stance in mention["stances"]:
            shown.stylize("italic", stance["start"], stance["end"])
        shown.stylize(f"bold {_COLOURS.get(mention['outcome'], 'magenta')}", mention["start"], mention["end"])
    console.print(shown, soft_wrap=True)
    console.print(f"\n{detected.gate.gate}: {', '.join(detected.gate.why)}", style="dim", markup=False, soft_wrap=True)
    for mention in line["mentions"]:
        colour = _COLOURS.get(mention["outcome"], "magenta")
        console.print(Text(f"{mention['outcome']:<15}", style=colour) + Text(_in_words(text, mention)), soft_wrap=True)
    for alert in line["alerts"]:
        console.print(f"alert ({alert['kind']}): {alert['label']}", style="bold", markup=False, soft_wrap=True)


def _in_words(text: str, mention: dict[str, Any]) -> str:
    terms = ("duration_days", "captives", "prisoners", "phases")
    parts = [
        f"“{' '.join(text[mention['start'] : mention['end']].split())}”",
        f"by {', '.join(mention['proposers'])}" if mention["proposers"] else "",
        *(f"{term} {mention[term]}" for term in terms if mention[term] is not None),
        *(f"{stance['party']} {stance['act']} ({stance['source']})" for stance in mention["stances"]),
        mention["proposal_id"] or "",
    ]
    return " · ".join(part for part in parts if part)
