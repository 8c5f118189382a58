"""Pictures with a lane for each party or proposal over time: the timeline, positions on a proposal, a family of proposals."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Literal

import altair as alt

from .charts import COLOURS, WIDTH, Row, inline, shortened, time_axis, utc
from .words import lineage as lineage_words

_GREY = "#8a929a"
_SHAPES = {
    "proposed": "diamond", "accepted": "triangle-up", "accepted_in_principle": "triangle-up", "rejected": "triangle-down",
    "conveyed": "triangle-right", "received": "triangle-left", "studying": "circle",
}  # fmt: skip


def timeline(
    rows: Sequence[Row], *, named: Callable[[str], str], window: tuple[dt.date, dt.date] | None = None, lanes: int = 25
) -> alt.TopLevelMixin:
    """Each proposal a line, each first claim of a stance a sign on it: its shape is the act, its colour the party.

    Hollow signs are denials. Of more than ``lanes`` proposals those with the newest report are drawn; the table has all.
    """
    newest: dict[str, Any] = {}
    for row in rows:
        newest[row["label"]] = max(row["at"], newest.get(row["label"], row["at"]))
    kept = set(sorted(newest, key=lambda label: newest[label], reverse=True)[:lanes])
    shown = [_sign(row, row["at"], named) | {"lane": shortened(row["label"])} for row in rows if row["label"] in kept]
    parties = sorted({row["party"] for row in shown})
    return _signs(shown, window or _span([row["at"] for row in rows]), offset="party" if len(parties) > 1 else None)


def stances(rows: Sequence[Row], *, named: Callable[[str], str]) -> alt.TopLevelMixin:
    """What is said of each party's stance on one proposal: a lane for each, a sign for each text and speaker."""
    shown = [_sign(row, row["reported_at"], named) | {"lane": shortened(named(row["party"]), 30)} for row in rows]
    return _signs(sorted(shown, key=lambda row: str(row["at"])), _span([row["reported_at"] for row in rows]), offset=None)


def _sign(row: Row, at: dt.datetime, named: Callable[[str], str]) -> Row:
    return {
        "at": utc(at),
        "party": named(row["party"]),
        "act": str(row["act"]).replace("_", " "),
        "denied": "denied" if row["is_negated"] else "claimed",
    }


def _signs(shown: Sequence[Row], window: tuple[dt.date, dt.date], *, offset: str | None) -> alt.TopLevelMixin:
    """Lanes over time with signs: the shape is the act, the colour the party, hollow is a denial."""
    acts = sorted({str(row["act"]) for row in shown})
    base = alt.Chart(inline(shown, "at", "lane", "party", "act", "denied"))
    lanes = list(dict.fromkeys(row["lane"] for row in shown))
    y = alt.Y("lane:N", title=None, sort=lanes, axis=alt.Axis(grid=True, ticks=False, labelLimit=240, labelPadding=8))
    shapes = [_SHAPES.get(act.replace(" ", "_"), "square") for act in acts]
    encoded: dict[str, Any] = {
        "x": time_axis("at", window, domain=window),
        "y": y,
        "fill": alt.Fill("party:N", title="party"),
        "stroke": alt.Stroke("party:N", title="party"),
        "shape": alt.Shape("act:N", title="is said to have", scale=alt.Scale(domain=acts, range=shapes)),
        "fillOpacity": alt.FillOpacity("denied:N", legend=None, scale=alt.Scale(domain=["claimed", "denied"], range=[0.9, 0.05])),
    }
    if offset:  # so that what was reported at once does not lie on one spot
        encoded["yOffset"] = alt.YOffset(f"{offset}:N", scale=alt.Scale(paddingOuter=0.6))
    height = (48 if offset else 34) * max(len(lanes), 1)
    chart: alt.Chart = (
        base.mark_point(size=100, strokeWidth=1.5, opacity=0.9).encode(**encoded).properties(width=620, height=height)
    )
    return chart


def lineage(rows: Sequence[Row], *, this: str) -> alt.TopLevelMixin:
    """The family of a proposal (``kinship.family_tree``): a lane for each from its announcement to its last report.

    A rule leads from the lane of the one that it varies down to its own beginning; the one asked for is coloured.
    """
    window = _span([moment for row in rows for moment in (row["from_at"], row["last_reported"]) if moment is not None])
    shown, links = _family(rows, this, window[0] + (window[1] - window[0]) / 2)
    scale = alt.Scale(domain=[-0.7, len(rows) - 0.4], reverse=True)
    y, x = alt.Y("lane:Q", axis=None, scale=scale), time_axis("from", window, domain=window)
    base = alt.Chart(inline(shown, "from", "to", "lane", "label", "side", "this"))
    colour = alt.Color("this:N", legend=None, scale=alt.Scale(domain=["this", "other"], range=[COLOURS[0], _GREY]))
    layers: list[Any] = [base.mark_rule(strokeWidth=4, opacity=0.55, strokeCap="round").encode(x=x, x2="to:T", y=y, color=colour)]
    if links:
        tied = alt.Chart(inline(links, "at", "above", "below", "how")).encode(x=alt.X("at:T", scale=alt.Scale(type="utc")))
        drop = tied.mark_rule(strokeDash=[3, 3], color=_GREY)
        layers.append(drop.encode(y=alt.Y("above:Q", scale=scale, axis=None), y2="below:Q"))
        words = tied.mark_text(align="right", dx=-6, dy=-28, fontStyle="italic", fontSize=11)
        layers.append(words.encode(y=alt.Y("below:Q", scale=scale, axis=None), text="how:N"))
    layers.append(base.mark_point(size=90, filled=True, opacity=1).encode(x=x, y=y, color=colour))
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    for side in sides:
        named = base.transform_filter(alt.datum.side == side)
        layers.append(named.mark_text(align=side, dy=-13, fontSize=12, limit=560).encode(x=x, y=y, text="label:N"))
    return alt.layer(*layers).properties(width=WIDTH, height=50 * len(rows))


def _family(rows: Sequence[Row], this: str, middle: dt.date) -> tuple[list[Row], list[Row]]:
    """The lanes, and the links between them; a name begins at its proposal, or ends there where that is late."""
    lane = {row["proposal_id"]: number for number, row in enumerate(rows)}
    begun = {row["proposal_id"]: row["from_at"] for row in rows}
    shown, links = [], []
    for row in rows:
        start, own = row["from_at"], row["proposal_id"]
        shown.append(
            {
                "from": utc(start),
                "to": utc(max(start, row["last_reported"] or start)),
                "lane": lane[own],
                "label": shortened(row["label"], 64),
                "side": "right" if start.date() > middle else "left",
                "this": "this" if own == this else "other",
            }
        )
        if row["parent_id"] in lane:
            at = utc(max(start, begun[row["parent_id"]]))
            links.append({"at": at, "above": lane[row["parent_id"]], "below": lane[own], "how": lineage_words(row["lineage"])})
    return shown, links


def _span(moments: Sequence[dt.datetime]) -> tuple[dt.date, dt.date]:
    """The days around moments, at least one on either side."""
    if not moments:
        return dt.date(2000, 1, 1), dt.date(2000, 1, 2)
    return min(moments).date(), max(moments).date() + dt.timedelta(days=1)
