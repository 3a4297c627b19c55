from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]


@pytest.mark.parametrize(
    ("text", "columns", "first"),
    [
        ("country,2021,2022,2023\nA,1,2,3\nB,4,5,6\n", ("country", "year", "value"), ("A", 2021, 1)),
        ("2021,2022,2023\n10,20,30\n11,21,31\n12,22,32\n", ("year", "value"), (2021, 10)),
        ("c,1990 [YR1990],2000 [YR2000],2010 [YR2010]\nA,1,2,3.5\n", ("c", "year", "value"), ("A", 1990, 1.0)),
        ("p,Jan,Feb,Mar,Total\nA,10,20,31,61\nB,4,5,6,15\n", ("p", "month", "value"), ("A", "Jan", 10)),
        ("p,2023 Q3,2023 Q4,2024 Q1\nA,1,2,3\nB,4,5,6\n", ("p", "quarter", "value"), ("A", date(2023, 7, 1), 1)),
        ("p,Jan 2024,Feb 2024,Mar 2024\nA,1,2,3\nB,4,5,6\n", ("p", "month", "value"), ("A", date(2024, 1, 1), 1)),
        ("p,01/2024,02/2024,03/2024\nA,1,2,3\nB,4,5,6\n", ("p", "month", "value"), ("A", date(2024, 1, 1), 1)),
        (
            "p,2024-01-01,2024-02-01,2024-03-01,2024-04-01\nA,1,2,3,4\nB,4,5,6,7\n",
            ("p", "month", "value"), ("A", date(2024, 1, 1), 1),
        ),
        ("p,Sales 2022,Sales 2023,Sales 2024\nA,1,2,3\nB,4,5,6\n", ("p", "year", "Sales"), ("A", 2022, 1)),
        (
            "p,Sales 2022,Sales 2023,Sales 2024,Units 2022,Units 2023,Units 2024\nA,1,2,3,7,8,9\n",
            ("p", "year", "Sales", "Units"), ("A", 2022, 1, 7),
        ),
        (
            "p,month,Jan 2024,Feb 2024,Mar 2024\nA,x,1,2,3\nB,y,4,5,6\n",
            ("p", "month", "month_2", "value"), ("A", "x", date(2024, 1, 1), 1),
        ),
        ("p,code,2021,2022,2023\nA,x,1,2,3\nB,y,4,5,6\n", ("p", "code", "year", "value"), ("A", "x", 2021, 1)),
        (
            "Province,Lat,Long,1/22/20,1/23/20,1/24/20\nA,1.5,2.5,3,4,5\nB,1.5,3.5,4,5,9\n",
            ("Province", "Lat", "Long", "date", "value"), ("A", 1.5, 2.5, date(2020, 1, 22), 3),
        ),
        ("p,Apr,May,Jun,Average\nA,1,2,6,3\nB,4,5,9,6\n", ("p", "month", "value"), ("A", "Apr", 1)),
    ],
)  # fmt: skip
def test_a_column_for_each_period_becomes_a_row_for_each(
    text: str, columns: tuple[str, ...], first: tuple[Any, ...], opened: Opener, rows: Rows
) -> None:
    table = opened(text)
    assert table.columns == columns
    assert rows(table)[0] == first
    assert len(rows(table)) == table.rows
    assert table.notes[0].kind == "reshaped"


def test_empty_cells_have_no_row_and_are_counted(opened: Opener, rows: Rows) -> None:
    table = opened("c,code,FY2021,FY2022,FY2023\nA,x,1,,3\nB,y,4,5,\n")
    assert rows(table) == [("A", "x", 2021, 1), ("A", "x", 2023, 3), ("B", "y", 2021, 4), ("B", "y", 2022, 5)]
    assert "2 empty cells" in table.notes[0].message


@pytest.mark.parametrize(
    "text",
    [
        "d,Budget 2023,Actual 2023,Budget 2024,Actual 2024\nIT,1,2,3,4\nHR,5,6,7,8\n",
        "c,2021,2023,2024\nA,1,2,3\nB,4,5,6\n",
        "c,2021,2022,2023\nA,x,y,z\nB,u,v,w\n",
        "who,Q1,Q2,Q3,Q4\nA,1,2,3,4\nB,5,4,3,2\n",
        "who,Q1,Q2,Q3,Q4,Q5\nA,100,20,30,4,5\nB,50,40,30,20,1\n",
        "region,North,South,East\nA,1,2,3\nB,4,5,6\n",
        "model,size 2000,size 3000,size 5000\nA,1,2,3\nB,4,5,6\n",
        ",".join(f"c{place}" for place in range(1980, 2110)) + "\n" + ",".join("1" for _ in range(130)) + "\n",
        "date,open,high,low\n2024-01-01,1,2,3\n2024-01-02,4,5,6\n",
    ],
)
def test_other_tables_keep_their_columns(text: str, opened: Opener) -> None:
    table = opened(text)
    assert [note.kind for note in table.notes if note.kind in ("reshaped", "wide")] == []
    assert len(table.columns) == text.partition("\n")[0].count(",") + 1


def test_a_measure_beside_the_periods_keeps_a_table_wide_and_is_told(opened: Opener) -> None:
    table = opened("c,population,FY2021,FY2022,FY2023\nA,1000,1,2,3\nB,2000,4,5,6\n")
    assert table.columns == ("c", "population", "FY2021", "FY2022", "FY2023")
    assert [note.kind for note in table.notes] == ["wide"]
