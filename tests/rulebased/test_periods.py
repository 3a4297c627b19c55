"""Periods are found and placed against the span of the data."""

from __future__ import annotations

from datetime import date

import pytest

from analyst.rulebased.link.periods import Span, before, find_periods, year_before
from analyst.rulebased.link.tokens import derived, misspelt, stem, tokenize, words_of

SPAN = Span(date(2022, 1, 5), date(2024, 11, 17))


@pytest.mark.parametrize(
    ("question", "labels"),
    [
        ("sales in 2023", ["2023"]),
        ("sales in Q2", ["2024-Q2"]),
        ("sales in Q4", ["2023-Q4"]),
        ("sales in Q4 2022", ["2022-Q4"]),
        ("the third quarter of 2023", ["2023-Q3"]),
        ("2023-Q1 and 2023-11", ["2023-Q1", "2023-11"]),
        ("Q3 vs Q2 2023", ["2023-Q3", "2023-Q2"]),
        ("last month", ["2024-10"]),
        ("this month", ["2024-11"]),
        ("last quarter", ["2024-Q3"]),
        ("last year", ["2023"]),
        ("the last 3 months", ["2024-08-01..2024-10-31"]),
        ("past 7 days", ["2024-11-11..2024-11-17"]),
        ("in December", ["2023-12"]),
        ("in may", ["2024-05"]),
        ("it may rise", []),
        ("march of time", []),
        ("from January to March", ["2024-01-01..2024-03-31"]),
        ("between November and February", ["2023-11-01..2024-02-29"]),
        ("since June 2024", ["2024-06-01..2024-11-17"]),
        ("before 2023", ["2022-01-05..2022-12-31"]),
        ("after 2023", ["2024-01-01..2024-11-17"]),
        ("first half of 2023", ["2023-01-01..2023-06-30"]),
        ("H2 2022", ["2022-07-01..2022-12-31"]),
        ("week 12 of 2024", ["2024-W12"]),
        ("on 2024-02-29", ["2024-02-29"]),
        ("on March 5", ["2024-03-05"]),
        ("year to date", ["2024-01-01..2024-11-17"]),
        ("on 2024-02-31 in 2024-13", []),
    ],
)
def test_a_period_in_words_becomes_a_label(question: str, labels: list[str]) -> None:
    assert [period.label for period in find_periods(tokenize(question), SPAN)] == labels


def test_the_period_before_and_the_year_before_keep_the_kind() -> None:
    quarter = find_periods(tokenize("2024-Q1"), SPAN)[0]
    assert (before(quarter).label, year_before(quarter).label) == ("2023-Q4", "2023-Q1")


def test_leap_days_have_a_year_before() -> None:
    assert year_before(find_periods(tokenize("2024-02-29"), SPAN)[0]).label == "2023-02-28"


def test_words_are_stemmed_and_split() -> None:
    assert words_of("Total_Prices (EUR)") == ("total", "price", "eur")
    assert words_of("FamilySize") == ("family", "size")
    assert [stem(word) for word in ("cities", "classes", "status", "boxes", "people")] == [
        "city",
        "class",
        "status",
        "box",
        "person",
    ]


def test_roots_and_slips_are_told_from_other_words() -> None:
    assert derived("churned", "churn") and derived("cancelled", "cancellation")
    assert not derived("price", "prince")
    assert misspelt("revnue", "revenue") and misspelt("quantiyt", "quantity")
    assert not misspelt("price", "plate")
