"""SQLite files: their tables and views, read only; a column's type is that of its values, wherever they agree."""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from analyst.core.errors import TableError
from analyst.core.quoting import quoted
from analyst.core.text import counted, listed
from analyst.datasets.headers import clean_header
from analyst.datasets.sources.interface import Pulled, chosen, which_note
from analyst.datasets.sources.row_texts import RowsWriting, RowTexts, TypedColumn
from analyst.engine.loading import Loader
from analyst.protocol.places import Entry
from analyst.protocol.table import IngestNote

_BATCH = 20_000
_CLASSES = {"integer": "BIGINT", "real": "DOUBLE", "text": "VARCHAR", "blob": "VARCHAR"}
"""SQLite's classes of values, as the stage types a column that has no other."""


@dataclass(frozen=True)
class SqliteFile:
    """The tables and views of an SQLite file; `table` is the one that is asked for."""

    path: Path
    table: str | None = None

    def entries(self) -> list[Entry]:
        """Its tables and views; rows as SQLite keeps them in its statistics, else counted."""
        with self._connected() as connection:
            return _sqlite_entries(connection)

    def stage(self, loader: Loader, workdir: Path) -> Pulled:
        """Fill the stage from one table, as one moment shows it."""
        target = workdir / "rows.csv"
        with self._connected() as connection:
            entries = _sqlite_entries(connection)
            entry = chosen(entries, self.table, self.path.name)
            columns = _sqlite_columns(connection, entry.name)
            longest = _write(connection, entry.name, target)
        typed = tuple(TypedColumn(name, "VARCHAR" if kind == "mixed" else kind) for name, kind in columns.items())
        notes = (which_note(entry, entries, repr(self.path.name)), *_mixed(columns))
        staged = RowTexts(target, typed, longest).stage(loader, notes, typed=False)
        target.unlink()
        return Pulled(staged, clean_header(entry.name) or "table", "sqlite")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """A connection that can only read, in one transaction."""
        try:
            address = f"file:{quote(str(self.path.absolute()))}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
                connection.execute("PRAGMA trusted_schema=OFF")
                connection.text_factory = lambda found: found.decode("utf-8", "replace")
                connection.execute("BEGIN")
                yield connection
        except sqlite3.Error as error:
            raise TableError(
                f"The SQLite file {self.path.name!r} can't be read: {error}.",
                "Check it with `sqlite3 FILE 'PRAGMA integrity_check'`, or close the program that writes it.",
            ) from error


def _sqlite_entries(connection: sqlite3.Connection) -> list[Entry]:
    query = """SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')
        AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"""
    found = connection.execute(query).fetchall()
    return [
        Entry(name, kind, _sqlite_rows(connection, name) if kind == "table" else None, True) for name, kind in found
    ]


def _sqlite_rows(connection: sqlite3.Connection, table: str) -> int | None:
    try:
        return int(connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0])
    except sqlite3.Error:  # a virtual table of a module that is not here
        return None


def _sqlite_columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """The columns with the type that holds all of their values; `mixed` where text stands beside numbers."""
    names = [name for name, *_ in connection.execute(f"SELECT * FROM {quoted(table)} LIMIT 0").description]
    asked = ", ".join(f"group_concat(DISTINCT typeof({quoted(name)}))" for name in names)
    found = connection.execute(f"SELECT {asked} FROM {quoted(table)}").fetchone()
    return {
        name: _one_kind(set((kinds or "").split(",")) - {"null", ""}) for name, kinds in zip(names, found, strict=True)
    }


def _one_kind(classes: set[str]) -> str:
    if len(classes) < 2:
        return _CLASSES[next(iter(classes), "text")]
    return "DOUBLE" if classes == {"integer", "real"} else "mixed"


def _write(connection: sqlite3.Connection, table: str, target: Path) -> int:
    """Write the rows, bytes in hex; the bytes of the longest one."""
    with target.open("wb") as file:
        writing = RowsWriting(file)
        cursor = connection.execute(f"SELECT * FROM {quoted(table)}")
        while rows := cursor.fetchmany(_BATCH):
            writing.write(rows)
    return writing.longest


def _mixed(columns: Mapping[str, str]) -> Iterator[IngestNote]:
    mixed = [name for name, kind in columns.items() if kind == "mixed"]
    if mixed:
        held = "holds" if len(mixed) == 1 else "hold"
        told = f"{counted(len(mixed), 'column')} of the SQLite table {held} text beside numbers: {listed(mixed)}."
        yield IngestNote("mixed_types", told, len(mixed), mixed[0] if len(mixed) == 1 else None)
