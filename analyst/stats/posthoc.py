"""Which groups differ from which, when more than two were compared: every pair, corrected for their number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from analyst.stats.contrasts import Group, RankSums, cohens_d, t_test
from analyst.stats.effects import hedges, holm

MAX_PAIRS = 1000
"""Of more pairs nobody reads a table."""


@dataclass(frozen=True)
class Pair:
    """Two groups compared: the first less the second, an effect size, p and p after Holm's correction."""

    a: Group
    b: Group
    difference: float
    low: float | None
    high: float | None
    effect: float | None
    p: float | None
    p_adjusted: float | None


def mean_pairs(groups: Sequence[Group]) -> list[Pair]:
    """Every pair by Welch's t test, largest effect (Hedges' g) first.

    p_adjusted after Holm; the intervals are Bonferroni's, so that all hold at once with 95 % (Maxwell & Delaney 2004,
    ch. 5). Unequal variances do no harm, unlike to Tukey's test.
    """
    from scipy.special import stdtrit

    pairs = list(combinations(groups, 2))
    tests = [t_test(a, b, pooled=False) for a, b in pairs]
    adjusted = holm([test.p for test in tests])
    found = []
    for (a, b), test, p in zip(pairs, tests, adjusted, strict=True):
        low, high = test.low, test.high
        if test.statistic and test.dof:
            reach = float(stdtrit(test.dof, 1 - 0.025 / len(pairs))) * abs(test.difference / test.statistic)
            low, high = test.difference - reach, test.difference + reach
        g = hedges(cohens_d(a, b)[0], a.n + b.n - 2)
        found.append(Pair(a, b, test.difference, low, high, g, test.p, p))
    return sorted(found, key=lambda pair: -abs(pair.effect or 0.0))


def rank_pairs(groups: Sequence[Group], ranked: RankSums) -> list[Pair]:
    """Every pair by Dunn's test (1964, Technometrics 6) with tie correction, largest effect first.

    difference: of the medians, without an interval; effect: twice the gap of the mean ranks over n, which is the
    rank-biserial correlation where only these two groups are ranked; p_adjusted after Holm.
    """
    from scipy.special import ndtr

    n = sum(ranked.counts)
    spread = (n * (n + 1) - ranked.ties / (n - 1)) / 12
    means = {group.level: total / group.n for group, total in zip(groups, ranked.sums, strict=True)}
    pairs = list(combinations(groups, 2))
    gaps = [means[a.level] - means[b.level] for a, b in pairs]
    errors = [math.sqrt(spread * (1 / a.n + 1 / b.n)) if spread > 0 else 0.0 for a, b in pairs]
    ps = [2 * float(ndtr(-abs(gap) / error)) if error else None for gap, error in zip(gaps, errors, strict=True)]
    found = [
        Pair(a, b, a.median - b.median, None, None, 2 * gap / n, p, q)
        for (a, b), gap, p, q in zip(pairs, gaps, ps, holm(ps), strict=True)
    ]
    return sorted(found, key=lambda pair: -abs(pair.effect or 0.0))
