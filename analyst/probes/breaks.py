"""A break in a series: a lasting shift of its level that trend, bend and season don't explain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analyst.probes.claim import Periods

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]

FEWEST = 16
"""Periods that a series needs."""
EDGE = 0.15
"""The share of the series at each end in which no break is looked for (Andrews 1993)."""
SURE = 0.002
"""The p value, after the search over all places and the correction for autocorrelation, that a break must beat."""
HARMONICS = 2
"""Waves that a season is made of: a dummy a month would use up the periods of a short series."""
_STEPS = 2.5
"""Residual standard deviations that the shift must measure."""


@dataclass(frozen=True)
class Break:
    """At `period` the level goes from `before` to `after`: `shift` is the step itself, trend and season held fixed (of
    a series that moves by factors: the factor's part of `before`)."""

    period: str
    before: float
    after: float
    shift: float
    p: float


def level_break(periods: Periods) -> Break | None:
    """The surest break; None when there is none, or under FEWEST known periods.

    A step is added, at each place, to a curve of time (second degree) with a season; the largest F is corrected for
    autocorrelated residuals (n (1 - ρ) / (1 + ρ) effective periods) and for the places searched (Bonferroni), and of
    the values and their logarithms the surer is taken (p doubled): series grow by amounts or by factors. Source:
    Quandt 1960, Andrews 1993 (Econometrica 61) for the search; Bayley & Hammersley 1946 for the effective size.
    """
    import numpy as np

    known = [(place, value) for place, value in enumerate(periods.values) if value is not None]
    if len(known) < max(FEWEST, 0.8 * len(periods.values)):
        return None
    places, values = np.array([p for p, _ in known]), np.array([v for _, v in known], float)
    base = _base(places, periods.cycle if len(known) >= 2 * periods.cycle else 1)
    scales = [values, np.log(values)] if float(values.min()) > 0 else [values]
    step = min((_surest(base, scaled) for scaled in scales), key=lambda one: one.p)
    p = min(1.0, len(scales) * step.p)
    spread = float(np.std(step.residuals, ddof=min(base.shape[1] + 1, len(values) - 1)))
    if p > SURE or abs(step.size) < _STEPS * spread:
        return None
    around = max(4, periods.cycle)
    before = float(values[max(0, step.at - around) : step.at].mean())
    after = float(values[step.at : step.at + around].mean())
    if (after - before) * step.size <= 0:
        return None
    shift = step.size if step.scaled is values else before * math.expm1(step.size)
    return Break(periods.labels[int(places[step.at])], before, after, shift, p)


@dataclass(frozen=True)
class _Step:
    """The likeliest step in a series (`scaled`): where, how large, what it leaves, and the p of its F."""

    at: int
    size: float
    residuals: Vector
    scaled: Vector
    p: float


def _surest(base: Vector, scaled: Vector) -> _Step:
    edge = max(4, int(EDGE * len(scaled)))
    tried = [(_step(base, scaled, at), at) for at in range(edge, len(scaled) - edge + 1)]
    (gain, size, residuals), at = max(tried, key=lambda one: one[0][0])
    return _Step(at, size, residuals, scaled, _p(gain, residuals, base.shape[1] + 1, len(tried)))


def _base(places: Vector, cycle: int) -> Vector:
    """Columns of time, its square, and waves of the season and its half."""
    import numpy as np

    t = (places - places.mean()) / max(1.0, float(np.ptp(places)))
    columns = [np.ones(len(t)), t, t * t]
    for wave in range(1, min(HARMONICS, cycle // 2) + 1):
        angle = 2 * np.pi * wave * places / cycle
        columns += [np.cos(angle)] if 2 * wave == cycle else [np.cos(angle), np.sin(angle)]
    return np.column_stack(columns)


def _step(base: Vector, values: Vector, at: int) -> tuple[float, float, Vector]:
    """The F of a step at `at`, its size and the residuals beside it."""
    import numpy as np

    step = (np.arange(len(values)) >= at).astype(float)
    orthogonal, *_ = np.linalg.lstsq(base, np.column_stack([step, values]), rcond=None)
    clean = np.column_stack([step, values]) - base @ orthogonal
    size = float(clean[:, 0] @ clean[:, 0])
    if size < 1e-9:
        return 0.0, 0.0, clean[:, 1]
    shift = float(clean[:, 0] @ clean[:, 1]) / size
    residuals = clean[:, 1] - shift * clean[:, 0]
    left, dof = float(residuals @ residuals), len(values) - base.shape[1] - 1
    return shift * shift * size / max(left / max(dof, 1), 1e-300), shift, residuals


def _p(gain: float, residuals: Vector, parameters: int, places: int) -> float:
    from scipy.stats import f as f_distribution

    rho = float(residuals[1:] @ residuals[:-1]) / max(float(residuals @ residuals), 1e-300)
    # Residuals of a fit with many terms look less autocorrelated than the errors are (Marriott & Pope 1954).
    rho = min(0.95, max(0.0, rho + (1 + 3 * rho + parameters) / len(residuals)))
    factor = (1 - rho) / (1 + rho)
    dof = max(2.0, (len(residuals) - parameters) * factor)
    return min(1.0, places * float(f_distribution.sf(gain * factor, 1, dof)))


def is_small(one: Break) -> bool:
    """Whether a break is too small beside the level to be worth a word (under 5 %)."""
    return abs(one.shift) < 0.05 * max(abs(one.before), abs(one.after), math.ulp(1.0))
