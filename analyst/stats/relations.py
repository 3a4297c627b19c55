"""Results too large for Python rows: TEMP tables with names that no plan can have taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyst.stats.method import Source

if TYPE_CHECKING:
    import pandas as pd


def keep(source: Source, sql: str) -> str:
    """The name of a new TEMP table that holds the rows of `sql`."""
    name = _free(source)
    source.engine.materialise(name, sql)
    return name


def keep_frame(source: Source, frame: pd.DataFrame, fields: list[tuple[str, str]]) -> str:
    """The name of a new TEMP table with `frame`'s rows (its columns in the order of `fields`, in their types)."""
    name = _free(source)
    source.engine.store_frame(name, fields, frame)
    return name


def _free(source: Source) -> str:
    taken = source.engine.made()
    number = 1
    while f"_made_{number}" in taken:
        number += 1
    return f"_made_{number}"
