"""DuckDB as an engine: sessions with a table's file, or with none, that can reach nothing else."""

# Every name built into SQL here passes `quoted`; queries are our own, or were inspected before.
# ruff: noqa: S608

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analyst.core.errors import StoreError
from analyst.core.quoting import quoted, quoted_names
from analyst.engine.errors import (
    BrokenEngineError,
    DiskError,
    EngineError,
    InterruptedQueryError,
    OutOfMemoryError,
    OutOfRangeError,
)
from analyst.engine.interface import Row, count_nonfinite, sample_of
from analyst.engine.numbers import define_num

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

LOCKED: Mapping[str, bool] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
}
"""Options of every session: no extension is loaded, wherever it lies."""
_KINDS: tuple[tuple[type[duckdb.Error], type[EngineError]], ...] = (
    (duckdb.OutOfMemoryException, OutOfMemoryError),
    (duckdb.InterruptException, InterruptedQueryError),
    (duckdb.FatalException, BrokenEngineError),
    (duckdb.InternalException, BrokenEngineError),
    (duckdb.IOException, DiskError),
    (duckdb.OutOfRangeException, OutOfRangeError),
)
_emptying = threading.Lock()
_DISK = ("No space left", "Disk quota", "Could not write", "Could not create")
"""Words of a disk that is full, in errors of the kinds of _FAILING, which quote no cell."""
_FAILING = (duckdb.OperationalError, duckdb.FatalException, duckdb.InternalException)


@contextmanager
def translated() -> Iterator[None]:
    """DuckDB's errors as ours."""
    try:
        yield
    except duckdb.Error as error:
        raise _kind(error)(str(error)) from error


def _kind(error: duckdb.Error) -> type[EngineError]:
    told = str(error)
    if isinstance(error, _FAILING) and any(words in told for words in _DISK):
        return DiskError
    uncounted = "llocation failure" in told  # memory gave out that DuckDB does not count
    return next((ours for theirs, ours in _KINDS if isinstance(error, theirs)), None) or (
        OutOfMemoryError if uncounted else EngineError
    )


class DuckEngine:
    """The Engine on one connection, which it owns."""

    bytes_read = 0

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection, self._knows_num = connection, False

    def columns(self, relation: str) -> dict[str, str]:
        """The columns of a relation with their types, in order."""
        return dict(self.describe(quoted(relation)))

    def describe(self, sql: str) -> list[tuple[str, str]]:
        """The columns of a SELECT with their types, in order, without running it."""
        return [(str(row[0]), str(row[1])) for row in self.rows(f"DESCRIBE {sql}")]

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a SELECT."""
        with translated():
            found: list[Row] = self._run(sql, values).fetchall()
            return found

    def head(self, relation: str, columns: Sequence[str], limit: int) -> list[Row]:
        """These columns of the first rows of a relation."""
        return self.rows(f"SELECT {quoted_names(columns)} FROM {quoted(relation)} LIMIT {limit}")

    def frame(self, sql: str) -> pd.DataFrame:
        """All rows of a SELECT as a data frame."""
        with translated():
            return self._run(sql).df()

    def sample(self, sql: str, key: str, limit: int) -> pd.DataFrame:
        """`limit` rows of a SELECT, picked by a hash of `key`, in its order and without it."""
        return self.frame(sample_of(sql, key, limit, [name for name, _ in self.describe(sql)]))

    def place(self, relation: str) -> str:
        """What tells the rows of a relation apart, as SQL: their number, or their place in it."""
        return "_row" if "_row" in self.columns(relation) else "row_number() OVER ()"

    def materialise(self, name: str, sql: str, columns: Sequence[str] = ()) -> None:
        """Keep the rows of a SELECT as the TEMP table `name`."""
        listed = f" ({quoted_names(columns)})" if columns else ""
        self._do(f"CREATE OR REPLACE TEMP TABLE {quoted(name)}{listed} AS\n{sql}\n")

    def store(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]] = ()) -> None:
        """Keep `rows` as the TEMP table `name`."""
        fields = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        self._do(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} ({fields})")
        if rows:
            listed = [
                _listed(kind, cells) for kind, cells in zip(columns.values(), zip(*rows, strict=True), strict=True)
            ]
            cells = ", ".join(f"unnest({sql})" for sql, _ in listed)
            with translated():
                self._run(
                    f"INSERT INTO {quoted(name)} SELECT {cells}", [value for _, values in listed for value in values]
                )

    def store_frame(self, name: str, columns: Sequence[tuple[str, str]], frame: pd.DataFrame) -> None:
        """Keep a data frame as the TEMP table `name`."""
        self._take(name, columns, frame.set_axis(_places(columns), axis="columns"))

    def store_arrow(self, name: str, columns: Sequence[tuple[str, str]], table: pa.Table) -> None:
        """Keep an Arrow table as the TEMP table `name`; its columns by place, cast to these types."""
        self._take(name, columns, table.rename_columns(_places(columns)))

    def _take(self, name: str, columns: Sequence[tuple[str, str]], given: pd.DataFrame | pa.Table) -> None:
        """Keep what has its columns called by their places.

        It is registered by an explicit call, which works where replacement scans of Python variables are off.
        """
        listed = ", ".join(
            f"CAST({quoted(place)} AS {kind}) AS {quoted(column)}"
            for place, (column, kind) in zip(_places(columns), columns, strict=True)
        )
        with translated():
            self._connection.register("_given", given)
        try:
            self.materialise(name, f"SELECT {listed} FROM _given")
        finally:
            self._connection.unregister("_given")

    def arrow(self, sql: str) -> pa.Table:
        """All rows of a SELECT as an Arrow table."""
        with translated():
            return self._connection.sql(sql).to_arrow_table()

    def made(self) -> set[str]:
        """The names of the TEMP tables."""
        with translated():
            found = self._run("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
        return {str(name) for (name,) in found}

    def drop(self, name: str) -> None:
        """Let go of a TEMP table, if it is there."""
        self._do(f"DROP TABLE IF EXISTS temp.{quoted(name)}")

    def drop_columns(self, name: str, columns: Sequence[str]) -> None:
        """Take columns out of a TEMP table."""
        for column in columns:
            self._do(f"ALTER TABLE temp.{quoted(name)} DROP COLUMN {quoted(column)}")

    def void_nonfinite(self, name: str) -> dict[str, int]:
        """Make NaN and infinity NULL in a TEMP table; how many there were in each column that had any."""
        found = count_nonfinite(self, name)
        for column in map(quoted, found):
            self._do(f"UPDATE {quoted(name)} SET {column} = NULL WHERE NOT isfinite({column})")
        return found

    def define_num(self) -> None:
        """Make `num(x)` known: nine milliseconds the first time, so only where it is needed."""
        if not self._knows_num:
            with translated():
                define_num(self._connection)
            self._knows_num = True

    def cancel(self) -> None:
        """End the query that runs."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _run(self, sql: str, values: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(sql, list(values)) if values else self._connection.execute(sql)

    def _do(self, sql: str) -> None:
        with translated():
            self._connection.execute(sql)


def _places(columns: Sequence[object]) -> list[str]:
    return [str(place) for place in range(len(columns))]


def _listed(kind: str, cells: Sequence[object]) -> tuple[str, list[object]]:
    """A list of `cells` as SQL, and the values of its marks: one value for all cells, a hundred times as fast as each.

    Text of several kinds of values (1, 2.5, a date) is cast cell by cell: as a list they would first become one kind.
    """
    if kind == "VARCHAR" and len({type(cell) for cell in cells if cell is not None}) > 1:
        return f"[{', '.join(['?::VARCHAR'] * len(cells))}]", list(cells)
    return f"?::{kind}[]", [list(cells)]


def open_locked(
    database: Path | None,
    *,
    memory_mb: int,
    threads: int = 2,
    timeout_s: float = 30.0,
    temp_directory: Path | None = None,
) -> DuckEngine:
    """A read-only session with `database` that can't reach files, the network, extensions or its own settings.

    None: a session without a table, in memory. `timeout_s` ends a query (duckdb 2.0 and later; earlier ones need a
    clock outside). StoreError if it can't be opened. A SELECT can still write files by COPY in a CTE: statements must
    be checked before they are run.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        **LOCKED,
        "memory_limit": f"{memory_mb}MB",
        "threads": threads,
        "python_enable_replacements": False,
        "max_temp_directory_size": f"{max(4 * memory_mb, 1024)}MB",
    }
    if temp_directory is not None:
        config["temp_directory"] = str(temp_directory)
    try:
        connection = duckdb.connect(str(database or ":memory:"), read_only=database is not None, config=config)
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"{database} can't be opened: {first_line(error)}.", "Run the analysis again.") from error
    with suppress(duckdb.CatalogException):
        connection.execute(f"SET max_execution_time={int(timeout_s * 1000)}")
    _lock(connection)
    return DuckEngine(connection)


def open_empty() -> DuckEngine:
    """A session without a table, in memory, for binding against empty relations."""
    return DuckEngine(in_memory())


@contextmanager
def empty_engine() -> Iterator[DuckEngine]:
    """The process's one session without a table, which knows `num(x)`, used by one thread at a time.

    To open one costs 20 ms. What was made in it goes with the block; where that fails, a new one is opened.
    """
    with _emptying:
        engine = _empty()
        try:
            yield engine
        finally:
            try:
                for name in engine.made():
                    engine.drop(name)
            except EngineError:
                _empty.cache_clear()


@cache
def _empty() -> DuckEngine:
    engine = open_empty()
    engine.define_num()
    return engine


def in_memory() -> duckdb.DuckDBPyConnection:
    """A connection to nothing that can reach nothing, with one thread and little memory."""
    connection = duckdb.connect(
        ":memory:",
        config={**LOCKED, "memory_limit": "256MB", "threads": 1, "python_enable_replacements": False},
    )
    _lock(connection)
    return connection


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    """One time zone and no progress bar; then no files and no settings any more."""
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_progress_bar=false")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")


def first_line(error: Exception) -> str:
    """The first line of an error, without its full stop."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
