"""Columns typed as they are read give what the text gives: the same values, types and notes, whatever comes late."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analyst.datasets.opening import open_table
from analyst.datasets.sources.csv_reading import STAGE
from analyst.datasets.sources.plain_columns import propose
from analyst.datasets.sources.sniffing import read_text
from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]
MANY = 2000
"""Rows, of which the last lie beyond the part of a file that proposes types."""


def column(usual: Callable[[int], str], *last: str) -> str:
    """A table of a key and a column that is `usual`, but for its last rows."""
    cells = [usual(n) for n in range(MANY)] + list(last)
    return "key,value\n" + "".join(f"row number {n} of them,{cell}\n" for n, cell in enumerate(cells))


def whole(n: int) -> str:
    return str(1000 + n)


LATE = {
    "a code with leading zeros": column(whole, "00712"),
    "a word for nothing": column(whole, "NA", "-"),
    "a word": column(whole, "unknown"),
    "decimals": column(whole, "12.5"),
    "money": column(whole, "$12"),
    "a true minus": column(whole, "−5"),
    "a plus": column(whole, "+5"),
    "an exponent": column(whole, "1e3"),
    "nineteen digits": column(whole, "1234567890123456789"),
    "blanks around": column(whole, " 7 "),
    "underscores": column(lambda n: f"{n}.25", "1_000.5"),
    "not a number": column(lambda n: f"{n}.25", "nan", "inf"),
    "a decimal comma": column(lambda n: f"{n}.25", '"3,5"'),
    "thousands": column(whole, '"1,234,567"'),
    "a day of another form": column(lambda n: f"2024-01-{1 + n % 28:02}", "31/01/2024"),
    "a day that there is not": column(lambda n: f"2024-01-{1 + n % 28:02}", "2024-02-30"),
    "a fraction of a second": column(lambda n: f"2024-01-05 10:00:{n % 60:02}", "2024-01-05 10:00:01.5"),
    "another word of truth": column(lambda n: ("true", "false")[n % 2], "yes"),
    "a total": column(whole, str(sum(range(1000, 1000 + MANY)))).replace(f"row number {MANY} of them", "Total"),
    "a remark below": column(whole) + "\nSource: the ministry of numbers\n",
    "names again": column(whole) + "key,value\nrow,5\n",
}
FIRST = {
    "codes": "zip,n\n01234,1\n04567,2\n09999,3\n",
    "points between thousands": "item,amount\na,1.250\nb,2.300\nc,10.550\n",
    "points that are proved decimals": "item,amount\na,1.250\nb,2.3\nc,10.55\nd,4.75\n",
    "years for names": "city,2019,2020,2021\na,1,2,3\nb,4,5,6\nc,7,8,9\n",
    "gaps": "a,b,c\n1,,x\n,2.5,\n3,4.5,y\n",
    "quoted gaps": 'a,b\n"","x"\n"3","y"\n',
    "days in digits": "date,n\n20240131,1\n20240201,2\n20240315,3\n",
    "seconds since 1970": "timestamp,n\n1700000000,1\n1700000100,2\n900000000,3\n",
    "numbers only": "a,b\n1,2\n3,4\n\n5,6\n",
    "truth in capitals": "a,b\nTRUE,1\nFALSE,2\nTRUE,3\n",
    "names of groups": "region,item,n\nNorth,a,1\n,b,2\nSouth,a,3\n,b,4\nWest,a,5\n,b,6\n",
    "whole amounts with cents": "year,total\n2019,1950.00\n2020,1960.00\n2021,1950.00\n",
    "a total of rows": "region,n,price\nNorth,3,1.25\nSouth,4,2.75\nWest,5,100.5\nTotal,12,104.5\n",
    "one column": "n\n1\n2\n3\n",
    "ragged": "a,b\n1,2\n3,4,5\n6,7\n",
}


@pytest.mark.parametrize("content", [*LATE.values(), *FIRST.values()], ids=[*LATE, *FIRST])
def test_a_table_is_the_same_whether_its_columns_are_typed_at_once_or_from_text(
    content: str, tmp_path: Path, rows: Rows, types: Callable[[OpenedTable], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="utf-8")
    at_once = open_table(path, tmp_path / "at_once")
    monkeypatch.setattr("analyst.datasets.sources.csv_reading.propose", lambda text: {})
    from_text = open_table(path, tmp_path / "from_text")
    assert (types(at_once), rows(at_once)) == (types(from_text), rows(from_text))
    assert (at_once.notes, at_once.meanings) == (from_text.notes, from_text.meanings)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("1", "22", "-3"), "integer"),
        (("1.5", "2", "1e-5", "2.25"), "decimal"),
        (("1.0", "2.0"), "decimal"),
        (("2024-01-05", "2024-02-06"), "date"),
        (("2024-01-05 10:00:00",), "timestamp"),
        (("true", "false"), "boolean"),
        (("007", "008"), None),
        (("1", "NA"), None),
        (("1.250", "2.300"), None),
        (("1950.00", "2000.00"), None),
        (("5 kg", "6 kg"), None),
        (("05/01/2024",), None),
        (("", ""), None),
    ],
)
def test_only_plain_cells_propose_a_type(cells: tuple[str, ...], kind: str | None, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,value\n" + "".join(f"x{n},{cell}\n" for n, cell in enumerate(cells)))
    assert propose(read_text(path)).get("c1") == kind


def test_a_column_whose_name_is_a_number_too_stays_text_for_rows_that_repeat_the_names(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("city,2019,2020\na,1,2\nb,3,4\n")
    assert propose(read_text(path)) == {}


@pytest.mark.parametrize(("cell", "is_kept"), [("3", True), ("$3", False)])
def test_a_table_that_needs_no_change_is_kept_as_it_was_read_and_written_once(
    cell: str, is_kept: bool, opened: Opener, rows: Rows
) -> None:
    table = opened(f"a,b,c\nx,1,{cell}\ny,2,{cell}\nx,4,{cell[:-1]}9\n")
    with duckdb.connect(str(table.database), read_only=True) as connection:
        saved = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        places = connection.execute("SELECT _row FROM data ORDER BY _row").fetchall()
    assert saved == ({STAGE} if is_kept else {"data"})
    assert places == [(0,), (1,), (2,)]
    assert rows(table)[:2] == [("x", 1, 3), ("y", 2, 3)]


def test_many_columns_are_proved_each_by_itself(opened: Opener, types: Callable[[OpenedTable], list[str]]) -> None:
    """Over 60 columns need several masks; late cells refute the first and the last."""
    header = ",".join(f"n{n}" for n in range(130))
    row = ",".join(str(n + 100) for n in range(130)) + "\n"
    last = ",".join(["seven", *(str(n) for n in range(1, 129)), "eight"]) + "\n"
    found = types(opened(f"{header}\n{row * MANY}{last}"))
    assert [place for place, kind in enumerate(found) if kind == "VARCHAR"] == [0, 129]
