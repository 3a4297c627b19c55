"""Excel workbooks: the first sheet that holds a table, written out as CSV so that one path reads all."""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from analyst.core.errors import TableError
from analyst.protocol.table import IngestNote

_MERGED = re.compile(rb'<mergeCell [^>]*ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_FROM_1904 = re.compile(rb'date1904="(?:1|true)"')
_LOOKED_AT = 200
"""Rows whose widest is the width of the table."""
_MOST_MERGED = 1_000_000
"""Cells that are filled from merged ones: more are decoration."""


@dataclass
class _Written:
    """What was written of a sheet."""

    rows: int = 0
    width: int = 0
    merged: int = 0
    filled: Counter[int] = field(default_factory=Counter)
    """How many cells each column holds."""

    @property
    def is_table(self) -> bool:
        """Whether there are at least two columns and two rows: a cover sheet has notes in one column."""
        return self.width > 1 and self.rows > 1


def write_sheet(path: Path, target: Path, file: str) -> tuple[IngestNote, ...]:
    """Write the first sheet of `path` with a table to `target` as UTF-8 CSV. TableError when there is none."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings(), path.open("rb") as opened:
            warnings.simplefilter("ignore")
            book = load_workbook(opened, read_only=True, data_only=True, keep_links=False)
            try:
                return _first_table(book, path, target, file)
            finally:
                book.close()
    except (BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, AttributeError, SyntaxError) as error:
        raise TableError(
            f"{file!r} is a damaged Excel file ({error}).", "Open it in Excel and save it again."
        ) from error


def epoch(path: Path) -> str:
    """The day from which the workbook's serial numbers count: some of old Macs count from 1904."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as part:
            counts_from_1904 = _FROM_1904.search(part.read(1 << 16))
    except (BadZipFile, KeyError, OSError):
        counts_from_1904 = None
    return "1904-01-01" if counts_from_1904 else "1899-12-30"


def _first_table(book: Any, path: Path, target: Path, file: str) -> tuple[IngestNote, ...]:
    """Visible sheets come before hidden ones, tables before whatever else is filled."""
    sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
    in_turn = sorted(sheets, key=lambda sheet: sheet.sheet_state != "visible")
    filled = None
    for sheet in in_turn:
        written = _write(sheet, path, target)
        if written.is_table:
            return _notes(sheet, sheets, written, path)
        filled = filled or (sheet if written.rows else None)
    if filled is None:
        raise TableError(f"{file!r} has no sheet with rows.", "Use a workbook with a header line and rows.")
    return _notes(filled, sheets, _write(filled, path, target), path)


def _notes(sheet: Any, sheets: list[Any], written: _Written, path: Path) -> tuple[IngestNote, ...]:
    notes = []
    others = [repr(other.title) for other in sheets if other is not sheet]
    if others:
        shown = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
        told = f"Sheet {sheet.title!r} was read. The workbook has {len(sheets)} sheets; not read: {shown}."
        notes.append(IngestNote("sheet", told, len(others)))
    if written.merged:
        told = f"{written.merged:,} merged cell(s) were filled with the value of the first one."
        notes.append(IngestNote("merged", told, written.merged))
    if written.rows > 2 and min(written.filled.values()) <= 1:
        formulas = _uncalculated(path, sheet.title)
        told = f"{formulas:,} cell(s) have formulas without a saved value: open and save the file in Excel."
        notes += [IngestNote("formulas", told, formulas)] if formulas else []
    return tuple(notes)


def _uncalculated(path: Path, title: str) -> int:
    """Formulas that no program has calculated: the columns of these are empty."""
    from openpyxl import load_workbook

    with warnings.catch_warnings(), path.open("rb") as opened:
        warnings.simplefilter("ignore")
        book = load_workbook(opened, read_only=True, data_only=False, keep_links=False)
        try:
            rows = book[title].iter_rows(values_only=True)
            return sum(isinstance(cell, str) and cell.startswith("=") for row in rows for cell in row)
        finally:
            book.close()


def _write(sheet: Any, path: Path, target: Path) -> _Written:
    """Write the sheet's filled rows, and one blank row where there are any between them, to `target`."""
    sheet.reset_dimensions()
    written = _Written()
    rows = _rows(sheet, _merged_down(path, sheet), written)
    first = list(islice(rows, _LOOKED_AT))
    width = max(map(len, first), default=0)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        wide = False
        for row in chain(first, rows):
            # A title in one cell stays short: so it is known from the rows of the table.
            wide = wide or _filled(row) > 1
            writer.writerow(row + [""] * (width - len(row)) if wide else row)
    return written


def _filled(row: list[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _rows(sheet: Any, merged: dict[int, list[tuple[int, int]]], written: _Written) -> Iterator[list[str]]:
    """Rows as text without empty ends; blank rows between others as one."""
    running: dict[int, tuple[int, str]] = {}
    blank = False
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        row = [cell_text(value) for value in cells]
        written.merged += _fill_down(row, number, merged, running)
        while row and not row[-1].strip():
            row.pop()
        if not row:
            blank = written.rows > 0
            continue
        if blank:
            yield []
        blank = False
        written.rows += 1
        written.width = max(written.width, _filled(row))
        written.filled.update(place for place, cell in enumerate(row) if cell.strip())
        yield row


def _fill_down(
    row: list[str], number: int, merged: dict[int, list[tuple[int, int]]], running: dict[int, tuple[int, str]]
) -> int:
    """Give cells that are merged with one above its value; the number of them. `running`: last row and value."""
    filled = 0
    for place, (last, value) in list(running.items()):
        if number > last:
            del running[place]
        elif place < len(row) and not row[place]:
            row[place] = value
            filled += bool(value)
    for place, last in merged.get(number, ()):
        if place < len(row):
            running[place] = (last, row[place])
    return filled


def _merged_down(path: Path, sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Merged cells of more than one row: by their first row, (column from 0, last row)."""
    from openpyxl.utils import column_index_from_string

    merged: dict[int, list[tuple[int, int]]] = {}
    cells, tail = 0, b""
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path) as part:
        while piece := part.read(1 << 20):
            for found in _MERGED.finditer(tail + piece):
                first, last = int(found[2]), int(found[4])
                cells += last - first
                if last > first and cells <= _MOST_MERGED:
                    merged.setdefault(first, []).append((column_index_from_string(found[1].decode()) - 1, last))
            tail = (tail + piece)[-100:] if b"<mergeCell " in (tail + piece)[-100:] else b""
    return merged


def cell_text(value: Any) -> str:
    """A cell's value as text that the type inference reads back: ISO dates, plain numbers, true/false."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _duration(value: timedelta) -> str:
    """Hours, minutes and seconds, as Excel shows a time over a day: 30:00:00."""
    seconds = round(abs(value).total_seconds())
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
