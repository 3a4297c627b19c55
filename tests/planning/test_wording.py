"""What an SQL step computes, as fields from its syntax tree, and the sentence made from them."""

from __future__ import annotations

import pytest

from analyst.planning.sql_guard import Statement, inspect
from analyst.planning.wording import describe_select, facts_of_select
from analyst.protocol.facts import Filter, Measure


def read(text: str) -> Statement:
    return inspect(text, ["data"])


def test_measures_groups_and_limit_come_from_the_select_list() -> None:
    facts = facts_of_select(read("SELECT shop, avg(price) AS p, count(*) AS n FROM data GROUP BY 1 ORDER BY p LIMIT 3"))
    assert facts.measures == (Measure("mean", ("price",)), Measure("count"))
    assert (facts.groups, facts.limit, facts.filters) == (("shop",), 3, ())


@pytest.mark.parametrize(
    ("condition", "filters"),
    [
        ("shop = 'Lyon'", [Filter("shop", "is", ("Lyon",))]),
        ("'Lyon' = shop", [Filter("shop", "is", ("Lyon",))]),
        ("shop IN ('Lyon', 'Nice')", [Filter("shop", "is", ("Lyon", "Nice"))]),
        ("shop NOT IN ('Lyon')", [Filter("shop", "is not", ("Lyon",))]),
        ("shop IS DISTINCT FROM 'Lyon'", [Filter("shop", "is not", ("Lyon",))]),
        ("price >= 2.5", [Filter("price", "at least", (2.5,))]),
        ("-3 < price", [Filter("price", "above", (-3,))]),
        ("num(shop) > 5", [Filter("shop", "above", (5,))]),
        ("price BETWEEN 1 AND 2", [Filter("price", "between", (1, 2))]),
        ("day < DATE '2024-02-01'", [Filter("day", "below", ("2024-02-01",))]),
        ("sold IS TRUE", [Filter("sold", "is", (True,))]),
        ("shop IS NULL", [Filter("shop", "missing")]),
        ("shop IS NOT NULL", [Filter("shop", "present")]),
        ("isodow(day) IN (6, 7)", [Filter("day", "a condition")]),
        ("shop = 'Lyon' OR price > 3", [Filter("shop", "a condition"), Filter("price", "a condition")]),
        ("shop = 'Lyon' AND price < 3", [Filter("shop", "is", ("Lyon",)), Filter("price", "below", (3,))]),
    ],
)
def test_every_condition_is_a_filter_of_its_column(condition: str, filters: list[Filter]) -> None:
    assert facts_of_select(read(f"SELECT avg(price) FROM data WHERE {condition}")).filters == tuple(filters)


def test_conditions_inside_a_subquery_count_too() -> None:
    statement = read("SELECT max(p) FROM (SELECT shop, avg(price) AS p FROM data WHERE sold IS TRUE GROUP BY 1)")
    assert facts_of_select(statement).filters == (Filter("sold", "is", (True,)),)


def test_conditions_of_a_subquery_that_stands_for_a_value_are_not_the_statements() -> None:
    values = ", ".join(f"(SELECT count(*) FROM data WHERE shop = '{shop}') AS {shop}" for shop in ("lyon", "nice"))
    assert facts_of_select(read(f"SELECT {values}")).filters == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT sum(price) FROM data", "sum of price"),
        ("SELECT shop, count(DISTINCT day) FROM data GROUP BY 1", "count of distinct day by shop"),
        ("SELECT avg(price) FROM data WHERE shop = 'Lyon'", "mean of price where shop is Lyon"),
        ("SELECT avg(price) FROM data WHERE price > 2", "mean of price with a filter"),
        ("SELECT shop, round(avg(price)) AS p FROM data GROUP BY 1 ORDER BY p DESC LIMIT 2",
         "p (from mean of price) by shop, first 2 by p descending"),
        ("SELECT shop FROM data LIMIT 4", "shop from data, first 4"),
    ],
)  # fmt: skip
def test_the_sentence_says_what_the_facts_do(text: str, told: str) -> None:
    statement = read(text)
    assert describe_select(statement, facts_of_select(statement)) == told
