"""A table is known by its bytes and its name before it is read, the same way as after."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from analyst.datasets.identity import Identity, identify
from analyst.datasets.opening import open_table
from analyst.protocol.table import TableSource


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Umsatz 2024.csv", "a;b\n1;2\n3;4\n".encode("utf-16")),
        ("_.csv", b"a,b\r1,2\r3,\xe9\r"),
        ("rows.json", b'[{"a": 1}, {"a": 2}]'),
        ("long.csv", b"a,b\n" + b"1,2\n" * 600_000),
    ],
)
def test_the_identity_is_that_of_the_opened_table(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    opened = open_table(path, tmp_path / "work")
    assert identify(TableSource(path)) == Identity(opened.fingerprint, opened.name)


def test_each_sheet_that_is_asked_for_is_a_table_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = Workbook()
    for row in (("a", "b"), (1, 2), (3, 4)):
        book.active.append(row)
    book.save(path)
    sheet = book.active.title
    found = {identify(TableSource(path, name)) for name in (None, sheet, "Q3")}
    opened = open_table(path, tmp_path / "work", sheet=sheet)
    assert len(found) == 3 and Identity(opened.fingerprint, opened.name) == identify(TableSource(path, sheet))
