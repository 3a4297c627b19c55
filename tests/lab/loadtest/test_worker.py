"""A worker tells what became of each request, whatever that is."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analyst.core.errors import TableError
from analyst.core.events import Progress, Stage
from analyst.protocol.results import AnalysisResult
from lab.loadtest.records import StageWatch, read_line
from lab.loadtest.worker import run_one, serve


def refusing(error: BaseException) -> Callable[..., AnalysisResult]:
    def analyse(table: Path, question: str, on_event: Callable[[Progress], None], out: Path) -> AnalysisResult:
        on_event(Progress("stage", "Reading t.csv", stage="reading"))
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


def test_a_request_whose_analysis_is_broken_off_by_no_mere_error_is_answered_too(tmp_path: Path) -> None:
    output = io.StringIO()
    broken = refusing(KeyboardInterrupt())
    serve(broken, threads=1, folder=tmp_path, output=output, given=io.StringIO(json.dumps(asked(1)) + "\n"))
    _, line = [json.loads(text) for text in output.getvalue().splitlines()]
    assert (read_line(line).success, line["error"]) == (False, "KeyboardInterrupt: KeyboardInterrupt()")


def test_a_kept_answer_that_is_given_again_has_no_parts() -> None:
    assert StageWatch(0.0).seconds(0.2) == {}


def test_a_part_lasts_until_a_stage_of_the_next_one_begins_whatever_its_text_says() -> None:
    watch = StageWatch(0.0)
    stages: list[tuple[Stage, float]] = [("reading", 1.0), ("profiling", 1.5), ("agents", 2.0), ("report", 7.0)]
    for stage, now in stages:
        watch.note(Progress("stage", "", stage=stage), now)
        watch.note(Progress("note", "Drawing", stage=stage), now + 0.1)
        watch.note(Progress("note", "Reading"), now + 0.2)
    assert watch.seconds(7.5) == {"prepare": 1.0, "agents": 5.0, "compose": 0.5}
