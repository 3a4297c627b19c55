"""location_test: whether a number lies off a given value, or off a second number of the same rows (paired)."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import Field

from analyst.protocol.facts import measuring
from analyst.protocol.table import TableProfile
from analyst.stats.columns import number, number_problems
from analyst.stats.method import Columns, Method, Parameters, Result, Schema, Source, refuse
from analyst.stats.results import Fields, formats, table
from analyst.stats.sampling import sampled_frame

_FIELDS: Fields = (
    ("statistic", "DOUBLE"),
    ("p", "DOUBLE"),
    ("n", "BIGINT"),
    *((name, "DOUBLE") for name in ("mean", "against", "difference", "difference_low", "difference_high", "cohens_d")),
)
_MOST_RANKED = 100_000


class LocationParameters(Parameters):
    """A number and what it is held against: a value, or another number of the same rows (`paired_with`)."""

    value: str
    paired_with: str | None = None
    against: float = Field(0.0, allow_inf_nan=False)
    test: Literal["t", "wilcoxon"] = "t"


def run(source: Source, wanted: LocationParameters) -> list[Result]:
    """Student's t test of one sample (Student 1908) or Wilcoxon's signed ranks (1945) of `value` less `paired_with`.

    difference = mean of value less `paired_with`, less `against`, with its 95 % interval; cohens_d = difference / sd of
    the differences. Rows that lack one of the two are left out. PlanError under two rows or for a constant difference.
    """
    first = number(source, wanted.value).sql
    second = number(source, wanted.paired_with).sql if wanted.paired_with else "0.0"
    n, mean, other, off, std = source.query(
        f"SELECT count(*), avg(x), avg(y), avg(x - y), stddev_samp(x - y) FROM "
        f"(SELECT {first} AS x, {second} AS y FROM {source.table}) WHERE x IS NOT NULL AND y IS NOT NULL"
    )[0]
    if n < 2 or not std:
        told = "at least 2 complete rows" if n < 2 else "values that differ"
        raise refuse(f"location_test: {wanted.value!r} needs {told}")
    difference = off - wanted.against
    statistic, p, low, high, warnings = _tested(source, wanted, (first, second), (n, difference, std))
    against = (other if wanted.paired_with else 0.0) + wanted.against
    row = (statistic, p, n, mean, against, difference, low, high, difference / std)
    beside = f"{wanted.paired_with} of the same row" if wanted.paired_with else f"{wanted.against:g}"
    names = [wanted.value, *([wanted.paired_with] if wanted.paired_with else [])]
    return [
        table(_FIELDS, [row], formats=formats(_FIELDS, {}), warnings=tuple(warnings),
              facts=measuring("mean", *names, test=wanted.test),
              what=f"{_SPELT[wanted.test]} of {wanted.value} against {beside}"),
    ]  # fmt: skip


_SPELT = {"t": "one-sample t test", "wilcoxon": "Wilcoxon's signed-rank test"}


def _tested(
    source: Source, wanted: LocationParameters, pair: tuple[str, str], known: tuple[int, float, float]
) -> tuple[float, float, float, float, list[str]]:
    """Statistic, p, the ends of the interval of the mean difference, and warnings."""
    from scipy.special import stdtr, stdtrit

    n, difference, std = known
    error = std / math.sqrt(n)
    reach = float(stdtrit(n - 1, 0.975)) * error
    ends = (difference - reach, difference + reach)
    if wanted.test == "t":
        t = difference / error
        few = [f"only {n} rows, so p is rough unless the differences are about normal"] if n < 15 else []
        return t, 2 * float(stdtr(n - 1, -abs(t))), *ends, few
    statistic, p, warnings = _signed_ranks(source, wanted, pair)
    return statistic, p, *ends, warnings


def _signed_ranks(source: Source, wanted: LocationParameters, pair: tuple[str, str]) -> tuple[float, float, list[str]]:
    from scipy.stats import wilcoxon

    where = f"({pair[0]}) IS NOT NULL AND ({pair[1]}) IS NOT NULL"
    frame, warnings = sampled_frame(source, {"d": f"({pair[0]}) - ({pair[1]})"}, _MOST_RANKED, where=where)
    found: Any = wilcoxon(frame["d"].to_numpy(dtype=float) - wanted.against)
    return float(found.statistic), float(found.pvalue), warnings


def _schema(wanted: LocationParameters, columns: Columns) -> Schema:
    return {"": list(_FIELDS)}


def _check(wanted: LocationParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    names = [wanted.value, *([wanted.paired_with] if wanted.paired_with else [])]
    problems = number_problems(names, columns, profile)
    if wanted.value == wanted.paired_with:
        problems.append(f"location_test: value and paired_with are both {wanted.value!r}: name two columns")
    return problems


LOCATION = Method(
    name="location_test",
    parameters=LocationParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("value", "paired_with"),
    synonyms={"column": "value", "a": "value", "after": "value", "b": "paired_with", "before": "paired_with",
              "pair": "paired_with", "mu": "against", "popmean": "against", "method": "test"},
    values={"test": {"ttest": "t", "t_test": "t", "paired_t": "t", "one_sample_t": "t", "signed_rank": "wilcoxon"}},
    aliases=("paired_t", "paired_test", "ttest_rel", "ttest_1samp", "one_sample_t", "one_sample", "wilcoxon"),
    signature="location_test(value,[paired_with],[against=0],[test=t|wilcoxon]) -> statistic,p,n,mean,~difference,"
    "cohens_d",
)  # fmt: skip
