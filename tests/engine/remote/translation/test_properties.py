"""Made expressions over dates, numbers, text and NULLs: what is not refused has the same values on both engines."""

from __future__ import annotations

import os
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analyst.engine.errors import TranslationError
from lab.benchmarks.same_rows import alike
from tests.engine.remote.translation.comparing import Engines

Made = st.SearchStrategy[str]

EXAMPLES = int(os.environ.get("SPARK_TEST_EXAMPLES", "5"))
BATCH = 12
"""Expressions a query: a query costs a server more than an expression does."""


def called(template: str, *parts: Made) -> Made:
    return st.tuples(*parts).map(lambda given: template.format(*given))


WHOLE = st.sampled_from(["0", "1", "-3", "7", "100", "NULL::INT", "x", "x - 7"])
NUMBER = st.recursive(
    st.one_of(WHOLE, st.sampled_from(["y", "m", "2.5", "0.1", "-0.005", "NULL::DOUBLE", "1e3", "y / 7"])),
    lambda inner: st.one_of(
        *(called(f"({{0}} {sign} {{1}})", inner, inner) for sign in "+-*/"),
        *(called(f"{name}({{0}})", inner) for name in ("abs", "floor", "ceil", "round", "sign", "- ")),
        called("round({0}, {1})", inner, st.sampled_from(["0", "1", "2", "-1"])),
        called("coalesce({0}, {1})", inner, inner),
        called("nullif({0}, {1})", inner, inner),
        called("greatest({0}, {1})", inner, inner),
        called("CASE WHEN {0} > {1} THEN {0} ELSE {1} END", inner, inner),
        called("CAST({0} AS DOUBLE)", inner),
    ),
    max_leaves=5,
)
TEXT = st.recursive(
    st.sampled_from(["g", "t", "'a b'", "''", "'Ä-1'", "NULL::VARCHAR", "x::VARCHAR", "d::VARCHAR", "' 12 '"]),
    lambda inner: st.one_of(
        *(called(f"{name}({{0}})", inner) for name in ("upper", "lower", "trim", "reverse", "strip_accents")),
        called("({0} || {1})", inner, inner),
        called("concat({0}, {1})", inner, inner),
        called("replace({0}, {1}, 'z')", inner, st.sampled_from(["'a'", "' '", "'1'"])),
        called("substring({0}, {1}, {2})", inner, st.sampled_from("123"), st.sampled_from("0123")),
        called("left({0}, {1})", inner, st.sampled_from(["0", "1", "3", "-1", "-9"])),
        called("split_part({0}, ' ', {1})", inner, st.sampled_from(["1", "2", "-1"])),
        called(
            "regexp_replace({0}, {1}, '_'{2})",
            inner,
            st.sampled_from(["'[0-9]'", "'^a'", "'\\s+'", "'(a|b)$'", "'.'"]),
            st.sampled_from(["", ", 'g'"]),
        ),
        called("lpad({0}, 4, '*')", inner),
    ),
    max_leaves=3,
)
DAY = st.recursive(
    st.sampled_from(["d", "DATE '2024-02-29'", "NULL::DATE", "DATE '1999-12-31'", "ts::DATE", "DATE '2025-01-01'"]),
    lambda inner: st.one_of(
        called("({0} + {1})", inner, st.sampled_from(["1", "-40", "366", "x"])),
        called("last_day({0})", inner),
        called("date_trunc('{0}', {1})::DATE", st.sampled_from(["day", "week", "month", "quarter", "year"]), inner),
        called("({0} + INTERVAL {1})::DATE", inner, st.sampled_from(["1 MONTH", "1 YEAR", "-3 DAY", "2 WEEK"])),
    ),
    max_leaves=3,
)
OF_DAYS = st.one_of(
    called(
        "{0}({1})",
        st.sampled_from(
            ["year", "quarter", "month", "week", "isoyear", "isodow", "dayofweek", "dayofyear", "yearweek"]
        ),
        DAY,
    ),
    called(
        "date_diff('{0}', {1}, {2})", st.sampled_from(["day", "week", "month", "quarter", "year", "hour"]), DAY, DAY
    ),
    called("date_sub('{0}', {1}, {2})", st.sampled_from(["day", "month", "quarter", "year"]), DAY, DAY),
    called("({0} - {1})", DAY, DAY),
    called("strftime({0}, {1})", DAY, st.sampled_from(["'%Y-%m'", "'%d.%b %y'", "'%G-W%V'", "'%A, %j'"])),
    called("dayname({0})", DAY),
)
OF_TEXT = st.one_of(
    called("length({0})", TEXT),
    called("strpos({0}, {1})", TEXT, st.sampled_from(["'a'", "' '", "'1'"])),
    called("TRY_CAST({0} AS {1})", TEXT, st.sampled_from(["INT", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN"])),
    called("{0} LIKE {1}", TEXT, st.sampled_from(["'a%'", "'%_%'", "'%1%'", "''"])),
    called("{0} ILIKE {1}", TEXT, st.sampled_from(["'A%'", "'%ä%'"])),
    called("regexp_extract({0}, '([a-zA-Z]+) ?([0-9])?', {1})", TEXT, st.sampled_from("012")),
)
TRUTH = st.one_of(
    *(called(f"({{0}} {sign} {{1}})", NUMBER, NUMBER) for sign in ("=", "<>", "<", "IS DISTINCT FROM")),
    *(called(f"({{0}} {sign} {{1}})", TEXT, TEXT) for sign in ("=", "<", ">=")),
    *(called(f"({{0}} {sign} {{1}})", DAY, DAY) for sign in ("=", "<", ">=")),
    called("({0} IN ({1}, {2}))", NUMBER, NUMBER, NUMBER),
    called("({0} IS NULL OR NOT b)", TEXT),
)
OF_GROUPS = st.one_of(
    called(
        "{0}({1})",
        st.sampled_from(
            ["sum", "avg", "min", "max", "count", "stddev_samp", "var_pop", "median", "skewness", "kurtosis"]
        ),
        st.sampled_from(["x", "y", "m", "x % 3", "y / 2", "NULL::DOUBLE", "1"]),
    ),
    called(
        "quantile_{0}(x, {1})", st.sampled_from(["cont", "disc"]), st.sampled_from(["0", "0.25", "0.5", "0.9", "1"])
    ),
    called("{0}({1})", st.sampled_from(["min", "max", "count"]), st.one_of(TEXT, DAY)),
    called("count(*) FILTER (WHERE {0})", TRUTH),
    called("sum(x) FILTER (WHERE {0})", TRUTH),
    called("sum({0})", TRUTH),
    called("corr(x, {0})", st.sampled_from(["y", "x * x", "1", "NULL::DOUBLE"])),
)


def compared(engines: Engines, expressions: list[str], rest: str) -> None:
    """Every expression that DuckDB can compute and that is not refused, on both engines in one query."""
    kept = [expression for expression in dict.fromkeys(expressions) if passes(engines, expression, rest)]
    assume(kept)
    sql = f"SELECT {', '.join(f'{expression} AS v{place}' for place, expression in enumerate(kept))} {rest}"
    expected, found = engines.expected(sql), engines.translated(sql)
    if not alike(expected, found, ordered=True):
        wrong = [
            (expression, [row[place] for row in expected], [row[place] for row in found])
            for place, expression in enumerate(kept)
            if not alike([(row[place],) for row in expected], [(row[place],) for row in found], ordered=True)
        ]
        pytest.fail("\n".join(map(str, wrong)))


def passes(engines: Engines, expression: str, rest: str) -> bool:
    sql = f"SELECT {expression} AS v {rest}"
    try:
        engines.expected(sql)
        engines.text(sql)
    except (duckdb.Error, TranslationError):
        return False
    return True


Batch = Callable[[Made], st.SearchStrategy[list[str]]]
batch: Batch = lambda made: st.lists(made, min_size=BATCH, max_size=BATCH)  # noqa: E731


@pytest.mark.spark
@settings(max_examples=EXAMPLES)
@given(expressions=batch(st.one_of(NUMBER, TEXT, DAY, OF_DAYS, OF_TEXT, TRUTH)))
def test_expressions_of_a_row_have_the_same_values(engines: Engines, expressions: list[str]) -> None:
    compared(engines, expressions, "FROM data ORDER BY x")


@pytest.mark.spark
@settings(max_examples=EXAMPLES)
@given(expressions=batch(OF_GROUPS))
def test_aggregates_of_groups_have_the_same_values(engines: Engines, expressions: list[str]) -> None:
    compared(engines, ["g", *expressions], "FROM data WHERE x <> 9 GROUP BY g ORDER BY g NULLS FIRST")
