"""Sums over recorded calls, against counts by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyst.storage.database import Store
from analyst.storage.slices import Slice
from analyst.storage.sums import (
    cost_on,
    failovers,
    grouped,
    percentiles,
    reasons,
    rolled_up,
    run_totals,
    sums,
    sums_and_spans,
    with_rates,
)
from tests.stores import call_row, record


def groups(store: Store, by: Sequence[str], **given: Any) -> list[dict[str, Any]]:
    with store.read() as transaction:
        return grouped(transaction, by, **given)


def test_sums_and_rates_match_a_count_by_hand(store: Store) -> None:
    other = {"model_used": "groq-gpt-oss-20b", "fallback_used": True, "fallback_reason": "timeout", "failover_s": 3.0}
    record(
        store,
        call_row("a", latency_s=1.0, cost_micros=10),
        call_row("b", success=False, error_reason="timeout", latency_s=3.0, input_tokens=0, output_tokens=0),
        call_row("c", **other, latency_s=2.0, cost_micros=30, rejected=True, escalated=True, hedged=True),
        call_row("d", **other, success=False, called=False, error_reason="over_budget", input_tokens=0),
    )
    [row] = groups(store, [])
    assert (row["attempts"], row["calls"], row["answered"], row["accepted"], row["rejected"]) == (4, 3, 2, 1, 1)
    assert (row["escalations"], row["hedged"]) == (1, 1)
    assert row["cost_usd"] == row["cost_per_accepted_usd"] == Decimal("0.00004")
    assert row["input_tokens"] == 200
    assert row["accepted_input_tokens"] == 100
    assert row["mean_latency_s"] == pytest.approx(2.0)
    assert row["mean_failover_s"] == pytest.approx(3.0)
    assert row["success_rate"] == pytest.approx(2 / 3)
    assert row["fallback_rate"] == pytest.approx(1 / 2)
    assert row["primary_success_rate"] == pytest.approx(1 / 2)
    with store.read() as transaction:
        assert reasons(transaction, "error_reason") == [
            ("data_profiler", "groq-gpt-oss-20b", "over_budget", 1),
            ("data_profiler", "ollama-llama3.1", "timeout", 1),
        ]
        assert reasons(transaction, "fallback_reason") == [("data_profiler", "groq-gpt-oss-20b", "timeout", 1)]
        assert [seconds for taken in failovers(transaction).values() for seconds in taken] == [3.0]
        summed = sums_and_spans(transaction, ["model_used"])
        assert summed.sums == sums(transaction, ["model_used"])
    assert summed.taken == {("ollama-llama3.1",): [1.0, 3.0], ("groq-gpt-oss-20b",): [2.0]}
    assert summed.lost == {("ollama-llama3.1",): [], ("groq-gpt-oss-20b",): [3.0]}


def test_seconds_keep_their_milliseconds_whatever_their_size(store: Store) -> None:
    seconds = [0.0, 0.0004, 1 / 3, 12.3456, 86_400.1239]
    record(store, *(call_row(f"{n}", latency_s=taken) for n, taken in enumerate(seconds)))
    with store.read() as transaction:
        [taken] = sums_and_spans(transaction, ["agent_name"]).taken.values()
    assert taken == pytest.approx(seconds, abs=1e-6)


def test_an_empty_store_sums_to_nothing_and_has_no_rates(store: Store) -> None:
    [row] = groups(store, [])
    assert row["attempts"] == row["calls"] == 0
    assert row["cost_usd"] == 0
    assert row["success_rate"] is row["mean_latency_s"] is row["cost_per_accepted_usd"] is None
    assert groups(store, ["agent_name"]) == []
    assert percentiles([], [0.5]) == [None]


def test_groups_are_kept_apart_and_since_leaves_older_calls_out(store: Store) -> None:
    record(
        store,
        call_row("old", timestamp=10.0, cost_micros=1),
        call_row("new", timestamp=20.0, cost_micros=2),
        call_row("other", timestamp=20.0, agent_name="report_writer", cost_micros=4),
        call_row("played", timestamp=20.0, cost_micros=8, scenario="calm"),
    )
    told = {row["agent_name"]: row["cost_usd"] for row in groups(store, ["agent_name"], of=Slice(since=15.0))}
    assert told == {"data_profiler": Decimal("0.000002"), "report_writer": Decimal("0.000004")}
    assert [row["cost_usd"] for row in groups(store, [], of=Slice(scenario="calm"))] == [Decimal("0.000008")]


def test_what_is_no_column_to_group_by_is_refused(store: Store) -> None:
    with store.read() as transaction, pytest.raises(ValueError, match="can't be grouped"):
        grouped(transaction, ["detail; DROP TABLE calls"])


@pytest.mark.parametrize("by", [(), ("agent_name",), ("model_used", "agent_name")])
def test_rolling_up_gives_what_the_database_gives(store: Store, by: tuple[str, ...]) -> None:
    record(
        store,
        *(
            call_row(
                f"{n}", agent_name=f"a{n % 2}", model_used=f"m{n % 3}", success=n % 4 > 0, cost_micros=n, day=n % 5
            )
            for n in range(40)
        ),
    )
    keys = ("agent_name", "model_used", "day")
    with store.read() as transaction:
        rolled = rolled_up(sums(transaction, keys), [keys.index(name) for name in by])
        assert rolled == sums(transaction, by)
        assert {name: with_rates(row)["cost_usd"] for name, row in rolled.items()}


def test_percentiles_are_the_nearest_rank() -> None:
    assert percentiles(map(float, range(1, 21)), [0.5, 0.95, 0.99, 1.0]) == [10.0, 19.0, 20.0, 20.0]


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0, 1))
def test_a_percentile_is_one_of_the_values_with_enough_at_or_below_it(values: list[float], share: float) -> None:
    [told] = percentiles(values, [share])
    assert told in values
    assert sum(value <= told for value in values) >= share * len(values) - 1e-9


def test_the_costs_of_a_day_are_that_days_real_ones(store: Store) -> None:
    record(
        store,
        call_row("a", day=20261124, cost_micros=3),
        call_row("b", day=20261125, cost_micros=5),
        call_row("c", day=20261124, cost_micros=7, scenario="calm"),
    )
    with store.read() as transaction:
        assert (cost_on(transaction, 20261124), cost_on(transaction, 20261126)) == (3, 0)


def test_runs_count_once_however_many_calls_they_made(store: Store) -> None:
    record(
        store,
        call_row("a", run_id="r1", cost_micros=10),
        call_row("b", run_id="r1", cost_micros=20, model_used="embedded-analyst"),
        call_row("c", run_id="r2", cost_micros=30),
        call_row("d", cost_micros=1000),
    )
    with store.read() as transaction:
        assert run_totals(transaction, "embedded-analyst") == {"runs": 2, "cost_micros": 60, "with_model": 1}
