"""Follow-ups to a question: each gives what the whole question would, tells what it kept, or is left open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from statistics import fmean, median
from types import ModuleType
from typing import Any

import pytest

from analyst.rulebased.plans.draft import PREPARED
from tests.rulebased.conftest import Asked

Rows = list[dict[str, Any]]
Get = Callable[[str], Asked]


def told(asked: Asked, questions: Sequence[str]) -> list[tuple[Any, ...]]:
    """The rows that answer the last of `questions`, asked one after the other."""
    tables = asked.evidence(questions[-1], questions[:-1]).tables
    return list(next(table for table in tables if table.id != PREPARED).rows)


def total(rows: Iterable[dict[str, Any]], column: str) -> float:
    return round(float(sum(row[column] for row in rows)), 2)


def by(rows: Rows, key: str, value: Callable[[Rows], float]) -> dict[str, float]:
    groups: dict[str, Rows] = {}
    for row in rows:
        groups.setdefault(str(row[key]).strip().title(), []).append(row)
    return {name: round(value(members), 2) for name, members in groups.items()}


def revenue(rows: Rows) -> float:
    return total(rows, "revenue")


def in_year(rows: Rows, year: int) -> Rows:
    return [row for row in rows if row["order_date"].year == year]


def of(rows: Rows, **values: str) -> Rows:
    return [row for row in rows if all(str(row[k]).strip().title() == v for k, v in values.items())]


Value = Callable[[Rows], float]
NUMBERS: list[tuple[tuple[str, ...], Value]] = [
    (("What is the total revenue?", "and in Lyon?"), lambda rows: revenue(of(rows, city="Lyon"))),
    (("What is the total revenue in Lyon?", "what about Paris?"), lambda rows: revenue(of(rows, city="Paris"))),
    (("What was the total revenue in 2023?", "and in 2024?"), lambda rows: revenue(in_year(rows, 2024))),
    (("What was the total revenue in 2024?", "and the year before?"), lambda rows: revenue(in_year(rows, 2023))),
    (
        ("total revenue in February 2023", "and in March?"),
        lambda rows: revenue([r for r in in_year(rows, 2023) if r["order_date"].month == 3]),
    ),
    (
        ("total revenue in Lyon in 2024", "only returned orders"),
        lambda rows: revenue(of(in_year(rows, 2024), city="Lyon", status="Returned")),
    ),
    (("total revenue in 2024", "and the average?"), lambda rows: round(fmean(r["revenue"] for r in in_year(rows, 2024)), 2)),
    (("average profit in Paris", "median instead"), lambda rows: round(median(r["profit"] for r in of(rows, city="Paris")), 2)),
    (
        ("total revenue in March 2024", "same month a year earlier"),
        lambda rows: revenue([r for r in in_year(rows, 2023) if r["order_date"].month == 3]),
    ),
    (("total revenue in Paris", "how many orders is that?"), lambda rows: len(of(rows, city="Paris"))),
    (("total revenue", "leave out Desk"), lambda rows: revenue([r for r in rows if r["product"] != "Desk"])),
    (("total revenue for desks", "and profit?"), lambda rows: total(of(rows, product="Desk"), "profit")),
    (
        ("How many orders were delivered in 2024?", "how many were returned?"),
        lambda rows: len(of(in_year(rows, 2024), status="Returned")),
    ),
    (
        ("total revenue in Lyon", "what about Paris?", "in 2024", "without Desk"),
        lambda rows: revenue([r for r in of(in_year(rows, 2024), city="Paris") if r["product"] != "Desk"]),
    ),
    (("total profit excluding returned orders", "including returned"), lambda rows: total(rows, "profit")),
    (
        ("total profit for delivered orders", "including returned"),
        lambda rows: total([r for r in rows if r["status"] != "cancelled"], "profit"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("questions", "value"), NUMBERS, ids=[" | ".join(q) for q, _ in NUMBERS])
def test_a_follow_up_changes_one_part_of_a_number_and_keeps_the_others(
    questions: tuple[str, ...], value: Value, asked: Get, domains: ModuleType
) -> None:
    [row] = told(asked("shop"), questions)
    assert round(float(row[0]), 2) == value(domains.shop())
    assert asked("shop").plan(questions[-1], questions[:-1]).unanswered is None


TABLES: list[tuple[tuple[str, ...], Callable[[Rows], dict[str, float]]]] = [
    (("total revenue in 2024", "now by city"), lambda rows: by(in_year(rows, 2024), "city", revenue)),
    (("total revenue by product", "by city instead"), lambda rows: by(rows, "city", revenue)),
    (("total revenue by product in 2024", "and in Lyon?"), lambda rows: by(of(in_year(rows, 2024), city="Lyon"), "product", revenue)),
    (("total revenue by category", "exclude cancelled"), lambda rows: by([r for r in rows if r["status"] != "cancelled"], "category", revenue)),
    (("total revenue in Lyon", "by city"), lambda rows: by(rows, "city", revenue)),
    (("average revenue by city", "and the maximum?"), lambda rows: by(rows, "city", lambda group: max(r["revenue"] for r in group))),
    (("average revenue by city", "what about quantity?"), lambda rows: by(rows, "city", lambda group: fmean(r["quantity"] for r in group))),
    (("how many orders per city?", "and per product?"), lambda rows: by(rows, "product", len)),
    (("total profit in Paris", "vs Lyon"), lambda rows: by([r for r in rows if r["city"] != "Nantes"], "city", lambda group: total(group, "profit"))),
    (("total revenue by city and category", "drop the category"), lambda rows: by(rows, "city", revenue)),
]  # fmt: skip


@pytest.mark.parametrize(("questions", "value"), TABLES, ids=[" | ".join(q) for q, _ in TABLES])
def test_a_follow_up_asks_for_other_groups_or_for_the_same_of_other_rows(
    questions: tuple[str, ...], value: Callable[[Rows], dict[str, float]], asked: Get, domains: ModuleType
) -> None:
    rows = told(asked("shop"), questions)
    assert {str(row[0]).strip().title(): round(float(row[1]), 2) for row in rows} == value(domains.shop())


def test_only_the_top_few_are_the_first_of_the_same_ranking(asked: Get, domains: ModuleType) -> None:
    ranked = sorted(by(domains.shop(), "product", revenue).items(), key=lambda pair: -pair[1])
    rows = told(asked("shop"), ("total revenue by product", "only the top 3"))
    assert [row[0] for row in rows] == [name for name, _ in ranked[:3]]
    [last, *_] = told(asked("shop"), ("Which product has the highest revenue?", "and the lowest?"))
    assert last[0] == ranked[-1][0]


def test_a_ranking_is_by_the_number_that_is_named_next(asked: Get, domains: ModuleType) -> None:
    sold = sorted(by(domains.shop(), "product", lambda group: total(group, "quantity")).items(), key=lambda p: -p[1])
    rows = told(asked("shop"), ("Which product has the highest revenue?", "and by quantity?"))
    assert [(row[0], row[1]) for row in rows] == sold


def test_an_end_is_one_of_the_number_that_was_asked_about(asked: Get) -> None:
    plan = asked("hospital").plan("and the shortest?", ("Which ward has the longest waiting time?",))
    assert plan.reading.startswith("The average waiting minutes by ward, lowest first")


def test_shares_are_those_of_the_same_groups_and_rows(asked: Get, domains: ModuleType) -> None:
    rows = told(asked("shop"), ("total revenue by city in 2024", "as a share"))
    whole = revenue(in_year(domains.shop(), 2024))
    split = by(in_year(domains.shop(), 2024), "city", revenue)
    assert {row[0]: pytest.approx(row[2], abs=1e-6) for row in rows} == {
        name: part / whole for name, part in split.items()
    }


def test_a_share_is_of_the_whole_also_when_it_is_asked_for_another_group(asked: Get, domains: ModuleType) -> None:
    [row] = told(asked("shop"), ("What share of revenue comes from Lyon?", "and from Paris?"))
    shop = domains.shop()
    assert float(row[0]) == pytest.approx(revenue(of(shop, city="Paris")) / revenue(shop), abs=1e-4)


def test_why_takes_a_change_apart(asked: Get) -> None:
    plan = asked("shop").plan("why?", ("How did revenue change from 2023 to 2024?",))
    assert len([step for step in plan.steps if step.get("method") == "change"]) == 3
    assert plan.carried == ("total revenue", "2023 to 2024")


def test_by_month_is_the_course_of_what_was_asked(asked: Get, domains: ModuleType) -> None:
    rows = told(asked("shop"), ("total revenue in Lyon in 2024", "now by month"))
    lyon = of(in_year(domains.shop(), 2024), city="Lyon")
    assert len(rows) == 12
    january = revenue([row for row in lyon if row["order_date"] < date(2024, 2, 1)])
    assert any(isinstance(cell, float) and round(cell, 2) == january for cell in rows[0])


def test_what_was_kept_is_told(asked: Get) -> None:
    before = ("total revenue by product in 2024",)
    assert asked("shop").plan("and in Lyon?", before).carried == ("total revenue", "by product", "2024")
    assert asked("shop").plan("now by city", before).carried == ("total revenue", "2024")
    assert asked("shop").plan("what about 2023?", before).carried == ("total revenue", "by product")


ALONE = [
    "How many orders were cancelled?",
    "What is the average quantity by category?",
    "Which city has the highest profit?",
    "Is there a correlation between quantity and revenue?",
    "Give me an overview of this table.",
    "How did profit change from 2023 to 2024?",
    "How many of those who bought a desk are Gold members?",
]


@pytest.mark.parametrize("question", ALONE)
def test_a_whole_question_keeps_nothing(question: str, asked: Get) -> None:
    table = asked("shop")
    follow_up = table.plan(question, ("total revenue by product in Lyon in 2024",))
    assert not follow_up.carried
    assert follow_up.steps == table.plan(question).steps


OPEN = [
    ("total revenue in 2024", "frobnicate"),
    ("how many orders by city", "and the average?"),
    ("How did revenue change from 2023 to 2024?", "what about 2022?"),
    ("total revenue by city", "and in Madrid?"),
    ("Give me an overview of this table.", "only the top 3"),
]


@pytest.mark.parametrize("questions", OPEN, ids=[" | ".join(q) for q in OPEN])
def test_what_can_not_be_resolved_is_left_open(questions: tuple[str, ...], asked: Get) -> None:
    assert asked("shop").plan(questions[-1], questions[:-1]).unanswered


@pytest.mark.parametrize(
    ("questions", "told"),
    [
        (("total revenue in 2024", "frobnicate"), 'It is not clear what "frobnicate" changes'),
        (("Give me an overview of this table.", "only Lyon"), "can't change an overview, only a number"),
        (
            ("Fill the missing quantity with the median, then what is the average quantity by city?", "and in Lyon?"),
            "can't change an answer from prepared",
        ),
    ],
)
def test_what_no_follow_up_can_change_is_said_with_what_can(questions: tuple[str, ...], told: str, asked: Get) -> None:
    plan = asked("shop").plan(questions[-1], questions[:-1])
    assert plan.unanswered and told in plan.unanswered and plan.unanswered.endswith("Ask it as a whole question.")


def test_after_an_unclear_question_the_one_before_it_goes_on(asked: Get) -> None:
    plan = asked("shop").plan("by city", ("total revenue in 2024", "frobnicate"))
    assert plan.carried == ("total revenue", "2024") and plan.unanswered is None


def test_what_was_not_understood_of_the_first_question_stays_open(asked: Get) -> None:
    plan = asked("shop").plan("by city", ("total fabulous revenue in 2024",))
    assert plan.unanswered and "fabulous" in plan.unanswered
