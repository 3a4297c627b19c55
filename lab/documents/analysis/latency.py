"""The latency section: seconds by stage, local against cloud, and the client's questions on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analyst.budget.prices import load_prices
from analyst.core.agents import AGENTS, EMBEDDED_MODEL
from lab.documents.analysis.answered import Answered, role_of
from lab.documents.analysis.criteria import GOALS
from lab.loadtest.written import percent, seconds, usd

_NAMES = {
    "prepare": "reading and profiling the table",
    "agents": "the four agents",
    "compose": "charts and report",
    "whole": "**the whole pipeline**",
}
ACCEPTABLE_TIMES = 2.0
"""A slow analysis is acceptable up to so many times the client's goal for the average: people wait for a report."""


def by_stage(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """The seconds of each stage and agent, the whole pipeline last."""
    order = ["prepare", "agents", *AGENTS, "compose", "whole"]
    rows = []
    for name in (name for name in order if name in content["stages_s"]):
        spread = content["stages_s"][name]
        told = _NAMES.get(name) or f"· {role_of(name)}"
        rows.append({"name": told} | {key: seconds(spread[key]) for key in ("mean", "p50", "p95", "p99", "max")})
    return rows


def questions(content: Mapping[str, Any]) -> list[Answered]:
    """The client's five questions on latency."""
    return [
        Answered("Which agent is slowest?", _slowest(content)),
        Answered("Is the 8-second average met?", _average(content)),
        Answered("Are p95 and p99 acceptable?", _slow_ones(content)),
        Answered("Which agents could run in parallel?", _parallel(content)),
        Answered("How do local and cloud differ?", _comparison(content)),
    ]


def _slowest(content: Mapping[str, Any]) -> str:
    spreads = {name: content["stages_s"][name] for name in AGENTS if name in content["stages_s"]}
    name = max(spreads, key=lambda agent: spreads[agent]["mean"])
    whole = content["stages_s"]["whole"]["mean"]
    return (
        f"The **{role_of(name)}**: {seconds(spreads[name]['mean'])} s on average, "
        f"{percent(spreads[name]['mean'] / whole if whole else None, 0)} of the pipeline, and "
        f"{seconds(spreads[name]['p95'])} s "
        "at p95. Its models are the largest and nothing runs in parallel with it."
    )


def _average(content: Mapping[str, Any]) -> str:
    summary = content["summary"]
    met = summary["avg_latency_s"] < GOALS["latency_s"]
    return (
        f"**{'Yes' if met else 'No'}**: {seconds(summary['avg_latency_s'])} s on average. "
        f"{percent(summary['within_target_rate'])} of the analyses finish within {GOALS['latency_s']:g} s."
    )


def _slow_ones(content: Mapping[str, Any]) -> str:
    summary, limit = content["summary"], ACCEPTABLE_TIMES * GOALS["latency_s"]
    fits = {name: summary[f"{name}_latency_s"] <= limit for name in ("p95", "p99")}
    told = "**Yes, for a report**" if all(fits.values()) else "**p95 only**" if fits["p95"] else "**No**"
    return (
        f"{told}: p95 is {seconds(summary['p95_latency_s'])} s, p99 {seconds(summary['p99_latency_s'])} s and the "
        f"longest {seconds(summary['max_latency_s'])} s. People wait for a report, so we accept up to {limit:g} s, "
        "twice the goal for the average. The slow ones waited for a provider that failed or was slow while it "
        "answered."
    )


def _parallel(content: Mapping[str, Any]) -> str:
    saving, mean = content["parallel"], content["summary"]["avg_latency_s"]
    share = percent(saving["saved_s"] / mean) if saving["saved_s"] and mean else "-"
    return (
        "The **Data Profiler** could run beside the **Query Interpreter** and the **Insight Generator**, and does: its "
        "review is for the Report Writer, who needs all results. In this run, the three take "
        f"{seconds(saving['in_turn_s'])} s on average one after the other and "
        f"{seconds(saving['side_by_side_s'])} s in parallel: **{seconds(saving['saved_s'])} s saved per analysis** "
        f"({share} of its latency)."
    )


_PLACES = ("local model (free)", "rule-based analyst (free)", "cloud")
FEW_CALLS = 20
"""Fewer calls than this give no mean to compare."""


def _place_of(model: str) -> str:
    """Whether a model runs at home for nothing, in the gateway by rules, or in the cloud: one of _PLACES."""
    if model == EMBEDDED_MODEL:
        return _PLACES[1]
    return _PLACES[0] if load_prices().is_free(model) else _PLACES[2]


def _by_place(content: Mapping[str, Any]) -> dict[str, tuple[int, float, float]]:
    """Calls, their seconds and their USD by place."""
    found = dict.fromkeys(_PLACES, (0, 0.0, 0.0))
    for model, group in content["by_model"].items():
        calls, taken, cost = found[_place_of(model)]
        taken += group["latency_s"]["mean"] * group["calls"]
        found[_place_of(model)] = (calls + group["calls"], taken, cost + group["cost_usd"])
    return found


def local_calls(content: Mapping[str, Any]) -> int:
    """The calls that a local model answered in the test and in its experiments."""
    fixed = fixed_order(content)
    return sum(_by_place(one)[_PLACES[0]][0] for one in (content, fixed) if one)


def places(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """The table of local and cloud models."""
    return [
        {
            "name": name,
            "calls": f"{calls:,}",
            "mean": seconds(taken / calls if calls else None),
            "each": usd(cost / calls if calls else None),
        }
        for name, (calls, taken, cost) in _by_place(content).items()
    ]


def fixed_order(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The side of the experiments that asked in the fixed order, where a local model comes first; None if there is
    none."""
    switch = content.get("experiments", {}).get("rows", {}).get("routing")
    return switch["before"] if switch and "by_model" in switch["before"] else None


def _comparison(content: Mapping[str, Any]) -> str:
    """What the tables of places let one say of local against cloud."""
    found = _by_place(content)
    told = ["Times run from the request and include earlier attempts that failed."]
    if found[_PLACES[1]][0]:
        told.append("The rule-based analyst itself answers immediately, but it is asked last, after every other model.")
    if found[_PLACES[0]][0] < FEW_CALLS and (fixed := fixed_order(content)):
        found = _by_place(fixed)
    (local, local_s, _), _, (cloud, cloud_s, cloud_usd) = found.values()
    if local < FEW_CALLS or not cloud:
        told.append(f"With {local} calls to a local model, there is too little data to compare it with the cloud.")
    else:
        times = (local_s / local) / (cloud_s / cloud)
        told.append(
            f"A call to the local model took **{times:.1f} times as long** as a call to the cloud. It costs nothing, "
            f"while a cloud call cost {usd(cloud_usd / cloud)} on average across all agents."
        )
    told.append(
        "A local model keeps the description of the table inside your network and costs nothing, so it is the Data "
        "Profiler's primary in the fixed order. Dynamic routing prefers a cloud model as long as it is faster and "
        "spending is on plan."
    )
    return " ".join(told)
