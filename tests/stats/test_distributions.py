"""Tests of paired values, of one sample, of whole distributions and of spreads; predictions at given values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from analyst.core.errors import PlanError
from tests.stats.conftest import Run

RNG = np.random.default_rng(11)
N = 180
FRAME = pd.DataFrame({"_row": range(N), "before": RNG.normal(50, 8, N), "plan": RNG.choice(["a", "b", "c"], N)})
FRAME["after"] = FRAME.before + RNG.normal(2, 5, N)
FRAME["spread"] = RNG.normal(0, 1, N) * np.where(FRAME.plan == "c", 4, 1)
FRAME.loc[::17, "after"] = np.nan
WHOLE = FRAME.dropna()


def test_a_paired_t_test_equals_scipy_and_gives_the_interval_of_the_difference(run: Run) -> None:
    row = run("location_test", FRAME, value="after", paired_with="before").one()
    expected = stats.ttest_rel(WHOLE.after, WHOLE.before)
    ends = expected.confidence_interval(0.95)
    assert (row["statistic"], row["p"], row["n"]) == pytest.approx((expected.statistic, expected.pvalue, len(WHOLE)))
    assert (row["difference_low"], row["difference_high"]) == pytest.approx((ends.low, ends.high))
    assert row["difference"] == pytest.approx((WHOLE.after - WHOLE.before).mean())


def test_a_one_sample_t_test_is_held_against_the_given_value(run: Run) -> None:
    row = run("location_test", FRAME, value="before", against=48).one()
    expected = stats.ttest_1samp(FRAME.before, 48)
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert row["against"] == 48 and row["difference"] == pytest.approx(FRAME.before.mean() - 48)


def test_signed_ranks_equal_scipy(run: Run) -> None:
    row = run("location_test", FRAME, value="after", paired_with="before", test="wilcoxon").one()
    expected = stats.wilcoxon(WHOLE.after - WHOLE.before)
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))


def test_a_constant_difference_is_refused(run: Run) -> None:
    same = FRAME.assign(after=FRAME.before + 1.5)
    with pytest.raises(PlanError, match="values that differ"):
        run("location_test", same[["_row", "before"]].assign(after=1.0), value="after", against=1)


def test_smirnovs_test_compares_two_whole_distributions(run: Run) -> None:
    row = run("compare_groups", FRAME, value="spread", group="plan", test="ks", levels=["a", "c"]).one()
    a, c = (FRAME.spread[FRAME.plan == plan] for plan in "ac")
    expected = stats.ks_2samp(a, c)
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert (row["level_a"], row["level_b"], row["n"]) == ("a", "c", len(a) + len(c))


def test_levenes_test_compares_spreads_about_the_medians(run: Run) -> None:
    row = run("compare_groups", FRAME, value="spread", group="plan", test="levene").one()
    samples = [FRAME.spread[FRAME.plan == plan] for plan in "abc"]
    expected = stats.levene(*samples, center="median")
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    spreads = [sample.std() for sample in samples]
    assert row["largest_ratio"] == pytest.approx(max(spreads) / min(spreads))


def test_a_regression_predicts_at_given_values_with_both_intervals_of_statsmodels(run: Run) -> None:
    at = {"before": 61.0, "plan": "c"}
    row = run("linear_regression", WHOLE, target="after", features=["before", "plan"], at=at).one("at")
    design = sm.add_constant(
        pd.DataFrame({"before": WHOLE.before, "b": WHOLE.plan == "b", "c": WHOLE.plan == "c"}).astype(float)
    )
    model = sm.OLS(WHOLE.after, design).fit()
    told = model.get_prediction([[1, 61.0, 0, 1]]).summary_frame(alpha=0.05).iloc[0]
    assert row["prediction"] == pytest.approx(told["mean"])
    assert (row["prediction_low"], row["prediction_high"]) == pytest.approx(
        (told["obs_ci_lower"], told["obs_ci_upper"])
    )
    assert (row["mean_low"], row["mean_high"]) == pytest.approx((told["mean_ci_lower"], told["mean_ci_upper"]))


def test_a_forecast_of_monthly_sums_knows_how_many_days_a_month_has(run: Run) -> None:
    days = pd.date_range("2022-01-01", "2024-01-31", freq="D")
    daily = pd.DataFrame({"_row": range(len(days)), "day": days, "sales": 10.0})
    rows = run("forecast", daily, time="day", value="sales", agg="sum", grain="month", horizon=3).records()
    assert [(row["period"], round(row["mean"])) for row in rows] == [
        ("2024-02", 290),
        ("2024-03", 310),
        ("2024-04", 300),
    ]
