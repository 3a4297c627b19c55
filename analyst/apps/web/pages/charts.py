"""The dashboard's two charts as shapes: calls over time with those that failed, and what they cost together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from analyst.apps.web.pages.wording import dollars
from analyst.core.text import counted
from analyst.observability.live import BUCKETS, Range

WIDTH, HEIGHT = 600, 120
_STEP = WIDTH / BUCKETS


@dataclass(frozen=True)
class Rectangle:
    """A bar in the chart's units; `bad`: it counts failures; `told` is what it says on hover."""

    x: float
    y: float
    width: float
    height: float
    bad: bool = False
    told: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart: its bars, a line through `points` ("x,y x,y"), the largest value and the ends of the time as text."""

    title: str
    said: str
    top: str
    ends: tuple[str, str]
    bars: Sequence[Rectangle] = ()
    points: str = ""


def calls_chart(time: Range, timezone: str) -> Chart:
    """Calls in each stretch of time; the failed ones stand at the bottom of the bar."""
    most = max((bucket.calls for bucket in time.buckets), default=0)
    bars = []
    for bucket in time.buckets:
        if not bucket.calls:
            continue
        height = HEIGHT * bucket.calls / most
        bad = HEIGHT * bucket.failed / most
        at = _clock(_begin(time) + bucket.place * time.width_s, timezone)
        told = f"{at}: {counted(bucket.calls, 'call')}, {bucket.failed:,} failed"
        x = bucket.place * _STEP
        bars += [Rectangle(x, HEIGHT - height, _STEP - 1, height, told=told)]
        bars += [Rectangle(x, HEIGHT - bad, _STEP - 1, bad, bad=True, told=told)] if bad else []
    total, failed = sum(b.calls for b in time.buckets), sum(b.failed for b in time.buckets)
    said = f"{counted(total, 'call')}, {failed:,} failed"
    return Chart("Calls", said, f"{most:,}", _ends(time, timezone), bars=bars)


def spend_chart(time: Range, timezone: str) -> Chart:
    """What the calls of the time cost, added up."""
    sums, so_far = [Decimal(0)], Decimal(0)
    costs = {bucket.place: bucket.cost_usd for bucket in time.buckets}
    for place in range(BUCKETS):
        so_far += costs.get(place, Decimal(0))
        sums.append(so_far)
    most = float(so_far) or 1.0
    points = " ".join(
        f"{place * _STEP:.1f},{HEIGHT - HEIGHT * float(sum_) / most:.1f}" for place, sum_ in enumerate(sums)
    )
    return Chart("Spend", f"{dollars(so_far)} in all", dollars(so_far), _ends(time, timezone), points=points)


def _begin(time: Range) -> float:
    return time.until - BUCKETS * time.width_s


def _ends(time: Range, timezone: str) -> tuple[str, str]:
    return _clock(_begin(time), timezone), _clock(time.until, timezone)


def _clock(at: float, timezone: str) -> str:
    told = datetime.fromtimestamp(at, ZoneInfo(timezone))
    return f"{told:%b} {told.day}, {told:%H:%M}"
