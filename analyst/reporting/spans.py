"""The days that conditions of a result let through, in words, and whether a text says them already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TypeAlias

from analyst.protocol.facts import Filter
from analyst.protocol.moments import dated, in_words

Span: TypeAlias = "tuple[date | None, date | None]"
"""A first and a last day; None: open at that end."""
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00)?)?$")


def span_of(filters: Iterable[Filter]) -> Span | None:
    """The days that the conditions let through; None where they name none, several columns or several spans."""
    firsts, lasts, columns = list[date](), list[date](), set[str]()
    for found in filters:
        bounds = list(_bounds(found))
        columns |= {found.column} if bounds else set()
        firsts += [first for first, _ in bounds if first]
        lasts += [last for _, last in bounds if last]
    if len(columns) != 1 or len(firsts) > 1 or len(lasts) > 1:
        return None
    first, last = next(iter(firsts), None), next(iter(lasts), None)
    return None if first and last and first > last else (first, last)


def bounds_days(found: Filter) -> bool:
    """Whether a condition compares with days."""
    return any(True for _ in _bounds(found))


def says(text: str, span: Span) -> bool:
    """Whether `text` itself tells when the span begins and ends."""
    if span_words(span) in text:
        return True
    first, last = span
    told = [days for one in dated(text) for reading in one.readings[:1] for p in reading if (days := p.span)]
    return (not first or first in {days[0] for days in told}) and (not last or last in {days[1] for days in told})


def span_words(span: Span) -> str:
    """The span as people say it: "2024", "April to June 2024", "from April 1, 2024"."""
    first, last = span
    if first and last:
        return in_words(first, last)
    return f"from {in_words(first, first)}" if first else f"up to {in_words(last, last)}" if last else ""


def _bounds(found: Filter) -> Iterator[Span]:
    """The first and last day that one filter lets through, where it compares with days."""
    days = [day for value in found.values if (day := _day(value)) is not None]
    if not days or len(days) != len(found.values):
        return
    if found.relation == "between" and len(days) == 2:
        yield days[0], days[1]
    elif found.relation in ("at least", "above"):
        yield days[0] + timedelta(days=found.relation == "above"), None
    elif found.relation in ("at most", "below"):
        yield None, days[0] - timedelta(days=found.relation == "below")
    elif found.relation == "is" and len(days) == 1:
        yield days[0], days[0]


def _day(value: object) -> date | None:
    found = _DAY.match(value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
