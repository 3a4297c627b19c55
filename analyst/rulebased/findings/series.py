"""Readers of what goes over time: rows a period, the trend of a series, and how it may go on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from analyst.core.quoting import quoted
from analyst.core.text import listed, plural
from analyst.rulebased.findings.brief import Step
from analyst.rulebased.findings.caveats import count_of, doubtful
from analyst.rulebased.findings.finding import TOLD, Finding, Holds, Level, tell
from analyst.rulebased.findings.rankings import ranking
from analyst.rulebased.findings.shape import TIME, Shape, direction, measure_of, shape_of
from analyst.rulebased.findings.subject import COUNT, Subject
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import asks_high, asks_low, asks_trend, asks_yes_no, grain_of, in_period, moved

MOST_LISTED = 12
"""Periods of a series that are all named."""
FEW_PERIODS = 8
"""Below this many periods a trend or a forecast is called uncertain; up to so many are all named."""
SEASONAL = 0.6
"""From this strength on (0 to 1) a seasonal pattern is worth a sentence."""
_RUNNING = re.compile(r"^(cumulative|running|cum)_", re.IGNORECASE)
_Cell = tuple[View, int]


def series(topic: Topic, shape: Shape) -> list[Finding]:
    """The period that the question asks for first; of a short series every period."""
    step, view = topic.lead, topic.lead.first
    field, time = measure_of(view, shape, step.question), shape.times[0]
    rows = [i for i in range(len(view)) if view.has(i, time) and view.number(i, field) is not None]
    if len(rows) < 2:
        return ranking(topic, shape)
    if _RUNNING.match(field):
        return [_running(step, time, field, rows)]
    return [_Series(topic, time, field, rows).finding()]


@dataclass(frozen=True)
class _Ends:
    """The first rows at the end that the question asks for, the one at the other end; `sure`: of the whole series."""

    best: tuple[_Cell, ...]
    worst: _Cell | None
    low: bool
    sure: bool


def _ends(step: Step, field: str, rows: list[int]) -> _Ends:
    view, low = step.first, asks_low(step.question)
    highest, lowest = step.parts.get("highest"), step.parts.get("lowest")
    if highest is not None and lowest is not None and len(highest) and len(lowest):
        best, other = (lowest, highest) if low else (highest, lowest)
        return _Ends(tuple((best, i) for i in range(len(best))), (other, 0), low, sure=True)
    way = view.sorted_by(field) or (direction(view, field) if view.cut else 0)
    low = way > 0 if way else low
    order = [i for i in view.order(field) if i in rows][:: -1 if low else 1]
    worst = (view, order[-1]) if not view.cut and len(order) > 1 else None
    return _Ends(tuple((view, i) for i in order[:3]), worst, low, sure=not view.cut or way != 0)


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
        last = f"SELECT * FROM {step.id} ORDER BY {quoted(shape.times[0])} DESC LIMIT 1"
        return ({"id": f"{step.id}_last", "sql": last},)
    if direction(view, field):
        return ()
    return tuple(
        {"id": f"{step.id}_{end}", "sql": f"SELECT * FROM {step.id} ORDER BY {quoted(field)} {way} NULLS LAST LIMIT 3"}
        for end, way in (("highest", "DESC"), ("lowest", "ASC"))
    )


class _Series:
    """A row a period: every value of a short one, else the best and the worst, and where it went."""

    def __init__(self, topic: Topic, time: str, field: str, rows: list[int]) -> None:
        self.topic, self.step, self.time, self.field, self.rows = topic, topic.lead, time, field, rows
        self.view, self.subject = topic.lead.first, topic.lead.subject_of(field)
        self.ends = _ends(self.step, field, rows)
        self.grain = _grain(self.view, time, 0)

    def finding(self) -> Finding:
        """The values of a short series in its own order, else its ends."""
        whole = not self.view.cut and len(self.rows) <= FEW_PERIODS and not self.view.sorted_by(self.field)
        best, *others = self.ends.best
        worst, support = self.ends.worst, self.topic.support("trend")
        other = "highest" if self.ends.low else "lowest"
        next_ = listed([f"{self._label(cell)} ({self._value(cell)})" for cell in others])
        slots = {
            "measure": self.subject.start, "be": self.subject.be, "grain": self.grain, "scope": self.step.scope,
            "end_word": "lowest" if self.ends.low else "highest", "when": self._at(best), "value": self._value(best),
            "next": f"next {'come' if len(others) > 1 else 'comes'} {next_}" if next_ else "",
            "far": f"the {other} is {self._value(worst)}, {self._at(worst)}" if worst else "",
            "span": self._span(), "trend": direction_told(support) if support else "",
            "list": listed([self._told(i) for i in self.rows]), "doubt": self._doubt(),
        }  # fmt: skip
        found = tell(TOLD["short series" if whole else "series"], slots, self.view.id)
        caveat = "" if self.ends.sure else "Only the first rows of a longer, unsorted result were compared."
        return replace(found, sure="high" if self.ends.sure else "low", caveat=caveat, size=1.0)

    def _doubt(self) -> str:
        """Why the period that comes first is no firm result."""
        view, rows = self.ends.best[0][0], [row for _, row in self.ends.best]
        count = count_of(view, self.field) if self.subject.kind != "count" else None
        return doubtful(
            view, rows, [self.time], count, lambda row: f"{self._label((view, row))} ({self._value((view, row))})"
        )

    def _told(self, row: int) -> str:
        """The period's value, with its growth where that was computed too."""
        growth = next((c for c in self.view.columns if c.lower().endswith("growth") and c != self.field), "")
        grown = f" ({self.view.show(row, growth, sign=True)})" if self.view.has(row, growth) else ""
        return f"{self._value((self.view, row))} {self._at((self.view, row))}{grown}"

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
        rows = sorted(self.rows, key=lambda i: str(self.view.value(i, self.time)))
        start, end = rows[0], rows[-1]
        if self.view.cut or _cyclic(self.view, self.time, start):
            return ""
        verb = moved((self.view.number(end, self.field) or 0) - (self.view.number(start, self.field) or 0))
        low, high = (self._value((self.view, i)) for i in (start, end))
        first, last = (self._at((self.view, i)) for i in (start, end))
        return f"it {verb} from {low} {first} to {high} {last}" if verb != "did not change" else ""


def _cyclic(view: View, time: str, row: int) -> bool:
    """Whether the periods come round again, as hours and months of the year do."""
    number = view.number(row, time)
    return bool(TIME.match(time)) and number is not None and number < 100


def _running(step: Step, time: str, field: str, rows: list[int]) -> Finding:
    view, subject = step.first, _added(step, step.first, field)
    first = min(rows, key=lambda i: str(view.value(i, time)))
    last = step.parts.get("last")
    end = (last, 0) if last is not None and len(last) else (view, max(rows, key=lambda i: str(view.value(i, time))))
    sure = last is not None or not view.cut
    slots = {
        "measure": subject.words, "grain": _grain(view, time, first), "scope": step.scope,
        "last": end[0].ref(end[1], time), "value": subject.value(end[0].show(end[1], field)),
        "first": view.ref(first, time), "first_value": subject.value(view.show(first, field)),
    }  # fmt: skip
    caveat = "" if sure else "Only the first rows of a longer result were read."
    return replace(tell(TOLD["running"], slots, view.id), sure="high" if sure else "low", caveat=caveat)


def _added(step: Step, view: View, field: str) -> Subject:
    """What a running total adds up: named by its own column, else by the number beside it."""
    rest = _RUNNING.sub("", field)
    beside = [n for n in view.columns if n != field and view.numeric(n) and not COUNT.match(n)]
    return step.subject_of(beside[0] if rest.lower() in ("total", "sum") and beside else rest)


def _grain(view: View, time: str, row: int) -> str:
    grain = grain_of(view.value(row, time))
    named = re.search(r"(year|quarter|month|week|day|hour)", time, re.IGNORECASE)
    return named[1].lower() if named and grain in ("period", "day") else grain


def trend(topic: Topic) -> list[Finding]:
    """The direction with its ends first, then the pace, then the best and the weakest period."""
    step, summary = topic.lead, _summary_of(topic.lead)
    if summary is None or not len(summary):
        return []
    by = summary.columns[: summary.columns.index("periods")] if "periods" in summary.columns else []
    subject = step.subject(*by)
    if by and summary.row_count > 1:
        return _by_group(step, summary, by, subject)
    return [_trend(step, summary, subject)]


def _summary_of(step: Step) -> View | None:
    """The row that sums the series up."""
    if "summary" in step.parts:
        return step.parts["summary"]
    return step.main if step.main is not None and "slope" in step.main.columns else None


def direction_told(step: Step) -> str:
    """One sentence on where a series goes, for a report that is about something else."""
    view = _summary_of(step)
    if view is None or not len(view) or not view.has(0, "periods"):
        return ""
    subject, grain = step.subject(), grain_of(view.value(0, "first_period"))
    over = f"over {view.show(0, 'periods')} {plural(grain)}"
    if view.value(0, "direction") in ("rising", "falling"):
        return f"{subject.start} {subject.be} {view.value(0, 'direction')} {over}"
    return f"{subject.start} {'show' if subject.be == 'are' else 'shows'} no clear trend {over}"


def _trend(step: Step, view: View, subject: Subject) -> Finding:
    grain, way = grain_of(view.value(0, "first_period")), view.value(0, "direction")
    clear = way in ("rising", "falling")
    periods = f"{view.show(0, 'periods')} {plural(grain)}" if view.has(0, "periods") else f"the {plural(grain)}"
    slots = {
        "subject": subject.start, "measure": subject.words, "be": subject.be, "scope": step.scope,
        "way": str(way), "grains": plural(grain), "periods": periods,
        "a_way": "a clear upward" if way == "rising" else "a clear downward",
        "grown": f": {view.show(0, 'growth', sign=True)}" if view.number(0, "growth") is not None else "",
        "from_to": _first_to_last(view, subject, grain) or f"{subject.be} {way}",
        "pace": _pace(step, view, subject, grain), "pace_title": f"The change per {grain}",
        "seasonal": "part of the movement is seasonal" if (view.number(0, "seasonality") or 0) >= SEASONAL else "",
        "advice": f"Find the cause of the decline in {subject.name}" if way == "falling" else "",
        "extremes": _extremes(view, subject), "grain": grain, "list": listed(_each_period(step, subject)),
    }  # fmt: skip
    kind = "periods" if slots["list"] else "trend" if clear else "no trend"
    found = tell(TOLD[kind], slots, step.id if step.main else view.id)
    few = (view.number(0, "periods") or 0) < FEW_PERIODS
    sure: Level = "low" if few else "high" if clear and (view.number(0, "p") or 0) < 0.01 else "medium"
    return replace(found, sure=sure, caveat=_partial(step), holds=_holds(step.question, str(way)),
                   size=1.0 if clear else 0.5)  # fmt: skip


def _holds(question: str, way: str) -> Holds:
    """What the direction says to "Is revenue growing?"."""
    low, high = asks_low(question), asks_high(question)
    if not asks_yes_no(question) or low == high:
        return ""
    return "unclear" if way not in ("rising", "falling") else "yes" if (way == "falling") == low else "no"


def _first_to_last(view: View, subject: Subject, grain: str) -> str:
    """ "rose from {{first}} in {{March}} to {{last}} in {{June}} ({{growth}})"."""
    if not view.has(0, "first", "last", "first_period", "last_period"):
        return ""
    start, end = view.number(0, "first"), view.number(0, "last")
    gained = view.number(0, "change") if start is None or end is None else end - start
    first, last = subject.value(view.show(0, "first")), subject.value(view.show(0, "last"))
    at, to = (in_period(view.ref(0, name), grain) for name in ("first_period", "last_period"))
    if gained == 0:
        return f"ended where {'they' if subject.be == 'are' else 'it'} began, at {last} both {at} and {to}"
    relative = view.number(0, "growth") is not None and subject.kind != "share"
    grown = f" ({view.show(0, 'growth', sign=True)})" if relative else ""
    return f"{moved(gained, same='went')} from {first} {at} to {last} {to}{grown}"


def _pace(step: Step, view: View, subject: Subject, grain: str) -> str:
    """The slope; nothing for shares, whose slopes are points and not percent."""
    in_percent = step.main is not None and step.main.table.formats.get("value") == "percent"
    if not view.has(0, "slope") or subject.kind == "share" or in_percent:
        return ""
    slope = subject.value(view.show(0, "slope", sign=True))
    bounds = ("slope_low", "slope_high")
    if not view.has(0, *bounds) or view.number(0, bounds[0]) == view.number(0, bounds[1]):
        return f"on average, the change is {slope} a {grain}"
    between = subject.span(*(view.show(0, name, sign=True) for name in bounds))
    return f"on average, the change is {slope} a {grain}, very likely between {between}"


def _partial(step: Step) -> str:
    """Which periods are not whole and so were left out."""
    view = step.main
    if view is None or "partial" not in view.columns:
        return ""
    rows = [i for i in range(len(view)) if view.value(i, "partial") is True and view.has(i, "period")]
    first = {view.value(i, "period"): i for i in reversed(rows)}
    names = list(dict.fromkeys(view.value(i, "period") for i in rows))[:3]
    told = listed([view.ref(first[name], "period") for name in names])
    are = "are only partly covered and were" if len(names) > 1 else "is only partly covered and was"
    return f"{told} {are} left out of the trend." if names else ""


def _extremes(view: View, subject: Subject) -> str:
    """The best and the weakest period, in a sentence."""
    if not view.has(0, "best_period", "best_value", "worst_period", "worst_value"):
        return ""
    if view.value(0, "best_period") == view.value(0, "worst_period"):
        return ""
    grain, was = grain_of(view.value(0, "best_period")), "were" if subject.be == "are" else "was"
    best, worst = (in_period(view.ref(0, name), grain) for name in ("best_period", "worst_period"))
    high, low = (subject.value(view.show(0, name)) for name in ("best_value", "worst_value"))
    return f"{subject.start} peaked {best} at {high} and {was} lowest {worst} at {low}"


def _each_period(step: Step, subject: Subject) -> list[str]:
    """Every period with its value, where they are few and no direction was asked for."""
    view = step.main
    if view is None or view.cut or len(view) > MOST_LISTED or asks_trend(step.question):
        return []
    rows = [i for i in range(len(view)) if view.has(i, "period", "value")]
    told = [
        (subject.value(view.show(i, "value")), view.ref(i, "period"), grain_of(view.value(i, "period"))) for i in rows
    ]
    return [f"{value} {in_period(period, grain)}" for value, period, grain in told]


def _by_group(step: Step, view: View, by: list[str], subject: Subject) -> list[Finding]:
    field = "growth" if any(view.number(i, "growth") is not None for i in range(len(view))) else "slope"
    order = view.order(field)
    if not order:
        return []
    top, last, group = order[0], order[-1], step.group(by[0])
    worst = f"and {view.label(last, by)} worst ({view.show(last, field, sign=True)})" if last != top else ""
    slots = {
        "measure": subject.words, "group": group, "scope": step.scope, "who": view.label(top, by),
        "best": view.show(top, field, sign=True), "worst": f" {worst}" if worst else "",
        "clear": _clear_trends(view, by, group), "ends": _group_ends(view, top, by, subject),
    }  # fmt: skip
    found = tell(TOLD["trends"], slots, step.id if step.main else view.id)
    return [replace(found, sure="medium", caveat=_partial(step))]


def _group_ends(view: View, row: int, by: list[str], subject: Subject) -> str:
    if not view.has(row, "first", "last", "first_period", "last_period"):
        return ""
    grain = grain_of(view.value(row, "first_period"))
    at, to = (in_period(view.ref(row, name), grain) for name in ("first_period", "last_period"))
    first, last = subject.value(view.show(row, "first")), subject.value(view.show(row, "last"))
    return f"{view.label(row, by)} went from {first} {at} to {last} {to}"


def _clear_trends(view: View, by: list[str], group: str) -> str:
    """Which groups go clearly up or down."""
    ways = (("upward", "rising"), ("downward", "falling"))
    clear = {way: [i for i in range(len(view)) if view.value(i, "direction") == told] for way, told in ways}
    parts = [f"{way} for {listed([view.label(i, by) for i in rows[:3]])}" for way, rows in clear.items() if rows]
    return f"the trend is clearly {' and '.join(parts)}" if parts else f"no individual {group} shows a clear trend"


def forecast(topic: Topic) -> list[Finding]:
    """The next value with its range, the last one, and how the model did on the past."""
    step, view, summary = topic.lead, topic.lead.first, topic.lead.parts.get("summary")
    if not view.has(0, "period", "mean"):
        return []
    subject, last = step.subject(), len(view) - 1
    grain = grain_of(view.value(0, "period"))
    test, good = _backtest(summary, subject)
    far = in_period(view.ref(last, "period"), grain)
    used = (summary.number(0, "periods_used") if summary else None) or 0
    added = summary is not None and last > 0 and summary.has(0, "total") and subject.agg == ""
    support = topic.support("trend")
    slots = {
        "subject": subject.start, "measure": subject.words, "be": subject.be, "scope": step.scope,
        "when": in_period(view.ref(0, "period"), grain), "value": subject.value(view.show(0, "mean")),
        "range": _range(view, 0, subject), "backtest": test,
        "last": f"{far}, it is {subject.value(view.show(last, 'mean'))}{_range(view, last, subject)}" if last else "",
        "total": f"all forecast {plural(grain)} together add up to {subject.value(summary.show(0, 'total'))}"
        if added and summary is not None else "",
        "trend": direction_told(support) if support else "",
        "advice": f"Plan {subject.name} with the range, not the single figure" if good
        else f"Use the forecast of {subject.name} only as a rough guide",
    }  # fmt: skip
    caveat = "A forecast continues past patterns; it can't foresee new prices, products, or events."
    sure: Level = "low" if not good or used < 2 * FEW_PERIODS else "medium"
    return [replace(tell(TOLD["forecast"], slots, view.id), sure=sure, caveat=caveat, size=1.0)]


def _range(view: View, row: int, subject: Subject) -> str:
    bounds = (("low_95", "high_95"), ("low_80", "high_80"))
    known = next((pair for pair in bounds if view.has(row, *pair)), None)
    if known is None:
        return ""
    return f" (very likely between {subject.span(*(view.show(row, name) for name in known))})"


def _backtest(summary: View | None, subject: Subject) -> tuple[str, bool]:
    """How far off the method was on the past, and whether it was of use there."""
    if summary is None or summary.number(0, "mae") is None or summary.number(0, "naive_mae") is None:
        return "", True
    mae, naive = summary.number(0, "mae") or 0, summary.number(0, "naive_mae") or 0
    own, simple = (subject.value(summary.show(0, name)) for name in ("mae", "naive_mae"))
    off = f"tested on past data, it was off by {own} on average"
    if mae < naive:
        return f"{off}, while repeating earlier values was off by {simple}", True
    if summary.value(0, "model") == "seasonal naive" or mae == naive:
        return f"it repeats the values of the previous season, since no model did better; {off}", False
    return f"{off}, no better than repeating earlier values ({simple})", False
