"""SQL that wants files, settings, writes or all the memory: refused or stopped, clearly and soon; nothing else dies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyst.core.errors import LimitError, PlanError
from analyst.engine.duckdb import DuckEngine, open_empty
from analyst.execution.runner import PlanRunner
from analyst.planning.sql_guard import inspect
from analyst.protocol.table import TableProfile

SECRET = "key-4711"

REFUSED = [
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_csv_auto('{file}')",
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM read_json('{file}')",
    "SELECT * FROM read_parquet('{file}')",
    "SELECT * FROM parquet_scan('{file}')",
    "SELECT * FROM sniff_csv('{file}')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '{file}'",
    'SELECT * FROM "{file}"',
    "FROM '{file}'",
    "SELECT * FROM 'https://example.com/x.csv'",
    "SELECT * FROM data, '{file}' f",
    "SELECT (SELECT max(column0) FROM '{file}') AS a FROM data",
    "SELECT * FROM data WHERE EXISTS (FROM read_text('{file}'))",
    "WITH x AS (SELECT * FROM read_text('{file}')) SELECT * FROM x",
    "SELECT list_transform([1], lambda q: (SELECT content FROM read_text('{file}'))) AS a",
    "SELECT * FROM data UNION ALL BY NAME SELECT * FROM read_text('{file}')",
    "SELECT * FROM (VALUES (1)) v(a), LATERAL (SELECT * FROM read_text('{file}'))",
    "ATTACH '{file}' AS x",
    "ATTACH ':memory:' AS x",
    "DETACH table",
    "USE memory",
    "COPY data TO '{file}.out'",
    "COPY (SELECT 1) TO '{file}.out'",
    "WITH x AS (COPY data TO '{file}.out') SELECT 1 AS a",
    "WITH x AS (INSERT INTO data VALUES (1) RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE data SET Revenue = 0 RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM data RETURNING *) SELECT * FROM x",
    "SELECT * FROM (WITH x AS (DELETE FROM data RETURNING *) SELECT * FROM x)",
    "INSERT INTO data SELECT * FROM data",
    "UPDATE data SET Revenue = 0",
    "DELETE FROM data",
    "TRUNCATE data",
    "MERGE INTO data USING data d ON true WHEN MATCHED THEN DELETE",
    "CREATE TABLE t AS SELECT 1",
    "CREATE MACRO f(x) AS x",
    "CREATE TEMP MACRO num(x) AS 0",
    "DROP TABLE data",
    "ALTER TABLE data ADD COLUMN x INT",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "SET memory_limit='100GB'",
    "RESET memory_limit",
    "CALL pragma_version()",
    "EXPORT DATABASE '{file}.out'",
    "IMPORT DATABASE '{file}.out'",
    "CHECKPOINT",
    "BEGIN TRANSACTION",
    "VACUUM",
    "EXPLAIN ANALYZE SELECT 1",
    "PREPARE q AS SELECT 1",
    "EXECUTE q",
    "DEALLOCATE q",
    "SET VARIABLE a = 1",
    "SELECT getvariable('a')",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "DESCRIBE data",
    "SUMMARIZE data",
    "SELECT * FROM (DESCRIBE data)",
    "SELECT * FROM (SHOW TABLES)",
    "SELECT 1 AS a; SELECT 2 AS b",
    "SELECT 1 AS a; DROP TABLE data; --",
    "SELECT 1 AS a; /* */ COPY data TO '{file}.out'",
    "/* SELECT */ DELETE FROM data /* */",
    "--\nDELETE FROM data",
    "SELECT 1 AS a -- x\n; DELETE FROM data",
    "SELECT getenv('SECRET_KEY')",
    "SELECT GetEnv('SECRET_KEY')",
    "SELECT \"getenv\"('SECRET_KEY')",
    "SELECT main.getenv('SECRET_KEY')",
    "SELECT 'SECRET_KEY'.getenv()",
    "SELECT list_transform(['SECRET_KEY'], lambda q: getenv(q))",
    "SELECT [getenv(q) for q in ['SECRET_KEY']]",
    "SELECT current_setting('temp_directory')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_settings",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM pragma_table_info('data')",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM duckdb_tables",
    "SELECT * FROM main.data",
    "SELECT * FROM table.main.data",
    "SELECT * FROM temp.data",
    "WITH duckdb_settings AS (SELECT * FROM duckdb_settings) SELECT * FROM duckdb_settings",
    "SELECT * FROM (WITH duckdb_tables AS (SELECT 1) SELECT * FROM duckdb_tables) a, duckdb_tables",
    "SELECT write_log('x')",
    "SELECT pg_sleep(100)",
    "SELECT sleep_ms(100000)",
    "SELECT setseed(0.5)",
    "SELECT nextval('x')",
    "SELECT json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM json_execute_serialized_sql('{{}}')",
    "SELECT * FROM query('SELECT * FROM data')",
    "SELECT * FROM query_table('data')",
    "SELECT * FROM query_table(['data'])",
    "SELECT * FROM checkpoint()",
    "SELECT * FROM force_checkpoint()",
    "SELECT * FROM repeat_row(1, num_rows=1e9)",
    "SELECT * FROM seq_scan('data')",
    "SELECT * FROM test_all_types()",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM pandas_scan(1)",
    "SELECT * FROM python_map_function(1)",
    "SELECT * FROM profile",
    "SELECT * FROM sys",
    "SELECT * FROM os.environ",
    "SELECT * FROM ｄａｔａ",
    "SELECT * FROM dаta",
    "SELECT ? AS a",
    "SELECT $1 AS a",
    "PIVOT data ON Region USING sum(Revenue)",
    "SELECT 1 AS a\0",
    "SELECT error('x')",
    "SELECT which FROM read_csv_auto(['{file}', '{file}'])",
    "SELECT * FROM '{file}' AS t, LATERAL (SELECT t.a)",
    "FROM ['{file}', '{file}']",
    "SELECT * FROM read_duckdb('{file}')",
    "SELECT * FROM read_ndjson_objects('{file}')",
    "SELECT * FROM read_xlsx('{file}')",
    "SELECT * FROM parquet_metadata('{file}')",
    "SELECT * FROM parquet_kv_metadata('{file}')",
    "SELECT read_text('{file}')",
    "SELECT * FROM sqlite_scan('{file}', 't')",
    "SELECT * FROM postgres_query('a', 'b')",
    "SELECT * FROM iceberg_scan('{file}')",
    "SELECT * FROM st_read('{file}')",
    "SELECT http_get('http://localhost')",
    "SELECT * FROM load_aws_credentials()",
    "SELECT * FROM which_secret('s3://a', 's3')",
    "CREATE SECRET s (TYPE s3)",
    "CREATE PERSISTENT SECRET s (TYPE s3)",
    "DROP SECRET s",
    "FORCE INSTALL httpfs",
    "INSTALL httpfs FROM 'http://localhost'",
    "UPDATE EXTENSIONS",
    "LOAD '{file}'",
    "ATTACH IF NOT EXISTS '{file}' AS y",
    "COPY FROM DATABASE a TO b",
    "COMMENT ON TABLE data IS 'x'",
    "CREATE TYPE t AS ENUM ('a')",
    "CREATE SEQUENCE s",
    "SET GLOBAL threads = 1",
    "SET SESSION search_path = 'x'",
    "EXPLAIN (FORMAT JSON) SELECT 1",
    "WITH x AS MATERIALIZED (INSERT INTO data VALUES ('a', 1, 1) RETURNING *) FROM x",
    "WITH x AS (MERGE INTO data USING data d ON true WHEN MATCHED THEN DELETE RETURNING *) FROM x",
    "WITH RECURSIVE x AS (DELETE FROM data RETURNING *) FROM x",
    "WITH x AS (SELECT 1), y AS (COPY (FROM x) TO '{file}.out') FROM x",
    "SELECT * FROM (INSERT INTO data VALUES ('a', 1, 1) RETURNING *)",
    "SELECT 1 UNION ALL (DELETE FROM data RETURNING 1)",
    "SELECT * FROM data WHERE Region IN (UPDATE data SET Revenue = 1 RETURNING Region)",
    "SELECT * INTO t FROM data",
    "SELECT $$a$$; DROP TABLE data",
    "TABLE duckdb_settings",
    "WITH data AS (SELECT * FROM duckdb_settings()) FROM data",
    "FROM duckdb_logs()",
    "FROM duckdb_extensions()",
    "FROM duckdb_variables()",
    "FROM duckdb_memory()",
    "FROM duckdb_external_file_cache()",
    "CALL enable_logging()",
    "SELECT * FROM pg_timezone_names()",
    "SELECT * FROM sql_auto_complete('SEL')",
    "SELECT * FROM summary('data')",
    "SELECT version()",
    "SELECT current_database()",
    "SELECT current_query()",
    "SELECT txid_current()",
    "SELECT currval('s')",
    "SELECT stats(Revenue) FROM data",
    "SELECT COLUMNS(lambda c: getenv(c) = '') FROM data",
    "SELECT array_apply(['SECRET_KEY'], lambda x: getenv(x))",
    "SELECT TRY(getenv('SECRET_KEY'))",
    "SELECT {{'a': getenv('SECRET_KEY')}}.a",
    "SELECT string_agg(Region ORDER BY getenv('SECRET_KEY')) FROM data",
    "SELECT * FROM data ORDER BY (SELECT content FROM read_text('{file}'))",
    "SELECT * FROM data LIMIT (SELECT length(content) FROM read_text('{file}'))",
    "SELECT * FROM data QUALIFY (SELECT count(*) FROM read_text('{file}')) > 0",
    "SELECT * FROM data GROUP BY ALL HAVING (SELECT 1 FROM read_text('{file}')) = 1",
    "SELECT count(*) FILTER (WHERE EXISTS (FROM read_text('{file}'))) FROM data",
    "SELECT sum(Revenue) OVER (PARTITION BY (SELECT content FROM read_text('{file}'))) FROM data",
    "SELECT * REPLACE ((SELECT content FROM read_text('{file}')) AS Region) FROM data",
    "SELECT CASE WHEN (FROM read_text('{file}')) IS NULL THEN 1 END",
    "SELECT * FROM (VALUES ((SELECT content FROM read_text('{file}')))) t",
    "SELECT list_filter([1], lambda x: (SELECT true FROM read_text('{file}')))",
    "SELECT x FROM generate_series(1, (SELECT length(content) FROM read_text('{file}'))) t(x)",
    "SELECT * FROM range(3) t(x), read_text(x::VARCHAR)",
    "SELECT * FROM data POSITIONAL JOIN read_text('{file}')",
    "SELECT * FROM data ASOF JOIN sqlite_master ON true",
    "SELECT * FROM unnest((SELECT list(content) FROM read_text('{file}')))",
    "PIVOT data ON Region IN (SELECT content FROM read_text('{file}')) USING sum(Revenue)",
    "PIVOT data ON getenv('SECRET_KEY') IN ('a') USING sum(Revenue)",
    "PIVOT (FROM read_text('{file}')) ON filename IN ('a') USING count(*)",
    "UNPIVOT (FROM read_text('{file}')) ON content INTO NAME a VALUE b",
    "SELECT json_deserialize_sql('{{}}')",
    "SELECT json_serialize_plan('SELECT 1')",
    ".shell ls",
    ".read {file}",
]


@pytest.fixture(scope="module")
def hurried(profile: TableProfile) -> Iterator[PlanRunner]:
    """A runner that gives a step one second."""
    with PlanRunner(profile, timeout_s=1, memory_mb=512) as running:
        yield running


@pytest.fixture(scope="module")
def empty() -> DuckEngine:
    engine = open_empty()
    engine.store("data", {"Region": "VARCHAR", "Revenue": "INTEGER", "Unit Price": "DOUBLE"})
    return engine


@pytest.mark.parametrize("text", REFUSED)
def test_sql_that_does_more_than_read_the_table_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text(SECRET)
    with pytest.raises(PlanError) as caught:
        inspect(text.format(file=file), ["data"])
    assert SECRET not in caught.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


ALLOWED = [
    "SELECT Region, sum(Revenue) FROM data GROUP BY ROLLUP (Region) HAVING sum(Revenue) > 1 ORDER BY 2 DESC LIMIT 3",
    "WITH a AS (SELECT * FROM data), b AS (SELECT * FROM a) SELECT * FROM b JOIN data USING (Region)",
    "WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t WHERE x < 5) SELECT * FROM t",
    "SELECT * EXCLUDE (Region) REPLACE (Revenue * 2 AS Revenue) FROM data",
    "SELECT Region, row_number() OVER (PARTITION BY Region ORDER BY Revenue) AS n FROM data QUALIFY n = 1",
    "SELECT quantile_cont(Revenue, 0.9), median(Revenue) FILTER (WHERE Region LIKE 'N%') FROM data",
    "SELECT CASE WHEN Revenue BETWEEN 1 AND 5 THEN 'low' ELSE 'high' END AS band, count(*) FROM data GROUP BY ALL",
    "SELECT unnest(range(3)) AS i UNION ALL SELECT i FROM generate_series(1, 3) g(i)",
    "PIVOT data ON Region IN ('North', 'South') USING sum(Revenue)",
    'UNPIVOT data ON Revenue, "Unit Price" INTO NAME what VALUE amount',
    "SELECT list_transform([1, 2], lambda q: q + 1), {'a': 1}.a, [x * 2 FOR x IN [1, 2] IF x > 1]",
    "SELECT date_trunc('month', DATE '2024-01-05'), DATE '2024-01-31' + INTERVAL 1 MONTH, extract(year FROM now())",
    "SELECT regexp_extract(Region, '(N)', 1), Region ILIKE '%o%', Region || 'x', TRY_CAST(Region AS INT) FROM data",
    "SELECT COLUMNS('Rev.*') FROM data WHERE (Region, Revenue) IN (SELECT Region, max(Revenue) FROM data GROUP BY 1)",
    'SELECT \'read_csv; DROP TABLE data\' AS text, "Region" AS "ATTACH" FROM data -- COPY',
    "SELECT DISTINCT ON (Region) * FROM data USING SAMPLE 10",
    "VALUES (1, 2), (3, 4)",
    "FROM data LIMIT 10%",
]


@pytest.mark.parametrize("text", ALLOWED)
def test_sql_that_only_reads_is_allowed_and_runs(text: str, empty: DuckEngine) -> None:
    statement = inspect(text, ["data"])
    empty.rows(statement.text)


BOMBS = [
    "SELECT repeat('x', 4000000000) AS a",
    "SELECT lpad('x', 2000000000, 'y') AS a",
    "SELECT range(3000000000) AS a",
    "SELECT list(x) AS a FROM range(3000000000) t(x)",
    "SELECT string_agg(repeat('x', 1000000), '') AS a FROM range(100000)",
    "WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t) SELECT * FROM t",
    "WITH RECURSIVE t AS (SELECT 'x' AS x UNION ALL SELECT x || x FROM t) SELECT max(length(x)) AS a FROM t",
    "SELECT count(*) AS a FROM data a, data b, data c, data d, data e, data f",
    "SELECT count(*) AS a FROM range(1000000000000)",
    "SELECT x FROM range(1000000000000) t(x)",
    "SELECT list_reduce(range(100000000), lambda a, b: a + b) AS a",
    "SELECT regexp_replace(repeat('a', 100000000), 'a', repeat('b', 1000), 'g') AS a",
    "SELECT format('{:>2000000000}', 1) AS a",
    "SELECT printf('%2000000000d', 1) AS a",
    "SELECT strftime(DATE '2024-01-01', repeat('%A', 200000000)) AS a",
    "SELECT hex(repeat('x', 2000000000)) AS a",
    "SELECT list_resize([1], 3000000000) AS a",
    "SELECT repeat([1], 3000000000) AS a",
    "SELECT unnest(range(3000000000)) AS a",
    "SELECT map(range(50000000), range(50000000)) AS a",
    "SELECT list_sort(range(200000000)) AS a",
    "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000)) AS a",
    "SELECT damerau_levenshtein(repeat('a', 200000), repeat('b', 200000)) AS a",
    "SELECT reservoir_quantile(x, 0.5, 2000000000) AS a FROM range(10) t(x)",
    "SELECT x FROM range(100000000) t(x) ORDER BY md5(x::VARCHAR)",
    "WITH RECURSIVE t AS (SELECT [1] AS x UNION ALL SELECT list_concat(x, x) FROM t) SELECT count(*) AS a FROM t",
    "SELECT list_transform(range(9999), lambda x: list_transform(range(9999), lambda y: list_sum(range(x + y)))) AS a",
]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT rowid AS a FROM data",
        "SELECT filename AS a FROM data",
        "SELECT tableoid AS a FROM data",
        "SELECT current_catalog AS a",
        "SELECT current_user AS a",
        "SELECT session_user AS a",
        "SELECT data AS a FROM data",
        "SELECT unnest(data) AS a FROM data",
        "SELECT to_json(data) AS a FROM data",
        "SELECT data.main.Region AS a FROM data",
        "SELECT list_aggregate(['SECRET_KEY'], 'getenv') AS a",
        "SELECT apply(['SECRET_KEY'], getenv) AS a",
        "SELECT 'x'::duckdb_settings AS a",
        "SELECT * FROM data AT (VERSION => 1)",
    ],
)
def test_names_that_the_engine_fills_in_by_itself_are_refused_when_bound(text: str, runner: PlanRunner) -> None:
    with pytest.raises(PlanError) as caught:
        runner.bind({"steps": [{"id": "s1", "sql": text}]})
    assert "duckdb" not in caught.value.message or "duckdb" in text


@pytest.mark.parametrize("text", BOMBS)
def test_a_bomb_ends_in_a_clear_error_in_bounded_time(text: str, hurried: PlanRunner) -> None:
    began = time.monotonic()
    with pytest.raises((PlanError, LimitError)) as caught:
        hurried.execute(hurried.bind({"steps": [{"id": "s1", "sql": text}]}))
    assert time.monotonic() - began < 60
    assert any(word in caught.value.message for word in ("memory", "longer", "computing")), caught.value.message
    after = hurried.execute(hurried.bind({"steps": [{"id": "s1", "sql": "SELECT count(*) AS n FROM data"}]}))
    assert after.table("s1").rows == ((240,),)


def test_an_engine_that_broke_is_replaced(runner: PlanRunner) -> None:
    broken = "SELECT reservoir_quantile(x, 0.5, 2000000000) AS a FROM range(10) t(x)"
    earlier = runner.worker_pid
    with pytest.raises(LimitError, match="crashed the database engine"):
        runner.execute(runner.bind({"steps": [{"id": "s1", "sql": broken}]}))
    evidence = runner.execute(runner.bind({"steps": [{"id": "s1", "sql": "SELECT count(*) AS n FROM data"}]}))
    assert evidence.table("s1").rows == ((240,),)
    assert runner.worker_pid != earlier


@pytest.mark.parametrize(
    "text",
    [
        " UNION ALL ".join(["SELECT 1"] * 20_000),
        " UNION ALL ".join(["SELECT 1 AS a"] * 100),
        "SELECT " + "(" * 900 + "1" + ")" * 900 + " AS a",
        "SELECT " + "abs(" * 380 + "1" + ")" * 380 + " AS a",
        "SELECT " + "-" + " -" * 900 + "1 AS a",
        "SELECT * FROM " + "(SELECT * FROM " * 120 + "data" + ")" * 120,
        "SELECT " + "1+" * 950 + "1 AS a",
        "SELECT " + "[" * 900 + "]" * 900 + " AS a",
        "SELECT " + "CASE WHEN 1=1 THEN " * 60 + "1" + " END" * 60 + " AS a",
    ],
    ids=lambda text: f"{text[:30]}... {len(text)}",
)
def test_sql_that_is_nested_or_long_is_answered_or_refused_and_never_crashes_us(text: str, runner: PlanRunner) -> None:
    try:
        evidence = runner.execute(runner.bind({"steps": [{"id": "s1", "sql": text}]}))
    except (PlanError, LimitError) as error:
        assert error.message
    else:
        assert evidence.table("s1").row_count >= 1


def test_the_worker_sees_no_key_of_ours(
    runner: PlanRunner, profile: TableProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    with PlanRunner(profile, timeout_s=3, memory_mb=512) as fresh:
        fresh.bind({"steps": [{"id": "s1", "sql": "SELECT 1 AS a"}]})
        environment = Path(f"/proc/{fresh.worker_pid}/environ")
        if not environment.exists():
            pytest.skip("no /proc on this system")
        assert SECRET.encode() not in environment.read_bytes()
    assert os.environ["ANTHROPIC_API_KEY"] == SECRET
