"""Conditions that no text says are told once, calendar periods by their names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyst.protocol.evidence import EvidenceTable
from analyst.protocol.facts import Facts, Filter
from analyst.reporting.labels import part_of
from analyst.reporting.scope import scope

TABLE = EvidenceTable("s1", "", ("region", "profit"), (("East", 1.0),), 1)


def from_to(start: str, end: str) -> EvidenceTable:
    filters = (Filter("order_date", "at least", (start,)), Filter("order_date", "below", (end,)))
    return replace(TABLE, facts=Facts(filters=filters))


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        ("2017-01-01", "2018-01-01", "2017"),
        ("2017-03-01", "2017-04-01", "March 2017"),
        ("2017-12-01", "2018-01-01", "December 2017"),
        ("2017-04-01", "2017-07-01", "April to June 2017"),
        ("2017-01-01 00:00:00", "2018-01-01 00:00:00", "2017"),
    ],
)
def test_bounds_that_are_a_calendar_period_are_told_by_its_name_unless_a_text_names_it(
    start: str, end: str, name: str
) -> None:
    table = from_to(start, end)
    assert scope(table, ["East leads."]) == f"Only rows where order date is within {name}."
    assert scope(table, [f"East leads in {name}: 1."]) == ""


def test_a_year_in_the_text_says_no_part_of_it() -> None:
    told = scope(from_to("2017-02-01", "2017-05-01"), ["East leads in 2017."])
    assert told == ("Only rows where order date is within February to April 2017.")


def test_another_year_in_the_text_does_not_say_the_period() -> None:
    assert scope(from_to("2017-01-01", "2018-01-01"), ["East led in 2018."])


@pytest.mark.parametrize(("value", "year"), [("2017", "2017"), ("2017-03", "2017"), (2017, "2017"), ("East", None)])
def test_the_year_of_a_period_is_known_however_it_is_written(value: object, year: str | None) -> None:
    assert part_of(value, "year") == year
