"""Statistics of a short series in numpy alone: slope with HAC errors, growth, seasonality, moving average.

Kept free of scipy.stats and statsmodels, whose import takes longer than all of a trend's work.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Slope:
    """Change per period with its 95 % interval and two-sided p."""

    slope: float
    low: float
    high: float
    p: float


def hac_slope(values: Sequence[float | None]) -> Slope | None:
    """Least-squares slope per period with Newey-West errors; None under 3 known values. Gaps keep their place.

    Source: Newey & West 1987 (Econometrica 55) with Bartlett weights, lags = floor(4 (n/100)^(2/9)) after Newey &
    West 1994, small-sample factor n/(n-2) and Student's t with n-2 degrees of freedom: what statsmodels gives for
    OLS(...).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True).
    """
    import numpy as np
    from scipy.special import stdtr, stdtrit

    known = [(place, value) for place, value in enumerate(values) if value is not None]
    n = len(known)
    if n < 3:
        return None
    x, y = np.array([place for place, _ in known], float), np.array([value for _, value in known], float)
    scale = float(np.max(np.abs(y))) or 1.0
    centred, target = x - x.mean(), y / scale
    slope = float(centred @ (target - target.mean()) / (centred @ centred))
    residuals = target - target.mean() - slope * centred
    error = math.sqrt(_newey_west(np.column_stack([np.ones(n), centred]), residuals))
    if error <= 1e-14 * max(1.0, abs(slope)):
        return Slope(slope * scale, slope * scale, slope * scale, 0.0 if abs(slope) > 1e-12 else 1.0)
    reach = float(stdtrit(n - 2, 0.975)) * error
    p = 2 * float(stdtr(n - 2, -abs(slope) / error))
    return Slope(slope * scale, (slope - reach) * scale, (slope + reach) * scale, p)


def _newey_west(design: Vector, residuals: Vector) -> float:
    """The variance of the second coefficient."""
    import numpy as np

    n = len(residuals)
    lags = math.floor(4 * (n / 100) ** (2 / 9))
    scores = design * residuals[:, None]
    middle = scores.T @ scores
    for lag in range(1, min(lags, n - 1) + 1):
        cross = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (lags + 1)) * (cross + cross.T)
    bread = np.linalg.inv(design.T @ design)
    variance = (bread @ middle @ bread)[1, 1] * n / (n - 2)
    return max(float(variance), 0.0)


def growth(before: float | None, after: float | None) -> float | None:
    """(after - before) / |before|: a fraction; None where either is missing or before is zero."""
    if before is None or after is None or before == 0:
        return None
    rate = (after - before) / abs(before)
    return rate if math.isfinite(rate) else None


def compound_growth(first: float | None, last: float | None, years: float) -> float | None:
    """Compound annual growth rate (last / first)^(1 / years) - 1; None under a year or for values not above zero."""
    if first is None or last is None or first <= 0 or last <= 0 or years < 1 - 1e-9:
        return None
    return float((last / first) ** (1 / years) - 1)


def moving_average(values: Sequence[float | None], window: int) -> list[float | None]:
    """The mean of each value and the `window` - 1 before it; None until there are so many known ones in a row."""
    means: list[float | None] = []
    for end in range(1, len(values) + 1):
        known = [value for value in values[max(0, end - window) : end] if value is not None]
        means.append(math.fsum(known) / window if len(known) == window else None)
    return means


def seasonal_strength(values: Sequence[float | None], cycle: int) -> float | None:
    """How seasonal a series is, 0 to 1: max(0, 1 - var(remainder) / var(season + remainder)).

    Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 4.3, on the classical additive
    decomposition of 3.4; the remainder's variance is freed of what fitting the season takes, m / (m - 1) for m values
    a place, as noise would look seasonal otherwise. None under three whole cycles, with gaps, or for a cycle of one.
    """
    import numpy as np

    known = np.array([math.nan if value is None else value for value in values], float)
    if cycle < 2 or len(known) < 3 * cycle or np.isnan(known).any():
        return None
    detrended = (known - centred_average(known, cycle))[cycle // 2 : len(known) - cycle // 2]
    places = (np.arange(len(known)) % cycle)[cycle // 2 : len(known) - cycle // 2]
    season = np.array([detrended[places == place].mean() for place in range(cycle)])
    remainder = detrended - (season - season.mean())[places]
    whole = float(np.var(detrended))
    if whole <= 1e-20 * max(1.0, float(np.max(np.abs(known))) ** 2):
        return 0.0
    seen = len(places) / cycle
    return max(0.0, 1 - float(np.var(remainder)) * seen / (seen - 1) / whole)


def centred_average(values: Vector, cycle: int) -> Vector:
    """The centred moving average over one cycle (2×m for an even one); NaN where it does not reach."""
    import numpy as np

    weights = np.ones(cycle) / cycle
    if cycle % 2 == 0:
        weights = np.concatenate([[0.5], np.ones(cycle - 1), [0.5]]) / cycle
    smooth = np.full(len(values), math.nan)
    half = len(weights) // 2
    smooth[half : len(values) - half] = np.convolve(values, weights, mode="valid")
    return smooth
