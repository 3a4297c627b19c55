from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]


def file_of(cells: list[str], header: str = "when") -> str:
    """A CSV file with the cells, quoted, and a number beside each."""
    return f"{header},n\n" + "".join(f'"{cell}",{place}\n' for place, cell in enumerate(cells))


def read(opened: Opener, rows: Rows, cells: list[str], header: str = "when") -> list[Any]:
    return [row[0] for row in rows(opened(file_of(cells, header)))]


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["31/01/2024", "01/02/2024"], ["2024-01-31", "2024-02-01"]),
        (["01/31/2024", "02/01/2024"], ["2024-01-31", "2024-02-01"]),
        (["31.01.2024", "1.2.2024"], ["2024-01-31", "2024-02-01"]),
        (["03.02.24", "04.03.24"], ["2024-02-03", "2024-03-04"]),
        (["25/6/24", "17/10/99"], ["2024-06-25", "1999-10-17"]),
        ([f"24/0{n % 9 + 1}/{n + 3:02}" for n in range(25)], [f"2024-0{n % 9 + 1}-{n + 3:02}" for n in range(25)]),
        (["5. listopadu 2024", "7. října 2024"], ["2024-11-05", "2024-10-07"]),
        (["5 Jan 2024", "6 Feb 2024"], ["2024-01-05", "2024-02-06"]),
        (["January 5, 2024", "March 6, 2024"], ["2024-01-05", "2024-03-06"]),
        (["3rd March 2024", "21st of April 2024"], ["2024-03-03", "2024-04-21"]),
        (["10. Januar 2024", "3. März 2024", "24. Dez. 2023"], ["2024-01-10", "2024-03-03", "2023-12-24"]),
        (["1er janvier 2024", "2 août 2023", "le 5 févr. 2024"], ["2024-01-01", "2023-08-02", "2024-02-05"]),
        (["13-abr-2024", "1 de marzo de 2024", "9 ene 2024"], ["2024-04-13", "2024-03-01", "2024-01-09"]),
        (["5 gennaio 2024", "7 lug 2024"], ["2024-01-05", "2024-07-07"]),
        (["5 de janeiro de 2024", "7 out 2024"], ["2024-01-05", "2024-10-07"]),
        (["5 maart 2024", "7 mei 2024"], ["2024-03-05", "2024-05-07"]),
        (["Friday, January 5, 2024", "Sat, 06 Jan 2024"], ["2024-01-05", "2024-01-06"]),
        (["Montag, 1. Januar 2024", "So, 7. Januar 2024"], ["2024-01-01", "2024-01-07"]),
        (["Jan 1 2000", "Feb 1 2000"], ["2000-01-01", "2000-02-01"]),
        (["5 stycznia 2024", "12 października 2023 r."], ["2024-01-05", "2023-10-12"]),
        (["5. března 2024", "7. prosince 2024"], ["2024-03-05", "2024-12-07"]),
        (["5 марта 2024 г.", "31 мая 2024 г."], ["2024-03-05", "2024-05-31"]),
        (["5 Ağustos 2024", "7 Aralık 2024", "9 Mayıs 2024"], ["2024-08-05", "2024-12-07", "2024-05-09"]),
        (["5 Ιανουαρίου 2024", "7 Μαΐου 2024"], ["2024-01-05", "2024-05-07"]),
        (["5. tammikuuta 2024", "7. kesäkuuta 2024"], ["2024-01-05", "2024-06-07"]),
        (["2024. 03. 05.", "2024. 12. 31."], ["2024-03-05", "2024-12-31"]),
        (["2024년 3월 5일", "2024년 12월 31일"], ["2024-03-05", "2024-12-31"]),
        (["令和6年3月27日", "平成31年4月30日"], ["2024-03-27", "2019-04-30"]),
        (["2024年3月27日", "2024年12月1日"], ["2024-03-27", "2024-12-01"]),
        (["2024-03-05", "05/13/2024", "Mar 7, 2024"], ["2024-03-05", "2024-05-13", "2024-03-07"]),
        (["2024-01-05", "45297", "2024-01-08"], ["2024-01-05", "2024-01-06", "2024-01-08"]),
        (["31/01/2024"] * 19 + ["-"], ["2024-01-31"] * 19 + [None]),
    ],
)
def test_days_are_read_however_they_are_written(
    cells: list[str], days: list[str | None], opened: Opener, rows: Rows
) -> None:
    assert read(opened, rows, cells) == [date.fromisoformat(day) if day else None for day in days]


@pytest.mark.parametrize(
    ("cells", "moments"),
    [
        (["31/01/2024 10:30", "01/02/2024 12:00"], ["2024-01-31 10:30", "2024-02-01 12:00"]),
        (["01/31/2024 3:05 PM", "02/01/2024 12:00 a.m."], ["2024-01-31 15:05", "2024-02-01 00:00"]),
        (["05/Jan/2024:10:30:00", "06/Jan/2024:10:30:05"], ["2024-01-05 10:30", "2024-01-06 10:30:05"]),
        (["Fri Jan 05 10:30:00 2024", "Sat Jan 06 10:30:00 2024"], ["2024-01-05 10:30", "2024-01-06 10:30"]),
        (["Thu, 04 Jan 2024 10:00:00 GMT", "Fri, 05 Jan 2024 10:00:00 GMT"], ["2024-01-04 10:00", "2024-01-05 10:00"]),
        (["Mar 3, 2024 10:00 EST", "Mar 4, 2024 10:00 CET"], ["2024-03-03 15:00", "2024-03-04 09:00"]),
        (["3.4.2024 um 9:05 Uhr", "30.4.2024 um 19:05 Uhr"], ["2024-04-03 09:05", "2024-04-30 19:05"]),
        (["20240105T103000Z", "20240106T104500Z"], ["2024-01-05 10:30", "2024-01-06 10:45"]),
    ],
)
def test_moments_keep_their_clock_and_several_zones_become_utc(
    cells: list[str], moments: list[str], opened: Opener, rows: Rows
) -> None:
    assert read(opened, rows, cells) == [datetime.fromisoformat(moment) for moment in moments]


@pytest.mark.parametrize(
    ("cells", "starts", "grain"),
    [
        (["Jan-24", "Feb-24", "Dec-23"], ["2024-01-01", "2024-02-01", "2023-12-01"], "month"),
        (["January 2024", "März 2024", "juil. 2024"], ["2024-01-01", "2024-03-01", "2024-07-01"], "month"),
        (["01/2024", "02/2024", "12/2023"], ["2024-01-01", "2024-02-01", "2023-12-01"], "month"),
        (["2024-01", "2024-02", "2024-03"], ["2024-01-01", "2024-02-01", "2024-03-01"], "month"),
        (["2011-12", "2012-01", "2012-02"], ["2011-12-01", "2012-01-01", "2012-02-01"], "month"),
        (["2024M03", "2024M04", "2024M11"], ["2024-03-01", "2024-04-01", "2024-11-01"], "month"),
        (["Q1 2022", "Q2 2022", "Q4 2023"], ["2022-01-01", "2022-04-01", "2023-10-01"], "quarter"),
        (["2022-Q1", "2022-Q2", "2022-Q3"], ["2022-01-01", "2022-04-01", "2022-07-01"], "quarter"),
        (["1Q24", "2Q24", "3Q24"], ["2024-01-01", "2024-04-01", "2024-07-01"], "quarter"),
        (["1. Quartal 2024", "2. Quartal 2024"], ["2024-01-01", "2024-04-01"], "quarter"),
        (["2024-W01", "2024-W02", "2024-W05"], ["2024-01-01", "2024-01-08", "2024-01-29"], "week"),
        (["KW 1 2024", "KW 2 2024", "KW 5 2024"], ["2024-01-01", "2024-01-08", "2024-01-29"], "week"),
        (["FY2022/23", "FY2023/24"], ["2022-01-01", "2023-01-01"], "year"),
        (["2022/23", "2023/24", "2024/25"], ["2022-01-01", "2023-01-01", "2024-01-01"], "year"),
        (["H1 2023", "H2 2023", "H1 2024"], ["2023-01-01", "2023-07-01", "2024-01-01"], "half-year"),
    ],
)
def test_periods_are_read_by_their_first_day_with_their_grain(
    cells: list[str], starts: list[str], grain: str, opened: Opener, rows: Rows
) -> None:
    table = opened(file_of(cells))
    assert [row[0] for row in rows(table)] == [date.fromisoformat(start) for start in starts]
    assert table.meanings["when"].grain == grain
    assert [note.column for note in table.notes if note.kind == "date_format"] == ["when"]


def days_of(step: int, count: int, form: str, first: str = "2023-01-02") -> list[str]:
    start = date.fromisoformat(first).toordinal()
    return [date.fromordinal(start + step * place).strftime(form) for place in range(count)]


SHUFFLED = ["07/04/2023", "02/11/2023", "09/08/2023", "11/03/2023", "05/06/2023", "03/10/2023"]


def test_without_proof_the_order_of_day_and_month_is_told(opened: Opener, rows: Rows) -> None:
    table = opened(file_of(SHUFFLED))
    assert rows(table)[0][0] == date(2023, 7, 4)
    assert table.meanings["when"].unsure == "month first"
    assert [note.column for note in table.notes if note.kind == "ambiguous_dates"] == ["when"]


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        ([*SHUFFLED, "13/02/2023"], date(2023, 4, 7)),
        ([*SHUFFLED, "02/13/2023"], date(2023, 7, 4)),
        ([cell.replace("/", ".") for cell in SHUFFLED], date(2023, 4, 7)),
        (["05/01/2023", "07/01/2023", "02/02/2023", "04/02/2023", "01/03/2023", "06/04/2023"], date(2023, 1, 5)),
        (["05/09/2023", "07/01/2023", "09/02/2023", "11/03/2023", "12/03/2023", "01/04/2024"], date(2023, 5, 9)),
        (["01/04/2023", "01/02/2023", "01/11/2022", "01/12/2022", "01/03/2023", "01/01/2023"], date(2023, 4, 1)),
    ],
)
def test_the_order_is_proven_by_days_above_12_points_sorted_rows_and_starts_of_months(
    cells: list[str], first: date, opened: Opener, rows: Rows
) -> None:
    table = opened(file_of(cells))
    assert rows(table)[0][0] == first
    assert table.meanings["when"].unsure is None
    assert not [note for note in table.notes if note.kind == "ambiguous_dates"]


def test_one_column_proves_the_order_of_another_and_semicolons_do_too(opened: Opener, rows: Rows) -> None:
    sure = days_of(1, 6, "%d/%m/%Y", "2023-05-11")
    both = opened("ordered,due\n" + "".join(f"{one},{two}\n" for one, two in zip(sure, SHUFFLED, strict=True)))
    assert rows(both)[0] == (date(2023, 5, 11), date(2023, 4, 7))
    assert both.meanings["due"].unsure is None
    parted = opened("when;n\n" + "".join(f"{cell};{place}\n" for place, cell in enumerate(SHUFFLED)))
    assert rows(parted)[0][0] == date(2023, 4, 7)
    assert parted.meanings["when"].unsure is None


def test_both_orders_in_one_column_are_read_only_where_each_cell_proves_its_own(opened: Opener, rows: Rows) -> None:
    proven = opened(file_of(["02/15/2023", "19/12/2023", "04/26/2023", "26/08/2023", "05/05/2023"]))
    assert [row[0].isoformat() for row in rows(proven)] == [
        "2023-02-15", "2023-12-19", "2023-04-26", "2023-08-26", "2023-05-05",
    ]  # fmt: skip
    open_ = opened(file_of(["02/15/2023", "19/12/2023", "04/06/2023", "26/08/2023", "03/12/2023"]))
    assert rows(open_)[2][0] == "04/06/2023"
    for table in (proven, open_):
        assert [note.column for note in table.notes if note.kind == "mixed_dates"] == ["when"]


def test_what_is_no_day_is_missing_and_told(opened: Opener, rows: Rows) -> None:
    table = opened(file_of([*days_of(3, 30, "%m/%d/%Y"), "06/31/2023", "soon"]))
    assert [row[0] for row in rows(table)][-2:] == [None, None]
    told = [note for note in table.notes if note.kind == "dates_unreadable"]
    assert [(note.column, note.count) for note in told] == [("when", 2)]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("version", ["1.2.24", "1.3.24", "2.1.24"]),
        ("version", ["6.4.4", "6.10.1", "6.4.2"]),
        ("score", ["3:2", "1:0", "2:2"]),
        ("ratio", ["16:9", "4:3", "21:9"]),
        ("address", ["192.168.1.1", "10.0.0.2", "10.0.0.3"]),
        ("address", ["2001:db8::1", "fe80::1", "::1"]),
        ("size", ["10/12/14", "20/10/12", "8/8/10"]),
        ("range", ["10-2000", "1-2005", "5-2010"]),
        ("invoice_no", ["12/2024", "11/2024", "10/2024"]),
        ("product", ["Mar 12", "Jun 5", "May 30"]),
        ("part", ["A1", "B2", "Q1"]),
        ("name", ["May", "June", "April"]),
        ("seat", ["T1 20", "T2 21", "T3 22"]),
        ("phone", ["12-3456", "11-9876", "10-5555"]),
    ],
)
def test_what_only_looks_like_dates_stays_text(header: str, cells: list[str], opened: Opener, rows: Rows) -> None:
    assert read(opened, rows, cells, header) == cells


def test_a_column_of_words_with_some_dates_stays_text(opened: Opener, rows: Rows) -> None:
    cells = ["2024-01-05", "Jan 6, 2024", "next week", "2024-01-09", "when ready", "6 May 2024"]
    table = opened(file_of(cells))
    assert [row[0] for row in rows(table)] == cells
    assert [note.kind for note in table.notes if note.column == "when"] == ["mixed_dates"]
