"""/ops: the platform live, for the engineer who runs it. While nobody looks, nothing is read."""

from __future__ import annotations

import time
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from analyst.apps.web.pages.charts import charts_of
from analyst.apps.web.pages.dashboard import TheDashboard
from analyst.apps.web.pages.ranges import DEFAULT, LAST, Chosen, chosen_range
from analyst.apps.web.pages.rendering import PageRoute, page
from analyst.apps.web.pages.trace import read_trace
from analyst.apps.web.pages.workbench import values
from analyst.apps.web.service import TheEngineer, TheService
from analyst.core.errors import NotFoundError
from analyst.service.feedback import judged

router = APIRouter(prefix="/ops", include_in_schema=False, route_class=PageRoute)
MOST_JUDGED = 200
"""Answers with feedback that are listed."""


def range_of(
    service: TheService,
    over: str = DEFAULT,
    since: Annotated[str, Query(alias="from", max_length=40)] = "",
    until: Annotated[str, Query(alias="to", max_length=40)] = "",
) -> Chosen:
    """The range that the address names."""
    return chosen_range(over, since, until, ZoneInfo(service.resident.settings.timezone))


TheRange = Annotated[Chosen, Depends(range_of)]


@router.get("")
def ops(service: TheService, asker: TheEngineer, dashboard: TheDashboard, chosen: TheRange) -> Response:
    """The dashboard; its two parts come again and again while it is seen."""
    parts = {"now": dashboard.part(None), "range": dashboard.part(chosen)}
    fields = chosen.fields(time.time(), ZoneInfo(service.resident.settings.timezone))
    return page("ops", **values(service, asker), ranges=LAST, chosen=chosen, fields=fields, parts=parts)


@router.get("/figures")
def figures(service: TheService, asker: TheEngineer, dashboard: TheDashboard, chosen: TheRange) -> Response:
    """The tables behind the charts of a range."""
    found, zone = dashboard.range(chosen), service.resident.settings.timezone
    return page("ops_figures", **values(service, asker), charts=charts_of(found, zone).all, found=found, chosen=chosen)


@router.get("/feedback")
def feedback(service: TheService, asker: TheEngineer, chosen: TheRange) -> Response:
    """What people said of their answers in a range, the newest first."""
    resident, of = service.resident, chosen.slice(time.time())
    given = judged(resident.store, resident.settings.runs_dir, of.since)
    found = list(islice((one for one in given if one.given_at < of.until), MOST_JUDGED))
    return page("ops_feedback", **values(service, asker), found=found, chosen=chosen, ranges=LAST, most=MOST_JUDGED)


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
