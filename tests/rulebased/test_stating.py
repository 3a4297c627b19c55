"""Statistics asked for by name, and fields: the plan is bound and run, and its values are those of pandas and SciPy."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from scipy import stats

from analyst.rulebased.formats import NAMED


def fields_of(asked: Any, name: str, question: str) -> dict[str, Any]:
    """The fields that the plan computes by name."""
    table = next(t for t in asked(name).evidence(question).tables if t.id == NAMED)
    return dict(zip(table.columns, table.rows[0], strict=True))


def test_moments_of_one_column_come_by_the_names_asked_for(asked: Any, domains: Any) -> None:
    cost = pd.DataFrame(domains.hospital()).treatment_cost
    found = fields_of(
        asked,
        "hospital",
        "Report the mean, the median, the spread and the shape of treatment_cost as @avg_cost[mean], @mid_cost[median],"
        " @sd_cost[std], @cost_skewness[skew], @cost_kurtosis[kurt], each rounded to three decimals.",
    )
    assert found == pytest.approx(
        {
            "avg_cost": cost.mean(),
            "mid_cost": cost.median(),
            "sd_cost": cost.std(),
            "cost_skewness": cost.skew(),
            "cost_kurtosis": cost.kurt(),
        }
    )


def test_the_population_deviation_is_taken_where_the_question_names_it(asked: Any, domains: Any) -> None:
    hours = pd.DataFrame(domains.school()).study_hours
    question = "What is the population standard deviation of study_hours? Give it as @hours_sd[number]."
    assert fields_of(asked, "school", question)["hours_sd"] == pytest.approx(hours.std(ddof=0))


def test_statistics_by_group_are_told_apart_by_the_level_in_the_name(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.hospital())
    found = fields_of(
        asked,
        "hospital",
        "Compute the average waiting_minutes for each insurance. Answer as @private_mean[x] and @none_mean[y].",
    )
    means = table.groupby("insurance").waiting_minutes.mean()
    assert found == pytest.approx({"private_mean": means["private"], "none_mean": means["none"]})


def test_two_columns_in_one_question_are_told_apart_by_name(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.school())
    found = fields_of(
        asked,
        "school",
        "Find the median of math_score and of reading_score: @reading_median[value] @math_median[value]",
    )
    assert found == pytest.approx(
        {"reading_median": table.reading_score.median(), "math_median": table.math_score.median()}
    )


@pytest.mark.parametrize(
    ("told", "test"),
    [("the Shapiro-Wilk test", "shapiro"), ("an Anderson-Darling test", "anderson")],
)
def test_a_test_of_normality_is_run_and_decided_by_its_level(told: str, test: str, asked: Any, domains: Any) -> None:
    question = (
        f"Does treatment_cost follow a normal distribution? Use {told} with alpha 0.01. Answer as @p[p_value] and "
        '@verdict[v] where "v" is either "gaussian" or "not gaussian".'
    )
    found = fields_of(asked, "hospital", question)
    steps = asked("hospital").plan(question).steps
    assert next(s for s in steps if s.get("method") == "normality_test")["test"] == test
    if test == "shapiro":
        cost = pd.DataFrame(domains.hospital()).treatment_cost.dropna()
        assert found["p"] == pytest.approx(stats.shapiro(cost).pvalue, rel=1e-4)
    assert found["verdict"] == ("not gaussian" if found["p"] < 0.01 else "gaussian")


def test_skewness_decides_between_symmetric_and_a_side(asked: Any, domains: Any) -> None:
    revenue = pd.DataFrame(domains.shop()).revenue
    question = (
        "Check the skewness of revenue. Above 0.4 it is skewed to the right, below -0.4 to the left. Answer as "
        '@shape[s] where "s" is one of "symmetric", "right skewed" or "left skewed".'
    )
    skew = float(stats.skew(revenue, bias=False))
    expected = "right skewed" if skew > 0.4 else "left skewed" if skew < -0.4 else "symmetric"
    assert fields_of(asked, "shop", question)["shape"] == expected


def test_outliers_are_counted_and_left_out_of_the_mean(asked: Any, domains: Any) -> None:
    cost = pd.DataFrame(domains.logistics()).shipping_cost.dropna()
    z = (cost - cost.mean()) / cost.std(ddof=0)
    found = fields_of(
        asked,
        "logistics",
        "Detect outliers in shipping_cost with the z-score method, threshold of 2, and remove them. Report "
        "@outlier_number[n] as an integer and @clean_mean[mean] to two decimals.",
    )
    assert found == pytest.approx({"outlier_number": int((z.abs() > 2).sum()), "clean_mean": cost[z.abs() <= 2].mean()})


def test_outliers_by_the_interquartile_range_take_the_factor_that_is_named(asked: Any, domains: Any) -> None:
    weight = pd.DataFrame(domains.logistics()).weight_kg.dropna()
    low, high = weight.quantile(0.25), weight.quantile(0.75)
    outside = ((weight < low - 1.0 * (high - low)) | (weight > high + 1.0 * (high - low))).sum()
    question = "How many outliers has weight_kg by the interquartile range (1.0 * IQR)? @outliers[count]"
    assert fields_of(asked, "logistics", question) == {"outliers": outside}


def test_a_correlation_comes_with_its_p_and_a_word_for_it(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.school())[["study_hours", "math_score"]].dropna()
    result = stats.spearmanr(table.study_hours, table.math_score)
    found = fields_of(
        asked,
        "school",
        "What is the Spearman correlation between study_hours and math_score, and is it significant at the 0.05 level? "
        'Fields: @rho[r], @p_value[p], @significant[answer] where "answer" is "yes" or "no".',
    )
    assert found["rho"] == pytest.approx(result.statistic)
    assert found["p_value"] == pytest.approx(result.pvalue, rel=1e-3)
    assert found["significant"] == ("yes" if result.pvalue < 0.05 else "no")


def test_the_strongest_pair_of_all_is_named(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.school())
    names = ["study_hours", "math_score", "reading_score", "attendance_pct"]
    pairs = {(a, b): abs(float(table[a].corr(table[b]))) for i, a in enumerate(names) for b in names[i + 1 :]}
    best = max(pairs, key=lambda pair: pairs[pair])
    found = fields_of(
        asked,
        "school",
        "Correlate study_hours, math_score, reading_score and attendance_pct: which pair has the highest correlation? "
        "@best_pair[pair] @best_correlation[r]",
    )
    assert set(found["best_pair"].split(", ")) == set(best)
    assert abs(found["best_correlation"]) == pytest.approx(pairs[best])


@pytest.mark.parametrize(
    ("told", "run"),
    [
        ("Mann-Whitney U test", lambda a, b: stats.mannwhitneyu(a, b).pvalue),
        ("t-test", lambda a, b: stats.ttest_ind(a, b).pvalue),
    ],
)
def test_two_named_groups_are_compared_by_the_test_named(told: str, run: Any, asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.staff())
    one, other = (table[table.Gender == level].MonthlySalary for level in ("Female", "Male"))
    question = (
        f"Is there a significant difference in MonthlySalary between Gender groups? Use a {told} with alpha 0.05. "
        '@p[p_value] to four decimals, @verdict[v] where "v" is "significant" or "not significant".'
    )
    found = fields_of(asked, "staff", question)
    assert found["p"] == pytest.approx(run(one, other), rel=0.02)
    assert found["verdict"] == ("significant" if found["p"] < 0.05 else "not significant")


def test_rows_above_a_mean_are_kept_by_the_mean_of_the_whole_table(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.staff())
    rich = table[table.MonthlySalary > table.MonthlySalary.mean()]
    question = (
        "What is the median Age of those whose MonthlySalary is higher than the average MonthlySalary? @median_age[m]"
    )
    assert fields_of(asked, "staff", question) == {"median_age": rich.Age.median()}


def test_a_question_without_statistics_keeps_its_own_plan(asked: Any) -> None:
    steps = asked("shop").plan("Which city has the highest revenue?").steps
    assert all(step["id"] != NAMED and "sql" in step for step in steps[:1])


def test_fields_that_can_not_be_told_apart_are_left_open(asked: Any) -> None:
    question = "What is the median Age of veterans and of newcomers? @veterans_age[median] @newcomers_age[median]"
    reply = asked("staff").plan(question)
    assert all(step["id"] != NAMED for step in reply.steps)
    assert reply.unanswered
