"""anomalies: the periods of a series, or the rows of a table, that stand out from what is expected."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from analyst.core.text import counted
from analyst.protocol.facts import measuring
from analyst.protocol.table import TableProfile
from analyst.stats.columns import group_fields, named_sql, number, number_problems
from analyst.stats.method import Columns, Method, Result, Schema, Source, names_of, refuse
from analyst.stats.parameters import BY_SYNONYMS, TIME_SYNONYMS, TIME_VALUES, Grouped, Measured
from analyst.stats.periods import CYCLE
from analyst.stats.results import Fields, formats, table
from analyst.stats.robust import CONSISTENT, MEAN_CONSISTENT, expected_series, known_values
from analyst.stats.timeline import (
    Series,
    clock,
    clock_problems,
    measure,
    measure_problems,
    partial_warning,
    period_values,
)
from analyst.stats.trend import largest

_FOUND: Fields = (("value", "DOUBLE"), ("expected", "DOUBLE"), ("deviation", "DOUBLE"), ("robust_z", "DOUBLE"))
_SUMMARY: Fields = (("checked", "BIGINT"), ("found", "BIGINT"), ("sensitivity", "DOUBLE"), ("rule", "VARCHAR"))
_HISTORY: Fields = (("period", "VARCHAR"), ("value", "DOUBLE"))
_FEWEST = 8


class AnomalyParameters(Measured, Grouped):
    """A value by period (`time`) or row by row; robust z beyond `sensitivity` stands out."""

    time: str | None = None
    sensitivity: float = Field(3.5, gt=0, le=100)


def run(source: Source, wanted: AnomalyParameters) -> list[Result]:
    """What stands out, largest |robust z| first.

    robust_z = (value - expected) / (1.4826 · MAD) (Iglewicz & Hoaglin 1993, who take 3.5 as the limit). Rows: expected
    is the median (of the group). Periods: see `robust.expected_series`; partial periods are left out.
    """
    return _periods(source, wanted) if wanted.time is not None else _rows(source, wanted)


def _rows(source: Source, wanted: AnomalyParameters) -> list[Result]:
    if wanted.value is None:
        raise refuse("anomalies: name a value column, or a time column to check the number of rows per period")
    if source.place_type != "BIGINT":
        raise refuse("anomalies: the rows of this table have no numbers: name a time column")
    by, x = names_of(wanted.by, source.columns), number(source, wanted.value).sql
    keys = [named_sql(name, source.columns[name]) for name in by]
    place = "_row" if "_row" in source.columns else f"{source.place} - 1"
    base = ", ".join([f"{place} AS p", *(f"{key} AS k{i}" for i, key in enumerate(keys)), f"{x} AS x"])
    over = "OVER (" + ("PARTITION BY " + ", ".join(f"k{i}" for i in range(len(by))) if by else "") + ")"
    spread = (
        f"CASE WHEN median(away) {over} > 1e-12 * max(away) {over} THEN {CONSISTENT} * median(away) {over} "
        f"ELSE {MEAN_CONSISTENT} * avg(away) {over} END"
    )
    listed = "".join(f"k{i}, " for i in range(len(by)))
    sql = (
        f"WITH base AS (SELECT {base} FROM {source.table}), centred AS (SELECT *, median(x) {over} AS m FROM base "
        f"WHERE x IS NOT NULL), gaps AS (SELECT *, abs(x - m) AS away FROM centred), "
        f"scored AS (SELECT *, (x - m) / nullif({spread}, 0) AS z FROM gaps) "
    )
    checked = source.query(
        f"{sql} SELECT count(*), count(*) FILTER (WHERE abs(z) > {wanted.sensitivity!r}) FROM scored"
    )
    rows = source.query(
        f"{sql} SELECT p, {listed}x, m, x - m, z FROM scored WHERE abs(z) > {wanted.sensitivity!r} "
        "ORDER BY abs(z) DESC, p LIMIT 1000"
    )
    n, found = checked[0]
    if not n:
        raise refuse(f"anomalies: {wanted.value!r} has no values")
    few = [f"only {n} values, so what stands out is uncertain"] if n < 20 else []
    if found > 0.05 * n:
        few.append(f"{found} of {n} stand out: the values are skewed, and the limit is not designed for that")
    spelt = f"rows whose {wanted.value} stands out" + (f" within {', '.join(by)}" if by else "")
    results = _results(wanted, source.columns, rows, (n, found, "median and MAD of all rows"), few, spelt, "number")
    shown = all(map(source.is_category, [wanted.value, *by]))
    cells = [name for name in results[0].columns if name not in ("label", "expected", "robust_z")]
    facts = measuring("", wanted.value, groups=by)
    return [replace(results[0], withheld={} if shown else dict.fromkeys(cells), facts=facts), *results[1:]]


def _periods(source: Source, wanted: AnomalyParameters) -> list[Result]:
    assert wanted.time is not None
    by = names_of(wanted.by, source.columns)
    time, what = clock(source, wanted.time), measure(source, wanted.value, wanted.agg)
    grain = time.grain(wanted.grain)
    groups = period_values(source, time, grain, what, [named_sql(name, source.columns[name]) for name in by])
    kept, warnings = largest(groups)
    warnings = [*time.warnings, *warnings, *partial_warning(next(iter(kept.values())))]
    rows: list[tuple[Any, ...]] = []
    counts: dict[tuple[Any, ...], int] = {}
    checked, rule = 0, ""
    for key, series in kept.items():
        full = series.full()
        known = sum(value is not None for value in full.values)
        if known < _FEWEST:
            if not by:
                raise refuse(
                    f"anomalies: {counted(known, 'complete period')} of a {grain}, but at least {_FEWEST} are needed: "
                    "choose a finer grain, or leave time out to check rows"
                )
            told = ", ".join(source.told(name, part) for name, part in zip(by, key, strict=True))
            warnings.append(f"{told}: only {known} complete periods, so left out")
            continue
        checked += known
        scored, rule = score_series(full)
        counts |= {(label, *key): count for label, count in zip(full.labels, full.counts, strict=True)}
        rows += [(label, *key, *row) for label, *row in scored if abs(row[-1]) > wanted.sensitivity]
    if not checked:
        raise refuse(f"anomalies: no group has {_FEWEST} complete periods of a {grain}: choose a finer grain")
    rows.sort(key=lambda row: -abs(row[-1]))
    spelt = f"periods in which the {what.words} by {grain} stands out"
    summary = (checked, len(rows), rule)
    results = _results(wanted, source.columns, rows, summary, warnings, spelt, what.format)
    behind = [counts[row[: 1 + len(by)]] for row in rows]
    keys = results[0].columns[1 : 1 + len(by)]
    names = dict(zip(keys, by, strict=True))
    main = replace(results[0], values_of=names, supports={"value": behind, "deviation": behind},
                   facts=what.as_facts(by, grain))  # fmt: skip
    whole = kept.get((), None)
    history = list(zip(whole.labels, whole.values, strict=True)) if whole is not None else []
    past = {"value": whole.counts} if whole is not None else {}
    return [
        main,
        *results[1:],
        table(_HISTORY, history, suffix="history", key=("period",), audience="chart", supports=past,
              formats={"value": what.format}, what=f"{what.words} by {grain}"),
    ]  # fmt: skip


def score_series(series: Series) -> tuple[list[tuple[Any, ...]], str]:
    """(label, value, expected, deviation, robust_z) of every known period, and the rule for what is expected."""
    values = known_values(series.values)
    expected = expected_series(values, CYCLE[series.grain])
    gaps, spread = values - expected.values, expected.spread
    if not spread > 1e-12 * max(1e-300, float(abs(values).max())):
        spread = math.inf
    rows = [
        (label, value, float(expected.values[i]), float(gaps[i]), float(gaps[i]) / spread)
        for i, (label, value) in enumerate(zip(series.labels, series.values, strict=True))
        if value is not None
    ]
    return rows, expected.rule


def _results(
    wanted: AnomalyParameters,
    columns: Columns,
    rows: Sequence[Sequence[Any]],
    summary: tuple[int, int, str],
    warnings: Sequence[str],
    spelt: str,
    kind: str,
) -> list[Result]:
    """The two tables; `summary` is checked, found and the rule."""
    fields = _fields(wanted, columns)
    by = names_of(wanted.by, columns)
    keys = tuple(name for name, _ in fields[: 1 + len(by)])
    shown = {"value": kind, "expected": kind, "deviation": kind, "checked": "integer", "found": "integer"}
    checked, count, rule = summary
    return [
        table(fields, rows, key=keys, formats=formats(fields, shown), warnings=tuple(warnings), row_count=count,
              order={"robust_z": "descending"}, what=f"{spelt}, furthest first"),
        table(_SUMMARY, [(checked, count, wanted.sensitivity, rule)], suffix="summary",
              formats=formats(_SUMMARY, shown), what="number checked and number found; |robust z| > sensitivity"),
    ]  # fmt: skip


def _fields(wanted: AnomalyParameters, columns: Columns) -> Fields:
    by = names_of(wanted.by, columns)
    label = ("label", "VARCHAR" if wanted.time is not None else "BIGINT")
    return (label, *group_fields(by, columns, ["label", *(name for name, _ in _FOUND)]), *_FOUND)


def _schema(wanted: AnomalyParameters, columns: Columns) -> Schema:
    schema = {"": list(_fields(wanted, columns)), "summary": list(_SUMMARY)}
    return schema | ({"history": list(_HISTORY)} if wanted.time is not None else {})


def _check(wanted: AnomalyParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    if wanted.time is not None:
        problems = clock_problems(wanted.time, columns, profile)
        return problems + measure_problems(wanted.value, wanted.agg, columns, profile)
    if wanted.value is None:
        return ["anomalies: name a value column, or a time column to check the number of rows per period"]
    return number_problems([wanted.value], columns, profile)


ANOMALIES = Method(
    name="anomalies",
    parameters=AnomalyParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("value", "time", "by"),
    synonyms=TIME_SYNONYMS | BY_SYNONYMS | {"threshold": "sensitivity"},
    values=TIME_VALUES,
    aliases=("anomaly", "anomaly_detection", "detect_anomalies"),
    signature=(
        "anomalies([value],[time],[by],[sensitivity=3.5],[grain],[agg]) -> label(period or _row),[by],"
        "value,expected,deviation,robust_z, largest first; _summary"
    ),
)  # fmt: skip
