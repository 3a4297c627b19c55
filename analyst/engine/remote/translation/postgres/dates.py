"""Functions of dates and moments in PostgreSQL's SQL, equal to DuckDB's; moments have no time zone on either."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.moments import PART_NAMES, UNITS, part_of, refused
from analyst.engine.remote.translation.operands import Operand, Rule
from analyst.engine.remote.translation.postgres.casts import by_bytes, plain_literal
from analyst.engine.remote.translation.types import BIGINT, DATE, DOUBLE, INTERVAL, TIMESTAMP, VARCHAR, SqlType

_NAME = "PostgreSQL"


def _whole(part: str, moment: str = "{0}") -> str:
    return f"CAST(floor(extract({part} FROM CAST({moment} AS timestamp))) AS bigint)"


_PARTS: Mapping[str, tuple[SqlType, str]] = {
    **{part: (BIGINT, _whole(part)) for part in (*UNITS, "dow", "isodow", "doy", "isoyear")},
    "yearweek": (BIGINT, f"({_whole('isoyear')} * 100 + {_whole('week')})"),
    "epoch": (DOUBLE, "CAST(extract(epoch FROM CAST({0} AS timestamp)) AS double precision)"),
    "epoch_ms": (BIGINT, "CAST(floor(extract(epoch FROM CAST({0} AS timestamp)) * 1000) AS bigint)"),
    "epoch_us": (BIGINT, "CAST(extract(epoch FROM CAST({0} AS timestamp)) * 1000000 AS bigint)"),
}
"""Parts of a date → their type and text."""
_SECONDS = {"hour": 3600, "minute": 60, "second": 1}


def _date_part(part: Operand, moment: Operand) -> str:
    if part_of(part) not in _PARTS:
        raise refused("date_part", part, _NAME)
    return _PARTS[part_of(part)][1].format(moment.text)


def _truncated(part: Operand, moment: Operand) -> str:
    if part_of(part) not in UNITS:
        raise refused("date_trunc", part, _NAME)
    return f"date_trunc('{part_of(part)}', {moment.text})"


def _difference(part: Operand, start: Operand, end: Operand) -> str:
    """How many borders of a unit lie between two moments; weeks are of seven days, counted from the first."""
    unit, one, other = part_of(part), start.text, end.text
    days = f"(CAST({other} AS date) - CAST({one} AS date))"
    years = f"({_whole('year', other)} - {_whole('year', one)})"
    if unit == "year":
        return years
    if unit in ("quarter", "month"):
        per = {"quarter": 4, "month": 12}[unit]
        return f"({years} * {per} + {_whole(unit, other)} - {_whole(unit, one)})"
    if unit == "week":
        return f"CAST(({days} / 7) AS bigint)"
    if unit == "day":
        return f"CAST({days} AS bigint)"
    if unit in _SECONDS:
        since = "extract(epoch FROM date_trunc('{0}', {1}))".format
        return f"CAST(trunc(({since(unit, other)} - {since(unit, one)}) / {_SECONDS[unit]}) AS bigint)"
    raise refused("date_diff", part, _NAME)


_CODES = {
    "%Y": "YYYY", "%m": "MM", "%d": "DD", "%H": "HH24", "%M": "MI", "%S": "SS", "%y": "YY", "%b": "Mon",
    "%B": "FMMonth", "%a": "Dy", "%A": "FMDay", "%j": "DDD", "%p": "AM", "%I": "HH12", "%G": "IYYY", "%V": "IW",
    "%u": "ID", "%F": "YYYY-MM-DD", "%T": "HH24:MI:SS",
}  # fmt: skip
"""DuckDB's codes of a date format → PostgreSQL's pattern."""
_CODE = re.compile(r"%-?[A-Za-z%]|[^%]+|%")


def _formatted(moment: Operand, form: Operand) -> str:
    """A moment as text."""
    pieces = [_pattern(moment.text, code) for code in _CODE.findall(str(form.value))]
    return by_bytes(f"({' || '.join(pieces)})")


def _pattern(moment: str, code: str) -> str:
    """One code, or the text between two: apart, since to_char() reads words in what stands between."""
    if code in _CODES:
        return f"to_char({moment}, '{_CODES[code]}')"
    if code.startswith("%") and code != "%%":
        raise TranslationError(f"The date format code {code!r} has no equal on {_NAME}: use {' '.join(_CODES)}.")
    return plain_literal("%" if code == "%%" else code)


def _parts() -> Mapping[str, tuple[Rule, ...]]:
    names = {**{name: name for name in _PARTS}, **{name: part for name, part in PART_NAMES.items() if len(name) > 3}}
    return {name: (Rule("moment", _PARTS[part][0], _PARTS[part][1]),) for name, part in names.items()}


def _part_type(parts: Sequence[Operand]) -> SqlType:
    found = _PARTS.get(part_of(parts[0]))
    return found[0] if found else BIGINT


def _interval(unit: str) -> tuple[Rule, ...]:
    """An interval; one of a number as written is a literal, which frames of windows ask for."""
    name, times = {"weeks": ("day", 7), "quarters": ("month", 3)}.get(unit, (unit.rstrip("s"), 1))

    def write(count: Operand) -> str:
        if count.constant and isinstance(count.value, int):
            return f"INTERVAL '{count.value * times} {name}'"
        return f"(CAST({count.text} AS integer) * INTERVAL '{times} {name}')"

    return (Rule("integer", INTERVAL, write),)


_DATE_PART = (Rule("words! moment", _part_type, _date_part),)
_DIFF = (Rule("words! timestamp timestamp", BIGINT, _difference),)
_TRUNC = (Rule("words! timestamp", TIMESTAMP, _truncated),)
_LAST_DAY = "CAST((date_trunc('month', {0}) + INTERVAL '1 month' - INTERVAL '1 day') AS date)"

DATES: Mapping[str, tuple[Rule, ...]] = {
    **_parts(),
    "date_part": _DATE_PART,
    "date_trunc": _TRUNC,
    "date_diff": _DIFF,
    "dayname": (Rule("moment", VARCHAR, by_bytes("to_char({0}, 'FMDay')")),),
    "monthname": (Rule("moment", VARCHAR, by_bytes("to_char({0}, 'FMMonth')")),),
    "last_day": (Rule("timestamp", DATE, _LAST_DAY),),
    "make_date": (
        Rule(
            "integer integer integer",
            DATE,
            "make_date(CAST({0} AS integer), CAST({1} AS integer), CAST({2} AS integer))",
        ),
    ),
    "strftime": (Rule("timestamp words!", VARCHAR, _formatted),),
    **{
        f"to_{unit}": _interval(unit)
        for unit in ("years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds")
    },
}
"""By DuckDB's name."""
