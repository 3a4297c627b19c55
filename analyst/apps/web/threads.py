"""/threads: questions that follow up on one another."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from analyst.apps.web.service import TheAsker, TheService
from analyst.service.threads import MAX_NAME, Thread, ThreadSummary

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


class Naming(BaseModel):
    """What a thread is called; empty: like its first question."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=MAX_NAME)


@router.patch("/{id}")
def rename(id: str, body: Naming, service: TheService, asker: TheAsker) -> Thread:
    """Rename the thread that an analysis belongs to."""
    return service.analyses.threads.rename(id, asker.name, body.name)
