"""Writes ``warehouse/event/*.sql``: one typed view per event type, from the models. Run as ``make events``; a test compares."""

import datetime as dt
import typing
from pathlib import Path
from typing import Any, get_args, get_origin

from ..events import REGISTRY, EventData

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


def main(folder: Path) -> None:
    """Write all views into ``folder``."""
    for wire, model in REGISTRY.items():
        (folder / f"{view_name(wire)}.sql").write_text(staging_view(model), encoding="utf-8")


if __name__ == "__main__":
    main(Path(__file__).parents[3] / "warehouse" / "event")
