"""What its owner sees of a table before asking: first rows and spread, no personal value; a workbook's sheets."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from analyst.core.settings import load_settings
from analyst.datasets.opened_tables import OpenedTables
from analyst.datasets.previewing import BINS, HIDDEN, ROWS, Preview, sheets_of
from analyst.protocol.table import TableSource


def preview(folder: Path, text: str) -> Preview:
    (folder / "t.csv").write_text(text, encoding="utf-8")
    with OpenedTables().open(
        TableSource(folder / "t.csv"), load_settings(folder / ".env"), lambda event: None
    ) as opened:
        return opened.preview(lambda event: None)


def test_the_first_rows_come_in_the_files_order_with_personal_values_hidden(tmp_path: Path) -> None:
    lines = "".join(f"p{n}@example.com,{100 - n},{'a' if n % 2 else ''}\n" for n in range(50))
    rows = preview(tmp_path, f"email,score,grade\n{lines}").rows
    assert len(rows) == ROWS and rows[:2] == ((HIDDEN, 100, None), (HIDDEN, 99, "a"))


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([n % 4 for n in range(200)], (50, 50, 50, 50)),
        ([0] * 150 + [1] * 50, (150, 50)),
        ([n / 7 for n in range(1, 1201)], None),
    ],
    ids=["few values", "two values", "many values"],
)
def test_a_number_columns_values_are_counted_in_equal_parts_of_their_range(
    tmp_path: Path, values: list[float], counts: tuple[int, ...] | None
) -> None:
    spread = preview(tmp_path, "n,x\n" + "".join(f"{n},z\n" for n in values)).spread
    if counts is None:
        assert len(spread["n"]) == BINS and max(spread["n"]) - min(spread["n"]) <= 2
    else:
        assert spread["n"] == counts
    assert "x" not in spread


def test_personal_constant_and_text_columns_have_no_spread(tmp_path: Path) -> None:
    lines = "".join(f"{n % 3},5,+4917612345{n:03d}\n" for n in range(60))
    assert set(preview(tmp_path, f"n,same,phone\n{lines}").spread) <= {"n"}


def test_visible_sheets_are_named_and_damaged_workbooks_have_none(tmp_path: Path) -> None:
    told = '<workbook><sheets><sheet name="A &amp; B" sheetId="1"/><sheet name="C" state="hidden" sheetId="2"/></sheets></workbook>'
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", told)
    (tmp_path / "c.xlsx").write_bytes(b"no workbook")
    assert [sheets_of(tmp_path / name) for name in ("b.xlsx", "c.xlsx", "d.csv")] == [("A & B",), (), ()]
