"""The functions that our rooms' own queries use: what an engine with another dialect needs rules for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from analyst.datasets.linking import mentioned_values
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.engine.duckdb import DuckEngine, empty_engine, open_locked
from analyst.engine.interface import FUNCTIONS
from analyst.engine.parsing import parse
from analyst.execution.steps import StepRunner
from analyst.planning.binding import bind
from analyst.planning.language import Plan
from analyst.protocol.table import TableProfile
from analyst.stats.method import Source
from analyst.stats.registry import METHODS
from tests.stats.test_hostile_tables import CALLS

STANDARD = frozenset(
    {"*", "+", "-", "/", "abs", "avg", "corr", "count", "count_star", "covar_pop", "floor", "lag", "least", "length"}
    | {"lower", "max", "min", "nullif", "rank", "replace", "round", "row_number", "stddev_pop", "stddev_samp", "sum"}
    | {"trim", "var_pop", "var_samp"}
)
"""Functions of the SQL standard, and those that every engine has under the same name and meaning."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The functions in every query that runs, but for those that load a file: these are DuckDB's own ground."""
    found: set[str] = set()

    def spy(name: str, place: int) -> None:
        plain = getattr(DuckEngine, name)

        def run(self: DuckEngine, *given: Any) -> Any:
            if type(self) is DuckEngine and not given[place].startswith("DESCRIBE"):
                found.update(_functions(parse(given[place])))
            return plain(self, *given)

        monkeypatch.setattr(DuckEngine, name, run)

    for name, place in (("rows", 0), ("frame", 0), ("sample", 0), ("materialise", 1)):
        spy(name, place)
    return found


def _functions(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if node.get("function_name"):
            yield str(node["function_name"]).casefold()
        for value in node.values():
            yield from _functions(value)
    elif isinstance(node, list):
        for value in node:
            yield from _functions(value)


def _frame(rows: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame({
        "T": pd.date_range("2023-01-01", periods=rows, freq="5D"), "N": rng.normal(50, 5, rows),
        "M": rng.normal(0, 1, rows), "G": rng.choice(["a", "A"], rows), "B": rng.choice(["yes", "no"], rows),
        "D": [f"{1 + n % 28:02d}.01.2024" for n in range(rows)], "P": [f"${n}" for n in range(rows)],
    }).assign(M=lambda f: f.M.where(f.index % 11 > 0))  # fmt: skip


def test_every_function_beyond_standard_sql_is_named(asked: set[str], tmp_path: Path) -> None:
    _frame(25_000).to_csv(tmp_path / "t.csv", index=False)
    opened = open_table(tmp_path / "t.csv", tmp_path / "w")
    profile = profile_table(opened)
    engine = open_locked(opened.database, memory_mb=500, temp_directory=tmp_path)
    mentioned_values(engine, profile, "How much did $5 bring?")
    _run_and_probe(StepRunner(engine, profile), profile)
    for name, given in CALLS:
        METHODS[name].run(Source(_engine(_frame()), "data"), METHODS[name].parameters.model_validate(given))
    assert len(asked) > 30
    assert asked - STANDARD <= FUNCTIONS


def _run_and_probe(runner: StepRunner, profile: TableProfile) -> None:
    plan = Plan.model_validate({"steps": [{"id": "s1", "sql": "SELECT B, avg(N) AS m FROM data GROUP BY B"}]})
    steps = bind(plan, profile).steps
    assert [message["id"] for step in steps for message in runner.run(step)] == ["s1"]
    list(runner.unasked(steps))


def _engine(frame: pd.DataFrame) -> DuckEngine:
    connection = duckdb.connect()
    connection.register("given", frame)
    connection.execute("CREATE TABLE data AS SELECT * FROM given")
    return DuckEngine(connection)


def test_the_session_for_binding_keeps_nothing_and_is_made_anew_after_it_broke() -> None:
    with empty_engine() as engine:
        engine.store("data", {"a": "INTEGER"})
    with empty_engine() as again:
        assert again is engine and not again.made()
        assert again.rows("SELECT num('1,234')") == [(1234.0,)]
        again.close()
    with empty_engine() as fresh:
        assert fresh is not engine and fresh.rows("SELECT num('5 kg')") == [(5.0,)]
