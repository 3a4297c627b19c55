"""Series: trends, periods of an SQL result, forecasts, and what stands out."""

from __future__ import annotations

from typing import Any

import pytest

SUMMARY = (
    "periods first_period last_period first last change growth slope slope_low slope_high p cagr seasonality direction "
    "best_period best_value worst_period worst_value"
)


def trend(made: Any, direction: str, slope: float, p: float, last: float, **more: Any) -> tuple[Any, Any]:
    given: dict[str, Any] = {
        "method": "trend",
        "source": ("revenue", "date"),
        "what": "trend of the sum of revenue by month",
    }
    given["formats"] = {"growth": "percent", "p": "p_value"}
    row = (24, "2023-01", "2024-12", 100.0, last, last - 100, last / 100 - 1, slope, slope - 1, slope + 1, p, None, 0.2, direction,
           "2024-11", 260.0, "2024-02", 90.0)  # fmt: skip
    rows = [("2024-12", last, 1.0, 0.1, 1.0, False), ("2025-01", 20.0, None, None, None, True)]
    return (
        made("s1", "period value change growth moving_average partial", rows, **given | more),
        made("s1_summary", SUMMARY, [row], **given),
    )


@pytest.mark.parametrize(
    ("direction", "slope", "p", "last", "title", "answer"),
    [
        ("rising", 12.0, 0.001, 230.0, "Revenue is rising: +130%",
         "Revenue rose from 100 in January 2023 to 230 in December 2024 (+130%): a clear upward trend over 24 months."),
        ("falling", -4.0, 0.02, 60.0, "Revenue is falling: -40%", "Revenue fell from 100"),
        ("flat", 0.5, 0.7, 110.0, "No clear trend in revenue",
         "No clear trend: revenue rose from 100 in January 2023 to 110 in December 2024 (+10%), but the months vary too much "
         "to show a direction."),
    ],
)  # fmt: skip
def test_a_trend_says_direction_and_certainty_first(
    direction: str, slope: float, p: float, last: float, title: str, answer: str, reported: Any, made: Any
) -> None:
    told = reported("How did revenue develop?", *trend(made, direction, slope, p, last))
    assert told.title == title and told.answer.startswith(answer)


def test_a_trend_gives_its_pace_with_a_range_its_extremes_and_what_was_left_out(reported: Any, made: Any) -> None:
    told = reported("How did revenue develop?", *trend(made, "rising", 12.0, 0.001, 230.0))
    assert told.findings[0] == "On average, the change is +12 a month, very likely between +11 and +13."
    assert told.answer.endswith("Revenue peaked in November 2024 at 260 and was lowest in February 2024 at 90.")
    assert "January 2025 is only partly covered and was left out of the trend." in told.notes[0]


@pytest.mark.parametrize(
    ("direction", "question", "said"),
    [
        ("rising", "Is revenue growing?", "Yes: revenue rose"),
        ("falling", "Is revenue growing?", "No: revenue fell"),
        ("falling", "Is revenue falling?", "Yes: revenue fell"),
        ("flat", "Is revenue growing?", "No clear trend: revenue rose"),
    ],
)
def test_whether_a_series_grows_is_answered_with_yes_or_no(
    direction: str, question: str, said: str, reported: Any, made: Any
) -> None:
    last = 60.0 if direction == "falling" else 230.0
    assert reported(question, *trend(made, direction, 1.0, 0.001, last)).answer.startswith(said)


def test_a_series_that_is_asked_for_by_period_is_given_whole(reported: Any, made: Any) -> None:
    told = reported("Revenue by month?", *trend(made, "rising", 12.0, 0.001, 230.0))
    assert told.answer == "Revenue by month: 230 in December 2024 and 20 in January 2025."


def test_a_series_of_shares_gives_no_growth_of_a_percentage(reported: Any, made: Any) -> None:
    tables = trend(made, "flat", 0.002, 0.14, 0.83, formats={"value": "percent"})
    told = reported("Paid rate over time?", tables[0], tables[1])
    assert "the change is" not in told.all


def test_the_best_period_of_a_result_is_named_with_the_next_ones(reported: Any, made: Any) -> None:
    rows = [("2024-02", 9.0), ("2024-03", 7.0), ("2024-04", 6.0), ("2024-01", 5.0)]
    told = reported("Best month?", made("s1", "month revenue", rows, order={"revenue": "descending"}))
    assert told.answer == "Revenue is highest in February 2024: 9. Next come March 2024 (7) and April 2024 (6)."
    assert told.findings[0] == ("The lowest is 5, in January 2024. It rose from 5 in January 2024 to 6 in April 2024.")


def test_a_short_series_in_the_order_of_time_is_told_whole(reported: Any, made: Any) -> None:
    rows = [("2022", 5.0), ("2023", 9.0), ("2024", 7.0)]
    told = reported("Revenue by year?", made("s1", "year revenue", rows, order={"year": "ascending"}))
    assert told.answer == "Revenue by year: 5 in 2022, 9 in 2023 and 7 in 2024."
    assert told.title == "Revenue is highest in 2023: 9"


def long_series(made: Any) -> Any:
    rows = [(f"20{10 + i // 12}-{i % 12 + 1:02d}", float(i * 7 % 40)) for i in range(20)]
    return made("s1", "month revenue", rows, row_count=60)


def test_the_growth_of_each_period_stands_beside_its_value(reported: Any, made: Any) -> None:
    rows = [("2022", 5.0, None), ("2023", 9.0, 0.8), ("2024", 7.2, -0.2)]
    table = made("s1", "year total_sales growth", rows, formats={"growth": "percent"}, order={"year": "ascending"})
    told = reported("How fast are sales growing?", table)
    assert told.answer == "Total sales by year: 5 in 2022, 9 in 2023 (+80%) and 7.2 in 2024 (-20%)."


def test_the_ends_of_a_long_series_are_asked_for(reported: Any, made: Any) -> None:
    told = reported("Best month?", long_series(made))
    assert told.levels == ["low"] and "first rows" in told.notes[0]
    assert told.need == (
        {"id": "s1_highest", "sql": 'SELECT * FROM s1 ORDER BY "revenue" DESC NULLS LAST LIMIT 3'},
        {"id": "s1_lowest", "sql": 'SELECT * FROM s1 ORDER BY "revenue" ASC NULLS LAST LIMIT 3'},
    )


def test_first_months_that_rise_do_not_make_the_first_one_the_lowest_of_all(reported: Any, made: Any) -> None:
    rows = [(f"2010-{month:02d}", 50.0 + month) for month in range(1, 13)]
    told = reported("Best month?", made("s1", "month revenue", rows, row_count=60, order={"month": "ascending"}))
    assert [step["id"] for step in told.need] == ["s1_highest", "s1_lowest"] and told.levels == ["low"]


def test_with_the_ends_of_a_long_series_the_answer_is_sure(reported: Any, made: Any) -> None:
    ends = (
        made("s1_highest", "month revenue", [("2013-05", 99.0), ("2012-01", 98.0)]),
        made("s1_lowest", "month revenue", [("2014-01", 0.5)]),
    )
    told = reported("Best month?", long_series(made), *ends)
    assert told.answer == "Revenue is highest in May 2013: 99. Next comes January 2012 (98)."
    assert told.levels == ["high"] and told.need is None and "The lowest is 0.5, in January 2014." in told.findings[0]


def test_a_running_total_tells_what_it_came_to(reported: Any, made: Any) -> None:
    rows = [("2024-01", 5.0, 5.0), ("2024-02", 9.0, 14.0), ("2024-03", 7.0, 21.0)]
    told = reported("Cumulative revenue?", made("s1", "month total_revenue running_total", rows))
    assert told.answer == "By the end of March 2024, total revenue added up to 21."


def test_a_forecast_gives_value_range_and_how_it_did_on_the_past(reported: Any, made: Any) -> None:
    rows = [("2025-01", 110.0, 100.0, 120.0, 95.0, 125.0), ("2025-02", 112.0, 100.0, 124.0, 94.0, 130.0)]
    more: dict[str, Any] = {
        "method": "forecast",
        "source": ("revenue", "date"),
        "what": "forecast of the sum of revenue by month",
    }
    summary = made(
        "s1_summary", "model periods_used mae naive_mae mase total", [("ETS", 36, 8.0, 10.0, 0.8, 222.0)], **more
    )
    told = reported(
        "Forecast revenue for the next two months",
        made("s1", "period mean low_80 high_80 low_95 high_95", rows, **more),
        summary,
    )
    assert told.title == "Expected revenue in January 2025: 110"
    assert told.answer.startswith("Revenue is expected to be 110 in January 2025 (very likely between 95 and 125).")
    assert (
        told.findings[0]
        == "Tested on past data, it was off by 8 on average, while repeating earlier values was off by 10. All forecast months together add up to 222."
    )
    assert "can't foresee" in told.notes[0]


def test_a_forecast_that_is_no_better_than_repetition_is_a_rough_guide(reported: Any, made: Any) -> None:
    more: dict[str, Any] = {"method": "forecast", "source": ("revenue", "date")}
    main = made("s1", "period mean", [("2025-01", 110.0)], **more)
    summary = made("s1_summary", "model periods_used mae naive_mae", [("seasonal naive", 24, 8.0, 8.0)], **more)
    told = reported("Forecast revenue", main, summary)
    assert told.levels[0] == "low" and "only as a rough guide" in told.actions[0]
    assert "no model did better" in told.findings[0]


def test_what_stands_out_is_named_with_what_was_expected(reported: Any, made: Any) -> None:
    more: dict[str, Any] = {
        "method": "anomalies",
        "source": ("revenue", "date"),
        "what": "periods in which the sum of revenue by day stands out",
    }
    main = made("s1", "label value expected deviation robust_z", [("2024-06-14", 900.0, 200.0, 700.0, 9.1)], **more)
    summary = made("s1_summary", "checked found sensitivity rule", [(366, 1, 3.5, "x")], **more)
    told = reported("Are there unusual days?", main, summary)
    assert (
        told.answer
        == "Yes: revenue is most unusual at June 14, 2024, with 900 where about 200 was expected. 1 of 366 days stands out."
    )
    assert "can't tell an error from a real event" in told.notes[0]


def test_nothing_unusual_is_an_answer(reported: Any, made: Any) -> None:
    more: dict[str, Any] = {"method": "anomalies", "source": ("revenue",)}
    main = made("s1", "label value expected deviation robust_z", [], **more)
    told = reported("Are there unusual days?", main, made("s1_summary", "checked found", [(300, 0)], **more))
    assert told.answer.startswith("No: nothing is unusual in revenue: no value among 300 checked is far")


def test_outliers_tell_what_they_do_to_the_average(reported: Any, made: Any) -> None:
    columns = "n_outliers lower upper rows_left mean_kept median_kept"
    told = reported(
        "Outliers in income?",
        made("s1", columns, [(11, 0.5, 8.0, 500, 3.7, 3.5)], method="outliers", source=("income",)),
    )
    assert told.title == "11 outliers in income"
    assert (
        told.answer
        == "11 income values count as outliers: outside 0.5 to 8. Without them, the average income is 3.7 and the median 3.5."
    )
