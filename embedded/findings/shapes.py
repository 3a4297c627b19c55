"""Readers of SQL results, by shape: nothing, one row, a ranking, a series, two dimensions, a list."""

from __future__ import annotations

import re
from dataclasses import dataclass

from embedded.findings.brief import Finding, Step, name_of
from embedded.findings.view import View
from embedded.wording import (
    asks_low,
    be,
    capital,
    counted,
    grain_of,
    human,
    is_plural,
    listed,
    moved,
    paragraph,
    plural,
)

_PERIOD = re.compile(r"\d{4}(-(Q[1-4]|W\d{2}|\d{2})(-\d{2})?)?([ T]\d{2}:\d{2}.*)?")
_TIME = re.compile(
    r"^(date|day|week|month|quarter|year|period|hour|.*_(date|day|week|month|quarter|year|period))$", re.I
)
_COUNT = re.compile(r"^(n|count|rows?|cnt|num_\w+|n_\w+|\w*_?count|total_rows)$", re.I)
_IDENTIFIER = re.compile(r"(^|_)(id|code|rank|_row|row)$|^_row$", re.I)


@dataclass(frozen=True)
class Shape:
    """The columns of an SQL result by what they are for."""

    times: list[str]
    labels: list[str]
    numbers: list[str]


def shape_of(view: View) -> Shape:
    """Sort the columns of `view` into times, labels and numbers."""
    times, labels, numbers = [], [], []
    for name in view.columns:
        values = [v for v in (view.value(i, name) for i in range(len(view))) if v is not None]
        if not values:
            continue
        if _is_time(view, name, values):
            times.append(name)
        elif view.numeric(name) and not _names_rows(view, name):
            numbers.append(name)
        else:
            labels.append(name)
    named = [name for name in labels if name != "_row"]
    return Shape(times, named or labels, numbers)


def _is_time(view: View, name: str, values: list[object]) -> bool:
    if view.table.formats.get(name) == "date":
        return True
    if all(isinstance(v, str) and _PERIOD.fullmatch(v) for v in values):
        return True
    return bool(_TIME.match(name)) and all(isinstance(v, int) and not isinstance(v, bool) for v in values)


def _names_rows(view: View, name: str) -> bool:
    return bool(_IDENTIFIER.search(name)) or (name in view.table.key and name != view.columns[-1])


def sql(step: Step) -> list[Finding]:
    """What an SQL result says, by its shape."""
    view = step.first
    if view.row_count == 0:
        return [_empty(view)]
    if not len(view) or not view.columns:
        return []
    shape = shape_of(view)
    if view.row_count == 1:
        return _single(step, view, shape)
    if not shape.numbers:
        return _listing(step, view, shape)
    if shape.times and not shape.labels and view.row_count > 2 and not any(map(view.hidden, view.columns)):
        return _series(step, view, shape)
    if view.hidden(measure_of(step, view, shape)) and not view.sorted_by(measure_of(step, view, shape)):
        return _unranked(step, view, shape)
    return _ranking(step, view, shape)


def _empty(view: View) -> Finding:
    text = "No row of the table matches what was asked for"
    return Finding(
        "Nothing matches",
        paragraph(text),
        view.id,
        answer=paragraph(text),
        confidence="high",
        main=True,
        doubt="An empty result can also mean that a value is spelt differently in the table",
        action="Check the spelling of the names and the dates in the question against the table, then ask again",
    )


def _single(step: Step, view: View, shape: Shape) -> list[Finding]:
    names = [*shape.labels, *shape.times]
    names = [n for n in names if view.has(0, n)]
    numbers = [n for n in shape.numbers if view.has(0, n)]
    if not names and not numbers:
        text = "The result is empty: there are no values to compute it from"
        return [Finding("No value", paragraph(text), view.id, answer=paragraph(text), confidence="low", main=True)]
    who = view.label(0, names[:2])
    if not numbers:
        text = listed([f"{_name(step, n)}: {view.ref(0, n)}" for n in names])
    elif names:
        text = f"{who} has {_of(step, view, 0, _main_number(numbers))}{_beside(step, view, 0, numbers)}"
    else:
        text = f"The {_is(step, view, _main_number(numbers))}{_beside(step, view, 0, numbers)}"
    what = _name(step, _main_number(numbers or names))
    count = next((view.number(0, n) for n in numbers if _COUNT.match(n)), None)
    small = count is not None and 0 < count < 30 and len(numbers) > 1
    return [
        Finding(
            title=f"The {what}" if not names else f"{who} by {what}" if numbers else capital(what),
            statement=paragraph(text),
            answer=paragraph(text),
            doubt="The figure rests on few rows"
            if small
            else "The figure counts every matching row, so no sampling error",
            action=f"Compare this {what} with a target or an earlier period to judge whether it calls for action",
            table=view.id,
            confidence="low" if small else "high",
            caveat="Few rows stand behind this figure" if small else None,
            main=True,
        )
    ]


def _main_number(columns: list[str]) -> str:
    """The column that the result is about: the first that is no count."""
    return next((name for name in columns if not _COUNT.match(name)), columns[0])


def _beside(step: Step, view: View, row: int, numbers: list[str]) -> str:
    """The other numbers of the row, in brackets."""
    others = [n for n in numbers if n != _main_number(numbers)][:3]
    return f" ({listed([f'{_name(step, n)}: {view.show(row, n)}' for n in others])})" if others else ""


def _name(step: Step, column: str) -> str:
    if _COUNT.match(column):
        rest = re.sub(r"^(n|num|count)_|_?(count|n|cnt)$", "", column)
        return (
            f"number of {plural(name_of(rest, step.question, step.source))}"
            if rest and rest != column
            else (
                "number of rows"
                if human(column) in ("n", "count", "row", "rows", "cnt", "total rows")
                else human(column)
            )
        )
    words = name_of(column, step.question, step.source)
    words = re.sub(r"^(avg|mean)\b", "average", words)
    words = re.sub(r"^sum (of )?", "total ", words)
    words = re.sub(r"^(min|minimum)\b", "lowest", words)
    words = re.sub(r"^(max|maximum)\b", "highest", words)
    return re.sub(r"\bpct\b", "percentage", re.sub(r"^count of ", "number of ", words))


def _is(step: Step, view: View, column: str) -> str:
    name = _name(step, column)
    return f"{name} {be(name) if not name.startswith('number of') else 'is'} {view.show(0, column)}"


def _of(step: Step, view: View, row: int, column: str) -> str:
    name = _name(step, column)
    if name in ("average", "total", "value"):
        return view.show(row, column)
    lead = f"a {name}" if not is_plural(name) or name.startswith("number of") else name
    lead = re.sub(r"^a ([aeio])", r"an \1", lead)
    return f"{lead} of {view.show(row, column)}"


def _listing(step: Step, view: View, shape: Shape) -> list[Finding]:
    field = (shape.labels or shape.times)[0] if shape.labels or shape.times else None
    if field is None:
        return []
    full = [i for i in range(len(view)) if view.has(i, field)]
    if not full:
        return []
    name = _name(step, field)
    first: dict[object, int] = {}
    for i in full:
        first.setdefault(i if view.table.is_withheld(i, field) else view.value(i, field), i)
    shown = listed([view.ref(i, field) for i in list(first.values())[:5]])
    lead = f"{capital(counted(view.row_count, 'row'))} {'matches' if view.row_count == 1 else 'match'}"
    text = f"{lead}; the first by {name} are {shown}" if len(first) > 5 else f"{lead}, with {name} {shown}"
    return [
        Finding(
            title=f"What matches, by {name}",
            statement=paragraph(text),
            table=view.id,
            answer=paragraph(text),
            confidence="high",
            main=True,
            doubt="The list holds every matching row that the table has",
            action=f"Go through the list by {name} and decide case by case",
        )
    ]


def _unranked(step: Step, view: View, shape: Shape) -> list[Finding]:
    """Rows whose numbers are withheld and not sorted: they are listed, since nobody here can tell the largest."""
    field, labels = measure_of(step, view, shape), [*shape.labels, *shape.times]
    rows = [i for i in range(len(view)) if view.has(i, field)][:3]
    if not rows:
        return _listing(step, view, shape)
    name, more = _name(step, field), view.row_count > len(rows)
    told = listed([f"{view.label(i, labels[:2])} ({name}: {view.show(i, field)})" for i in rows])
    text = f"{capital(counted(view.row_count, 'row'))} match{'; the first are' if more else ':'} {told}"
    return [
        Finding(
            title=f"What matches, with {name}",
            statement=paragraph(text),
            table=view.id,
            answer=paragraph(text),
            confidence="high",
            main=True,
            doubt="The list is in the order of the table, not of size",
            action=f"Sort the list by {name} before drawing a conclusion from it",
        )
    ]


def measure_of(step: Step, view: View, shape: Shape) -> str:
    """The number column that a result is about: named by the question, sorted by, or the first that is no count."""
    no_counts = [n for n in shape.numbers if not _COUNT.match(n)] or shape.numbers
    asked = [n for n in no_counts if human(n).lower() in step.question.lower()]
    ordered = [n for n in shape.numbers if _direction(view, n)]
    both = [n for n in asked if n in ordered]
    return (both or [n for n in ordered if n in no_counts] or asked or ordered or no_counts)[0]


def _direction(view: View, field: str) -> int:
    """-1: the rows fall, 1: they rise, 0: neither (or all the same)."""
    if view.hidden(field):
        return view.sorted_by(field)
    values = [v for i in range(len(view)) if (v := view.number(i, field)) is not None]
    if len(values) < 2 or len(set(values)) == 1:
        return 0
    pairs = list(zip(values, values[1:], strict=False))  # noqa: RUF007 - pairwise reads no clearer
    return -1 if all(a >= b for a, b in pairs) else 1 if all(a <= b for a, b in pairs) else 0


def _ranking(step: Step, view: View, shape: Shape) -> list[Finding]:
    field = measure_of(step, view, shape)
    labels = [*shape.labels, *shape.times] or []
    order = view.order(field)
    if not order:
        return []
    direction = _direction(view, field)
    low = asks_low(step.question)
    if view.cut and direction:
        low = direction > 0
    if low:
        order.reverse()
    name = _name(step, field)
    if all(view.equal(i, order[0], field) for i in order):
        return [_all_equal(step, view, labels, field, order)]
    first = _leader(step, view, shape, labels, field, order, low=low, sure=not view.cut or direction != 0)
    last = order[-1]
    found = [first]
    if not view.cut and len(order) > 2:
        end = "highest" if low else "lowest"
        text = f"At the other end is {view.label(last, labels[:2])} with the {end} {name}: {view.show(last, field)}"
        found.append(
            Finding(
                title=f"{view.label(last, labels[:2])} at the other end",
                statement=paragraph(text),
                table=view.id,
                confidence="high",
                answer=paragraph(text),
                action=f"Compare {view.label(order[0], labels[:2])} with {view.label(last, labels[:2])}: what differs?",
            )
        )
    return found


def _leader(
    step: Step, view: View, shape: Shape, labels: list[str], field: str, order: list[int], *, low: bool, sure: bool
) -> Finding:
    name, top = _name(step, field), order[0]
    who = view.label(top, labels[:2])
    tied = [i for i in order[1:] if view.equal(i, top, field)]
    word = "lowest" if low else "highest"
    extra = [n for n in shape.numbers if n != field and view.has(top, n)][:2]
    also = f" ({listed([f'{_name(step, n)}: {view.show(top, n)}' for n in extra])})" if extra else ""
    if tied:
        together = listed([view.label(i, labels[:2]) for i in [top, *tied][:4]])
        told = f"{together} share the {word} {name}: {view.show(top, field)}"
    else:
        told = f"{who} has the {word} {name}: {view.show(top, field)}{also}"
    rest = [i for i in order[1 + len(tied) :][:2]]
    next_ = listed([f"{view.label(i, labels[:2])} ({view.show(i, field)})" for i in rest])
    follow = f"{next_} {'follows' if len(rest) == 1 else 'follow'}" if rest else ""
    counts = [view.number(i, n) or 0 for n in shape.numbers if _COUNT.match(n) and n != field for i in order[:3]]
    small = bool(counts) and 0 < min(counts) < 30
    return Finding(
        title=f"{who} has the {word} {name}" if not tied else f"A tie for the {word} {name}",
        statement=paragraph(told, follow),
        answer=paragraph(told, follow),
        doubt="The order of close neighbours can change with a few rows" if rest else "",
        action=_leader_action(who, name, low),
        table=view.id,
        confidence="low" if small or not sure else "high",
        caveat=(
            "Some of the groups named hold few rows, so their place is uncertain"
            if small
            else None
            if sure
            else "Only the first rows of a longer, unsorted result were compared"
        ),
        main=True,
    )


def _leader_action(who: str, name: str, low: bool) -> str:
    if low:
        return f"Ask what holds {who} back on {name}, and decide whether to mend it or to let it go"
    return f"Look at what {who} does differently on {name}, and try it where the figures are weaker"


def _all_equal(step: Step, view: View, labels: list[str], field: str, order: list[int]) -> Finding:
    text = f"All {plural(_name(step, labels[0]) if labels else 'row')} have the same {_name(step, field)}: "
    text += view.show(order[0], field)
    return Finding(
        f"No difference in {_name(step, field)}",
        paragraph(text),
        view.id,
        answer=paragraph(text),
        confidence="high",
        main=True,
        action="Look at another figure: this one does not tell the groups apart",
    )


def _series(step: Step, view: View, shape: Shape) -> list[Finding]:
    field, time = measure_of(step, view, shape), shape.times[0]
    rows = [i for i in range(len(view)) if view.has(i, time) and view.number(i, field) is not None]
    if len(rows) < 2:
        return _ranking(step, view, shape)
    in_order = sorted(rows, key=lambda i: (str(type(view.value(i, time))), view.value(i, time)))
    name, order = _name(step, field), [i for i in view.order(field) if i in rows]
    if asks_low(step.question):
        order.reverse()
    best, worst = order[0], order[-1]
    grain = _grain(view, time, in_order[0])
    ends = ("lowest", "highest") if asks_low(step.question) else ("highest", "lowest")
    told = f"The {grain} with the {ends[0]} {name} is {view.ref(best, time)} ({view.show(best, field)})"
    told += f"; the {ends[1]} is {view.ref(worst, time)} ({view.show(worst, field)})"
    start, end = in_order[0], in_order[-1]
    move = (view.number(end, field) or 0) - (view.number(start, field) or 0)
    span = (
        f"{'From' if not view.cut else 'In the part shown, from'} {view.ref(start, time)} to {view.ref(end, time)} "
        f"{name} {moved(move)}{'' if not move else f' from {view.show(start, field)} to {view.show(end, field)}'}"
    )
    cyclic = (
        _TIME.match(time) and not isinstance(view.value(start, time), str) and (view.number(start, time) or 0) < 100
    )
    return [
        Finding(
            title=f"{capital(name)} by {grain}",
            statement=paragraph(told, "" if cyclic else span),
            answer=paragraph(told),
            doubt="The first and the last period may be covered only in part",
            action=f"Learn what made {view.ref(best, time)} stand out in {name} and watch for it in the next {grain}",
            table=view.id,
            confidence="medium" if not view.cut else "low",
            caveat="Only the first rows of a longer result were compared" if view.cut else None,
            main=True,
        )
    ]


def _grain(view: View, time: str, row: int) -> str:
    grain = grain_of(view.value(row, time))
    named = re.search(r"(year|quarter|month|week|day|hour)", time, re.I)
    return named[1].lower() if named and grain in ("period", "day") else grain
