"""A proposal in words for a person: every statement beside whose it is."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..alerts import spoken
from ..scoring import figure
from .show import cell

Row = Mapping[str, Any]
Names = Mapping[str, str]


def told(found: Row, about: Mapping[str, list[dict[str, Any]]], names: Names) -> Iterator[str]:
    """The lines of `monitor proposals show`; ``about`` holds the rows of each kind, ``names`` what parties are called."""
    origin = f"opened by a report on {cell(found['opened_at'])} UTC" if found["mention_id"] else "known to the profile"
    yield f"{found['label']}  {found['proposal_id']}"
    yield f"proposed by {parties(found['proposers'], names)}, as reported; {origin}; {found['status']}"
    if found["is_dismissed"]:
        yield "dismissed: a person says that it is no proposal"
    if found["confirmed_by"]:
        yield f"confirmed by {found['confirmed_by']}"
    yield from _terms(about["terms"], about["readings"], names)
    yield from _positions(about["positions"], names)
    yield from _under("timeline", (_event(row, names) for row in about["timeline"]))
    yield from _under("lineage", (_edge(row) for row in about["lineage"]))
    yield from _nearest(found, about["nearest"])
    yield from _under("what people decided", (_ruling(row) for row in about["rulings"]))


def parties(ids: Iterable[str] | None, names: Names) -> str:
    """Names of parties."""
    return ", ".join(names.get(party, party) for party in ids or ()) or "nobody named"


def stated(terms: Iterable[Row] | None) -> str:
    """Terms in words: ``20 to 21 days, captives 5``."""
    parts = []
    for term in terms or ():
        name = str(term["term"])
        span = figure((term["low"], term["high"])) if term["low"] is not None and term["high"] is not None else ""
        parts.append(f"{span} days".strip() if name.startswith("duration") else f"{name.replace('_', ' ')} {span}".strip())
    return ", ".join(parts)


def stance(row: Row) -> str:
    """``not accepted``."""
    return ("not " if row["is_negated"] else "") + str(row["act"]).replace("_", " ")


def points(rows: Iterable[Row] | None) -> list[str]:
    """The sum for the nearest proposal, a line for each field."""
    return [f"{row['points']:+g} {row['field']}: {row['why']}" for row in rows or ()]


def _under(heading: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield heading
        yield f"  {line}"


def _terms(terms: list[dict[str, Any]], readings: list[dict[str, Any]], names: Names) -> Iterator[str]:
    yield "terms, as ranges over what is stated" if terms else "terms: none stated"
    for term in terms:
        yield f"  {stated([term])}" + ("  (sources differ)" if term["is_disputed"] else "")
        for one in (row for row in readings if row["term"] == term["term"]):
            words = f" “{' '.join(str(one['words']).split())}”," if one["words"] else ""
            yield f"    {stated([one])}:{words} {spoken(one['asserted_by'], names)}, {one['outlet']}"


def _positions(positions: list[dict[str, Any]], names: Names) -> Iterator[str]:
    yield "positions, as claimed" if positions else "positions: none claimed"
    for row in positions:
        where = f"{row['outlet']}, {cell(row['last_claimed'])}"
        yield f"  {parties([row['party']], names)}: {stance(row)}, according to {spoken(row['said_by'], names)} ({where})"
        yield f"    “{row['sentence']}”"


def _event(row: Row, names: Names) -> str:
    sources = ", ".join(spoken(source, names) for source in row["said_by"])
    return f"{cell(row['reported_at'])}  {parties([row['party']], names)} {stance(row)}, according to {sources} ({row['outlet']})"


def _edge(row: Row) -> str:
    return f"{row['edge']} {row['label']}  {row['proposal_id']}" + (f"  ({row['lineage']})" if row["lineage"] else "")


def _nearest(found: Row, nearest: list[dict[str, Any]]) -> Iterator[str]:
    for row in nearest:
        yield f"nearest when it was opened: {row['label']}  {row['proposal_id']}"
        yield f"  why not that: {row['score']:g} points, {row['lead']:g} ahead of the next"
        yield from (f"    {line}" for line in points(row["rows"]))
    if not nearest:
        yield "nearest: none" if found["mention_id"] else "nearest: not asked, since the profile names it"


def _ruling(row: Row) -> str:
    undone = " (taken back)" if row["is_off"] else ""
    return f"{cell(row['ruled_at'])}  {row['act']}{undone} by {row['author']}: {row['reason']}"
