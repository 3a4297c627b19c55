"""A table as its owner looks at it before asking: the first rows, how each column's values spread, a workbook's sheets.

Values of personal columns are not shown: whoever looks over the shoulder, or is sent a screenshot, sees none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyst.core.errors import PlatformError
from analyst.core.quoting import literal, quoted, quoted_names
from analyst.core.settings import Settings
from analyst.datasets.sources.database_files import database_kind
from analyst.datasets.sources.sheet_xml import sheet_names
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile, TableProfile

ROWS, BINS = 20, 12
"""Rows shown, and the parts of a number column's range whose values are counted."""
SPREAD_COLUMNS = 60
"""Columns whose spread is counted: each takes a look at the table."""
HIDDEN = "hidden"
"""Stands for a personal value."""


@dataclass(frozen=True)
class Preview:
    """A profiled table with its first `rows` (personal values as HIDDEN, texts as they stand); `spread` maps a number
    column to the counts of its values in up to BINS equal parts of the range from its 1st to its 99th percentile."""

    profile: TableProfile
    rows: tuple[tuple[Any, ...], ...]
    spread: Mapping[str, tuple[int, ...]]


def preview(profile: TableProfile, workdir: Path, settings: Settings) -> Preview:
    """The preview of a profiled table; `workdir` takes what does not fit into memory."""
    from analyst.engine.duckdb import open_locked

    engine = open_locked(
        profile.table.database,
        memory_mb=settings.sql_memory_mb,
        timeout_s=settings.sql_timeout_s,
        temp_directory=workdir,
    )
    try:
        counted = [column for column in profile.columns if _has_spread(column)][:SPREAD_COLUMNS]
        return Preview(profile, _first_rows(engine, profile), {c.name: _spread(engine, c) for c in counted})
    finally:
        engine.close()


def _first_rows(engine: Engine, profile: TableProfile) -> tuple[tuple[Any, ...], ...]:
    shown = [column.name for column in profile.columns if not column.personal]
    found: Sequence[Sequence[Any]] = [()] * min(ROWS, profile.table.rows)
    if shown:
        found = engine.rows(f"SELECT {quoted_names(shown)} FROM data ORDER BY _row LIMIT {ROWS}")  # noqa: S608
    known = [dict(zip(shown, row, strict=True)) for row in found]
    return tuple(tuple(row.get(column.name, HIDDEN) for column in profile.columns) for row in known)


def _has_spread(column: ColumnProfile) -> bool:
    ends = _ends(column)
    return column.kind == "number" and not column.personal and column.role != "identifier" and ends[0] < ends[1]


def _ends(column: ColumnProfile) -> tuple[float, float]:
    return column.quantiles.get(0.01, 0.0), column.quantiles.get(0.99, 0.0)


def _spread(engine: Engine, column: ColumnProfile) -> tuple[int, ...]:
    low, high = _ends(column)
    bins = min(BINS, column.distinct)
    name, width = quoted(column.name), (high - low) / bins
    place = f"least(CAST(floor(({name} - {literal(low)}) / {literal(width)}) AS INTEGER), {bins - 1})"
    within = f"{name} BETWEEN {literal(low)} AND {literal(high)}"
    rows = engine.rows(f"SELECT {place} AS bin, count(*) FROM data WHERE {within} GROUP BY 1")  # noqa: S608
    counts = {int(bin): int(count) for bin, count in rows}
    return tuple(counts.get(bin, 0) for bin in range(bins))


def sheets_of(path: Path) -> tuple[str, ...]:
    """The names of a workbook's sheets or of a database's tables; none of another file, or a damaged one."""
    kind = database_kind(path)
    if kind is None:
        return sheet_names(path) if path.suffix.lower() in (".xlsx", ".xlsm") else ()
    from analyst.datasets.sources.duckdb_files import DuckdbFile
    from analyst.datasets.sources.sqlite_files import SqliteFile

    try:
        return tuple(entry.name for entry in (SqliteFile(path) if kind == "sqlite" else DuckdbFile(path)).entries())
    except PlatformError:
        return ()
