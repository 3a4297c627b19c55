"""The worker imports what a plan needs, one thing at a time, and loses no error."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import PlanError, StepError
from analyst.core.settings import ROOT
from analyst.execution.pool import WorkerPool
from analyst.execution.process import WorkerDied, WorkerProcess
from analyst.execution.runner import PlanRunner
from analyst.execution.worker import Worker
from analyst.protocol.table import TableProfile

PLAN = {"steps": [{"id": "s1", "sql": "SELECT 1 AS a"}]}


def test_a_plan_of_sql_loads_no_library_of_statistics() -> None:
    script = (
        "import sys; from analyst.execution.worker import Worker; list(Worker().answer({'op': 'warm'}))\n"
        "assert 'analyst.execution.steps' in sys.modules\n"
        "print([name for name in ('pandas', 'scipy', 'statsmodels', 'sklearn') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_getting_warm_starts_no_thread_that_would_import_beside_a_method() -> None:
    before = threading.active_count()
    list(Worker().answer({"op": "warm"}))
    assert threading.active_count() == before


def test_an_unexpected_exception_comes_back_with_its_traceback() -> None:
    (told,) = Worker().answer({"op": "run", "keep": [], "steps": []})
    assert told["fault"] == "KeyError"
    assert "Traceback" in told["trace"] and "KeyError: 'database'" in told["trace"]


class Failing:
    """A worker that answers every request alike."""

    pid, alive = 1, True

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer
        self.killed = 0

    def send(self, request: dict[str, Any]) -> None:
        """Nothing is done with it."""

    def receive(self, timeout_s: float, check: Callable[[], None]) -> dict[str, Any]:
        return self._answer

    def kill(self) -> None:
        self.killed += 1


def test_a_fault_is_a_typed_error_of_its_step_kept_with_its_traceback_and_the_worker_replaced(
    profile: TableProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Failing({"fault": "KeyError", "trace": "Traceback (most recent call last): …"})
    pool = WorkerPool(1, memory_mb=512)
    monkeypatch.setattr(pool, "take", lambda memory_mb: failing)
    runner = PlanRunner(profile, memory_mb=512, pool=pool)
    with pytest.raises(PlanError, match="internal error \\(KeyError\\)"):
        runner.bind(PLAN)
    assert runner.failures == ["the plan failed: internal error (KeyError).\nTraceback (most recent call last): …"]
    assert failing.killed == 1
    with pytest.raises(StepError, match="internal error"):
        list(runner._answers({"op": "run"}, "step s1"))
    assert len(runner.failures) == 2


def test_what_a_dying_worker_said_is_not_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = tmp_path / "python"
    shown.write_text("#!/bin/sh\necho 'ImportError: no module' >&2\nexit 1\n")
    shown.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(shown))
    worker = WorkerProcess(clock=lambda: 0.0)
    with pytest.raises(WorkerDied, match="exit code 1") as died:
        worker.receive(20.0)
    worker.kill()
    assert died.value.said == "ImportError: no module\n"
