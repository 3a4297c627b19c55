"""DuckDB's casts in Spark SQL (ANSI mode): what text reads as, how numbers round, how a number is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from analyst.engine.remote.translation.moments import written_moment
from analyst.engine.remote.translation.operands import Operand
from analyst.engine.remote.translation.types import NUMBERS, Family, SqlType

TYPES: Mapping[str, str] = {
    "BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INTEGER": "INT", "BIGINT": "BIGINT",
    "HUGEINT": "BIGINT", "UTINYINT": "SMALLINT", "USMALLINT": "INT", "UINTEGER": "BIGINT", "UBIGINT": "DECIMAL(20, 0)",
    "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "DECIMAL": "DECIMAL", "VARCHAR": "STRING", "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP",
}  # fmt: skip
"""DuckDB's types → Spark's. A HUGEINT that is too large for a BIGINT is an error."""

_SPACE = r"[ \\t\\n\\x0B\\f\\r]*"
_DIGITS = "[0-9]+(_[0-9]+)*"
_NUMBER = rf"^{_SPACE}[+-]?({_DIGITS}([.]({_DIGITS})?)?|[.]{_DIGITS})([eE][+-]?[0-9]+)?{_SPACE}$"
_NAMED = rf"(?i)^{_SPACE}[+-]?(nan|inf|infinity){_SPACE}$"
_OTHER_BASE = rf"(?i)^{_SPACE}[+-]?0[xb]"
_DAY = "[0-9]{1,4}(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}"
_TIME = "[ T][0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}([.][0-9]{1,6})?)?"
_MOMENT = f"^{_SPACE}{_DAY}({_TIME})?{_SPACE}$"

Cast = Callable[[str, str, bool], "str | None"]
"""A text in Spark SQL, the type's name, and whether NULL stands for what can't be cast."""


def cast(part: Operand, type: SqlType, trying: bool) -> str | None:
    """The operand as a value of `type`; None where Spark has no cast that means the same."""
    name = _type_name(type)
    if name is None or type.item:
        return None
    if part.family is Family.NULL:
        return f"CAST(NULL AS {name})"
    if part.constant and isinstance(part.value, str) and type.family in (Family.DATE, Family.TIMESTAMP):
        written = written_moment(part.value, type)
        if written:
            return written
    if part.type.name == type.name and type.family is not Family.DECIMAL:
        return part.text
    found = _CASTS.get((part.family, type.family))
    return found(part.text, name, trying) if found else None


def _type_name(type: SqlType) -> str | None:
    name = TYPES.get(type.name)
    return f"DECIMAL({type.width}, {type.scale})" if name == "DECIMAL" else name


def _plain(text: str, name: str, trying: bool) -> str:
    return f"{'try_cast' if trying else 'CAST'}({text} AS {name})"


def _rounded(text: str, name: str, trying: bool) -> str:
    """A double as a whole number: to the nearest, halves to the even one."""
    return _plain(f"rint({text})", name, trying)


def _half_up(text: str, name: str, trying: bool) -> str:
    return _plain(f"round({text}, 0)", name, trying)


def _to_decimal(text: str, name: str, trying: bool) -> str:
    """A double as a decimal: scaled and rounded as a double, so that 1.005 is 1.00."""
    scale = int(name.rstrip(")").split(",")[1])
    return _plain(f"(round({text} * 1E{scale}D) / 1E{scale}D)", name, trying)


def _from_boolean(text: str, name: str, trying: bool) -> str:
    return f"CAST(CAST({text} AS INT) AS {name})"


def _to_boolean(text: str, name: str, trying: bool) -> str:
    return f"({text} <> 0)"


def _text_to_double(text: str, name: str, trying: bool) -> str:
    """Text as a double: Spark's own cast takes '1d' for a number and not '1_000'."""
    plain = f"replace({text}, '_', '')"
    cases = f"WHEN {text} RLIKE '{_NUMBER}' OR {text} RLIKE '{_NAMED}' THEN CAST({plain} AS {name})"
    return f"(CASE {cases} {_otherwise(text, name, trying)} END)"


def _text_to_whole(text: str, name: str, trying: bool) -> str:
    """Text as a whole number: halves are rounded away from zero, '1e3' is one."""
    plain = f"replace({text}, '_', '')"
    whole = rf"^{_SPACE}[+-]?{_DIGITS}{_SPACE}$"
    rounded = f"round(CAST({plain} AS DOUBLE))"
    cases = (
        f"WHEN {text} RLIKE '{whole}' THEN {_plain(plain, name, trying)} "
        f"WHEN {text} RLIKE '{_OTHER_BASE}' THEN {_failing(text, name, 'a number to the base of ten')} "
        f"WHEN {text} RLIKE '{_NUMBER}' THEN {_plain(rounded, name, trying)}"
    )
    return f"(CASE {cases} {_otherwise(text, name, trying)} END)"


def _text_to_decimal(text: str, name: str, trying: bool) -> str:
    plain = f"replace({text}, '_', '')"
    cases = f"WHEN {text} RLIKE '{_NUMBER}' THEN {_plain(plain, name, trying)}"
    return f"(CASE {cases} {_otherwise(text, name, trying)} END)"


def _dashed(text: str) -> str:
    """A date as Spark reads one: with dashes, and a year of four digits."""
    dashed = f"replace({text}, '/', '-')"
    return f"lpad({dashed}, char_length({dashed}) + greatest(5 - instr({dashed}, '-'), 0), '0')"


def _text_to_date(text: str, name: str, trying: bool) -> str:
    """Text as a date: year, month and day with - or /; a time behind them is cut off."""
    day = f"substring_index(substring_index(trim({text}), ' ', 1), 'T', 1)"
    cases = f"WHEN {text} RLIKE '{_MOMENT}' THEN {_plain(_dashed(day), name, trying)}"
    return f"(CASE {cases} {_otherwise(text, name, trying)} END)"


def _text_to_moment(text: str, name: str, trying: bool) -> str:
    plain = _dashed(f"trim({text})")
    zoned = rf"^{_SPACE}[0-9]{{1,4}}[-/].*:.*([+-][0-9:]+|Z){_SPACE}$"
    cases = (
        f"WHEN {text} RLIKE '{_MOMENT}' THEN {_plain(plain, name, trying)} "
        f"WHEN {text} RLIKE '{zoned}' THEN {_failing(text, name, 'a time without a zone')}"
    )
    return f"(CASE {cases} {_otherwise(text, name, trying)} END)"


def _otherwise(text: str, name: str, trying: bool) -> str:
    """What becomes of text that is no such value: NULL for TRY_CAST, else an error; NULL stays NULL."""
    return "" if trying else f"WHEN {text} IS NOT NULL THEN {_failing(text, name, f'a {name.lower()}')}"


def _failing(text: str, name: str, wanted: str) -> str:
    return f"CAST(raise_error('a text is not {wanted}') AS {name})"


def _text_to_boolean(text: str, name: str, trying: bool) -> str:
    low = f"lower({text})"
    cases = (
        f"WHEN {low} IN ('true', 't', '1', 'yes', 'y') THEN TRUE "
        f"WHEN {low} IN ('false', 'f', '0', 'no', 'n') THEN FALSE"
    )
    return f"(CASE {cases} {_otherwise(text, name, trying)} END)"


def _as_string(text: str, name: str, trying: bool) -> str:
    return f"CAST({text} AS STRING)"


def _double_as_string(text: str, name: str, trying: bool) -> str:
    """A double as DuckDB writes it: plain from 0.0001 to below 1e16, else as 1e+16; Spark's turns at 0.001 and 1E7."""
    fraction = f"regexp_replace(CAST(CAST(CAST({text} AS STRING) AS DECIMAL(38, 20)) AS STRING), '0+$', '')"
    whole = f"concat(CAST(CAST({text} AS BIGINT) AS STRING), '.0')"
    exponent = (
        f"regexp_replace(regexp_replace(replace(CAST({text} AS STRING), '.0E', 'E'), 'E([0-9])', 'e+$1'), 'E-', 'e-')"
    )
    padded = rf"regexp_replace({exponent}, '(e[+-])([0-9])$', '$10$2')".replace("$10$2", "$1\\\\0$2")
    return (
        f"(CASE WHEN isnan({text}) THEN 'nan' WHEN {text} = CAST('Infinity' AS DOUBLE) THEN 'inf' "
        f"WHEN {text} = CAST('-Infinity' AS DOUBLE) THEN '-inf' WHEN {text} = 0 THEN CAST({text} AS STRING) "
        f"WHEN abs({text}) >= 1E16D OR abs({text}) < 1E-4D THEN {padded} "
        f"WHEN {text} = rint({text}) THEN {whole} "
        f"WHEN abs({text}) >= 1E-3D AND abs({text}) < 1E7D THEN CAST({text} AS STRING) ELSE {fraction} END)"
    )


_CASTS: Mapping[tuple[Family, Family], Cast] = {
    **{(one, other): _plain for one in NUMBERS for other in NUMBERS},
    (Family.DOUBLE, Family.INTEGER): _rounded,
    (Family.DECIMAL, Family.INTEGER): _half_up,
    (Family.DOUBLE, Family.DECIMAL): _to_decimal,
    **{(Family.BOOLEAN, number): _from_boolean for number in NUMBERS},
    **{(number, Family.BOOLEAN): _to_boolean for number in NUMBERS},
    (Family.TEXT, Family.DOUBLE): _text_to_double,
    (Family.TEXT, Family.INTEGER): _text_to_whole,
    (Family.TEXT, Family.DECIMAL): _text_to_decimal,
    (Family.TEXT, Family.DATE): _text_to_date,
    (Family.TEXT, Family.TIMESTAMP): _text_to_moment,
    (Family.TEXT, Family.BOOLEAN): _text_to_boolean,
    (Family.DATE, Family.TIMESTAMP): _plain,
    (Family.TIMESTAMP, Family.DATE): _plain,
    (Family.INTEGER, Family.TEXT): _as_string,
    (Family.DECIMAL, Family.TEXT): _as_string,
    (Family.BOOLEAN, Family.TEXT): _as_string,
    (Family.DATE, Family.TEXT): _as_string,
    (Family.TIMESTAMP, Family.TEXT): _as_string,
    (Family.DOUBLE, Family.TEXT): _double_as_string,
}
"""By the families that are cast from and to."""
