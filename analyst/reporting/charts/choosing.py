"""Which chart shows a result best, by the kind of result: the method that made it, else the shape of its columns."""

from __future__ import annotations

from collections.abc import Callable

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.charts.bars import bars, change, drivers, means, quality, rates, share
from analyst.reporting.charts.choice import KINDS, MAX_BARS, Axis, ChartChoice
from analyst.reporting.charts.columns import dimensions, measure, number_columns, period_column
from analyst.reporting.charts.series import anomalies, forecast, line
from analyst.reporting.charts.spreads import box, correlation, described, grid, histogram, outlying, points, segments

__all__ = ["KINDS", "MAX_BARS", "Axis", "ChartChoice", "choose"]

Chooser = Callable[[EvidenceTable, Evidence, str], "ChartChoice | None"]


def choose(table: EvidenceTable, evidence: Evidence, *, question: str = "") -> ChartChoice | None:
    """The chart for `table`, or None where a chart says no more than a number or words (one value, no rows).

    A table of one row (a summary, a total, a test) is shown by the chart of what it sums up.
    """
    if table.method == "segments":
        return _tried(segments, table, evidence, question)
    for candidate in _candidates(table, evidence):
        for suffix, chooser in _BY_SUFFIX.items():
            if candidate.id.endswith(suffix) and (chosen := _tried(chooser, candidate, evidence, question)):
                return chosen
        chooser = _BY_METHOD.get(candidate.method or "", _by_shape)
        own = set(candidate.columns) >= _NEEDS.get(candidate.method or "", frozenset())
        if own and (chosen := _tried(chooser, candidate, evidence, question)):
            return chosen
        free = not own or candidate.method == "anomalies"
        if free and (chosen := _tried(_by_shape, candidate, evidence, question)):
            return chosen
    return None


_BARS = ("bar", "diverging", "box")


def alike(chart: ChartChoice, other: ChartChoice) -> bool:
    """Whether two charts show the same: the same bars in the same order, the same line, the same points."""
    if chart.kind in _BARS and other.kind in _BARS:
        common = [label for label in chart.order if label in other.order]
        few = min(len(chart.order), len(other.order))
        return len(common) >= 0.8 * few and common == [label for label in other.order if label in chart.order]
    if chart.kind != other.kind:
        return False
    if chart.kind == "line":
        return chart.order == other.order and chart.legend == other.legend and chart.y.kind == other.y.kind
    return (chart.x.title, chart.y.title, chart.title) == (other.x.title, other.y.title, other.title)


def _tried(chooser: Chooser, table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    return chooser(table, evidence, question) if table.rows else None


def _candidates(table: EvidenceTable, evidence: Evidence) -> list[EvidenceTable]:
    """The table itself and, if it is one row, the tables of the same step that can be drawn."""
    if len(table.rows) == 0 or table.id in ("table", "profile"):
        return []
    told = {other.id: other for other in evidence.tables}
    stem = next((i for i in sorted(told, key=len) if table.id == i or table.id.startswith(f"{i}_")), table.id)
    points = [told[f"{table.id}{suffix}"] for suffix in _BY_SUFFIX if f"{table.id}{suffix}" in told]
    if table.method in ("forecast", "trend", "anomalies", "change"):
        points = []
    if len(table.rows) > 1 or table.method == "anomalies":
        return [*points, table] if table.method in ("describe", "compare_groups") or len(points) else [table]
    return [*points, *(other for name, other in told.items() if name.startswith(stem) and len(other.rows) > 1)]


def _by_shape(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    """For a table that SQL made: by what its columns hold."""
    if len(table.rows) < 2:
        return None
    time = period_column(table)
    groups = [name for name in dimensions(table) if name != time]
    if time and _changes_hands(table, time):
        return None
    if time and len({r for r in table.column(time) if r is not None}) >= 3 and len(groups) <= 1:
        return line(table, evidence, question)
    if len(groups) + bool(time) == 2 and (drawn := grid(table, [*([time] if time else []), *groups], question)):
        return drawn
    value = measure(table, question, without=(time or "",))
    if value and (groups or time):
        return bars(table, value, question)
    if len(number_columns(table)) >= 2 and len(table.rows) >= 8:
        return points(table, evidence, question)
    return None


def _changes_hands(table: EvidenceTable, time: str) -> bool:
    """Whether each period has one row, of another group each (the best of each month): a line would join strangers."""
    if len(set(table.column(time))) < len(table.rows):
        return False
    told = (set(table.column(name)) for name in table.columns if name != time)
    return any(len(values) > 1 and all(isinstance(value, str) for value in values) for values in told)


_BY_SUFFIX: dict[str, Chooser] = {
    "_points": points,
    "_box": box,
    "_hist": histogram,
    "_groups": means,
    "_rates": rates,
    "_rows": outlying,
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
