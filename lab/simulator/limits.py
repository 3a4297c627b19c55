"""Rate limits as token buckets, which is how Anthropic says it does it and what Groq's and OpenAI's reset times show.

A bucket holds a minute's (or a day's) worth and refills steadily. A request is admitted when every bucket holds what
it may use at most (its prompt, and max_tokens of output); what it did not use is given back when it ends. Anthropic's
pages say so of its output limit in so many words; there, max_tokens above the whole limit counts as the whole limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.simulator.providers import Limits

MINUTE, DAY = 60.0, 86_400.0


class Bucket:
    """One limit: `size` units a `period_s`, full at the start."""

    def __init__(self, size: int, period_s: float, now: float) -> None:
        self.size, self.period_s = size, period_s
        self._level, self._at = float(size), now

    def level(self, now: float) -> float:
        """What is left at `now`; below zero when more was used than foreseen."""
        refilled = max(now - self._at, 0.0) * self.size / self.period_s
        return min(self._level + refilled, float(self.size))

    def take(self, amount: float, now: float) -> None:
        """Use `amount` (a negative one is given back)."""
        self._level, self._at = min(self.level(now) - amount, float(self.size)), now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until `amount` is there."""
        return max(amount - self.level(now), 0.0) * self.period_s / self.size

    def full_in(self, now: float) -> float:
        """Seconds until the bucket is full: what the providers call its reset."""
        return (self.size - self.level(now)) * self.period_s / self.size


@dataclass(frozen=True)
class Standing:
    """How a limit stands: for headers and messages. Times in simulated seconds."""

    kind: str
    limit: int
    remaining: int
    reset_s: float


@dataclass(frozen=True)
class Shortage:
    """Why a request was not admitted: `wait_s` None when it could never be (it asks for more than the limit)."""

    standing: Standing
    requested: int
    wait_s: float | None


@dataclass(frozen=True)
class Need:
    """What a request may use at most."""

    input_tokens: int
    max_output: int

    def of(self, kind: str) -> int:
        """How much of the limit called `kind`."""
        tokens = {"tokens": self.input_tokens + self.max_output, "input_tokens": self.input_tokens}
        return {**tokens, "output_tokens": self.max_output}.get(kind, 1)


class Limiter:
    """All limits of one model at one provider."""

    def __init__(self, limits: Limits, now: float) -> None:
        sizes = {
            "requests": (limits.requests_per_minute, MINUTE),
            "requests_per_day": (limits.requests_per_day, DAY),
            "tokens": (limits.tokens_per_minute, MINUTE),
            "input_tokens": (limits.input_tokens_per_minute, MINUTE),
            "output_tokens": (limits.output_tokens_per_minute, MINUTE),
        }
        self._buckets = {kind: Bucket(size, period, now) for kind, (size, period) in sizes.items() if size}

    def admit(self, need: Need, now: float) -> Shortage | None:
        """Take what `need` may use and return None; or take nothing and say which limit stands in the way."""
        short = [
            Shortage(self._standing(kind, now), need.of(kind), self._wait(kind, need, now))
            for kind, bucket in self._buckets.items()
            if bucket.level(now) < self._claim(kind, need)
        ]
        if short:
            return max(short, key=lambda s: float("inf") if s.wait_s is None else s.wait_s)
        for kind, bucket in self._buckets.items():
            bucket.take(self._claim(kind, need), now)
        return None

    def settle(self, need: Need, input_tokens: int, output_tokens: int, now: float) -> None:
        """Give back what an admitted request did not use; `input_tokens` without cached ones, which don't count."""
        used = Need(input_tokens, output_tokens)
        for kind, bucket in self._buckets.items():
            bucket.take(used.of(kind) - self._claim(kind, need), now)

    def standings(self, now: float) -> dict[str, Standing]:
        """Every limit as it stands."""
        return {kind: self._standing(kind, now) for kind in self._buckets}

    def _claim(self, kind: str, need: Need) -> int:
        """What an admitted request takes of a limit until it ends."""
        return min(need.of(kind), self._buckets[kind].size) if kind == "output_tokens" else need.of(kind)

    def _wait(self, kind: str, need: Need, now: float) -> float | None:
        bucket, claim = self._buckets[kind], self._claim(kind, need)
        return None if claim > bucket.size else bucket.wait(claim, now)

    def _standing(self, kind: str, now: float) -> Standing:
        bucket = self._buckets[kind]
        return Standing(kind, bucket.size, max(int(bucket.level(now)), 0), bucket.full_in(now))
