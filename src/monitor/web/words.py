"""Ids, figures and moments in words, the same on every page; parties have the names that the profile gives them."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi.responses import Response

from ..alerts import spoken
from ..scoring import figure
from .passages import Change

_SIDES = ("for", "open", "against")
_LINEAGE = {"responds_to": "answers it", "variant_of": "varies it"}
# How an act is told of a party, and how its denial is; what is not here is told in the past tense by its name.
_STANCES = {
    "accepted_in_principle": ("accepted in principle", "has not accepted in principle"),
    "accepted_with_amendments": ("accepted with amendments", "has not accepted with amendments"),
    "conveyed": ("conveyed it", "has not conveyed it"),
    "demands": ("demands changes", "does not demand changes"),
    "denies_report": ("denies the report", "does not deny the report"),
    "no_response": ("has not answered", "has answered"),
    "received": ("received it", "has not received it"),
    "studying": ("is studying it", "is not studying it"),
    "supports": ("supports it", "does not support it"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """Words for what relations hold. ``parties`` gives the profile's names by id."""

    parties: Mapping[str, str] = field(default_factory=dict)

    def party(self, party: str | None) -> str:
        """A party's name; an id that the profile does not know is shown as it is."""
        return self.parties.get(party or "", party or "")

    def all_parties(self, parties: Iterable[str] | None) -> str:
        """Several, as a list."""
        return ", ".join(self.party(party) for party in parties or ())

    def speaker(self, said_by: str | None) -> str:
        """Whose word it is."""
        return spoken(said_by, self.parties) if said_by else "nobody named"

    def speakers(self, said_by: Iterable[str] | None) -> str:
        """Several, as a list."""
        return "; ".join(self.speaker(one) for one in said_by or ())

    def stance(self, row: Mapping[str, Any]) -> str:
        """Party and act, denied where the text denies it."""
        act = str(row["act"]).replace("_", " ")
        told, denied = _STANCES.get(row["act"], (act, f"has not {act}"))
        return f"{self.party(row['party'])} {denied if row['is_negated'] else told}"

    def act(self, row: Mapping[str, Any]) -> str:
        """A stance without its party, for a strip that names the party beside it."""
        act = str(row["act"]).replace("_", " ")
        told, denied = _STANCES.get(row["act"], (act, f"has not {act}"))
        return denied if row["is_negated"] else told


def sides(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, list[Mapping[str, Any]]]]:
    """Rows of ``page/positions`` by party and by side: for, open, against; who put it forward is no stance on it."""
    found: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for row in rows:
        if row["act"] != "proposed":
            found.setdefault(row["party"], {side: [] for side in _SIDES})[row["side"]].append(row)
    return dict(sorted(found.items()))


def lineage(word: str | None) -> str:
    """How a proposal hangs together with the one that it comes from."""
    return _LINEAGE.get(word or "variant_of") or str(word).replace("_", " ")


def letter(number: int) -> str:
    """The mark of the nth (from 0) remark in a picture: A to Z, then 27 and so on."""
    return chr(ord("A") + number) if number < 26 else str(number + 1)


def term(row: Mapping[str, Any]) -> str:
    """A term with its range: ``60 days``, ``captives 5 to 6``."""
    name, low, high = str(row["term"]), row["low"], row["high"]
    words = name.replace("_", " ")
    if low is None:
        return words
    span = figure((low, high))
    return f"{span} days" if name == "duration_days" else f"{words} {span}"


def moment(value: dt.datetime | dt.date | None) -> str:
    """A moment in UTC to the minute, or a day."""
    if value is None:
        return "–"
    day = f"{value.day} {value:%b %Y}"
    return f"{day}, {value:%H:%M}" if isinstance(value, dt.datetime) else day


def number(value: float | None) -> str:
    """A figure with its thousands; a dash for none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def as_json(page: object) -> Response:
    """Rows as JSON; moments are UTC, in ISO 8601 with a Z."""
    return Response(json.dumps(page, ensure_ascii=False, default=_plain), media_type="application/json")


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, Change):
        return {"kind": value.kind, "before": value.before, "after": value.after}
    return str(value)
