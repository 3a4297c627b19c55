"""Workbooks: which sheet and which of its tables is read, and what else the reader must know."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from analyst.core.errors import TableError
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.protocol.table import OpenedTable

Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]
Sheets = dict[str, Sequence[Sequence[Any]]]
SALES: list[list[Any]] = [["shop", "sales"], *[["Oslo", n] for n in range(20)]]


@pytest.fixture
def book(tmp_path: Path) -> Callable[[Sheets], Workbook]:
    """A workbook with these sheets."""

    def make(sheets: Sheets) -> Workbook:
        made = Workbook()
        made.remove(made.worksheets[0])
        for title, rows in sheets.items():
            sheet = made.create_sheet(title)
            for row in rows:
                sheet.append(row)
        return made

    return make


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., OpenedTable]:
    """Save a workbook and open it."""

    def save_and_open(made: Workbook, sheet: str | None = None) -> OpenedTable:
        made.save(tmp_path / "b.xlsx")
        return open_table(tmp_path / "b.xlsx", tmp_path / "w", sheet=sheet)

    return save_and_open


Book = Callable[[Sheets], Workbook]
Opener = Callable[..., OpenedTable]


def told(table: OpenedTable, kind: str) -> str:
    return next((note.message for note in table.notes if note.kind == kind), "")


COVER: list[list[Any]] = [["Author", "Ann"], ["Made on", date(2024, 1, 5)], ["Version", 2]]


def test_a_cover_of_two_columns_and_a_short_list_are_passed_over(book: Book, opened: Opener, rows: Rows) -> None:
    table = opened(book({"Cover": COVER, "Codes": [["code", "n"], ["A", 1]], "Data": SALES}))
    assert table.columns == ("shop", "sales") and len(rows(table)) == 20
    assert "Sheet 'Data' was read" in told(table, "sheet_choice") + told(table, "sheet")
    assert "'Cover', 'Codes'" in told(table, "sheet_choice") + told(table, "sheet")


def test_of_sheets_alike_the_first_is_read_and_the_choice_is_an_issue(book: Book, opened: Opener) -> None:
    table = opened(book({"Jan": SALES, "Feb": SALES, "Mar": SALES}))
    assert "Sheet 'Jan' was read" in told(table, "sheet_choice") and "FILE::SHEET" in told(table, "sheet_choice")
    issues = profile_table(table).issues
    assert [issue.severity for issue in issues if issue.kind == "sheet_choice"] == ["high"]


def test_a_hidden_sheet_is_named_as_such_and_read_last(book: Book, opened: Opener) -> None:
    made = book({"Old": SALES * 3, "New": SALES})
    made["Old"].sheet_state = "hidden"
    table = opened(made)
    assert table.rows == 20 and "'Old' (hidden)" in told(table, "sheet_choice")


@pytest.mark.parametrize("asked", ["Feb", " feb ", "FEB"])
def test_a_sheet_can_be_asked_for(asked: str, book: Book, opened: Opener, rows: Rows) -> None:
    made = book({"Jan": SALES, "Feb": [["shop", "sales"], ["Rome", 7], ["Bonn", 8]]})
    table, usual = opened(made, asked), opened(made)
    assert rows(opened(made, asked)) == [("Rome", 7), ("Bonn", 8)]
    assert "Sheet 'Feb' was read, as asked" in told(table, "sheet")
    assert table.fingerprint != usual.fingerprint


def test_a_sheet_that_is_not_there_is_refused_with_the_names_of_all(book: Book, opened: Opener) -> None:
    with pytest.raises(TableError, match="no sheet named 'Apr'") as caught:
        opened(book({"Jan": SALES, "Feb": SALES}), "Apr")
    assert "'Jan' and 'Feb'" in caught.value.fix


def test_an_empty_sheet_that_is_asked_for_is_refused(book: Book, opened: Opener) -> None:
    with pytest.raises(TableError, match="sheet 'Feb' is empty"):
        opened(book({"Jan": SALES, "Feb": []}), "Feb")


def test_a_file_without_sheets_has_none_to_choose(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(TableError, match="has no sheets") as caught:
        open_table(tmp_path / "t.csv", tmp_path / "w", sheet="Jan")
    assert "--sheet" in caught.value.fix


def test_hidden_rows_and_columns_are_read_and_told(book: Book, opened: Opener) -> None:
    made = book({"Data": [["shop", "cost", "sales"], *[["Oslo", n, n] for n in range(10)]]})
    for row in (3, 4, 9):
        made["Data"].row_dimensions[row].hidden = True
    made["Data"].column_dimensions["B"].hidden = True
    table = opened(made)
    assert table.rows == 10
    assert told(table, "hidden_rows").startswith("3 rows") and "(B)" in told(table, "hidden_columns")


def test_nothing_hidden_is_told_of_a_plain_sheet(book: Book, opened: Opener) -> None:
    assert not opened(book({"Data": SALES})).notes


def test_the_larger_of_two_tables_side_by_side_is_read(book: Book, opened: Opener, rows: Rows) -> None:
    grid: list[list[Any]] = [["Report"], [], [None, "shop", "sales", None, None, "quarter", "goal"]]
    grid += [[None, "Oslo", n, None, None, *(["Q1", 900] if n < 2 else [])] for n in range(12)]
    table = opened(book({"Data": grid}))
    assert table.columns == ("shop", "sales") and sum(row[1] for row in rows(table)) == sum(range(12))
    assert "2 tables" in told(table, "tables") and "'quarter', 'goal' (2 rows)" in told(table, "tables")


def test_the_larger_of_two_tables_below_each_other_is_read(book: Book, opened: Opener, rows: Rows) -> None:
    grid: list[list[Any]] = [
        ["Costs"],
        ["kind", "paid"],
        ["rent", 5],
        ["power", 3],
        [],
        ["Sales"],
        *SALES,
        [],
        ["Source: us"],
    ]
    table = opened(book({"Data": grid}))
    assert table.columns == ("shop", "sales") and len(rows(table)) == 20
    assert "'kind', 'paid' (3 rows)" in told(table, "tables") or "'kind', 'paid' (2 rows)" in told(table, "tables")


def test_one_table_stays_one(book: Book, opened: Opener, rows: Rows) -> None:
    spaced: list[list[Any]] = [["shop", "sales", None, "goal"], *[["Oslo", n, None, n + 1] for n in range(9)]]
    parted: list[list[Any]] = [["shop", "sales"], ["Oslo", 1], ["Rome", 2], [], ["Bonn", 3], ["Kiel", 4]]
    repeated: list[list[Any]] = [
        ["shop", "sales"],
        ["Oslo", 1],
        ["Rome", 2],
        [],
        ["shop", "sales"],
        ["Bonn", 3],
        ["Kiel", 4],
    ]
    assert opened(book({"Data": spaced})).columns == ("shop", "sales", "goal")
    for grid in (parted, repeated):
        table = opened(book({"Data": grid}))
        assert [row[1] for row in rows(table)] == [1, 2, 3, 4] and not told(table, "tables")


def test_codes_keep_the_zeros_that_excel_shows(book: Book, opened: Opener, rows: Rows) -> None:
    made = book({"Data": [["zip", "homes"], [2494, 3], [97007, 4], [501, 5]]})
    for row in (2, 3, 4):
        made["Data"].cell(row, 1).number_format = "00000"
    assert rows(opened(made)) == [("02494", 3), ("97007", 4), ("00501", 5)]


def strict(path: Path) -> None:
    """Rewrite a workbook as Excel's "Strict Open XML" does."""
    names = {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/": "http://purl.oclc.org/ooxml/officeDocument/",
    }
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            for usual, pure in names.items():
                text = text.replace(usual, pure)
            archive.writestr(name, text)


def test_a_strict_workbook_is_read(book: Book, tmp_path: Path, rows: Rows) -> None:
    made = book({"Data": [["day", "sales"], [date(2024, 1, 5), 1.5], [date(2024, 1, 6), 2.5]]})
    made.save(tmp_path / "b.xlsx")
    strict(tmp_path / "b.xlsx")
    assert rows(open_table(tmp_path / "b.xlsx", tmp_path / "w")) == [(date(2024, 1, 5), 1.5), (date(2024, 1, 6), 2.5)]


def test_a_column_of_uncalculated_formulas_stays_empty_and_is_named(book: Book, opened: Opener) -> None:
    table = opened(book({"Data": [["item", "net", "gross"], *[["pen", n, f"=B{n + 2}*1.2"] for n in range(6)]]}))
    issue = next(issue for issue in profile_table(table).issues if issue.kind == "formulas")
    assert (issue.column, issue.severity, issue.count) == ("gross", "high", 6)
    assert "'gross' has 6 formulas" in issue.message


def test_excel_reads_the_first_sheet_that_holds_something_and_says_so(tmp_path: Path, rows: Rows) -> None:
    book = Workbook()
    sheet = book.create_sheet("Sales")
    for row in (
        (),
        (None, "day", "amount", "paid"),
        (None, date(2024, 1, 5), 1.5, True),
        (None, date(2024, 2, 6), None, False),
    ):
        sheet.append(row)
    book.save(tmp_path / "b.xlsx")
    table = open_table(tmp_path / "b.xlsx", tmp_path / "w")
    assert table.columns == ("day", "amount", "paid")
    assert rows(table) == [(date(2024, 1, 5), 1.5, True), (date(2024, 2, 6), None, False)]
    assert any(note.kind == "sheet" and "Sales" in note.message for note in table.notes)


def test_excel_skips_a_cover_titles_and_totals_and_fills_merged_cells(tmp_path: Path, rows: Rows) -> None:
    book = Workbook()
    cover = book.worksheets[0]
    cover["A1"], cover["A3"] = "Sales of 2024", "Contact: Ann"
    sheet = book.create_sheet("Sales")
    sheet["C1"] = "Sales in thousands"
    for place, text in {
        "A3": "Region",
        "B3": "2023",
        "D3": "2024",
        "B4": "Q1",
        "C4": "Q2",
        "D4": "Q1",
        "E4": "Q2",
    }.items():
        sheet[place] = text
    for cells in ("A3:A4", "B3:C3", "D3:E3", "A5:A6"):
        sheet.merge_cells(cells)
    body: list[tuple[Any, ...]] = [("North", 1, 2, 3, 4), (None, 5, 6, 7, 8), ("South", 9, None, 11, 12)]
    for row, values in enumerate(body, 5):
        for column, cell in enumerate(values, 1):
            if cell is not None:
                sheet.cell(row, column, cell)
    sheet.append(["Total", 15, 8, 21, 24])
    book.save(tmp_path / "b.xlsx")
    table = open_table(tmp_path / "b.xlsx", tmp_path / "w")
    assert table.columns == ("Region", "2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2")
    assert rows(table) == [("North", 1, 2, 3, 4), ("North", 5, 6, 7, 8), ("South", 9, None, 11, 12)]
    told = {note.kind: note.count for note in table.notes}
    assert told == {"sheet": 1, "merged": 2, "lines_skipped": 2, "header_groups": 1, "totals_row": 1}


def test_formulas_that_no_program_has_calculated_are_told(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["a", "twice"])
    for row in range(2, 6):
        sheet.append([row, f"=2*A{row}"])
    book.save(tmp_path / "b.xlsx")
    notes = open_table(tmp_path / "b.xlsx", tmp_path / "w").notes
    assert [(note.kind, note.count, note.column) for note in notes] == [("formulas", 4, "twice")]


def test_a_workbook_by_another_name_is_read(tmp_path: Path, rows: Rows) -> None:
    book = Workbook()
    book.worksheets[0].append(["a", "b"])
    book.worksheets[0].append([1, "x"])
    book.save(tmp_path / "b.xlsx")
    (tmp_path / "b.xlsx").rename(tmp_path / "b.csv")
    assert rows(open_table(tmp_path / "b.csv", tmp_path / "w")) == [(1, "x")]


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "b.xlsx")
    with pytest.raises(TableError, match="no sheet with rows"):
        open_table(tmp_path / "b.xlsx", tmp_path / "w")


def test_amounts_shown_in_several_currencies_are_told_apart(book: Book, opened: Opener, rows: Rows) -> None:
    made = book({"fees": [["shop", "fee"], *[["Oslo", n] for n in range(1, 21)]]})
    for row in range(2, 22):
        made["fees"].cell(row, 2).number_format = "#,##0.00 [$€-407]" if row % 2 else "[$£-809]#,##0.00"
    table = opened(made)
    assert rows(table) == [("Oslo", float(n), "GBP" if n % 2 else "EUR") for n in range(1, 21)]
    assert table.meanings["fee"].currency == "fee currency"


def test_amounts_shown_in_one_currency_are_plain(book: Book, opened: Opener, rows: Rows) -> None:
    made = book({"fees": [["shop", "fee"], *[["Oslo", n] for n in range(1, 21)]]})
    for row in range(2, 22):
        made["fees"].cell(row, 2).number_format = "#,##0.00 [$€-407]" if row % 2 else "#,##0"
    assert rows(opened(made)) == [("Oslo", n) for n in range(1, 21)]


def test_the_name_of_a_formula_without_a_value_is_its_header(book: Book, opened: Opener) -> None:
    table = opened(
        book({"trips": [["depot", "trips"], *[["Accra", 3 * n % 17] for n in range(9)], ["TOTAL", "=SUM(B2:B10)"]]})
    )
    assert told(table, "formulas").startswith("'trips' has 1 formula without a saved value")
