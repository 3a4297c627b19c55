"""Labels of periods: which columns hold them, and how they are said in words."""

from __future__ import annotations

import re
from typing import Literal

from analyst.core.text import MONTHS
from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.numbers import kind_of

_MOMENT = re.compile(
    r"(?P<year>\d{4})-(?:Q(?P<quarter>[1-4])|W(?P<week>\d\d)|(?P<month>\d\d)(?:-(?P<day>\d\d))?)"
    r"(?:[T ](?P<clock>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?)?$"
)
_YEAR = re.compile(r"(?P<year>\d{4})$")
PERIODS = re.compile(r"\b\d{4}-(?:Q[1-4]|W\d\d|\d\d(?:-\d\d)?)\b(?![-\d:T])")
"""Labels of periods within a text."""
_PERIOD_COLUMNS = re.compile(r"(^|_)(period|from|to|year|quarter|month|week|day|date|label)$", re.IGNORECASE)


_YEAR_NAME = re.compile(
    r"(^|[\W_])(years?|yr|jahr|ann[eé]e|a[nñ]o|anno|jaar|p[eé]r[ií]od[eo]?|season)($|[\W_])", re.IGNORECASE
)
_GRAINS = {"month": (7, 1), "quarter": (7, 3), "year": (4, 12)}
"""Units of time whose periods SQL gives as their first day: how much of the day names one, and its months."""


def kind_in(table: EvidenceTable, column: str) -> str | None:
    """The format of a column: as declared or named (numbers.kind_of), and years as years ("2009", never "2,009")."""
    kind = kind_of(column, table.formats.get(column))
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column)
    if kind not in (None, "integer", "number", "plain") or not _YEAR_NAME.search(apart):
        return kind
    known = [value for value in table.column(column) if value is not None]
    if known and all(isinstance(v, (int, float)) and float(v).is_integer() and 1500 <= v <= 2200 for v in known):
        return "plain"
    return table.formats.get(column)


def grain_of(table: EvidenceTable, column: str) -> str:
    """The unit of time ("month", "quarter", "year") whose first days a column of days holds; "" for plain days."""
    known = [value for value in table.column(column) if value is not None]
    if not known or not all(isinstance(value, str) and is_day(value) and value[8:10] == "01" for value in known):
        return ""
    for grain, (_, months) in _GRAINS.items():
        told = table.facts.period == grain or re.search(rf"(^|[\W_]){grain}($|[\W_])", column, re.IGNORECASE)
        if told and all((int(value[5:7]) - 1) % months == 0 for value in known):
            return grain
    return ""


def as_period(label: str, grain: str) -> str:
    """The period whose first day `label` is: 2008-04-01 is 2008-04, 2008-Q2 or 2008 by the grain."""
    if grain == "quarter":
        return f"{label[:4]}-Q{(int(label[5:7]) + 2) // 3}"
    return label[: _GRAINS[grain][0]] if grain else label


def dated(table: EvidenceTable, column: str) -> bool:
    """Whether the column holds periods or days: declared so, named so, or nothing else in it."""
    if table.formats.get(column) == "date" or _PERIOD_COLUMNS.search(column):
        return True
    known = [value for value in table.column(column) if value is not None]
    return bool(known) and all(isinstance(value, str) and "-" in value and _MOMENT.match(value) for value in known)


def is_day(text: str) -> bool:
    """Whether a text is a day or a moment: "2024-11-05" is nothing else, wherever it stands."""
    found = _MOMENT.match(text)
    return found is not None and found["day"] is not None


def part_of(value: object, part: Literal["year", "month"]) -> str | None:
    """The year, or the name of the month, of a period, a day or the number of a month; None where it has none."""
    if isinstance(value, int) and not isinstance(value, bool):
        if part == "month":
            return MONTHS[value - 1] if 1 <= value <= 12 else None
        return str(value) if 1000 <= value <= 9999 else None
    found = _MOMENT.match(str(value)) or _YEAR.match(str(value))
    if found is None or part == "year":
        return None if found is None else found["year"]
    month = int(found.groupdict().get("month") or 0)
    return MONTHS[month - 1] if 1 <= month <= 12 else None


def in_words(label: str) -> str:
    """A period or a moment as people write it: 2024-11 is "November 2024", 2024-11-05 "November 5, 2024"."""
    found = _MOMENT.match(label)
    if found is None or "-" not in label:
        return label
    year, day, clock = found["year"], found["day"], found["clock"]
    if found["quarter"]:
        return f"Q{found['quarter']} {year}"
    if found["week"]:
        return f"week {int(found['week'])} of {year}"
    if not 1 <= int(found["month"]) <= 12:
        return label
    month = MONTHS[int(found["month"]) - 1]
    told = f"{month} {int(day)}, {year}" if day else f"{month} {year}"
    return f"{told}, {clock}" if clock and clock != "00:00" else told
