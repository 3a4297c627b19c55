from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyst.core.errors import PlanError
from analyst.stats.periods import (
    GRAINS,
    auto_grain,
    following,
    label_of,
    next_span,
    parse_span,
    previous_span,
    start_of,
)
from tests.stats.conftest import Run

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(DAYS, st.sampled_from(GRAINS))
def test_a_label_reads_back_as_the_period_that_it_names(day: date, grain: str) -> None:
    start = start_of(day, grain)
    span = parse_span(label_of(start, grain))
    assert (span.start, span.end) == (start, following(start, grain))
    assert span.start <= day < span.end


@given(DAYS, st.sampled_from(GRAINS))
def test_the_period_after_the_period_before_is_the_same(day: date, grain: str) -> None:
    span = parse_span(label_of(start_of(day, grain), grain))
    assert next_span(previous_span(span)) == span
    assert previous_span(span).end == span.start


@pytest.mark.parametrize(
    ("text", "start", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-Q4", "2024-10-01", "2024-12-31"),
        ("Q4 2024", "2024-10-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2020-W53", "2020-12-28", "2021-01-03"),
        ("2024-11-05", "2024-11-05", "2024-11-05"),
        ("2024-10-01..2024-12-31", "2024-10-01", "2024-12-31"),
        ("2024-Q1..2024-Q2", "2024-01-01", "2024-06-30"),
    ],
)
def test_labels_and_ranges_stand_for_their_days(text: str, start: str, last: str) -> None:
    span = parse_span(text)
    assert (span.start.isoformat(), (span.end - timedelta(days=1)).isoformat()) == (start, last)


@pytest.mark.parametrize("text", ["", "last month", "2024-13", "2023-02-30", "2023-W53", "2024-Q5", "2024-12..2024-01"])
def test_what_is_no_period_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(PlanError, match=r"2024-Q4|earlier date first"):
        parse_span(text)


def test_the_grain_follows_the_span_but_not_below_the_spacing_of_the_data() -> None:
    assert auto_grain(30, 1) == "day"
    assert auto_grain(120, 1) == "week"
    assert auto_grain(730, 1) == "month"
    assert auto_grain(730, 91) == "quarter"
    assert auto_grain(30 * 365, 365) == "year"


def test_days_are_cut_in_utc_when_times_carry_a_zone(run: Run) -> None:
    sql = "SELECT * FROM (VALUES ('2024-01-01 01:00:00+05'::TIMESTAMPTZ), ('2024-01-02 12:00:00+00')) t(moment)"
    done = run("trend", sql, time="moment", grain="day")
    assert [r["period"] for r in done.records()] == ["2023-12-31", "2024-01-01", "2024-01-02"]
    assert [r["value"] for r in done.records()] == [1, 0, 1]
    assert "UTC" in done.warnings


@pytest.mark.parametrize(
    "texts",
    [
        ["2024-01-05", "2024-02-05", "2024-03-05"],
        ["05.01.2024", "25.02.2024", "05.03.2024"],
        ["01/05/2024", "02/25/2024", "03/05/2024"],
        ["2024-01", "2024-02", "2024-03"],
        ["Jan 2024", "Feb 2024", "Mar 2024"],
    ],
)
def test_dates_as_text_are_read(run: Run, texts: list[str]) -> None:
    done = run("trend", pd.DataFrame({"d": texts}), time="d", grain="month")
    assert [r["period"] for r in done.records()] == ["2024-01", "2024-02", "2024-03"]


def test_text_that_could_be_day_or_month_first_is_refused_with_both_readings(run: Run) -> None:
    with pytest.raises(PlanError, match=r"%d/%m/%Y.*%m/%d/%Y"):
        run("trend", pd.DataFrame({"d": ["01/02/2024", "03/04/2024"]}), time="d")


@pytest.mark.parametrize("values", [["a", "b"], [None, None], [12, 99999]])
def test_a_column_without_dates_is_refused(run: Run, values: list[object]) -> None:
    with pytest.raises(PlanError, match="'d'"):
        run("trend", pd.DataFrame({"d": values}), time="d")


def test_years_as_numbers_are_time(run: Run) -> None:
    done = run("trend", pd.DataFrame({"y": [2020, 2021, 2023], "v": [1, 2, 4]}), time="y", value="v")
    assert [(r["period"], r["value"]) for r in done.records()] == [("2020", 1), ("2021", 2), ("2022", 0), ("2023", 4)]
