"""The same query on DuckDB and, translated, on a server."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import psycopg

from analyst.engine.numbers import define_num
from analyst.engine.remote.access import Access
from analyst.engine.remote.spark_opening import new_session
from analyst.engine.remote.translation import translate
from analyst.engine.remote.translation.operands import Dialect
from analyst.engine.remote.translation.postgres import dialect_of
from analyst.engine.remote.translation.spark import SPARK
from analyst.engine.remote.translation.spark.num import NUM_FUNCTIONS
from lab.benchmarks.same_rows import Rows

TABLE = """
(1, 'a', 2.0::DOUBLE, DATE '2024-01-31', TIMESTAMP '2024-01-31 10:00:00', TRUE, 1.25::DECIMAL(10,2), '12'),
(5, 'b', -1.5, DATE '2024-03-01', TIMESTAMP '2024-03-01 10:30:00', FALSE, 2.35, 'x1'),
(7, 'a', NULL, DATE '2024-12-30', TIMESTAMP '2024-12-30 23:59:59.5', TRUE, -2.36, NULL),
(8, NULL, 0.0, NULL, NULL, NULL, NULL, ' 1,234'),
(9, 'Ärger ß', 1e20, DATE '2023-12-31', TIMESTAMP '2023-12-31 00:00:00', FALSE, 100, '5 Jan'),
(12, 'b', 12345.678, DATE '2024-01-31', TIMESTAMP '2024-01-31 11:00:00', TRUE, 7, '1e3')
"""
NAMES = "x, g, y, d, ts, b, m, t"


@dataclass(repr=False)
class Engines:
    """DuckDB's connection, how the server is asked, and the columns of the table that both hold."""

    duck: duckdb.DuckDBPyConnection
    dialect: Dialect
    asked: Callable[[str], Rows]
    columns: dict[str, str]
    real: bool
    end: Callable[[], None]
    spark: Any = None

    def __repr__(self) -> str:
        """A failed property tells this: with all rules of a dialect it would be 2,500 lines."""
        return f"{type(self).__name__}(real={self.real})"

    def expected(self, sql: str) -> Rows:
        """DuckDB's rows."""
        return self.duck.execute(sql).fetchall()

    def text(self, sql: str) -> str:
        """The query in the server's dialect."""
        return translate(sql, {"data": self.columns}, self.dialect)

    def translated(self, sql: str) -> Rows:
        """The server's rows."""
        return self.asked(self.text(sql))

    def close(self) -> None:
        """Let go of both."""
        self.end()
        self.duck.close()


def opened_duckdb() -> tuple[duckdb.DuckDBPyConnection, dict[str, str]]:
    """DuckDB with the table `data`, and its columns."""
    duck = duckdb.connect(config={"threads": 1})
    duck.execute("SET TimeZone='UTC'")
    duck.execute(f"CREATE TABLE data AS SELECT * FROM (VALUES {TABLE}) v({NAMES})")
    define_num(duck)
    return duck, {str(row[0]): str(row[1]) for row in duck.execute("DESCRIBE data").fetchall()}


def opened_spark(url: str, *, real: bool) -> Engines:
    """DuckDB and a server of Spark SQL with the table `data`, and num() where the server can define functions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")

        session = new_session(Access(url, timeout_s=60))
    duck, columns = opened_duckdb()
    if real:
        for statement in NUM_FUNCTIONS:
            session.sql(statement)
    session.createDataFrame(duck.sql("SELECT * FROM data").to_arrow_table()).createOrReplaceTempView("data")

    def asked(text: str) -> Rows:
        table = session.sql(text).toArrow()
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True)) if table.num_rows else []

    return Engines(duck, SPARK, asked, columns, real, session.stop, session)


def opened_postgres(url: str) -> Engines:
    """DuckDB and a PostgreSQL server with the table `data` of the same types."""
    duck, columns = opened_duckdb()
    server = psycopg.connect(url, autocommit=True)
    server.execute(
        'CREATE TABLE data (x integer, g text COLLATE "C", y float8, d date, ts timestamp, b boolean, m numeric(10, 2), '
        't text COLLATE "C")'
    )
    rows = duck.execute("FROM data").fetchall()
    server.cursor().executemany(f"INSERT INTO data VALUES ({', '.join(['%s'] * len(columns))})", rows)

    def asked(text: str) -> Rows:
        return server.execute(text.encode()).fetchall()

    return Engines(duck, dialect_of(server.info.server_version), asked, columns, real=True, end=server.close)
