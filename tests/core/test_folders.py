"""Folders are checked before the work, private, and swept when their owner is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analyst.core.errors import OutputError, StoreError
from analyst.core.folders import check_file, check_folder, owned_prefix, sweep, work_folder
from analyst.core.settings import ROOT


def test_a_folder_that_is_not_there_yet_is_taken(tmp_path: Path) -> None:
    check_folder(tmp_path / "new" / "deeper", "--out")
    check_file(tmp_path / "new" / "export.json", "--export")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("below", ["", "run"])
def test_a_file_where_the_folder_should_be_is_named_with_what_to_do(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match=r"taken' is a file, not a folder.*--out") as refused:
        check_folder(tmp_path / "taken" / below, "--out")
    assert refused.value.exit_code == 2


def test_a_folder_where_the_file_should_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"is a folder, not a file\. Choose another --export"):
        check_file(tmp_path, "--export")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc, which takes no files from anybody")
def test_a_place_that_takes_no_files_is_refused_whoever_asks() -> None:
    with pytest.raises(OutputError, match="can't be written to"):
        check_folder(Path("/proc/reports"), "--out")


def test_a_disk_without_room_for_a_run_is_refused(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    assert resource
    code = (
        "import resource, signal, sys; from pathlib import Path; from analyst.core.folders import check_folder\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "check_folder(Path(sys.argv[1]), '--out')"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "OutputError" in done.stderr and "Free some space there, or choose another --out" in done.stderr


def test_without_a_place_for_temporary_files_the_fix_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="TMPDIR"), work_folder(tmp_path / "nowhere"):
        pass


def test_a_work_folder_is_its_owners_alone_and_gone_afterwards(tmp_path: Path) -> None:
    with work_folder(tmp_path) as folder:
        assert folder.stat().st_mode & 0o077 == 0
        assert sweep(tmp_path) == 0, "its owner is alive"
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from analyst.core.folders import work_folder\n"
        "with work_folder(Path(sys.argv[1])) as folder: (folder / 'table').write_text('1'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    left = [path.name for path in tmp_path.iterdir()]
    assert len(left) == 1
    others = ("analyst-report.log", "analyst-", "analyst-other%2F1%2F1-abc", "analyst-x-y", f"{owned_prefix()}abc")
    for name in others:
        (tmp_path / name).mkdir()
    (tmp_path / f"{left[0]}z").symlink_to(os.curdir)
    assert sweep(tmp_path) == 1
    assert {path.name for path in tmp_path.iterdir()} == {*others, f"{left[0]}z"}
