"""Single values, columns described, lists and data quality."""

from __future__ import annotations

from typing import Any

import pytest

from analyst.protocol.facts import Facts, Filter, Relation


def over(column: str, relation: Relation, *values: Any) -> Facts:
    """The facts of a result over some rows."""
    return Facts(filters=(Filter(column, relation, values),))


def test_a_count_is_told_with_what_was_counted_and_its_part_of_all(reported: Any, made: Any) -> None:
    share = made("s2", "share_of_all all_records", [(0.128, 1200)], formats={"share_of_all": "percent"})
    told = reported("How many customers have more than 3 support calls?", made("s1", "count", [(154,)], source=("support_calls",), facts=over("support_calls", "above", 3)), share,
                    records="customers", limits=[{"column": "support_calls", "words": "support calls above 3"}])  # fmt: skip
    assert told.title == "154 customers with support calls above 3"
    assert told.answer == "There are 154 customers with support calls above 3, 12.8% of all 1,200 records."


def test_a_yes_or_no_column_as_a_condition_reads_as_one(reported: Any, made: Any) -> None:
    told = reported("Average age of smokers?", made("s1", "average_age records", [(38.5, 274)], source=("age", "smoker"), facts=over("smoker", "is", True)),
                    limits=[{"column": "smoker", "words": "smoker"}])  # fmt: skip
    assert told.answer == "The average age where smoker is yes is 38.5, from 274 records."


@pytest.mark.parametrize(
    ("column", "question", "said"),
    [
        (
            "readmitted_rate",
            "What share of patients is readmitted?",
            "The share readmitted is 17.1%, from 420 records.",
        ),
        ("readmitted_rate", "What is the readmission rate?", "The readmission rate is 17.1%, from 420 records."),
        ("status_returned_rate", "What is the return rate?", "The return rate is 17.1%, from 420 records."),
        ("smoker_rate", "What share are smokers?", "The share of smokers is 17.1%, from 420 records."),
        ("churn_rate", "How high is churn?", "The churn rate is 17.1%, from 420 records."),
        ("is_mobile_rate", "Mobile?", "The mobile rate is 17.1%, from 420 records."),
    ],
)
def test_a_rate_is_called_as_people_call_it(column: str, question: str, said: str, reported: Any, made: Any) -> None:
    assert (
        reported(question, made("s1", f"{column} records", [(0.171, 420)], formats={column: "percent"})).answer == said
    )


def test_units_in_a_header_stand_behind_the_number(reported: Any, made: Any) -> None:
    for column, said in {
        "average_tenure_months": "The average tenure is 42 months.",
        "average_latency_ms": "The average latency is 42 ms.",
        "average_waiting_minutes": "The average waiting time is 42 minutes.",
        "average_temperature_c": "The average temperature is 42 °C.",
        "average_attendance_pct": "The average attendance is 42%.",
    }.items():
        assert reported("Average?", made("s1", column, [(42.0,)])).answer == said


def test_one_record_is_no_plural_and_has_no_spread(reported: Any, made: Any) -> None:
    described = made("s2", "variable n mean median min max q1 q3", [("fare", 1, 9.5, 9.5, 9.5, 9.5, 9.5, 9.5)],
                     method="describe", source=("fare",))  # fmt: skip
    told = reported("Total fare?", made("s1", "total_fare records", [(9.5, 1)], source=("fare",)), described)
    assert told.answer == "The total fare is 9.5, from 1 record."
    assert "All values are 9.5" in told.findings[0] and "between" not in told.findings[0]
    assert reported("How many?", made("s1", "count", [(1,)])).answer.startswith("There is 1 record")


def test_a_named_row_that_was_picked_is_called_the_first_with_its_value(reported: Any, made: Any) -> None:
    top = made(
        "s1", "product total_revenue", [("Lamp", 90.5)], order={"total_revenue": "descending"}, facts=Facts(limit=1)
    )
    assert reported("Best product?", top).answer == "Lamp has the highest total revenue: 90.5."


def test_a_dated_row_that_was_picked_says_when(reported: Any, made: Any) -> None:
    worst = made(
        "s1", "month total_revenue", [("2024-02", 3.5)], order={"total_revenue": "ascending"}, facts=Facts(limit=1)
    )
    assert reported("When was revenue lowest?", worst).answer == "Total revenue is lowest in February 2024: 3.5."


def test_the_average_of_an_average_is_not_called_so(reported: Any, made: Any) -> None:
    told = reported("Mean score?", made("s1", "average_average_score", [(3.5,)], source=("average_score",)))
    assert told.answer == "The average score is 3.5."


def test_the_median_comes_first_where_the_question_asks_for_it(reported: Any, made: Any) -> None:
    described = made("s1", "variable n mean median", [("fare", 90, 9.5, 5.5)], method="describe", source=("fare",))
    assert reported("What is the median fare?", described).answer == "The median fare is 5.5, the average 9.5."


def test_half_of_the_values_may_be_the_same(reported: Any, made: Any) -> None:
    described = made("s2", "variable n mean median min max q1 q3", [("fare", 9, 5.0, 5.0, 1.0, 9.0, 5.0, 5.0)],
                     method="describe", source=("fare",))  # fmt: skip
    told = reported("Average fare?", made("s1", "average_fare records", [(5.0, 9)], source=("fare",)), described)
    assert "Half of the values are 5, and all lie between 1 and 9." in told.findings[0]


def test_the_spread_behind_a_value_is_the_finding_and_not_the_value_again(reported: Any, made: Any) -> None:
    columns = "variable n missing missing_pct mean median std_sample min max q1 q3 skew_sample"
    described = made(
        "s2",
        columns,
        [("fare", 891, 0, 0.0, 32.2, 14.5, 49.7, 0.0, 512.3, 7.9, 31.0, 4.8)],
        method="describe",
        source=("fare",),
    )
    told = reported(
        "What is the average fare?", made("s1", "average_fare records", [(32.2, 891)], source=("fare",)), described
    )
    assert told.answer == "The average fare is 32.2, from 891 records."
    assert told.findings == [
        "The median fare is 14.5. Half of the values lie between 7.9 and 31, and all lie between 0 and 512.3. "
        "A few very high values pull the average up."
    ]
    assert told.actions == ["Report the median along with the average of fare."]


def test_no_value_no_row_and_nothing_to_count_are_said_so(reported: Any, made: Any) -> None:
    assert reported("Nothing?", made("s1", "total", [(None,)])).answer == "No row has a value to compute this from."
    assert reported("Anyone?", made("s1", "a", [])).answer == "No row of the table matches."
    assert reported("How many?", made("s1", "count", [(0,)]), records="orders").answer == "There are no orders."


def test_a_list_names_its_first_entries(reported: Any, made: Any) -> None:
    assert reported("Who?", made("s1", "customer", [("Ann",), ("Bob",)])).answer == "Customers that match: Ann and Bob."


def test_a_column_is_described_by_its_middle_and_its_spread(reported: Any, made: Any) -> None:
    columns = "variable n missing missing_pct mean median std_sample min max q1 q3 skew_sample"
    rows = [("unit_price", 891, 90, 0.09, 32.2, 14.5, 49.7, 0.0, 512.3, 7.9, 31.0, 4.8)]
    told = reported(
        "What is the typical unit price?",
        made("s1", columns, rows, method="describe", formats={"missing_pct": "percent"}),
    )
    assert told.answer == "The average unit price is 32.2, the median 14.5."
    assert told.notes[0] == "Unit price is missing in 90 rows."


def test_a_question_about_normality_is_answered_before_the_description_that_it_needs(reported: Any, made: Any) -> None:
    described = made(
        "s1",
        "variable n mean median q1 q3 min max",
        [("fare", 800, 32.0, 14.0, 7.0, 31.0, 0.0, 500.0)],
        method="describe",
        source=("fare",),
    )
    normal = made(
        "s2",
        "variable statistic p n",
        [("fare", 0.5, 0.0, 800)],
        method="normality_test",
        source=("fare",),
        formats={"p": "p_value"},
    )
    told = reported("Is fare normally distributed?", described, normal)
    assert told.answer == "No: fare does not follow a normal distribution (p < 0.0001)."
    assert told.titles == ["The distribution of fare", "How fare is distributed"]


def test_data_problems_are_sentences_worst_first(reported: Any, made: Any) -> None:
    rows = [
        ("missing", "age", 20, 0.02, "low", None),
        ("duplicate_rows", None, 1, 0.001, "high", None),
        ("odd thing", "age", 3, 0.1, "low", None),
    ]
    told = reported(
        "How good is the data?",
        made(
            "s1", "issue column count percent severity example", rows, method="quality", formats={"percent": "percent"}
        ),
    )
    assert (
        told.answer
        == "The table has a serious problem; the first to fix: 1 row repeats an earlier one in every column."
    )
    assert told.findings == ["Age is missing in 20 rows (2% of all rows). Odd thing in age (3 cases, 10% of all rows)."]


@pytest.mark.parametrize(
    "method", ["quality", "describe", "drivers", "share", "trend", "change", "forecast", "outliers"]
)
def test_an_empty_result_of_any_method_still_gives_a_statement(method: str, reported: Any, made: Any) -> None:
    assert reported("What is there?", made("s1", "a b", [], method=method)).answer


def test_a_name_that_only_ends_in_count_counts_nothing(reported: Any, made: Any) -> None:
    said = reported("What is the average discount?", made("s1", "average_discount records", [(0.05, 2400)]))
    assert said.answer == "The average discount is 0.05, from 2,400 records."


def test_skewness_and_kurtosis_are_told_where_they_are_asked_for(reported: Any, made: Any) -> None:
    columns = "variable n missing missing_pct mean median std_sample min max q1 q3 skew_sample kurt_sample"
    row = ("fare", 800, 0, 0.0, 32.2, 14.5, 49.7, 0.0, 512.3, 7.9, 31.0, 4.79, 33.4)
    described = made("s1", columns, [row], method="describe", source=("fare",))
    plain, moments = (reported(f"How is fare distributed{more}?", described).answer for more in ("", ", its skewness"))
    assert "skewness" not in plain
    assert "the skewness 4.79" in moments
    assert "kurtosis" not in moments
