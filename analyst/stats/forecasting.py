"""Forecast models for short business series, chosen by their own past errors."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]

Forecaster = Callable[["Vector", int, int], "Vector"]
"""(history, horizon, cycle) → the next `horizon` values."""
Z80, Z95 = 1.2815515655446004, 1.959963984540054
_ORIGINS = 8
_FEW_LAGS, _MOST_LAGS = 8, 12
"""The order of an autoregression without a season, and the longest season that it may reach over."""
_FAR = 5.0
"""Ranges of the history that a forecast may be away from its mean."""


def naive(history: Vector, horizon: int, cycle: int) -> Vector:
    """The value of one cycle ago (the last value, without a whole cycle of history)."""
    import numpy as np

    lag = _lag(history, cycle)
    return np.array([history[len(history) - lag + step % lag] for step in range(horizon)], float)


def _lag(history: Vector, cycle: int) -> int:
    return cycle if len(history) >= 2 * cycle else 1


def damped(history: Vector, horizon: int, cycle: int) -> Vector:
    """Holt's damped trend without season (statsmodels ExponentialSmoothing)."""
    return _smoothed(history, horizon, None)


def holt_winters(history: Vector, horizon: int, cycle: int) -> Vector:
    """Holt-Winters: damped trend and additive season. ValueError under two whole cycles: no season could be learnt."""
    if cycle < 2 or len(history) < 2 * cycle:
        raise ValueError(f"{len(history)} periods do not contain two seasons of {cycle}")
    return _smoothed(history, horizon, cycle)


def _smoothed(history: Vector, horizon: int, cycle: int | None) -> Vector:
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    scale = float(abs(history).max()) or 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ExponentialSmoothing(
            history / scale,
            trend="add",
            damped_trend=True,
            seasonal="add" if cycle else None,
            seasonal_periods=cycle,
            initialization_method="heuristic" if len(history) >= 10 else "estimated",
        )
        made: Vector = model.fit().forecast(horizon) * scale
    return made


def autoregression(history: Vector, horizon: int, cycle: int) -> Vector:
    """An autoregression of the order that AIC chooses (statsmodels AutoReg), up to a cycle and one.

    ValueError for a constant or too short series, and for a forecast that runs away.
    """
    import numpy as np
    from statsmodels.tsa.ar_model import AutoReg, ar_select_order

    most = min(cycle + 1 if 1 < cycle <= _MOST_LAGS else _FEW_LAGS, len(history) // 4)
    span = float(np.ptp(history))
    if most < 1 or span == 0:
        raise ValueError(f"{len(history)} periods are too few, or too constant, for an autoregression")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lags = ar_select_order(history, most, ic="aic").ar_lags
        made: Vector = np.asarray(AutoReg(history, lags or 0).fit().forecast(horizon), float)
    if not np.isfinite(made).all() or float(np.abs(made - history.mean()).max()) > _FAR * span:
        raise ValueError("the autoregression diverges")
    return made


NAIVE = "seasonal naive"
MODELS: dict[str, Forecaster] = {
    NAIVE: naive,
    "damped trend": damped,
    "Holt-Winters": holt_winters,
    "autoregression": autoregression,
}
"""The models that compete."""


@dataclass(frozen=True)
class Forecast:
    """The better model's forecast with its spread by step, and both models' backtest errors."""

    model: str
    mean: Vector
    spread: Vector
    mae: float
    naive_mae: float
    origins: int


def forecast(history: Vector, horizon: int, cycle: int) -> Forecast:
    """The model with the smallest mean absolute error over rolling origins; its errors give the spread.

    Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.): 5.10 rolling origin, 8 Holt-
    Winters, 5.5 intervals mean ± z · spread with spread growing as the root of the step (of the cycles, seasonal).
    """
    import numpy as np

    errors = backtest(history, min(horizon, max(1, len(history) // 4)), cycle)
    # A model that can't be tested at every origin has a NaN here and is out: its error would not compare.
    maes = {name: float(np.mean(np.abs(found))) for name, found in errors.items()}
    best, mean = _made(sorted(maes, key=lambda name: (not math.isfinite(maes[name]), maes[name], name != NAIVE)),
                       history, horizon, cycle)  # fmt: skip
    shown = "naive (last value)" if best == NAIVE and _lag(history, cycle) == 1 else best
    spread = _spread(errors[best], horizon, _lag(history, cycle) if best == NAIVE else 1)
    return Forecast(shown, mean, spread, maes[best], maes[NAIVE], len(errors[best]))


def _made(names: list[str], history: Vector, horizon: int, cycle: int) -> tuple[str, Vector]:
    """The first model that can forecast the whole horizon, and what it says; the naive one always can."""
    for name in names:
        try:
            return name, MODELS[name](history, horizon, cycle)
        except (ValueError, ArithmeticError):
            continue
    return NAIVE, naive(history, horizon, cycle)


def backtest(history: Vector, steps: int, cycle: int) -> dict[str, Vector]:
    """Errors (origin × step) of each model, forecasting from the last origins with what was known there."""
    import numpy as np

    least = 2 * cycle if len(history) >= 2 * cycle + steps else max(4, len(history) // 2)
    last = len(history) - steps
    first = max(min(least, last), 4)
    origins = sorted({int(o) for o in np.linspace(first, last, min(_ORIGINS, last - first + 1)).round()})
    errors = {name: np.full((len(origins), steps), math.nan) for name in MODELS}
    for row, origin in enumerate(origins):
        for name, model in MODELS.items():
            try:
                made = model(history[:origin], steps, cycle)
            except (ValueError, np.linalg.LinAlgError, ZeroDivisionError):
                continue
            errors[name][row] = history[origin : origin + steps] - made
    return errors


def _spread(errors: Vector, horizon: int, lag: int) -> Vector:
    """The std of the error by step: that of the backtests at their mean step, growing as the root of the step."""
    import numpy as np

    typical = math.sqrt(float(np.mean(errors**2)))
    tested, steps = np.arange(1, errors.shape[1] + 1), np.arange(1, horizon + 1, dtype=float)
    middle = float(np.mean(np.ceil(tested / lag)))
    growth = np.maximum(np.sqrt(np.ceil(steps / lag) / middle), 0.8)
    few = 1 + 1 / max(1, 2 * errors.shape[0])
    spread: Vector = typical * growth * few
    return spread
