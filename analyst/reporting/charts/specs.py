"""The Vega-Lite specification of each kind of chart, through Altair.

Points carry fixed field names, so no column name is ever read as an expression; every text was shortened before.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

from analyst.reporting.charts.axes import category, data, number_axis, tip
from analyst.reporting.charts.choice import ChartChoice
from analyst.reporting.charts.spread_specs import box, heatmap, histogram, scatter
from analyst.reporting.charts.style import BLUE, DARK, GREY, ORANGE, PALETTE, PAPER, RED, WIDTH, look


def specifications(choice: ChartChoice) -> tuple[dict[str, Any], dict[str, Any]]:
    """`choice` as a Vega-Lite specification that stands alone, and as one for a page: as wide as its place, no title.

    Both hold the same layers, which Altair takes most of the time to build.
    """
    chart = _DRAWN[choice.kind](choice).properties(height=_height(choice))
    page: dict[str, Any] = chart.configure(**look()).to_dict(validate=False)
    alone = {**page, "width": WIDTH, "background": "white", "title": _title(choice), "padding": 14}
    page |= {"width": "container", "background": "transparent", "autosize": {"type": "fit-x", "contains": "padding"}}
    if choice.kind in ("bar", "diverging", "grouped"):
        ends = [0, *(row[name] for row in choice.rows for name in ("value", "low", "high") if name in row)]
        page["usermeta"] = {"narrowDomain": _roomy(choice, min(ends), max(ends), pixels=190)}
    return alone, page


def _title(choice: ChartChoice) -> dict[str, Any]:
    title: dict[str, Any] = {"text": textwrap.wrap(choice.title, 84)[:3]}
    if choice.subtitle:
        title["subtitle"] = textwrap.wrap(choice.subtitle, 110)[:2]
    return title


def _height(choice: ChartChoice) -> Any:
    if choice.kind in ("bar", "diverging", "box"):
        return {"step": 64 if len(choice.rows) == 1 else 34 if len(choice.rows) <= 10 else 28}
    if choice.kind == "grouped":
        return {"step": 16 * len({row["series"] for row in choice.rows}) + 8, "for": "position"}
    if choice.kind == "heatmap":
        return {"step": 40 if len(choice.order) <= 8 else 28}
    return 320


def _bars(choice: ChartChoice) -> Any:
    """Horizontal bars with their values written at the end, so that the axis is hardly needed."""
    import altair as alt

    values = [row["value"] for row in choice.rows]
    ends = [row[end] for row in choice.rows for end in ("low", "high") if end in row] + values
    low, high = min(0, *ends), max(0, *ends)
    scale = alt.Scale(domain=_roomy(choice, low, high, pixels=400), nice=False)
    x = alt.X(
        field="value", type="quantitative", scale=scale, axis=number_axis(choice.x, choice.rows, grid=True, tickCount=5)
    )
    tooltip = [tip("full", choice.y.title or "Group"), tip("exact", choice.x.title)]
    colour = _sign_colour() if choice.kind == "diverging" else alt.value(BLUE)
    y = category(choice)
    base = alt.Chart(data(choice.rows))
    bars = base.mark_bar(cornerRadiusEnd=3, height={"band": 0.68}).encode(x=x, y=y, color=colour, tooltip=tooltip)
    return alt.layer(bars, *_intervals(choice, base, y), *_told_values(choice, base, y), *_zero(low))


def _grouped(choice: ChartChoice) -> Any:
    """Bars side by side in each group, a colour a column."""
    import altair as alt

    values = [row["value"] for row in choice.rows]
    low, high = min(0, *values), max(0, *values)
    scale = alt.Scale(domain=_roomy(choice, low, high, pixels=400), nice=False)
    axis = number_axis(choice.x, choice.rows, grid=True, tickCount=5)
    names = list(dict.fromkeys(row["series"] for row in choice.rows))
    beside = alt.YOffset(field="series", type="nominal", sort=names)
    legend = alt.Legend(title=None, symbolType="square", columns=_columns(names), labelLimit=200)
    colours = alt.Scale(domain=names, range=list(PALETTE[: len(names)]))
    tips = [tip("full", choice.y.title or "Group"), tip("series", "Figure"), tip("exact", "Value")]
    base, y = alt.Chart(data(choice.rows)), category(choice)
    bars = base.mark_bar(cornerRadiusEnd=2).encode(
        x=alt.X(field="value", type="quantitative", scale=scale, axis=axis),
        y=y,
        yOffset=beside,
        color=alt.Color(field="series", type="nominal", scale=colours, legend=legend),
        tooltip=tips,
    )
    said = [layer.encode(yOffset=beside) for layer in _told_values(choice, base, y)]
    return alt.layer(bars, *said, *_zero(low))


def _roomy(choice: ChartChoice, low: float, high: float, *, pixels: int) -> list[float]:
    """The domain of bars with room for the values written at their ends, on a plot of so many pixels."""
    part = min(0.45, (max(len(row["told"]) for row in choice.rows) * 7 + 12) / pixels)
    sides = (low < 0) + (high > 0) or 1
    room = (high - low or 1) * part / max(1 - sides * part, 0.2)
    return [low - (room if low < 0 else 0), high + (room if high > 0 else 0)]


def _sign_colour() -> Any:
    import altair as alt

    return alt.condition("datum.value < 0", alt.value(RED), alt.value(BLUE))


def _intervals(choice: ChartChoice, base: Any, y: Any) -> list[Any]:
    import altair as alt

    if not any("low" in row for row in choice.rows):
        return []
    known = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
    ends = {"x": alt.X(field="low", type="quantitative"), "x2": alt.X2(field="high"), "y": y}
    rule = known.mark_rule(color=DARK, strokeWidth=1.6).encode(**ends)
    caps = [
        known.mark_tick(color=DARK, thickness=1.6, size=10).encode(x=alt.X(field=end, type="quantitative"), y=y)
        for end in ("low", "high")
    ]
    return [rule, *caps]


def _told_values(choice: ChartChoice, base: Any, y: Any) -> list[Any]:
    """The value behind each bar: on the far side of zero, beyond its interval."""
    import altair as alt

    text = {"fontSize": 12, "color": DARK, "baseline": "middle"}
    right, left = base.transform_filter("datum.value >= 0"), base.transform_filter("datum.value < 0")
    far = {
        True: "isValid(datum.high) ? max(datum.high, datum.value) : datum.value",
        False: "isValid(datum.low) ? min(datum.low, datum.value) : datum.value",
    }
    place = alt.X(field="far", type="quantitative")
    said = alt.Text(field="told", type="nominal")
    return [
        right.transform_calculate(far=far[True]).mark_text(align="left", dx=6, **text).encode(x=place, y=y, text=said),
        left.transform_calculate(far=far[False])
        .mark_text(align="right", dx=-6, **text)
        .encode(x=place, y=y, text=said),
    ]


def _zero(low: float) -> list[Any]:
    import altair as alt

    line = alt.Chart(data([{"zero": 0}])).mark_rule(color=GREY, strokeWidth=1)
    return [line.encode(x=alt.X(field="zero", type="quantitative"))] if low < 0 else []


def _time(choice: ChartChoice, most: int = 9) -> Any:
    """The time axis: every period has its place, at most `most` are labelled."""
    import altair as alt

    step = -(-len(choice.order) // most)
    shown = list(choice.order[::-1][::step])[::-1]
    axis = alt.Axis(values=shown, labelAngle=0, title=choice.x.title or None, labelOverlap="greedy", grid=False)
    return alt.X(field="label", type="ordinal", sort=None, scale=alt.Scale(domain=list(choice.order)), axis=axis)


def _value_axis(choice: ChartChoice, fields: tuple[str, ...] = ("value",)) -> dict[str, Any]:
    """Axis and scale of a line's values: from zero where that does not flatten the line to nothing."""
    import altair as alt

    found = [row[name] for row in choice.rows for name in fields if isinstance(row.get(name), (int, float))]
    low, high = min(found), max(found)
    room = (high - low) * 0.08 or abs(high) * 0.08 or 1
    start = min(low, 0) if low < 0.55 * high else low - room
    scale = alt.Scale(domain=[start - (room if start < 0 else 0), high + room], nice=False, zero=False)
    axis = number_axis(choice.y, choice.rows, fields=fields, domain=False, ticks=False)
    return {"type": "quantitative", "scale": scale, "axis": axis}


def _lines(choice: ChartChoice) -> Any:
    import altair as alt

    values = _value_axis(choice)
    x, y = _time(choice), alt.Y(field="value", **values)
    tips = [tip("label", "Period"), tip("told", choice.y.title)]
    encoding: dict[str, Any] = {"x": x, "y": y}
    if choice.legend:
        names = list(dict.fromkeys(row["series"] for row in choice.rows))
        scale = alt.Scale(domain=names, range=list(PALETTE[: len(names)]))
        legend = alt.Legend(
            title=choice.legend.strip() or None,
            symbolType="stroke",
            symbolStrokeWidth=3,
            columns=_columns(names),
            labelLimit=200,
        )
        encoding["color"] = alt.Color(field="series", type="nominal", scale=scale, legend=legend)
        tips.insert(0, tip("series", choice.legend.strip() or "Figure"))
    else:
        encoding["color"] = alt.value(BLUE)
    many = len(choice.order) > 60
    full = [row for row in choice.rows if not row["partial"]]
    layers = _fitted(choice, x, values)
    width = 1.6 if many else 2.5
    layers.append(alt.Chart(data(full)).mark_line(strokeWidth=width, strokeJoin="round").encode(**encoding))
    if broken := _broken(choice):
        dashed = alt.Chart(data(broken)).mark_line(strokeWidth=2, strokeDash=[5, 4])
        layers.append(dashed.encode(**encoding, detail=alt.Detail(field="piece", type="nominal")))
    points = alt.Chart(data(choice.rows)).mark_point(size=0 if many else 46, opacity=1, strokeWidth=1.8)
    fill = alt.condition("datum.partial", alt.value(PAPER), encoding["color"])
    layers.append(points.encode(**encoding, fill=fill, tooltip=tips))
    if any(row["marked"] for row in choice.rows):
        marked = alt.Chart(data([row for row in choice.rows if row["marked"]]))
        mark = marked.mark_point(shape="diamond", size=150, filled=True, color=RED, opacity=1)
        layers.append(mark.encode(x=x, y=y, tooltip=tips))
    return alt.layer(*layers)


def _fitted(choice: ChartChoice, x: Any, values: dict[str, Any]) -> list[Any]:
    """The fitted trend, below the values, with the band of its slope's interval where it has one."""
    import altair as alt

    if not choice.extra.get("fit"):
        return []
    base = alt.Chart(data(choice.extra["fit"]))
    low, high = alt.Y(field="low", **values), alt.Y2(field="high")
    band = base.mark_area(color=RED, opacity=0.1, clip=True).encode(x=x, y=low, y2=high)
    line = base.mark_line(color=RED, strokeWidth=1.5, opacity=0.7, clip=True)
    drawn = line.encode(x=x, y=alt.Y(field="fit", **values))
    return [band, drawn] if "low" in choice.extra["fit"][0] else [drawn]


def _columns(names: list[str]) -> int:
    """Names of a legend side by side."""
    return max(1, min(len(names), 80 // (max(map(len, names)) + 5)))


def _broken(choice: ChartChoice) -> list[dict[str, Any]]:
    """The points of the pieces that lead to or from a period that is not complete, each with its `piece`."""
    found = []
    for name in dict.fromkeys(row["series"] for row in choice.rows):
        rows = [row for row in choice.rows if row["series"] == name]
        if rows and rows[0]["partial"]:
            found += [row | {"piece": f"{name} first"} for row in rows[:2]]
        if len(rows) > 1 and rows[-1]["partial"] and not (len(rows) == 2 and rows[0]["partial"]):
            found += [row | {"piece": f"{name} last"} for row in rows[-2:]]
    return found


def _forecast(choice: ChartChoice) -> Any:
    import altair as alt

    x = _time(choice)
    values = _value_axis(choice, ("value", "past", "low95", "high95"))
    y = alt.Y(field="value", **values)
    rows = list(choice.rows)
    ahead = [row for row in rows if row.get("value") is not None]
    base = alt.Chart(data(ahead))
    layers = []
    for level, opacity in ((95, 0.16), (80, 0.3)):
        known = [row for row in ahead if row.get(f"low{level}") is not None and row.get(f"high{level}") is not None]
        band = alt.Chart(data(known)).mark_area(color=ORANGE, opacity=opacity)
        low = alt.Y(field=f"low{level}", **values)
        layers.append(band.encode(x=x, y=low, y2=alt.Y2(field=f"high{level}")))
    past = alt.Chart(data([row for row in rows if row.get("past") is not None]))
    was = alt.Y(field="past", **values)
    tips = [tip("label", "Period"), tip("told", choice.y.title)]
    layers.append(past.mark_line(color=BLUE, strokeWidth=2.5, strokeJoin="round").encode(x=x, y=was))
    layers.append(past.mark_point(color=BLUE, filled=True, size=40, opacity=1).encode(x=x, y=was, tooltip=tips))
    layers.append(base.mark_line(color="#B45F06", strokeWidth=2.5, strokeDash=[6, 4]).encode(x=x, y=y))
    dots = base.transform_filter("!isValid(datum.past)").mark_point(color="#B45F06", filled=True, size=44, opacity=1)
    layers.append(dots.encode(x=x, y=y, tooltip=[*tips, tip("range", "95 % interval")]))
    return alt.layer(*layers)


_DRAWN: dict[str, Callable[[ChartChoice], Any]] = {
    "bar": _bars,
    "grouped": _grouped,
    "diverging": _bars,
    "line": _lines,
    "forecast": _forecast,
    "scatter": scatter,
    "box": box,
    "histogram": histogram,
    "heatmap": heatmap,
}
"""How each kind is drawn."""
