"""The strict and the lenient score, and recall, on answers made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from lab.benchmarks.dabench_scoring import Answer, Question, score


def question(format: str, expected: dict[str, str], constraints: str = "") -> Question:
    return Question(1, "?", constraints, format, "t.csv", "easy", ("Summary Statistics",), expected)


MEAN = '@mean_fare[mean_value] where "mean_value" is a number rounded to two decimal places.'
PAIR = (
    '@r[r_value] @p[p_value] @kind[kind] where "r_value" is rounded to two decimal places. "p_value" is rounded to four '
    'decimal places. "kind" is "linear" or "none".'
)


@pytest.mark.parametrize(
    ("given", "label", "strict", "lenient"),
    [
        ("34.65", "34.65", True, True),
        ("34.650001", "34.65", True, True),
        ("34.654", "34.65", True, True),
        ("34.66", "34.65", False, True),
        ("34.7", "34.65", False, False),
        ("1,234.50", "1234.5", True, True),
        ("34.65%", "34.65", False, True),
        ("about 34.65", "34.65", False, False),
        ("Linear", "linear", False, True),
        ("yes", "True", False, True),
        ("not normal", "normal", False, False),
        ("314, 577", "314,577", True, True),
        ("314, 578", "314,577", False, False),
    ],
)
def test_a_value_is_right_as_labelled_after_the_format_s_rounding(
    given: str, label: str, strict: bool, lenient: bool
) -> None:
    asked = question(MEAN if label[0].isdigit() and "," not in label else "@mean_fare[v]", {"mean_fare": label})
    found = score(asked, Answer(1, fields={"mean_fare": given}))
    assert (found.right, found.forgiven) == (strict, lenient)


def test_each_name_has_the_rounding_that_the_format_gives_it() -> None:
    asked = question(PAIR, {})
    assert [asked.digits(name) for name in ("r", "p")] == [2, 4]
    assert question("@n[count] where count is an integer", {}).digits("n") == 0
    assert question("@n[count]", {}, "Round to three decimal places.").digits("n") == 3
    assert question("@n[count]", {}).digits("n") is None


def test_a_question_without_an_answer_is_wrong_and_so_is_one_with_a_value_missing() -> None:
    asked = question(PAIR, {"r": "0.23", "kind": "linear"})
    assert not score(asked, Answer(1, error="no model answered")).forgiven
    half = score(asked, Answer(1, fields={"r": "0.23"}))
    assert not half.right and half.strict == {"r": True, "kind": False}


def table(*values: Any) -> list[dict[str, Any]]:
    return [{"id": "s1", "method": "describe", "sql": None, "columns": ["v"], "rows": [[v] for v in values]}]


def test_a_value_is_held_where_the_text_shows_it_or_the_short_form_of_the_result_that_equals_it() -> None:
    asked = question(MEAN, {"mean_fare": "1234.57"})
    assert score(asked, Answer(1, texts=["It is 1,234.57."])).held["mean_fare"]
    assert score(asked, Answer(1, texts=["It is 1,235."], evidence=table(1234.5678))).held["mean_fare"]
    assert not score(asked, Answer(1, texts=["It is 1,235."])).held["mean_fare"]
    lost = score(asked, Answer(1, texts=["See the tables."], evidence=table(1234.5678)))
    assert lost.computed["mean_fare"] and not lost.held["mean_fare"]


def test_a_bound_holds_a_p_that_rounds_to_nothing_and_a_percent_its_fraction() -> None:
    asked = question('@p[p] where "p" is rounded to four decimal places', {"p": "0.0"})
    assert score(asked, Answer(1, texts=["p < 0.0001"], evidence=table(1e-12))).held["p"]
    asked = question('@rate[x] where "x" is rounded to two decimal places', {"rate": "21.34"})
    assert score(asked, Answer(1, texts=["That is 21.3%."], evidence=table(0.21341))).held["rate"]


def test_a_word_is_not_held_by_its_denial_nor_a_truth_by_chance() -> None:
    asked = question("@kind[x]", {"kind": "normal"})
    assert score(asked, Answer(1, texts=["The values are normal."])).held["kind"]
    assert not score(asked, Answer(1, texts=["The values are not normal."])).held["kind"]
    asked = question("@ok[x]", {"ok": "no"})
    assert not score(asked, Answer(1, texts=["There is no doubt."])).held["ok"]


def test_numbers_of_any_size_are_scored() -> None:
    wanted = question(MEAN.replace("mean_fare", "n"), {"n": "1e30"})
    huge = Answer(1, {"n": "1" + "0" * 30}, evidence=({"method": "describe", "rows": [[1e300, 1e-300]]},))
    assert score(wanted, huge).right
    assert not score(wanted, Answer(1, {"n": "1e31"})).right
    assert not score(question(MEAN.replace("mean_fare", "n"), {"n": "1e5000"}), huge).right
