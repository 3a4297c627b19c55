"""backend_strategy.md from the figures, in the client's outline."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analyst.budget.prices import STRONG_MODEL, load_prices
from analyst.core.settings import Settings
from lab.documents import baseline
from lab.documents.figures import (
    ANALYSES_A_DAY,
    AgentPlan,
    agent_plans,
    dearest,
    judge_plan,
    naive,
    seconds_by_tier,
    tier,
    total,
)

FOLDER = Path(__file__).resolve().parent
PROVIDERS = {
    "ollama": "Ollama, on your own machine",
    "vllm": "vLLM, on your own hardware",
    "groq": "Groq",
    "openrouter": "OpenRouter",
    "anthropic": "Anthropic",
    "openai": "OpenAI",
    "embedded": "the gateway itself",
}
"""Who runs a model, by the account of its key."""


def strategy_text(results: Mapping[str, Any], source: str) -> str:
    """The Markdown of backend_strategy.md, with tokens from the load test's document `results`."""
    plans, budget = agent_plans(results), Decimal(str(_default("daily_budget_usd")))
    environment = Environment(  # noqa: S701 - Markdown, not HTML
        loader=FileSystemLoader(FOLDER / "templates"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("backend_strategy.md.j2").render(
        source=source,
        plans=plans,
        judge=judge_plan(),
        needs=needs(),
        prices=load_prices(),
        created=results["created"][:10],
        requests=results["summary"]["requests"],
        scenario=results["options"]["scenario"],
        day=ANALYSES_A_DAY,
        budget=budget,
        of_budget=lambda amount: f"{100 * amount / budget:.1f}%",
        target=f"{_default('target_latency_s'):g}",
        soft=f"{float(_default('soft_budget_share')):.0%}",
        policy=(results["options"].get("settings") or {}).get("ROUTING_POLICY", _default("routing_policy")),
        measured=Decimal(str(results["summary"]["daily_cost_usd"])),
        by_tier=seconds_by_tier(plans),
        account=lambda plan: PROVIDERS[plan.chain.facts[plan.primary.model].account],
        usd=usd,
        cents=cents,
        tier=tier,
        **_sums(plans),
    )


def needs() -> dict[str, dict[str, str]]:
    """What each agent needs from a backend, in words, by agent."""
    found: dict[str, dict[str, str]] = yaml.safe_load((FOLDER / "needs.yaml").read_text(encoding="utf-8"))
    return found


def _sums(plans: list[AgentPlan]) -> dict[str, Any]:
    """The day of all agents, and what it is compared with."""
    day, gpt4, strong = total(plans), naive(plans), naive(plans, STRONG_MODEL)
    return {
        "call_total": day / ANALYSES_A_DAY,
        "total": day,
        "dearest": dearest(plans),
        "top": max(plans, key=lambda plan: plan.primary.day_usd),
        "share_of": lambda amount: f"{100 * amount / day:.0f}%",
        "agents": baseline.AGENT_COUNT,
        "naive_tokens": baseline.TOKENS,
        "naive_price": baseline.PER_THOUSAND_USD,
        "naive_day": baseline.DAY_USD,
        "saved_naive": baseline.saved(day, baseline.DAY_USD),
        "gpt4": gpt4,
        "saved_gpt4": baseline.saved(day, gpt4),
        "strong": STRONG_MODEL,
        "strong_usd": strong,
        "saved_strong": baseline.saved(day, strong),
    }


def usd(amount: Decimal) -> str:
    """USD, exact, so that the document's sums add up."""
    return f"${amount.normalize():f}"


def cents(amount: Decimal) -> str:
    """USD to the cent, for sums that are read and not added up."""
    return f"${amount:,.2f}"


def _default(name: str) -> Any:
    return Settings.model_fields[name].default
