"""Rows that are longer or shorter than the header: no column shifts, and what was done is told with line numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]


def file_of(header: str, *lines: str) -> str:
    return "\n".join([header, *lines]) + "\n"


def told(table: OpenedTable) -> dict[str, int]:
    return {note.kind: note.count for note in table.notes}


def message(table: OpenedTable, kind: str) -> str:
    return next(note.message for note in table.notes if note.kind == kind)


@pytest.mark.parametrize("longer", [3, 40, 49])
def test_a_header_does_not_shift_because_some_rows_have_one_field_more(longer: int, opened: Opener, rows: Rows) -> None:
    usual = [f"{shop},A{i},{i}" for i, shop in enumerate(["Oslo", "Bergen"] * 26)]
    table = opened(file_of("shop,article,units", *usual, *[f"Oslo,B{i},{i},late" for i in range(longer)]))
    assert table.columns == ("shop", "article", "units", "column_4")
    assert sum(row[2] for row in rows(table)) == sum(range(52)) + sum(range(longer))
    assert told(table) == {"fields_surplus": longer}
    assert "(lines 54, 55, 56" in message(table, "fields_surplus") and "'column_4'" in message(table, "fields_surplus")


def test_one_row_of_many_with_a_field_too_much_makes_no_column(opened: Opener, rows: Rows) -> None:
    table = opened(file_of("shop,units", *["Oslo,1"] * 200, "Oslo,5,checked"))
    assert table.columns == ("shop", "units") and rows(table)[-1] == ("Oslo", 5)
    assert message(table, "fields_surplus").startswith("1 row") and "left out" in message(table, "fields_surplus")


def test_a_comma_that_nobody_quoted_stays_in_its_text(opened: Opener, rows: Rows) -> None:
    names = ["Smith, John", "Doe, Jane", "Cher", "Roe, Richard"]
    table = opened(file_of("name,town,paid", *[f"{name},Paris,{i}" for i, name in enumerate(names)]))
    assert rows(table) == [(name, "Paris", i) for i, name in enumerate(names)]
    assert told(table) == {"text_joined": 3}


def test_a_comma_without_a_blank_is_placed_by_what_the_other_columns_hold(opened: Opener, rows: Rows) -> None:
    usual = [f"Person{i},{town},{i}" for i, town in enumerate(["Paris", "Rome"] * 10)]
    table = opened(file_of("name,town,paid", *usual, "Smith,John,Rome,7"))
    assert rows(table)[-1] == ("Smith,John", "Rome", 7)


def test_a_comma_in_the_last_text_loses_nothing(opened: Opener, rows: Rows) -> None:
    table = opened(file_of("id,remark", *[f"{i},fine{i}" for i in range(20)], "20,slow,late,wet"))
    assert rows(table)[-1] == (20, "slow,late,wet")


def test_a_row_that_can_be_read_in_two_ways_is_skipped_and_told(opened: Opener, rows: Rows) -> None:
    usual = [f"Person{i},Town{i},{i}" for i in range(20)]
    table = opened(file_of("name,town,paid", *usual, "Smith,John,Rome,7"))
    assert len(rows(table)) == 20 and told(table) == {"rows_rejected": 1}
    assert "(line 22)" in message(table, "rows_rejected")


def test_a_short_row_is_filled_up_but_never_shifts_a_text_into_numbers(opened: Opener, rows: Rows) -> None:
    table = opened(file_of("shop,units,price", *["Oslo,1,2.5"] * 20, "Rome,4", "Rome,unknown town"))
    assert rows(table)[-1] == ("Rome", 4, None)
    assert told(table) == {"rows_padded": 1, "rows_rejected": 1}


def test_delimiters_at_the_ends_of_lines_add_no_column(opened: Opener, rows: Rows) -> None:
    table = opened(file_of("shop,units", "Oslo,1,", "Rome,2,,", "Bonn,3,"))
    assert table.columns == ("shop", "units") and rows(table) == [("Oslo", 1), ("Rome", 2), ("Bonn", 3)]


DECIMALS = {
    "amounts beside whole numbers": (
        "item,price,units",
        ["pen,1,50,3", "ink,12,05,10", "pad,3,99,1", "cap,100,00,25"],
        [("pen", 1.5, 3), ("ink", 12.05, 10), ("pad", 3.99, 1), ("cap", 100.0, 25)],
    ),
    "one number between texts": (
        "day,degrees,station",
        ["2024-01-01,12,5,A", "2024-01-02,9,75,B", "2024-01-03,11,1,A"],
        None,
    ),
    "whole numbers among them": (
        "station,degrees,sky",
        ["A,1,5,fair", "B,2,fair", "C,3,25,wet", "D,4,5,wet", "E,5,5,fair"],
        [("A", 1.5, "fair"), ("B", 2.0, "fair"), ("C", 3.25, "wet"), ("D", 4.5, "wet"), ("E", 5.5, "fair")],
    ),
    "two amounts": (
        "item,net,gross",
        ["pen,1,00,1,19", "ink,2,50,2,98"],
        [("pen", 1.0, 1.19), ("ink", 2.5, 2.98)],
    ),
    "negative ones": ("item,change", ["pen,-1,5", "ink,2,25"], [("pen", -1.5), ("ink", 2.25)]),
}


@pytest.mark.parametrize("case", DECIMALS)
def test_decimal_commas_without_quotes_are_put_together(case: str, opened: Opener, rows: Rows) -> None:
    header, lines, expected = DECIMALS[case]
    table = opened(file_of(header, *lines))
    assert table.columns == tuple(header.split(","))
    assert [row[1] for row in rows(table)] == [12.5, 9.75, 11.1] if expected is None else rows(table) == expected
    assert "numbers_joined" in told(table)


def test_thousands_without_quotes_are_put_together(opened: Opener, rows: Rows) -> None:
    table = opened(file_of("shop,units,town", *["A,950,Oslo"] * 6, *["B,1,250,Oslo"] * 4))
    assert sum(row[1] for row in rows(table)) == 6 * 950 + 4 * 1250


def test_fields_that_prove_nothing_are_not_joined_but_told(opened: Opener, rows: Rows) -> None:
    table = opened(file_of("a,b,c", "1,17,3,4", "1,8,17,2", "2,9,1,13"))
    assert rows(table)[0] == (1, 17, 3, 4)
    assert "names and values may not match" in message(table, "header_short")


def test_one_column_of_texts_is_not_split_by_a_sign_that_some_of_them_hold(opened: Opener, rows: Rows) -> None:
    texts = ["good", "slow; late", "fine", "bad; rude; loud", "ok", "meh"]
    table = opened(file_of("opinion", *texts))
    assert table.columns == ("opinion",) and [row[0] for row in rows(table)] == texts


def test_the_count_of_rows_below_a_query_s_result_is_no_row(opened: Any, rows: Any) -> None:
    text = " region | qty \n--------+-----\n" + "".join(
        f" {'east' if n % 2 else 'west':6} | {n:3}\n" for n in range(1, 9)
    )
    table = opened(text + "(8 rows)\n", "result.txt")
    assert rows(table) == [("east" if n % 2 else "west", n) for n in range(1, 9)]


REGIONS = "Region,Sales\nEast,5\nWest,7\nNorth,9\n"
PRODUCTS = "Product,Units,Price\n" + "".join(f"P{n},{n},{n * 2}\n" for n in range(1, 9))


@pytest.mark.parametrize("text", [f"{REGIONS}\n{PRODUCTS}", f"{PRODUCTS},,\n,,\nSales by region\n{REGIONS}"])
def test_the_largest_of_several_tables_in_a_file_is_read_and_the_others_are_told(
    text: str, opened: Opener, rows: Rows
) -> None:
    table = opened(text)
    assert table.columns == ("Product", "Units", "Price")
    assert rows(table) == [(f"P{n}", n, n * 2) for n in range(1, 9)]
    assert next(note.message for note in table.notes if note.kind == "tables") == (
        "The file holds 2 tables. The largest ('Product', 'Units', 'Price') was read; not read: 'Region', 'Sales'"
        " (3 rows)."
    )


@pytest.mark.parametrize(
    "text",
    [
        REGIONS.replace("West", "\nWest"),
        REGIONS + "\n" + REGIONS,
        "Store:,Harbour\nPeriod:,2024-05-01\n\n" + REGIONS,
        REGIONS + "\nSource: the office\nNote: provisional\n",
    ],
)
def test_blank_lines_alone_make_no_further_table(text: str, opened: Opener) -> None:
    table = opened(text)
    assert table.columns == ("Region", "Sales")
    assert "tables" not in told(table)
