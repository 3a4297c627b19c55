"""Totals by the number of things: `revenue per customer by segment` tells what the customers of each segment bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Rows = list[dict[str, Any]]


def orders() -> Rows:
    """600 orders of 30 customers in three segments and four regions, sold by six people."""
    return [
        {
            "order_id": f"O{n:04d}", "customer_name": f"Firm {n * 7 % 30}", "segment": ("Retail", "Public", "Trade")[n * 7 % 3],
            "region": ("North", "South", "East", "West")[n % 4], "product": f"Item {n % 12}", "revenue": 20 + n * n % 97,
            "rating": 1 + n % 5,
        }
        for n in range(600)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def table(table_of: Any) -> Any:
    return table_of("shop_orders", orders())


def per_customer(rows: Rows, top: Callable[[Rows], float]) -> float:
    return top(rows) / len({r["customer_name"] for r in rows})


def by(name: str, top: Callable[[Rows], float]) -> dict[str, float]:
    groups = {r[name] for r in orders()}
    return {group: per_customer([r for r in orders() if r[name] == group], top) for group in groups}


def revenue(rows: Rows) -> float:
    return float(sum(r["revenue"] for r in rows))


@pytest.mark.parametrize(("question", "expected"), [
    ("revenue per customer by segment", by("segment", revenue)),
    ("average revenue per customer by region", by("region", revenue)),
    ("orders per customer by region", by("region", len)),
    ("number of orders per customer by segment", by("segment", len)),
])  # fmt: skip
def test_a_total_per_thing_by_group_is_divided_by_the_things_of_each_group(
    table: Any, question: str, expected: dict[str, float]
) -> None:
    assert {row[0]: row[1] for row in table.first(question)} == {k: pytest.approx(v) for k, v in expected.items()}
    assert "could also be asked for each one" in table.plan(question).reading


def test_the_group_whose_things_bring_most_is_asked_of_the_groups(table: Any) -> None:
    expected = by("segment", revenue)
    found = table.first("which segment has the highest revenue per customer?")
    assert found[0][:2] == (max(expected, key=expected.__getitem__), pytest.approx(max(expected.values())))


@pytest.mark.parametrize(("question", "groups"), [
    ("revenue per customer", 30),
    ("orders per customer", 30),
    ("revenue per region by product", 12),
    ("revenue per product by segment", 12),
    ("rating per customer by segment", 30),
])  # fmt: skip
def test_other_groups_have_a_row_each(table: Any, question: str, groups: int) -> None:
    assert len(table.first(question)) == groups


def test_the_first_of_each_thing_are_ranked_within_it(table: Any) -> None:
    found = table.first("top 2 products per customer by revenue")
    assert len(found) == 60
