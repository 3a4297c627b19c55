"""Workers that have run a plan and wait for the next: starting one costs 0.6 s of a core, and the libraries of a method
up to two more.

Only a worker that is idle and answers is kept; one that passed a limit, or was stopped at work, never comes back. The
next plan opens its own table on a connection of its own, in the same limits. The one that was used last is used first,
so that few workers load libraries.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from analyst.execution.process import WorkerDied, WorkerProcess, WorkerSilent

MOST_USES = 200
"""A worker is replaced after so many plans, so that no leak of a library lasts."""
CLOSE_TIMEOUT_S = 5.0


class WorkerPool:
    """At most `size` idle workers for plans that may use `memory_mb`. Safe to use from several threads."""

    def __init__(self, size: int, *, memory_mb: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._memory_mb, self._clock = size, memory_mb, clock
        self._idle: list[WorkerProcess] = []
        self._uses: dict[int, int] = {}
        self._lock = threading.Lock()

    def fill(self, least: int | None = None) -> None:
        """Start workers until at least so many are idle (None: all): they load what every plan needs before it is asked
        for."""
        with self._lock:
            while len(self._idle) < (self._size if least is None else min(least, self._size)):
                worker = WorkerProcess(self._clock)
                worker.send({"op": "warm"})
                self._idle.append(worker)

    def take(self, memory_mb: int) -> WorkerProcess:
        """An idle worker, or a new one. One with other limits is always new."""
        with self._lock:
            while self._idle and memory_mb == self._memory_mb:
                worker = self._idle.pop()
                if worker.alive:
                    self._uses[worker.pid] = self._uses.get(worker.pid, 0) + 1
                    return worker
        return WorkerProcess(self._clock)

    def give_back(self, worker: WorkerProcess, memory_mb: int) -> None:
        """Keep `worker`, which must be idle, for the next analysis; end it when it can't be kept."""
        if memory_mb != self._memory_mb or self._uses.get(worker.pid, 0) >= MOST_USES or not _closed(worker):
            worker.kill()
            return
        with self._lock:
            if len(self._idle) < self._size:
                self._idle.append(worker)
                return
        worker.kill()

    def close(self) -> None:
        """End all idle workers."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()


def _closed(worker: WorkerProcess) -> bool:
    """Whether the worker has let go of its table and says so."""
    try:
        worker.send({"op": "close"})
        return bool(worker.receive(CLOSE_TIMEOUT_S).get("closed"))
    except (WorkerDied, WorkerSilent):
        return False
