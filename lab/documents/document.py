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
from lab.documents.figures import ANALYSES_A_DAY, agent_plans, dearest, judge_plan, naive, tier, total

FOLDER = Path(__file__).resolve().parent


def strategy_text(results: Mapping[str, Any], source: str) -> str:
    """The Markdown of backend_strategy.md, with tokens from the load test's document `results`."""
    plans, prices = agent_plans(results), load_prices()
    sum_day, gpt4, strong = total(plans), naive(plans), naive(plans, STRONG_MODEL)
    environment = Environment(  # noqa: S701 - Markdown, not HTML
        loader=FileSystemLoader(FOLDER / "templates"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("backend_strategy.md.j2").render(
        source=source,
        plans=plans,
        judge=judge_plan(),
        needs=yaml.safe_load((FOLDER / "needs.yaml").read_text(encoding="utf-8")),
        prices=prices,
        created=results["created"][:10],
        requests=results["summary"]["requests"],
        scenario=results["options"]["scenario"],
        day=ANALYSES_A_DAY,
        budget=_default("daily_budget_usd"),
        target=f"{_default('target_latency_s'):g}",
        soft=f"{float(_default('soft_budget_share')):.0%}",
        tokens_in=sum(plan.primary.input_tokens for plan in plans),
        tokens_out=sum(plan.primary.output_tokens for plan in plans),
        call_total=sum_day / ANALYSES_A_DAY,
        total=sum_day,
        dearest=dearest(plans),
        gpt4=gpt4,
        strong=STRONG_MODEL,
        strong_usd=strong,
        saved_gpt4=_saved(sum_day, gpt4),
        saved_strong=_saved(sum_day, strong),
        usd=usd,
        cents=cents,
        policy=(results["options"].get("settings") or {}).get("ROUTING_POLICY", _default("routing_policy")),
        measured=Decimal(str(results["summary"]["daily_cost_usd"])),
        tier=tier,
    )


def usd(amount: Decimal) -> str:
    """USD, exact, so that the document's sums add up."""
    return f"${amount.normalize():f}"


def cents(amount: Decimal) -> str:
    """USD to the cent, for sums that are read and not added up."""
    return f"${amount:,.2f}"


def _saved(own: Decimal, other: Decimal) -> str:
    return f"{100 * (1 - own / other):.1f}"


def _default(name: str) -> Any:
    return Settings.model_fields[name].default
