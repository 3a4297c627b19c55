"""A table in DuckDB, and methods run on it as the worker runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pandas as pd
import pytest

from analyst.engine.duckdb import DuckEngine
from analyst.stats.method import Result, Source
from analyst.stats.registry import METHODS


@dataclass
class Tables:
    """The results of one method by suffix."""

    connection: duckdb.DuckDBPyConnection
    results: list[Result]
    by_suffix: dict[str, Result] = field(init=False)

    def __post_init__(self) -> None:
        self.by_suffix = {result.suffix: result for result in self.results}

    def records(self, suffix: str = "") -> list[dict[str, Any]]:
        """The rows of one result as dictionaries."""
        result = self.by_suffix[suffix]
        rows = result.rows
        if result.relation is not None:
            rows = self.connection.execute(f'SELECT * FROM "{result.relation}"').fetchall()
        return [dict(zip(result.columns, row, strict=True)) for row in rows]

    def one(self, suffix: str = "", **key: Any) -> dict[str, Any]:
        """The only row of one result (with these values)."""
        found = [r for r in self.records(suffix) if all(r[name] == value for name, value in key.items())]
        assert len(found) == 1, (key, found)
        return found[0]

    @property
    def warnings(self) -> str:
        """All warnings as one text."""
        return "; ".join(
            warning
            for result in self.results
            for warning in (*result.warnings, *(caution.text for caution in result.cautions))
        )


Run = Callable[..., Tables]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory."""
    with duckdb.connect() as opened:
        opened.execute("SET threads = 2")
        yield opened


@pytest.fixture
def run(connection: duckdb.DuckDBPyConnection) -> Run:
    """run(method, frame or SELECT, **parameters): the results, checked against the schema that the method promised."""

    def run_method(name: str, data: pd.DataFrame | str, **parameters: Any) -> Tables:
        connection.execute("DROP TABLE IF EXISTS data")
        if isinstance(data, str):
            connection.execute(f"CREATE TABLE data AS {data}")
        else:
            connection.register("given", data)
            connection.execute("CREATE TABLE data AS SELECT * FROM given")
            connection.unregister("given")
        method, source = METHODS[name], Source(DuckEngine(connection), "data")
        wanted = method.parameters.model_validate(parameters)
        results = method.run(source, wanted)
        promised = method.schema(wanted, source.columns)
        for result in results:
            assert list(zip(result.columns, result.types, strict=True)) == promised[result.suffix], result.suffix
            assert len({column.lower() for column in result.columns}) == len(result.columns)
            _store(connection, result)
        assert {result.suffix for result in results} == set(promised)
        return Tables(connection, results)

    return run_method


def _store(connection: duckdb.DuckDBPyConnection, result: Result) -> None:
    """Every row must fit the types that the schema promises."""
    if result.relation is not None:
        described = connection.execute(f'DESCRIBE "{result.relation}"').fetchall()
        assert [(row[0], row[1]) for row in described] == list(zip(result.columns, result.types, strict=True))
        return
    fields = ", ".join(f"c{place} {kind}" for place, kind in enumerate(result.types))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE kept ({fields})")
    if result.rows:
        marks = ", ".join("?" for _ in result.columns)
        connection.executemany(f"INSERT INTO kept VALUES ({marks})", [list(row) for row in result.rows])
    columns = set(result.columns)
    assert set(result.key) <= columns and set(result.formats) <= columns
