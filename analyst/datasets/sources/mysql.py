"""MySQL and MariaDB: tables and views, read row by row in one read-only transaction, typed as the server types them."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from analyst.core.errors import TableError
from analyst.core.hosts import is_loopback
from analyst.datasets.headers import clean_header
from analyst.datasets.sources.interface import Limits, Pulled, chosen, which_note
from analyst.datasets.sources.row_texts import NUMBER, RowsWriting, RowTexts, TypedColumn
from analyst.datasets.sources.servers import (
    SEED,
    Estimate,
    require_expected,
    sample_note,
    sample_share,
    writer_note,
)
from analyst.engine.loading import Loader
from analyst.protocol.places import Entry, Url, options_of
from analyst.protocol.table import IngestNote

_OPTIONS = ("socket", "sslmode")
_SAFE = ("require", "verify-full")
_PORT, _CONNECT_S, _BATCH = 3306, 10, 20_000
_OWN_SETTINGS = Path("~/.my.cnf")
_TABLES = """SELECT table_name, table_type, table_rows, data_length FROM information_schema.tables
    WHERE table_schema = database() ORDER BY table_name"""
_COLUMNS = """SELECT column_name, data_type, column_type, numeric_scale FROM information_schema.columns
    WHERE table_schema = database() AND table_name = %s ORDER BY ordinal_position"""
_MAY_WRITE = """SELECT current_user(), EXISTS (SELECT 1 FROM (
      SELECT privilege_type FROM information_schema.user_privileges
      UNION ALL SELECT privilege_type FROM information_schema.schema_privileges WHERE table_schema = database()
      UNION ALL SELECT privilege_type FROM information_schema.table_privileges
      WHERE table_schema = database() AND table_name = %s) p
    WHERE privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'DROP', 'ALTER'))"""
_CHANGED = """SELECT concat_ws(' ', create_time, update_time) FROM information_schema.tables
    WHERE table_schema = database() AND table_name = %s AND table_type = 'BASE TABLE'
      AND update_time < now() - INTERVAL 2 SECOND"""
"""When a table was made and last written, to the second: within one, more may be written."""
_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "year", "bit"), "BIGINT"),
    **dict.fromkeys(("float", "double"), "DOUBLE"),
    **{"date": "DATE", "datetime": "TIMESTAMP", "timestamp": "TIMESTAMPTZ"},
}
_SPATIAL = ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon")
_DENIED, _TOO_LONG = (1044, 1045, 1142, 1143, 1698), (1969, 3024)
"""Numbers of errors: of a user who may not, and of a query that took too long (MariaDB, MySQL)."""
Connection = Any
"""A connection of PyMySQL, which has no types."""


@dataclass(frozen=True)
class MySql:
    """The tables and views of a MySQL or MariaDB database; `table` is the one that is asked for."""

    url: Url
    table: str | None
    limits: Limits

    def entries(self) -> list[Entry]:
        """Its tables and views, with the rows that the server estimates."""
        with self._connected() as connection:
            return _entries(connection)

    def stage(self, loader: Loader, workdir: Path) -> Pulled:
        """Fill the stage from one table, or from a sample of one that is too large."""
        target = workdir / "rows.csv"
        with self._connected() as connection:
            entries = _entries(connection)
            entry = chosen(entries, self.table, self.url.shown, "?table=")
            notes = [which_note(entry, entries, repr(self.url.name)), *_may_write(connection, entry.name)]
            estimate = _estimate(connection, entry)
            share = sample_share(estimate, self.limits)
            told = _rows(connection, _COLUMNS, (entry.name,))
            columns = tuple(TypedColumn(name, _kind(type_, full, scale)) for name, type_, full, scale in told)
            values = ", ".join(_value(name, type_) for name, type_, *_ in told)
            where = f" WHERE rand({SEED}) < {share:.9f}" if share < 1 else ""
            with target.open("wb") as file:
                writing = RowsWriting(file)
                count = self._copy(connection, f"SELECT {values} FROM {_name(entry.name)}{where}", writing)  # noqa: S608
        if share < 1:
            notes.insert(0, sample_note(count, estimate))
        staged = RowTexts(target, columns, writing.longest).stage(loader, notes)
        target.unlink()
        return Pulled(staged, clean_header(entry.name) or "table", "mysql", writing.digest.hexdigest())

    def version(self) -> str:
        """What changes with whatever is written into the table; "" where the server does not tell when that was: of a
        view, of a table that was written just now, and of one that was not written since the server started.

        TableError: there is no such table.
        """
        with self._connected() as connection:
            entry = chosen(_entries(connection), self.table, self.url.shown, "?table=")
            found = _rows(connection, _CHANGED, (entry.name,))
            return str(found[0][0]) if found else ""

    def _copy(self, connection: Connection, query: str, writing: RowsWriting) -> int:
        """Write the rows as they come; how many there are."""
        from pymysql.cursors import SSCursor

        count = 0
        with connection.cursor(SSCursor) as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(_BATCH):
                writing.write(rows)
                count += len(rows)
                require_expected(writing.bytes, self.limits, self.url.shown)
        return count

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection in a transaction that can't write and shows one moment."""
        import pymysql

        try:
            with closing(pymysql.connect(**self._parameters())) as connection:
                _begin(connection, self.limits.seconds)
                yield connection
        except (pymysql.MySQLError, OSError) as error:
            raise self._told(error) from None

    def _parameters(self) -> dict[str, object]:
        """How to connect. TableError: the connection would not be encrypted."""
        from pymysql.converters import encoders

        options, parts = options_of(self.url, _OPTIONS), self.url.parts
        socket = options.get("socket")
        if socket and parts.hostname:
            raise TableError(
                f"socket={socket} and the host {parts.hostname!r} are two servers.", "Leave out one of them."
            )
        near = is_loopback(parts.hostname or "")
        mode = options.get("sslmode", "" if near else "require")
        if mode not in ("", *_SAFE):
            raise TableError(
                f"sslmode={mode} would send the table of {self.url.shown!r} unencrypted.",
                "Use sslmode=require or verify-full.",
            )
        named: dict[str, object] = {
            "host": parts.hostname or "localhost",
            "port": parts.port or _PORT,
            "user": unquote(parts.username or "") or None,
            "password": os.environ.get("MYSQL_PWD", ""),
            "database": unquote(parts.path.strip("/")),
            "charset": "utf8mb4",
            "connect_timeout": _CONNECT_S,
            "conv": dict(encoders),  # values come as the server writes them: none of them is lost on the way
        }
        if socket:
            named["unix_socket"] = socket
        if not named["password"] and _OWN_SETTINGS.expanduser().is_file():
            named["read_default_file"] = str(_OWN_SETTINGS.expanduser())
        return named | ({"ssl": _encrypted(verified=mode == "verify-full")} if mode else {})

    def _told(self, error: Exception) -> TableError:
        """What went wrong, and what to do, by the server's number of it."""
        number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        reason = str(error.args[-1] if error.args else error).splitlines()[0][:200].rstrip(".")
        fix = "Check the URL, and that the server is running."
        if number in _DENIED:
            fix = "Set MYSQL_PWD, or add the password to the [client] section of ~/.my.cnf; grant the user SELECT."
        elif number in _TOO_LONG:
            fix = "Raise SOURCE_TIMEOUT_S, or ask about a smaller table or a view of it."
        elif "SSL" in reason:
            fix = "The server must offer encryption: only a connection to this machine may go without it."
        return TableError(f"{self.url.shown!r} can't be read: {reason}.", fix)


def _encrypted(*, verified: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verified:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _begin(connection: Connection, seconds: float) -> None:
    """Begin a transaction that only reads; the servers' limits of time differ."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        version = str(cursor.fetchone()[0]).lower()
        maria = "mariadb" in version
        limit = f"max_statement_time = {seconds}" if maria else f"max_execution_time = {int(seconds * 1000)}"
        if not maria and not version.startswith("5."):
            limit += ", information_schema_stats_expiry = 0"  # or what it tells of tables is a day old
        cursor.execute(f"SET SESSION {limit}, time_zone = '+00:00', lock_wait_timeout = {_CONNECT_S}")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def _rows(connection: Connection, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, tuple(values) or None)
        return list(cursor.fetchall())


def _entries(connection: Connection) -> list[Entry]:
    """The tables and views; how many rows a view has, nobody knows before it is read."""
    return [
        Entry(
            name,
            "view" if "VIEW" in kind else "table",
            None if rows is None else int(rows),
            bytes=int(size or 0) or None,
        )
        for name, kind, rows, size in _rows(connection, _TABLES)
    ]


def _estimate(connection: Connection, entry: Entry) -> Estimate:
    """The server's estimate, or the number of rows where it has none."""
    rows = entry.rows
    if rows is None:
        rows = int(_rows(connection, f"SELECT count(*) FROM {_name(entry.name)}")[0][0])  # noqa: S608 - quoted
    return Estimate(rows, (entry.bytes or 0) // max(rows, 1))


def _name(name: str) -> str:
    """`name` as the servers quote it."""
    return "`" + name.replace("`", "``") + "`"


def _kind(type_: str, full: str, scale: str | None) -> str:
    """The type of a column's values as text."""
    if type_ == "bigint":
        return NUMBER if "unsigned" in full else "BIGINT"
    if type_ == "decimal":
        return "DOUBLE" if int(scale or 0) else NUMBER
    return _TYPES.get(type_, "VARCHAR")


def _value(name: str, type_: str) -> str:
    """The value of a column as it is read; a percent sign would be taken for a parameter."""
    column = _name(name)
    if type_ in _SPATIAL:
        return f"ST_AsText({column})"
    return f"{column} + 0" if type_ == "bit" else column


def _may_write(connection: Connection, table: str) -> list[IngestNote]:
    """A note where the user could change the table."""
    user, may = _rows(connection, _MAY_WRITE, (table,))[0]
    return [writer_note(str(user), table)] if int(may) else []
