"""/ops: the platform live, for the engineer who runs it. While nobody looks, nothing is read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from analyst.apps.web.pages.charts import charts_of
from analyst.apps.web.pages.dashboard import Dashboard
from analyst.apps.web.pages.ranges import DEFAULT, LAST, Chosen, chosen_range
from analyst.apps.web.pages.rendering import PageRoute, page
from analyst.apps.web.pages.trace import read_trace
from analyst.apps.web.pages.workbench import values
from analyst.apps.web.service import TheEngineer, TheService, key_check
from analyst.core.errors import AccessError, NotFoundError, StoreError

router = APIRouter(prefix="/ops", include_in_schema=False, route_class=PageRoute)
stream_router = APIRouter(prefix="/ops", include_in_schema=False)
EVERY_S, SELDOM = 1.0, 5
"""Seconds between two looks at this moment, and how many of them go by between two at the range and at the key."""


def dashboard_of(request: Request, service: TheService) -> Dashboard:
    """The dashboard that all watchers of the service share."""
    state = request.app.state
    if not hasattr(state, "dashboard"):
        state.dashboard = Dashboard(service)
    found: Dashboard = state.dashboard
    return found


def range_of(
    service: TheService,
    over: str = DEFAULT,
    since: Annotated[str, Query(alias="from", max_length=40)] = "",
    until: Annotated[str, Query(alias="to", max_length=40)] = "",
) -> Chosen:
    """The range that the address names."""
    return chosen_range(over, since, until, ZoneInfo(service.resident.settings.timezone))


TheDashboard = Annotated[Dashboard, Depends(dashboard_of)]
TheRange = Annotated[Chosen, Depends(range_of)]


@router.get("")
def ops(service: TheService, asker: TheEngineer, dashboard: TheDashboard, chosen: TheRange) -> Response:
    """The dashboard; its two parts come again and again while it is seen."""
    parts = {"now": dashboard.part(None), "range": dashboard.part(chosen)}
    fields = chosen.fields(time.time(), ZoneInfo(service.resident.settings.timezone))
    return page("ops", **values(service, asker), ranges=LAST, chosen=chosen, fields=fields, parts=parts)


@stream_router.get("/stream", response_class=EventSourceResponse)
async def stream(
    asker: TheEngineer,
    dashboard: TheDashboard,
    allowed: Annotated[Callable[[], None], Depends(key_check)],
    chosen: TheRange,
) -> AsyncIterator[ServerSentEvent]:
    """The dashboard's parts as HTML in JSON: `now` each second, `range` when it changed; `refused` ends it."""
    looks, sent = 0, ""
    while True:
        await asyncio.sleep(EVERY_S)
        looks += 1
        try:
            yield ServerSentEvent(event="now", raw_data=json.dumps(await _read(dashboard, None)))
            if looks % SELDOM == 0:
                await asyncio.to_thread(allowed)
                html = await _read(dashboard, chosen)
                if html != sent:
                    yield ServerSentEvent(event="range", raw_data=json.dumps(html))
                sent = html
        except AccessError:
            yield ServerSentEvent(event="refused", raw_data="")
            return
        except StoreError:
            continue  # the store is away for a while: the page keeps what it shows, and its time says how old it is


@router.get("/figures")
def figures(service: TheService, asker: TheEngineer, dashboard: TheDashboard, chosen: TheRange) -> Response:
    """The tables behind the charts of a range."""
    found, zone = dashboard.range(chosen), service.resident.settings.timezone
    return page("ops_figures", **values(service, asker), charts=charts_of(found, zone).all, found=found, chosen=chosen)


async def _read(dashboard: Dashboard, chosen: Chosen | None) -> str:
    html = dashboard.fresh(chosen)
    return await asyncio.to_thread(dashboard.part, chosen) if html is None else html


@router.get("/settings")
def settings(service: TheService, asker: TheEngineer) -> Response:
    """Every setting of this process, with where its value came from."""
    return page("ops_settings", **values(service, asker), settings=service.settings)


@router.get("/runs/{id}")
def run(id: str, service: TheService, asker: TheEngineer) -> Response:
    """Every attempt of one run on a time line: who was asked, what came of it, why."""
    trace = read_trace(service.resident.store, id, time.time())
    if trace is None:
        raise NotFoundError(f"Nothing of the run {id!r} is recorded.", "Check its id.")
    return page("ops_run", **values(service, asker), id=id, trace=trace)
