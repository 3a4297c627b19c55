"""Intervals of effect sizes by the noncentral distributions of their tests, and p values corrected for many tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from analyst.stats.proportions import Z95

Interval = tuple["float | None", "float | None"]
LOW, HIGH = 0.975, 0.025


def eta_interval(f: float | None, between: int, within: int) -> Interval:
    """The 95 % interval of eta² of a one-way ANOVA from its F and degrees of freedom; None without an F.

    Source: Steiger 2004 (Psychological Methods 9): the noncentralities λ at which F is the 97.5 % and the 2.5 %
    quantile, as λ / (λ + n).
    """
    from scipy.special import ncfdtr

    if f is None or between < 1 or within < 1:
        return None, None
    n = between + within + 1

    def below(noncentral: float) -> float:
        return float(ncfdtr(between, within, noncentral, f))

    low, high = (_noncentrality(below, p, f * between) for p in (LOW, HIGH))
    return low / (low + n), high / (high + n)


def _noncentrality(below: Callable[[float], float], p: float, start: float) -> float:
    """Where the falling function `below` passes `p`, by halving (scipy's own inverse ends at 10,000); 0 if nowhere."""
    if below(0.0) <= p:
        return 0.0
    low, high = 0.0, max(1.0, start)
    while below(high) > p:
        low, high = high, 2 * high
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) > p else (low, middle)
    return (low + high) / 2


def chi_square_noncentrality(statistic: float, dof: int) -> tuple[float, float]:
    """The 95 % interval of the noncentrality of a chi-square statistic (0 where none fits)."""
    from scipy.special import chdtr, chndtrinc

    low, high = (0.0 if chdtr(dof, statistic) <= p else float(chndtrinc(statistic, dof, p)) for p in (LOW, HIGH))
    return low, high


def cramers_v_interval(statistic: float, dof: int, n: int, smaller: int) -> tuple[float, float]:
    """The 95 % interval of Cramér's V; `smaller` is the lesser of the table's rows and columns.

    Source: Smithson 2003, Confidence Intervals, ch. 5: the statistic's noncentrality λ, as sqrt(λ / (n (smaller - 1))).
    """
    ends = chi_square_noncentrality(statistic, dof)
    low, high = (min(1.0, math.sqrt(end / (n * (smaller - 1)))) for end in ends)
    return low, high


def corrected_v(statistic: float, rows: int, columns: int, n: int) -> float:
    """Cramér's V freed of its upward bias (Bergsma 2013, J. Korean Stat. Soc. 42)."""
    if n < 2:
        return 0.0
    phi = max(0.0, statistic / n - (rows - 1) * (columns - 1) / (n - 1))
    r, c = rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)
    smaller = min(r, c) - 1
    return min(1.0, math.sqrt(phi / smaller)) if smaller > 0 else 0.0


def rank_eta_interval(h: float | None, groups: int, n: int) -> Interval:
    """The 95 % interval of the eta² of a Kruskal-Wallis H, by its noncentral chi-square limit, as λ / (λ + n)."""
    if h is None:
        return None, None
    low, high = chi_square_noncentrality(h, groups - 1)
    return low / (low + n), high / (high + n)


def rank_biserial_interval(r: float, first: int, second: int) -> tuple[float, float]:
    """The 95 % interval of a rank-biserial correlation by Fisher's z with the error of U without a difference.

    Source: sqrt((n1 + n2 + 1) / (3 n1 n2)), as in the R package effectsize (Ben-Shachar et al. 2020).
    """
    if abs(r) >= 1:
        return r, r
    reach = Z95 * math.sqrt((first + second + 1) / (3 * first * second))
    return math.tanh(math.atanh(r) - reach), math.tanh(math.atanh(r) + reach)


def hedges(d: float | None, dof: int) -> float | None:
    """Hedges' g: Cohen's d freed of its bias in small samples (Hedges 1981, J. Educ. Stat. 6), exact by gammas."""
    if d is None or dof < 2:
        return None
    return d * math.exp(math.lgamma(dof / 2) - math.lgamma((dof - 1) / 2)) / math.sqrt(dof / 2)


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """p values adjusted for the chance of any false one (Holm 1979, Scand. J. Stat. 6); None stays None."""
    known = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    most = 0.0
    for rank, (p, place) in enumerate(known):
        most = max(most, min(1.0, p * (len(known) - rank)))
        adjusted[place] = most
    return adjusted


def benjamini_hochberg(ps: Sequence[float | None]) -> list[float | None]:
    """p values adjusted for the false discovery rate (Benjamini & Hochberg 1995, JRSS B 57); None stays None."""
    known = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    least = 1.0
    for rank in range(len(known), 0, -1):
        p, place = known[rank - 1]
        least = min(least, p * len(known) / rank)
        adjusted[place] = least
    return adjusted
