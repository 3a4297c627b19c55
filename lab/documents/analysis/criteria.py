"""The client's success criteria: the goal, what was measured, and whether it is met."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from analyst.core.agents import AGENTS
from lab.documents import baseline
from lab.loadtest.written import percent, usd

GOALS = {"latency_s": 8.0, "budget_usd": 20.0, "savings_pct": 60.0, "availability": 0.99, "requests": 50}


def criteria(content: Mapping[str, Any], local_calls: int) -> list[dict[str, Any]]:
    """Every criterion; `local_calls` are the calls that a local model answered."""
    summary = content["summary"]
    return [
        _row("requests", f"≥ {GOALS['requests']}", str(summary["requests"]), summary["requests"] >= GOALS["requests"]),
        _row(
            "cost per day",
            f"< ${GOALS['budget_usd']:.0f}",
            usd(summary["daily_cost_usd"]),
            summary["daily_cost_usd"] < GOALS["budget_usd"],
        ),
        _row(
            "average latency",
            f"< {GOALS['latency_s']:.0f} s",
            f"{summary['avg_latency_s']:.2f} s",
            summary["avg_latency_s"] < GOALS["latency_s"],
        ),
        _row("local backend operational", "≥ 1", f"{local_calls} calls answered by it", local_calls > 0),
        _row(
            "fallbacks trigger when tested",
            "> 0 when providers fail",
            percent(summary["fallback_rate"]),
            bool(summary["fallback_rate"]) or not content["options"]["scenario"],
        ),
        _row("monitoring exports complete metrics", "all requests", _exported(content), _complete(content)),
        *_saved(summary),
        _row(
            "availability",
            f"≥ {percent(GOALS['availability'])}",
            percent(summary["success_rate"]),
            summary["success_rate"] >= GOALS["availability"],
        ),
    ]


def _row(name: str, goal: str, found: str, met: bool) -> dict[str, Any]:
    return {"name": name, "goal": goal, "found": found, "met": met}


def _saved(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    goal = f"≥ {GOALS['savings_pct']:.0f}%"
    by_formula = 100 * (1 - Decimal(str(summary["daily_cost_usd"])) / baseline.DAY_USD)
    same_tokens = summary["savings_vs_naive_pct"] or 0
    return [
        _row("below the naive baseline", goal, f"{by_formula:.1f}%", by_formula >= GOALS["savings_pct"]),
        _row("below GPT-4 for the same tokens", goal, f"{same_tokens}%", same_tokens >= GOALS["savings_pct"]),
    ]


def _exported(content: Mapping[str, Any]) -> str:
    return f"{len(content['requests'])} of {content['options']['requests']} requests"


def _complete(content: Mapping[str, Any]) -> bool:
    wanted = content["options"]["requests"]
    calls = all(line["cached"] or len(line["calls"]) >= len(AGENTS) for line in content["requests"] if line["success"])
    return len(content["requests"]) == wanted and calls
