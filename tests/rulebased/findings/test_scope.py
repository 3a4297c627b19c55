"""The rows that a result is about are said from what was filtered; the plan's words stand in where that has no name."""

from __future__ import annotations

import pytest

from analyst.protocol.facts import Filter, Relation
from analyst.protocol.replies import Limit
from analyst.rulebased.findings.scope import scope_of

LYON = Filter("branch", "is", ("Lyon",))


@pytest.mark.parametrize(
    ("relation", "values", "said"),
    [
        ("is", ("Lyon",), " for branch Lyon"),
        ("is", ("Lyon", "Nice"), " for branch Lyon or Nice"),
        ("is", (True,), " where branch is yes"),
        ("is not", ("Lyon",), " excluding branch Lyon"),
        ("missing", (), " where branch is missing"),
        ("at least", (5,), " with branch at least 5"),
        ("between", (5, 7.0), " with branch between 5 and 7"),
        ("above", (99,), " with branch above 99"),
        ("present", (), ""),
        ("a condition", (), ""),
    ],
)
def test_a_condition_is_put_in_words(relation: Relation, values: tuple[str | int, ...], said: str) -> None:
    assert scope_of([Filter("branch", relation, values)], [], "Lyon and Nice from 5 to 7?") == said


def test_conditions_of_one_kind_share_their_first_word() -> None:
    conditions = [
        LYON,
        Filter("Weight (kg)", "above", (3,)),
        Filter("tier", "is", ("Gold",)),
        Filter("is_new", "is", (1,)),
    ]
    assert scope_of(conditions, [], "above 3") == " for branch Lyon and tier Gold where new is yes with weight above 3"


@pytest.mark.parametrize(
    ("first", "after", "said"),
    [
        ("2018-01-01", "2019-01-01", " in 2018"),
        ("2018-04-01", "2018-07-01", " in Q2 2018"),
        ("2018-06-01", "2018-07-01", " in June 2018"),
        ("2018-05-01", "2018-07-01", " from May to June 2018"),
        ("2017-01-01", "2019-01-01", " from 2017 to 2018"),
        ("2018-06-03", "2018-06-04", " on June 3, 2018"),
        ("2018-06-03", "2018-07-05", " from June 3, 2018 to July 4, 2018"),
    ],
)
def test_two_bounds_of_a_date_are_one_period(first: str, after: str, said: str) -> None:
    bounds = [Filter("day", "at least", (first,)), Filter("day", "below", (after,))]
    assert scope_of(bounds, [], "Q2, 2017, 2018, June 3 and 4") == said


def test_one_bound_of_a_date_is_since_or_until_it() -> None:
    assert scope_of([Filter("day", "above", ("2018-06-03",))], [], "after 4 June 2018") == " since June 4, 2018"
    assert scope_of([Filter("day", "at most", ("2018-06-03",))], [], "to 3 June 2018") == " until June 3, 2018"


def test_the_plan_itself_names_a_period_that_the_question_does_not() -> None:
    year = [Filter("day", "at least", ("2018-01-01",)), Filter("day", "below", ("2019-01-01",))]
    assert scope_of([LYON, *year], [], "Lyon last year") == " for branch Lyon in 2018"
    years = [Filter("day", "at least", ("2017-01-01",)), Filter("day", "below", ("2019-01-01",))]
    assert scope_of(years, [], "the last two years") == " from January 1, 2017 to December 31, 2018"


def test_words_of_the_plan_with_numbers_of_their_own_are_left_to_the_reading() -> None:
    assert scope_of([Filter("day", "a condition")], [Limit(column="day", words="week 7")], "That week") == ""


def test_a_condition_without_a_name_is_told_in_the_words_of_the_plan() -> None:
    summer = Limit(column="day", words="July and August", period=True)
    other = Limit(column="carrier", words="carrier DHL")
    assert scope_of([LYON, Filter("day", "a condition")], [summer, other], "") == " for branch Lyon in July and August"
