"""What has no equal on Spark is refused, and the message says how to say it otherwise."""

from __future__ import annotations

import pytest

from analyst.engine.errors import EngineError, TranslationError
from analyst.engine.remote.translation import translate

TABLES = {
    "data": {"x": "INTEGER", "y": "DOUBLE", "g": "VARCHAR", "d": "DATE", "ts": "TIMESTAMP", "l": "VARCHAR[]"},
    "s1": {"k": "VARCHAR", "x": "BIGINT"},
}


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("PIVOT data ON g IN ('a', 'b') USING sum(x)", "FILTER"),
        ("SELECT mode(g) FROM data", "GROUP BY x ORDER BY count"),
        ("SELECT first(x) FROM data", "arg_min"),
        ("SELECT list(x) FROM data", "string_agg"),
        ("SELECT string_agg(g, ',') FROM data", "ORDER BY"),
        ("SELECT random() FROM data", "leave it out"),
        ("SELECT hash(g) FROM data", "md5"),
        ("SELECT y // 2 FROM data", "floor"),
        ("SELECT x FROM data LIMIT 5", "ORDER BY"),
        ("SELECT DISTINCT ON (g) g, x FROM data", "ORDER BY"),
        ("SELECT row_number() OVER () FROM data", "ORDER BY"),
        ("SELECT avg(x) OVER (ROWS 2 PRECEDING) FROM data", "ORDER BY"),
        ("SELECT * FROM data USING SAMPLE 10", "WHERE"),
        ("SELECT avg(COLUMNS(*)) FROM data", "name the columns"),
        ("SELECT data.x FROM data ASOF JOIN s1 ON data.x >= s1.x", "row_number"),
        ("SELECT approx_count_distinct(g) FROM data", "exact"),
        ("SELECT now()", "last day"),
        ("SELECT ts - ts FROM data", "date_diff"),
        ("SELECT substring(g, 0, 2) FROM data", "first character is 1"),
        ("SELECT strftime(d, '%U') FROM data", "%U"),
        ("SELECT date_trunc('century', d) FROM data", "quarter"),
        ("SELECT regexp_matches(g, '[[:alpha:]]') FROM data", "A-Za-z"),
        ("SELECT regexp_matches(g, '(?s)a') FROM data", "group"),
        ("SELECT x FROM data JOIN s1 USING (x) WHERE x IN (SELECT k FROM s1)", "cast"),
        ("SELECT x FROM data, s1", "several tables"),
        ("SELECT a.x FROM data a JOIN data a ON a.x = a.x", "name of its own"),
        ("SELECT nothing FROM data", "AS"),
        ("SELECT x FROM data UNION SELECT g FROM data", "cast it to one type"),
        ("SELECT g LIKE NULL FROM data", "no equal"),
        ("SELECT regexp_matches(g, 'a' || 'b') FROM data", "no equal"),
        ("SELECT x FROM nowhere", "read data, s1"),
        ("SELECT x FROM other.data", "may be read"),
        ("SELECT * FROM read_csv('/etc/passwd')", "FROM"),
        ("SELECT * FROM '/etc/passwd'", "may be read"),
        ("SELECT 1; SELECT 2", "one SELECT"),
        ("SELECT current_setting('a')", "no equal"),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r", "steps"),
    ],
)
def test_a_construct_without_an_equal_is_refused_with_the_way_to_say_it(sql: str, told: str) -> None:
    with pytest.raises(TranslationError, match=r"(?s).*") as refused:
        translate(sql, TABLES)
    assert told in str(refused.value)


def test_a_text_that_is_no_query_is_the_engines_error() -> None:
    with pytest.raises(EngineError):
        translate("SELEC 1", TABLES)


def test_a_name_that_spark_would_fill_in_is_refused() -> None:
    with pytest.raises(TranslationError, match="rename"):
        translate('SELECT "${env:HOME}" FROM data', {"data": {"${env:HOME}": "VARCHAR"}})


def test_names_that_multiply_when_written_out_are_refused_before_they_fill_the_memory() -> None:
    names = ", ".join(f"a{n} + a{n} AS a{n + 1}" for n in range(40))
    with pytest.raises(TranslationError, match="two steps"):
        translate(f"SELECT x AS a0, {names} FROM data", TABLES)


def test_a_query_nested_too_deeply_is_refused() -> None:
    with pytest.raises(EngineError):
        translate("SELECT " + "(" * 3000 + "1" + ")" * 3000, TABLES)
