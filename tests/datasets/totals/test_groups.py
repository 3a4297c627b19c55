"""Groups that are named only in their first row get their names below it; missing values stay missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]


def filled(table: OpenedTable) -> int:
    return sum(note.count for note in table.notes if note.kind == "filled_down")


def test_a_name_of_a_group_is_filled_down(opened: Opener, rows: Any) -> None:
    table = opened("region,month,units\nNorth,Jan,5\n,Feb,7\n,Mar,9\nSouth,Jan,4\n,Feb,6\n,Mar,8\n")
    assert [row[0] for row in rows(table)] == ["North"] * 3 + ["South"] * 3
    assert [(note.kind, note.count) for note in table.notes] == [("filled_down", 4)]
    assert table.notes[0].message.startswith("4 empty cells of 'region' were filled with the value above")


def test_groups_of_different_lengths_are_filled_down(opened: Opener, rows: Any) -> None:
    lines = "North,Jan,5\n,Feb,7\n,Mar,9\nSouth,Jan,4\n,Mar,6\nWest,Feb,8\n,Mar,1\n"
    table = opened("region,month,units\n" + lines)
    assert [row[0] for row in rows(table)] == ["North"] * 3 + ["South"] * 2 + ["West"] * 2


def test_groups_in_groups_are_filled_down(opened: Opener, rows: Any) -> None:
    lines = "2023,North,Jan,5\n,,Feb,7\n,South,Jan,9\n,,Feb,4\n2024,North,Jan,6\n,,Feb,8\n,South,Jan,3\n,,Feb,2\n"
    table = opened("year,region,month,units\n" + lines)
    assert [row[:2] for row in rows(table)] == [
        *[(2023, "North")] * 2, *[(2023, "South")] * 2, *[(2024, "North")] * 2, *[(2024, "South")] * 2,
    ]  # fmt: skip
    assert filled(table) == 10


def test_one_outer_group_is_filled_down_beside_its_inner_groups(opened: Opener, rows: Any) -> None:
    lines = "North,A,Jan,5\n,,Feb,7\n,B,Jan,9\n,,Feb,4\n,C,Jan,6\n,,Feb,8\n"
    table = opened("region,shop,month,units\n" + lines)
    assert [row[:2] for row in rows(table)] == [("North", shop) for shop in "AABBCC"]


def test_a_lone_name_at_the_top_is_no_group(opened: Opener) -> None:
    assert not filled(opened("remark,month,units\ndraft,Jan,5\n,Feb,7\n,Mar,9\n,Apr,4\n,May,6\n"))


def test_groups_whose_rows_are_numbered_anew_are_filled_down(opened: Opener, rows: Any) -> None:
    numbers = {"North": [3, 8, 9, 10, 21], "South": [1, 2, 4, 30, 31, 32]}
    lines = [f"{name if n == ns[0] else ''},ORD-{n},{n * 7}" for name, ns in numbers.items() for n in ns]
    table = opened("region,order,units\n" + "\n".join(lines) + "\n")
    assert [row[0] for row in rows(table)] == ["North"] * 5 + ["South"] * 6
    assert filled(table) == 9


def test_groups_with_subtotals_are_filled_down_without_them(opened: Opener, rows: Any) -> None:
    lines = "North,Jan,5\n,Feb,7\nNorth total,,12\nSouth,Jan,4\n,Feb,6\nSouth total,,10\nTotal,,22\n"
    table = opened("region,month,units\n" + lines)
    assert rows(table) == [("North", "Jan", 5), ("North", "Feb", 7), ("South", "Jan", 4), ("South", "Feb", 6)]


def test_a_date_in_the_first_row_of_each_day_is_filled_down(opened: Opener, types: Any) -> None:
    lines = "2024-01-01,am,5\n,pm,7\n2024-01-02,am,4\n,pm,6\n2024-01-03,am,4\n,pm,6\n"
    table = opened("day,shift,units\n" + lines)
    assert (types(table)[0], filled(table)) == ("DATE", 3)


def test_a_name_with_a_total_of_its_own_is_filled_down(opened: Opener, rows: Any) -> None:
    lines = (
        "North,Ayr,10\n,Bath,15\nNorth Total,,25\nSouth,Cork,20\n,Deal,5\n,Ely,2\nSouth Total,,27\nGrand Total,,52\n"
    )
    table = opened("region,branch,units\n" + lines)
    assert [row[0] for row in rows(table)] == ["North"] * 2 + ["South"] * 3


def test_a_name_that_stands_alone_above_its_rows_is_filled_into_them(opened: Opener, rows: Any) -> None:
    lines = "Paper,,\n,2024-01-05,-120.5\n,2024-02-17,-80\nPower,,\n,2024-01-31,-99\n,2024-02-28,-101\n,2024-03-28,-7\n"
    table = opened("vendor,date,amount\n" + lines)
    assert [row[0] for row in rows(table)] == ["Paper"] * 2 + ["Power"] * 3
    assert [(note.kind, note.count) for note in table.notes] == [("filled_down", 2)]


def test_names_alone_above_rows_with_totals_below_them_are_filled_in(opened: Opener, rows: Any) -> None:
    lines = "Paper,,\n,5 Jan 2024,120\n,7 Feb 2024,80\nTotal for Paper,,200\nPower,,\n,1 Jan 2024,99\n,2 Feb 2024,101\n"
    table = opened("vendor,date,amount\n" + lines + "Total for Power,,200\nTOTAL,,400\n")
    assert [(row[0], row[2]) for row in rows(table)] == [("Paper", 120), ("Paper", 80), ("Power", 99), ("Power", 101)]


def test_rows_with_nothing_but_a_name_among_named_rows_stay(opened: Opener) -> None:
    assert opened("vendor,date,amount\nPaper,,\nInk,2024-01-05,12\nPower,,\nGas,2024-01-07,9\n").rows == 4


def test_names_that_may_be_groups_are_told_and_left(opened: Opener) -> None:
    table = opened("region,shop,units\nNorth,A,10\n,B,20\n,C,30\nSouth,D,5\n,E,7\nWest,F,9\n,G,1\n")
    note = next(note for note in table.notes if note.kind == "groups_doubtful")
    assert (note.column, note.count, filled(table)) == ("region", 4, 0)
    named_twice = opened("sex,age,fare\nmale,22,7\n,38,71\nfemale,26,8\n,35,53\nmale,35,8\n,27,9\n")
    assert "groups_doubtful" not in {note.kind for note in named_twice.notes}


LEFT = {
    "missing values": "sex,age,fare\nmale,22,7\n,38,71\nfemale,26,8\n,35,53\nmale,35,8\n,27,9\n",
    "a code that few rows have": "promo,order,amount\nA1,1,5\n,2,7\nB7,3,9\n,4,4\n,5,6\n,6,8\nC9,7,1\n",
    "names that few rows have": "nickname,name,age\nBo,Robert Hale,31\n,Ann Price,40\n,Eva Long,28\nJim,James Poe,51\n,Lea Fox,44\n",
    "a code beside rows in order": "promo,order,amount\nA1,1,5\n,2,7\n,3,9\n,4,4\n,5,6\nB7,6,8\n,7,1\n,8,3\n,9,2\n",
    "remarks": "note,month,units\nfirst,Jan,5\n,Feb,7\nsecond,Jan,4\n,Feb,6\n",
    "a first row without a name": "region,month,units\n,Jan,5\nNorth,Feb,7\n,Jan,4\nSouth,Feb,6\n",
    "blanks that are not in the first columns": "month,units,event\nJan,5,fair\nFeb,7,\nMar,9,sale\nApr,4,\n",
}


@pytest.mark.parametrize("kind", LEFT)
def test_blanks_that_no_layout_proves_stay(kind: str, opened: Opener) -> None:
    assert filled(opened(LEFT[kind])) == 0
