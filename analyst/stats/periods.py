"""Calendar periods: their labels (2024, 2024-Q4, 2024-11, 2024-W03, 2024-11-05), bounds, neighbours and lengths.

Weeks are ISO 8601 weeks (Monday first; the year of a week is the year of its Thursday). Nothing here reads data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from analyst.core.errors import PlanError
from analyst.stats.method import refuse

Grain = Literal["auto", "day", "week", "month", "quarter", "year"]
GRAINS = ("day", "week", "month", "quarter", "year")
"""From fine to coarse."""
PER_YEAR = {"day": 365.2425, "week": 365.2425 / 7, "month": 12.0, "quarter": 4.0, "year": 1.0}
"""Periods in a year."""
CYCLE = {"day": 7, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""Periods in a season: days repeat by the week, all others by the year."""
WINDOW = {"day": 7, "week": 4, "month": 3, "quarter": 4, "year": 3}
"""Periods of the trailing moving average."""
MAX_PERIODS = 20_000
"""More periods than these are a wrong date or a wrong grain."""
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_SPACING = {"year": 300, "quarter": 80, "month": 25, "week": 6}
"""Data whose usual gap is at least so many days is at best of this grain."""

_LABELS = (
    ("day", re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})$")),
    ("week", re.compile(r"(\d{4})-?W(\d{1,2})$", re.IGNORECASE)),
    ("quarter", re.compile(r"(\d{4})[- ]?Q([1-4])$", re.IGNORECASE)),
    ("quarter", re.compile(r"Q([1-4])[- ](?P<year>\d{4})$", re.IGNORECASE)),
    ("month", re.compile(r"(\d{4})-(\d{1,2})$")),
    ("year", re.compile(r"(\d{4})$")),
)


@dataclass(frozen=True)
class Span:
    """Days from `start` to before `end`, and the label they go by."""

    start: date
    end: date
    label: str

    @property
    def days(self) -> int:
        """Its length."""
        return (self.end - self.start).days


def start_of(day: date, grain: str) -> date:
    """The first day of the period of `grain` that holds `day`."""
    if grain == "day":
        return day
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return date(day.year, 1, 1)


def following(start: date, grain: str, count: int = 1) -> date:
    """The start `count` periods after (before, when negative) the period that starts on `start`."""
    if grain in ("day", "week"):
        return start + timedelta(days=count * (7 if grain == "week" else 1))
    months = start.year * 12 + start.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[grain]
    return date(months // 12, months % 12 + 1, 1)


def label_of(start: date, grain: str) -> str:
    """The label of the period that starts on `start`."""
    if grain == "year":
        return f"{start.year:04d}"
    if grain == "quarter":
        return f"{start.year:04d}-Q{(start.month + 2) // 3}"
    if grain == "month":
        return f"{start.year:04d}-{start.month:02d}"
    if grain == "week":
        year, week, _ = start.isocalendar()
        return f"{year:04d}-W{week:02d}"
    return start.isoformat()


def starts_between(first: date, last: date, grain: str) -> list[date]:
    """The starts of all periods from the one of `first` to the one of `last`, both included."""
    count = (last - first).days / _DAYS[grain]
    if count > MAX_PERIODS:
        raise refuse(
            f"{first} to {last} would be {count:.0f} periods of a {grain}: choose a coarser grain, or leave wrong "
            "dates out in an SQL step"
        )
    start, starts = start_of(first, grain), []
    while start <= last:
        starts.append(start)
        start = following(start, grain)
    return starts


def span_of(start: date, grain: str) -> Span:
    """The period that starts on `start`."""
    return Span(start, following(start, grain), label_of(start, grain))


def parse_span(text: str) -> Span:
    """The days that a label or "2024-10-01..2024-12-31" (both ends included; labels may be ends too) stands for."""
    first, dots, last = (part.strip() for part in text.strip().partition(".."))
    if not dots:
        return _parse_label(text)
    begin, finish = _parse_label(first), _parse_label(last)
    if finish.end <= begin.start:
        raise refuse(f"the period {text!r} ends before it starts: write the earlier date first")
    return Span(begin.start, finish.end, f"{first}..{last}")


def previous_span(span: Span) -> Span:
    """The span of the same kind before `span`: the calendar period before it, or as many days for a free range."""
    return _neighbour(span, -1)


def next_span(span: Span) -> Span:
    """The span of the same kind after `span`."""
    return _neighbour(span, 1)


def auto_grain(days: int, usual_gap: float | None) -> str:
    """The grain that shows `days` of data in some 10 to 60 periods, not finer than the data's usual gap in days."""
    by_length = next(
        (g for limit, g in ((45, "day"), (190, "week"), (1830, "month"), (5500, "quarter")) if days <= limit), "year"
    )
    by_gap = next((g for g, least in _SPACING.items() if usual_gap is not None and usual_gap >= least), "day")
    return max(by_length, by_gap, key=GRAINS.index)


def _parse_label(text: str) -> Span:
    text = text.strip()
    for grain, pattern in _LABELS:
        found = pattern.match(text)
        if found is None:
            continue
        try:
            return span_of(_start(grain, found), grain)
        except (ValueError, OverflowError) as error:
            raise _unknown(text) from error
    raise _unknown(text)


def _start(grain: str, found: re.Match[str]) -> date:
    if found.groupdict():
        return date(int(found["year"]), 3 * int(found[1]) - 2, 1)
    numbers = [int(part) for part in found.groups()]
    if grain == "week":
        return date.fromisocalendar(numbers[0], numbers[1], 1)
    if grain == "quarter":
        return date(numbers[0], 3 * numbers[1] - 2, 1)
    year, month, day = (*numbers, 1, 1)[:3]
    return date(year, month, day)


def _unknown(text: str) -> PlanError:
    return refuse(
        f"{text!r} is not a period: write 2024, 2024-Q4, 2024-11, 2024-W03, 2024-11-05 or 2024-10-01..2024-12-31"
    )


def _neighbour(span: Span, step: int) -> Span:
    for grain in GRAINS:
        if span == span_of(start_of(span.start, grain), grain):
            return span_of(following(span.start, grain, step), grain)
    start = span.start + timedelta(days=step * span.days)
    end = start + timedelta(days=span.days)
    return Span(start, end, f"{start.isoformat()}..{(end - timedelta(days=1)).isoformat()}")
