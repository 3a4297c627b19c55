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


def naive(history: Vector, horizon: int, cycle: int) -> Vector:
    """The value of one cycle ago (the last value, without a whole cycle of history)."""
    import numpy as np

    lag = cycle if len(history) >= 2 * cycle else 1
    return np.array([history[len(history) - lag + step % lag] for step in range(horizon)], float)


def smoothing(history: Vector, horizon: int, cycle: int) -> Vector:
    """Holt-Winters with damped trend, additive season from two cycles on (statsmodels ExponentialSmoothing)."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    seasonal = cycle >= 2 and len(history) >= 2 * cycle
    scale = float(abs(history).max()) or 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ExponentialSmoothing(
            history / scale, trend="add", damped_trend=True, seasonal="add" if seasonal else None,
            seasonal_periods=cycle if seasonal else None,
            initialization_method="heuristic" if seasonal else "estimated",
        )  # fmt: skip
        forecast: Vector = model.fit().forecast(horizon) * scale
    return forecast


MODELS: dict[str, Forecaster] = {"seasonal naive": naive, "Holt-Winters": smoothing}
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
    """The model with the smaller mean absolute error over rolling origins; its errors by step give the spread.

    Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.): 5.10 rolling origin, 8 Holt-
    Winters, 5.5 intervals mean ± z · spread with spread growing as the root of the step (of the cycles, seasonal).
    """
    import numpy as np

    errors = backtest(history, min(horizon, max(1, len(history) // 4)), cycle)
    maes = {name: float(np.nanmean(np.abs(found))) for name, found in errors.items()}
    best = min(maes, key=lambda name: (not math.isfinite(maes[name]), maes[name], name != "seasonal naive"))
    mean = MODELS[best](history, horizon, cycle)
    return Forecast(best, mean, _spread(errors[best], horizon, cycle, best), maes[best], maes["seasonal naive"],
                    len(errors[best]))  # fmt: skip


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


def _spread(errors: Vector, horizon: int, cycle: int, model: str) -> Vector:
    import numpy as np

    first = math.sqrt(float(np.nanmean(errors**2)))
    steps = np.arange(1, horizon + 1, dtype=float)
    typical = (errors.shape[1] + 1) / 2
    if model == "seasonal naive" and cycle >= 2:
        growth = np.sqrt(np.ceil(steps / cycle) / math.ceil(typical / cycle))
    else:
        growth = np.sqrt(steps / typical)
    few = 1 + 1 / max(1, 2 * errors.shape[0])
    spread: Vector = first * np.maximum(growth, 0.5) * few
    return spread
