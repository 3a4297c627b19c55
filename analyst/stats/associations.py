"""How strongly one feature goes with a target, by the kinds of both, and which way."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analyst.core.yes_no import yes_of
from analyst.stats.contingency import chi_square
from analyst.stats.contrasts import Group, anova
from analyst.stats.correlation import interval, t_p
from analyst.stats.effects import eta_interval

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Vector = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Target:
    """What is to be explained: `values` are numbers (1 for `level` of a two-valued column) or, for `kind` classes,
    texts."""

    name: str
    kind: str
    values: pd.Series[Any]
    level: str | None = None


@dataclass(frozen=True)
class Association:
    """A feature's tie to the target: `strength` is on one scale for all measures (r, V and eta), for the order;
    `low` and `high` are the 95 % interval of `association`. Which way it goes: `direction` is positive or negative (of
    two numbers), `levels` are the feature's levels with the highest and the lowest mean of the target."""

    feature: str
    kind: str
    measure: str
    association: float | None
    strength: float
    p: float | None
    n: int
    low: float | None = None
    high: float | None = None
    direction: str | None = None
    levels: tuple[str | None, str | None] = (None, None)


def read_target(name: str, column: pd.Series[Any]) -> Target:
    """A target as numbers, as a two-valued outcome (its yes, else its rarer value, counts as 1) or as classes."""
    known = column.dropna()
    if column.dtype.kind in "fiub":
        levels = sorted(known.unique())
        if levels == [0.0, 1.0]:
            return Target(name, "outcome", column.astype(float), "1")
        return Target(name, "number", column.astype(float))
    counts = known.value_counts()
    levels = sorted(counts.index)
    if len(levels) == 2:
        level = yes_of(levels, alone=True) or min(levels, key=lambda text: (counts[text], text))
        return Target(name, "outcome", (column == level).astype(float).where(column.notna()), level)
    return Target(name, "classes", column)


def associate(feature: str, column: pd.Series[Any], target: Target) -> Association:
    """The association of a feature (numbers or texts) with the target over the rows where both are known.

    r: Pearson's, without its sign, interval by Fisher's z; eta_squared: SSB / SST of a one-way ANOVA; cramers_v: from
    Pearson's chi-square; intervals of these two by noncentral distributions (analyst.stats.effects).
    """
    both = column.notna() & target.values.notna()
    x, y = column[both], target.values[both]
    numeric = column.dtype.kind in "fiub"
    kind = "number" if numeric else "category"
    if len(x) < 3 or x.nunique() < 2 or y.nunique() < 2:
        return Association(feature, kind, "none", None, 0.0, None, len(x))
    if numeric and target.kind != "classes":
        return _linear(feature, x.to_numpy(dtype=float), y.to_numpy(dtype=float))
    if target.kind == "number":
        return replace(_grouped(feature, kind, y, x), levels=_by_level(x, y))
    if numeric:
        return _grouped(feature, kind, x, y)
    crossed = _crossed(feature, x, y)
    return replace(crossed, levels=_by_level(x, y)) if target.kind == "outcome" else crossed


def _linear(feature: str, x: Vector, y: Vector) -> Association:
    import numpy as np

    a, b = (x - x.mean()) / (np.abs(x - x.mean()).max() or 1), (y - y.mean()) / (np.abs(y - y.mean()).max() or 1)
    r = float(a @ b / math.sqrt(float(a @ a) * float(b @ b)))
    r = max(-1.0, min(1.0, r))
    way = "positive" if r > 0 else "negative" if r < 0 else None
    low, high = interval(r, len(x), "pearson")
    if low is not None and high is not None:
        low, high = (0.0 if low < 0 < high else min(abs(low), abs(high))), max(abs(low), abs(high))
    return Association(feature, "number", "r", abs(r), abs(r), t_p(r, len(x)), len(x), low, high, way)


def _grouped(feature: str, kind: str, values: pd.Series[Any], groups: pd.Series[Any]) -> Association:
    found = values.astype(float).groupby(groups).agg(["count", "mean", "var"])
    listed = [
        Group(str(level), int(row["count"]), float(row["mean"]), float(row["var"]) if row["count"] > 1 else None, 0.0)
        for level, row in found.iterrows()
    ]
    test = anova(listed)
    eta = test.eta_squared
    ends = eta_interval(test.statistic, test.between, test.within)
    return Association(feature, kind, "eta_squared", eta, math.sqrt(eta or 0.0), test.p, len(values), *ends)


def _crossed(feature: str, x: pd.Series[Any], y: pd.Series[Any]) -> Association:
    import pandas as pd

    test = chi_square(pd.crosstab(x, y).to_numpy(dtype=float))
    v = test.cramers_v
    return Association(feature, "category", "cramers_v", v, v, test.p, len(x), *test.interval)


def _by_level(x: pd.Series[Any], y: pd.Series[Any]) -> tuple[str | None, str | None]:
    """The levels with the highest and lowest mean, among those with at least 1 % of the rows (and 5)."""
    found = y.astype(float).groupby(x).agg(["count", "mean"])
    usual = found[found["count"] >= max(5, 0.01 * len(x))]
    ranked = (usual if len(usual) > 1 else found).sort_values("mean")["mean"]
    if ranked.iloc[0] == ranked.iloc[-1]:
        return None, None
    return str(ranked.index[-1]), str(ranked.index[0])
