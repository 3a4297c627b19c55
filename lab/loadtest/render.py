"""analysis.md, made from a result file alone: every figure in it can be made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analyst.budget.prices import BASELINE_MODEL, STRONG_MODEL, load_prices
from analyst.core.agents import AGENTS, EMBEDDED_MODEL
from lab.loadtest.proof import bottleneck, memory_told, remarks, rungs, switches, verdict
from lab.loadtest.statistics import ANALYSES_A_DAY
from lab.loadtest.written import percent, seconds, usd, whole

TEMPLATES = Path(__file__).with_name("templates")
GOALS = {"latency_s": 8.0, "budget_usd": 20.0, "savings_pct": 60.0, "availability": 0.99, "requests": 50}
"""The client's success criteria."""
_NAMES = {
    "prepare": "reading and profiling the table",
    "agents": "the four agents",
    "compose": "charts and report",
    "whole": "**the whole analysis**",
}


def render(content: Mapping[str, Any], source: str) -> str:
    """The Markdown of analysis.md for a result document."""
    environment = Environment(  # noqa: S701 - Markdown, not HTML
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=False
    )
    return environment.get_template("analysis.md.j2").render(**_told(content, source))


def _told(content: Mapping[str, Any], source: str) -> dict[str, Any]:
    summary, cap = content["summary"], float(content.get("books", {}).get("cap_usd", GOALS["budget_usd"]))
    return {
        "source": source,
        "s": summary,
        "o": content["options"],
        "p": content["parallel"],
        "env": content["environment"],
        "created": content["created"],
        "interrupted": content["interrupted"],
        "measured": content["measured"],
        "simulated": content["simulated"],
        "prices": content["prices"],
        "models": ", ".join(content["models"]),
        "day": ANALYSES_A_DAY,
        "cap": cap,
        "naive": BASELINE_MODEL,
        "strong": STRONG_MODEL,
        "price": _price,
        "usd": usd,
        "percent": percent,
        "seconds": seconds,
        "whole": whole,
        "criteria": criteria(content),
        "cost_by_agent": _cost_by_agent(content),
        "cost_by_model": _cost_by_model(content),
        "latency": _latency(content),
        "bottleneck": bottleneck(content),
        "fallbacks": _fallbacks(content),
        "books": content.get("books"),
        "providers": content.get("providers"),
        "failed_attempts": _counts(content.get("books", {}).get("failed", {})) or "none failed",
        "passed_over": _counts(content.get("books", {}).get("passed_over", {})) or "none",
        "places": _places(content),
        "fixed_places": _places(fixed) if (fixed := _fixed_order(content)) else [],
        "comparison": _comparison(content),
        "experiments": _section(content, "experiments", rows=switches, remarks=remarks),
        "throughput": _section(content, "throughput", rows=rungs, verdict=verdict),
        "memory": _section(content, "memory", told=memory_told),
    }


def _price(model: str) -> str:
    """The pinned list price of input and output as text."""
    rates = load_prices().price(model).at(0)
    return f"${rates.input.normalize():f} / ${rates.output.normalize():f}"


def _section(content: Mapping[str, Any], name: str, **told: Callable[[Mapping[str, Any]], Any]) -> Any:
    """What `told` makes of a section, with what it was measured with; None where it was not measured."""
    section = content.get(name)
    return section and {"section": section} | {part: make(section) for part, make in told.items()}


def criteria(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The client's criteria, what was found, and whether each is met."""
    summary = content["summary"]
    found = [
        ("requests", f"≥ {GOALS['requests']}", str(summary["requests"]), summary["requests"] >= GOALS["requests"]),
        (
            "cost per day",
            f"< ${GOALS['budget_usd']:.0f}",
            usd(summary["daily_cost_usd"]),
            summary["daily_cost_usd"] < GOALS["budget_usd"],
        ),
        (
            "mean latency",
            f"< {GOALS['latency_s']:.0f} s",
            f"{summary['avg_latency_s']:.2f} s",
            summary["avg_latency_s"] < GOALS["latency_s"],
        ),
        (
            "fallbacks trigger",
            "> 0 when providers fail",
            percent(summary["fallback_rate"]),
            bool(summary["fallback_rate"]) or not content["options"]["scenario"],
        ),
        ("metrics exported", "complete", f"{len(content['requests'])} requests", _complete(content)),
        (
            "savings compared with GPT-4 for everything",
            f"≥ {GOALS['savings_pct']:.0f}%",
            f"{summary['savings_vs_naive_pct']}%",
            (summary["savings_vs_naive_pct"] or 0) >= GOALS["savings_pct"],
        ),
        (
            "availability",
            f"≥ {percent(GOALS['availability'])}",
            percent(summary["success_rate"]),
            summary["success_rate"] >= GOALS["availability"],
        ),
    ]
    return [dict(zip(("name", "goal", "found", "met"), row, strict=True)) for row in found]


def _complete(content: Mapping[str, Any]) -> bool:
    wanted = content["options"]["requests"]
    calls = all(line["cached"] or len(line["calls"]) >= len(AGENTS) for line in content["requests"] if line["success"])
    return len(content["requests"]) == wanted and calls


def _cost_by_agent(content: Mapping[str, Any]) -> list[dict[str, str]]:
    total = sum(group["cost_usd"] for group in content["agents"].values())
    return [
        {
            "name": name.replace("_", " "),
            "each": usd(content["agents"][name]["cost_per_request_usd"]),
            "daily": usd(content["agents"][name]["cost_per_request_usd"] * ANALYSES_A_DAY),
            "share": percent(content["agents"][name]["cost_usd"] / total if total else None),
        }
        for name in AGENTS
        if name in content["agents"]
    ]


def _cost_by_model(content: Mapping[str, Any]) -> list[dict[str, str]]:
    calls = sum(group["calls"] for group in content["by_model"].values())
    ordered = sorted(content["by_model"].items(), key=lambda item: -item[1]["cost_usd"])
    return [
        {
            "name": name,
            "calls": f"{group['calls']:,}",
            "share": percent(group["calls"] / calls),
            "input": f"{group['input_tokens']:,}",
            "output": f"{group['output_tokens']:,}",
            "cost": usd(group["cost_usd"]),
            "each": usd(group["cost_usd"] / group["calls"]),
        }
        for name, group in ordered
    ]


def _latency(content: Mapping[str, Any]) -> list[dict[str, str]]:
    order = ["prepare", "agents", *AGENTS, "compose", "whole"]
    rows = []
    for name in (name for name in order if name in content["stages_s"]):
        spread = content["stages_s"][name]
        told = _NAMES.get(name, f"· {name.replace('_', ' ')}")
        rows.append({"name": told} | {key: seconds(spread[key]) for key in ("mean", "p50", "p95", "p99", "max")})
    return rows


def _fallbacks(content: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "name": name.replace("_", " "),
            "calls": str(content["agents"][name]["calls"]),
            "rate": percent(content["agents"][name]["fallback_rate"]),
            "failed": _counts(content["agents"][name]["failed_attempts"]) or "none",
            "reasons": _counts(content["agents"][name]["fallback_reasons"]) or "the policy's order",
        }
        for name in AGENTS
        if name in content["agents"]
    ]


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counted.items())


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


def _places(content: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "calls": f"{calls:,}",
            "mean": seconds(taken / calls if calls else None),
            "each": usd(cost / calls if calls else None),
        }
        for name, (calls, taken, cost) in _by_place(content).items()
    ]


def _fixed_order(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
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
    if found[_PLACES[0]][0] < FEW_CALLS and (fixed := _fixed_order(content)):
        found = _by_place(fixed)
    (local, local_s, _), _, (cloud, cloud_s, cloud_usd) = found.values()
    if local < FEW_CALLS or not cloud:
        told.append(f"With {local} calls to a local model, there is too little data to compare it with the cloud.")
    else:
        times = (local_s / local) / (cloud_s / cloud)
        told.append(
            f"A call to the local model took {times:.1f} times as long as a call to the cloud. It costs nothing, while "
            f"a cloud call cost {usd(cloud_usd / cloud)} on average across all agents."
        )
    told.append(
        "A local model keeps the description of the table inside your network and costs nothing, so it is the Data "
        "Profiler's primary in the fixed order. Dynamic routing prefers a cloud model as long as it is faster and "
        "spending is on plan."
    )
    return " ".join(told)
