"""describe: count, centre, spread and shape of columns, of the whole table or by group."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from analyst.core.quoting import quoted
from analyst.protocol.facts import Caution, measuring
from analyst.protocol.table import TableProfile
from analyst.stats.columns import Number, group_names, group_sql, is_text, number, with_groups
from analyst.stats.method import Columns, Method, Result, Schema, Source, is_numeric, names_of
from analyst.stats.parameters import BY_SYNONYMS, Grouped
from analyst.stats.proportions import mean_interval
from analyst.stats.results import Fields, formats, ratio, supports, table

_COUNTS = ("n", "missing", "missing_pct", "n_unique")
_NUMBERS = (
    "sum", "mean", "median", "std_sample", "std_pop", "min", "max", "q1", "q3", "iqr", "skew_sample", "skew_pop",
    "kurt_sample", "kurt_pop", "within_1_std", "mean_low", "mean_high",
)  # fmt: skip
_HISTOGRAM: Fields = (("variable", "VARCHAR"), ("bin_start", "DOUBLE"), ("bin_end", "DOUBLE"), ("count", "BIGINT"))
_MAX_HISTOGRAMS = 6
MAX_BINS = 40


class DescribeParameters(Grouped):
    """Which columns, and by which groups."""

    columns: str | tuple[str, ...]


def run(source: Source, wanted: DescribeParameters) -> list[Result]:
    """A row a column (and group): numbers in full, other columns by count, distinct values and mode.

    std_sample has ddof 1, std_pop 0; quartiles are linearly interpolated; skew_sample and kurt_sample are the adjusted
    Fisher-Pearson G1 and G2, skew_pop and kurt_pop the moments g1 and g2 (Joanes & Gill 1998, The Statistician 47);
    kurtosis is excess; within_1_std is the fraction of values within one std_sample of the mean. Moments are taken
    about the mean in a second pass, so that large offsets cost no precision; mean_low and mean_high are the 95 %
    interval of the mean by Student's t. DuckDB computes all.
    """
    by, names = names_of(wanted.by, source.columns), names_of(wanted.columns, source.columns)
    rows: list[tuple[Any, ...]] = []
    warnings: list[str] = []
    numbers = []
    for name in names:
        described, told = _described(source, name, by)
        rows += described
        warnings += told
        numbers += [name] if is_numeric(source.columns[name]) else []
    fields = _fields(wanted, source.columns)
    rates = {"missing_pct": "percent", "within_1_std": "percent", "missing": "integer", "n_unique": "integer"}
    keys = group_names(by, fields)
    at = len(by)
    picked = [place for place, row in enumerate(rows) if not source.is_category(row[at])]
    main = table(fields, rows, key=(*keys, "variable"), formats=formats(fields, rates), warnings=tuple(warnings),
                 values_of=keys, withheld={"mode": picked},
                 supports=supports((*keys, "mode", *_NUMBERS), [row[at + 1] for row in rows]),
                 facts=measuring("", *names, groups=by), cautions=_cautions(source, names),
                 what="statistics of " + ", ".join(names) + (f" by {', '.join(by)}" if by else ""))  # fmt: skip
    bins = [] if by else [b for name in numbers[:_MAX_HISTOGRAMS] for b in histogram(source, name)]
    return [main, table(_HISTOGRAM, bins, suffix="hist", key=("variable", "bin_start"), audience="chart",
                        formats={"count": "integer"}, what="how the values are distributed")]  # fmt: skip


def _described(source: Source, name: str, by: Sequence[str]) -> tuple[list[tuple[Any, ...]], list[str]]:
    kind = source.columns[name]
    value = number(source, name) if is_numeric(kind) or kind == "BOOLEAN" else None
    modes = _modes(source, name, by)
    rows, warnings = [], []
    for key, total, n, unique, *statistics in _statistics(source, name, value, by):
        mode = modes.get(key)
        shape = _shape(n, statistics) if value else [None] * len(_NUMBERS)
        rows.append((*key, name, n, total - n, ratio(total - n, total), unique, mode, *shape))
        if n == 0:
            told = ", ".join(source.told(group, part) for group, part in zip(by, key, strict=True))
            warnings.append(f"{name!r} has no values" + (f" in {told}" if key else ""))
    return rows, warnings


def _cautions(source: Source, names: Sequence[str]) -> tuple[Caution, ...]:
    written = [name for name in names if is_text(source.columns[name]) and _holds_numbers(source, name)]
    return tuple(
        Caution("numbers_as_text", f"{name!r} holds numbers as text: use num({quoted(name)}) in an SQL step")
        for name in written
    )


def _statistics(source: Source, name: str, value: Number | None, by: Sequence[str]) -> list[tuple[Any, ...]]:
    """(key, rows, known, distinct, then the aggregates and centred moments that `_shape` reads)."""
    keys = [f"{group_sql(g, source.columns[g])} AS k{i}" for i, g in enumerate(by)]
    known = " AND ".join(f"{quoted(g)} IS NOT NULL" for g in by) or "TRUE"
    ks = [f"k{i}" for i in range(len(by))]
    listed, joined = "".join(f"{k}, " for k in ks), " AND ".join(f"base.{k} = means.{k}" for k in ks) or "TRUE"
    x = value.sql if value else "CAST(NULL AS DOUBLE)"
    counted = "x" if value else "r"
    sql = f"""
        WITH base AS (SELECT {"".join(k + ", " for k in keys)} {x} AS x, {quoted(name)} AS r FROM {source.table}
                      WHERE {known}),
             means AS (SELECT {listed} avg(x) AS m, stddev_samp(x) AS s FROM base GROUP BY ALL)
        SELECT {"".join(f"base.{k}, " for k in ks)} count(*), count({counted}), count(DISTINCT {counted}), sum(x),
               any_value(m), median(x), any_value(s), stddev_pop(x), min(x), max(x), quantile_cont(x, 0.25),
               quantile_cont(x, 0.75), avg((x - m) ** 2), avg(((x - m) / s) ** 3) FILTER (WHERE s > 0),
               avg(((x - m) / s) ** 4) FILTER (WHERE s > 0),
               count(*) FILTER (WHERE abs(x - m) <= s)
        FROM base JOIN means ON {joined} {"GROUP BY ALL ORDER BY ALL" if by else ""}"""
    return [(row[: len(by)], *row[len(by) :]) for row in source.query(sql)]


def _shape(n: int, statistics: Sequence[Any]) -> list[Any]:
    total, mean, median, std, std_pop, low, high, q1, q3, _, third, fourth, within = statistics
    iqr = q3 - q1 if q1 is not None else None
    skew_pop = kurt_pop = skew = kurt = None
    if third is not None and n >= 2:
        scale = n / (n - 1)
        skew_pop, kurt_pop = third * scale**1.5, fourth * scale**2 - 3
        skew = skew_pop * math.sqrt(n * (n - 1)) / (n - 2) if n >= 3 else None
        kurt = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * kurt_pop + 6) if n >= 4 else None
    inside = within / n if n >= 2 and std is not None else None
    ends = mean_interval(mean, std, n) if mean is not None else (None, None)
    return [total, mean, median, std, std_pop, low, high, q1, q3, iqr, skew, skew_pop, kurt, kurt_pop, inside, *ends]


def _modes(source: Source, name: str, by: Sequence[str]) -> dict[tuple[Any, ...], Any]:
    """The most frequent value of each group; of equally frequent ones the smallest, as pandas does."""
    keys = "".join(f"{group_sql(g, source.columns[g])} AS k{i}, " for i, g in enumerate(by))
    listed = "".join(f"k{i}, " for i in range(len(by)))
    partition = f"PARTITION BY {listed.rstrip(', ')}" if by else ""
    shown = "CAST(r AS DOUBLE)" if is_numeric(source.columns[name]) else "CAST(r AS VARCHAR)"
    rows = source.query(f"""
        SELECT {listed} {shown} FROM (SELECT {keys} {quoted(name)} AS r, count(*) AS c FROM {source.table}
        WHERE {quoted(name)} IS NOT NULL GROUP BY ALL)
        QUALIFY row_number() OVER ({partition} ORDER BY c DESC, r) = 1""")
    return {row[:-1]: row[-1] for row in rows}


def _holds_numbers(source: Source, name: str) -> bool:
    text = f"regexp_replace(CAST({quoted(name)} AS VARCHAR), '[,$€£% ]', '', 'g')"
    known, numbers = source.query(
        f"SELECT count({quoted(name)}), count(try_cast({text} AS DOUBLE)) "
        f"FROM (SELECT {quoted(name)} FROM {source.table} WHERE {quoted(name)} IS NOT NULL LIMIT 2000)"
    )[0]
    return bool(known) and numbers >= 0.9 * known


def histogram(source: Source, name: str) -> list[tuple[str, float, float, int]]:
    """(name, start, end, count) of at most 40 equal bins by Freedman & Diaconis' width (1981).

    Bins of whole numbers hold as many values each, and lie around them: 2 is in the bin from 1.5 to 2.5.
    """
    x = number(source, name).sql
    n, low, high, q1, q3, broken = source.query(
        f"SELECT count(x), min(x), max(x), quantile_cont(x, 0.25), quantile_cont(x, 0.75), "
        f"count(*) FILTER (x <> round(x)) FROM (SELECT {x} AS x FROM {source.table})"
    )[0]
    if not n or not math.isfinite(high - low):
        return []
    if high <= low:
        return [(name, low, high, n)]
    width = 2 * (q3 - q1) / n ** (1 / 3)
    bins = min(MAX_BINS, max(5, math.ceil((high - low) / width) if width > 0 else math.ceil(math.log2(n)) + 1))
    uneven = broken or max(abs(low), abs(high)) > 2**50  # beyond it a half can't be told from a whole
    start, step, bins = (low, (high - low) / bins, bins) if uneven else _whole_bins(low, high, bins)
    rows = source.query(
        f"SELECT least({bins - 1}, CAST(floor((x - {start!r}) / {step!r}) AS BIGINT)) AS b, count(*) "
        f"FROM (SELECT {x} AS x FROM {source.table}) WHERE x IS NOT NULL GROUP BY b"
    )
    counts: dict[int, int] = dict(rows)
    return [(name, start + b * step, start + (b + 1) * step, counts.get(b, 0)) for b in range(bins)]


def _whole_bins(low: float, high: float, bins: int) -> tuple[float, float, int]:
    """Start, width and number of the bins of whole numbers: one a value where these are few, else a whole width."""
    values = high - low + 1
    step = 1 if values <= MAX_BINS else math.ceil(values / bins)
    return low - 0.5, float(step), math.ceil(values / step)


def _fields(wanted: DescribeParameters, columns: Columns) -> Fields:
    by, names = names_of(wanted.by, columns), names_of(wanted.columns, columns)
    numeric = all(is_numeric(columns.get(name, "VARCHAR")) for name in names)
    fields = [("variable", "VARCHAR"), ("n", "BIGINT"), ("missing", "BIGINT"), ("missing_pct", "DOUBLE"),
              ("n_unique", "BIGINT"), ("mode", "DOUBLE" if numeric else "VARCHAR")]  # fmt: skip
    fields += [(name, "DOUBLE") for name in _NUMBERS]
    return with_groups(by, fields, columns)


def _schema(wanted: DescribeParameters, columns: Columns) -> Schema:
    return {"": list(_fields(wanted, columns)), "hist": list(_HISTOGRAM)}


def _check(wanted: DescribeParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    both = set(names_of(wanted.columns, columns)) & set(names_of(wanted.by, columns)) if wanted.columns != "*" else ()
    return [f"describe: {name!r} can't be both described and grouped by: remove it from one" for name in sorted(both)]


DESCRIBE = Method(
    name="describe",
    parameters=DescribeParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("columns", "by"),
    synonyms=BY_SYNONYMS | {"column": "columns", "variables": "columns", "variable": "columns", "value": "columns"},
    aliases=("summary", "summarize", "descriptive_statistics", "statistics"),
    signature=(
        'describe(columns|"*",[by]) -> variable,n,missing,missing_pct,n_unique,mode,sum,mean,median,std_sample,std_pop,'
        "min,max,q1,q3,iqr,skew_sample,skew_pop,kurt_sample,kurt_pop,within_1_std; mean is ~"
    ),
)  # fmt: skip
