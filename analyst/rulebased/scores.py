"""The fields that a question wants of a model ("@rmse[…]"): which score of its result each of them names."""

from __future__ import annotations

import re
from dataclasses import replace

from analyst.rulebased import sql
from analyst.rulebased.deciding import decision
from analyst.rulebased.drafting import Draft
from analyst.rulebased.formats import NAMED, Wanted, wanted
from analyst.rulebased.steps import Method, query

_SCORES = (
    ("r_pred_actual", r"correlation|pearson"),
    ("rmse", r"rmse|root mean squared? error"),
    ("mse", r"mse|mean squared? error"),
    ("mae", r"mae|mean absolute error"),
    ("adj_r2", r"adj(?:usted)? r.*"),
    ("r2", r"r 2|r square|r squared|rsquared|determination"),
    ("f1_macro", r"f 1"),
    ("accuracy", r"accuracy|score"),
)


def with_fields(draft: Draft, question: str) -> Draft:
    """`draft`, a model's plan, with the step of the fields that the question names; as it is where it names none."""
    models = (step for step in draft.steps if isinstance(step, Method))
    step = next((step for step in models if step.name in ("train_model", "linear_regression")), None)
    if step is None:
        return draft
    parts = [
        f"{value} AS {sql.quoted(wish.name)}"
        for wish in wanted(question)
        if (value := _value(wish, step, question)) is not None
    ]
    return replace(draft, steps=(*draft.steps, query(NAMED, f"SELECT {', '.join(parts)}"))) if parts else draft


def _value(wish: Wanted, step: Method, question: str) -> str | None:
    id, fitted = step.id, step.name == "linear_regression"
    model = step.parameters.get("model", "linear")
    classes = not fitted and (str(model).endswith("_classifier") or model in ("logistic", "svc", "naive_bayes"))
    features = step.columns("features")
    if fitted and "significan" in wish.words and len(wish.inner.split(",")) == len(features):
        return _significant(id, features)
    if wish.options:
        facts = {} if classes else {"r2": f"(SELECT r2 FROM {id})"}
        if fitted:
            facts["p"] = f"(SELECT f_p FROM {id})"
        return decision(wish.options, wish.words, facts, question)
    score = next((n for n, pattern in _SCORES if re.search(rf"(?<= )(?:{pattern})(?= )", wish.words)), None)
    if score == "accuracy" and not classes:
        score = "accuracy_at_0_5" if "accuracy" in wish.words and not fitted else "r2"
    known = ("accuracy", "f1_macro") if classes else ("r2", "adj_r2", "rmse") if fitted else (
        "mse", "rmse", "mae", "r2", "r_pred_actual", "accuracy_at_0_5")  # fmt: skip
    return f"(SELECT {score} FROM {id})" if score in known else None


def _significant(id: str, features: list[str]) -> str:
    """Of each feature in order yes or no, by its p value."""
    each = [
        f"(SELECT CASE WHEN p < 0.05 THEN 'yes' ELSE 'no' END FROM {id}_coef WHERE term = {sql.value(feature)})"
        for feature in features
    ]
    return " || ',' || ".join(each)
