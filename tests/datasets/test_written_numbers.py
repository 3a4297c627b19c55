"""Numbers with signs, words and units around them: read by proof over the column, told where a doubt is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from analyst.protocol.table import ColumnProfile, Meaning, OpenedTable, TableProfile

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]
Types = Callable[[OpenedTable], list[str]]
Profiler = Callable[..., TableProfile]


def file_of(cells: Sequence[str], header: str = "v", delimiter: str = ",") -> str:
    """A table with the cells in its second column."""
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    return f"k{delimiter}{header}\n" + "".join(f"r{i}{delimiter}{cell}\n" for i, cell in enumerate(quoted))


READ = {
    "dollars": (["$1,234.50", "$5", "-$7.25", "$0"], [1234.5, 5, -7.25, 0], "USD"),
    "dollars of bookkeepers": (["$1,234.50", "($300.00)", "$(20)", "$ 5"], [1234.5, -300, -20, 5], "USD"),
    "negatives in brackets": (["1,234.00", "(300)", "(1,050)", "75"], [1234, -300, -1050, 75], None),
    "euros behind": (["1.234,50 €", "99,90 €", "-5 €"], [1234.5, 99.9, -5], "EUR"),
    "euros in dots": (["958 €", "72.259 €", "2.809.534 €"], [958, 72259, 2809534], "EUR"),
    "reais": (["R$ 1.234,56", "R$ 7,00", "R$ 12.000,10"], [1234.56, 7, 12000.1], "BRL"),
    "rupees": (["Rs. 1,234", "Rs. 56", "Rs 7,000"], [1234, 56, 7000], "INR"),
    "rupees in lakhs": (["₹1,23,456", "₹12,34,567.50", "₹99"], [123456, 1234567.5, 99], "INR"),
    "crores": (["₹1.2 crore", "₹3.5 lakh", "₹2 Cr"], [1.2e7, 3.5e5, 2e7], "INR"),
    "francs": (["CHF 1’234.50", "CHF 12'000", "CHF 5.-".replace(".-", "")], [1234.5, 12000, 5], "CHF"),
    "dollars a month": (["$15.61/mo", "$1,250.00/mo", "$7/mo"], [15.61, 1250, 7], "USD/mo"),
    "crowns": (["1 250 kr", "5 kr", "3,50 kr"], [1250, 5, 3.5], "kr"),
    "zloty": (["1 234,56 zł", "9,99 zł", "12 zł"], [1234.56, 9.99, 12], "PLN"),
    "codes before": (["USD 7,225.00", "USD 5", "USD 12.5"], [7225, 5, 12.5], "USD"),
    "codes behind": (["1,234.50 EUR", "12.00 EUR", "7 EUR"], [1234.5, 12, 7], "EUR"),
    "Australian dollars": (["A$1,200", "A$7.50", "A$3"], [1200, 7.5, 3], "AUD"),
    "yen": (["39,822円", "1,200円", "50円"], [39822, 1200, 50], "JPY"),
    "rand": (["R 1 234,50", "R 99,90", "R 12 000,00"], [1234.5, 99.9, 12000], "ZAR"),
    "zeros without a sign": (["$4.99", "0", "$1.99"], [4.99, 0, 1.99], "USD"),
    "thousands and millions": (["3.5M", "19k", "512k", "2M"], [3.5e6, 19000, 512000, 2e6], None),
    "billions of dollars": (["$2bn", "$1.5bn", "$750m"], [2e9, 1.5e9, 7.5e8], "USD"),
    "German millions": (["3,5 Mio. €", "1,2 Mrd. €", "12 Tsd. €"], [3.5e6, 1.2e9, 12000], "EUR"),
    "words of scale": (["1.5 million", "2 million", "12 thousand"], [1.5e6, 2e6, 12000], None),
    "shares in percent": (["45%", "7.5 %", "-3%", "120%"], [0.45, 0.075, -0.03, 1.2], "%"),
    "percent with a comma": (["45,5 %", "7 %", "12,25 %"], [0.455, 0.07, 0.1225], "%"),
    "footnotes": (["12*", "15", "9 [1]", "7†", "11 (a)"], [12, 15, 9, 7, 11], None),
    "intervals": (["630[495-801]", "12[9-15]", "7 (5-9)"], [630, 12, 7], None),
    "errors": (["5.1±0.2", "6.0±0.1", "7±1"], [5.1, 6, 7], None),
    "detection limits": (["0.5", "<0.01", "1.25", "2.5"], [0.5, 0.01, 1.25, 2.5], None),
    "estimates": (["~5", "12", "~7.5", "9"], [5, 12, 7.5, 9], None),
    "installs": (["1,000+", "500+", "1,000,000+", "10,000+"], [1000, 500, 1e6, 10000], None),
    "weights": (["12 kg", "7.5 kg", "1,200 kg"], [12, 7.5, 1200], "kg"),
    "weights in two units": (["500 g", "1.5 kg", "2 kg", "3 kg"], [0.5, 1.5, 2, 3], "kg"),
    "speeds": (["3.2 km/h", "50 km/h", "7 km/h"], [3.2, 50, 7], "km/h"),
    "temperatures": (["15°C", "-3°C", "21.5 °C"], [15, -3, 21.5], "°C"),
    "areas": (["12 m²", "7.5 m²", "100 m²"], [12, 7.5, 100], "m²"),
    "ratings": (["4.1/5", "3.9 /5", "5/5"], [4.1, 3.9, 5], "/5"),
    "kilometers and meters": (["6 km 681 m", "5 km", "870 m"], [6.681, 5, 0.87], "km"),
    "feet and inches": (["5'11\"", "6'", "6'2\""], [5 + 11 / 12, 6, 6 + 2 / 12], "ft"),
    "pounds and ounces": (["7 lb 8 oz", "9 lbs 4 oz", "n.a."], [7.5, 9.25, None], "lb"),
    "missing words": (["$5", "n.a.", "$7", "-", "$9", "(blank)", "$1", "#DIV/0!"],
                      [5, None, 7, None, 9, None, 1, None], "USD"),
    "Arabic digits with decimals": (["٥٩٣٫٥", "١٢", "١٬٢٣٤"], [593.5, 12, 1234], None),
    "Arabic percent": (["٤٥٪", "٧٪", "١٢٫٥٪"], [0.45, 0.07, 0.125], "%"),
    "full-width money": (["￥１，２３４", "￥５０", "￥９９９"], [1234, 50, 999], "JPY"),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_a_column_of_numbers_with_marks_becomes_numbers_with_their_unit(case: str, opened: Opener, rows: Rows) -> None:
    cells, values, unit = READ[case]
    table = opened(file_of(cells, delimiter=";"))
    assert [row[1] for row in rows(table)] == pytest.approx(values)
    assert table.meanings.get("v", Meaning()).unit == unit


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["٥٩٣", "٩٨٦", "٨٧"], [593, 986, 87]),
        (["१२", "३४५", "६"], [12, 345, 6]),
        (["８２", "９", "１０"], [82, 9, 10]),
        (["\u200f٥٩٣", "٩٨٦\u200f", "٨٧"], [593, 986, 87]),
    ],
)
def test_digits_of_the_world_are_digits(cells: list[str], values: list[int], opened: Opener, rows: Rows) -> None:
    assert [row[1] for row in rows(opened(file_of(cells)))] == values


TEXT = {
    "versions": ("v", ["1.2.3", "1.10.0", "2.0.1"]),
    "telephone numbers": ("v", ["+49 30 123456", "030 123 456", "555-1234"]),
    "telephone numbers in groups": ("phone", ["0170 123 456", "0171 222 333", "0172 999 111"]),
    "zip codes": ("zip", ["02139", "10001", "94110"]),
    "zip codes and four": ("zip", ["02139-1234", "10001-0001", "94110-4444"]),
    "addresses of the net": ("ip", ["192.168.100.101", "192.168.100.102", "10.10.10.10"]),
    "ids": ("v", ["12-34", "56-78", "90-12"]),
    "product codes": ("v", ["3M", "5M", "7M"]),
    "product codes by header": ("product_code", ["3.5M", "5k", "7.5M", "9k"]),
    "sizes": ("size", ["XL", "2XL", "M", "3XL"]),
    "seats": ("seat", ["12A", "14C", "9F"]),
    "days of a year": ("v", ["10-20", "12-05", "03-14"]),
    "days with months": ("v", ["12 Jan", "5 Feb", "7 Mar"]),
    "ordinals": ("v", ["1st", "2nd", "3rd", "4th"]),
    "ages": ("rating", ["13+", "16+", "18+"] * 3),
    "ranges": ("budget", ["10-20", "20-30", "30-40"]),
    "scores": ("v", ["3-1", "0-0", "2-4"]),
    "streets": ("v", ["5 Main St", "12 Oak Ave", "7 Elm Rd"]),
    "units of many kinds": ("v", ["12 kg", "3 pieces", "7 l"]),
    "two notations": ("v", ["1.234,50", "1,234.50", "7"]),
    "long numbers": ("v", ["12345678901234567890", "12345678901234567891", "12345678901234567892"]),
    "list numbers": ("v", ["(1)", "(2)", "(3)"]),
    "chess": ("v", ["1/2", "3/5", "4/7"]),
}


@pytest.mark.parametrize("case", TEXT)
def test_what_only_looks_like_numbers_stays_text(case: str, opened: Opener, types: Types) -> None:
    header, cells = TEXT[case]
    assert types(opened(file_of(cells, header)))[1] in ("VARCHAR", "DATE")


TOLD = {
    "several currencies": (["$5", "€7", "£9", "$1"], "mixed_currencies", 4),
    "a few without a sign": (["$5", "7", "$9", "$1"], "missing_currency", 1),
    "shares beside percent": (["45%", "0.5", "12%", "0.25"], "mixed_percent", 2),
    "percent without a sign": (["45%", "50", "12%", "25"], "mixed_percent", 2),
    "several units": (["500 g", "1.5 kg", "2 kg"], "mixed_units", 3),
    "a few without a unit": (["5 kg", "7", "9 kg"], "missing_unit", 1),
    "bounds": (["1,000+", "500+", "9,000+", "10,000+"], "number_bounds", 4),
    "notes": (["12*", "15", "9"], "number_notes", 1),
    "nothing": (["$5", "n.a.", "$7"], "missing_signs", 1),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_is_special_of_the_marks_is_told_with_its_column(case: str, opened: Opener) -> None:
    cells, kind, count = TOLD[case]
    notes = [note for note in opened(file_of(cells)).notes if note.kind == kind]
    assert [(note.column, note.count) for note in notes] == [("v", count)]


def test_percent_and_shares_in_one_column_are_one_scale(opened: Opener, rows: Rows) -> None:
    assert [row[1] for row in rows(opened(file_of(["45%", "0.5", "12%", "0.25"])))] == pytest.approx(
        [0.45, 0.5, 0.12, 0.25]
    )
    assert [row[1] for row in rows(opened(file_of(["45%", "50", "12%", "25"])))] == pytest.approx(
        [0.45, 0.5, 0.12, 0.25]
    )


def test_currencies_in_cells_get_a_column_beside_their_amounts(opened: Opener, rows: Rows) -> None:
    table = opened(file_of(["$5", "€7.50", "9 GBP", "$1", "12"], "price"))
    assert table.columns == ("k", "price", "price currency")
    assert rows(table) == [
        ("r0", 5, "USD"), ("r1", 7.5, "EUR"), ("r2", 9, "GBP"), ("r3", 1, "USD"), ("r4", 12, None),
    ]  # fmt: skip
    assert table.meanings["price"] == Meaning(currency="price currency")


def test_a_column_of_that_name_is_left_alone(opened: Opener) -> None:
    table = opened('price,price currency\n"$5",a\n"€7",b\n')
    assert table.columns == ("price", "price currency_2", "price currency")


@pytest.mark.parametrize(
    ("cells", "delimiter", "values", "doubtful"),
    [
        (["1,250", "2300", "4,100", "980", "15000"], ",", [1250, 2300, 4100, 980, 15000], False),
        (["1,250", "2300", "4,100", "980", "15000"], ";", [1.25, 2300, 4.1, 980, 15000], True),
        (["1,250", "2300", "4,1", "980"], ";", [1.25, 2300, 4.1, 980], False),
        (["1,250", "2300", "4,100.5", "980"], ";", [1250, 2300, 4100.5, 980], False),
    ],
)
def test_a_comma_before_three_digits_parts_thousands_beside_whole_numbers_of_any_size(
    cells: list[str], delimiter: str, values: list[float], doubtful: bool, opened: Opener, rows: Rows
) -> None:
    table = opened(file_of(cells, delimiter=delimiter))
    assert [row[1] for row in rows(table)] == pytest.approx(values)
    assert ("ambiguous_numbers" in {note.kind for note in table.notes}) is doubtful


@pytest.mark.parametrize(
    ("cells", "delimiter", "values", "doubtful"),
    [
        (["12.345", "950", "1.200", "7.300"], ";", [12345, 950, 1200, 7300], False),
        (["-14.459", "-69.674", "-1.804", "-95.854", "-9.681", "-17.778"], ";",
         [-14459, -69674, -1804, -95854, -9681, -17778], True),
        (["€ 39.292", "€ 50.213", "€ 12.708", "€ 86.724", "€ 6.197"], ",", [39292, 50213, 12708, 86724, 6197], True),
        (["1.795", "1.804", "1.650", "1.799", "1.812"], ";", [1.795, 1.804, 1.65, 1.799, 1.812], True),
        (["52.520", "48.137", "53.551", "0.500"], ";", [52.52, 48.137, 53.551, 0.5], False),
        (["12.345", "7.250", "3.100", "9.875"], ",", [12.345, 7.25, 3.1, 9.875], False),
        (["14.350 €", "2.910 €", "8.045 €"], ";", [14350, 2910, 8045], True),
        (["1.459 €", "1.489 €", "1.502 €"], ";", [1.459, 1.489, 1.502], True),
        (["12.5 %", "7.125 %", "1.250 %"], ";", [0.125, 0.07125, 0.0125], False),
        (["1.250 %", "7.125 %", "3.375 %"], ";", [0.0125, 0.07125, 0.03375], False),
    ],
)  # fmt: skip
def test_a_point_before_three_digits_is_settled_by_proof_else_told(
    cells: list[str], delimiter: str, values: list[float], doubtful: bool, opened: Opener, rows: Rows
) -> None:
    table = opened(file_of(cells, delimiter=delimiter))
    assert [row[1] for row in rows(table)] == pytest.approx(values)
    assert ("ambiguous_numbers" in {note.kind for note in table.notes}) is doubtful


def profile_of(profiled: Profiler, text: str) -> dict[str, ColumnProfile]:
    return {column.name: column for column in profiled(text).columns}


def test_numbers_beside_ranges_and_other_units_stay_text_and_are_counted(profiled: Profiler) -> None:
    cells = ["1200", "2600", "1850", "34.46Sq. Meter", "1195 - 1440"] * 4
    column = profile_of(profiled, file_of(cells, "sqft"))["sqft"]
    assert (column.type, column.number_pattern) == ("VARCHAR", "5 Sq. Meter")
    assert [(found.kind, found.count) for found in column.suspicious] == [("unread_numbers", 8)]


def test_ranges_are_categories_in_their_order_and_no_identifiers(profiled: Profiler) -> None:
    bands = ["100-200", "1000-2000", "20-100", "200-1000"]
    column = profile_of(profiled, file_of(bands, "budget_range"))["budget_range"]
    assert (column.type, column.role, column.number_pattern) == ("VARCHAR", "dimension", None)
    assert [(found.kind, found.count) for found in column.suspicious] == [("ranges", 4)]


@pytest.mark.parametrize(
    ("header", "cells", "banded"),
    [
        ("age_group", ["18-25", "26-35", "36-45", "46+"], True),
        ("income", ["under $20k", "$20k - $50k", "$50k - $100k", "over $100k"], True),
        ("sqft", ["1000 - 1200", "1195 - 1440", "900 to 950"], True),
        ("Alter", ["unter 18", "18 bis 25", "26–35", "über 35"], True),
        ("code", ["10-20", "20-30", "30-40"], False),
        ("v", ["10-30", "12-05", "11-02"], False),
        ("v", ["3-1", "0-0", "2-4"], False),
        ("season", ["2019-2020", "2020-2021", "2021-2022"], False),
        ("v", ["555-1234", "555-9876", "444-1111"], False),
        ("v", ["A-B", "B-C", "C-D"], False),
    ],
)
def test_ranges_are_known_from_codes_days_and_scores(
    header: str, cells: list[str], banded: bool, profiled: Profiler
) -> None:
    column = profile_of(profiled, file_of(cells, header))[header]
    assert ("ranges" in {found.kind for found in column.suspicious}) is banded


def test_values_that_repeat_are_looked_up_in_the_order_of_the_file(opened: Callable[..., OpenedTable]) -> None:
    lines = [(f"${n % 7 + 1}.50", f"{n % 9 + 1:02}.03.2024", f"{n % 5}h {n % 3}m") for n in range(3000)]
    table = opened("fee,day,length\n" + "".join(",".join(line) + "\n" for line in lines))
    with duckdb.connect(str(table.database), read_only=True) as connection:
        found = connection.execute("SELECT _row, fee, day(day), length FROM data").fetchall()
    assert found == [(n, n % 7 + 1.5, n % 9 + 1, n % 5 * 3600 + n % 3 * 60) for n in range(3000)]


def test_values_that_do_not_repeat_are_read_one_by_one(opened: Callable[..., OpenedTable], rows: Any) -> None:
    table = opened("fee,n\n" + "".join(f"${n}.25,{n}\n" for n in range(1, 400)) + "-,400\n")
    assert [row[0] for row in rows(table)] == [*(n + 0.25 for n in range(1, 400)), None]


@pytest.mark.parametrize("cell", ["KSh 1,250", "Ksh1,250", "₹1,250/-", "Rs. 1,250/-", "TSh 1,250", "৳1,250"])
def test_amounts_of_more_currencies_are_numbers(cell: str, opened: Callable[..., OpenedTable], rows: Any) -> None:
    table = opened("fee;n\n" + "".join(f"{cell.replace('250', f'{n:03}')};{n}\n" for n in range(200, 240)))
    assert [row[0] for row in rows(table)] == [1000.0 + n for n in range(200, 240)]


def test_values_that_repeat_stand_beside_values_that_do_not(opened: Callable[..., OpenedTable], rows: Any) -> None:
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(200)]
    lines = [
        (day.strftime("%d %b %Y"), f"{n % 3},50 EUR", f"${n}.25", f"{n}h {n % 60}m") for n, day in enumerate(days, 1)
    ]
    table = opened("day;fee;price;length\n" + "".join(";".join(line) + "\n" for line in lines))
    expected = [(day, n % 3 + 0.5, n + 0.25, n * 3600 + n % 60 * 60) for n, day in enumerate(days, 1)]
    assert rows(table) == expected
