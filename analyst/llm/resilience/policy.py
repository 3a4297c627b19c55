"""Policies: in which order a chain's models are tried, and why. A policy may reorder, never drop or add one.

`fixed` is the order of chains.yaml. `dynamic` starts from it too: a place in the chain is worth one point, and what is
known of a model moves it down by points. So without a history and within the budget both give the same order.
"""

from __future__ import annotations

from collections.abc import Callable

from analyst.budget.pressure import Pressure
from analyst.core.agents import EMBEDDED_MODEL
from analyst.llm.chains import Chain
from analyst.llm.resilience.signals import PRIOR_CALLS, Performance, Situation
from analyst.protocol.calls import Ranked

Policy = Callable[[Chain, Situation], tuple[Ranked, ...]]
Points = tuple[float, str]

LAST = 1000.0
"""The embedded analyst's points: it is never asked before a model."""
SAME_WEIGHTS = 50.0
"""The same weights that just failed the check wait behind all others."""
FAILING, REJECTED = 4.0, 6.0
"""Points for always failing, and for always being refused by our check, which costs money too."""
LOW_HEADROOM, HEADROOM_POINTS = 0.2, 3.0
TOO_SLOW, SLOW, SLOWEST = 3.0, 1.5, 20.0
"""Points when the p95 passes the time that is left, for a median of all the time that the target gives (four times as
many for one of twice that time), and at most. The most is reached at 3.7 times the target's time: beyond, the chain's
order decides, and an analysis that is late would ask the slow models first if it were reached sooner."""
COST_ALWAYS, COST_PEAK, COST_PRESSURE = 0.6, 3.0, 4.0
"""Points of the dearest model of the chain: always, at full saving in peak hours, and at the soft limit."""
TOLD = 0.15
"""Smaller effects are not worth a word."""


def saving(pressure: Pressure) -> float:
    """How strongly cost weighs: 0 while the budget lasts the day at this pace, 1 from the soft limit on."""
    if pressure.soft_limit_passed:
        return 1.0
    return min(max(pressure.level - 1.0, 0.0), 1.0)


def fixed(chain: Chain, situation: Situation) -> tuple[Ranked, ...]:
    """The order of chains.yaml."""
    return tuple(Ranked(candidate.model, candidate.reason) for candidate in chain.candidates)


def dynamic(chain: Chain, situation: Situation) -> tuple[Ranked, ...]:
    """The chain's order, moved by rate-limit headroom, failures, latency, measured cost, budget and time of day."""
    scored = []
    for place, candidate in enumerate(chain.candidates):
        effects = _effects(candidate.model, chain, situation)
        total = place + sum(points for points, _ in effects)
        told = [f"{why} (+{points:.1f})" if points < SAME_WEIGHTS else why for points, why in effects if points >= TOLD]
        scored.append((total, place, Ranked(candidate.model, "; ".join([f"position {place + 1} in the chain", *told]))))
    return tuple(ranked for _, _, ranked in sorted(scored, key=lambda entry: entry[:2]))


POLICIES: dict[str, Policy] = {"fixed": fixed, "dynamic": dynamic}
"""Policies by the name used in settings and statistics."""


def _effects(model: str, chain: Chain, situation: Situation) -> list[Points]:
    if model == EMBEDDED_MODEL:
        return [(LAST, "last resort")]
    performance = situation.performance.get(model, Performance())
    return [
        _headroom(model, situation),
        _refused_weights(model, situation),
        (FAILING * performance.failed, f"{performance.failed:.0%} of its calls fail"),
        (REJECTED * performance.rejected, f"{performance.rejected:.0%} of its replies fail the check"),
        *_latency(model, performance, situation),
        *_cost(model, chain, situation),
    ]


def _headroom(model: str, situation: Situation) -> Points:
    share = situation.headroom.get(model)
    if share is None or share >= LOW_HEADROOM:
        return 0.0, ""
    return HEADROOM_POINTS * (1 - share / LOW_HEADROOM), f"{share:.0%} of its rate limit left"


def _refused_weights(model: str, situation: Situation) -> Points:
    """The same weights on another network would make the same mistake."""
    own = situation.weights.get(model, model)
    same = [one for one in situation.refused if situation.weights.get(one, one) == own]
    return (SAME_WEIGHTS, f"the same model as {same[0]}, whose reply failed the check") if same else (0.0, "")


def _latency(model: str, performance: Performance, situation: Situation) -> list[Points]:
    p95, (usual, known) = performance.p95_s, _usual_seconds(model, performance, situation)
    effects = []
    if p95 is not None and situation.time_s is not None and p95 > situation.time_s:
        effects.append((TOO_SLOW, f"p95 {p95:.1f} s, with {situation.time_s:.1f} s left"))
    if usual is not None and situation.target_s is not None:
        told = f"{known} {usual:.1f} s, the target allows {situation.target_s:.1f} s"
        times = usual / situation.target_s
        effects.append((min(SLOW * times * max(times, 1.0), SLOWEST), told))
    return effects


def _usual_seconds(model: str, performance: Performance, situation: Situation) -> tuple[float | None, str]:
    """What a call usually takes: measured, drawn towards the published speed while few calls were measured."""
    published, measured, calls = situation.published_s.get(model), performance.p50_s, performance.calls
    if measured is None:
        return published, "published speed:"
    if published is None:
        return measured, "p50"
    return (calls * measured + PRIOR_CALLS * published) / (calls + PRIOR_CALLS), "usually"


def _cost(model: str, chain: Chain, situation: Situation) -> list[Points]:
    """Points by cost relative to the dearest model of the chain. Going up after a refusal, quality is bought."""
    costs = {one: situation.cost(one) for one in chain.models if one != EMBEDDED_MODEL}
    dearest = max(costs.values(), default=0)
    if not dearest:
        return []
    share, told = float(costs[model] / dearest), f"${costs[model]:.5f} per answer"
    always = 0.0 if situation.refused else COST_ALWAYS
    effects = [
        (always * share, told),
        (COST_PRESSURE * situation.pressure * share, f"the budget is running low, {told}"),
    ]
    if situation.peak is not None and not situation.refused:
        effects.append((COST_PEAK * situation.peak.saving * share, f"{situation.peak.name} peak: {situation.peak.why}"))
    return effects
