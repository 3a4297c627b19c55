"""Units: told by the profile, carried to what is computed, left off where a number is of another unit or of none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.facts import Facts, Measure
from analyst.protocol.table import ColumnProfile, Meaning, OpenedTable, TableProfile
from analyst.reporting.charts.choosing import Wish, choose
from analyst.reporting.filling import fill
from analyst.reporting.numbers import show
from analyst.reporting.tables import shown
from analyst.reporting.units import in_units, kinds_of


def profile(*columns: ColumnProfile) -> TableProfile:
    opened = OpenedTable(Path("d"), Path("t.csv"), "t", "csv", 9, tuple(c.name for c in columns), "f")
    return TableProfile(opened, columns)


def number(name: str, **more: Any) -> ColumnProfile:
    return ColumnProfile(name, "DOUBLE", more.pop("kind", "number"), "measure", **more)


@pytest.mark.parametrize(
    ("unit", "kind"),
    [
        ("EUR", "money:€"),
        ("CHF", "money:CHF"),
        ("%", "unit:%"),
        ("percent", "unit:percent"),
    ],
)
def test_a_column_is_written_in_the_unit_of_its_profile(unit: str, kind: str) -> None:
    assert kinds_of(profile(number("x", meaning=Meaning(unit=unit)))) == {"x": kind}


def test_a_header_alone_gives_no_sign() -> None:
    assert kinds_of(profile(number("euro_turnout"), number("x", meaning=Meaning(currency="currency")))) == {}


def table(id: str, columns: str, rows: Any, **more: Any) -> EvidenceTable:
    return EvidenceTable(id=id, what="x", columns=tuple(columns.split()), rows=tuple(rows), row_count=len(rows), **more)


KINDS = {"Amount (EUR)": "money:€"}


def kinds(given: EvidenceTable, *others: EvidenceTable) -> dict[str, str]:
    found = in_units(Evidence((given, *others)), KINDS).table(given.id)
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


def test_what_an_sql_step_computed_has_the_unit_of_its_column_whatever_it_is_called() -> None:
    facts = Facts(
        (Measure("sum", ("Amount (EUR)",)), Measure("count", ("Amount (EUR)",)), Measure("count")), ("client",)
    )
    given = table("s1", "client x amount_eur n", [("A", 9.0, 3, 4)], facts=facts)
    assert kinds(given) == {"x": "money:€"}


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [
        (0.45, "unit:%", "45%"),
        (45.2, "unit:percent", "45.2%"),
        (45.0, "unit:kg", "45"),
    ],
)
def test_values_are_written_in_their_unit(value: float, kind: str, told: str) -> None:
    assert show(value, kind) == told


def test_prose_says_a_unit_once_and_a_value_by_itself_says_none() -> None:
    given = table("s1", "rate wait", [(45.25, 5025.0)], formats={"rate": "unit:percent", "wait": "duration"})
    evidence = Evidence((given,))
    assert fill("{{s1.rate|1}}% wait {{s1.wait}} seconds.", evidence, "?").text == "45.3% wait 1:23:45."
    assert fill("{{s1.rate}}", evidence, "?", prose=False).text == "45.25"


def test_years_are_years_in_text_table_and_chart_and_lengths_of_years_are_numbers() -> None:
    given = table(
        "s1", "shop first_year_open yearBuilt years_open", [("A", 2009, 1987.0, 7.5), ("B", 2011, 2001.0, 2000.0)]
    )
    evidence = Evidence((given,))
    assert fill("{{s1[1].first_year_open}} and {{s1[1].yearBuilt}}", evidence, "?").text == "2009 and 1987"
    assert shown(given, max_rows=9).rows[1] == ("B", "2011", "2001", "2,000")
    chart = choose(given, evidence, Wish(columns=("first_year_open",)))
    assert chart and [row["told"] for row in chart.rows] == ["2011", "2009"]


@pytest.mark.parametrize(
    ("column", "day", "text", "axis"),
    [
        ("month", "2008-06-01", "June 2008", "Jun 2008"),
        ("quarter", "2008-04-01", "Q2 2008", "Q2 2008"),
        ("year", "2008-01-01", "2008", "2008"),
        ("day", "2008-06-01", "June 1, 2008", "Jun 1, 2008"),
    ],
)
def test_the_first_day_of_a_period_is_the_period(column: str, day: str, text: str, axis: str) -> None:
    days = [day, day.replace("2008", "2009"), day.replace("2008", "2010")]
    given = table("s1", f"{column} sales", [(one, 5.0 + at) for at, one in enumerate(days)], key=(column,))
    evidence = Evidence((given,))
    assert fill(f"In {{{{s1[1].{column}}}}}.", evidence, "?").text == f"In {text}."
    assert shown(given, max_rows=9).rows[0][0] == text
    chart = choose(given, evidence)
    assert chart and chart.order[0] == axis


@pytest.mark.parametrize(
    ("value", "asked", "told"),
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
def test_an_amount_is_written_as_people_write_it(value: float, asked: dict[str, Any], told: str) -> None:
    assert show(value, "money:€", **asked) == told


def test_a_code_stands_apart_and_a_share_of_an_amount_is_a_share() -> None:
    assert show(1200.0, "money:CHF") == "CHF 1,200"
    assert show(0.5, "money:€", percent=True, digits=0) == "50%"


def test_prose_shows_the_currency_and_a_value_by_itself_does_not() -> None:
    evidence = in_units(Evidence((table("s1", "total_amount_eur", [(1234.5,)]),)), KINDS)
    assert fill("Total {{s1.total_amount_eur}}", evidence, "?").text == "Total €1,235"
    assert fill("{{s1.total_amount_eur|2}}", evidence, "?", prose=False).text == "1234.50"
