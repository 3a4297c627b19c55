"""The recommendations, in the form the client asks for; their effect is measured wherever a switch exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.documents.analysis.quality import NOT_MEASURED, Move, moves
from lab.documents.figures import agent_plans
from lab.loadtest.cases import CASES
from lab.loadtest.statistics import ANALYSES_A_DAY
from lab.loadtest.written import change, percent, seconds, usd

UNMEASURED = "not measured here (`python main.py load-test experiments`)"
BATCH_DISCOUNT = 0.5
"""What OpenAI's, Anthropic's and Groq's price lists take off for a batch that is answered within a day."""


@dataclass(frozen=True)
class Recommendation:
    """What is, what could be, what that would change, how hard it is, and whether to do it."""

    title: str
    current: str
    proposed: str
    cost: str
    latency: str
    quality: str
    complexity: str
    verdict: str


def recommendations(content: Mapping[str, Any]) -> list[Recommendation]:
    """The five that the client named."""
    return [_by_difficulty(content), _caching(content), _parallel(content), _local(content), _batching(content)]


def _switch(content: Mapping[str, Any], name: str) -> tuple[str, str]:
    """The measured effect of a switch on cost and on latency."""
    row = content.get("experiments", {}).get("rows", {}).get(name)
    if row is None:
        return UNMEASURED, UNMEASURED
    before, after = row["before"], row["after"]
    cost, latency = ((before[key], after[key]) for key in ("mean_cost_usd", "mean_latency_s"))
    return (
        f"{usd(cost[0])} → {usd(cost[1])} per analysis ({change(*cost)}), measured",
        f"{seconds(latency[0])} → {seconds(latency[1])} s on average ({change(*latency)}), measured",
    )


def _quality_of(content: Mapping[str, Any], agent: str) -> Mapping[str, Any] | None:
    rows = content.get("quality", {}).get("rows", ())
    return next((row for row in reversed(rows) if row["agent"] == agent and row["kind"] == "unusable"), None)


def _kept(content: Mapping[str, Any], agent: str) -> str:
    row = _quality_of(content, agent)
    if row is None:
        return NOT_MEASURED
    own = percent((row["at_once"] + row["repaired"]) / row["analyses"], 0)
    return (
        f"with a model of whose replies {row['share']} are unusable (simulated), {own} of the accepted replies are "
        f"still its own, and {row['right']} of {row['analyses']} answers are right, compared with "
        f"{content['quality']['right_without']} without it"
    )


def _by_difficulty(content: Mapping[str, Any]) -> Recommendation:
    move = next(one for one in moves(content) if one.agent == "report_writer")
    spent = _easy_reports_usd(content, move)
    cheaper = content["by_model"].get(move.cheaper.model if move.cheaper else "")
    dear = content["by_model"].get(move.model)
    faster = (
        f"a call takes {seconds(cheaper['latency_s']['mean'])} s instead of {seconds(dear['latency_s']['mean'])} s "
        "(measured)"
        if cheaper and dear
        else "not measured here: one of the two models was not asked"
    )
    return Recommendation(
        "Routing by the question's complexity",
        "Dynamic routing orders the models by price, speed and accepted replies. It doesn't look at how hard the "
        "question is.",
        "For an easy question (one figure or one group), ask "
        f"{move.cheaper.model if move.cheaper else 'a free model'} before {move.model} for the report.",
        f"{usd(spent)} less per day: what {move.model} cost for reports on the test's easy questions",
        faster,
        _kept(content, move.agent),
        "medium: the rule-based analyst's reading of the question can tell easy from hard",
        "Yes, but it saves little: dynamic routing already gives most reports to cheaper models. Worth it with the "
        "fixed order, where each report goes to the premium model.",
    )


def _easy_reports_usd(content: Mapping[str, Any], move: Move) -> float:
    """USD a day that the mover's primary cost for easy questions."""
    easy = {case.name for case in CASES if case.level == "easy"}
    spent = sum(
        call["cost_usd"]
        for line in content["requests"]
        if line["case"] in easy
        for call in line["calls"]
        if call["agent"] == move.agent and call["model"] == move.model
    )
    return float(spent / len(content["requests"]) * ANALYSES_A_DAY) if content["requests"] else 0.0


def _caching(content: Mapping[str, Any]) -> Recommendation:
    cost, latency = _switch(content, "cache")
    return Recommendation(
        "Caching of repeated questions",
        "On by default. In this load test it was "
        f"{'on' if content['options']['cache'] else 'off, to measure every analysis'}.",
        "Keep it on. A stored answer is only used again if its question means the same and its table has the same "
        "content.",
        cost,
        latency,
        "unchanged: no wrong hit in 12,000 adversarial pairs (lab/benchmarks/README.md)",
        "low: implemented",
        "Yes. It has the largest effect of all switches wherever questions repeat.",
    )


def _parallel(content: Mapping[str, Any]) -> Recommendation:
    cost, latency = _switch(content, "parallel")
    return Recommendation(
        "Parallel execution of independent agents",
        "The Data Profiler runs in parallel with the next two agents (PARALLEL_AGENTS=true).",
        "Keep it on. The other agents need each other's results and can't run in parallel.",
        f"{cost}. The calls are the same, so a difference is chance",
        latency,
        "unchanged: all agents get the same messages",
        "low: implemented",
        "Yes. It costs nothing.",
    )


def _local(content: Mapping[str, Any]) -> Recommendation:
    plan = next(one for one in agent_plans(content) if one.name == "insight_generator")
    spent = content["agents"][plan.name]["cost_per_request_usd"] * ANALYSES_A_DAY
    local = plan.chain.facts["vllm"].seconds(plan.primary.output_tokens)
    return Recommendation(
        "Another agent on local infrastructure",
        "Only the Data Profiler has a local primary. The Query Interpreter has local models late in its chain.",
        "Put vLLM on your own GPU first in the Insight Generator's chain.",
        f"at most {usd(spent)} less per day: all that the agent's calls cost in this test. The GPU costs more than "
        "that",
        f"{seconds(local)} s per call on one GPU (published speed) instead of {seconds(plan.latency_s['mean'])} s "
        "(measured)",
        _kept(content, plan.name),
        "high: a GPU server to run and to watch",
        "Not for the money. Yes where results must not leave your network.",
    )


def _batching(content: Mapping[str, Any]) -> Recommendation:
    day = content["summary"]["daily_cost_usd"]
    return Recommendation(
        "Batching of requests",
        "Every call is made at once and streamed.",
        "Send scheduled analyses through the providers' batch interfaces overnight.",
        f"at most {usd(day * BATCH_DISCOUNT)} less per day, at the published discount of {percent(BATCH_DISCOUNT, 0)}",
        "hours instead of seconds: a batch is answered within a day, and an analysis needs three batches one after the "
        "other",
        "unchanged: the same models and checks",
        "high: calls that wait for hours need another way to reserve the budget and to fail over",
        "No. The saving is small and nobody can wait for the answer.",
    )
