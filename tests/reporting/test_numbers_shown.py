"""How numbers are written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyst.reporting.labels import in_words
from analyst.reporting.numbers import clean_text, kind_of, listed, show


@pytest.mark.parametrize(
    ("value", "asked", "shown"),
    [
        (130.475, {"digits": 2}, "130.48"),
        (2.675, {"digits": 2}, "2.68"),
        (-130.475, {"digits": 2}, "-130.48"),
        (0.125, {"digits": 2}, "0.13"),
        (0.1234, {"digits": 1, "percent": True}, "12.3%"),
        (-0.05, {"digits": 1, "percent": True}, "-5.0%"),
        (0.0004, {"kind": "percent"}, "0.04%"),
        (1, {"kind": "percent"}, "100%"),
        (0.12345, {"kind": "percent"}, "12.3%"),
        (0.12345, {"kind": "percent", "sign": True}, "+12.3%"),
        (-0.0, {}, "0"),
        (-0.001, {"digits": 2}, "0.00"),
        (0.0, {"sign": True}, "0"),
        (1234567, {}, "1,234,567"),
        (1234567.891, {}, "1,234,568"),
        (1234567.891, {"digits": 2}, "1,234,567.89"),
        (1500.0, {}, "1,500"),
        (123.456, {}, "123.5"),
        (12.3456, {}, "12.35"),
        (0.012345, {}, "0.0123"),
        (0.31, {}, "0.31"),
        (2024, {"kind": "plain"}, "2024"),
        (41.6, {"kind": "integer"}, "42"),
        (2.5, {"kind": "integer"}, "3"),
        (1e-9, {"kind": "p_value"}, "< 0.0001"),
        (1e-9, {"kind": "p_value", "digits": 4}, "< 0.0001"),
        (0.003, {"kind": "p_value", "digits": 2}, "< 0.01"),
        (0.0, {"kind": "p_value"}, "< 0.0001"),
        (0.0312, {"kind": "p_value"}, "0.031"),
        (0.0012, {"kind": "p_value"}, "0.0012"),
        (1e20, {}, "1e20"),
        (2.163, {"kind": "percent"}, "216%"),
        (0.5, {"kind": "percent", "prose": True}, "50%"),
        (0.1, {"kind": "percent", "prose": True}, "10%"),
        (0.531, {"kind": "p_value"}, "0.53"),
        (11_954_317, {"prose": True}, "11.95 million"),
        (347_188_795.0, {"prose": True}, "347.2 million"),
        (1_290_442_059_630.0, {"prose": True}, "1.29 trillion"),
        (-2_500_000, {"prose": True, "sign": True}, "-2.5 million"),
        (11_954_317, {"prose": True, "digits": 0}, "11,954,317"),
        (12.5, {"prose": True}, "12.5"),
        (143.04, {"prose": True}, "143"),
        (20_241_105, {"prose": True, "kind": "plain"}, "20241105"),
        (0.00793, {"kind": "coefficient"}, "0.01"),
        (True, {}, "yes"),
        ("2024-11-05T00:00:00", {"kind": "date"}, "2024-11-05"),
        ("a\nb\u202ec", {}, "a bc"),
    ],
)
def test_a_value_is_written_as_a_reader_expects(value: Any, asked: dict[str, Any], shown: str) -> None:
    assert show(value, **asked) == shown


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12), st.integers(0, 8))
def test_a_rounded_number_is_never_further_than_half_a_unit_and_never_minus_zero(value: float, digits: int) -> None:
    shown = show(value, digits=digits)
    back = Decimal(shown.replace(",", ""))
    assert abs(back - Decimal(repr(value))) <= Decimal(1).scaleb(-digits) / 2
    assert not (back == 0 and shown.startswith("-"))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not a number"):
        show(value)


def test_years_and_identifiers_have_no_thousands_separators() -> None:
    assert [kind_of(name, None) for name in ("year", "customer_id", "p", "revenue")] == [
        "plain",
        "plain",
        "p_value",
        None,
    ]


def test_a_value_per_year_is_no_year_and_a_correlation_has_two_decimals() -> None:
    assert [kind_of(name, "number") for name in ("cost_per_year", "order_year", "r", "cramers_v")] == [
        "number",
        "plain",
        "coefficient",
        "coefficient",
    ]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("2024-Q4", "Q4 2024"),
        ("2024-W05", "week 5 of 2024"),
        ("2024-11", "November 2024"),
        ("2024-11-05", "5 November 2024"),
        ("2024-11-05T13:30:00", "5 November 2024, 13:30"),
        ("2024-11-05 00:00:00", "5 November 2024"),
        ("2024", "2024"),
        ("2024-13", "2024-13"),
        ("SO-2024-11", "SO-2024-11"),
    ],
)
def test_a_period_is_said_as_people_say_it(label: str, words: str) -> None:
    assert in_words(label) == words


def test_long_lists_say_how_many_are_left_out() -> None:
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"
    assert listed([str(n) for n in range(30)], 1030).endswith("8, 9 and 1,020 more")


def test_characters_that_turn_digits_around_are_dropped() -> None:
    assert clean_text("\u202e12\u2066\u200b3") == "123"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (5025, "1:23:45"),
        (1350, "0:22:30"),
        (109_800, "30:30:00"),
        (4_500_061, "1,250:01:01"),
        (-90, "-0:01:30"),
        (59.6, "0:01:00"),
        (4.256, "0:00:04.26"),
        (0, "0:00:00"),
        (-0.001, "0:00:00.00"),
    ],
)
def test_a_duration_is_shown_as_hours_minutes_and_seconds(seconds: float, shown: str) -> None:
    assert show(seconds, "duration") == shown
    assert show(seconds, "duration", prose=True) == shown
