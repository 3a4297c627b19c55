"""chi_square: whether two categories hang together, and the rate of an outcome at each level."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analyst.core.quoting import quoted
from analyst.core.text import counted
from analyst.core.yes_no import yes_of
from analyst.protocol.facts import Caution, Facts, Measure
from analyst.protocol.table import TableProfile
from analyst.stats.effects import corrected_v, cramers_v_interval, holm
from analyst.stats.method import Columns, Method, Parameters, Result, Schema, Source, refuse
from analyst.stats.proportions import wilson
from analyst.stats.results import Fields, formats, supports, table

if TYPE_CHECKING:
    import numpy as np

    Matrix = np.ndarray[Any, np.dtype[np.float64]]

_TEST: Fields = (
    ("statistic", "DOUBLE"),
    ("p", "DOUBLE"),
    ("dof", "BIGINT"),
    ("cramers_v", "DOUBLE"),
    ("n", "BIGINT"),
    ("p_yates", "DOUBLE"),
    ("smallest_expected", "DOUBLE"),
    ("cramers_v_low", "DOUBLE"),
    ("cramers_v_high", "DOUBLE"),
    ("cramers_v_corrected", "DOUBLE"),
    ("p_fisher", "DOUBLE"),
)
_CELLS: Fields = (
    ("x", "VARCHAR"),
    ("y", "VARCHAR"),
    ("count", "BIGINT"),
    ("expected", "DOUBLE"),
    ("residual", "DOUBLE"),
)
_RATES: Fields = (
    ("level", "VARCHAR"),
    ("outcome", "VARCHAR"),
    ("n", "BIGINT"),
    ("count", "BIGINT"),
    ("rate", "DOUBLE"),
    ("rate_low", "DOUBLE"),
    ("rate_high", "DOUBLE"),
    ("residual", "DOUBLE"),
    ("p_adjusted", "DOUBLE"),
)
_MAX_LEVELS = 200


class ChiSquareParameters(Parameters):
    """Two categorical columns; rates are those of `y` at each level of `x`."""

    x: str
    y: str


def run(source: Source, wanted: ChiSquareParameters) -> list[Result]:
    """Pearson's chi-square without continuity correction as `p`, Yates's (2 × 2 only) alongside.

    cramers_v: sqrt(chi² / (n (min(rows, columns) - 1))) (Cramér 1946), its interval and the estimate freed of bias: see
    analyst.stats.effects; p_fisher: Fisher's exact test, for a 2 × 2 table with an expected count under 5.
    `<id>_rates`: for a yes/no or other two-valued `y` the rate of its yes (else of its rarer value) at each level,
    otherwise of every outcome, with Wilson intervals; residual is the adjusted one (Haberman 1973), the z of a level
    against all others, p_adjusted its p after Holm over the rates shown.
    """
    levels, outcomes, counts = cross_table(source, wanted.x, wanted.y)
    test = chi_square(counts)
    cells = [
        (level, outcome, int(counts[i, j]), float(test.expected[i, j]), float(test.residuals[i, j]))
        for i, level in enumerate(levels)
        for j, outcome in enumerate(outcomes)
    ]
    told = _cautions(test, counts)
    pair = f"{wanted.x} and {wanted.y}"
    rated = ("rate", "rate_low", "rate_high")
    shown = {"dof": "integer", "p_yates": "p_value", "p_fisher": "p_value"} | dict.fromkeys(rated, "percent")
    rates = _rates(levels, outcomes, counts, test)
    both = {"level": wanted.x, "outcome": wanted.y}
    row = (test.statistic, test.p, test.dof, test.cramers_v, int(counts.sum()), test.p_yates, test.smallest,
           *test.interval, test.corrected, test.p_fisher)  # fmt: skip
    return [
        table(_TEST, [row], formats=formats(_TEST, shown), cautions=told,
              facts=Facts((Measure("", (wanted.x,)), Measure("", (wanted.y,))), test="chi_square"),
              what=f"chi-square test of {pair}"),
        table(_RATES, rates, suffix="rates", key=("level", "outcome"), formats=formats(_RATES, shown), values_of=both,
              supports=supports(("level", "outcome", *rated, "residual"), [row[2] for row in rates]),
              what=f"rate of {wanted.y} at each level of {wanted.x}, highest first"),
        table(_CELLS, cells, suffix="cells", key=("x", "y"), audience="detail", formats=formats(_CELLS, shown),
              values_of={"x": wanted.x, "y": wanted.y},
              what=f"observed and expected counts of {pair}"),
    ]  # fmt: skip


def cross_table(source: Source, x: str, y: str) -> tuple[list[str], list[str], Matrix]:
    """The levels of `x` and `y` and the matrix of their counts, over the rows where both are known."""
    import numpy as np

    a, b = quoted(x), quoted(y)
    rows = source.query(
        f"SELECT CAST({a} AS VARCHAR) AS x, CAST({b} AS VARCHAR) AS y, count(*) FROM {source.table} "
        f"WHERE {a} IS NOT NULL AND {b} IS NOT NULL GROUP BY ALL ORDER BY ALL"
    )
    levels, outcomes = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    for name, found in ((x, levels), (y, outcomes)):
        if len(found) < 2:
            raise refuse(f"chi_square: {name!r} has {counted(len(found), 'distinct value')}; it needs 2 or more")
        if len(found) > _MAX_LEVELS:
            raise refuse(
                f"chi_square: {name!r} has {len(found)} distinct values; group them in an SQL step, or use "
                "compare_groups for a number"
            )
    counts = np.zeros((len(levels), len(outcomes)))
    at, to = {level: i for i, level in enumerate(levels)}, {outcome: j for j, outcome in enumerate(outcomes)}
    for level, outcome, count in rows:
        counts[at[level], to[outcome]] = count
    return levels, outcomes, counts


class ChiSquare:
    """The outcome of a chi-square test of a matrix of counts."""

    def __init__(self, counts: Matrix) -> None:
        import numpy as np
        from scipy.special import chdtrc

        n = float(counts.sum())
        self.expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
        off = np.abs(counts - self.expected)
        rows, columns = counts.shape
        self.dof = (rows - 1) * (columns - 1)
        self.statistic = float((off**2 / self.expected).sum())
        self.p = float(chdtrc(self.dof, self.statistic))
        self.cramers_v = min(1.0, math.sqrt(self.statistic / (n * (min(rows, columns) - 1))))
        self.smallest = float(self.expected.min())
        self.interval = cramers_v_interval(self.statistic, self.dof, int(n), min(rows, columns))
        self.corrected = corrected_v(self.statistic, rows, columns, int(n))
        spread = np.outer(1 - counts.sum(axis=1) / n, 1 - counts.sum(axis=0) / n) * self.expected
        self.residuals = (counts - self.expected) / np.sqrt(np.where(spread > 0, spread, np.inf))
        self.p_fisher = _fisher(counts) if self.dof == 1 and self.smallest < 5 else None
        self.p_yates: float | None = None
        if self.dof == 1:
            corrected = ((off - np.minimum(0.5, off)) ** 2 / self.expected).sum()
            self.p_yates = float(chdtrc(1, float(corrected)))


def _fisher(counts: Matrix) -> float:
    from scipy.stats import fisher_exact

    return float(fisher_exact(counts.astype(int)).pvalue)


def chi_square(counts: Matrix) -> ChiSquare:
    """Pearson's test of independence; every row and column must have a count."""
    return ChiSquare(counts)


def _rates(levels: Sequence[str], outcomes: Sequence[str], counts: Matrix, test: ChiSquare) -> list[tuple[Any, ...]]:
    from scipy.special import ndtr

    shown = list(range(len(outcomes)))
    if len(outcomes) == 2:
        yes = yes_of(outcomes, alone=True)
        shown = [outcomes.index(yes) if yes is not None else int(counts.sum(axis=0).argmin())]
    rows = []
    for i, level in enumerate(levels):
        n = int(counts[i].sum())
        rows += [
            (level, outcomes[j], n, int(c := counts[i, j]), float(c) / n, *wilson(c, n), float(test.residuals[i, j]))
            for j in shown
        ]
    adjusted = holm([2 * float(ndtr(-abs(row[-1]))) for row in rows])
    tested = [(*row, p) for row, p in zip(rows, adjusted, strict=True)]
    return sorted(tested, key=lambda row: (row[1], -row[4], row[0]))


def _cautions(test: ChiSquare, counts: Matrix) -> tuple[Caution, ...]:
    small = int((test.expected < 5).sum())
    if not small:
        return ()
    advice = "; use p_fisher" if test.dof == 1 else "; combine rare categories"
    return (Caution("rare_cells", f"{small} of {counts.size} expected counts are under 5, so p is rough{advice}"),)


def _schema(wanted: ChiSquareParameters, columns: Columns) -> Schema:
    return {"": list(_TEST), "rates": list(_RATES), "cells": list(_CELLS)}


def _check(wanted: ChiSquareParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    return [f"chi_square: x and y are both {wanted.x!r}: name two columns"] if wanted.x == wanted.y else []


CHI_SQUARE = Method(
    name="chi_square",
    parameters=ChiSquareParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("x", "y"),
    synonyms={"column1": "x", "column2": "y", "row": "x", "col": "y", "group": "x", "target": "y", "value": "y"},
    aliases=("chi2", "chi_squared", "chisquare", "chi_square_test"),
    signature=(
        "chi_square(x,y) -> statistic,p,dof,~cramers_v,n,p_yates,smallest_expected,p_fisher; "
        "_rates: level,outcome,n,count,~rate,p_adjusted "
        "(rate of y's yes at each x)"
    ),
)
