"""Tables that are kept open: read once, known by their bytes, gone when there is no room or no user."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyst.core.errors import TableError
from analyst.core.events import Progress
from analyst.core.settings import Settings, load_settings
from analyst.datasets import opened_tables, preparing
from analyst.datasets.kept_tables import KeptTables
from analyst.datasets.opened_tables import OpenedTables
from analyst.protocol.table import TableSource

LATER = 1e12
"""A clock at which every file has long settled."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "none.env")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the files that were read."""
    found: list[str] = []
    original = preparing.open_source

    def noted(source: TableSource, *rest: object) -> object:
        found.append(source.place.name)
        return original(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(opened_tables, "open_source", noted)
    yield found


def table(folder: Path, rows: int, name: str = "sales.csv") -> TableSource:
    file = folder / name
    file.write_text("region,amount\n" + "".join(f"r{i % 3},{i}\n" for i in range(rows)))
    return TableSource(file)


def keeping(folder: Path, most_bytes: int = 10**9, clock: Callable[[], float] = lambda: LATER) -> OpenedTables:
    return OpenedTables(KeptTables(folder / "kept", most_bytes), clock)


def silent(event: Progress) -> None:
    pass


def asked(tables: OpenedTables, source: TableSource, settings: Settings) -> tuple[int, Path]:
    """Ask about a table; its rows, and where it was."""
    with tables.open(source, settings, silent) as opened:
        prepared = opened.prepare("What is the total amount by region?", silent)
        return prepared.profile.table.rows, opened.opened.database


def test_the_second_question_reads_nothing_and_prepares_the_same(
    tmp_path: Path, settings: Settings, reads: list[str]
) -> None:
    tables, source = keeping(tmp_path), table(tmp_path, 20)
    cards = []
    for _ in range(2):
        with tables.open(source, settings, silent) as opened:
            cards.append(opened.prepare("total amount by region", silent).card)
    assert reads == ["sales.csv"] and cards[0] == cards[1]
    tables.close()


def test_without_room_each_analysis_reads_for_itself_and_leaves_nothing(
    tmp_path: Path, settings: Settings, reads: list[str]
) -> None:
    tables, source = OpenedTables(), table(tmp_path, 20)
    for _ in range(2):
        assert not asked(tables, source, settings)[1].exists()
    assert len(reads) == 2


def test_a_changed_file_is_another_table_even_when_size_and_time_stay(tmp_path: Path, settings: Settings) -> None:
    tables, source = keeping(tmp_path, clock=time.time), table(tmp_path, 20)
    assert isinstance(source.place, Path)
    before, stamp = asked(tables, source, settings), source.place.stat()
    source.place.write_text(source.place.read_text().replace("r2,17\n", "r2,\n18\n"))
    os.utime(source.place, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert asked(tables, source, settings) != before
    tables.close()


def test_the_least_recently_used_goes_when_there_is_no_room(
    tmp_path: Path, settings: Settings, reads: list[str]
) -> None:
    sources = [table(tmp_path, 20 + i, f"t{i}.csv") for i in range(3)]
    probe = keeping(tmp_path)
    size = sum(f.stat().st_size for f in asked(probe, sources[0], settings)[1].parent.rglob("*") if f.is_file())
    probe.close()
    reads.clear()
    tables = keeping(tmp_path, int(size * 2.5))
    for source in (sources[0], sources[1], sources[0], sources[2], sources[0], sources[1]):
        asked(tables, source, settings)
    assert reads == ["t0.csv", "t1.csv", "t2.csv", "t1.csv"]
    tables.close()


def test_a_table_in_use_is_not_taken_away(tmp_path: Path, settings: Settings) -> None:
    tables, source = keeping(tmp_path, 1), table(tmp_path, 20)
    with tables.open(source, settings, silent) as opened:
        opened.profiled(silent)
        asked(tables, source, settings)
        assert opened.opened.database.exists()
    assert not opened.opened.database.exists()


def test_many_that_ask_at_once_read_it_once(tmp_path: Path, settings: Settings, reads: list[str]) -> None:
    tables, source, found = keeping(tmp_path), table(tmp_path, 50), list[int]()
    work: Callable[[], None] = lambda: found.append(asked(tables, source, settings)[0])  # noqa: E731
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [50] * 6 and reads == ["sales.csv"]
    tables.close()


def test_what_cannot_be_read_is_not_kept(tmp_path: Path, settings: Settings) -> None:
    tables, file = keeping(tmp_path), tmp_path / "sales.csv"
    file.write_text("")
    with pytest.raises(TableError, match="empty"), tables.open(TableSource(file), settings, silent):
        pass
    assert asked(tables, table(tmp_path, 5), settings)[0] == 5
    tables.close()
