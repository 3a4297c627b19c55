"""Periods as results write them ("2024-03", "Mar 2024", "Q1 2024", month 3 of year 2024), put in the order of time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analyst.core.text import MONTHS, WEEKDAYS
from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.labels import as_period, grain_of
from analyst.reporting.naming import period

Moment = tuple[float, ...]
"""A place in time that can be compared with others of its table."""
_MONTHS = "|".join(month[:3].lower() for month in MONTHS)
_ISO = re.compile(
    r"(\d{4})[-/](?:Q([1-4])|W(\d\d?)|(\d\d?)(?:[-/](\d\d?))?)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?)?(?:Z|[+-]\d\d:?\d\d)?$",
    re.IGNORECASE,
)
_NAMED_MONTH = re.compile(rf"(?:(\d{{1,2}})[. ]+)?({_MONTHS})[a-z]*\.?[ ,'-]+(\d{{4}})$", re.IGNORECASE)
_YEAR_MONTH = re.compile(rf"(\d{{4}})[ ,-]+({_MONTHS})[a-z]*$", re.IGNORECASE)
_QUARTER = re.compile(r"(?:Q([1-4])[ /-]*(\d{4})|(\d{4})[ ]?Q([1-4]))$", re.IGNORECASE)
_YEAR = re.compile(r"(?:FY ?)?(1[5-9]\d\d|2[01]\d\d)$", re.IGNORECASE)
_COUNTED = re.compile(r"(?:[A-Za-z]+[ _-]?)?(\d{1,4})$")
_NAMES = re.compile(r"(^|[ _])(period|year|yr|quarter|month|week|day|date|hour)$", re.IGNORECASE)
_WITHIN = {"quarter": (1, 4), "month": (1, 12), "week": (1, 53), "day": (1, 366), "hour": (0, 24)}


@dataclass(frozen=True)
class Timeline:
    """The time axis of a table: the `columns` that hold it, each row's label (None: no time), and their order."""

    columns: tuple[str, ...]
    labels: tuple[str | None, ...]
    moments: tuple[Moment | None, ...]

    @property
    def steps(self) -> int:
        """How many different periods there are."""
        return len({moment for moment in self.moments if moment is not None})


def moment(value: Any) -> Moment | None:
    """Where a label stands in time; None for what is no period."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    if found := _ISO.match(text):
        year, quarter, week, month, day, hour, minute, second = found.groups()
        if month and not 1 <= int(month) <= 12:
            return None
        place = float(month or 0) or (3 * float(quarter) - 2 if quarter else float(week or 1) / 4.4)
        return (float(year), place, *(float(part or 0) for part in (day, hour, minute, second)))
    if found := _NAMED_MONTH.match(text):
        return (float(found[3]), float(_month(found[2])), float(found[1] or 0), 0.0, 0.0, 0.0)
    if found := _YEAR_MONTH.match(text):
        return (float(found[1]), float(_month(found[2])), 0.0, 0.0, 0.0, 0.0)
    if found := _QUARTER.match(text):
        return (float(found[2] or found[3]), 3 * float(found[1] or found[4]) - 2, 0.0, 0.0, 0.0, 0.0)
    return (float(found[1]), 0.0, 0.0, 0.0, 0.0, 0.0) if (found := _YEAR.match(text)) else None


def in_order(values: list[Any]) -> Callable[[Any], Any] | None:
    """A sort key for labels that have an order by nature: periods, weekdays, months, "Week 2" before "Week 10"; None
    where they have none."""
    texts = [str(value).strip() for value in values]
    for names in (WEEKDAYS, MONTHS):
        places = {name[:size].casefold(): at for at, name in enumerate(names) for size in (len(name), 3)}
        if texts and all(text.casefold() in places for text in texts):
            return lambda value: places[str(value).strip().casefold()]
    if texts and all(moment(value) for value in values):
        return moment
    counted = [_COUNTED.match(text) for text in texts]
    stems = {text[: found.start(1)] for text, found in zip(texts, counted, strict=True) if found}
    if texts and all(counted) and len(stems) == 1:
        return lambda value: int(re.sub(r"\D", "", str(value)))
    return None


def timeline(table: EvidenceTable) -> Timeline | None:
    """The time axis of `table`: a column of periods, or years beside the months or quarters of them."""
    for name in table.columns:
        values = table.column(name)
        known = [value for value in values if value is not None]
        if known and all(moment(value) for value in known):
            grain = grain_of(table, name)
            return _by(name, [v if v is None else as_period(v, grain) for v in values], moment)
    numbered = [name for name in table.columns if _counts_time(table, name)]
    years = next((name for name in numbered if _unit(name) in ("year", "yr")), None)
    parts = [name for name in numbered if _unit(name) in ("month", "quarter")]
    if years and len(parts) == 1:
        return _joined(table, years, parts[0])
    if not numbered:
        return None
    return _by(numbered[0], table.column(numbered[0]), lambda value: (float(value),))


def time_label(label: str, time: Timeline) -> str:
    """A period's label on an axis: "Mar 2024", "Mar" for month 3, "5 Mar 2024 13:00" where hours tell moments apart."""
    if _unit(time.columns[0]) == "month" and label.isdigit() and len(time.columns) == 1:
        return MONTHS[int(label) - 1][:3] if 1 <= int(label) <= 12 else label
    within = any(moment[3:] > (0, 0, 0) for moment in time.moments if moment is not None)
    clock = re.search(r"[T ](\d\d:\d\d)", label) if within else None
    return f"{period(label)} {clock[1]}" if clock else period(label)


def _by(name: str, values: list[Any], place: Callable[[Any], Moment | None]) -> Timeline:
    labels = tuple(None if value is None else _plain(value) for value in values)
    return Timeline((name,), labels, tuple(None if value is None else place(value) for value in values))


def _joined(table: EvidenceTable, years: str, part: str) -> Timeline:
    """A year and its month or quarter, which stand in two columns, as one period."""
    mark = "-Q{}" if _unit(part) == "quarter" else "-{:02}"
    labels = [
        None if year is None or within is None else f"{int(year)}{mark.format(int(within))}"
        for year, within in zip(table.column(years), table.column(part), strict=True)
    ]
    return Timeline((years, part), tuple(labels), tuple(map(moment, labels)))


def _counts_time(table: EvidenceTable, name: str) -> bool:
    """Whether a column named year, month … holds whole numbers that such a thing has, as numbers or as digits."""
    known = [value for value in table.column(name) if value is not None]
    if not _unit(name) or not known or not all(map(_is_whole, known)):
        return False
    low, high = _WITHIN.get(_unit(name), (0, 2200))
    return all(low <= float(value) <= high for value in known)


def _unit(name: str) -> str:
    """The unit of time that a column is named by: "month" for ship_month."""
    found = _NAMES.search(name)
    return found[2].lower() if found else ""


def _is_whole(value: Any) -> bool:
    if isinstance(value, str):
        return bool(re.fullmatch(r"\d{1,4}", value))
    return isinstance(value, (int, float)) and not isinstance(value, bool) and float(value).is_integer()


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _month(name: str) -> int:
    return next(at for at, month in enumerate(MONTHS, 1) if month[:3].lower() == name[:3].lower())
