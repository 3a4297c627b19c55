"""DuckDB's casts in PostgreSQL's SQL: what text reads as, how numbers round, how a number is written.

Every text is of the collation "C", so that it is sorted by its bytes, as DuckDB sorts it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.moments import written_moment
from analyst.engine.remote.translation.operands import Operand
from analyst.engine.remote.translation.types import NUMBERS, Family, SqlType

TYPES: Mapping[str, str] = {
    "BOOLEAN": "boolean", "TINYINT": "smallint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint",
    "HUGEINT": "numeric", "UTINYINT": "smallint", "USMALLINT": "integer", "UINTEGER": "bigint",
    "DOUBLE": "double precision", "DECIMAL": "numeric", "VARCHAR": "text", "DATE": "date", "TIMESTAMP": "timestamp",
}  # fmt: skip
"""DuckDB's types → PostgreSQL's."""

_SPACE = r"[ \t\n\v\f\r]*"
_DIGITS = "[0-9]+(_[0-9]+)*"
_NUMBER = rf"^{_SPACE}[+-]?({_DIGITS}([.]({_DIGITS})?)?|[.]{_DIGITS})([eE][+-]?[0-9]+)?{_SPACE}$"
_WHOLE = rf"^{_SPACE}[+-]?{_DIGITS}{_SPACE}$"
_OTHER = rf"(?i)^{_SPACE}[+-]?(0[xb].*|nan|inf|infinity){_SPACE}$"
"""What DuckDB reads as a number, and no rule here does."""
_NAMED = ("nan", "inf", "-inf", "infinity", "-infinity")
"""What is no number, as it is written in a query."""
_DAY = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_TIME = "[ T][0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}([.][0-9]{1,6})?)?"
_MOMENT = f"^{_SPACE}{_DAY}({_TIME})?{_SPACE}$"
_LIKE_MOMENT = f"^{_SPACE}[0-9]+[-/].*$"
"""What DuckDB may read as a date, and no rule here does."""

Cast = Callable[[str, str, bool], "str | None"]
"""A text in PostgreSQL's SQL, the type's name, and whether NULL stands for what can't be cast."""


def text_literal(text: str) -> str:
    """A text as PostgreSQL reads one, sorted by its bytes."""
    if "\0" in text:
        raise TranslationError("The query holds a NUL character: remove it.")
    return by_bytes(plain_literal(text))


def plain_literal(text: str) -> str:
    """A text between its quotes."""
    return "'" + text.replace("'", "''") + "'"


def by_bytes(text: str) -> str:
    """A text that is compared and sorted by its bytes."""
    return f'({text} COLLATE "C")'


def half_up(text: str) -> str:
    """A double rounded to a whole one, halves away from zero: PostgreSQL's own round() takes the even one."""
    return f"(trunc({text}) + (CASE WHEN abs({text} - trunc({text})) >= 0.5 THEN sign({text}) ELSE 0 END))"


def cast(part: Operand, type: SqlType, trying: bool) -> str | None:
    """The operand as a value of `type`; None where PostgreSQL has no cast that means the same."""
    name = _type_name(type)
    if name is None or type.item:
        return None
    if part.family is Family.NULL:
        return f"CAST(NULL AS {name})"
    if part.constant and isinstance(part.value, str) and type.family in (Family.DATE, Family.TIMESTAMP):
        written = written_moment(part.value, type)
        if written:
            return written
    if part.constant and type.family is Family.DOUBLE and str(part.value).casefold() in _NAMED:
        return f"CAST({plain_literal(str(part.value))} AS {name})"
    if part.type.name == type.name and type.family is not Family.DECIMAL:
        return part.text
    if part.family is Family.DOUBLE and type.name == "HUGEINT":
        return None
    if part.family is Family.DECIMAL and type.family is Family.TEXT:
        return by_bytes(f"CAST(CAST({part.text} AS {_type_name(part.type)}) AS text)")
    if part.type.name == "TIME" and type.family is Family.TEXT:
        return _as_text(part.text, name, trying)
    found = _CASTS.get((part.family, type.family))
    return found(part.text, name, trying) if found else None


def _type_name(type: SqlType) -> str | None:
    name = TYPES.get(type.name)
    return f"numeric({type.width}, {type.scale})" if type.name == "DECIMAL" else name


def _plain(text: str, name: str, trying: bool) -> str | None:
    """A cast that fails where the value does not fit: there is none that tries."""
    return f"CAST({text} AS {name})"


def _to_decimal(text: str, name: str, trying: bool) -> str:
    """A double as a decimal: scaled and rounded as a double, so that 1.005 is 1.00."""
    scale = int(name.rstrip(")").split(",")[1])
    whole = half_up(f"({text} * CAST('1e{scale}' AS double precision))")
    return f"CAST(CAST(CAST({whole} AS bigint) AS numeric) * CAST('1e-{scale}' AS numeric) AS {name})"


def _from_boolean(text: str, name: str, trying: bool) -> str:
    return f"CAST(CAST({text} AS integer) AS {name})"


def _to_boolean(text: str, name: str, trying: bool) -> str:
    return f"({text} <> 0)"


def _text_to_double(text: str, name: str, trying: bool) -> str:
    plain = f"CAST(replace({text}, '_', '') AS {name})"
    return _read(text, name, trying, [(_NUMBER, plain)], _OTHER)


def _text_to_whole(text: str, name: str, trying: bool) -> str:
    """Text as a whole number: halves are rounded away from zero, '1e3' is one."""
    plain = f"replace({text}, '_', '')"
    rounded = f"CAST(round(CAST({plain} AS numeric)) AS {name})"
    return _read(text, name, trying, [(_WHOLE, f"CAST({plain} AS {name})"), (_NUMBER, rounded)], _OTHER)


def _text_to_date(text: str, name: str, trying: bool) -> str:
    """Text as a date; a time behind it is cut off."""
    day = f"CAST(split_part(replace(btrim({text}), 'T', ' '), ' ', 1) AS date)"
    return _read(text, name, trying, [(_MOMENT, day)], _LIKE_MOMENT)


def _text_to_moment(text: str, name: str, trying: bool) -> str:
    return _read(text, name, trying, [(_MOMENT, f"CAST({text} AS timestamp)")], _LIKE_MOMENT)


def _read(text: str, name: str, trying: bool, ways: list[tuple[str, str]], other: str) -> str:
    """A text read in the first way that it fits. Where it fits none, NULL stands for it if that is asked for; but what
    DuckDB may read all the same is an error."""
    fail = f"CAST(concat('not a {name}: ', {text}) AS {name})"
    cases = " ".join(f"WHEN {text} ~ '{pattern}' THEN {value}" for pattern, value in ways)
    rest = f"WHEN {text} ~ '{other}' THEN {fail}" if trying else f"WHEN {text} IS NOT NULL THEN {fail}"
    return f"(CASE {cases} {rest} END)"


def _as_text(text: str, name: str, trying: bool) -> str:
    return by_bytes(f"CAST({text} AS text)")


def _double_as_text(text: str, name: str, trying: bool) -> str:
    """A double as DuckDB writes it: a whole one below 1e16 with .0, and the names of what is no number in small
    letters; of all others PostgreSQL writes the same digits."""
    infinity = "CAST('Infinity' AS double precision)"
    return by_bytes(
        f"(CASE WHEN {text} = CAST('NaN' AS double precision) THEN 'nan' WHEN {text} = {infinity} THEN 'inf' "
        f"WHEN {text} = - {infinity} THEN '-inf' WHEN {text} = 0 THEN concat(CAST({text} AS text), '.0') "
        f"WHEN {text} = trunc({text}) AND abs({text}) < 1e16 THEN concat(CAST(CAST({text} AS bigint) AS text), '.0') "
        f"ELSE CAST({text} AS text) END)"
    )


_CASTS: Mapping[tuple[Family, Family], Cast] = {
    **{(one, other): _plain for one in NUMBERS for other in NUMBERS},
    (Family.DOUBLE, Family.DECIMAL): _to_decimal,
    **{(Family.BOOLEAN, number): _from_boolean for number in NUMBERS},
    **{(number, Family.BOOLEAN): _to_boolean for number in NUMBERS},
    (Family.TEXT, Family.DOUBLE): _text_to_double,
    (Family.TEXT, Family.INTEGER): _text_to_whole,
    (Family.TEXT, Family.DATE): _text_to_date,
    (Family.TEXT, Family.TIMESTAMP): _text_to_moment,
    (Family.DATE, Family.TIMESTAMP): _plain,
    (Family.TIMESTAMP, Family.DATE): _plain,
    (Family.INTEGER, Family.TEXT): _as_text,
    (Family.BOOLEAN, Family.TEXT): _as_text,
    (Family.DATE, Family.TEXT): _as_text,
    (Family.TIMESTAMP, Family.TEXT): _as_text,
    (Family.DOUBLE, Family.TEXT): _double_as_text,
}
"""By the families that are cast from and to; where NULL is asked for, one that can't be cast is still an error."""
