"""The dashboard's charts of a range: what is drawn, what it says, and the figures behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from analyst.apps.web.pages.shapes import Columns, Figures, Lines, Piled, Row, laid
from analyst.apps.web.pages.wording import agent_name, dollars, reason, seconds, share
from analyst.core.text import counted
from analyst.observability.live import HOUR_S, MINUTE_S, Range
from analyst.observability.summary import LATENCY_BOUNDS_S

MOST_SERIES = 5
"""Colors that are told apart: what is beyond them is drawn as one."""
OTHER, FAILED = "other", "failed"


@dataclass(frozen=True)
class Charts:
    """All charts of a range, in the groups that stand together."""

    over_time: Sequence[Columns]
    latency: Sequence[Columns]
    usage: Sequence[Lines]
    reasons: Sequence[Lines]

    @property
    def all(self) -> Sequence[Columns | Lines]:
        """One after the other."""
        return (*self.over_time, *self.latency, *self.usage, *self.reasons)


def charts_of(time: Range, timezone: str) -> Charts:
    """The charts of a range, its times in the zone of that name."""
    summary, clock = time.summary, _Clock(time, ZoneInfo(timezone))
    return Charts(
        (_calls(time, clock), _spend(time, clock)),
        [_latency(row) for row in summary["agents"] if row["calls"]],
        _usages(summary["models"]),
        (_fallbacks(summary), _failures(summary)),
    )


@dataclass(frozen=True)
class _Clock:
    """When the stretches of a range begin."""

    time: Range
    zone: ZoneInfo

    def at(self, place: float) -> str:
        """When a stretch begins."""
        told = datetime.fromtimestamp(self.time.begin + place * self.time.width_s, self.zone)
        short = self.time.end - self.time.begin < HOUR_S
        return f"{told:%H:%M:%S}" if short else f"{told:%b} {told.day}, {told:%H:%M}"

    @property
    def ends(self) -> Row:
        """Begin, middle and end."""
        return self.at(0), self.at(self.time.places / 2), self.at(self.time.places)


def _calls(time: Range, clock: _Clock) -> Columns:
    """Calls a minute in each stretch of time; the failed ones stand at the bottom."""
    calls, failed = Counter[int](), Counter[int]()
    for bucket in time.buckets:
        calls[bucket.place] += bucket.calls
        failed[bucket.place] += bucket.failed
    minutes = time.width_s / MINUTE_S
    values = {
        FAILED: {place: failed[place] / minutes for place in calls},
        "answered": {place: (calls[place] - failed[place]) / minutes for place in calls},
    }
    piled = Piled(values, time.places, {FAILED: "bad"})
    peak = max(calls.values(), default=0) / minutes
    bad = f"{failed.total():,} failed or refused"
    said = f"{counted(calls.total(), 'call')}, {bad}; at most {_plain(round(peak, 1))} a minute"
    told = {place: f"{counted(calls[place], 'call')}, {failed[place]:,} failed" for place in calls}
    hovers = piled.hovers({place: f"{clock.at(place)}: {text}" for place, text in told.items()})
    rows = [(clock.at(place), f"{calls[place]:,}", f"{failed[place]:,}") for place in sorted(calls)]
    figures = Figures(("From", "Calls", "Failed"), rows)
    heights = piled.heights(_plain)
    return Columns("calls", "Calls a minute", said, heights, clock.ends, piled.paths(), hovers, piled.legend, figures)


def _spend(time: Range, clock: _Clock) -> Columns:
    """What the calls of each stretch of time cost, by model."""
    costs: dict[str, dict[int, Decimal]] = {}
    for bucket in time.buckets:
        if bucket.cost_usd:
            costs.setdefault(bucket.model, {})[bucket.place] = bucket.cost_usd
    ordered = sorted(costs, key=lambda model: -sum(costs[model].values()))
    named = ordered if len(ordered) <= MOST_SERIES else ordered[: MOST_SERIES - 1]
    values: dict[str, dict[int, float]] = {model: {} for model in named}
    told, rows = dict[int, str](), list[Row]()
    for model, place, cost in ((one, place, cost) for one in ordered for place, cost in costs[one].items()):
        into = values.setdefault(model if model in named else OTHER, {})
        into[place] = into.get(place, 0.0) + float(cost)
        before = told.get(place, f"{clock.at(place)}:")
        told[place] = f"{before} {model} {dollars(cost)};"
        rows.append((clock.at(place), model, dollars(cost)))
    total = sum((cost for of in costs.values() for cost in of.values()), Decimal(0))
    said = f"{dollars(total)} in all" + (f", most of it on {ordered[0]}" if len(ordered) > 1 else "")
    piled = Piled(values, time.places, {OTHER: "other"})
    figures, hovers = Figures(("From", "Model", "Cost"), rows), piled.hovers(told)
    return Columns(
        "spend", "Spend", said, piled.heights(_usd), clock.ends, piled.paths(), hovers, piled.legend, figures
    )


def _latency(row: Mapping[str, Any]) -> Columns:
    """How the times of an agent's calls are spread."""
    bounds, counts = (0.0, *LATENCY_BOUNDS_S), row["latency_counts"]
    steps = [f"{low:g}–{high:g} s" for low, high in zip(bounds, LATENCY_BOUNDS_S, strict=False)]
    steps.append(f"over {bounds[-1]:g} s")
    piled = Piled({"calls": dict(enumerate(counts))}, len(steps), {})
    hovers = piled.hovers({place: f"{step}: {counted(counts[place], 'call')}" for place, step in enumerate(steps)})
    figures = Figures(
        ("Time", "Calls", "Share"),
        [(step, f"{count:,}", share(count / row["calls"])) for step, count in zip(steps, counts, strict=True)],
    )
    said = f"half within {seconds(row['p50'])}, 95% within {seconds(row['p95'])}"
    ends, id = (steps[0], steps[len(steps) // 2], steps[-1]), f"latency-{row['agent_name']}"
    name, heights = agent_name(row["agent_name"]), piled.heights(_plain)
    return Columns(id, name, said, heights, ends, piled.paths(), hovers, (), figures)


def _usages(models: Sequence[Mapping[str, Any]]) -> list[Lines]:
    """How calls, tokens and cost are spread over the models."""
    tokens = [row["input_tokens"] + row["output_tokens"] for row in models]
    kinds: Iterable[tuple[str, Sequence[int | Decimal], Callable[[Any], str]]] = (
        ("Calls", [row["calls"] for row in models], _plain),
        ("Tokens", tokens, _plain),
        ("Cost", [row["cost_usd"] for row in models], dollars),
    )
    return [_usage(name, [row["model_used"] for row in models], values, told) for name, values, told in kinds]


def _usage(name: str, models: Sequence[str], values: Sequence[Any], told: Callable[[Any], str]) -> Lines:
    ordered = sorted(zip(models, values, strict=True), key=lambda pair: -pair[1])
    total, most = sum(values), float(max(values, default=0)) or 1.0
    lines = [(model, laid([("s0", float(value), told(value))], most), told(value)) for model, value in ordered]
    rows = [(model, told(value), share(float(value / total)) if total else "–") for model, value in ordered]
    figures = Figures(("Model", name, "Share"), rows)
    return Lines(f"usage-{name.lower()}", f"{name} by model", f"{told(total)} in all", lines, (), figures)


def _fallbacks(summary: Mapping[str, Any]) -> Lines:
    """How many answers of each agent came from another model than the first, by the reason."""
    reasons, found = list(summary["fallback_reasons"]), summary["fallbacks"]
    looks = {why: f"s{place}" if place < MOST_SERIES else "other" for place, why in enumerate(reasons)}
    by_agent: dict[str, list[tuple[str, int]]] = {}
    for one in sorted(found, key=lambda one: reasons.index(one["reason"])):
        by_agent.setdefault(one["agent_name"], []).append((one["reason"], one["count"]))
    sums = {agent: sum(count for _, count in parts) for agent, parts in by_agent.items()}
    most = max(sums.values(), default=1)
    lines = []
    for agent in sorted(sums, key=lambda agent: -sums[agent]):
        parts = laid(((looks[why], count, f"{reason(why)}: {count:,}") for why, count in by_agent[agent]), most)
        lines.append((agent_name(agent), parts, f"{sums[agent]:,}"))
    rows = [(agent_name(one["agent_name"]), reason(one["reason"]), f"{one['count']:,}") for one in found]
    mostly = f", mostly because of: {reason(reasons[0])}" if reasons else ""
    said = f"{counted(sum(sums.values()), 'answer')} of another model than the first{mostly}"
    legend, figures = [(looks[why], reason(why)) for why in reasons], Figures(("Agent", "Reason", "Answers"), rows)
    return Lines("fallbacks", "Fallbacks by agent", said, lines, legend, figures)


def _failures(summary: Mapping[str, Any]) -> Lines:
    """Why attempts failed or were not made."""
    found: Mapping[str, int] = summary["failures"]
    most, total = max(found.values(), default=1), sum(found.values())
    told = [(reason(why), count, f"{count:,}") for why, count in found.items()]
    lines = [(why, laid([("bad", count, f"{why}: {text}")], most), text) for why, count, text in told]
    figures = Figures(("Reason", "Attempts", "Share"), [(why, text, share(count / total)) for why, count, text in told])
    said = f"{counted(total, 'attempt')} without an accepted answer"
    return Lines("failures", "Why attempts failed", said, lines, (), figures)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _usd(value: float) -> str:
    return "$0" if not value else f"${value:,.2f}" if value >= 0.1 else f"${value:.4g}"
