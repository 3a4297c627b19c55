"""DuckDB files: their tables, read only."""

# Every name goes into SQL through analyst.core.quoting.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analyst.core.errors import PlatformError, StoreError, TableError
from analyst.core.quoting import quoted
from analyst.datasets.headers import clean_header
from analyst.datasets.sources.interface import Pulled, chosen, which_note
from analyst.datasets.sources.typed_reading import short, stage_source
from analyst.engine.duckdb import open_locked
from analyst.engine.errors import EngineError
from analyst.engine.interface import Engine
from analyst.engine.loading import Loader
from analyst.protocol.places import Entry

_ATTACHED, _MAIN = "_source", "main"
_TABLES = """SELECT schema_name, table_name, estimated_size FROM duckdb_tables()
    WHERE NOT internal AND NOT temporary AND database_name = {database} ORDER BY schema_name <> 'main', 1, 2"""
_LOOK_MB = 256


@dataclass(frozen=True)
class DuckdbFile:
    """The tables of a DuckDB file; its views are left out: they can read any file of this machine."""

    path: Path
    table: str | None = None

    def entries(self) -> list[Entry]:
        """Its tables, those of other schemas as schema.table."""
        with self._told():
            engine = open_locked(self.path, memory_mb=_LOOK_MB)
            try:
                return [entry for entry, _ in _tables(engine, "current_database()")]
            finally:
                engine.close()

    def stage(self, loader: Loader, workdir: Path) -> Pulled:
        """Fill the stage from one table."""
        with self._told(), loader.attached(self.path, _ATTACHED):
            found = dict(_tables(loader, f"'{_ATTACHED}'"))
            entry = chosen(list(found), self.table, self.path.name)
            note = which_note(entry, list(found), repr(self.path.name))
            staged = stage_source(loader, f"{_ATTACHED}.{found[entry]}", (note,))
        name = clean_header(entry.name.rpartition(".")[2]) or "table"
        return Pulled(staged, name, "duckdb")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What is wrong with the file; what is wrong with memory or this machine's disk passes."""
        try:
            yield
        except (EngineError, StoreError) as error:
            raise _unreadable(self.path, error) from error


def _unreadable(path: Path, error: PlatformError) -> PlatformError:
    told = str(error)
    if "lock" in told:
        return TableError(f"{path.name!r} is open in another program.", "Close it there, or copy the file.")
    if path.name not in told and str(path) not in told:
        return error
    return TableError(
        f"The DuckDB file {path.name!r} can't be read: {short(error)}.", "Export the table as Parquet and use that."
    )


def _tables(engine: Engine, database: str) -> list[tuple[Entry, str]]:
    """The tables, each with its name as SQL."""
    found = engine.rows(_TABLES.format(database=database))
    return [
        (
            Entry(table if schema == _MAIN else f"{schema}.{table}", "table", int(rows)),
            f"{quoted(schema)}.{quoted(table)}",
        )
        for schema, table, rows in found
    ]
