"""How many requests a user may make in a minute."""

from __future__ import annotations

import pytest

from analyst.core.errors import BusyError
from analyst.service.request_rate import RequestRate
from tests.recorded import Clock


def test_a_burst_passes_a_flood_does_not_and_others_are_not_held_back(noon: Clock) -> None:
    rate = RequestRate(per_minute=30, clock=noon)
    for _ in range(30):
        rate.take("ann")
    with pytest.raises(BusyError, match="30 requests") as busy:
        rate.take("ann")
    assert busy.value.retry_after_s == pytest.approx(2.0)
    rate.take("bob")
    noon.now += 2.0
    rate.take("ann")
    with pytest.raises(BusyError):
        rate.take("ann")
    noon.now += 3600
    for _ in range(30):
        rate.take("ann")
    with pytest.raises(BusyError):
        rate.take("ann")


def test_users_that_ask_no_more_are_forgotten(noon: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyst.service.request_rate.MOST_BUCKETS", 3)
    rate = RequestRate(per_minute=60, clock=noon)
    for number in range(10):
        rate.take(f"user {number}")
        noon.now += 1
    assert len(rate._buckets) <= 3
