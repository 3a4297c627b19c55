"""Models that a question asks for: what is predicted from what, by which model, and on which rows it is scored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import is_number, yes_no
from analyst.rulebased.query.clauses import scene
from analyst.rulebased.query.model import Test
from analyst.rulebased.query.phrase import Phrase
from analyst.rulebased.query.preparation import Columns

_MODELS: tuple[tuple[str, str], ...] = (
    (r"logistic", "logistic"), (r"random forest", "random_forest"), (r"decision tree|regression tree", "decision_tree"),
    (r"k[- ]?nearest|\bknn\b", "knn"), (r"support vector|\bsvm\b|\bsvc\b", "svc"), (r"naive bayes", "naive_bayes"),
    (r"ridge", "ridge"), (r"lasso", "lasso"),
    (r"linear (?:regression|model)|least squares|\bols\b|regress", "linear"),
)  # fmt: skip
_TWO_KINDS = frozenset(("random_forest", "decision_tree", "knn"))
_SHARES = (
    r"(\d{1,2})\s*%?\s*[:/]\s*(\d{1,2})\s*%?", r"(\d{1,2})\s*%[^.]{0,60}?(?:and|,)[^.]{0,40}?(\d{1,2})\s*%",
)  # fmt: skip
_TEST_SHARE = (
    r"test[_ ]size\D{0,10}(0?\.\d+)", r"(\d{1,2})\s*%[^.%\d]{0,30}?\b(?:test|held|hold|validation)",
    r"(?:test\w*|held out|hold-?out)\b[^.%\d]{0,25}?(\d{1,2})\s*%",
)  # fmt: skip
_TRAIN_SHARE = (r"(\d{1,2})\s*%[^.%\d]{0,40}?\btrain", r"train\w*[^.%\d]{0,25}?(\d{1,2})\s*%")
_SEED = re.compile(r"(?:random[ _]?(?:state|seed)|seed)\D{0,25}?(\d+)", re.IGNORECASE)
_SPLIT = re.compile(r"\bsplit|test(?:ing)? (?:set|data)|train(?:ing)?[ -]test|held[- ]out|hold[- ]?out", re.IGNORECASE)
_TARGET = re.compile(
    r"\bpredict(?:s|ed|ing)?\b(?: (?:whether|if))?|\bexplain(?:s|ing)?\b|\bestimat(?:e|ing)\b|\bclassify(?:ing)?\b|"
    r"\btarget\b|\bdependent\b|\boutcome\b|\boutput\b|\bresponse\b|\bregress(?:ing|ion of)?\b",
    re.IGNORECASE,
)
_FEATURES = re.compile(
    r"\bbased on\b|\busing\b|\bfrom\b|\bfeatures?\b|\bpredictors?\b|\bindependent\b|\bexplanatory\b|\bon\b|"
    r"\bwith\b|\bby\b|\bagainst\b",
    re.IGNORECASE,
)
_PARAMETER = re.compile(
    r"\b(max[_ ]depth|n[_ ]estimators|n[_ ]neighbors|min[_ ]samples[_ ]leaf)\b\D{0,12}?(\d+)|"
    r"(?<!\w)(\d+) (trees|neighbou?rs)\b|"
    r"\b(k)\s*=\s*(\d+)|(liblinear|saga|newton-cg|lbfgs)",
    re.IGNORECASE,
)
_NAMES = {"trees": "n_estimators", "neighbors": "n_neighbors", "neighbours": "n_neighbors", "k": "n_neighbors"}
_ACCEPTED: Mapping[str, frozenset[str]] = {
    "decision_tree": frozenset(("max_depth", "min_samples_leaf")),
    "random_forest": frozenset(("max_depth", "n_estimators", "min_samples_leaf")), "knn": frozenset(("n_neighbors",)),
    "logistic": frozenset(("solver",)),
}  # fmt: skip


def model_of(told: Sequence[str], card: TableCard) -> Test | None:
    """The model that the sentences describe; None where its target or its features are unknown."""
    text = " ".join(told)
    kind = next((name for words, name in _MODELS if re.search(words, text, re.IGNORECASE)), None)
    target, features = _roles(told, card)
    if kind is None or target is None or not features:
        return None
    if kind == "linear" and not _SPLIT.search(text):
        return Test("linear_regression", (target, *features), {})
    sorts = kind in ("logistic", "svc", "naive_bayes") or not is_number(target) or yes_no(target)
    model = f"{kind}_{'classifier' if sorts else 'regressor'}" if kind in _TWO_KINDS else kind
    options: dict[str, object] = {"model": model}
    share = _test_share(text)
    options |= (
        {"test_size": share} if _SPLIT.search(text) and share else {} if _SPLIT.search(text) else {"test_size": 0}
    )
    seed = _SEED.search(text)
    options |= {"seed": int(seed[1])} if seed else {}
    options |= (
        {"missing": "drop"}
        if re.search(r"(?:drop|ignor|remov|exclud|without)\w*[^.]{0,40}(?:missing|null|nan)", text, re.I)
        else {}
    )
    options |= {"class_weight": "balanced"} if re.search(r"\bbalanc", text, re.I) and sorts else {}
    options |= {"stratify": True} if re.search(r"\bstratif", text, re.I) else {}
    params = _parameters(text, kind)
    return Test("train_model", (target, *features), options | ({"params": params} if params else {}))


def _parameters(text: str, kind: str) -> dict[str, object]:
    out: dict[str, object] = {}
    for match in _PARAMETER.finditer(text):
        name, value, count, noun, letter, number, solver = match.groups()
        if solver:
            found, told = "solver", solver.casefold()
            out |= {found: told} if found in _ACCEPTED.get(kind, ()) else {}
            continue
        found = (name or noun or letter).casefold().replace(" ", "_")
        found = _NAMES.get(found, found)
        out |= {found: int(value or count or number)} if found in _ACCEPTED.get(kind, ()) else {}
    return out


def _test_share(text: str) -> float | None:
    """The share of rows held out for the test."""
    for pattern in _TEST_SHARE:
        if found := re.search(pattern, text, re.IGNORECASE):
            return float(found[1]) if "." in found[1] else int(found[1]) / 100
    for pattern in _SHARES:
        if found := re.search(pattern, text):
            first, second = int(found[1]), int(found[2])
            if first + second in (10, 100) and second:
                return second / (first + second)
    for pattern in _TRAIN_SHARE:
        if found := re.search(pattern, text, re.IGNORECASE):
            return 1 - int(found[1]) / 100
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
    text, placed = phrase.text, phrase.placed()
    verb = _TARGET.search(text)
    target, last = None, 0
    if verb is not None:
        following = [(at, c) for at, c in placed if at >= verb.end()]
        before = [(at, c) for at, c in placed if at < verb.start()]
        noun = verb[0].casefold() in ("target", "dependent", "outcome", "output", "response")
        beside = before[-1:] if noun and before and re.search(r"\bas\b", text[before[-1][0] : verb.start()]) else []
        chosen = beside or following
        last, target = chosen[0] if chosen else (0, None)
    lead = next((m for m in _FEATURES.finditer(text) if m.start() > last), None) if target is not None else None
    if lead is not None:
        return target, tuple(c for at, c in placed if at >= lead.end() and c is not target)
    listed = re.search(r"\b(?:features?|predictors?|independent|explanatory)\b", text, re.IGNORECASE)
    if listed is not None:
        return target, tuple(c for _, c in placed if target is None or c.name != target.name)
    return (target, ()) if target is not None else None
