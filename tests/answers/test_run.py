"""What failed while an analysis ran stands in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyst.answers.run import FAILURES, Run, logged
from analyst.core.events import Progress, RunEvents


def run_in(folder: Path, told: list[Progress]) -> Run:
    return Run("r", "how many?", folder, RunEvents("r", told.append), lambda: 1.0)


def test_failures_are_written_with_their_traceback_for_the_owner_alone_and_told(tmp_path: Path) -> None:
    told: list[Progress] = []
    failures: list[str] = []
    with pytest.raises(ZeroDivisionError), logged(failures, run_in(tmp_path / "run", told)):
        failures.append("step s1 failed: internal error (KeyError).\nTraceback: …")
        raise ZeroDivisionError
    log = tmp_path / "run" / FAILURES
    assert "Traceback: …" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o777 == 0o600
    assert [event.text for event in told] == [f"A step failed: {failures[0].splitlines()[0]} Details: {log}."]


def test_a_run_without_failures_writes_no_log_and_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    told: list[Progress] = []
    with logged([], run_in(tmp_path / "run", told)):
        pass
    assert not told and not (tmp_path / "run").exists()
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (tmp_path / FAILURES).symlink_to(outside)
    with logged(["failed"], run_in(tmp_path, told)):
        pass
    assert outside.read_text() == "mine" and (tmp_path / FAILURES).read_text() == "failed\n"
