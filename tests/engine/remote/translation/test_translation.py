"""Queries that mean the same on both engines: each runs on DuckDB, and translated on a server of Spark SQL."""

from __future__ import annotations

import re

import duckdb
import pytest

from analyst.engine.remote.translation import translate
from lab.benchmarks.same_rows import alike
from tests.engine.remote.translation.comparing import Engines

EVERYDAY = [
    "SELECT * FROM data",
    "SELECT x, g, y * 2 AS z FROM data WHERE x > 2 AND g = 'b' OR y IS NULL ORDER BY x DESC LIMIT 3",
    "SELECT g, count(*) AS n, sum(x) AS s, avg(y), min(d), max(ts), sum(b), count(DISTINCT b) FROM data GROUP BY g ORDER BY n DESC, g",
    "SELECT g, sum(x) AS x FROM data GROUP BY g HAVING x > 5",
    "SELECT g AS k, x + 1 AS z, z * 2 AS w FROM data WHERE z > 3",
    "SELECT g, -x AS x FROM data ORDER BY x + 0",
    "SELECT date_trunc('month', d) AS m, sum(x) FROM data GROUP BY ALL ORDER BY ALL",
    "SELECT CASE WHEN x > 5 THEN 'big' ELSE 'small' END AS s, count(*) FROM data GROUP BY s ORDER BY 1",
    "SELECT DISTINCT g, b FROM data ORDER BY g, b",
    "SELECT x FROM data ORDER BY abs(y - 5) DESC NULLS FIRST, g, x",
    "SELECT * EXCLUDE (t, m) REPLACE (x * 2 AS x) FROM data",
    'SELECT x AS "order", "order" + 1 AS "a b" FROM data ORDER BY "order" LIMIT 2 OFFSET 1',
    "SELECT count(*), sum(x), avg(x), min(g), median(x), stddev_samp(x) FROM data WHERE x > 1000",
    "SELECT 1",
    "SELECT min(x) FROM data HAVING min(x) > 0",
    "SELECT grouping(g), g, b, sum(x) FROM data GROUP BY GROUPING SETS ((g), (b), ())",
    "SELECT g, b, count(*) FROM data GROUP BY ROLLUP (g, b)",
    "SELECT round(100.0 * sum(CASE WHEN b THEN 1 ELSE 0 END) / count(*), 2), avg(b::INT), avg(CASE WHEN b THEN 1.0 ELSE 0 END) FROM data",
    "SELECT sum(x) * 1.0 / (SELECT sum(x) FROM data) AS share, g FROM data GROUP BY g",
]
SEVERAL_TABLES = [
    "WITH a AS (SELECT g, sum(x) AS s FROM data GROUP BY g), b(k, n) AS (SELECT g, count(*) FROM data GROUP BY g) SELECT a.g, s, n, s / n AS m FROM a LEFT JOIN b ON a.g = b.k ORDER BY s DESC",
    "SELECT a.x, b.x AS y2 FROM data a JOIN data b USING (g) WHERE a.x < b.x",
    "SELECT g, a.x, b.t FROM data a FULL JOIN (SELECT g, t FROM data WHERE x > 6) b USING (g)",
    "SELECT x FROM data WHERE x > (SELECT avg(x) FROM data)",
    "SELECT x FROM data a WHERE x >= (SELECT max(x) FROM data b WHERE b.g = a.g)",
    "SELECT x FROM data WHERE g IN (SELECT g FROM data WHERE x > 8)",
    "SELECT x FROM data WHERE EXISTS (SELECT 1 FROM data c WHERE c.x = data.x + 3)",
    "SELECT g, sum(x) FROM data GROUP BY g UNION ALL SELECT 'all', sum(x) FROM data ORDER BY 2 DESC",
    "SELECT x FROM data UNION SELECT y FROM data EXCEPT SELECT 5",
    "SELECT x, y FROM data UNION ALL BY NAME SELECT y, 5 AS x FROM data",
    "SELECT x FROM data INTERSECT SELECT 5",
    "SELECT g FROM (VALUES (1, 'a'), (2, 'b')) t(n, g) JOIN data USING (g)",
    "SELECT a.x, a.g FROM data a SEMI JOIN (SELECT g FROM data WHERE x > 8) s ON a.g = s.g",
    "SELECT a.x FROM data a ANTI JOIN (SELECT g FROM data WHERE x > 8) s ON a.g = s.g",
    "SELECT count(*) FROM data, (SELECT avg(x) AS mean FROM data) q WHERE x > mean",
    "SELECT n, x FROM generate_series(1, 5) r(n) LEFT JOIN data ON n = x",
    "SELECT x, unnest(string_split(g, ' ')) AS w FROM data WHERE x > 2",
    "SELECT unnest([1, 2])",
]
NUMBERS = [
    "SELECT x / 2, x / 0, y / x, y / y, x // 2, x % 3, -x, x ** 2, m * 1.1, m + x, m * m, m / 3, 1.5 * x, y * 0.1, x * 100.0 / 7 FROM data",
    "SELECT round(y, 2), round(y * 1.0050001, 1), round(x / 3, 4), round(m, 1), round(m), round(y), floor(y), ceil(y), trunc(y), floor(m), round(x, -1), round(y, -1), abs(y), sign(y) FROM data",
    "SELECT round(2.675, 2), round(2.5), round(-2.5::DOUBLE), round(0.285::DOUBLE, 2), round(1.005::DOUBLE, 2), round(1234.567, -2)",
    "SELECT ln(x), ln(-1), ln(0), log(x), log(2, x), sqrt(-1), sqrt(x), exp(x / 10), log2(x), power(x, 0.5), cbrt(-8), pi(), atan2(1, x) FROM data",
    "SELECT 7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 % 2, y % 0, y % 0.7, mod(x, 3) FROM data",
    "SELECT sum(m), avg(m), sum(m) / count(*), sum(m * x), sum(m * 1.19), round(sum(m) * 1.19, 2), m * m * m, sum(x * 0.1) FROM data GROUP BY m, x",
    "SELECT greatest(x, y), least(x, 3.5, NULL), greatest(g, 'b'), greatest(d, ts), coalesce(NULL, y, x), nullif(y, 0), ifnull(g, 'none'), if(x > 5, 'y', 'n') FROM data",
    "SELECT isfinite(y), isnan(y), y = 'NaN', isfinite(d), y IS DISTINCT FROM 0 FROM data",
    "SELECT x / (0 * 2), y % (1 - 1), x / CAST('0' AS INT), x / '2'::DOUBLE FROM data",
    "SELECT floor(-2.5::DOUBLE), ceil(2.1), floor(1e20), trunc(-2.7), floor(x / 2) FROM data",
]
COMPARISONS = [
    "SELECT CASE g WHEN 'a' THEN 1 WHEN 'b' THEN 2.5 END, x BETWEEN 5 AND 8, x IN (1, 5.0), x NOT IN (1, NULL), g IN ('a', 'b'), d = '2024-01-31', d < ts FROM data",
    "SELECT b = TRUE, b IS TRUE, b IS NOT TRUE, NOT b, b AND x > 3, b OR NULL, b::VARCHAR, (x > 3)::INT + 1, sum((x > 3)::INT) OVER () FROM data",
    "SELECT y > 'NaN'::DOUBLE, 'NaN'::DOUBLE = 'NaN'::DOUBLE, m = 2.35, m > y, ts >= '2024-01-31', ts BETWEEN '2024-01-01' AND '2024-12-31', g < 'b', g > 'Z' FROM data",
    r"SELECT g LIKE 'a%', g ILIKE 'ä%', g NOT LIKE '%b', g LIKE '\%', t LIKE '_!%' ESCAPE '!' FROM data",
]
CASTS = [
    "SELECT CAST(x AS VARCHAR), CAST(m AS VARCHAR), CAST(d AS VARCHAR), CAST(ts AS VARCHAR), CAST(b AS INT), CAST(ts AS DATE), CAST(d AS TIMESTAMP), CAST(m AS INT) FROM data",
    "SELECT TRY_CAST(concat('2024-01-0', x) AS DATE), TRY_CAST(concat('24/', x, '/7 10:30') AS TIMESTAMP), TRY_CAST(concat('2024-', x, '-31') AS DATE) FROM data",
]
TEXT = [
    "SELECT upper(g), lower(g), length(g), trim(t), replace(g, 'a', 'z'), substring(g, 1, 2), substring(g, -2), left(g, 1), right(g, 2), left(g, -1), right(g, -1), g || '-' || x, strpos(g, 'r'), contains(g, 'r'), starts_with(g, 'a'), lpad(g, 3, '*'), reverse(g) FROM data",
    "SELECT strip_accents('Crème brûlée ÅØ ñ ő'), strip_accents(g), lower('İI'), upper('straße') FROM data",
    "SELECT concat(g, '-', x, NULL), concat_ws('-', g, NULL, t), concat(NULL, NULL), g || NULL FROM data",
    "SELECT split_part('a-b-c', '-', -1), split_part('a-b', '-', 5), split_part(g, 'r', 2), string_split('a,b,,c', ','), string_split('a.b|c', '.'), string_split(g, ' ')[1], len(string_split('a|b', '|')), list_contains(['a', NULL], g), [1,2,3][-1], array_to_string(['a', NULL, 'b'], '-') FROM data",
    "SELECT trim('xxaxx', 'x'), ltrim('00123', '0'), rtrim('1.500', '0'), trim(g, 'ab'), md5('é'), sha256('a'), length('é👍'), strlen('é👍') FROM data",
    "SELECT substring(g, strpos(g, ' ') + 1), substring(g, 2, x), left(g, x - 7), right(g, x - 7) FROM data",
    "SELECT list_has_any(list_transform(string_split(g, ' '), lambda p: lower(trim(p))), ['ß', 'a']), list_filter(string_split(t, '1'), lambda q: length(q) > 1) FROM data",
    r"SELECT '${spark.app.name}' AS a, 'it''s' AS b, 'back\slash\n' AS c, '" + '"q"' + "' AS d, '`' AS e, '%_' AS f",
]
PATTERNS = [
    r"SELECT regexp_matches(g, '^[a-z]$'), regexp_full_match(t, '[0-9]+'), regexp_extract(t, '([0-9]),([0-9]+)', 2), regexp_replace(t, '[0-9]', '#'), regexp_replace(t, '[0-9]', '#', 'g'), regexp_replace(t, '([0-9])', '<\1>') FROM data",
]
DATES = [
    "SELECT d + 3, d - 3, d - date '2024-01-01', d + INTERVAL 1 MONTH, ts + INTERVAL 2 HOUR, d - INTERVAL 1 DAY, ts - INTERVAL '3 days', d + to_days(x), d + to_months(x), d + INTERVAL 1 QUARTER FROM data",
    "SELECT date_diff('day', d, ts), date_diff('month', d, date '2025-03-15'), date_diff('week', d, date '2025-03-15'), date_diff('hour', d, ts), date_diff('year', d, ts), date_diff('quarter', d, date '2025-03-15') FROM data",
    "SELECT date_sub('month', d, date '2024-02-29'), date_sub('day', d, ts), date_sub('year', d, date '2025-12-30'), date_sub('month', date '2025-02-28', d) FROM data",
    "SELECT date_trunc('week', d), date_trunc('quarter', ts), date_trunc('day', ts), date_trunc('year', d)::DATE, date_trunc('hour', ts) FROM data",
    "SELECT strptime('5/1/2024', '%d/%m/%Y'), try_strptime(t, '%d %b'), try_strptime('05/01/70', '%d/%m/%y'), try_strptime('20240105', '%Y%m%d'), try_strptime('31/02/2024', '%d/%m/%Y'), try_strptime('5 january 2024', '%d %B %Y') FROM data",
    "SELECT make_date(2024, 2, x), make_date(year(d), month(d), 1) FROM data",
]
AGGREGATES = [
    "SELECT g, sum(x) FILTER (WHERE b) AS s, count(*) FILTER (WHERE x > 5) AS n, arg_max(t, x), any_value(b), bool_and(b), count_if(x > 5), quantile_cont(x, 0.3), quantile_disc(x, 0.5), quantile_cont(x, [0.25, 0.5]) FROM data GROUP BY g ORDER BY g NULLS FIRST",
    "SELECT g, string_agg(t, ', ' ORDER BY x DESC), sum(DISTINCT x), min(g) FILTER (WHERE x > 5), arg_min(x, y) FROM data GROUP BY g",
    "SELECT stddev_samp(x), var_pop(x), corr(x, y), covar_samp(x, y), skewness(x), kurtosis(x), regr_slope(x, y), corr(x, 1), corr(1, x) FROM data WHERE x < 9",
    "SELECT g, stddev_samp(x), corr(x, y), skewness(x), kurtosis(y), covar_samp(x, y), var_samp(y) FROM data GROUP BY g",
    "SELECT g, median(m), quantile_cont(m, 0.3), quantile_disc(m, 0.3), median(y) FROM data WHERE y < 1e10 GROUP BY g",
]
WINDOWS = [
    "SELECT x, row_number() OVER (ORDER BY x), rank() OVER (PARTITION BY g ORDER BY y), lag(x) OVER (ORDER BY x), lag(x, 1, 0) OVER (ORDER BY x), lead(y, 2) OVER (ORDER BY x DESC), sum(x) OVER (PARTITION BY g), ntile(2) OVER (ORDER BY x), percent_rank() OVER (ORDER BY x), cume_dist() OVER (ORDER BY y) FROM data",
    "SELECT x, avg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), median(x) OVER (), first_value(x) OVER (ORDER BY y DESC), last_value(y IGNORE NULLS) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), count(DISTINCT g) OVER (), sum(x) FILTER (WHERE b) OVER (PARTITION BY g) FROM data",
    "SELECT g, rank() OVER (ORDER BY sum(x) DESC) AS r, sum(sum(x)) OVER () AS t, sum(x) / sum(sum(x)) OVER () AS share FROM data GROUP BY g ORDER BY r",
    "SELECT * FROM data QUALIFY row_number() OVER (PARTITION BY g ORDER BY x) = 1 ORDER BY x",
    "SELECT g, sum(x) AS s FROM data GROUP BY g QUALIFY row_number() OVER (ORDER BY s DESC) <= 2 ORDER BY s DESC",
    "SELECT DISTINCT ON (g) g, x FROM data ORDER BY g, x DESC",
    "SELECT x, d - lag(d) OVER (ORDER BY x), 100.0 * (x - lag(x) OVER (ORDER BY x)) / lag(x) OVER (ORDER BY x) FROM data",
]
REAL_ONLY = [
    "SELECT sign(0 / 0), sign(x / 0), sign(-2.5), sign(y), sign(NULL::DOUBLE) FROM data",
    "SELECT 2.5::DOUBLE::INT, 3.5::DOUBLE::INT, 2.5::INT, '2.5'::INT, '1e3'::INT, ' 12 '::INT FROM data",
    "SELECT TRY_CAST(t AS INT), TRY_CAST(t AS DOUBLE), TRY_CAST(t AS DATE), TRY_CAST(t AS TIMESTAMP), TRY_CAST(g AS BOOLEAN), TRY_CAST(t AS DECIMAL(10,2)) FROM data",
    r"SELECT regexp_extract('Total: 1,234 USD', '([0-9,]+)\s*(USD|EUR)', 1), regexp_extract('ab', '(x)?b', 1), regexp_extract('aB', '(?i)b'), regexp_matches('é', '\w'), regexp_replace('a b  c', '\s+', ' ', 'g'), regexp_replace('2024-01', '(\d+)-(\d+)', '\2/\1'), regexp_replace('a.b.c', '[.]', '$', 'g'), regexp_replace('price 5', '\d', '\0\0'), regexp_matches('foo bar', '\bbar\b')",
    "SELECT year(d), quarter(d), month(d), week(d), day(d), dayofweek(d), isodow(d), dayofyear(d), isoyear(d), yearweek(d), dayname(d), monthname(d), last_day(d), epoch(ts), hour(ts), minute(ts), second(ts), date_part('dow', ts), extract(year FROM d), date_part('epoch', d) FROM data",
    "SELECT strftime(d, '%Y-%m'), strftime(ts, '%d %b %Y %H:%M:%S %p %j %A'), strftime(d, '%G-W%V'), strftime(d, 'it''s %Y'), strftime(ts, '%y/%-m/%-d %I:%M %p') FROM data",
    "SELECT sum(x) OVER (ORDER BY d RANGE BETWEEN INTERVAL 40 DAY PRECEDING AND CURRENT ROW) FROM data",
    "SELECT CAST(y AS VARCHAR), 1e20::VARCHAR, 12345678.5::DOUBLE::VARCHAR, 0.0005::DOUBLE::VARCHAR, 0.00001::DOUBLE::VARCHAR, 1e15::VARCHAR, 1e16::VARCHAR, 1.234e-7::VARCHAR, 1.5e300::VARCHAR FROM data",
    "SELECT TRY_CAST('1_000' AS INT), TRY_CAST('1d' AS DOUBLE), TRY_CAST('1.' AS DOUBLE), TRY_CAST('1e400' AS DOUBLE), TRY_CAST('nan' AS DOUBLE), TRY_CAST('-inf' AS DOUBLE), TRY_CAST('-2.5' AS INT), TRY_CAST('99999999999' AS INT), TRY_CAST('2024' AS DATE), TRY_CAST('24-1-5' AS DATE), TRY_CAST('2024-01-05 25:00' AS TIMESTAMP)",
    "SELECT 0.125::DOUBLE::DECIMAL(4,2), 1.005::DOUBLE::DECIMAL(6,2), y::DECIMAL(30,2), (x / 7.0)::DECIMAL(10,3) FROM data",
    "SELECT substring('hello', -3, 2), substring(g, x - 4, 2), substring(g, 1, x - 6) FROM data",
    "SELECT data.x, t.w FROM data, unnest(string_split(g, ' ')) AS t(w)",
    "SELECT * FROM (UNPIVOT (SELECT x, y, g FROM data) ON x, y INTO NAME n VALUE v)",
    "SELECT x, (SELECT count(*) FROM data b WHERE b.x < a.x) AS below FROM data a",
    "SELECT num(t), num(x), num(y), num(m), num('5 kg') FROM data",
]
"""What the light server does otherwise than Spark, or does not know."""

EQUAL = [
    *EVERYDAY, *SEVERAL_TABLES, *NUMBERS, *COMPARISONS, *CASTS, *TEXT, *PATTERNS, *DATES, *AGGREGATES, *WINDOWS,
]  # fmt: skip


def same(engines: Engines, sql: str) -> bool:
    ordered = bool(re.search(r"(?i)order by [^()]*$", sql))
    return alike(engines.expected(sql), engines.translated(sql), ordered=ordered)


@pytest.mark.parametrize("sql", EQUAL)
def test_a_query_has_the_same_rows_on_both_engines(engines: Engines, sql: str) -> None:
    assert same(engines, sql)


@pytest.mark.spark
@pytest.mark.parametrize("sql", REAL_ONLY)
def test_a_query_has_the_same_rows_on_a_real_spark(engines: Engines, sql: str) -> None:
    assert same(engines, sql)


@pytest.mark.parametrize("sql", ["SELECT t = 12 FROM data", "SELECT x // (x - 5) FROM data"])
def test_what_fails_on_one_engine_fails_on_the_other(engines: Engines, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        engines.expected(sql)
    with pytest.raises(Exception, match=r"not a int|[Dd]ivision by zero"):
        engines.translated(sql)


def test_values_given_beside_a_query_become_its_constants(engines: Engines) -> None:
    text = translate(
        "SELECT x FROM data WHERE g = $1 AND x > $2 AND list_contains($3::VARCHAR[], t)",
        {"data": engines.columns},
        values=["b", 5, ["1e3", "it's"]],
    )
    assert "'it\\'s'" in text
    assert [row.x for row in engines.spark.sql(text).collect()] == [12]
