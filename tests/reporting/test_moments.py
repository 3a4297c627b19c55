"""Periods in the order of time, however a result writes them."""

from __future__ import annotations

from typing import Any

import pytest

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.charts.choosing import choose
from analyst.reporting.charts.moments import in_order, moment, timeline


def result(columns: str, rows: Any, **more: Any) -> EvidenceTable:
    found = tuple(tuple(row) for row in rows)
    return EvidenceTable("s1", "x", tuple(columns.split()), found, len(found), **more)


@pytest.mark.parametrize(
    "labels",
    [
        ["2024-01", "2024-02", "2024-10"],
        ["2024-1", "2024-2", "2024-10"],
        ["2023-Q4", "2024-Q1", "2024-Q2"],
        ["Q4 2023", "Q1 2024", "Q2 2024"],
        ["Dec 2023", "Feb 2024", "March 2024"],
        ["2009", "2010", "2011"],
        ["2024-01-31", "2024-02-01", "2024-02-01T13:00:00"],
        ["2024-W2", "2024-W10", "2024-W52"],
    ],
)
def test_labels_of_periods_stand_in_the_order_of_time(labels: list[str]) -> None:
    assert sorted(reversed(labels), key=lambda label: moment(label) or ()) == labels


@pytest.mark.parametrize("label", ["North", "2024-13", "12", "A-2024-01", "10-20", 3, "May"])
def test_what_is_no_period_has_no_place_in_time(label: Any) -> None:
    assert moment(label) is None


@pytest.mark.parametrize(
    "labels",
    [
        ["Jan", "Feb", "Oct"],
        ["Monday", "Tuesday", "Sunday"],
        ["Week 1", "Week 2", "Week 10"],
        ["Q1", "Q2", "Q3"],
        ["1", "2", "10"],
    ],
)
def test_labels_with_an_order_by_nature_keep_it(labels: list[str]) -> None:
    order = in_order(labels)
    assert order and sorted(reversed(labels), key=order) == labels


@pytest.mark.parametrize("labels", [["Mars", "Venus"], ["Week 1", "Day 2"], [], ["May", "North"]])
def test_labels_without_an_order_by_nature_have_none(labels: list[str]) -> None:
    assert in_order(labels) is None


@pytest.mark.parametrize("months", [[10, 1, 2, 9], ["10", "1", "2", "9"], [10.0, 1.0, 2.0, 9.0]])
def test_a_line_through_numbered_months_runs_from_january_on(months: list[Any]) -> None:
    table = result("month sales", zip(months, [4.0, 1.0, 2.0, 3.0], strict=True), key=("month",))
    chart = choose(table, Evidence((table,)))
    assert chart and chart.kind == "line" and chart.order == ("Jan", "Feb", "Sep", "Oct")
    assert [row["value"] for row in chart.rows] == [1.0, 2.0, 3.0, 4.0]


def test_a_year_and_a_month_in_two_columns_are_one_period() -> None:
    rows = [(2024, 2, 5.0), (2023, 11, 3.0), (2024, 1, 4.0), (2023, 12, 3.5)]
    table = result("year month sales", rows, key=("year", "month"))
    time = timeline(table)
    assert time and time.columns == ("year", "month") and time.labels[1] == "2023-11"
    chart = choose(table, Evidence((table,)))
    assert chart and chart.order == ("Nov 2023", "Dec 2023", "Jan 2024", "Feb 2024")


def test_hours_of_a_day_are_points_of_their_own() -> None:
    table = result("hour_start calls", [(f"2024-03-05 {h:02}:00:00", float(h)) for h in (9, 10, 11)])
    chart = choose(table, Evidence((table,)))
    assert chart and chart.order == ("Mar 5, 2024 09:00", "Mar 5, 2024 10:00", "Mar 5, 2024 11:00")


def test_a_count_named_after_a_time_is_no_time_axis() -> None:
    table = result("branch days_per_month", [("Lyon", 400), ("Nice", 300), ("Metz", 200)])
    assert timeline(table) is None
