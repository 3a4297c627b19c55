"""Columns that hold a part of the calendar, as a number or a name: months of the year, days of the month, hours."""

from __future__ import annotations

from analyst.datasets.headers import words
from analyst.datasets.measuring import Measured
from analyst.datasets.times.forms import fold
from analyst.datasets.times.vocabulary import (
    DATE_WORDS,
    DAY_PARTS,
    MONTH_NUMBERS,
    MONTH_PARTS,
    QUARTER_PARTS,
    WEEK_PARTS,
    YEAR_PARTS,
)

_HOURS = frozenset("hour hr stunde heure hora ora uur".split())  # noqa: SIM905
_WEEKDAYS = frozenset("weekday dow wochentag".split())  # noqa: SIM905
_LENGTHS = frozenset({"mm", "mo", "mon"})
"""Words for months that mean millimeters or Monday too."""
_RANGES = (
    ("month of year", MONTH_PARTS - _LENGTHS, 1, 12),
    ("quarter", QUARTER_PARTS, 1, 4),
    ("day", DAY_PARTS, 1, 31),
    ("day", _WEEKDAYS, 0, 7),
    ("hour", _HOURS, 0, 24),
    ("week", WEEK_PARTS, 0, 53),
)
_BESIDE = frozenset(
    """
    of the in no nr num number name arrival departure start end order birth sold created pickup dropoff fiscal calendar
    """.split()  # noqa: SIM905
)
"""Words that may stand beside the part in a header: with any other ("visits per day") it is a measure."""


def calendar_part(column: Measured) -> str | None:
    """ "month of year", "quarter", "day", "hour" or "week" when a column of whole numbers is that part of a calendar;
    "month of year" for names of months too."""
    if column.kind == "text":
        return "month of year" if _are_month_names(column) else None
    if column.type != "BIGINT" or column.minimum is None:
        return None
    spoken = words(column.name)
    for part, known, low, high in _RANGES:
        rest = set(spoken) - known - _BESIDE - DATE_WORDS - YEAR_PARTS - MONTH_PARTS - WEEK_PARTS
        if known & set(spoken) and not rest and low <= column.minimum and column.maximum <= high:
            return part
    return None


def _are_month_names(column: Measured) -> bool:
    """Whether every one of a few values is the name of another month."""
    names = [fold(str(value)).rstrip(".") for value, _ in column.values]
    numbers = {MONTH_NUMBERS.get(name) for name in names}
    return 2 <= column.distinct <= 12 and column.distinct == len(names) == len(numbers) and None not in numbers
