"""PostgreSQL: tables and views, copied out as text in one read-only transaction, and typed as the server types them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from analyst.core.errors import TableError
from analyst.core.hosts import is_loopback
from analyst.datasets.headers import clean_header
from analyst.datasets.sources.interface import Limits, Pulled, chosen, which_note
from analyst.datasets.sources.row_texts import NULL, NUMBER, RowsWriting, RowTexts, TypedColumn
from analyst.datasets.sources.servers import (
    SEED,
    Estimate,
    options_of,
    require_expected,
    sample_note,
    sample_share,
    writer_note,
)
from analyst.engine.loading import Loader
from analyst.protocol.places import Entry, Url
from analyst.protocol.table import IngestNote

if TYPE_CHECKING:
    import psycopg
    from psycopg.sql import Composed

_SAFE = ("require", "verify-ca", "verify-full")
"""Values of sslmode under which nothing goes unencrypted."""
_OPTIONS = ("host", "sslmode")
_CONNECT_S, _LOCK_S = 10, 10
_SESSION = {"timezone": "UTC", "datestyle": "ISO, YMD", "intervalstyle": "postgres", "bytea_output": "hex"}
_KINDS = {"r": "table", "p": "table", "v": "view", "m": "view", "f": "table"}
_SAMPLED = "rpm"
"""Kinds of relations that TABLESAMPLE works on."""
_TABLES = """SELECT n.nspname, c.relname, c.relkind::text, c.reltuples::bigint, pg_table_size(c.oid), c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY n.nspname <> 'public', 1, 2"""
_COLUMNS = """SELECT a.attname, coalesce(b.typname, t.typname), coalesce(b.typcategory, t.typcategory)::text,
      CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_TYPES = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "BIGINT"),
    **dict.fromkeys(("float4", "float8"), "DOUBLE"),
    **{"bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMPTZ", "time": "TIME"},
}
_AS_SQL = {"money": "{}::numeric", "bytea": "encode({}, 'hex')", "timetz": "{}::time"}
"""How a type is told as text that is read by the types below."""
_STORED = ("r", "m")
"""Kinds of relations that change only with what is written on the server."""
_TOLD_TYPES = {"money": "DOUBLE", "timetz": "TIME"}


@dataclass(frozen=True)
class _Relation:
    """A table or view: its entry, its name in parts, its kind and number in the catalog."""

    entry: Entry
    schema: str
    table: str
    kind: str
    oid: int


@dataclass(frozen=True)
class _Rows:
    """The rows that are asked for: how each column is selected, and the share of the rows."""

    relation: _Relation
    columns: tuple[TypedColumn, ...]
    values: Composed
    estimate: Estimate
    share: float


@dataclass(frozen=True)
class Postgres:
    """The tables and views of a PostgreSQL database that its user may read; `table` is the one that is asked for."""

    url: Url
    table: str | None
    limits: Limits

    def entries(self) -> list[Entry]:
        """Its tables and views, with the rows that the server's statistics tell."""
        with self._connected() as connection:
            return [relation.entry for relation in _relations(connection)]

    def stage(self, loader: Loader, workdir: Path) -> Pulled:
        """Fill the stage from one table, or from a sample of one that is too large."""
        target = workdir / "rows.csv"
        with self._connected() as connection:
            relations = _relations(connection)
            entries = [relation.entry for relation in relations]
            entry = chosen(entries, self._asked, self.url.shown, "?table=")
            rows = _rows(connection, next(one for one in relations if one.entry == entry), self.limits)
            notes = [which_note(entry, entries, f"{self.url.name!r}"), *_may_write(connection, rows.relation)]
            with target.open("wb") as file:
                writing = RowsWriting(file)
                count = self._copy(connection, rows, writing)
        if rows.share < 1:
            notes.insert(0, sample_note(count, rows.estimate))
        staged = RowTexts(target, rows.columns, writing.longest).stage(loader, notes)
        target.unlink()
        return Pulled(staged, clean_header(rows.relation.table) or "table", "postgresql", writing.digest.hexdigest())

    def version(self) -> str:
        """What changes with whatever is written on the server; "" for what may change without that, such as a view.

        TableError: there is no such table.
        """
        with self._connected() as connection:
            relations = _relations(connection)
            entry = chosen([one.entry for one in relations], self._asked, self.url.shown, "?table=")
            if next(one for one in relations if one.entry == entry).kind not in _STORED:
                return ""
            found = connection.execute(
                "SELECT txid_current_snapshot()::text, pg_postmaster_start_time()::text"
            ).fetchone()
            return " ".join(found or ())

    @property
    def _asked(self) -> str | None:
        return self.table.removeprefix("public.") if self.table else None

    def _copy(self, connection: psycopg.Connection[Any], rows: _Rows, writing: RowsWriting) -> int:
        """Write the rows; how many there are."""
        count = 0
        with connection.cursor() as cursor, cursor.copy(_copying(rows)) as pieces:
            for piece in pieces:
                line = bytes(piece)
                writing.write_bytes(line)
                writing.longest = max(writing.longest, len(line))
                count += 1
                require_expected(writing.bytes, self.limits, rows.relation.entry.name)
        return count

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection in a transaction that can't write and shows one moment."""
        import psycopg

        try:
            with psycopg.connect(**self._parameters()) as connection:  # type: ignore[arg-type]
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                bounds = {
                    "statement_timeout": f"{int(self.limits.seconds * 1000)}",
                    "lock_timeout": f"{_LOCK_S}s",
                }
                for name, value in (_SESSION | bounds).items():
                    connection.execute("SELECT set_config(%s, %s, true)", (name, value))
                yield connection
                connection.rollback()
        except psycopg.Error as error:
            raise self._told(error) from None

    def _parameters(self) -> Mapping[str, str | int]:
        """How to connect. TableError: the connection would not be encrypted."""
        options, parts = options_of(self.url, _OPTIONS), self.url.parts
        socket = options.get("host", "")
        if socket and (parts.hostname or not socket.startswith("/")):
            raise TableError(
                f"The option host={socket} is no folder of a socket.", "Write the host before the database."
            )
        host = parts.hostname or socket or os.environ.get("PGHOST", "")
        mode = options.get("sslmode") or os.environ.get("PGSSLMODE")
        near = is_loopback(host) and not (host == "" and os.environ.get("PGSERVICE"))
        if not near and mode is not None and mode not in _SAFE:
            raise TableError(
                f"sslmode={mode} would send the table of {self.url.shown!r} unencrypted.",
                "Use sslmode=require, verify-ca or verify-full.",
            )
        named: dict[str, str | int] = {
            "connect_timeout": _CONNECT_S,
            "application_name": "analyst",
            "host": host,
            "port": parts.port or 0,
            "user": unquote(parts.username or ""),
            "dbname": unquote(parts.path.strip("/")),
            "sslmode": mode or ("" if near else "require"),
        }
        return {name: value for name, value in named.items() if value}

    def _told(self, error: psycopg.Error) -> TableError:
        """What went wrong, and what to do, by the server's code of it."""
        told = error.diag.message_primary or str(error).strip() or type(error).__name__
        reason = told.splitlines()[0][:200].rstrip(".")
        code, fix = error.sqlstate or "", "Check the URL, and that the server is running."
        if "password" in reason:
            fix = "Set PGPASSWORD, or add a line to ~/.pgpass."
        elif "SSL" in reason:
            fix = "The server must offer encryption: only a connection to this machine may go without it."
        elif code == "57014":
            fix = "Raise SOURCE_TIMEOUT_S, or ask about a smaller table or a view of it."
        elif code == "42501":
            fix = "Grant the user SELECT on it."
        elif code:
            fix = "Check the table or view on the server."
        return TableError(f"{self.url.shown!r} can't be read: {reason}.", fix)


def _relations(connection: psycopg.Connection[Any]) -> list[_Relation]:
    found = connection.execute(_TABLES).fetchall()
    return [
        _Relation(
            Entry(
                table if schema == "public" else f"{schema}.{table}",
                _KINDS[kind],
                int(rows) if rows >= 0 and kind not in "vf" else None,
                bytes=int(size) or None,
            ),
            schema,
            table,
            kind,
            oid,
        )
        for schema, table, kind, rows, size, oid in found
    ]


def _rows(connection: psycopg.Connection[Any], relation: _Relation, limits: Limits) -> _Rows:
    """The rows of a relation that will be read, by what the planner expects of it."""
    from psycopg.sql import SQL, Identifier

    told = connection.execute(_COLUMNS, (relation.oid,)).fetchall()
    if not told:
        raise TableError(f"{relation.entry.name!r} has no columns.", "Choose another table.")
    columns = tuple(TypedColumn(name, _kind(type_, category, modifier)) for name, type_, category, modifier in told)
    values = SQL(", ").join(
        SQL(_as_sql(type_, category, column.kind)).format(Identifier(column.name))
        for column, (_, type_, category, _) in zip(columns, told, strict=True)
    )
    whole = SQL("EXPLAIN (FORMAT JSON) SELECT * FROM {}").format(Identifier(relation.schema, relation.table))
    plan = connection.execute(whole).fetchall()[0][0][0]["Plan"]
    estimate = Estimate(int(plan["Plan Rows"]), int(plan["Plan Width"]))
    return _Rows(relation, columns, values, estimate, sample_share(estimate, limits))


def _kind(type_: str, category: str, modifier: int) -> str:
    """The type of a column's values as text."""
    if type_ == "numeric":
        scale = (modifier - 4) & 0x7FF if modifier >= 4 else None
        return NUMBER if not scale else "DOUBLE"
    return _TOLD_TYPES.get(type_) or _TYPES.get(type_, "VARCHAR") if category not in "AC" else "VARCHAR"


def _as_sql(type_: str, category: str, kind: str) -> str:
    """The value of a column as it is copied, with {} for its name."""
    if category in "AC":
        return "to_json({})::text"
    if type_ == "numeric" and kind == NUMBER:
        return "nullif({}, 'NaN'::numeric)"
    return _AS_SQL.get(type_, "{}" if type_ in _TYPES or type_ == "numeric" else "{}::text")


def _copying(rows: _Rows) -> Composed:
    """The COPY of the rows, or of the sample of them."""
    from psycopg.sql import SQL, Identifier, Literal

    name = Identifier(rows.relation.schema, rows.relation.table)
    sample = SQL("").format()
    if rows.share < 1 and rows.relation.kind in _SAMPLED:
        sample = SQL(" TABLESAMPLE BERNOULLI ({}) REPEATABLE ({})").format(Literal(100 * rows.share), Literal(SEED))
    elif rows.share < 1:
        sample = SQL(" WHERE random() < {}").format(Literal(rows.share))
    quotes = SQL(", FORCE_QUOTE *" if len(rows.columns) == 1 else "")  # '' alone on a line would be no row
    form = SQL("COPY (SELECT {} FROM {}{}) TO STDOUT (FORMAT csv, NULL {}{})")
    return form.format(rows.values, name, sample, Literal(NULL), quotes)


def _may_write(connection: psycopg.Connection[Any], relation: _Relation) -> list[IngestNote]:
    """A note where the user could change the table."""
    asked = "SELECT current_user, has_table_privilege(%s::oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
    user, may = connection.execute(asked, (relation.oid,)).fetchall()[0]
    return [writer_note(user, relation.entry.name)] if may else []
