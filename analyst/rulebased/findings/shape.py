"""The columns of an SQL result by what they are for: times, labels, numbers; and which number it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analyst.rulebased.findings.brief import PLACES
from analyst.rulebased.findings.subject import COUNT
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import human

_PERIOD = re.compile(r"\d{4}(-(Q[1-4]|W\d{2}|\d{2})(-\d{2})?)?([ T]\d{2}:\d{2}.*)?")
TIME = re.compile(
    r"^(date|day|week|month|quarter|year|period|hour|.*_(date|day|week|month|quarter|year|period))$", re.I
)
_IDENTIFIER = re.compile(r"^(?!distinct_|number_|count_|n_|.*_per_).*(^|_)(id|code|_row|row)$|^_row$|_from$", re.I)
_NUMBERED = frozenset(("no", "nr", "number", "num", "key"))
_COUNTED = frozenset(("the", "total", "distinct", "number", "count", "n"))
_COMPUTED = re.compile(r"^(?:total|average|median|lowest|highest|sum|mean|number)[ _]", re.I)
"""How a result column is called that holds a figure, whatever it is a figure of."""
RANK = re.compile(rf"^({'|'.join(PLACES)})$", re.I)


@dataclass(frozen=True)
class Shape:
    """Columns by use."""

    times: list[str]
    labels: list[str]
    numbers: list[str]

    @property
    def naming(self) -> list[str]:
        """The columns that say which row is meant."""
        return naming([*self.labels, *self.times])


def shape_of(view: View) -> Shape:
    """Sort the columns of `view` into times, labels and numbers; a result of numbers alone is labelled by its first."""
    times, labels, numbers = [], [], []
    for name in view.columns:
        values = [v for v in (view.value(i, name) for i in range(len(view))) if v is not None]
        if not values or (RANK.match(name) and view.numeric(name)):
            continue
        if _is_time(view, name, values):
            times.append(name)
        elif view.numeric(name) and not _names_rows(view, name):
            numbers.append(name)
        else:
            labels.append(name)
    if not times and not labels and len(numbers) > 1 and view.row_count > 1:
        labels, numbers = numbers[:1], numbers[1:]
    named = [name for name in labels if name != "_row"]
    return Shape(times, named or labels, numbers)


def _is_time(view: View, name: str, values: list[object]) -> bool:
    if view.table.formats.get(name) == "date":
        return True
    if all(isinstance(v, str) and _PERIOD.fullmatch(v) for v in values):
        return True
    computed = bool(_COMPUTED.match(name))
    return (
        bool(TIME.match(name)) and not computed and all(isinstance(v, int) and not isinstance(v, bool) for v in values)
    )


def naming(names: Sequence[str]) -> list[str]:
    """The columns that say which row is meant: a number of single rows alone, else up to two labels or periods."""
    return list(names[:1] if names and _is_number_of_rows(names[0]) else names[:2])


def _is_number_of_rows(name: str) -> bool:
    """Whether a column is called as numbers that name single rows are: "employee no"."""
    words = human(name).casefold().split()
    called = len(words) > 1 and words[-1] in _NUMBERED and words[0] not in _COUNTED
    return called and not _COMPUTED.match(name)


def _names_rows(view: View, name: str) -> bool:
    return (
        _is_number_of_rows(name)
        or bool(_IDENTIFIER.search(name))
        or (name in view.table.key and name != view.columns[-1])
    )


def measure_of(view: View, shape: Shape, question: str) -> str:
    """The number column that a result is about: named by the question, sorted by, or the first that is no count."""
    no_counts = [n for n in shape.numbers if not COUNT.match(n)] or shape.numbers
    asked = [n for n in no_counts if human(n).lower() in question.lower()]
    ordered = [n for n in shape.numbers if (view.sorted_by(n) if view.table.order else direction(view, n))]
    both = [n for n in asked if n in ordered]
    return (both or [n for n in ordered if n in no_counts] or asked or ordered or no_counts)[0]


def main_number(columns: list[str]) -> str:
    """The first that is no count."""
    return next((name for name in columns if not COUNT.match(name)), columns[0])


def direction(view: View, field: str) -> int:
    """-1: the rows fall, 1: they rise, 0: neither (or all the same).

    The first rows of a longer result that is sorted by something else (months) may rise by chance.
    """
    if view.hidden(field) or (view.cut and view.table.order):
        return view.sorted_by(field)
    values = [v for i in range(len(view)) if (v := view.number(i, field)) is not None]
    if len(values) < 2 or len(set(values)) == 1:
        return 0
    pairs = list(zip(values, values[1:], strict=False))  # noqa: RUF007 - pairwise reads no clearer
    return -1 if all(a >= b for a, b in pairs) else 1 if all(a <= b for a, b in pairs) else 0
