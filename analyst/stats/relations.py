"""Results too large for Python rows: TEMP tables with names that no plan can have taken."""

# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING

from analyst.core.quoting import quoted
from analyst.stats.method import Source

if TYPE_CHECKING:
    import pandas as pd


def keep(source: Source, sql: str) -> str:
    """The name of a new TEMP table that holds the rows of `sql`."""
    name = _free(source)
    source.connection.execute(f"CREATE TEMP TABLE {quoted(name)} AS {sql}").fetchall()
    return name


def keep_frame(source: Source, frame: pd.DataFrame, fields: list[tuple[str, str]]) -> str:
    """The name of a new TEMP table with `frame`'s rows (its columns in the order of `fields`, in their types).

    The frame is registered by an explicit call, which works where replacement scans of Python variables are off.
    """
    listed = ", ".join(f"CAST({quoted(str(at))} AS {kind}) AS {quoted(name)}" for at, (name, kind) in enumerate(fields))
    numbered = frame.set_axis([str(at) for at in range(len(fields))], axis=1)
    source.connection.register("_frame_of_method", numbered)
    try:
        return keep(source, f"SELECT {listed} FROM _frame_of_method")
    finally:
        source.connection.unregister("_frame_of_method")


def _free(source: Source) -> str:
    taken = {row[0] for row in source.query("SELECT table_name FROM duckdb_tables() WHERE temporary")}
    number = 1
    while f"_made_{number}" in taken:
        number += 1
    return f"_made_{number}"
