"""Taking turns: so many threads at once, the others in the order in which they came.

Python's own semaphore lets the thread that gives a turn back take it again before a waiting one has woken up: under
load some threads then wait for hundreds of milliseconds while others never do.
"""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType


class Turns:
    """A context that at most `most` threads are in at once, first come, first served.

    TimeoutError after `patience_s` seconds: a thread that is in already may be waiting for itself.
    """

    def __init__(self, most: int, patience_s: float) -> None:
        self._free, self._patience_s = most, patience_s
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            served = gate.acquire(timeout=self._patience_s)
        except BaseException:
            self._leave(gate)
            raise
        if not served:
            self._leave(gate)
            raise TimeoutError(f"no turn within {self._patience_s:g} s")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def _leave(self, gate: threading.Lock) -> None:
        """Interrupted (Ctrl-C) or out of patience: give up the place, or the turn that was just given."""
        with self._lock:
            if gate in self._waiting:
                self._waiting.remove(gate)
                return
        self.__exit__(None, None, None)
