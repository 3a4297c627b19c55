"""analysis.md, made from a result file alone: every figure in it can be made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analyst.budget.prices import BASELINE_MODEL, STRONG_MODEL, load_prices
from lab.documents import baseline
from lab.documents.analysis import cost, fallbacks, latency, quality
from lab.documents.analysis.criteria import GOALS, criteria
from lab.documents.analysis.recommendations import recommendations
from lab.loadtest.proof import bottleneck, memory_told, remarks, rungs, switches, verdict
from lab.loadtest.statistics import ANALYSES_A_DAY
from lab.loadtest.written import percent, seconds, usd, whole

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def analysis_text(content: Mapping[str, Any], source: str) -> str:
    """The Markdown of analysis.md for a result document."""
    environment = Environment(  # noqa: S701 - Markdown, not HTML
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    told = _setting(content, source) | _outline(content) | _additions(content)
    written = {"usd": usd, "percent": percent, "seconds": seconds, "whole": whole}
    return environment.get_template("analysis.md.j2").render(**told, **written)


def _setting(content: Mapping[str, Any], source: str) -> dict[str, Any]:
    """What was measured, with what and where."""
    return {
        "source": source,
        "s": content["summary"],
        "o": content["options"],
        "env": content["environment"],
        "created": content["created"],
        "interrupted": content["interrupted"],
        "measured": content["measured"],
        "simulated": content["simulated"],
        "prices": content["prices"],
        "models": ", ".join(content["models"]),
        "day": ANALYSES_A_DAY,
    }


def _outline(content: Mapping[str, Any]) -> dict[str, Any]:
    """The client's sections, in the client's order."""
    fixed = latency.fixed_order(content)
    return {
        "totals": cost.totals(content, float(content.get("books", {}).get("cap_usd", GOALS["budget_usd"]))),
        "cost_by_agent": cost.by_agent(content),
        "cost_by_model": cost.by_model(content),
        "cost_questions": cost.questions(content),
        "moves": quality.rows(content),
        "quality": content.get("quality"),
        "latency": latency.by_stage(content),
        "latency_questions": latency.questions(content),
        "places": latency.places(content),
        "fixed_places": latency.places(fixed) if fixed else [],
        "fallbacks": fallbacks.by_agent(content),
        "fallback_questions": fallbacks.questions(content),
        "naive": baseline,
        "against_naive": baseline.against(content["summary"]),
        "recommendations": recommendations(content),
        "criteria": criteria(content, latency.local_calls(content)),
    }


def _additions(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the outline does not ask for."""
    books = content.get("books")
    return {
        "bottleneck": bottleneck(content),
        "books": books,
        "providers": content.get("providers"),
        "failed_attempts": fallbacks.counted(books["failed"] if books else {}) or "none failed",
        "passed_over": fallbacks.counted(books["passed_over"] if books else {}) or "none",
        "gpt4": BASELINE_MODEL,
        "strong": STRONG_MODEL,
        "price": _price,
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
