"""Instructions with an answer format: each field that is understood holds the right value; the others stay open."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from scipy import stats

from analyst.rulebased.formats import NAMED

Rows = list[dict[str, Any]]


def numbers(rows: Rows, column: str, **wanted: Any) -> list[float]:
    return [r[column] for r in rows if r[column] is not None and all(r[k] == v for k, v in wanted.items())]


def quartiles(values: list[float]) -> tuple[float, float]:
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def inside(values: list[float], factor: float = 1.5) -> list[float]:
    low, high = quartiles(values)
    return [v for v in values if low - factor * (high - low) <= v <= high + factor * (high - low)]


def far(values: list[float], deviations: float) -> int:
    mean, std = statistics.fmean(values), statistics.pstdev(values)
    return sum(abs(v - mean) > deviations * std for v in values)


CASES: dict[str, tuple[str, Callable[[Rows], dict[str, Any]]]] = {
    "Calculate the mean and the standard deviation of the waiting_minutes column.\nRound to two decimals.\n"
    "@mean_waiting[mean] @std_waiting[std] where both are numbers": (
        "hospital",
        lambda rs: {
            "mean_waiting": statistics.fmean(numbers(rs, "waiting_minutes")),
            "std_waiting": statistics.stdev(numbers(rs, "waiting_minutes")),
        },
    ),
    "What are the average and population standard deviation of treatment_cost?\n@avg_cost[x] @std_dev_cost[y]": (
        "hospital",
        lambda rs: {
            "avg_cost": statistics.fmean(numbers(rs, "treatment_cost")),
            "std_dev_cost": statistics.pstdev(numbers(rs, "treatment_cost")),
        },
    ),
    "Calculate the median shipping_cost of each carrier separately.\n@median_dhl[m] @median_ups[m] @median_gls[m]": (
        "logistics",
        lambda rs: {
            f"median_{name.lower()}": statistics.median(numbers(rs, "shipping_cost", carrier=name))
            for name in ("DHL", "UPS", "GLS")
        },
    ),
    "What is the mean reading_score for each grade_level?\n@mean_grade9[m] @mean_grade_12[m]": (
        "school",
        lambda rs: {
            "mean_grade9": statistics.fmean(numbers(rs, "reading_score", grade_level=9)),
            "mean_grade_12": statistics.fmean(numbers(rs, "reading_score", grade_level=12)),
        },
    ),
    "Is shipping_cost normally distributed? Call it normal if the absolute value of its skewness is less than 0.5.\n"
    '@shape[word] where "word" is either "normal" or "not normal"': (
        "logistics",
        lambda rs: {
            "shape": "normal" if abs(stats.skew(numbers(rs, "shipping_cost"), bias=False)) < 0.5 else "not normal"
        },
    ),
    "Compute the skewness and kurtosis of weight_kg.\n@skewness[s], @kurtosis_value[k]": (
        "logistics",
        lambda rs: {
            "skewness": stats.skew(numbers(rs, "weight_kg"), bias=False),
            "kurtosis_value": stats.kurtosis(numbers(rs, "weight_kg"), bias=False),
        },
    ),
    "How many missing values are there in the reading_score column?\n@missing_count[n] where n is an integer": (
        "school",
        lambda rs: {"missing_count": sum(r["reading_score"] is None for r in rs)},
    ),
    "Is there a correlation between study_hours and math_score?\nCalculate the Pearson correlation coefficient (r). "
    "Consider the relationship linear if the p-value is less than 0.05 and the absolute value of r is at least 0.5, "
    "nonlinear if the p-value is less than 0.05 and the absolute value of r is less than 0.5. If the p-value is greater "
    "than or equal to 0.05, report none.\n@r[r_value] @p_value[p] @relationship[kind] where \"kind\" can be "
    '"linear", "nonlinear", or "none"': (
        "school",
        lambda rs: {
            "r": stats.pearsonr([r["study_hours"] for r in rs], [r["math_score"] for r in rs])[0],
            "p_value": stats.pearsonr([r["study_hours"] for r in rs], [r["math_score"] for r in rs])[1],
            "relationship": "linear",
        },
    ),
    "Test with Shapiro-Wilk whether loan_amount is normally distributed.\nUse alpha 0.01: if p is below it, it is not "
    'normal.\n@p_value[p] @verdict[word] where "word" is either "normal" or "not normal"': (
        "bank",
        lambda rs: {"p_value": stats.shapiro(numbers(rs, "loan_amount"))[1], "verdict": "not normal"},
    ),
    "Compare the income of men and women: is there a difference in waiting_minutes by gender? Use the Mann-Whitney U "
    "test with alpha = 0.05.\n@p_value[p] @significant[Yes/No]": (
        "hospital",
        lambda rs: {
            "p_value": stats.mannwhitneyu(
                numbers(rs, "waiting_minutes", gender="F"), numbers(rs, "waiting_minutes", gender="M")
            )[1]
        },
    ),
    "Find the outliers of treatment_cost by the IQR method.\nValues below Q1 - 0.5 * IQR or above Q3 + 0.5 * IQR are "
    "outliers.\n@outliers_count[n]": (
        "hospital",
        lambda rs: {
            "outliers_count": len(numbers(rs, "treatment_cost")) - len(inside(numbers(rs, "treatment_cost"), 0.5))
        },
    ),
    "How many outliers are there in waiting_minutes? Use the z-score method with a threshold of 2.\n@n_outliers[n]": (
        "hospital",
        lambda rs: {"n_outliers": far(numbers(rs, "waiting_minutes"), 2)},
    ),
    "Remove the outliers from delay_hours using the IQR method, then calculate its mean.\nOutliers are below Q1 - 1.5 "
    "IQR or above Q3 + 1.5 IQR.\n@mean_delay[mean]": (
        "logistics",
        lambda rs: {"mean_delay": statistics.fmean(inside(numbers(rs, "delay_hours")))},
    ),
    'Create a new column called "value_per_click" by dividing spend by clicks.\nCalculate its median.\n@median_value[m]': (
        "adverts",
        lambda rs: {"median_value": statistics.median(r["spend"] / r["clicks"] for r in rs if r["clicks"])},
    ),
    'Generate a new feature called "gain" as the difference between revenue and spend. Calculate the mean of gain.\n'
    "@mean_gain[mean]": (
        "adverts",
        lambda rs: {"mean_gain": statistics.fmean(r["revenue"] - r["spend"] for r in rs)},
    ),
    "Fill missing ages with the median, then scale age with min-max and calculate the mean age.\n@mean_age[x]": (
        "hospital",
        lambda rs: {"mean_age": statistics.fmean(scaled(filled(rs, "age", statistics.median)))},
    ),
    "Apply a natural log transformation to treatment_cost.\nCalculate its mean and std.\n"
    "@mean_treatment_cost[m] @std_treatment_cost[s]": (
        "hospital",
        lambda rs: {
            "mean_treatment_cost": statistics.fmean(map(math.log, numbers(rs, "treatment_cost"))),
            "std_treatment_cost": statistics.stdev(map(math.log, numbers(rs, "treatment_cost"))),
        },
    ),
    "Drop the rows with missing values in the reading_score column. How many rows remain?\n@row_count[n]": (
        "school",
        lambda rs: {"row_count": len(numbers(rs, "reading_score"))},
    ),
    "Impute the missing ages with the mean age.\nWhat is the standard deviation of age after imputation?\n"
    "@std_age[s]": ("hospital", lambda rs: {"std_age": statistics.stdev(filled(rs, "age", statistics.fmean))}),
    "Remove outliers from treatment_cost using z-scores above 1.5.\nHow many rows are left?\n@rows_left[n]": (
        "hospital",
        lambda rs: {"rows_left": len(rs) - far(numbers(rs, "treatment_cost"), 1.5)},
    ),
    "Take the square root of delay_hours and report the median of the transformed delay_hours.\n"
    "@median_delay_hours[m]": (
        "logistics",
        lambda rs: {"median_delay_hours": statistics.median(math.sqrt(v) for v in numbers(rs, "delay_hours") if v >= 0)},
    ),
    "Categorize age into 'young' (0-29), 'middle' (30-59) and 'old' (60 and above) as a new column 'age_band'.\n"
    "Then calculate the mean treatment_cost for each age_band.\n@mean_young[m] @mean_middle[m] @mean_old[m]": (
        "hospital",
        lambda rs: {
            name: statistics.fmean(r["treatment_cost"] for r in rs if r["age"] is not None and low <= r["age"] < high)
            for name, low, high in (("mean_young", 0, 30), ("mean_middle", 30, 60), ("mean_old", 60, 200))
        },
    ),
    "Fit a linear regression that predicts math_score from study_hours. Give its R-squared.\n@r_squared[r]": (
        "school",
        lambda rs: {"r_squared": stats.pearsonr([r["study_hours"] for r in rs], [r["math_score"] for r in rs])[0] ** 2},
    ),
    "How strong is the link of study_hours and math_score? Calculate the correlation coefficient. Call it strong if the "
    "absolute value of r is above 0.7, moderate if it is between 0.3 and 0.7, weak if it is below 0.3.\n"
    '@strength[word] where "word" is "strong", "moderate" or "weak"': (
        "school",
        lambda rs: {
            "strength": strength(stats.pearsonr([r["study_hours"] for r in rs], [r["math_score"] for r in rs])[0])
        },
    ),
    "Calculate the Spearman correlation coefficient between study_hours and math_score.\n@correlation[r]": (
        "school",
        lambda rs: {"correlation": stats.spearmanr([r["study_hours"] for r in rs], [r["math_score"] for r in rs])[0]},
    ),
    "Run a t-test: does waiting_minutes differ by gender?\n@p_value[p]": (
        "hospital",
        lambda rs: {
            "p_value": stats.ttest_ind(
                numbers(rs, "waiting_minutes", gender="F"), numbers(rs, "waiting_minutes", gender="M")
            )[1]
        },
    ),
    "Use Welch's t-test: does waiting_minutes differ by gender?\n@p_value[p]": (
        "hospital",
        lambda rs: {
            "p_value": stats.ttest_ind(
                numbers(rs, "waiting_minutes", gender="F"), numbers(rs, "waiting_minutes", gender="M"), equal_var=False
            )[1]
        },
    ),
}  # fmt: skip


def filled(rows: Rows, column: str, of: Callable[[list[float]], float]) -> list[float]:
    whole = of(numbers(rows, column))
    return [whole if r[column] is None else r[column] for r in rows]


def scaled(values: list[float]) -> list[float]:
    return [(v - min(values)) / (max(values) - min(values)) for v in values]


def strength(r: float) -> str:
    return "strong" if abs(r) > 0.7 else "moderate" if abs(r) >= 0.3 else "weak"


def named(asked: Any, question: str) -> dict[str, Any]:
    """The fields that the plan computes by name."""
    for table in asked.evidence(question).tables:
        if table.id == NAMED:
            return dict(zip(table.columns, table.rows[0], strict=True))
    return {}


@pytest.mark.parametrize("question", CASES)
def test_each_field_holds_the_value_that_it_names(question: str, asked: Any, domains: Any) -> None:
    domain, expected = CASES[question]
    given = named(asked(domain), question)
    for name, value in expected(domains.DOMAINS[domain]()).items():
        same = (
            given[name] == value
            if isinstance(value, str)
            else math.isclose(given[name], value, rel_tol=1e-6, abs_tol=1e-9)
        )
        assert same, f"{name}: {given[name]!r}, not {value!r}"


@pytest.mark.parametrize(
    ("domain", "question"),
    [
        ("bank", "Fill missing incomes by their nearest neighbors and calculate the mean income.\n@mean_income[m]"),
        ("bank", "If it is skewed, apply a log transformation to income. Calculate its mean.\n@mean_income[m]"),
        ("hospital", "Calculate the mean age for the 'Radiology' category.\n@mean_age[m]"),
        ("hospital", "Find the mean absolute error of age.\n@mean_absolute_error_age[m]"),
        ("hospital", "Find the outliers in treatment_cost and count them.\n@outliers[n]"),
        ("school", "Calculate the mean math_score of every school.\n@mean_east[m]"),
        ("bank", "Find the most frequent branch and the mean income.\n@max_branch_manager[manager_name]"),
        ("school", "Calculate the mean of math_score and study_hours.\n@mean[m]"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_not_named(domain: str, question: str, asked: Any) -> None:
    assert named(asked(domain), question) == {}


@pytest.mark.parametrize(
    ("domain", "question"),
    [
        ("hospital", "Assess whether treatment_cost is normally distributed. Use the Shapiro-Wilk test in Python's scipy "
         "library. Use a significance level (alpha) of 0.05. If not, report that it is not normal.\n@p_value[p]"),
        ("hospital", "Identify outliers in waiting_minutes with the Z-score method and a threshold of 2. Remove them and "
         "recalculate the mean, ignoring null values in the calculation.\n@mean_waiting_minutes[m]"),
        ("school", "Perform feature engineering: create a new column 'score_gap' by subtracting the reading_score from "
         "the math_score. Calculate the mean of 'score_gap' by the arithmetic mean formula.\n@mean_score_gap[m]"),
        ("school", "Calculate the Pearson correlation coefficient between study_hours and math_score. Convert math_score "
         "from object to float. Assess its significance with a two-tailed test at alpha 0.05.\n@r[r] @p_value[p]"),
        ("staff", "Which department has the highest average MonthlySalary? Use pandas.\n@department[name]"),
    ],
)  # fmt: skip
def test_what_an_instruction_says_of_its_method_is_not_told_as_left_out(domain: str, question: str, asked: Any) -> None:
    assert asked(domain).plan(question).unanswered is None


@pytest.mark.parametrize(
    ("domain", "question", "word"),
    [
        ("hospital", "Calculate the mean waiting_minutes of insured foreigners.\n@mean_waiting_minutes[m]", "foreigners"),
        ("hospital", "Calculate the mean age of patients who paid more than the average.\n@mean_age[m]", "more"),
        ("school", "Create a new feature from the gap of both scores and the mean of math_score.\n@mean_math_score[m]",
         "new"),
        ("school", "Calculate the mean math_score without the worst.\n@mean_math_score[m]", "without"),
    ],
)  # fmt: skip
def test_a_step_or_a_condition_that_was_not_read_is_told(domain: str, question: str, word: str, asked: Any) -> None:
    assert f'"{word}"' in (asked(domain).plan(question).unanswered or "")
