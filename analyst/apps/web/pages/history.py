"""/analyses: what was asked before, searchable."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from analyst.apps.web.pages.rendering import PageRoute, page
from analyst.apps.web.pages.workbench import values
from analyst.apps.web.service import TheAsker, TheService
from analyst.core.text import fold
from analyst.service.analyses import RunStatus

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST = 500
"""Analyses that are listed and searched, the newest first."""


@router.get("/analyses")
def history(service: TheService, asker: TheAsker, q: str = "") -> Response:
    """The asker's analyses: those whose question or table holds every word of `q`."""
    found = [run for run in service.analyses.history(asker.name, MOST) if matches(run, q)]
    return page("history", **values(service, asker), runs=found, wanted=q[:200], most=MOST)


def matches(run: RunStatus, wanted: str) -> bool:
    """Whether the run's question or table holds every word that is wanted."""
    told = fold(f"{run.question} {run.table}")
    return all(word in told for word in fold(wanted).split())
