"""Periods of time that a question names, resolved to dates against the span of the table's time column.

A period without a year ("Q4", "in March", "last month") is the last one that the data covers whole. Labels are those
of the trend method: 2024, 2024-Q4, 2024-11, 2024-W03, 2024-11-05; a span of other bounds is written `start..end`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from analyst.core import text
from analyst.rulebased.link.tokens import Token

MONTHS = [month.lower() for month in text.MONTHS]
_SHORT = {name[:3]: number for number, name in enumerate(MONTHS, 1)} | {"sept": 9}
_ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
UNITS = ("day", "week", "month", "quarter", "year")
_LAST = frozenset("last previous past prior recent latest preceding".split())
_THIS = frozenset("this current ongoing".split())
_APART = frozenset(
    "change changes changed difference differ growth grew grow rise fall increase decrease compare".split()
)
"""Words after which "between A and B" sets two periods apart."""
_SERIES = frozenset("monthly weekly daily quarterly month week day over".split())
_LEADS = frozenset(
    "in of since until till from to during for before after through and vs versus by between late early".split()
)


@dataclass(frozen=True)
class Period:
    """Days `start` to `end`, both in; `words` for the reader; `first`..`last` are its tokens in the question.

    `whole`: the data covers it to its end. `dated`: the question gave its year, or it needs none.
    """

    kind: str
    start: date
    end: date
    first: int
    last: int
    whole: bool = True
    dated: bool = True

    @property
    def label(self) -> str:
        """The period as the methods write it."""
        return label(self.kind, self.start, self.end)

    @property
    def words(self) -> str:
        """The period for a reader."""
        return self.label if ".." not in self.label else " to ".join(self.label.split(".."))


def label(kind: str, start: date, end: date) -> str:
    """The label of a period of `kind` from `start` to `end`."""
    year = f"{start.year:04d}"
    if kind == "week":
        iso = start.isocalendar()
        return f"{iso[0]:04d}-W{iso[1]:02d}"
    simple = {"year": year, "quarter": f"{year}-Q{(start.month - 1) // 3 + 1}", "month": f"{year}-{start.month:02d}"}
    return simple.get(kind, start.isoformat() if start == end else f"{start.isoformat()}..{end.isoformat()}")


def bounds(kind: str, day: date) -> tuple[date, date]:
    """The first and the last day of the period of `kind` that holds `day`."""
    if kind == "day":
        return day, day
    if kind == "week":
        start = day - timedelta(days=day.weekday())
        return start, start + timedelta(days=6)
    size = {"month": 1, "quarter": 3, "half": 6, "year": 12}[kind]
    month = (day.month - 1) // size * size + 1
    return date(day.year, month, 1), _month_end(day.year, month + size - 1)


def _month_end(year: int, month: int) -> date:
    return date(year, 12, 31) if month == 12 else date(year, month + 1, 1) - timedelta(days=1)


def before(period: Period) -> Period:
    """The period just before, of the same kind or length."""
    if period.kind in ("day", "week", "month", "quarter", "half", "year"):
        start, end = bounds(period.kind, period.start - timedelta(days=1))
    else:
        end = period.start - timedelta(days=1)
        start = end - (period.end - period.start)
    return replace(period, start=start, end=end, whole=True)


def year_before(period: Period) -> Period:
    """The same period a year earlier."""
    if period.kind == "week":
        start = period.start - timedelta(days=364)
        return replace(period, start=start, end=start + timedelta(days=6), whole=True)
    start = _shift(period.start)
    if period.kind in ("month", "quarter", "half", "year"):
        start, end = bounds(period.kind, start)
    else:
        end = _shift(period.end)
    return replace(period, start=start, end=end, whole=True)


def _shift(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


@dataclass(frozen=True)
class Span:
    """The first and the last day of the data."""

    low: date
    high: date

    def whole(self, start: date, end: date) -> bool:
        """Whether the data reaches (nearly) to the end of the period: a tenth of it may be missing, at most 5 days."""
        slack = min(5, (end - start).days // 10)
        return end - timedelta(days=slack) <= self.high

    def place(self, kind: str, day: date, first: int, last: int, dated: bool = True) -> Period:
        """The period of `kind` that holds `day`."""
        start, end = bounds(kind, day)
        return Period(kind, start, end, first, last, self.whole(start, end), dated)

    def latest(self, kind: str, month: int, first: int, last: int) -> Period:
        """The latest period of `kind` that begins in `month` and that the data covers whole; else the latest begun."""
        found = self.place(kind, date(self.high.year, month, 1), first, last, dated=False)
        earlier = date(self.high.year - 1, month, 1)
        inside = bounds(kind, earlier)[1] >= self.low
        return self.place(kind, earlier, first, last, dated=False) if not found.whole and inside else found

    def last_whole(self, kind: str) -> tuple[date, date]:
        """The bounds of the last period of `kind` that the data covers whole."""
        start, end = bounds(kind, self.high)
        if not self.whole(start, end):
            start, end = bounds(kind, start - timedelta(days=1))
        return start, end


def _year(tokens: Sequence[Token], at: int, span: Span) -> int | None:
    raw = tokens[at].raw if at < len(tokens) else ""
    if re.fullmatch(r"[12]\d{3}", raw):
        return int(raw) if span.low.year - 30 <= int(raw) <= span.high.year + 30 else None
    short = re.fullmatch(r"\d\d", raw) and (tokens[at].opens_quote or (at > 1 and tokens[at - 2].word == "in"))
    return 2000 + int(raw) if short and span.low.year <= 2000 + int(raw) <= span.high.year else None  # in Nov 24


def _after_filler(tokens: Sequence[Token], at: int) -> int:
    while at < len(tokens) and tokens[at].word in ("of", "in", "the", "year"):
        at += 1
    return at


def _with_year(kind: str, month: int, at: int, end: int, tokens: Sequence[Token], span: Span) -> Period:
    place = _after_filler(tokens, end)
    year = _year(tokens, place, span)
    if year is not None:
        return span.place(kind, date(year, month, 1), at, place + 1)
    led = _year(tokens, at - 1, span) if at else None
    if led is not None:
        return span.place(kind, date(led, month, 1), at - 1, end)
    if [token.word for token in tokens[place : place + 2]] == ["last", "year"]:
        return span.place(kind, date(span.last_whole("year")[0].year, month, 1), at, place + 2)
    return span.latest(kind, month, at, end)


def _iso(tokens: Sequence[Token], at: int, span: Span) -> Period | None:
    raw = tokens[at].raw.upper()
    try:
        if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", raw):
            year, month, day = map(int, raw.split("-"))
            return span.place("day", date(year, month, day), at, at + 1)
        if re.fullmatch(r"\d{4}-\d{2}", raw):
            return span.place("month", date(int(raw[:4]), int(raw[5:]), 1), at, at + 1)
        found = re.fullmatch(r"(\d{4})-([QHW])(\d{1,2})", raw)
        return _iso_part(int(found[1]), found[2], int(found[3]), at, span) if found else None
    except ValueError:
        return None


def _iso_part(year: int, kind: str, number: int, at: int, span: Span) -> Period:
    if kind == "W":
        return span.place("week", date.fromisocalendar(year, number, 1), at, at + 1)
    size, name = {"Q": (3, "quarter"), "H": (6, "half")}[kind]
    return span.place(name, date(year, (number - 1) * size + 1, 1), at, at + 1)


def _part(tokens: Sequence[Token], at: int, span: Span) -> Period | None:
    word = tokens[at].word
    found = re.fullmatch(r"(q)([1-4])|(h)([12])", word)
    if found:
        kind, number = ("quarter", int(found[2])) if found[1] else ("half", int(found[4]))
        return _with_year(kind, (number - 1) * (3 if kind == "quarter" else 6) + 1, at, at + 1, tokens, span)
    following = tokens[at + 1].stem if at + 1 < len(tokens) else ""
    number = _ORDINAL.get(word, 0)
    if number and following == "quarter":
        return _with_year("quarter", (number - 1) * 3 + 1, at, at + 2, tokens, span)
    if number in (1, 2) and following == "half":
        half = _with_year("half", (number - 1) * 6 + 1, at, at + 2, tokens, span)
        told = [token.word for token in tokens[half.last : half.last + 3]] == ["of", "the", "year"]
        return replace(half, last=half.last + 3) if told else half
    if following == "half" and word in _LAST:
        return replace(span.place("half", span.last_whole("half")[0], at, at + 2), dated=False)
    return None


def _month(tokens: Sequence[Token], at: int, span: Span) -> Period | None:
    word = tokens[at].word
    number = MONTHS.index(word) + 1 if word in MONTHS else _SHORT.get(word, 0)
    if not number:
        return None
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    day = following.count if following else None
    has_year = _year(tokens, _after_filler(tokens, at + 1), span) is not None
    led = (at > 0 and tokens[at - 1].word in _LEADS) or bool(day and 1 <= day <= 31)
    sure = word in MONTHS and word not in ("may", "march")
    if not (sure or has_year or led or (following is None and at == 0)):
        return None
    if day and 1 <= day <= 31 and not has_year and following and following.raw.isdigit():
        return _day(number, day, at, tokens, span)
    return _with_year("month", number, at, at + 1, tokens, span)


def _day(month: int, day: int, at: int, tokens: Sequence[Token], span: Span) -> Period | None:
    year = _year(tokens, at + 2, span)
    end = at + 2 if year is None else at + 3
    try:
        guess = date(year or span.high.year, month, day)
        if year is None and guess > span.high:
            guess = guess.replace(year=guess.year - 1)
    except ValueError:
        return None
    return span.place("day", guess, at, end)


def _bare_year(tokens: Sequence[Token], at: int, span: Span) -> Period | None:
    year = _year(tokens, at, span)
    return None if year is None else span.place("year", date(year, 1, 1), at, at + 1)


def _week(tokens: Sequence[Token], at: int, span: Span) -> Period | None:
    number = tokens[at + 1].count if tokens[at].word == "week" and at + 1 < len(tokens) else None
    if not number or not tokens[at + 1].raw.isdigit() or number > 53:
        return None
    year = _year(tokens, _after_filler(tokens, at + 2), span)
    try:
        monday = date.fromisocalendar(year or span.high.year, number, 1)
    except ValueError:
        return None
    if year is None and monday > span.high:
        monday = date.fromisocalendar(span.high.year - 1, min(number, 52), 1)
    return span.place("week", monday, at, at + 2 if year is None else _after_filler(tokens, at + 2) + 1)


def _relative(tokens: Sequence[Token], at: int, span: Span) -> Period | None:
    word = tokens[at].word
    if word in ("yesterday", "today"):
        return span.place("day", span.high, at, at + 1)
    if word == "ytd" or [token.word for token in tokens[at : at + 3]] == ["year", "to", "date"]:
        size = 1 if word == "ytd" else 3
        return Period("span", date(span.high.year, 1, 1), span.high, at, at + size)
    if word not in _LAST | _THIS:
        return None
    place = at + 1
    while place < len(tokens) and tokens[place].word in ("full", "complete", "whole", "calendar", "recent"):
        place += 1
    number = tokens[place].count if place < len(tokens) else None
    unit_at = place + 1 if number else place
    unit = tokens[unit_at].stem if unit_at < len(tokens) else ""
    if unit not in UNITS:
        return None
    return _ago(unit, number, word, at, unit_at + 1, span)


def _ago(unit: str, number: int | None, word: str, first: int, last: int, span: Span) -> Period:
    if word in _THIS:
        return span.place(unit, span.high, first, last)
    start, end = span.last_whole(unit) if unit != "day" else (span.high, span.high)
    if not number or number == 1:
        return Period(unit, start, end, first, last, True, True)
    for _ in range(min(number, 5000) - 1):
        if start <= span.low:
            break
        start = bounds(unit, start - timedelta(days=1))[0]
    return Period("span", start, end, first, last)


_READERS: tuple[Callable[[Sequence[Token], int, Span], Period | None], ...] = (
    _iso, _relative, _part, _week, _month, _bare_year,
)  # fmt: skip


def find_periods(tokens: Sequence[Token], span: Span, taken: frozenset[int] = frozenset()) -> list[Period]:
    """The periods named in `tokens`, in order; `from A to B`, `since A` and `before A` become one period each."""
    found: list[Period] = []
    at = 0
    while at < len(tokens):
        read = (reader(tokens, at, span) for reader in _READERS)
        period = None if at in taken else next((p for p in read if p is not None), None)
        if period is not None and not (found and period.first < found[-1].last):
            found.append(period)
            at = period.last
        else:
            at += 1
    narrowed = [_narrowed(period, tokens) for period in _years_shared(found, tokens, span)]
    shared = [p for p in narrowed if not any(o.first <= p.first and p.last < o.last for o in narrowed)]
    return _bounded(_joined(shared, tokens), tokens, span)


def _narrowed(period: Period, tokens: Sequence[Token]) -> Period:
    """`first week of March`, `last 10 days of 2024`: the part of a period that is asked for."""
    at = period.first - 1
    while at >= 0 and tokens[at].word in ("the", "in"):
        at -= 1
    unit = tokens[at - 1].stem if at >= 1 and tokens[at].word == "of" else ""
    size = {"day": 1, "week": 7}.get(unit, 0)
    count = tokens[at - 2].count if at >= 2 else None
    place = at - 3 if count else at - 2
    side = tokens[place].word if place >= 0 else ""
    if (
        unit in ("month", "quarter")
        and side in ("first", "last")
        and period.kind in ("quarter", "half", "year")
        and not count
    ):
        start, end = bounds(unit, period.start if side == "first" else period.end)
        return replace(period, kind=unit, start=start, end=end, first=place)
    if not size or side not in ("first", "last") or period.kind not in ("month", "quarter", "half", "year"):
        return period
    days = timedelta(days=size * (count or 1) - 1)
    start, end = (period.start, period.start + days) if side == "first" else (period.end - days, period.end)
    return replace(period, kind="span", start=start, end=end, first=place)


def _years_shared(found: Sequence[Period], tokens: Sequence[Token], span: Span) -> list[Period]:
    """`Q3 and Q4 2024`: a period without a year takes that of the next one."""
    out = list(found)
    for at in range(len(out) - 2, -1, -1):
        one, following = out[at], out[at + 1]
        if not one.dated and following.dated and following.first - one.last <= 3 and following.kind != "year":
            out[at] = span.place(one.kind, one.start.replace(year=following.start.year), one.first, one.last)
    return out


def _joined(found: Sequence[Period], tokens: Sequence[Token]) -> list[Period]:
    out: list[Period] = []
    for period in found:
        lead = tokens[out[-1].first - 1].word if out and out[-1].first else ""
        between = [token.word for token in tokens[out[-1].last : period.first]] if out else []
        joins = between in (["to"], ["through"], ["until"], ["till"], ["up", "to"]) or (
            lead == "between" and between == ["and"]
        )
        near = tokens if lead == "from" else tokens[max(0, out[-1].first - 3) : out[-1].first] if out else []
        changed = any(t.word in _APART for t in near) and not any(t.word in _SERIES for t in tokens)
        if out and joins and lead != "compare" and not changed:
            start = out[-1].start
            while start > period.end and start.year > 1:
                start = _shift(start)
            out[-1] = Period("span", start, period.end, out[-1].first, period.last, period.whole)
        else:
            out.append(period)
    return out


def _bounded(found: Sequence[Period], tokens: Sequence[Token], span: Span) -> list[Period]:
    out = []
    for period in found:
        lead = tokens[period.first - 1].word if period.first else ""
        lead = tokens[period.first - 2].word if lead in ("the", "start", "beginning") and period.first > 1 else lead
        if period.kind == "span":
            pass
        elif lead == "from" and [t.word for t in tokens[period.last : period.last + 1]] == ["to"]:
            pass  # the other end stands apart: growth from one period to another
        elif lead in ("since", "from"):
            end = span.high if span.high >= period.start else period.end
            period = replace(period, kind="span", end=end, whole=True)
        elif lead == "after":
            period = replace(period, kind="span", start=period.end + timedelta(days=1), end=max(period.end, span.high))
        elif lead in ("before", "until", "till"):
            end = period.start - timedelta(days=1) if lead == "before" else period.end
            period = replace(period, kind="span", start=min(span.low, end), end=end)
        out.append(period)
    return out
