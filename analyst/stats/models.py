"""The models that train_model knows: how each is built and which of scikit-learn's options a plan may set."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

_TREE = ("max_depth", "min_samples_split", "min_samples_leaf", "max_features", "criterion", "max_leaf_nodes")
_LOGISTIC = ("C", "solver", "max_iter", "penalty", "l1_ratio", "tol", "fit_intercept")
OPTIONS: dict[str, tuple[str, ...]] = {
    "linear": ("fit_intercept", "positive"),
    "ridge": ("alpha", "fit_intercept", "solver", "max_iter", "tol"),
    "lasso": ("alpha", "fit_intercept", "max_iter", "tol", "selection"),
    "logistic": _LOGISTIC,
    "decision_tree_classifier": (*_TREE, "splitter"),
    "decision_tree_regressor": (*_TREE, "splitter"),
    "random_forest_classifier": (*_TREE, "n_estimators", "bootstrap", "oob_score"),
    "random_forest_regressor": (*_TREE, "n_estimators", "bootstrap", "oob_score"),
    "knn_classifier": ("n_neighbors", "weights", "p", "metric"),
    "knn_regressor": ("n_neighbors", "weights", "p", "metric"),
    "svc": ("C", "kernel", "gamma", "degree", "max_iter", "tol"),
    "naive_bayes": ("var_smoothing",),
}
"""Every model with the options that `params` may hold; all of them are scalars."""
LIMITS = {"n_estimators": 500, "max_iter": 20_000, "n_neighbors": 1000, "degree": 6}
"""The largest value of options that cost time."""
CLASSIFIERS = ("logistic", "svc", "naive_bayes", "decision_tree_classifier", "random_forest_classifier",
               "knn_classifier")  # fmt: skip


def option_problems(model: str, params: Mapping[str, Any]) -> list[str]:
    """Problems with `params` for `model`."""
    allowed = OPTIONS[model]
    problems = []
    for name, value in params.items():
        if name not in allowed:
            problems.append(f"train_model: {model} has no option {name!r}; its options are {', '.join(allowed)}")
        elif not (value is None or isinstance(value, (bool, int, float, str))):
            problems.append(f"train_model: option {name} is {value!r}; it must be one number, text or true/false")
        elif name in LIMITS and (not isinstance(value, int) or not 1 <= value <= LIMITS[name]):
            problems.append(
                f"train_model: option {name} is {value!r}; it must be a whole number from 1 to {LIMITS[name]}"
            )
    return problems


def build(model: str, seed: int, class_weight: str | None, params: Mapping[str, Any]) -> Any:
    """The scikit-learn estimator of `model`; options that it does not have in this version are left out."""
    kind = _estimator(model)
    defaults: dict[str, Any] = {"random_state": seed, "class_weight": class_weight}
    if model == "logistic":
        defaults["max_iter"] = 1000
    if model == "linear":
        # Since 1.9 the default tol=1e-6 is a rank cut-off that silently drops features of small scale.
        defaults["tol"] = 1e-14
    known = inspect.signature(kind).parameters
    return kind(**{name: value for name, value in (defaults | dict(params)).items() if name in known})


def _estimator(model: str) -> Any:
    family, _, sort = model.rpartition("_")
    if model in ("linear", "ridge", "lasso", "logistic"):
        from sklearn import linear_model

        names = {"linear": "LinearRegression", "logistic": "LogisticRegression"}
        return getattr(linear_model, names.get(model, model.capitalize()))
    if model == "svc":
        from sklearn.svm import SVC

        return SVC
    if model == "naive_bayes":
        from sklearn.naive_bayes import GaussianNB

        return GaussianNB
    if family == "decision_tree":
        from sklearn import tree as module
    elif family == "random_forest":
        from sklearn import ensemble as module
    else:
        from sklearn import neighbors as module
    stem = {"decision_tree": "DecisionTree", "random_forest": "RandomForest", "knn": "KNeighbors"}[family]
    return getattr(module, stem + sort.capitalize())
