"""Tests of group differences from counts, means and rank sums: the formulas, free of data access.

Everything here works on what DuckDB can add up, so a million rows cost no more than ten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analyst.stats.proportions import Z95

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Group:
    """A level's count, mean, sample variance (None for one row), median, and skewness where it was asked for."""

    level: str
    n: int
    mean: float
    variance: float | None
    median: float
    skew: float | None = None


@dataclass(frozen=True)
class Contrast:
    """A two-sample t test: `difference` is the first mean less the second."""

    statistic: float | None
    p: float | None
    dof: float | None
    difference: float
    low: float | None
    high: float | None


def t_test(a: Group, b: Group, *, pooled: bool) -> Contrast:
    """Student's (pooled) or Welch's t test with the 95 % interval of the difference.

    Source: Welch 1947 (Biometrika 34) with Satterthwaite's degrees of freedom.
    """
    from scipy.special import stdtr, stdtrit

    gap = a.mean - b.mean
    if a.n < 2 or b.n < 2 or a.variance is None or b.variance is None:
        return Contrast(None, None, None, gap, None, None)
    u, v = a.variance / a.n, b.variance / b.n
    if pooled:
        dof = float(a.n + b.n - 2)
        error = math.sqrt(pooled_variance([a, b]) * (1 / a.n + 1 / b.n))
    else:
        error = math.sqrt(u + v)
        dof = (u + v) ** 2 / (u * u / (a.n - 1) + v * v / (b.n - 1)) if u + v > 0 else 0.0
    if error == 0:
        return Contrast(None, None, None, gap, gap, gap)
    t, reach = gap / error, float(stdtrit(dof, 0.975)) * error
    return Contrast(t, 2 * float(stdtr(dof, -abs(t))), dof, gap, gap - reach, gap + reach)


def cohens_d(a: Group, b: Group) -> tuple[float | None, float | None, float | None]:
    """Cohen's d with pooled std and its 95 % interval, by the variance of Hedges & Olkin 1985 (5.14)."""
    spread = pooled_variance([a, b]) if a.n + b.n > 2 else 0.0
    if spread <= 0:
        return None, None, None
    d = (a.mean - b.mean) / math.sqrt(spread)
    reach = Z95 * math.sqrt((a.n + b.n) / (a.n * b.n) + d * d / (2 * (a.n + b.n)))
    return d, d - reach, d + reach


def pooled_variance(groups: Sequence[Group]) -> float:
    """The variance within groups."""
    return math.fsum((g.n - 1) * (g.variance or 0.0) for g in groups) / (sum(g.n for g in groups) - len(groups))


@dataclass(frozen=True)
class Anova:
    """A one-way analysis of variance."""

    statistic: float | None
    p: float | None
    between: int
    within: int
    eta_squared: float | None
    omega_squared: float | None


def anova(groups: Sequence[Group]) -> Anova:
    """One-way ANOVA: F = MS between / MS within; eta² = SSB / SST; omega² after Hays 1963."""
    from scipy.special import fdtrc

    n, k = sum(g.n for g in groups), len(groups)
    grand = math.fsum(g.n * g.mean for g in groups) / n
    between = math.fsum(g.n * (g.mean - grand) ** 2 for g in groups)
    within = math.fsum((g.n - 1) * (g.variance or 0.0) for g in groups)
    if n <= k or between + within == 0:
        return Anova(None, None, k - 1, max(0, n - k), None, None)
    eta = between / (between + within)
    if within == 0:
        return Anova(None, 0.0, k - 1, n - k, eta, None)
    noise = within / (n - k)
    f = between / (k - 1) / noise
    omega = max(0.0, (between - (k - 1) * noise) / (between + within + noise))
    return Anova(f, float(fdtrc(k - 1, n - k, f)), k - 1, n - k, eta, omega)


def welch_anova(groups: Sequence[Group]) -> float | None:
    """The p of Welch's ANOVA for unequal variances (Welch 1951, Biometrika 38); None where a group has no variance."""
    from scipy.special import fdtrc

    if any(g.n < 2 or not g.variance for g in groups):
        return None
    k, weights = len(groups), [g.n / (g.variance or 1.0) for g in groups]
    total = math.fsum(weights)
    grand = math.fsum(w * g.mean for w, g in zip(weights, groups, strict=True)) / total
    spread = math.fsum(w * (g.mean - grand) ** 2 for w, g in zip(weights, groups, strict=True)) / (k - 1)
    tail = math.fsum((1 - w / total) ** 2 / (g.n - 1) for w, g in zip(weights, groups, strict=True))
    f = spread / (1 + 2 * (k - 2) * tail / (k * k - 1))
    return float(fdtrc(k - 1, (k * k - 1) / (3 * tail), f))


@dataclass(frozen=True)
class RankSums:
    """Sums of mid-ranks by group (in the groups' order) and `ties`: the sum of t³ - t over runs of t tied values."""

    sums: Sequence[float]
    counts: Sequence[int]
    ties: float


def kruskal(ranked: RankSums) -> tuple[float | None, float | None, float | None]:
    """H with tie correction, p, and eta² = (H - k + 1) / (n - k) (Tomczak & Tomczak 2014); None if all are tied."""
    from scipy.special import chdtrc

    n, k = sum(ranked.counts), len(ranked.counts)
    correction = 1 - ranked.ties / (n**3 - n)
    if correction <= 0 or n <= k:
        return None, None, None
    squares = math.fsum(total * total / count for total, count in zip(ranked.sums, ranked.counts, strict=True))
    h = (12 / (n * (n + 1)) * squares - 3 * (n + 1)) / correction
    return h, float(chdtrc(k - 1, h)), max(0.0, (h - k + 1) / (n - k))


def mann_whitney(ranked: RankSums) -> tuple[float, float | None, float]:
    """U of the first group, two-sided p (normal, tie- and continuity-corrected) and the rank-biserial correlation.

    Source: Mann & Whitney 1947; rank-biserial = 2 U / (n1 n2) - 1 (Wendt 1972): positive when the first is larger.
    """
    from scipy.special import ndtr

    (first, second), n = ranked.counts, sum(ranked.counts)
    u = ranked.sums[0] - first * (first + 1) / 2
    biserial = 2 * u / (first * second) - 1
    spread = first * second / 12 * (n + 1 - ranked.ties / (n * (n - 1)))
    if spread <= 0:
        return u, None, biserial
    z = (max(u, first * second - u) - first * second / 2 - 0.5) / math.sqrt(spread)
    return u, min(1.0, 2 * float(ndtr(-z))), biserial


def shift(a: Vector, b: Vector) -> tuple[float, float, float]:
    """Hodges & Lehmann's shift (median of all differences a - b) with its 95 % interval (Hollander & Wolfe, 4.3)."""
    import numpy as np

    gaps = np.sort(np.subtract.outer(a, b).ravel())
    reach = len(gaps) / 2 - Z95 * math.sqrt(len(gaps) * (len(a) + len(b) + 1) / 12)
    cut = min(max(0, math.floor(reach)), len(gaps) // 2)
    return float(np.median(gaps)), float(gaps[max(0, cut - 1)]), float(gaps[min(len(gaps) - 1, len(gaps) - cut)])
