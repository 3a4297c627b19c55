from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from analyst.datasets.opening import open_table
from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]


def column_of(opened: Opener, header: str, cells: list[str]) -> OpenedTable:
    return opened(f"{header},n\n" + "".join(f"{cell},{place}\n" for place, cell in enumerate(cells)))


@pytest.mark.parametrize(
    ("header", "cells", "first", "grain"),
    [
        ("Order Date", ["45292", "45295", "45298"], date(2024, 1, 1), None),
        ("Datum", ["45292", "-", "45298"], date(2024, 1, 1), None),
        ("timestamp", ["45292.5", "45295.25"], datetime(2024, 1, 1, 12), None),
        ("date", ["20240131", "20240201"], date(2024, 1, 31), None),
        ("value", [f"202401{day:02}" for day in range(1, 15)], date(2024, 1, 1), None),
        ("Invoice Date", ["45292.5", "45295.25"], datetime(2024, 1, 1, 12), None),
        ("tx_date", ["31012024", "05022024"], date(2024, 1, 31), None),
        ("date", ["5022024", "31012024"], date(2024, 2, 5), None),
        ("date", ["01312024", "02052024"], date(2024, 1, 31), None),
        ("month", ["202401", "202402", "202312"], date(2024, 1, 1), "month"),
        ("created", ["1704110400", "1704196800"], datetime(2024, 1, 1, 12), None),
        ("updated", ["1704110400000", "1704196800000"], datetime(2024, 1, 1, 12), None),
    ],
)
def test_numbers_under_a_header_of_time_become_dates_and_that_is_told(
    header: str, cells: list[str], first: Any, grain: str | None, opened: Opener, rows: Rows
) -> None:
    table = column_of(opened, header, cells)
    assert rows(table)[0][0] == first
    assert table.meanings[header].grain == grain
    assert [note.column for note in table.notes if note.kind == "date_format"] == [header]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("part number", ["45123", "45124", "45150"]),
        ("invoice", ["45123", "45124", "45150"]),
        ("date_id", ["45123", "45124", "45150"]),
        ("amount", ["45292", "45295", "45298"]),
        ("days", ["45292", "45295", "45298"]),
        ("fee due date amount", ["45292", "45295", "45298"]),
        ("date", ["1", "2", "31"]),
        ("zip", ["10115", "20095", "60311"]),
        ("month", ["1", "2", "12"]),
        ("monthly revenue", ["202401", "202402", "202412"]),
        ("value", ["20240131", "20240201"]),
        ("salary", ["1704110400", "1704196800"]),
    ],
)
def test_other_numbers_stay_numbers(header: str, cells: list[str], opened: Opener, rows: Rows) -> None:
    assert [row[0] for row in rows(column_of(opened, header, cells))] == [int(cell) for cell in cells]


@pytest.mark.parametrize(("mac", "first"), [(False, date(2024, 1, 1)), (True, date(2028, 1, 2))])
def test_serial_numbers_count_from_the_year_of_their_workbook(
    mac: bool, first: date, tmp_path: Path, rows: Rows
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Date", "Amount"], [45292, 1], [45295, 2], [45298, 3]):
        sheet.append(row)
    plain, path = tmp_path / "plain.xlsx", tmp_path / "given.xlsx"
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.namelist():
            content = source.read(entry)
            if mac and entry == "xl/workbook.xml":
                content = re.sub(rb"<workbookPr\b", b'<workbookPr date1904="1"', content)
            target.writestr(entry, content)
    assert rows(open_table(path, tmp_path / "work"))[0][0] == first


@pytest.mark.parametrize(
    ("header", "cells"), [("account", ["31012024", "05022024"]), ("date", ["31132024", "05022024"])]
)
def test_eight_digits_are_no_days_under_another_header_or_with_a_thirteenth_month(
    header: str, cells: list[str], opened: Opener, rows: Rows
) -> None:
    assert [row[0] for row in rows(column_of(opened, header, cells))] == cells


def test_eight_digits_that_any_order_reads_are_told(opened: Opener) -> None:
    table = column_of(opened, "date", ["05022024", "06032024"])
    assert table.meanings["date"].unsure == "day first"
    assert [note.column for note in table.notes if note.kind == "ambiguous_dates"] == ["date"]
