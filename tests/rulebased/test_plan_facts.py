"""What is read off a plan's steps: the facts that an audit asks, none of them told from how the text looks."""

from __future__ import annotations

import pytest

from analyst.rulebased.plan_facts import PlanFacts, read_plan, sources
from analyst.rulebased.sql_tokens import sql_tokens
from analyst.rulebased.steps import method, query


def facts(sql: str) -> PlanFacts:
    return read_plan([query("s1", sql)])


def test_what_is_quoted_is_no_keyword_and_no_operation() -> None:
    told = facts("""SELECT "GROUP BY" AS "LIMIT" FROM data WHERE "kind" = 'ORDER BY - IS NULL LIMIT 5'""")
    assert told.operations == frozenset()
    assert told.limits == frozenset()
    assert told.columns == {"GROUP BY", "kind"}
    assert told.texts == {"ORDER BY - IS NULL LIMIT 5"}


def test_quotes_within_names_and_texts_are_read_as_one() -> None:
    told = facts('SELECT "a ""b""" FROM data WHERE "c" = ' + "'it''s'")
    assert told.columns == {'a "b"', "c"}
    assert told.texts == {"it's"}


def test_a_name_that_is_only_given_to_a_result_is_not_read() -> None:
    told = facts("""SELECT (SELECT mean FROM s1) AS "fare" """)
    assert "fare" not in told.columns
    assert told.names == {"fare"}
    assert "mean" in told.results


def test_groups_are_the_columns_of_the_expressions_that_are_named_by_number() -> None:
    told = facts(
        """SELECT CASE lower(trim("city")) WHEN 'x' THEN 'X' ELSE "city" END AS "city", strftime("day", '%Y') AS year,"""
        """ sum("fare") AS total FROM data GROUP BY 1, 2 ORDER BY "total" DESC"""
    )
    assert told.groups == {"city", "day"}
    assert {"sum", "lower", "trim", "strftime"} <= told.functions


def test_partitions_divide_rows_and_their_order_does_not() -> None:
    told = facts("""SELECT *, row_number() OVER (PARTITION BY "store" ORDER BY "fare" DESC) AS place FROM data""")
    assert told.groups == {"store"}


def test_groups_of_an_inner_select_count_too() -> None:
    assert facts("""SELECT count(*) FROM (SELECT "member" FROM data GROUP BY 1 HAVING count(*) = 0)""").groups == {
        "member"
    }


@pytest.mark.parametrize(
    ("sql", "operation"),
    [
        ('SELECT "a" - "b" FROM data', "minus"),
        ('SELECT max("a") - min("a") FROM data', "minus"),
        ('SELECT "a" FROM data WHERE "a" IS NULL', "null test"),
        ('SELECT "a" FROM data WHERE "a" NOT IN (1, 2)', "not in"),
        ('SELECT "a" FROM data WHERE NOT ("a" IS TRUE)', "not"),
        ('SELECT count(DISTINCT "a") FROM data', "count distinct"),
        ('SELECT sum("a") / nullif(sum("b"), 0) FROM data', "ratio"),
        ('SELECT avg("a") OVER (ORDER BY "b" ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM data', "frame"),
    ],
)
def test_an_operation_is_known_by_its_words(sql: str, operation: str) -> None:
    assert operation in facts(sql).operations


@pytest.mark.parametrize("sql", ['SELECT "a" FROM data WHERE "a" > -5', "SELECT -5", 'SELECT "a" * -5 FROM data'])
def test_a_negative_number_subtracts_nothing(sql: str) -> None:
    assert "minus" not in facts(sql).operations
    assert -5.0 in facts(sql).numbers


def test_a_number_is_held_where_it_is_compared_not_where_its_digits_occur() -> None:
    told = facts("""SELECT "a1" FROM data WHERE "a1" > 10 AND "b" = '1'""")
    assert told.holds(10) and told.holds("1")
    assert not told.holds(1) and not told.holds("10")
    assert (">", 10.0) in told.comparisons


def test_truth_values_are_held_as_such() -> None:
    told = facts('SELECT "a" FROM data WHERE "a" IS NOT TRUE')
    assert told.holds(True) and not told.holds(False)


def test_a_methods_parameters_are_columns_groups_texts_and_numbers() -> None:
    told = read_plan(
        [method("s1", "trend", time="day", value="fare", agg="sum", by="store"), method("s2", "share", by="a", top=3)]
    )
    assert told.methods == {"trend", "share"}
    assert told.columns == {"day", "fare", "store", "a"}
    assert told.groups == {"store", "a"}
    assert "sum" in told.texts and "sum" not in told.columns
    assert told.limits == {3} and told.holds(3)
    assert told.parameters == {"time", "value", "agg", "by", "top"}


def test_a_column_that_is_called_as_a_parameter_is_not_read_for_that() -> None:
    assert "value" not in read_plan([method("s1", "trend", time="day", value="fare")]).columns


def test_a_text_is_spoken_of_in_any_case_and_within_other_words() -> None:
    told = facts("""SELECT "Revenue_2024" FROM data WHERE "x" = 'Lyon'""")
    assert told.speaks_of("lyon") and told.speaks_of("2024")
    assert not told.speaks_of("paris")


def test_a_step_reads_its_source_or_every_table_of_its_sql() -> None:
    assert sources(method("s2", "describe", "prepared", columns=["a"])) == {"prepared"}
    assert sources(method("s2", "describe")) == {"data"}
    assert sources(query("s3", 'SELECT (SELECT count(*) FROM s1) FROM (SELECT "FROM x" FROM ready)')) == {"s1", "ready"}


def test_the_facts_of_several_steps_are_those_of_each() -> None:
    both = read_plan([query("s1", 'SELECT "a" FROM data'), method("s2", "quality", columns=["b"])])
    assert both.columns == {"a", "b"}
    assert both == read_plan([query("s1", 'SELECT "a" FROM data')]) | read_plan(
        [method("s2", "quality", columns=["b"])]
    )


def test_signs_of_two_characters_are_one_token() -> None:
    assert [token.value for token in sql_tokens("a <= 1.5e-05 || b")] == ["a", "<=", "1.5e-05", "||", "b"]
