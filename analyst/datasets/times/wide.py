"""Tables with a column for each period (1990, 1991, …; Jan, Feb, …) made long: a row for each period, as plans need it.

Only where nothing would be counted twice by it: beside the periods stand texts, days, identifiers and the sum of the
periods, which is left out. Any other table is kept as it is, and told.
"""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from analyst.core.quoting import literal, quoted
from analyst.core.text import listed
from analyst.datasets.headers import ID_WORDS, ROW, unique, words
from analyst.datasets.times.forms import fold, match
from analyst.datasets.times.vocabulary import MONTH, MONTH_NUMBERS
from analyst.engine.interface import Engine
from analyst.protocol.table import IngestNote, Meaning

LEAST = 3
"""So many periods in a row make a table wide."""
MOST_ROWS = 20_000_000
"""A table that would have more rows is kept as it is."""
_YEAR = r"(?:19|20)\d{2}"
_PERIODS: dict[str, tuple[str, ...]] = {
    "quarter": (
        rf"\bq(?P<q>[1-4])[-/ ]?(?:fy)?['’]?(?P<y>{_YEAR}|\d\d)\b",
        rf"(?<!\d)(?P<y>{_YEAR})[-/ .]*q(?P<q>[1-4])\b",
    ),
    "month": (
        rf"\b(?P<mon>{MONTH})[-/ .'’]*(?P<y>{_YEAR}|\d\d)\b",
        rf"(?<!\d)(?P<y>{_YEAR})[-/ .]*(?P<mon>{MONTH})\b",
        rf"(?<!\d)(?P<y>{_YEAR})[-/. m](?P<m>0[1-9]|1[0-2])(?!\d)",
        rf"(?<![\d/.-])(?P<m>0?[1-9]|1[0-2])[-/.](?P<y>{_YEAR})(?!\d)",
    ),
    "year": (rf"(?<!\d)(?:fy\s?)?(?P<y>{_YEAR})(?!\d)(?:\s*\[yr\d{{4}}\])?",),
    "month of year": (rf"\b(?P<mon>{MONTH})\b\.?",),
    "quarter of year": (r"\bq(?P<q>[1-4])\b",),
    "week of year": (r"\b(?:week|wk|kw|w)\s?(?P<w>\d{1,2})\b",),
}  # fmt: skip
"""Periods in headers, those of two parts first."""
_NAMES = {"day": "date", "month of year": "month", "quarter of year": "quarter", "week of year": "week"}
_PLACES = frozenset("id code zip lat lon long lng latitude longitude year rank position fips".split())  # noqa: SIM905
_ROUNDING = 0.01
_SURVEY = 10
"""Answers to questions Q1, Q2, … lie within a scale of at most so many steps."""


@dataclass(frozen=True)
class _Column:
    """A column of one period: its header, what the header says beside it, and the period's place in its sequence."""

    header: str
    stem: str
    place: int
    value: str


@dataclass(frozen=True)
class Long:
    """How a table becomes long: the columns that stay, the periods with a column for each measure, names and types."""

    ids: tuple[str, ...]
    periods: tuple[tuple[_Column, ...], ...]
    period: str
    measures: tuple[str, ...]
    kinds: tuple[str, ...]
    kind: str
    left_out: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the long table."""
        return (*self.ids, self.period, *self.measures)

    def sql(self, wide: str) -> str:
        """The rows of the long table, from those of the wide one, in its order."""
        cells = ", ".join(self._cell(place, columns) for place, columns in enumerate(self.periods))
        ids = "".join(f"{quoted(name)}, " for name in self.ids)
        values = ", ".join(f"cell.v{place} AS {quoted(name)}" for place, name in enumerate(self.measures))
        some = " OR ".join(f"cell.v{place} IS NOT NULL" for place in range(len(self.measures)))
        cells = f"SELECT {ROW}, {ids}unnest([{cells}]) AS cell FROM ({wide})"
        place = f"row_number() OVER (ORDER BY {ROW}, cell.place) - 1 AS {ROW}"
        return f"SELECT {place}, {ids}cell.period AS {quoted(self.period)}, {values} FROM ({cells}) WHERE {some}"

    def _cell(self, place: int, columns: Sequence[_Column]) -> str:
        kinds = zip(columns, self.kinds, strict=True)
        values = "".join(f", 'v{n}': CAST({quoted(column.header)} AS {kind})" for n, (column, kind) in enumerate(kinds))
        return f"{{'place': {place}, 'period': {columns[0].value}{values}}}"

    @property
    def meanings(self) -> dict[str, Meaning]:
        """What the column of periods means."""
        grain = self.kind if self.kind in ("month", "quarter", "year", "month of year") else None
        return {self.period: Meaning(grain=grain)} if grain else {}

    def note(self, dropped: int) -> IngestNote:
        """What was done, with the number of empty cells that have no row."""
        first, last = self.periods[0][0].header, self.periods[-1][0].header
        measures = listed([repr(name) for name in self.measures])
        one = _NAMES.get(self.kind, self.kind)
        told = (
            f"The table had a column for each {one} ({first!r} to {last!r}). It was read with a row for each instead:"
            f" {self.period!r} has the {one}, {measures} the values."
        )
        if self.left_out:
            told += (
                f" {listed([repr(name) for name in self.left_out])} was left out: it is the sum or mean of the others."
            )
        if dropped:
            told += f" {dropped:,} empty cells have no row."
        return IngestNote("reshaped", told, len(self.periods), self.period)


def long_form(
    engine: Engine, wide: str, columns: Sequence[str], numeric: Mapping[str, str], rows: int
) -> Long | IngestNote | None:
    """How the table `wide` (a SELECT of `_row` and `columns`) becomes long; a note when it has periods for columns but
    is kept as it is; None for any other table. `numeric` are the columns of numbers or of nothing, with their types."""
    found = _sequence([header for header in columns if header in numeric])
    if found is None:
        return None
    kind, stems = found
    periods = tuple(zip(*stems.values(), strict=True))
    taken = {column.header for period in periods for column in period}
    others = [header for header in columns if header not in taken]
    beside = [header for header in others if header in numeric and not set(words(header)) & (ID_WORDS | _PLACES)]
    sums = [
        header for header in beside if _is_sum(engine, wide, header, [c.header for c in next(iter(stems.values()))])
    ]
    if set(sums) != set(beside) or rows * len(periods) > MOST_ROWS or _is_survey(engine, wide, kind, sorted(taken)):
        return _kept(kind, periods, [header for header in beside if header not in sums])
    ids = tuple(header for header in others if header not in sums)
    names = {header.casefold() for header in ids} | {ROW}
    period = unique(_NAMES.get(kind, kind), names)
    measures: list[str] = []
    for stem in stems:
        measures.append(unique(stem or "value", names | {period.casefold()} | {name.casefold() for name in measures}))
    kinds = [{numeric[column.header] for column in found} for found in stems.values()]
    types = tuple("DOUBLE" if "DOUBLE" in held else "BIGINT" for held in kinds)
    return Long(ids, periods, period, tuple(measures), types, kind, tuple(sums))


def _kept(kind: str, periods: Sequence[Sequence[_Column]], beside: Sequence[str]) -> IngestNote | None:
    first, last = periods[0][0].header, periods[-1][0].header
    why = f", as {beside[0]!r} stands beside them" if beside else ""
    told = f"The columns {first!r} to {last!r} are {_NAMES.get(kind, kind)}s: they were kept as columns{why}."
    return IngestNote("wide", told, len(periods)) if beside else None


def _sequence(headers: Sequence[str]) -> tuple[str, dict[str, list[_Column]]] | None:
    """The kind of periods in headers and, for each measure, its columns; None without LEAST in a row."""
    days = _days(headers)
    if days is not None:
        return "day", {"": days}
    firsts = _firsts_of_months(headers)
    if firsts is not None:
        return "month", {"": firsts}
    for kind in _PERIODS:
        stems: dict[str, list[_Column]] = {}
        for column in (_column(kind, header) for header in headers):
            if column is not None:
                stems.setdefault(column.stem.casefold(), []).append(column)
        runs = {found[0].stem: found for found in stems.values() if _in_a_row([c.place for c in found], kind)}
        places = {tuple(column.place for column in found) for found in runs.values()}
        if runs and len(places) == 1 and len(runs) == len(stems) and not _go_on(headers, runs):
            return kind, runs
    return None


def _go_on(headers: Sequence[str], runs: Mapping[str, Sequence[_Column]]) -> bool:
    """Whether other columns are numbered in the same way: c1989, c1990, … of c0 to c4999 are no years."""
    inside = {column.header for found in runs.values() for column in found}
    shapes = {_shape(header) for header in inside}
    return any(_shape(header) in shapes for header in headers if header not in inside)


def _shape(header: str) -> str:
    return re.sub(r"\d+", "0", header)


def _column(kind: str, header: str) -> _Column | None:
    folded = fold(header).replace("_", " ")
    found = next((m for pattern in _PERIODS[kind] if (m := re.search(pattern, folded))), None)
    if found is None:
        return None
    written = header if len(folded) == len(header) else folded
    stem = re.sub(r"[\s\-_/:,.()]+", " ", written[: found.start()] + " " + written[found.end() :]).strip()
    if re.search(r"\d", stem):
        return None
    place, value = _placed(kind, found.groupdict(), header)
    return _Column(header, stem, place, value)


def _placed(kind: str, groups: Mapping[str, str | None], header: str) -> tuple[int, str]:
    """The place of a period in the sequence of its kind, and its value in SQL."""
    year = int(groups.get("y") or 0)
    year += 2000 if 0 < year < 100 else 0
    named = groups.get("mon")
    month = MONTH_NUMBERS[named] if named else int(groups.get("m") or 1)
    if kind == "month":
        return year * 12 + month, f"DATE '{year}-{month:02}-01'"
    if kind == "quarter":
        quarter = int(groups["q"] or 1)
        return year * 4 + quarter, f"DATE '{year}-{3 * quarter - 2:02}-01'"
    if kind == "year":
        return year, f"CAST({year} AS BIGINT)"
    if kind == "month of year":
        return month, literal(header)
    if kind == "quarter of year":
        return int(groups["q"] or 1), literal(f"Q{groups['q']}")
    return int(groups["w"] or 1), f"CAST({int(groups['w'] or 1)} AS BIGINT)"


def _in_a_row(places: Sequence[int], kind: str) -> bool:
    """Whether periods follow each other at one distance, upwards or downwards; months may begin in any one."""
    steps = {two - one for one, two in pairwise(places)}
    if kind == "month of year":
        steps = {step % 12 for step in steps}
    return len(places) >= LEAST and len(steps) == 1 and steps != {0}


def _days(headers: Sequence[str]) -> list[_Column] | None:
    """The columns whose headers are days at one distance from each other; None unless these are most."""
    for order in ("b", "a"):
        columns = _dated(headers, order)
        if len(columns) >= LEAST and _in_a_row([column.place for column in columns], "day"):
            return columns
    return None


def _dated(headers: Sequence[str], order: str) -> list[_Column]:
    """The columns whose headers are days."""
    return [_Column(header, "", day.toordinal(), f"DATE '{day}'") for header in headers if (day := _day(header, order))]


def _firsts_of_months(headers: Sequence[str]) -> list[_Column] | None:
    """The columns whose headers are the first days of months in a row, as spreadsheets write months."""
    for order in ("b", "a"):
        days = {c.header: date.fromordinal(c.place) for c in _dated(headers, order)}
        columns = [_Column(h, "", d.year * 12 + d.month, f"DATE '{d}'") for h, d in days.items() if d.day == 1]
        if len(columns) == len(days) and _in_a_row([column.place for column in columns], "month"):
            return columns
    return None


def _day(header: str, month: str) -> date | None:
    """The day that a header is; `month` is the group of the month in 3/4/2024."""
    cell = fold(header)
    found = match("year-month-day", cell) or match("day/month", cell)
    if not found:
        return None
    year = int(found["y"]) + (2000 if len(found["y"]) == 2 else 0)
    parts = (found["m"], found["d"]) if "m" in found else (found[month], found["a" if month == "b" else "b"])
    try:
        return date(year, int(parts[0]), int(parts[1]))
    except ValueError:
        return None


def _is_sum(engine: Engine, wide: str, header: str, periods: Sequence[str]) -> bool:
    """Whether a column is the sum or the mean of the periods in nearly every row."""
    parts = [f"coalesce({quoted(name)}, 0)" for name in periods]
    some = " + ".join(f"CAST({quoted(name)} IS NOT NULL AS INTEGER)" for name in periods)
    total = " + ".join(parts)
    off = f"least(abs(({total}) - {quoted(header)}), abs(({total}) / nullif({some}, 0) - {quoted(header)}))"
    close = f"{off} <= greatest({_ROUNDING}, {_ROUNDING / 10} * abs({quoted(header)}))"
    share = engine.rows(f"SELECT avg(CAST({close} AS INTEGER)) FILTER ({quoted(header)} IS NOT NULL) FROM ({wide})")[0][
        0
    ]
    return share is not None and share >= 0.98


def _is_survey(engine: Engine, wide: str, kind: str, headers: Sequence[str]) -> bool:
    """Whether Q1, Q2, Q3 are questions: then all values are steps of one small scale."""
    if kind != "quarter of year":
        return False
    most = ", ".join(f"max({quoted(header)})" for header in headers)
    return all(value is None or value <= _SURVEY for value in engine.rows(f"SELECT {most} FROM ({wide})")[0])
