"""The conditions of a result in words, where no text of the report says them: "category is Technology"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyst.core.text import fold, listed
from analyst.protocol.evidence import EvidenceTable
from analyst.protocol.facts import Filter, Value
from analyst.reporting.labels import in_words
from analyst.reporting.naming import lower_first, words
from analyst.reporting.numbers import show
from analyst.reporting.spans import bounds_days, says, span_of, span_words

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
    text = " ".join(texts)
    narrow = [one for one in table.facts.filters if _narrows(one, table)]
    told = [
        unsaid
        for column in dict.fromkeys(one.column for one in narrow)
        for unsaid in _unsaid([one for one in narrow if one.column == column], text)
    ]
    return f"Only rows where {listed(told)}." if told else ""


def _unsaid(conditions: Sequence[Filter], text: str) -> Iterator[str]:
    """What the text does not say of the conditions on one column; both ends of a span of days are one."""
    column, span = conditions[0].column, span_of(conditions)
    if span is not None and None not in span and span[0] != span[1]:
        conditions = [one for one in conditions if not bounds_days(one)]
        if not says(text, span):
            yield f"{lower_first(words(column))} is within {span_words(span)}"
    said = fold(text)
    yield from (_told(one) for one in conditions if not _is_said(one, said))


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
    if one.relation == "between" and len(values) == 2:
        return f"{name} is between {values[0]} and {values[1]}"
    if one.relation in _SAID and values:
        more = [f"{len(values) - MAX_VALUES} more values"] if len(values) > MAX_VALUES else []
        return f"{name} {_SAID[one.relation]} {listed([*values[:MAX_VALUES], *more], 'or')}"
    return {"missing": f"{name} is missing", "present": f"{name} is known"}.get(
        one.relation, f"a condition on {name} is met"
    )
