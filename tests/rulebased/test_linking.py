"""Words of a question and the columns that they name."""

from __future__ import annotations

import pytest

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.linking import link

NUMBERS = ("adr", "CTR", "cogs", "roi", "tip", "age", "sales")
CARD = TableCard(
    "stays",
    100,
    (
        *(ColumnCard(name, "DOUBLE", "measure", distinct=90) for name in NUMBERS),
        ColumnCard("hotel", "VARCHAR", "dimension", distinct=2),
    ),
)


def named(question: str) -> list[str]:
    return [mention.column.name for mention in link(question, CARD).mentions]


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        ("Average daily rate by hotel", ["adr", "hotel"]),
        ("mean average daily rate", ["adr"]),
        ("What is the click-through rate of each hotel?", ["CTR", "hotel"]),
        ("total cost of goods sold", ["cogs"]),
        ("Which hotel has the best return on investment?", ["hotel", "roi"]),
        ("the average adr", ["adr"]),
    ],
)
def test_a_column_is_named_by_what_its_letters_stand_for(question: str, columns: list[str]) -> None:
    assert named(question) == columns


@pytest.mark.parametrize("question", ["average growth each year", "the first number that stands here"])
def test_words_whose_letters_happen_to_spell_a_word_name_no_column(question: str) -> None:
    assert named(question) == []


def test_words_that_name_columns_themselves_stand_for_no_other() -> None:
    app = ColumnCard("app", "DOUBLE", "measure", distinct=60)
    price = ColumnCard("price", "DOUBLE", "measure", distinct=9, adds="never")
    found = link("What is the average price of paid orders?", TableCard("store", 60, (app, price))).mentions
    assert [mention.column.name for mention in found] == ["price"]


def test_an_adverb_is_no_value_of_the_table() -> None:
    customers = ColumnCard("type", "VARCHAR", "dimension", distinct=2, values=("Member", "Normal"))
    card = TableCard("sales", 100, (*CARD.columns, customers))
    assert not link("Is roi normally distributed?", card).values
    assert [value.item for value in link("total sales of normal customers", card).values] == ["Normal"]


def test_a_value_of_several_words_is_named_by_forms_of_them() -> None:
    deposits = ColumnCard(
        "deposit", "VARCHAR", "dimension", distinct=3, values=("No Deposit", "Non Refund", "Refundable")
    )
    card = TableCard("bookings", 100, (*CARD.columns, deposits))
    for question, named in [("non refundable bookings", "Non Refund"), ("refundable bookings", "Refundable")]:
        assert [(value.item, value.negated) for value in link(question, card).values] == [(named, False)]


@pytest.mark.parametrize(("rows_of", "named"), [(None, [2, 4]), ("stays", [2])])
def test_only_the_table_whose_rows_are_there_names_them(rows_of: str | None, named: list[int]) -> None:
    card = TableCard("stays with guides", 100, CARD.columns, rows_of=rows_of)
    assert sorted(link("How many stays per guides", card).rows) == named


ROOMS = TableCard(
    "rooms",
    100,
    (
        ColumnCard("room_type", "VARCHAR", "dimension", distinct=2, values=("Single", "Double")),
        ColumnCard("Guest Group", "VARCHAR", "dimension", distinct=3),
        ColumnCard("rate_code", "VARCHAR", "dimension", distinct=4),
        ColumnCard("noise level", "DOUBLE", "measure", distinct=90),
        ColumnCard("revenue", "DOUBLE", "measure", distinct=90),
    ),
)


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        ("revenue by type", ["revenue", "room_type"]),
        ("revenue per group and rate code", ["revenue", "Guest Group", "rate_code"]),
        ("revenue for each code", ["revenue", "rate_code"]),
        ("what type of trend has revenue", ["revenue"]),
        ("revenue by level", ["revenue"]),
        ("group revenue", ["revenue"]),
    ],
)
def test_groups_may_be_named_by_the_last_word_of_a_column(question: str, columns: list[str]) -> None:
    assert [mention.column.name for mention in link(question, ROOMS).mentions] == columns
