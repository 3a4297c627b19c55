"""SQLite: one file, its write-ahead log, and what happens when somebody deletes it under us."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from analyst.core.errors import StoreError
from analyst.storage.transaction import Transaction

OLDEST = (3, 35, 0)
"""The first SQLite with RETURNING."""


class FileConnection(sqlite3.Connection):
    """A connection that knows which file it is on: the path may come to mean another one."""

    identity: tuple[int, int] | None = None


class SQLite:
    """The database in file `path`; a writer waits at most `patience_s` for another one's transaction."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error,)
    transaction = Transaction
    writers, readers = 1, 64
    """How many threads of a process may write and read at once. More than one writer would only poll for the lock."""
    setup_lock = ""

    def __init__(self, path: Path, patience_s: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self.path, self.place, self._patience_s, self._sleep = path, str(path), patience_s, sleep
        self._anchor: FileConnection | None = None

    def connect(self) -> FileConnection:
        """A connection; the file is made with mode 600 in a folder of mode 700."""
        if sqlite3.sqlite_version_info < OLDEST:
            raise StoreError(
                f"Python's SQLite is {sqlite3.sqlite_version}; 3.35 or later is required.", "Use a newer Python."
            )
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if self._anchor is None:
            self._anchor = self._opened()
            # Only a connection that has read holds the log open, and can still read it when its name is gone.
            self._anchor.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return self._opened()

    def begin(self, connection: FileConnection, *, writes: bool) -> None:
        """Take the write lock at once: a read that turns into a write fails with "locked" without waiting."""
        connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    def is_live(self, connection: FileConnection) -> bool:
        """Whether others find at the path what `connection` writes."""
        return connection.identity == self._identity()

    def in_place(self) -> bool:
        """Whether the file is still the one that was opened."""
        return self._anchor is not None and self.is_live(self._anchor)

    def rescue(self) -> None:
        """The file is gone: put back what can be read through the connection kept for this, unless another did."""
        anchor = self._anchor
        if anchor is None:
            return
        if not self.path.exists():
            self._put_back(anchor)
        self._anchor = None
        anchor.close()

    def close(self) -> None:
        """Close the connection kept for a rescue."""
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None

    def forget(self) -> None:
        """Leave the connection of the process that this one was forked from alone."""
        self._inherited, self._anchor = self._anchor, None

    def tables(self, transaction: Transaction) -> set[str]:
        """The names of all tables."""
        return {row[0] for row in transaction.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def _opened(self) -> FileConnection:
        connection = sqlite3.connect(
            self.path,
            timeout=self._patience_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            factory=FileConnection,
        )
        try:
            connection.identity = self._identity()
            self._use_log(connection)
            # NORMAL with a write-ahead log survives any death of a process; only a power cut can take the last commits.
            connection.execute("PRAGMA synchronous=NORMAL")
            # Writing the log back waits for the disk: four times rarer than by default, one commit in a thousand.
            connection.execute("PRAGMA wal_autocheckpoint=4000")
        except BaseException:
            connection.close()
            raise
        return connection

    def _put_back(self, anchor: FileConnection) -> None:
        # A log left beside would be taken for the new file's own.
        for leftover in ("-wal", "-shm"):
            Path(f"{self.path}{leftover}").unlink(missing_ok=True)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        os.close(handle)
        try:
            with contextlib.closing(sqlite3.connect(name)) as copy:
                anchor.backup(copy)
            with contextlib.suppress(FileExistsError):
                os.link(name, self.path)
        finally:
            for leftover in ("", "-journal", "-wal", "-shm"):
                Path(f"{name}{leftover}").unlink(missing_ok=True)

    def _identity(self) -> tuple[int, int] | None:
        try:
            told = self.path.stat()
        except OSError:
            return None
        return told.st_dev, told.st_ino

    def _use_log(self, connection: sqlite3.Connection) -> None:
        """Set the write-ahead log. Switching to it ignores the patience: try again ourselves."""
        for left in range(99, -1, -1):
            try:
                if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                    connection.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or not left:
                    raise
                self._sleep(0.05)
