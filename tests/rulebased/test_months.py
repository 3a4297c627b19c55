"""Months by name stand in the order of the year, unless a ranking is asked for."""

from __future__ import annotations

import pytest

from analyst.core.text import MONTHS
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.interpreter import plan_for

LONG = tuple(sorted(MONTHS))
SHORT = tuple(sorted(month[:3] for month in MONTHS))


def table(values: tuple[str, ...]) -> TableCard:
    month = ColumnCard("month", "VARCHAR", "dimension", distinct=len(values), values=values)
    return TableCard("stays", 240, (month, ColumnCard("nights", "BIGINT", "measure", distinct=20, min=1, max=30)))


@pytest.mark.parametrize("values", [LONG, SHORT])
def test_months_by_name_stand_in_the_order_of_the_year(values: tuple[str, ...]) -> None:
    assert "ORDER BY list_position(['jan', 'feb'" in plan_for("total nights by month", table(values)).steps[0]["sql"]


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("which month has the most nights?", LONG),
        ("top 3 months by total nights", SHORT),
        ("total nights by month", ("North", "South", "West")),
    ],
)
def test_a_ranking_and_other_groups_stand_in_their_own_order(question: str, values: tuple[str, ...]) -> None:
    assert "list_position" not in plan_for(question, table(values)).steps[0]["sql"]
