"""Currencies of amounts: by signs in cells, by a column beside, by the same amounts in one currency, by the header."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyst.core.currencies import code_of, currency_in
from analyst.protocol.table import ColumnProfile, Meaning, TableProfile

Profiler = Callable[..., TableProfile]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("amount_usd", "USD"), ("Price (€)", "EUR"), ("salary in euros", "EUR"), ("Cost Total $", "USD"),
        ("salaryInUSD", "USD"), ("Preis (EUR)", "EUR"), ("total (US dollars)", "USD"), ("gbp_total", "GBP"),
        ("dollars", "USD"), ("price, £", "GBP"), ("betrag_chf", "CHF"),
        ("euro_turnout", ""), ("eur_usd_rate", ""), ("usd_rate", ""), ("try_count", ""), ("Umsatz in Tsd. EUR", ""),
        ("revenue_millions_usd", ""), ("sales in 2023", ""), ("in store sales", ""), ("all", ""), ("top", ""),
        ("Weight (lb)", ""), ("pounds lost", ""), ("europe_sales", ""), ("neuro", ""), ("usd_per_unit", ""),
    ],
)  # fmt: skip
def test_a_header_names_a_currency_only_where_it_says_what_is_counted(header: str, code: str) -> None:
    assert currency_in(header) == code


def test_codes_signs_and_names_stand_for_currencies() -> None:
    assert [code_of(text) for text in ("eur", "US$", "R$", "US dollars", "¥", "Lyon", "points")] == [
        "EUR", "USD", "BRL", "USD", "JPY", "", "",
    ]  # fmt: skip


def column(profile: TableProfile, name: str) -> ColumnProfile:
    return next(one for one in profile.columns if one.name == name)


def payments(codes: str, *, header: str = "Currency", more: str = "") -> str:
    """Payments of 5, 15, 25 …, the currency of each, and further columns (`more` is a format of the row's number)."""
    rows = [f"p{i},{5 + 10 * i},{code}{more.format(i=i)}" for i, code in enumerate(codes.split())]
    return f"id,Amount,{header}{',x' if more else ''}\n" + "\n".join(rows) + "\n"


def test_a_column_of_currencies_tells_that_of_the_amounts_beside_it(profiled: Profiler) -> None:
    profile = profiled(payments("eur usd jpy usd eur usd"))
    assert column(profile, "Amount").meaning.currency == "Currency"
    assert column(profile, "Amount").meaning.unit is None


def test_a_minority_of_one_row_in_ten_is_another_currency_too(profiled: Profiler) -> None:
    assert column(profiled(payments("USD " * 18 + "EUR EUR")), "Amount").meaning.currency == "Currency"


def test_one_currency_in_all_rows_is_the_unit(profiled: Profiler) -> None:
    assert column(profiled(payments("GBP " * 9)), "Amount").meaning == Meaning(adds="rows", unit="GBP")


@pytest.mark.parametrize("header", ["ccy", "Währung", "moneda", "payment_currency", "Devise", "code"])
def test_the_column_of_currencies_is_known_by_its_words_or_its_codes(header: str, profiled: Profiler) -> None:
    profile = profiled(payments("EUR USD GBP EUR USD GBP", header=header))
    assert column(profile, "Amount").meaning.currency == header


@pytest.mark.parametrize(
    ("codes", "header"),
    [("A B C A B C", "grade"), ("FRA DEU ITA FRA DEU ITA", "country"), ("gold silver gold silver gold silver", "tier")],
)
def test_other_short_words_are_no_currencies(codes: str, header: str, profiled: Profiler) -> None:
    assert column(profiled(payments(codes, header=header)), "Amount").meaning.currency is None


SALARIES = (
    "name,salary,salary_currency,salary_in_usd,age\n"
    "a,100,USD,100,30\nb,90,EUR,99,31\nc,10000,JPY,65,45\nd,120,USD,120,50\ne,80,EUR,88,28\n"
)


def test_the_same_amounts_in_one_currency_are_named_beside_those_in_several(profiled: Profiler) -> None:
    profile = profiled(SALARIES)
    pay = column(profile, "salary").meaning
    assert (pay.currency, pay.converted, pay.unit) == ("salary_currency", "salary_in_usd", None)
    assert column(profile, "salary_in_usd").meaning.unit == "USD"
    assert column(profile, "salary_in_usd").meaning.currency is None
    assert column(profile, "age").meaning.currency is None


PAYOUTS = (
    "id,Amount,Amount Refunded,Currency,Converted Amount Refunded,Converted Amount,Converted Currency\n"
    "a,49,0,usd,0,49,usd\nb,75.5,5,eur,5.5,83.05,usd\nc,200,200,usd,200,200,usd\nd,33.25,0,eur,0,36.58,usd\n"
    "e,10,10,eur,11,11,usd\n"
)


def test_the_conversion_of_an_amount_is_the_one_of_its_own_name(profiled: Profiler) -> None:
    profile = profiled(PAYOUTS)
    assert column(profile, "Amount").meaning.converted == "Converted Amount"
    assert column(profile, "Amount Refunded").meaning.converted == "Converted Amount Refunded"


def test_a_column_that_its_figures_deny_is_no_conversion(profiled: Profiler) -> None:
    denied = SALARIES.replace("100,USD,100", "100,USD,7").replace("120,USD,120", "120,USD,9")
    assert column(profiled(denied), "salary").meaning.converted is None


def test_amounts_with_mixed_signs_are_grouped_by_the_column_made_of_them(profiled: Profiler) -> None:
    profile = profiled("city,price\nA,$5\nB,€7\nC,$9\nD,€1\n")
    assert column(profile, "price").meaning.currency == "price currency"
    assert column(profile, "price currency").values == (("EUR", 2), ("USD", 2))


def test_a_sign_that_only_some_cells_have_is_no_unit(profiled: Profiler) -> None:
    assert column(profiled("city,price\nA,$5\nB,7\nC,$9\nD,1\n"), "price").meaning.unit is None


@pytest.mark.parametrize(
    ("header", "cells", "unit"),
    [
        ("conversion_rate", "0.05 0.12 0.31 0.2", "%"),
        ("discount", "0.1 0.2 0.0 0.15", "%"),
        ("growth %", "12.5 -3.0 45.0 7.25", "percent"),
        ("Tax 5%", "26.14 3.82 16.22 23.29", None),
        ("VAT 20 % of net", "26.14 3.82 16.22 23.29", "percent"),
        ("top 10% income", "91000.5 88000.25 120500.0 99000.5", None),
        ("win_pct", "55.5 61.25 48.0 50.5", "percent"),
        ("win_pct", "0.555 0.613 0.48 0.505", "%"),
        ("exchange_rate", "0.85 0.91 0.88 0.9", None),
        ("heart_rate", "0.5 0.7 0.6 0.8", None),
        ("unemployment_rate", "3.5 7.2 4.25 5.5", None),
        ("score", "0.5 0.7 0.6 0.8", None),
        ("change in percentage points", "1.5 2.25 -0.5 3.5", None),
    ],
)
def test_percentages_are_known_by_header_and_range(
    header: str, cells: str, unit: str | None, profiled: Profiler
) -> None:
    text = f"k,{header}\n" + "".join(f"r{i},{cell}\n" for i, cell in enumerate(cells.split()))
    assert column(profiled(text), header).meaning.unit == unit


SIDES: dict[str, tuple[list[str], list[float]]] = {
    "CR and DR": (["1,200.50 CR", "30.00 DR", "7.25 CR"], [1200.5, -30, 7.25]),
    "Cr. and Dr.": (["₹1,00,000 Cr.", "₹2,500 Dr.", "₹70 Dr."], [100000, -2500, -70]),
    "Haben and Soll": (["1.200,50 H", "30,00 S", "7,25 H"], [1200.5, -30, 7.25]),
}


@pytest.mark.parametrize("case", SIDES)
def test_amounts_on_the_debit_side_of_an_account_are_negative(case: str, profiled: Profiler) -> None:
    cells, values = SIDES[case]
    profile = profiled("konto;betrag\n" + "".join(f"k{i};{cell}\n" for i, cell in enumerate(cells * 3)))
    betrag = column(profile, "betrag")
    assert sorted({float(value) for value, _ in betrag.values}) == sorted(values)
    assert [note.column for note in profile.table.notes if note.kind == "ledger_sides"] == ["betrag"]


@pytest.mark.parametrize("cells", [["12 Dr", "14 Dr", "99 Dr"], ["5 CR", "7 DR", "9"], ["₹5 Cr", "₹7.5 Cr", "₹12 Cr"]])
def test_one_side_alone_changes_no_sign(cells: list[str], profiled: Profiler) -> None:
    profile = profiled("konto,betrag\n" + "".join(f"k{i},{cell}\n" for i, cell in enumerate(cells * 3)))
    assert not [note for note in profile.table.notes if note.kind == "ledger_sides"]
