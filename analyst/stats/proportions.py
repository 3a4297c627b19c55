"""Intervals of proportions and means, shared by every method that reports a rate or an average."""

from __future__ import annotations

import math

Z95 = 1.959963984540054


def wilson(successes: float, n: int) -> tuple[float | None, float | None]:
    """The 95 % score interval of a proportion (Wilson 1927, JASA 22); None for n = 0."""
    if n <= 0:
        return None, None
    share, z2 = successes / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - reach), min(1.0, centre + reach)


def mean_interval(mean: float, std: float | None, n: int) -> tuple[float | None, float | None]:
    """The 95 % interval of a mean by Student's t, mean ± t · std / √n; None for n < 2."""
    from scipy.special import stdtrit

    if n < 2 or std is None:
        return None, None
    reach = float(stdtrit(n - 1, 0.975)) * std / math.sqrt(n)
    return mean - reach, mean + reach
