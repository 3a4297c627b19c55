"""Making a table's file: a writable session that may read other files, which is DuckDB's own ground.

Whatever engine runs plans later, files are read by DuckDB: the queries here may use its readers and its `rowid`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analyst.core.errors import StoreError
from analyst.core.quoting import quoted
from analyst.engine.duckdb import LOCKED, DuckEngine, first_line, translated


@dataclass(frozen=True)
class Field:
    """A column of a file, or a field of an object in it; `fields` are those of an object."""

    name: str
    type: str
    fields: tuple[Field, ...] = ()


class Loader(DuckEngine):
    """A session that reads files into temporary relations and keeps one of them."""

    def fields(self, sql: str) -> list[Field]:
        """The columns of a SELECT, objects with their fields, without running it."""
        with translated():
            relation = self._connection.sql(sql)
            return [_field(*column) for column in zip(relation.columns, relation.types, strict=True)]

    def save(self, name: str, sql: str) -> None:
        """Write the rows of a SELECT into the file, as the table `name`."""
        self._do(f"CREATE TABLE {quoted(name)} AS {sql}")

    def checkpoint(self) -> None:
        """Bring everything that was saved into the one file."""
        self._do("CHECKPOINT")

    def close(self) -> None:
        """Close the file, also after a failure."""
        with suppress(duckdb.Error):
            self._connection.close()


def _field(name: str, kind: duckdb.sqltypes.DuckDBPyType) -> Field:
    inner = kind.children if kind.id == "struct" else ()
    fields = [_field(field, of) for field, of in inner if isinstance(of, duckdb.sqltypes.DuckDBPyType)]
    return Field(name, str(kind), tuple(fields))


@contextmanager
def open_loader(database: Path, *, memory_mb: int, temp_directory: Path) -> Iterator[Loader]:
    """A session that may read files and write `database`. StoreError on a bad disk."""
    config: dict[str, str | bool | int | float | list[str]] = {
        **LOCKED,
        "memory_limit": f"{memory_mb}MB",
        "temp_directory": str(temp_directory),
        "preserve_insertion_order": True,
    }
    try:
        connection = duckdb.connect(str(database), config=config)
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"{database} can't be written: {first_line(error)}.", "Free some disk space.") from error
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_progress_bar=false")
    # These three take time quadratic in the number of columns and gain nothing where every column is read once.
    connection.execute("SET disabled_optimizers='common_subexpressions,column_lifetime,statistics_propagation'")
    loader = Loader(connection)
    try:
        yield loader
    finally:
        loader.close()
