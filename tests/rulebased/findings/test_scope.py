"""The rows that a result is about are said from what was filtered, in the plan's words where it has some."""

from __future__ import annotations

import pytest

from analyst.protocol.facts import Filter, Relation
from analyst.protocol.replies import Limit
from analyst.rulebased.findings.scope import scope_of

LYON = Filter("branch", "is", ("Lyon",))


def limit(column: str, words: str, *, period: bool = False) -> Limit:
    return Limit(column=column, words=words, period=period)


@pytest.mark.parametrize(
    ("column", "words", "said"),
    [
        ("branch", "branch Lyon", " for branch Lyon"),
        ("hasChurned", "has Churned", " where has churned is yes"),
        ("smoker", "not smoker", " where smoker is no"),
        ("support_calls", "support calls above 3", " with support calls above 3"),
        ("Weight (kg)", "Weight (kg) above 3", " with weight above 3"),
    ],
)
def test_the_plans_words_for_a_condition_are_used(column: str, words: str, said: str) -> None:
    assert scope_of([Filter(column, "a condition")], [limit(column, words)], "More than 3?") == said


def test_a_limit_that_no_step_kept_is_not_said() -> None:
    assert scope_of([LYON], [limit("branch", "branch Lyon"), limit("carrier", "carrier DHL")], "") == " for branch Lyon"


def test_a_period_is_said_where_the_question_holds_its_digits() -> None:
    limits, filters = (
        [limit("branch", "branch Lyon"), limit("day", "2024", period=True)],
        [LYON, Filter("day", "above")],
    )
    assert scope_of(filters, limits, "Revenue of Lyon in 2024") == " for branch Lyon in 2024"
    assert scope_of(filters, limits, "Revenue of Lyon last year") == " for branch Lyon"


@pytest.mark.parametrize(
    ("relation", "values", "said"),
    [
        ("is", ("Lyon",), " for branch Lyon"),
        ("is", ("Lyon", "Nice"), " for branch Lyon and Nice"),
        ("is", (True,), " where branch is yes"),
        ("is not", ("Lyon",), " for branch other than Lyon"),
        ("missing", (), " for missing branch"),
        ("at least", (5,), " with branch at least 5"),
        ("between", (5, 7), " with branch between 5 and 7"),
        ("above", (99,), ""),
        ("present", (), ""),
        ("a condition", (), ""),
    ],
)
def test_a_condition_without_words_of_the_plan_is_put_in_words(
    relation: Relation, values: tuple[str | int, ...], said: str
) -> None:
    assert scope_of([Filter("branch", relation, values)], [], "Lyon and Nice from 5 to 7?") == said
