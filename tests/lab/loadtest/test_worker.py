"""A worker tells what became of each request, whatever that is."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analyst.core.errors import TableError
from analyst.core.events import Progress
from analyst.protocol.results import AnalysisResult
from lab.loadtest.records import StageWatch, read_line
from lab.loadtest.worker import run_one, serve


def refusing(error: Exception) -> Callable[..., AnalysisResult]:
    def analyse(table: Path, question: str, on_event: Callable[[Progress], None], out: Path) -> AnalysisResult:
        on_event(Progress("stage", "Reading t.csv"))
        raise error

    return analyse


def asked(id: int) -> dict[str, Any]:
    return {"id": id, "case": "growth", "table": "t.csv", "question": "How much?"}


def test_a_failure_is_a_result_too_and_says_which_error_it_was(tmp_path: Path) -> None:
    line = run_one(refusing(TableError("The file is empty.", "Name another.")), asked(1), tmp_path)
    assert (line.id, line.success, line.error) == (1, False, "TableError: The file is empty. Name another.")
    assert "prepare" in line.stages
    assert (
        run_one(refusing(ZeroDivisionError("ours")), asked(2), tmp_path).error
        == "ZeroDivisionError: ZeroDivisionError('ours')"
    )


def test_every_request_is_answered_with_one_line_though_all_fail(tmp_path: Path) -> None:
    given, output = io.StringIO("".join(json.dumps(asked(n)) + "\n" for n in range(5))), io.StringIO()
    serve(refusing(ValueError("x")), threads=3, folder=tmp_path, output=output, given=given)
    ready, *lines = [json.loads(text) for text in output.getvalue().splitlines()]
    assert "ready" in ready
    assert sorted(read_line(line).id for line in lines) == [0, 1, 2, 3, 4]


def test_a_stage_lasts_until_the_next_one_begins() -> None:
    watch = StageWatch(0.0)
    for text, now in (
        ("Reading a.csv", 1.0),
        ("Profiling 3 rows", 1.5),
        ("The agents are at work", 2.0),
        ("Drawing", 7.0),
    ):
        watch.note(Progress("stage", text), now)
    assert watch.seconds(7.5) == {"prepare": 1.0, "agents": 5.0, "compose": 0.5}
