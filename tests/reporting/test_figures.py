"""The files of figures hold what was computed, unrounded, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

from openpyxl import load_workbook

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.figures import figure_tables, to_csv, to_xlsx
from analyst.reporting.report import Basis, Report

ROWS = (
    ("North", "2024-03-05", 1234.56789, 0.123456, True, None),
    ("=1+1", "2024-03-06", -2.0, 0.5, False, "@x"),
)


def result(id: str = "s1", **more: Any) -> EvidenceTable:
    columns = ("region", "day", "sales", "share", "open", "note")
    formats = {"share": "percent", "sales": "money:€"}
    return EvidenceTable(id, "x", columns, ROWS, len(ROWS), formats=formats, **more)


def report(*tables: EvidenceTable, **more: Any) -> Report:
    return Report(id="r", question="q", title="t", answer="a", summary="", tables=tables, **more)


def test_the_workbook_equals_the_evidence() -> None:
    book = load_workbook(io.BytesIO(to_xlsx([result()])))
    told = [tuple(cell.value for cell in row) for row in book["s1"].iter_rows()]
    first = ("North", datetime(2024, 3, 5), 1234.56789, 0.123456, True, None)
    assert told == [result().columns, first, ("=1+1", datetime(2024, 3, 6), -2, 0.5, False, "@x")]


def test_a_text_that_looks_like_a_formula_is_a_text() -> None:
    sheet = load_workbook(io.BytesIO(to_xlsx([result()])))["s1"]
    assert sheet["A3"].data_type == "s" and sheet["D2"].number_format == "0.0%"
    assert to_csv(result()).decode("utf-8-sig").splitlines()[2].startswith("'=1+1,")


def test_the_csv_holds_every_row_unrounded() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(result()).decode("utf-8-sig"))))
    assert rows[1] == ["North", "2024-03-05", "1234.56789", "0.123456", "True", ""] and len(rows) == 3


def test_what_the_answer_is_read_from_comes_first_and_points_of_charts_stay_out() -> None:
    tables = (result(), result("s2"), result("s2_points", audience="chart"), result("s3", audience="detail"))
    assert [table.id for table in figure_tables(report(*tables, basis=Basis("s2")))] == ["s2", "s1"]


def test_a_refused_question_has_no_figures() -> None:
    assert figure_tables(report(result(), refused=True)) == []
