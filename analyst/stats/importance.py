"""What each feature adds to a model's score on rows that it has not seen (permutation importance)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analyst.stats.associations import Target
from analyst.stats.correlation import ranks
from analyst.stats.sampling import SEED

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, np.dtype[np.float64]]

_TREES, _SHUFFLES, _TEST_ROWS = 60, 4, 3000


@dataclass(frozen=True)
class Importance:
    """A forest's held-out score beside the naive one, and by feature the score lost when it is shuffled."""

    metric: str
    score: float
    baseline: float
    lost: dict[str, float]
    rows: int


def importance(features: pd.DataFrame, target: Target) -> Importance | None:
    """Permutation importance (Breiman 2001, Machine Learning 45; 4 shuffles) in a random forest on a held-out quarter.

    Numbers keep their values (gaps at the training median), categories are coded by their mean target among the
    training rows. Metric: ROC AUC for a two-valued target (baseline 0.5), balanced accuracy for classes (1 / k), r²
    for a number (0). None where there are too few rows or classes to hold some out.
    """
    import numpy as np

    known = target.values.notna()
    features, answers = features[known], target.values[known]
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(answers))
    held = min(_TEST_ROWS, len(order) // 4)
    test, train = order[:held], order[held:]
    if held < 10 or (target.kind != "number" and min(answers.iloc[part].nunique() for part in (train, test)) < 2):
        return None
    codes = _coded_target(answers, target)
    seen, unseen = _coded(features, codes, train, test)
    model = _forest(target.kind).fit(seen, answers.iloc[train].to_numpy())
    actual = answers.iloc[test].to_numpy()
    score = _score(_predicted(model, unseen, target.kind), actual, target.kind)
    lost = {}
    for place, name in enumerate(features.columns):
        shuffled = np.tile(unseen, (_SHUFFLES, 1))
        for part in np.split(shuffled, _SHUFFLES):
            part[:, place] = rng.permutation(part[:, place])
        predicted = np.split(_predicted(model, shuffled, target.kind), _SHUFFLES)
        lost[str(name)] = float(np.mean([score - _score(part, actual, target.kind) for part in predicted]))
    metric, baseline = _METRICS[target.kind]
    naive = 1 / answers.nunique() if baseline is None else baseline
    return Importance(metric, score, naive, lost, len(answers))


_METRICS: dict[str, tuple[str, float | None]] = {
    "outcome": ("roc_auc", 0.5),
    "classes": ("balanced_accuracy", None),
    "number": ("r2", 0.0),
}


def _coded_target(answers: pd.Series[Any], target: Target) -> Array:
    """Numbers to code categories by; for several classes, whether it is the most frequent one."""
    import numpy as np

    coded = answers == answers.mode().iloc[0] if target.kind == "classes" else answers
    numbers: Array = np.asarray(coded, dtype=float)
    return numbers


def _coded(features: pd.DataFrame, codes: Array, train: Any, test: Any) -> tuple[Array, Array]:
    import numpy as np

    parts = []
    for name in features.columns:
        column = features[name]
        if column.dtype.kind in "fiub":
            # Trees hold features as float32.
            numbers = np.clip(column.to_numpy(dtype=float), -3e38, 3e38)
            middle = np.nanmedian(numbers[train]) if not np.isnan(numbers[train]).all() else 0.0
            parts.append(np.where(np.isnan(numbers), middle, numbers))
            continue
        texts = column.fillna("(missing)").astype(str)
        means = _smoothed(texts.iloc[train], codes[train])
        parts.append(texts.map(means).fillna(float(codes[train].mean())).to_numpy(dtype=float))
    whole = np.column_stack(parts)
    return whole[train], whole[test]


def _smoothed(texts: pd.Series[Any], codes: Array) -> dict[Any, float]:
    """The mean code of each text, drawn to the overall mean with the weight of ten rows."""
    import pandas as pd

    overall = float(codes.mean())
    found = pd.Series(codes, index=texts.index).groupby(texts).agg(["sum", "count"])
    means: dict[Any, float] = ((found["sum"] + 10 * overall) / (found["count"] + 10)).to_dict()
    return means


def _forest(kind: str) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    options = {"n_estimators": _TREES, "max_depth": 10, "min_samples_leaf": 5, "random_state": SEED, "max_samples": 0.7}
    if kind == "number":
        return RandomForestRegressor(max_features=0.5, **options)
    return RandomForestClassifier(class_weight="balanced_subsample", **options)


def _predicted(model: Any, features: Array, kind: str) -> Any:
    """What the forest says of each row: a number, a class, or how likely the outcome is. Asked for many rows at once:
    for a few thousand, most of its time goes into calling each of its trees."""
    if kind == "outcome":
        return model.predict_proba(features)[:, list(model.classes_).index(1.0)]
    return model.predict(features)


def _score(predicted: Any, actual: Any, kind: str) -> float:
    if kind == "number":
        gaps = actual - predicted
        spread = float(((actual - actual.mean()) ** 2).sum())
        return 1 - float((gaps**2).sum()) / spread if spread > 0 else 0.0
    if kind == "outcome":
        return roc_auc(actual, predicted)
    recalls = [float((predicted[actual == level] == level).mean()) for level in set(actual)]
    return sum(recalls) / len(recalls)


def roc_auc(actual: Array, scores: Array) -> float:
    """The area under the ROC curve by mid-ranks (Hanley & McNeil 1982): U / (n1 n0)."""
    positive = actual == 1.0
    n = int(positive.sum())
    return float((ranks(scores)[positive].sum() - n * (n + 1) / 2) / (n * (len(actual) - n)))
