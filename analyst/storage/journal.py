"""Writes that go on when the store does not: kept in memory, in order, until it takes them again.

A store that is full, read-only, locked or gone must not end an analysis, and what could not be written must not be lost
while the process lives. After a failure the store is left in peace for a while, so that no call waits for it.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from analyst.core.errors import StoreError
from analyst.storage.transaction import Transaction

Result = TypeVar("Result")
Change = Callable[[Transaction], object]
RETRY_S = 5.0
"""How long the store is left in peace after a failure."""
MOST_KEPT = 20_000
"""Writes kept in memory (about a kilobyte each); beyond this the oldest go, and are counted."""
_LOG = logging.getLogger(__name__)


class Writable(Protocol):
    """What the journal needs of the store it writes to."""

    @property
    def place(self) -> str: ...

    def write(self) -> AbstractContextManager[Transaction]: ...


class Journal:
    """Writes to `store`; `warn` is told once when it begins to fail and once when all is written again."""

    def __init__(
        self,
        store: Writable,
        *,
        clock: Callable[[], float] = time.monotonic,
        warn: Callable[[str], None] = _LOG.warning,
        most_kept: int = MOST_KEPT,
    ) -> None:
        self.warn = warn
        self._store, self._clock, self._most_kept = store, clock, most_kept
        self._waiting: deque[Change] = deque()
        self._failure: StoreError | None = None
        self._next_try, self._lost = 0.0, 0
        self._trying, self._lock = threading.Lock(), threading.Lock()

    @property
    def waiting(self) -> int:
        """How many writes are kept in memory."""
        return len(self._waiting)

    def attempt(self, change: Callable[[Transaction], Result]) -> Result:
        """Do `change` now, after all that waits, in one transaction. StoreError when the store can't be written."""
        if self._failure is None and not self._waiting:
            return self._written((), change)
        if not self._trying.acquire(blocking=self._failure is None):
            raise self._still()
        try:
            if self._failure is not None and self._clock() < self._next_try:
                raise self._still()
            return self._written(tuple(self._waiting), change)
        finally:
            self._trying.release()

    def write(self, change: Callable[[Transaction], Result]) -> Result | None:
        """Do `change` now if that is possible, else later; None when it waits."""
        try:
            return self.attempt(change)
        except StoreError:
            self._keep(change)
            return None

    def flush(self) -> bool:
        """Write what waits, however short ago it failed; whether nothing is left."""
        if not self._waiting:
            return True
        self._next_try = 0.0
        try:
            self.attempt(lambda _: None)
        except StoreError:
            return False
        return not self._waiting

    def _still(self) -> StoreError:
        """The failure that lasts, as an error of its own: one error is never raised on two threads."""
        known = self._failure
        return (
            StoreError(known.message, known.fix) if known else StoreError("The database can't be used at the moment.")
        )

    def _written(self, waiting: Sequence[Change], change: Callable[[Transaction], Result]) -> Result:
        try:
            with self._store.write() as transaction:
                for earlier in waiting:
                    earlier(transaction)
                result = change(transaction)
        except StoreError as error:
            self._failed(error)
            raise
        if self._failure is not None or waiting:
            self._mended(waiting)
        return result

    def _failed(self, error: StoreError) -> None:
        with self._lock:
            first, self._failure = self._failure is None, error
            self._next_try = self._clock() + RETRY_S
        if first:
            self.warn(f"{error} Until it works again, records are kept in memory and no paid calls are made.")

    def _mended(self, written: Sequence[Change]) -> None:
        with self._lock:
            for change in written:
                # One that was waiting may have been dropped meanwhile, for room.
                if self._waiting and self._waiting[0] is change:
                    self._waiting.popleft()
            failed, self._failure = self._failure, None
            lost, self._lost = self._lost, 0
        if failed is not None:
            told = f" {lost} older ones were lost because memory for waiting records was full." if lost else ""
            self.warn(
                f"The database {self._store.place} works again. {len(written)} waiting records were written.{told}"
            )

    def _keep(self, change: Change) -> None:
        with self._lock:
            if not self._waiting:
                atexit.unregister(self._at_exit)
                atexit.register(self._at_exit)
            if len(self._waiting) >= self._most_kept:
                self._waiting.popleft()
                self._lost += 1
            self._waiting.append(change)

    def _at_exit(self) -> None:
        if not self.flush():
            self.warn(f"{self.waiting} records could not be written to {self._store.place} and are lost.")
