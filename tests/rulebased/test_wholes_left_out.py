"""Members that are the sum of others are in no figure of all, whatever is computed, unless they are asked for."""

from __future__ import annotations

import pytest

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.interpreter import plan_for

PORTS = TableCard(
    "ports",
    60,
    (
        ColumnCard("port", "VARCHAR", "dimension", distinct=5, values=("Ayr", "Bath", "Cork", "Dover", "All ports"),
                   wholes=("All ports",)),
        ColumnCard("year", "BIGINT", "time", distinct=12, min=2010, max=2021),
        ColumnCard("tonnes", "BIGINT", "measure", distinct=55, min=3, max=900, adds="rows"),
    ),
)  # fmt: skip


def sql(question: str) -> str:
    return str(plan_for(question, PORTS).steps[0].get("sql", ""))


@pytest.mark.parametrize("question", ["average tonnes", "median tonnes", "total tonnes", "highest tonnes"])
def test_a_figure_of_all_leaves_the_whole_out(question: str) -> None:
    assert """ WHERE "port" IS DISTINCT FROM 'All ports'""" in sql(question)


def test_a_figure_of_the_whole_is_of_the_whole() -> None:
    asked = sql("average tonnes of All ports")
    assert "'All ports'" in asked and "DISTINCT FROM" not in asked
