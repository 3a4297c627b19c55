"""The dashboard's parts, read and rendered once for all who watch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request

from analyst.apps.web.pages.charts import charts_of
from analyst.apps.web.pages.ranges import Chosen
from analyst.apps.web.pages.rendering import part
from analyst.apps.web.service import Service, TheService
from analyst.llm.resilience.health import Health
from analyst.observability.alerts import recent
from analyst.observability.live import Range, read_now, read_range
from analyst.observability.receivers import receivers_of
from analyst.protocol.models import ModelStatus

NOW_S, RANGE_S = 0.9, 4.5
"""Seconds for which figures are good for every watcher: those of this moment; those of a range, and of the models."""
Value = TypeVar("Value")


class Shared(Generic[Value]):
    """Values by key that all watchers share: each is read again once it is older than `good_s`, and then forgotten with
    the next one that is read."""

    def __init__(self, good_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._good_s, self._clock = good_s, clock
        self._known: dict[str, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def fresh(self, key: str) -> Value | None:
        """The value of `key` where it need not be read again."""
        known = self._known.get(key)
        return known[1] if known is not None and self._clock() - known[0] < self._good_s else None

    def get(self, key: str, read: Callable[[], Value]) -> Value:
        """The value of `key`."""
        with self._lock:
            value = self.fresh(key)
            if value is None:
                value = read()
                kept = {name: known for name, known in self._known.items() if self.fresh(name) is not None}
                self._known = kept | {key: (self._clock(), value)}
            return value


@dataclass(frozen=True)
class ModelNow:
    """A configured model, and the share of its rate limit that is free (None: no limit is known)."""

    status: ModelStatus
    headroom: float | None


class Dashboard:
    """The parts of `service`'s dashboard as HTML. StoreError where the store can't be read."""

    def __init__(self, service: Service) -> None:
        self._resident, self._health = service.resident, Health(service.resident.store)
        self._now: Shared[str] = Shared(NOW_S)
        self._models: Shared[tuple[ModelNow, ...]] = Shared(RANGE_S)
        self._ranges: Shared[str] = Shared(RANGE_S)

    def fresh(self, chosen: Chosen | None) -> str | None:
        """The part of a range (None: of this moment) where it need not be read again."""
        return self._now.fresh("") if chosen is None else self._ranges.fresh(chosen.query)

    def part(self, chosen: Chosen | None) -> str:
        """The part of a range; None: of this moment."""
        if chosen is None:
            return self._now.get("", self._read_now)
        return self._ranges.get(chosen.query, lambda: self._read(chosen))

    def range(self, chosen: Chosen) -> Range:
        """The figures of a range, read now."""
        resident, now = self._resident, time.time()
        target_s = resident.settings.target_latency_s
        return read_range(resident.store, chosen.slice(now), now, resident.budget(), target_s=target_s)

    def _read_now(self) -> str:
        moment, resident = time.time(), self._resident
        return part(
            "ops_now",
            now=read_now(resident.store, moment),
            budget=resident.budget(),
            alerts=recent(resident.store, moment),
            receivers=[receiver.name for receiver in receivers_of(resident.settings)],
            models=self._models.get("", self._read_models),
            at=moment,
            timezone=resident.settings.timezone,
        )

    def _read_models(self) -> tuple[ModelNow, ...]:
        return tuple(ModelNow(status, self._health.headroom(status.model)) for status in self._resident.models())

    def _read(self, chosen: Chosen) -> str:
        found, zone = self.range(chosen), self._resident.settings.timezone
        return part(
            "ops_range",
            found=found,
            summary=found.summary,
            charts=charts_of(found, zone),
            query=chosen.query,
            timezone=zone,
        )


def dashboard_of(request: Request, service: TheService) -> Dashboard:
    """The dashboard that all watchers of the service share."""
    state = request.app.state
    if not hasattr(state, "dashboard"):
        state.dashboard = Dashboard(service)
    found: Dashboard = state.dashboard
    return found


TheDashboard = Annotated[Dashboard, Depends(dashboard_of)]
