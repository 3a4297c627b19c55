"""The figures of the strategy: tokens measured by the load test, priced by the pinned prices, for each agent's chain.

Nothing is typed in: chains and their reasons come from llm/chains.yaml, roles from protocol/prompts/agents.yaml, prices
from analyst/budget/prices.json, tokens and latency from load_test_results.json. Sums are of Decimal and exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analyst.budget.prices import BASELINE_MODEL, STRONG_MODEL, Price, load_prices
from analyst.core.agents import AGENTS, EMBEDDED_MODEL, JUDGE
from analyst.llm.chains import Chain, load_chains
from analyst.protocol.prompting import Role, roles

ANALYSES_A_DAY = 500
_MILLION = Decimal(1_000_000)
TIERS = ("local", "budget cloud", "premium", "optional cloud", "emergency")
_TIER_OF_ACCOUNT = {
    "ollama": "local",
    "vllm": "local",
    "groq": "budget cloud",
    "openrouter": "budget cloud",
    "anthropic": "premium",
    "openai": "optional cloud",
    "embedded": "emergency",
}


@dataclass(frozen=True)
class Line:
    """An agent's cost with one model: tokens a call (whole numbers), USD per million tokens, USD a call and a day."""

    agent: str
    model: str
    input_tokens: int
    output_tokens: int
    price: Price

    @property
    def call_usd(self) -> Decimal:
        """USD a call: input tokens × input price + output tokens × output price."""
        return (self.price.input * self.input_tokens + self.price.output * self.output_tokens) / _MILLION

    @property
    def day_usd(self) -> Decimal:
        """USD of ANALYSES_A_DAY calls."""
        return self.call_usd * ANALYSES_A_DAY

    @property
    def arithmetic(self) -> str:
        """The calculation of a call, written out with the prices of 1,000 tokens."""
        told = (self.input_tokens, self.price.input), (self.output_tokens, self.price.output)
        return " + ".join(f"{tokens:,} ÷ 1,000 × ${(usd / 1000).normalize():f}" for tokens, usd in told)


@dataclass(frozen=True)
class AgentPlan:
    """One agent: who it is, its chain, and what its primary and its fallbacks cost."""

    name: str
    role: Role
    chain: Chain
    lines: tuple[Line, ...]
    latency_s: Mapping[str, float]

    @property
    def primary(self) -> Line:
        """The cost with the primary."""
        return self.lines[0]

    @property
    def tier(self) -> str:
        """Where the primary runs."""
        return tier(self.chain, self.primary.model)

    @property
    def next_cheaper(self) -> Line | None:
        """The cost with the dearest of all cloud models that cost less than the primary; None where none does."""
        prices, one = load_prices(), self.primary
        lines = [
            Line(self.name, model, one.input_tokens, one.output_tokens, prices.price(model))
            for model in self.chain.facts
            if not prices.is_free(model)
        ]
        return max(
            (line for line in lines if line.call_usd < one.call_usd), key=lambda line: line.call_usd, default=None
        )

    def share_s(self, model: str) -> str:
        """Seconds of a call that the published speed of `model` gives."""
        facts = self.chain.facts[model]
        return f"{facts.seconds(self.primary.output_tokens):.1f}"


def tier(chain: Chain, model: str) -> str:
    """One of TIERS."""
    return _TIER_OF_ACCOUNT[chain.facts[model].account]


def agent_plans(results: Mapping[str, Any]) -> list[AgentPlan]:
    """The plan of each agent, with the mean tokens that the load test in `results` measured."""
    chains, prices, told = load_chains(), load_prices(), roles()
    plans = []
    for name in AGENTS:
        group = results["agents"][name]
        tokens = round(group["input_tokens"] / group["calls"]), round(group["output_tokens"] / group["calls"])
        lines = tuple(Line(name, model, *tokens, prices.price(model)) for model in chains[name].models)
        plans.append(AgentPlan(name, told[name], chains[name], lines, group["latency_s"]))
    return plans


@dataclass(frozen=True)
class JudgePlan:
    """Who is called when models' plans give different results: the role, its chain, and prices by model.

    The embedded analyst ends every chain, but is left out: rules can't judge.
    """

    role: Role
    chain: Chain
    prices: Mapping[str, Price]

    @property
    def models(self) -> tuple[str, ...]:
        """The models that are asked, in order."""
        return tuple(self.prices)


def judge_plan() -> JudgePlan:
    """The judge's plan. It has no tokens of its own here: the load test asks one model for a plan."""
    chain, prices = load_chains()[JUDGE], load_prices()
    return JudgePlan(roles()[JUDGE], chain, {m: prices.price(m) for m in chain.models if m != EMBEDDED_MODEL})


def total(plans: list[AgentPlan]) -> Decimal:
    """USD of a day when every primary answers."""
    return sum((plan.primary.day_usd for plan in plans), Decimal(0))


def dearest(plans: list[AgentPlan]) -> Decimal:
    """USD of a day when every agent is answered by the dearest model of its chain: the worst that fallbacks can do."""
    return sum((max(line.day_usd for line in plan.lines) for plan in plans), Decimal(0))


def naive(plans: list[AgentPlan], model: str = BASELINE_MODEL) -> Decimal:
    """USD of a day when every call goes to `model`."""
    price = load_prices().price(model)
    lines = (Line(p.name, model, p.primary.input_tokens, p.primary.output_tokens, price) for p in plans)
    return sum((line.day_usd for line in lines), Decimal(0))


def all_models(plans: list[AgentPlan]) -> dict[str, list[str]]:
    """The models of all chains by tier, each once, in the order met."""
    found: dict[str, list[str]] = {name: [] for name in TIERS}
    for plan in plans:
        for model in plan.chain.models:
            place = found[tier(plan.chain, model)]
            if model not in place:
                place.append(model)
    return found


def seconds_by_tier(plans: list[AgentPlan]) -> dict[str, tuple[float, float]]:
    """The least and the most seconds of a call in each tier, by the published speeds and each agent's tokens."""
    found: dict[str, list[float]] = {}
    for plan in plans:
        for line in plan.lines:
            taken = plan.chain.facts[line.model].seconds(line.output_tokens)
            found.setdefault(tier(plan.chain, line.model), []).append(taken)
    return {name: (min(found[name]), max(found[name])) for name in TIERS if name in found}


__all__ = [
    "ANALYSES_A_DAY",
    "EMBEDDED_MODEL",
    "STRONG_MODEL",
    "AgentPlan",
    "JudgePlan",
    "Line",
    "agent_plans",
    "all_models",
    "judge_plan",
    "seconds_by_tier",
]
