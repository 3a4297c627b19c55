"""One deadline an analysis, shared out over its calls, so that a slow model never eats the next one's time."""

from __future__ import annotations

from collections.abc import Callable

PLANNED = 0.8
"""The share of the target that calls are planned into. Late and failed ones take the rest: where usual times alone fill
the target, the mean misses it."""


class Deadline:
    """`total_s` seconds from now on `clock` (monotonic seconds). Immutable: threads share it without a lock.

    `target_s` is when the analysis should be done, long before it must be (None: no hurry).
    """

    def __init__(self, clock: Callable[[], float], total_s: float, target_s: float | None = None) -> None:
        self._clock = clock
        self._end = clock() + total_s
        self._planned_end = None if target_s is None else clock() + PLANNED * target_s

    def left(self) -> float:
        """Seconds until the deadline; 0 when it is past."""
        return max(self._end - self._clock(), 0.0)

    def share(self, calls_left: int) -> float:
        """Seconds that the next call may take when so many are still to come, this one included (at least 1)."""
        return self.left() / max(calls_left, 1)

    def target_share(self, calls_left: int) -> float | None:
        """Seconds that the next call should take for the target to be met (at least 1); None: no target."""
        if self._planned_end is None:
            return None
        return max((self._planned_end - self._clock()) / max(calls_left, 1), 1.0)

    @property
    def past(self) -> bool:
        """Whether no time is left."""
        return self.left() <= 0
