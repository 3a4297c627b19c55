"""Reader of SQL results of one row: the value asked for, what it rests on, and what is typical beside it."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import listed
from analyst.rulebased.findings.brief import Finding, Step
from analyst.rulebased.findings.columns import SKEWED, spread
from analyst.rulebased.findings.shape import Shape, main_number, shape_of
from analyst.rulebased.findings.shares import ALL_COUNTED
from analyst.rulebased.findings.subject import COUNT, Subject, of_alias
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import asks_low, capital, paragraph

FEW_ROWS = 30


def single(topic: Topic, shape: Shape) -> list[Finding]:
    """The value first; then how the values behind it are spread, where that was computed."""
    step, view = topic.lead, topic.lead.first
    names = [n for n in [*shape.labels, *shape.times] if view.has(0, n)]
    numbers = [n for n in shape.numbers if view.has(0, n)]
    if not names and not numbers:
        text = "The result is empty: there are no values to compute it from"
        return [
            Finding(
                "No value", paragraph(text), view.id, headline=text, answer=paragraph(text), confidence="low", main=True
            )
        ]
    told, headline = _told(step, view, names, numbers)
    part = _part_of_all(topic)
    counts = next((view.number(0, n) for n in numbers if COUNT.match(n)), None)
    few = counts is not None and 0 < counts < FEW_ROWS and len(numbers) > 1
    main = Finding(
        title=headline,
        headline=headline,
        statement=paragraph(f"{told}{part}"),
        answer=paragraph(f"{told}{part}"),
        because="" if few else ALL_COUNTED,
        table=view.id,
        confidence="low" if few else "high",
        caveat="This figure is based on few records" if few else None,
        main=True,
        counts_rows=bool(numbers) and step.subject_of(main_number(numbers)).kind == "count",
        size=0.8,
    )
    return [_with_spread(topic, main)]


def value_told(step: Step, view: View, lead: str) -> str:
    """The number of column `lead` in a sentence."""
    subject = step.subject_of(lead)
    return f"The {subject.words}{step.scope} {subject.be} {subject.shown(view, 0, lead)}"


def _told(step: Step, view: View, names: list[str], numbers: list[str]) -> tuple[str, str]:
    """The value in a sentence, and as a headline."""
    if not numbers:
        text = listed([f"{step.named(n)}: {view.ref(0, n)}" for n in names])
        return text, capital(text)
    lead = main_number(numbers)
    subject = step.subject_of(lead)
    shown = subject.shown(view, 0, lead)
    beside = _beside(step, view, numbers, lead)
    if names:
        who = view.label(0, names[:2])
        ranked = step.ranked != 0 and step.facts.limit == 1
        end = subject.most(low=step.ranked > 0 or asks_low(step.question)) if ranked else subject.words
        text = f"{who} has {end}{step.scope}: {shown}" if ranked else f"{who}: {end}{step.scope} {shown}"
        return f"{text}{beside}", f"{capital(who)} has {end}: {shown}" if ranked else f"{capital(text)}"
    if subject.kind == "count":
        if view.number(0, lead) == 0:
            return _counted(view, lead, subject, step.scope, shown), f"No {subject.name}{step.scope}"
        return _counted(view, lead, subject, step.scope, shown) + beside, _headline(subject, step, shown)
    return f"The {subject.words}{step.scope} {subject.be} {shown}{beside}", _headline(subject, step, shown)


def _headline(subject: Subject, step: Step, shown: str) -> str:
    if subject.kind == "count":
        return f"{shown} {subject.name}{step.scope}"
    if subject.kind == "share" and subject.name.startswith("share ") and not subject.name.startswith("share of"):
        return f"{shown} {subject.name.removeprefix('share ')}{step.scope}"
    return f"{capital(subject.words)}{step.scope}: {shown}"


def _counted(view: View, lead: str, subject: Subject, scope: str, shown: str) -> str:
    number = view.number(0, lead)
    if number == 0:
        return f"There are no {subject.name}{scope}"
    return f"There {'is' if number == 1 else 'are'} {shown} {_noun(subject.name, number)}{scope}"


def _noun(name: str, number: float | None) -> str:
    """ "record" of one, "records" of more; other nouns as they are."""
    return "record" if name == "records" and number == 1 else name


def _beside(step: Step, view: View, numbers: list[str], lead: str) -> str:
    """The other numbers of the row: values first, then the records that they rest on."""
    others = [n for n in numbers if n != lead and not COUNT.match(n)][:3]
    told = []
    for name in others:
        subject = step.subject_of(name)
        told.append(f"{subject.words} {subject.value(view.show(0, name))}")
    counts = [n for n in numbers if n != lead and COUNT.match(n)][:1]
    rest = ""
    if counts:
        noun = _noun(of_alias(counts[0], step.question, "").name, view.number(0, counts[0]))
        rest = f", based on {view.show(0, counts[0])} {noun}"
    return f" ({listed(told)}){rest}" if told else rest


def _part_of_all(topic: Topic) -> str:
    """What part of all records a count makes up."""
    other = next(
        (step for step in topic.supports if step.method is None and "share_of_all" in step.first.columns), None
    )
    if other is None or not other.first.has(0, "share_of_all", "all_records"):
        return ""
    return f", which is {other.first.show(0, 'share_of_all')} of all {other.first.show(0, 'all_records')} records"


def _with_spread(topic: Topic, main: Finding) -> Finding:
    """The finding with how the values are spread, from the description beside it."""
    step = topic.support("describe")
    others = [s for s in topic.supports if s.method is None and "share_of_all" not in s.first.columns]
    if step is None and not others:
        return main
    if step is None:
        told = [_told(s, s.first, [], shape_of(s.first).numbers)[0] for s in others if shape_of(s.first).numbers]
        return replace(main, statement=paragraph(*told)) if told else main
    view = step.first
    if not view.has(0, "median", "q1", "q3"):
        return main
    subject = step.subject()
    skew = view.number(0, "skew_sample") or 0
    typical = f"the typical (median) {subject.name} {subject.be} {subject.value(view.show(0, 'median'))}"
    values = [topic.lead.subject_of(name) for name in shape_of(topic.lead.first).numbers]
    average = (
        ""
        if topic.lead.first.has(0, "median") or any(value.agg == "average" for value in values)
        else f", the average {subject.value(view.show(0, 'mean'))}"
    )
    if values and values[0].agg == "median":
        typical = f"the average {subject.name} is {subject.value(view.show(0, 'mean'))}"
        average = ""
    tail = ""
    if abs(skew) >= SKEWED:
        tail = f"A few very {'high' if skew > 0 else 'low'} values pull the average {'up' if skew > 0 else 'down'}"
    return replace(
        main,
        title=f"How {subject.name} is distributed",
        statement=paragraph(f"{typical}{average}", spread(view, 0, subject), tail),
        gist=f"{typical}{average}",
        action=f"Report the median along with the average of {subject.name}: a few extreme values skew the average"
        if tail
        else "",
        table=step.id,
    )
