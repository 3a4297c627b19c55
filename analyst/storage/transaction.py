"""One open transaction: SQL in, rows out, the same on SQLite and PostgreSQL.

SQL is written once, with `:name` for values; where the two databases differ in more than that, the difference lies in
storage/sqlite.py and storage/postgresql.py. No query builder stands between: one cost 0.4 s at every start and ten
times the driver's own time a call.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from analyst.storage.tables import YES_OR_NO

Values = Mapping[str, Any]
NONE: Values = {}
_NUMBERS = itertools.count()
_NAME = re.compile(r"(?<!:):([a-z_]+)")


class Transaction:
    """The connection of `Store.read` or `Store.write`, while it lasts."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, sql: str, values: Values = NONE) -> int:
        """Run `sql`; how many rows it changed."""
        return int(self._connection.execute(self._written(sql), values).rowcount)

    def rows(self, sql: str, values: Values = NONE) -> list[tuple[Any, ...]]:
        """Every row of the answer."""
        return self._connection.execute(self._written(sql), values).fetchall()  # type: ignore[no-any-return]

    def row(self, sql: str, values: Values = NONE) -> tuple[Any, ...] | None:
        """The first row of the answer."""
        return self._connection.execute(self._written(sql), values).fetchone()  # type: ignore[no-any-return]

    def records(self, sql: str, values: Values = NONE) -> Iterator[dict[str, Any]]:
        """The answer's rows by column name, a batch in memory at a time."""
        with contextlib.closing(self._cursor()) as cursor:
            cursor.execute(self._written(sql), values)
            names = [column[0] for column in cursor.description]
            flags = [name for name in names if name in YES_OR_NO]
            for row in cursor:
                told = dict(zip(names, row, strict=True))
                yield told | {name: bool(told[name]) for name in flags}

    def insert_new(self, table: str, row: Values) -> bool:
        """Insert `row` unless its key is there already; whether it was inserted."""
        return self.run(_insertion(table, tuple(row)), row) == 1

    def alone(self, table: str) -> None:
        """Be the only one that writes `table` until the end: SQLite's writers take turns anyway."""

    def joined(self, column: str) -> str:
        """SQL of an aggregate: a group's numbers in one text, with commas between."""
        return f"group_concat({column})"

    def now(self) -> float:
        """Unix time that all who use the database agree on; with SQLite that is one machine's clock."""
        return time.time()

    def _written(self, sql: str) -> str:
        return sql

    def _cursor(self) -> Any:
        return self._connection.cursor()


class ServerTransaction(Transaction):
    """The same for psycopg, which writes values as `%(name)s` and reads an answer whole unless its cursor is named."""

    def alone(self, table: str) -> None:
        """The same where writers work side by side; readers go on."""
        self.run(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")

    def joined(self, column: str) -> str:
        """The same by the standard's name."""
        return f"string_agg(CAST({column} AS text), ',')"

    def now(self) -> float:
        """The server's clock: those of several machines differ."""
        [(now,)] = self.rows("SELECT extract(epoch FROM clock_timestamp())")
        return float(now)

    def _written(self, sql: str) -> str:
        return _for_psycopg(sql)

    def _cursor(self) -> Any:
        return self._connection.cursor(name=f"records{next(_NUMBERS)}")


@lru_cache(maxsize=256)
def _for_psycopg(sql: str) -> str:
    return _NAME.sub(r"%(\1)s", sql.replace("%", "%%"))


@lru_cache(maxsize=64)
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    values = ", ".join(f":{name}" for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) ON CONFLICT DO NOTHING"  # noqa: S608 - names of ours
