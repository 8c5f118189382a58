"""How results look: tables for people, JSON for programs, colours only on a terminal."""

import csv
import datetime as dt
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from ..warehouse import Table

# A pipe has no width of its own: tables get room there instead of folding every cell.
console = Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True, highlight=False, emoji=False)
_FOLDED = 1.5  # a table half as wide again as the terminal can still be read
_LINE = 60
_LABELS = {
    "entry.seen": "entries new",
    "entry.revised": "entries changed",
    "entry.rejected": "entries without a usable link",
    "feed.polled": "feeds polled",
    "feed.poll_failed": "feeds that failed",
    "page.fetched": "pages fetched, also again",
    "page.fetch_failed": "pages that failed",
    "page.unchanged": "pages read again, unchanged",
    "article.extracted": "articles",
    "article.revised": "articles edited",
    "article.post_found": "posts of live blogs",
    "article.alias_found": "other addresses of articles",
    "article.quarantined": "texts in quarantine",
    "article.extraction_failed": "pages without a text",
    "mention.detected": "mentions",
    "claim.made": "claims",
    "proposal.opened": "proposals entered into the ledger",
    "proposal.varied": "variants opened",
    "alert.raised": "alerts raised",
    "alert.delivered": "alerts delivered",
    "alert.delivery_failed": "deliveries that failed",
    "alert.withheld": "deliveries withheld",
}


def summary(counts: Mapping[str, int]) -> None:
    """What a run appended, in words; one line each, nothing for nothing."""
    lines = [(label, counts[wire]) for wire, label in _LABELS.items() if counts.get(wire)]
    if not any(wire in counts for wire in _LABELS):
        console.print("nothing was due")
    for label, number in lines:
        console.print(f"{number:>7,}  {label}")
    if counts.get("feed.poll_failed") and not counts.get("feed.polled"):
        console.print("No feed answered: is this machine online? `monitor feeds` shows each reason.", markup=False)


def print_json(value: object) -> None:
    """Pretty on a terminal, plain in a pipe."""
    console.out(json.dumps(value, ensure_ascii=False, indent=2, default=str), highlight=False)


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A result as CSV, with the ends of lines that a pipe expects."""
    csv.writer(sys.stdout, lineterminator="\n").writerows([columns, *rows])


def written(manifest: Mapping[str, Any], target: Path) -> str:
    """What an export or a backup wrote, in a line."""
    size = sum(line["bytes"] for line in manifest["files"])
    return f"{manifest['head'] + 1:,} events, {len(manifest['files']):,} files, {size / 2**20:,.1f} MiB: {target}"


def print_table(table: Table, *, limit: int = 0) -> None:
    """A result as a table; numbers to the right, times without a zone (they are UTC).

    On a terminal where it would be folded beyond reading, row by row instead, a line for each value.
    """
    view = RichTable(show_edge=False, pad_edge=False, header_style="bold")
    for name, kind in zip(table.columns, table.types, strict=True):
        is_number = any(word in kind.upper() for word in ("INT", "DOUBLE", "DECIMAL", "FLOAT"))
        view.add_column(Text(name), justify="right" if is_number else "left", overflow="fold")
    shown = table.rows[:limit] if limit else table.rows
    cells = [[cell(value) for value in row] for row in shown]
    if console.is_terminal and _natural_width(table.columns, cells) > _FOLDED * console.width:
        _print_rows(table.columns, cells)
    else:
        for row in cells:
            view.add_row(*map(Text, row))
        console.print(view)
    if len(shown) < len(table.rows):
        console.print(f"… {len(table.rows) - len(shown):,} more rows; --limit 0 shows all")


def _natural_width(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """What a table takes whose cells are not folded; no cell counts for more than a line of text."""
    return sum(min(_LINE, max(map(len, (name, *values)))) + 3 for name, *values in zip(columns, *rows, strict=True))


def _print_rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    width = max(map(len, columns))
    for number, row in enumerate(rows, start=1):
        console.print(f"[bold]{number}[/]")
        for name, value in zip(columns, row, strict=True):
            if value:
                console.print(Text.assemble((f"  {name:<{width}}  ", "dim"), value), soft_wrap=True)


def cell(value: object) -> str:
    """One value as text."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}" if not value.second else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def as_records(table: Table) -> Sequence[Mapping[str, object]]:
    """Rows as objects."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]
