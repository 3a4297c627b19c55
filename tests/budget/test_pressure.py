"""How hard the budget presses, over a day and over a change of the clocks."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.budget.pressure import UNKNOWN_PRESSURE, Pressure, share_of_day
from analyst.storage.database import Store

PARIS = ZoneInfo("Europe/Paris")


class Clock(Protocol):
    now: float

    def __call__(self) -> float: ...


def at(spent: str, day_share: float, reserved: str = "0") -> Pressure:
    return Pressure(Decimal(10), Decimal(spent), Decimal(reserved), day_share, Decimal(8))


def test_a_day_that_spends_as_planned_has_the_same_pressure_from_morning_to_evening() -> None:
    # As planned: the soft limit of 8 spread over the day, so 8 (1 - t) wanted of 10 - 8 t left.
    assert at("0", 0.0).level == pytest.approx(0.8)
    assert at("4", 0.5).level == pytest.approx(4 / 6)
    assert at("4", 0.5).planned == 4
    assert at("8", 1.0).level == 0.0


def test_spending_too_fast_presses_before_the_soft_limit_and_slow_spending_relaxes() -> None:
    # 6 USD by a quarter of the day: (6 + 8/8) / (1/4 + 1/8) x 3/4 = 14 wanted, 4 left.
    assert at("6", 0.25).level == pytest.approx(3.5)
    assert not at("6", 0.25).soft_limit_passed
    assert at("0.5", 0.5).level < 0.2
    assert at("0.5", 0.01).level < 1.2, "one early call is no trend"


def test_what_is_reserved_counts_as_committed() -> None:
    assert at("3", 0.5, reserved="1") == Pressure(Decimal(10), Decimal(3), Decimal(1), 0.5, Decimal(8))
    assert at("3", 0.5, reserved="1").level == at("4", 0.5).level
    assert at("7", 0.9, reserved="1").soft_limit_passed


def test_with_nothing_left_or_nothing_known_the_pressure_has_no_bound() -> None:
    assert at("10", 0.5).level == at("12", 0.5).level == math.inf
    assert at("12", 0.5).remaining == 0
    assert UNKNOWN_PRESSURE.level == math.inf
    assert UNKNOWN_PRESSURE.soft_limit_passed


@given(spent=st.integers(0, 9_999), more=st.integers(0, 5_000), share=st.floats(0, 1))
def test_more_spending_never_presses_less(spent: int, more: int, share: float) -> None:
    assert at(str(spent / 1000), share).level <= at(str((spent + more) / 1000), share).level


def moment(text: str, zone: ZoneInfo = PARIS) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def test_the_share_of_a_day_is_that_of_the_zone() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=timezone.utc).timestamp()
    assert share_of_day(noon, ZoneInfo("UTC")) == pytest.approx(0.5)
    assert share_of_day(noon, PARIS) == pytest.approx(13 / 24)
    assert share_of_day(noon, ZoneInfo("America/New_York")) == pytest.approx(7 / 24)


def test_a_day_of_23_or_25_hours_still_runs_from_0_to_1() -> None:
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25)):
        start, end = moment(f"{day}T00:00"), moment(f"{day}T23:59:59")
        assert end + 1 - start == hours * 3600
        assert share_of_day(start, PARIS) == 0
        assert share_of_day(start + hours * 1800, PARIS) == pytest.approx(0.5)
        assert share_of_day(end, PARIS) == pytest.approx(1, abs=1e-4)


def test_hours_weigh_by_what_is_usually_spent_in_them() -> None:
    office = [1.0 if 9 <= hour < 17 else 0.0 for hour in range(24)]
    assert share_of_day(moment("2026-11-24T08:00"), PARIS, office) == 0
    assert share_of_day(moment("2026-11-24T13:00"), PARIS, office) == pytest.approx(0.5)
    assert share_of_day(moment("2026-11-24T20:00"), PARIS, office) == 1


def test_the_ledger_tells_its_pressure_and_keeps_it_for_a_second(store: Store, clock: Clock) -> None:
    ledger = Ledger(store, DailyBudget(Decimal(10), "UTC"), clock=clock)
    clock.now += 43_200
    ledger.charge(Decimal(4), agent="a", model="m")
    assert ledger.pressure() == Pressure(Decimal(10), Decimal(4), Decimal(0), 0.5, Decimal(8))
    ledger.charge(Decimal(5), agent="a", model="m")
    assert ledger.pressure().spent == 4
    clock.now += 1
    assert ledger.pressure().spent == 9
    assert ledger.pressure().soft_limit_passed
    ledger.charge(Decimal(1), agent="a", model="m")
    clock.now -= 3600
    assert ledger.pressure().spent == 10


def test_books_that_can_not_be_read_press_as_if_nothing_were_left(store: Store, clock: Clock) -> None:
    ledger = Ledger(store, DailyBudget(Decimal(1), "UTC"), clock=clock)
    with store.write() as transaction:
        transaction.run("DROP TABLE budget")
    assert not ledger.pressure().known
    assert ledger.pressure().soft_limit_passed
