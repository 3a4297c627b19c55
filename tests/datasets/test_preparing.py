"""What is refused before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyst.core.errors import OutputError
from analyst.datasets.preparing import check_output


def test_a_folder_that_is_not_there_yet_is_taken(tmp_path: Path) -> None:
    check_output(tmp_path / "new" / "deeper")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("below", ["", "run"])
def test_a_file_where_the_folder_should_be_is_named_with_what_to_do(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match=r"taken' is a file, not a folder.*--out") as refused:
        check_output(tmp_path / "taken" / below)
    assert refused.value.exit_code == 2


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc, which takes no files from anybody")
def test_a_place_that_takes_no_files_is_refused_whoever_asks() -> None:
    with pytest.raises(OutputError, match="can't be written to"):
        check_output(Path("/proc/reports"))
