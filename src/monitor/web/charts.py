"""Pictures: rows to Vega-Lite by altair, and those to SVG or PNG on this machine by vl-convert, so that no script runs in a page.

A picture never says more than its rows, which stand beside it as a table. Colours keep their distance for colour-blind eyes
(Okabe and Ito 2008); nothing is told by colour alone.
"""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

import altair as alt
import vl_convert

Row = dict[str, Any]
Theme = Literal["light", "dark"]
_COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999", "#F0E442"]
_WIDTH = 720
_INK = {"light": "#222222", "dark": "#dddddd"}
_FAINT = {"light": "#dddddd", "dark": "#444444"}
_SHAPES = {
    "proposed": "diamond", "accepted": "triangle-up", "accepted_in_principle": "triangle-up", "rejected": "triangle-down",
    "conveyed": "triangle-right", "received": "triangle-left", "studying": "circle",
}  # fmt: skip


def svg(chart: alt.TopLevelMixin, theme: Theme) -> bytes:
    """The picture as SVG, in ink for a light or a dark page."""
    return str(vl_convert.vegalite_to_svg(_spec(chart), config=_config(theme))).encode()


def png(chart: alt.TopLevelMixin, theme: Theme) -> bytes:
    """The picture as PNG at twice its size, for slides."""
    return bytes(vl_convert.vegalite_to_png(_spec(chart), config=_config(theme) | {"background": "white"}, scale=2))


def _spec(chart: alt.TopLevelMixin) -> str:
    return chart.to_json()


def _config(theme: Theme) -> dict[str, Any]:
    ink, faint = _INK[theme], _FAINT[theme]
    text = {"labelColor": ink, "titleColor": ink, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
    return {
        "background": None,
        "font": "sans-serif",
        "padding": {"left": 60, "right": 20, "top": 5, "bottom": 5},  # the reader's font may be wider than the one measured here
        "view": {"stroke": None},
        "axis": {**text, "gridColor": faint, "domainColor": faint, "tickColor": faint, "labelLimit": 260},
        "legend": {**text, "orient": "bottom", "columns": 4, "labelLimit": 220},
        "range": {"category": _COLOURS},
        "text": {"color": ink},
    }


def _data(rows: Sequence[Row], *names: str) -> alt.InlineData:
    """Only what is drawn, moments as text: altair then needs no data frame."""
    return alt.InlineData(values=json.loads(json.dumps([{name: row[name] for name in names} for row in rows], default=str)))


def trend(rows: Sequence[Row], opened: Sequence[Row], *, value: str, title: str) -> alt.TopLevelMixin:
    """Bars by bucket (rows of ``page/trend``), hatched where nobody was listening, with a rule where a proposal was opened."""
    shown = [row | {"bucket": _utc(row["bucket"]), "is_gap": row["per_feed"] is None, "value": row[value]} for row in rows]
    x = _moments("bucket", [row["bucket"] for row in rows])
    bars = (
        alt.Chart(_data(shown, "bucket", "value"))
        .mark_bar(color=_COLOURS[0], width=_bar(len(rows)))
        .encode(x=x, y=alt.Y("value:Q", title=title))
    )
    layers: list[Any] = [bars]
    if gaps := [row for row in shown if row["is_gap"]]:
        top = max((row["value"] or 0 for row in shown), default=0) or 1
        layers.insert(
            0,
            alt.Chart(_data([row | {"top": top} for row in gaps], "bucket", "top"))
            .mark_bar(color="#888888", opacity=0.25, width=_WIDTH / len(rows))
            .encode(x=x, y=alt.Y("top:Q", title=title)),
        )
    if opened:
        rule = alt.Chart(_data([row | {"opened_at": _utc(row["opened_at"])} for row in opened], "opened_at", "label")).encode(
            x=alt.X("opened_at:T", scale=alt.Scale(type="utc"))
        )
        layers.append(rule.mark_rule(strokeDash=[4, 3], color=_COLOURS[5]))
    return alt.layer(*layers).properties(width=_WIDTH, height=220)


def by_group(rows: Sequence[Row], *, group: str, value: str, title: str) -> alt.TopLevelMixin:
    """Stacked bars by day, one colour a group; the groups beyond seven are one."""
    totals: dict[str, float] = {}
    for row in rows:
        totals[str(row[group])] = totals.get(str(row[group]), 0) + (row[value] or 0)
    kept = set(sorted(totals, key=lambda name: (-totals[name], name))[:7])
    shown = [
        {"day": _utc(row["day"]), "group": str(row[group]) if str(row[group]) in kept else "others", "value": row[value]}
        for row in rows
    ]
    chart: alt.Chart = (
        alt.Chart(_data(shown, "day", "group", "value"))
        .mark_bar(width=_bar((max(row["day"] for row in rows) - min(row["day"] for row in rows)).days + 1) if rows else 1)
        .encode(
            x=_moments("day", [row["day"] for row in rows]),
            y=alt.Y("sum(value):Q", title=title),
            color=alt.Color("group:N", title=None),
        )
        .properties(width=_WIDTH, height=200)
    )
    return chart


def timeline(rows: Sequence[Row], *, named: Callable[[str], str]) -> alt.TopLevelMixin:
    """Each proposal a line, each first claim of a stance a sign on it: its shape is the act, its colour the party.

    Hollow signs are denials.
    """
    shown = [
        {
            "at": _utc(row["at"]),
            "label": _short(row["label"]),
            "party": named(row["party"]),
            "act": str(row["act"]).replace("_", " "),
            "denied": "denied" if row["is_negated"] else "claimed",
        }
        for row in rows
    ]
    acts = sorted({str(row["act"]) for row in rows})
    base = alt.Chart(_data(shown, "at", "label", "party", "act", "denied"))
    y = alt.Y(
        "label:N", title=None, sort=list(dict.fromkeys(row["label"] for row in shown)), axis=alt.Axis(grid=True, ticks=False)
    )
    signs: alt.Chart = base.mark_point(size=110, strokeWidth=1.5, opacity=0.9).encode(
        x=_moments("at", [row["at"] for row in rows]),
        y=y,
        # so that what was reported at once does not lie on one spot
        yOffset=alt.YOffset("party:N", scale=alt.Scale(paddingOuter=0.6)),
        fill=alt.Fill("party:N", title="party"),
        stroke=alt.Stroke("party:N", legend=None),
        shape=alt.Shape(
            "act:N",
            title="is said to have",
            scale=alt.Scale(domain=[act.replace("_", " ") for act in acts], range=[_SHAPES.get(act, "square") for act in acts]),
        ),
        fillOpacity=alt.FillOpacity("denied:N", legend=None, scale=alt.Scale(domain=["claimed", "denied"], range=[0.9, 0.05])),
    )
    chart: alt.Chart = signs.properties(width=_WIDTH, height=48 * len({row["label"] for row in shown}))
    return chart


def _bar(count: int) -> float:
    """Width of one of so many bars, in pixels; a single one does not fill the picture."""
    return min(60.0, 0.8 * _WIDTH / max(count, 1))


def _moments(field: str, moments: Sequence[dt.datetime | dt.date]) -> alt.X:
    """A time axis in UTC whose labels say as much as its span needs."""
    span = max(moments) - min(moments) if moments else dt.timedelta(0)
    is_short = span <= dt.timedelta(days=4) and any(isinstance(moment, dt.datetime) for moment in moments)
    axis = alt.Axis(format="%d %b %H:%M" if is_short else "%d %b %Y", tickCount=7, labelOverlap=True)
    return alt.X(f"{field}:T", title=None, scale=alt.Scale(type="utc"), axis=axis)


def _utc(moment: dt.datetime | dt.date) -> str:
    return f"{moment.isoformat()}Z" if isinstance(moment, dt.datetime) else f"{moment.isoformat()}T00:00:00Z"


def _short(label: str, most: int = 44) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"
