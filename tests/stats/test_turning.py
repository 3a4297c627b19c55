"""A turn is told where a series has one, and only there."""

from __future__ import annotations

import math
import random

import pytest

from analyst.stats.turning import turn

UP_AND_DOWN = [float(t if t <= 12 else 24 - t) for t in range(25)]


def noisy(values: list[float], size: float, seed: int) -> list[float | None]:
    rng = random.Random(seed)
    return [value + rng.gauss(0, size) for value in values]


@pytest.mark.parametrize("seed", range(5))
def test_what_rises_and_then_falls_turns_where_it_does(seed: int) -> None:
    found = turn(noisy(UP_AND_DOWN, 0.5, seed))
    assert found and abs(found.place - 12) <= 1 and found.before > 0 > found.after


def test_what_falls_and_then_rises_turns_with_a_gap_beside() -> None:
    values: list[float | None] = [-value for value in UP_AND_DOWN]
    values[3] = None
    found = turn(values)
    assert found and found.place == 12 and found.before == pytest.approx(-1) and found.after == pytest.approx(1)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "values",
    [
        [float(t) for t in range(24)],
        [5.0] * 24,
        [math.sqrt(t) for t in range(24)],
        [2.0**t for t in range(12)],
        [float(t) + 8 * math.sin(t * math.pi / 6) for t in range(48)],
    ],
    ids=["line", "flat", "slower and slower", "faster and faster", "season"],
)
def test_a_line_a_bend_that_goes_on_and_a_season_have_no_turn(values: list[float], seed: int) -> None:
    assert turn(noisy(values, 0.4, seed), 12 if len(values) == 48 else 1) is None


@pytest.mark.parametrize("values", [[1.0, 2.0, 1.0], [1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0], []])
def test_a_few_periods_say_nothing_of_a_turn(values: list[float | None]) -> None:
    assert turn(values) is None
