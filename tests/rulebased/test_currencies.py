"""Amounts in several currencies are ranked, divided and followed over time within each, and never with one another."""

from __future__ import annotations

from typing import Any

import pytest

Rows = list[dict[str, Any]]
CODES = ("EUR", "INR", "USD")


def deals() -> Rows:
    """A deal every second day of two years, in three currencies, of which one has amounts eighty times as large."""
    return [
        {
            "deal_no": f"D{n:03d}", "closed": f"{2023 + n // 180}-{n // 15 % 12 + 1:02d}-{n % 15 * 2 % 28 + 1:02d}",
            "region": ("North", "South", "East", "West")[n // 3 % 4], "customer": f"Firm {n % 25}",
            "amount": (100 + n * n % 70) * (80 if CODES[n % 3] == "INR" else 1), "currency": CODES[n % 3],
        }
        for n in range(360)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def table(table_of: Any) -> Any:
    return table_of("closed_deals", deals())


def total(**met: str) -> float:
    rows = (r for r in deals() if all(str(r[name]).startswith(value) for name, value in met.items()))
    return float(sum(r["amount"] for r in rows))


def answered(table: Any, question: str) -> list[dict[str, Any]]:
    """The rows of the first table that answers, by their columns."""
    found = next(t for t in table.evidence(question).tables if t.audience == "answer")
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


APART = [
    "amount by region", "which region has the highest amount?", "share of amount by region", "amount by region and month",
    "what share of amount comes from the North?", "how did amount change from 2023 to 2024?", "amount per month",
    "how did amount change from 2023 to 2024 by region?", "amount growth by region", "month over month growth of amount",
    "month over month growth of amount by region", "running total of amount", "average monthly growth of amount",
    "average amount per month", "customers with total amount over 900", "top 2 customers per region by amount",
    "top 3 customers share of amount", "forecast amount for the next 3 months", "distribution of amount",
    "outliers in amount", "unusual months of amount", "amount per customer", "total amount", "amount trend by region",
    "total amount by currency", "which currency has the highest amount?", "average amount by currency and region",
]  # fmt: skip


@pytest.mark.parametrize("question", APART)
def test_no_result_puts_two_currencies_together(table: Any, question: str) -> None:
    evidence = table.evidence(question)
    assert "mixed_currencies" not in {c.code for t in evidence.tables for c in t.cautions}
    for rows in (t for t in evidence.tables if t.audience == "answer" and "currency" in t.columns):
        upto = rows.columns.index("currency") + 1
        groups = [row[:upto] for row in rows.rows]
        assert groups == sorted(groups), "no currency is ranked among another's amounts"


@pytest.mark.parametrize("question", [q for q in APART if "currency" not in q])
def test_the_answer_says_that_they_are_kept_apart(table: Any, question: str) -> None:
    assert "in several currencies" in str(table.plan(question).unanswered)


def test_asked_for_by_currency_nothing_is_left_open(table: Any) -> None:
    assert table.plan("total amount by currency").unanswered is None


def test_growth_between_two_years_is_that_of_each_currency(table: Any) -> None:
    rows = answered(table, "how did amount change from 2023 to 2024?")
    found = {row["currency"]: row["growth"] for row in rows if row["period"] == "2024"}
    assert found == {
        c: pytest.approx(total(currency=c, closed="2024") / total(currency=c, closed="2023") - 1) for c in CODES
    }


def test_a_share_is_one_of_its_currency(table: Any) -> None:
    rows = answered(table, "share of amount by region")
    assert len(rows) == 12
    for row in rows:
        part = total(currency=row["currency"], region=row["region"]) / total(currency=row["currency"])
        assert row["share"] == pytest.approx(part)
    rows = answered(table, "what share of amount comes from the North?")
    north = {c: pytest.approx(total(currency=c, region="North") / total(currency=c)) for c in CODES}
    assert {row["currency"]: row["share"] for row in rows} == north


def test_what_a_thing_brings_is_told_in_each_currency(table: Any) -> None:
    rows = answered(table, "average amount per customer by region")
    assert {row["currency"] for row in rows} == set(CODES)


def test_one_currency_is_followed_as_ever(table: Any) -> None:
    plan = table.plan("how did amount in EUR change from 2023 to 2024?")
    assert plan.unanswered is None
    assert any(dict(step).get("method") == "change" for step in plan.steps)


def test_what_no_currency_is_asked_of_is_said_to_be_mixed(table: Any) -> None:
    assert "mixes them" in str(table.plan("what drives amount?").unanswered)
