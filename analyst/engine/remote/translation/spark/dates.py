"""Functions of dates and moments in Spark SQL, equal to DuckDB's; the session's time zone is UTC on both.

Sources: DuckDB's pages of date parts, date and timestamp functions and date formats, Spark's of datetime patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.moments import PART_NAMES, UNITS, part_of, refused
from analyst.engine.remote.translation.operands import Operand, Rule
from analyst.engine.remote.translation.types import BIGINT, DATE, DOUBLE, INTERVAL, TIMESTAMP, VARCHAR, SqlType

_LATER = "CAST({0} AS TIMESTAMP)"
_MICROS = f"unix_micros({_LATER})"
_ISOYEAR = "CAST(year(date_add(CAST({0} AS DATE), 3 - weekday({0}))) AS BIGINT)"
"""The year of the week's Thursday."""
_YEARWEEK = f"({_ISOYEAR} * 100 + weekofyear({{0}}))"
_PARTS: Mapping[str, tuple[SqlType, str]] = {
    "year": (BIGINT, "CAST(year({0}) AS BIGINT)"),
    "quarter": (BIGINT, "CAST(quarter({0}) AS BIGINT)"),
    "month": (BIGINT, "CAST(month({0}) AS BIGINT)"),
    "week": (BIGINT, "CAST(weekofyear({0}) AS BIGINT)"),
    "day": (BIGINT, "CAST(day({0}) AS BIGINT)"),
    "hour": (BIGINT, f"CAST(hour({_LATER}) AS BIGINT)"),
    "minute": (BIGINT, f"CAST(minute({_LATER}) AS BIGINT)"),
    "second": (BIGINT, f"CAST(second({_LATER}) AS BIGINT)"),
    "dow": (BIGINT, "CAST(dayofweek({0}) - 1 AS BIGINT)"),
    "isodow": (BIGINT, "CAST(weekday({0}) + 1 AS BIGINT)"),
    "doy": (BIGINT, "CAST(dayofyear({0}) AS BIGINT)"),
    "isoyear": (BIGINT, _ISOYEAR),
    "yearweek": (BIGINT, _YEARWEEK),
    "epoch": (DOUBLE, f"(CAST({_MICROS} AS DOUBLE) / 1E6D)"),
    "epoch_ms": (BIGINT, f"unix_millis({_LATER})"),
    "epoch_us": (BIGINT, _MICROS),
}
"""Parts of a date → their type and text."""
_MICROSECONDS = {"hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000}


def _date_part(part: Operand, moment: Operand) -> str:
    if part_of(part) not in _PARTS:
        raise refused("date_part", part, "Spark")
    return _PARTS[part_of(part)][1].format(moment.text)


def _truncated(part: Operand, moment: Operand) -> str:
    if part_of(part) not in UNITS:
        raise refused("date_trunc", part, "Spark")
    return f"date_trunc('{part_of(part).upper()}', {moment.text})"


def _months(one: str, other: str) -> str:
    """The months from one moment to another, by their names alone."""
    return f"((year({other}) - year({one})) * 12 + month({other}) - month({one}))"


def _difference(part: Operand, start: Operand, end: Operand) -> str:
    """How many borders of a unit lie between two moments; weeks are of seven days, counted from the first."""
    unit, one, other = part_of(part), start.text, end.text
    if unit == "year":
        text = f"(year({other}) - year({one}))"
    elif unit == "quarter":
        text = f"((year({other}) - year({one})) * 4 + quarter({other}) - quarter({one}))"
    elif unit == "month":
        text = _months(one, other)
    elif unit == "week":
        text = f"(datediff(CAST({other} AS DATE), CAST({one} AS DATE)) div 7)"
    elif unit == "day":
        text = f"datediff(CAST({other} AS DATE), CAST({one} AS DATE))"
    elif unit in _MICROSECONDS:
        floor = f"unix_micros(date_trunc('{unit.upper()}', {{}}))".format
        text = f"(({floor(other)} - {floor(one)}) div {_MICROSECONDS[unit]})"
    else:
        raise refused("date_diff", part, "Spark")
    return f"CAST({text} AS BIGINT)"


def _elapsed(part: Operand, start: Operand, end: Operand) -> str:
    """How many whole units have passed between two moments; a month that ends early counts as whole."""
    unit, one, other = part_of(part), start.text, end.text
    per = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if per:
        return f"(CASE WHEN {one} <= {other} THEN {_whole(one, other, per)} ELSE - {_whole(other, one, per)} END)"
    micros = {**_MICROSECONDS, "day": 86_400_000_000, "week": 7 * 86_400_000_000}.get(unit)
    if micros is None:
        raise refused("date_sub", part, "Spark")
    return f"((unix_micros({other}) - unix_micros({one})) div {micros})"


def _whole(one: str, other: str, per: int) -> str:
    months = _months(one, other)
    late = f"{one} + make_ym_interval(0, {months}) > {other}"
    return f"CAST(({months} - CASE WHEN {late} THEN 1 ELSE 0 END) div {per} AS BIGINT)"


_CODES = {
    "%Y": "yyyy", "%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss", "%y": "yy", "%b": "MMM", "%B": "MMMM",
    "%a": "EEE", "%A": "EEEE", "%j": "DDD", "%p": "a", "%I": "hh", "%-d": "d", "%-m": "M", "%-H": "H", "%-I": "h",
    "%-M": "m", "%-S": "s", "%-j": "D", "%F": "yyyy-MM-dd", "%T": "HH:mm:ss", "%%": "%",
}  # fmt: skip
"""DuckDB's codes of a date format → Spark's pattern."""
_CODE = re.compile(r"%-?[A-Za-z%]|[^%]+|%")


def _formatted(moment: Operand, form: Operand) -> str:
    """A moment as text: pieces of one pattern, and week numbers, which Spark's patterns lack, apart."""
    pieces, pattern = [], ""
    for code in _CODE.findall(str(form.value)):
        if code in _WEEKS:
            pieces += [_by_pattern(moment.text, pattern)] if pattern else []
            pieces.append(_WEEKS[code].format(moment.text))
            pattern = ""
        else:
            pattern += _pattern_of(code)
    pieces += [_by_pattern(moment.text, pattern)] if pattern else []
    return pieces[0] if len(pieces) == 1 else f"concat({', '.join(pieces)})"


def _by_pattern(moment: str, pattern: str) -> str:
    return f"date_format({moment}, {_quoted(pattern)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\u0024") + "'"


_WEEKS = {
    "%V": "lpad(CAST(weekofyear({0}) AS STRING), 2, '0')",
    "%G": f"CAST({_ISOYEAR} AS STRING)",
    "%u": "CAST(weekday({0}) + 1 AS STRING)",
    "%w": "CAST(dayofweek({0}) - 1 AS STRING)",
}


def _pattern_of(code: str) -> str:
    if code in _CODES:
        return _CODES[code]
    if code.startswith("%"):
        raise TranslationError(f"The date format code {code!r} has no equal on Spark: use {' '.join(_CODES)}.")
    return code if re.fullmatch(r"[ ,./:-]*", code) else "'" + code.replace("'", "''") + "'"


_READ = {
    "%Y": ("[0-9]{4}", "yyyy"), "%m": ("[0-9]{1,2}", "M"), "%d": ("[0-9]{1,2}", "d"), "%H": ("[0-9]{1,2}", "H"),
    "%M": ("[0-9]{1,2}", "m"), "%S": ("[0-9]{1,2}", "s"), "%b": ("[A-Za-z]{3}", "MMM"), "%B": ("[A-Za-z]+", "MMMM"),
    "%I": ("[0-9]{1,2}", "h"), "%p": ("[AaPp][Mm]", "a"), "%y": ("[0-9]{2}", "yy"),
}  # fmt: skip
"""Codes that text is read by → what they match, and Spark's pattern."""
_TIGHT = {"%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss"}


def reading(form: str) -> tuple[str, str]:
    """The regular expression and Spark's pattern of one of DuckDB's formats for reading text."""
    expression, pattern, codes = "", "", _CODE.findall(form.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S"))
    for place, code in enumerate(codes):
        if code.startswith("%"):
            plain = code.replace("-", "")
            if plain not in _READ:
                raise TranslationError(f"The date format code {code!r} can't be read on Spark: use {' '.join(_READ)}.")
            matched, written = _READ[plain]
            near = any(0 <= other < len(codes) and codes[other].startswith("%") for other in (place - 1, place + 1))
            tight = near and plain in _TIGHT
            expression += "[0-9]{2}" if tight else matched
            pattern += _TIGHT[plain] if tight else written
        else:
            expression += re.sub(r"([^A-Za-z0-9 ])", r"[\1]", code).replace("[\\]", r"\\").replace("[^]", r"\^")
            pattern += _pattern_of(code)
    return rf"(?i)^[ \t\n\x0B\f\r]*{expression}[ \t\n\x0B\f\r]*\z", pattern


def _parsed(trying: bool) -> Callable[[Operand, Operand], str]:
    def write(text: Operand, form: Operand) -> str:
        expression, pattern = reading(str(form.value))
        read = f"try_to_timestamp(trim({text.text}), {_quoted(pattern)})"
        if "y" not in pattern:  # DuckDB's year where none is read
            read = f"try_to_timestamp(concat('1900 ', trim({text.text})), {_quoted('yyyy ' + pattern)})"
        if "yy" in pattern and "yyyy" not in pattern:
            read = f"(CASE WHEN year({read}) > 2068 THEN {read} - make_ym_interval(100, 0) ELSE {read} END)"
        fits = f"{text.text} RLIKE {_quoted(expression)}"
        if trying:
            return f"(CASE WHEN {fits} THEN {read} END)"
        error = "CAST(raise_error('a text does not fit the date format') AS TIMESTAMP)"
        return f"(CASE WHEN {text.text} IS NOT NULL THEN coalesce(CASE WHEN {fits} THEN {read} END, {error}) END)"

    return write


def _parts() -> Mapping[str, tuple[Rule, ...]]:
    names = {**{name: name for name in _PARTS}, **{name: part for name, part in PART_NAMES.items() if len(name) > 3}}
    names |= {"isoweek": "week", "dayofmonth": "day"}
    return {name: (Rule("moment", _PARTS[part][0], _PARTS[part][1]),) for name, part in names.items()}


def _part_type(parts: Sequence[Operand]) -> SqlType:
    return _PARTS[part_of(parts[0])][0]


_DATE_PART = (Rule("words! moment", _part_type, _date_part),)
_DIFF, _SUB = (
    (Rule("words! timestamp timestamp", BIGINT, _difference),),
    (Rule("words! timestamp timestamp", BIGINT, _elapsed),),
)
_TRUNC = (Rule("words! timestamp", TIMESTAMP, _truncated),)
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}


def _interval(unit: str) -> tuple[Rule, ...]:
    """An interval; one of a number as written is a literal, which frames of windows ask for."""

    def write(count: Operand) -> str:
        if count.constant and isinstance(count.value, int):
            name, times = {"weeks": ("DAY", 7), "quarters": ("MONTH", 3)}.get(unit, (unit.upper().rstrip("S"), 1))
            return f"INTERVAL '{count.value * times}' {name}"
        whole = f"CAST({count.text} AS INT)"
        return _MADE[unit].format(whole)

    return (Rule("integer", INTERVAL, write),)


_MADE = {
    "days": "make_dt_interval({0}, 0, 0, 0)",
    "weeks": "make_dt_interval({0} * 7, 0, 0, 0)",
    "hours": "make_dt_interval(0, {0}, 0, 0)",
    "minutes": "make_dt_interval(0, 0, {0}, 0)",
    "seconds": "make_dt_interval(0, 0, 0, {0})",
    "months": "make_ym_interval(0, {0})",
    "quarters": "make_ym_interval(0, {0} * 3)",
    "years": "make_ym_interval({0}, 0)",
}

DATES: Mapping[str, tuple[Rule, ...]] = {
    **_parts(),
    "date_part": _DATE_PART,
    "date_trunc": _TRUNC,
    "date_diff": _DIFF,
    "date_sub": _SUB,
    "dayname": (Rule("moment", VARCHAR, "date_format({0}, 'EEEE')"),),
    "monthname": (Rule("moment", VARCHAR, "date_format({0}, 'MMMM')"),),
    "last_day": (Rule("day", DATE, "last_day({0})"),),
    "make_date": (Rule("integer integer integer", DATE, "make_date({0}, {1}, {2})"),),
    "strftime": (Rule("timestamp words!", VARCHAR, _formatted),),
    "strptime": (Rule("words words!", TIMESTAMP, _parsed(False)),),
    "try_strptime": (Rule("words words!", TIMESTAMP, _parsed(True)),),
    **{f"to_{unit}": _interval(unit) for unit in _MADE},
}
"""By DuckDB's name."""
