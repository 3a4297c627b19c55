"""Columns of text whose cells name moments or periods: each cell by its own form, the column's type by all of them."""

# Columns are names of the stage; values go into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyst.core.quoting import literal, literals
from analyst.datasets.headers import ID_WORDS, words
from analyst.datasets.lookups import Lookup, repeated, values_of
from analyst.datasets.sources.csv_reading import STAGE
from analyst.datasets.suspicion import LEFTOVERS
from analyst.datasets.times.forms import FORMS, fold, folded, form_of, match, moment_sql, usual_format
from analyst.datasets.times.ordering import Order, order_of, written
from analyst.datasets.times.vocabulary import DATE_WORDS, NO_DATE_WORDS, ZONE
from analyst.engine.interface import Engine
from analyst.protocol.table import IngestNote, Meaning

ENOUGH = 0.9
"""The share of a column's cells that must be read for the column to be one of dates."""
_HALF = 0.5
"""The share from which on a column that is kept as text is said to hold dates."""
_SAMPLE = 500
_FIRST = 100
_FEW_YEARS = 8
"""So many different two-digit years behind a month's name: more of them are days (Jan 5, Jan 6, …)."""
_MANY_DAYS = 8
"""So many different last parts of dates, none above 31, are days behind few years."""
_NO_ORDER = Order("day first", "no cell leaves it open")
_ZONED = rf"(?:[:.h]\d\d(?:[.,]\d+)?|[ap]\.?m\.?)\s?({ZONE})(?:\s?\(|$| \d)"
"""A clock with its zone, wherever the day stands."""


@dataclass(frozen=True)
class Timed:
    """How a column's cells become values of a type of time: SQL over the stage and a lookup, notes, what they mean."""

    value: str
    notes: tuple[IngestNote, ...] = ()
    meaning: Meaning = field(default_factory=Meaning)
    lookup: Lookup | None = None


@dataclass(frozen=True)
class Habits:
    """What a file's other parts tell of its dates: the usual order of day and month, the first day of serials."""

    order: str | None = None
    epoch: str = "1899-12-30"


@dataclass(frozen=True)
class _Dates:
    """A column of dates: its forms, how most cells are written (forms.usual_format), the order of day and month."""

    column: str
    header: str
    forms: tuple[str, ...]
    usual: str | None
    order: Order = _NO_ORDER

    @property
    def swappable(self) -> bool:
        """Whether day and month of some cells are told by their place only."""
        return "day/month" in self.forms


def read_dates(
    engine: Engine, headers: Mapping[str, str], habits: Habits
) -> tuple[dict[str, Timed], tuple[IngestNote, ...]]:
    """The columns of the stage among `headers` (column: header) that hold dates; notes on those that are kept as text.

    A column proves the order of day and month for another that does not.
    """
    likely = _likely(engine, headers)
    found = [dates for column in likely if (dates := _recognised(engine, column, headers[column]))]
    decided = [_ordered(engine, dates, habits) for dates in found]
    proven = Counter(dates.order.name for dates in decided if dates.swappable and dates.order.proof)
    if len(proven) == 1 and "each" not in proven:
        habits = replace(habits, order=next(iter(proven)))
        decided = [d if d.order.proof or d.order.mixed else _ordered(engine, d, habits) for d in decided]
    timed, kept = {}, []
    often = repeated(engine, [dates.column for dates in decided])
    for dates in decided:
        outcome = _read(engine, dates, habits, looked_up=dates.column in often)
        if isinstance(outcome, Timed):
            timed[dates.column] = outcome
        elif outcome is not None:
            kept.append(outcome)
    for column in likely:
        if column not in timed or timed[column].lookup is None:
            engine.drop(written(column))
    return timed, tuple(kept)


def _likely(engine: Engine, headers: Mapping[str, str]) -> list[str]:
    """The columns whose first cells look like dates at least by half."""
    if not headers:
        return []
    first = engine.rows(f"SELECT {', '.join(headers)} FROM {STAGE} WHERE rowid < {_FIRST}")
    chosen = []
    for column, cells in zip(headers, zip(*first, strict=True), strict=True):
        known = _meant(cells)
        if known and sum(form_of(cell) is not None for cell in known) >= _HALF * len(known):
            chosen.append(column)
    return chosen


def _meant(cells: Iterable[str | None]) -> list[str]:
    """The different cells that hold something, folded."""
    folded_cells = dict.fromkeys(fold(cell) for cell in cells if cell is not None)
    return [cell for cell in folded_cells if cell and cell not in LEFTOVERS]


def _recognised(engine: Engine, column: str, header: str) -> _Dates | None:
    """The forms of a column's cells; None when these are something else that looks so."""
    engine.materialise(written(column), values_of(column))
    sample = _sample(engine, column, "true")
    forms = _forms(sample)
    spoken = set(words(header))
    if not forms or _are_days_of_a_month(sample, forms):
        return None
    if all(FORMS[name].bare for name in forms) and not _says_date(header):
        short = [match("day/month", cell) for cell in sample]
        years = {len(found["y"]) for found in short if found}
        if spoken & NO_DATE_WORDS or (spoken & ID_WORDS and "day/month" not in forms):
            return None
        if years == {2} and not _padded(sample):
            return None
    return _Dates(column, header, forms, usual_format(sample))


def _says_date(header: str) -> bool:
    return any(word in DATE_WORDS or word.endswith(("date", "datum")) for word in words(header))


def _padded(sample: Sequence[str]) -> bool:
    """Whether days and months are all written with two digits, or nearly all cells are days in one order."""
    found = [fields for cell in sample if (fields := match("day/month", cell))]
    two = all(len(fields["a"]) == len(fields["b"]) == 2 for fields in found)
    days = any(int(fields["a"]) > 12 or int(fields["b"]) > 12 for fields in found)
    return two or (days and all(int(fields["a"]) <= 31 and int(fields["b"]) <= 31 for fields in found))


def _are_days_of_a_month(sample: Sequence[str], forms: Sequence[str]) -> bool:
    """Whether "Jan 24" is a day: behind the names of months stand many different numbers, from 1 on."""
    if forms != ("month year",):
        return False
    numbers = {found["y"] for cell in sample if (found := match("month year", cell)) and len(found["y"]) == 2}
    return len(numbers) > _FEW_YEARS and max(numbers) <= "31" and min(numbers) < "10"


def _sample(engine: Engine, column: str, condition: str) -> list[str]:
    picked = f"SELECT v FROM {written(column)} WHERE {condition} ORDER BY hash(v) LIMIT {_SAMPLE}"
    return _meant(row[0] for row in engine.rows(picked))


def _forms(sample: Sequence[str]) -> tuple[str, ...]:
    """The forms of the sample, the commonest first; none when a serial number or a compact day stands alone."""
    counts = Counter(name for cell in sample if (name := form_of(cell)))
    if "season" in counts and counts.keys() & {"year-month", "year-month-day"}:
        counts["year-month"] += counts.pop("season")
    if not counts.keys() - {"serial", "compact day"}:
        return ()
    if counts.keys() == {"day/month"} and _are_years_first(sample):
        return ("year/month/day",)
    return tuple(name for name, _ in counts.most_common())


def _are_years_first(sample: Sequence[str]) -> bool:
    """Whether "24/12/28" begins with its year: the first parts are few, the last are many and all days of a month."""
    found = [fields for cell in sample if (fields := match("day/month", cell))]
    firsts, lasts = {fields["a"] for fields in found}, {int(fields["y"]) for fields in found}
    months = all(1 <= int(fields["b"]) <= 12 and len(fields["a"]) == 2 for fields in found)
    days = len(lasts) >= _MANY_DAYS and max(lasts) <= 31 and min(lasts) > 0
    return months and days and len(firsts) <= _FEW_YEARS and len(firsts) * 3 <= len(lasts)


def _ordered(engine: Engine, dates: _Dates, habits: Habits) -> _Dates:
    if not dates.swappable:
        return dates
    return replace(dates, order=order_of(engine, dates.column, dates.forms, dates.usual, habits.order))


def _read(engine: Engine, dates: _Dates, habits: Habits, *, looked_up: bool) -> Timed | IngestNote | None:
    """The column read; a note when it holds dates and stays text nonetheless; None when it holds too few."""
    if dates.order.mixed:
        return _kept(
            dates,
            f"{dates.header!r} has dates with the day first and dates with the month first, and {dates.order.mixed:,}"
            " that can be either: it was kept as text. Ask whoever made the file.",
            dates.order.mixed,
        )
    zones = _zones(engine, dates)
    measured = _measure(engine, dates, habits, zones)
    if measured.unread and (more := _forms(_sample(engine, dates.column, "d IS NULL"))):
        forms = dates.forms + tuple(name for name in more if name not in dates.forms)
        if forms != dates.forms:
            return _read(engine, replace(dates, forms=forms), habits, looked_up=looked_up)
    share = measured.read / max(1, measured.read + measured.unread)
    if share < ENOUGH:
        told = f"{dates.header!r} has dates and other text ({measured.example!r}): it was kept as text."
        return _kept(dates, told, measured.unread) if share >= _HALF else None
    table = written(dates.column)
    moment = f"{table}.d" if looked_up else measured.value
    value = moment if measured.clock else f"CAST({moment} AS DATE)"
    lookup = Lookup(table, dates.column) if looked_up else None
    return Timed(value, tuple(_notes(dates, measured, zones)), _meaning(dates), lookup)


def _kept(dates: _Dates, told: str, count: int) -> IngestNote:
    return IngestNote("mixed_dates", told, count, dates.header)


@dataclass(frozen=True)
class _Measured:
    """What reading a column gives: cells read and not, whether one has a clock, a cell not read, a cell and its day."""

    value: str
    read: int
    unread: int
    clock: bool
    example: str | None
    shown: str | None
    day: str | None


def _measure(engine: Engine, dates: _Dates, habits: Habits, zones: Sequence[str]) -> _Measured:
    def value(cell: str) -> str:
        return moment_sql(
            dates.forms, cell, dates.usual, order=dates.order.name, to_utc=len(zones) > 1, epoch=habits.epoch
        )

    void = f"{folded('v')} IN ({literals(sorted(LEFTOVERS))})"
    # Kept, as the engine would compute what a subquery computes once for each use.
    read = f"SELECT v, n, {value('v')} AS d, {void} AS void FROM {written(dates.column)}"
    engine.materialise(written(dates.column), read)
    late = "lpad(CAST(day(d) AS VARCHAR), 2, '0') || v"
    found = engine.rows(
        "SELECT coalesce(sum(n) FILTER (d IS NOT NULL), 0), coalesce(sum(n) FILTER (d IS NULL AND NOT void), 0),"
        " bool_or(d <> date_trunc('day', d)), min(v) FILTER (d IS NULL AND NOT void),"
        f" arg_max(v, {late}), arg_max(d, {late}) FROM {written(dates.column)}"
    )[0]
    day = str(found[5]).removesuffix(" 00:00:00") if found[5] is not None else None
    return _Measured(value(dates.column), int(found[0]), int(found[1]), bool(found[2]), found[3], found[4], day)


def _zones(engine: Engine, dates: _Dates) -> list[str]:
    """The zones behind the clocks of a column, "" for none; empty where no form has a clock with one."""
    if not any("zo" in FORMS[name].fields for name in dates.forms):
        return []
    zone = f"regexp_extract({folded('v')}, {literal(_ZONED)}, 1)"
    found = engine.rows(f"SELECT DISTINCT {zone} FROM {written(dates.column)} WHERE contains(v, ':') LIMIT 50")
    return sorted({zone for (zone,) in found if zone is not None})


def _meaning(dates: _Dates) -> Meaning:
    grains = {FORMS[name].grain for name in dates.forms}
    doubtful = dates.swappable and dates.order.proof is None
    return Meaning(grain=grains.pop() if len(grains) == 1 else None, unsure=dates.order.name if doubtful else None)


def _notes(dates: _Dates, measured: _Measured, zones: Sequence[str]) -> Iterable[IngestNote]:
    header = dates.header
    if dates.forms != ("year-month-day",):
        grains = {FORMS[name].grain for name in dates.forms} - {None}
        kind = f"{grains.pop()}s (each by its first day)" if len(grains) == 1 else "dates"
        several = f" in {len(dates.forms)} formats" if len(dates.forms) > 1 else ""
        told = f"{header!r} was read as {kind}{several}: {measured.shown!r} is {measured.day}."
        yield IngestNote("date_format", told, measured.read, header)
    if dates.order.name == "each":
        told = f"{header!r} has dates with the day first and dates with the month first; every one can be only one."
        yield IngestNote("mixed_dates", told, measured.read, header)
    elif dates.swappable and dates.order.proof is None:
        other = "month" if dates.order.name == "day first" else "day"
        told = f"The dates of {header!r} were read {dates.order.name}, but the {other} could come first in all of them."
        yield IngestNote("ambiguous_dates", told, measured.read, header)
    if len(zones) > 1:
        yield IngestNote("time_zone", f"The times of {header!r} have several time zones and were converted to UTC.", 1)
    elif zones and zones[0] not in ("", "z", "utc", "gmt"):
        yield IngestNote("time_zone", f"The times of {header!r} are all in {zones[0].upper()}: kept as is.", 1)
    if measured.unread:
        told = f"{measured.unread:,} cells of {header!r}" if measured.unread > 1 else f"1 cell of {header!r}"
        told += f" can't be read as dates (such as {measured.example!r}) and were treated as missing."
        yield IngestNote("dates_unreadable", told, measured.unread, header)
