"""Performance is measured from recorded calls, read seldom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from analyst.llm.resilience.health import Health
from analyst.llm.resilience.signals import FRESH_S, Performance, Signals, measure
from analyst.storage.calls import add_call
from analyst.storage.database import Store
from analyst.storage.performance import RECENT_ROWS, recent_calls

NOW = 1_795_392_000.0


def call(number: int, **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "request_id": f"c{number}", "route_id": f"c{number}", "run_id": None, "timestamp": NOW - number, "day": 20261123,
        "agent_name": "report_writer", "primary_model": "m", "model_used": "m", "fallback_used": False,
        "fallback_reason": None, "input_tokens": 100, "output_tokens": 20, "cached_tokens": 0, "cost_micros": 1000,
        "cost_source": "pinned", "latency_s": float(number), "success": True, "error_reason": None, "rejected": False,
        "called": True, "failover_s": 0.0, "detail": "",
        "escalated": False, "hedged": False, "cache_write_tokens": 0, "scenario": None, "claimed_micros": None, "first_token_s": None,
    }  # fmt: skip
    return told | given


def test_failed_and_refused_calls_are_told_apart_and_drawn_towards_good_by_four_calls() -> None:
    rows = [call(n) for n in range(1, 11)] + [call(11, rejected=True), call(12, success=False)]
    measured = measure(rows)[("report_writer", "m")]
    assert measured.calls == 12
    assert measured.failed == measured.rejected == pytest.approx(1 / 16)
    assert (measured.p50_s, measured.p95_s) == (6.0, 11.0)


def test_cost_per_accepted_answer_counts_what_the_others_cost() -> None:
    rows = [call(1), call(2, rejected=True), call(3, success=False)]
    assert measure(rows)[("report_writer", "m")].cost_per_accepted == Decimal("0.003")
    assert measure([call(1, success=False)])[("report_writer", "m")].cost_per_accepted is None


def test_signals_read_the_store_seldom_and_see_what_other_processes_recorded(store: Store) -> None:
    now = [NOW]
    signals = Signals(store, Health(clock=lambda: now[0]), clock=lambda: now[0])
    assert signals.performance("report_writer", "m") == Performance()
    with store.write() as transaction:
        add_call(transaction, call(1))
    assert signals.performance("report_writer", "m").calls == 0
    now[0] += FRESH_S
    assert signals.performance("report_writer", "m").calls == 1
    assert signals.performance("report_writer", "another") == Performance()


def test_only_the_newest_calls_that_were_made_in_the_last_hour_are_measured(store: Store) -> None:
    signals = Signals(store, Health(), clock=lambda: NOW)
    with store.write() as transaction:
        add_call(transaction, call(3601, success=False))
        add_call(transaction, call(1, success=False, called=False))
        add_call(transaction, call(3))
    assert signals.performance("report_writer", "m") == measure([call(3)])["report_writer", "m"]
    with store.write() as transaction:
        for number in range(RECENT_ROWS):
            add_call(transaction, call(number, request_id=f"n{number}", timestamp=NOW - 2, latency_s=1.0))
        assert {row["latency_s"] for row in recent_calls(transaction, NOW - 3600)} == {1.0}
