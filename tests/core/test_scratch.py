"""What an analysis keeps on disk while it runs ends with it, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analyst.core.process import start_of
from analyst.core.scratch import scratch
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
