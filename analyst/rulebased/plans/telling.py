"""What a plan computes and keeps, in words: its steps, for the reading of a plan that had to leave some out, and what a
follow-up carries over from the question before it ("2024", "by product")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import spoken
from analyst.rulebased.plans.conditions import words
from analyst.rulebased.plans.draft import PREPARED, READY
from analyst.rulebased.plans.expressions import key, value
from analyst.rulebased.query.coverage import used_columns
from analyst.rulebased.query.model import Query
from analyst.rulebased.steps import Method, Step

METHODS = {
    "anomalies": "unusual periods", "change": "the change between two periods", "chi_square": "the link between both",
    "compare_groups": "the comparison", "correlation": "the correlation", "describe": "the distribution",
    "drivers": "the links", "forecast": "the forecast", "impute": "the values that fill gaps",
    "linear_regression": "the regression", "location_test": "the test", "normality_test": "the test of normality",
    "outliers": "the outliers", "quality": "what is wrong with the data", "segments": "groups of rows that are alike",
    "share": "the shares", "train_model": "the model", "trend": "the course over time",
}  # fmt: skip
"""The methods that plans use, and what each gives."""
_PARAMETERS = ("target", "value", "column", "columns", "features", "x", "y", "group", "by", "paired_with", "time")


def lead_of(steps: Iterable[Step]) -> Step | None:
    """The step that answers the question: the first that does more than prepare rows."""
    return next((step for step in steps if step.id not in (PREPARED, READY)), None)


def left_out(steps: Iterable[Step], query: Query, card: TableCard) -> str:
    """A sentence on the steps that could not be computed; nothing where there are none."""
    told = _told(steps, query, card)
    return f"This part could not be computed and is left out: {listed(told)}." if told else ""


def what_is_left(steps: Iterable[Step], query: Query, card: TableCard) -> str:
    """The reading of a plan of which only `steps` are left."""
    told = _told(steps, query, card)
    return f"Only {listed(told)}." if told else "Only the number of records."


def _told(steps: Iterable[Step], query: Query, card: TableCard) -> list[str]:
    used = tuple(used_columns(query)) or query.columns[:1]
    figures = f"figures of {listed([spoken(column) for column in used])}" if used else "the number of records"
    steps = [step for step in steps if step.id not in (PREPARED, READY)]
    return list(dict.fromkeys(_of(step, card) if isinstance(step, Method) else figures for step in steps))


def _of(step: Method, card: TableCard) -> str:
    every = {column.name: column for column in card.columns}
    named = [name for parameter in _PARAMETERS for name in step.columns(parameter)]
    of = listed(list(dict.fromkeys(spoken(every[name]) for name in named if name in every))[:3])
    return f"{METHODS[step.name]}{f' of {of}' if of else ''}"


def _measured(query: Query) -> list[ColumnCard]:
    return [value.column for value in query.values if value.column is not None]


def carried_over(query: Query, earlier: Query) -> tuple[str, ...]:
    """The parts of `query` that are those of the `earlier` one (both without what is the same by itself)."""
    return tuple(dict.fromkeys(_carried(query, earlier)))


def _carried(query: Query, earlier: Query) -> Iterator[str]:
    yield from (value(v).words for v in query.values if v in earlier.values)
    columns = query.columns[:1] if query.intent == "drivers" else query.columns
    yield from (spoken(column) for column in columns if column in earlier.columns or column in _measured(earlier))
    yield from (f"by {key(k).words}" for k in query.keys if k in earlier.keys)
    grain = query.options.get("grain")
    if grain is not None and grain == earlier.options.get("grain"):
        yield f"by {grain}"
    yield from (words(c) for c in query.conditions if c in earlier.conditions)
    if query.compared is not None and query.compared == earlier.compared:
        yield " to ".join(period.words for period in query.compared)
    if query.order and query.limit and (query.order, query.limit) == (earlier.order, earlier.limit):
        yield f"{'top' if query.order == 'highest' else 'bottom'} {query.limit}"
