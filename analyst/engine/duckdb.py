"""Connections to a table's DuckDB file: one for writing while it is opened, locked ones for everything after."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb

from analyst.core.errors import StoreError

LOCKED = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
}


def open_writable(database: Path, *, memory_mb: int, temp_directory: Path) -> duckdb.DuckDBPyConnection:
    """A connection that may read files and write `database`; only for making the table. StoreError on a bad disk."""
    try:
        connection = duckdb.connect(
            str(database),
            config={
                **LOCKED,
                "memory_limit": f"{memory_mb}MB",
                "temp_directory": str(temp_directory),
                "preserve_insertion_order": True,
            },
        )
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"{database} can't be written: {_first_line(error)}.", "Free some disk space.") from error
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_progress_bar=false")
    # These three take time quadratic in the number of columns and gain nothing where every column is read once.
    connection.execute("SET disabled_optimizers='common_subexpressions,column_lifetime,statistics_propagation'")
    return connection


def open_locked(
    database: Path,
    *,
    memory_mb: int,
    threads: int = 2,
    timeout_s: float = 30.0,
    temp_directory: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """A read-only connection to `database` that can't reach files, the network, extensions or its own settings.

    `timeout_s` ends a query (duckdb 2.0 and later; earlier ones need a clock outside). StoreError if it can't be
    opened. A SELECT can still write files by COPY in a CTE: statements must be checked before they are run.
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
        connection = duckdb.connect(str(database), read_only=True, config=config)
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"{database} can't be opened: {_first_line(error)}.", "Run the analysis again.") from error
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_progress_bar=false")
    with suppress(duckdb.CatalogException):
        connection.execute(f"SET max_execution_time={int(timeout_s * 1000)}")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    return connection


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
