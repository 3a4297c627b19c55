"""forecast: the next periods of a value, with intervals and the error that the past shows."""

from __future__ import annotations

import math
from typing import Any

from pydantic import Field

from analyst.core.text import counted
from analyst.stats.forecasting import Z80, Z95, Forecast
from analyst.stats.forecasting import forecast as forecast_values
from analyst.stats.method import Columns, Method, Result, Schema, Source, refuse
from analyst.stats.parameters import TIME_SYNONYMS, TIME_VALUES, Timed, timed_problems
from analyst.stats.periods import CYCLE, following, label_of, span_of
from analyst.stats.results import Fields, formats, ratio, table
from analyst.stats.robust import known_values
from analyst.stats.timeline import ADDITIVE, Measure, Series, clock, measure, partial_warning, period_values

_NEXT: Fields = (
    ("period", "VARCHAR"),
    *((name, "DOUBLE") for name in ("mean", "low_80", "high_80", "low_95", "high_95")),
)
_SUMMARY: Fields = (
    ("model", "VARCHAR"),
    ("periods_used", "BIGINT"),
    *((name, "DOUBLE") for name in ("mae", "naive_mae", "mase", "total")),
)
_HISTORY: Fields = (("period", "VARCHAR"), ("value", "DOUBLE"))
_FEWEST, _MOST = 8, 1500
_DAILY = 5
"""Rows of every month or quarter from which on its length may be what its sum follows."""
_HORIZON = {"day": 14, "week": 8, "month": 6, "quarter": 4, "year": 3}


class ForecastParameters(Timed):
    """What to forecast, how many periods ahead (`horizon`; by grain without it)."""

    horizon: int | None = Field(None, ge=1, le=366)


def run(source: Source, wanted: ForecastParameters) -> list[Result]:
    """The next periods with 80% and 95% intervals from the best of four: Holt-Winters, damped trend,
    autoregression, seasonal naive.

    Backtest by rolling origins; mase = mae / naive_mae on the same origins; see analyst.stats.forecasting for sources.
    Partial periods at the ends are not used, so the first forecast may be of a period that has begun. PlanError under
    8 whole periods.
    """
    time, what = clock(source, wanted.time), measure(source, wanted.value, wanted.agg)
    grain = time.grain(wanted.grain)
    series = period_values(source, time, grain, what)[()]
    full = series.full()
    horizon = wanted.horizon or _HORIZON[grain]
    warnings = [*time.warnings, *partial_warning(series), *_checked(full, horizon)]
    history = known_values(full.values)[-_MOST:]
    lengths = _lengths(full, horizon, what)
    made = forecast_values(history / lengths[: len(full.starts)][-len(history) :], horizon, CYCLE[grain])
    rows = _rows(full, made, what, lengths[len(full.starts) :])
    total = math.fsum(row[1] for row in rows) if what.agg in ADDITIVE else None
    summary = (made.model, len(history), made.mae, made.naive_mae, ratio(made.mae, made.naive_mae), total)
    shown = dict.fromkeys(("mean", "low_80", "high_80", "low_95", "high_95", "value", "mae", "naive_mae", "total"),
                          "percent" if what.format == "percent" else "number")  # fmt: skip
    shown["periods_used"] = "integer"
    spelt = f"{what.words} by {grain}"
    past, behind = list(zip(full.labels, full.values, strict=True)), {"value": full.counts}
    return [
        table(_NEXT, rows, key=("period",), formats=formats(_NEXT, shown), warnings=tuple(warnings),
              facts=what.as_facts(period=grain),
              what=f"forecast of the {spelt} ({made.model}), with 80% and 95% intervals"),
        table(_SUMMARY, [summary], suffix="summary", formats=formats(_SUMMARY, shown),
              what=f"the forecast of the {spelt}: mae from {made.origins} backtests, total of the forecast"),
        table(_HISTORY, past, suffix="history", key=("period",), audience="chart", supports=behind,
              formats={"value": what.format}, what=spelt),
    ]  # fmt: skip


def _checked(full: Series, horizon: int) -> list[str]:
    known = sum(value is not None for value in full.values)
    if known < _FEWEST:
        raise refuse(
            f"forecast: {counted(known, 'complete period')} of a {full.grain}, but at least {_FEWEST} are needed: "
            "choose a finer grain"
        )
    warnings = []
    cycle = CYCLE[full.grain]
    if cycle > 1 and known < 2 * cycle:
        warnings.append(
            f"{known} periods are fewer than two seasons of {cycle}, so no seasonal pattern could be learned"
        )
    if horizon > known / 2:
        warnings.append(
            f"{horizon} periods is a long way to forecast from {known} known periods, so the intervals are rough"
        )
    if known < len(full.values):
        warnings.append(
            f"filled by linear interpolation: {counted(len(full.values) - known, 'period')} without a value"
        )
    return warnings


def _lengths(full: Series, horizon: int, what: Measure) -> Any:
    """How long each period is, of the known and the next, against their mean: a February sells on fewer days.

    Ones but for sums by month or quarter of rows of single days or so. Source: Hyndman & Athanasopoulos, Forecasting
    (2021), ch. 3.1.
    """
    import numpy as np

    starts = [*full.starts, *(following(full.starts[-1], full.grain, step) for step in range(1, horizon + 1))]
    if what.agg not in ADDITIVE or full.grain not in ("month", "quarter") or min(full.counts) < _DAILY:
        return np.ones(len(starts))
    days = np.array([span_of(start, full.grain).days for start in starts], dtype=float)
    return days / days[: len(full.starts)].mean()


def _rows(full: Series, made: Forecast, what: Measure, lengths: Any) -> list[tuple[Any, ...]]:
    """Never below zero where the past never was; a rate never over one."""
    least = 0.0 if min(value for value in full.values if value is not None) >= 0 else -math.inf
    most = 1.0 if what.format == "percent" else math.inf

    def kept(value: float) -> float:
        return min(most, max(least, value))

    rows = []
    means, spreads = list(map(float, made.mean * lengths)), list(map(float, made.spread * lengths))
    for step, (mean, spread) in enumerate(zip(means, spreads, strict=True), start=1):
        label = label_of(following(full.starts[-1], full.grain, step), full.grain)
        ends = (mean - Z80 * spread, mean + Z80 * spread, mean - Z95 * spread, mean + Z95 * spread)
        rows.append((label, kept(mean), *map(kept, ends)))
    return rows


def _schema(wanted: ForecastParameters, columns: Columns) -> Schema:
    return {"": list(_NEXT), "summary": list(_SUMMARY), "history": list(_HISTORY)}


FORECAST = Method(
    name="forecast",
    parameters=ForecastParameters,
    run=run,
    schema=_schema,
    check=timed_problems,
    columns_in=("time", "value"),
    synonyms=TIME_SYNONYMS | {"target": "value", "periods": "horizon", "steps": "horizon", "n": "horizon"},
    values=TIME_VALUES,
    aliases=("predict", "projection", "forecasting"),
    signature=(
        "forecast(time,[value],[horizon],[grain],[agg]) -> period,mean,low_80,high_80,low_95,high_95; "
        "_summary: model,periods_used,mae,naive_mae,mase,total"
    ),
)  # fmt: skip
