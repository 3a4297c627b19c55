"""trend: a value by period, and the direction, size and certainty of its change over time."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from analyst.core.text import counted
from analyst.stats.columns import group_fields, group_names, named_sql
from analyst.stats.effects import benjamini_hochberg
from analyst.stats.method import Columns, Method, Result, Schema, Source, names_of
from analyst.stats.parameters import BY_SYNONYMS, TIME_SYNONYMS, TIME_VALUES, Grouped, Timed, timed_problems
from analyst.stats.periods import CYCLE, PER_YEAR, WINDOW
from analyst.stats.results import Fields, formats, table
from analyst.stats.slopes import Slope, compound_growth, growth, hac_slope, moving_average, seasonal_strength
from analyst.stats.timeline import ADDITIVE, MAX_GROUPS, Measure, Series, clock, measure, partial_warning, period_values
from analyst.stats.turning import turn

_PERIODS: Fields = (
    ("period", "VARCHAR"),
    ("value", "DOUBLE"),
    ("change", "DOUBLE"),
    ("growth", "DOUBLE"),
    ("moving_average", "DOUBLE"),
    ("partial", "BOOLEAN"),
)
_SUMMARY: Fields = (
    ("periods", "BIGINT"),
    ("first_period", "VARCHAR"),
    ("last_period", "VARCHAR"),
    ("first", "DOUBLE"),
    ("last", "DOUBLE"),
    ("change", "DOUBLE"),
    ("growth", "DOUBLE"),
    ("slope", "DOUBLE"),
    ("slope_low", "DOUBLE"),
    ("slope_high", "DOUBLE"),
    ("p", "DOUBLE"),
    ("cagr", "DOUBLE"),
    ("seasonality", "DOUBLE"),
    ("direction", "VARCHAR"),
    ("best_period", "VARCHAR"),
    ("best_value", "DOUBLE"),
    ("worst_period", "VARCHAR"),
    ("worst_value", "DOUBLE"),
    ("p_adjusted", "DOUBLE"),
    ("turn", "VARCHAR"),
    ("slope_before", "DOUBLE"),
    ("slope_after", "DOUBLE"),
)


class TrendParameters(Timed, Grouped):
    """time, and what of it: a value added up by period, for each group of `by`."""


def run(source: Source, wanted: TrendParameters) -> list[Result]:
    """A row a period, and a summary a group.

    Slope: least squares with Newey-West errors (see `slopes.hac_slope`); cagr: compound annual growth between the
    first and last whole periods; seasonality: Hyndman & Athanasopoulos' strength. Partial periods stay out of it.
    p_adjusted: after Benjamini & Hochberg over the groups, by which direction is told.
    """
    by = names_of(wanted.by, source.columns)
    time, what = clock(source, wanted.time), measure(source, wanted.value, wanted.agg)
    grain = time.grain(wanted.grain)
    groups = period_values(source, time, grain, what, [named_sql(name, source.columns[name]) for name in by])
    kept, warnings = largest(groups)
    periods, summary = _fields(by, source.columns)
    rows = [(*key, *row) for key, series in kept.items() for row in period_rows(series, what)]
    slopes = {key: hac_slope(series.full().values) for key, series in kept.items()}
    adjusted = benjamini_hochberg([line.p if line else None for line in slopes.values()])
    sums = [
        (*key, *summary_row(kept[key], line, p), p, *turning(kept[key]))
        for (key, line), p in zip(slopes.items(), adjusted, strict=True)
    ]
    behind = _supports(list(kept.values()), group_names(by, periods))
    any_series = next(iter(kept.values()))
    told = (*time.warnings, *warnings, *partial_warning(any_series), *_few(any_series))
    keys = group_names(by, periods)
    shown = {"change": "number" if what.format != "percent" else "percent", "growth": "percent", "cagr": "percent"}
    values = dict.fromkeys(("value", "first", "last", "best_value", "worst_value"), what.format)
    spelt, facts = f"{what.words} by {grain}" + (f" and {', '.join(by)}" if by else ""), what.as_facts(by, grain)
    return [
        table(periods, rows, key=(*keys, "period"), formats=formats(periods, shown | values), warnings=told,
              values_of=keys, supports=behind,
              facts=facts, what=f"{spelt}; moving average over {WINDOW[grain]} periods", row_count=len(rows)),
        table(summary, sums, suffix="summary", key=(*keys,), formats=formats(summary, shown | values),
              values_of=keys, supports=_summary_supports(list(kept.values()), keys),
              facts=facts, what=f"trend of the {spelt}: slope per {grain} with 95% interval, over complete periods"),
    ]  # fmt: skip


def largest(groups: dict[tuple[Any, ...], Series]) -> tuple[dict[tuple[Any, ...], Series], list[str]]:
    """The MAX_GROUPS groups with the largest values, in the order of their names, and a warning if some are left."""

    def size(key: tuple[Any, ...]) -> float:
        return sum(abs(value) for value in groups[key].values if value is not None)

    names = sorted(groups, key=lambda key: (-size(key), str(key)))[:MAX_GROUPS]
    kept = {key: groups[key] for key in sorted(names, key=str)}
    left = len(groups) - len(kept)
    return kept, [f"only the {MAX_GROUPS} largest of {len(groups)} groups are shown"] if left else []


def period_rows(series: Series, what: Measure) -> list[tuple[Any, ...]]:
    """period, value, change, growth, moving_average, partial; sums of partial periods are not compared."""
    smooth = moving_average(series.values, WINDOW[series.grain])
    rows: list[tuple[Any, ...]] = []
    for place, (label, value, partial) in enumerate(zip(series.labels, series.values, series.partial, strict=True)):
        before = series.values[place - 1] if place else None
        if what.agg in ADDITIVE and place and (partial or series.partial[place - 1]):
            before = None
        change = value - before if value is not None and before is not None else None
        rows.append((label, value, change, growth(before, value), smooth[place], partial))
    return rows


def summary_row(series: Series, line: Slope | None, p: float | None) -> tuple[Any, ...]:
    """The summary of one group over its whole periods, None where there are too few; `p` decides on the direction."""
    full = series.full()
    known = [(label, value) for label, value in zip(full.labels, full.values, strict=True) if value is not None]
    if not known:
        return (0, *(None,) * 12, "unknown", *(None,) * 4)
    places = [place for place, value in enumerate(full.values) if value is not None]
    (first_period, first), (last_period, last) = known[0], known[-1]
    years = (places[-1] - places[0]) / PER_YEAR[series.grain]
    slope = (line.slope, line.low, line.high, line.p) if line else (None,) * 4
    best, worst = max(known, key=lambda pair: pair[1]), min(known, key=lambda pair: pair[1])
    return (
        len(known), first_period, last_period, first, last, last - first, growth(first, last), *slope,
        compound_growth(first, last, years), seasonal_strength(full.values, CYCLE[series.grain]),
        direction(slope[0], p), *best, *worst,
    )  # fmt: skip


def turning(series: Series) -> tuple[str | None, float | None, float | None]:
    """The whole period in which the series turns, and its slopes before and after; None where it does not."""
    full = series.full()
    found = turn(full.values, CYCLE[series.grain])
    return (full.labels[found.place], found.before, found.after) if found else (None, None, None)


def _supports(groups: Sequence[Series], keys: Iterable[str]) -> dict[str, list[int]]:
    """The rows behind each cell of the periods' table."""
    found: dict[str, list[int]] = {name: [] for name in (*keys, "value", "change", "growth", "moving_average")}
    for series in groups:
        counts = series.counts
        pairs = [now + (counts[place - 1] if place else 0) for place, now in enumerate(counts)]
        window = WINDOW[series.grain]
        found["value"] += counts
        found["change"] += pairs
        found["growth"] += pairs
        found["moving_average"] += [sum(counts[max(0, end - window) : end]) for end in range(1, len(counts) + 1)]
        for name in keys:
            found[name] += [sum(counts)] * len(counts)
    return found


def _summary_supports(groups: Sequence[Series], keys: Iterable[str]) -> dict[str, list[int]]:
    """The rows behind each cell of the summary that is the value of one period, or of two."""
    found: dict[str, list[int]] = {name: [sum(series.counts) for series in groups] for name in keys}
    for series in groups:
        full = series.full()
        known = [(value, count) for value, count in zip(full.values, full.counts, strict=True) if value is not None]
        first, last = (known[0][1], known[-1][1]) if known else (0, 0)
        best = max(known, key=lambda pair: pair[0])[1] if known else 0
        worst = min(known, key=lambda pair: pair[0])[1] if known else 0
        cells = {"first": first, "last": last, "change": first + last, "growth": first + last, "best_value": best,
                 "worst_value": worst}  # fmt: skip
        for name, count in cells.items():
            found.setdefault(name, []).append(count)
    return found


def direction(slope: float | None, p: float | None) -> str:
    """rising or falling when the slope differs from zero at p < 0.05, else flat; unknown without a slope."""
    if slope is None or p is None:
        return "unknown"
    return "flat" if p >= 0.05 or slope == 0 else ("rising" if slope > 0 else "falling")


def _few(series: Series) -> list[str]:
    whole = len(series.full().starts)
    if whole < 3:
        return [f"only {counted(whole, 'complete period')}, so no slope: choose a finer grain for a trend"]
    return [f"only {whole} complete periods, so slope and p are rough"] if whole < 8 else []


def _fields(by: Sequence[str], columns: Columns) -> tuple[Fields, Fields]:
    taken = [name for name, _ in (*_PERIODS, *_SUMMARY)]
    groups = tuple(group_fields(by, columns, taken))
    return (*groups, *_PERIODS), (*groups, *_SUMMARY)


def _schema(wanted: TrendParameters, columns: Columns) -> Schema:
    periods, summary = _fields(names_of(wanted.by, columns), columns)
    return {"": list(periods), "summary": list(summary)}


TREND = Method(
    name="trend",
    parameters=TrendParameters,
    run=run,
    schema=_schema,
    check=timed_problems,
    columns_in=("time", "value", "by"),
    synonyms=TIME_SYNONYMS | BY_SYNONYMS,
    values=TIME_VALUES,
    aliases=("time_series", "timeseries", "trend_analysis"),
    signature=(
        "trend(time,[value],[grain=auto|day|week|month|quarter|year],[agg=sum|mean|median|count],[by]) -> [by],period,"
        "value,change,growth,moving_average,partial; _summary: [by],periods,first_period,last_period,first,last,change,"
        "growth,~slope,p,cagr,seasonality,direction,best_period,best_value,worst_period,worst_value,p_adjusted,"
        "turn,slope_before,slope_after"
    ),
)  # fmt: skip
