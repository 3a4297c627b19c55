"""Effect sizes, their intervals and corrected p values against simulation, statsmodels, scipy's tests and by hand."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from analyst.stats.contrasts import Group, RankSums
from analyst.stats.effects import (
    chi_square_noncentrality,
    corrected_v,
    cramers_v_interval,
    eta_interval,
    hedges,
    holm,
    rank_biserial_interval,
)
from analyst.stats.posthoc import mean_pairs, rank_pairs
from tests.stats.conftest import Run

RNG = np.random.default_rng(11)
N = 300
FRAME = pd.DataFrame({
    "_row": range(N),
    "plan": RNG.choice(["basic", "plus", "pro", "team"], N, p=[0.4, 0.3, 0.2, 0.1]),
    "sex": RNG.choice(["m", "f"], N),
    "age": RNG.integers(18, 70, N),
})  # fmt: skip
FRAME["spend"] = RNG.gamma(2, 20, N) + 15 * (FRAME.plan == "pro") + 0.3 * FRAME.age
FRAME["churned"] = np.where(RNG.random(N) < 0.15 + 0.35 * (FRAME.plan == "basic"), "yes", "no")
MANY = 400_000


@pytest.mark.parametrize(("f", "between", "within"), [(5.2, 2, 97), (30.0, 4, 400), (900.0, 3, 99_996)])
def test_the_interval_of_eta_squared_is_where_the_noncentral_f_has_its_tails(
    f: float, between: int, within: int
) -> None:
    low, high = eta_interval(f, between, within)
    assert low is not None and high is not None
    n = between + within + 1
    for end, tail in ((low, 0.975), (high, 0.025)):
        noncentral = end * n / (1 - end)
        top = RNG.noncentral_chisquare(between, noncentral, MANY) / between
        below = float((top / (RNG.chisquare(within, MANY) / within) <= f).mean())
        assert below == pytest.approx(tail, abs=0.002)


def test_an_effect_that_chance_explains_has_an_interval_from_zero() -> None:
    assert eta_interval(1.0, 3, 60)[0] == 0
    assert eta_interval(None, 3, 60) == (None, None)
    assert cramers_v_interval(0.5, 1, 100, 2)[0] == 0


@pytest.mark.parametrize(("statistic", "dof"), [(9.5, 2), (60.0, 6), (4000.0, 3)])
def test_the_noncentrality_of_chi_square_is_where_its_tails_are(statistic: float, dof: int) -> None:
    for end, tail in zip(chi_square_noncentrality(statistic, dof), (0.975, 0.025), strict=True):
        below = float((RNG.noncentral_chisquare(dof, end, MANY) <= statistic).mean())
        assert below == pytest.approx(tail, abs=0.002)


def test_the_corrected_v_is_free_of_the_bias_of_cramers() -> None:
    plain, corrected = [], []
    for _ in range(400):
        table = pd.crosstab(RNG.integers(0, 5, 80), RNG.integers(0, 4, 80)).to_numpy()
        statistic = stats.chi2_contingency(table, correction=False).statistic
        plain.append(stats.contingency.association(table, "cramer"))
        corrected.append(corrected_v(statistic, *table.shape, 80))
    assert np.mean(plain) > 0.2
    assert np.mean(np.square(corrected)) < 0.35 * np.mean(np.square(plain))
    assert corrected_v(0.25 * 10_000, 2, 2, 10_000) == pytest.approx(0.5, abs=0.001)


def test_hedges_takes_from_cohens_d_what_small_samples_add() -> None:
    assert hedges(0.8, 18) == pytest.approx(0.8 * (1 - 3 / (4 * 18 - 1)), rel=1e-3)
    a, b = RNG.normal(0.5, 1, (4000, 6)), RNG.normal(0, 1, (4000, 6))
    pooled = np.sqrt((a.var(axis=1, ddof=1) + b.var(axis=1, ddof=1)) / 2)
    ds = (a.mean(axis=1) - b.mean(axis=1)) / pooled
    assert np.mean([hedges(float(d), 10) for d in ds]) == pytest.approx(0.5, abs=0.03)
    assert np.mean(ds) > 0.52


@pytest.mark.parametrize("seed", range(40))
def test_holms_correction_equals_statsmodels(seed: int) -> None:
    chance = random.Random(seed)
    levels = (None, 0.0, 1.0, 1e-300, 0.05, chance.random(), chance.random() ** 20)
    ps = [chance.choice(levels) for _ in range(1 + seed % 20)]
    known = [p for p in ps if p is not None]
    expected = list(multipletests(known, method="holm")[1]) if known else []
    assert [p for p in holm(ps) if p is not None] == pytest.approx(expected)


def test_the_interval_of_the_rank_biserial_covers_it_about_as_often_as_it_says() -> None:
    truth = 2 * float(stats.norm.cdf(0.7 / math.sqrt(2))) - 1
    hits = 0
    for _ in range(400):
        a, b = RNG.normal(0.7, 1, 30), RNG.normal(0, 1, 40)
        low, high = rank_biserial_interval(float(np.sign(np.subtract.outer(a, b)).mean()), 30, 40)
        hits += low < truth < high
    assert 0.92 <= hits / 400 <= 1
    assert rank_biserial_interval(1.0, 3, 4) == (1.0, 1.0)


def _groups() -> tuple[list[Group], dict[str, pd.Series]]:
    samples = {str(name): part.spend for name, part in FRAME.groupby("plan")}
    groups = [Group(n, len(x), x.mean(), x.var(), x.median()) for n, x in samples.items()]
    return groups, samples


def test_every_pair_of_means_equals_welchs_test_with_holm_and_bonferroni() -> None:
    groups, samples = _groups()
    pairs = mean_pairs(groups)
    assert len(pairs) == 6 and [abs(p.effect or 0) for p in pairs] == sorted(
        (abs(p.effect or 0) for p in pairs), reverse=True
    )
    tests = {
        (a, b): stats.ttest_ind(samples[a], samples[b], equal_var=False) for a, b in itertools.combinations(samples, 2)
    }
    adjusted = dict(zip(tests, multipletests([t.pvalue for t in tests.values()], method="holm")[1], strict=True))
    for pair in pairs:
        key = (pair.a.level, pair.b.level)
        interval = tests[key].confidence_interval(1 - 0.05 / 6)
        assert (pair.p, pair.p_adjusted) == pytest.approx((tests[key].pvalue, adjusted[key]))
        assert (pair.low, pair.high) == pytest.approx((interval.low, interval.high))


def test_every_pair_of_ranks_equals_dunns_formula_with_ties() -> None:
    frame = FRAME.assign(spend=FRAME.spend.round(-1))
    ranks = pd.Series(stats.rankdata(frame.spend), index=frame.index)
    groups = [Group(str(n), len(x), x.mean(), x.var(), x.median()) for n, x in frame.groupby("plan").spend]
    counts = frame.spend.value_counts()
    ties = float((counts**3 - counts).sum())
    ranked = RankSums([float(ranks[frame.plan == g.level].sum()) for g in groups], [g.n for g in groups], ties)
    found = {(p.a.level, p.b.level): p for p in rank_pairs(groups, ranked)}
    tied = ties / (12 * (N - 1))
    for (a, b), pair in found.items():
        first, second = ranks[frame.plan == a], ranks[frame.plan == b]
        error = math.sqrt((N * (N + 1) / 12 - tied) * (1 / len(first) + 1 / len(second)))
        assert pair.p == pytest.approx(2 * stats.norm.sf(abs(first.mean() - second.mean()) / error))
    expected = multipletests([p.p for p in found.values()], method="holm")[1]
    assert [p.p_adjusted for p in found.values()] == pytest.approx(list(expected))


def test_a_comparison_of_several_groups_comes_with_its_pairs_and_the_interval_of_its_effect(run: Run) -> None:
    done = run("compare_groups", FRAME, value="spend", group="plan", test="anova")
    row = done.one()
    assert 0 <= row["eta_squared_low"] < row["eta_squared"] < row["eta_squared_high"] < 1
    assert len(done.records("pairs")) == 6 and done.records("pairs")[0]["n_a"] > 0
    ranked = run("compare_groups", FRAME, value="spend", group="plan", test="kruskal")
    assert ranked.records("pairs")[0]["difference_low"] is None
    assert ranked.one()["eta_squared_low"] < ranked.one()["eta_squared"]
    two = run("compare_groups", FRAME, value="spend", group="sex")
    assert "pairs" not in two.by_suffix and abs(two.one()["hedges_g"]) < abs(two.one()["cohens_d"])
    u = run("compare_groups", FRAME, value="spend", group="sex", test="mann_whitney").one()
    assert u["rank_biserial_low"] < u["rank_biserial"] < u["rank_biserial_high"]


def test_what_a_comparison_rests_on_is_doubted_where_it_must_be(run: Run) -> None:
    ids = pd.DataFrame({"g": [f"u{i}" for i in range(12)] + ["u0"], "v": range(13)})
    assert "identifier" in run("compare_groups", ids, value="v", group="g", test="anova").warnings
    skewed = pd.DataFrame(
        {"g": ["a"] * 20 + ["b"] * 20, "v": [*np.exp(RNG.normal(0, 2, 20)), *np.exp(RNG.normal(0, 2, 20))]}
    )
    assert "test=mann_whitney" in run("compare_groups", skewed, value="v", group="g").warnings
    uneven = pd.DataFrame({"g": ["a"] * 50 + ["b"] * 50, "v": [*RNG.normal(0, 1, 50), *RNG.normal(0, 9, 50)]})
    assert "p_welch" in run("compare_groups", uneven, value="v", group="g", test="student_t").warnings


def test_chi_square_gives_residuals_intervals_and_the_exact_p_of_a_small_table(run: Run) -> None:
    done = run("chi_square", FRAME, x="plan", y="churned")
    table = Table.from_data(FRAME[["plan", "churned"]])
    for cell in done.records("cells"):
        assert cell["residual"] == pytest.approx(table.standardized_resids.loc[cell["x"], cell["y"]])
    rates, row = done.records("rates"), done.one()
    ps = [2 * stats.norm.sf(abs(rate["residual"])) for rate in rates]
    assert [rate["p_adjusted"] for rate in rates] == pytest.approx(list(multipletests(ps, method="holm")[1]))
    assert row["cramers_v_low"] < row["cramers_v_corrected"] < row["cramers_v_high"]
    assert row["cramers_v_corrected"] < row["cramers_v"] and row["p_fisher"] is None
    tiny = pd.DataFrame({"x": list("aaaaabbbbb"), "y": list("uuuuvuvvvv")})
    ways = [math.comb(5, k) * math.comb(5, 5 - k) / math.comb(10, 5) for k in range(6)]
    expected = sum(way for way in ways if way <= ways[4] * (1 + 1e-9))
    assert run("chi_square", tiny, x="x", y="y").one()["p_fisher"] == pytest.approx(expected)


def test_many_correlations_are_corrected_and_one_that_extremes_carry_is_told(run: Run) -> None:
    frame = FRAME.assign(noise=RNG.normal(size=N))
    rows = run("correlation", frame, columns=["spend", "age", "noise"]).records()
    assert [r["p_adjusted"] for r in rows] == pytest.approx(
        list(multipletests([r["p"] for r in rows], method="fdr_bh")[1])
    )
    a = np.r_[RNG.normal(size=60), 50.0]
    carried = run("correlation", pd.DataFrame({"a": a, "b": np.r_[RNG.normal(size=60), 50.0]}), columns=["a", "b"])
    assert "a few extreme rows drive it" in carried.warnings
    bent = pd.DataFrame({"a": np.linspace(0, 1, 80), "b": np.exp(30 * np.linspace(0, 1, 80))})
    assert "not a straight line" in run("correlation", bent, columns=["a", "b"]).warnings
    assert "rank correlation" not in run("correlation", FRAME, columns=["spend", "age"]).warnings


def test_a_mean_comes_with_its_interval_and_a_share_of_rows_too(run: Run) -> None:
    row = run("describe", FRAME, columns="spend").one()
    assert (row["mean_low"], row["mean_high"]) == pytest.approx(DescrStatsW(FRAME.spend).tconfint_mean())
    counted = run("share", FRAME, by="plan").one(plan="pro")
    n = int((FRAME.plan == "pro").sum())
    assert counted["n"] == n
    assert (counted["share_low"], counted["share_high"]) == pytest.approx(proportion_confint(n, N, method="wilson"))
    assert run("share", FRAME, by="plan", value="spend").one(plan="pro")["share_low"] is None


def test_several_normality_tests_are_corrected(run: Run) -> None:
    rows = run("normality_test", FRAME, columns=["spend", "age"], test="shapiro").records()
    assert [r["p_adjusted"] for r in rows] == pytest.approx(
        list(multipletests([r["p"] for r in rows], method="holm")[1])
    )
