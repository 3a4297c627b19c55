"""Which chart shows a result best, by the kind of result: the method that made it, else the shape of its columns."""

from __future__ import annotations

from collections.abc import Callable

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.charts.bars import bars, change, coefficients, drivers, means, quality, rates, share
from analyst.reporting.charts.choice import KINDS, MAX_BARS, Axis, ChartChoice
from analyst.reporting.charts.columns import dimensions, measures, number_columns
from analyst.reporting.charts.grouped import grouped
from analyst.reporting.charts.moments import Timeline, timeline
from analyst.reporting.charts.series import anomalies, forecast, line
from analyst.reporting.charts.spreads import box, correlation, described, grid, histogram, outlying, points, segments
from analyst.reporting.charts.wish import NO_WISH, Wish

__all__ = ["KINDS", "MAX_BARS", "NO_WISH", "Axis", "ChartChoice", "Wish", "choose"]

Chooser = Callable[[EvidenceTable, Evidence, Wish], "ChartChoice | None"]


def choose(table: EvidenceTable, evidence: Evidence, wish: Wish = NO_WISH) -> ChartChoice | None:
    """The chart for `table`, or None where a chart says no more than a number or words (one value, no rows).

    A table of one row (a summary, a total, a test) is shown by the chart of what it sums up; `wish`: which of several
    columns to draw.
    """
    if table.method == "segments":
        return _tried(segments, table, evidence, wish)
    for candidate in _candidates(table, evidence, wish):
        for suffix, chooser in _BY_SUFFIX.items():
            if candidate.id.endswith(suffix) and (chosen := _tried(chooser, candidate, evidence, wish)):
                return chosen
        chooser = _BY_METHOD.get(candidate.method or "", _by_shape)
        own = set(candidate.columns) >= _NEEDS.get(candidate.method or "", frozenset())
        if own and (chosen := _tried(chooser, candidate, evidence, wish)):
            return chosen
        free = not own or candidate.method == "anomalies"
        if free and (chosen := _tried(_by_shape, candidate, evidence, wish)):
            return chosen
    return None


_OF_MEANS = ("welch_t", "student_t", "anova")
"""Tests that compare averages: a box would show their medians."""
_BARS = ("bar", "diverging", "box")
_NEARLY = 0.01


def alike(chart: ChartChoice, other: ChartChoice) -> bool:
    """Whether two charts show the same: the same groups in the same order by the same measure, the same line, the same
    points. A measure is the same where its values are in proportion (totals and their shares) or one is a spread of
    it."""
    if chart.kind in _BARS and other.kind in _BARS:
        common = [label for label in chart.order if label in other.order]
        few = min(len(chart.order), len(other.order))
        same_order = len(common) >= 0.8 * few and common == [label for label in other.order if label in chart.order]
        return same_order and ("box" in (chart.kind, other.kind) or _in_proportion(chart, other))
    if chart.kind != other.kind:
        return False
    if chart.kind == "line":
        return chart.order == other.order and chart.legend == other.legend and _in_proportion(chart, other)
    return (chart.x.title, chart.y.title, chart.title) == (other.x.title, other.y.title, other.title)


def _in_proportion(chart: ChartChoice, other: ChartChoice) -> bool:
    """Whether the values of both, where they share a label, differ by one factor."""
    values = {(row["label"], row.get("series", "")): row["value"] for row in other.rows}
    pairs = [(row["value"], values.get((row["label"], row.get("series", "")))) for row in chart.rows]
    known = [(one, two) for one, two in pairs if two is not None]
    scale = next((one / two for one, two in known if one and two), None)
    if scale is None:
        return all(one == two for one, two in known)
    most = max(abs(one) for one, _ in known)
    return all(abs(one - two * scale) <= _NEARLY * most for one, two in known)


def _tried(chooser: Chooser, table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    return chooser(table, evidence, wish) if table.rows else None


def _candidates(table: EvidenceTable, evidence: Evidence, wish: Wish) -> list[EvidenceTable]:
    """The table itself and, if it is one row, the tables of the same step that can be drawn."""
    if len(table.rows) == 0 or table.id in ("table", "profile"):
        return []
    told = {other.id: other for other in evidence.tables}
    stem = next((i for i in sorted(told, key=len) if table.id == i or table.id.startswith(f"{i}_")), table.id)
    points = [told[f"{table.id}{suffix}"] for suffix in _BY_SUFFIX if f"{table.id}{suffix}" in told]
    if table.parameters.get("test") in _OF_MEANS and "median" not in wish.columns:
        points.sort(key=lambda drawn: not drawn.id.endswith("_groups"))
    if table.method in ("forecast", "trend", "anomalies", "change"):
        points = []
    if table.method == "describe" and len(table.rows) == 1 and _cites_one(table, wish):
        return []
    if len(table.rows) > 1 or table.method == "anomalies":
        return [*points, table] if table.method in ("describe", "compare_groups") or len(points) else [table]
    step = (other for name, other in told.items() if name == stem or name.startswith(f"{stem}_"))
    return [*points, *(other for other in step if len(other.rows) > 1)]


def _cites_one(table: EvidenceTable, wish: Wish) -> bool:
    """Whether one figure of a description is all that is told: a picture of the whole spread would be beside it."""
    return len([name for name in wish.columns if name in table.columns and name != "n"]) == 1


def _by_shape(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """For a table that SQL made: by what its columns hold."""
    if len(table.rows) < 2:
        return None
    time = timeline(table)
    periods = time.columns if time else ()
    groups = [name for name in dimensions(table) if name not in periods]
    if time and _changes_hands(table, time):
        return None
    if time and _is_ranked(table, time) and (drawn := _picked(table, evidence, wish)):
        return drawn
    if time and time.steps >= 3 and len(groups) <= 1 and (drawn := line(table, evidence, wish)):
        return drawn
    if len(groups) + len(periods) == 2 and (drawn := grid(table, [*periods, *groups], wish)):
        return drawn
    values = measures(table, wish, without=periods)
    if len(values) > 1 and (drawn := grouped(table, values, wish)):
        return drawn
    if values and (groups or time):
        return bars(table, values[0], wish)
    if len(number_columns(table)) >= 2 and len(table.rows) >= 8:
        return points(table, evidence, wish)
    return None


def _is_ranked(table: EvidenceTable, time: Timeline) -> bool:
    """Whether the rows are sorted by what was measured: the best periods of many, which no line joins."""
    return bool(table.order) and not set(table.order) & set(time.columns)


def _picked(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """The best periods of many: the line of all, else bars; None for a table that holds all of them."""
    whole = _whole(table, evidence)
    if whole is not None:
        return line(whole, evidence, wish)
    time = timeline(table)
    values = measures(table, wish, without=time.columns if time else ())
    return bars(table, values[0], wish) if values and 0 < table.facts.limit <= len(table.rows) else None


def _whole(table: EvidenceTable, evidence: Evidence) -> EvidenceTable | None:
    """The table of all periods that the rows of `table` were picked from; None where there is none."""
    wider = [t for t in evidence.tables if t.id != table.id and t.columns == table.columns]
    wider = [
        t for t in wider if len(t.rows) > len(table.rows) and set(map(tuple, table.rows)) <= set(map(tuple, t.rows))
    ]
    return next((t for t in wider if (time := timeline(t)) and not _is_ranked(t, time)), None)


def _changes_hands(table: EvidenceTable, time: Timeline) -> bool:
    """Whether each period has one row, of another group each (the best of each month): a line would join strangers."""
    if time.steps < len(table.rows):
        return False
    told = (set(table.column(name)) for name in table.columns if name not in time.columns)
    return any(len(values) > 1 and all(isinstance(value, str) for value in values) for values in told)


_BY_SUFFIX: dict[str, Chooser] = {
    "_points": points,
    "_box": box,
    "_hist": histogram,
    "_groups": means,
    "_rates": rates,
    "_rows": outlying,
    "_coef": coefficients,
}
"""Tables with a chart of their own, by the end of their id."""
_BY_METHOD: dict[str, Chooser] = {
    "trend": line,
    "change": change,
    "share": share,
    "drivers": drivers,
    "correlation": correlation,
    "anomalies": anomalies,
    "forecast": forecast,
    "quality": quality,
    "describe": described,
}
_NEEDS: dict[str, frozenset[str]] = {
    "trend": frozenset({"period", "value"}),
    "change": frozenset({"change"}),
    "share": frozenset({"value", "share"}),
    "drivers": frozenset({"feature", "association"}),
    "correlation": frozenset({"x", "y", "r"}),
    "anomalies": frozenset({"label"}),
    "forecast": frozenset({"period", "mean"}),
    "quality": frozenset({"issue", "column", "count"}),
}
