from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from analyst.protocol.table import OpenedTable, TableProfile

Opener = Callable[..., OpenedTable]
Profiler = Callable[..., TableProfile]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]


@pytest.mark.parametrize(
    ("text", "name", "first", "grain"),
    [
        ("year,month,day,n\n2013,1,5,1\n2013,2,6,2\n", "date", date(2013, 1, 5), None),
        ("Month,Year,Sales\nJanuary,2022,1\nFebruary,2022,2\n", "date", date(2022, 1, 1), "month"),
        ("Jahr,Monat,Umsatz\n2022,März,1\n2022,Mai,2\n", "date", date(2022, 3, 1), "month"),
        ("year,quarter,n\n2022,Q2,1\n2022,Q3,2\n", "date", date(2022, 4, 1), "quarter"),
        ("year,week,n\n2024,5,1\n2024,6,2\n", "date", date(2024, 1, 29), "week"),
        ("YrSold,MoSold,price\n2008,2,1\n2009,5,2\n", "sold_date", date(2008, 2, 1), "month"),
        ("birth year,birth month,hired year\n1980,2,2001\n1990,5,2002\n", "birth_date", date(1980, 2, 1), "month"),
        (
            "arrival_date_year,arrival_date_month,arrival_date_day_of_month,n\n2015,July,1,1\n2015,August,2,2\n",
            "arrival_date", date(2015, 7, 1), None,
        ),
    ],
)  # fmt: skip
def test_parts_of_a_date_make_one_more_column(
    text: str, name: str, first: date, grain: str | None, opened: Opener, rows: Rows
) -> None:
    table = opened(text)
    assert table.columns[-1] == name
    assert rows(table)[0][-1] == first
    assert table.meanings[name].grain == grain
    assert [note.column for note in table.notes if note.kind == "date_made"] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "year,n\n2013,1\n2014,2\n",
        "month,day,n\n1,5,1\n2,6,2\n",
        "year,month,when,n\n2024,1,2024-01-05,1\n2024,2,2024-02-06,2\n",
        "year built,month sold,n\n1990,1,1\n1991,2,2\n",
        "year,month,n\n2024,35,1\n2024,71,2\n",
    ],
)
def test_no_date_is_made_without_year_and_part_nor_beside_the_same_date(text: str, opened: Opener) -> None:
    assert not [note for note in opened(text).notes if note.kind == "date_made"]


def test_parts_of_the_calendar_are_groups_and_years_are_time(profiled: Profiler) -> None:
    header = "year,month,day,hour,quarter,week number,visits per day,rainfall_mm,hours"
    lines = [
        f"{2000 + i},{1 + i % 12},{1 + i % 28},{i % 24},{1 + i % 4},{1 + i % 52},{i % 30},{i % 9},{i % 20}"
        for i in range(60)
    ]
    profile = profiled("\n".join([header, *lines]))
    roles = {column.name: column.role for column in profile.columns}
    assert [name for name, role in roles.items() if role == "dimension"] == [
        "month",
        "day",
        "hour",
        "quarter",
        "week number",
    ]
    assert [name for name, role in roles.items() if role == "measure"] == ["visits per day", "rainfall_mm", "hours"]
    assert roles["year"] == roles["date"] == "time"
    assert profile.column("year").meaning.grain == "year"
    assert profile.column("month").meaning.grain == "month of year"


def test_names_of_months_are_months_of_the_year(profiled: Profiler) -> None:
    profile = profiled("season,girl\nJan,May\nFeb,June\nMar,April\n")
    assert profile.column("season").meaning.grain == "month of year"
    assert profiled("name,n\nMay,1\nJune,2\nAnna,3\n").column("name").meaning.grain is None
