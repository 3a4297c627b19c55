"""The dashboard's charts as shapes, each with the table behind it: bars over a time or over seconds, and rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from analyst.apps.web.pages.wording import agent_name, dollars, reason, seconds, share
from analyst.core.text import counted
from analyst.observability.live import BUCKETS, HOUR_S, MINUTE_S, Range
from analyst.observability.summary import LATENCY_BOUNDS_S

WIDTH, HEIGHT = 600, 120
MOST_SERIES = 5
"""Colors that are told apart: what is beyond them is drawn as one."""
OTHER, FAILED = "other", "failed"
Row = tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """A bar in the chart's units; `look` is the class of its color, `told` what it says on hover."""

    x: float
    y: float
    width: float
    height: float
    look: str
    told: str


@dataclass(frozen=True)
class Chart:
    """Bars side by side: the labels of the height (top, middle, bottom) and of the width (begin, middle, end), the
    colors' names where there are several, and the figures as a table with `heads`."""

    id: str
    title: str
    said: str
    heights: tuple[str, str, str]
    widths: tuple[str, str, str]
    bars: Sequence[Bar]
    legend: Sequence[tuple[str, str]]
    heads: Row
    rows: Sequence[Row]


@dataclass(frozen=True)
class RowsChart:
    """Bars below each other: each row's name, its parts, and its figure; with the figures as a table."""

    id: str
    title: str
    said: str
    lines: Sequence[tuple[str, Sequence[Bar], str]]
    legend: Sequence[tuple[str, str]]
    heads: Row
    rows: Sequence[Row]


Values = Mapping[str, Mapping[int, float]]
"""By series: its value at each place."""


def calls_chart(time: Range, timezone: str) -> Chart:
    """Calls a minute in each stretch of time; the failed ones stand at the bottom of the bar."""
    calls, failed = Counter[int](), Counter[int]()
    for bucket in time.buckets:
        calls[bucket.place] += bucket.calls
        failed[bucket.place] += bucket.failed
    clock, minutes = _Clock(time, timezone), time.width_s / MINUTE_S
    values = {
        FAILED: {place: failed[place] / minutes for place in calls},
        "answered": {place: (calls[place] - failed[place]) / minutes for place in calls},
    }
    total, bad = calls.total(), failed.total()
    peak = max(calls.values(), default=0) / minutes
    said = f"{counted(total, 'call')}, {bad:,} failed or refused; at most {_plain(round(peak, 1))} a minute"
    told = {place: f"{counted(calls[place], 'call')}, {failed[place]:,} failed" for place in calls}
    rows = [(clock.at(place), f"{calls[place]:,}", f"{failed[place]:,}") for place in sorted(calls)]
    heads, most = ("From", "Calls", "Failed"), _highest(values)
    bars, heights = clock.bars(values, told, most), _heights(most, _plain)
    return Chart("calls", "Calls a minute", said, heights, clock.ends, bars, _looks(values), heads, rows)


def spend_chart(time: Range, timezone: str) -> Chart:
    """What the calls of each stretch of time cost, by model."""
    clock, costs = _Clock(time, timezone), dict[str, dict[int, Decimal]]()
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
        told[place] = ", ".join(filter(None, (told.get(place), f"{model} {dollars(cost)}")))
        rows.append((clock.at(place), model, dollars(cost)))
    total = sum((cost for of in costs.values() for cost in of.values()), Decimal(0))
    said = f"{dollars(total)} in all" + (f", most of it on {ordered[0]}" if len(ordered) > 1 else "")
    heads, most = ("From", "Model", "Cost"), _highest(values)
    bars, heights = clock.bars(values, told, most), _heights(most, _usd)
    return Chart("spend", "Spend", said, heights, clock.ends, bars, _looks(values), heads, rows)


def latency_charts(agents: Sequence[Mapping[str, Any]]) -> list[Chart]:
    """How the times of each agent's calls are spread."""
    bounds = (0.0, *LATENCY_BOUNDS_S)
    steps = [f"{low:g}–{high:g} s" for low, high in zip(bounds, LATENCY_BOUNDS_S, strict=False)]
    steps.append(f"over {bounds[-1]:g} s")
    return [_latency(row, steps) for row in agents if row["calls"]]


def _latency(row: Mapping[str, Any], steps: Sequence[str]) -> Chart:
    counts = row["latency_counts"]
    most = _round_up(max(counts, default=0))
    each = WIDTH / len(steps)
    bars = []
    for place, (step, count) in enumerate(zip(steps, counts, strict=True)):
        height, told = HEIGHT * count / most, f"{step}: {counted(count, 'call')}"
        bars += [Bar(place * each, HEIGHT - height, each - 4, height, "s0", told)] if count else []
    rows = [(step, f"{count:,}", share(count / row["calls"])) for step, count in zip(steps, counts, strict=True)]
    said = f"half within {seconds(row['p50'])}, 95% within {seconds(row['p95'])}"
    ends = steps[0], steps[len(steps) // 2], steps[-1]
    id = f"latency-{row['agent_name']}"
    heads = ("Time", "Calls", "Share")
    return Chart(id, agent_name(row["agent_name"]), said, _heights(most, _plain), ends, bars, (), heads, rows)


def fallback_chart(summary: Mapping[str, Any]) -> RowsChart:
    """How many answers of each agent came from another model than the first, by the reason."""
    reasons = list(summary["fallback_reasons"])
    looks = {why: f"s{min(place, MOST_SERIES)}" for place, why in enumerate(reasons)}
    by_agent: dict[str, list[tuple[str, int]]] = {}
    for found in summary["fallbacks"]:
        by_agent.setdefault(found["agent_name"], []).append((found["reason"], found["count"]))
    most = max((sum(count for _, count in parts) for parts in by_agent.values()), default=1)
    lines = []
    for agent, parts in by_agent.items():
        ordered = sorted(parts, key=lambda part: reasons.index(part[0]))
        told = ((looks[why], count, f"{reason(why)}: {count:,}") for why, count in ordered)
        lines.append((agent_name(agent), _laid(told, most), f"{sum(count for _, count in parts):,}"))
    rows = [(agent_name(one["agent_name"]), reason(one["reason"]), f"{one['count']:,}") for one in summary["fallbacks"]]
    total = sum(one["count"] for one in summary["fallbacks"])
    said = f"{counted(total, 'answer')} of another model than the first" + (
        f", mostly because of: {reason(reasons[0])}" if reasons else ""
    )
    legend = [(looks[why], reason(why)) for why in reasons]
    return RowsChart("fallbacks", "Fallbacks by agent", said, lines, legend, ("Agent", "Reason", "Answers"), rows)


def failure_chart(summary: Mapping[str, Any]) -> RowsChart:
    """Why attempts failed or were not made."""
    found: Mapping[str, int] = summary["failures"]
    most, total = max(found.values(), default=1), sum(found.values())
    told = [(reason(why), count, f"{count:,}") for why, count in found.items()]
    lines = [(why, _laid([("bad", count, f"{why}: {text}")], most), text) for why, count, text in told]
    rows = [(reason(why), f"{count:,}", share(count / total)) for why, count in found.items()]
    said = f"{counted(total, 'attempt')} without an accepted answer"
    return RowsChart("failures", "Why attempts failed", said, lines, (), ("Reason", "Attempts", "Share"), rows)


def usage_charts(models: Sequence[Mapping[str, Any]]) -> list[RowsChart]:
    """How calls, tokens and cost are spread over the models."""
    tokens = [row["input_tokens"] + row["output_tokens"] for row in models]
    kinds: Iterable[tuple[str, Sequence[int | Decimal], Callable[[Any], str]]] = (
        ("Calls", [row["calls"] for row in models], _plain),
        ("Tokens", tokens, _plain),
        ("Cost", [row["cost_usd"] for row in models], dollars),
    )
    return [_usage(name, [row["model_used"] for row in models], values, told) for name, values, told in kinds]


def _usage(name: str, models: Sequence[str], values: Sequence[Any], told: Callable[[Any], str]) -> RowsChart:
    ordered = sorted(zip(models, values, strict=True), key=lambda pair: -pair[1])
    total, most = sum(values), max(values, default=0) or 1
    lines = [(model, _laid([("s0", float(value), told(value))], float(most)), told(value)) for model, value in ordered]
    rows = [(model, told(value), share(float(value / total)) if total else "–") for model, value in ordered]
    said = f"{told(total)} in all"
    return RowsChart(f"usage-{name.lower()}", f"{name} by model", said, lines, (), ("Model", name, "Share"), rows)


def _laid(parts: Iterable[tuple[str, float, str]], most: float) -> list[Bar]:
    """Parts (look, value, what they say) side by side, of a row in which `most` is the whole width."""
    bars, x = list[Bar](), 0.0
    for look, value, told in parts:
        width = WIDTH * value / most
        bars.append(Bar(x, 0, max(width - 1, 0.5) if value else 0, 14, look, told))
        x += width
    return bars


@dataclass(frozen=True)
class _Clock:
    """The width of a chart of a time: its stretches side by side."""

    time: Range
    timezone: str

    def at(self, place: float) -> str:
        """When a stretch begins."""
        told = datetime.fromtimestamp(self.time.begin + place * self.time.width_s, ZoneInfo(self.timezone))
        short = self.time.end - self.time.begin < HOUR_S
        return f"{told:%H:%M:%S}" if short else f"{told:%b} {told.day}, {told:%H:%M}"

    @property
    def ends(self) -> tuple[str, str, str]:
        """Begin, middle and end."""
        return self.at(0), self.at(BUCKETS / 2), self.at(BUCKETS)

    def bars(self, values: Values, told: Mapping[int, str], most: float) -> list[Bar]:
        """The series piled up in their order, `most` being the whole height."""
        step, foot, bars = WIDTH / BUCKETS, dict[int, float](), list[Bar]()
        for (look, _), of in zip(_looks(values), values.values(), strict=True):
            for place, value in of.items():
                height = HEIGHT * value / most
                foot[place] = foot.get(place, 0.0) + height
                text = f"{self.at(place)}: {told[place]}"
                bars += [Bar(place * step, HEIGHT - foot[place], step - 1, height, look, text)] if height else []
        return bars


def _highest(values: Values) -> float:
    """Where the scale ends that the series fit on when they are piled up."""
    piled = Counter[int]()
    for of in values.values():
        piled.update(of)
    return _round_up(max(piled.values(), default=0))


def _looks(values: Values) -> list[tuple[str, str]]:
    """Each series with the class of its color before it."""
    colors = iter(range(len(values)))
    return [("bad" if series == FAILED else f"s{next(colors)}", series) for series in values]


def _heights(most: float, label: Callable[[float], str]) -> tuple[str, str, str]:
    return label(most), label(most / 2), label(0)


def _round_up(most: float) -> float:
    """The next 1, 2 or 5 with zeros: where the scale of a chart ends."""
    if most <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(most))
    return next(step * unit for step in (1, 2, 5, 10) if step * unit >= most * 0.999999)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _usd(value: float) -> str:
    return "$0" if not value else f"${value:,.2f}" if value >= 0.1 else f"${value:.4g}"
