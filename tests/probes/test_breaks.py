"""Breaks in series made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from analyst.probes.breaks import is_small, level_break
from analyst.probes.claim import Periods


def series(values: Sequence[float] | NDArray[np.float64], cycle: int = 12) -> Periods:
    return Periods(tuple(f"p{place}" for place in range(len(values))), tuple(map(float, values)), cycle)


def noise(size: int, seed: int = 7) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, 1, size)


def test_a_step_is_found_at_its_place_and_measured_beside_trend_and_season() -> None:
    t = np.arange(48)
    values = 100 + 0.5 * t + 8 * np.sin(2 * np.pi * t / 12) + noise(48)
    values[30:] += 25
    found = level_break(series(values))
    assert found is not None and found.period == "p30"
    assert found.shift == pytest.approx(25, rel=0.15)
    assert found.before < found.after and found.p < 1e-6


def test_a_series_that_grows_by_factors_breaks_by_a_factor() -> None:
    t = np.arange(60)
    values = 1000 * np.exp(0.03 * t + 0.03 * noise(60) + 0.3 * np.sin(2 * np.pi * t / 12))
    values[35:] *= 0.6
    found = level_break(series(values))
    assert found is not None and found.period == "p35" and found.shift < 0


@pytest.mark.parametrize("shape", ["trend", "bend", "season", "outlier"])
def test_what_is_no_break_is_not_taken_for_one(shape: str) -> None:
    t = np.arange(48)
    base = {
        "trend": 100 + 2.0 * t,
        "bend": 100 + 0.08 * t**2,
        "season": 100 + 20 * np.sin(2 * np.pi * t / 12),
        "outlier": 100 + 60.0 * (t == 20),
    }[shape]
    assert level_break(series(base + noise(48))) is None


def test_short_and_gappy_series_are_left_alone() -> None:
    step = np.where(np.arange(14) < 7, 10.0, 20.0) + 0.01 * noise(14)
    assert level_break(series(step, cycle=1)) is None
    gappy = Periods(tuple(map(str, range(20))), tuple([None, 1.0] * 10), 1)
    assert level_break(gappy) is None


def test_a_sure_but_small_step_is_not_worth_a_word() -> None:
    values = np.where(np.arange(60) < 30, 100.0, 103.0) + 0.2 * noise(60)
    found = level_break(series(values, cycle=1))
    assert found is not None and is_small(found)
