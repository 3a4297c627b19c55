"""Exact measures of columns in few passes: ranges of all at once, then groups (values with counts) column by column."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

import duckdb

from analyst.core.quoting import literal, quoted, quoted_names
from analyst.datasets.scanning import per_column
from analyst.datasets.suspicion import SENTINELS

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
TOP, ALL = 10, 20
"""So many values are kept: all when there are at most ALL, else the TOP most frequent."""
SAMPLE = 1000
"""Distinct values of a text column that Python looks at."""
_CUT = 300
_BATCH = 60
_MANY_CELLS = 2_000_000
_KINDS = {"BIGINT": "number", "DOUBLE": "number", "VARCHAR": "text", "BOOLEAN": "boolean", "DATE": "date"}
_KINDS |= {"TIMESTAMP": "timestamp", "TIME": "time"}


@dataclass
class Measured:
    """The numbers of one column."""

    name: str
    type: str
    kind: str
    rows: int
    present: int = 0
    minimum: Any = None
    maximum: Any = None
    mean: float | None = None
    std: float | None = None
    skew: float | None = None
    distinct: int = 0
    values: tuple[tuple[Any, int], ...] = ()
    quantiles: dict[float, float] = field(default_factory=dict)
    outliers: int = 0
    negative: int = 0
    sentinels: Mapping[int, int] = field(default_factory=dict)
    future: int = 0
    ancient: int = 0
    sample: tuple[str, ...] = ()


def measure_ranges(connection: duckdb.DuckDBPyConnection, rows: int, today: date) -> list[Measured]:
    """Count, extremes and moments of every column, in one scan a batch of columns."""
    described = connection.execute("DESCRIBE data").fetchall()
    columns = [Measured(row[0], row[1], _KINDS.get(row[1], "other"), rows) for row in described if row[0] != "_row"]
    for kind in {column.type for column in columns}:
        alike = {column.name: column for column in columns if column.type == kind}
        terms = _range_terms(next(iter(alike.values())).kind, today)
        for header, found in per_column(connection, "data", list(alike), list(terms.values())).items():
            for attribute, value in zip(terms, found, strict=True):
                setattr(alike[header], attribute, value)
    return columns


def _range_terms(kind: str, today: date) -> dict[str, str]:
    terms = {"present": "count({v})"}
    if kind == "number":
        terms |= {"minimum": "min({v})", "maximum": "max({v})", "negative": "count(*) FILTER ({v} < 0)"}
        terms |= {"mean": "avg({v})", "std": "stddev_samp({v})", "skew": "skewness({v})"}
    elif kind in ("date", "timestamp"):
        terms |= {"minimum": "min({v})", "maximum": "max({v})"}
        terms["future"] = f"count(*) FILTER ({{v}}::DATE > DATE {literal(today.isoformat())})"
        terms["ancient"] = "count(*) FILTER ({v} < DATE '1900-01-01')"
    elif kind == "time":
        terms |= {"minimum": "min({v})", "maximum": "max({v})"}
    return terms


def measure_wide(connection: duckdb.DuckDBPyConnection, columns: Sequence[Measured]) -> set[str]:
    """Values and quantiles of the number columns of a very wide, not too long table at once; the names of these."""
    numbers = [column for column in columns if column.kind == "number" and column.present]
    if len(numbers) <= _BATCH or len(numbers) * numbers[0].rows > _MANY_CELLS:
        return set()
    for kind in {column.type for column in numbers}:
        alike = {column.name: column for column in numbers if column.type == kind}
        picked = quoted_names(alike)
        found = connection.execute(
            f"SELECT c, v, count(*) FROM (SELECT {picked} FROM data) UNPIVOT (v FOR c IN ({picked}))"
            " GROUP BY c, v ORDER BY c, v"
        ).fetchall()
        for header, group in groupby(found, key=lambda row: row[0]):
            _take_groups(alike[header], [(row[1], int(row[2])) for row in group])
    return {column.name for column in numbers}


def _take_groups(column: Measured, ordered: Sequence[tuple[Any, int]]) -> None:
    """Distinct, most frequent values and quantiles from all values with their counts, in order."""
    column.distinct = len(ordered)
    frequent = sorted(ordered, key=lambda pair: -pair[1])
    column.values = tuple(frequent[: ALL if column.distinct <= ALL else TOP])
    column.quantiles = _weighted_quantiles(ordered, column.present)


def measure_values(connection: duckdb.DuckDBPyConnection, column: Measured) -> None:
    """Distinct values, the most frequent ones, quantiles and (for text) a sample. Leaves `groups` behind for checks."""
    c = quoted(column.name)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE groups AS SELECT {c} AS v, count(*) AS n FROM data"
        f" WHERE {c} IS NOT NULL GROUP BY {c}"
    )
    column.distinct = _count(connection, "SELECT count(*) FROM groups")
    value = f"left(v, {_CUT})" if column.kind == "text" else "v"
    frequent = f"SELECT v, n FROM groups ORDER BY n DESC, v LIMIT {ALL}"
    found = connection.execute(f"SELECT {value}, n FROM ({frequent}) ORDER BY n DESC, v").fetchall()
    column.values = tuple((row[0], int(row[1])) for row in found[: ALL if column.distinct <= ALL else TOP])
    if column.kind == "text":
        column.sample = _sample(connection)
    elif column.kind == "number" and column.present:
        column.quantiles = _quantiles(connection, column)


def _sample(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Distinct values, picked by hash: the same ones each time, from all over the table."""
    found = connection.execute(f"SELECT left(v, {_CUT}) FROM groups ORDER BY hash(v), v LIMIT {SAMPLE}").fetchall()
    return tuple(row[0] for row in found)


def _quantiles(connection: duckdb.DuckDBPyConnection, column: Measured) -> dict[float, float]:
    """Linear interpolation between order statistics, as pandas and quantile_cont do."""
    if column.distinct <= 20_000:
        ordered = connection.execute("SELECT v, n FROM groups ORDER BY v").fetchall()
        return _weighted_quantiles(ordered, column.present)
    c, asked = quoted(column.name), ", ".join(map(str, QUANTILES))
    found = connection.execute(f"SELECT quantile_cont({c}::DOUBLE, [{asked}]) FROM data").fetchone()
    return dict(zip(QUANTILES, found[0] if found else (), strict=True))


def _weighted_quantiles(ordered: Sequence[tuple[float, int]], present: int) -> dict[float, float]:
    ends: list[int] = []
    for _, count in ordered:
        ends.append((ends[-1] if ends else 0) + count)

    def at(place: int) -> float:
        return float(ordered[bisect.bisect_right(ends, place)][0])

    quantiles = {}
    for share in QUANTILES:
        exact = share * (present - 1)
        low = int(exact)
        part = exact - low
        quantiles[share] = at(low) if part == 0 else at(low) * (1 - part) + at(low + 1) * part
    return quantiles


def measure_extremes(connection: duckdb.DuckDBPyConnection, columns: Sequence[Measured]) -> None:
    """Values outside the 1.5 IQR fences and codes for missing, of all number columns at once."""
    numbers = [column for column in columns if column.quantiles]
    for start in range(0, len(numbers), _BATCH):
        batch = numbers[start : start + _BATCH]
        terms = []
        for column in batch:
            c, (low, high) = quoted(column.name), fences(column.quantiles)
            terms.append(f"count(*) FILTER ({c} < {low!r}::DOUBLE OR {c} > {high!r}::DOUBLE)")
            codes = _possible_codes(column)
            terms.append(
                "[" + ", ".join(f"count(*) FILTER ({c} = {code})" for code in codes) + "]" if codes else "NULL"
            )
        found = connection.execute(f"SELECT {', '.join(terms)} FROM data").fetchone() or ()
        for i, column in enumerate(batch):
            column.outliers = int(found[2 * i])
            codes = _possible_codes(column)
            column.sentinels = dict(zip(codes, found[2 * i + 1] or (), strict=True))


def _possible_codes(column: Measured) -> list[int]:
    """The codes that could stand apart: they are the column's minimum or maximum."""
    return [code for code in SENTINELS if code in (column.minimum, column.maximum)]


def fences(quantiles: Mapping[float, float]) -> tuple[float, float]:
    """Tukey's fences: 1.5 interquartile ranges below the first and above the third quartile."""
    q1, q3 = quantiles[0.25], quantiles[0.75]
    reach = 1.5 * (q3 - q1)
    return q1 - reach, q3 + reach


def count_duplicates(connection: duckdb.DuckDBPyConnection, columns: Sequence[Measured]) -> int:
    """Rows that repeat an earlier row in every column: rows less distinct hashes of rows."""
    if any(column.distinct == column.rows for column in columns):
        return 0
    hashed = ", ".join(quoted(column.name) for column in columns)
    return _count(connection, f"SELECT count(*) - count(DISTINCT hash({hashed})) FROM data")


_ALIKE = "lower(replace(replace(replace(replace(v, ' ', ''), '\t', ''), '\n', ''), '\r', ''))"


def near_duplicates(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[str, ...], ...]:
    """Groups of values in `groups` that are equal but for case and spaces, the most frequent spelling first."""
    short = "FROM groups WHERE length(v) <= 120"
    # Hashes tell fast which few values have a like; only these are compared and listed.
    repeated = f"SELECT hash({_ALIKE}) AS h {short} GROUP BY h HAVING count(*) > 1"
    found = connection.execute(
        f"SELECT list(v ORDER BY n DESC, v) {short} AND hash({_ALIKE}) IN ({repeated}) GROUP BY {_ALIKE}"
        " HAVING count(*) > 1 ORDER BY sum(n) DESC, min(v) LIMIT 50"
    ).fetchall()
    return tuple(tuple(row[0]) for row in found)


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    found = connection.execute(sql).fetchone()
    return int(found[0]) if found else 0
