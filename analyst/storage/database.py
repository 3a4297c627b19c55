"""The door to the store: gives transactions on SQLite or PostgreSQL, and tells every failure in one line."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from analyst.core.errors import StoreError
from analyst.storage.daybook import Daybook
from analyst.storage.journal import Journal
from analyst.storage.migrations import SCHEMA_VERSION, STEPS
from analyst.storage.postgresql import PostgreSQL
from analyst.storage.sqlite import SQLite
from analyst.storage.transaction import Transaction
from analyst.storage.turns import Turns

PATIENCE_S = 5.0
"""How long a writer waits for another one's transaction, which takes a millisecond: after this something is wrong."""
TURN_S = 60.0
"""How long a thread waits for its turn; a hundred of them wait milliseconds, so after this one waits for itself."""
_MOST_IDLE = 8

_KEPT = "existing records are kept."
_WRITABLE = "Make the file and its folder writable, or set METRICS_EXPORT_PATH to another place."
_FIXES = (
    ("connection", "Start the database server or correct DATABASE_URL."),
    ("is full", f"Free up disk space; {_KEPT}"),
    ("no space left", f"Free up disk space; {_KEPT}"),
    ("disk i/o error", f"Check the disk and its free space; {_KEPT}"),
    ("readonly", _WRITABLE),
    ("read-only", _WRITABLE),
    ("permission denied", _WRITABLE),
    ("unable to open", _WRITABLE),
    ("not a database", "Move the file away; the next run creates a new one."),
    ("malformed", "Move the file away (`sqlite3 FILE .recover` may recover its rows); the next run creates a new one."),
    ("locked", "Another process is holding a lock on it. Check which one is running, then try again."),
    ("lock timeout", "Another process is holding a lock on it. Check which one is running, then try again."),
    ("is a directory", "Set METRICS_EXPORT_PATH to a file."),
    ("no such file", "Set METRICS_EXPORT_PATH to a location where a folder can be created."),
    ("file exists", "Part of its path is a file, not a folder. Set METRICS_EXPORT_PATH to another location."),
    ("not a directory", "Part of its path is a file, not a folder. Set METRICS_EXPORT_PATH to another location."),
)
_OTHER_FIX = "Check METRICS_EXPORT_PATH and DATABASE_URL."


class Store:
    """One database, shared by threads and processes. `Store.at(path)` and `Store.on_server(url)` open it at once.

    A store made from a backend alone is opened by its first use, and again by the next one when that failed. `clock`
    (monotonic seconds) tells its journal when to try again.
    """

    def __init__(
        self,
        backend: SQLite | PostgreSQL,
        *,
        clock: Callable[[], float] = time.monotonic,
        daybook: Daybook | None = None,
    ) -> None:
        self._backend, self._journal = backend, Journal(self, clock=clock)
        self._daybook = Daybook(backend.path, backend.place) if isinstance(backend, SQLite) else daybook
        self._failures: tuple[type[Exception], ...] = (*backend.errors, OSError)
        self._forget()

    @classmethod
    def at(cls, path: Path, *, patience_s: float = PATIENCE_S, sleep: Callable[[float], None] = time.sleep) -> Store:
        """The SQLite store in file `path` (made with mode 600 in a folder of mode 700). StoreError when it can't be."""
        return cls(SQLite(path, patience_s, sleep)).open()

    @classmethod
    def on_server(cls, url: str, *, patience_s: float = PATIENCE_S) -> Store:
        """The PostgreSQL store at `url` (postgresql://user:password@host/name). StoreError when it can't be."""
        return cls(PostgreSQL(url, patience_s)).open()

    @classmethod
    def named(cls, path: Path, url: str | None) -> Store:
        """The store that the settings name, not opened yet: PostgreSQL at `url`, without one SQLite in `path`.

        What this machine spends on a server's books is noted beside `path` too.
        """
        if not url:
            return cls(SQLite(path, PATIENCE_S))
        server = PostgreSQL(url, PATIENCE_S)
        return cls(server, daybook=Daybook(path, server.place))

    @property
    def place(self) -> str:
        """Where it is (a path, or an address without its password)."""
        return self._backend.place

    @property
    def journal(self) -> Journal:
        """The one way of this process to write what must neither be lost nor end an analysis."""
        return self._journal

    @property
    def daybook(self) -> Daybook | None:
        """What was spent, a second time; None for a server without a folder of ours."""
        return self._daybook

    def open(self) -> Store:
        """Make or upgrade the tables if need be. StoreError when it can't be used."""
        with self._told():
            return self._opened()

    @contextlib.contextmanager
    def read(self) -> Iterator[Transaction]:
        """A read transaction: one consistent state, never waiting for writers. StoreError on failure."""
        with self._told(), self._opened()._transaction(writes=False) as transaction:
            yield transaction

    @contextlib.contextmanager
    def write(self) -> Iterator[Transaction]:
        """A write transaction, committed at the end and rolled back on any exception. StoreError on failure."""
        with self._told(), self._opened()._transaction(writes=True) as transaction:
            yield transaction

    def close(self) -> None:
        """Close the idle connections of this process; using the store again opens new ones."""
        while (connection := self._spare()) is not None:
            connection.close()
        self._backend.close()
        self._ready = False

    def _forget(self) -> None:
        """Start without connections. A forked child leaves its parent's alone: closing them would disturb it."""
        self._inherited: Any = getattr(self, "_idle", None)
        self._idle: list[Any] = []
        self._pid, self._ready, self._opening = os.getpid(), False, threading.Lock()
        backend = self._backend
        self._turns = {True: Turns(backend.writers, TURN_S), False: Turns(backend.readers, TURN_S)}

    def _opened(self) -> Store:
        if os.getpid() != self._pid:
            self._backend.forget()
            self._forget()
        if not (self._ready and self._backend.in_place()):
            with self._opening:
                if not (self._ready and self._backend.in_place()):
                    self._ready = False
                    self._backend.rescue()
                    self._prepare()
        return self

    @contextlib.contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Transaction]:
        with self._turns[writes]:
            connection = self._begin(writes=writes)
            try:
                yield self._backend.transaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                self._undo(connection)
                raise
            self._keep(connection)

    def _begin(self, *, writes: bool) -> Any:
        """A connection with a transaction begun; beginning shows whether one that lay idle still works."""
        while (connection := self._spare()) is not None:
            if self._backend.is_live(connection):
                try:
                    self._backend.begin(connection, writes=writes)
                    return connection
                except self._backend.errors:
                    if self._backend.is_live(connection):
                        self._idle.append(connection)
                        raise
            connection.close()
        connection = self._backend.connect()
        try:
            self._backend.begin(connection, writes=writes)
        except BaseException:
            connection.close()
            raise
        return connection

    def _spare(self) -> Any:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _undo(self, connection: Any) -> None:
        try:
            connection.execute("ROLLBACK")
        except self._backend.errors:
            connection.close()
        else:
            self._keep(connection)

    def _keep(self, connection: Any) -> None:
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()

    def _prepare(self) -> None:
        """Make or upgrade the tables once; afterwards opening only reads, so that it never waits for a writer."""
        with self._transaction(writes=False) as reading:
            current = "schema_version" in self._backend.tables(reading) and self._version(reading) == SCHEMA_VERSION
        if not current:
            with self._transaction(writes=True) as writing:
                if self._backend.setup_lock:
                    writing.run(self._backend.setup_lock)
                self._upgrade(writing)
        self._ready = True

    def _upgrade(self, transaction: Transaction) -> None:
        """Take every step from the found version to ours, in the caller's transaction: all of them or none."""
        present = self._backend.tables(transaction)
        if "schema_version" in present:
            found = self._version(transaction)
        elif present and isinstance(self._backend, SQLite):
            fix = "Move it away, or set METRICS_EXPORT_PATH to another location."
            raise StoreError(f"{self.place} is another program's database (table {min(present)!r}).", fix)
        else:
            found = 0
            transaction.run("CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY)")
            transaction.run("INSERT INTO schema_version VALUES (0)")
        for version in range(found + 1, SCHEMA_VERSION + 1):
            for statement in STEPS[version]:
                transaction.run(statement)
        transaction.run("UPDATE schema_version SET version = :version", {"version": SCHEMA_VERSION})

    def _version(self, transaction: Transaction) -> int:
        """The schema's version; StoreError for one that this release can't bring up to date."""
        [(found,)] = transaction.rows("SELECT max(version) FROM schema_version")
        if found is None or not 1 <= found <= SCHEMA_VERSION:
            fix = "Use the release that created it, or move it away; the next run creates a new one."
            raise StoreError(
                f"{self.place} has schema version {found!r}; this release supports version {SCHEMA_VERSION}.", fix
            )
        return int(found)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except self._failures as error:
            cause = str(error).strip()
            line = cause.splitlines()[0].rstrip(".") if cause else "no cause given"
            fix = next((fix for words, fix in _FIXES if words in cause.lower()), _OTHER_FIX)
            raise StoreError(f"The database {self.place} can't be used: {line}.", fix) from error
