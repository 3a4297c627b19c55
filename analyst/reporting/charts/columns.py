"""What the columns of a result table are for, when a chart is to be made of it: time, groups, the measure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.charts.moments import timeline
from analyst.reporting.charts.wish import Wish
from analyst.reporting.labels import kind_in
from analyst.reporting.naming import words

_SIDE = re.compile(
    r"^(_row|rank|place|records|n|p|count|p_.*|.*_p|cumulative.*|.*_id|id|.*_(low|high|lower|upper)|(low|high|lower|upper)(_\d+)?|se|std.*|stderr|total_rows)$",
    re.IGNORECASE,
)
MAX_APART = 20
"""Times that one series may be larger than another beside it."""
_INTERVALS = (
    ("low_95", "high_95"),
    ("ci_low", "ci_high"),
    ("low", "high"),
    ("lower", "upper"),
    ("ci_lower", "ci_upper"),
)


def is_number(value: Any) -> bool:
    """Whether `value` can be drawn."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def number_columns(table: EvidenceTable) -> list[str]:
    """The columns whose values are numbers (and at least one is there)."""
    return [name for name in table.columns if _all(table, name, is_number)]


def told_kind(table: EvidenceTable, column: str) -> str | None:
    """How the column's values are written."""
    return kind_in(table, column)


def dimensions(table: EvidenceTable) -> list[str]:
    """The columns that name groups: texts and yes/no, and numbers that the table declares as its key."""
    texts = [name for name in table.columns if name != "partial" and _all(table, name, _is_name)]
    time = timeline(table)
    periods = time.columns if time else ()
    key = [name for name in table.key if not (_SIDE.match(name) and texts)]
    named = [name for name in table.columns if name in key or (name in texts and not key)]
    return [name for name in named if name not in periods] if len(named) > 1 else named


def _is_name(value: Any) -> bool:
    return isinstance(value, (str, bool))


def measures(table: EvidenceTable, wish: Wish, *, without: Sequence[str] = ()) -> tuple[str, ...]:
    """The columns to draw: those cited that can share an axis with the first of them, else the one that fits best."""
    numbers = _measures(table, without)
    cited = [name for name in wish.columns if name in numbers and told_kind(table, name) != "p_value"]
    cited = [name for name in cited if not _SIDE.match(name)] or cited
    if not cited:
        fitting = _likeliest(numbers, table, wish.question) if numbers else None
        return (fitting,) if fitting else ()
    return tuple(name for name in cited if name == cited[0] or _share_an_axis(table, cited[0], name))


def measure(table: EvidenceTable, wish: Wish, *, without: Sequence[str] = ()) -> str | None:
    """The column to draw where only one can be."""
    return next(iter(measures(table, wish, without=without)), None)


def _measures(table: EvidenceTable, without: Sequence[str]) -> list[str]:
    return [name for name in number_columns(table) if name not in without and name not in table.key]


def _share_an_axis(table: EvidenceTable, one: str, other: str) -> bool:
    """Whether two columns are of the same kind, and neither would be flattened by the other."""
    sizes = [max(abs(value) for value in table.column(name) if value is not None) for name in (one, other)]
    return told_kind(table, one) == told_kind(table, other) and max(sizes) <= MAX_APART * min(sizes)


def _likeliest(numbers: list[str], table: EvidenceTable, question: str) -> str:
    """One that the question names, else what the rows are sorted by, else the first measure."""
    asked = question.casefold()
    main = [name for name in numbers if not _SIDE.match(name)] or numbers
    named = [name for name in main if re.search(rf"\b{re.escape(name.replace('_', ' ').casefold())}", asked)]
    ordered = [name for name in main if len(table.rows) > 2 and _is_sorted(table.column(name))]
    if "value" in main:
        return "value"
    return (named or ordered or main)[0]


def _is_sorted(values: list[Any]) -> bool:
    known = [value for value in values if value is not None]
    pairs = list(pairwise(known))
    return all(a >= b for a, b in pairs) or all(a <= b for a, b in pairs)


def interval(table: EvidenceTable, column: str) -> tuple[str, str] | None:
    """The columns of the ends of `column`'s interval, if the table has them."""
    for ends in ((f"{column}_low", f"{column}_high"), (f"{column}_lower", f"{column}_upper"), *_INTERVALS):
        if set(ends) <= set(table.columns) and column not in ends and _within(table, column, ends):
            return ends
    return None


def _within(table: EvidenceTable, column: str, ends: tuple[str, str]) -> bool:
    """Whether every value lies between the ends: an interval beside it may be another column's."""
    triples = zip(table.column(ends[0]), table.column(column), table.column(ends[1]), strict=True)
    return all(low <= value <= high for low, value, high in triples if None not in (low, value, high))


def subject(table: EvidenceTable, column: str) -> str:
    """What `column` holds, in words: for a method's `value`, the data column that was given and how it was summed."""
    if column != "value":
        return words(column)
    value, how = table.parameters.get("value"), table.parameters.get("agg")
    if not value:
        return "Number of rows" if table.method else "Value"
    told = {"mean": "Average ", "median": "Median ", "count": "Number of "}.get(str(how), "")
    name = words(str(value))
    return f"{told}{name[:1].lower() + name[1:]}" if told else name


def _all(table: EvidenceTable, column: str, test: Any) -> bool:
    values = [value for value in table.column(column) if value is not None]
    return bool(values) and all(test(value) for value in values)
