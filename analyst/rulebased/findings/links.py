"""Readers of what goes together: correlations, what is linked to a target, and how well models explain or predict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from analyst.core.text import is_plural, listed
from analyst.protocol.claims import claims
from analyst.rulebased.findings.brief import Step
from analyst.rulebased.findings.finding import TOLD, Finding, Level, tell
from analyst.rulebased.findings.shape import main_number, shape_of
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.values import value_told
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import human, measured, name_of, plain, rate_name
from analyst.rulebased.wording import be, strength
from analyst.rulebased.wording import significant as is_significant

NOT_CAUSE = "The two are linked in this table; this does not show which one causes the other."
THIRD_FACTOR = "These are links, not proven causes: a column may reflect something that was not recorded."
FEW_ROWS = 30
"""Below this many rows an association is called uncertain."""
MOST_NAMED = 4
_ERROR = ("mae", "mse", "rmse", "error", "loss")


def spoken(step: Step, view: View, row: int, field: str) -> str:
    """A column named in a cell, as words where they are plain ones, else as a reference."""
    value = str(view.value(row, field) or "")
    words = measured(human(value))[0]
    return words if value in step.source and plain(words) else view.ref(row, field)


def correlation(topic: Topic) -> list[Finding]:
    """The strongest pair first, then the next ones."""
    step, view = topic.lead, topic.lead.first
    order = sorted(view.order("r"), key=lambda i: -abs(view.number(i, "r") or 0))
    if not order:
        return []
    others = [i for i in order[1:] if abs(view.number(i, "r") or 0) >= 0.1][:3]
    return [_pair(topic, view, order[0]), *([_further(step, view, others)] if others else [])]


def _pair(topic: Topic, view: View, row: int) -> Finding:
    step, r, p, n = topic.lead, *(view.number(row, name) or 0 for name in ("r", "p", "n"))
    word, known = strength(r), view.number(row, "p") is not None
    linked, sure = word != "negligible", is_significant(p) if known else abs(r) >= 0.5
    groups = [c for c in step.groups("x", "y", "r", "p", "n") if c not in ("x", "y")]
    x, y = (spoken(step, view, row, name) for name in ("x", "y"))
    slots = {
        "x": x, "y": y, "scope": step.scope, "word": word, "Word": word, "r": view.short(row, "r"),
        "sign": "positive" if r > 0 else "negative",
        "together": "rise and fall together" if r > 0 else "move in opposite directions",
        "among": f" {view.among(row, groups)}" if groups else "",
        "rows": f", {view.show(row, 'n')} rows" if view.has(row, "n") else "",
        "chance": ("a link like this would rarely arise by chance" if known else "") if sure
        else "with so few rows, it could be chance",
        "interval": _interval(view, row), "ranks": _ranks(topic.support("correlation"), r),
        "advice": f"Confirm the link between {x} and {y} before acting on it" if sure else "",
    }  # fmt: skip
    found = tell(TOLD["linked" if linked else "unlinked"], slots, view.id)
    level: Level = "low" if not sure and linked else "high" if p < 0.01 or not linked else "medium"
    rows = n if view.has(row, "n") else None
    return replace(found, rows=rows, sure=level, caveat=NOT_CAUSE if linked else "",
                   holds="yes" if linked and sure else "no", size=max(0.3, abs(r)))  # fmt: skip


def _interval(view: View, row: int) -> str:
    """Where the true correlation lies; nothing where the interval is too narrow to show."""
    low, high = (view.number(row, name) for name in ("r_low", "r_high"))
    if low is None or high is None or high - low < 0.02:
        return ""
    return f"the true correlation very likely lies between {view.short(row, 'r_low')} and {view.short(row, 'r_high')}"


def _ranks(step: Step | None, r: float) -> str:
    """What the rank correlation says, which a few extreme values don't move."""
    view = step.first if step else None
    if view is None or not len(view) or view.number(0, "r") is None:
        return ""
    same = abs((view.number(0, "r") or 0) - r) < 0.15
    told = "agrees" if same else "tells a different story, so a few extreme values or a curve play a part"
    return f"the rank correlation, which extreme values don't affect, {told} ({view.short(0, 'r')})"


def _further(step: Step, view: View, rows: Sequence[int]) -> Finding:
    """The next pairs."""
    groups = [c for c in step.groups("x", "y", "r", "p", "n") if c not in ("x", "y")]
    told = [
        f"{spoken(step, view, i, 'x')} and {spoken(step, view, i, 'y')}"
        f"{f' {view.among(i, groups)}' if groups else ''} ({view.short(i, 'r')})"
        for i in rows
    ]
    found = tell(TOLD["next links"], {"told": f"after that come {listed(told)}"}, view.id)
    caveat = "The more pairs you try, the more likely one looks strong by chance."
    return replace(found, sure="medium", caveat=caveat, size=max(abs(view.number(i, "r") or 0) for i in rows))


def drivers(topic: Topic) -> list[Finding]:
    """Which columns go with the target, in what direction, what they are worth for predicting it, and what does not."""
    return _Drivers(topic).findings()


class _Drivers:
    """The columns that were tried against a target, strongest first."""

    def __init__(self, topic: Topic) -> None:
        self.topic, self.step, self.view = topic, topic.lead, topic.lead.first
        self.model = self.step.parts.get("model")
        known = "feature" in self.view.columns
        rows = [i for i in range(len(self.view)) if known and self.view.has(i, "feature")]
        tried = any((self.view.number(i, "importance") or 0) > 0 for i in rows)
        self.order = [i for i in self.view.order("importance" if tried else "association") if i in rows] or rows
        self.real = [i for i in self.order if is_significant(self._p(i)) or self._p(i) is None]
        asked = [c for c in self.step.source if human(c).lower() in self.step.question.lower()]
        column = self.step.facts.measured or (asked or list(self.step.source) or ["the target"])[0]
        self.target = measured(self.step.named(column))[0]

    def findings(self) -> list[Finding]:
        """The strongest links, the worth of the model, and what does not matter."""
        if not self.order:
            return []
        return [self._top() if self.real else self._none(), *self._worth(), *self._weak()]

    def _p(self, row: int) -> float | None:
        p = self.view.number(row, "p_adjusted")
        return self.view.number(row, "p") if p is None else p

    def _name(self, row: int) -> str:
        return spoken(self.step, self.view, row, "feature")

    def _way(self, row: int) -> str:
        """How the target moves with the column, in words."""
        name, way = self._name(row), self.view.value(row, "direction")
        outcome = self.model is not None and self.model.has(0, "target_level")
        measure = rate_name(self.target, self.step.question) if outcome else self.target
        if way in ("positive", "negative"):
            more = "more" if is_plural(name) and not name.startswith("{{") else "higher the"
            return f"the {more} {name}, the {'higher' if way == 'positive' else 'lower'} the {measure}"
        if self.view.has(row, "highest_at", "lowest_at"):
            high, low = (_among(name, self._level(row, end)) for end in ("highest_at", "lowest_at"))
            return f"the {measure} {be(measure)} highest {high} and lowest {low}"
        return ""

    def _level(self, row: int, end: str) -> str:
        """A level in words; a reference where it is withheld, or would be taken for a number or a reference."""
        level = str(self.view.value(row, end))
        cited = self.view.table.is_withheld(row, end) or re.search(r"[\d<>{}]", level) or claims(level)
        return self.view.ref(row, end) if cited else level

    def _top(self) -> Finding:
        first, others = self.real[0], self.real[1:3]
        next_ = [f"{self._name(i)} ({self._way(i)})" for i in others]
        linked = [i for i in [first, *others] if self.view.has(i, "association")]
        slots = {
            "target": self.target, "name": self._name(first), "way": self._way(first),
            "next": f"next {'comes' if len(next_) == 1 else 'come'} {listed(next_)}" if next_ else "",
            "strengths": listed([f"{self._name(i)} {self.view.short(i, 'association')}" for i in linked]),
            "target_level": self._target_level(),
        }  # fmt: skip
        found = tell(TOLD["drivers"], slots, self.view.id)
        n = self.view.number(first, "n")
        return replace(
            found, rows=n, caveat=THIRD_FACTOR, size=1.0, sure="high" if (n or 0) >= 4 * FEW_ROWS else "medium"
        )

    def _none(self) -> Finding:
        slots = {"target": self.target, "name": self._name(self.order[0])}
        caveat = "With more rows, weaker links could still appear."
        return replace(tell(TOLD["no drivers"], slots, self.view.id), sure="medium", caveat=caveat, size=0.6)

    def _weak(self) -> list[Finding]:
        weak = [i for i in self.order if i not in self.real]
        if not self.real or not weak:
            return []
        names = listed([self._name(i) for i in weak[:MOST_NAMED]])
        slots = {"target": self.target, "names": names, "more": " and others" if len(weak) > MOST_NAMED else ""}
        return [replace(tell(TOLD["no matter"], slots, self.view.id), sure="medium", size=0.4)]

    def _worth(self) -> list[Finding]:
        model = self.model
        if model is None or not model.has(0, "score", "baseline"):
            return []
        score, baseline = model.number(0, "score") or 0, model.number(0, "baseline") or 0
        metric = str(model.value(0, "metric") or "").lower()
        gain = baseline - score if any(word in metric for word in _ERROR) else score - baseline
        useful = gain > 0.02 * max(abs(baseline), 0.5)
        slots = {
            "help": "help predict" if useful else "hardly predict", "target": self.target,
            "skill": _skill(model, metric, self.target),
            "advice": "" if useful else f"Do not base individual decisions about {self.target} on these columns",
        }  # fmt: skip
        return [replace(tell(TOLD["worth"], slots, model.id), sure="medium", size=min(1.0, max(0.3, abs(gain))))]

    def _target_level(self) -> str:
        """How common or how large the target is in all, from the step beside."""
        single = self.topic.support(None)
        numbers = shape_of(single.first).numbers if single is not None and len(single.first) else []
        return value_told(single, single.first, main_number(numbers)) if single is not None and numbers else ""


def _among(name: str, level: str) -> str:
    return f"where {name} is {level}" if level.casefold() in ("yes", "no", "true", "false") else f"for {level}"


def _skill(model: View, metric: str, target: str) -> str:
    """What the held-out score means."""
    score, baseline = model.ref(0, "score", "0%"), model.ref(0, "baseline", "0%")
    if "auc" in metric:
        told = "given two cases with different outcomes, a model of these columns ranks the right one higher"
        return f"{told} in {score} of pairs; guessing would reach {baseline}"
    if metric in ("r2", "r²"):
        return f"on unseen rows, a model of these columns explains {score} of the variation in {target}"
    if "accuracy" in metric:
        guess = f"compared with {baseline} for always guessing the most common outcome"
        return f"a model of these columns gets {score} of unseen rows right, {guess}"
    score, baseline, metric = (model.ref(0, name) for name in ("score", "baseline", "metric"))
    return f"a model of these columns scores {score} on unseen rows, and the naive guess {baseline} ({metric})"


def linear_regression(topic: Topic) -> list[Finding]:
    """How much the features explain, and which coefficients are clear."""
    step, view, coef = topic.lead, topic.lead.first, topic.lead.parts.get("coef")
    if not view.has(0, "r2"):
        return []
    clear = _clear_terms(step, coef)
    none = "no single column" if coef is not None and not clear else ""
    slots = {
        "target": measured(step.named(step.source[0]))[0] if step.source else "the target",
        "part": view.ref(0, "r2", "0%"), "first": clear[0] if clear else none,
        "next": f"next {'comes' if len(clear) == 2 else 'come'} {listed(clear[1:3])}" if len(clear) > 1 else "",
        "error": view.show(0, "rmse") if view.has(0, "rmse") else "",
    }  # fmt: skip
    table = coef.id if coef is not None and len(coef) else view.id
    caveat = "A straight-line model of recorded data: its figures are associations, not proven effects."
    return [replace(tell(TOLD["regression"], slots, table), rows=view.number(0, "n"), sure="medium", caveat=caveat)]


def _clear_terms(step: Step, coef: View | None) -> list[str]:
    if coef is None:
        return []
    constants = ("const", "constant", "intercept", "(intercept)")
    rows = [
        i
        for i in sorted(coef.order("t"), key=lambda i: -abs(coef.number(i, "t") or 0))
        if is_significant(coef.number(i, "p")) and coef.has(i, "term", "coef")
        and str(coef.value(i, "term")).strip().lower() not in constants
    ]  # fmt: skip
    return [f"{_term(step, coef, i)} ({coef.show(i, 'coef', sign=True)} for each additional unit)" for i in rows[:3]]


def _term(step: Step, coef: View, row: int) -> str:
    value = str(coef.value(row, "term"))
    known = value in step.source and plain(human(value))
    return name_of(value, step.question, step.source) if known else coef.ref(row, "term")


def train_model(topic: Topic) -> list[Finding]:
    """How well a model predicts rows that it has not seen."""
    step, view = topic.lead, topic.lead.first
    target = measured(step.named(step.source[0]))[0] if step.source else "the target"
    if view.has(0, "accuracy"):
        told = f"the model gets {view.ref(0, 'accuracy', '1%')} of the unseen cases of {target} right"
        guess = f"always guessing the most common outcome would get {view.ref(0, 'baseline', '1%')} right"
        slots = {"errors": guess if view.has(0, "baseline") else "", "more": ""}
    elif view.has(0, "r2"):
        r2 = view.number(0, "r2") or 0
        word = "well" if r2 >= 0.7 else "moderately well" if r2 >= 0.4 else "poorly"
        part = f"it explains {view.ref(0, 'r2', '0%')} of their variation"
        told = f"the model predicts unseen values of {target} {word}: {part}"
        off = f"a prediction is typically off by {view.show(0, 'rmse')}" if view.has(0, "rmse") else ""
        slots = {"errors": _errors(view), "more": off}
    else:
        return []
    slots |= {"target": target, "told": told, "headline": told}
    return [replace(tell(TOLD["model"], slots, view.id), sure="medium")]


def _errors(view: View) -> str:
    """The measures of a regression's error, each by its name."""
    named = (
        ("mean squared error", "mse", "4"), ("its root", "rmse", "4"), ("mean absolute error", "mae", "4"),
        ("correlation of predicted and actual values", "r_pred_actual", "4"),
        ("share right when rounded to yes or no", "accuracy_at_0_5", "1%"),
    )  # fmt: skip
    told = [f"{words} {view.ref(0, field, form)}" for words, field, form in named if view.has(0, field)]
    return f"on the unseen rows: {listed(told)}" if told else ""
