"""/ops: the platform live, for the engineer who runs it. While nobody looks, nothing is read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from analyst.apps.web.pages.dashboard import RANGES, Dashboard
from analyst.apps.web.pages.rendering import PageRoute, page
from analyst.apps.web.pages.workbench import values
from analyst.apps.web.service import TheAsker, TheService, key_check
from analyst.core.errors import AccessError, NotFoundError, StoreError
from analyst.storage import timeline

router = APIRouter(prefix="/ops", include_in_schema=False, route_class=PageRoute)
stream_router = APIRouter(prefix="/ops", include_in_schema=False)
DEFAULT = "24h"
EVERY_S, SELDOM = 1.0, 5
"""Seconds between two looks at this moment, and how many of them go by between two at the range and at the key."""


def dashboard_of(request: Request, service: TheService) -> Dashboard:
    """The dashboard that all watchers of the service share."""
    state = request.app.state
    if not hasattr(state, "dashboard"):
        state.dashboard = Dashboard(service)
    found: Dashboard = state.dashboard
    return found


TheDashboard = Annotated[Dashboard, Depends(dashboard_of)]


@router.get("")
def ops(service: TheService, asker: TheAsker, dashboard: TheDashboard, over: str = DEFAULT) -> Response:
    """The dashboard; its two parts come again and again while it is seen."""
    name = over if over in RANGES else DEFAULT
    ranges = {key: label for key, (label, _) in RANGES.items()}
    parts = {"now": dashboard.part(None), "range": dashboard.part(name)}
    return page("ops", **values(service, asker), ranges=ranges, chosen=name, parts=parts)


@stream_router.get("/stream", response_class=EventSourceResponse)
async def stream(
    asker: TheAsker,
    dashboard: TheDashboard,
    allowed: Annotated[Callable[[], None], Depends(key_check)],
    over: str = DEFAULT,
) -> AsyncIterator[ServerSentEvent]:
    """The dashboard's parts as HTML in JSON: `now` each second, `range` more seldom; `refused` ends it."""
    name = over if over in RANGES else DEFAULT
    looks = 0
    while True:
        await asyncio.sleep(EVERY_S)
        looks += 1
        try:
            yield await _event(dashboard, "now", None)
            if looks % SELDOM == 0:
                await asyncio.to_thread(allowed)
                yield await _event(dashboard, "range", name)
        except AccessError:
            yield ServerSentEvent(event="refused", raw_data="")
            return
        except StoreError:
            continue  # the store is away for a while: the page keeps what it shows, and its time says how old it is


async def _event(dashboard: Dashboard, event: str, name: str | None) -> ServerSentEvent:
    html = dashboard.fresh(name)
    if html is None:
        html = await asyncio.to_thread(dashboard.part, name)
    return ServerSentEvent(event=event, raw_data=json.dumps(html))


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
