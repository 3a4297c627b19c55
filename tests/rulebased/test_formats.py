"""The fields that a question asks for: names, decimals, choices."""

from __future__ import annotations

import pytest

from analyst.rulebased.formats import spaced, wanted


def test_a_question_without_fields_wants_none() -> None:
    assert wanted("What is the mean price? Write to me@example.org.") == ()


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ('@a[x] where "x" is rounded to three decimal places', 3),
        ('@a[x] where "x" is an integer', 0),
        ("@a[x], to the nearest tenth", 1),
        ("Round to 2 decimals. @a[x]", 2),
        ("@a[a number with four decimals]", 4),
        ("@a[x]", None),
    ],
)
def test_decimals_are_read_from_the_format_else_from_the_question(text: str, digits: int | None) -> None:
    assert wanted(text)[0].digits == digits


def test_each_field_has_its_own_decimals() -> None:
    found = wanted('@a[one] @b[two] where "one" is rounded to two decimals and "two" is rounded to four decimals')
    assert [field.digits for field in found] == [2, 4]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("@a[yes/no]", ("yes", "no")),
        ('@a[x] where "x" is either "up" or "down"', ("up", "down")),
        ("@a[x] where x is a boolean", ("True", "False")),
        ("@a[x] where x is a boolean (true or false)", ("true", "false")),
        ('@a[x] where "x" is a number', ()),
    ],
)
def test_choices_are_read_from_the_format(text: str, options: tuple[str, ...]) -> None:
    assert wanted(text)[0].options == options


def test_the_words_of_another_field_are_no_choice() -> None:
    found = wanted('@a[one] @b[two] where "one" is a number. "two" is a string, "big" or "small".')
    assert [field.options for field in found] == [(), ("big", "small")]


def test_a_name_is_read_word_by_word() -> None:
    assert spaced("meanFare_class1") == "mean fare class 1"
