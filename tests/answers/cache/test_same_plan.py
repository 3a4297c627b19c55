"""Two plans share a key only when they compute the same."""

from __future__ import annotations

from typing import Any

import pytest

from analyst.answers.cache.same_plan import changes_by_itself, plan_key
from analyst.planning.language import MethodStep, SqlStep

COLUMNS = ("region", "revenue", "cost")


def key(*steps: Any) -> str:
    made = [
        SqlStep(id=id, sql=what)
        if isinstance(what, str)
        else MethodStep(id=id, method=what.pop("method"), parameters=what)
        for id, what in steps
    ]
    return plan_key(made, COLUMNS)


BY_REGION = "SELECT region, sum(revenue) AS total FROM data WHERE region <> 'North' GROUP BY region ORDER BY total DESC"


def test_formatting_aliases_and_step_ids_change_nothing() -> None:
    other = "select \"region\",\n SUM(Revenue) t from data d where region <> 'North' group by region order by T desc;"
    assert key(("s1", BY_REGION)) == key(("sales", other.replace("data d", "data")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("revenue", "cost"), ("sum", "avg"), ("DESC", "ASC"), ("'North'", "'north'"), ("<>", "="),
        ("GROUP BY region", "GROUP BY ALL"), ("ORDER BY total DESC", "ORDER BY region DESC"),
    ],
)  # fmt: skip
def test_whatever_changes_the_result_changes_the_key(old: str, new: str) -> None:
    assert key(("s1", BY_REGION)) != key(("s1", BY_REGION.replace(old, new)))


def test_a_later_step_follows_the_names_of_the_earlier_one() -> None:
    first = [
        ("s1", "SELECT region r, sum(revenue) AS total FROM data GROUP BY region"),
        ("s2", "SELECT r, total FROM s1"),
    ]
    second = [("a", "SELECT region x, sum(revenue) AS y FROM data GROUP BY region"), ("b", "SELECT x, y FROM a")]
    swapped = [second[0], ("b", "SELECT y, x FROM a")]
    assert key(*first) == key(*second) != key(*swapped)


def test_a_methods_defaults_and_order_of_parameters_change_nothing_and_its_values_do() -> None:
    given = {"method": "compare_groups", "value": "revenue", "group": "region", "test": "welch_t"}
    again = {"test": "welch_t", "method": "compare_groups", "group": "region", "source": "data", "value": "revenue"}
    other = given | {"test": "student_t"}
    assert key(("s1", dict(given))) == key(("a", dict(again))) != key(("s1", dict(other)))


def test_an_alias_never_stands_for_a_value_of_a_method() -> None:
    def plan(level: str) -> str:
        sql = f"SELECT region, revenue AS {level} FROM data"
        levels = {
            "method": "compare_groups",
            "value": "cost",
            "group": "region",
            "test": "welch_t",
            "levels": [level, "z"],
        }
        return key(("s1", sql), ("s2", levels))

    assert plan("a") != plan("b")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM data WHERE d > current_date - 30", "SELECT * FROM data WHERE d < NOW()", "SELECT today() - d FROM data",
        "SELECT age(d) FROM data", "SELECT * FROM data ORDER BY random()", "SELECT current_localtimestamp FROM data",
    ],
)  # fmt: skip
def test_sql_that_reads_the_clock_or_draws_lots_is_noticed(sql: str) -> None:
    assert changes_by_itself(sql)


@pytest.mark.parametrize(
    "sql", ["SELECT avg(age) FROM data", "SELECT today FROM data", "SELECT knowledge, average FROM data"]
)
def test_columns_that_are_called_like_such_functions_are_none(sql: str) -> None:
    assert not changes_by_itself(sql)
