"""Two columns named in a row: the kinds of a thing, or two keys."""

from __future__ import annotations

import pytest

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.interpreter import plan_for

ORDERS = TableCard(
    "orders",
    3000,
    (
        ColumnCard("client", "VARCHAR", "identifier", distinct=180),
        ColumnCard("branch", "VARCHAR", "dimension", distinct=3, values=("Retail", "Online", "B2B")),
        ColumnCard("article", "VARCHAR", "dimension", distinct=40),
        ColumnCard("group", "VARCHAR", "dimension", distinct=5),
        ColumnCard("sold_on", "DATE", "time", distinct=300, min="2023-01-02", max="2024-11-17"),
        ColumnCard("turnover", "DOUBLE", "measure", distinct=2900, min=1.0, mean=30.0, max=400.0),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("turnover by client branch", "branch"),
        ("turnover by article group", "group"),
        ("average turnover for each client branch", "branch"),
        ("which client branch has the highest turnover?", "branch"),
        ("turnover by branch and article group", "branch and group"),
        ("total turnover per article group and branch", "group and branch"),
    ],
)
def test_a_thing_before_its_kind_is_asked_by_the_kind(question: str, keys: str) -> None:
    made = plan_for(question, ORDERS)
    assert f"by {keys}, highest first" in made.reading
    assert made.unanswered is None


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("turnover by client and branch", "client and branch"),
        ("turnover by article, group", "article and group"),
        ("turnover by clients", "client"),
        ("top 5 clients by turnover", "client"),
    ],
)
def test_two_keys_stay_two(question: str, keys: str) -> None:
    assert f"by {keys}, highest first" in plan_for(question, ORDERS).reading


def test_a_kind_before_its_thing_is_not_silently_one_of_them() -> None:
    made = plan_for("turnover by branch client", ORDERS)
    assert "client" in made.reading or "client" in (made.unanswered or "")
