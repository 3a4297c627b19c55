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

from analyst.core.quoting import literal, quoted, quoted_names
from analyst.datasets.scanning import per_column
from analyst.datasets.suspicion import SENTINELS
from analyst.engine.interface import Engine

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
    place: int = 0
    """Of the column in the table, from 0."""

    @property
    def all_sampled(self) -> bool:
        """Whether `sample` holds every value of the column, whole: then no query need look for what it doesn't show."""
        return len(self.sample) == self.distinct and all(len(value) < _CUT for value in self.sample)


def measure_ranges(engine: Engine, relation: str, rows: int, today: date) -> list[Measured]:
    """Count, extremes and moments of every column of `relation`, in one scan a batch of columns."""
    described = engine.columns(relation).items()
    named = [(name, kind) for name, kind in described if name != "_row"]
    columns = [
        Measured(name, kind, _KINDS.get(kind, "other"), rows, place=place) for place, (name, kind) in enumerate(named)
    ]
    for kind in {column.type for column in columns}:
        alike = {column.name: column for column in columns if column.type == kind}
        terms = _range_terms(next(iter(alike.values())).kind, today)
        for header, found in per_column(engine, quoted(relation), list(alike), list(terms.values())).items():
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


def measure_wide(engine: Engine, relation: str, columns: Sequence[Measured]) -> set[str]:
    """Values and quantiles of the number columns of a very wide, not too long table at once; the names of these."""
    numbers = [column for column in columns if column.kind == "number" and column.present]
    if len(numbers) <= _BATCH or len(numbers) * numbers[0].rows > _MANY_CELLS:
        return set()
    for kind in {column.type for column in numbers}:
        alike = {column.name: column for column in numbers if column.type == kind}
        picked = quoted_names(alike)
        found = engine.rows(
            f"SELECT c, v, count(*) FROM (SELECT {picked} FROM {quoted(relation)}) UNPIVOT (v FOR c IN ({picked}))"
            " GROUP BY c, v ORDER BY c, v"
        )
        for header, group in groupby(found, key=lambda row: row[0]):
            _take_groups(alike[header], [(row[1], int(row[2])) for row in group])
    return {column.name for column in numbers}


def _take_groups(column: Measured, ordered: Sequence[tuple[Any, int]]) -> None:
    """Distinct, most frequent values and quantiles from all values with their counts, in order."""
    column.distinct = len(ordered)
    frequent = sorted(ordered, key=lambda pair: -pair[1])
    column.values = tuple(frequent[: ALL if column.distinct <= ALL else TOP])
    column.quantiles = _weighted_quantiles(ordered, column.present)


def measure_values(engine: Engine, relation: str, column: Measured) -> None:
    """Distinct values, the most frequent ones, quantiles and (for text) a sample. Leaves `groups` behind for checks."""
    c = quoted(column.name)
    counted = f"SELECT {c} AS v, count(*) AS n FROM {quoted(relation)} WHERE {c} IS NOT NULL GROUP BY {c}"
    engine.materialise("groups", counted)
    column.distinct = _count(engine, "SELECT count(*) FROM groups")
    value = f"left(v, {_CUT})" if column.kind == "text" else "v"
    frequent = f"SELECT v, n FROM groups ORDER BY n DESC, v LIMIT {ALL}"
    found = engine.rows(f"SELECT {value}, n FROM ({frequent}) ORDER BY n DESC, v")
    column.values = tuple((row[0], int(row[1])) for row in found[: ALL if column.distinct <= ALL else TOP])
    if column.kind == "text":
        column.sample = _sample(engine)
    elif column.kind == "number" and column.present:
        column.quantiles = _quantiles(engine, relation, column)


def _sample(engine: Engine) -> tuple[str, ...]:
    """Distinct values, picked by hash: the same ones each time, from all over the table."""
    found = engine.rows(f"SELECT left(v, {_CUT}) FROM groups ORDER BY hash(v), v LIMIT {SAMPLE}")
    return tuple(row[0] for row in found)


def _quantiles(engine: Engine, relation: str, column: Measured) -> dict[float, float]:
    """Linear interpolation between order statistics, as pandas and quantile_cont do."""
    if column.distinct <= 20_000:
        ordered = engine.rows("SELECT v, n FROM groups ORDER BY v")
        return _weighted_quantiles(ordered, column.present)
    c, asked = quoted(column.name), ", ".join(map(str, QUANTILES))
    found = engine.rows(f"SELECT quantile_cont({c}::DOUBLE, [{asked}]) FROM {quoted(relation)}")
    return dict(zip(QUANTILES, found[0][0], strict=True))


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


def measure_extremes(engine: Engine, relation: str, columns: Sequence[Measured]) -> None:
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
        found = engine.rows(f"SELECT {', '.join(terms)} FROM {quoted(relation)}")[0]
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


def count_duplicates(engine: Engine, relation: str, columns: Sequence[Measured]) -> int:
    """Rows that repeat an earlier row in every column: rows less distinct hashes of rows."""
    if any(column.distinct == column.rows for column in columns):
        return 0
    hashed = quoted_names(column.name for column in columns)
    return _count(engine, f"SELECT count(*) - count(DISTINCT hash({hashed})) FROM {quoted(relation)}")


def sum_duplicates(
    engine: Engine, relation: str, columns: Sequence[Measured], measures: Sequence[str]
) -> tuple[tuple[str, float, float], ...]:
    """(measure, its sum over all rows, that over rows that repeat no earlier one), where these differ."""
    if not measures:
        return ()
    sums = ", ".join(f"sum({quoted(measure)})" for measure in measures)
    once = f"SELECT DISTINCT {quoted_names(column.name for column in columns)} FROM {quoted(relation)}"
    whole, single = (engine.rows(f"SELECT {sums} FROM {source}")[0] for source in (quoted(relation), f"({once})"))
    found = [(name, float(all_), float(one)) for name, all_, one in zip(measures, whole, single, strict=True) if all_]
    return tuple((name, all_, one) for name, all_, one in found if all_ != one)


_ALIKE = "lower(replace(replace(replace(replace(v, ' ', ''), '\t', ''), '\n', ''), '\r', ''))"


def near_duplicates(engine: Engine) -> tuple[tuple[str, ...], ...]:
    """Groups of values in `groups` that are equal but for case and spaces, the most frequent spelling first."""
    short = "FROM groups WHERE length(v) <= 120"
    # Hashes tell fast which few values have a like; only these are compared and listed.
    repeated = [row[0] for row in engine.rows(f"SELECT hash({_ALIKE}) AS h {short} GROUP BY h HAVING count(*) > 1")]
    if not repeated:
        return ()
    found = engine.rows(
        f"SELECT list(v ORDER BY n DESC, v) {short} AND hash({_ALIKE}) IN (SELECT unnest($1::UBIGINT[]))"
        f" GROUP BY {_ALIKE} HAVING count(*) > 1 ORDER BY sum(n) DESC, min(v) LIMIT 50",
        [repeated],
    )
    return tuple(tuple(row[0]) for row in found)


def _count(engine: Engine, sql: str) -> int:
    return int(engine.rows(sql)[0][0])
