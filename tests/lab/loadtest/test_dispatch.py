"""Requests go to worker processes; a worker that dies costs its own requests only."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from analyst.core.errors import AnalysisError
from lab.loadtest.dispatch import Dispatcher, Request
from lab.loadtest.records import RequestLine

ANSWERING = """
import json, os, sys
print(json.dumps({"ready": os.getpid()}), flush=True)
for text in sys.stdin:
    asked = json.loads(text)
    if asked["question"] == "die":
        os._exit(9)
    line = {"id": asked["id"], "case": asked["case"], "success": True, "latency_s": 0.1, "calls": [], "degraded": []}
    print(json.dumps(line | {"process": os.getpid()}), flush=True)
"""


def dispatcher(script: str, *, processes: int = 2, concurrency: int = 4) -> Dispatcher:
    command = [sys.executable, "-c", script]
    return Dispatcher(command, dict(os.environ), processes=processes, concurrency=concurrency, cwd=Path.cwd())


def requests(*questions: str) -> list[Request]:
    return [Request(n, "c", Path("t.csv"), question) for n, question in enumerate(questions)]


def test_all_requests_are_answered_by_both_processes() -> None:
    lines: list[RequestLine] = []
    hand = dispatcher(ANSWERING)
    hand.wait_until_ready()
    hand.run(requests(*["go"] * 12), lines.append)
    hand.stop()
    assert sorted(line.id for line in lines) == list(range(12))
    assert len({line.process for line in lines}) == 2
    assert all(line.success for line in lines)


def test_a_worker_that_dies_fails_its_own_requests_and_the_other_goes_on() -> None:
    lines: list[RequestLine] = []
    hand = dispatcher(ANSWERING, concurrency=2)
    hand.wait_until_ready()
    hand.run(requests("die", *["go"] * 8), lines.append)
    hand.stop()
    failed = [line for line in lines if not line.success]
    assert len(lines) == 9
    assert [(line.id, line.error) for line in failed] == [(0, "its worker process died")]


def test_workers_that_do_not_start_are_told() -> None:
    with pytest.raises(AnalysisError, match="can't be started"):
        dispatcher("raise SystemExit(1)").wait_until_ready()


def test_requests_wait_until_they_are_due() -> None:
    lines: list[RequestLine] = []
    hand = dispatcher(ANSWERING, processes=1, concurrency=1)
    hand.wait_until_ready()
    hand.run([Request(1, "c", Path("t.csv"), "go", due_s=0.3)], lines.append)
    hand.stop()
    assert lines[0].started_s >= 0.3
