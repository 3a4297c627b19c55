"""What can't be written in the end is refused before anything is started."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from analyst.core.errors import OutputError
from analyst.core.outputs import check_file, check_folder


def test_a_folder_that_is_not_there_yet_is_taken(tmp_path: Path) -> None:
    check_folder(tmp_path / "new" / "deeper")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("below", ["", "run"])
def test_a_file_where_the_folder_should_be_is_named_with_what_to_do(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match=r"taken' is a file, not a folder.*--out") as refused:
        check_folder(tmp_path / "taken" / below)
    assert refused.value.exit_code == 2


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc, which takes no files from anybody")
def test_a_place_that_takes_no_files_is_refused_whoever_asks() -> None:
    with pytest.raises(OutputError, match="can't be written to"):
        check_folder(Path("/proc/reports"))


def test_a_disk_without_room_for_a_report_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**given: object) -> object:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("analyst.core.outputs.TemporaryFile", full)
    with pytest.raises(OutputError, match=r"No space left on device.*Make room"):
        check_folder(tmp_path / "run")


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "charts").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="is a link"):
        check_folder(tmp_path)


@pytest.mark.parametrize("path", ["", "file/export.json"])
def test_a_file_that_can_not_be_written_is_named_with_its_option(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"--export"):
        check_file(tmp_path / path, "--export")
