"""Plain questions that first prepare rows, or name a test or a model: they take the path of any question."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

Rows = list[dict[str, Any]]


def _filled(rows: Rows, column: str) -> Rows:
    known = [row[column] for row in rows if row[column] is not None]
    return [row | {column: row[column] if row[column] is not None else statistics.median(known)} for row in rows]


def _by(rows: Rows, key: str, column: str) -> dict[Any, float]:
    found: dict[Any, list[float]] = {}
    for row in rows:
        if row[column] is not None:
            found.setdefault(row[key], []).append(row[column])
    return {name: statistics.fmean(values) for name, values in found.items()}


def _inside(rows: Rows, column: str) -> Rows:
    low, _, high = statistics.quantiles([row[column] for row in rows], n=4, method="inclusive")
    return [row for row in rows if low - 1.5 * (high - low) <= row[column] <= high + 1.5 * (high - low)]


def _bins(rows: Rows, column: str, count: int) -> list[int]:
    values = [row[column] for row in rows if row[column] is not None]
    low, width = min(values), (max(values) - min(values)) / count
    ends = [low + width * place for place in range(1, count)]
    found = Counter(sum(value > end for end in ends) for value in values)
    return [found[place] for place in range(count)]


TABLES: dict[str, tuple[str, Callable[[Rows], Any]]] = {
    "Fill the missing ages with the median, then what is the average age by ward?": (
        "hospital", lambda rows: _by(_filled(rows, "age"), "ward", "age")),
    "Drop rows without a reading_score value missing, then show the average math_score by school": (
        "school", lambda rows: _by([r for r in rows if r["reading_score"] is not None], "school", "math_score")),
    "Remove outliers of treatment_cost by the IQR rule and give me the average treatment_cost by ward": (
        "hospital", lambda rows: _by(_inside(rows, "treatment_cost"), "ward", "treatment_cost")),
    "Create a column called 'both' as the sum of math_score and study_hours. What is the average both by school?": (
        "school", lambda rows: _by([r | {"both": r["math_score"] + r["study_hours"]} for r in rows], "school", "both")),
}  # fmt: skip


def _first(asked: Any, question: str) -> Any:
    return next(table for table in asked.evidence(question).tables if table.id == "s1")


@pytest.mark.parametrize("question", TABLES)
def test_a_question_of_prepared_rows_is_answered_from_them(question: str, asked: Any, domains: Any) -> None:
    domain, expected = TABLES[question]
    found = {row[0]: row[1] for row in _first(asked(domain), question).rows}
    assert found == pytest.approx(expected(domains.DOMAINS[domain]()))
    assert asked(domain).plan(question).unanswered is None


def test_classes_of_equal_width_are_counted_and_named_by_their_ends(asked: Any, domains: Any) -> None:
    table = _first(asked("hospital"), "Bin age into 4 groups and count each")
    found = {str(row[0]): row[1] for row in table.rows}
    assert [found[name] for name in sorted(found)] == _bins(domains.DOMAINS["hospital"](), "age", 4)
    assert min(found).startswith("1: ")
    assert "4 classes of equal width of age" in asked("hospital").plan("Bin age into 4 groups and count each").reading


@pytest.mark.parametrize(
    ("question", "statistic"),
    [("Log transform treatment_cost and tell me its mean", "mean"), ("Fill age by the mean and show its mean", "mean")],
)
def test_its_means_the_column_that_was_prepared(question: str, statistic: str, asked: Any) -> None:
    plan = asked("hospital").plan(question)
    assert plan.unanswered is None
    assert len(_first(asked("hospital"), question).rows) == 1


@pytest.mark.parametrize(
    ("question", "method", "given"),
    [
        ("Train a regression of math_score on study_hours and say its R²", "linear_regression", {"target": "math_score"}),
        ("Train a decision tree to predict passed from study_hours and attendance_pct and tell me its accuracy",
         "train_model", {"model": "decision_tree_classifier"}),
        ("Use a Mann-Whitney test to compare math_score by lunch", "compare_groups", {"test": "mann_whitney"}),
        ("Run a chi-square test of lunch and passed", "chi_square", {"x": "lunch"}),
        ("Is math_score normally distributed? Use the Anderson-Darling test", "normality_test", {"test": "anderson"}),
    ],
)  # fmt: skip
def test_a_test_or_model_is_run_as_it_is_named(question: str, method: str, given: dict[str, Any], asked: Any) -> None:
    plan = asked("school").plan(question)
    step = next(step for step in plan.steps if step.get("method"))
    assert step["method"] == method and given.items() <= step.items()
    assert plan.unanswered is None


def test_a_model_of_a_plain_question_is_scored_on_rows_it_has_not_seen(asked: Any) -> None:
    question = "Train a decision tree to predict passed from study_hours and attendance_pct and tell me its accuracy"
    assert all("test_size" not in step for step in asked("school").plan(question).steps)


@pytest.mark.parametrize(
    ("domain", "question"),
    [
        ("hospital", "Fill the missing ages by their nearest neighbors, then what is the average age by ward?"),
        ("hospital", "Remove outliers of treatment_cost and give me the average treatment_cost by ward"),
        ("hospital", "Fill the missing ages of foreigners with the median, then what is the average age by ward?"),
    ],
)
def test_a_step_that_is_not_wholly_read_is_told(domain: str, question: str, asked: Any) -> None:
    assert asked(domain).plan(question).unanswered


@pytest.mark.parametrize(
    ("domain", "question"),
    [
        ("shop", "What is the revenue per order in 'Lyon'?"),
        ("shop", "Compare 'Gold' and 'Silver' members: which have more revenue per order?"),
        ("shop", "Classify products by revenue"),
        ("hospital", "Which patients log the longest waiting_minutes?"),
        ("shop", "What is the total of returned orders, and what is the total of delivered ones?"),
    ],
)
def test_a_question_that_prepares_nothing_is_read_as_it_stands(domain: str, question: str, asked: Any) -> None:
    assert all(step["id"] != "ready" for step in asked(domain).plan(question).steps)
