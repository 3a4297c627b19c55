"""Questions that ask for a model: which one, what it predicts from what, how it is split, seeded and set.

A model that is tested on held-out rows is the method `train_model`; a regression whose coefficients or fit are asked
for is `linear_regression` on all rows; groups found by k-means are `segments`.
"""

from __future__ import annotations

import re
from typing import Any

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.clauses import Clause, clauses_of, mark, split_format
from analyst.rulebased.drafting import Draft
from analyst.rulebased.link.columns import is_measure, is_number, spoken
from analyst.rulebased.link.tokens import NUMBER_WORDS
from analyst.rulebased.request import yes_no
from analyst.rulebased.select import DATA
from analyst.rulebased.steps import method

_KINDS = (
    ("logistic", r"logistic"),
    ("random_forest", r"random forests?"),
    ("decision_tree", r"decision trees?|tree (?:classifier|regressor)"),
    ("knn", r"k-?\s?nearest|\bknn\b|neighbou?rs? (?:classifier|regressor)"),
    ("svc", r"support vector|\bsvm\b|\bsvc\b"),
    ("naive_bayes", r"naive bayes|gaussiannb"),
    ("ridge", r"\bridge\b"),
    ("lasso", r"\blasso\b"),
    ("linear", r"linear regression|linear model|multiple regression|\bols\b|least squares|linearregression"),
)
_SORTED = ("random_forest", "decision_tree", "knn")
_ASKED = re.compile(
    r"\b(?:train|fit|build|creat|develop|us|appl|implement|perform|conduct|run|employ|utiliz|evaluat)\w*\b[^.]*"
    r"\b(?:model|regression|classif\w+|machine learning|random forest|decision tree)\b|\blinear "
    r"regression\b|\blogistic regression\b",
    re.IGNORECASE,
)
_TESTED = re.compile(
    r"train\w*[ _/-]+(?:and |& )?(?:test\w*|split)|\btest(?:ing)?[ _-](?:set|data|size|share)|\bhold-?out|"
    r"\bheld[- ]out|\bunseen\b"
    r"|\baccuracy\b|\bmse\b|\brmse\b|\bmae\b|mean squared error|mean absolute error|\bf1\b",
    re.IGNORECASE,
)
_SEGMENTS = re.compile(r"\bk-?\s?means\b|\bclustering\b", re.IGNORECASE)
_TARGET = (
    r"(?:dependent|target|output|outcome|response|label)(?: variable)?(?: (?:is|are|being|as|of|will be|=|"
    r":))+(?: \w+){{0,8}}? {c}",
    r"{c}(?: rate)?\)? (?:(?:is|as|being|will be|to be) )+(?:dependent|target|output|outcome|response|label)\b",
    r"\bpredict\w*\b(?: [a-z0-9()/-]+){{0,6}}? {c}",
    r"\bclassif\w*\b(?: [a-z]+){{0,8}}? {c}",
    r"\bfor {c} (?:from|using|on|based)\b",
    r"\b(?:explain|model|regress|estimat|forecast)\w*\b(?: [a-z]+){{0,3}}? {c}",
    r"\b(?:relationship|regression)\b.* between .*? and(?: [a-z]+){{0,3}}? {c}",
)
_FEATURES = (
    r"\b(?:based (?:up)?on|from|using|with)\b(?P<part>.*)",
    r"\b(?:features?|predictors?|independent|inputs?|regressors)\b(?P<part>.*)",
    r"\buse\b(?P<part>.*)\bas\b",
)
_COLUMN = r"<(\d+)>"
_OPTIONS = (
    ("max_depth", r"max(?:imum)?[ _]depth(?: (?:of|to|is|=|set))*[ =:]*(\d+)", int),
    ("n_estimators", r"n_estimators(?: (?:of|to|is))*[ =:]*(\d+)|(\d+) (?:trees|estimators)", int),
    ("n_neighbors", r"n_neighbors(?: (?:of|to|is))*[ =:]*(\d+)|\bk ?= ?(\d+)|(\d+) (?:nearest )?neighbou?rs", int),
    ("alpha", r"\balpha(?: (?:of|to|is))*[ =:]*(\d+(?:\.\d+)?)", float),
    ("max_iter", r"max_iter(?: (?:of|to|is))*[ =:]*(\d+)|(\d+) iterations", int),
    ("solver", r"\b(liblinear|lbfgs|saga|newton-cg|newton-cholesky)\b", str),
    ("kernel", r"\b(linear|rbf|poly|sigmoid) kernel", str),
)  # fmt: skip
_FITTING = {
    "ridge": ("alpha", "max_iter"), "lasso": ("alpha", "max_iter"), "logistic": ("solver", "max_iter"),
    "decision_tree": ("max_depth",), "random_forest": ("max_depth", "n_estimators"), "knn": ("n_neighbors",),
    "svc": ("kernel", "max_iter"),
}  # fmt: skip


def model(question: str, card: TableCard, table: str = DATA) -> Draft | None:
    """The plan of the model on `table` that `question` asks for; None when it asks for none or names no target."""
    asked, _ = split_format(question)
    if _SEGMENTS.search(asked):
        return _segments(asked, card, table)
    if not _ASKED.search(asked) and not (re.search(r"\bpredict", asked, re.IGNORECASE) and _TESTED.search(asked)):
        return None
    clauses = _joined(asked, card)
    target = _target(clauses, card)
    if target is None:
        return None
    features = _features(clauses, target)
    assumed = [] if features else ["The question does not name features, so the plan uses all other number columns."]
    features = features or tuple(c for c in card.columns if c.name != target.name and is_measure(c))
    if not features:
        return None
    names = [column.name for column in features]
    text = asked.casefold()
    kind = _kind(text, target)
    told = f"{spoken(target)} from {listed([spoken(c) for c in features])}"
    if kind == "linear" and not _TESTED.search(asked):
        step = method("s1", "linear_regression", table, target=target.name, features=names)
        return Draft(f"A linear regression of {told}.", (step,), " ".join([*assumed, *_unasked(clauses)]) or None)
    parameters, more = _parameters(text, kind)
    assumed = [*assumed, *more, *_unasked(clauses)]
    step = method("s1", "train_model", table, model=kind, target=target.name, features=names, **parameters)
    share = f"{parameters['test_size'] * 100:g} %"
    reading = f"A {kind.replace('_', ' ')} model of {told}, tested on {share} of the rows (seed {parameters['seed']})."
    return Draft(reading, (step,), " ".join(assumed) or None)


def _joined(asked: str, card: TableCard) -> list[Clause]:
    """The clauses; a list of names on lines of their own belongs to the clause before it."""
    raws: list[str] = []
    for raw in clauses_of(asked):
        alone = re.fullmatch(_COLUMN, mark(raw, card).text)
        if (
            raws
            and alone
            and (raws[-1].endswith(":") or re.search(r"features|predictors|variables", raws[-1], re.IGNORECASE))
        ):
            raws[-1] += f", {raw}"
        else:
            raws.append(raw)
    return [mark(raw, card) for raw in raws]


def _target(clauses: list[Clause], card: TableCard) -> ColumnCard | None:
    """What is predicted: named as the target, else the first column after "predict"."""
    for pattern in _TARGET:
        for clause in clauses:
            found = re.search(pattern.format(c=_COLUMN), clause.text)
            if found and clause.column(found[1]).role != "constant":
                return clause.column(found[1])
    made = [
        c
        for c in card.columns[-3:]
        if any("categor" in k.text or "classif" in k.text for k in clauses) and c.role == "dimension"
    ]
    return made[-1] if made else None


def _features(clauses: list[Clause], target: ColumnCard) -> tuple[ColumnCard, ...]:
    """What it is predicted from: the columns after "based on", "using" or "features", target left out."""
    best: tuple[ColumnCard, ...] = ()
    for pattern in _FEATURES:
        for clause in clauses:
            found = re.search(pattern, clause.text)
            named = tuple(c for c in clause.all_in(found["part"]) if c.name != target.name) if found else ()
            if len(named) > len(best):
                best = named
        if best:
            return best
    for clause in clauses:
        if any(c.name == target.name for c in clause.columns) and len(clause.columns) > 1:
            return tuple(c for c in clause.columns if c.name != target.name)
    return ()


_OF_MODELS = re.compile(
    r"model|regress|classif|predict|train|test|accura|\bmse\b|\brmse\b|\bmae\b|squared|error|r-?2|coefficient|seed|random|split|"
    r"fit\b|significan|p-?value|actual|depth|score|cluster|segment|round|decimal|sklearn|scikit|performance|feature|encod|standardi|impl"
)


def _unasked(clauses: list[Clause]) -> list[str]:
    """What the question asks beside the model, told as left out."""
    asks = r"(?:calculat|comput|find|report|determin|what|how|which|show|list|compare|count|plot|draw|visuali[sz])"
    others = [c for c in clauses if re.match(asks, c.text) and not _OF_MODELS.search(c.text) and c.columns]
    return [f'The plan does not answer "{re.sub(r"[<>{}@]", "", clause.raw)}".' for clause in others[:2]]


def _kind(text: str, target: ColumnCard) -> str:
    """The model: as named, else the simplest of its sort."""
    classes = yes_no(target) or not is_number(target) or target.role in ("target", "dimension")
    kind = next((name for name, pattern in _KINDS if re.search(pattern, text)), "logistic" if classes else "linear")
    if kind not in _SORTED:
        return kind
    sort = (
        "regressor" if re.search(r"regress(?!ion model to classify)", text) and not re.search("classif", text) else ""
    )
    return f"{kind}_{sort or ('classifier' if classes else 'regressor')}"


def _parameters(text: str, kind: str) -> tuple[dict[str, Any], list[str]]:
    """test_size, seed and options as told, and what had to be assumed."""
    share, seed = _test_share(text), _seed(text)
    assumed = []
    if share is None:
        assumed.append("The question does not say how many rows to use for testing, so the plan uses 20%.")
    if seed is None:
        assumed.append(
            "The question does not set a seed for the split: a different split gives somewhat different scores."
        )
    family = kind.rsplit("_", 1)[0] if kind.rsplit("_", 1)[0] in _SORTED else kind
    params = {name: value for name, value in _options(text).items() if name in _FITTING.get(family, ())}
    parameters: dict[str, Any] = {"test_size": 0.2 if share is None else share, "seed": 42 if seed is None else seed}
    negated = re.search(r"(?:don't|don’t|do not|without|not) (?:\w+ ){0,2}balanc", text)
    if re.search(r"balanc\w* (?:the )?(?:class|weight)|class[_ ]weights?\W+balanced", text) and not negated:
        parameters["class_weight"] = "balanced"
    if re.search(r"\bstratif", text):
        parameters["stratify"] = True
    if re.search(r"\bstandardi[sz]|standard ?scaler", text):
        parameters["standardize"] = True
    if re.search(
        r"\b(?:drop|remov|ignor|exclud|discard)\w*\b[^.]*\b(?:missing|null|nan)|\bwithout (?:null|missing)", text
    ):
        parameters["missing"] = "drop"
    elif re.search(r"\bmedian\b", text) and re.search(r"\bimput|\bfill", text):
        parameters["missing"] = "median"
    return parameters | ({"params": params} if params else {}), assumed


def _test_share(text: str) -> float | None:
    """The share of rows held out: `test size of 0.3`, `20% for testing`, `80:20`, `8:2`."""
    found = re.search(r"test[ _]?size(?: (?:of|to|is|=))*[ =:]*(0?\.\d+|\d+(?= ?%))", text)
    if found:
        return _share(found[1])
    found = re.search(
        r"(\d+(?:\.\d+)?) ?% ?(?:of (?:\w+ ){1,4})?(?:(?:is|are|data|used|as|to|in) ){0,3}(?:\(?for "
        r")?(?:the )?(?:purposes? of )?test",
        text,
    )
    found = found or re.search(
        r"test\w*(?: set| data| dataset)? ?(?:\(|of |with |containing |: ?)+(\d+(?:\.\d+)?) ?%", text
    )
    if found:
        return _share(found[1])
    found = re.search(r"\b(\d{1,2})(?:%)? ?(?::|/|-|–| to ) ?(\d{1,2})(?:%)?\b(?= |\.|,|$|-)", _ratio_text(text))
    if found and int(found[1]) + int(found[2]) in (10, 100):
        return min(int(found[1]), int(found[2])) / (int(found[1]) + int(found[2]))
    found = re.search(
        r"(\d+(?:\.\d+)?) ?%[^.]{0,40}\btrain|\btrain\w*(?: set| data)? ?(?:\(|of |with |on )+(\d+(?:\.\d+)?) ?%", text
    )
    return round(1 - _share(found[1] or found[2]), 6) if found else None


def _ratio_text(text: str) -> str:
    """The part of the text that speaks of splitting."""
    return " ".join(part for part in re.split(r"(?<=[.\n])\s", text) if re.search(r"split|train|test|ratio", part))


def _share(told: str) -> float:
    value = float(told)
    return round(value / 100 if value >= 1 else value, 6)


def _seed(text: str) -> int | None:
    found = re.search(r"(?:random[ _-]?(?:state|seed)|\bseed)\b\D{0,30}?(\d+)", text)
    return int(found[1]) % 2**32 if found else None


def _options(text: str) -> dict[str, Any]:
    found = {}
    for name, pattern, kind in _OPTIONS:
        match = re.search(pattern, text)
        if match:
            found[name] = kind(next(group for group in match.groups() if group))
    return found


def _segments(asked: str, card: TableCard, table: str) -> Draft | None:
    """Groups of rows found by k-means over the columns named (all measures when none is)."""
    marked = mark(asked, card)
    columns = [c for c in marked.columns if is_measure(c)] or [c for c in card.columns if is_measure(c)]
    if not columns:
        return None
    words = "|".join(NUMBER_WORDS)
    told = re.search(
        rf"\b(\d+|{words}) (?:clusters|segments|groups)\b|\b(?:k|n_clusters) ?(?:=|of|is) ?(\d+)", asked, re.IGNORECASE
    )
    given = next(filter(None, told.groups())) if told else None
    count = None if given is None else int(given) if given.isdigit() else int(NUMBER_WORDS[given.casefold()])
    names = [c.name for c in columns]
    return Draft(
        f"Segments of rows by {listed([spoken(c) for c in columns])}.",
        (method("s1", "segments", table, features=names, k=count),),
    )
