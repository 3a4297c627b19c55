"""What a follow-up keeps of the question before it, in words for the reader: "2024", "by product"."""

from __future__ import annotations

from collections.abc import Iterator

from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import spoken
from analyst.rulebased.plans.conditions import words
from analyst.rulebased.plans.expressions import key, value
from analyst.rulebased.query.model import Query


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
