from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.diagnostic import normal_ad
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.oneway import anova_oneway
from statsmodels.stats.proportion import proportion_confint

from analyst.core.errors import PlanError
from analyst.stats.correlation import ranks
from analyst.stats.effects import benjamini_hochberg
from analyst.stats.normality import anderson
from analyst.stats.proportions import wilson
from tests.stats.conftest import Run

RNG = np.random.default_rng(7)
N = 240
FRAME = pd.DataFrame({
    "_row": range(N),
    "grp": RNG.choice(["a", "b", "c"], N),
    "sex": RNG.choice(["m", "f"], N),
    "x": RNG.gamma(2, 10, N),
    "k": RNG.integers(0, 6, N),
})  # fmt: skip
FRAME["y"] = 3 * FRAME.x + RNG.normal(0, 20, N) + 10 * (FRAME.grp == "b")
FRAME["won"] = np.where(RNG.random(N) < 0.2 + 0.5 * (FRAME.sex == "f"), "Yes", "No")
FRAME.loc[::13, "x"] = np.nan


def test_describe_equals_pandas_and_scipy(run: Run) -> None:
    row, x = run("describe", FRAME, columns=["x"]).one(), FRAME.x.dropna()
    q1, q3 = np.percentile(x, [25, 75])
    expected = {
        "n": len(x), "missing": N - len(x), "sum": x.sum(), "mean": x.mean(), "median": x.median(),
        "std_sample": x.std(), "std_pop": np.std(x), "min": x.min(), "max": x.max(), "q1": q1, "q3": q3, "iqr": q3 - q1,
        "skew_sample": x.skew(), "skew_pop": stats.skew(x), "kurt_sample": x.kurt(), "kurt_pop": stats.kurtosis(x),
        "n_unique": x.nunique(), "missing_pct": 1 - len(x) / N, "within_1_std": ((x - x.mean()).abs() <= x.std()).mean(),
    }  # fmt: skip
    assert {name: row[name] for name in expected} == pytest.approx(expected)


def test_describe_keeps_its_precision_far_from_zero(run: Run) -> None:
    small = RNG.exponential(1, 500)
    row = run("describe", pd.DataFrame({"v": small + 1e9}), columns="v").one()
    assert row["skew_pop"] == pytest.approx(stats.skew(small), rel=1e-4)
    assert row["std_sample"] == pytest.approx(small.std(ddof=1), rel=1e-5)


def test_describe_by_group_and_of_text(run: Run) -> None:
    done = run("describe", FRAME, columns=["y", "won"], by="grp")
    assert done.one(grp="b", variable="y")["mean"] == pytest.approx(FRAME[FRAME.grp == "b"].y.mean())
    text = done.one(grp="a", variable="won")
    counts = FRAME[FRAME.grp == "a"].won.value_counts()
    assert (text["mode"], text["n_unique"], text["mean"]) == (counts.idxmax(), 2, None)
    assert "num(" in run("describe", pd.DataFrame({"v": ["1,000", "2,500"]}), columns="v").warnings


def test_the_histogram_holds_every_value_once(run: Run) -> None:
    bins = run("describe", FRAME, columns=["x"]).records("hist")
    assert sum(b["count"] for b in bins) == FRAME.x.notna().sum()
    edges = [b["bin_start"] for b in bins] + [bins[-1]["bin_end"]]
    assert [b["count"] for b in bins] == list(np.histogram(FRAME.x.dropna(), bins=edges)[0])


@pytest.mark.parametrize(("most", "width"), [(9, 1), (39, 1), (500, None)])
def test_whole_numbers_get_bins_of_whole_numbers(run: Run, most: int, width: int | None) -> None:
    values = [place % (most + 1) for place in range(3 * most)]
    bins = run("describe", pd.DataFrame({"v": values}), columns="v").records("hist")
    assert all(b["bin_start"] % 1 == b["bin_end"] % 1 == 0.5 for b in bins) and len(bins) <= 40
    assert len({b["bin_end"] - b["bin_start"] for b in bins}) == 1
    assert sum(b["count"] for b in bins) == len(values) and bins[-1]["count"] > 0
    assert width is None or [b["bin_end"] - b["bin_start"] for b in bins] == [width] * (most + 1)


def test_numbers_with_decimals_keep_their_own_ends(run: Run) -> None:
    bins = run("describe", pd.DataFrame({"v": [0.5, 1.25, 2.0, 7.75]}), columns="v").records("hist")
    assert bins[0]["bin_start"] == 0.5 and bins[-1]["bin_end"] == pytest.approx(7.75)


@pytest.mark.parametrize("kind", ["pearson", "spearman", "kendall"])
def test_correlation_equals_scipy_with_ties_and_gaps(run: Run, kind: str) -> None:
    both = FRAME.dropna(subset=["x"])
    row = run("correlation", FRAME, columns=["x", "k"], kind=kind).one()
    test: Any = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}[kind]
    expected = test(both.x, both.k)
    assert (row["r"], row["p"], row["n"]) == pytest.approx((expected.statistic, expected.pvalue, len(both)), rel=1e-8)
    if kind == "pearson":
        low, high = stats.pearsonr(both.x, both.k).confidence_interval(0.95)
        assert (row["r_low"], row["r_high"]) == pytest.approx((low, high))
    assert row["r_low"] < row["r"] < row["r_high"]


def test_all_pairs_come_strongest_first_and_a_target_only_with_others(run: Run) -> None:
    rows = run("correlation", FRAME.drop(columns="_row"), columns="*").records()
    assert {rows[0]["x"], rows[0]["y"]} == {"x", "y"} and len(rows) == 3
    rows = run("correlation", FRAME, columns=["x", "y", "k"], target="k", by="sex").records()
    assert len(rows) == 4 and {r["y"] for r in rows} == {"k"}
    part = FRAME[FRAME.sex == "m"].dropna(subset=["x"])
    assert next(r for r in rows if r["sex"] == "m" and r["x"] == "x")["r"] == pytest.approx(part.x.corr(part.k))


def test_a_constant_or_perfect_pair_is_told_plainly(run: Run) -> None:
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, 5], "b": [2.0, 4, 6, 8, 10], "c": [3.3] * 5})
    done = run("correlation", frame, columns="*")
    assert done.one(x="a", y="b")["r"] == pytest.approx(1)
    assert done.one(x="a", y="c")["r"] is None and "constant" in done.warnings


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=40))
def test_ranks_share_ties_as_scipy_does(values: list[int]) -> None:
    assert list(ranks(np.array(values, float))) == list(stats.rankdata(values))


@pytest.mark.parametrize("test", ["welch_t", "student_t"])
def test_t_tests_equal_scipy_and_each_names_the_other(run: Run, test: str) -> None:
    a, b = (FRAME[FRAME.sex == s].y for s in ("f", "m"))
    done = run("compare_groups", FRAME, value="y", group="sex", test=test)
    expected, row = stats.ttest_ind(a, b, equal_var=test == "student_t"), done.one()
    interval = expected.confidence_interval(0.95)
    assert (row["statistic"], row["p"], row["difference_low"], row["difference_high"]) == pytest.approx(
        (expected.statistic, expected.pvalue, interval.low, interval.high))  # fmt: skip
    assert row["p_welch"] == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)
    assert row["p_student"] == pytest.approx(stats.ttest_ind(a, b).pvalue)
    pooled = math.sqrt(((len(a) - 1) * a.var() + (len(b) - 1) * b.var()) / (len(a) + len(b) - 2))
    assert row["cohens_d"] == pytest.approx((a.mean() - b.mean()) / pooled)
    reach = float(stats.t.ppf(0.975, len(a) - 1)) * float(a.std()) / math.sqrt(len(a))
    low, high = a.mean() - reach, a.mean() + reach
    group = done.one("groups", level="f")
    assert (group["mean_low"], group["mean_high"]) == pytest.approx((low, high))
    reverse = run("compare_groups", FRAME, value="y", group="sex", test=test, levels=["m", "f"]).one()
    assert reverse["difference"] == pytest.approx(-row["difference"])


@pytest.mark.parametrize("column", ["y", "k"])
def test_rank_tests_equal_scipy_with_ties(run: Run, column: str) -> None:
    samples = [FRAME[FRAME.grp == g][column] for g in "abc"]
    row = run("compare_groups", FRAME, value=column, group="grp", test="kruskal").one()
    assert (row["statistic"], row["p"]) == pytest.approx(tuple(stats.kruskal(*samples)))
    row = run("compare_groups", FRAME, value=column, group="grp", test="mann_whitney", levels=["a", "c"]).one()
    expected = stats.mannwhitneyu(samples[0], samples[2])
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    wins = np.sign(np.subtract.outer(samples[0].to_numpy(float), samples[2].to_numpy(float))).mean()
    assert row["rank_biserial"] == pytest.approx(wins)
    assert row["difference_low"] <= row["difference"] <= row["difference_high"]


def test_small_samples_without_ties_get_the_exact_p(run: Run) -> None:
    frame = pd.DataFrame({"g": list("aaabbbb"), "v": [1.0, 2, 9, 3, 4, 5, 6]})
    row = run("compare_groups", frame, value="v", group="g", test="mann_whitney").one()
    assert row["p"] == pytest.approx(stats.mannwhitneyu([1, 2, 9], [3, 4, 5, 6], method="exact").pvalue)


def test_anova_equals_scipy_and_welchs_statsmodels(run: Run) -> None:
    samples = [FRAME[FRAME.grp == g].y for g in "abc"]
    row = run("compare_groups", FRAME, value="y", group="grp", test="anova").one()
    assert (row["statistic"], row["p"]) == pytest.approx(tuple(stats.f_oneway(*samples)))
    assert row["p_welch"] == pytest.approx(anova_oneway(samples, use_var="unequal").pvalue, rel=1e-6)
    between = sum(len(s) * (s.mean() - FRAME.y.mean()) ** 2 for s in samples)
    assert row["eta_squared"] == pytest.approx(between / ((FRAME.y - FRAME.y.mean()) ** 2).sum())


def test_a_yes_no_value_gives_rates_with_wilson_intervals(run: Run) -> None:
    done = run("compare_groups", FRAME, value="won", group="sex")
    part = FRAME[FRAME.sex == "f"].won == "Yes"
    group = done.one("groups", level="f")
    expected = proportion_confint(part.sum(), len(part), method="wilson")
    assert (group["mean"], group["mean_low"], group["mean_high"]) == pytest.approx((part.mean(), *expected))
    assert done.by_suffix["groups"].formats["mean"] == "percent"


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_statsmodels(counts: tuple[int, int]) -> None:
    assert wilson(*counts) == pytest.approx(proportion_confint(*counts, method="wilson"), abs=1e-9)


def test_comparisons_that_make_no_sense_are_refused_with_the_fix(run: Run) -> None:
    with pytest.raises(PlanError, match=r"two groups.*3 with values.*levels.*anova"):
        run("compare_groups", FRAME, value="y", group="grp")
    with pytest.raises(PlanError, match="it needs 2"):
        run("compare_groups", FRAME[FRAME.sex == "m"], value="y", group="sex")
    with pytest.raises(PlanError, match=r'num\("grp"\)'):
        run("compare_groups", FRAME, value="grp", group="sex")
    lone = run("compare_groups", pd.DataFrame({"g": ["a", "b"], "v": [1.0, 2.0]}), value="v", group="g")
    assert lone.one()["p"] is None and "small" in lone.warnings


def test_chi_square_equals_scipy_with_and_without_yates(run: Run) -> None:
    table = pd.crosstab(FRAME.sex, FRAME.won).to_numpy()
    done = run("chi_square", FRAME, x="sex", y="won")
    row = done.one()
    plain, corrected = stats.chi2_contingency(table, correction=False), stats.chi2_contingency(table)
    assert (row["statistic"], row["p"], row["p_yates"]) == pytest.approx(
        (plain.statistic, plain.pvalue, corrected.pvalue)
    )
    assert row["cramers_v"] == pytest.approx(stats.contingency.association(table, "cramer"))
    rates = done.records("rates")
    assert [r["outcome"] for r in rates] == ["Yes", "Yes"] and rates[0]["level"] == "f"
    assert rates[0]["rate"] == pytest.approx((FRAME[FRAME.sex == "f"].won == "Yes").mean())
    wide = run("chi_square", FRAME, x="grp", y="k")
    expected = stats.chi2_contingency(pd.crosstab(FRAME.grp, FRAME.k))
    assert (wide.one()["statistic"], wide.one()["dof"]) == pytest.approx((expected.statistic, expected.dof))
    assert len(wide.records("rates")) == 18
    tiny = pd.DataFrame({"x": list("aabb"), "y": list("uvuv")})
    assert "under 5" in run("chi_square", tiny, x="x", y="y").warnings


@pytest.mark.parametrize("test", ["shapiro", "dagostino", "jarque_bera"])
def test_normality_tests_report_scipys_results(run: Run, test: str) -> None:
    values = FRAME.x.dropna()
    name = {"dagostino": "normaltest"}.get(test, test)
    row = run("normality_test", FRAME, columns="x", test=test).one()
    assert (row["statistic"], row["p"]) == pytest.approx(tuple(getattr(stats, name)(values)))


def test_anderson_equals_statsmodels_over_all_branches_of_its_p() -> None:
    for scale in (0.0, 0.3, 0.6, 1.0, 3.0):
        for seed in range(6):
            rng = np.random.default_rng(seed)
            values = rng.normal(size=60) + scale * rng.exponential(size=60)
            statistic, p = normal_ad(values)
            assert anderson(values) == pytest.approx((statistic, p), rel=1e-9, abs=1e-12)


def test_ks_fits_its_parameters_and_small_or_large_samples_are_warned_of(run: Run) -> None:
    values = FRAME.x.dropna()
    row = run("normality_test", FRAME, columns="x", test="ks").one()
    expected = stats.kstest(values, stats.norm(values.mean(), values.std()).cdf)
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert row["p_lilliefors"] == pytest.approx(0.001)
    calm = run(
        "normality_test", pd.DataFrame({"v": stats.norm.ppf(np.linspace(0.01, 0.99, 90))}), columns="v", test="ks"
    ).one()
    assert calm["p_lilliefors"] < calm["p"] and calm["p_standard"] > 0.9
    big = run("normality_test", "SELECT random() AS v FROM range(6000)", columns="v")
    assert "5000" in big.warnings
    few = run("normality_test", pd.DataFrame({"v": [1.0, 2.0]}), columns="v")
    assert few.one()["p"] is None and "needs 3" in few.warnings


def test_outliers_by_fences_and_by_z_scores(run: Run) -> None:
    v = FRAME.x.dropna()
    q1, q3 = np.percentile(v, [25, 75])
    out = (v < q1 - 1.5 * (q3 - q1)) | (v > q3 + 1.5 * (q3 - q1))
    done = run("outliers", FRAME, column="x", rule="iqr")
    row, kept = done.one(), v[~out]
    assert (row["n_outliers"], row["rows_left"]) == (out.sum(), len(kept))
    assert (row["mean_kept"], row["std_sample_kept"], row["std_pop_kept"], row["mean_outliers"]) == pytest.approx(
        (kept.mean(), kept.std(), kept.std(ddof=0), v[out].mean()))  # fmt: skip
    marked = pd.DataFrame(done.records("rows"))
    assert list(marked[marked.is_outlier.fillna(False).astype(bool)]._row) == list(v[out].index)
    z = np.abs(stats.zscore(v)) > 2
    done = run("outliers", FRAME, column="x", rule="zscore", threshold=2)
    assert done.one()["n_outliers"] == z.sum()
    assert done.records("rows")[1]["z"] == pytest.approx((v.loc[1] - v.mean()) / v.std(ddof=0))


def test_a_value_on_the_fence_stays(run: Run) -> None:
    on, beyond = ("SELECT unnest([0.0, 1, 2, 3, 4, " + end + "]) AS v" for end in ("7.5", "7.51"))
    assert run("outliers", on, column="v").one()["n_outliers"] == 0
    assert run("outliers", beyond, column="v").one()["n_outliers"] == 1


def test_columns_of_the_source_named_like_the_results_keep_their_names(run: Run) -> None:
    frame = pd.DataFrame({"z": [0.0, 1, 2, 3, 4, 70], "IS_outlier": range(6)})
    done = run("outliers", frame, column="z")
    assert done.by_suffix["rows"].columns == ("z", "IS_outlier", "new_is_outlier", "new_z")
    assert [r["z"] for r in done.records("rows") if r["new_is_outlier"]] == [70]


def test_regression_equals_statsmodels_with_categories(run: Run) -> None:
    both = FRAME.dropna(subset=["x"])
    design = pd.DataFrame({"x": both.x, "b": both.grp == "b", "c": both.grp == "c"}).astype(float)
    fit = sm.OLS(both.y, sm.add_constant(design)).fit()
    done = run("linear_regression", FRAME, target="y", features=["x", "grp"])
    row, coefs = done.one(), done.records("coef")
    assert [c["term"] for c in coefs] == ["intercept", "x", "grp=b", "grp=c"]
    for name, values in {"coef": fit.params, "std_err": fit.bse, "t": fit.tvalues, "p": fit.pvalues,
                         "coef_low": fit.conf_int()[0], "coef_high": fit.conf_int()[1]}.items():  # fmt: skip
        assert [c[name] for c in coefs] == pytest.approx(list(values), rel=1e-7, abs=1e-13)
    assert (row["r2"], row["adj_r2"], row["n"]) == pytest.approx((fit.rsquared, fit.rsquared_adj, fit.nobs))
    assert row["rmse"] == pytest.approx(math.sqrt((fit.resid**2).mean()))
    assert row["f_p"] == pytest.approx(fit.f_pvalue, rel=1e-6, abs=1e-15)


def test_a_singular_design_drops_terms_and_scales_do_not_matter(run: Run) -> None:
    frame = FRAME.dropna().assign(twice=lambda f: 2 * f.x + 1, tiny=lambda f: f.k * 1e-9, one=5.0)
    done = run("linear_regression", frame, target="y", features=["x", "twice", "one", "tiny"])
    assert [c["term"] for c in done.records("coef")] == ["intercept", "x", "tiny"]
    assert "'twice'" in done.warnings and "'one'" in done.warnings
    plain = run("linear_regression", frame, target="y", features=["x", "k"])
    assert done.one("coef", term="tiny")["coef"] == pytest.approx(1e9 * plain.one("coef", term="k")["coef"], rel=1e-6)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=20))
def test_adjusted_p_values_equal_statsmodels(ps: list[float | None]) -> None:
    known = [p for p in ps if p is not None]
    adjusted = [p for p in benjamini_hochberg(ps) if p is not None]
    expected = multipletests(known, method="fdr_bh")[1] if known else []
    assert adjusted == pytest.approx(list(expected))
