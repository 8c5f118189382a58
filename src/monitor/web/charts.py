"""Pictures: rows to Vega-Lite by altair, and those to SVG or PNG on this machine by vl-convert, so that no script runs in a page.

A picture never says more than its rows, which stand beside it as a table. Colours keep their distance for colour-blind eyes
(Okabe and Ito 2008); nothing is told by colour alone.
"""

import datetime as dt
import json
import re
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import vl_convert

from .words import letter

Row = dict[str, Any]
Theme = Literal["light", "dark"]
_NOON = dt.timedelta(hours=12)
_UNDRAWABLE = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]|[\\u202a-\\u202e\\u2066-\\u2069]")
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999", "#F0E442"]
WIDTH = 720
_INK = {"light": "#33383d", "dark": "#d6d9dc"}
_FAINT = {"light": "#e2e0da", "dark": "#3a4046"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$")


def svg(chart: alt.TopLevelMixin, theme: Theme) -> bytes:
    """The picture as SVG, in ink for a light or a dark page."""
    return str(vl_convert.vegalite_to_svg(_spec(chart), config=_config(theme))).encode()


def png(chart: alt.TopLevelMixin, theme: Theme) -> bytes:
    """The picture as PNG at twice its size, for slides."""
    return bytes(
        vl_convert.vegalite_to_png(
            _spec(chart), config=_config(theme) | {"background": "#ffffff" if theme == "light" else "#15181b"}, scale=2
        )
    )


def warm_up() -> None:
    """Draw something: the first picture of a process takes seconds, which no reader should wait."""
    svg(counts([]), "light")


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
        "legend": {
            **text,
            "orient": "bottom",
            "columns": 4,
            "labelLimit": 220,
            "columnPadding": 34,
            "symbolBaseFillColor": ink,
            "symbolBaseStrokeColor": ink,
            "rowPadding": 5,
        },
        "range": {"category": COLOURS},
        "text": {"color": ink},
    }


def inline(rows: Sequence[Row], *names: str) -> alt.InlineData:
    """Only what is drawn, moments as text: altair then needs no data frame."""
    shown = [{name: _drawable(row[name]) for name in names} for row in rows]
    return alt.InlineData(values=json.loads(json.dumps(shown, default=str)))


def _drawable(value: Any) -> Any:
    """Words without what XML has no place for, which breaks a picture, and without signs that turn the text beside them."""
    return _UNDRAWABLE.sub("", value) if isinstance(value, str) else value


def trend(rows: Sequence[Row], opened: Sequence[Row]) -> alt.TopLevelMixin:
    """Articles for each feed alive, by bucket (rows of ``page/trend`` or ``page/volume``).

    Grey where nobody was listening; a rule with a letter where a proposal was opened, in the order of ``opened``.
    """
    step, window = _buckets([row["bucket"] for row in rows])
    shown = [{"bucket": utc(_moment(row["bucket"]) + step / 2), "value": row["per_feed"]} for row in rows]
    x = time_axis("bucket", window, domain=window)
    y = alt.Y("value:Q", title="articles per feed alive", axis=alt.Axis(tickCount=5))
    layers: list[Any] = [
        alt.Chart(inline(shown, "bucket", "value")).mark_bar(color=COLOURS[0], width=_bar(len(rows))).encode(x=x, y=y)
    ]
    top = max((row["value"] or 0 for row in shown), default=0) or 1
    if gaps := [row | {"top": top} for row in shown if row["value"] is None]:
        grey = alt.Chart(inline(gaps, "bucket", "top")).mark_bar(color="#888888", opacity=0.25, width=WIDTH / len(rows))
        layers.insert(0, grey.encode(x=x, y=alt.Y("top:Q", title="articles per feed alive")))
    if opened:
        marks = [{"at": utc(row["opened_at"]), "letter": letter(number), "top": top} for number, row in enumerate(opened)]
        rule = alt.Chart(inline(marks, "at", "letter", "top")).encode(x=alt.X("at:T", scale=alt.Scale(type="utc")))
        layers.append(rule.mark_rule(strokeDash=[4, 3], color=COLOURS[5]))
        layers.append(
            rule.mark_text(dy=-8, dx=7, fontWeight="bold").encode(y=alt.Y("top:Q", title=""), text="letter:N")  # over its rule
        )
    return alt.layer(*layers).properties(width=WIDTH, height=220)


def counts(rows: Sequence[Row]) -> alt.TopLevelMixin:
    """The raw figures of the same rows: articles, and independent texts below them; nothing corrected."""
    step, window = _buckets([row["bucket"] for row in rows])
    shown = [
        {"bucket": utc(_moment(row["bucket"]) + step / 2), "kind": kind, "value": row[name]}
        for row in rows
        for name, kind in (("articles", "articles, copies included"), ("texts", "independent texts"))
    ]
    chart: alt.Chart = (
        alt.Chart(inline(shown, "bucket", "kind", "value"))
        .mark_line(point=alt.OverlayMarkDef(size=24), strokeWidth=1.8)
        .encode(
            x=time_axis("bucket", window, domain=window),
            y=alt.Y("value:Q", title="counted", axis=alt.Axis(tickCount=4)),
            color=alt.Color("kind:N", title=None),
            strokeDash=alt.StrokeDash("kind:N", title=None),
        )
        .properties(width=WIDTH, height=150)
    )
    return chart


def outlets(rows: Sequence[Row], most: int = 15) -> alt.TopLevelMixin:
    """Of the loudest outlets (rows of ``page/sources``) the share of independent texts, how often first, and the median lag."""
    shown = [
        {
            "outlet": shortened(row["outlet"], 30),
            "share": 100 * (row["share_of_texts"] or 0),
            "first": row["first_to_report"] or 0,
            "lag": row["median_hours"],
        }
        for row in rows[:most]
    ]
    base = alt.Chart(inline(shown, "outlet", "share", "first", "lag"))
    order = [row["outlet"] for row in shown]

    def panel(field: str, title: str, colour: str, *, is_first: bool) -> alt.Chart:
        axis = alt.Axis(labelLimit=200) if is_first else None
        made: alt.Chart = (
            base.mark_bar(color=colour, height=11)
            .encode(
                y=alt.Y("outlet:N", title=None, sort=order, axis=axis),
                x=alt.X(f"{field}:Q", title=title, axis=alt.Axis(tickCount=4, orient="top")),
            )
            .properties(width=165, height=22 * max(len(shown), 1))
        )
        return made

    return alt.hconcat(
        panel("share", "share of independent texts, %", COLOURS[0], is_first=True),
        panel("first", "times first to report", COLOURS[2], is_first=False),
        panel("lag", "median lag when not first, hours", COLOURS[1], is_first=False),
        spacing=24,
    )


def coverage(rows: Sequence[Row]) -> alt.TopLevelMixin:
    """How many feeds answered each day and how many did not (``report.coverage_daily``), under a line of all that were known."""
    step, window = _buckets([row["day"] for row in rows])
    shown = [
        {"day": utc(_moment(row["day"]) + step / 2), "kind": kind, "value": row[name], "known": row["feeds_known"]}
        for row in rows
        for name, kind in (("feeds_alive", "answered"), ("feeds_failed", "failed all day"))
    ]
    base = alt.Chart(inline(shown, "day", "kind", "value", "known")).encode(x=time_axis("day", window, domain=window))
    colours = alt.Scale(domain=["answered", "failed all day"], range=[COLOURS[0], COLOURS[5]])
    bars = base.mark_bar(width=_bar(len(rows))).encode(
        y=alt.Y("value:Q", title="feeds", axis=alt.Axis(tickCount=4)), color=alt.Color("kind:N", title=None, scale=colours)
    )
    line = base.mark_line(interpolate="step", strokeDash=[4, 3], color="#888888").encode(y=alt.Y("known:Q", title="feeds"))
    return alt.layer(bars, line).properties(width=WIDTH, height=150)


def axes(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[int, int] | None:
    """Which columns of an answer make a picture: the first that is no number (or the first), and the first number beside it."""
    if not rows:
        return None
    numbers = [
        place
        for place in range(len(columns))
        if any(row[place] is not None for row in rows)
        and all(row[place] is None or (isinstance(row[place], int | float) and not isinstance(row[place], bool)) for row in rows)
    ]
    along = next((place for place in range(len(columns)) if place not in numbers), 0)
    values = [place for place in numbers if place != along]
    return (along, values[0]) if values else None


def answer(columns: Sequence[str], rows: Sequence[Sequence[Any]], most: int = 400) -> alt.TopLevelMixin:
    """An answer of SQL: bars by day or moment where the first column is one, else a bar for each of its values, at most forty."""
    along, value = axes(columns, rows) or (0, 0)
    pairs = [(str(row[along]), row[value]) for row in rows[:most] if row[along] is not None]
    title = str(columns[value])
    shown: list[Row]
    if pairs and all(_DAY.match(name) for name, _ in pairs):
        shown = [
            {"along": f"{name.replace(' ', 'T')}Z" if len(name) > 10 else f"{name}T00:00:00Z", "value": amount}
            for name, amount in pairs
        ]
        over: alt.Chart = (
            alt.Chart(inline(shown, "along", "value"))
            .mark_bar(color=COLOURS[0], width=_bar(len(shown)))
            .encode(
                x=alt.X("along:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=7, labelOverlap=True)),
                y=alt.Y("value:Q", title=title),
            )
            .properties(width=WIDTH, height=240)
        )
        return over
    shown = [{"along": shortened(name, 48), "value": amount} for name, amount in pairs[:40]]
    beside: alt.Chart = (
        alt.Chart(inline(shown, "along", "value"))
        .mark_bar(color=COLOURS[0], height=11)
        .encode(
            y=alt.Y("along:N", title=None, sort=None), x=alt.X("value:Q", title=title, axis=alt.Axis(orient="top", tickCount=6))
        )
        .properties(width=480, height=22 * max(len(shown), 1))
    )
    return beside


def by_group(rows: Sequence[Row], *, group: str, value: str, title: str) -> alt.TopLevelMixin:
    """Stacked bars by day, one colour a group; the groups beyond seven are one."""
    totals: dict[str, float] = {}
    for row in rows:
        totals[str(row[group])] = totals.get(str(row[group]), 0) + (row[value] or 0)
    kept = set(sorted(totals, key=lambda name: (-totals[name], name))[:7])
    shown = [
        {
            "day": utc(_moment(row["day"]) + _NOON),
            "group": str(row[group]) if str(row[group]) in kept else "others",
            "value": row[value],
        }
        for row in rows
    ]
    _, window = _buckets(sorted({row["day"] for row in rows}), _NOON * 2)
    chart: alt.Chart = (
        alt.Chart(inline(shown, "day", "group", "value"))
        .mark_bar(width=_bar((max(row["day"] for row in rows) - min(row["day"] for row in rows)).days + 1) if rows else 1)
        .encode(
            x=time_axis("day", window, domain=window),
            y=alt.Y("sum(value):Q", title=title),
            color=alt.Color("group:N", title=None),
        )
        .properties(width=WIDTH, height=200)
    )
    return chart


def _bar(count: int) -> float:
    """Width of one of so many bars, in pixels; a single one does not fill the picture."""
    return min(60.0, 0.8 * WIDTH / max(count, 1))


def _buckets(
    starts: Sequence[dt.datetime | dt.date], step: dt.timedelta | None = None
) -> tuple[dt.timedelta, tuple[dt.datetime, dt.datetime]]:
    """The length of buckets by their starts (a day where there is one only), and from where to where they reach."""
    moments = [_moment(start) for start in starts] or [dt.datetime(2000, 1, 1)]  # noqa: DTZ001 - UTC throughout, as in the relations
    step = step or (moments[-1] - moments[-2] if len(moments) > 1 else _NOON * 2)
    return step, (moments[0], moments[-1] + step)


def _moment(day: dt.datetime | dt.date) -> dt.datetime:
    return day if isinstance(day, dt.datetime) else dt.datetime.combine(day, dt.time())


def time_axis(field: str, moments: Sequence[dt.datetime | dt.date], *, domain: tuple[dt.date, dt.date] | None = None) -> alt.X:
    """A time axis in UTC whose labels say as much as its span needs; from day to day where a ``domain`` is given."""
    span = max(moments) - min(moments) if moments else dt.timedelta(0)
    is_short = span <= dt.timedelta(days=4) and (domain is not None or any(isinstance(moment, dt.datetime) for moment in moments))
    axis = alt.Axis(format="%d %b %H:%M" if is_short else "%d %b %Y", tickCount=7, labelOverlap=True)
    scale = alt.Scale(type="utc", domain=[utc(day) for day in domain]) if domain else alt.Scale(type="utc")
    return alt.X(f"{field}:T", title=None, scale=scale, axis=axis)


def utc(moment: dt.datetime | dt.date) -> str:
    """A moment or day as Vega reads it."""
    return f"{moment.isoformat()}Z" if isinstance(moment, dt.datetime) else f"{moment.isoformat()}T00:00:00Z"


def shortened(label: str, most: int = 44) -> str:
    """A name that fits beside its lane."""
    return label if len(label) <= most else f"{label[: most - 1]}…"
