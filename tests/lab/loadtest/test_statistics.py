"""The figures of a load test, against values computed by hand."""

from __future__ import annotations

import pytest

from analyst.budget.prices import load_prices
from analyst.storage.sums import percentile
from lab.loadtest.statistics import by_group, parallel_saving, spread, stages, summary
from tests.lab.loadtest.lines import call, line


def test_quantiles_are_nearest_ranks() -> None:
    assert [percentile(list(range(1, 101)), share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([7.0], 0.95) == 7.0
    assert spread([]) == {"count": 0, "mean": None, "p50": None, "p95": None, "p99": None, "max": None}


def test_the_summary_counts_failures_and_costs_of_all_requests() -> None:
    failed = line(4, success=False, calls=(), cost_usd=0.0, error="TableError: broken", stages={})
    told = summary([line(2), line(6), line(10, degraded=("data_profiler",)), failed], 10.0, load_prices(), 8.0)
    assert (told["requests"], told["succeeded"], told["success_rate"]) == (4, 3, 0.75)
    assert (told["avg_latency_s"], told["p95_latency_s"], told["within_target_rate"]) == (6.0, 10.0, 0.666667)
    assert (told["degraded_rate"], told["degraded_call_rate"]) == (0.333333, 0.083333)
    assert (told["cost_per_request_usd"], told["daily_cost_usd"]) == (0.006, 3.0)
    assert (told["fallback_rate"], told["throughput_per_s"]) == (0.25, 0.4)
    assert told["errors"] == {"TableError": 1}
    # four calls of 1,000 and 100 tokens at $30 and $60 a million
    assert told["gpt4_same_tokens_usd"] == pytest.approx(4 * (1000 * 30 + 100 * 60) / 1e6)
    assert told["savings_vs_naive_pct"] == pytest.approx(100 * (1 - 0.006 / 0.144), abs=0.01)


def test_replies_that_were_refused_are_no_part_of_the_naive_baseline() -> None:
    twice = line(1, calls=(call("report_writer", rejected=True), call("report_writer")))
    told = summary([twice], 1.0, load_prices(), 8.0)
    assert told["gpt4_same_tokens_usd"] == pytest.approx((1000 * 30 + 100 * 60) / 1e6)
    assert told["rejection_rate"] == 0.5


def test_groups_hold_tokens_cost_and_the_reasons_of_fallbacks() -> None:
    lines = [line(2), line(3)]
    agents = by_group(lines, "agent")
    assert agents["report_writer"]["fallback_reasons"] == {"unavailable": 2}
    assert agents["report_writer"]["cost_per_request_usd"] == 0.002
    models = by_group(lines, "model")
    assert {name: group["calls"] for name, group in models.items()} == {"claude-haiku-5-5": 2, "groq-gpt-oss-120b": 6}
    assert models["groq-gpt-oss-120b"]["input_tokens"] == 6000


def test_stages_and_what_reviewing_the_table_beside_other_agents_saves() -> None:
    told = stages([line(4), line(6)])
    assert (told["agents"]["mean"], told["whole"]["max"], told["data_profiler"]["p50"]) == (3.5, 6.0, 3.0)
    assert parallel_saving([line(4)]) == {"in_turn_s": 5.0, "side_by_side_s": 3.0, "saved_s": 2.0}
    assert parallel_saving([line(4, success=False)])["saved_s"] is None
