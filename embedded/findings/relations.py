"""Readers of results about what goes with what: correlation, chi_square, drivers, regression, models."""

from __future__ import annotations

import re

from embedded.findings.brief import Finding, Step
from embedded.findings.view import View
from embedded.wording import capital, human, listed, paragraph, rule_of_strength, strength
from embedded.wording import significant as is_significant

NOT_CAUSE = "The two go together in this table; that does not show which one causes the other"
_PLAIN = re.compile(r"[A-Za-z]+( [A-Za-z]+){0,3}")
FEW_ROWS = 30
"""Below this many rows an association is called uncertain."""


def correlation(step: Step) -> list[Finding]:
    """The strongest pair, how strong, how sure, and the next ones."""
    view = step.first
    order = sorted(view.order("r"), key=lambda i: -abs(view.number(i, "r") or 0))
    if not order:
        return []
    top = order[0]
    found = [_pair(step, view, top, main=True)]
    others = [i for i in order[1:] if abs(view.number(i, "r") or 0) >= 0.1][:3]
    if others:
        found.append(_further_pairs(step, view, others))
    elif len(order) > 1:
        text = "All other pairs are practically uncorrelated"
        found.append(Finding("The other pairs", paragraph(text), view.id, confidence="medium"))
    return found


def _pair(step: Step, view: View, row: int, *, main: bool) -> Finding:
    r, p, n = (view.number(row, name) for name in ("r", "p", "n"))
    word, sure = strength(r or 0), is_significant(p) if p is not None else abs(r or 0) >= 0.5
    x, y = _field(step, view, row, "x"), _field(step, view, row, "y")
    pair = f"{x} and {y}"
    groups = [c for c in step.groups("x", "y", "r", "p", "n") if c not in ("x", "y")]
    among = f" for {view.label(row, groups)}" if groups else ""
    over = f", {view.show(row, 'n')} rows" if n is not None else ""
    figures = f"r = {view.show(row, 'r')}{', ' + view.p(row) if p is not None else ''}{over}"
    if word == "negligible":
        told = f"{pair} are practically uncorrelated{among} ({figures})"
        how = ""
    else:
        sign = "rise and fall together" if (r or 0) > 0 else "move in opposite directions"
        told = f"{pair} {sign}{among} ({figures})"
        how = f"The coefficient is {rule_of_strength(word)}"
    chance = "" if sure or p is None else "With this few data it could be chance"
    return Finding(
        title=f"{pair}: {word} {'positive' if (r or 0) > 0 else 'negative'} correlation" if how else f"{pair}: no link",
        statement=paragraph(told, how, chance),
        answer=paragraph(told, chance),
        doubt=chance or how,
        action=(
            f"Test the link between {pair} before acting on it: change one on purpose and watch the other"
            if how and sure
            else f"Do not use {x} to predict or steer {y}"
        ),
        table=view.id,
        confidence="low" if (n is not None and n < FEW_ROWS) else "high" if p is not None and p < 0.01 else "medium",
        caveat=NOT_CAUSE if how else "A correlation sees straight-line links only: a curved one could still be there",
        main=main,
    )


def _field(step: Step, view: View, row: int, name: str) -> str:
    """A column named in a cell, as words where they are plain ones, else as a reference."""
    words = human(str(view.value(row, name) or ""))
    return words if _PLAIN.fullmatch(words) and str(view.value(row, name)) in step.source else view.ref(row, name)


def _further_pairs(step: Step, view: View, rows: list[int]) -> Finding:
    told = [f"{_field(step, view, i, 'x')} and {_field(step, view, i, 'y')} (r = {view.show(i, 'r')})" for i in rows]
    return Finding(
        title="The next strongest pairs",
        statement=paragraph(f"After that come {listed(told)}"),
        table=view.id,
        action=f"Look at {told[0].split(' (')[0]} next: a chart of the points shows whether the link is a straight one",
        confidence="medium",
    )


def drivers(step: Step) -> list[Finding]:
    """Which features go with the target, in what direction, and what they are worth for predicting it."""
    view, model = step.first, step.parts.get("model")
    rows = [i for i in range(len(view)) if view.has(i, "feature")] if "feature" in view.columns else []
    if not rows:
        return []
    field = "importance" if any((view.number(i, "importance") or 0) > 0 for i in rows) else "association"
    order = [i for i in view.order(field) if i in rows] or rows
    real = [i for i in order if is_significant(_adjusted(view, i)) or _adjusted(view, i) is None]
    target = _target(step, model)
    found = [_top_drivers(view, real, target)] if real else [_no_drivers(view, order, target)]
    weak = [i for i in order if i not in real]
    if real and weak:
        names = listed([view.ref(i, "feature") for i in weak[:4]])
        text = f"No reliable link with {target} shows for {names}"
        found.append(
            Finding(
                "What does not seem to matter",
                paragraph(text),
                view.id,
                confidence="medium",
                action=f"Leave {names} out of the first measures: nothing here ties them to {target}",
            )
        )
    return found + _model_worth(model, target)


def _target(step: Step, model: View | None) -> str:
    asked = [c for c in step.source if human(c).lower() in step.question.lower()]
    name = step.named((asked or list(step.source) or ["the target"])[0])
    if model is not None and model.has(0, "target_level"):
        return f"{name} = {model.ref(0, 'target_level')}"
    return name


def _adjusted(view: View, row: int) -> float | None:
    p = view.number(row, "p_adjusted")
    return view.number(row, "p") if p is None else p


def _top_drivers(view: View, rows: list[int], target: str) -> Finding:
    told = [_driver(view, i) for i in rows[:3]]
    first = view.ref(rows[0], "feature")
    lead = f"{first} has the closest link with {target}: {told[0]}"
    then = f"Next {'comes' if len(told) == 2 else 'come'} {listed(_named_drivers(view, rows[1:3]))}" if told[1:] else ""
    least = min((view.number(i, "n") or FEW_ROWS * 4) for i in rows[:1])
    return Finding(
        title=f"{first} is the strongest driver of {target}",
        statement=paragraph(lead, then),
        answer=paragraph(lead, f"{then}" if then else ""),
        doubt="P values are corrected for the number of features tried; a link can still come from a third factor",
        action=f"Start with {first}: try a measure aimed at it on a small group and compare with an untreated one",
        table=view.id,
        confidence="low" if least < FEW_ROWS else "high" if least >= 4 * FEW_ROWS else "medium",
        caveat="These are links, not proven causes: a feature may stand for something that was not recorded",
        main=True,
    )


def _driver(view: View, row: int) -> str:
    direction = view.ref(row, "direction") if view.has(row, "direction") else ""
    size = f"association {view.show(row, 'association')}" if view.has(row, "association") else ""
    field = "p_adjusted" if view.number(row, "p_adjusted") is not None else "p"
    parts = [part for part in (size, view.p(row, field)) if part]
    tail = f"({', '.join(parts)})" if parts else ""
    return f"{direction} {tail}".strip()


def _named_drivers(view: View, rows: list[int]) -> list[str]:
    return [f"{view.ref(i, 'feature')}: {_driver(view, i)}" for i in rows]


def _no_drivers(view: View, order: list[int], target: str) -> Finding:
    best = f"; the closest is {view.ref(order[0], 'feature')}, {_driver(view, order[0])}"
    text = f"No feature shows a reliable link with {target}{best}"
    return Finding(
        title=f"No reliable driver of {target}",
        statement=paragraph(text),
        answer=paragraph(text),
        doubt="With more rows weaker links could still appear",
        action=f"Record other things that may influence {target}: what the table holds does not explain it",
        table=view.id,
        main=True,
    )


def _model_worth(model: View | None, target: str) -> list[Finding]:
    if model is None or not model.has(0, "score", "baseline"):
        return []
    score, baseline = model.number(0, "score") or 0, model.number(0, "baseline") or 0
    metric = model.ref(0, "metric") if model.has(0, "metric") else "score"
    figures = f"{metric} {model.show(0, 'score')} on unseen rows, {model.show(0, 'baseline')} for the naive guess"
    lower_better = any(word in str(model.value(0, "metric")).lower() for word in ("mae", "mse", "error", "loss"))
    gain = baseline - score if lower_better else score - baseline
    useful = gain > 0.02 * max(abs(baseline), 0.5)
    text = (
        f"Together the features predict {target} better than guessing ({figures})"
        if useful
        else f"Even together the features hardly predict {target} ({figures})"
    )
    return [
        Finding(
            title=f"How well {target} can be predicted",
            statement=paragraph(text),
            table=model.id,
            action=(
                f"A score built on these features could rank cases for attention to {target}; try it on new data first"
                if useful
                else f"Do not base single decisions about {target} on these features"
            ),
            confidence="medium",
        )
    ]


def linear_regression(step: Step) -> list[Finding]:
    """How much the features explain, and which coefficients are clear."""
    view, coef = step.first, step.parts.get("coef")
    if not view.has(0, "r2"):
        return []
    target = step.named(step.source[0]) if step.source else "the target"
    r2 = view.number(0, "r2") or 0
    word = "most" if r2 >= 0.7 else "a good part" if r2 >= 0.4 else "some" if r2 >= 0.1 else "hardly any"
    over = f", {view.show(0, 'n')} rows" if view.has(0, "n") else ""
    told = f"The features explain {word} of the variation in {target} (R² {view.show(0, 'r2')}{over})"
    clear = _clear_terms(coef)
    effect = f"Holding the others fixed, the clearest effect is that of {clear[0]}" if coef and clear else ""
    if len(clear) > 1:
        effect += f", then {listed(clear[1:3])}"
    none = "No single coefficient is clearly different from zero" if coef is not None and not clear else ""
    return [
        Finding(
            title=f"What explains {target}",
            statement=paragraph(told, effect, none),
            answer=paragraph(effect or none or told, told if effect or none else ""),
            doubt=f"The typical error of a prediction is {view.show(0, 'rmse')}" if view.has(0, "rmse") else "",
            action=f"Use these coefficients to estimate {target} within the range seen, not beyond it",
            table=coef.id if coef is not None and len(coef) else view.id,
            confidence="low" if (view.number(0, "n") or 0) < FEW_ROWS else "medium",
            caveat="A straight-line model of recorded data: coefficients are associations, not proven effects",
            main=True,
        )
    ]


def _clear_terms(coef: View | None) -> list[str]:
    if coef is None:
        return []
    rows = [
        i
        for i in sorted(coef.order("t"), key=lambda i: -abs(coef.number(i, "t") or 0))
        if is_significant(coef.number(i, "p")) and coef.has(i, "term", "coef") and not _constant(coef.value(i, "term"))
    ]
    return [f"{coef.ref(i, 'term')} ({coef.ref(i, 'coef', '+')} a unit, {coef.p(i)})" for i in rows[:3]]


def _constant(term: object) -> bool:
    return str(term).strip().lower() in ("const", "constant", "intercept", "(intercept)")


def train_model(step: Step) -> list[Finding]:
    """How well a model predicts rows that it has not seen."""
    view = step.first
    target = step.named(step.source[0]) if step.source else "the target"
    if view.has(0, "accuracy"):
        f1 = f" (F score {view.show(0, 'f1_macro')})" if view.has(0, "f1_macro") else ""
        text = f"The model gets {view.ref(0, 'accuracy', '1%')} of the unseen cases of {target} right{f1}"
        doubt = "How good that is depends on how common the most frequent outcome is: compare before using it"
    elif view.has(0, "r2"):
        r2 = view.number(0, "r2") or 0
        word = "well" if r2 >= 0.7 else "moderately well" if r2 >= 0.4 else "poorly"
        error = f", with a typical error of {view.show(0, 'rmse')}" if view.has(0, "rmse") else ""
        text = f"The model predicts unseen values of {target} {word} (R² {view.show(0, 'r2')}{error})"
        doubt = "The figure rests on one split of the data into training and test rows"
    else:
        return []
    return [
        Finding(
            title=f"Predicting {target}",
            statement=paragraph(text),
            answer=paragraph(text),
            doubt=doubt,
            action=f"Try the model of {target} on fresh data before any decision rests on it",
            table=view.id,
            caveat="A different split of the rows would give a somewhat different score",
            main=True,
        )
    ]


def chi_square(step: Step) -> list[Finding]:
    """Whether two categories go together, and how closely."""
    view = step.first
    p, v = view.number(0, "p"), view.number(0, "cramers_v")
    if p is None:
        return []
    names = [step.named(c) for c in step.source[:2]]
    pair = listed(names) if len(names) == 2 else "the two categories"
    sure = is_significant(p)
    word = "weak" if (v or 0) < 0.2 else "moderate" if (v or 0) < 0.4 else "strong"
    size = f"Cramér's V of {view.show(0, 'cramers_v')} makes the link a {word} one" if v is not None and sure else ""
    verdict = (
        f"{capital(pair)} are related: their combinations differ from what independence would give ({view.p(0)})"
        if sure
        else f"{capital(pair)} show no reliable relation ({view.p(0)})"
    )
    return [
        Finding(
            title=f"{capital(pair)} {'go together' if sure else 'look independent'}",
            statement=paragraph(verdict, size),
            answer=paragraph(verdict, size),
            doubt="The test says that they go together, not which one causes the other"
            if sure
            else "Absence of evidence is not evidence of absence: a weak relation could still hide in so many rows",
            action=f"Look at which combinations of {pair} stand out before acting on the relation"
            if sure
            else f"Plan for {pair} separately: nothing here ties them together",
            table=view.id,
            confidence="high" if p < 0.01 or p >= 0.2 else "medium",
            caveat="Some combinations are rare, so the p value is approximate" if view.table.warnings else None,
            main=True,
        )
    ]
