"""What a column is for: numbers in a row number things only where they stand in front."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyst.protocol.table import TableProfile

Profiler = Callable[..., TableProfile]


def text(header: str, start: int) -> str:
    return f"shop,{header}\n" + "".join(f"{'ABC'[n % 3]},{start + n}\n" for n in range(25))


@pytest.mark.parametrize(("header", "start"), [("trips", 1), ("beds", 0), ("antal", 1)])
def test_numbers_in_a_row_behind_a_name_are_a_measure(header: str, start: int, profiled: Profiler) -> None:
    assert profiled(text(header, start)).column(header).role == "measure"


@pytest.mark.parametrize(("header", "start"), [("order_id", 1), ("row", 1), ("receipt", 1001), ("seq", 0)])
def test_numbers_in_a_row_that_speak_of_rows_tell_them_apart(header: str, start: int, profiled: Profiler) -> None:
    assert profiled(text(header, start)).column(header).role == "identifier"


@pytest.mark.parametrize("header", ["number of visits", "key events", "ticket price", "invoice amount", "no of beds"])
def test_different_numbers_under_a_word_for_an_id_are_amounts_where_something_is_counted(
    header: str, profiled: Profiler
) -> None:
    lines = [f"p{place},{value}" for place, value in enumerate((812, 340, 77, 1205, 96))]
    assert profiled("\n".join([f"name,{header}", *lines])).columns[1].role == "measure"


@pytest.mark.parametrize("header", ["invoice", "order no", "key", "ticket number", "id", "reference"])
def test_different_numbers_under_a_word_for_an_id_tell_rows_apart(header: str, profiled: Profiler) -> None:
    lines = [f"p{place},{value}" for place, value in enumerate((812, 340, 77, 1205, 96))]
    assert profiled("\n".join([f"name,{header}", *lines])).columns[1].role == "identifier"


@pytest.mark.parametrize("header", ["Periodo", "period", "Année", "fiscal years", "season"])
def test_years_stand_under_headers_of_periods(header: str, profiled: Profiler) -> None:
    column = profiled("\n".join([f"name,{header},n", *(f"a,{year},{year % 7}" for year in range(2011, 2019))])).columns[
        1
    ]
    assert (column.role, column.meaning.grain) == ("time", "year")


def test_numbers_in_a_row_in_front_tell_rows_apart(profiled: Profiler) -> None:
    found = profiled("passenger,age\n" + "".join(f"{n},{20 + n % 9}\n" for n in range(1, 30)))
    assert found.column("passenger").role == "identifier"


@pytest.mark.parametrize("pair", [("Tak", "Nie"), ("✓", "✗"), ("on", "off"), ("да", "нет"), ("はい", "いいえ")])
def test_yes_and_no_of_any_language_are_an_outcome(pair: tuple[str, str], profiled: Profiler) -> None:
    assert (
        profiled("id,active\n" + "".join(f"{n},{pair[n % 3 == 0]}\n" for n in range(30))).column("active").role
        == "target"
    )


@pytest.mark.parametrize(("header", "role"), [
    *((name, "dimension") for name in ("buyer", "Customer", "store", "driver")),
    *((name, "measure") for name in ("buyers", "customers", "store_size", "visits")),
])  # fmt: skip
def test_whole_numbers_under_a_singular_of_people_tell_who_and_under_a_plural_how_many(
    header: str, role: str, profiled: Profiler
) -> None:
    lines = [f"2024-01-{1 + n % 28:02d},{3 + n * n % 41}" for n in range(60)]
    assert profiled("\n".join([f"day,{header}", *lines])).column(header).role == role
