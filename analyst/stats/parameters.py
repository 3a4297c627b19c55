"""Parameters that methods share, with the other names that models give them: one place each."""

from __future__ import annotations

from collections.abc import Mapping

from analyst.protocol.table import TableProfile
from analyst.stats.method import Columns, Parameters
from analyst.stats.periods import Grain
from analyst.stats.timeline import Agg, clock_problems, measure_problems

BY_SYNONYMS = {"group": "by", "group_by": "by", "groupby": "by"}
TIME_SYNONYMS = {
    "date": "time", "period": "grain", "interval": "grain", "frequency": "grain", "aggregate": "agg",
    "aggregation": "agg", "column": "value", "metric": "value",
}  # fmt: skip
TIME_VALUES: Mapping[str, Mapping[str, str]] = {
    "grain": {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year",
              "annual": "year"},
    "agg": {"avg": "mean", "average": "mean", "total": "sum"},
}  # fmt: skip
MODEL_SYNONYMS = {
    "y": "target", "dependent": "target", "outcome": "target", "x": "features", "columns": "features",
    "predictors": "features", "independent": "features", "factors": "features",
}  # fmt: skip


class Grouped(Parameters):
    """One result for each group of `by`."""

    by: str | tuple[str, ...] | None = None


class Measured(Parameters):
    """A value added up by period: without a value, rows are counted."""

    value: str | None = None
    grain: Grain = "auto"
    agg: Agg | None = None


class Timed(Measured):
    """A value by period of a time column."""

    time: str


class Explaining(Parameters):
    """What is to be explained or predicted, and by which columns ("*": all others)."""

    target: str
    features: str | tuple[str, ...]


def timed_problems(wanted: Timed, columns: Columns, profile: TableProfile | None) -> list[str]:
    """Problems with a value by period, as far as types and profile tell before execution."""
    problems = clock_problems(wanted.time, columns, profile)
    return problems + measure_problems(wanted.value, wanted.agg, columns, profile)
