"""Making a table's file: a writable session that may read other files, which is DuckDB's own ground.

Whatever engine runs plans later, files are read by DuckDB: the queries here may use its readers and its `rowid`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analyst.core.errors import StoreError
from analyst.core.quoting import literal, quoted
from analyst.engine.duckdb import LOCKED, DuckEngine, first_line, translated


@dataclass(frozen=True)
class Field:
    """A column of a file, or a field of an object in it; `fields` are those of an object."""

    name: str
    type: str
    fields: tuple[Field, ...] = ()


class Loader(DuckEngine):
    """A session that reads files into temporary relations and keeps one of them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        self._saved: set[str] = set()
        self._temporary: set[str] = set()

    def fields(self, sql: str) -> list[Field]:
        """The columns of a SELECT, objects with their fields, without running it."""
        with translated():
            relation = self._connection.sql(sql)
            return [_field(*column) for column in zip(relation.columns, relation.types, strict=True)]

    def save(self, name: str, sql: str) -> None:
        """Write the rows of a SELECT into the file, as the table `name`; an older one goes."""
        self._do(f"CREATE OR REPLACE TABLE {quoted(name)} AS {sql}")
        self._saved.add(name)

    def materialise(self, name: str, sql: str, columns: Sequence[str] = ()) -> None:
        """Keep the rows of a SELECT as the TEMP table `name`, which stands before one of the file."""
        super().materialise(name, sql, columns)
        self._temporary.add(name)

    def drop(self, name: str) -> None:
        """Let go of a TEMP table, if it is there."""
        super().drop(name)
        self._temporary.discard(name)

    def show(self, name: str, sql: str) -> None:
        """Keep a SELECT over a table of the file as the view `name`."""
        self._do(f"CREATE VIEW {quoted(name)} AS {sql}")

    def attach(self, name: str, database: Path) -> None:
        """Make the tables of another DuckDB file readable, as `name.table`."""
        self._do(f"ATTACH {literal(database)} AS {quoted(name)} (READ_ONLY)")

    def is_saved(self, name: str) -> bool:
        """Whether `name` was saved, and no temporary table stands before it."""
        return name in self._saved - self._temporary  # to ask DuckDB's list of tables takes 8 ms the first time

    def unsave(self, name: str) -> None:
        """Take a table out of the file, if it is there."""
        self._do(f"DROP TABLE IF EXISTS {self._file}.{quoted(name)}")
        self._saved.discard(name)

    def unsave_columns(self, name: str, columns: Sequence[str]) -> None:
        """Take columns out of a table of the file."""
        for column in columns:
            self._do(f"ALTER TABLE {self._file}.{quoted(name)} DROP COLUMN {quoted(column)}")

    @property
    def _file(self) -> str:
        """The file's own schema, beside that of temporary relations."""
        return f"{quoted(str(self.rows('SELECT current_database()')[0][0]))}.main"

    @contextmanager
    def attached(self, database: Path, name: str) -> Iterator[None]:
        """Another DuckDB file beside this one while the block runs, read only, as the catalog `name`."""
        self._do(f"ATTACH {literal(database)} AS {quoted(name)} (READ_ONLY)")
        try:
            yield
        finally:
            self._do(f"DETACH {quoted(name)}")

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
    # The file is read for minutes: these methods cost more time than reading fewer bytes gives back.
    connection.execute("SET disabled_compression_methods='fsst,dict_fsst,zstd'")
    loader = Loader(connection)
    try:
        yield loader
    finally:
        loader.close()
