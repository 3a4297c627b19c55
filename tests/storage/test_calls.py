"""Recorded calls, row by row."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyst.storage.calls import all_calls, mark_rejected, routes_of
from analyst.storage.database import Store
from analyst.storage.slices import Slice
from analyst.storage.tables import to_micros, to_usd
from tests.stores import call_row, record


def test_a_call_recorded_twice_counts_once(store: Store) -> None:
    record(store, call_row("a", cost_micros=5))
    record(store, call_row("a", cost_micros=7))
    assert [row["cost_micros"] for row in all_calls(store)] == [5]


def test_a_call_comes_back_as_it_was_recorded(store: Store) -> None:
    row = call_row("a", escalated=True, hedged=True, cache_write_tokens=7, fallback_reason="timeout", run_id="r")
    record(store, row)
    assert list(all_calls(store)) == [row]


def test_real_and_simulated_calls_are_never_mixed(store: Store) -> None:
    record(store, call_row("real"), call_row("played", scenario="chaos-30"))
    assert [row["request_id"] for row in all_calls(store)] == ["real"]
    assert [row["request_id"] for row in all_calls(store, Slice(scenario="chaos-30"))] == ["played"]


def test_a_rejected_call_is_marked_with_its_problems(store: Store) -> None:
    record(store, call_row("a"))
    with store.write() as transaction:
        assert mark_rejected(transaction, "a", "step s1: unknown column") == ("data_profiler", "ollama-llama3.1")
        assert mark_rejected(transaction, "nobody", "x") is None
    [row] = all_calls(store)
    assert (row["rejected"], row["error_reason"], row["detail"]) == (True, "rejected", "step s1: unknown column")
    assert row["success"] is True


def test_the_account_of_a_request_is_kept_once_and_found_by_its_run(store: Store) -> None:
    record(store, call_row("a", run_id="r", route_id="q1", timestamp=2.0), tried='[["m", "timeout"]]')
    record(store, call_row("b", run_id="r", route_id="q0", timestamp=1.0), tried="[]")
    record(store, call_row("c", run_id="r", route_id="q1", timestamp=3.0), tried="another word on q1")
    record(store, call_row("d", run_id="r", route_id="q2"))
    with store.read() as transaction:
        told = routes_of(transaction, "r")
        assert routes_of(transaction, "another run") == []
    assert [(row["route_id"], row["tried"]) for row in told] == [("q0", "[]"), ("q1", '[["m", "timeout"]]')]


@pytest.mark.parametrize("text", ["nul \x00 inside", "lone \ud800 surrogate", "x" * 100_000, "'; DROP TABLE calls; --"])
def test_any_text_can_be_recorded(store: Store, text: str) -> None:
    record(store, call_row("a", detail=text, model_used=text, agent_name=text, error_reason=text))
    [row] = all_calls(store)
    assert row["detail"]
    assert len(row["detail"]) <= 2000
    assert "\x00" not in row["detail"]


def test_numbers_that_no_column_holds_are_cut_to_what_fits(store: Store) -> None:
    record(store, call_row("a", input_tokens=10**30, latency_s=float("nan"), failover_s=float("inf")))
    [row] = all_calls(store)
    assert (row["input_tokens"], row["latency_s"], row["failover_s"]) == (2**63 - 1, 0.0, 0.0)


def test_the_rows_of_many_calls_come_in_batches(store: Store) -> None:
    record(store, *(call_row(f"{number:05}", timestamp=float(number)) for number in range(3000)))
    rows = all_calls(store, Slice(since=1000.0))
    assert next(rows)["request_id"] == "01000"
    assert sum(1 for _ in rows) == 1999


@given(st.decimals(min_value=0, max_value=1000, places=9))
def test_micro_dollars_never_lose_money(usd: Decimal) -> None:
    booked = to_usd(to_micros(usd))
    assert usd <= booked < usd + Decimal("0.000001")
