"""The guard of kept answers: what may be overlooked between two questions, and what may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyst.answers.cache.meaning import plain_question, read_question
from analyst.answers.cache.vocabulary import Vocabulary
from analyst.protocol.table import ColumnProfile, OpenedTable, TableProfile


def text(name: str, *values: str) -> ColumnProfile:
    return ColumnProfile(name, "VARCHAR", "text", "dimension", values=tuple((value, 1) for value in values))


def number(name: str) -> ColumnProfile:
    return ColumnProfile(name, "DOUBLE", "number", "measure")


COLUMNS = (
    text("region", "North", "South", "The Who", "Who"),
    text("product", "Sum", "Total", "Desk Lamp"),
    text("office", "York", "New York"),
    number("revenue"),
    number("unit_cost"),
    number("quantity"),
    ColumnProfile("order_date", "DATE", "date", "time"),
)
TABLE = OpenedTable(Path("t.db"), Path("t.csv"), "t", "csv", 9, tuple(c.name for c in COLUMNS), "f")
VOCABULARY = Vocabulary.of(TableProfile(TABLE, COLUMNS))


def same(one: str, other: str) -> bool:
    return read_question(one, VOCABULARY).key == read_question(other, VOCABULARY).key


def same_demand(one: str, other: str) -> bool:
    return read_question(one, VOCABULARY).demand_key == read_question(other, VOCABULARY).demand_key


SAME = [
    ("What is the average revenue by region?", "Please show me the mean revenue for each region"),
    ("What is the average revenue by region?", "By region, what is the average revenue?"),
    ("Which region has the highest revenue in May 2024?", "In May of 2024, what region had the largest revenue?"),
    ("Which region has the highest revenue?", "Name the region with the highest revenue"),
    ("Top 3 regions by revenue", "Hello, could you list the top three regions by revenue? Thanks!"),
    ("revenue in Q4", "revenue in the fourth quarter"),
    ("How many rows have a revenue above 1,000?", "Number of rows whose revenue is greater than 1000"),
    ("Change in revenue from Jan to Mar 2024", "From January to March 2024: change in revenue"),
    ("average revenue without North", "Excluding North, what is the average revenue?"),
    ("What is the unit cost of Desk Lamp?", "what's the UNIT_COST for desk lamp"),
]
DIFFERENT = [
    ("number", "Top 3 regions by revenue", "Top 5 regions by revenue"),
    ("number with a point", "rows with revenue above .5", "rows with revenue above 5"),
    ("sign of a number", "rows with revenue above -5", "rows with revenue above 5"),
    ("column", "average revenue by region", "average quantity by region"),
    ("grouping", "average revenue by region", "average revenue by product"),
    ("value", "average revenue in North", "average revenue in South"),
    ("a value within a value", "revenue in York", "revenue in New York"),
    ("a value that begins with a small word", "revenue of Who", "revenue of The Who"),
    ("values that are words of ours", "revenue of Sum", "revenue of Total"),
    ("month", "revenue in May 2024", "revenue in June 2024"),
    ("year", "revenue in May 2024", "revenue in May 2023"),
    ("quarter", "revenue in Q1", "revenue in Q2"),
    ("negation", "regions that do grow", "regions that don't grow"),
    ("exclusion", "average revenue for North", "average revenue without North"),
    ("restriction", "average revenue for North", "average revenue only for North"),
    ("inequality", "revenue where region = North", "revenue where region != North"),
    ("highest and lowest", "Which region has the highest revenue?", "Which region has the lowest revenue?"),
    ("top and bottom", "top 3 regions by revenue", "bottom 3 regions by revenue"),
    ("increase and decrease", "largest increase in revenue by region", "largest decrease in revenue by region"),
    ("above and below", "rows with revenue above 5", "rows with revenue below 5"),
    ("above and at least", "rows with revenue above 5", "rows with revenue at least 5"),
    ("before and after", "revenue before May 2024", "revenue after May 2024"),
    ("before and in", "revenue before May 2024", "revenue in May 2024"),
    ("aggregation", "average revenue by region", "median revenue by region"),
    ("sum and count", "total revenue by region", "number of revenue by region"),
    ("order of a comparison", "how much higher is North than South", "how much higher is South than North"),
    ("order of two periods", "change from May to June 2024", "change from June to May 2024"),
    ("order of a subtraction", "revenue minus unit cost", "unit cost minus revenue"),
    ("whose limit it is", "revenue above 5 and quantity below 9", "revenue below 9 and quantity above 5"),
    ("yes or no", "Is revenue growing?", "Show revenue growing"),
    ("yes or no after a greeting", "Hi, did revenue grow in North?", "Hi, show revenue grow in North"),
    ("why", "Why did revenue drop in May 2024?", "Did revenue drop in May 2024?"),
    ("a word that nobody knows", "revenue by region for wholesale", "revenue by region for retail"),
    ("per and by beside an average", "average revenue per region", "average revenue by region"),
    ("a list and one name", "revenue of North and South", "revenue of North"),
    ("a sign", "revenue in %", "revenue in $"),
    ("all and some", "revenue of all regions", "revenue of some regions"),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=[one for one, _ in SAME])
def test_questions_that_say_the_same_share_a_meaning(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(("what", "one", "other"), DIFFERENT, ids=[what for what, _, _ in DIFFERENT])
def test_questions_that_differ_in_substance_never_share_a_meaning(what: str, one: str, other: str) -> None:
    assert not same(one, other)
    assert not same_demand(one, other)


def test_a_value_named_only_by_the_question_is_not_overlooked() -> None:
    profile = TableProfile(TABLE, COLUMNS)
    plain, told = Vocabulary.of(profile), Vocabulary.of(profile, {"region": ["Please"]})
    assert read_question("revenue of Please", plain).key != read_question("revenue of Please", told).key
    assert read_question("revenue of Please", told).key != read_question("revenue", told).key


def test_values_that_differ_in_a_sign_or_an_accent_alone_are_told_apart() -> None:
    columns = (text("machine", "A-1", "A 1", "Café", "Cafe", "C", "C++"), number("revenue"))
    vocabulary = Vocabulary.of(TableProfile(TABLE, columns))
    asked = [f"revenue of {value}" for value in ("A-1", "A 1", "Café", "Cafe", "C", "C++")]
    assert len({read_question(question, vocabulary).key for question in asked}) == len(asked)


def test_a_synonym_of_one_column_is_the_same_demand_but_not_the_same_meaning() -> None:
    assert same_demand("What is the total revenue by region?", "What were the total sales by region?")
    assert not same("What is the total revenue by region?", "What were the total sales by region?")
    assert not same_demand("Is revenue higher than unit cost?", "Is unit cost higher than revenue?")


def test_questions_without_words_and_in_other_languages_are_read_without_harm() -> None:
    assert same("???", "")
    assert not same("Umsatz nach Region", "Umsatz nach Produkt")
    assert not same("売上はいくらですか", "利益はいくらですか")


def test_the_words_of_a_question_are_compared_without_case_spaces_and_closing_signs() -> None:
    assert plain_question("  Total   Revenue? ") == plain_question("total revenue")
    assert plain_question("revenue “North”") == plain_question('revenue "North"')
    assert plain_question("a, b") != plain_question("a b")
    assert plain_question("1.5") != plain_question("15")
