"""Questions that set two sets of rows against each other or ask for a part of a whole: of shifts, enrolments, loans."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest

Row = dict[str, Any]
Rows = list[Row]


def shifts() -> Rows:
    """Shifts of nurses, whose type may be "day"."""
    return [
        {
            "shift_no": f"S{n:04d}", "ward": ("Heart", "Burns", "Eye")[n % 3], "shift_date": f"2024-{n % 12 + 1:02d}-{n % 27 + 1:02d}",
            "shift_type": ("day", "evening", "night")[n // 2 % 3], "nurse_age": 22 + n * 7 % 43, "hours": (8, 10, 12)[n % 3],
            "overtime_hours": n % 9 * 0.5, "patients_seen": 5 + n % 13, "fatigue_score": n * 3 % 10 + 1,
            "agency_staff": "Y" if n % 5 == 0 else "N",
        }
        for n in range(300)
    ]  # fmt: skip


def enrolments() -> Rows:
    """Enrolments with fees, refunds and two scores, some without an age."""
    return [
        {
            "enrolment_id": 9000 + n, "course": ("Python", "Guitar", "Ethics")[n % 3], "country": ("Brazil", "Kenya")[n // 3 % 2],
            "device": ("phone", "laptop")[n // 2 % 2], "enrolled_at": f"{2023 + n // 120}-{n % 12 + 1:02d}-05 10:00",
            "learner_age": "" if n % 17 == 0 else 16 + n * 11 % 53, "fee_paid": (0, 19, 49, 99)[n * 3 % 7 % 4],
            "refund": 19 if n % 9 == 1 else 0, "lessons_finished": n % 23, "quiz_score": 40 + n * 13 % 60,
            "satisfaction": n * 3 % 5 + 1, "completed": "yes" if n % 3 == 0 or n % 5 == 0 else "no",
        }
        for n in range(240)
    ]  # fmt: skip


TABLES: dict[str, Callable[[], Rows]] = {"shifts": shifts, "enrolments": enrolments}


@pytest.fixture(scope="module")
def table(table_of: Any) -> Any:
    """A table by its name."""
    return lambda name: table_of(name, TABLES[name]())


def first(table: Any, question: str) -> list[tuple[Any, ...]]:
    """The rows that answer, of a plan that leaves nothing open."""
    plan = table.plan(question)
    assert plan.unanswered is None, plan
    return list(next(t for t in table.evidence(question).tables if t.audience == "answer").rows)


def mean(name: str, rows: Rows, met: Callable[[Row], bool] = lambda row: True) -> float:
    return statistics.fmean(row[name] for row in rows if met(row))


def age(row: Row) -> int:
    """The age of an enrolment's learner; in the middle where it is missing."""
    return row["learner_age"] or 45


HALVES: list[tuple[str, str, Callable[[Rows], list[float]]]] = [
    ("shifts", "are nurses under 30 more tired than those over 50?",
     lambda rows: [mean("fatigue_score", rows, lambda r: r["nurse_age"] < 30), mean("fatigue_score", rows, lambda r: r["nurse_age"] > 50)]),
    ("shifts", "nurses over 60 against under 25: fatigue",
     lambda rows: [mean("fatigue_score", rows, lambda r: r["nurse_age"] > 60), mean("fatigue_score", rows, lambda r: r["nurse_age"] < 25)]),
    ("shifts", "average fatigue of nurses 30 or younger versus over 30",
     lambda rows: [mean("fatigue_score", rows, lambda r: r["nurse_age"] <= 30), mean("fatigue_score", rows, lambda r: r["nurse_age"] > 30)]),
    ("enrolments", "are learners under 30 happier than those over 60",
     lambda rows: [mean("satisfaction", rows, lambda r: age(r) < 30), mean("satisfaction", rows, lambda r: age(r) > 60)]),
    ("enrolments", "completion rate of learners 40 or younger vs over 40",
     lambda rows: [statistics.fmean(r["completed"] == "yes" for r in rows if r["learner_age"] and r["learner_age"] <= 40),
                   statistics.fmean(r["completed"] == "yes" for r in rows if r["learner_age"] and r["learner_age"] > 40)]),
    ("enrolments", "quiz score with satisfaction below 2 compared to satisfaction above 4",
     lambda rows: [mean("quiz_score", rows, lambda r: r["satisfaction"] < 2), mean("quiz_score", rows, lambda r: r["satisfaction"] > 4)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "question", "values"), HALVES, ids=[question for _, question, _ in HALVES])
def test_two_ranges_of_a_number_are_compared_without_the_rows_between(
    table: Any, name: str, question: str, values: Callable[[Rows], list[float]]
) -> None:
    rows = first(table(name), question)
    assert {round(float(row[1]), 9) for row in rows} == {round(value, 9) for value in values(TABLES[name]())}


UNIONS: list[tuple[str, str, Callable[[Row], bool]]] = [
    ("shifts", "how many shifts by nurses under 25 or over 60", lambda r: r["nurse_age"] < 25 or r["nurse_age"] > 60),
    ("shifts", "how many shifts had a fatigue score of at most 2 or at least 9", lambda r: not 2 < r["fatigue_score"] < 9),
    ("shifts", "how many shifts by nurses over 30 but under 40", lambda r: 30 < r["nurse_age"] < 40),
    ("shifts", "how many shifts by nurses over 30", lambda r: r["nurse_age"] > 30),
]  # fmt: skip


@pytest.mark.parametrize(("name", "question", "met"), UNIONS, ids=[question for _, question, _ in UNIONS])
def test_two_bounds_that_no_row_meets_together_are_either_of_them(
    table: Any, name: str, question: str, met: Callable[[Row], bool]
) -> None:
    assert first(table(name), question)[0][0] == sum(map(met, TABLES[name]()))
