"""The plan of an overview: sums of what adds up, averages of the rest, the largest groups, a trend, the problems."""

from __future__ import annotations

from typing import Any

import pytest

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.interpreter import plan_for

SALES = (
    ColumnCard("region", "VARCHAR", "dimension", distinct=4),
    ColumnCard("revenue", "VARCHAR", "measure", distinct=900, numbers="$5"),
    ColumnCard("price", "DOUBLE", "measure", distinct=90, adds="never"),
    ColumnCard("day", "DATE", "time", distinct=300),
)


def steps(*columns: ColumnCard, rows: int = 900) -> list[dict[str, Any]]:
    return [dict(step) for step in plan_for("Give me an overview", TableCard("shop", rows, columns)).steps]


def test_each_part_of_an_overview_has_a_step() -> None:
    told = {str(step.get("method", "sql")): step for step in steps(*SALES) if step["id"] != "prepared"}
    assert list(told) == ["sql", "share", "trend", "quality"]
    assert 'sum(num("revenue")) AS "total revenue", avg("price") AS "average price"' in str(told["sql"]["sql"])
    assert told["share"]["value"] == "revenue" and told["trend"]["agg"] == "sum"


def test_without_an_amount_that_adds_up_rows_are_counted() -> None:
    _, share, trend, _ = steps(*(c for c in SALES if c.name != "revenue"))
    assert "value" not in share and "value" not in trend


def test_where_each_row_has_a_moment_of_its_own_its_first_number_is_followed() -> None:
    jobs = [
        ColumnCard(name, "BIGINT", "measure", distinct=90, adds=adds)
        for name, adds in (("mining", "last"), ("trade", "last"))
    ]
    _, trend, _ = steps(*jobs, ColumnCard("month", "DATE", "time", distinct=120), rows=120)
    assert (trend["value"], trend["agg"]) == ("mining", "mean")


def test_the_only_number_of_a_table_is_what_it_is_about() -> None:
    share = steps(SALES[0], ColumnCard("generation", "BIGINT", "measure", distinct=90))[1]
    assert share["value"] == "generation"


@pytest.mark.parametrize(
    ("columns", "rows", "methods"),
    [
        ((SALES[0],), 900, ["share", "quality"]),
        ((ColumnCard("remark", "VARCHAR", "text", distinct=900),), 900, ["quality"]),
        ((SALES[3],), 900, ["trend", "quality"]),
        (SALES[2:3], 2, ["quality"]),
        (SALES[2:3], 1, []),
    ],
)
def test_any_table_has_an_overview(columns: tuple[ColumnCard, ...], rows: int, methods: list[str]) -> None:
    first, *others = steps(*columns, rows=rows)
    assert first["sql"].startswith("SELECT count(*) AS records") and [step["method"] for step in others] == methods


def test_a_wide_table_is_told_by_a_few_of_its_columns() -> None:
    wide = [ColumnCard(f"x{i}", "DOUBLE", "measure", distinct=90) for i in range(200)]
    assert steps(*wide)[0]["sql"].count("avg(") == 3
