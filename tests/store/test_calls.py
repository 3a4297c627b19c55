"""Recorded calls and runs, and the sums over them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.settings import ROOT
from store.calls import (
    add_call,
    all_calls,
    all_runs,
    close_run,
    cost_on,
    grouped,
    latencies,
    mark_rejected,
    open_run,
    reasons,
    run_totals,
)
from store.database import Store
from store.process import is_alive, this_process
from store.tables import to_micros, to_usd


def test_a_call_recorded_twice_counts_once(store: Store, call_row: Any) -> None:
    add_call(store, call_row("a", cost_micros=5))
    add_call(store, call_row("a", cost_micros=7))
    assert [row["cost_micros"] for row in all_calls(store)] == [5]


def test_sums_and_rates_match_a_count_by_hand(store: Store, call_row: Any) -> None:
    add_call(store, call_row("a", latency_s=1.0, cost_micros=10))
    add_call(
        store, call_row("b", success=False, error_reason="timeout", latency_s=3.0, input_tokens=0, output_tokens=0)
    )
    other = {"model_used": "groq-gpt-oss-20b", "fallback_used": True, "fallback_reason": "timeout", "failover_s": 3.0}
    add_call(store, call_row("c", **other, latency_s=2.0, cost_micros=30, rejected=True))
    add_call(store, call_row("d", **other, success=False, called=False, error_reason="over_budget", input_tokens=0))
    [row] = grouped(store, [])
    assert (row["attempts"], row["calls"], row["answered"], row["accepted"], row["rejected"]) == (4, 3, 2, 1, 1)
    assert row["cost_usd"] == Decimal("0.00004")
    assert row["input_tokens"] == 200
    assert row["accepted_input_tokens"] == 100
    assert row["mean_latency_s"] == pytest.approx(2.0)
    assert row["mean_failover_s"] == pytest.approx(3.0)
    assert row["success_rate"] == pytest.approx(2 / 3)
    assert row["fallback_rate"] == pytest.approx(1 / 2)
    assert row["primary_success_rate"] == pytest.approx(1 / 2)
    assert reasons(store, "error_reason") == [
        ("data_profiler", "groq-gpt-oss-20b", "over_budget", 1),
        ("data_profiler", "ollama-llama3.1", "timeout", 1),
    ]
    assert reasons(store, "fallback_reason") == [("data_profiler", "groq-gpt-oss-20b", "timeout", 1)]


def test_an_empty_store_sums_to_nothing_and_has_no_rates(store: Store) -> None:
    [row] = grouped(store, [])
    assert row["attempts"] == row["calls"] == 0
    assert row["cost_usd"] == 0
    assert row["success_rate"] is row["mean_latency_s"] is None
    assert grouped(store, ["agent_name"]) == []
    assert latencies(store, [0.5]) == {}


def test_groups_are_kept_apart_and_since_leaves_older_calls_out(store: Store, call_row: Any) -> None:
    add_call(store, call_row("old", timestamp=10.0, cost_micros=1))
    add_call(store, call_row("new", timestamp=20.0, cost_micros=2))
    add_call(store, call_row("other", timestamp=20.0, agent_name="report_writer", cost_micros=4))
    told = {row["agent_name"]: row["cost_usd"] for row in grouped(store, ["agent_name"], since=15.0)}
    assert told == {"data_profiler": Decimal("0.000002"), "report_writer": Decimal("0.000004")}


def test_percentiles_are_the_nearest_rank(store: Store, call_row: Any) -> None:
    for number in range(1, 21):
        add_call(store, call_row(f"{number}", latency_s=float(number)))
    add_call(store, call_row("never called", latency_s=999.0, called=False))
    assert latencies(store, [0.5, 0.95, 0.99, 1.0]) == {0.5: 10.0, 0.95: 19.0, 0.99: 20.0, 1.0: 20.0}
    assert latencies(store, [0.5], model_used="nobody") == {}


def test_a_rejected_call_is_marked_with_its_problems(store: Store, call_row: Any) -> None:
    add_call(store, call_row("a"))
    assert mark_rejected(store, "a", "step s1: unknown column") == ("data_profiler", "ollama-llama3.1")
    assert mark_rejected(store, "nobody", "x") is None
    [row] = all_calls(store)
    assert (row["rejected"], row["error_reason"], row["detail"]) == (True, "rejected", "step s1: unknown column")
    assert row["success"] is True


def test_the_costs_of_a_day_are_that_days_alone(store: Store, call_row: Any) -> None:
    add_call(store, call_row("a", day=20261124, cost_micros=3))
    add_call(store, call_row("b", day=20261125, cost_micros=5))
    assert (cost_on(store, 20261124), cost_on(store, 20261126)) == (3, 0)


def test_runs_count_once_however_many_calls_they_made(store: Store, call_row: Any) -> None:
    add_call(store, call_row("a", run_id="r1", cost_micros=10))
    add_call(store, call_row("b", run_id="r1", cost_micros=20, model_used="embedded-analyst"))
    add_call(store, call_row("c", run_id="r2", cost_micros=30))
    add_call(store, call_row("d", cost_micros=1000))
    assert run_totals(store, "embedded-analyst") == {"runs": 2, "cost_micros": 60, "with_model": 1}


def run_row(run_id: str, owner: str, started_at: float = 0.0) -> dict[str, Any]:
    row: dict[str, Any] = {"run_id": run_id, "question": "Which?", "dataset": "sales.csv", "started_at": started_at}
    return row | {"day": 20261124, "owner": owner, "status": "running", "latency_s": None}


def test_a_run_is_open_until_it_is_closed(store: Store) -> None:
    open_run(store, run_row("r", this_process()))
    assert [run["status"] for run in all_runs(store, now=1e9)] == ["running"]
    assert close_run(store, "r", "done", 4.5)
    assert not close_run(store, "nobody", "done", 1.0)
    [run] = all_runs(store, now=1e9)
    assert (run["status"], run["latency_s"]) == ("done", 4.5)


def test_a_run_whose_process_died_is_shown_as_interrupted(store: Store) -> None:
    child = subprocess.run(
        [sys.executable, "-c", "from store.process import this_process; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    open_run(store, run_row("dead", child.stdout.strip()))
    host, pid = socket.gethostname(), os.getpid()
    open_run(store, run_row("reused number", f"{host}/{pid}/1"))
    open_run(store, run_row("elsewhere, lately", "another-host/1/1", started_at=9000.0))
    open_run(store, run_row("elsewhere, long ago", "another-host/1/1", started_at=0.0))
    told = {run["run_id"]: run["status"] for run in all_runs(store, now=10_000.0)}
    assert told.pop("elsewhere, lately") == "running"
    assert set(told.values()) == {"interrupted"}
    assert len(told) == 3


def test_this_process_is_alive_and_one_elsewhere_is_unknown() -> None:
    assert is_alive(this_process()) is True
    assert is_alive("another-host/1/1") is None
    assert is_alive("") is None


@pytest.mark.parametrize("text", ["nul \x00 inside", "lone \ud800 surrogate", "x" * 100_000, "'; DROP TABLE calls; --"])
def test_any_text_can_be_recorded(store: Store, call_row: Any, text: str) -> None:
    add_call(store, call_row("a", detail=text))
    [row] = all_calls(store)
    assert row["detail"]
    assert len(row["detail"]) <= 2000
    assert "\x00" not in row["detail"]


@given(st.decimals(min_value=0, max_value=1000, places=9))
def test_micro_dollars_never_lose_money(usd: Decimal) -> None:
    booked = to_usd(to_micros(usd))
    assert usd <= booked < usd + Decimal("0.000001")
