"""Excel workbooks: one sheet's largest table, written out as CSV so that one path reads all.

Without a choice it is the first sheet that is about as full as the fullest one, so that covers, notes and small
look-up lists are passed over. What the cells alone don't say is told: other sheets and tables, what is hidden, formulas
that no program has calculated.
"""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from analyst.core.errors import TableError
from analyst.core.text import counted, listed
from analyst.datasets.sources.cells import filled, is_value
from analyst.datasets.sources.excel_cells import cell_text, currency_of, number_formats, padded_codes, with_currencies
from analyst.datasets.sources.sheet_xml import SheetLayout, column_letters, read_layout
from analyst.datasets.sources.strict_excel import as_transitional, is_strict
from analyst.datasets.sources.tables import Table, find_tables, largest, tables_note
from analyst.protocol.table import IngestNote

_FROM_1904 = re.compile(rb'date1904="(?:1|true)"')
_LOOKED_AT = 200
"""Rows whose widest is the width of the table."""
_FULL = 0.5
"""The share of the fullest sheet's cells from which a sheet before it is taken."""
_COMPARABLE = 0.1
"""The share of the chosen sheet's cells from which another one could have been meant."""
_DAMAGE = (BadZipFile, KeyError, ValueError, TypeError, AttributeError, SyntaxError, EOFError)


@dataclass(frozen=True)
class _Sheet:
    """A worksheet: openpyxl's object, and what its XML says beside the cells."""

    cells: Any
    layout: SheetLayout

    @property
    def title(self) -> str:
        return str(self.cells.title)

    @property
    def visible(self) -> bool:
        return bool(self.cells.sheet_state == "visible")


@dataclass
class _Written:
    """What was written of a sheet."""

    rows: int = 0
    width: int = 0
    fullest: int = 0
    """The most filled cells of a row."""
    merged: int = 0
    numbers: list[int] = field(default_factory=list)
    """The row's number in the sheet of each row written, blank ones too."""
    names: dict[int, str] = field(default_factory=dict)
    """The last text above the formulas of a column without values."""
    table: Table | None = None
    notes: tuple[IngestNote, ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether there are at least two columns and two rows: a cover sheet has notes in one column."""
        return self.fullest > 1 and self.rows > 1


def write_sheet(path: Path, target: Path, file: str, sheet: str | None = None) -> tuple[IngestNote, ...]:
    """Write the best sheet of `path`, or the one named `sheet`, to `target` as UTF-8 CSV.

    TableError when there is no such sheet, or none with rows.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        if is_strict(path):
            path = as_transitional(path, target.with_name("transitional.xlsx"))
        with warnings.catch_warnings(), path.open("rb") as opened:
            warnings.simplefilter("ignore")
            book = load_workbook(opened, read_only=True, data_only=True, keep_links=False)
            try:
                sheets = [cells for cells in book.worksheets if hasattr(cells, "iter_rows")]
                read = partial(_read_sheet, path)
                if sheet is not None:
                    return _asked_sheet(_named(sheets, sheet, file), sheets, read, target)
                return _best_sheet(list(map(read, sheets)), target, file)
            finally:
                book.close()
    except (*_DAMAGE, InvalidFileException) as error:
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


def _read_sheet(path: Path, cells: Any) -> _Sheet:
    return _Sheet(cells, read_layout(path, cells._worksheet_path))


def _named(sheets: Sequence[Any], name: str, file: str) -> Any:
    """The sheet called `name`; without regard to case and blanks where none is called exactly so."""
    bare = name.strip().casefold()
    exact = [cells for cells in sheets if cells.title == name]
    alike = exact or [cells for cells in sheets if cells.title.strip().casefold() == bare]
    if len(alike) != 1:
        titles = listed([repr(cells.title) for cells in sheets])
        raise TableError(f"{file!r} has no sheet named {name!r}.", f"Choose one of its sheets: {titles}.")
    return alike[0]


def _asked_sheet(
    cells: Any, sheets: Sequence[Any], read: Callable[[Any], _Sheet], target: Path
) -> tuple[IngestNote, ...]:
    chosen = read(cells)
    written = _write(chosen, target)
    if not written.rows:
        raise TableError(f"The sheet {chosen.title!r} is empty.", "Choose another sheet.")
    others = [other.title for other in sheets if other is not cells]
    told = f"Sheet {chosen.title!r} was read, as asked." + (f" Not read: {_titles(others)}." if others else "")
    return (IngestNote("sheet", told, len(others)), *_notes(chosen, written))


def _best_sheet(sheets: list[_Sheet], target: Path, file: str) -> tuple[IngestNote, ...]:
    """Visible sheets come before hidden ones, full ones before others, tables before whatever else is filled."""
    in_turn = sorted(sheets, key=lambda sheet: (not sheet.visible, not _is_full(sheet, sheets)))
    candidates = [sheet for sheet in in_turn if sheet.layout.cells] or in_turn
    for sheet in candidates:
        written = _write(sheet, target)
        if written.is_table:
            return (*_choice(sheet, sheets), *_notes(sheet, written))
    for sheet in candidates:
        written = _write(sheet, target)
        if written.rows:
            return (*_choice(sheet, sheets), *_notes(sheet, written))
    raise TableError(f"{file!r} has no sheet with rows.", "Use a workbook with a header line and rows.")


def _is_full(sheet: _Sheet, sheets: Sequence[_Sheet]) -> bool:
    alike = [other.layout.cells for other in sheets if other.visible == sheet.visible]
    return sheet.layout.cells >= _FULL * max(alike)


def _choice(chosen: _Sheet, sheets: Sequence[_Sheet]) -> tuple[IngestNote, ...]:
    """Which sheet was read, and which were not; a doubt when another one is of a similar size."""
    others = [sheet for sheet in sheets if sheet is not chosen]
    if not others:
        return ()
    named = [f"{sheet.title!r}{'' if sheet.visible else ' (hidden)'}" for sheet in others]
    shown = ", ".join(named[:10]) + (", …" if len(named) > 10 else "")
    told = (
        f"Sheet {chosen.title!r} was read. The workbook has {len(sheets)} sheets; not read: {shown}."
        " To read another one, name it as FILE::SHEET."
    )
    doubt = any(sheet.layout.cells >= _COMPARABLE * chosen.layout.cells and sheet.layout.cells > 3 for sheet in others)
    return (IngestNote("sheet_choice" if doubt else "sheet", told, len(others)),)


def _titles(titles: Sequence[str]) -> str:
    return ", ".join(map(repr, titles[:10])) + (", …" if len(titles) > 10 else "")


def _notes(sheet: _Sheet, written: _Written) -> tuple[IngestNote, ...]:
    """What is told of a sheet that was read."""
    notes = list(written.notes)
    if written.merged:
        told = f"{counted(written.merged, 'merged cell')} took the value of the first cell."
        notes.append(IngestNote("merged", told, written.merged))
    return (*notes, *_hidden(sheet, written), *_uncalculated(sheet, written))


def _hidden(sheet: _Sheet, written: _Written) -> Iterator[IngestNote]:
    table = written.table
    inside = set(written.numbers[table.top : table.bottom] if table else written.numbers)
    rows = len(sheet.layout.hidden_rows & inside)
    if rows:
        told = f"{counted(rows, 'row')} of the sheet {'is' if rows == 1 else 'are'} hidden in Excel, as by a filter;"
        yield IngestNote("hidden_rows", told + " hidden rows were read, too, and count in every result.", rows)
    columns = sorted(place for place in sheet.layout.hidden_columns if _is_inside(place, written))
    if columns:
        shown = listed([column_letters(place) for place in columns[:10]])
        told = f"{counted(len(columns), 'column')} of the sheet hidden in Excel ({shown}): read like the others."
        yield IngestNote("hidden_columns", told, len(columns))


def _is_inside(place: int, written: _Written) -> bool:
    table = written.table
    return table.left <= place < table.right if table else place < written.width


def _uncalculated(sheet: _Sheet, written: _Written) -> Iterator[IngestNote]:
    """Formulas that no program has calculated: their cells are empty, and nothing stands in for them."""
    for place, count in sorted(sheet.layout.uncalculated.items()):
        if not _is_inside(place, written):
            continue
        name = written.names.get(place, "").strip()
        shown = repr(name) if name else f"Column {column_letters(place)}"
        told = (
            f"{shown} has {counted(count, 'formula')} without a saved value, so {'its' if count > 1 else 'the'}"
            f" {'cells are' if count > 1 else 'cell is'} empty. Open the file in Excel and save it to calculate them."
        )
        yield IngestNote("formulas", told, count, name or None)


def _write(sheet: _Sheet, target: Path) -> _Written:
    """Write the sheet's largest table to `target`: its filled rows, and one blank row for any between them."""
    sheet.cells.reset_dimensions()
    written = _Written()
    rows = _rows(sheet, written)
    first = list(islice(rows, _LOOKED_AT))
    width = max(map(len, first), default=0)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        wide = False
        for row in chain(first, rows):
            # A title in one cell stays short: so it is known from the rows of the table.
            wide = wide or filled(row) > 1
            writer.writerow(row + [""] * (width - len(row)) if wide else row)
    if written.is_table:
        _keep_largest(target, written)
    return written


def _keep_largest(target: Path, written: _Written) -> None:
    """Leave only the largest table in `target`, where there are several, or cells beside it."""
    read = partial(_read_rows, target)
    tables = find_tables(read)
    if len(tables) < 2:
        return
    chosen = largest(tables)
    part = target.with_name("table.csv")
    with part.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(chosen.cut(read()))
    part.replace(target)
    written.table, written.notes = chosen, (tables_note(chosen, tables, "sheet"),)


def _read_rows(path: Path) -> Iterator[list[str]]:
    with path.open("r", encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def _rows(sheet: _Sheet, written: _Written) -> Iterator[list[str]]:
    """Rows as text without empty ends; blank rows between others as one."""
    layout, formats = sheet.layout, number_formats(sheet.cells)
    codes, mixed = padded_codes(formats), with_currencies(formats)
    running: dict[int, tuple[int, str]] = {}
    blank = False
    for number, cells in enumerate(sheet.cells.iter_rows(values_only=not mixed), 1):
        values = [cell.value for cell in cells] if mixed else cells
        row = [cell_text(value, codes.get(place, 0)) for place, value in enumerate(values)]
        for place in mixed:
            if place < len(row) and isinstance(values[place], (int, float)):
                row[place] += f" {currency_of(cells[place].number_format)}"
        written.merged += _fill_down(row, number, layout.merged_down, running)
        written.names |= {
            place: row[place]
            for place, first in layout.first_formula.items()
            if number < first and place < len(row) and row[place].strip() and not is_value(row[place].strip())
        }
        while row and not row[-1].strip():
            row.pop()
        if not row:
            blank = written.rows > 0
            continue
        if blank:
            written.numbers.append(number - 1)
            yield []
        blank = False
        written.rows += 1
        written.width, written.fullest = max(written.width, len(row)), max(written.fullest, filled(row))
        written.numbers.append(number)
        yield row


def _fill_down(
    row: list[str], number: int, merged: dict[int, list[tuple[int, int]]], running: dict[int, tuple[int, str]]
) -> int:
    """Give cells that are merged with one above its value; the number of them. `running`: last row and value."""
    count = 0
    for place, (last, value) in list(running.items()):
        if number > last:
            del running[place]
        elif place < len(row) and not row[place]:
            row[place] = value
            count += bool(value)
    for place, last in merged.get(number, ()):
        if place < len(row):
            running[place] = (last, row[place])
    return count
