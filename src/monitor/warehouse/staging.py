"""Writes ``warehouse/event/*.sql`` (a typed view per event type, from the models), the overview and the data dictionary.

Run as ``make generated``; a test compares the files with what this would write.
"""

import datetime as dt
import re
import typing
from pathlib import Path
from typing import Any, get_args, get_origin

import duckdb

from ..events import REGISTRY, EventData
from .files import PROJECTIONS, relations, sql
from .schema import prepare

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
    return (
        f"-- One row per event {model.wire}: {sentence}\n"
        f"CREATE OR REPLACE VIEW event.{view_name(model.wire)} AS\n"
        f"SELECT {', '.join(columns)},\n    " + ",\n    ".join(fields) + f"\nFROM log.event WHERE type = '{model.wire}';\n"
    )


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
    "macro": ("main", "Questions with parameters: `FROM name(…)`, each with an example in `docs/dictionary.md`."),
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
        if folder == "macro":
            rows = [f"| `{signature(name)}` | {_cell(_comment(folder, name)[0])} |" for name in relations(folder)]
            parts.append("| macro | gives |\n|---|---|\n" + "\n".join(rows) + "\n")
            continue
        names = PROJECTIONS if folder == "projection" else relations(folder)
        prefix = "" if schema in ("main", "log") else f"{schema}."
        rows = [f"| `{prefix}{name}` | {_cell(' '.join(_comment(folder, name)))} |" for name in names]
        parts.append("| relation | one row per … |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def dictionary() -> str:
    """Every relation of main and report with its grain, and its columns with type and meaning; every macro with an example.

    Types and meanings are read from a fresh warehouse, so that they are those of the files in ``warehouse/comment``.
    """
    with duckdb.connect() as connection:
        prepare(connection)
        columns = connection.execute("""
            SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns()
            WHERE schema_name IN ('main', 'report') AND NOT internal ORDER BY column_index""").fetchall()
    parts = [_DICTIONARY]
    for folder in ("projection", "relation", "report"):
        schema = _FOLDERS[folder][0]
        parts.append(f"\n## {_FOLDERS[folder][1]}\n")
        for name in PROJECTIONS if folder == "projection" else relations(folder):
            parts.append(f"\n### `{'' if schema == 'main' else schema + '.'}{name}`\n\n{' '.join(_comment(folder, name))}\n")
            rows = [
                f"| `{column}` | {kind} | {_cell(meaning or '')} |"
                for of, table, column, kind, meaning in columns
                if (of, table) == (schema, name)
            ]
            parts.append("| column | type | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    parts.append("\n## Macros\n")
    for name in relations("macro"):
        lines = _comment("macro", name)
        example = next(line for line in lines if line.startswith("Example:"))
        told = " ".join(line for line in lines if line != example)
        parts.append(f"\n### `{signature(name)}`\n\n{told}\n\n```sql\n{example.removeprefix('Example:').strip()}\n```\n")
    return "\n".join(parts)


def signature(macro: str) -> str:
    """``name(parameters)`` of a macro, as its file writes it."""
    found = re.search(r"CREATE OR REPLACE MACRO (\w+\(.*\)) AS\b", sql("macro", macro))
    return found.group(1) if found else macro


def _comment(folder: str, name: str) -> list[str]:
    """The lines of the comment that a file begins with."""
    lines = sql(folder, name).splitlines()
    return [line.removeprefix("--").strip() for line in lines[: _comment_lines(lines)]]


def _cell(words: str) -> str:
    return words.replace("|", chr(92) + "|")


def _comment_lines(lines: list[str]) -> int:
    return next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))


_OPENING = """# The warehouse

`monitor.duckdb` in this folder is the copy for reading, replaced atomically after each run: open it with `monitor sql`,
`monitor shell`, `duckdb warehouse/monitor.duckdb` or any program that reads DuckDB files, for as long as you like. The file
that the program writes lies in `.live/`; nobody needs to open it, and whoever does makes runs wait.

Folder = schema, file = relation, its first comment = its grain. Each file runs as it stands on a warehouse. This page is
written by `make generated` from the files.
"""


_DICTIONARY = """# The data dictionary

Every relation of the schemas `main` and `report`, and every macro. Times are UTC, without a zone. What texts say is never
stated as a fact: whose word it is stands in a column of its own. The same words are in the warehouse itself:

```sql
SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = 'article';
```

This page is written by `make generated` from the SQL files in `warehouse/`. `warehouse/README.md` is the overview;
`docs/questions.md` has questions to begin with.
"""


def main(root: Path) -> None:
    """Write the views into ``root/event``, the overview into ``root/README.md``, the dictionary into ``docs`` beside it."""
    for wire, model in REGISTRY.items():
        (root / "event" / f"{view_name(wire)}.sql").write_text(staging_view(model), encoding="utf-8")
    (root / "README.md").write_text(overview(), encoding="utf-8")
    (root.parent / "docs" / "dictionary.md").write_text(dictionary(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(__file__).parents[3] / "warehouse")
