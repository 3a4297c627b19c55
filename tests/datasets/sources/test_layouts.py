"""Texts with a table that is no CSV: whole lines in quotes, columns lined up by blanks, a small table below another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]
LAID_OUT = {
    "lines_quoted": '"item,n"\n"a,1"\n"b ""x"",2"\n"c,3"\n',
    "fixed_width": 'item        n\na           1\nb "x"       2\nc           3\n',
    "boxed": '+-------+---+\n| item  | n |\n+-------+---+\n| a     | 1 |\n| b "x" | 2 |\n| c     | 3 |\n+-------+---+\n',
    "header_types": 'item,n\nstring,int\na,1\n"b ""x""",2\nc,3\n',
    "tables": 'item,n\na,1\n"b ""x""",2\nc,3\n\nregion,target\nNorth,500\nSouth,700\n',
}


@pytest.mark.parametrize("kind", LAID_OUT)
def test_a_table_in_another_layout_is_read_and_told(kind: str, opened: Opener, rows: Rows) -> None:
    table = opened(LAID_OUT[kind])
    assert table.columns == ("item", "n") and rows(table) == [("a", 1), ('b "x"', 2), ("c", 3)]
    assert kind in [note.kind for note in table.notes]


def test_a_list_of_sap_is_a_table_below_its_title_with_its_total_left_out(opened: Opener, rows: Rows) -> None:
    rule = "-" * 44
    lines = [
        "02.05.2024      Dynamic List Display       1", rule, "|Plnt|Material |  Qty   |  Value LC  |Crcy|", rule,
        "|1000|MAT-001  |  1.200 |   1.440,00 |EUR |", "|1000|MAT-002  |    900 |     405,50 |EUR |",
        "|2000|MAT-003  | 10.000 |     500,00-|EUR |", rule, "| *  |         | 12.100 |   1.345,50 |EUR |", rule,
    ]  # fmt: skip
    table = opened("\n".join(lines) + "\n", "list.txt")
    assert [row[2:4] for row in rows(table)] == [(1200, 1440), (900, 405.5), (10000, -500)]
    assert {"boxed", "totals_row"} <= {note.kind for note in table.notes}


ONE_COLUMN = {
    "names of two words": "name\nAnn  Lee\nBo  Ray\nCy  Fox\nDi  Poe\n",
    "sentences": "Title of it\nfirst  line here\nand  more\nof that\nto the end\n",
    "quoted words": '"a b"\n"c d"\n"e"\n"f"\n',
}


@pytest.mark.parametrize("kind", ONE_COLUMN)
def test_one_column_of_texts_stays_one_column(kind: str, opened: Opener) -> None:
    assert len(opened(ONE_COLUMN[kind]).columns) == 1


def test_a_row_of_questions_below_the_codes_names_the_columns(opened: Opener) -> None:
    lines = "".join(f"{i},{20 + i},X{i % 3}\n" for i in range(12))
    assert opened(f'id,Q1,Q2\n,"How old?","City?"\n{lines}').columns == ("id", "Q1: How old?", "Q2: City?")


def test_answers_that_are_names_of_types_are_data(opened: Opener) -> None:
    assert opened("a,b\ntext,date\nint,text\ndate,int\ntext,text\n").columns == ("a", "b")


def test_a_line_of_words_behind_a_blank_row_is_below_a_table_of_two_columns(opened: Opener) -> None:
    table = opened("shop,n\na,1\nb,2\nc,3\n,\nPrepared by BI,\n")
    assert table.rows == 3 and "footer" in [note.kind for note in table.notes]


@pytest.mark.parametrize("last", ["New York", "Prepared by BI"])
def test_a_name_without_its_value_is_a_row(last: str, opened: Opener) -> None:
    assert opened(f"shop,n\na,1\nb,2\nc,3\n{last},\n").rows == 4
