"""What must not be put together: lines of one order, amounts in several currencies, measures that develop side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.rulebased.conftest import Asked

Rows = list[dict[str, object]]


def exported(key: str = "Name", mark: str = "#") -> Rows:
    """60 orders of one to three lines; what is of the order stands in its first line only."""
    rows: Rows = []
    for order in range(60):
        for line in range(1 + order % 3):
            first = line == 0
            rows.append(
                {
                    key: f"{mark}{1001 + order}",
                    "Paid at": f"2024-{1 + order % 12:02d}-{1 + order % 27:02d}" if first else "",
                    "Total": 10 + order if first else "",
                    "Lineitem name": ("Mug", "Cap", "Bag", "Pen")[(order + line) % 4],
                    "Lineitem quantity": 1 + (order + line) % 5,
                }
            )
    return rows


def paid(currencies: tuple[str, ...] = ("USD", "EUR", "INR")) -> Rows:
    titles = ("Engineer", "Analyst", "Manager")
    return [
        {
            "title": titles[i % 3],
            "salary": (60_000 + i * 37 % 9_000)
            * (80 if (code := currencies[i // 3 % len(currencies)]) == "INR" else 1),
            "currency": code,
            "desk": f"D{i}",
        }
        for i in range(180)
    ]


def visits() -> Rows:
    return [
        {
            "month": f"{2023 + m // 12}-{m % 12 + 1:02d}-01",
            "site": site,
            "clicks": 100 + 5 * m + k,
            "spend": 50.5 + 2 * m,
        }
        for m in range(24)
        for k, site in enumerate(("north", "south"))
    ]


@pytest.fixture(scope="module")
def orders(table_of: Callable[[str, Rows], Asked]) -> Asked:
    return table_of("shop_export", exported())


@pytest.fixture(scope="module")
def salaries(table_of: Callable[[str, Rows], Asked]) -> Asked:
    return table_of("wages_by_currency", paid())


@pytest.fixture(scope="module")
def course(table_of: Callable[[str, Rows], Asked]) -> Asked:
    return table_of("site_visits", visits())


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("How many orders are there?", 60),
        ("How many orders contain a Mug?", sum(any((o + i) % 4 == 0 for i in range(1 + o % 3)) for o in range(60))),
        ("How many transactions do we have?", 60),
        ("How many rows are there?", 120),
        ("How many records are there?", 120),
    ],
)
def test_orders_whose_numbers_are_only_called_name_are_counted_once(orders: Asked, question: str, count: int) -> None:
    plan = orders.plan(question)
    table = next(t for t in orders.evidence(question).tables if t.audience == "answer")
    assert table.rows[0][0] == count, plan


def test_orders_by_month_are_those_that_have_a_date(orders: Asked) -> None:
    rows = orders.first("How many orders were there each month?")
    assert [row[:2] for row in rows][:2] == [("2024-01", 5), ("2024-02", 5)]


def test_what_an_order_comes_to_is_the_total_by_orders(orders: Asked) -> None:
    (row,) = orders.first("What is the average order value?")
    assert row[0] == pytest.approx(sum(10 + o for o in range(60)) / 60)


def test_names_that_are_no_numbers_are_not_what_rows_belong_to(table_of: Callable[[str, Rows], Asked]) -> None:
    rows = [row | {"Name": f"Item {'abcde'[i % 5]}"} for i, row in enumerate(exported())]
    (row,) = table_of("plain_items", rows).first("How many rows are there?")
    assert row[0] == 120


def planned(asked: Asked, question: str) -> list[dict[str, Any]]:
    return [dict(step) for step in asked.plan(question).steps]


@pytest.mark.parametrize(
    "question",
    [
        "Which title has the highest average salary?",
        "Average salary by title",
        "Top 2 titles by total salary",
        "How does salary differ between titles?",
    ],
)
def test_groups_are_ranked_within_each_currency(salaries: Asked, question: str) -> None:
    rows = [r for r in next(t for t in salaries.evidence(question).tables if t.audience == "answer").rows]
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert {row[0] for row in rows} == {"EUR", "INR", "USD"}
    assert "not compared" in str(salaries.plan(question).unanswered)


@pytest.mark.parametrize("question", ["What is the highest salary?", "top 5 salaries", "What is the total salary?"])
def test_single_amounts_are_shown_for_each_currency(salaries: Asked, question: str) -> None:
    table = next(t for t in salaries.evidence(question).tables if t.audience == "answer")
    assert sorted(row[0] for row in table.rows) == ["EUR", "INR", "USD"]
    assert [step.get("method") for step in planned(salaries, question)] == [None]


def test_rows_of_one_currency_are_ranked_as_ever(salaries: Asked) -> None:
    plan = salaries.plan("Which title has the highest average salary in EUR?")
    assert plan.unanswered is None and "of each" not in plan.reading.casefold()


def test_counts_are_compared_over_all_currencies(salaries: Asked) -> None:
    assert salaries.plan("How many desks are there by title?").unanswered is None


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("How did clicks and spend develop?", ["clicks", "spend"]),
        ("How have spend and clicks evolved per quarter?", ["spend", "clicks"]),
        ("How did clicks and spend develop by site?", ["clicks", "spend"]),
    ],
)
def test_several_measures_develop_side_by_side(course: Asked, question: str, values: list[str]) -> None:
    steps = planned(course, question)
    assert course.plan(question).unanswered is None
    assert [step["value"] for step in steps if step.get("method") == "trend"] == values


def test_two_measures_without_a_course_are_totals(course: Asked) -> None:
    assert planned(course, "What are total clicks and total spend?")[0].get("method") is None


def gifts() -> Rows:
    """Many small donations of Lyon and Nice, two large ones of Arles."""
    rows: Rows = [
        {"donor_city": ("Lyon", "Lyon", "Nice")[i % 3], "amount": 20 + i % 7, "campaign": ("Gala", "Fair")[i % 2]}
        for i in range(90)
    ]
    return [*rows, *({"donor_city": "Arles", "amount": 900 + i, "campaign": "Gala"} for i in range(2))]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Which donor_city has the highest number of donations?", [("Lyon", 60), ("Nice", 30), ("Arles", 2)]),
        ("How many donations by donor city?", [("Lyon", 60), ("Nice", 30), ("Arles", 2)]),
        ("Which donor cities have fewer than 3 donations?", [("Arles", 2)]),
        ("Which donor cities have at least 50 donations?", [("Lyon", 60)]),
    ],
)
def test_what_the_table_is_called_is_counted_and_not_measured(
    table_of: Callable[[str, Rows], Asked], question: str, rows: list[tuple[str, int]]
) -> None:
    assert [row[:2] for row in table_of("donations", gifts()).first(question)] == rows


def test_a_field_asks_for_the_most_donations_and_not_for_the_largest(table_of: Callable[[str, Rows], Asked]) -> None:
    question = "Which donor_city has the highest number of donations? Answer in this format: @city[name]"
    assert "amount" not in str(table_of("donations", gifts()).plan(question).steps)


def test_donations_that_are_added_up_are_amounts(table_of: Callable[[str, Rows], Asked]) -> None:
    ((total, *_),) = table_of("donations", gifts()).first("What are total donations?")
    assert total == sum(int(str(row["amount"])) for row in gifts())
