"""Tells the followers of this process that a run has news, without a look at the store."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Bell:
    """A count of each run's news, and whom to call when there is some. Safe to use from several threads."""

    def __init__(self) -> None:
        self._rung: Counter[str] = Counter()
        self._listeners: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self._lock = threading.Lock()

    def ring(self, run_id: str) -> None:
        """There is news of the run."""
        with self._lock:
            self._rung[run_id] += 1
            self._call(run_id)

    def rung(self, run_id: str) -> int:
        """Changes whenever there is news."""
        return self._rung[run_id]

    def forget(self, run_id: str) -> None:
        """There will be no more news of the run: what followers see changes once more."""
        with self._lock:
            self._rung.pop(run_id, None)
            self._call(run_id)

    @contextmanager
    def heard(self, run_id: str, listener: Callable[[], None]) -> Iterator[None]:
        """Have `listener` called at each news of the run while the block runs. It must return at once."""
        with self._lock:
            self._listeners[run_id].append(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners[run_id].remove(listener)
                if not self._listeners[run_id]:
                    del self._listeners[run_id]

    def _call(self, run_id: str) -> None:
        for listener in self._listeners.get(run_id, ()):
            listener()
