"""The plan for a question that asks for nothing in particular: what the table holds, its largest groups, its trend."""

from __future__ import annotations

from collections.abc import Iterator

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.link.columns import adds_up
from analyst.rulebased.plans.draft import Asked, Draft, select, step
from analyst.rulebased.roles import roles_of
from analyst.rulebased.select import DATA, Select
from analyst.rulebased.steps import Step

MOST_MEASURES = 3
MOST_GROUPS = 2


def overview(asked: Asked) -> Draft:
    """The steps: rows and main measures, the largest groups, a trend if there is time, and the data problems."""
    return Draft(f"An overview of the table{asked.in_words}.", tuple(_steps(asked)), overview=True)


def _steps(asked: Asked) -> Iterator[Step]:
    card, roles = asked.card, roles_of(asked.card)
    measures = roles.measures[:MOST_MEASURES]
    yield select(Select(("count(*) AS records", *map(_measured, measures)), DATA, asked.where))
    if card.rows < 2:
        return
    only = len(roles.measures) == 1  # what else could the table be about?
    main = next((c for c in measures[:1] if adds_up(c) or (only and c.adds is None)), None)
    for group in roles.groups[:MOST_GROUPS]:
        yield step("share", by=group.name, value=main.name if main else None)
    time = asked.time
    if time is not None and (time.distinct or 0) > MOST_MEASURES:
        alone = measures[:1] if time.distinct == card.rows else ()  # where each row has a moment of its own
        value = main or next(iter(alone), None)
        agg = None if value is None else "sum" if value is main else "mean"
        yield step("trend", time=time.name, value=value.name if value else None, agg=agg)
    yield step("quality")


def _measured(column: ColumnCard) -> str:
    """The sum of what adds up, else the average."""
    call, word = ("sum", "total") if adds_up(column) else ("avg", "average")
    return f"{call}({sql.number(column)}) AS {sql.quoted(f'{word} {column.name}')}"
