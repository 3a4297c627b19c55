"""Followers of this process hear of news at once, from whatever thread it comes, and of its end."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from analyst.core.events import Progress
from analyst.service.analyses import Analyses
from analyst.service.bell import Bell
from analyst.service.queue import JobQueue, Limits
from analyst.service.requests import AnalysisRequest
from analyst.storage.database import Store


def test_listeners_hear_of_their_run_only_and_only_while_they_listen() -> None:
    bell, heard = Bell(), list[str]()
    with bell.heard("a", lambda: heard.append("a")), bell.heard("a", lambda: heard.append("a too")):
        bell.ring("a")
        bell.ring("b")
        before = bell.rung("a")
        bell.forget("a")
    bell.ring("a")
    assert heard == ["a", "a too"] * 2 and before == 1


def test_a_follower_wakes_when_another_thread_tells_something_not_when_it_looks_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyst.service.analyses.READ_S", 600.0)
    store, table = Store.at(tmp_path / "s.db"), tmp_path / "t.csv"
    table.write_text("a\n1\n")
    queue = JobQueue(store, Limits())
    analyses = Analyses(queue, store, tmp_path / "runs")
    run = analyses.submit(AnalysisRequest(table, "total?"), "ann")
    job = queue.claim("p1")
    assert job
    place = analyses.follower(run, "ann")
    place.news()

    async def follow() -> list[str]:
        waiting = asyncio.create_task(place.wait(600.0))
        await asyncio.sleep(0)
        threading.Thread(target=queue.tell, args=(job.lease, Progress("stage", "Reading", stage="reading"))).start()
        await waiting
        return [event.event.text for event in place.news() if isinstance(event.event, Progress)]

    assert asyncio.run(asyncio.wait_for(follow(), 60.0)) == ["Reading"]
    store.close()
