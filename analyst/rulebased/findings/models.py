"""Readers of models: what goes with a target, what a regression holds, how well a model predicts."""

from __future__ import annotations

import re

from analyst.core.text import is_plural, listed
from analyst.rulebased.findings.brief import Finding, Level, Step
from analyst.rulebased.findings.shape import main_number, shape_of
from analyst.rulebased.findings.singles import value_told
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import human, measured, name_of, plain, rate_name
from analyst.rulebased.wording import be, capital, paragraph
from analyst.rulebased.wording import significant as is_significant

THIRD_FACTOR = "These are links, not proven causes: a column may reflect something that was not recorded"
FEW_ROWS = 30
_ERROR = ("mae", "mse", "rmse", "error", "loss")


def drivers(topic: Topic) -> list[Finding]:
    """Which columns go with the target, in what direction, what they are worth for predicting it, and what does not."""
    return _Drivers(topic).findings()


class _Drivers:
    """The columns that were tried against a target, strongest first."""

    def __init__(self, topic: Topic) -> None:
        self.topic, self.step, self.view = topic, topic.lead, topic.lead.first
        self.model = self.step.parts.get("model")
        rows = (
            [i for i in range(len(self.view)) if self.view.has(i, "feature")] if "feature" in self.view.columns else []
        )
        tried = any((self.view.number(i, "importance") or 0) > 0 for i in rows)
        self.order = [i for i in self.view.order("importance" if tried else "association") if i in rows] or rows
        self.real = [i for i in self.order if is_significant(self._p(i)) or self._p(i) is None]
        self.target = self._target()

    def findings(self) -> list[Finding]:
        if not self.order:
            return []
        main = self._top() if self.real else self._none()
        return [f for f in (main, self._worth(), self._weak()) if f]

    def _target(self) -> str:
        """The column that was explained, else the one that the question names."""
        asked = [c for c in self.step.source if human(c).lower() in self.step.question.lower()]
        column = self.step.facts.measured or (asked or list(self.step.source) or ["the target"])[0]
        return measured(self.step.named(column))[0]

    @property
    def _measure(self) -> str:
        """What rises and falls: the rate of an outcome, or the target itself."""
        return rate_name(self.target, self.step.question) if self._outcome() else self.target

    def _outcome(self) -> bool:
        return self.model is not None and self.model.has(0, "target_level")

    def _p(self, row: int) -> float | None:
        p = self.view.number(row, "p_adjusted")
        return self.view.number(row, "p") if p is None else p

    def _feature(self, row: int) -> str:
        value = str(self.view.value(row, "feature"))
        words = measured(human(value))[0]
        if value in self.step.source and plain(words):
            return words
        return self.view.ref(row, "feature")

    def _way(self, row: int) -> str:
        """How the target moves with the column, in words."""
        feature, direction = self._feature(row), self.view.value(row, "direction")
        if direction in ("positive", "negative"):
            more = "more" if is_plural(feature) and not feature.startswith("{{") else "higher the"
            return f"the {more} {feature}, the {'higher' if direction == 'positive' else 'lower'} the {self._measure}"
        if self.view.has(row, "highest_at", "lowest_at"):
            high, low = (_among(feature, self._level(row, end)) for end in ("highest_at", "lowest_at"))
            return f"the {self._measure} {be(self._measure)} highest {high} and lowest {low}"
        return ""

    def _level(self, row: int, end: str) -> str:
        """A level in words; a reference where it is withheld, or would be taken for a number or a reference."""
        level = str(self.view.value(row, end))
        cited = self.view.table.is_withheld(row, end) or re.search(r"[\d<>{}]", level)
        return self.view.ref(row, end) if cited else level

    def _size(self, row: int) -> str:
        return f"association {self.view.short(row, 'association')}" if self.view.has(row, "association") else ""

    def _top(self) -> Finding:
        first, others = self.real[0], self.real[1:3]
        name = self._feature(first)
        lead = f"{name} has the closest link to {self.target}: {self._way(first)}"
        next_ = [f"{self._feature(i)} ({self._way(i)})" for i in others]
        then = f"Next {'comes' if len(next_) == 1 else 'come'} {listed(next_)}" if next_ else ""
        linked = [i for i in [first, *others] if self.view.has(i, "association")]
        strengths = listed([f"{self._feature(i)} {self.view.short(i, 'association')}" for i in linked])
        field = "p_adjusted" if self.view.number(first, "p_adjusted") is not None else "p"
        sure = (
            f"{name} would rarely show such a link by chance ({self.view.p(first, field)})"
            if self.view.p(first, field)
            else ""
        )
        least = self.view.number(first, "n") or 4 * FEW_ROWS
        return Finding(
            title=f"How strong the links to {self.target} are",
            headline=f"{capital(name)} is most closely linked to {self.target}",
            statement=paragraph(
                f"On a scale from zero to one, the strengths are {strengths}" if strengths else lead, sure
            ),
            answer=paragraph(lead, then),
            gist=self._level_of_target(),
            doubt=THIRD_FACTOR,
            because=self._because(first),
            action=f"Try a change to {name} with a small group and compare the result with a group without the change",
            table=self.view.id,
            confidence="low" if least < FEW_ROWS else "high" if least >= 4 * FEW_ROWS else "medium",
            main=True,
            size=1.0,
        )

    def _because(self, row: int) -> str:
        rows = f"Computed from {self.view.show(row, 'n')} rows; " if self.view.has(row, "n") else ""
        return f"{rows}p-values are corrected for the number of columns tried"

    def _none(self) -> Finding:
        best = self.order[0]
        text = f"No column shows a reliable link to {self.target}"
        close = f"The closest is {self._feature(best)}" + (f" ({self._size(best)})" if self._size(best) else "")
        return Finding(
            title=f"No reliable link to {self.target}",
            headline=f"No column in the table is reliably linked to {self.target}",
            statement=paragraph(close),
            answer=paragraph(text, close),
            doubt="With more rows, weaker links could still appear",
            because=self._because(best),
            action=f"Record other factors that may influence {self.target}: these columns do not explain it",
            table=self.view.id,
            main=True,
            size=0.6,
        )

    def _weak(self) -> Finding | None:
        weak = [i for i in self.order if i not in self.real]
        if not self.real or not weak:
            return None
        names = listed([self._feature(i) for i in weak[:4]])
        more = " and others" if len(weak) > 4 else ""
        text = f"No reliable link to {self.target} was found for {names}{more}"
        return Finding(
            title="What does not seem to matter",
            statement=paragraph(text),
            gist=text,
            because="The p-values are corrected for the number of columns tried",
            table=self.view.id,
            confidence="medium",
            size=0.4,
        )

    def _worth(self) -> Finding | None:
        model = self.model
        if model is None or not model.has(0, "score", "baseline"):
            return None
        score, baseline = model.number(0, "score") or 0, model.number(0, "baseline") or 0
        metric = str(model.value(0, "metric") or "").lower()
        gain = baseline - score if any(word in metric for word in _ERROR) else score - baseline
        useful = gain > 0.02 * max(abs(baseline), 0.5)
        told = _skill(model, metric, self.target)
        return Finding(
            title=f"Together they {'help predict' if useful else 'hardly predict'} {self.target}",
            statement=paragraph(told),
            gist=told,
            because="Scored on rows the model had not seen",
            action=(
                "Test a model of these columns on new data before you rank cases with it"
                if useful
                else f"Do not base individual decisions about {self.target} on these columns"
            ),
            table=model.id,
            confidence="medium",
            size=min(1.0, max(0.3, abs(gain))),
        )

    def _level_of_target(self) -> str:
        """How common or how large the target is in all, from the step beside."""
        single = self.topic.support(None)
        if single is None or not len(single.first):
            return ""
        shape = shape_of(single.first)
        return value_told(single, single.first, main_number(shape.numbers)) if shape.numbers else ""


def _among(feature: str, level: str) -> str:
    return f"where {feature} is {level}" if level.casefold() in ("yes", "no", "true", "false") else f"for {level}"


def _skill(model: View, metric: str, target: str) -> str:
    """What the held-out score means."""
    score, baseline = model.ref(0, "score"), model.ref(0, "baseline")
    if "auc" in metric:
        score, baseline = model.ref(0, "score", "0%"), model.ref(0, "baseline", "0%")
        told = "Given two cases with different outcomes, a model of these columns ranks the right one higher"
        return f"{told} in {score} of pairs; guessing would reach {baseline}"
    if metric in ("r2", "r²"):
        part = model.ref(0, "score", "0%")
        return f"On unseen rows, a model of these columns explains {part} of the variation in {target}"
    if "accuracy" in metric:
        score, baseline = model.ref(0, "score", "0%"), model.ref(0, "baseline", "0%")
        guess = f"compared with {baseline} for always guessing the most common outcome"
        return f"A model of these columns gets {score} of unseen rows right, {guess}"
    guess = f"and the naive guess {baseline} ({model.ref(0, 'metric')})"
    return f"A model of these columns scores {score} on unseen rows, {guess}"


def linear_regression(topic: Topic) -> list[Finding]:
    """How much the features explain, and which coefficients are clear."""
    step, view, coef = topic.lead, topic.lead.first, topic.lead.parts.get("coef")
    if not view.has(0, "r2"):
        return []
    target = measured(step.named(step.source[0]))[0] if step.source else "the target"
    told = f"The features explain {view.ref(0, 'r2', '0%')} of the variation in {target}"
    clear = _clear_terms(step, coef)
    effect = f"With the other features held constant, {target} is most clearly linked to {clear[0]}" if clear else ""
    more = f"Next {'comes' if len(clear) == 2 else 'come'} {listed(clear[1:3])}" if len(clear) > 1 else ""
    none = "No single coefficient is clearly different from zero" if coef is not None and not clear else ""
    missed = f"A prediction is typically off by {view.show(0, 'rmse')}" if view.has(0, "rmse") else ""
    few = (view.number(0, "n") or 0) < FEW_ROWS
    return [
        Finding(
            title=f"How much is left unexplained in {target}",
            headline=f"The model explains {view.ref(0, 'r2', '0%')} of the variation in {target}",
            statement=paragraph(more, missed) or paragraph(told),
            answer=paragraph(effect or none or told, told if effect or none else ""),
            gist=missed,
            doubt="A straight-line model of recorded data: coefficients are associations, not proven effects",
            because=f"Fitted on {view.show(0, 'n')} rows" if view.has(0, "n") else "",
            action=f"Use these coefficients to estimate {target} within the range of the data, not beyond it",
            table=coef.id if coef is not None and len(coef) else view.id,
            confidence="low" if few else "medium",
            main=True,
        )
    ]


def _clear_terms(step: Step, coef: View | None) -> list[str]:
    if coef is None:
        return []
    rows = [
        i
        for i in sorted(coef.order("t"), key=lambda i: -abs(coef.number(i, "t") or 0))
        if is_significant(coef.number(i, "p")) and coef.has(i, "term", "coef") and not _constant(coef.value(i, "term"))
    ]
    return [
        f"{_term(step, coef, i)} ({coef.show(i, 'coef', sign=True)} for each additional unit, {coef.p(i)})"
        for i in rows[:3]
    ]


def _term(step: Step, coef: View, row: int) -> str:
    value = str(coef.value(row, "term"))
    return (
        name_of(value, step.question, step.source)
        if value in step.source and plain(human(value))
        else coef.ref(row, "term")
    )


def _constant(term: object) -> bool:
    return str(term).strip().lower() in ("const", "constant", "intercept", "(intercept)")


def _errors(view: View) -> str:
    """The measures of a regression's error, each by its name."""
    named = (("mse", "mean squared error"), ("rmse", "its root"), ("mae", "mean absolute error"))
    told = [f"{words} {view.ref(0, field, '4')}" for field, words in named if view.has(0, field)]
    linked = (
        f"Predicted and actual values have a correlation of {view.ref(0, 'r_pred_actual', '4')}"
        if view.has(0, "r_pred_actual")
        else ""
    )
    rounded = (
        f"Rounded to yes or no, {view.ref(0, 'accuracy_at_0_5', '1%')} of the predictions are right"
        if view.has(0, "accuracy_at_0_5")
        else ""
    )
    return paragraph(f"On the unseen rows: {listed(told)}" if told else "", linked, rounded)


def train_model(topic: Topic) -> list[Finding]:
    """How well a model predicts rows that it has not seen."""
    step, view = topic.lead, topic.lead.first
    target = measured(step.named(step.source[0]))[0] if step.source else "the target"
    level: Level = "medium"
    if view.has(0, "accuracy"):
        text = f"The model gets {view.ref(0, 'accuracy', '1%')} of the unseen cases of {target} right"
        more = paragraph(
            f"Its F score, which counts rare outcomes as much as common ones, is {view.short(0, 'f1_macro')}"
            if view.has(0, "f1_macro")
            else "",
            f"Always guessing the most common outcome would get {view.ref(0, 'baseline', '1%')} right"
            if view.has(0, "baseline")
            else "",
        )
        doubt = (
            "How good that is depends on how common the most frequent outcome is, so compare the two before using it"
        )
    elif view.has(0, "r2"):
        r2 = view.number(0, "r2") or 0
        word = "well" if r2 >= 0.7 else "moderately well" if r2 >= 0.4 else "poorly"
        part = view.ref(0, "r2", "0%")
        text = f"The model predicts unseen values of {target} {word}: it explains {part} of their variation"
        more = f"A prediction is typically off by {view.show(0, 'rmse')}" if view.has(0, "rmse") else ""
        text = paragraph(text, _errors(view))
        doubt = "The figure is based on one split of the data into training and test rows"
    else:
        return []
    return [
        Finding(
            title=f"How far off the model of {target} is" if more else f"Predicting {target}",
            headline=text,
            statement=paragraph(more) or paragraph(text),
            answer=paragraph(text),
            gist=more,
            doubt=doubt,
            because="A different split of the rows would give a somewhat different score",
            action=f"Test the model of {target} on new data before using it for decisions",
            table=view.id,
            confidence=level,
            main=True,
        )
    ]
