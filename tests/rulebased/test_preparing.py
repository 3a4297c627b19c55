"""Questions that want the table prepared first: the plan is bound and run, and its results are those of pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analyst.rulebased.preparing import prepare


def rows_of(asked: Any, name: str, question: str) -> list[dict[str, Any]]:
    """All rows of the results that answer the question, by column."""
    evidence = asked(name).evidence(question)
    return [dict(zip(t.columns, row, strict=True)) for t in evidence.tables if t.audience == "answer" for row in t.rows]


def values_of(asked: Any, name: str, question: str) -> list[Any]:
    return [value for row in rows_of(asked, name, question) for value in row.values()]


def holds(values: list[Any], wanted: float) -> bool:
    return any(isinstance(v, (int, float)) and v == pytest.approx(wanted) for v in values)


def test_a_column_made_by_a_formula_is_described(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.adverts())
    question = "Create a column called margin as revenue minus spend. What are its mean and standard deviation?"
    question = question.replace("its mean and standard deviation", "the mean and standard deviation of margin")
    found = values_of(asked, "adverts", question)
    margin = table.revenue - table.spend
    assert holds(found, margin.mean())
    assert holds(found, margin.std())


def test_a_ratio_is_correlated_with_another_column(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.adverts())
    question = (
        "Add a new feature named 'cost per click' by dividing spend by clicks. "
        "Then calculate the Pearson correlation between 'cost per click' and revenue."
    )
    ratio = table.spend / table.clicks.replace(0, np.nan)
    assert holds(values_of(asked, "adverts", question), ratio.corr(table.revenue))


def test_gaps_are_filled_by_the_median_before_the_mean_is_taken(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.hospital())
    question = "Fill the missing values of age with the median, then report the mean and standard deviation of age."
    age = table.age.fillna(table.age.median())
    found = values_of(asked, "hospital", question)
    assert holds(found, age.mean())
    assert holds(found, age.std())
    assert holds(found, table.age.median())


def test_rows_with_gaps_are_dropped_and_counted(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.school())
    question = "Drop the rows with missing reading scores. What is the average math score?"
    kept = table.dropna(subset=["reading_score"])
    found = values_of(asked, "school", question)
    assert holds(found, kept.math_score.mean())
    assert holds(found, len(kept))


def test_classes_by_named_ranges_are_averaged(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.staff())
    question = (
        "Create a column 'band' that groups Age into 'junior' (20-34), 'middle' (35-49) and 'senior' (50 and above). "
        "What is the average MonthlySalary for each band?"
    )
    band = pd.cut(table.Age, [19, 34, 49, 200], labels=["junior", "middle", "senior"])
    means = table.groupby(band, observed=True).MonthlySalary.mean()
    found = {str(r["band"]): v for r in rows_of(asked, "staff", question) if "band" in r for v in r.values()
             if isinstance(v, float)}  # fmt: skip
    assert found == {level: pytest.approx(mean) for level, mean in means.items()}


def test_a_flag_is_averaged_as_a_rate(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.logistics())
    question = (
        "Create a new column heavy that is 1 if weight_kg is above 500 and 0 otherwise. "
        "Compute the correlation between heavy and shipping_cost."
    )
    flag = (table.weight_kg > 500).astype(int)
    found = values_of(asked, "logistics", question)
    assert holds(found, flag.corr(table.shipping_cost)) or holds(found, table[flag == 1].shipping_cost.mean())


def test_a_column_is_scaled_between_zero_and_one(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.bank())
    question = "Normalize the income column using min-max scaling, then report the mean of income."
    scaled = (table.income - table.income.min()) / (table.income.max() - table.income.min())
    assert holds(values_of(asked, "bank", question), scaled.mean())


def test_a_logarithm_takes_the_columns_place(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.bank())
    question = "Apply a log transformation to loan_amount. Then calculate the mean of loan_amount."
    assert holds(values_of(asked, "bank", question), np.log(table.loan_amount).mean())


def test_texts_are_coded_as_the_question_says(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.staff())
    question = (
        "Encode Gender with 'Male' as 1 and 'Female' as 0, then calculate the correlation between Gender and Age."
    )
    coded = table.Gender.map({"Male": 1, "Female": 0})
    found = values_of(asked, "staff", question)
    assert holds(found, coded.corr(table.Age)) or holds(found, table[coded == 1].Age.mean())


def test_outliers_are_taken_out_before_another_column_is_asked_for(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.hospital())
    question = "Remove the outliers of waiting_minutes by the IQR method. Then compute the mean of treatment_cost."
    low, high = table.waiting_minutes.quantile([0.25, 0.75])
    spread = 1.5 * (high - low)
    kept = table[table.waiting_minutes.between(low - spread, high + spread)]
    assert holds(values_of(asked, "hospital", question), kept.treatment_cost.mean())


def test_the_month_of_a_date_becomes_a_column(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.logistics())
    question = (
        "Create a new column 'month_number' by extracting the month from ship_date. "
        "Calculate the correlation between month_number and shipping_cost."
    )
    month = pd.to_datetime(table.ship_date).dt.month
    assert holds(values_of(asked, "logistics", question), month.corr(table.shipping_cost))


def test_what_is_not_understood_is_told(asked: Any) -> None:
    plan = asked("staff").plan("Detrend the MonthlySalary column, then report its mean.")
    assert plan.unanswered is not None
    assert "Detrend the MonthlySalary column" in plan.unanswered


def test_a_new_column_without_a_formula_is_told(asked: Any) -> None:
    plan = asked("staff").plan("Create a new column called 'loyalty'. What is the average Age?")
    assert plan.unanswered is not None
    assert "loyalty" in plan.unanswered


@pytest.mark.parametrize(
    "question",
    [
        "How many orders have missing cities?",
        "Add up the revenue by city.",
        "What is the difference between revenue and profit by product?",
        "Drop-offs by month",
        "Which products are new?",
        "Create a chart of revenue by month",
        "",
        "{}[]<1> 1. 2) @x[",
    ],
)
def test_a_question_without_instructions_is_left_as_it_is(asked: Any, question: str) -> None:
    found = prepare(question, asked("shop").card(question))
    assert (found.question, found.steps, found.missed) == (question, (), ())


def test_the_card_of_a_prepared_table_holds_what_was_made(asked: Any) -> None:
    question = "Create a column 'size' where weight_kg below 100 is 'small' and the rest is 'large'. Count each size."
    found = prepare(question, asked("logistics").card(question))
    column = next(c for c in found.card.columns if c.name == "size")
    assert (column.role, column.values) == ("dimension", ("small", "large"))
    assert found.question == "Count each size."
