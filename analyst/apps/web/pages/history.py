"""/analyses: what was asked before, searchable: a day's conversations together, each with its questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.responses import Response

from analyst.apps.web.pages.forms import TheForm
from analyst.apps.web.pages.rendering import PageRoute, page, redirect
from analyst.apps.web.pages.workbench import values
from analyst.apps.web.service import TheAsker, TheService
from analyst.core.text import fold
from analyst.service.analyses import RunStatus
from analyst.service.threads import ThreadSummary

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST = 500
"""Analyses that are listed and searched, the newest first."""


@dataclass(frozen=True)
class Talk:
    """A conversation: its `id`, what it is called, and its questions, the first one first."""

    id: str
    name: str
    runs: Sequence[RunStatus]

    @property
    def last(self) -> RunStatus:
        """The newest question."""
        return self.runs[-1]


@dataclass(frozen=True)
class Day:
    """A day's conversations, the latest first."""

    name: str
    talks: Sequence[Talk]


@router.get("/analyses")
def history(service: TheService, asker: TheAsker, q: str = "") -> Response:
    """The asker's conversations: those of which a question, the table or the name holds every word of `q`."""
    runs = service.analyses.history(asker.name, MOST)
    found = [talk for talk in talks(runs, service.analyses.threads.listing(asker.name, MOST)) if matches(talk, q)]
    timezone = service.resident.settings.timezone
    days = list(by_day(found, ZoneInfo(timezone), datetime.now(ZoneInfo(timezone)).date()))
    shown: dict[str, Any] = {"days": days, "wanted": q[:200], "full": len(runs) == MOST, "most": MOST}
    return page("history", **values(service, asker), **shown)


@router.post("/threads/{id}/rename")
def rename(id: str, form: TheForm, service: TheService, asker: TheAsker) -> Response:
    """Call a conversation by another name."""
    service.analyses.threads.rename(id, asker.name, form.get("name", ""))
    return redirect(f"/analyses#thread-{id}")


def talks(runs: Sequence[RunStatus], threads: Sequence[ThreadSummary]) -> Iterator[Talk]:
    """The conversations of `runs`, the latest first."""
    known = {run.id: run for run in runs}
    for thread in threads:
        mine = [known[id] for id in thread.runs if id in known]
        if mine:
            yield Talk(thread.id, thread.name or mine[0].question, mine)


def matches(talk: Talk, wanted: str) -> bool:
    """Whether the conversation holds every word that is wanted."""
    told = fold(" ".join([talk.name, talk.last.table, *(run.question for run in talk.runs)]))
    return all(word in told for word in fold(wanted).split())


def by_day(talks: Sequence[Talk], zone: ZoneInfo, today: date) -> Iterator[Day]:
    """The conversations by the day of their last question."""
    asked = lambda talk: datetime.fromtimestamp(talk.last.created_at, zone).date()  # noqa: E731
    for day, of_day in groupby(talks, asked):
        yield Day(_named(day, today), list(of_day))


def _named(day: date, today: date) -> str:
    if day in (today, today - timedelta(days=1)):
        return "Today" if day == today else "Yesterday"
    return f"{day:%b} {day.day}, {day:%Y}"
