"""The cost section: what the test and a day cost, by agent and by model, and the client's questions on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analyst.budget.prices import load_prices
from analyst.core.agents import AGENTS
from analyst.core.text import listed
from lab.documents.analysis.answered import Answered, calls_by_model_of, cost_by_model_of, role_of
from lab.documents.analysis.quality import movable, moves
from lab.documents.document import needs
from lab.loadtest.statistics import ANALYSES_A_DAY
from lab.loadtest.written import percent, usd


def totals(content: Mapping[str, Any], cap: float) -> list[tuple[str, str]]:
    """The rows of the first table."""
    summary = content["summary"]
    day = summary["daily_cost_usd"]
    return [
        ("Test requests processed", f"{summary['requests']:,}"),
        ("Total cost of the test", usd(summary["cost_per_request_usd"] * summary["requests"])),
        (f"Projected cost per day ({ANALYSES_A_DAY} requests)", usd(day)),
        ("Budget limit per day", f"${cap:g}"),
        ("Budget compliance", f"{'yes' if day < cap else '**no**'} ({percent(day / cap)} of the budget)"),
        ("Cost per request", usd(summary["cost_per_request_usd"])),
    ]


def by_agent(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """The cost of each agent; `models` are those that answered most of its calls, with their shares."""
    total = _total(content)
    return [
        {
            "name": role_of(name),
            "requests": f"{group['calls']:,}",
            "models": _models(content, name),
            "cost": usd(group["cost_usd"]),
            "share": percent(group["cost_usd"] / total if total else None),
            "daily": usd(group["cost_per_request_usd"] * ANALYSES_A_DAY),
        }
        for name, group in _groups(content)
    ]


def by_model(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """The cost of each model, the dearest first."""
    total = _total(content)
    ordered = sorted(content["by_model"].items(), key=lambda item: -item[1]["cost_usd"])
    return [
        {
            "name": name,
            "requests": f"{group['calls']:,}",
            "input": f"{group['input_tokens']:,}",
            "output": f"{group['output_tokens']:,}",
            "cost": usd(group["cost_usd"]),
            "share": percent(group["cost_usd"] / total if total else None),
            "each": usd(group["cost_usd"] / group["calls"]),
        }
        for name, group in ordered
    ]


def questions(content: Mapping[str, Any]) -> list[Answered]:
    """The client's four questions on cost."""
    return [
        Answered("Which agent contributes most to the cost, and why?", _most(content)),
        Answered("Is any agent over-provisioned (an expensive model for a simple task)?", _over_provisioned(content)),
        Answered("Could any agent move to a cheaper backend without loss of quality?", movable(content)),
        Answered("Which is the most expensive model, and is it justified?", _dearest(content)),
    ]


def _groups(content: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, content["agents"][name]) for name in AGENTS if name in content["agents"]]


def _total(content: Mapping[str, Any]) -> float:
    return float(sum(group["cost_usd"] for _, group in _groups(content)))


def _models(content: Mapping[str, Any], agent: str) -> str:
    counted = calls_by_model_of(content, agent)
    return ", ".join(f"{model} ({percent(n / counted.total(), 0)})" for model, n in counted.most_common(3))


def _most(content: Mapping[str, Any]) -> str:
    name, group = max(_groups(content), key=lambda item: item[1]["cost_usd"])
    total = _total(content)
    if not total:
        return "None: all calls were free."
    spent, counted = cost_by_model_of(content, name), calls_by_model_of(content, name)
    model, cost = spent.most_common(1)[0]
    return (
        f"The **{role_of(name)}**: {usd(group['cost_usd'])} of {usd(total)} ({percent(group['cost_usd'] / total)}). "
        f"{usd(cost)} of that is {model}, which answered {percent(counted[model] / counted.total())} of its calls at "
        f"{usd(cost / counted[model])} each. Its other calls cost "
        f"{usd((group['cost_usd'] - cost) / max(1, counted.total() - counted[model]))} each."
    )


def _over_provisioned(content: Mapping[str, Any]) -> str:
    """An agent is over-provisioned where its task is simple and its call costs more than the mean call."""
    mean = _total(content) / max(1, sum(group["calls"] for _, group in _groups(content)))
    each = {name: group["cost_usd"] / group["calls"] for name, group in _groups(content)}
    told = needs()
    simple = [name for name in each if told[name]["complexity"] == "low"]
    over = [name for name in simple if each[name] > mean]
    costs = listed([f"the {role_of(name)} ({usd(each[name])} per call)" for name in simple])
    dearest = max(each, key=lambda name: each[name])
    verdict = (
        f"**Yes: {listed([role_of(name) for name in over])}.**" if over else "**No.** Simple tasks use cheap models."
    )
    return (
        f"{verdict} The agents with a simple task: {costs}. The mean call costs {usd(mean)}. The most expensive calls "
        f"are those of the {role_of(dearest)} ({usd(each[dearest])}), a task of {told[dearest]['complexity']} "
        "complexity. The next question says what a cheaper model would change there."
    )


def _dearest(content: Mapping[str, Any]) -> str:
    prices = load_prices()
    name, group = max(content["by_model"].items(), key=lambda item: prices.price(item[0]).output)
    served = [agent for agent, _ in _groups(content) if calls_by_model_of(content, agent)[name]]
    total, share = _total(content), group["calls"] / sum(one["calls"] for one in content["by_model"].values())
    day = group["cost_usd"] / content["summary"]["requests"] * ANALYSES_A_DAY
    told = (
        f"**{name}**, at {usd(group['cost_usd'] / group['calls'])} per call. It answered {percent(share)} of the calls "
        f"(for the {listed([role_of(agent) for agent in served])}) and took "
        f"{percent(group['cost_usd'] / total if total else None)} of the cost, {usd(day)} per day."
    )
    rank = {move.model: move for move in moves(content)}
    if name not in rank:
        return (
            f"{told} It was a fallback here, not a primary model: justified while the cheaper models were unavailable."
        )
    return (
        f"{told} It is the {role_of(rank[name].agent)}'s primary in the fixed order, because people read that text as "
        "it stands, and code can check its numbers but not its style. **Justified only for the style**: a cheaper "
        "model's accepted replies give the same numbers (see the question above), so dynamic routing uses it rarely."
    )
