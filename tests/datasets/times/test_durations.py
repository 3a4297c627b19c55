from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from analyst.datasets.opening import open_table
from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]


def opened_column(opened: Opener, header: str, cells: list[str], *, beside: str = "who") -> OpenedTable:
    return opened(f"{beside},{header}\n" + "".join(f"{'abc'[place % 3]},{cell}\n" for place, cell in enumerate(cells)))


@pytest.mark.parametrize(
    ("header", "cells", "seconds"),
    [
        ("call_duration", ["00:22:30", "00:40:42", "01:00:01"], [1350, 2442, 3601]),
        ("hours", ["30:30:00", "7:45:00", "-1:00:00"], [109_800, 27_900, -3600]),
        ("elapsed", ["100:15", "30:00", "8:20"], [360_900, 108_000, 30_000]),
        ("travel_time", ["00:52", "02:14", "1:36"], [3120, 8040, 5760]),
        ("lap", ["1:02.5", "0:59.25", "1:10.0"], [62.5, 59.25, 70]),
        ("song length", ["3:45", "4:05", "12:30"], [225, 245, 750]),
        ("finish", ["58:12", "1:02:33", "59:59"], [3492, 3753, 3599]),
        ("took", ["1h 30m", "45m", "2h"], [5400, 2700, 7200]),
        ("took", ["1 hour 5 minutes", "2 hours", "90 seconds"], [3900, 7200, 90]),
        ("dauer", ["1 Std. 30 Min.", "45 Min.", "2 Std."], [5400, 2700, 7200]),
        ("took", ["2 days 03:04:05", "0 days 00:00:10", "1 day 00:00:00"], [183_845, 10, 86_400]),
        ("took", ["PT1H30M", "PT45M", "P1DT2H"], [5400, 2700, 93_600]),
        ("durée", ["1h30", "2h05", "0h45"], [5400, 7500, 2700]),
        ("took", ["1h 30m", "-", "2h"], [5400, None, 7200]),
    ],
)
def test_lengths_of_time_become_seconds(
    header: str, cells: list[str], seconds: list[float | None], opened: Opener, rows: Rows
) -> None:
    table = opened_column(opened, header, cells)
    assert [row[1] for row in rows(table)] == seconds
    assert table.meanings[header].unit == "seconds"
    assert [note.column for note in table.notes if note.kind.startswith("durations")] == [header]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("start_time", ["07:00", "08:30", "00:45"]),
        ("Uhrzeit", ["07:00", "08:30", "23:45"]),
        ("departure", ["00:10", "01:30", "02:45"]),
        ("time", ["07:00", "14:30", "23:15"]),
        ("opened_at", ["00:00:10", "00:01:30", "03:02:45"]),
    ],
)
def test_times_of_day_stay_times_of_day(header: str, cells: list[str], opened: Opener, rows: Rows) -> None:
    table = opened_column(opened, header, cells)
    assert [row[1] for row in rows(table)] == [time.fromisoformat(cell) for cell in cells]
    assert table.meanings.get(header) is None


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("score", ["3:02", "101:10", "2:20"]),
        ("aspect", ["16:10", "4:30", "64:27"]),
        ("seasons", ["1 Season", "2 Seasons", "90 min"]),
        ("verse", ["3:16", "119:05", "1:01"]),
        ("name", ["m", "h", "s"]),
        ("code", ["p1", "p2", "t5"]),
    ],
)
def test_what_only_looks_like_lengths_stays_as_it_is(header: str, cells: list[str], opened: Opener, rows: Rows) -> None:
    table = opened_column(opened, header, cells)
    assert [row[1] for row in rows(table)] == cells
    assert header not in table.meanings


def test_times_of_day_among_words_stay_text(opened: Opener, rows: Rows) -> None:
    cells = ["14:30", "09:15", "18:45"] * 10 + ["closed"]
    table = opened_column(opened, "shown", cells)
    assert [row[1] for row in rows(table)] == cells
    assert table.meanings.get("shown") is None


def test_a_number_with_one_unit_is_left_to_the_reading_of_units(opened: Opener) -> None:
    table = opened_column(opened, "length", ["90 min", "105 min", "88 min"])
    assert table.meanings.get("length") is None or table.meanings["length"].unit != "seconds"


def test_parts_that_nothing_explains_are_told(opened: Opener, rows: Rows) -> None:
    table = opened_column(opened, "value", ["25:10", "30:40", "12:05"])
    assert rows(table)[0][1] == 1510
    assert table.meanings["value"].unsure == "minutes and seconds"
    assert [note.column for note in table.notes if note.kind == "durations_unsure"] == ["value"]


def test_lengths_of_excel_in_any_format_of_clocks_are_lengths(tmp_path: Path, rows: Rows) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["team", "hours"])
    for place, hours in enumerate((30.5, 7.75, 26.0)):
        sheet.append([f"T{place}", timedelta(hours=hours)])
        sheet.cell(place + 2, 2).number_format = "[h]:mm"
    book.save(tmp_path / "hours.xlsx")
    table = open_table(tmp_path / "hours.xlsx", tmp_path / "work")
    assert [row[1] for row in rows(table)] == [109_800, 27_900, 93_600]
    assert table.meanings["hours"].unit == "seconds"


def test_a_length_over_a_day_in_a_format_of_clocks_is_no_day_of_1900(tmp_path: Path, rows: Rows) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["team", "worked"])
    for row in (["a", time(7, 30)], ["b", datetime(1900, 1, 1, 6, 30)], ["c", time(8, 0)]):
        sheet.append(row)
    book.save(tmp_path / "worked.xlsx")
    table = open_table(tmp_path / "worked.xlsx", tmp_path / "work")
    assert [row[1] for row in rows(table)] == [27_000, 109_800, 28_800]


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        (["1 day", "9 days", "12 days"], "days"),
        (["1 hr", "2 hours", "7 h"], "h"),
        (["1 week", "3 weeks", "5 weeks"], "weeks"),
    ],
)
def test_lengths_in_one_unit_are_numbers_of_it(cells: list[str], unit: str, opened: Opener, rows: Rows) -> None:
    table = opened_column(opened, "lead time", cells)
    assert [row[1] for row in rows(table)] == [float(cell.split()[0]) for cell in cells]
    assert table.meanings["lead time"].unit == unit
