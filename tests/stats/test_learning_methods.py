from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

from analyst.core.errors import PlanError
from analyst.stats.importance import roc_auc
from analyst.stats.registry import METHODS
from tests.stats.conftest import Run

RNG = np.random.default_rng(11)
N = 600
FRAME = pd.DataFrame({
    "_row": range(N), "customer_id": RNG.permutation(N) + 1, "plan": RNG.choice(["basic", "pro", "max"], N),
    "tenure": RNG.integers(0, 60, N).astype(float), "noise": RNG.normal(size=N), "note": [f"text {i}" for i in range(N)],
})  # fmt: skip
RISK = 0.75 - 0.012 * FRAME.tenure + 0.2 * (FRAME.plan == "basic")
FRAME["churned"] = np.where(RNG.random(N) < RISK, "yes", "no")
FRAME["spend"] = 20 + 2 * FRAME.tenure + RNG.normal(0, 5, N)


def test_drivers_find_the_planted_causes_their_way_and_no_noise(run: Run) -> None:
    done = run("drivers", FRAME, target="churned", features=["tenure", "plan", "noise"])
    rows = {r["feature"]: r for r in done.records()}
    assert list(rows)[:2] == ["tenure", "plan"] and rows["tenure"]["direction"] == "negative"
    assert rows["tenure"]["highest_at"] is rows["tenure"]["lowest_at"] is rows["plan"]["direction"] is None
    assert rows["plan"]["highest_at"] == "basic" and rows["plan"]["lowest_at"] in ("pro", "max")
    assert rows["tenure"]["association"] == pytest.approx(abs(np.corrcoef(FRAME.tenure, FRAME.churned == "yes")[0, 1]))
    assert rows["noise"]["p_adjusted"] > 0.05 > rows["tenure"]["p_adjusted"]
    assert rows["tenure"]["importance"] > 0.05 > abs(rows["noise"]["importance"])
    model = done.one("model")
    assert model["metric"] == "roc_auc" and model["score"] > 0.65 and model["target_level"] == "yes"


def test_star_leaves_out_identifiers_free_text_and_the_place_of_the_row(run: Run) -> None:
    done = run("drivers", FRAME, target="churned")
    assert {r["feature"] for r in done.records()} == {"tenure", "plan", "noise", "spend"}
    assert "an identifier): 'customer_id'" in done.warnings and "'note'" in done.warnings


def test_a_feature_that_gives_the_target_away_is_named(run: Run) -> None:
    done = run("drivers", FRAME.assign(cancelled=FRAME.churned), target="churned", features=["tenure", "cancelled"])
    assert "'cancelled' predicts 'churned' perfectly" in done.warnings


@pytest.mark.parametrize("target", ["spend", "plan"])
def test_drivers_of_a_number_and_of_classes(run: Run, target: str) -> None:
    done = run("drivers", FRAME, target=target, features=["tenure", "noise"])
    model = done.one("model")
    assert model["metric"] == {"spend": "r2", "plan": "balanced_accuracy"}[target]
    assert model["baseline"] == pytest.approx({"spend": 0, "plan": 1 / 3}[target])
    assert (model["score"] > 0.9) == (target == "spend")


def test_a_target_that_nothing_can_explain_is_refused(run: Run) -> None:
    with pytest.raises(PlanError, match="only one value"):
        run("drivers", FRAME.assign(churned="no"), target="churned", features=["tenure"])
    with pytest.raises(PlanError, match=r'600 values.*num\("note"\)'):
        run("drivers", FRAME, target="note", features=["tenure"])


def test_the_area_under_the_curve_equals_sklearn_with_ties() -> None:
    actual, scores = (RNG.random(200) < 0.3).astype(float), RNG.integers(0, 9, 200).astype(float)
    assert roc_auc(actual, scores) == pytest.approx(roc_auc_score(actual, scores))


def test_logistic_scores_equal_the_same_work_in_sklearn(run: Run) -> None:
    design = pd.get_dummies(FRAME[["tenure", "plan"]], dtype=float)
    x, x_test, y, y_test = train_test_split(design, FRAME.churned, test_size=0.3, random_state=5)
    expected = LogisticRegression(max_iter=1000, random_state=5).fit(x, y)
    done = run("train_model", FRAME.sample(frac=1, random_state=1), model="logistic", target="churned",
               features=["tenure", "plan"], test_size=0.3, seed=5)  # fmt: skip
    assert done.one()["accuracy"] == pytest.approx(expected.score(x_test, y_test))
    assert [r["actual"] for r in done.records("pred")] == list(y_test)
    assert done.one("coef", term="tenure")["coef"] == pytest.approx(expected.coef_[0][0], rel=1e-6)


def test_linear_keeps_features_of_small_scale(run: Run) -> None:
    frame = FRAME.assign(tiny=FRAME.tenure * 1e-10, big=FRAME.noise * 1e10)
    done = run("train_model", frame, model="linear", target="spend", features=["tiny", "big"])
    assert done.one()["r2"] > 0.9
    assert done.one("coef", term="tiny")["coef"] == pytest.approx(2e10, rel=0.05)


def test_a_tree_takes_its_options_and_gaps_both_ways(run: Run) -> None:
    frame = FRAME.assign(tenure=FRAME.tenure.where(FRAME._row % 9 > 0))
    done = run("train_model", frame, model="decision_tree_regressor", target="spend", features=["tenure"], missing="drop",
               params={"max_depth": 3})  # fmt: skip
    whole = frame.dropna()
    x, x_test, y, y_test = train_test_split(whole[["tenure"]], whole.spend, test_size=0.2, random_state=42)
    expected = DecisionTreeRegressor(max_depth=3, random_state=42).fit(x, y).predict(x_test)
    assert done.one()["mse"] == pytest.approx(((expected - y_test) ** 2).mean())
    assert done.one("alt")["n_train"] == 480 and done.one()["n_train"] == len(x)


@pytest.mark.parametrize("model", ["ridge", "lasso", "svc", "naive_bayes", "knn_classifier", "random_forest_regressor"])
def test_every_family_of_models_runs(run: Run, model: str) -> None:
    target = "spend" if model in ("ridge", "lasso", "random_forest_regressor") else "churned"
    score = run("train_model", FRAME, model=model, target=target, features=["tenure", "plan"]).one()
    assert score["r2"] > 0.8 if target == "spend" else score["balanced_accuracy"] > 0.55


def _problems(params: dict[str, Any]) -> str:
    method = METHODS["train_model"]
    wanted = method.parameters.model_validate({"model": "ridge", "target": "spend", "features": ["tenure"]} | params)
    return " ".join(method.check(wanted, {"spend": "DOUBLE", "tenure": "DOUBLE"}, None))


def test_options_beyond_the_allow_list_are_refused_before_execution() -> None:
    assert "has no option 'n_jobs'" in _problems({"params": {"n_jobs": 4}})
    assert "must be one number" in _problems({"params": {"alpha": ["os.system"]}})
    assert "from 1 to 500" in _problems({"model": "random_forest_regressor", "params": {"n_estimators": 10**6}})
    assert "among the features" in _problems({"features": ["spend", "tenure"]})
    assert _problems({"params": {"alpha": 0.5}}) == ""


def test_gaps_are_filled_by_mean_mode_and_neighbours(run: Run) -> None:
    frame = FRAME.assign(spend=FRAME.spend.where(FRAME._row % 7 > 0), plan=FRAME.plan.where(FRAME._row % 5 > 0))
    known = frame.dropna(subset=["spend"])
    done = run("impute", frame, column="spend", strategy="mean")
    filled = pd.DataFrame(done.records("rows"))
    assert done.one()["n_filled"] == frame.spend.isna().sum()
    assert list(filled.spend) == pytest.approx(list(frame.spend.fillna(known.spend.mean())))
    done = run("impute", frame, column="spend", strategy="knn_regressor", features=["tenure"], k=3)
    near = KNeighborsRegressor(3).fit(known[["tenure"]], known.spend).predict(frame[frame.spend.isna()][["tenure"]])
    rows = pd.DataFrame(done.records("rows"))
    assert list(rows[frame.spend.isna()].spend) == pytest.approx(list(near))
    assert list(rows._row) == list(range(N))
    mode = run("impute", frame, column="plan", strategy="mode")
    assert mode.one()["fill"] == frame.plan.mode()[0]
    near_text = run("impute", frame, column="plan", strategy="knn_classifier", features=["tenure", "noise"])
    assert pd.DataFrame(near_text.records("rows")).plan.notna().all()


def test_a_column_without_values_can_not_be_filled(run: Run) -> None:
    with pytest.raises(PlanError, match="no values at all"):
        run("impute", "SELECT NULL::DOUBLE AS v FROM range(4)", column="v", strategy="mean")
