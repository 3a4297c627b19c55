"""The computed figures as files: a workbook with a sheet a result, and the first of them as CSV; nothing is rounded."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.key_figures import key_figures
from analyst.reporting.numbers import FRACTION, clean_text, is_money
from analyst.reporting.page import shown_tables
from analyst.reporting.report import Report

XLSX, CSV = "figures.xlsx", "figures.csv"
MAX_SHEETS = 20
_FORMULA = ("=", "+", "-", "@", "\t")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?$")


def figure_tables(report: Report) -> list[EvidenceTable]:
    """The results that go into the files, what the answer is read from first; none of a question that was refused."""
    told = [table for table in shown_tables(report) if table.audience == "answer" and table.rows]
    found = key_figures(report)
    first = found.first.id if found else ""
    return [] if report.refused else sorted(told, key=lambda table: table.id != first)[:MAX_SHEETS]


def to_xlsx(tables: Sequence[EvidenceTable]) -> bytes:
    """A workbook with a sheet a table, named by its id: heads as the result names them, values unrounded."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)
    for table in tables:
        sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", "_", table.id)[:31])
        sheet.append([clean_text(name) for name in table.columns])
        for cell in sheet[1]:
            cell.font, cell.data_type = Font(bold=True), "s"
        for row in table.rows:
            sheet.append([_cell(value) for value in row])
        _format(sheet, table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _format(sheet: Any, table: EvidenceTable) -> None:
    """Percent and currencies as such, texts never as formulas, the head always in sight."""
    sheet.freeze_panes = "A2"
    for place, name in enumerate(table.columns, 1):
        kind = table.formats.get(name)
        letter = sheet.cell(1, place).column_letter
        longest = max((len(str(row[place - 1])) for row in table.rows[:200] if row[place - 1] is not None), default=0)
        sheet.column_dimensions[letter].width = min(max(len(name), longest, 8) + 2, 50)
        for cell in sheet[letter][1:]:
            if isinstance(cell.value, str):
                cell.data_type = "s"
            elif kind in ("percent", FRACTION):
                cell.number_format = "0.0%"
            elif is_money(kind):
                cell.number_format = "#,##0.00"


def _cell(value: Any) -> Any:
    """A value as a workbook holds it: days as days, texts without characters that it can't hold."""
    if isinstance(value, str) and _DAY.match(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return clean_text(value) if isinstance(value, str) else value


def to_csv(table: EvidenceTable) -> bytes:
    """The rows of `table` as CSV (UTF-8 with a mark, as Excel wants it). A text that a spreadsheet would run as a
    formula stands behind an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_plain(name) for name in table.columns])
    writer.writerows([_plain(value) for value in row] for row in table.rows)
    return ("\ufeff" + out.getvalue()).encode()


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        return "" if value is None else value
    text = clean_text(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
