"""PostgreSQL's dialect: what is translated has DuckDB's values, what is not is refused with a reason."""

from __future__ import annotations

import os

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation import translate
from analyst.engine.remote.translation.postgres import POSTGRES, dialect_of, quote
from analyst.engine.remote.translation.postgres.safety import ALLOWED
from lab.benchmarks.same_rows import alike
from tests.engine.remote.translation.comparing import Engines
from tests.engine.remote.translation.test_properties import (
    DAY,
    NUMBER,
    OF_DAYS,
    OF_GROUPS,
    OF_TEXT,
    TEXT,
    TRUTH,
    passes,
)
from tests.engine.remote.translation.test_refusals import TABLES
from tests.engine.remote.translation.test_translation import (
    COMPARISONS,
    DATES,
    EVERYDAY,
    NUMBERS,
    SEVERAL_TABLES,
    WINDOWS,
    same,
)

EXAMPLES = int(os.environ.get("POSTGRES_TEST_EXAMPLES", "10"))
UNTOLD = ("SEMI JOIN", "ANTI JOIN", "unnest(", "log(2", "y % 0", "y % (1", "date_sub(", "strptime(", "median(x) OVER")
"""What the lists of queries that both engines share hold, and PostgreSQL is not asked."""
TIED = ("'all', sum(x)", "sum(sum(x)) OVER ()")
"""Queries whose order leaves rows beside each other that are in no order."""
SHARED = [
    sql
    for sql in (*EVERYDAY, *SEVERAL_TABLES, *NUMBERS, *COMPARISONS, *DATES, *WINDOWS)
    if not any(part in sql for part in (*UNTOLD, *TIED))
]
OWN = [
    "SELECT sign(0 / 0), sign(x / 0), sign(-2.5), sign(y), sign(NULL::DOUBLE) FROM data",
    "SELECT upper(g), lower(g), length(g), trim(t), replace(g, 'a', 'z'), substring(g, 1, 2), substring(g, -2), left(g, 1), right(g, 2), left(g, -1), right(g, -1), g || '-' || x, strpos(g, 'r'), contains(g, 'r'), starts_with(g, 'a'), ends_with(g, 'ß'), lpad(g, 3, '*') FROM data",
    "SELECT trim('xxaxx', 'x'), ltrim('00123', '0'), rtrim('1.500', '0'), trim(g, 'ab'), md5('é'), length('é👍'), strlen('é👍'), trim('\u3000a\u00a0'), lower('İI'), upper('straße') FROM data",
    "SELECT concat(g, '-', x, NULL), concat_ws('-', g, NULL, t), concat(NULL, NULL), g || NULL, split_part('a-b-c', '-', -1), split_part(g, 'r', 2) FROM data",
    "SELECT substring(g, strpos(g, ' ') + 1), left(g, x - 7), right(g, x - 7), substring('hello', -3, 2), substring('hello', -9, 3), substring(g, x - 4, 2) FROM data",
    "SELECT CASE WHEN x > 6 THEN 'Zoo' ELSE 'apple' END AS w, count(*) FROM data GROUP BY w ORDER BY w",
    "SELECT w FROM (VALUES ('b'), ('A'), ('a'), ('Ä'), ('z'), ('B'), ('_'), (' ')) v(w) WHERE w > 'A' ORDER BY w DESC",
    "SELECT min(w), max(w), greatest('a', 'B', min(w)) FROM (VALUES ('b'), ('A'), ('a'), ('Ä')) v(w)",
    "SELECT g FROM data UNION SELECT 'C' ORDER BY g",
    "SELECT DISTINCT concat(g, 'x') AS k FROM data ORDER BY k",
    "SELECT strftime(d, '%Y-%m'), strftime(ts, '%d %b %Y %H:%M:%S %p %j %A'), strftime(d, '%G-W%V'), strftime(d, 'it''s DD %Y'), strftime(ts, '%y %I%%') FROM data",
    "SELECT year(d), quarter(d), month(d), week(d), day(d), dayofweek(d), isodow(d), dayofyear(d), isoyear(d), yearweek(d), dayname(d), monthname(d), last_day(d), epoch(ts), hour(ts), minute(ts), second(ts), date_part('dow', ts), extract(year FROM d), date_part('epoch', d), epoch_us(ts) FROM data",
    "SELECT CAST(y AS VARCHAR), 1e20::VARCHAR, 12345678.5::DOUBLE::VARCHAR, 0.0005::DOUBLE::VARCHAR, 0.00001::DOUBLE::VARCHAR, 1e15::VARCHAR, 1e16::VARCHAR, 1.234e-7::VARCHAR, 1.5e300::VARCHAR, 'nan'::DOUBLE::VARCHAR, '-inf'::DOUBLE::VARCHAR, (x > 3)::VARCHAR, m::VARCHAR, d::VARCHAR, ts::VARCHAR FROM data",
    "SELECT 2.5::DOUBLE::INT, 3.5::DOUBLE::INT, 2.5::INT, '2.5'::INT, '1e3'::INT, ' 12 '::INT, '1_000'::INT, TRY_CAST(t AS INT), TRY_CAST(t AS DOUBLE), TRY_CAST(t AS DATE), TRY_CAST('2024-1-5' AS DATE), TRY_CAST('2024-01-05T10:30' AS DATE), TRY_CAST('2024-01-05 10:30' AS TIMESTAMP) FROM data",
    "SELECT 0.125::DOUBLE::DECIMAL(4,2), 1.005::DOUBLE::DECIMAL(6,2), (x / 7.0)::DECIMAL(10,3), 123456789012.3456::DOUBLE::DECIMAL(18,4), -2.5::DOUBLE::DECIMAL(4,0) FROM data",
    "SELECT round(0.49999999999999994::DOUBLE), round(-0.5::DOUBLE), round(4503599627370497.5::DOUBLE), round(2.675::DOUBLE, 2), round(1e300, 2), round('nan'::DOUBLE), round('inf'::DOUBLE)",
    "SELECT g, arg_max(t, x), arg_min(x, y), bool_and(b), bool_or(b), count_if(x > 5), quantile_cont(x, 0.3), quantile_disc(x, 0.5), min(b), max(b), string_agg(t, ', ' ORDER BY x DESC), sum(DISTINCT x), median(y), any_value(d) FILTER (WHERE x = 5) FROM data WHERE x <> 9 GROUP BY g",
    "SELECT stddev_samp(x), var_pop(x), corr(x, y), covar_samp(x, y), skewness(x), regr_slope(x, y), corr(x, 1), corr(1, x), skewness(1), stddev_samp(x) FILTER (WHERE x = 1) FROM data WHERE x < 9",
    "SELECT skewness(x), skewness(x + 1000000), skewness(y) FROM data WHERE x <> 9",
    "SELECT sum(x) OVER (ORDER BY d RANGE BETWEEN INTERVAL 40 DAY PRECEDING AND CURRENT ROW) FROM data",
    "SELECT x, avg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), first_value(x) OVER (ORDER BY y DESC), sum(x) FILTER (WHERE b) OVER (PARTITION BY g), skewness(x) OVER () FROM data",
    "SELECT * FROM (UNPIVOT (SELECT x, y, g FROM data) ON x, y INTO NAME n VALUE v)",
    r"SELECT 'it''s' AS a, 'back\slash\n' AS b, '%s %(x)s' AS c, '" + '"q"' + "' AS d, '--' AS e, '/* */' AS f, '$1' AS g",
]  # fmt: skip
"""What PostgreSQL answers in its own way."""


@pytest.mark.parametrize("sql", [*SHARED, *OWN], ids=lambda sql: sql[:60])
def test_a_query_has_the_same_rows_on_postgresql(sql: str, on_postgres: Engines) -> None:
    assert same(on_postgres, sql)


def different(engines: Engines, expressions: list[str], rest: str) -> list[object]:
    """The expressions with other values on the server; one that fails there is told its user, and is left out."""
    found: list[object] = []
    for expression in dict.fromkeys(expressions):
        if not passes(engines, expression, rest):
            continue
        sql = f"SELECT {expression} AS v {rest}"
        try:
            there = engines.translated(sql)
        except psycopg.Error:
            continue
        if not alike(engines.expected(sql), there, ordered=True):
            found.append((expression, engines.expected(sql), there))
    return found


@settings(max_examples=EXAMPLES)
@given(expressions=st.lists(st.one_of(NUMBER, TEXT, DAY, OF_DAYS, OF_TEXT, TRUTH), min_size=12, max_size=12))
def test_expressions_of_a_row_have_the_same_values(on_postgres: Engines, expressions: list[str]) -> None:
    assert not different(on_postgres, expressions, "FROM data ORDER BY x")


@settings(max_examples=EXAMPLES)
@given(expressions=st.lists(OF_GROUPS, min_size=12, max_size=12))
def test_aggregates_of_groups_have_the_same_values(on_postgres: Engines, expressions: list[str]) -> None:
    assert not different(on_postgres, expressions, "FROM data WHERE x <> 9 GROUP BY g ORDER BY g NULLS FIRST")


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT a.x FROM data a SEMI JOIN s1 ON a.x = s1.x", "WHERE EXISTS"),
        ("SELECT median(x) OVER (PARTITION BY g) FROM data", "GROUP BY"),
        ("SELECT median(y::DECIMAL(10,2)) FROM data", "DOUBLE"),
        ("SELECT last_value(x IGNORE NULLS) OVER (ORDER BY x) FROM data", "IGNORE NULLS"),
        ("SELECT regexp_matches(g, 'a+') FROM data", "LIKE"),
        ("SELECT num(g) FROM data", "CAST"),
        ("SELECT strptime(g, '%d.%m.%Y') FROM data", "2024-01-31"),
        ("SELECT y % 0.7 FROM data", "no equal on PostgreSQL"),
        ("SELECT x::FLOAT FROM data", "no equal on PostgreSQL"),
        ("SELECT x FROM data LIMIT 5", "ORDER BY"),
        ("SELECT first(x) FROM data", "arg_min"),
        ("SELECT pg_read_file('/etc/passwd')", "no equal"),
        ("SELECT pg_sleep(10) FROM data", "no equal"),
        ("SELECT lo_import('/etc/passwd')", "no equal"),
        ("SELECT set_config('a', 'b', false)", "no equal"),
        ("SELECT current_setting('data_directory')", "no equal"),
        ("SELECT * FROM dblink('host=x', 'SELECT 1')", "no equal"),
        ("SELECT ctid FROM data", "No column 'ctid'"),
        ("SELECT data.xmin FROM data", "No column 'data.xmin'"),
        ("SELECT * FROM pg_catalog.pg_shadow", "may be read"),
        ("SELECT * FROM pg_user", "may be read"),
        ("SELECT current_user", "No column|no equal"),
        (f"SELECT x AS {'long' * 16} FROM data", "63 bytes"),
    ],
)
def test_what_has_no_equal_on_postgresql_is_refused_with_a_reason(sql: str, told: str) -> None:
    with pytest.raises(TranslationError, match=told):
        translate(sql, TABLES, POSTGRES)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_sleep(10)",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, '/tmp/x')",
        "SELECT set_config('statement_timeout', '0', false)",
        "SELECT current_setting('data_directory')",
        "SELECT pg_terminate_backend(1)",
        "SELECT pg_advisory_lock(1)",
        "SELECT nextval('s')",
        "SELECT query_to_xml('SELECT 1', true, true, '')",
        'SELECT "pg_sleep"(10)',
        'SELECT "pg_catalog"."pg_sleep"(10)',
        "SELECT pg_catalog.pg_sleep(10)",
        "SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)",
        "SELECT * FROM pg_ls_dir('/')",
        "SELECT * FROM pg_shadow",
        'SELECT * FROM "pg_catalog"."pg_shadow"',
        "SELECT * FROM information_schema.tables",
        "SELECT ctid FROM data",
        "SELECT current_user",
        "SELECT session_user",
        "SELECT user",
        "SELECT current_date",
        "SELECT current_catalog",
        "SELECT * FROM other",
        "SELECT * FROM data TABLESAMPLE SYSTEM (1)",
        "SELECT * FROM data FOR UPDATE",
        "SELECT * INTO x FROM data",
        "WITH a AS (DELETE FROM data RETURNING *) SELECT * FROM a",
        "INSERT INTO x SELECT 1",
        "COPY data TO PROGRAM 'cat'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "CREATE TABLE x AS SELECT 1",
        "DO $$ BEGIN END $$",
        "CALL x()",
        "SET statement_timeout = 0",
        "EXPLAIN ANALYZE SELECT 1",
        "LOCK data",
        "VACUUM",
        "SELECT 1; SELECT 2",
        "SELECT 1;",
        "SELECT 1 -- x",
        "SELECT 1 /* x */",
        "SELECT $1",
        "SELECT :x",
        "SELECT 'pg_authid'::regclass",
        "SELECT CAST('pg_authid' AS regclass)",
        "SELECT 1 OPERATOR(pg_catalog.+) 1",
        "SELECT * FROM ROWS FROM (pg_ls_dir('/'))",
        "SELECT * FROM XMLTABLE('/' PASSING '<a/>' COLUMNS x int)",
        "SELECT E'\\x27'",
        "SELECT U&'\\0027'",
        "SELECT $$a$$",
    ],
)
def test_a_hostile_text_never_runs(text: str) -> None:
    with pytest.raises(TranslationError):
        ALLOWED.require_safe(text, ["data"])


def test_a_name_that_the_server_would_cut_off_is_refused() -> None:
    assert quote("ä" * 31) == f'"{"ä" * 31}"'
    with pytest.raises(TranslationError, match="shorter"):
        quote("ä" * 32)


def test_letters_of_all_alphabets_change_case_from_postgresql_17_on() -> None:
    assert "pg_c_utf8" in translate("SELECT lower(g) AS g FROM data", TABLES, dialect_of(170000))
    with pytest.raises(TranslationError, match="PostgreSQL 17"):
        translate("SELECT lower(g) FROM data", TABLES, dialect_of(160004))
