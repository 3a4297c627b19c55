"""Readers of SQL results, by shape: nothing, one row, a ranking, a series, a list."""

from __future__ import annotations

from analyst.core.text import listed
from analyst.rulebased.findings.brief import Finding, Step
from analyst.rulebased.findings.periods import series
from analyst.rulebased.findings.rankings import ranking
from analyst.rulebased.findings.shape import Shape, measure_of, shape_of
from analyst.rulebased.findings.singles import single
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import capital, counted, paragraph


def sql(topic: Topic) -> list[Finding]:
    """What an SQL result says, by its shape."""
    step, view = topic.lead, topic.lead.first
    if view.row_count == 0:
        return [_empty(view)]
    if not len(view) or not view.columns:
        return []
    shape = shape_of(view)
    if view.row_count == 1:
        return single(topic, shape)
    if not shape.numbers:
        return _listing(step, view, shape)
    if shape.times and not shape.labels and view.row_count > 2 and not any(map(view.hidden, view.columns)):
        return series(topic, shape)
    field = measure_of(view, shape, step.question)
    if view.hidden(field) and not view.sorted_by(field):
        return _unranked(step, view, shape, field)
    return ranking(topic, shape)


def _empty(view: View) -> Finding:
    text = "No row of the table matches what was asked for"
    return Finding(
        "Nothing matches",
        paragraph(text),
        view.id,
        headline=text,
        answer=paragraph(text),
        because="All rows were searched",
        confidence="high",
        main=True,
        doubt="An empty result can also mean that a value is spelled differently in the table",
        action="Check the names and dates in your question against the table, then ask again",
    )


def _listing(step: Step, view: View, shape: Shape) -> list[Finding]:
    field = (shape.labels or shape.times)[0] if shape.labels or shape.times else None
    if field is None:
        return []
    full = [i for i in range(len(view)) if view.has(i, field)]
    if not full:
        return []
    name = step.named(field)
    first: dict[object, int] = {}
    for i in full:
        first.setdefault(i if view.table.is_withheld(i, field) else view.value(i, field), i)
    shown = listed([view.ref(i, field) for i in list(first.values())[:5]])
    lead = f"{capital(counted(view.row_count, 'row'))} {'matches' if view.row_count == 1 else 'match'}"
    text = f"{lead}; the first by {name} are {shown}" if len(first) > 5 else f"{lead}, with {name} {shown}"
    return [
        Finding(
            title=f"What matches, by {name}",
            headline=lead,
            statement=paragraph(text),
            table=view.id,
            answer=paragraph(text),
            because="The list contains every matching row of the table",
            confidence="high",
            main=True,
        )
    ]


def _unranked(step: Step, view: View, shape: Shape, field: str) -> list[Finding]:
    """Rows whose numbers are withheld and not sorted: they are listed, since nobody here can tell the largest."""
    labels = [*shape.labels, *shape.times][:2]
    rows = [i for i in range(len(view)) if view.has(i, field)][:3]
    if not rows:
        return _listing(step, view, shape)
    subject, more = step.subject_of(field), view.row_count > len(rows)
    told = listed([f"{view.label(i, labels)} ({subject.words} {subject.value(view.show(i, field))})" for i in rows])
    lead = f"{capital(counted(view.row_count, 'row'))} match"
    text = f"{lead}{'; the first are' if more else ':'} {told}"
    return [
        Finding(
            title=f"What matches, with {subject.words}",
            headline=lead,
            statement=paragraph(text),
            table=view.id,
            answer=paragraph(text),
            because="The list is in table order, not sorted by size",
            confidence="high",
            main=True,
            action=f"Sort the list by {subject.words} before you draw conclusions from it",
        )
    ]
