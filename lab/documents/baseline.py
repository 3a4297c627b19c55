"""The client's naive platform: four agents a request, 2,000 tokens each, one model at $0.03 per 1,000 tokens."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from analyst.core.agents import AGENTS
from analyst.llm.chains import load_chains
from lab.documents.figures import ANALYSES_A_DAY

AGENT_COUNT, INPUT_TOKENS, OUTPUT_TOKENS = len(AGENTS), 1_000, 1_000
TOKENS = INPUT_TOKENS + OUTPUT_TOKENS
PER_THOUSAND_USD = Decimal("0.03")
DAYS_A_MONTH = 30
REQUEST_USD = AGENT_COUNT * TOKENS * PER_THOUSAND_USD / 1000
DAY_USD = REQUEST_USD * ANALYSES_A_DAY
MONTH_USD = DAY_USD * DAYS_A_MONTH
PACE_OF = "claude-sonnet-5-5"
"""The premium model of our chains, whose published speed stands for the naive platform's. The client gives none."""


def latency_s() -> float:
    """Seconds of the naive platform's request: its calls one after the other, at the pace of PACE_OF."""
    facts = next(chain.facts[PACE_OF] for chain in load_chains().values() if PACE_OF in chain.facts)
    return AGENT_COUNT * facts.seconds(OUTPUT_TOKENS)


def saved(own: Decimal, naive: Decimal) -> str:
    """What `own` is below `naive`, in percent to the tenth."""
    return f"{100 * (1 - own / naive):.1f}"


def against(summary: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of the comparison: what the load test with this `summary` measured, against the naive platform."""
    request = Decimal(str(summary["cost_per_request_usd"]))
    day = Decimal(str(summary["daily_cost_usd"]))
    rows = [
        ("Cost per request", request, REQUEST_USD, "{:,.4f}"),
        (f"Cost per day ({ANALYSES_A_DAY} requests)", day, DAY_USD, "{:,.2f}"),
        (f"Cost per month ({DAYS_A_MONTH} days)", day * DAYS_A_MONTH, MONTH_USD, "{:,.2f}"),
    ]
    told = [
        {
            "name": name,
            "naive": f"${form.format(naive)}",
            "own": f"${form.format(own)}",
            "saved_pct": f"{saved(own, naive)}%",
            "saved": f"${form.format(naive - own)} saved",
        }
        for name, own, naive, form in rows
    ]
    slow, fast = latency_s(), float(summary["avg_latency_s"])
    latency = {"name": "Average latency", "naive": f"{slow:.1f} s (estimated)", "own": f"{fast:.2f} s (measured)"}
    return [*told, latency | {"saved_pct": f"{100 * (1 - fast / slow):.1f}%", "saved": f"{slow - fast:.1f} s less"}]
