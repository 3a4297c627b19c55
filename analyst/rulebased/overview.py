"""The plan for a question that asks for nothing in particular: what the table holds, its largest groups, its trend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyst.core.quoting import quoted
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.roles import added, is_amount, roles_of
from analyst.rulebased.steps import Step, method, query

MOST_MEASURES = 3
MOST_GROUPS = 2


def overview(card: TableCard, question: str = "") -> tuple[Step, ...]:
    """The steps: rows and main measures, the largest groups, a trend if there is time, and the data problems."""
    return tuple(replace(step, id=f"s{place}") for place, step in enumerate(_steps(card, question), 1))


def _steps(card: TableCard, question: str) -> Iterator[Step]:
    roles = roles_of(card, question)
    measures = roles.measures[:MOST_MEASURES]
    parts = ["count(*) AS records", *map(_measured, measures)]
    yield query("", f"SELECT {', '.join(parts)} FROM data")
    if card.rows < 2:
        return
    main = next((c for c in measures if added(c) and (is_amount(c) or len(roles.measures) == 1)), None)
    for group in roles.groups[:MOST_GROUPS]:
        yield method("", "share", by=group.name, value=main.name if main else None)
    for time in roles.times[:1] if card.rows > MOST_MEASURES else ():
        alone = measures[:1] if time.distinct == card.rows else ()  # where each row has a moment of its own
        value = main or next(iter(alone), None)
        agg = None if value is None else "sum" if added(value) else "mean"
        yield method("", "trend", time=time.name, value=value.name if value else None, agg=agg)
    yield method("", "quality")


def _measured(column: ColumnCard) -> str:
    """The sum of what adds up, else the average."""
    read = f"num({quoted(column.name)})" if column.numbers is not None else quoted(column.name)
    call, word = ("sum", "total") if added(column) else ("avg", "average")
    return f"{call}({read}) AS {quoted(f'{word} {column.name}')}"
