"""A run while it is under way, as the parts of its page: its steps, its first figures, the draft of its answer."""

from __future__ import annotations

import time
from collections.abc import Mapping

from analyst.apps.web.pages.rendering import part
from analyst.apps.web.pages.steps import course
from analyst.apps.web.service import Asker, Service
from analyst.core.events import RunEvent

PARTS = ("steps", "figures", "draft")
WRITER = "report_writer"


class RunView:
    """One watcher's view of a run. NotFoundError: the asker has no such run."""

    def __init__(self, service: Service, asker: Asker, id: str) -> None:
        self.id = id
        self._service, self._asker = service, asker
        self._follower = service.analyses.follower(id, asker.name)
        self._events: list[RunEvent] = []
        self._shown: Mapping[str, object] = {}
        self._writing = False

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self._follower.ended

    def due(self) -> bool:
        """Whether something may have changed; costs nothing."""
        return self._writing or self._follower.due()

    def changed(self) -> dict[str, str]:
        """The parts that changed since the last time, as HTML by name. StoreError."""
        if self._follower.due():
            self._events += self._follower.news()
        so_far = course(self._events)
        self._writing = any(step.key == WRITER and step.state == "working" for step in so_far.steps)
        run = self._service.analyses.status(self.id, self._asker.name)
        draft = self._service.resident.drafts.of(self.id)
        shown = dict(zip(PARTS, ((so_far.last, run.state, run.before), so_far.figures, draft), strict=True))
        fresh = [name for name in PARTS if name not in self._shown or self._shown[name] != shown[name]]
        self._shown = shown
        values = {"run": run, "course": so_far, "draft": draft, "now": time.time()}
        return {name: part(f"run_{name}", **values) for name in fresh}


def parts_now(service: Service, asker: Asker, id: str) -> Mapping[str, str]:
    """All parts of a run's page as they are now."""
    return RunView(service, asker, id).changed()
