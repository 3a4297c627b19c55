"""Reader of SQL results with a row a period: the best and the worst, and where the series went."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyst.core.quoting import quoted
from analyst.core.text import listed
from analyst.rulebased.findings.brief import Finding, Step
from analyst.rulebased.findings.rankings import ranking
from analyst.rulebased.findings.shape import TIME, Shape, direction, measure_of, shape_of
from analyst.rulebased.findings.subject import COUNT, Subject
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.trends import direction as trend_of
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import asks_low, capital, grain_of, in_period, moved, paragraph

_RUNNING = re.compile(r"^(cumulative|running|cum)_", re.IGNORECASE)
_ALONE = "Each period is counted separately"


def series(topic: Topic, shape: Shape) -> list[Finding]:
    """The period that the question asks for first; where only the first rows of a longer result came, the sure end."""
    step, view = topic.lead, topic.lead.first
    field, time = measure_of(view, shape, step.question), shape.times[0]
    rows = [i for i in range(len(view)) if view.has(i, time) and view.number(i, field) is not None]
    if len(rows) < 2:
        return ranking(topic, shape)
    if _RUNNING.match(field):
        return [_running(step, view, time, field, rows)]
    ends = _ends(step, field, rows)
    return [_Extremes(topic, time, field, ends).finding()]


_Cell = tuple[View, int]


@dataclass(frozen=True)
class Ends:
    """The first rows at the end that the question asks for, the one at the other end; `sure`: of the whole series."""

    best: tuple[_Cell, ...]
    worst: _Cell | None
    low: bool
    sure: bool


def _ends(step: Step, field: str, rows: list[int]) -> Ends:
    view, low = step.first, asks_low(step.question)
    highest, lowest = step.parts.get("highest"), step.parts.get("lowest")
    if highest is not None and lowest is not None and len(highest) and len(lowest):
        best, other = (lowest, highest) if low else (highest, lowest)
        return Ends(tuple((best, i) for i in range(len(best))), (other, 0), low, sure=True)
    way = direction(view, field)
    low = way > 0 if view.cut and way else low
    order = [i for i in view.order(field) if i in rows][:: -1 if low else 1]
    worst = (view, order[-1]) if not view.cut and len(order) > 3 else None
    return Ends(tuple((view, i) for i in order[:3]), worst, low, sure=not view.cut or way != 0)


def missing_ends(step: Step) -> tuple[dict[str, str], ...]:
    """The steps that find the ends of a series of which only the first rows are seen, in no order of size."""
    view = step.first
    if step.method is not None or not view.cut or "highest" in step.parts or "last" in step.parts:
        return ()
    shape = shape_of(view)
    if not shape.times or shape.labels or not shape.numbers or any(map(view.hidden, view.columns)):
        return ()
    field = measure_of(view, shape, step.question)
    if _RUNNING.match(field):
        return (
            {
                "id": f"{step.id}_last",
                "sql": f"SELECT * FROM {step.id} ORDER BY {quoted(shape.times[0])} DESC LIMIT 1",
            },
        )
    if direction(view, field):
        return ()
    return tuple(
        {"id": f"{step.id}_{end}", "sql": f"SELECT * FROM {step.id} ORDER BY {quoted(field)} {way} NULLS LAST LIMIT 3"}
        for end, way in (("highest", "DESC"), ("lowest", "ASC"))
    )


class _Extremes:
    """The best and the worst period of a series, and where it went."""

    def __init__(self, topic: Topic, time: str, field: str, ends: Ends) -> None:
        self.topic, self.step, self.time, self.field, self.ends = topic, topic.lead, time, field, ends
        self.subject = self.step.subject_of(field)
        self.grain = _grain(self.step.first, time, 0)

    def finding(self) -> Finding:
        best, *others = self.ends.best
        end, other = ("lowest", "highest") if self.ends.low else ("highest", "lowest")
        headline = (
            f"{self.subject.start}{self.step.scope} {self.subject.be} {end} {self._at(best)}: {self._value(best)}"
        )
        told = listed([f"{self._label(cell)} ({self._value(cell)})" for cell in others])
        next_ = f"Next {'come' if len(others) > 1 else 'comes'} {told}"
        worst = self.ends.worst
        far = f"The {other} is {self._label(worst)} with {self._value(worst)}" if worst else ""
        support = self.topic.support("trend")
        trend = trend_of(support) if support else ""
        return Finding(
            title=f"{capital(self.subject.words)} by {self.grain}",
            headline=capital(headline),
            statement=paragraph(far, self._span(), trend) or paragraph(next_),
            answer=paragraph(headline, next_ if others else ""),
            gist=far or trend,
            because=_ALONE if self.ends.sure else "",
            action=f"See what made {self._label(best)} stand out in {self.subject.name}",
            table=self.step.first.id,
            confidence="high" if self.ends.sure else "low",
            caveat=None if self.ends.sure else "Only the first rows of a longer, unsorted result were compared",
            main=True,
            counts_rows=self.subject.kind == "count",
            size=1.0,
        )

    def _value(self, cell: _Cell) -> str:
        return self.subject.shown(*cell, self.field)

    def _at(self, cell: _Cell) -> str:
        view, row = cell
        if _cyclic(view, self.time, row):
            return f"in {self.grain} {view.ref(row, self.time)}"
        return in_period(view.ref(row, self.time), self.grain)

    def _label(self, cell: _Cell) -> str:
        view, row = cell
        shown = view.ref(row, self.time)
        return f"{self.grain} {shown}" if _cyclic(view, self.time, row) else shown

    def _span(self) -> str:
        """Where the series went from its first to its last period; nothing where periods come round again."""
        view = self.step.first
        rows = sorted(range(len(view)), key=lambda i: str(view.value(i, self.time) or ""))
        start, end = rows[0], rows[-1]
        known = view.number(start, self.field) is not None and view.number(end, self.field) is not None
        if view.cut or not known or _cyclic(view, self.time, start):
            return ""
        verb = moved((view.number(end, self.field) or 0) - (view.number(start, self.field) or 0))
        low, high = (self._value((view, i)) for i in (start, end))
        if verb == "was unchanged":
            return f"It was {high} both {self._at((view, start))} and {self._at((view, end))}"
        first, last = (view.ref(i, self.time) for i in (start, end))
        return f"From the first to the last {self.grain} it {verb} from {low} ({first}) to {high} ({last})"


def _cyclic(view: View, time: str, row: int) -> bool:
    """Whether the periods come round again, as hours and months of the year do."""
    number = view.number(row, time)
    return bool(TIME.match(time)) and number is not None and number < 100


def _running(step: Step, view: View, time: str, field: str, rows: list[int]) -> Finding:
    subject = _added(step, view, field)
    first = min(rows, key=lambda i: str(view.value(i, time)))
    last = step.parts.get("last")
    end = (last, 0) if last is not None and len(last) else (view, max(rows, key=lambda i: str(view.value(i, time))))
    grain, sure = _grain(view, time, first), last is not None or not view.cut
    at, total = end[0].ref(end[1], time), subject.value(end[0].show(end[1], field))
    told = f"By the end of {at}, {subject.words} added up to {total}"
    start = f"After the first {grain}, {view.ref(first, time)}, it stood at {subject.value(view.show(first, field))}"
    return Finding(
        title=f"Running total of {subject.words} by {grain}",
        headline=f"{capital(subject.words)} added up to {total}",
        statement=paragraph(start),
        answer=paragraph(told),
        because=_ALONE,
        table=view.id,
        confidence="high" if sure else "low",
        caveat=None if sure else "Only the first rows of a longer result were read",
        main=True,
    )


def _added(step: Step, view: View, field: str) -> Subject:
    """What a running total adds up: named by its own column, else by the number beside it."""
    rest = _RUNNING.sub("", field)
    beside = [n for n in view.columns if n != field and view.numeric(n) and not COUNT.match(n)]
    if rest.lower() in ("total", "sum") and beside:
        rest = beside[0]
    return step.subject_of(rest)


def _grain(view: View, time: str, row: int) -> str:
    grain = grain_of(view.value(row, time))
    named = re.search(r"(year|quarter|month|week|day|hour)", time, re.IGNORECASE)
    return named[1].lower() if named and grain in ("period", "day") else grain
