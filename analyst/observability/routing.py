"""How requests were routed, by agent: what SmartRouter.get_routing_stats tells, made of the monitor's figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from analyst.storage.sums import percentiles


class Figures(Protocol):
    """What the statistics are made of (monitoring.PerformanceMonitor)."""

    def groups(self, by: Sequence[str] = (), since_days: float | None = None) -> list[dict[str, Any]]: ...
    def reasons(self, column: str, since_days: float | None = None) -> list[tuple[str, str, str, int]]: ...
    def failovers(self, since_days: float | None = None) -> dict[str, list[float]]: ...


def routing_stats(figures: Figures, agents: Collection[str], since_days: float | None = None) -> dict[str, Any]:
    """What was recorded for `agents`: calls, success of the primary, fallbacks by reason, escalations, rejections, the
    time to fail over (`failover_s`: p50, p95), and the models.

    Rates and shares are fractions (None where nothing was counted), times seconds, costs Decimal USD. Each model's
    `share` is its part of the agent's answers; `failures` counts its failed or refused attempts by reason.
    """
    of_agents = {row["agent_name"]: row for row in figures.groups(["agent_name"], since_days)}
    told: dict[str, Any] = {name: of_agents[name] | {"models": {}} for name in agents if name in of_agents}
    _add_models(told, figures, since_days)
    reasons: dict[str, Counter[str]] = {name: Counter() for name in told}
    for agent, _, reason, count in figures.reasons("fallback_reason", since_days):
        if agent in told:
            reasons[agent][reason] += count
    lost = figures.failovers(since_days)
    for name, row in told.items():
        row["failover_s"] = dict(zip(("p50", "p95"), percentiles(lost.get(name, ()), (0.5, 0.95)), strict=True))
        counted, answered = reasons[name].most_common(), row["answered"]
        row["fallback_reasons"] = {reason: count / answered for reason, count in counted if answered}
    return told


def _add_models(told: Mapping[str, Any], figures: Figures, since_days: float | None) -> None:
    for row in figures.groups(["agent_name", "model_used"], since_days):
        of_agent = told.get(row["agent_name"])
        if of_agent is not None:
            share = row["answered"] / of_agent["answered"] if of_agent["answered"] else None
            of_agent["models"][row["model_used"]] = row | {"share": share, "failures": {}}
    for agent, model, reason, count in figures.reasons("error_reason", since_days):
        if model in told.get(agent, {"models": ()})["models"]:  # calls are recorded while this is read
            told[agent]["models"][model]["failures"][reason] = count
