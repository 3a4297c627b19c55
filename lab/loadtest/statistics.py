"""The figures of a load test, computed from its request lines alone, so that anybody can compute them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from analyst.budget.prices import BASELINE_MODEL, STRONG_MODEL, Prices
from analyst.storage.sums import percentile
from lab.loadtest.records import STAGES, CallLine, RequestLine

ANALYSES_A_DAY = 500
MONEY_DIGITS = 8


def spread(values: Iterable[float]) -> dict[str, float | int | None]:
    """Count, mean, p50, p95, p99 and maximum."""
    listed = list(values)
    if not listed:
        return {"count": 0, "mean": None, "p50": None, "p95": None, "p99": None, "max": None}
    ranks = {f"p{round(share * 100)}": round(percentile(listed, share), 4) for share in (0.5, 0.95, 0.99)}
    return {"count": len(listed), "mean": round(sum(listed) / len(listed), 4), **ranks, "max": round(max(listed), 4)}


def summary(lines: Sequence[RequestLine], wall_s: float, prices: Prices, target_s: float) -> dict[str, Any]:
    """The summary of a load test that took `wall_s` seconds. Rates are fractions, `*_pct` percent, money USD."""
    done = [line for line in lines if line.success]
    calls = [call for line in lines for call in line.calls]
    taken = spread(line.latency_s for line in done)
    cost = sum(line.cost_usd for line in lines) / len(lines) if lines else 0.0
    naive = naive_costs(done, prices)
    return {
        "requests": len(lines),
        "succeeded": len(done),
        "success_rate": _rate(len(done), len(lines)),
        "degraded_rate": _rate(sum(bool(line.degraded) for line in done), len(done)),
        "degraded_call_rate": _rate(sum(len(line.degraded) for line in done), 4 * len(done)),
        "cached_rate": _rate(sum(line.cached for line in done), len(done)),
        "avg_latency_s": taken["mean"],
        "p50_latency_s": taken["p50"],
        "p95_latency_s": taken["p95"],
        "p99_latency_s": taken["p99"],
        "max_latency_s": taken["max"],
        "within_target_rate": _rate(sum(line.latency_s <= target_s for line in done), len(done)),
        "wall_s": round(wall_s, 3),
        "throughput_per_s": round(len(lines) / wall_s, 4) if wall_s else None,
        "cost_per_request_usd": round(cost, MONEY_DIGITS),
        "daily_cost_usd": round(cost * ANALYSES_A_DAY, 6),
        "savings_vs_naive_pct": _saved(cost, naive["gpt4_same_tokens_usd"]),
        "savings_vs_strong_pct": _saved(cost, naive["strong_same_tokens_usd"]),
        **naive,
        "fallback_rate": _rate(sum(call.fallback for call in calls), len(calls)),
        "rejection_rate": _rate(sum(call.rejected for call in calls), len(calls)),
        "calls": len(calls),
        "tokens_per_request": _tokens(done),
        "max_rss_mb": max((line.rss_mb for line in lines), default=0.0),
        **_consensus(done),
        "errors": dict(Counter(line.error.partition(":")[0] for line in lines if line.error).most_common()),
    }


def _consensus(lines: Sequence[RequestLine]) -> dict[str, Any]:
    """How often each outcome came where several models planned; nothing where none did."""
    outcomes = Counter(line.consensus for line in lines if line.consensus)
    return {"consensus": dict(outcomes.most_common())} if outcomes else {}


def naive_costs(lines: Sequence[RequestLine], prices: Prices) -> dict[str, float | None]:
    """USD a request if the accepted calls' tokens had gone to one model: GPT-4, and today's strong one."""
    if not lines:
        return {"gpt4_same_tokens_usd": None, "strong_same_tokens_usd": None}
    used = [(call.input_tokens, call.output_tokens) for line in lines for call in line.calls if not call.rejected]

    def of(model: str) -> float:
        total = sum((prices.list_cost(model, *tokens) for tokens in used), Decimal(0))
        return round(float(total) / len(lines), MONEY_DIGITS)

    return {"gpt4_same_tokens_usd": of(BASELINE_MODEL), "strong_same_tokens_usd": of(STRONG_MODEL)}


def by_group(lines: Sequence[RequestLine], key: str) -> dict[str, dict[str, Any]]:
    """The calls grouped by `key` ("agent" or "model"): how many, tokens, cost, latency, fallbacks, refused replies."""
    groups: dict[str, list[CallLine]] = {}
    for line in lines:
        for call in line.calls:
            groups.setdefault(getattr(call, key), []).append(call)
    return {name: _group(calls, len(lines)) for name, calls in sorted(groups.items())}


def _group(calls: Sequence[CallLine], requests: int) -> dict[str, Any]:
    cost = sum(call.cost_usd for call in calls)
    reasons = Counter(call.reason for call in calls if call.fallback and call.reason)
    return {
        "calls": len(calls),
        "input_tokens": sum(call.input_tokens for call in calls),
        "output_tokens": sum(call.output_tokens for call in calls),
        "cost_usd": round(cost, MONEY_DIGITS),
        "cost_per_request_usd": round(cost / requests, MONEY_DIGITS) if requests else None,
        "latency_s": spread(call.latency_s for call in calls),
        "fallback_rate": _rate(sum(call.fallback for call in calls), len(calls)),
        "fallback_reasons": dict(reasons.most_common()),
        "failed_attempts": dict(Counter(reason for call in calls for reason in call.failed).most_common()),
        "rejection_rate": _rate(sum(call.rejected for call in calls), len(calls)),
    }


def stages(lines: Sequence[RequestLine]) -> dict[str, dict[str, Any]]:
    """Seconds of each stage, of each agent's calls within it, and of the whole, over successful requests."""
    done = [line for line in lines if line.success]
    told = {stage: spread(line.stages[stage] for line in done if stage in line.stages) for stage in STAGES}
    agents = sorted({call.agent for line in done for call in line.calls})
    for agent in agents:
        told[agent] = spread(
            sum(call.latency_s for call in line.calls if call.agent == agent)
            for line in done
            if any(call.agent == agent for call in line.calls)
        )
    return {**told, "whole": spread(line.latency_s for line in done)}


def parallel_saving(lines: Sequence[RequestLine]) -> dict[str, float | None]:
    """Mean seconds that the review, the plan and the insights take one after the other, and with the review beside the
    other two; and what that saves."""
    pairs = []
    for line in lines:
        taken = [
            sum(call.latency_s for call in line.calls if call.agent == agent)
            for agent in ("data_profiler", "query_interpreter", "insight_generator")
        ]
        if line.success and all(taken):
            pairs.append((sum(taken), max(taken[0], sum(taken[1:]))))
    if not pairs:
        return {"in_turn_s": None, "side_by_side_s": None, "saved_s": None}
    in_turn, beside = (sum(pair[place] for pair in pairs) / len(pairs) for place in (0, 1))
    return {"in_turn_s": round(in_turn, 4), "side_by_side_s": round(beside, 4), "saved_s": round(in_turn - beside, 4)}


def _tokens(lines: Sequence[RequestLine]) -> dict[str, float | None]:
    if not lines:
        return {"input": None, "output": None}
    calls = [call for line in lines for call in line.calls]
    return {
        "input": round(sum(call.input_tokens for call in calls) / len(lines), 1),
        "output": round(sum(call.output_tokens for call in calls) / len(lines), 1),
    }


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _saved(cost: float, naive: float | None) -> float | None:
    return round(100 * (1 - cost / naive), 2) if naive else None
