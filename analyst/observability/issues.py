"""What in a summary needs attention: spending over the budget, analyses over the time target, models that fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LOW_SUCCESS = 0.9
HIGH_REJECTION = 0.2
HIGH_DEGRADED = 0.2
ENOUGH_CALLS = 10
"""Fewer calls than this say nothing about a model's reliability."""


def issues(summary: Mapping[str, Any], budget: Mapping[str, Any]) -> list[dict[str, str]]:
    """`kind` (over_budget, slow, failing) and `text` of each issue, the budget's first."""
    found = (("over_budget", _of_budget(budget)), ("slow", _of_time(summary)), ("failing", _of_models(summary)))
    return [{"kind": kind, "text": text} for kind, texts in found for text in texts]


def _of_budget(budget: Mapping[str, Any]) -> Iterator[str]:
    if not budget["compliant"]:
        yield f"Today's spending of ${budget['spent_usd']} exceeds the budget of ${budget['budget_usd']}."
    elif not budget["within_soft"]:
        yield f"Today's spending exceeds the soft limit of ${budget['soft_budget_usd']}: cheaper models are preferred."
    if budget["projected_compliant"] is False:
        yield (
            f"{budget['expected_daily_requests']} analyses per day would cost ${budget['projected_day_usd']:.2f}, "
            f"which exceeds the budget of ${budget['budget_usd']}."
        )


def _of_time(summary: Mapping[str, Any]) -> Iterator[str]:
    latency = summary["latency"]
    if latency["p95"] is not None and latency["p95"] > latency["target_s"]:
        yield f"An analysis takes {latency['p95']:.1f} s (p95), longer than the target of {latency['target_s']:g} s."
        slowest = max(summary["agents"], key=lambda row: row["p95"] or 0.0, default=None)
        if slowest is not None and slowest["p95"] is not None:
            yield f"The slowest stage is {slowest['agent_name']} at {slowest['p95']:.1f} s (p95)."


def _of_models(summary: Mapping[str, Any]) -> Iterator[str]:
    for row in summary["models"]:
        if row["calls"] < ENOUGH_CALLS:
            continue
        if row["success_rate"] < LOW_SUCCESS:
            yield f"{row['model_used']} answers only {row['success_rate']:.1%} of its calls."
        if row["rejection_rate"] > HIGH_REJECTION:
            yield f"{row['rejection_rate']:.1%} of the replies from {row['model_used']} were rejected."
    share = summary["degraded"]["run_share"]
    if share is not None and share > HIGH_DEGRADED:
        yield f"{share:.1%} of the runs needed the rule-based analyst."
    lost = summary["runs"].get("failed", 0) + summary["runs"].get("interrupted", 0)
    if lost:
        yield f"{lost} of {summary['runs']['total']} runs failed or were interrupted."
