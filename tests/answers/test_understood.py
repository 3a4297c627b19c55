"""The reading: it never vanishes, and says the period in dates."""

from __future__ import annotations

import json
from datetime import date

import pytest

from analyst.answers.guards import Guards
from analyst.answers.understood import understood
from analyst.planning.binding import BoundPlan
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.facts import Facts, Filter
from analyst.protocol.moments import in_words
from analyst.reporting.filling import Filler
from tests.test_agents import PLAN, OneNumber, OpenPrivacy


def results(*filters: Filter) -> Evidence:
    return Evidence((EvidenceTable("s1", "sum of revenue", ("total",), ((7,),), 1, facts=Facts(filters=filters)),))


def day(relation: str, *days: str, column: str = "ordered") -> Filter:
    return Filter(column, relation, days)  # type: ignore[arg-type]


FROM, BEFORE = day("at least", "2024-04-01"), day("below", "2024-07-01")


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ((FROM, BEFORE), "Revenue last quarter (April to June 2024)."),
        ((day("between", "2024-04-01", "2024-06-30"),), "Revenue last quarter (April to June 2024)."),
        ((day("between", "2024-01-01 00:00:00", "2024-12-31"),), "Revenue last quarter (2024)."),
        ((day("between", "2023-12-05", "2024-01-09"),), "Revenue last quarter (December 5, 2023 to January 9, 2024)."),
        ((day("is", "2024-04-05"),), "Revenue last quarter (April 5, 2024)."),
        ((FROM,), "Revenue last quarter (from April 1, 2024)."),
        ((day("above", "2024-03-31"),), "Revenue last quarter (from April 1, 2024)."),
        ((BEFORE,), "Revenue last quarter (up to June 30, 2024)."),
        ((), "Revenue last quarter."),
        ((Filter("region", "is", ("North",)),), "Revenue last quarter."),
        ((Filter("price", "between", (5, 9)),), "Revenue last quarter."),
        ((FROM, day("below", "2024-05-01", column="shipped")), "Revenue last quarter."),
    ],
)
def test_the_period_that_the_plan_filters_by_is_said_in_dates(filters: tuple[Filter, ...], told: str) -> None:
    assert understood("Revenue last quarter.", results(*filters)) == told


@pytest.mark.parametrize(
    "said", ["Revenue from April to June 2024.", "Revenue in Q2 2024.", "Revenue 2024-04-01 to 2024-06-30."]
)
def test_a_period_that_the_reading_names_is_not_said_twice(said: str) -> None:
    told = understood(said, results(FROM, BEFORE))
    assert told == said or said.startswith("Revenue from April")


def test_results_of_two_periods_name_none() -> None:
    other = results(day("between", "2023-01-01", "2023-12-31")).tables[0]
    assert understood("Two years.", Evidence((results(FROM, BEFORE).tables[0], other))) == "Two years."


def test_where_the_words_do_not_stand_the_result_says_what_was_read() -> None:
    assert understood("", results(FROM, BEFORE)) == "sum of revenue (April to June 2024)."


class Filtered(OneNumber):
    """A plan over the second quarter, of orders of 100 and more."""

    def execute(self, bound: BoundPlan, *, earlier: Evidence | None = None) -> Evidence:
        return results(FROM, BEFORE, Filter("orders", "at least", (100,)))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Regions with at least 100 orders in Q2 2024.", "Regions with at least 100 orders in Q2 2024."),
        ("Regions with at least 250 orders.", "sum of revenue (April to June 2024)."),
    ],
)
def test_a_reading_with_the_plans_own_numbers_stands_and_one_with_others_gives_way(said: str, told: str) -> None:
    guards = Guards(Filtered(), OpenPrivacy(), Evidence(), Filler("Which regions did well last quarter?"))
    planned = guards.plan(json.dumps(json.loads(PLAN) | {"reading": said}))
    assert planned.plan.reading == told


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (date(2023, 1, 1), date(2024, 12, 31), "2023 to 2024"),
        (date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        (date(2023, 11, 1), date(2024, 2, 29), "November 2023 to February 2024"),
        (date(2024, 2, 1), date(2024, 2, 28), "February 1 to February 28, 2024"),
    ],
)
def test_a_span_of_days_is_said_as_people_say_it(first: date, last: date, told: str) -> None:
    assert in_words(first, last) == told
