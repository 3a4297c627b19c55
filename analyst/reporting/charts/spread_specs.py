"""How charts of spreads are drawn: points with their line, boxes, histograms, and tables of two ways."""

from __future__ import annotations

from typing import Any

from analyst.reporting.charts.axes import FORMATS, category, data, number_axis, tip
from analyst.reporting.charts.choice import Axis, ChartChoice
from analyst.reporting.charts.style import BLUE, DARK, GREY, PAPER, RED


def scatter(choice: ChartChoice) -> Any:
    import altair as alt

    frame = choice.extra.get("frame")

    def numeric(channel: Any, field: str, axis: Axis) -> Any:
        drawn = number_axis(axis, choice.rows, fields=(field,))
        scale = alt.Scale(domain=list(frame[field]), zero=False) if frame else alt.Scale(zero=False, nice=True)
        return channel(field=field, type="quantitative", scale=scale, axis=drawn)

    x, y = numeric(alt.X, "x", choice.x), numeric(alt.Y, "y", choice.y)
    tips = [
        alt.Tooltip(field=f, type="quantitative", title=a.title, format=",.4~r")
        for f, a in (("x", choice.x), ("y", choice.y))
    ]
    size = 50 if len(choice.rows) <= 150 else 26
    points = alt.Chart(data(choice.rows)).mark_circle(size=size, opacity=0.5, color=BLUE).encode(x=x, y=y, tooltip=tips)
    if not choice.extra.get("fit"):
        return alt.layer(points)
    fit = alt.Chart(data(choice.extra["fit"])).mark_line(color=RED, strokeWidth=2.5, clip=True).encode(x=x, y=y)
    return alt.layer(points, fit)


def box(choice: ChartChoice) -> Any:
    import altair as alt

    base, y = alt.Chart(data(choice.rows)), category(choice)
    dots = choice.extra.get("dots") or []
    ends = [row[name] for row in choice.rows for name in ("low", "high")] + [dot["value"] for dot in dots]
    zero = min(ends) >= 0 and min(ends) < 0.3 * max(ends)
    scale, axis = (
        alt.Scale(zero=zero, nice=True),
        number_axis(choice.x, [*choice.rows, *dots], fields=("high", "low", "value")),
    )

    def x(field: str) -> Any:
        return alt.X(field=field, type="quantitative", scale=scale, axis=axis)

    tips = [tip("full", choice.y.title), tip("told", "Median")]
    whiskers = base.mark_rule(color=GREY, strokeWidth=1.5).encode(x=x("low"), x2=alt.X2(field="high"), y=y)
    middle = base.mark_bar(color=BLUE, opacity=0.55, height={"band": 0.55}, cornerRadius=2)
    boxes = middle.encode(x=x("q1"), x2=alt.X2(field="q3"), y=y, tooltip=tips)
    median = base.mark_tick(color=DARK, thickness=3, size=20).encode(x=x("median"), y=y, tooltip=tips)
    if not dots:
        return alt.layer(whiskers, boxes, median)
    marks = alt.Chart(data(dots)).mark_point(color=RED, size=36, opacity=0.7, strokeWidth=1.6)
    outside = marks.encode(x=x("value"), y=y, tooltip=[tip("told", choice.x.title)])
    return alt.layer(whiskers, boxes, median, outside)


def histogram(choice: ChartChoice) -> Any:
    import altair as alt

    whole = {"tickMinStep": 1} if all(row["start"] % 1 == row["end"] % 1 == 0.5 for row in choice.rows) else {}
    x = alt.X(
        field="start",
        type="quantitative",
        scale=alt.Scale(zero=False, nice=False),
        axis=number_axis(choice.x, choice.rows, fields=("start", "end"), grid=False, **whole),
    )
    y = alt.Y(field="value", type="quantitative", axis=number_axis(choice.y, choice.rows, domain=False, ticks=False))
    tips = [tip("range", choice.x.title), tip("told", choice.y.title)]
    bars = alt.Chart(data(choice.rows)).mark_bar(color=BLUE, stroke=PAPER, strokeWidth=1, binSpacing=0)
    return alt.layer(bars.encode(x=x, x2=alt.X2(field="end"), y=y, y2=alt.Y2(datum=0), tooltip=tips))


def heatmap(choice: ChartChoice) -> Any:
    import altair as alt

    size = max((abs(row["value"]) for row in choice.rows), default=1) or 1
    diverging = choice.extra.get("diverging")
    most = 1 if choice.legend == "Correlation" else size
    if diverging:
        scale = alt.Scale(domain=[-most, 0, most], range=[RED, "#f5f5f5", BLUE])
        dark = f"abs(datum.value) > {most * 0.62!r}"
    else:
        low = min(row["value"] for row in choice.rows)
        scale = alt.Scale(domain=[low, size], range=["#e8f1f8", BLUE])
        dark = f"datum.value > {low + (size - low) * 0.55!r}"
    x = alt.X(field="x", type="nominal", sort=choice.extra["columns"], axis=_head(choice))
    side = alt.Axis(title=choice.y.title or None, ticks=False, domain=False, labelColor=DARK)
    y = alt.Y(field="y", type="nominal", sort=list(choice.order), axis=side)
    told = len(choice.extra["columns"]) <= 12
    number = FORMATS.get(choice.extra.get("kind") or "", ".3~s" if most >= 10_000 else ".3~f")
    legend = None if told else alt.Legend(title=choice.legend, orient="right", format=number)
    colour = alt.Color(field="value", type="quantitative", scale=scale, legend=legend)
    tips = [tip("x", choice.x.title or "Column"), tip("y", choice.y.title or "Row"), tip("told", choice.legend)]
    base = alt.Chart(data(choice.rows)).encode(x=x, y=y)
    cells = base.mark_rect(stroke=PAPER, strokeWidth=2).encode(color=colour, tooltip=tips)
    if not told:
        return alt.layer(cells)
    ink = alt.condition(dark, alt.value("white"), alt.value(DARK))
    text = base.mark_text(fontSize=11).encode(text=alt.Text(field="told", type="nominal"), color=ink)
    return alt.layer(cells, text)


def _head(choice: ChartChoice) -> Any:
    import altair as alt

    columns = choice.extra["columns"]
    tight = sum(map(len, columns)) > 60 or max(map(len, columns)) * len(columns) > 75
    return alt.Axis(
        title=choice.x.title or None,
        orient="top",
        labelAngle=-40 if tight else 0,
        labelLimit=150,
        ticks=False,
        domain=False,
        labelColor=DARK,
    )
