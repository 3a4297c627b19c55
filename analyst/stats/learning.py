"""train_model: a scikit-learn model fitted on one part of the rows and scored on the other."""

from __future__ import annotations

import math
import warnings as python_warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from analyst.core.errors import PlanError
from analyst.protocol.facts import measuring
from analyst.protocol.table import TableProfile
from analyst.stats.columns import number, number_problems
from analyst.stats.design import cell_terms, feature_names, feature_problems, identifier_warnings, model_frame, one_hot
from analyst.stats.method import Columns, Method, Result, Schema, Source, is_numeric, refuse
from analyst.stats.models import CLASSIFIERS, build, option_problems
from analyst.stats.parameters import MODEL_SYNONYMS, Explaining
from analyst.stats.proportions import wilson
from analyst.stats.relations import keep_frame
from analyst.stats.results import Fields, formats, table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_CLASSIFIED = ("accuracy", "f1_macro", "balanced_accuracy", "baseline", "accuracy_low", "accuracy_high")
_REGRESSED = ("mse", "rmse", "mae", "r2", "r_pred_actual", "accuracy_at_0_5", "baseline_rmse", "r2_low", "r2_high")
_RESAMPLES = 400
_COEFFICIENTS: Fields = (("term", "VARCHAR"), ("coef", "DOUBLE"))
_MAX_ROWS = 100_000
_FEWER_ROWS = {"svc": 10_000, "random_forest_classifier": 40_000, "random_forest_regressor": 40_000}
"""Models that would take long on more."""


class TrainParameters(Explaining):
    """The model, what it predicts from what, and how it is tested."""

    model: Literal["linear", "ridge", "lasso", "logistic", "decision_tree_classifier", "decision_tree_regressor",
                   "random_forest_classifier", "random_forest_regressor", "knn_classifier", "knn_regressor", "svc",
                   "naive_bayes"]  # fmt: skip
    test_size: float = Field(0.2, ge=0, lt=1)
    seed: int = Field(42, ge=0, lt=2**32)
    missing: Literal["mean", "median", "drop"] = "mean"
    standardize: bool = False
    stratify: bool = False
    class_weight: Literal["balanced"] | None = None
    params: dict[str, Any] = Field(default_factory=dict)


def run(source: Source, wanted: TrainParameters) -> list[Result]:
    """Scores on the held-out rows (on all rows for test_size 0), predictions, coefficients, and the other convention.

    Rows keep their order before the split (sklearn.model_selection.train_test_split), rows without a target are
    dropped, text is one-hot (all levels), numeric gaps get the training rows' mean or median; `<id>_alt` has the
    scores when rows with gaps are dropped instead (or filled, when `missing` is drop). Scores as in sklearn.metrics;
    baseline is the accuracy of always naming the training rows' most frequent class; accuracy_at_0_5 rounds the
    prediction of a 0/1 target at 0.5; r_pred_actual is Pearson's r. baseline_rmse is that of always naming the training
    mean. Intervals (95 %): Wilson's of the accuracy; of r2 by resampling the test rows (Efron & Tibshirani 1993,
    ch. 13).
    """
    features = feature_names(wanted.features, wanted.target, source.columns)
    limit = _FEWER_ROWS.get(wanted.model, _MAX_ROWS)
    frame, warnings = model_frame(source, wanted.target, features, limit)
    _prepare_target(source, frame, wanted)
    fitted = _train(frame, features, wanted, wanted.missing)
    other: Literal["drop", "mean"] = "mean" if wanted.missing == "drop" else "drop"
    scores = _fields(wanted)
    alternative = _alternative(frame, features, wanted, other, fitted)
    warnings += fitted.warnings + identifier_warnings(source, features)
    percents = ("accuracy", "balanced_accuracy", "baseline", "accuracy_at_0_5", "accuracy_low", "accuracy_high")
    shown = {"n_train": "integer", "n_test": "integer"} | dict.fromkeys(percents, "percent")
    spelt = f"{wanted.model} for {wanted.target} from {', '.join(features)}"
    pred = _prediction_fields(wanted, source.columns)
    return [
        table(scores, [fitted.row], formats=formats(scores, shown), warnings=tuple(warnings),
              facts=measuring("", wanted.target),
              what=("held-out scores of " if wanted.test_size else "scores on the training rows of ") + spelt),
        Result(columns=tuple(n for n, _ in pred), types=tuple(t for _, t in pred), rows=(), suffix="pred",
               audience="detail", raw=True, relation=keep_frame(source, fitted.predictions, pred),
               row_count=len(fitted.predictions), what=f"actual and predicted {wanted.target}"),
        table(_COEFFICIENTS, fitted.terms, suffix="coef", key=("term",),
              withheld={"term": cell_terms(source, [name for name, _ in fitted.terms], features)},
              what=f"coefficients of {spelt} (importances of a tree or forest), largest first"),
        table(scores, [alternative], suffix="alt", audience="detail", formats=formats(scores, shown),
              what=f"scores when missing values are handled the other way ({other})"),
    ]  # fmt: skip


@dataclass(frozen=True)
class Trained:
    """A fitted model's scores, predictions and terms."""

    row: tuple[Any, ...]
    predictions: pd.DataFrame
    terms: list[tuple[str, float]]
    gaps: bool
    warnings: list[str]


def _prepare_target(source: Source, frame: pd.DataFrame, wanted: TrainParameters) -> None:
    """Numbers for a regressor; class labels (whole numbers as such) for a classifier."""
    column = frame[wanted.target]
    if wanted.model in CLASSIFIERS:
        if column.dtype.kind == "f":
            if (column != column.round()).any() or column.nunique() > 50:
                raise refuse(
                    f"train_model: {wanted.target!r} has {column.nunique()} numeric values, which are not classes: "
                    "use a regressor, or make classes in an SQL step"
                )
            frame[wanted.target] = column.astype("int64")
        if column.nunique() < 2:
            raise refuse(f"train_model: {wanted.target!r} has only one value: there is nothing to predict")
    elif column.dtype.kind not in "fiub":
        yes = number(source, wanted.target).yes
        frame[wanted.target] = (column.str.strip().str.lower() == yes).astype(float)


def _train(frame: pd.DataFrame, features: Sequence[str], wanted: TrainParameters, missing: str) -> Trained:
    import numpy as np
    import pandas as pd

    warnings: list[str] = []
    gaps = bool(frame[list(features)].isna().any(axis=None))
    if missing == "drop":
        frame = frame.dropna()
    if len(frame) < 5:
        raise refuse(f"train_model: too few usable rows ({len(frame)}): fill missing values or name other features")
    design, target = one_hot(frame, features), frame[wanted.target]
    (x, x_test), (y, y_test) = _split(design, target, wanted)
    x, x_test = _filled(x, x_test, "median" if missing == "median" else "mean")
    scales = None
    if wanted.standardize or wanted.model == "linear":
        scales = (x.mean(), x.std(ddof=0).replace(0, 1.0))
        x, x_test = (x - scales[0]) / scales[1], (x_test - scales[0]) / scales[1]
    estimator = build(wanted.model, wanted.seed, wanted.class_weight, wanted.params)
    predicted = _fit(estimator, x, y, x_test, warnings)
    sorts = wanted.model in CLASSIFIERS
    with np.errstate(all="ignore"):  # what overflows is no number, and shown as none
        score = _classification(y, y_test, predicted) if sorts else _regression(y, y_test, predicted, wanted.seed)
    warnings += _doubts(score, y, sorts=sorts, held_out=bool(wanted.test_size))
    if not wanted.test_size:
        warnings.append("scored on the training rows: scores on held-out rows would be lower")
    if len(y_test) < 30:
        warnings.append(f"only {len(y_test)} test rows, so the scores are rough")
    undo = scales[1] if scales is not None and not wanted.standardize else None
    predictions = pd.DataFrame({"actual": y_test.to_numpy(), "predicted": predicted})
    row = (*score, len(y), len(y_test))
    return Trained(row, predictions, _terms(estimator, list(design.columns), undo), gaps, warnings)


def _split(design: pd.DataFrame, target: pd.Series[Any], wanted: TrainParameters) -> Any:
    if not wanted.test_size:
        return (design, design), (target, target)
    from sklearn.model_selection import train_test_split

    try:
        x, x_test, y, y_test = train_test_split(
            design, target, test_size=wanted.test_size, random_state=wanted.seed,
            stratify=target if wanted.stratify else None,
        )  # fmt: skip
    except ValueError as error:
        raise refuse(f"train_model: the rows can't be split: {error}") from error
    return (x, x_test), (y, y_test)


def _filled(train: pd.DataFrame, test: pd.DataFrame, how: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    fill = (train.median() if how == "median" else train.mean()).fillna(0.0)
    return train.fillna(fill), test.fillna(fill)


def _fit(estimator: Any, x: Any, y: Any, x_test: Any, warnings: list[str]) -> np.ndarray[Any, Any]:
    with python_warnings.catch_warnings(record=True) as caught:
        python_warnings.simplefilter("always")
        try:
            estimator.fit(x, y)
            predicted: np.ndarray[Any, Any] = estimator.predict(x_test)
        except (ValueError, TypeError) as error:
            raise refuse(f"train_model: scikit-learn rejected it: {str(error).splitlines()[0]}") from error
    if any("converge" in str(item.message) for item in caught):
        warnings.append("the fit did not converge: use standardize, or raise max_iter in params")
    return predicted


def _classification(y: Any, actual: Any, predicted: Any) -> tuple[float, ...]:
    from sklearn.metrics import accuracy_score, f1_score

    accuracy = float(accuracy_score(actual, predicted))
    recalls = [float((predicted[(actual == level).to_numpy()] == level).mean()) for level in actual.unique()]
    baseline = float((actual == y.mode().iloc[0]).mean())
    low, high = wilson(accuracy * len(actual), len(actual))
    return (accuracy, float(f1_score(actual, predicted, average="macro")), math.fsum(recalls) / len(recalls), baseline,
            low or 0.0, 1.0 if high is None else high)  # fmt: skip


def _regression(trained: Any, actual: Any, predicted: Any, seed: int) -> tuple[float | None, ...]:
    import numpy as np

    y, gaps = actual.to_numpy(dtype=float), actual.to_numpy(dtype=float) - predicted
    mse, spread = float((gaps**2).mean()), float(((y - y.mean()) ** 2).mean())
    r2 = 1 - mse / spread if spread > 0 else None
    moving = spread > 0 and float(np.ptp(predicted)) > 0
    r = float(np.corrcoef(y, predicted)[0, 1]) if moving else None
    binary = set(np.unique(y)) <= {0.0, 1.0}
    hits = float(((predicted >= 0.5) == (y >= 0.5)).mean()) if binary else None
    naive = math.sqrt(float(((y - float(trained.mean())) ** 2).mean()))
    low, high = _resampled_r2(y, gaps, seed) if r2 is not None and len(y) >= 10 else (None, None)
    return mse, math.sqrt(mse), float(np.abs(gaps).mean()), r2, r, hits, naive, low, high


def _resampled_r2(actual: Any, gaps: Any, seed: int) -> tuple[float | None, float | None]:
    import numpy as np

    rng = np.random.default_rng(seed)
    found = []
    for _ in range(_RESAMPLES):
        rows = rng.integers(0, len(actual), len(actual))
        spread = float(actual[rows].var())
        found.append(1 - float((gaps[rows] ** 2).mean()) / spread if spread > 0 else np.nan)
    if not np.isfinite(found).any():
        return None, None
    low, high = np.nanquantile(found, [0.025, 0.975])
    return float(low), float(high)


def _doubts(score: Sequence[float | None], trained: Any, *, sorts: bool, held_out: bool) -> list[str]:
    """What speaks against the score: it gives too much, or no more than the naive guess."""
    good, naive = (score[0], score[3]) if sorts else (score[3], 0.0)
    warnings = []
    if good is not None and good > 0.999 and held_out:
        warnings.append("the score is (almost) perfect: a feature may be computed from the target (leakage)")
    if good is not None and naive is not None and good <= naive + 0.01:
        warnings.append("the model is no better than the naive guess")
    if sorts and float(trained.value_counts(normalize=True).iloc[0]) > 0.9:
        warnings.append("over 90% of the rows have one class: judge by balanced_accuracy and f1_macro")
    return warnings


def _terms(estimator: Any, names: list[str], scale: Any) -> list[tuple[str, float]]:
    import numpy as np

    if hasattr(estimator, "coef_") and not hasattr(estimator, "support_vectors_"):
        matrix = np.atleast_2d(np.asarray(estimator.coef_, float))
        if scale is not None:
            matrix = matrix / scale.to_numpy()
        several = matrix.shape[0] > 1
        labels = [f" [{level}]" if several else "" for level in (estimator.classes_ if several else [""])]
        terms = [
            (n + label, float(c))
            for label, row in zip(labels, matrix, strict=True)
            for n, c in zip(names, row, strict=True)
        ]
    elif hasattr(estimator, "feature_importances_"):
        terms = [(name, float(value)) for name, value in zip(names, estimator.feature_importances_, strict=True)]
    else:
        terms = []
    return sorted(terms, key=lambda term: -abs(term[1]))


def _alternative(
    frame: pd.DataFrame, features: Sequence[str], wanted: TrainParameters, other: str, fitted: Trained
) -> tuple[Any, ...]:
    if not fitted.gaps:
        return fitted.row
    try:
        return _train(frame, features, wanted, other).row
    except PlanError:
        return (None,) * len(fitted.row)


def _fields(wanted: TrainParameters) -> Fields:
    names = _CLASSIFIED if wanted.model in CLASSIFIERS else _REGRESSED
    return (*((name, "DOUBLE") for name in names), ("n_train", "BIGINT"), ("n_test", "BIGINT"))


def _prediction_fields(wanted: TrainParameters, columns: Columns) -> list[tuple[str, str]]:
    kind = columns.get(wanted.target, "VARCHAR")
    numeric = wanted.model not in CLASSIFIERS or is_numeric(kind) or kind == "BOOLEAN"
    return [(name, "DOUBLE" if numeric else "VARCHAR") for name in ("actual", "predicted")]


def _schema(wanted: TrainParameters, columns: Columns) -> Schema:
    return {"": list(_fields(wanted)), "pred": _prediction_fields(wanted, columns), "coef": list(_COEFFICIENTS),
            "alt": list(_fields(wanted))}  # fmt: skip


def _check(wanted: TrainParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    problems = feature_problems(wanted.features, wanted.target, columns, "train_model")
    if wanted.model not in CLASSIFIERS:
        problems += number_problems([wanted.target], columns, profile)
    params: Mapping[str, Any] = wanted.params
    return problems + option_problems(wanted.model, params)


TRAIN = Method(
    name="train_model",
    parameters=TrainParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("target", "features"),
    synonyms=MODEL_SYNONYMS | {"label": "target",
              "random_state": "seed", "algorithm": "model", "type": "model", "normalize": "standardize",
              "hyperparameters": "params", "split": "test_size"},
    values={"model": {"linear_regression": "linear", "logistic_regression": "logistic",
                      "random_forest": "random_forest_classifier", "decision_tree": "decision_tree_classifier",
                      "knn": "knn_classifier", "svm": "svc", "gaussian_nb": "naive_bayes"}},
    aliases=("train", "fit_model", "machine_learning"),
    signature=(
        "train_model(model=linear|ridge|lasso|logistic|decision_tree_*|random_forest_*|knn_*|svc|naive_bayes "
        "(* = classifier or regressor),target,features,[test_size=0.2],[seed=42],[missing=mean|median|drop],"
        '[standardize],[stratify],[class_weight="balanced"],[params={scikit-learn options}]) -> accuracy,f1_macro,'
        "baseline | mse,rmse,mae,r2,r_pred_actual,accuracy_at_0_5 (accuracy and r2 are ~); _pred: actual,predicted; "
        "_coef: term,coef. Text features are one-hot encoded."
    ),
)  # fmt: skip
