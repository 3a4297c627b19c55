"""Currencies: found in headers and values, carried to what is computed, left off where a number is no amount."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.table import ColumnProfile, OpenedTable, TableProfile
from analyst.reporting.filling import fill
from analyst.reporting.money import currencies, priced
from analyst.reporting.numbers import show


def profile(*columns: ColumnProfile) -> TableProfile:
    opened = OpenedTable(Path("d"), Path("t.csv"), "t", "csv", 9, tuple(c.name for c in columns), "f")
    return TableProfile(opened, columns)


def number(name: str, **more: Any) -> ColumnProfile:
    return ColumnProfile(name, "DOUBLE", more.pop("kind", "number"), "measure", **more)


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("Amount (EUR)", "€"),
        ("revenue_usd", "$"),
        ("damageUSD", "$"),
        ("Budget £", "£"),
        ("price in dollars", "$"),
        ("fee_chf", "CHF"),
        ("salary_in_thousands_of_dollars", None),
        ("usd_per_unit", None),
        ("price_cents_eur", None),
        ("weight_kg", None),
        ("neuro", None),
    ],
)
def test_a_header_names_its_currency_or_none(name: str, sign: str | None) -> None:
    assert currencies(profile(number(name))).get(name) == sign


def test_values_with_a_sign_name_it_and_texts_are_no_amounts() -> None:
    texts = number("price", kind="text", number_pattern="$1,234", values=(("£12,500", 2),))
    assert currencies(profile(texts)) == {"price": "£"}
    assert currencies(profile(ColumnProfile("note_eur", "VARCHAR", "text", "text"))) == {}


def table(id: str, columns: str, rows: Any, **more: Any) -> EvidenceTable:
    return EvidenceTable(id=id, what="x", columns=tuple(columns.split()), rows=tuple(rows), row_count=len(rows), **more)


SIGNS = {"Amount (EUR)": "€"}


def kinds(given: EvidenceTable, *others: EvidenceTable) -> dict[str, str]:
    found = priced(Evidence((given, *others)), SIGNS).table(given.id)
    return {name: kind for name, kind in found.formats.items() if kind.startswith("money:")}


def test_sums_and_averages_of_an_amount_are_amounts_and_counts_are_not() -> None:
    given = table("s1", "client total_amount_eur average_amount records amount_share", [("A", 9.0, 3.0, 3, 0.4)])
    assert kinds(given) == {"total_amount_eur": "money:€", "average_amount": "money:€"}


def test_the_results_of_a_method_over_an_amount_are_amounts_growth_is_not() -> None:
    more: dict[str, Any] = {"method": "change", "formats": {"growth": "percent"}}
    main = table(
        "s1",
        "client before after change growth",
        [("A", 1.0, 2.0, 1.0, 1.0)],
        parameters={"value": "Amount (EUR)"},
        **more,
    )
    total = table("s1_total", "from to before after growth", [("2023", "2024", 1.0, 2.0, 1.0)], **more)
    assert set(kinds(main)) == {"before", "after", "change"}
    assert set(kinds(total, main)) == {"before", "after"}


def test_a_count_over_time_and_columns_of_several_kinds_are_no_amounts() -> None:
    counted = table(
        "s1", "period value", [("2024", 3)], method="trend", parameters={"value": "Amount (EUR)", "agg": "count"}
    )
    mixed = table(
        "s1", "variable mean", [("a", 3.0)], method="describe", parameters={"columns": ["Amount (EUR)", "Hours"]}
    )
    assert kinds(counted) == kinds(mixed) == {}


@pytest.mark.parametrize(
    ("value", "asked", "shown"),
    [
        (3508.4, {}, "€3,508"),
        (-3508.4, {}, "-€3,508"),
        (3508.4, {"sign": True}, "+€3,508"),
        (12.5, {}, "€12.50"),
        (12.0, {}, "€12"),
        (12.5, {"digits": 1}, "€12.5"),
        (4_520_000_000.0, {"prose": True}, "€4.52 billion"),
        (11_954_317, {"prose": True}, "€11.95 million"),
        (999_999_999.0, {"prose": True}, "€1 billion"),
    ],
)
def test_an_amount_is_written_as_people_write_it(value: float, asked: dict[str, Any], shown: str) -> None:
    assert show(value, "money:€", **asked) == shown


def test_a_code_stands_apart_and_a_share_of_an_amount_is_a_share() -> None:
    assert show(1200.0, "money:CHF") == "CHF 1,200"
    assert show(0.5, "money:€", percent=True, digits=0) == "50%"


def test_prose_shows_the_currency_and_a_value_by_itself_does_not() -> None:
    evidence = priced(Evidence((table("s1", "total_amount_eur", [(1234.5,)]),)), SIGNS)
    assert fill("Total {{s1.total_amount_eur}}", evidence, "?").text == "Total €1,235"
    assert fill("{{s1.total_amount_eur|2}}", evidence, "?", prose=False).text == "1234.50"
