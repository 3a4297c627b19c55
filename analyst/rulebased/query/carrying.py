"""Which words of an instruction are carried out: by its steps of preparation, its tests and its fields, or by default.

What is said of gaps, of rounding or of the level of a test changes nothing that the plan would do otherwise. A word of
a step that was not read stays open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyst.protocol.lexicon import HIGHEST, LOWEST
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.link.tokens import tokenize
from analyst.rulebased.query.asked import Asked, says_nothing_new
from analyst.rulebased.query.coverage import UNTOLD, used_columns
from analyst.rulebased.query.cues import ANYBODY, Cue, statistical_cues
from analyst.rulebased.query.instruction import asking
from analyst.rulebased.query.model import At, Best, Measure, Query, Test
from analyst.rulebased.query.phrase import clauses
from analyst.rulebased.query.preparation import (
    Combine,
    Cut,
    DatePart,
    DropMissing,
    DropOutliers,
    DropRepeated,
    Encode,
    Fill,
    Step,
    Transform,
)
from analyst.rulebased.query.preparing import outlier_rule
from analyst.rulebased.query.scene import Scene

_STATISTICS = frozenset(
    "technical mean median std variance min max mode sum count whole_count missing_share lacking skewness kurtosis iqr "
    "range_of population missing overall much by correlate relate between significant distribution shape normality "
    "p_value coefficient statistic quartiles distinct".split()
)
_OF_TESTS = ("test ", "groups ", "table ", "paired ", "single ", "kind ", "metric ", "model ", "option ")
_TESTED = frozenset("regression learning difference versus".split())
_OUTLYING = frozenset("outliers zscore by_iqr without odd".split())
_STEPS: dict[type, frozenset[str]] = {
    DropMissing: frozenset(("without", "lacking", "missing")),
    Fill: frozenset(("do fill", "do replace", "do forward", "do backward", "lacking", "missing")),
    DropRepeated: frozenset(("do repeated", "do repeated by itself", "without", "quality")),
    DropOutliers: _OUTLYING,
    Cut: frozenset(("do bin",)),
    Encode: frozenset(("do encode", "do replace")),
    DatePart: frozenset(("do extract",)),
}
"""The cues that speak of a step, wherever it is spoken of again."""
_NONE: frozenset[str] = frozenset()
_SUBTRACTED = frozenset("subtract subtracting subtracted difference minus".split())
_SIGNS = {
    "+": frozenset("add adding added sum summing plus combine combining".split()),
    "-": _SUBTRACTED,
    "*": frozenset("multiply multiplying multiplied product times".split()),
    "/": frozenset("divide dividing divided ratio".split()),
}
_TRANSFORMED = frozenset("transform transforming transformed transformation transformations".split())
_TRANSFORMS = {"log": frozenset("natural base e".split()), "center": _SUBTRACTED}
_CLASSED = frozenset("year years old older younger above below over under".split())
"""What the ranges of classes are told in, which the classes themselves hold."""
_PREPARED = frozenset("after then finally new following".split())
_DRAWN = frozenset("create draw plot scatter histogram chart graph diagram visualize visualise visualization".split())
"""Words for pictures, which a report draws anyway."""
_NEW = frozenset(("new", "feature", "features"))
_MODELED = frozenset(
    "regress predict predicting model modeling features feature predictors target split splitting train "
    "training set sets testing performance random state seed size ratio independent dependent variables build fit "
    "predictor predictors metric only create".split()
)
_QUOTED = re.compile(r"[\"'“‘`]([^\"'”’`\n]{1,40})[\"'”’`]")


def carried(query: Query, asked: Asked, whole: Scene) -> At:
    """The places in the `whole` question of the words that `query` carries out, or that can't change its answer."""
    used = {column.name for column in used_columns(query)}
    named = [m for m in whole.linked.mentions if m.column.name in used or {c.name for c in numbers_in(m)[:1]} & used]
    kinds = _kinds(query)
    cues = [cue for cue in statistical_cues(whole.linked.tokens) if _fits(cue, kinds)]
    found = {at for mention in named for at in range(mention.start, mention.end)}
    found |= {at for cue in cues for at in cue.at}
    known = _numbers(query, asked)
    found |= {at for at, token in enumerate(whole.linked.tokens) if token.number in known}
    words = _words(query)
    found |= {at for at, token in enumerate(whole.linked.tokens) if token.word in words}
    taken = frozenset(found).union(*_told(asked, whole))
    return taken | _repeated(whole, taken) if query.fields else taken


def _repeated(whole: Scene, taken: At) -> At:
    """The places of words that are said again: rules under a question repeat what it asks."""
    tokens = whole.linked.tokens
    said = {tokens[at].stem for at in taken} - UNTOLD | ANYBODY
    return frozenset(at for at, token in enumerate(tokens) if token.stem in said or token.word in _DRAWN)


def _kinds(query: Query) -> frozenset[str]:
    kinds = set(_STATISTICS)
    if _tests(query):
        kinds |= {*_TESTED, *_OF_TESTS}
    if query.outlying is not None:
        kinds |= _OUTLYING
    for step in query.preparing:
        kinds |= _STEPS.get(type(step), frozenset()) | _made(step)
    return frozenset(kinds)


def _words(query: Query) -> frozenset[str]:
    """Words that only say what a step, a model or a ranking does."""
    found = _PREPARED if query.preparing else _NONE
    for step in query.preparing:
        found |= _SIGNS.get(step.sign, _NONE) if isinstance(step, Combine) else _NONE
        found |= _TRANSFORMED | _TRANSFORMS.get(step.how, _NONE) if isinstance(step, Transform) else _NONE
        found |= _CLASSED if isinstance(step, Cut) else _NONE
        name = getattr(step, "name", "")
        found |= _NEW | {token.word for token in tokenize(name)} if name else _NONE
    if any(test.method in ("train_model", "linear_regression") for test in _tests(query)):
        found |= _MODELED
    for field in query.fields:
        if isinstance(field.of, Best) or (isinstance(field.of, Measure) and field.of.aggregate in ("max", "min")):
            highest = field.of.order == "highest" if isinstance(field.of, Best) else field.of.aggregate == "max"
            found |= HIGHEST if highest else LOWEST
    return found


def _numbers(query: Query, asked: Asked) -> set[float]:
    """The numbers by which tests are judged and outliers are told, and those of a model (a share as percent)."""
    told = {step.threshold for step in query.preparing if isinstance(step, DropOutliers)}
    told |= {query.outlying.threshold} if query.outlying is not None else set()
    told |= {asked.instruction.alpha} if _tests(query) else set()
    for test in _tests(query):
        given = [value for value in test.options.values() if isinstance(value, (int, float))]
        told |= {number for value in given for number in (value, *(round(part * unit, 6) for part in (value, 1 - value)
                 for unit in (10, 100)))}  # fmt: skip
    return told | {float(len(step.bins) or step.count) for step in query.preparing if isinstance(step, Cut)}


def _tests(query: Query) -> list[Test]:
    named = [field.of for field in query.fields if isinstance(field.of, Test)]
    return [*named, *([query.test] if query.test is not None else [])]


def _made(step: Step) -> frozenset[str]:
    """The cues of a step that makes a column, and of how it transforms one."""
    made = {"made"} if getattr(step, "name", "") else set()
    return frozenset(made | ({f"do {step.how}", "zscore"} if isinstance(step, Transform) else set()))


def _fits(cue: Cue, kinds: frozenset[str]) -> bool:
    return cue.kind in kinds or any(cue.kind.startswith(family) for family in kinds if family.endswith(" "))


def _told(asked: Asked, whole: Scene) -> Iterator[At]:
    """The places of sentences that say nothing new, and of the words of clauses that are steps."""
    steps = asked.preparation.steps
    far = asked.outlying is not None or any(isinstance(step, DropOutliers) for step in steps)
    for at, sentence in enumerate(asked.instruction.sentences):
        if at and (says_nothing_new(sentence) or (far and outlier_rule((), [sentence]) is not None)):
            yield whole.linked.places(asking(sentence))
            continue
        for clause in clauses(sentence):
            if asked.preparation.spent.isdisjoint((clause, sentence)):
                continue
            said = asking(clause)
            tokens = tokenize(said)
            cued = {place for cue in statistical_cues(tokens) for place in cue.at}
            quoted = {token.word for name in _QUOTED.findall(said) for token in tokenize(name)}
            cued |= {n for n, token in enumerate(tokens) if token.word in quoted or token.number is not None}
            yield frozenset(place for n, place in enumerate(sorted(whole.linked.places(said))) if n in cued)
