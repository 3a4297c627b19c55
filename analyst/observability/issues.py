"""What in a summary needs attention: spending over the budget, analyses over the time target, models that fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

LOW_SUCCESS = 0.9
HIGH_REJECTION = 0.2
HIGH_DEGRADED = 0.2
ENOUGH_CALLS = 10
"""Fewer calls than this say nothing about a model's reliability."""
SENTENCES = {
    "over_budget": "Today's spending of ${spent_usd} exceeds the budget of ${budget_usd}.",
    "over_soft_budget": (
        "Today's spending exceeds the soft limit of ${soft_budget_usd}: cheaper models are preferred."
    ),
    "day_end_over_budget": (
        "At the rate of the last 24 hours, today will cost ${day_end_usd:.2f}: more than the budget of ${budget_usd}."
    ),
    "projected_over_budget": (
        "{runs} analyses per day would cost ${projected_usd:.2f}, which exceeds the budget of ${budget_usd}."
    ),
    "slow_runs": "An analysis takes {p95_s:.1f} s (p95), longer than the target of {target_s:g} s.",
    "slowest_stage": "The slowest stage is {agent} at {p95_s:.1f} s (p95).",
    "failing_model": "{model} answers only {success_rate:.1%} of its calls.",
    "rejected_replies": "{rejection_rate:.1%} of the replies from {model} were rejected.",
    "degraded_runs": "{run_share:.1%} of the runs needed the rule-based analyst.",
    "lost_runs": "{lost} of {runs} runs failed or were interrupted.",
}
"""What a person reads of each kind of issue, with its figures filled in."""


@dataclass(frozen=True)
class Issue:
    """One thing that needs attention: `kind` is a key of SENTENCES, `figures` are what its sentence names.

    Money is in USD, times in seconds (`_s`), rates and shares are fractions.
    """

    kind: str
    figures: Mapping[str, str | int | float | Decimal]

    @property
    def text(self) -> str:
        """The issue as a sentence."""
        return SENTENCES[self.kind].format(**self.figures)

    def record(self) -> dict[str, Any]:
        """`kind`, `figures` and `text`, as `--json` and exports hold them."""
        return {"kind": self.kind, "figures": dict(self.figures), "text": self.text}


def issues(summary: Mapping[str, Any], budget: Mapping[str, Any]) -> tuple[Issue, ...]:
    """The issues of a summary and a budget, the budget's first."""
    return (*_of_budget(budget), *_of_time(summary), *_of_models(summary), *_of_runs(summary))


def _of_budget(budget: Mapping[str, Any]) -> Iterator[Issue]:
    if not budget["compliant"]:
        yield Issue("over_budget", {name: budget[name] for name in ("spent_usd", "budget_usd")})
    elif not budget["within_soft"]:
        yield Issue("over_soft_budget", {"soft_budget_usd": budget["soft_budget_usd"]})
    if budget["compliant"] and not budget["day_end_compliant"]:
        yield Issue("day_end_over_budget", {name: budget[name] for name in ("day_end_usd", "budget_usd")})
    if budget["projected_compliant"] is False:
        runs, projected = budget["expected_daily_requests"], budget["projected_day_usd"]
        figures = {"runs": runs, "projected_usd": projected, "budget_usd": budget["budget_usd"]}
        yield Issue("projected_over_budget", figures)


def _of_time(summary: Mapping[str, Any]) -> Iterator[Issue]:
    latency = summary["latency"]
    if latency["p95"] is None or latency["p95"] <= latency["target_s"]:
        return
    yield Issue("slow_runs", {"p95_s": latency["p95"], "target_s": latency["target_s"]})
    slowest = max(summary["agents"], key=lambda row: row["p95"] or 0.0, default=None)
    if slowest is not None and slowest["p95"] is not None:
        yield Issue("slowest_stage", {"agent": slowest["agent_name"], "p95_s": slowest["p95"]})


def _of_models(summary: Mapping[str, Any]) -> Iterator[Issue]:
    for row in summary["models"]:
        if row["calls"] < ENOUGH_CALLS:
            continue
        if row["success_rate"] < LOW_SUCCESS:
            yield Issue("failing_model", {"model": row["model_used"], "success_rate": row["success_rate"]})
        if row["rejection_rate"] > HIGH_REJECTION:
            yield Issue("rejected_replies", {"model": row["model_used"], "rejection_rate": row["rejection_rate"]})


def _of_runs(summary: Mapping[str, Any]) -> Iterator[Issue]:
    share = summary["degraded"]["run_share"]
    if share is not None and share > HIGH_DEGRADED:
        yield Issue("degraded_runs", {"run_share": share})
    lost = summary["runs"].get("failed", 0) + summary["runs"].get("interrupted", 0)
    if lost:
        yield Issue("lost_runs", {"lost": lost, "runs": summary["runs"]["total"]})
