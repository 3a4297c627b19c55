"""/threads: questions that follow up on one another."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from analyst.apps.web.service import TheAsker, TheService
from analyst.service.threads import Thread, ThreadSummary

router = APIRouter(prefix="/threads", tags=["threads"])


@router.get("")
def listing(
    service: TheService, asker: TheAsker, most: Annotated[int, Query(ge=1, le=500)] = 50
) -> list[ThreadSummary]:
    """Your threads, the one asked in last first. To go on with one, ask with `follows`."""
    return service.analyses.threads.listing(asker.name, most)


@router.get("/{id}")
def thread(id: str, service: TheService, asker: TheAsker) -> Thread:
    """The thread that an analysis belongs to: its questions, how each was read, what it kept, and its answer."""
    return service.analyses.threads.thread(id, asker.name)
