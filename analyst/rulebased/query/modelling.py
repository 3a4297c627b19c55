"""Models that a question asks for: what is predicted from what, by which model, and on which rows it is scored."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import is_number, yes_no
from analyst.rulebased.link.tokens import Token, tokenize
from analyst.rulebased.query.cues import statistical_cues
from analyst.rulebased.query.model import Test
from analyst.rulebased.query.phrase import Phrase, scene
from analyst.rulebased.query.preparation import Columns

_MODELS = ("logistic", "random_forest", "decision_tree", "knn", "svc", "naive_bayes", "ridge", "lasso", "linear")
"""The models that a question may name, the more telling first."""
_TWO_KINDS = frozenset(("random_forest", "decision_tree", "knn"))
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "decision_tree": ("max_depth", "min_samples_leaf"), "knn": ("n_neighbors", "k"),
    "random_forest": ("max_depth", "n_estimators", "min_samples_leaf"),
}  # fmt: skip
"""What each model takes, as questions write it before a number."""
_COUNTED = {"tree": "n_estimators", "neighbor": "n_neighbors", "neighbour": "n_neighbors"}
"""What a number counts that stands before such a word: 100 trees."""
_SOLVERS = frozenset(("liblinear", "saga", "newton-cg", "lbfgs"))
_TESTED = frozenset("test testing tested held hold holdout validation".split())
_TRAINED = frozenset("train training trained".split())


def model_of(told: Sequence[str], card: TableCard) -> Test | None:
    """The model that the sentences describe; None where its target or its features are unknown."""
    tokens = tokenize(" ".join(told))
    kinds = {cue.kind for cue in statistical_cues(tokens)}
    kind = next((name for name in _MODELS if f"model {name}" in kinds), None)
    target, features = _roles(told, card)
    if kind is None or target is None or not features:
        return None
    splits = "option split" in kinds
    left_out = "without" in kinds or any(token.word in ("ignore", "ignoring", "ignored") for token in tokens)
    if kind == "linear" and not splits:
        return Test("linear_regression", (target, *features), {})
    sorts = kind in ("logistic", "svc", "naive_bayes") or not is_number(target) or yes_no(target)
    options: dict[str, object] = {
        "model": f"{kind}_{'classifier' if sorts else 'regressor'}" if kind in _TWO_KINDS else kind,
        "test_size": _test_share(tokens) if splits else 0,
        "seed": next(filter(None, (_number(tokens, words) for words in ("random_state", "random_seed", "seed"))), None),
        "missing": "drop" if left_out and "lacking" in kinds else None,
        "class_weight": "balanced" if "option balanced" in kinds and sorts else None,
        "stratify": True if "option stratified" in kinds else None,
        "params": _parameters(tokens, kind) or None,
    }
    return Test("train_model", (target, *features), {name: item for name, item in options.items() if item is not None})


def _number(tokens: Sequence[Token], name: str) -> int | None:
    """The whole number that a name such as `max_depth` leads to, at most three words apart."""
    words = tuple(name.split("_"))
    for at in range(len(tokens)):
        if tuple(token.word for token in tokens[at : at + len(words)]) == words:
            following = tokens[at + len(words) : at + len(words) + 4]
            return next((token.count for token in following if token.number is not None), None)
    return None


def _parameters(tokens: Sequence[Token], kind: str) -> dict[str, object]:
    names = _PARAMETERS.get(kind, ())
    out: dict[str, object] = {name: number for name in names if (number := _number(tokens, name)) is not None}
    for token, following in pairwise(tokens):
        name = _COUNTED.get(following.stem)
        out |= {name: token.count} if name in names and token.number is not None else {}
    if "k" in out:
        out["n_neighbors"] = out.pop("k")
    solver = next((token.word for token in tokens if token.word in _SOLVERS), None)
    return out | ({"solver": solver} if solver and kind == "logistic" else {})


def _test_share(tokens: Sequence[Token]) -> float | None:
    """The share of rows held out for the test: told of the test or of the training, as a fraction, percent or pair."""
    places = [at for at, token in enumerate(tokens) if token.number is not None]
    for place, at in enumerate(places):
        number = tokens[at].number or 0.0
        following = places[place + 1] if place + 1 < len(places) else len(tokens)
        second = tokens[following].number if following in (at + 1, at + 2) and following < len(tokens) else None
        if second and number + second in (10, 100):
            return round(second / (number + second), 6)
        before = {token.word for token in tokens[max(at - 4, places[place - 1] if place else 0) : at]}
        after = [token.word for token in tokens[at + 1 : min(following, at + 8)] if token.word in _TESTED | _TRAINED]
        if 0 < number < 1 and _TESTED & before:
            return number
        if "%" not in tokens[at].raw and tokens[at + 1 : at + 2] and tokens[at + 1].word not in ("percent", "%"):
            continue
        named = set(after[:1]) or before
        if (_TESTED | _TRAINED) & named:
            return round(number / 100 if _TESTED & named else 1 - number / 100, 6)
    return None


def _roles(told: Sequence[str], card: TableCard) -> tuple[ColumnCard | None, Columns]:
    """What is predicted, and from what: the first clause that tells each."""
    target: ColumnCard | None = None
    features: dict[str, ColumnCard] = {}
    for sentence in told:
        phrase = Phrase(sentence, scene(sentence, card))
        found = _in(phrase)
        if found is None:
            continue
        target = target or found[0]
        if not features:
            features = {c.name: c for c in found[1] if target is None or c.name != target.name}
    if target is not None:
        features.pop(target.name, None)
    return target, tuple(features.values())


def _in(phrase: Phrase) -> tuple[ColumnCard | None, Columns] | None:
    """The target and the features that one sentence tells."""
    placed, target, last = phrase.placed(), None, 0
    verbs, nouns = phrase.cues_at("role predict"), phrase.cues_at("role target")
    if verbs or nouns:
        verb = min((*verbs, *nouns))
        before = [(at, c) for at, c in placed if at < verb][-1:]
        beside = before if verb in nouns and before and " as " in phrase.text[before[0][0] : verb] else []
        chosen = beside or [(at, c) for at, c in placed if at > verb]
        last, target = chosen[0] if chosen else (0, None)
    listed = phrase.cues_at("role feature")
    leads = [at for at in sorted((*listed, *phrase.cues_at("role using"))) if at > last and target is not None]
    if not (leads or listed):
        return (target, ()) if target is not None else None
    first = leads[0] if leads else 0
    return target, tuple(c for at, c in placed if at >= first and (target is None or c.name != target.name))
