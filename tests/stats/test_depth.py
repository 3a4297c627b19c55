"""What a model of the data rests on, and what speaks against it: robust errors, leakage, history, stability."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from sklearn.metrics import adjusted_rand_score, silhouette_score
from statsmodels.stats.diagnostic import het_breuschpagan
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.outliers_influence import variance_inflation_factor
from statsmodels.stats.proportion import proportion_confint

from analyst.core.errors import PlanError
from analyst.stats.least_squares import Fit
from tests.stats.conftest import Run

RNG = np.random.default_rng(23)
N = 400
FRAME = pd.DataFrame({"a": RNG.normal(50, 10, N), "b": RNG.normal(0, 3, N), "grp": RNG.choice(["u", "v", "w"], N)})
FRAME["c"] = FRAME.a + RNG.normal(0, 4, N)
FRAME["y"] = 2 * FRAME.a - 5 * FRAME.b + RNG.normal(0, 1, N) * FRAME.a / 5
FRAME["won"] = np.where(RNG.random(N) < stats.norm.cdf((FRAME.a - 50) / 10), "yes", "no")


def _ols() -> sm.regression.linear_model.RegressionResultsWrapper:
    return sm.OLS(FRAME.y, sm.add_constant(FRAME[["a", "b", "c"]])).fit()


def test_robust_errors_inflation_and_uneven_spread_equal_statsmodels(run: Run) -> None:
    fit, done = _ols(), run("linear_regression", FRAME, target="y", features=["a", "b", "c"])
    terms, design = done.records("coef"), sm.add_constant(FRAME[["a", "b", "c"]])
    robust = fit.get_robustcov_results("HC3", use_t=True)
    assert [t["p_robust"] for t in terms] == pytest.approx(list(robust.pvalues), rel=1e-6)
    inflation = [variance_inflation_factor(design.to_numpy(), place) for place in (1, 2, 3)]
    assert [t["vif"] for t in terms] == [None, *map(pytest.approx, inflation)]
    standardised = (FRAME[["a", "b", "c", "y"]] - FRAME[["a", "b", "c", "y"]].mean()) / FRAME[
        ["a", "b", "c", "y"]
    ].std()
    betas = sm.OLS(standardised.y, standardised[["a", "b", "c"]]).fit().params
    assert [t["beta"] for t in terms[1:]] == pytest.approx(list(betas))
    assert done.one()["spread_p"] == pytest.approx(het_breuschpagan(fit.resid, design)[1], rel=1e-6)
    assert "use p_robust" in done.warnings


def test_the_farthest_row_equals_statsmodels_cooks_distance() -> None:
    found = Fit(FRAME[["a", "b", "c"]].to_numpy(), FRAME.y.to_numpy())
    assert found.farthest == pytest.approx(_ols().get_influence().cooks_distance[0].max())
    assert found.skew == pytest.approx(stats.skew(_ols().resid))


def test_a_regression_says_what_speaks_against_it(run: Run) -> None:
    frame = FRAME.assign(
        twin=FRAME.a + RNG.normal(0, 0.1, N), order_id=range(7, 7 + N), copy=FRAME.y * 2 + RNG.normal(0, 0.1, N)
    )
    assert (
        "multicollinearity (vif over 10)"
        in run("linear_regression", frame, target="y", features=["a", "twin"]).warnings
    )
    assert "leakage" in run("linear_regression", frame, target="y", features=["copy"]).warnings
    assert "identifier" in run("linear_regression", frame, target="y", features=["order_id", "b"]).warnings
    moved = pd.DataFrame({"x": [*RNG.normal(size=30), 40.0], "y": [*RNG.normal(size=30), -300.0]})
    assert "a single row changes" in run("linear_regression", moved, target="y", features=["x"]).warnings
    calm = run("linear_regression", FRAME.assign(y=FRAME.a + RNG.normal(0, 9, N)), target="y", features=["a", "b"])
    assert calm.warnings == ""


def test_a_models_score_has_an_interval_and_a_naive_rival(run: Run) -> None:
    done = run("train_model", FRAME, model="logistic", target="won", features=["a", "b"])
    row = done.one()
    expected = proportion_confint(round(row["accuracy"] * row["n_test"]), row["n_test"], method="wilson")
    assert (row["accuracy_low"], row["accuracy_high"]) == pytest.approx(expected)
    done = run("train_model", FRAME, model="linear", target="y", features=["a", "b"], test_size=0.3)
    row, pred = done.one(), pd.DataFrame(done.records("pred"))
    assert row["r2_low"] < row["r2"] < row["r2_high"]
    train = pd.concat([FRAME.y, pred.actual]).round(9).drop_duplicates(keep=False)
    assert row["baseline_rmse"] == pytest.approx(math.sqrt(((pred.actual - train.mean()) ** 2).mean()), rel=1e-3)


def test_a_score_too_good_or_no_better_than_chance_is_doubted(run: Run) -> None:
    frame = FRAME.assign(
        gives=(FRAME.won == "yes").astype(int),
        noise=RNG.normal(size=N),
        rare=np.where(np.arange(N) % 40 == 0, "x", "z"),
    )
    assert (
        "leakage"
        in run("train_model", frame, model="decision_tree_classifier", target="won", features=["gives"]).warnings
    )
    assert (
        "no better than the naive guess"
        in run("train_model", frame, model="linear", target="y", features=["noise"]).warnings
    )
    assert (
        "balanced_accuracy" in run("train_model", frame, model="logistic", target="rare", features=["noise"]).warnings
    )


def test_drivers_have_intervals_and_name_features_that_tell_the_same(run: Run) -> None:
    frame = FRAME.assign(twin=FRAME.a + RNG.normal(0, 1, N), row_id=range(N))
    done = run("drivers", frame, target="y", features=["a", "twin", "grp", "row_id"])
    row = done.one(feature="a")
    low, high = stats.pearsonr(FRAME.a, FRAME.y).confidence_interval(0.95)
    assert (row["association_low"], row["association_high"]) == pytest.approx((low, high))
    weak = done.one(feature="grp")
    assert weak["association_low"] == 0 and weak["association_high"] > weak["association"]
    assert (
        "'twin' and 'a' carry nearly the same information" in done.warnings
        and "'row_id' only numbers the rows" in done.warnings
    )
    flipped = run("drivers", frame.assign(y=-frame.y), target="y", features=["a", "b"]).one(feature="a")
    assert (flipped["association_low"], flipped["association_high"]) == pytest.approx((low, high))


def _days(n: int = 720) -> pd.DataFrame:
    days = pd.date_range("2023-01-01", periods=n)
    shop = np.where(np.arange(n) % 2, "north", "south")
    return pd.DataFrame(
        {"day": days, "shop": shop, "sales": 100 + RNG.normal(0, 10, n) + (shop == "north") * np.arange(n) / 20}
    )


def test_trends_of_several_groups_are_corrected(run: Run) -> None:
    frame = _days()
    rows = run("trend", frame, time="day", value="sales", by="shop", grain="month").records("summary")
    assert [r["p_adjusted"] for r in rows] == pytest.approx(
        list(multipletests([r["p"] for r in rows], method="fdr_bh")[1])
    )
    assert {r["shop"]: r["direction"] for r in rows} == {"north": "rising", "south": "flat"}


def test_a_change_of_a_mean_is_tested_and_every_change_set_against_its_history(run: Run) -> None:
    frame = _days()
    months = frame.day.dt.to_period("M")
    before, after = (frame[months == m].sales for m in ("2024-05", "2024-06"))
    row = run("change", frame, time="day", value="sales", agg="mean", **{"from": "2024-05", "to": "2024-06"}).one(
        "total"
    )
    expected = stats.ttest_ind(after, before, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert (row["p"], row["change_low"], row["change_high"]) == pytest.approx(
        (expected.pvalue, interval.low, interval.high)
    )
    assert (row["n_before"], row["n_after"]) == (31, 30)
    sums = frame.groupby(months).sales.sum()
    total = run("change", frame, time="day", value="sales", **{"from": "2024-05", "to": "2024-06"}).one("total")
    earlier = sums[:"2024-05"].diff().abs().dropna()
    assert total["usual_change"] == pytest.approx(earlier.median()) and total["usual_periods"] == len(earlier)
    assert total["p"] is None
    yearly = run("change", frame, time="day", value="sales", **{"from": "2023-11", "to": "2024-11"}).one("total")
    assert yearly["usual_periods"] == len(sums[:"2024-10"]) - 12


def test_a_change_within_the_usual_or_of_few_rows_is_doubted(run: Run) -> None:
    noisy = pd.DataFrame({"day": pd.date_range("2023-01-01", periods=24, freq="MS"), "v": [100, 140] * 11 + [120, 121]})
    done = run("change", noisy, time="day", value="v")
    assert "no larger than usual" in done.warnings and "few rows" in done.warnings
    assert done.one("total")["usual_change"] == pytest.approx(40)


def _blobs(spread: float = 1.0) -> tuple[pd.DataFrame, Any]:
    truth = np.repeat([0, 1, 2], [200, 120, 80])
    centres = np.array([[20, 100, 1], [60, 100, 5], [60, 400, 1]], float)[truth]
    noise = RNG.normal(size=(400, 3)) * np.array([3, 20, 0.3]) * spread
    frame = pd.DataFrame(centres + noise, columns=["age", "spend", "visits"])
    frame["plan"] = np.where(RNG.random(400) < np.array([0.9, 0.1, 0.1])[truth], "basic", "gold")
    frame.insert(0, "_row", range(400))
    frame["customer_id"] = [f"C{i:05d}" for i in RNG.permutation(400)]
    return frame, truth


def test_segments_find_the_planted_ones_and_say_what_sets_them_apart(run: Run) -> None:
    frame, truth = _blobs()
    done = run("segments", frame, features=["age", "spend", "visits", "plan"])
    rows = done.records()
    assert [r["n"] for r in rows] == [200, 120, 80] and rows[0]["share"] == pytest.approx(0.5)
    marked = pd.DataFrame(done.records("rows"))
    assert adjusted_rand_score(truth, marked.segment) == pytest.approx(1)
    assert list(marked.age) == pytest.approx(list(frame.age))
    assert "low age" in rows[0]["traits"] and "plan mostly basic" in rows[0]["traits"]
    assert "high visits" in rows[1]["traits"] and "high spend" in rows[2]["traits"]
    assert done.one("summary")["segments"] == 3 and done.one("summary")["stability"] > 0.95


def test_a_segments_profile_holds_means_with_intervals_and_gaps_in_standard_deviations(run: Run) -> None:
    frame, truth = _blobs()
    done = run("segments", frame, features=["age", "spend", "visits"], k=3)
    row, part = done.one("profile", segment=3, feature="spend"), frame.spend[truth == 2]
    low, high = stats.t.interval(0.95, len(part) - 1, part.mean(), part.sem())
    assert (row["value"], row["value_low"], row["value_high"]) == pytest.approx((part.mean(), low, high))
    assert row["difference"] == pytest.approx((part.mean() - frame.spend.mean()) / frame.spend.std(ddof=0))
    columns = frame[["age", "spend", "visits"]]
    points = ((columns - columns.median()) / columns.std(ddof=0)).clip(-3, 3)
    assert done.one("summary")["silhouette"] == pytest.approx(silhouette_score(points, truth))


def test_rows_without_structure_are_said_to_have_none(run: Run) -> None:
    frame = pd.DataFrame(RNG.normal(size=(500, 6)), columns=list("abcdef"))
    done = run("segments", frame)
    assert "no clear segments" in done.warnings and "not stable" in done.warnings
    assert done.one("summary")["stability"] < 0.6


def test_segments_leave_out_what_only_names_rows_and_refuse_what_can_not_be_done(run: Run) -> None:
    frame, _ = _blobs()
    done = run("segments", frame.assign(twin=frame.age * 2, one=5))
    assert (
        "an identifier" in done.warnings
        and "constant" in done.warnings
        and "carry nearly the same information" in done.warnings
    )
    assert "customer_id" not in {r["feature"] for r in done.records("profile")}
    with pytest.raises(PlanError, match="at least two number or category"):
        run("segments", frame, features=["age", "customer_id"])
    with pytest.raises(PlanError, match="too few"):
        run("segments", frame.head(12), features=["age", "spend"])
    with pytest.raises(PlanError, match="at most 6"):
        run("segments", frame.head(30), features=["age", "spend"], k=7)


def test_rows_with_gaps_get_a_segment_too(run: Run) -> None:
    frame, _ = _blobs()
    frame.loc[::9, "spend"] = np.nan
    frame.loc[::7, "plan"] = None
    done = run("segments", frame, features=["age", "spend", "plan"], k=2)
    assert sum(r["n"] for r in done.records()) == 400 and "missing values" in done.warnings
    assert all(r["segment"] in (1, 2) for r in done.records("rows"))
