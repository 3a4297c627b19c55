"""Columns of numbers that stand for days, months or moments: 20240131, 202401, Excel's 45292, seconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analyst.core.quoting import literal
from analyst.datasets.headers import ID_WORDS, words
from analyst.datasets.scanning import per_column
from analyst.datasets.sources.csv_reading import STAGE
from analyst.datasets.times.dates import Habits, Timed
from analyst.datasets.times.vocabulary import DATE_WORDS, MONTH_WORDS, QUANTITY_WORDS
from analyst.engine.interface import Engine, Row
from analyst.protocol.table import IngestNote, Meaning

_CLOCK_WORDS = frozenset(
    "timestamp timestamps epoch unix unixtime ts time date datetime created updated modified".split()  # noqa: SIM905
)
_DAYS = frozenset("date dates datum fecha datetime timestamp dt yyyymmdd datekey day when".split())  # noqa: SIM905
"""Words of headers above serial numbers: those that mean nothing else than a day."""
_UNIX = (631_152_000, 2_524_608_000)
"""The years 1990 to 2050 in seconds since 1970."""
_SERIALS = (10_000, 65_380)
"""The years 1927 to 2078 in days since the end of 1899."""
_FIRST = 100
"""Rows that refute most columns."""
_ENDS = ("min(TRY_CAST({v} AS DOUBLE))", "max(TRY_CAST({v} AS DOUBLE))")
_MANY = 10
"""So many different days of eight digits need no header that speaks of days."""


@dataclass(frozen=True)
class _Scale:
    """A way in which numbers count time: their least and greatest, their value in SQL, how it is told."""

    low: float
    high: float
    value: str
    told: str
    grain: str | None = None
    proof: str = ""
    """Another value of the same digits: where every number has that one too, the order of its parts is a guess."""


def _scales(epoch: str) -> dict[str, _Scale]:
    number, whole = "TRY_CAST({v} AS DOUBLE)", "TRY_CAST({v} AS BIGINT)"
    digits = f"CAST({whole} AS VARCHAR)"
    days = f"TIMESTAMP {literal(epoch)} + to_seconds(round({number} * 86400))"
    seconds = f"make_timestamp(CAST({number} * 1000000 AS BIGINT))"
    found = {
        "compact day": _Scale(
            19_000_101, 21_001_231, f"CAST(try_strptime({digits}, '%Y%m%d') AS DATE)", "days written as YYYYMMDD"
        ),
        "compact day, day first": _Scale(
            1_011_900, 31_122_100, _eight("%d%m%Y", digits), "days written as DDMMYYYY", proof=_eight("%m%d%Y", digits)
        ),
        "compact day, month first": _Scale(1_011_900, 12_312_100, _eight("%m%d%Y", digits), "days written as MMDDYYYY"),
        "compact month": _Scale(
            190_001,
            210_012,
            f"CAST(try_strptime({digits} || '01', '%Y%m%d') AS DATE)",
            "months written as YYYYMM",
            "month",
        ),
        "serial day": _Scale(*_SERIALS, f"CAST({days} AS DATE)", "Excel's day numbers"),
        "serial moment": _Scale(*_SERIALS, f"({days})", "Excel's day numbers with a time"),
    }
    for name, factor in (("seconds", 1), ("milliseconds", 1000), ("microseconds", 10**6), ("nanoseconds", 10**9)):
        value = seconds if factor == 1 else f"make_timestamp({whole} * {10**6 // factor})"
        value = f"make_timestamp({whole} // 1000)" if factor == 10**9 else value
        found[f"unix {name}"] = _Scale(_UNIX[0] * factor, _UNIX[1] * factor, value, f"{name} since 1970")
    return found  # fmt: skip


def _eight(form: str, digits: str) -> str:
    """The day of the years 1900 to 2100 in eight digits, of which a program may have dropped a leading zero."""
    day = f"CAST(try_strptime(lpad({digits}, 8, '0'), {literal(form)}) AS DATE)"
    return f"list_transform([{day}], lambda d: CASE WHEN year(d) BETWEEN 1900 AND 2100 THEN d END)[1]"


def read_serials(
    engine: Engine, numbers: Mapping[str, str], headers: Mapping[str, str], habits: Habits
) -> dict[str, Timed]:
    """The columns of the stage among `numbers` (column: BIGINT or DOUBLE, or VARCHAR) that count time."""
    asked = {column: spoken for column in numbers if (spoken := _spoken(headers[column]))}
    scales = _scales(habits.epoch)
    ranges: dict[str, Row] = dict.fromkeys(asked, ())
    for relation in (f"(FROM {STAGE} LIMIT {_FIRST})", STAGE):
        likely = [
            column
            for column, found in ranges.items()
            if not found
            or _is_near(found, [s for n, s in scales.items() if _may_be(n, numbers[column], headers[column])])
        ]
        ranges = per_column(engine, relation, likely, _ENDS)
    found: dict[str, Timed] = {}
    for name, scale in scales.items():
        within = [
            column
            for column, (low, high) in ranges.items()
            if column not in found and low is not None and scale.low <= low and high <= scale.high
            and _may_be(name, numbers[column], headers[column])
        ]  # fmt: skip
        least = {column: 1 if DATE_WORDS & asked[column] else _MANY for column in within}
        for column in _held(engine, within, scale, least if name == "compact day" else {}):
            found[column] = _timed(engine, column, headers[column], scale)
    return found


def heads_days(header: str) -> bool:
    """Whether a header means a day and nothing else."""
    return any(word in _DAYS or word.endswith(("date", "datum")) for word in words(header))


def _is_near(found: Row, scales: Iterable[_Scale]) -> bool:
    """Whether the least and greatest number lie within a scale; no number may yet."""
    low, high = found
    return low is None or any(scale.low <= low and high <= scale.high for scale in scales)


def _spoken(header: str) -> frozenset[str]:
    """The words of a header that may stand above a number of time; none above one that tells things apart, as "invoice
    no" does and "invoice date" does not."""
    spoken = words(header)
    return frozenset() if ID_WORDS & set(spoken) and spoken[-1] not in _DAYS else frozenset(spoken)


def _may_be(name: str, kind: str, header: str) -> bool:
    """Whether a header allows numbers of a kind to count time so."""
    spoken = set(words(header))
    if name == "compact day":
        return kind == "BIGINT"
    if name.startswith("compact day,"):
        return kind != "DOUBLE" and heads_days(header)
    if name == "compact month":
        return kind == "BIGINT" and bool(spoken & (MONTH_WORDS | DATE_WORDS)) and not spoken & QUANTITY_WORDS
    if name.startswith("serial"):
        return heads_days(header) and not spoken & QUANTITY_WORDS and (kind == "BIGINT") == (name == "serial day")
    return bool(spoken & _CLOCK_WORDS) and not spoken & QUANTITY_WORDS


def _held(engine: Engine, columns: Sequence[str], scale: _Scale, least: Mapping[str, int]) -> list[str]:
    """The columns every number of which is one by this scale, with so many different ones at least."""
    every = f"bool_and({scale.value} IS NOT NULL OR TRY_CAST({{v}} AS DOUBLE) IS NULL)"
    found = [column for column, (holds,) in per_column(engine, STAGE, columns, [every]).items() if holds]
    many = [column for column in found if least.get(column, 1) > 1]
    counts = per_column(engine, STAGE, many, ["count(DISTINCT {v})"])
    return [column for column in found if column not in counts or counts[column][0] >= least[column]]


def _timed(engine: Engine, column: str, header: str, scale: _Scale) -> Timed:
    value = scale.value.replace("{v}", column)
    guessed = bool(scale.proof) and bool(_held(engine, [column], replace(scale, value=scale.proof), {}))
    shown, day = per_column(engine, STAGE, [column], [f"arg_min({{v}}, {scale.value})", f"min({scale.value})"])[column]
    told = (
        f"{header!r} was read as dates: its numbers are {scale.told} ({shown} is {str(day).removesuffix(' 00:00:00')})."
    )
    notes = [IngestNote("date_format", told, 1, header)]
    if guessed:
        told = f"The dates of {header!r} were read day first, but the month could come first in all of them."
        notes.append(IngestNote("ambiguous_dates", told, 1, header))
    return Timed(value, tuple(notes), Meaning(grain=scale.grain, unsure="day first" if guessed else None))
