"""Excel workbooks: the first sheet that holds something, written out as CSV so that one path reads all."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from contracts.errors import TableError
from contracts.table import IngestNote


def write_sheet(path: Path, target: Path) -> tuple[IngestNote, ...]:
    """Write the first non-empty sheet of `path` to `target` as UTF-8 CSV. TableError when there is none."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                return _first_filled(book, path, target)
            finally:
                book.close()
    except (BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, AttributeError, SyntaxError) as error:
        raise TableError(
            f"{path.name!r} is a damaged Excel file ({error}).", "Open it in Excel and save it anew."
        ) from error


def _first_filled(book: Any, path: Path, target: Path) -> tuple[IngestNote, ...]:
    sheets = list(book.worksheets)
    for sheet in sheets:
        if sheet.sheet_state == "visible" and _write(sheet, target):
            return _notes(sheet.title, len(sheets))
    for sheet in sheets:
        if _write(sheet, target):
            return _notes(sheet.title, len(sheets))
    raise TableError(f"{path.name!r} has no sheet with rows.", "Give a workbook with a header line and rows.")


def _notes(title: str, sheets: int) -> tuple[IngestNote, ...]:
    if sheets < 2:
        return ()
    return (
        IngestNote(
            "sheet", f"Sheet {title!r} was read; the workbook's other {sheets - 1} sheet(s) were not.", sheets - 1
        ),
    )


def _write(sheet: Any, target: Path) -> bool:
    """Whether the sheet held anything; its rows without the empty margins are then in `target`."""
    if not hasattr(sheet, "iter_rows"):
        return False
    sheet.reset_dimensions()
    filled = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in _rows(sheet):
            writer.writerow(row)
            filled += 1
    return filled > 0


def _rows(sheet: Any) -> Iterator[list[str]]:
    """Rows as text, from the first filled one on, all as wide as that one or wider when they hold more."""
    left = None
    for cells in sheet.iter_rows(values_only=True):
        row = [cell_text(value) for value in cells]
        while row and not row[-1].strip():
            row.pop()
        if not row:
            continue
        if left is None:
            left = next(place for place, cell in enumerate(row) if cell.strip())
            width = len(row) - left
        shifted = row[left:]
        yield shifted + [""] * (width - len(shifted))


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
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
