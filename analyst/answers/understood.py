"""How a question was understood, as readers are told: the planner's words, else what was computed; and the period."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from analyst.protocol.evidence import Evidence
from analyst.protocol.facts import Filter
from analyst.protocol.moments import dated, in_words

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00)?)?$")


def understood(reading: str, results: Evidence) -> str:
    """`reading`, or where there is none what the first result holds; with the days that its filters name, if it has
    none."""
    told = reading or next((table.what for table in results.tables if table.what), "")
    span = _span(results)
    if span is None or not told or _names(told, *span):
        return told
    return f"{told.rstrip('. ')} ({_in_words(*span)})."


def _in_words(first: date | None, last: date | None) -> str:
    if first and last:
        return in_words(first, last)
    return f"from {in_words(first, first)}" if first else f"up to {in_words(last, last)}" if last else ""


def _span(results: Evidence) -> tuple[date | None, date | None] | None:
    """The first and last day that the results' filters let through; None where they name none, or several spans."""
    spans = {span for table in results.tables if (span := _of_filters(table.facts.filters)) is not None}
    return spans.pop() if len(spans) == 1 else None


def _of_filters(filters: tuple[Filter, ...]) -> tuple[date | None, date | None] | None:
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


def _bounds(found: Filter) -> Iterator[tuple[date | None, date | None]]:
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


def _names(text: str, first: date | None, last: date | None) -> bool:
    """Whether the text itself says when the span begins and ends."""
    spans = [span for one in dated(text) for reading in one.readings[:1] for p in reading if (span := p.span)]
    return (not first or first in {span[0] for span in spans}) and (not last or last in {span[1] for span in spans})
