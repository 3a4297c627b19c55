"""The dashboard's parts, read and rendered once for all who watch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from analyst.apps.web.pages.charts import calls_chart, spend_chart
from analyst.apps.web.pages.rendering import part
from analyst.apps.web.service import Service
from analyst.llm.resilience.health import Health
from analyst.observability.live import DAY_S, HOUR_S, MINUTE_S, read_now, read_range
from analyst.protocol.models import ModelStatus

RANGES: Mapping[str, tuple[str, float | None]] = {
    "15m": ("15 minutes", 15 * MINUTE_S),
    "24h": ("24 hours", 24 * HOUR_S),
    "7d": ("7 days", 7 * DAY_S),
    "all": ("Everything", None),
}
"""The ranges by the name in the address: what a person reads, and their seconds (None: from the beginning)."""
NOW_S, RANGE_S = 0.9, 4.5
"""Seconds for which figures are good for every watcher: those of this moment; those of a range, and of the models."""
Value = TypeVar("Value")


class Shared(Generic[Value]):
    """Values by key that all watchers share: each is read again once it is older than `good_s`."""

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
                self._known[key] = self._clock(), value
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

    def fresh(self, name: str | None) -> str | None:
        """The part of range `name` (None: of this moment) where it need not be read again."""
        return self._now.fresh("") if name is None else self._ranges.fresh(name)

    def part(self, name: str | None) -> str:
        """The part of range `name`; None: of this moment."""
        return self._now.get("", self._read_now) if name is None else self._ranges.get(name, lambda: self._read(name))

    def _read_now(self) -> str:
        moment, resident = time.time(), self._resident
        return part(
            "ops_now",
            now=read_now(resident.store, moment),
            budget=resident.budget(),
            models=self._models.get("", self._read_models),
            at=moment,
            timezone=resident.settings.timezone,
        )

    def _read_models(self) -> tuple[ModelNow, ...]:
        return tuple(ModelNow(status, self._health.headroom(status.model)) for status in self._resident.models())

    def _read(self, name: str) -> str:
        settings, seconds = self._resident.settings, RANGES[name][1]
        found = read_range(
            self._resident.store, time.time(), seconds, self._resident.budget(), target_s=settings.target_latency_s
        )
        charts = (calls_chart(found, settings.timezone), spend_chart(found, settings.timezone))
        return part("ops_range", found=found, summary=found.summary, charts=charts, timezone=settings.timezone)
