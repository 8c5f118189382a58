"""Writes ``warehouse/event/*.sql`` (a typed view per event type, from the models) and ``warehouse/README.md``.

Run as ``make generated``; a test compares the files with what this would write.
"""

import datetime as dt
import typing
from pathlib import Path
from typing import Any, get_args, get_origin

from ..events import REGISTRY, EventData
from .files import PROJECTIONS, relations, sql

_ENVELOPE = ("position", "event_id", "stream", "topic", "caused_by", "run_id", "occurred_at", "recorded_at")
_TYPES: dict[type, str] = {str: "VARCHAR", bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", dt.datetime: "TIMESTAMP"}


def view_name(wire: str) -> str:
    """``feed.polled`` → ``feed_polled``."""
    return wire.replace(".", "_")


def staging_view(model: type[EventData]) -> str:
    """The SQL of one view: the envelope's columns and one column for each field of the model."""
    columns = [name for name in _ENVELOPE if name not in model.model_fields]
    fields = [_column(name, field.annotation) for name, field in model.model_fields.items()]
    sentence = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    return (f"-- One row per event {model.wire}: {sentence}\n"
            f"CREATE OR REPLACE VIEW event.{view_name(model.wire)} AS\n"
            f"SELECT {', '.join(columns)},\n    " + ",\n    ".join(fields)
            + f"\nFROM log.event WHERE type = '{model.wire}';\n")


def _column(name: str, annotation: Any) -> str:
    duckdb_type = _duckdb_type(annotation)
    if duckdb_type == "JSON":
        return f"data -> '$.{name}' AS \"{name}\""
    if duckdb_type == "VARCHAR":
        return f"data ->> '$.{name}' AS \"{name}\""
    arrow = "->" if duckdb_type.endswith("[]") else "->>"
    return f"(data {arrow} '$.{name}')::{duckdb_type} AS \"{name}\""


def _duckdb_type(annotation: Any) -> str:
    """Scalars as themselves, tuples of strings as lists, everything nested as JSON."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return _duckdb_type(arguments[0])
    if origin is typing.Literal:
        return "VARCHAR"
    if origin is tuple:
        inner = _duckdb_type(arguments[0])
        return f"{inner}[]" if inner in ("VARCHAR", "BIGINT", "DOUBLE") else "JSON"
    if arguments and origin is not dict:  # Optional
        return _duckdb_type(next(argument for argument in arguments if argument is not type(None)))
    return _TYPES.get(annotation, "JSON")


_FOLDERS = {
    "projection": ("main", "Relations made from the log: what people ask. Times are UTC."),
    "relation": ("main", "Views that read as relations: made from the tables above."),
    "macro": ("main", "Questions with parameters: `FROM name(…)`."),
    "report": ("report", "Ready answers."),
    "check": ("check", "Each must be empty; `monitor verify` runs them."),
    "event": ("event", "The log, one typed view per event type."),
    "todo": ("todo", "Work lists: what the next run has to do. `SET VARIABLE now = …` stands in for the clock."),
    "schema": ("log", "The log itself: `log.event`, `log.body` (texts by SHA-256), `log.head`, `log.checkpoint`."),
}


def overview() -> str:
    """The README of the warehouse folder: how to open it, and every relation with its grain."""
    parts = [_OPENING]
    for folder, (schema, meaning) in _FOLDERS.items():
        parts.append(f"\n## {folder}/ → schema `{schema}`\n\n{meaning}\n")
        names = PROJECTIONS if folder == "projection" else relations(folder)
        rows = []
        for name in names:
            lines = sql(folder, name).splitlines()
            comment = " ".join(line.removeprefix("--").strip() for line in lines[: _comment_lines(lines)])
            prefix = "" if schema in ("main", "log") else f"{schema}."
            rows.append(f"| `{prefix}{name}` | {comment.replace('|', chr(92) + '|')} |")
        parts.append("| relation | one row per … |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _comment_lines(lines: list[str]) -> int:
    return next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))


_OPENING = """# The warehouse

`monitor.duckdb` in this folder is the copy for reading, replaced atomically after each run: open it with `monitor sql`,
`monitor shell`, `duckdb warehouse/monitor.duckdb` or any program that reads DuckDB files, for as long as you like. The file
that the program writes lies in `.live/`; nobody needs to open it, and whoever does makes runs wait.

Folder = schema, file = relation, its first comment = its grain. Each file runs as it stands on a warehouse. This page is
written by `make generated` from the files.
"""


def main(root: Path) -> None:
    """Write the views into ``root/event`` and the overview into ``root/README.md``."""
    for wire, model in REGISTRY.items():
        (root / "event" / f"{view_name(wire)}.sql").write_text(staging_view(model), encoding="utf-8")
    (root / "README.md").write_text(overview(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(__file__).parents[3] / "warehouse")
