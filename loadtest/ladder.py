"""Throughput at rising concurrency against the ideal: where the platform stops keeping up, and what is full then.

With c analyses under way, each waiting for its providers for w seconds on the longest path through the agents (the
first two side by side), no platform can finish more than c / w a second. w is the mean that the router measured with
one analysis at a time, so that a busy processor can't lower the ideal that it is held against.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from loadtest.experiments import Run, about
from loadtest.running import Options

RUNGS = (1, 2, 4, 8, 16)
FEWEST, EACH = 16, 6
"""Requests of a rung: at least FEWEST, and EACH for every analysis under way, so that start and end weigh little."""
GOAL = 0.9
FULL = 0.9
"""Share of all cores from which on the machine counts as full."""


def provider_wait_s(line: Mapping[str, Any]) -> float:
    """Seconds that a request waited for its providers on the longest path through its agents.

    Where several models planned side by side the sum is too much, so it is never more than the agents' whole stage.
    """
    taken: dict[str, float] = {}
    for call in line["calls"]:
        taken[call["agent"]] = taken.get(call["agent"], 0.0) + call["latency_s"]
    first = max(taken.pop("data_profiler", 0.0), taken.pop("query_interpreter", 0.0))
    return float(min(first + sum(taken.values()), line["stages"].get("agents", math.inf)))


def steady_throughput(lines: Sequence[Mapping[str, Any]], concurrency: int) -> float | None:
    """Analyses finished a second while every place was taken and warm; None for too few.

    That is from when the first `concurrency` requests were done, which load and start what is needed once, until the
    last request began.
    """
    ordered = sorted(lines, key=lambda line: line["started_s"])
    ends = [line["started_s"] + line["latency_s"] for line in ordered]
    if len(ends) <= concurrency:
        return None
    since, until = max(ends[:concurrency]), ordered[-1]["started_s"]
    done = sum(since < end <= until for end in ends)
    return round(done / (until - since), 4) if done else None


def climb(options: Options, run: Run, rungs: Sequence[int] = RUNGS) -> Iterator[dict[str, Any]]:
    """Measure each rung with `options`; the section after each one. The first rung gives the ideal's wait."""
    rows: list[dict[str, Any]] = []
    for concurrency in sorted({1, *rungs}):
        asked = replace(
            options,
            concurrency=concurrency,
            processes=min(options.processes, concurrency),
            requests=max(FEWEST, EACH * concurrency),
        )
        rows.append(rung(run(asked), concurrency, rows[0]["provider_wait_s"] if rows else None))
        yield {"rows": list(rows), "goal": GOAL, "full": FULL, "about": about(options)}


def rung(content: Mapping[str, Any], concurrency: int, wait_s: float | None) -> dict[str, Any]:
    """One rung's figures; `wait_s` is the ideal's wait (None: this rung's own)."""
    lines = [line for line in content["requests"] if line["success"]]
    own = sum(map(provider_wait_s, lines)) / len(lines) if lines else 0.0
    ideal = concurrency / (wait_s or own) if wait_s or own else None
    found = steady_throughput(lines, concurrency)
    return {
        "concurrency": concurrency,
        "requests": len(content["requests"]),
        "failed": len(content["requests"]) - len(lines),
        "provider_wait_s": round(own, 4),
        "p50_latency_s": content["summary"]["p50_latency_s"],
        "ideal_per_s": round(ideal, 4) if ideal else None,
        "throughput_per_s": found,
        "share_of_ideal": round(found / ideal, 4) if found and ideal else None,
        "cpu": content.get("cpu"),
    }
