"""Near questions are made of the columns that a table has, those that the question names first."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.suggesting import suggestions

REGION = ColumnCard("region", "VARCHAR", "dimension", distinct=4)
PLAN = ColumnCard("plan_name", "VARCHAR", "dimension", distinct=3)
REVENUE = ColumnCard("revenue", "DOUBLE", "measure", distinct=900)
PRICE = ColumnCard("unit_price", "DOUBLE", "measure", distinct=90, adds="never")
DAY = ColumnCard("ordered_on", "DATE", "time", distinct=300)
CHURN = ColumnCard("churned", "BOOLEAN", "target", distinct=2)
MAIL = ColumnCard("email", "VARCHAR", "dimension", distinct=9, personal="email")


def near(question: str, *columns: ColumnCard) -> tuple[str, ...]:
    return suggestions(TableCard("shop", 900, columns), question)


def test_amounts_groups_and_dates_give_a_question_each() -> None:
    assert near("How is the weather?", REGION, PRICE, REVENUE, DAY) == (
        "Which region has the highest total revenue?",
        "What is the total revenue by month?",
        "Is there a correlation between revenue and unit price?",
    )


def test_columns_that_the_question_names_come_first() -> None:
    assert near("What is the elasticity of the unit price by plan and region?", REGION, PLAN, REVENUE, PRICE)[0] == (
        "Is there a correlation between unit price and revenue?"
    )


def test_a_price_is_never_summed() -> None:
    assert not any("total unit price" in text for text in near("?", REGION, PRICE, DAY))


def test_an_outcome_is_asked_for_as_a_rate() -> None:
    assert near("Why?", REGION, CHURN)[0] == "What is the share churned by region?"


def test_a_table_of_categories_alone_is_counted() -> None:
    assert near("Hm?", REGION, PLAN)[:2] == (
        "How many records are there by region?",
        "How many records are there by plan name?",
    )


def test_any_table_has_something_to_ask() -> None:
    remark = ColumnCard("remark", "VARCHAR", "text", distinct=900)
    assert near("Hm?", remark) == (
        "Give me an overview",
        "How good is the data?",
        "How many records are there?",
    )


def test_what_was_just_asked_is_not_offered_again() -> None:
    assert "Which region has the highest total revenue?" not in near("total revenue by region", REGION, REVENUE, DAY)


def test_personal_columns_and_names_that_no_question_could_hold_are_left_out() -> None:
    odd = replace(REGION, name="a}}b<c")
    assert not any("email" in text or "}}" in text for text in near("Hm?", MAIL, odd))
