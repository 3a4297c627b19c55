"""What a plan leaves out is told: no word of a question is dropped in silence."""

from __future__ import annotations

import pytest

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.interpreter import plan_for

ORDERS = TableCard(
    "orders",
    900,
    (
        ColumnCard("order_id", "BIGINT", "identifier", distinct=900, min=1, max=900),
        ColumnCard("ordered_on", "DATE", "time", distinct=500, min="2023-01-01", max="2024-09-30"),
        ColumnCard("client_id", "VARCHAR", "dimension", distinct=120, values=("C1", "C2")),
        ColumnCard("zone_from", "VARCHAR", "dimension", distinct=3, values=("North", "South", "West")),
        ColumnCard("zone_to", "VARCHAR", "dimension", distinct=3, values=("North", "South", "West")),
        ColumnCard("list_price", "DOUBLE", "measure", distinct=400, min=2.0, mean=30.0, max=90.0),
        ColumnCard("sold_price", "DOUBLE", "measure", distinct=400, min=1.0, mean=28.0, max=88.0),
        ColumnCard("quantity", "BIGINT", "measure", distinct=9, min=1, mean=3.0, max=9),
        ColumnCard("wait", "DOUBLE", "measure", distinct=200, min=0.0, mean=10.0, max=90.0),
        ColumnCard("returned", "VARCHAR", "target", distinct=2, values=("no", "yes")),
    ),
)


def left_out(question: str) -> str:
    return plan_for(question, ORDERS).unanswered or ""


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("What is the average premium?", "premium"),
        ("How many vegan orders did we get?", "vegan"),
        ("Total quantity by warehouse", "warehouse"),
        ("Average quantity of smokers", "smokers"),
        ("Orders by zone from and by weather", "weather"),
        ("How did inflation affect the quantity?", "inflation"),
        ("total quantity in Atlantis", "Atlantis"),
        ("How many orders use single sign-on?", "sign-on"),
        ("cheapest wait", "cheapest"),
        ("How many orders were shipped?", "shipped"),
    ],
)
def test_a_word_that_the_table_has_nothing_for_is_named(question: str, word: str) -> None:
    assert word in left_out(question)


@pytest.mark.parametrize(
    "question",
    [
        "How many orders were returned?",
        "What's the total quantity we sold in 2024?",
        "Please show me the average wait for returned orders by zone_from",
        "Which zone_to has the highest quantity?",
        "Don't include returned orders: total quantity per month",
        "I'd like the quantity by quarter, excluding the North as zone_to",
        "orders with more than 5 in quantity",
        "top 3 clients by quantity",
        "Is the wait longer for returned orders than for others?",
        "the 90th percentile of wait",
        "7-day moving average of quantity",
    ],
)
def test_a_question_that_is_answered_whole_gets_no_caveat(question: str) -> None:
    assert left_out(question) == ""


def test_a_period_outside_the_data_is_named_without_a_number_of_its_own() -> None:
    told = left_out("total quantity in 2019")
    assert "2019 is outside" in told
    assert not any(c.isdigit() for c in told.replace("2019", ""))


def test_a_plan_for_a_period_outside_the_data_asks_no_method_for_its_missing_rows() -> None:
    assert all("sql" in step for step in plan_for("orders by zone_to in 2019", ORDERS).steps)


def test_a_forecast_may_lie_outside_the_data() -> None:
    assert "outside" not in left_out("forecast the quantity for January 2025")


def test_a_name_that_two_columns_bear_is_said_with_the_other_reading() -> None:
    (other,) = plan_for("average price by zone_to", ORDERS).alternatives
    assert (other.words, other.others) == ("price", ("sold price",))
    assert not plan_for("average list price by zone_to", ORDERS).alternatives


def test_a_unit_that_the_column_does_not_tell_is_said() -> None:
    assert "does not state its unit" in left_out("orders with a wait over 5 minutes")


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("average wait younger than 30 vs older", "older"),
        ("clients without an order in 2024", "without"),
        ("which zone_to has the highest quantity but the lowest wait", "lowest"),
        ("did the wait pay off?", "off"),
    ],
)
def test_a_part_that_no_step_answers_is_named(question: str, part: str) -> None:
    assert part in left_out(question)


def test_what_is_left_out_stands_beside_what_is_answered() -> None:
    reply = plan_for("average wait by zone_to and by weather", ORDERS)
    assert "weather" in str(reply.unanswered)
    assert 'avg("wait")' in str(reply.steps[0]) or 'avg("wait")' in str(reply.steps)
