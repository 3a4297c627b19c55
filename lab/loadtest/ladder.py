"""Throughput at rising concurrency against the ideal: where the platform stops keeping up, and what is full then.

With c analyses under way, each held by its providers for w seconds on the longest path through the agents (the first
two side by side), no platform can finish more than c / w a second, however fast it is. One that takes s seconds of its
own for an analysis can finish c / (w + s) as long as no analysis gets in another's way: that is the ideal, with s as
measured at the first rung. w is each rung's own, since routing chooses other models as it measures them; of the calls'
seconds only those count for which the simulated providers held their answers, so that neither a busy processor nor the
gateway can lower what the platform is held against.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from lab.loadtest.experiments import Run, about
from lab.loadtest.options import Options

RUNGS = (1, 2, 4, 8, 16)
FEWEST, EACH, WARM_UP = 32, 12, 2
"""Requests of a rung: at least FEWEST, and EACH for every analysis under way, so that start and end weigh little;
WARM_UP for every one are made before and not counted."""
GOAL = 0.9
FULL = 0.9
"""Share of all cores from which on the machine counts as full."""

Line = Mapping[str, Any]


def provider_wait_s(line: Line) -> float:
    """Seconds that a request waited for its providers on the longest path through its agents.

    Where several models planned side by side the sum is too much, so it is never more than the agents' whole stage.
    """
    taken: dict[str, float] = {}
    for call in line["calls"]:
        taken[call["agent"]] = taken.get(call["agent"], 0.0) + call["latency_s"]
    review, report = taken.pop("data_profiler", 0.0), taken.pop("report_writer", 0.0)
    return float(min(max(review, sum(taken.values())) + report, line["stages"].get("agents", math.inf)))


def steady(lines: Sequence[Line], concurrency: int) -> tuple[list[Line], float]:
    """The requests that ended while every place was taken and warm, and for how many seconds that was so.

    That is from when the first `concurrency` requests were done, which load and start what is needed once, until the
    last request began.
    """
    ordered = sorted(lines, key=lambda line: line["started_s"])
    ends = [line["started_s"] + line["latency_s"] for line in ordered]
    if len(ends) <= concurrency:
        return [], 0.0
    since, until = max(ends[:concurrency]), ordered[-1]["started_s"]
    return [line for line, end in zip(ordered, ends, strict=True) if since < end <= until], max(until - since, 0.0)


def steady_throughput(lines: Sequence[Line], concurrency: int) -> float | None:
    """Analyses finished a second while every place was taken and warm; None for too few."""
    done, seconds = steady(lines, concurrency)
    return round(len(done) / seconds, 4) if done else None


def held_share(content: Mapping[str, Any]) -> float:
    """The part of the calls' seconds for which simulated providers held their answers; 1 where none are simulated."""
    accounts = content.get("providers", {}).get("providers", {}).values()
    held = sum(account.get("held_s", 0.0) for account in accounts) / content["options"]["speed"]
    took = sum(call["latency_s"] for line in content["requests"] for call in line["calls"])
    return min(held / took, 1.0) if held and took else 1.0


def climb(options: Options, run: Run, rungs: Sequence[int] = RUNGS) -> Iterator[dict[str, Any]]:
    """Measure each rung with `options`; the section after each one."""
    rows: list[dict[str, Any]] = []
    for concurrency in sorted(set(rungs)):
        asked = replace(
            options,
            concurrency=concurrency,
            processes=min(options.processes, concurrency),
            requests=max(FEWEST, EACH * concurrency),
            warm_up=WARM_UP * concurrency,
        )
        rows.append(rung(run(asked), concurrency, rows[0]["own_s"] if rows else None))
        yield {"rows": list(rows), "goal": GOAL, "full": FULL, "about": about(replace(options, requests=FEWEST))}


def rung(content: Mapping[str, Any], concurrency: int, alone_s: float | None = None) -> dict[str, Any]:
    """One rung's figures: seconds, analyses a second, shares; `own_s` is what an analysis takes beside its waiting.

    `alone_s` is that of the first rung (None: this is it).
    """
    lines = [line for line in content["requests"] if line["success"]]
    done = steady(lines, concurrency)[0] or lines
    wait = fmean(map(provider_wait_s, done)) * held_share(content) if done else 0.0
    own = fmean(line["latency_s"] for line in done) - wait if done else 0.0
    bound = concurrency / wait if wait else None
    ideal = concurrency / (wait + (own if alone_s is None else alone_s)) if wait else None
    found = steady_throughput(lines, concurrency)
    return {
        "concurrency": concurrency,
        "requests": len(content["requests"]),
        "failed": len(content["requests"]) - len(lines),
        "provider_wait_s": round(wait, 4),
        "own_s": round(own, 4),
        "p50_latency_s": content["summary"]["p50_latency_s"],
        "bound_per_s": round(bound, 4) if bound else None,
        "ideal_per_s": round(ideal, 4) if ideal else None,
        "throughput_per_s": found,
        "share_of_bound": round(found / bound, 4) if found and bound else None,
        "share_of_ideal": round(found / ideal, 4) if found and ideal else None,
        "cpu": content.get("cpu"),
    }
