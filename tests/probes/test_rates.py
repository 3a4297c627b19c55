"""How often the probes are wrong and right, on seeded tables; lab.benchmarks.unasked measures the same on more of them."""

from __future__ import annotations

import pytest

from lab.benchmarks.unasked import PLAIN, PLANS, PLANTED, alarms, detections


@pytest.mark.parametrize("world", list(PLAIN))
def test_tables_with_nothing_to_find_raise_hardly_an_alarm(world: str) -> None:
    counted = alarms(world, 6, first=1000)
    assert set(counted) == set(PLANS)
    assert sum(counted.values()) <= 0.05 * 6 * len(PLANS)


@pytest.mark.parametrize("world", [world for world in PLANTED if "remembering" not in world])
def test_what_is_planted_is_found_in_most_tables(world: str) -> None:
    assert detections(world, 5, first=1000) >= 3
