"""share: how a total is split over groups, and how concentrated it is."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

from pydantic import Field

from analyst.protocol.table import TableProfile
from analyst.stats.columns import group_names, named_sql, with_groups
from analyst.stats.method import Columns, Method, Parameters, Result, Schema, Source, names_of, refuse
from analyst.stats.parameters import BY_SYNONYMS
from analyst.stats.proportions import wilson
from analyst.stats.results import Fields, formats, ratio, supports, table
from analyst.stats.timeline import measure, measure_problems

_SHARES: Fields = (
    ("value", "DOUBLE"),
    ("share", "DOUBLE"),
    ("cumulative_share", "DOUBLE"),
    ("rank", "BIGINT"),
    ("n", "BIGINT"),
    ("share_low", "DOUBLE"),
    ("share_high", "DOUBLE"),
)
_TOTAL: Fields = (
    ("total", "DOUBLE"),
    ("groups", "BIGINT"),
    ("gini", "DOUBLE"),
    ("hhi", "DOUBLE"),
    ("top_share", "DOUBLE"),
)


class ShareParameters(Parameters):
    """What is split, over which groups; `top` keeps the largest only."""

    by: str | tuple[str, ...]
    value: str | None = None
    agg: Literal["sum", "count"] | None = None
    top: int | None = Field(None, ge=1)


def run(source: Source, wanted: ShareParameters) -> list[Result]:
    """Groups with their share, largest first, and the concentration of the whole.

    gini: sum((2 i - n - 1) x_i) / (n sum(x)) over ascending x (Sen 1973); hhi: sum of squared shares (Herfindahl-
    Hirschman, 1/n to 1); top_share: the share of the `top` largest groups (of the largest one without `top`). n: rows;
    share_low and share_high: Wilson's 95 % interval, of a share of rows only (a sum has no sampling error of its own).
    """
    by = names_of(wanted.by, source.columns)
    what = measure(source, wanted.value, wanted.agg or "sum")
    keys = ", ".join(named_sql(name, source.columns[name]) for name in by)
    found = source.query(f"SELECT {keys}, {what.sql}, count(*) FROM {source.table} GROUP BY ALL")
    found.sort(key=lambda row: (-float(row[-2] or 0.0), str(row[:-2])))
    if not found:
        raise refuse(f"share: there are no rows to split by {', '.join(by)}")
    ranked, counts = [(row[:-2], float(row[-2] or 0.0)) for row in found], [row[-1] for row in found]
    values = [value for _, value in ranked]
    total, warnings = math.fsum(values), _warnings(values)
    shares = zip(ranked, accumulate(values), counts, strict=True)
    rows = [
        (*key, value, ratio(value, total), ratio(running, total), place, n,
         *(wilson(value, round(total)) if what.agg == "count" else (None, None)))
        for place, ((key, value), running, n) in enumerate(shares, start=1)
    ][: wanted.top]  # fmt: skip
    fields, shown = _fields(wanted, source.columns), {"value": what.format, "total": what.format} | _PERCENTS
    names = group_names(by, fields)
    spelt = f"{what.words} by {', '.join(by)}"
    top = ratio(math.fsum(values[: wanted.top or 1]), total)
    concentration = (total, len(values), gini(values), herfindahl(values), top)
    return [
        table(fields, rows, key=(*names,), formats=formats(fields, shown), warnings=warnings,
              order={"value": "descending"}, values_of=names, supports=supports((*names, "value"), counts),
              facts=what.as_facts(by), what=f"share of the {spelt}, largest first"),
        table(_TOTAL, [concentration], suffix="total", formats=formats(_TOTAL, shown),
              supports={"total": [sum(counts)]},
              facts=what.as_facts(),
              what=f"total and concentration of the {spelt}; top_share is that of the largest {wanted.top or 1}"),
    ]  # fmt: skip


_PERCENTS = dict.fromkeys(("share", "share_low", "share_high", "cumulative_share", "top_share"), "percent") | {
    "rank": "integer", "groups": "integer", "gini": "number", "hhi": "number",
}  # fmt: skip


def gini(values: Sequence[float]) -> float | None:
    """The Gini coefficient of non-negative values, 0 (equal) to 1 - 1/n; None for negative values or a zero total."""
    ordered, total = sorted(values), math.fsum(values)
    if not ordered or ordered[0] < 0 or total <= 0:
        return None
    n = len(ordered)
    return math.fsum((2 * place - n - 1) * (value / total) for place, value in enumerate(ordered, start=1)) / n


def herfindahl(values: Sequence[float]) -> float | None:
    """The sum of squared shares; None for negative values or a zero total."""
    total = math.fsum(values)
    if not values or min(values) < 0 or total <= 0:
        return None
    return math.fsum((value / total) ** 2 for value in values)


def _warnings(values: Sequence[float]) -> tuple[str, ...]:
    if math.fsum(values) == 0:
        return ("the total is zero, so there are no shares",)
    return ("some groups are negative, so the shares are not parts of a whole",) if min(values) < 0 else ()


def _fields(wanted: ShareParameters, columns: Columns) -> Fields:
    by = names_of(wanted.by, columns)
    return with_groups(by, _SHARES, columns)


def _schema(wanted: ShareParameters, columns: Columns) -> Schema:
    return {"": list(_fields(wanted, columns)), "total": list(_TOTAL)}


def _check(wanted: ShareParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    return measure_problems(wanted.value, wanted.agg, columns, profile)


SHARE = Method(
    name="share",
    parameters=ShareParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("value", "by"),
    synonyms=BY_SYNONYMS | {"groups": "by", "column": "value", "metric": "value", "n": "top", "limit": "top",
                            "aggregate": "agg", "aggregation": "agg"},
    values={"agg": {"total": "sum"}},
    aliases=("shares", "pareto", "concentration"),
    signature=(
        "share(by,[value],[agg=sum|count],[top]) -> [by],value,~share,cumulative_share,rank,n, largest first; "
        "_total: total,groups,gini,hhi,top_share"
    ),
)  # fmt: skip
