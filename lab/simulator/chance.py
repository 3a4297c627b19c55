"""The randomness of a run: which request fails how depends on the seed and on what is asked, not on who comes first.

A request's luck is drawn from (seed, provider, model, what is asked, how often that was asked before). Requests that
arrive at the same time in another order thus meet the same fate, which a counter of requests would not give; two
requests for the same thing are each other's equal, so which of them was "first" does not matter. What rests on time
or on the order of arrival by its nature (rate limits, prompt caches, a scenario's script) stays so.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Luck:
    """What chance has in store for one request: independent random streams by name."""

    seed: int
    key: str
    occurrence: int

    def stream(self, purpose: str) -> random.Random:
        """A random stream of its own for `purpose`, the same at each call."""
        return random.Random(f"{self.seed}/{self.key}/{self.occurrence}/{purpose}")

    def token(self, purpose: str, length: int = 24) -> str:
        """An identifier of hexadecimal digits."""
        return f"{self.stream(purpose).getrandbits(length * 4):0{length}x}"

    def fault(self, shares: Mapping[str, float], order: Mapping[str, Any]) -> str | None:
        """The fault that strikes, or None; `shares` of requests by fault, gone through in `order`."""
        drawn, reached = self.stream("fault").random(), 0.0
        for name in order:
            reached += shares.get(name, 0.0)
            if drawn < reached:
                return name
        return None


class Chance:
    """Hands out luck, counting how often each thing was asked since the start or the last `reset`."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._asked: Counter[str] = Counter()

    def luck(self, provider: str, model: str, asked: Any) -> Luck:
        """The luck of a request of `provider`'s `model` for `asked` (anything that JSON can hold)."""
        written = json.dumps([provider, model, asked], sort_keys=True, default=str)
        key = hashlib.sha256(written.encode()).hexdigest()
        self._asked[key] += 1
        return Luck(self.seed, key, self._asked[key])

    def reset(self, seed: int | None = None) -> None:
        """Begin the run anew."""
        self.seed = self.seed if seed is None else seed
        self._asked.clear()
