"""Questions as they are typed in haste: shorthand, and what happened told by a noun; each gives the right value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

Rows = list[dict[str, Any]]


def accounts() -> Rows:
    """Accounts of which every third has been canceled."""
    first = date(2023, 1, 3)
    return [
        {
            "account_id": f"A{n:03d}", "plan": ("Basic", "Pro")[n % 2], "signup_date": first + timedelta(days=2 * n),
            "cancel_date": first + timedelta(days=2 * n + 40 + n % 9) if n % 3 == 0 else "", "mrr": 20 + n % 7 * 10,
        }
        for n in range(240)
    ]  # fmt: skip


def stock() -> Rows:
    return [
        {"sku": f"P{n:03d}", "warehouse": ("Leeds", "Porto")[n % 2], "stock_qty": 3 + n * 7 % 90, "unit_cost": 1.5 + n % 11,
         "supplier": ("Nordex", "Sunco", "Tamm")[n % 3]}
        for n in range(90)
    ]  # fmt: skip


def traffic() -> Rows:
    return [
        {"date": f"2024-{1 + n // 28 % 12:02d}-{1 + n % 28:02d}", "source": ("mail", "ads")[n % 2], "sessions": 50 + n % 70,
         "conversions": 1 + n % 5}
        for n in range(336)
    ]  # fmt: skip


TABLES: dict[str, Callable[[], Rows]] = {"accounts_2024": accounts, "inventory": stock, "site_traffic": traffic}


@pytest.fixture(scope="module")
def table(table_of: Any) -> Any:
    return lambda name: table_of(name, TABLES[name]())


def by(rows: Rows, name: str, value: Callable[[Rows], float]) -> dict[str, Any]:
    return {g: pytest.approx(value([r for r in rows if r[name] == g])) for g in {r[name] for r in rows}}


def canceled(rows: Rows) -> Rows:
    return [r for r in rows if r["cancel_date"]]


def total(name: str) -> Callable[[Rows], float]:
    return lambda rows: sum(r[name] for r in rows)


@pytest.mark.parametrize(("name", "question", "expected"), [
    ("accounts_2024", "churn by plan", by(accounts(), "plan", lambda rows: len(canceled(rows)))),
    ("accounts_2024", "churn rate by plan", by(accounts(), "plan", lambda rows: len(canceled(rows)) / len(rows))),
    ("inventory", "stock by wharehouse", by(stock(), "warehouse", total("stock_qty"))),
    ("site_traffic", "conv rate by source",
     by(traffic(), "source", lambda rows: total("conversions")(rows) / total("sessions")(rows))),
])  # fmt: skip
def test_each_group_has_its_value(table: Any, name: str, question: str, expected: dict[str, Any]) -> None:
    assert {row[0]: row[1] for row in table(name).first(question)} == expected


@pytest.mark.parametrize(("name", "question", "expected"), [
    ("accounts_2024", "current mrr", sum(r["mrr"] for r in accounts() if not r["cancel_date"])),
    ("accounts_2024", "what share of accounts was canceled?", 80 / 240),
    ("accounts_2024", "avg time to cancel", sum(40 + n % 9 for n in range(0, 240, 3)) / 80),
    ("accounts_2024", "how long do customers stay before cancelling", sum(40 + n % 9 for n in range(0, 240, 3)) / 80),
    ("accounts_2024", "signups in feb 23", sum(r["signup_date"].strftime("%Y-%m") == "2023-02" for r in accounts())),
    ("inventory", "total stock value", sum(r["stock_qty"] * r["unit_cost"] for r in stock())),
    ("inventory", "how many skus are in leeds", 45),
])  # fmt: skip
def test_the_one_value_is_right(table: Any, name: str, question: str, expected: float) -> None:
    assert table(name).first(question)[0][0] == pytest.approx(expected)


def test_the_rate_of_a_count_whose_whole_is_unknown_is_no_share_of_its_total(table_of: Any) -> None:
    rows = [{"team": "AB"[n % 2], "escalations": n % 4} for n in range(80)]
    assert '"rate"' in str(table_of("team_days", rows).plan("escalations rate by team").unanswered)
