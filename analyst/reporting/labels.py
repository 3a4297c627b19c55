"""Labels of periods: which columns hold them, and how they are said in words."""

from __future__ import annotations

import re
from typing import Literal

from analyst.core.text import MONTHS
from analyst.protocol.evidence import EvidenceTable

_MOMENT = re.compile(
    r"(?P<year>\d{4})-(?:Q(?P<quarter>[1-4])|W(?P<week>\d\d)|(?P<month>\d\d)(?:-(?P<day>\d\d))?)"
    r"(?:[T ](?P<clock>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?)?$"
)
_YEAR = re.compile(r"(?P<year>\d{4})$")
PERIODS = re.compile(r"\b\d{4}-(?:Q[1-4]|W\d\d|\d\d(?:-\d\d)?)\b(?![-\d:T])")
"""Labels of periods within a text."""
_PERIOD_COLUMNS = re.compile(r"(^|_)(period|from|to|year|quarter|month|week|day|date|label)$", re.IGNORECASE)


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
