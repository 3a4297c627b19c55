"""What lacks something, where nothing does: the answer is that there is none, of how many, and not that it is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analyst.datasets.catalog.combining import Parts, find_relations, join, plan_joining
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from tests.rulebased.conftest import DOMAINS, Asked

Rows = list[dict[str, Any]]


def customers() -> Rows:
    return [
        {"customer_id": f"C{n:03d}", "customer_name": f"Firm {n}", "city": ("Lyon", "Nice")[n % 2]} for n in range(40)
    ]


def orders(buyers: int) -> Rows:
    """200 orders of the first `buyers` customers."""
    return [{"order_id": f"O{n:04d}", "customer_id": f"C{n % buyers:03d}", "amount": 5 + n % 30} for n in range(200)]


def members() -> Rows:
    """People who all have what is asked for."""
    return [
        {"member_id": f"M{n:03d}", "team": "ABC"[n % 3], "email": f"m{n}@club.example", "total_orders": 1 + n % 6,
         "certified": "yes", "last_visit": f"2024-03-{n % 28 + 1:02d}"}
        for n in range(60)
    ]  # fmt: skip


@pytest.fixture
def joined(tmp_path: Path) -> Iterator[Callable[[int, str], Asked]]:
    """Customers and orders, joined for a question."""
    opened: list[Asked] = []

    def made(buyers: int, question: str) -> Asked:
        tables = {"customers": customers(), "orders": orders(buyers)}
        paths = [DOMAINS.write_csv(rows, tmp_path / f"{name}.csv") for name, rows in tables.items()]
        parts = Parts.of([profile_table(open_table(path, tmp_path / path.stem)) for path in paths])
        relations = find_relations(parts, tmp_path / "plan")
        planned = plan_joining(parts, relations, question, tmp_path / "plan")
        opened.append(Asked(join(parts, planned, tmp_path / "joined"), tmp_path / "joined"))
        return opened[-1]

    yield made
    for asked in opened:
        asked.close()


@pytest.mark.parametrize("question", [
    "Which customers have no orders?",
    "Which customers never ordered?",
    "customers without orders",
    "How many customers haven't placed any orders?",
])  # fmt: skip
@pytest.mark.parametrize("buyers", [40, 37])
def test_customers_without_orders_are_looked_for_among_all(
    joined: Callable[[int, str], Asked], question: str, buyers: int
) -> None:
    assert joined(buyers, question).first(question)[0][0] == 40 - buyers


@pytest.mark.parametrize("question", [
    "which members have no orders?", "members without orders", "members who have never ordered",
    "members without email", "which members have no last visit?", "members without certified",
    "which members never ordered",
])  # fmt: skip
def test_none_lacks_what_every_row_has(table_of: Any, question: str) -> None:
    assert table_of("club_members", members()).first(question)[0][0] == 0


def test_rows_can_not_tell_of_those_who_have_none(table_of: Any) -> None:
    assert table_of("order_rows", orders(40)).plan("which customers never ordered?").unanswered is not None
