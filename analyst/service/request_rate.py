"""How many requests a user may make: a bucket each that fills evenly, so that a burst passes and a flood does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from analyst.core.errors import BusyError

MOST_BUCKETS = 10_000
"""Users that are remembered: beyond this, those whose bucket is full again are forgotten."""


class RequestRate:
    """Lets each user make `per_minute` requests a minute, all of them at once if need be. `clock` counts seconds."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._per_s, self._clock = float(per_minute), per_minute / 60, clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, user: str) -> None:
        """Count a request of `user`. BusyError: too many; says when the next one is taken."""
        with self._lock:
            now = self._clock()
            left = self._left(user, now)
            if left < 1:
                raise BusyError(f"More than {self._most:.0f} requests in a minute.", (1 - left) / self._per_s)
            if user not in self._buckets and len(self._buckets) >= MOST_BUCKETS:
                self._buckets = {
                    name: kept for name, kept in self._buckets.items() if self._left(name, now) < self._most
                }
            self._buckets[user] = left - 1, now

    def _left(self, user: str, now: float) -> float:
        left, at = self._buckets.get(user, (self._most, now))
        return min(self._most, left + (now - at) * self._per_s)
