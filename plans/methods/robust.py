"""What stands out, judged by medians so that the outliers themselves don't hide it; and the season of a series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]

CONSISTENT = 1.4826022185056018
"""Turns a MAD into the std of a normal distribution: 1 / Φ⁻¹(3/4)."""
MEAN_CONSISTENT = 1.2533141373155003
"""The same for the mean absolute deviation: sqrt(π / 2)."""


def robust_spread(gaps: Vector) -> float:
    """1.4826 · median |gap| about the median; where over half are equal, 1.2533 · mean |gap| instead.

    Source: Iglewicz & Hoaglin 1993, How to Detect and Handle Outliers.
    """
    import numpy as np

    away = np.abs(gaps - np.median(gaps))
    middle = float(np.median(away))
    largest = float(away.max()) if len(away) else 0.0
    return CONSISTENT * middle if middle > 1e-12 * largest else MEAN_CONSISTENT * float(away.mean())


def expected_series(values: Vector, cycle: int) -> tuple[Vector, str]:
    """What a series' neighbours and season make one expect, and the rule: STL with two cycles, else a rolling median.

    Source: Cleveland et al. 1990 (STL, robust), by statsmodels.tsa.seasonal.STL.
    """
    if cycle >= 2 and len(values) >= 2 * cycle + 1:
        from statsmodels.tsa.seasonal import STL

        # A season that bends slowly: the default window of 7 takes single peaks for season and leaves too little noise.
        parts = STL(values, period=cycle, seasonal=25, robust=True).fit()
        return parts.trend + parts.seasonal, f"STL, season of {cycle} periods"
    return rolling_median(values, 7), "rolling median of 7 periods"


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
