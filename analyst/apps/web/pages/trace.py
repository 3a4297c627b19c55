"""One run for its engineer: every attempt on a time line, and why each request went the way it did."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyst.storage import calls, runs, timeline
from analyst.storage.database import Store

SPAN = 200
"""Units of the time line's width."""
LEAST_S = 0.001


@dataclass(frozen=True)
class Attempt:
    """A call, or a candidate that was passed over, and where it lies on the time line."""

    call: Mapping[str, Any]
    x: float
    width: float

    @property
    def refused(self) -> bool:
        """Whether it was made in vain."""
        return bool(self.call["called"] and (not self.call["success"] or self.call["rejected"]))


@dataclass(frozen=True)
class Routed:
    """A request's way: its agent, the models in their order with the reason of each place, what was tried in vain as
    (model, reason, detail), and the seconds in which nobody was asked."""

    agent: str
    order: Sequence[tuple[str, str]]
    tried: Sequence[tuple[str, str, str]]
    waited_s: float


@dataclass(frozen=True)
class Trace:
    """A run: its record (None: none was made), when it began (Unix seconds), how long its calls took together, its
    attempts in the order in which they began, its requests' ways."""

    run: Mapping[str, Any] | None
    begun: float
    lasted_s: float
    attempts: Sequence[Attempt]
    routed: Sequence[Routed]


def read_trace(store: Store, run_id: str, now: float) -> Trace | None:
    """What is recorded of a run; None: nothing is. StoreError when it can't be read."""
    with store.read() as transaction:
        run = runs.run_of(transaction, run_id, now)
        found = timeline.calls_of(transaction, run_id)
        routes = calls.routes_of(transaction, run_id)
    if run is None and not found:
        return None
    begins = [call["timestamp"] - call["latency_s"] for call in found]
    begun = min(begins, default=0.0 if run is None else run["started_at"])
    lasted = max(max((call["timestamp"] for call in found), default=begun) - begun, LEAST_S)
    attempts = [
        Attempt(call, (SPAN - 2) * (begin - begun) / lasted, max((SPAN - 2) * call["latency_s"] / lasted, 2))
        for begin, call in sorted(zip(begins, found, strict=True), key=lambda pair: pair[0])
    ]
    return Trace(run, begun, lasted, attempts, [_routed(route) for route in routes])


def _routed(route: Mapping[str, Any]) -> Routed:
    """The router's account of a request, which the store keeps as JSON; a text that was cut tells nothing."""
    try:
        told = json.loads(route["tried"])
    except ValueError:
        told = {}
    order = [(one["model"], one["why"]) for one in told.get("order", ())]
    tried = [(one["model"], one["reason"], one["detail"]) for one in told.get("tried", ())]
    return Routed(route["agent_name"], order, tried, told.get("waited_s", 0.0))
