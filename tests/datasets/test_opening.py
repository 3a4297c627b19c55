from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import Workbook

from analyst.core.errors import TableError
from analyst.datasets.opening import open_table
from analyst.engine.duckdb import open_locked
from analyst.engine.errors import EngineError, InterruptedQueryError
from analyst.protocol.table import OpenedTable

ROOT = Path(__file__).resolve().parents[2]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]


def test_parquet_types_are_made_plain_and_nan_becomes_missing(tmp_path: Path, rows: Rows) -> None:
    path = tmp_path / "t.parquet"
    duckdb.connect().execute(
        "COPY (SELECT 1::TINYINT AS a, 2.50::DECIMAL(9,2) AS b, 'NaN'::FLOAT AS c, [1,2] AS d, 'x'::BLOB AS e,"
        f" TIMESTAMPTZ '2024-01-01 00:00:00+02' AS f, 'NA' AS g) TO '{path}'"
    )
    table = open_table(path, tmp_path / "w")
    first = rows(table)[0]
    assert first[:5] == (1, 2.5, None, "[1,2]", "78")
    assert first[5].isoformat() == "2023-12-31T22:00:00" and first[6] is None
    assert table.format == "parquet"


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
    assert [(note.kind, note.count) for note in notes] == [("formulas", 4)]


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


@pytest.mark.parametrize(("name", "words"), [("absent.csv", "no file"), (".", "folder"), ("a\0b", "can't be read")])
def test_what_is_not_a_file_is_named(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=words):
        open_table(tmp_path / name, tmp_path / "w")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(TableError, match="not a regular file"):
        open_table(tmp_path / "pipe.csv", tmp_path / "w")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    path.chmod(0)
    with pytest.raises(TableError, match="may not be read"):
        open_table(path, tmp_path / "w")


def test_a_full_disk_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i},{i * 7919}\n" for i in range(200_000)))
    code = f"""
import resource, signal
from pathlib import Path
from analyst.core.errors import StoreError
from analyst.datasets.opening import open_table
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    open_table(Path({str(tmp_path / "t.csv")!r}), Path({str(tmp_path / "w")!r}))
except StoreError as error:
    print("told:", error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert "told:" in done.stdout and "disk" in done.stdout, done.stderr


def test_a_file_that_grows_while_it_is_read_is_taken_as_it_was(tmp_path: Path, rows: Rows) -> None:
    path = tmp_path / "log.csv"
    path.write_text("a,b\n" + "1,x\n" * 400_000)
    stop = threading.Event()

    def grow() -> None:
        with path.open("a") as file:
            while not stop.wait(0.001):
                file.write("2,y\n")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        table = open_table(path, tmp_path / "w")
    finally:
        stop.set()
        writer.join()
    assert any(note.kind == "changed" for note in table.notes)
    read = rows(table)
    assert len(read) == table.rows >= 400_000
    assert set(read) <= {(1, "x"), (2, "y")}


def test_the_fingerprint_is_the_content_s_and_rows_keep_their_place(opened: Callable[..., OpenedTable]) -> None:
    content = b"a\n" + b"".join(b"%d\n" % (i * 7 % 5000) for i in range(5000))
    table = opened(content)
    assert table.fingerprint == hashlib.sha256(content).hexdigest()
    with duckdb.connect(str(table.database), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM data WHERE a <> _row * 7 % 5000").fetchone() == (0,)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY data TO '/tmp/stolen.csv'",
        "ATTACH '/tmp/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE TABLE t AS SELECT 1",
        "DELETE FROM data",
        "SET memory_limit='100GB'",
        "SET enable_external_access=true",
        "SELECT * FROM secret",
    ],
)
def test_the_locked_connection_refuses_files_writing_and_settings(sql: str, opened: Callable[..., OpenedTable]) -> None:
    secret = [1]
    engine = open_locked(opened("a\n1\n2\n").database, memory_mb=300)
    assert secret and engine.rows("SELECT sum(a) FROM data") == [(3,)]
    with pytest.raises(EngineError):
        engine.rows(sql)


@pytest.mark.skipif(int(duckdb.__version__.split(".")[0]) < 2, reason="max_execution_time came with 2.0")
def test_the_locked_connection_ends_an_endless_query(opened: Callable[..., OpenedTable]) -> None:
    engine = open_locked(opened("a\n1\n2\n").database, memory_mb=300, timeout_s=0.3)
    with pytest.raises(InterruptedQueryError):
        engine.rows("SELECT count(*) FROM range(10000000000) a, range(10000000000) b")
