"""/watch: all that the open tabs of a browser show live, over one connection.

Over HTTP/1.1 a browser opens six connections to a site, whatever the number of its tabs: a stream for each tab would
leave the seventh page without an answer. Each event holds the parts of pages that changed, as HTML in JSON. A stream
that begins anew tells everything anew, so a page needs no memory of what it missed.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from analyst.apps.web.pages.dashboard import Dashboard, TheDashboard
from analyst.apps.web.pages.progress import RunView
from analyst.apps.web.pages.ranges import DEFAULT, Chosen, chosen_range
from analyst.apps.web.service import Asker, TheService, TheWatcher, key_check
from analyst.core.errors import AccessError, NotFoundError, StoreError, UserError

router = APIRouter(include_in_schema=False)
MOST_RUNS, MOST_RANGES = 50, 10
"""Different ones that a browser's tabs may watch at once."""
LOOK_S, NOW_S, RANGE_S = 0.25, 1.0, 5.0
"""Seconds between two looks at runs, at this moment's figures, at those of a range and whether the key still holds."""
RETRY_MS = 1000
"""How long a browser waits before it asks again for a stream that broke off."""


@dataclass
class Timer:
    """Whether `every_s` seconds have passed since the last time that they had."""

    every_s: float
    last: float = field(default_factory=time.monotonic)

    def due(self) -> bool:
        """True once each time."""
        due = time.monotonic() - self.last >= self.every_s
        if due:
            self.last = time.monotonic()
        return due


class Watch:
    """What the tabs of one browser watch: `runs`, each seen as `view` gives it, and `ranges` of the dashboard."""

    def __init__(
        self, dashboard: Dashboard, ranges: Sequence[Chosen], runs: Sequence[str], view: Callable[[str], RunView]
    ) -> None:
        self._dashboard, self._ranges, self._view = dashboard, ranges, view
        self._wanted = list(dict.fromkeys(runs))
        self._views: list[RunView] = []
        self._sent: dict[str, str] = {}
        self._now, self._range = Timer(NOW_S), Timer(RANGE_S)

    async def look(self, allowed: Callable[[], None]) -> AsyncIterator[ServerSentEvent]:
        """What has changed; `allowed` raises AccessError once they may not watch any more. StoreError."""
        async for event in self._look_at_runs():
            yield event
        if self._range.due():
            await asyncio.to_thread(allowed)
            for chosen in self._ranges:
                html = await self._read(chosen)
                if self._sent.get(chosen.query) != html:
                    self._sent[chosen.query] = html
                    yield _event("range", query=chosen.query, html=html)
        if self._ranges and self._now.due():
            yield _event("now", html=await self._read(None))

    async def _look_at_runs(self) -> AsyncIterator[ServerSentEvent]:
        """A run that is not there has ended."""
        while self._wanted:
            try:
                self._views.append(await asyncio.to_thread(self._view, self._wanted[-1]))
            except NotFoundError:
                yield _event("run", id=self._wanted[-1], parts={}, ended=True)
            self._wanted.pop()
        for view in self._views:
            if view.due():
                parts = await asyncio.to_thread(view.changed)
                if parts or view.ended:
                    yield _event("run", id=view.id, parts=parts, ended=view.ended)
        self._views = [view for view in self._views if not view.ended]

    async def _read(self, chosen: Chosen | None) -> str:
        html = self._dashboard.fresh(chosen)
        return await asyncio.to_thread(self._dashboard.part, chosen) if html is None else html


def _event(name: str, **told: object) -> ServerSentEvent:
    return ServerSentEvent(event=name, raw_data=json.dumps(told))


def ranges_of(
    service: TheService, ops: Annotated[tuple[str, ...], Query(max_length=MOST_RANGES)] = ()
) -> tuple[Chosen, ...]:
    """The ranges that dashboards show, each given as the query of its address."""
    return tuple(_ranges(ops, ZoneInfo(service.resident.settings.timezone)))


def _ranges(queries: Sequence[str], zone: ZoneInfo) -> Iterator[Chosen]:
    for query in queries:
        fields = {name: values[0] for name, values in parse_qs(query).items()}
        try:
            yield chosen_range(fields.get("over", DEFAULT), fields.get("from", ""), fields.get("to", ""), zone)
        except UserError:
            continue  # its page says so


@router.get("/watch", response_class=EventSourceResponse)
async def watch(
    service: TheService,
    watcher: TheWatcher,
    dashboard: TheDashboard,
    allowed: Annotated[Callable[[], None], Depends(key_check)],
    ranges: Annotated[tuple[Chosen, ...], Depends(ranges_of)],
    run: Annotated[tuple[str, ...], Query(max_length=MOST_RUNS)] = (),
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `run` with a run's changed parts, `now` and `range` with the dashboard's; `refused` ends it:
    they may not watch this (any more)."""
    if watcher is None or (ranges and not watcher.engineer):
        yield ServerSentEvent(event="refused", raw_data="")
        return
    asker: Asker = watcher
    yield ServerSentEvent(comment="begun", retry=RETRY_MS)
    watched = Watch(dashboard, ranges, run, lambda id: RunView(service, asker, id))
    while True:
        try:
            async for event in watched.look(allowed):
                yield event
        except AccessError:
            yield ServerSentEvent(event="refused", raw_data="")
            return
        except StoreError:
            pass  # the store is away for a while: pages keep what they show
        await asyncio.sleep(LOOK_S)
