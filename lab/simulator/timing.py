"""Simulated time: how fast it runs beside real time, and how long a simulated model takes to answer.

With `speed` 10 a simulated minute lasts six real seconds: latencies, limits per minute and a scenario's script all
shrink alike. What is told to clients (Retry-After, reset times) is converted to their real seconds.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Sleep = Callable[[float], Awaitable[None]]


class SimulatedTime:
    """A clock in simulated seconds. `clock` and `sleep` count real seconds, `wall_clock` real seconds since 1970."""

    def __init__(
        self,
        speed: float = 1.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.speed, self.wall_clock, self._clock, self._sleep = speed, wall_clock, clock, sleep

    def now(self) -> float:
        """Simulated seconds since some moment."""
        return self._clock() * self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait so many simulated seconds."""
        if seconds > 0:
            await self._sleep(seconds / self.speed)

    def real(self, seconds: float) -> float:
        """How long so many simulated seconds are for a client."""
        return seconds / self.speed


@dataclass(frozen=True)
class Latency:
    """How long a model takes, as medians with a log-normal spread; `source` says whose published figures they are.

    `first_token_s`: before the first token, whatever the prompt; `prefill_per_s`: tokens of fresh prompt read a
    second (0: not told apart); `tokens_per_s`: tokens written a second. A `spread` of 0.35 makes the 95th percentile
    1.8 times the median, which is about what the public latency trackers show for a good day.
    """

    first_token_s: float
    tokens_per_s: float
    source: str
    prefill_per_s: float = 0.0
    spread: float = 0.35

    def sample(self, rng: random.Random, fresh_input: int, slowdown: float) -> tuple[float, float]:
        """(seconds to the first token, seconds a token after it) of one call, `slowdown` times the usual."""
        reading = fresh_input / self.prefill_per_s if self.prefill_per_s else 0.0
        first = (self.first_token_s + reading) * math.exp(rng.gauss(0, self.spread)) * slowdown
        each = math.exp(rng.gauss(0, self.spread / 2)) * slowdown / self.tokens_per_s
        return first, each
