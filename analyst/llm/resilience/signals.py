"""What is known of each candidate when an agent's call is ordered: how it did lately, what stands in its way, the day.

Figures come from the recorded calls of all processes, read every few seconds, never per call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analyst.core.errors import StoreError
from analyst.llm.resilience.health import Health
from analyst.llm.resilience.hours import PeakHours
from analyst.storage.performance import recent_calls
from analyst.storage.sums import percentiles

if TYPE_CHECKING:
    from analyst.storage.database import Store

FRESH_S = 5.0
WINDOW_S = 3600.0
"""A model that did badly gets its chance again after this: nothing new is learnt of it while it is not asked."""
PRIOR_CALLS = 4
"""A model without a history counts as having had so many good calls: one failure must not damn it."""


@dataclass(frozen=True)
class Performance:
    """How a model did for an agent lately. Times in seconds, cost in USD an accepted answer; None: never measured.

    `failed` (no usable answer) and `rejected` (refused by our check) are shares of calls, drawn to 0 by PRIOR_CALLS.
    """

    calls: int = 0
    failed: float = 0.0
    rejected: float = 0.0
    p50_s: float | None = None
    p95_s: float | None = None
    cost_per_accepted: Decimal | None = None


@dataclass(frozen=True)
class StreamPace:
    """How a model's replies came in lately, over all agents: `calls` were measured, p90 and p95 to the first token
    (seconds), and the median pace after it; None: never measured."""

    calls: int = 0
    first_p95_s: float | None = None
    tokens_per_s: float | None = None
    first_p90_s: float | None = None


@dataclass(frozen=True)
class Situation:
    """All that a policy looks at for one call. What can't be called now keeps its place: admission refuses it at once.

    `list_costs` are USD of a typical call by list price, `published_s` its seconds by published speed; `pressure` is 0
    while spending is on plan and 1 at the soft limit; `time_s` is what the call may take (None: no deadline) and
    `target_s` what it should; `refused` names models whose reply failed the check.
    """

    performance: Mapping[str, Performance] = field(default_factory=dict)
    headroom: Mapping[str, float | None] = field(default_factory=dict)
    list_costs: Mapping[str, Decimal] = field(default_factory=dict)
    published_s: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, str] = field(default_factory=dict)
    pressure: float = 0.0
    peak: PeakHours | None = None
    time_s: float | None = None
    target_s: float | None = None
    refused: tuple[str, ...] = ()

    def cost(self, model: str) -> Decimal:
        """USD an accepted answer: measured where there is a measurement, else a typical call's list price."""
        measured = self.performance.get(model, Performance()).cost_per_accepted
        return self.list_costs.get(model, Decimal(0)) if measured is None else measured


class Signals:
    """The recent performance of every model for every agent, and the models' conditions."""

    def __init__(self, store: Store | None, health: Health, *, clock: Callable[[], float] = time.time) -> None:
        self._store, self._health, self._clock = store, health, clock
        self._measured: dict[tuple[str, str], Performance] = {}
        self._streams: dict[str, StreamPace] = {}
        self._read_at = float("-inf")
        self._refreshing = threading.Lock()

    def performance(self, agent: str, model: str) -> Performance:
        """How `model` did for `agent` in the last WINDOW_S."""
        self._refresh()
        return self._measured.get((agent, model), Performance())

    def stream(self, model: str) -> StreamPace:
        """How the replies of `model` came in, in the last WINDOW_S."""
        self._refresh()
        return self._streams.get(model, StreamPace())

    def headroom(self, model: str) -> float | None:
        """The share of the model's rate limit that is left; None where no limit is known."""
        return self._health.headroom(model)

    def _refresh(self) -> None:
        if self._store is None or self._clock() - self._read_at < FRESH_S:
            return
        if not self._refreshing.acquire(blocking=False):
            return
        try:
            with self._store.read() as transaction:
                rows = recent_calls(transaction, self._clock() - WINDOW_S)
            self._measured, self._streams = measure(rows), paces(rows)
        except StoreError:
            pass
        finally:
            self._read_at = self._clock()
            self._refreshing.release()


def measure(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Performance]:
    """Performance by (agent, model) of recorded calls (analyst.storage.performance.recent_calls)."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["agent_name"], row["model_used"]), []).append(row)
    return {key: _performance(group) for key, group in groups.items()}


def paces(rows: Iterable[Mapping[str, Any]]) -> dict[str, StreamPace]:
    """By model, how the replies of recorded calls came in."""
    groups: dict[str, list[tuple[float, float, int]]] = {}
    for row in rows:
        if row["success"] and row["first_token_s"] is not None:
            writing_s = row["latency_s"] - row["first_token_s"]
            groups.setdefault(row["model_used"], []).append((row["first_token_s"], writing_s, row["output_tokens"]))
    return {model: _pace(group) for model, group in groups.items()}


def _pace(group: Sequence[tuple[float, float, int]]) -> StreamPace:
    p90_s, p95_s = percentiles((first_s for first_s, _, _ in group), (0.9, 0.95))
    [pace] = percentiles((tokens / writing_s for _, writing_s, tokens in group if writing_s > 0), (0.5,))
    return StreamPace(len(group), p95_s, pace, p90_s)


def _performance(rows: list[Mapping[str, Any]]) -> Performance:
    rejected = sum(bool(row["rejected"]) for row in rows)
    accepted = sum(bool(row["success"]) and not row["rejected"] for row in rows)
    weight = len(rows) + PRIOR_CALLS
    p50, p95 = percentiles((row["latency_s"] for row in rows if row["success"]), (0.5, 0.95))
    cost = Decimal(sum(row["cost_micros"] for row in rows)) / 1_000_000
    return Performance(
        calls=len(rows),
        failed=(len(rows) - accepted - rejected) / weight,
        rejected=rejected / weight,
        p50_s=p50,
        p95_s=p95,
        cost_per_accepted=cost / accepted if accepted else None,
    )
