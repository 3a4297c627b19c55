"""Opened tables on disk: whole or not at all, for every process of the machine, and gone when nobody works with them."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from analyst.core.settings import ROOT, Settings, load_settings
from analyst.datasets import kept_tables, opened_tables, preparing, table_in_use
from analyst.datasets.kept_tables import KeptTables
from analyst.datasets.opened_tables import OpenedTables
from analyst.protocol.table import OpenedTable, TableProfile, TableSource
from tests.datasets.test_opened_tables import LATER, silent, table

KILLED = """
import os, signal, sys
from pathlib import Path
from analyst.core.settings import load_settings
from analyst.datasets.kept_tables import KeptTables
from analyst.datasets.opened_tables import OpenedTables
from analyst.protocol.table import TableSource
folder, stage, silent = Path(sys.argv[1]), sys.argv[2], lambda event: None
kept = KeptTables(folder / "kept", 10**9)
if stage == "building":
    with kept.building() as place:
        (place / "table.duckdb").write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)
with OpenedTables(kept, lambda: 1e12).open(TableSource(folder / "sales.csv"), load_settings(folder / ".env"), silent) as opened:
    if stage == "profiled":
        opened.profiled(silent)
    os.kill(os.getpid(), signal.SIGKILL)
"""


class Work:
    """What was done again: the names of the files that were read, and of the tables that were profiled."""

    def __init__(self) -> None:
        self.reads, self.profiles = list[str](), list[str]()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    done, read, profile = Work(), preparing.open_source, preparing.profile

    def noted_read(source: TableSource, workdir: Path, *rest: object) -> OpenedTable:
        done.reads.append(source.place.name)
        return read(source, workdir, *rest)  # type: ignore[arg-type]

    def noted_profile(opened: OpenedTable, *rest: object) -> TableProfile:
        done.profiles.append(opened.name)
        return profile(opened, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(opened_tables, "open_source", noted_read)
    monkeypatch.setattr(table_in_use, "profile", noted_profile)
    yield done


def settings(folder: Path, **given: object) -> Settings:
    return load_settings(folder / "none.env").model_copy(update=given)


def process(folder: Path, most_bytes: int = 10**9) -> OpenedTables:
    """The tables as a further process of the machine sees them."""
    return OpenedTables(KeptTables(folder / "kept", most_bytes), lambda: LATER)


def asked(tables: OpenedTables, source: TableSource, given: Settings | None = None) -> TableProfile:
    assert isinstance(source.place, Path)
    with tables.open(source, given or settings(source.place.parent), silent) as opened:
        return opened.profiled(silent)


def kept_files(folder: Path) -> list[Path]:
    return [file for file in (folder / "kept").rglob("*") if file.is_file() and file.parent.name != "kept"]


def test_what_one_process_read_and_profiled_no_other_does_again(tmp_path: Path, work: Work) -> None:
    source, first, second = table(tmp_path, 20), process(tmp_path), process(tmp_path)
    before, after = asked(first, source), asked(second, source)
    assert after == before and work.reads == ["sales.csv"] and work.profiles == ["sales"]


@pytest.mark.parametrize(
    ("stage", "reads", "profiles"),
    [("building", ["sales.csv"], ["sales"]), ("opened", [], ["sales"]), ("profiled", [], [])],
)
def test_after_a_kill_the_next_owner_does_only_what_was_not_done(
    tmp_path: Path, work: Work, stage: str, reads: list[str], profiles: list[str]
) -> None:
    source = table(tmp_path, 20)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), stage], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert asked(process(tmp_path), source).table.rows == 20
    assert (work.reads, work.profiles) == (reads, profiles)


def test_only_the_owner_can_read_what_is_kept(tmp_path: Path) -> None:
    asked(process(tmp_path), table(tmp_path, 20))
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept_files(tmp_path)} == {0o600}
    assert {stat.S_IMODE(file.parent.stat().st_mode) for file in kept_files(tmp_path)} == {0o700}
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700


def test_the_last_process_takes_everything_along(tmp_path: Path, work: Work) -> None:
    source, first, second = table(tmp_path, 20), process(tmp_path), process(tmp_path)
    asked(first, source), asked(second, source)
    first.close()
    assert kept_files(tmp_path)
    second.close()
    assert not kept_files(tmp_path)
    assert asked(process(tmp_path), source).table.rows == 20 and len(work.reads) == 2


def test_a_table_that_another_process_uses_is_not_taken_away(tmp_path: Path) -> None:
    first, second, source = process(tmp_path), process(tmp_path, 0), table(tmp_path, 20)
    with first.open(source, settings(tmp_path), silent) as opened:
        asked(second, source)
        second.close()
        assert opened.opened.database.exists() and opened.profiled(silent).table.rows == 20
    asked(process(tmp_path, 0), source)
    assert not kept_files(tmp_path)


@pytest.mark.parametrize("change", ["day", "program", "share_cells", "content", "name"])
def test_it_is_used_only_where_reading_and_profiling_would_give_the_same(
    tmp_path: Path, work: Work, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    source, given = table(tmp_path, 20), settings(tmp_path)
    before = asked(process(tmp_path), source, given)
    if change == "day":
        monkeypatch.setattr(kept_tables, "_today", lambda: date.today() + timedelta(days=1))
    if change == "program":
        monkeypatch.setattr(kept_tables, "reading_program", lambda: "another")
    if change == "share_cells":
        given = settings(tmp_path, share_cells="never" if given.share_cells != "never" else "always")
    if change in ("content", "name"):
        source = table(tmp_path, 21 if change == "content" else 20, "b.csv" if change == "name" else "sales.csv")
    after = asked(process(tmp_path), source, given)
    assert len(work.reads) == 2 and after.table.database != before.table.database


def test_yesterdays_tables_go_when_this_day_tidies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = process(tmp_path)
    asked(tables, table(tmp_path, 20))
    tables.tidy()
    assert kept_files(tmp_path)
    monkeypatch.setattr(kept_tables, "_today", lambda: date.today() + timedelta(days=1))
    tables.tidy()
    assert not kept_files(tmp_path)


def test_what_is_kept_of_a_deleted_file_goes_with_it_and_of_others_stays(tmp_path: Path) -> None:
    tables, gone, other = process(tmp_path), table(tmp_path, 20), table(tmp_path, 20, "other.csv")
    asked(tables, gone), asked(tables, other)
    with tables.open(gone, settings(tmp_path), silent) as opened:
        assert isinstance(gone.place, Path)
        tables.forget(gone.place)
        assert opened.opened.database.exists()
    left = {file.parent for file in kept_files(tmp_path)}
    assert not opened.opened.database.exists() and len(left) == 1


def test_a_profile_that_cannot_be_read_is_made_again(tmp_path: Path, work: Work) -> None:
    source = table(tmp_path, 20)
    before = asked(process(tmp_path), source)
    [file] = [file for file in kept_files(tmp_path) if file.name == "profile.json"]
    file.write_text(file.read_text()[:-20])
    assert asked(process(tmp_path), source) == before and work.reads == ["sales.csv"] and len(work.profiles) == 2


def test_what_a_killed_process_was_building_is_swept_and_what_a_living_one_builds_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_tables, "_YOUNG_S", -1.0)
    tables = process(tmp_path)
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "building"], cwd=ROOT, check=False)
    assert len(kept_files(tmp_path)) == 2
    with KeptTables(tmp_path / "kept", 10**9).building() as folder:
        (folder / "table.duckdb").write_text("half")
        tables.tidy()
        assert [file.parent for file in kept_files(tmp_path)] == [folder, folder]
    assert not kept_files(tmp_path) and not list((tmp_path / "kept").glob("building-*"))


def test_where_nothing_can_be_kept_the_question_is_still_answered(
    tmp_path: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_tables, "_write", full)
    source, tables = table(tmp_path, 20), process(tmp_path)
    assert [asked(tables, source).table.rows for _ in range(2)] == [20, 20]
    assert len(work.reads) == 2 and not kept_files(tmp_path)
