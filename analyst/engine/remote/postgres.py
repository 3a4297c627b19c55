"""A session with a PostgreSQL server as the server of a remote engine: every query in a transaction that only reads.

A relation that is shown beside `data` is a query kept here, which stands before those that read it as WITH.
"""

# Every name built into SQL here passes `quote`, every text `plain_literal`; queries were translated and checked before.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analyst.core.text import listed
from analyst.engine.errors import (
    BrokenEngineError,
    DiskError,
    EngineError,
    InterruptedQueryError,
    OutOfMemoryError,
    OutOfRangeError,
)
from analyst.engine.remote.postgres_catalog import PostgresColumn, Relation, snapshot
from analyst.engine.remote.postgres_connecting import begin
from analyst.engine.remote.translation.postgres import dialect_of, quote
from analyst.engine.remote.translation.postgres.casts import by_bytes, plain_literal
from analyst.protocol.table import IngestNote

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

MOST_UPLOADED = 2_000
"""Rows of a result here that stand in a query's text."""
_CANCEL_S = 10.0
_WITH = "WITH "
_SAMPLED_AT = 42
_CODES: tuple[tuple[str, type[EngineError]], ...] = (
    ("57014", InterruptedQueryError),
    ("22003", OutOfRangeError),
    ("22008", OutOfRangeError),
    ("53200", OutOfMemoryError),
    ("53100", DiskError),
    ("57P", BrokenEngineError),
    ("08", BrokenEngineError),
)
"""How the codes of PostgreSQL's errors begin, each with what it means."""


class PostgresServer:
    """A Server over one `relation` of a connection; its `columns` are called `names`, each a plain type.

    A query may take `timeout_s` seconds. Use open_postgres.
    """

    bytes_read = 0
    """PostgreSQL does not tell."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        relation: Relation,
        columns: Sequence[PostgresColumn],
        names: Sequence[str],
        timeout_s: float,
    ) -> None:
        self._connection, self._timeout_s = connection, timeout_s
        version = connection.info.server_version
        self.label = f"PostgreSQL {version // 10_000}.{version % 10_000}"
        self.dialect = dialect_of(version)
        self.headers = tuple(column.name for column in columns)
        self.relation = relation
        self.notes = _notes(columns, names)
        self._columns = {name: column.plain_kind for name, column in zip(names, columns, strict=True)}
        values = (f"{column.as_plain} AS {quote(name)}" for name, column in zip(names, columns, strict=True))
        self._plain = f"SELECT {', '.join(values)} FROM {relation.name}"
        self._known = {"data": f"{quote('data')} AS NOT MATERIALIZED ({self._plain})"}

    def columns(self) -> Mapping[str, str]:
        """The columns of `data`."""
        return self._columns

    def select(self, sql: str, limit: int) -> pa.Table:
        """At most `limit` rows of a SELECT."""
        return self._fetched(self._with(sql), limit)

    def sample(self, share: float, limit: int) -> pa.Table:
        """A random `share` of the rows of `data`, at most `limit`: the same ones each time, of what can be sampled."""
        if self.relation.can_sample:
            drawn = f" TABLESAMPLE BERNOULLI ({100 * share:.9f}) REPEATABLE ({_SAMPLED_AT})"
        else:
            drawn = f" WHERE random() < {share:.9f}"
        return self._fetched(self._plain + drawn, limit)

    def version(self) -> str:
        """What changes with whatever is written on the server; the same table of another server has another one."""
        told = self._connection.info
        with self._reading():
            return f"{told.host} {told.port} {told.dbname} {snapshot(self._connection)}"

    def statistics(self) -> Mapping[str, float]:
        """How many values the server takes columns to have, by their names here: a number, or with a minus a share of
        the rows; of columns of which it knows."""
        asked = "SELECT attname, n_distinct FROM pg_stats WHERE schemaname = %s AND tablename = %s ORDER BY inherited"
        with self._reading():
            told = dict(self._connection.execute(asked, (self.relation.schema, self.relation.table)).fetchall())
        return {name: told[header] for name, header in zip(self._columns, self.headers, strict=True) if header in told}

    def show(self, name: str, sql: str, columns: Sequence[str]) -> None:
        """Keep a SELECT, with all that it reads as that is now."""
        self._known[name] = f"{quote(name)} ({', '.join(map(quote, columns))}) AS ({self._with(sql)})"

    def upload(self, name: str, table: pa.Table) -> None:
        """Keep the rows of a small table as a list of values."""
        if table.num_rows > MOST_UPLOADED:
            raise EngineError(
                f"{name} has too many rows to be read together with a table on {self.label}: {table.num_rows:,}, "
                f"and {MOST_UPLOADED:,} may be"
            )
        columns = [(field.name, _type_of(field.type)) for field in table.schema]
        cells = ", ".join(_as_type(quote(f"c{place}"), kind) for place, (_, kind) in enumerate(columns))
        rows = ", ".join(f"({', '.join(map(_cell, row.values()))})" for row in table.to_pylist())
        places = ", ".join(quote(f"c{place}") for place in range(len(columns)))
        nothing = f"({', '.join(['NULL'] * len(columns))})"
        given = f"(VALUES {rows or nothing}) AS v ({places}){'' if rows else ' WHERE FALSE'}"
        names = ", ".join(quote(column) for column, _ in columns)
        self._known[name] = f"{quote(name)} ({names}) AS (SELECT {cells} FROM {given})"

    def forget(self, name: str) -> None:
        """Let go of a relation."""
        self._known.pop(name, None)

    def define_num(self) -> None:
        """Nothing: no query that is translated for PostgreSQL calls num()."""

    def cancel(self) -> None:
        """End what runs in this session now."""
        with suppress(EngineError), translated():
            self._connection.cancel_safe(timeout=_CANCEL_S)

    def close(self) -> None:
        """End the session."""
        with suppress(EngineError), translated():
            self._connection.close()

    def _with(self, sql: str) -> str:
        """A SELECT with the relations that it reads before it."""
        read = ", ".join(text for name, text in self._known.items() if quote(name) in sql)
        own = sql.removeprefix(_WITH)
        return sql if not read else f"{_WITH}{read} {sql}" if own == sql else f"{_WITH}{read}, {own}"

    def _fetched(self, sql: str, limit: int) -> pa.Table:
        with self._reading(), self._connection.cursor(name="rows") as cursor:
            cursor.execute(sql.encode())
            return _arrow(cursor.description or [], cursor.fetchmany(limit))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """A transaction of one query."""
        with translated():
            try:
                begin(self._connection, self._timeout_s)
                yield
            finally:
                self._connection.rollback()


def _notes(columns: Sequence[PostgresColumn], names: Sequence[str]) -> tuple[IngestNote, ...]:
    zoned = [name for name, column in zip(names, columns, strict=True) if column.kind == "TIMESTAMPTZ"]
    if not zoned:
        return ()
    return (IngestNote("time_zone", f"Times with a time zone were converted to UTC: {listed(zoned)}.", len(zoned)),)


def _arrow(described: Sequence[psycopg.Column], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows as a table whose columns are called by their places; decimals are text, which loses no digit."""
    import pyarrow as pa

    kinds = {
        16: pa.bool_(),
        **dict.fromkeys((20, 21, 23), pa.int64()),
        **dict.fromkeys((700, 701), pa.float64()),
        1082: pa.date32(),
        1083: pa.time64("us"),
        1114: pa.timestamp("us"),
    }
    made = []
    for place, column in enumerate(described):
        kind = kinds.get(column.type_code)
        cells = [row[place] for row in rows]
        if kind is None:
            cells = [f"{cell:f}" if isinstance(cell, Decimal) else cell for cell in cells]
        made.append(pa.array(cells, kind or pa.string()))
    return pa.table(made, names=[f"c{place}" for place in range(len(made))])


def _as_type(text: str, kind: str) -> str:
    return by_bytes(f"CAST({text} AS text)") if kind == "text" else f"CAST({text} AS {kind})"


def _cell(value: object) -> str:
    return "NULL" if value is None else plain_literal(str(value))


def _type_of(kind: pa.DataType) -> str:
    """PostgreSQL's type for the values of a column of Arrow's. EngineError: there is none."""
    from pyarrow import types

    known = (
        (types.is_boolean, "boolean"),
        (types.is_integer, "bigint"),
        (types.is_floating, "double precision"),
        (types.is_decimal, "numeric"),
        (types.is_date, "date"),
        (types.is_timestamp, "timestamp"),
        (types.is_string, "text"),
        (types.is_large_string, "text"),
    )
    found = next((name for fits, name in known if fits(kind)), None)
    if found is None:
        raise EngineError(f"A column of the type {kind} can't be read together with a table on PostgreSQL")
    return found


@contextmanager
def translated() -> Iterator[None]:
    """PostgreSQL's errors, and those of the connection to it, as ours."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        told = (error.diag.message_primary or str(error).strip() or type(error).__name__).splitlines()[0][:500]
        code = error.sqlstate or ("08" if isinstance(error, psycopg.OperationalError) else "")
        kind = next((ours for begins, ours in _CODES if code.startswith(begins)), EngineError)
        raise kind(told) from error
