"""Lengths of time (1:23:45, 1h 30m, 2 days 03:04:05, PT1H30M) as numbers of seconds, told apart from times of day."""

# Columns are names of the stage; values go into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyst.core.quoting import literal, literals
from analyst.datasets.headers import words
from analyst.datasets.lookups import Lookup, values_of
from analyst.datasets.scanning import per_column
from analyst.datasets.sources.csv_reading import STAGE
from analyst.datasets.suspicion import LEFTOVERS
from analyst.datasets.times.dates import ENOUGH, Timed
from analyst.datasets.times.forms import fold, folded
from analyst.engine.interface import Engine
from analyst.protocol.table import SECONDS, IngestNote, Meaning

_FIRST = 100
_DAY = r"(?:d|day|days|tag|tage|tagen|jour|jours|j|dia|dias|giorno|giorni|dag|dagen)"
_HOUR = r"(?:h|hr|hrs|hour|hours|std|stunde|stunden|heure|heures|hora|horas|ora|ore|uur)"
_MINUTE = r"(?:m|min|mins|minute|minutes|minuten|minuto|minutos|minuti|')"
_SECOND = r"(?:s|sec|secs|second|seconds|sek|sekunde|sekunden|seconde|secondes|segundo|segundos|secondo|secondi|\"|'')"
_AMOUNT = r"(\d+(?:[.,]\d+)?)"
_JOIN = r",?\s*(?:and |und |et |y |e )?"
_LENGTHS = {
    "clock": (r"(-?)(\d{1,5}):([0-5]?\d):([0-5]?\d(?:[.,]\d+)?)", ("sign", "h", "m", "s")),
    "two parts": (r"(-?)(\d{1,5}):([0-5]\d)", ("sign", "one", "two")),
    "two parts, fraction": (r"(-?)(\d{1,5}):([0-5]\d[.,]\d+)", ("sign", "m", "s")),
    "days and clock": (
        r"(-?)(\d+)(?: days?,? |d |\.)\+?(\d{1,2}):([0-5]\d):([0-5]\d(?:\.\d+)?)", ("sign", "d", "h", "m", "s")
    ),
    "words": (
        rf"(-?)(?:{_AMOUNT}\s*{_DAY}\.?)?(?:{_JOIN}{_AMOUNT}\s*{_HOUR}\.?)?(?:{_JOIN}{_AMOUNT}\s*{_MINUTE}\.?)?"
        rf"(?:{_JOIN}{_AMOUNT}\s*{_SECOND}\.?)?",
        ("sign", "d", "h", "m", "s"),
    ),
    "hours and digits": (r"(-?)(\d+)\s?h\s?([0-5]\d)", ("sign", "h", "m")),
    "iso": (
        rf"(-?)p(?:(\d+)d)?(?:t(?:{_AMOUNT}h)?(?:{_AMOUNT}m)?(?:{_AMOUNT}s)?)?", ("sign", "d", "h", "m", "s")
    ),
    "day of 1900": (r"(1900)-01-(\d\d) (\d\d):(\d\d):(\d\d)", ("sign", "d", "h", "m", "s")),
}  # fmt: skip
"""Ways to write a length of time. "day of 1900" is what Excel makes of a length over a day in a format of clocks."""
_COLONS = ("clock", "two parts", "two parts, fraction", "day of 1900")
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_LENGTH_WORDS = frozenset(
    """
    duration durations dur elapsed length runtime travel delivery wait waiting response handle handling talk hold
    processing process cycle lead downtime uptime lap split pace finish gap spent overtime break dauer duree durée
    duracion duración durata duracao duração duur laufzeit fahrzeit wartezeit arbeitszeit reisezeit bearbeitungszeit
    took taken turnaround idle watch hours stunden heures horas ore hrs mins minutes seconds worked song track
    resolution sleep flight drive commute aht asa
    """.split()  # noqa: SIM905
)
_CLOCK_WORDS = frozenset(
    """
    start starts started end ends ended begin begins from to at open opens opening opened close closes closing closed
    arrival arrive arrives arrived departure depart departs departed scheduled schedule checkin checkout in out login
    logout clock uhrzeit heure hora ora orario timestamp created updated received sent sunrise sunset dawn dusk
    appointment slot meeting alarm wake bedtime pickup dropoff kickoff due posted entry exit punch date day logged
    startzeit endzeit beginn ende debut début fin inicio inizio fine
    """.split()  # noqa: SIM905
)
_MINUTE_WORDS = frozenset(
    """
    lap laps split pace song track talk hold call video clip race swim run runner mile km round artist album athlete
    swimmer distance lauf läufer titel
    """.split()  # noqa: SIM905
)
"""Words of headers beside which 3:45 is minutes and seconds."""
_HOUR_WORDS = frozenset(
    """
    hours travel delivery work worked shift flight trip sleep overtime drive commute journey film movie stunden heures
    horas arbeitszeit fahrzeit reisezeit
    """.split()  # noqa: SIM905
)
_SCORES = frozenset("score scores ratio ratios aspect result odds verse bible".split())  # noqa: SIM905
"""Words of headers above numbers with a colon that are no time."""
_EARLY = 5
"""Times of day of a table lie rarely before this hour; most lengths of time do."""


@dataclass(frozen=True)
class _Lengths:
    """A column of lengths of time: the ways they are written, what "12:30" is, and whether that is known."""

    forms: tuple[str, ...]
    minutes: bool = False
    sure: bool = True


def read_durations(engine: Engine, columns: Sequence[str], headers: Mapping[str, str]) -> dict[str, Timed]:
    """The columns of the stage that hold lengths of time: of those whose cells are text or may be times of day."""
    found: dict[str, Timed] = {}
    for column, cells in _first(engine, columns).items():
        forms = _forms(cells)
        if not forms or not _are_lengths(engine, column, headers[column], forms):
            continue
        lengths = _two_parts(engine, column, headers, forms)
        timed = _timed(engine, column, headers[column], lengths)
        if timed is not None:
            found[column] = timed
    return found


def _first(engine: Engine, columns: Sequence[str]) -> dict[str, list[str]]:
    if not columns:
        return {}
    rows = engine.rows(f"SELECT {', '.join(columns)} FROM {STAGE} WHERE rowid < {_FIRST}")
    cells = {
        column: {fold(cell) for cell in all_ if cell}
        for column, all_ in zip(columns, zip(*rows, strict=True), strict=True)
    }
    return {column: sorted(filled - LEFTOVERS - {""}) for column, filled in cells.items()}


def _forms(cells: Sequence[str]) -> tuple[str, ...]:
    """The ways in which most of the cells are written; none when they aren't lengths of time."""
    counts: dict[str, int] = {}
    units = set()
    for cell in cells:
        for name, (pattern, groups) in _LENGTHS.items():
            if found := re.fullmatch(pattern, cell):
                counts[name] = counts.get(name, 0) + 1
                units.add(tuple(group for group in groups if group != "sign" and found[1 + groups.index(group)]))
                break
    if not cells or sum(counts.values()) < ENOUGH * len(cells):
        return ()
    # Numbers with one unit only are numbers: "90 min" is 90, "1 day" and "9 days" are days.
    single = set(counts) == {"words"} and len(units) == 1 and len(next(iter(units))) == 1
    only_1900 = set(counts) == {"day of 1900"}
    return () if single or only_1900 else tuple(sorted(counts, key=lambda name: -counts[name]))


def _are_lengths(engine: Engine, column: str, header: str, forms: Sequence[str]) -> bool:
    """Whether a column's cells are lengths of time and no times of day, scores or ratios."""
    if not set(forms) <= set(_COLONS):
        return True
    spoken = set(words(header))
    long, day = spoken & _LENGTH_WORDS, spoken & _CLOCK_WORDS
    if spoken & _SCORES:
        return False
    if bool(long) != bool(day):
        return bool(long)
    if not set(forms) <= {"clock", "two parts"}:
        return True
    hour = "TRY_CAST(split_part({v}, ':', 1) AS INTEGER)"
    most, early, distinct = per_column(
        engine,
        STAGE,
        [column],
        [f"max(abs({hour}))", f"avg(CAST({hour} < {_EARLY} AS INTEGER))", "count(DISTINCT {v})"],
    )[column]
    return most is not None and (most >= 24 or (early >= ENOUGH and distinct > 2))


def _two_parts(engine: Engine, column: str, headers: Mapping[str, str], forms: tuple[str, ...]) -> _Lengths:
    """What the parts of "12:30" are: by longer cells of the column, by words, by hours over 23."""
    if "two parts" not in forms:
        return _Lengths(forms)
    if "clock" in forms or "two parts, fraction" in forms:
        return _Lengths(forms, minutes=True)
    spoken = set(words(headers[column]))
    if spoken & _HOUR_WORDS and not spoken & _MINUTE_WORDS:
        return _Lengths(forms)
    if spoken & _MINUTE_WORDS:
        return _Lengths(forms, minutes=True)
    others = {word for header in headers.values() for word in words(header)}
    if others & _MINUTE_WORDS and not others & _HOUR_WORDS:
        return _Lengths(forms, minutes=True, sure=bool(others & (_MINUTE_WORDS - {"call", "distance"})))
    most = per_column(engine, STAGE, [column], ["max(TRY_CAST(split_part({v}, ':', 1) AS INTEGER))"])[column][0]
    return _Lengths(forms, minutes=most is not None and 24 <= most < 60, sure=False)


def _seconds(name: str, cell: str, *, minutes: bool) -> str:
    """SQL for the seconds of a folded cell that is written so, NULL for none."""
    pattern, groups = _LENGTHS[name]
    parts = f"regexp_extract({cell}, {literal(f'^{pattern}$')}, [{literals(groups)}])"
    scales = _SECONDS | ({"one": 60, "two": 1} if minutes else {"one": 3600, "two": 60})
    terms = [f"coalesce(TRY_CAST(replace(x.{g}, ',', '.') AS DOUBLE), 0) * {scales[g]}" for g in groups if g != "sign"]
    some = " || ".join(f"x.{group}" for group in groups if group != "sign")
    signed = f"CASE x.sign WHEN '-' THEN -1 ELSE 1 END * ({' + '.join(terms)})"
    return f"list_transform([{parts}], lambda x: CASE WHEN {some} <> '' THEN {signed} END)[1]"


def _value(cell: str, lengths: _Lengths) -> str:
    """SQL for the seconds of a cell, NULL where it is no length of time."""
    each = ", ".join(_seconds(name, "f", minutes=lengths.minutes) for name in lengths.forms)
    return f"list_transform([{folded(cell)}], lambda f: coalesce({each}))[1]"


def _timed(engine: Engine, column: str, header: str, lengths: _Lengths) -> Timed | None:
    """The column as seconds; None when too few of its cells are lengths."""
    void = f"{folded('v')} IN ({literals(sorted(LEFTOVERS))})"
    table = f"lengths_{column}"
    # Kept, as the engine would compute what a subquery computes once for each use.
    engine.materialise(table, f"SELECT v, n, {_value('v', lengths)} AS s, {void} AS void FROM ({values_of(column)})")
    count, unread, whole, example, shown, seconds = engine.rows(
        "SELECT coalesce(sum(n) FILTER (s IS NOT NULL), 0), coalesce(sum(n) FILTER (s IS NULL AND NOT void), 0),"
        " bool_and(s = round(s)), min(v) FILTER (s IS NULL AND NOT void), arg_max(v, s), max(s)"
        f" FROM {table}"
    )[0]
    count, unread = int(count), int(unread)
    if not count or count < ENOUGH * (count + unread):
        engine.drop(table)
        return None
    notes = [_told(header, lengths, shown, seconds, count)]
    if unread:
        told = f"{unread:,} cells of {header!r}" if unread > 1 else f"1 cell of {header!r}"
        told += f" can't be read as durations (such as {example!r}) and were treated as missing."
        notes.append(IngestNote("dates_unreadable", told, unread, header))
    unsure = None if lengths.sure else "minutes and seconds" if lengths.minutes else "hours and minutes"
    meaning = Meaning(unit=SECONDS, unsure=unsure)
    value = f"CAST({table}.s AS BIGINT)" if whole else f"{table}.s"
    return Timed(value, tuple(notes), meaning, Lookup(table, column))


def _told(header: str, lengths: _Lengths, shown: str, seconds: float, count: int) -> IngestNote:
    told = f"{header!r} was read as durations, in seconds: {shown!r} is {seconds:,g} s."
    if lengths.sure:
        return IngestNote("durations", told, count, header)
    parts = "minutes and seconds" if lengths.minutes else "hours and minutes"
    return IngestNote("durations_unsure", f"{told} Its parts were taken for {parts}.", count, header)
