"""The comparison that a SELECT makes, and its rows."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from analyst.probes.statements import read_statement


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE data AS SELECT * FROM (VALUES ('a', 'x', 1, 2), ('a', 'y', 3, NULL), ('b', 'x', 5, 4)) t(g, d, v, u)"
    )
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("sql", "additive", "rows"),
    [
        ("SELECT g, sum(v) AS s FROM data GROUP BY g", True, [("a", 1, 1), ("a", 3, 1), ("b", 5, 1)]),
        ("SELECT g AS grp, round(avg(u), 2) AS m FROM data WHERE v < 5 GROUP BY 1 ORDER BY 2 LIMIT 1", False,
         [("a", 2, 1), ("a", None, None)]),
        ("SELECT g, count(*) AS n FROM data GROUP BY ALL", True, [("a", 1, 1), ("a", 1, 1), ("b", 1, 1)]),
        ("SELECT g, count(u) AS n FROM data GROUP BY g", True, [("a", 1, 1), ("a", 0, 1), ("b", 1, 1)]),
        ("SELECT upper(g) AS g, sum(v) / nullif(sum(u), 0) AS rate FROM data GROUP BY 1", False,
         [("A", 1, 2), ("A", 3, None), ("B", 5, 4)]),
    ],
)  # fmt: skip
def test_rows_add_up_to_what_the_statement_computes(
    connection: duckdb.DuckDBPyConnection, sql: str, additive: bool, rows: list[tuple[object, ...]]
) -> None:
    read = read_statement(sql)
    assert read is not None and read.additive is additive
    found = connection.execute(read.rows(["d"])).fetchall()
    assert [tuple(None if cell is None else str(cell).removesuffix(".0") for cell in row[:3]) for row in found] == [
        tuple(None if cell is None else str(cell) for cell in row) for row in rows
    ]
    assert {row[3] for row in found} <= {"x", "y"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT g, median(v) AS m FROM data GROUP BY g",
        "SELECT g, count(DISTINCT v) AS n FROM data GROUP BY g",
        "SELECT g, d, sum(v) AS s FROM data GROUP BY g, d",
        "SELECT sum(v) AS s FROM data",
        "SELECT g, sum(v) AS s FROM data GROUP BY g HAVING sum(v) > 1",
        "SELECT g, sum(v) FILTER (WHERE u > 1) AS s FROM data GROUP BY g",
        "SELECT g, sum(s) AS s FROM (SELECT g, sum(v) AS s FROM data GROUP BY g) GROUP BY g",
        "SELECT g, v, row_number() OVER () AS n FROM data",
    ],
)
def test_what_is_no_plain_comparison_is_left_alone(sql: str) -> None:
    assert read_statement(sql) is None
