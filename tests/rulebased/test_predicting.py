"""Questions that ask for a model: the plan's scores are those of scikit-learn on the same split."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeRegressor


def scores_of(asked: Any, name: str, question: str) -> dict[str, Any]:
    evidence = asked(name).evidence(question)
    table = next(t for t in evidence.tables if t.method in ("train_model", "linear_regression"))
    return dict(zip(table.columns, table.rows[0], strict=True))


def test_a_linear_regression_is_tested_on_the_share_and_seed_told(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.staff())
    question = (
        "Train a linear regression to predict MonthlySalary from YearsAtCompany and Age. Use 75% of the rows for "
        "training and 25% for testing with a random state of 7, and report the RMSE."
    )
    x, x_test, y, y_test = train_test_split(
        table[["YearsAtCompany", "Age"]], table.MonthlySalary, test_size=0.25, random_state=7
    )
    wanted = mean_squared_error(y_test, LinearRegression().fit(x, y).predict(x_test)) ** 0.5
    assert scores_of(asked, "staff", question)["rmse"] == pytest.approx(wanted)


def test_a_tree_keeps_its_depth(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.logistics())
    question = (
        "Build a decision tree regressor with a maximum depth of 3 that predicts shipping_cost based on weight_kg and "
        "distance_km. Split the data 70:30, seed 11, and evaluate the mean absolute error on the test set."
    )
    x, x_test, y, y_test = train_test_split(
        table[["weight_kg", "distance_km"]], table.shipping_cost, test_size=0.3, random_state=11
    )
    model = DecisionTreeRegressor(max_depth=3, random_state=11).fit(x, y)
    wanted = mean_absolute_error(y_test, model.predict(x_test))
    assert scores_of(asked, "logistics", question)["mae"] == pytest.approx(wanted)


def test_a_logistic_model_may_use_a_column_that_was_made(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.bank())
    question = (
        "Create a new feature called burden by dividing loan_amount by income. Then fit a logistic regression with "
        "defaulted as the target using burden and credit_score as features. Split 80/20 with random_state 3 and report "
        "the accuracy."
    )
    table["burden"] = table.loan_amount / table.income
    x, x_test, y, y_test = train_test_split(
        table[["burden", "credit_score"]], table.defaulted, test_size=0.2, random_state=3
    )
    wanted = accuracy_score(y_test, LogisticRegression(max_iter=1000).fit(x, y).predict(x_test))
    assert scores_of(asked, "bank", question)["accuracy"] == pytest.approx(wanted)


def test_a_fit_without_a_split_is_on_all_rows(asked: Any, domains: Any) -> None:
    table = pd.DataFrame(domains.school())
    question = "Fit a linear regression of math_score on study_hours: what is the R-squared?"
    x, y = table[["study_hours"]], table.math_score
    assert scores_of(asked, "school", question)["r2"] == pytest.approx(LinearRegression().fit(x, y).score(x, y))


def test_an_unnamed_share_and_seed_are_told(asked: Any) -> None:
    plan = asked("staff").plan("Train a random forest to predict Attrition from Age and MonthlySalary, test accuracy?")
    (step,) = (step for step in plan.steps if step.get("method") == "train_model")
    assert step["model"] == "random_forest_classifier"
    assert plan.unanswered is not None
    assert "how many rows to use for testing" in plan.unanswered
    assert "seed" in plan.unanswered


def test_the_fields_asked_for_hold_the_scores(asked: Any) -> None:
    question = (
        "Predict MonthlySalary from YearsAtCompany with linear regression, 20% test size, random state 1. "
        "Answer in this format: @error[MSE], @fit[R2] where both are rounded to two decimals."
    )
    evidence = asked("staff").evidence(question)
    named = next(t for t in evidence.tables if t.id == "named")
    scores = scores_of(asked, "staff", question)
    assert dict(zip(named.columns, named.rows[0], strict=True)) == {"error": scores["mse"], "fit": scores["r2"]}


def test_segments_are_found_by_k_means(asked: Any) -> None:
    plan = asked("bank").plan("Cluster the loans by income and credit_score with k-means into 3 clusters.")
    (step,) = plan.steps
    assert (step["method"], step["features"], step["k"]) == ("segments", ["credit_score", "income"], 3) or step[
        "features"
    ] == ["income", "credit_score"]


def test_a_forecast_is_no_model_to_train(asked: Any) -> None:
    plan = asked("shop").plan("Predict revenue for the next 3 months.")
    assert next(step["method"] for step in plan.steps if "method" in step) == "forecast"
