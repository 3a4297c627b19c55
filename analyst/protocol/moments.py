"""Dates and periods as people write them: ISO, British, American, German, with names of months, quarters, "2024/25".

A written date can often be read in several ways (01/02/2024); all readings are given, since what is asked here is
whether a text repeats a date that is known, not which day was meant.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from analyst.core.text import MONTHS, fold

Part = Literal["year", "half", "quarter", "month", "week", "day"]
_OTHER_MONTHS = (
    "januar jaenner janner janvier enero gennaio",
    "februar fevrier febrero febbraio",
    "marz maerz mars marzo",
    "avril abril aprile",
    "mai mayo maggio",
    "juni juin junio giugno",
    "juli juillet julio luglio",
    "aout agosto",
    "septembre septiembre settembre sept",
    "oktober octobre octubre ottobre okt",
    "novembre noviembre",
    "dezember decembre diciembre dicembre dez",
)
_MONTHS = {
    word: number
    for number, (english, others) in enumerate(zip(MONTHS, _OTHER_MONTHS, strict=True), 1)
    for word in (english.casefold(), english[:3].casefold(), *others.split())
}
_MONTH = r"(?P<name>[^\W\d_]{3,10})\.?"
_YEAR = r"(?P<year>(?:1[5-9]|2[01])\d\d)"
_SHORT = r"(?:(?P<year>(?:1[5-9]|2[01])\d\d)|'?(?P<short>\d\d))"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.|er|º)?"
_START = r"(?<![\w.,:])(?<![^\W\d_]-)"
_END = r"(?!\w|:\d|[.,/-]\d)"
_QUARTER_WORDS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}


@dataclass(frozen=True)
class Period:
    """A day, month, week, quarter, half or year, as far as it was written: None for what was left out."""

    year: int | None = None
    half: int | None = None
    quarter: int | None = None
    month: int | None = None
    week: int | None = None
    day: int | None = None

    def covers(self, other: Period) -> bool:
        """Whether `other` says nothing of the time that this one does not say, too."""
        own = self.parts
        return all(own.get(part) == value for part, value in other.written.items())

    @property
    def written(self) -> dict[Part, int]:
        """The parts that were written."""
        given = {
            "year": self.year,
            "half": self.half,
            "quarter": self.quarter,
            "month": self.month,
            "week": self.week,
            "day": self.day,
        }
        return {part: value for part, value in given.items() if value is not None}  # type: ignore[misc]

    @property
    def parts(self) -> dict[Part, int]:
        """The parts that were written, and the quarter and the half year that follow from them."""
        known = self.written
        if self.month is not None:
            known.setdefault("quarter", (self.month + 2) // 3)
        if "quarter" in known:
            known.setdefault("half", (known["quarter"] + 1) // 2)
        return known

    @property
    def without_year(self) -> Period:
        """The same in any year."""
        return Period(None, self.half, self.quarter, self.month, self.week, self.day)

    @property
    def span(self) -> tuple[date, date] | None:
        """Its first and last day; None where its year is not known, or it is a week."""
        if self.year is None or self.week is not None or not 1 <= self.year <= 9998:
            return None
        if self.month is not None and self.day is not None:
            return (date(self.year, self.month, self.day),) * 2
        first, last = 1, 12
        if self.month is not None:
            first = last = self.month
        elif self.quarter is not None:
            first, last = 3 * self.quarter - 2, 3 * self.quarter
        elif self.half is not None:
            first, last = 6 * self.half - 5, 6 * self.half
        return date(self.year, first, 1), date(self.year, last, calendar.monthrange(self.year, last)[1])


@dataclass(frozen=True)
class Dated:
    """A date or period in a text from `start` to `end`. Each reading holds the periods that it names (two: a span)."""

    start: int
    end: int
    readings: tuple[tuple[Period, ...], ...]


def day_of(moment: date) -> Period:
    """A day as a period."""
    return Period(moment.year, None, None, moment.month, None, moment.day)


def ends(periods: Iterable[Period]) -> frozenset[Period]:
    """How the bounds of `periods` may be written: the first and last day of each, the days beside, the two months."""
    found: set[Period] = set()
    for first, last in filter(None, (period.span for period in periods)):
        found |= {day_of(first), day_of(last), day_of(last + timedelta(days=1))}
        found |= {day_of(first - timedelta(days=1))} if first.year > 1 else set()
        found |= {Period(day.year, month=day.month) for day in (first, last)}
    return frozenset(found)


def dated(text: str) -> list[Dated]:
    """Every date and period in `text`, in no order; none overlaps another."""
    found: list[Dated] = []
    for pattern, read in _FORMS:
        for match in pattern.finditer(text):
            if any(one.start < match.end() and match.start() < one.end for one in found):
                continue
            readings = tuple(dict.fromkeys(reading for reading in read(match) if all(map(_exists, reading))))
            if readings:
                found.append(Dated(match.start(), match.end(), readings))
    return found


def _exists(period: Period) -> bool:
    if period.month is not None and not 1 <= period.month <= 12:
        return False
    if period.day is not None and period.month is not None:
        return 1 <= period.day <= calendar.monthrange(period.year or 2024, period.month)[1]
    return period.day is None or 1 <= period.day <= 31


def _number(found: re.Match[str], name: str) -> int | None:
    written = found.groupdict().get(name)
    return int(written) if written else None


def _year(found: re.Match[str]) -> int | None:
    short = _number(found, "short")
    return _number(found, "year") if short is None else short + (2000 if short < 70 else 1900)


def _iso(found: re.Match[str]) -> Iterator[tuple[Period, ...]]:
    yield (Period(_year(found), month=_number(found, "month"), day=_number(found, "day")),)


def _numeric(found: re.Match[str]) -> Iterator[tuple[Period, ...]]:
    """Two numbers and a year: day and month in either order."""
    first, second, year = int(found["first"]), int(found["second"]), _year(found)
    yield (Period(year, month=second, day=first),)
    yield (Period(year, month=first, day=second),)


def _year_and(found: re.Match[str]) -> Iterator[tuple[Period, ...]]:
    """A year and two digits: a month, or the next year ("2023-24")."""
    year, after = int(found["year"]), int(found["after"])
    yield (Period(year, month=after),)
    if after == (year + 1) % 100:
        yield (Period(year), Period(year + 1))


def _named(found: re.Match[str]) -> Iterator[tuple[Period, ...]]:
    """A month by its name, with what stands beside it."""
    month = _MONTHS.get(fold(found["name"]))
    if month is None:
        return
    days, year = [day for name in ("day", "last") if (day := _number(found, name)) is not None], _year(found)
    if days:
        yield tuple(Period(year, month=month, day=day) for day in days)
    else:
        yield (Period(year, month=month),)
    if found.groupdict().get("short") and not days:
        yield (Period(None, month=month, day=int(found["short"])),)


def _parted(found: re.Match[str]) -> Iterator[tuple[Period, ...]]:
    """A quarter, week or half, by number or by word."""
    word = found.groupdict().get("word")
    quarter = _QUARTER_WORDS[word.casefold()] if word else _number(found, "quarter")
    yield (Period(_year(found), _number(found, "half"), quarter, None, _number(found, "week")),)


def _only_year(found: re.Match[str]) -> Iterator[tuple[Period, ...]]:
    year = _year(found)
    yield (Period(year),)
    if found.groupdict().get("fiscal") and year is not None:
        yield (Period(year - 1), Period(year))


def _compact(found: re.Match[str]) -> Iterator[tuple[Period, ...]]:
    written = found[0]
    yield (Period(int(written[:4]), month=int(written[4:6]), day=int(written[6:])),)


_Read = Callable[[re.Match[str]], Iterator[tuple[Period, ...]]]


def _form(pattern: str, read: _Read, end: str = _END) -> tuple[re.Pattern[str], _Read]:
    return re.compile(f"{_START}{pattern}{end}", re.IGNORECASE), read


_OF = r"(?:\s+(?:of|de|del|di)\s+|,?\s+|[-/])"
_FORMS: tuple[tuple[re.Pattern[str], _Read], ...] = (
    _form(
        rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?",
        _iso,
        r"(?=[T ]\d\d:|(?!\w|[.,/]\d|-\d(?!\d\d\d-)))",
    ),
    _form(rf"{_YEAR}[./](?P<month>\d{{1,2}})[./](?P<day>\d{{1,2}})", _iso),
    _form(rf"(?P<first>\d{{1,2}})(?P<by>[./-])(?P<second>\d{{1,2}})(?P=by){_SHORT}", _numeric),
    _form(rf"{_YEAR}[-\s]?W(?P<week>\d\d)", _parted),
    _form(rf"W(?P<week>\d\d?)[\s/-]?{_YEAR}", _parted),
    _form(rf"week\s+(?P<week>\d\d?)(?:(?:\s+of)?,?\s+{_YEAR})?", _parted),
    _form(rf"{_YEAR}[-\s/]?(?:Q|quarter\s)(?P<quarter>[1-4])", _parted),
    _form(rf"(?P<quarter>[1-4])Q\s?{_SHORT}", _parted),
    _form(rf"(?:Q|quarter\s+)(?P<quarter>[1-4])(?:{_OF}{_SHORT})?", _parted),
    _form(rf"(?P<word>first|second|third|fourth|1st|2nd|3rd|4th)\s+quarter(?:{_OF}{_YEAR})?", _parted),
    _form(rf"H(?P<half>[12])(?:{_OF}{_SHORT})?", _parted),
    _form(rf"{_YEAR}[-\s]?H(?P<half>[12])", _parted),
    _form(
        rf"{_DAY}\s?[-–]\s?(?P<last>\d{{1,2}})(?:st|nd|rd|th|\.)?(?:\s+of|\s+de)?\s+{_MONTH}(?:{_OF}{_YEAR})?", _named
    ),
    _form(rf"{_DAY}(?:\s+of|\s+de)?[\s-]+{_MONTH}{_OF}{_SHORT}", _named),
    _form(rf"{_MONTH}\s+{_DAY}\s?[-–]\s?(?P<last>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?", _named),
    _form(rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}", _named),
    _form(rf"{_DAY}(?:\s+of|\s+de)?[\s-]+{_MONTH}", _named),
    _form(rf"{_MONTH}{_OF}{_SHORT}", _named),
    _form(rf"{_MONTH}\s+{_DAY}", _named),
    _form(rf"{_YEAR}[-/–](?P<after>\d\d?)", _year_and),
    _form(rf"(?P<month>\d{{1,2}})[./-]{_YEAR}", _iso),
    _form(r"(?:1[5-9]|2[01])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", _compact),
    _form(rf"(?P<fiscal>FY)\s?{_SHORT}", _only_year),
    _form(rf"{_YEAR}s?", _only_year, r"(?![\w%‰]|:\d|[.,/]\d|\s?[%‰])"),
    _form(_MONTH, _named),
)
"""Each way of writing, the longer before the shorter, and what it can mean."""


def in_words(first: date, last: date, joint: str = "to") -> str:
    """A span of days as people say it: "2024", "June 2024", "April to June 2024", "March 5 to April 9, 2024"."""
    whole = first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1]
    if whole and (first.month, last.month) == (1, 12):
        return f"{first.year}" if first.year == last.year else f"{first.year} {joint} {last.year}"
    if first == last:
        return _day_in_words(first, whole=False, year=True)
    if whole and (first.year, first.month) == (last.year, last.month):
        return _day_in_words(first, whole=True, year=True)
    begins = _day_in_words(first, whole=whole, year=first.year != last.year)
    return f"{begins} {joint} {_day_in_words(last, whole=whole, year=True)}"


def _day_in_words(day: date, *, whole: bool, year: bool) -> str:
    month = MONTHS[day.month - 1]
    if whole:
        return f"{month} {day.year}" if year else month
    return f"{month} {day.day}, {day.year}" if year else f"{month} {day.day}"
