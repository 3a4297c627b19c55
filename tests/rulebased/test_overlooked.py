"""Plans of statistics and of models say which rows and columns of the question they leave out."""

from __future__ import annotations

from typing import Any

import pytest

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.overlooked import overlooked
from analyst.rulebased.steps import method, query
from analyst.rulebased.understanding import understand

FORMAT = '\nAnswer in this format: @value[number] where "number" is rounded to two decimal places.'


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "Is revenue normally distributed (Shapiro-Wilk, alpha 0.05) among orders above the median?",
            "above the median",
        ),
        ("What is the kurtosis of revenue among customers with at least 5 orders?", "at least 5"),
        ("What is the skewness of revenue of the three most common products?", "three most common"),
        ("What is the skewness of the revenue that Mortimer brought in?", "Mortimer"),
        ("What is the skewness of 'revenue' that Mortimer and Blackwood brought in?", "Blackwood"),
    ],
)
def test_what_picks_rows_and_is_not_in_the_plan_is_told(question: str, said: str, asked: Any) -> None:
    told = asked("shop").plan(question + FORMAT).unanswered
    assert told is not None and said.casefold() in told.casefold(), told


@pytest.mark.parametrize(
    "question",
    [
        "What is the skewness of revenue? Use pandas and round to two decimals.",
        "Is revenue normally distributed? Use the Shapiro-Wilk test with a significance level (alpha) of 0.05.",
        "How many outliers has revenue by the IQR method with a factor of 1.5?",
        "What is the skewness of revenue where the status is returned?",
        "What is the skewness of what the Mortimer shops took, held in 'revenue'?",
        "For the table as it is, Compute the skewness of revenue.",
        "What is the skewness of revenue in the Mortimer data?",
    ],
)
def test_method_and_what_was_carried_out_are_no_cause_for_complaint(question: str, asked: Any) -> None:
    assert asked("shop").plan(question + FORMAT).unanswered is None


CARD = TableCard(
    "orders",
    900,
    (
        ColumnCard("store", "VARCHAR", "dimension", distinct=3, values=("North", "South", "West")),
        ColumnCard("revenue", "DOUBLE", "measure", distinct=400, min=0.0, mean=30.0, max=90.0),
        ColumnCard("quantity", "BIGINT", "measure", distinct=60, min=0, mean=30.0, max=70),
    ),
)


def test_a_bound_is_not_met_by_a_digit_in_the_name_of_a_step() -> None:
    question = "What is the skewness of revenue of orders with a quantity below 1?"
    bare = method("s1", "describe", columns=["revenue"])
    kept = query("prepared", 'SELECT "revenue" FROM data WHERE "quantity" < 1')
    assert 'the filter "below 1"' in str(overlooked(question, understand(question, CARD), [bare]))
    assert 'the filter "below 1"' not in str(overlooked(question, understand(question, CARD), [kept, bare]))


def test_groups_are_found_though_sql_names_them_by_number_only() -> None:
    question = "What is the skewness of revenue for each store?"
    grouped = query("s1", 'SELECT "store" AS "store", skewness("revenue") AS skew FROM data GROUP BY 1 ORDER BY skew')
    whole = query("s1", 'SELECT "store", skewness("revenue") OVER () AS skew FROM data ORDER BY "store"')
    assert overlooked(question, understand(question, CARD), [grouped]) is None
    assert "figures for each store" in str(overlooked(question, understand(question, CARD), [whole]))
