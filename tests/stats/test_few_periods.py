"""Series of few periods, and the forecasts' choice of a model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analyst.stats.forecasting import forecast
from tests.stats.conftest import Run


def _monthly(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"d": pd.date_range("2022-01-31", periods=len(values), freq="ME"), "v": values})


def test_a_trend_of_few_periods_says_so(run: Run) -> None:
    few = run("trend", _monthly([10.0, 12, 11, 15]), time="d", value="v", grain="month")
    assert "only 4 complete periods, so slope and p are rough" in few.warnings
    many = run("trend", _monthly([10.0 + n % 3 for n in range(30)]), time="d", value="v", grain="month")
    assert many.warnings == ""


def test_a_forecast_from_few_periods_or_far_ahead_says_so(run: Run) -> None:
    short = run("forecast", _monthly([10.0 + n % 4 for n in range(14)]), time="d", value="v", grain="month", horizon=9)
    assert "fewer than two seasons of 12" in short.warnings and "the intervals are rough" in short.warnings
    long = run("forecast", _monthly([10.0 + n % 4 for n in range(40)]), time="d", value="v", grain="month", horizon=3)
    assert long.warnings == ""


def test_a_series_that_swings_back_is_forecast_by_an_autoregression() -> None:
    noise = np.random.default_rng(3).normal(0, 1, 160)
    values = np.zeros(160)
    for place in range(2, 160):
        values[place] = 1.6 * values[place - 1] - 0.9 * values[place - 2] + noise[place]
    made = forecast(100 + values[:150], 6, 1)
    assert made.model == "autoregression" and made.mae < 0.8 * made.naive_mae


@pytest.mark.parametrize("history", [[5.0] * 12, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0], [0.0, 1.0] * 4])
def test_any_short_history_gets_a_finite_forecast(history: list[float]) -> None:
    made = forecast(np.array(history), 12, 12)
    assert np.isfinite(made.mean).all() and np.isfinite(made.spread).all()
