"""How several models' plans were settled, on both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from analyst.storage.consensus import add, statistics
from analyst.storage.database import Store
from analyst.storage.slices import Slice


def record(store: Store, run_id: str, outcome: str, **given: Any) -> None:
    row: dict[str, Any] = {"run_id": run_id, "timestamp": 100.0, "outcome": outcome, "asked": 2, "planned": 2}
    row |= {"judged": False, "extra_micros": 300, "extra_s": 1.5, "scenario": None}
    with store.write() as transaction:
        add(transaction, row | given)


def told(store: Store, **given: Any) -> dict[str, Any]:
    with store.read() as transaction:
        return statistics(transaction, **given)


def test_rates_are_of_the_runs_that_had_plans_to_compare(store: Store) -> None:
    record(store, "a", "agreed")
    record(store, "b", "agreed", asked=3, planned=3)
    record(store, "c", "judged", asked=3, planned=3, judged=True, extra_micros=900)
    record(store, "d", "unsettled", judged=True)
    record(store, "e", "impossible", asked=0, planned=0, extra_micros=0, extra_s=0.0)
    found = told(store)
    assert found["runs"] == 5 and found["compared"] == 4
    assert found["outcomes"] == {"agreed": 2, "impossible": 1, "judged": 1, "unsettled": 1}
    assert (found["rate"], found["judge_rate"]) == (0.5, 0.5)
    assert found["models_asked"] == 10 and found["plans"] == 10
    assert found["extra_usd"] == Decimal("0.0018") and found["extra_s"] == 6.0


def test_nothing_recorded_gives_no_rate(store: Store) -> None:
    found = told(store)
    assert found["runs"] == 0 and found["rate"] is None and found["extra_usd_per_run"] is None


def test_a_run_counts_once_in_its_time_and_its_scenario(store: Store) -> None:
    record(store, "a", "agreed")
    record(store, "a", "judged")
    record(store, "b", "agreed", scenario="chaos")
    assert told(store)["outcomes"] == {"agreed": 1}
    assert told(store, of=Slice(scenario="chaos"))["runs"] == 1
    assert told(store, of=Slice(since=101.0))["runs"] == 0
