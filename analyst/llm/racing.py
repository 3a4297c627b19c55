"""Attempts of one request that may run side by side: one at first, the next one beside it when it is late.

A call that waits for a late model asks the next one without giving the first up (a hedged request: Dean and Barroso,
The Tail at Scale, 2013). Such calls are a bounded share of all. A model that is as good as lost is followed by the next
one like one that has failed, and what fails beside a late one is replaced at once. The first good answer counts. The
other calls go on to their ends, so that they are booked at what they cost: a stream that is closed early is billed all
the same, at a figure that nobody tells.
"""

from __future__ import annotations

import atexit
import contextlib
import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakSet

from analyst.core.interruption import INTERRUPTION
from analyst.llm.listening import Pulse
from analyst.protocol.calls import CallRecord

POLL_S, GLANCE_S = 0.25, 0.02
"""How often a running attempt is looked at, which may become late the sooner for having written something."""
ENDING_S = 5.0
"""How long the end of the program waits for the calls that nobody waits for any more, to book what they cost."""
BURST = 4.0
"""So many second calls may be made before any call was counted, and are saved up for when many models are late at once.
"""


class HedgeLimit:
    """Lets a second call through for a bounded `share` (0 to 1) of all calls, of this process and of any thread."""

    def __init__(self, share: float) -> None:
        self._share, self._saved = share, BURST if share else 0.0
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return self._share > 0

    def count(self) -> None:
        """One more call was made."""
        with self._lock:
            self._saved = min(self._saved + self._share, BURST)

    @property
    def ready(self) -> bool:
        """Whether a second call may be made now."""
        return self._saved >= 1.0

    def take(self) -> bool:
        """Whether a second call may be made now; it is counted as made."""
        with self._lock:
            allowed = self._saved >= 1.0
            self._saved -= allowed
        return allowed


Attempt = Callable[[Pulse], CallRecord | None]
"""Makes an attempt whose signs of life the pulse shows: its good answer, or None."""


@dataclass(frozen=True)
class Ended:
    """How the attempt with `model` ended: with a good `answer`, without one, or in an `error` that is no model's."""

    model: str
    answer: CallRecord | None = None
    error: BaseException | None = None


class Race:
    """The attempts of one request, each on a thread of its own. Used by one thread; `clock` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._over: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self.running: dict[str, Pulse] = {}

    def start(self, model: str, attempt: Attempt) -> None:
        """Begin an attempt with `model`."""
        pulse = self.running[model] = Pulse()
        thread = threading.Thread(target=self._run, args=(model, attempt, pulse), name=f"attempt-{model}", daemon=True)
        _ATTEMPTS.add(thread)
        thread.start()

    def ended(self, *, late_by: float | None) -> Ended | None:
        """The next attempt that ended; None as soon as all under way are lost, or the only one is late by so many
        seconds (None: wait for one all the same)."""
        if late_by is None:
            return self._next(None)
        while True:
            ended = self._next(min(self._idle_in(late_by), POLL_S))
            if ended is None and self._idle_in(late_by) <= 0:
                # It may be we who were busy: what has arrived meanwhile is read first.
                ended = self._next(GLANCE_S)
                if ended is None and self._idle_in(late_by) <= 0:
                    return None
            if ended is not None:
                return ended

    @property
    def late(self) -> bool:
        """Whether attempts are under way, and every one is late."""
        now = self._clock()
        return bool(self.running) and all(pulse.late_in(now) <= 0 for pulse in self.running.values())

    @property
    def lost(self) -> bool:
        """Whether every attempt under way is as good as lost."""
        return self._lost_in(self._clock()) <= 0

    def _idle_in(self, late_by: float) -> float:
        """Seconds until another one may be asked."""
        now = self._clock()
        alone = [pulse.late_in(now - late_by) for pulse in self.running.values()] if len(self.running) == 1 else []
        return min([*alone, self._lost_in(now)])

    def _lost_in(self, now: float) -> float:
        return max((pulse.lost_in(now) for pulse in self.running.values()), default=math.inf)

    def _next(self, wait_s: float | None) -> Ended | None:
        try:
            over = self._over.get(timeout=wait_s)
        except queue.Empty:
            return None
        del self.running[over.model]
        if over.error is not None:
            raise over.error
        return over

    def _run(self, model: str, attempt: Attempt, pulse: Pulse) -> None:
        try:
            self._over.put(Ended(model, attempt(pulse)))
        except BaseException as error:
            self._over.put(Ended(model, error=error))


_ATTEMPTS: WeakSet[threading.Thread] = WeakSet()


@atexit.register
def _wait_for_the_last() -> None:
    """Whoever presses Ctrl-C waits for nobody: what is under way then counts at its reservation."""
    until = time.monotonic() + (ENDING_S if INTERRUPTION.code is None else 0.0)
    for thread in list(_ATTEMPTS):
        with contextlib.suppress(RuntimeError):
            thread.join(max(until - time.monotonic(), 0.0))
