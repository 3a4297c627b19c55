"""Tables that are kept open: read once, known by their bytes, gone when there is no room or no user."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analyst.core.errors import TableError
from analyst.core.events import Progress
from analyst.core.settings import Settings, load_settings
from analyst.datasets import opened_tables, preparing
from analyst.datasets.kept_tables import KeptTables
from analyst.datasets.opened_tables import OpenedTables
from analyst.protocol.places import Url
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


class TestSeveralTables:
    @pytest.fixture
    def both(self, tmp_path: Path) -> TableSource:
        (tmp_path / "boats.csv").write_text(
            "boat_id,harbour\n" + "".join(f"B{i},{['E', 'W'][i % 2]}\n" for i in range(8))
        )
        trips = tmp_path / "trips.csv"
        trips.write_text("trip,boat_id,crew\n" + "".join(f"{i},B{i % 8},{i}\n" for i in range(40)))
        return TableSource(trips, others=(TableSource(tmp_path / "boats.csv"),))

    @pytest.fixture
    def joins(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What was found or joined anew."""
        found: list[str] = []
        for name in ("find_relations", "join"):
            original = getattr(opened_tables, name)

            def noted(
                *given: object, name: str = name, original: Callable[..., object] = original, **more: object
            ) -> object:
                found.append(name)
                return original(*given, **more)

            monkeypatch.setattr(opened_tables, name, noted)
        return found

    def test_the_next_question_reads_and_joins_nothing(
        self, tmp_path: Path, settings: Settings, both: TableSource, reads: list[str], joins: list[str]
    ) -> None:
        tables = keeping(tmp_path)
        first = asked(tables, both, settings)
        assert asked(tables, both, settings) == first
        assert (reads, joins) == (["trips.csv", "boats.csv"], ["find_relations", "join"])
        tables.close()

    def test_another_base_is_joined_from_the_same_relations(
        self, tmp_path: Path, settings: Settings, both: TableSource, joins: list[str]
    ) -> None:
        tables = keeping(tmp_path)
        for question, name in (
            ("Total crew by harbour", "trips with boats"),
            ("Which boats have no trips?", "boats with trips"),
        ):
            with tables.open(both, settings, silent, question) as opened:
                assert opened.opened.name == name
        assert joins == ["find_relations", "join", "join"]
        tables.close()

    def test_a_part_that_changed_is_joined_anew(self, tmp_path: Path, settings: Settings, both: TableSource) -> None:
        tables = keeping(tmp_path)
        before = asked(tables, both, settings)
        (tmp_path / "trips.csv").write_text("trip,boat_id,crew\n" + "".join(f"{i},B{i % 8},{i}\n" for i in range(50)))
        later = OpenedTables(KeptTables(tmp_path / "kept", 10**9), lambda: LATER)
        assert (before[0], asked(later, both, settings)[0]) == (40, 50)
        tables.close()
        later.close()

    def test_what_was_joined_goes_with_any_of_its_files(
        self, tmp_path: Path, settings: Settings, both: TableSource
    ) -> None:
        tables = keeping(tmp_path)
        _, place = asked(tables, both, settings)
        assert place.exists()
        tables.forget(tmp_path / "boats.csv")
        assert not place.exists()
        tables.close()

    def test_it_is_joined_as_before_where_that_is_asked_for(
        self, tmp_path: Path, settings: Settings, both: TableSource
    ) -> None:
        tables = keeping(tmp_path)
        with tables.open(both, settings, silent, "Which boats have no trips?") as opened:
            before = opened.opened.fingerprint
        with tables.open(both, settings, silent, "Total crew by harbour", before) as opened:
            assert (opened.opened.fingerprint, opened.opened.name) == (before, "boats with trips")
        tables.close()

    def test_months_as_files_are_one_table_and_their_dates_are_read_alike(
        self, tmp_path: Path, settings: Settings
    ) -> None:
        for month, days in (("may", range(1, 11)), ("june", range(15, 29))):
            number = 5 if month == "may" else 6
            (tmp_path / f"{month}.csv").write_text(
                "day,sold\n" + "".join(f"{d:02d}/{number:02d}/2024,{d}\n" for d in days)
            )
        source = TableSource(tmp_path / "may.csv", others=(TableSource(tmp_path / "june.csv"),))
        tables = keeping(tmp_path)
        with tables.open(source, settings, silent, "Total sold by file") as opened:
            profile = opened.profiled(silent)
        assert (profile.table.name, profile.table.rows) == ("may and june", 24)
        assert dict(profile.column("file").values) == {"may.csv": 10, "june.csv": 14}
        day = profile.column("day")
        assert (str(day.minimum)[:10], str(day.maximum)[:10]) == ("2024-05-01", "2024-06-28")
        assert "may.csv and june.csv have the same columns, so their rows were put together: 'file' says whose." in [
            note.message for note in profile.table.notes
        ]
        assert asked(tables, source, settings)[0] == 24
        tables.close()

    def test_like_files_are_put_together_and_joined_with_the_rest(
        self, tmp_path: Path, settings: Settings, both: TableSource
    ) -> None:
        (tmp_path / "trips_2.csv").write_text(
            "trip,boat_id,crew\n" + "".join(f"{i},B{i % 8},{i}\n" for i in range(40, 60))
        )
        source = TableSource(tmp_path / "trips.csv", others=(TableSource(tmp_path / "trips_2.csv"), *both.others))
        with OpenedTables().open(source, settings, silent, "Total crew by harbour") as opened:
            assert (opened.opened.name, opened.opened.rows) == ("trips with boats", 60)


class TestTablesOnTheWeb:
    SOURCE = TableSource(Url("https://data.example/sales.csv"))

    @pytest.fixture
    def downloads(self) -> list[str]:
        """The versions that were downloaded."""
        return []

    @pytest.fixture
    def versions(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, downloads: list[str]) -> list[str]:
        """What the server calls its file's version: the last one; the file is read as it lies on this machine."""
        here, told = table(tmp_path, 30), ["v1"]

        def read(source: TableSource, folder: Path, settings: Settings, on_event: object) -> object:
            downloads.append(told[-1])
            return replace(preparing.open_source(here, folder, settings, silent), source=source.place)

        monkeypatch.setattr(opened_tables, "open_source", read)
        monkeypatch.setattr(opened_tables, "version_of", lambda source, settings: told[-1])
        return told

    def test_it_is_read_again_once_its_server_tells_another_version(
        self, tmp_path: Path, settings: Settings, versions: list[str], downloads: list[str]
    ) -> None:
        tables = keeping(tmp_path)
        for version in ("v1", "v1", "v2", "v2"):
            versions.append(version)
            assert asked(tables, self.SOURCE, settings)[0] == 30
        assert downloads == ["v1", "v2"]
        tables.close()

    def test_it_is_read_each_time_where_the_server_tells_none(
        self, tmp_path: Path, settings: Settings, versions: list[str], downloads: list[str]
    ) -> None:
        tables = keeping(tmp_path)
        versions.append("")
        for _ in range(2):
            asked(tables, self.SOURCE, settings)
        assert downloads == ["", ""]
        tables.close()
