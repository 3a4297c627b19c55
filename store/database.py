"""The door to the store: opens SQLite or PostgreSQL, gives transactions, and tells every failure in one line."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from contracts.errors import StoreError
from store.migrations import STEPS
from store.tables import SCHEMA_VERSION, metadata, schema_version

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another one's transaction."""
_SETUP_LOCK = 0x62756467
"""Any constant of our own: PostgreSQL processes that make the tables at once wait for each other on it."""

_FIXES = (
    ("is full", "Free some disk space, then run it again; what was recorded so far is kept."),
    ("no space left", "Free some disk space, then run it again; what was recorded so far is kept."),
    ("disk i/o error", "Check the disk and its free space; what was recorded so far is kept."),
    ("readonly", "Make the file and its folder writable, or set METRICS_EXPORT_PATH to another place."),
    ("read-only", "Make the file and its folder writable, or set METRICS_EXPORT_PATH to another place."),
    ("permission denied", "Make the file and its folder writable, or set METRICS_EXPORT_PATH to another place."),
    ("unable to open", "Make the file and its folder writable, or set METRICS_EXPORT_PATH to another place."),
    ("not a database", "Move the file away; a new one is made on the next run."),
    ("malformed", "Move the file away (`sqlite3 FILE .recover` may save its rows); a new one is made on the next run."),
    ("locked", "Another process holds it for very long: see which one runs, then try again."),
    ("is a directory", "Set METRICS_EXPORT_PATH to a file."),
    ("no such file", "Set METRICS_EXPORT_PATH to a place where a folder can be made."),
    ("file exists", "Something that is no folder stands in its way: set METRICS_EXPORT_PATH to another place."),
    ("connect", "Start the database server or mend DATABASE_URL."),
)
_OTHER_FIX = "Check METRICS_EXPORT_PATH and DATABASE_URL."


class Store:
    """One database, shared by threads and processes. Open with `Store.at(path)` or `Store.on_server(url)`."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine, self._place, self._pid = engine, place, os.getpid()
        with self._told():
            self._prepare()

    @classmethod
    def at(cls, path: Path, *, sleep: Callable[[float], None] = time.sleep) -> Store:
        """The SQLite store in file `path` (made with mode 600 in a folder of mode 700). StoreError when it can't be."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise _told_error(str(path), str(error)) from None
        engine = sa.create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_TIMEOUT_S})
        sa.event.listen(engine, "connect", lambda connection, _: _open_sqlite(connection, sleep))
        sa.event.listen(engine, "begin", _begin_sqlite)
        return cls(engine, str(path))

    @classmethod
    def on_server(cls, url: str) -> Store:
        """The PostgreSQL store at `url` (postgresql://user:password@host/name). StoreError when it can't be."""
        scheme, _, rest = url.partition("://")
        try:
            address = sa.make_url(f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url)
        except SQLAlchemyError:
            address = None
        if address is None or not address.drivername.startswith("postgresql"):
            fix = "Write it as postgresql://user:password@host:5432/name, or leave it out for SQLite."
            raise StoreError("DATABASE_URL is not the address of a PostgreSQL database.", fix)
        place = address.render_as_string(hide_password=True)
        try:
            engine = sa.create_engine(address, pool_pre_ping=True)
        except (SQLAlchemyError, ImportError) as error:
            raise StoreError(f"No driver for {place}: {error}.", "Install `psycopg[binary]`.") from None
        return cls(engine, place)

    @property
    def place(self) -> str:
        """Where it is (a path, or an address without its password)."""
        return self._place

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: one consistent state, never waiting for writers. StoreError on failure."""
        with self._told(), self._live().connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction, committed at the end and rolled back on any exception. StoreError on failure."""
        with self._told(), self._live().connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                yield connection

    def insert_new(self, connection: Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
        """Insert `row` unless its key is there already; whether it was inserted."""
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        insert = make(table).values(**row).on_conflict_do_nothing()
        # Without the option SQLAlchemy forgets an insert's count on PostgreSQL (-1).
        return connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount == 1

    def close(self) -> None:
        """Close the connections of this process; using the store again opens new ones."""
        self._engine.dispose()

    def _live(self) -> Engine:
        """The engine; in a forked child without its parent's connections, which two processes can't share."""
        if os.getpid() != self._pid:
            self._engine.dispose(close=False)
            self._pid = os.getpid()
        return self._engine

    def _prepare(self) -> None:
        """Make or upgrade the tables once; afterwards opening only reads, so that it never waits for a writer."""
        with self.read() as connection:
            if sa.inspect(connection).has_table(schema_version.name) and self._version(connection) == SCHEMA_VERSION:
                return
        with self.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SETUP_LOCK)))
            present = set(sa.inspect(connection).get_table_names())
            if schema_version.name in present:
                self._upgrade(connection)
                return
            if present and connection.dialect.name == "sqlite":
                fix = "Move it away or set METRICS_EXPORT_PATH to another place."
                raise StoreError(f"{self._place} is another program's database (table {min(present)!r}).", fix)
            metadata.create_all(connection)
            connection.execute(schema_version.insert().values(version=SCHEMA_VERSION))

    def _version(self, connection: Connection) -> int:
        """The schema's version; StoreError for one that this release can't bring up to date."""
        found = connection.execute(sa.select(sa.func.max(schema_version.c.version))).scalar()
        if found is None or not min(STEPS) - 1 <= found <= SCHEMA_VERSION:
            fix = "Use the platform's release that wrote it, or move it away: a new one is made on the next run."
            raise StoreError(f"{self._place} has schema version {found!r}; this release knows {SCHEMA_VERSION}.", fix)
        return int(found)

    def _upgrade(self, connection: Connection) -> None:
        """Take every step from the found version to ours, in the caller's transaction: all of them or none."""
        for version in range(self._version(connection) + 1, SCHEMA_VERSION + 1):
            for statement in STEPS[version]:
                connection.exec_driver_sql(statement)
        connection.execute(schema_version.update().values(version=SCHEMA_VERSION))

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise _told_error(self._place, str(cause)) from error


def _told_error(place: str, cause: str) -> StoreError:
    line = cause.strip().splitlines()[0] if cause.strip() else "no cause given"
    fix = next((fix for words, fix in _FIXES if words in cause.lower()), _OTHER_FIX)
    return StoreError(f"The store {place} can't be used: {line.rstrip('.')}.", fix)


def _open_sqlite(connection: Any, sleep: Callable[[float], None]) -> None:
    """Leave BEGIN to us, and set the write-ahead log. Switching to it ignores the busy timeout: try again ourselves."""
    connection.isolation_level = None
    for left in range(99, -1, -1):
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
            break
        except connection.OperationalError as error:
            if "locked" not in str(error) or not left:
                raise
            sleep(0.05)
    # NORMAL with a write-ahead log survives any death of a process; only a power cut can take the last commits.
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a read that turns into a write fails with "locked" without waiting."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
