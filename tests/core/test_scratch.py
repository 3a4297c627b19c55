"""What an analysis keeps on disk while it runs ends with it, however it ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from analyst.core.process import start_of
from analyst.core.scratch import new_scratch, scratch
from analyst.core.settings import ROOT

KILLED = """
import os, signal
from analyst.core.scratch import scratch
with scratch("analysis") as folder:
    (folder / "table").write_text("everything")
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not start_of(os.getpid()), reason="start times can't be read here")
def test_what_a_killed_process_left_is_swept_and_what_a_living_one_uses_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    left, strange = Path(told.stdout.strip()), tmp_path / "analysis-of-somebody"
    strange.mkdir()
    assert (left / "table").exists()
    with scratch("analysis") as first:
        assert not left.exists() and first.stat().st_mode & 0o777 == 0o700
        with scratch("analysis"):
            assert first.exists()
    assert list(tmp_path.iterdir()) == [strange]


@pytest.mark.skipif(not start_of(os.getpid()), reason="start times can't be read here")
@pytest.mark.parametrize("kind", ["plans", "report", "crewai", "loadtest"])
def test_every_kind_is_swept_where_it_lies_and_no_other_kind_with_it(kind: str, tmp_path: Path) -> None:
    left, other = tmp_path / f"{kind}-999999999-1-abc", tmp_path / "analysis-999999999-1-abc"
    left.mkdir()
    other.mkdir()
    folder = new_scratch(kind, tmp_path)
    assert Path(folder.name).parent == tmp_path and not left.exists() and other.exists()
    folder.cleanup()
    assert list(tmp_path.iterdir()) == [other]


def test_no_program_of_ours_makes_temporary_folders_of_another_kind() -> None:
    """What is made with a name of its own, and not swept, stays after a kill."""
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("analyst", "lab")
        for path in (ROOT / folder).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"mkdtemp\(|TemporaryDirectory\(", line) and path.name != "scratch.py"
    ]
    assert not found and "mkdtemp" not in (ROOT / "agents.py").read_text(encoding="utf-8")
