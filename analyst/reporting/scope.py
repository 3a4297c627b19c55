"""The conditions of a result in words, where no text of the report says them: "category is Technology"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from analyst.core.text import fold, listed
from analyst.protocol.evidence import EvidenceTable
from analyst.protocol.facts import Filter, Value
from analyst.reporting.labels import as_period, in_words
from analyst.reporting.naming import lower_first, words
from analyst.reporting.numbers import show

MAX_VALUES = 4
"""Values of a condition that are written out."""
_SAID = {
    "is": "is",
    "is not": "is not",
    "above": "is above",
    "below": "is below",
    "at least": "is at least",
    "at most": "is at most",
}


def scope(table: EvidenceTable, texts: Sequence[str]) -> str:
    """The conditions of `table` that none of `texts` says, as a sentence; "" where all are said or none is set."""
    said = fold(" ".join(texts))
    told = [_told(one) for one in _joined(table.facts.filters) if _narrows(one, table) and not _is_said(one, said)]
    return f"Only rows where {listed(told)}." if told else ""


def _joined(filters: Sequence[Filter]) -> Iterator[Filter]:
    """The conditions; two that bound a day to one calendar period are one, `between` 2017, 2017-Q1 or 2017-03."""
    starts = {one.column: one for one in filters if one.relation == "at least" and len(one.values) == 1}
    ends = {one.column: one for one in filters if one.relation == "below" and len(one.values) == 1}
    for one in filters:
        start, end = starts.get(one.column), ends.get(one.column)
        period = _period(start.values[0], end.values[0]) if start and end else ""
        if not period or one not in (start, end):
            yield one
        elif one is start:
            yield replace(one, relation="between", values=(period,))


def _period(start: Value, end: Value) -> str:
    """The calendar period from day `start` up to before day `end`; "" where that is none, or they are no days."""
    try:
        first, last = (date.fromisoformat(str(bound)[:10]) for bound in (start, end))
    except ValueError:
        return ""
    months = 12 * (last.year - first.year) + last.month - first.month
    if first.day != 1 or last.day != 1 or (first.month - 1) % (months or 1):
        return ""
    return {1: f"{first:%Y-%m}", 3: as_period(first.isoformat(), "quarter"), 12: f"{first:%Y}"}.get(months, "")


def _narrows(one: Filter, table: EvidenceTable) -> bool:
    """Whether the condition leaves rows out that a reader would miss: groups without a name are no such rows."""
    return one.relation != "present" or one.column not in (*table.facts.groups, *table.source)


def _is_said(one: Filter, said: str) -> bool:
    """Whether every value of the condition stands in the text, or its column for a condition without any."""
    if not one.values:
        return _stands(words(one.column), said)
    return all(any(_stands(form, said) for form in _forms(value)) for value in one.values)


def _stands(form: str, said: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(fold(form))}(?!\w)", said) is not None


def _forms(value: Value) -> tuple[str, ...]:
    text = str(value)
    return (text, in_words(text), show(value, "plain"), show(value))


def _told(one: Filter) -> str:
    name = lower_first(words(one.column))
    values = [in_words(value) if isinstance(value, str) else show(value, "plain") for value in one.values]
    if one.relation == "between" and values:
        return f"{name} is between {values[0]} and {values[1]}" if len(values) == 2 else f"{name} is in {values[0]}"
    if one.relation in _SAID and values:
        more = [f"{len(values) - MAX_VALUES} more values"] if len(values) > MAX_VALUES else []
        return f"{name} {_SAID[one.relation]} {listed([*values[:MAX_VALUES], *more], 'or')}"
    return {"missing": f"{name} is missing", "present": f"{name} is known"}.get(
        one.relation, f"a condition on {name} is met"
    )
