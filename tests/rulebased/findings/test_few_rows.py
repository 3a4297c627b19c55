"""Nothing that rests on a few rows comes first without being said: not in a series, within groups, or in a description."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rulebased.findings.conftest import table

MONTHS = [("2024-09", 60.1, 31), ("2024-10", 63.8, 33), ("2024-11", 900.0, 2), ("2024-12", 990.0, 1)]
FIRSTS = [("East", "rotor", 900.0, 1, 1), ("East", "belt", 58.2, 40, 2), ("West", "valve", 61.5, 44, 1)]


def test_the_best_month_of_one_record_is_said_to_be_one(reported: Any) -> None:
    monthly = table("s1", "month average_cost records", MONTHS[::-1], order={"average_cost": "descending"})
    told = reported("Which month had the highest average cost?", monthly)
    assert told.answer.endswith(
        "December 2024 has only 1 record; without such groups, October 2024 (63.8) comes first."
    )


def test_months_of_many_records_and_counts_are_not_doubted(reported: Any) -> None:
    question = "Which month had the highest average cost?"
    assert "only" not in reported(question, table("s1", "month average_cost records", MONTHS[:2])).answer
    counted = table("s1", "month records", [(month, records) for month, _, records in MONTHS])
    assert "only" not in reported("Which month had the fewest records?", counted).answer


def test_the_first_of_each_group_that_rests_on_a_few_records_is_named(reported: Any) -> None:
    placed = table("s1", "shop part average_cost records place", FIRSTS)
    answer = reported("Which part has the highest average cost in each shop?", placed).answer
    assert answer.endswith("Rotor for East rests on only a few records.")


def test_totals_within_groups_are_not_doubted(reported: Any) -> None:
    placed = table("s1", "shop part total_cost records place", FIRSTS)
    assert "only" not in reported("Which part has the highest total cost in each shop?", placed).answer


@pytest.mark.parametrize(
    ("smallest", "said"),
    [(3, "Rotor has only 3 records; without it, belt (56.6) comes first."), (30, "and lowest for pump (53.3).")],
)
def test_the_highest_group_of_a_description_is_doubted_where_it_is_small(
    reported: Any, smallest: int, said: str
) -> None:
    rows = [
        ("rotor", "cost", smallest, 930.0, 900.0),
        ("belt", "cost", 72, 56.6, 55.0),
        ("pump", "cost", 83, 53.3, 52.0),
    ]
    told = table(
        "s1", "part variable n mean median", rows, method="describe", source=("cost", "part"), key=("part", "variable")
    )
    assert reported("Distribution of cost by part", told).answer.endswith(said)
