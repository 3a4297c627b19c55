"""What the recorded calls and runs come to: the figures of the report, of `--json` and of Prometheus.

The calls are read once, in groups with their sums and their seconds; every table is made of those.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from analyst.budget.compliance import costs
from analyst.core.agents import EMBEDDED_MODEL
from analyst.storage.answers_kept import statistics as kept_statistics
from analyst.storage.consensus import statistics as consensus_statistics
from analyst.storage.database import Store
from analyst.storage.runs import run_latencies
from analyst.storage.slices import EVERYTHING, Slice
from analyst.storage.sums import (
    Key,
    Summed,
    claims,
    percentiles,
    ranked,
    rolled_up,
    run_totals,
    sums_and_spans,
    with_rates,
)

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
LATENCY_BOUNDS_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds between which calls are counted, to see how their times are spread; the last count is of those beyond."""
BY = {"agent": ("agents", "agent_name"), "model": ("models", "model_used"), "day": ("days", "day")}
"""What a report can be grouped by: the summary's table and its column."""
_FINISHED = ("done", "degraded")


def summarise(
    store: Store, of: Slice = EVERYTHING, *, now: float, target_s: float, by: Sequence[str] = tuple(BY)
) -> dict[str, Any]:
    """Everything of a slice.

    Rates are fractions, costs Decimal USD, times seconds; None where nothing was counted. There is a table for each of
    `by`, and always those of agents and models.
    """
    columns = [BY[name][1] for name in dict.fromkeys(("agent", "model", *by))]
    keys = (*columns, "error_reason", "fallback_reason")
    with store.read() as transaction:
        summed = sums_and_spans(transaction, keys, of)
        runs = run_latencies(transaction, now, of)
        of_runs = run_totals(transaction, EMBEDDED_MODEL, of)
        consensus = consensus_statistics(transaction, of)
        claimed = claims(transaction, of)
    parts = summed.sums
    total = with_rates(rolled_up(parts, ())[()])
    tables = {name: _table(summed, columns, column) for name, column in BY.values() if column in columns}
    return {
        "totals": total | _ranks(chain.from_iterable(summed.taken.values())),
        **tables,
        "failures": _reasons(parts, keys.index("error_reason"), "attempts"),
        "fallback_reasons": _reasons(parts, keys.index("fallback_reason"), "fallbacks"),
        "fallbacks": _fallbacks(parts, keys),
        "failover": _ranks(chain.from_iterable(summed.lost.values())),
        "latency": _latency(runs, target_s),
        "runs": {"total": len(runs), **Counter(status for status, _ in runs)},
        "cost": costs(total, of_runs),
        "claims": claimed,
        # A simulation's lookups are not told apart from real ones, so they are told only where everything is real.
        "kept_answers": None if of.scenario else kept_statistics(store, of),
        "degraded": _degraded(parts, keys, of_runs),
        "consensus": consensus,
    }


def _table(summed: Summed, columns: Sequence[str], column: str) -> list[dict[str, Any]]:
    """One row a value of `column`: biggest cost first, days in their order."""
    at = columns.index(column)
    seconds: dict[Any, list[float]] = {}
    for key, taken in summed.taken.items():
        seconds.setdefault(key[at], []).extend(taken)
    rows = [
        {column: key[0]}
        | with_rates(row)
        | _ranks(taken := seconds.get(key[0], []))
        | {"latency_counts": _spread(taken)}
        for key, row in rolled_up(summed.sums, (at,)).items()
    ]
    return sorted(rows, key=lambda row: row["day"]) if column == "day" else ranked(rows, [column])


def _ranks(seconds: Iterable[float]) -> dict[str, float | None]:
    return dict(zip(SHARES, percentiles(seconds, list(SHARES.values())), strict=True))


def _spread(seconds: Iterable[float]) -> list[int]:
    """How many of the `seconds` lie below each of LATENCY_BOUNDS_S, beyond the one before it; then those beyond all."""
    counts = [0] * (len(LATENCY_BOUNDS_S) + 1)
    for taken in seconds:
        counts[bisect_right(LATENCY_BOUNDS_S, taken)] += 1
    return counts


def _fallbacks(parts: Mapping[Key, Mapping[str, Any]], keys: Sequence[str]) -> list[dict[str, Any]]:
    """`agent_name`, `reason` and `count` of the answers that another model than the first gave, most often first."""
    agent, reason = keys.index("agent_name"), keys.index("fallback_reason")
    found: Counter[tuple[str, str]] = Counter()
    for key, part in parts.items():
        if key[reason] is not None and part["fallbacks"]:
            found[key[agent], key[reason]] += part["fallbacks"]
    return [{"agent_name": of, "reason": why, "count": count} for (of, why), count in found.most_common()]


def _reasons(parts: Mapping[Key, Mapping[str, Any]], at: int, counted: str) -> dict[str, int]:
    """How often each reason at place `at` of the key was given, most often first."""
    found: Counter[str] = Counter()
    for key, part in parts.items():
        if key[at] is not None and part[counted]:
            found[key[at]] += part[counted]
    return dict(found.most_common())


def _latency(runs: Sequence[tuple[str, float | None]], target_s: float) -> dict[str, Any]:
    """How long finished analyses took, whole."""
    taken = [seconds for status, seconds in runs if status in _FINISHED and seconds is not None]
    within = sum(seconds <= target_s for seconds in taken) / len(taken) if taken else None
    mean = sum(taken) / len(taken) if taken else None
    about = {"target_s": target_s, "finished_runs": len(taken), "mean_s": mean}
    return about | _ranks(taken) | {"within_target": within}


def _degraded(
    parts: Mapping[Key, Mapping[str, Any]], keys: Sequence[str], of_runs: Mapping[str, Any]
) -> dict[str, Any]:
    """What the embedded analyst answered, for which agents and for what reasons: the share of accepted answers, and of
    the runs it had a part in."""
    agent, model, reason = (keys.index(name) for name in ("agent_name", "model_used", "fallback_reason"))
    accepted, runs = sum(part["accepted"] for part in parts.values()), of_runs["runs"]
    agents: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for key, part in parts.items():
        if key[model] == EMBEDDED_MODEL and part["accepted"]:
            agents[key[agent]] += part["accepted"]
            reasons[key[reason] or "asked first"] += part["accepted"]
    answers = agents.total()
    return {
        "answers": answers,
        "answer_share": answers / accepted if accepted else None,
        "agents": dict(agents.most_common()),
        "reasons": dict(reasons.most_common()),
        "runs": of_runs["with_model"],
        "run_share": of_runs["with_model"] / runs if runs else None,
    }
