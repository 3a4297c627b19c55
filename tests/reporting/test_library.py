"""The charts' script is kept in a file, and a file that is not whole is made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyst.reporting.charts import library as module
from analyst.reporting.charts.library import library

SCRIPT = "/* charts */ " * 100


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every time that the script is made, it is noted here."""
    calls = list[str]()

    def make() -> str:
        calls.append("made")
        return SCRIPT

    monkeypatch.setattr(module, "_make", make)
    library.cache_clear()
    yield calls
    library.cache_clear()


def test_a_second_process_reads_what_the_first_one_kept(tmp_path: Path, made: list[str]) -> None:
    first = library(tmp_path / "cache")
    library.cache_clear()
    assert library(tmp_path / "cache") == first == SCRIPT and made == ["made"]


def test_the_kept_file_is_its_owners_only(tmp_path: Path) -> None:
    library(tmp_path / "cache")
    [file] = (tmp_path / "cache").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "broken",
    [lambda c: b"", lambda c: c[:-1], lambda c: c[:20], lambda c: c.replace(b"charts", b"hacked"), lambda c: c + b" "],
    ids=["empty", "cut", "cut in the digest", "changed", "longer"],
)
def test_a_file_that_is_not_whole_is_made_anew_and_replaced(
    tmp_path: Path, made: list[str], broken: Callable[[bytes], bytes]
) -> None:
    library(tmp_path)
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(broken(whole))
    library.cache_clear()
    assert library(tmp_path) == SCRIPT and len(made) == 2
    assert file.read_bytes() == whole and list(tmp_path.iterdir()) == [file]


def test_where_nothing_can_be_written_the_script_is_made_all_the_same(tmp_path: Path, made: list[str]) -> None:
    (tmp_path / "cache").write_text("a file in the way", encoding="utf-8")
    assert library(tmp_path / "cache") == SCRIPT and made == ["made"]
