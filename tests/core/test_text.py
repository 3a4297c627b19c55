"""Text as people write and read it."""

from __future__ import annotations

import pytest

from analyst.core.text import MONTHS, aligned, fold, is_plural, listed, plural


@pytest.mark.parametrize(
    ("parts", "told"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_a_list_reads_as_people_write_it(parts: list[str], told: str) -> None:
    assert listed(parts) == told


def test_the_last_of_a_list_may_be_joined_by_another_word() -> None:
    assert listed(["a", "b", "c"], "or") == "a, b or c"


def test_words_are_compared_without_case_and_accents() -> None:
    assert fold("Größe ÉTÉ Señor") == "grosse ete senor"
    assert fold("Ω") == "ω", "a letter without a Latin base stays"


def test_there_are_twelve_months_in_order() -> None:
    assert (len(MONTHS), MONTHS[0], MONTHS[-1]) == (12, "January", "December")


def test_columns_are_aligned_names_left_and_figures_right() -> None:
    assert aligned([("model", "cost"), ("a", "10"), ("long name", "2")], ruled=True) == [
        "model      cost",
        "───────────────",
        "a            10",
        "long name     2",
    ]


def test_the_last_word_of_a_phrase_takes_the_plural_and_what_is_plural_stays() -> None:
    nouns = ("day", "category", "branch", "kind of trip", "sales", "sales person", "status", "data", "2023")
    expected = ["days", "categories", "branches", "kinds of trip", "sales", "sales people", "statuses", "data", "2023"]
    assert [plural(noun) for noun in nouns] == expected
    assert is_plural("sales of the day") and not is_plural("number of rows") and not is_plural("revenue per days")
