"""A date whose parts (year, month, day; year, week) stand in columns, as one more column."""

# Columns and values are SQL of ours over the stage.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from analyst.core.quoting import literal
from analyst.core.text import listed
from analyst.datasets.headers import unique, words
from analyst.datasets.times.forms import folded, month_number
from analyst.datasets.times.vocabulary import DAY_PARTS, MONTH, MONTH_PARTS, QUARTER_PARTS, WEEK_PARTS, YEAR_PARTS
from analyst.engine.interface import Engine
from analyst.protocol.table import IngestNote, Meaning

ENOUGH = 0.9
"""The share of rows whose parts must name a date."""
_PARTS = {"year": YEAR_PARTS, "month": MONTH_PARTS, "quarter": QUARTER_PARTS, "week": WEEK_PARTS, "day": DAY_PARTS}
_FILLING = frozenset("of the no nr num number name fiscal calendar".split())  # noqa: SIM905
"""Words of a header beside the part that say nothing of what is dated."""
_OF = ({"month", "day"}, {"year", "month"}, {"year", "week"}, {"year", "quarter"})
"""What a header such as "day of month" names: the latter, the shorter of the two, in the order of _PARTS."""
_NUMBER = "TRY_CAST(regexp_extract(CAST({} AS VARCHAR), '^[a-zA-Z]{{0,2}}([0-9]+)$', 1) AS INTEGER)"
_NAMED_MONTH = literal(rf"^(?:\d{{1,2}}[-. ]+)?({MONTH})\.?$")


@dataclass(frozen=True)
class Made:
    """A column made of others: its name, its value in SQL, what is told and what it means."""

    header: str
    value: str
    note: IngestNote
    meaning: Meaning


@dataclass(frozen=True)
class Columns:
    """The columns of a table that is being read: the header of each, and its value in SQL over `source`."""

    headers: Mapping[str, str]
    values: Mapping[str, str]
    source: str


def date_of_parts(engine: Engine, columns: Columns, moments: Collection[str]) -> Made | None:
    """A date from the parts of one among the columns; None without parts, or when one of `moments` holds the same."""
    headers, values = columns.headers, columns.values
    for parts in _together(headers):
        made = _make(parts, values, headers)
        if _holds(engine, made.value, columns, parts.values(), moments):
            return made
    return None


def _together(headers: Mapping[str, str]) -> list[dict[str, str]]:
    """Parts (part: column) whose headers say the same of what they date: "birth year" and "birth month"."""
    grouped: dict[frozenset[str], dict[str, str]] = {}
    for column, header in headers.items():
        spoken = words(header)
        parts = [(part, word) for part, known in _PARTS.items() for word in spoken if word in known]
        if len(parts) == 2 and "of" in spoken and {part for part, _ in parts} in _OF:
            spoken, parts = [word for word in spoken if word != parts[0][1]], parts[1:]
        if len(parts) == 1:
            (part, word) = parts[0]
            grouped.setdefault(frozenset(spoken) - {word} - _FILLING, {}).setdefault(part, column)
    chosen = [_used(parts) for parts in grouped.values()]
    return [parts for parts in chosen if len(parts) > 1]


def _used(parts: Mapping[str, str]) -> dict[str, str]:
    """The finest parts that name a period together: year, month and day before quarters and weeks."""
    for finer in (("month", "day"), ("month",), ("week",), ("quarter",)):
        if "year" in parts and all(part in parts for part in finer):
            return {part: parts[part] for part in ("year", *finer)}
    return {}


def _make(parts: Mapping[str, str], values: Mapping[str, str], headers: Mapping[str, str]) -> Made:
    numbers = {part: _NUMBER.format(values[column]) for part, column in parts.items()}
    if "month" in parts:
        month = f"CAST({values[parts['month']]} AS VARCHAR)"
        name = f"regexp_extract({folded(month)}, {_NAMED_MONTH}, 1)"
        numbers["month"] = f"coalesce({numbers['month']}, {month_number(name)})"
    if "week" in parts:
        written = f"concat({numbers['year']}, '-', lpad(CAST({numbers['week']} AS VARCHAR), 2, '0'), '-1')"
        value = f"CAST(try_strptime({written}, '%G-%V-%u') AS DATE)"
    else:
        month = numbers.get("month", f"3 * {numbers.get('quarter', '0')} - 2")
        value = f"TRY_CAST(concat({numbers['year']}, '-', {month}, '-', {numbers.get('day', '1')}) AS DATE)"
    grain = "week" if "week" in parts else "quarter" if "quarter" in parts else None if "day" in parts else "month"
    return _named(parts, headers, value, grain)


def _named(parts: Mapping[str, str], headers: Mapping[str, str], value: str, grain: str | None) -> Made:
    year = words(headers[parts["year"]])
    about = [word for word in year if word not in YEAR_PARTS | _FILLING]
    name = "_".join(about if about[-1:] == ["date"] else [*about, "date"])
    name = unique(name, {header.casefold() for header in headers.values()})
    sources = listed([repr(headers[column]) for column in parts.values()])
    first = f" Each {grain} is dated by its first day." if grain else ""
    note = IngestNote("date_made", f"The column {name!r} was made from {sources}.{first}", 1, name)
    return Made(name, value, note, Meaning(grain=grain))


def _holds(engine: Engine, value: str, columns: Columns, parts: Iterable[str], moments: Iterable[str]) -> bool:
    """Whether nearly all rows with all parts have a date, of a plausible year, that no column of moments repeats."""
    filled = " AND ".join(f"({columns.values[part]}) IS NOT NULL" for part in parts)
    others = "".join(f", date_trunc('month', CAST({columns.values[one]} AS DATE)) AS {one}_month" for one in moments)
    same = [f"coalesce(bool_and({one}_month = date_trunc('month', d)), true)" for one in moments]
    asked = ", ".join(["count(*)", "count(d) FILTER (year(d) BETWEEN 1800 AND 2200)", "count(DISTINCT d)", *same])
    rows, dated, distinct, *repeated = engine.rows(
        f"SELECT {asked} FROM (SELECT {value} AS d{others} FROM {columns.source} WHERE {filled})"
    )[0]
    return bool(rows and dated >= ENOUGH * rows and distinct > 1 and not any(repeated))
