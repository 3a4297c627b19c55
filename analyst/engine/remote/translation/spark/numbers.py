"""Arithmetic and functions of numbers in Spark SQL (ANSI mode), equal to DuckDB's.

Sources: DuckDB's and Spark's pages of numeric functions; each rule is compared on both engines by the tests.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyst.engine.remote.translation.operands import Operand, Rule
from analyst.engine.remote.translation.results import first, summed, together, whole_decimal
from analyst.engine.remote.translation.types import BIGINT, BOOLEAN, DATE, DOUBLE, TIMESTAMP, SqlType

INFINITY = "CAST('Infinity' AS DOUBLE)"
NAN = "CAST('NaN' AS DOUBLE)"


def _divided(one: Operand, other: Operand) -> str:
    """A quotient: DuckDB's is infinite where the divisor is zero, and NaN for zero by zero."""
    if other.is_written and other.value != 0:
        return f"({one.text} / {other.text})"
    return (
        f"(CASE WHEN {other.text} = 0 THEN {one.text} * {INFINITY} "
        f"ELSE {one.text} / nullif({other.text}, CAST(0 AS DOUBLE)) END)"
    )


def _remainder(one: Operand, other: Operand) -> str:
    if other.is_written and other.value != 0:
        return f"({one.text} % {other.text})"
    whole = f"{one.text} % nullif({other.text}, CAST(0 AS DOUBLE))"
    return f"(CASE WHEN {other.text} = 0 THEN {one.text} * {NAN} ELSE {whole} END)"


def _rounded(value: Operand, digits: Operand) -> str:
    """A double rounded as DuckDB rounds it: scaled, to the next whole number, scaled back."""
    places = int(str(digits.value))
    if places == 0:
        return f"round({value.text})"
    scale = f"1E{abs(places)}D"
    up, down = ("*", "/") if places > 0 else ("/", "*")
    return f"(round({value.text} {up} {scale}) {down} {scale})"


def _rounded_whole(value: Operand, digits: Operand) -> str:
    return value.text if int(str(digits.value)) >= 0 else f"round({value.text}, {digits.text})"


def _rounded_decimal(value: Operand, digits: Operand) -> str:
    return f"round({value.text}, {digits.text})"


def _whole(function: str) -> str:
    """floor or ceil of a double as a double: Spark's are whole numbers, which hold less."""
    return f"(CASE WHEN abs({{0}}) < 9E15D THEN CAST({function}({{0}}) AS DOUBLE) ELSE {{0}} END)"


_TRUNC = "(CASE WHEN abs({0}) < 9E15D THEN CAST(CAST({0} AS BIGINT) AS DOUBLE) ELSE {0} END)"
_LOGARITHM = (
    f"(CASE WHEN {{0}} > 0 THEN %s WHEN {{0}} = 0 THEN CAST('-Infinity' AS DOUBLE) WHEN {{0}} < 0 THEN {NAN} END)"
)


def _choice(name: str) -> tuple[Rule, ...]:
    return (Rule("same same*", first, lambda *parts: f"{name}({', '.join(part.text for part in parts)})"),)


def _double(text: str) -> tuple[Rule, ...]:
    return (Rule("double", DOUBLE, text),)


def _interval_rules(sign: str) -> tuple[Rule, ...]:
    """A date or a moment and an interval, which holds its own sign's text."""
    return (Rule("timestamp interval", TIMESTAMP, f"({{0}} {sign} {{1}})"),)


_DAYS_LATER = Rule("date integer", DATE, "date_add({0}, CAST({1} AS INT))")
_POWER = (Rule("double double", DOUBLE, "power({0}, {1})"),)
_MODULO = (
    Rule("integer integer", together, "({0} % {1})"),
    Rule("double double", DOUBLE, _remainder),
)
_COALESCE = (Rule("same same*", first, lambda *parts: f"coalesce({', '.join(part.text for part in parts)})"),)
_PLUS = (
    *summed("+", "DOUBLE"),
    _DAYS_LATER,
    Rule("integer date", DATE, "date_add({1}, CAST({0} AS INT))"),
    *_interval_rules("+"),
    Rule("interval timestamp", TIMESTAMP, "({1} + {0})"),
)
_MINUS = (
    *summed("-", "DOUBLE"),
    Rule("number", first, "(- {0})"),
    Rule("date integer", DATE, "date_sub({0}, CAST({1} AS INT))"),
    Rule("date date", BIGINT, "CAST(datediff({0}, {1}) AS BIGINT)"),
    *_interval_rules("-"),
)
_TIMES, _BY = summed("*", "DOUBLE"), (Rule("double double", DOUBLE, _divided),)
_SINE: Mapping[str, tuple[Rule, ...]] = {
    name: _double(f"{name}({{0}})")
    for name in ("exp", "cbrt", "degrees", "radians", "sin", "cos", "tan", "atan", "sqrt", "sinh", "cosh", "tanh")
}


def _rounding(function: str) -> tuple[Rule, ...]:
    return (
        Rule("integer", DOUBLE, "CAST({0} AS DOUBLE)"),
        Rule("decimal", whole_decimal, f"{function}({{0}})"),
        Rule("double", DOUBLE, _whole(function)),
    )


def _is_not_null(test: str) -> tuple[Rule, ...]:
    return (Rule("double", BOOLEAN, f"(CASE WHEN {{0}} IS NOT NULL THEN {test} END)"),)


NUMBERS: Mapping[str, tuple[Rule, ...]] = {
    "+": _PLUS,
    "-": _MINUS,
    "*": _TIMES,
    "/": _BY,
    "//": (Rule("integer integer", together, "({0} div {1})"),),
    "%": _MODULO,
    "fmod": (Rule("double double", DOUBLE, _remainder),),
    "**": _POWER,
    "abs": (Rule("number", first, "abs({0})"),),
    "@": (Rule("number", first, "abs({0})"),),
    "sign": (Rule("double", SqlType("TINYINT"), "(CASE WHEN isnan({0}) THEN 0 ELSE CAST(sign({0}) AS INT) END)"),),
    "round": (
        Rule("integer", first, "{0}"),
        Rule("integer integer!", first, _rounded_whole),
        Rule("decimal", whole_decimal, "round({0}, 0)"),
        Rule("decimal integer!", first, _rounded_decimal),
        Rule("double", DOUBLE, "round({0})"),
        Rule("double integer!", DOUBLE, _rounded),
    ),
    "floor": _rounding("floor"),
    "ceil": _rounding("ceil"),
    "ceiling": _rounding("ceil"),
    "trunc": (
        Rule("integer", first, "{0}"),
        Rule("decimal", whole_decimal, "(CASE WHEN {0} < 0 THEN ceil({0}) ELSE floor({0}) END)"),
        Rule("double", DOUBLE, _TRUNC),
    ),
    "ln": _double(_LOGARITHM % "ln({0})"),
    "log10": _double(_LOGARITHM % "log10({0})"),
    "log2": _double(_LOGARITHM % "log2({0})"),
    "log": (
        Rule("double", DOUBLE, _LOGARITHM % "log10({0})"),
        Rule("double double", DOUBLE, "(CASE WHEN {0} > 0 AND {0} <> 1 AND {1} > 0 THEN ln({1}) / ln({0}) END)"),
    ),
    "atan2": (Rule("double double", DOUBLE, "atan2({0}, {1})"),),
    **_SINE,
    "pi": (Rule("", DOUBLE, "pi()"),),
    "isnan": _is_not_null("isnan({0})"),
    "isinf": _is_not_null(f"abs({{0}}) = {INFINITY}"),
    "isfinite": (
        *_is_not_null(f"(NOT isnan({{0}}) AND abs({{0}}) <> {INFINITY})"),
        Rule("moment", BOOLEAN, "(CASE WHEN {0} IS NOT NULL THEN TRUE END)"),
    ),
    "greatest": _choice("greatest"),
    "least": _choice("least"),
    "ifnull": _COALESCE,
    "nvl": _COALESCE,
    "nullif": (Rule("same same", first, "nullif({0}, {1})"),),
    "num": (
        Rule("integer", DOUBLE, "CAST({0} AS DOUBLE)"),
        Rule("decimal", DOUBLE, "CAST({0} AS DOUBLE)"),
        Rule("double", DOUBLE, f"(CASE WHEN NOT isnan({{0}}) AND abs({{0}}) <> {INFINITY} THEN {{0}} END)"),
        Rule("words", DOUBLE, "num({0})"),
    ),
}
"""By DuckDB's name."""
