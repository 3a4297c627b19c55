"""/ops: the platform live, for the engineer who runs it. While nobody looks, nothing is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import APIRouter
from starlette.responses import Response

from analyst.apps.web.pages.charts import Chart, calls_chart, spend_chart
from analyst.apps.web.pages.rendering import PageRoute, page
from analyst.apps.web.pages.workbench import values
from analyst.apps.web.service import Service, TheAsker, TheService
from analyst.core.errors import NotFoundError
from analyst.llm.resilience.health import Health
from analyst.observability.live import DAY_S, HOUR_S, MINUTE_S, Now, Range, read_now, read_range
from analyst.protocol.models import ModelStatus
from analyst.storage import timeline

router = APIRouter(prefix="/ops", include_in_schema=False, route_class=PageRoute)
RANGES: Mapping[str, tuple[str, float | None]] = {
    "15m": ("15 minutes", 15 * MINUTE_S),
    "24h": ("24 hours", 24 * HOUR_S),
    "7d": ("7 days", 7 * DAY_S),
    "all": ("Everything", None),
}
"""The ranges by the name in the address: what a person reads, and their seconds (None: from the beginning)."""
DEFAULT = "24h"
NOW_S, RANGE_S = 0.9, 5.0
"""Seconds for which figures are good for every watcher: those of this moment; those of a range, and of the models."""
Value = TypeVar("Value")


@dataclass(frozen=True)
class ModelNow:
    """A configured model, and the share of its rate limit that is free (None: no limit is known)."""

    status: ModelStatus
    headroom: float | None


class Shared(Generic[Value]):
    """Values by key that all watchers share: each is read again once it is older than `good_s`."""

    def __init__(self, good_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._good_s, self._clock = good_s, clock
        self._known: dict[str, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: str, read: Callable[[], Value]) -> Value:
        """The value of `key`."""
        with self._lock:
            known = self._known.get(key)
            if known is None or self._clock() - known[0] >= self._good_s:
                known = self._known[key] = self._clock(), read()
            return known[1]


_NOW: Shared[dict[str, Any]] = Shared(NOW_S)
_MODELS: Shared[list[ModelNow]] = Shared(RANGE_S)
_RANGES: Shared[dict[str, Any]] = Shared(RANGE_S)


@router.get("")
def ops(service: TheService, asker: TheAsker, over: str = DEFAULT) -> Response:
    """The dashboard; its two parts are loaded again and again while it is seen."""
    name = over if over in RANGES else DEFAULT
    told = values(service, asker) | _now(service) | _range(service, name)
    return page("ops", **told, ranges={key: label for key, (label, _) in RANGES.items()}, chosen=name)


@router.get("/now")
def now(service: TheService, asker: TheAsker) -> Response:
    """This moment, as a part of the page."""
    return page("ops_now", **values(service, asker), **_now(service))


@router.get("/range")
def figures(service: TheService, asker: TheAsker, over: str = DEFAULT) -> Response:
    """A range's figures, as a part of the page."""
    return page("ops_range", **values(service, asker), **_range(service, over if over in RANGES else DEFAULT))


@router.get("/runs/{id}")
def run(id: str, service: TheService, asker: TheAsker) -> Response:
    """Every attempt of one run on a time line: who was asked, what came of it, why."""
    with service.resident.store.read() as transaction:
        calls = timeline.calls_of(transaction, id)
    if not calls:
        raise NotFoundError(f"No call of the run {id!r} is recorded.", "Check its id.")
    begun = min(call["timestamp"] - call["latency_s"] for call in calls)
    lasted = max(max(call["timestamp"] for call in calls) - begun, 0.001)
    return page("ops_run", **values(service, asker), id=id, calls=calls, begun=begun, lasted=lasted)


def _place(service: Service) -> str:
    return service.resident.store.place


def _now(service: Service) -> dict[str, Any]:
    return _NOW.get(_place(service), lambda: _read_now(service))


def _read_now(service: Service) -> dict[str, Any]:
    moment, store = time.time(), service.resident.store
    found: Now = read_now(store, moment)
    models = _MODELS.get(_place(service), lambda: _models(service))
    return {"now": found, "budget": service.resident.budget(), "models": models, "at": moment}


def _models(service: Service) -> list[ModelNow]:
    """Each configured model with the share of its limit that is free."""
    health = Health(service.resident.store)
    return [ModelNow(status, health.headroom(status.model)) for status in service.resident.models()]


def _range(service: Service, name: str) -> dict[str, Any]:
    return _RANGES.get(f"{name} {_place(service)}", lambda: _read_range(service, name))


def _read_range(service: Service, name: str) -> dict[str, Any]:
    budget, settings = service.resident.budget(), service.resident.settings
    found: Range = read_range(
        service.resident.store, time.time(), RANGES[name][1], budget, target_s=settings.target_latency_s
    )
    charts: tuple[Chart, ...] = (calls_chart(found, settings.timezone), spend_chart(found, settings.timezone))
    return {"found": found, "summary": found.summary, "charts": charts}
