"""outliers: which values of a column lie far out, and what the column is like without them."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

from pydantic import Field

from analyst.core.quoting import quoted
from analyst.protocol.facts import measuring
from analyst.protocol.table import TableProfile
from analyst.stats.columns import free_name, group_names, group_sql, number, number_problems, with_groups
from analyst.stats.method import Columns, Method, Result, Schema, Source, names_of, refuse
from analyst.stats.parameters import BY_SYNONYMS, Grouped
from analyst.stats.relations import keep
from analyst.stats.results import Fields, formats, supports, table

_KEPT = ("mean_outliers", "median_outliers", "mean_kept", "median_kept", "std_sample_kept", "std_pop_kept")
_DEFAULT = {"iqr": 1.5, "zscore": 3.0}


class OutlierParameters(Grouped):
    """A column, the rule and its threshold; `ddof` is that of the z-score's std."""

    column: str
    rule: Literal["iqr", "zscore"] = "iqr"
    threshold: float | None = Field(None, gt=0)
    ddof: Literal[0, 1] = 0


def run(source: Source, wanted: OutlierParameters) -> list[Result]:
    """Counts and statistics with and without outliers (a row a group), and the source with is_outlier and z.

    iqr: below q1 - 1.5 IQR or above q3 + 1.5 IQR (Tukey 1977), quartiles interpolated; zscore: |x - mean| / std > 3.
    Bounds are strict: a value on the bound stays. DuckDB computes all.
    """
    by, fields = names_of(wanted.by, source.columns), _fields(wanted, source.columns)
    relation, names = _marked(source, wanted, by)
    rows = _summary(source, wanted, by, relation)
    if not any(row[-1] for row in rows):
        raise refuse(f"outliers: {wanted.column!r} has no values")
    told = _warnings(rows, wanted, len(by))
    keys = group_names(by, fields)
    threshold = wanted.threshold or _DEFAULT[wanted.rule]
    rule = f"{wanted.rule} rule, threshold {threshold:g}"
    shown = {"n_outliers": "integer", "rows_left": "integer", "n_outliers_other_ddof": "integer"}
    types = tuple(kind for _, kind in names)
    return [
        table(fields, [row[:-1] for row in rows], key=(*keys,), formats=formats(fields, shown), warnings=told,
              values_of=keys, supports=_supports(rows, keys),
              facts=measuring("", wanted.column, groups=by), what=f"outliers of {wanted.column} by the {rule}"),
        Result(columns=tuple(name for name, _ in names), types=types, rows=(), suffix="rows", audience="detail",
               raw=True, relation=relation, row_count=source.rows(), what=f"all rows, marked by the {rule}"),
    ]  # fmt: skip


def _marked(source: Source, wanted: OutlierParameters, by: Sequence[str]) -> tuple[str, list[tuple[str, str]]]:
    """A TEMP table of the source with is_outlier and z (NULL without a value), and the columns it has."""
    x, threshold = number(source, wanted.column).sql, wanted.threshold or _DEFAULT[wanted.rule]
    over = "OVER (" + ("PARTITION BY " + ", ".join(map(quoted, by)) if by else "") + ")"
    std = "stddev_pop" if wanted.ddof == 0 else "stddev_samp"
    names = _row_fields(source.columns)
    flag, score = (quoted(name) for name, _ in names[-2:])
    low, high = _bounds(wanted.rule, threshold, std)
    inner = ", ".join(f"{quoted(name)} AS c{at}" for at, name in enumerate(source.columns))
    listed = ", ".join(f"c{at} AS {quoted(name)}" for at, name in enumerate(source.columns))
    relation = keep(
        source,
        f"SELECT {listed}, x < {low} OR x > {high} AS {flag}, CASE WHEN d > 0 THEN (x - m) / d END AS {score} FROM "
        f"(SELECT {inner}, {source.place} AS place, {x} AS x, avg({x}) {over} AS m, {std}({x}) {over} AS d, "
        f"quantile_cont({x}, 0.25) {over} AS a, quantile_cont({x}, 0.75) {over} AS c FROM {source.table}) "
        "ORDER BY place",
    )
    return relation, names


def _bounds(rule: str, threshold: float, std: str) -> tuple[str, str]:
    if rule == "iqr":
        return f"a - {threshold!r} * (c - a)", f"c + {threshold!r} * (c - a)"
    return f"m - {threshold!r} * d", f"m + {threshold!r} * d"


def _summary(source: Source, wanted: OutlierParameters, by: Sequence[str], relation: str) -> list[tuple[Any, ...]]:
    """A row a group; the last value, beyond the result's columns, counts the values."""
    flag = quoted(_row_fields(source.columns)[-2][0])
    keys = "".join(f"{group_sql(name, source.columns[name])} AS k{i}, " for i, name in enumerate(by))
    x, threshold = number(source, wanted.column).sql, wanted.threshold or _DEFAULT[wanted.rule]
    std, other = ("stddev_pop", "stddev_samp") if wanted.ddof == 0 else ("stddev_samp", "stddev_pop")
    lower, upper = _bounds(wanted.rule, threshold, std)
    known = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in by) or "TRUE"
    cut_by, listed = ("".join(f"{of}k{i}, " for i in range(len(by))) for of in ("", "base."))
    joined = " AND ".join(f"base.k{i} = cuts.k{i}" for i in range(len(by))) or "TRUE"
    out, kept = "FILTER (WHERE f)", "FILTER (WHERE NOT f)"
    sql = f"""
        WITH base AS (SELECT {keys}{x} AS x, {flag} AS f FROM {quoted(relation)} WHERE {known}),
             cuts AS (SELECT {cut_by}avg(x) AS m, {std}(x) AS d, {other}(x) AS e,
                      quantile_cont(x, 0.25) AS a, quantile_cont(x, 0.75) AS c FROM base GROUP BY ALL)
        SELECT {listed}count(*) {out}, any_value({lower}), any_value({upper}), count(x) {kept}, avg(x) {out},
               median(x) {out}, avg(x) {kept}, median(x) {kept}, stddev_samp(x) {kept}, stddev_pop(x) {kept},
               count(*) FILTER (WHERE abs(x - m) > {threshold!r} * e), count(x)
        FROM base JOIN cuts ON {joined} {"GROUP BY ALL ORDER BY ALL" if by else ""}"""
    rows = source.query(sql)
    return rows if wanted.rule == "zscore" else [(*row[:-2], row[-1]) for row in rows]


def _supports(rows: Sequence[Sequence[Any]], keys: Collection[str]) -> dict[str, Sequence[int]]:
    """The values behind each cell of the summary."""
    at = len(keys)
    out, left, n = [row[at] for row in rows], [row[at + 3] for row in rows], [row[-1] for row in rows]
    behind = {name: left if name.endswith("kept") else out for name in _KEPT}
    return behind | supports((*keys, "lower", "upper"), n)


def _warnings(rows: Sequence[Sequence[Any]], wanted: OutlierParameters, keys: int) -> tuple[str, ...]:
    warnings = []
    if any(row[-1] < 10 for row in rows):
        warnings.append(f"{wanted.column!r} has fewer than 10 values, so an outlier rule means little")
    if any(row[keys] > 0.1 * row[-1] for row in rows):
        warnings.append(f"over 10% of {wanted.column!r} counts as outliers: the column is skewed or has several peaks")
    if wanted.rule == "zscore" and any(row[keys] != row[-2] for row in rows):
        warnings.append("the count depends on ddof: see n_outliers_other_ddof")
    return tuple(warnings)


def _fields(wanted: OutlierParameters, columns: Columns) -> Fields:
    fields = [("n_outliers", "BIGINT"), ("lower", "DOUBLE"), ("upper", "DOUBLE"), ("rows_left", "BIGINT")]
    fields += [(name, "DOUBLE") for name in _KEPT]
    fields += [("n_outliers_other_ddof", "BIGINT")] if wanted.rule == "zscore" else []
    by = names_of(wanted.by, columns)
    return with_groups(by, fields, columns)


def _row_fields(columns: Columns) -> list[tuple[str, str]]:
    flag, score = free_name("is_outlier", columns, "new_"), free_name("z", columns, "new_")
    return [*columns.items(), (flag, "BOOLEAN"), (score, "DOUBLE")]


def _schema(wanted: OutlierParameters, columns: Columns) -> Schema:
    return {"": list(_fields(wanted, columns)), "rows": _row_fields(columns)}


def _check(wanted: OutlierParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    return number_problems([wanted.column], columns, profile)


OUTLIERS = Method(
    name="outliers",
    parameters=OutlierParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("column", "by"),
    synonyms=BY_SYNONYMS | {"columns": "column", "value": "column", "method": "rule", "test": "rule", "kind": "rule",
                            "multiplier": "threshold", "k": "threshold"},
    values={"rule": {"z_score": "zscore", "z": "zscore", "tukey": "iqr"}},
    aliases=("outlier", "detect_outliers", "find_outliers"),
    signature=(
        "outliers(column,rule=iqr|zscore,[threshold=1.5|3],[by]) -> n_outliers,lower,upper,rows_left,mean_outliers,"
        "median_outliers,mean_kept,median_kept,std_sample_kept,std_pop_kept; _rows: source + is_outlier,z"
    ),
)  # fmt: skip
