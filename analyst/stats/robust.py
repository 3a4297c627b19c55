"""What stands out, judged by medians so that the outliers themselves don't hide it; and the season of a series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]

CONSISTENT = 1.4826022185056018
"""Turns a MAD into the std of a normal distribution: 1 / Φ⁻¹(3/4)."""
MEAN_CONSISTENT = 1.2533141373155003
"""The same for the mean absolute deviation: sqrt(π / 2)."""
_FAR, _ROUNDS = 5.0, 6


def robust_spread(gaps: Vector) -> float:
    """1.4826 · median |gap| about the median; where over half are equal, 1.2533 · mean |gap| instead.

    Source: Iglewicz & Hoaglin 1993, How to Detect and Handle Outliers.
    """
    import numpy as np

    away = np.abs(gaps - np.median(gaps))
    middle = float(np.median(away))
    largest = float(away.max()) if len(away) else 0.0
    return CONSISTENT * middle if middle > 1e-12 * largest else MEAN_CONSISTENT * float(away.mean())


@dataclass(frozen=True)
class Expected:
    """What a series' neighbours and season make one expect, by which `rule`, and the usual size of the gaps to it."""

    values: Vector
    spread: float
    rule: str


def expected_series(values: Vector, cycle: int) -> Expected:
    """STL's trend and season where there are two whole cycles and more, else a rolling median.

    Source: Cleveland et al. 1990 (STL), by statsmodels.tsa.seasonal.STL with a season that bends slowly (window 25:
    the default of 7 takes single peaks for season). Its own robust weights leave gaps too small to judge by, so values
    far off (|robust z| > 5) a first guess by medians are replaced by what was expected, and STL is fitted again until
    that settles. The spread is enlarged for the freedom that trend and season take.
    """
    import numpy as np

    n = len(values)
    if cycle < 2 or n < 2 * cycle + 1:
        expected = rolling_median(values, 7)
        return Expected(expected, robust_spread(values - expected), "rolling median of 7 periods")
    from statsmodels.tsa.seasonal import STL

    expected = seasonal_medians(values, cycle)
    cleaned = None
    for _ in range(_ROUNDS):
        spread = robust_spread(values - expected)
        again = np.where(np.abs(values - expected) > _FAR * spread, expected, values) if spread > 0 else values
        if cleaned is not None and np.allclose(again, cleaned):
            break
        cleaned = again
        parts = STL(cleaned, period=cycle, seasonal=25, robust=False).fit()
        expected = parts.trend + parts.seasonal
    freedom = max(n - cycle - 1.2 * n / cycle - 1, n / 4)
    spread = robust_spread(values - expected) * math.sqrt(n / freedom)
    return Expected(expected, spread, f"STL, season of {cycle} periods")


def seasonal_medians(values: Vector, cycle: int) -> Vector:
    """A first guess that single values can't bend: the median of a cycle around, plus the median of each season."""
    import numpy as np

    n, places = len(values), np.arange(len(values)) % cycle
    starts = np.clip(np.arange(n) - cycle // 2, 0, n - cycle)
    level = np.array([np.median(values[start : start + cycle]) for start in starts])
    season = np.array([np.median((values - level)[places == place]) for place in range(cycle)])
    level = rolling_median(values - season[places], max(7, cycle | 1))
    season = np.array([np.median((values - level)[places == place]) for place in range(cycle)])
    guess: Vector = level + season[places]
    return guess


def rolling_median(values: Vector, window: int) -> Vector:
    """The centred rolling median, cut short at the ends."""
    import numpy as np

    half = window // 2
    return np.array([np.median(values[max(0, i - half) : i + half + 1]) for i in range(len(values))], float)


def known_values(values: Sequence[float | None]) -> Vector:
    """The values with gaps filled on the line between their neighbours."""
    import numpy as np

    array = np.array([math.nan if value is None else value for value in values], float)
    missing = np.isnan(array)
    if missing.any() and not missing.all():
        places = np.arange(len(array))
        array[missing] = np.interp(places[missing], places[~missing], array[~missing])
    return array
