"""How numbers are written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.numbers import clean_text, kind_of, listed, show


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


def test_long_lists_say_how_many_are_left_out() -> None:
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"
    assert listed([str(n) for n in range(30)], 1030).endswith("8, 9 and 1,020 more")


def test_characters_that_turn_digits_around_are_dropped() -> None:
    assert clean_text("\u202e12\u2066\u200b3") == "123"
