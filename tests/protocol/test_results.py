"""What result.json shows of a call is read from its record."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from pydantic import TypeAdapter

from analyst.protocol.calls import Attempt, CallRecord, Ranked, RouteRecord, Spending
from analyst.protocol.results import SavedCall
from tests.recorded import metrics


def test_a_saved_call_shows_what_the_whole_request_took_under_the_names_of_result_json() -> None:
    route = RouteRecord(
        order=(Ranked("claude-sonnet-5-5", "position 1 in the chain"),),
        attempts=(Attempt("claude-sonnet-5-5", "timeout", "slow", 4.0),),
        spending=Spending(Decimal("0.012")),
        latency_s=6.123456,
    )
    record = metrics("a", model_used="claude-haiku-5-5", fallback_used=True, fallback_reason="timeout", route=route)
    saved = SavedCall.model_validate(replace(record, rejected=True))
    assert saved.model_dump(mode="json") == {
        "call_id": "a",
        "agent": "report_writer",
        "primary": "claude-sonnet-5-5",
        "model_used": "claude-haiku-5-5",
        "fallback": True,
        "reason": "timeout",
        "rejected": True,
        "problems": [],
        "input_tokens": 1000,
        "output_tokens": 100,
        "cost_usd": "0.012",
        "latency_s": 6.1235,
        "order": [{"model": "claude-sonnet-5-5", "why": "position 1 in the chain"}],
        "attempts": [
            {
                "model": "claude-sonnet-5-5",
                "reason": "timeout",
                "detail": "slow",
                "latency_s": 4.0,
                "retry_after_s": None,
                "billed": False,
                "called": True,
            }
        ],
    }
    assert SavedCall.model_validate_json(saved.model_dump_json()) == saved


def test_a_call_that_runs_beside_the_answer_counts_at_its_worst_case_until_it_has_ended() -> None:
    spending = Spending()
    for model in ("late", "quick"):
        spending.begin(model)
    spending.end("quick", Decimal("0.001"))
    for model in ("late", "quick"):
        spending.count_at_most(model, Decimal("0.05"))
    assert spending.usd == Decimal("0.051"), "the quick one has ended"
    spending.end("late", Decimal("0.003"))
    assert spending.usd == Decimal("0.004")


def test_a_record_that_is_kept_for_another_process_tells_the_same_cost_there() -> None:
    kept = TypeAdapter(CallRecord)
    route = RouteRecord(spending=Spending(Decimal("0.012")))
    record = kept.validate_json(kept.dump_json(metrics("a", route=route)))
    assert record.route.cost_usd == Decimal("0.012")
