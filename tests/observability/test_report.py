"""The report's text, and what it points at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from analyst.answers.cache.answer_cache import AnswerCache
from analyst.observability.issues import issues
from analyst.observability.report import claim_lines, report_text
from monitoring import PerformanceMonitor
from tests.recorded import NOON, Clock, metrics, record_a_day


@pytest.mark.parametrize("width", [60, 80, 110, 200])
def test_at_any_width_names_and_costs_are_readable_and_columns_line_up(watched: PerformanceMonitor, width: int) -> None:
    record_a_day(watched)
    text = report_text(watched.get_report(), ("agent", "model"), width)
    table = text.split("\n\n")[1].splitlines()
    assert [line.split()[0] for line in table[2:]] == ["claude-sonnet-5-5", "embedded-analyst"]
    assert "$0.006000" in table[2]
    assert max(map(len, table)) <= max(width, 80)
    assert len({line.index(cell) + len(cell) for line, cell in ((table[0], "cost"), (table[2], "$0.006000"))}) == 1


def test_money_and_time_of_every_kind_are_in_the_report(watched: PerformanceMonitor) -> None:
    record_a_day(watched)
    text = report_text(watched.get_report(), ("agent", "model", "day"), 110)
    for told in (
        "2026-11-23",
        "p95 10.00 s",
        "gpt-4's list price",
        "escalated 0",
        "failover time p50",
        "analyses, OVER the budget",
    ):
        assert told in text


def test_degraded_answers_are_told_by_agent_and_by_reason(watched: PerformanceMonitor) -> None:
    embedded: dict[str, Any] = {"model_used": "embedded-analyst", "cost_usd": Decimal(0)}
    watched.record_request(metrics("a"))
    assert "by agent" not in report_text(watched.get_report(), ("agent",), 110)
    for id, agent, reason in (
        ("b", "report_writer", "timeout"),
        ("c", "report_writer", None),
        ("d", "judge", "timeout"),
    ):
        watched.record_request(metrics(id, **embedded, agent_name=agent, fallback_reason=reason))
    watched.record_request(metrics("e", **embedded, success=False, error_reason="rejected"))
    text = report_text(watched.get_report(), ("agent",), 110)
    assert "the rule-based analyst gave 3 of 4 accepted answers (75.0%)" in text
    assert "by agent: 2 report_writer, 1 judge; by reason: 2 timeout, 1 asked first" in text


def test_what_kept_answers_saved_is_in_the_report_once_a_question_was_looked_up(watched: PerformanceMonitor) -> None:
    record_a_day(watched)
    assert "Cache" not in report_text(watched.get_report(), ("agent",), 110)
    cache = AnswerCache(lambda: watched.store, size=10, ttl_s=60)
    for run_id, tier, saved in (("r1", 0, "0"), ("r2", 1, "0.002"), ("r3", 3, "0.001"), ("r4", 2, "0.001")):
        cache.record(run_id, tier, kept=None, saved_usd=Decimal(saved), saved_s=2.0 if tier else 0.0)
    text = report_text(watched.get_report(), ("agent",), 110)
    assert "3 of 4 questions answered from the cache (75.0%): 1 with the same words, 2 with the same meaning" in text
    assert "saved $0.004000 and 6.00 s" in text


def test_a_cost_that_was_not_believed_is_in_the_report_and_in_the_budget(watched: PerformanceMonitor) -> None:
    record_a_day(watched)
    assert "Disputed" not in report_text(watched.get_report(), ("agent",), 110)
    for id, claimed in (("c1", "5"), ("c2", "999999")):
        disputed = metrics(
            id, model_used="groq-gpt-oss-20b", cost_usd=Decimal("0.000128"), claimed_usd=Decimal(claimed)
        )
        watched.record_request(disputed)
    told = (
        "Disputed  groq-gpt-oss-20b: the provider claims $5.00 to $999,999.00 each for 2 calls; $0.000256 was booked at "
        "the pinned price"
    )
    assert told in report_text(watched.get_report(), ("agent",), 110)
    assert claim_lines(watched.check_budget_compliance()["claims"]) == [told]


def kinds(watched: PerformanceMonitor) -> list[str]:
    report = watched.get_report()
    return [issue.kind for issue in issues(report["summary"], report["budget"])]


def test_a_calm_day_has_no_issues(watched: PerformanceMonitor) -> None:
    watched.start_run("r1", "Which?", "sales.csv")
    watched.finish_run("r1", "done", 5.0)
    watched.record_request(metrics("a", cost_usd=Decimal("0.001")))
    assert kinds(watched) == []


def test_spending_over_the_budget_is_an_issue_and_so_is_a_day_that_would_be(
    watched: PerformanceMonitor, noon: Clock
) -> None:
    watched.record_request(metrics("a", cost_usd=Decimal("0.85")))
    texts = [issue["text"] for issue in watched.get_report()["issues"]]
    assert texts[0].startswith("Today's spending exceeds the soft limit of $0.80")
    assert texts[1].startswith("At the rate of the last 24 hours, today will cost $4.25:")
    assert texts[2].startswith("500 analyses per day would cost $425.00")
    assert kinds(watched) == ["over_soft_budget", "day_end_over_budget", "projected_over_budget"]
    watched.record_request(metrics("b", cost_usd=Decimal("0.85")))
    assert watched.get_report()["issues"][0]["text"] == "Today's spending of $1.7 exceeds the budget of $1.00."
    noon.now += 30 * 86_400
    assert kinds(watched) == []


def test_slow_runs_failing_models_and_lost_runs_are_issues(watched: PerformanceMonitor) -> None:
    watched.start_run("r1", "Which?", "sales.csv")
    watched.finish_run("r1", "done", 30.0)
    watched.start_run("r2", "Which?", "sales.csv")
    watched.finish_run("r2", "failed", 1.0)
    broken: dict[str, Any] = {"model_used": "groq-gpt-oss-20b", "success": False, "error_reason": "timeout"}
    for number in range(10):
        watched.record_request(metrics(f"a{number}", cost_usd=Decimal(0), rejected=number < 3))
        watched.record_request(metrics(f"b{number}", **broken, cost_usd=Decimal(0), timestamp=NOON))
    report = watched.get_report()
    by_kind = {issue["kind"]: issue["figures"] for issue in report["issues"]}
    assert by_kind["slow_runs"] == {"p95_s": 30.0, "target_s": 8.0}
    assert by_kind["failing_model"] == {"model": "groq-gpt-oss-20b", "success_rate": 0.0}
    assert by_kind["rejected_replies"] == {"model": "claude-sonnet-5-5", "rejection_rate": 0.3}
    assert by_kind["lost_runs"] == {"lost": 1, "runs": 2}
    assert {issue["text"] for issue in report["issues"]} == {
        "An analysis takes 30.0 s (p95), longer than the target of 8 s.",
        "The slowest stage is report_writer at 2.0 s (p95).",
        "30.0% of the replies from claude-sonnet-5-5 were rejected.",
        "groq-gpt-oss-20b answers only 0.0% of its calls.",
        "1 of 2 runs failed or were interrupted.",
    }


def test_every_issue_of_a_report_is_a_kind_with_figures_and_the_sentence_made_of_them() -> None:
    latency, share = {"p95": 9.0, "target_s": 8.0}, {"run_share": 0.5}
    summary = {"latency": latency, "agents": [], "models": [], "degraded": share, "runs": {"total": 4}}
    budget = {"compliant": True, "within_soft": True, "projected_compliant": None, "day_end_compliant": True}
    slow, degraded = issues(summary, budget)
    assert (slow.kind, degraded.kind) == ("slow_runs", "degraded_runs")
    assert degraded.record() == {"kind": "degraded_runs", "figures": share, "text": degraded.text}
    assert degraded.text.startswith("50.0% of the runs needed ")
