"""Reader of SQL results with a row a period: the best and the worst, and where the series went."""

from __future__ import annotations

import re

from embedded.findings.brief import Finding, Step
from embedded.findings.rankings import ranking
from embedded.findings.shape import TIME, Shape, direction, measure_of
from embedded.findings.subject import Subject, of_alias
from embedded.findings.topics import Topic
from embedded.findings.trends import direction as trend_of
from embedded.findings.view import View
from embedded.wording import asks_low, capital, grain_of, in_period, moved, paragraph

_RUNNING = re.compile(r"^(cumulative|running|cum)_", re.IGNORECASE)
_TEST = "Each period is counted by itself"


def series(topic: Topic, shape: Shape) -> list[Finding]:
    """The period that the question asks for first; where only the first rows of a longer result came, the sure end."""
    step, view = topic.lead, topic.lead.first
    field, time = measure_of(view, shape, step.question), shape.times[0]
    rows = [i for i in range(len(view)) if view.has(i, time) and view.number(i, field) is not None]
    if len(rows) < 2:
        return ranking(topic, shape)
    subject = of_alias(field, step.question, step.reading, step.source)
    if _RUNNING.match(field):
        return [_running(step, view, time, field, rows)]
    order = [i for i in view.order(field) if i in rows]
    way = direction(view, field)
    low = way > 0 if view.cut and way else asks_low(step.question)
    return [_extremes(topic, view, (time, field), order[::-1] if low else order, subject, low=low, way=way)]


def _extremes(
    topic: Topic, view: View, columns: tuple[str, str], order: list[int], subject: Subject, *, low: bool, way: int
) -> Finding:
    step, (time, field) = topic.lead, columns
    best, worst = order[0], order[-1]
    grain = _grain(view, time, best)
    end, other = ("lowest", "highest") if low else ("highest", "lowest")
    sure = not view.cut or way != 0
    value = lambda row: subject.value(view.show(row, field))  # noqa: E731 - one use, two lines below
    told = f"{subject.words}{step.scope} {subject.be} {end} {_at(view, time, best, grain)}: {value(best)}"
    next_ = f"Next {'come' if len(order) > 2 else 'comes'} " + " and ".join(
        f"{_label(view, time, i, grain)} ({value(i)})" for i in order[1:3]
    )
    far = f"The {other} is {_label(view, time, worst, grain)} with {value(worst)}" if not view.cut and len(order) > 3 else ""
    support = topic.support("trend")
    return Finding(
        title=f"{capital(subject.words)} by {grain}",
        headline=f"{capital(subject.words)} {subject.be} {end} {_at(view, time, best, grain)}: {value(best)}",
        statement=paragraph(far, "" if _cyclic(view, time, best) else _span(view, time, field, subject, grain), trend_of(support) if support else "")
        or paragraph(next_),
        answer=paragraph(told, next_),
        gist=far or (trend_of(support) if support else ""),
        because=_TEST if sure else "",
        action=f"Learn what made {_label(view, time, best, grain)} stand out in {subject.name}",
        table=view.id,
        confidence="high" if sure else "low",
        caveat=None if sure else "Only the first rows of a longer, unsorted result were compared",
        main=True,
        size=1.0,
    )


def _at(view: View, time: str, row: int, grain: str) -> str:
    if _cyclic(view, time, row):
        return f"in {grain} {view.ref(row, time)}"
    return in_period(view.ref(row, time), grain)


def _label(view: View, time: str, row: int, grain: str) -> str:
    return f"{grain} {view.ref(row, time)}" if _cyclic(view, time, row) else view.ref(row, time)


def _cyclic(view: View, time: str, row: int) -> bool:
    """Whether the periods come round again, as hours and months of the year do."""
    number = view.number(row, time)
    return bool(TIME.match(time)) and number is not None and number < 100


def _span(view: View, time: str, field: str, subject: Subject, grain: str) -> str:
    if view.cut:
        return ""
    rows = sorted(range(len(view)), key=lambda i: (str(type(view.value(i, time))), view.value(i, time) or ""))
    start, end = rows[0], rows[-1]
    if view.number(start, field) is None or view.number(end, field) is None:
        return ""
    verb = moved((view.number(end, field) or 0) - (view.number(start, field) or 0))
    first, last = (in_period(view.ref(i, time), grain) for i in (start, end))
    low, high = (subject.value(view.show(i, field)) for i in (start, end))
    if verb == "was unchanged":
        return f"It was {high} both {first} and {last}"
    return f"From the first to the last {grain} it {verb} from {low} ({view.ref(start, time)}) to {high} ({view.ref(end, time)})"


def _running(step: Step, view: View, time: str, field: str, rows: list[int]) -> Finding:
    subject = of_alias(_RUNNING.sub("", field), step.question, step.reading, step.source)
    last = max(rows, key=lambda i: str(view.value(i, time)))
    first = min(rows, key=lambda i: str(view.value(i, time)))
    grain = _grain(view, time, last)
    told = f"By the end of {view.ref(last, time)} {subject.words} had added up to {subject.value(view.show(last, field))}"
    start = f"After the first {grain}, {view.ref(first, time)}, it stood at {subject.value(view.show(first, field))}"
    return Finding(
        title=f"{capital(subject.words)} added up by {grain}",
        headline=f"{capital(subject.words)} added up to {subject.value(view.show(last, field))}",
        statement=paragraph(start),
        answer=paragraph(told),
        because=_TEST,
        table=view.id,
        confidence="low" if view.cut else "high",
        caveat="Only the first rows of a longer result were seen" if view.cut else None,
        main=True,
    )


def _grain(view: View, time: str, row: int) -> str:
    grain = grain_of(view.value(row, time))
    named = re.search(r"(year|quarter|month|week|day|hour)", time, re.IGNORECASE)
    return named[1].lower() if named and grain in ("period", "day") else grain

