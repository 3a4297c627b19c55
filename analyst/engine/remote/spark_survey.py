"""A whole table on Spark measured in few passes: aggregates of all columns, then how often values occur.

Counts, extremes, means and deviations are exact, and so are distinct values where there are few; where there are many
HyperLogLog counts them within about 5 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analyst.engine.remote.spark import SparkServer, translated
from analyst.engine.remote.spark_types import column_of
from analyst.engine.remote.survey import MOST_COUNTED, MOST_WORDS, whole_column
from analyst.protocol.remote import WholeColumn

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_NEARLY_ALL = 0.8
"""A column with so many distinct values of its values may tell rows apart: they are counted exactly."""
_BATCH = 40
"""Columns measured in one pass."""


def survey(server: SparkServer) -> Mapping[str, WholeColumn]:
    """Every column of `data`, measured whole."""
    with translated():
        data, kinds = server.data, server.columns()
        names = list(kinds)
        rows: dict[str, dict[str, Any]] = {}
        for start in range(0, len(names), _BATCH):
            batch = {name: kinds[name] for name in names[start : start + _BATCH]}
            rows |= _aggregates(data, batch)
        few = [name for name in names if kinds[name] != "DOUBLE" and rows[name]["distinct"] <= MOST_COUNTED]
        counted = _frequencies(data, few)
        likely = [name for name, found in rows.items() if found["distinct"] >= _NEARLY_ALL * max(found["present"], 1)]
        for name, exact in _distinct(data, likely).items():
            rows[name]["distinct"] = exact
    return {name: whole_column(found, counted.get(name)) for name, found in rows.items()}


def words(server: SparkServer, names: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The distinct values of text columns, of those that have at most MOST_WORDS."""
    with translated():
        found: dict[str, Sequence[str]] = {}
        for name in names:
            column = server.data.select(column_of(name).alias("v")).dropna().distinct().limit(MOST_WORDS + 1)
            values = column.toArrow()["v"].to_pylist()
            if len(values) <= MOST_WORDS:
                found[name] = sorted(values)
    return found


def _aggregates(data: DataFrame, kinds: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The measures of some columns by name, in one pass."""
    from pyspark.sql import functions

    places = list(enumerate(kinds.items()))
    asked = [term.alias(f"{measure}_{place}") for place, item in places for measure, term in _terms(*item).items()]
    rows = functions.count(functions.lit(1)).alias("rows")
    found = data.agg(rows, *asked).toArrow().to_pylist()[0]
    measured = {
        name: {"rows": found["rows"]} | {measure: found[f"{measure}_{place}"] for measure in _terms(name, kind)}
        for place, (name, kind) in places
    }
    for one in measured.values():
        one["skew"] = _adjusted(one.get("skew"), one["present"])
    return measured


def _adjusted(skew: float | None, n: int) -> float | None:
    """Spark's skewness is that of the population; profiles tell the adjusted Fisher-Pearson one."""
    return skew * (n * (n - 1)) ** 0.5 / (n - 2) if skew is not None and n > 2 else None


def _terms(name: str, kind: str) -> dict[str, Column]:
    from pyspark.sql import functions as f

    v = column_of(name)
    # As text: not every server estimates distinct doubles.
    terms = {"present": f.count(v), "distinct": f.approx_count_distinct(v.cast("string"))}
    if kind in ("BIGINT", "DOUBLE", "DATE", "TIMESTAMP"):
        terms |= {"minimum": f.min(v), "maximum": f.max(v)}
    if kind in ("BIGINT", "DOUBLE"):
        finite = f.when(~f.isnan(v) & (f.abs(v) != float("inf")), v)
        terms |= {"mean": f.avg(finite), "std": f.stddev_samp(finite), "skew": f.skewness(finite)}
    return terms


def _distinct(data: DataFrame, names: Sequence[str]) -> dict[str, int]:
    from pyspark.sql import functions

    return {
        name: data.agg(functions.count_distinct(column_of(name)).alias("n")).toArrow()["n"][0].as_py() for name in names
    }


def _frequencies(data: DataFrame, names: Sequence[str]) -> dict[str, list[tuple[Any, int]]]:
    """The values of columns that have few, with how often they occur, the most frequent first."""
    from pyspark.sql import functions

    found: dict[str, list[tuple[Any, int]]] = {}
    for name in names:
        grouped = data.select(column_of(name).alias("v")).dropna().groupBy("v").agg(functions.count("v").alias("n"))
        rows = grouped.toArrow().to_pylist()
        found[name] = sorted(((row["v"], row["n"]) for row in rows), key=lambda pair: (-pair[1], str(pair[0])))
    return found
