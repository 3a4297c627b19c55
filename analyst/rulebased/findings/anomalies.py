"""Readers of what stands out: periods and rows far from what was expected, and outliers by rule."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import listed, plural
from analyst.rulebased.findings.brief import Finding, Step
from analyst.rulebased.findings.subject import Subject
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import capital, grain_of, paragraph

CONVENTION = "The rule is a convention: an outlier may be a genuine extreme case"
REAL_OR_ERROR = "The rule flags unusual values; it can't tell an error from a real event"


def anomalies(topic: Topic) -> list[Finding]:
    """What stands out, by how much, against what was expected."""
    return _standing_out(topic.lead) or [_nothing(topic.lead)]


def outliers(topic: Topic) -> list[Finding]:
    """How many outliers there are, what they do to the average, and which values are furthest out."""
    step, view = topic.lead, topic.lead.first
    if not view.has(0, "n_outliers"):
        return []
    subject, count = step.subject(), view.number(0, "n_outliers") or 0
    furthest = next((s for s in topic.supports if s.method == "anomalies"), None)
    return [_ruled(step, view, subject, count), *(_beside(f) for f in (_standing_out(furthest) if furthest else []))]


def _beside(finding: Finding) -> Finding:
    return replace(finding, main=False, statement=finding.answer, gist="", size=0.6)


def _ruled(step: Step, view: View, subject: Subject, count: float) -> Finding:
    inside = ""
    if view.has(0, "lower", "upper"):
        low, high = (subject.value(view.show(0, name)) for name in ("lower", "upper"))
        inside = f"{low} to {high}"
    if not count:
        told = f"{subject.name} has no outliers" + (f": every value lies within {inside}" if inside else "")
    else:
        values = "value counts as an outlier" if count == 1 else "values count as outliers"
        told = f"{view.show(0, 'n_outliers')} {subject.name} {values}"
        told += f": outside {inside}" if inside else ""
    them = "it" if count == 1 else "them"
    without = ""
    if count and view.has(0, "mean_kept"):
        without = f"Without {them} the average {subject.name} is {subject.value(view.show(0, 'mean_kept'))}"
        without += f" and the median {subject.value(view.show(0, 'median_kept'))}" if view.has(0, "median_kept") else ""
    return Finding(
        title=f"How outliers affect the average of {subject.name}" if count else f"No outliers in {subject.name}",
        headline=f"{view.show(0, 'n_outliers')} outliers in {subject.name}"
        if count > 1
        else f"{'One outlier' if count else 'No outliers'} in {subject.name}",
        statement=paragraph(without or told),
        answer=paragraph(told, without),
        doubt=CONVENTION if count else "",
        because="Flagged by a rule, not checked at the source",
        action=f"Check the outliers in {subject.name} at their source before you remove any" if count else "",
        table=view.id,
        confidence="medium" if count else "high",
        main=True,
    )


def _standing_out(step: Step) -> list[Finding]:
    view, summary = step.first, step.parts.get("summary")
    rows = [i for i in range(len(view)) if view.has(i, "label", "value")] if "label" in view.columns else []
    if not rows:
        return []
    by = step.groups("value", "expected", "deviation", "robust_z")
    subject, grain = step.subject(*by), grain_of(view.value(rows[0], "label"))
    told = [_odd(view, i, by, subject, over_time=grain != "period") for i in rows[:3]]
    who = _place(view, rows[0], by, over_time=grain != "period")
    found = ""
    if summary is not None and summary.has(0, "found", "checked"):
        unit = plural(grain) if grain != "period" else "values"
        one = summary.number(0, "found") == 1
        found = f"{summary.show(0, 'found')} of {summary.show(0, 'checked')} {unit} {'stands' if one else 'stand'} out"
    next_ = f"Next {'come' if len(told) > 2 else 'comes'} {listed(told[1:])}" if told[1:] else ""
    more = "The others are in the table" if view.row_count > 3 else ""
    return [
        Finding(
            title="What else stands out" if next_ else f"Unusual {subject.name}",
            headline=f"{capital(subject.words)} {subject.be} most unusual at {who}",
            statement=paragraph(next_, more if next_ else "") or paragraph(f"The only case is {told[0]}"),
            answer=paragraph(f"{subject.words}{step.scope} {subject.be} most unusual at {told[0]}", found),
            gist=next_,
            doubt=REAL_OR_ERROR,
            because="Flagged by a rule, not checked at the source",
            action=f"Check {who} at the source: correct it if it is a recording error, or find the event behind it",
            table=view.id,
            confidence="high" if abs(view.number(rows[0], "robust_z") or 0) >= 6 else "medium",
            main=True,
            size=1.0,
        )
    ]


def _place(view: View, row: int, by: list[str], *, over_time: bool) -> str:
    where = view.ref(row, "label") if over_time or isinstance(view.value(row, "label"), str) else ""
    where = where or f"row {view.ref(row, 'label')}"
    groups = [name for name in by if name != "label"]
    return f"{where} ({view.label(row, groups)})" if groups else where


def _odd(view: View, row: int, by: list[str], subject: Subject, *, over_time: bool) -> str:
    value = subject.value(view.show(row, "value"))
    expected = (
        f" where about {subject.value(view.show(row, 'expected'))} was expected" if view.has(row, "expected") else ""
    )
    return f"{_place(view, row, by, over_time=over_time)}, with {value}{expected}"


def _nothing(step: Step) -> Finding:
    view = step.parts.get("summary") or step.first
    subject = step.subject()
    checked = f" among {view.show(0, 'checked')} checked" if view.has(0, "checked") else ""
    text = f"There is nothing unusual in {subject.words}{step.scope}: no value{checked} is far from the usual range"
    return Finding(
        title=f"Nothing unusual in {subject.words}",
        headline=f"Nothing unusual in {subject.words}",
        statement=paragraph(text),
        answer=paragraph(text),
        because="Deviations below the rule's limit may still matter",
        table=view.id,
        main=True,
    )
