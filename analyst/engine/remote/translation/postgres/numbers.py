"""Arithmetic and functions of numbers in PostgreSQL's SQL, equal to DuckDB's.

Where DuckDB gives infinity or NaN, PostgreSQL often fails: an error is told, another value never.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyst.engine.remote.translation.operands import Operand, Rule
from analyst.engine.remote.translation.postgres.casts import half_up
from analyst.engine.remote.translation.results import first, summed, together, whole_decimal
from analyst.engine.remote.translation.types import BIGINT, BOOLEAN, DATE, DOUBLE, TIMESTAMP, SqlType

INFINITY = "CAST('Infinity' AS double precision)"
NAN = "CAST('NaN' AS double precision)"


def _divided(one: Operand, other: Operand) -> str:
    """A quotient: DuckDB's is infinite where the divisor is zero, and NaN for zero by zero."""
    if other.is_written and other.value != 0:
        return f"({one.text} / {other.text})"
    return f"(CASE WHEN {other.text} = 0 THEN {one.text} * {INFINITY} ELSE {one.text} / nullif({other.text}, 0) END)"


def _rounded(value: Operand, digits: Operand) -> str:
    """A double rounded as DuckDB rounds it: scaled, to the next whole number, scaled back."""
    places = int(str(digits.value))
    if places == 0:
        return half_up(value.text)
    scale = f"CAST('1e{abs(places)}' AS double precision)"
    up, down = ("*", "/") if places > 0 else ("/", "*")
    scaled = half_up(f"({value.text} {up} {scale})")
    return f"({scaled} {down} {scale})"


def _rounded_whole(value: Operand, digits: Operand) -> str:
    if int(str(digits.value)) >= 0:
        return value.text
    return f"CAST(round(CAST({value.text} AS numeric), {digits.text}) AS bigint)"


_LOGARITHM = f"(CASE WHEN {{0}} > 0 THEN %s WHEN {{0}} = 0 THEN - {INFINITY} WHEN {{0}} < 0 THEN {NAN} END)"


def _choice(name: str) -> tuple[Rule, ...]:
    return (Rule("same same*", first, lambda *parts: f"{name}({', '.join(part.text for part in parts)})"),)


def _double(text: str) -> tuple[Rule, ...]:
    return (Rule("double", DOUBLE, text),)


def _rounding(function: str) -> tuple[Rule, ...]:
    return (
        Rule("integer", DOUBLE, "CAST({0} AS double precision)"),
        Rule("decimal", whole_decimal, f"{function}({{0}})"),
        Rule("double", DOUBLE, f"{function}({{0}})"),
    )


def _is_not_null(test: str) -> tuple[Rule, ...]:
    return (Rule("double", BOOLEAN, f"(CASE WHEN {{0}} IS NOT NULL THEN {test} END)"),)


_POWER = (Rule("double double", DOUBLE, "power({0}, {1})"),)
_MODULO = (Rule("integer integer", together, "({0} % nullif({1}, 0))"),)
_PLUS = (
    *summed("+", "double precision"),
    Rule("date integer", DATE, "({0} + CAST({1} AS integer))"),
    Rule("integer date", DATE, "({1} + CAST({0} AS integer))"),
    Rule("timestamp interval", TIMESTAMP, "({0} + {1})"),
    Rule("interval timestamp", TIMESTAMP, "({1} + {0})"),
)
_MINUS = (
    *summed("-", "double precision"),
    Rule("number", first, "(- {0})"),
    Rule("date integer", DATE, "({0} - CAST({1} AS integer))"),
    Rule("date date", BIGINT, "CAST(({0} - {1}) AS bigint)"),
    Rule("timestamp interval", TIMESTAMP, "({0} - {1})"),
)
_TIMES, _BY = summed("*", "double precision"), (Rule("double double", DOUBLE, _divided),)

NUMBERS: Mapping[str, tuple[Rule, ...]] = {
    "+": _PLUS,
    "-": _MINUS,
    "*": _TIMES,
    "/": _BY,
    "//": (Rule("integer integer", together, "trunc({0} / nullif({1}, 0))"),),
    "%": _MODULO,
    "**": _POWER,
    "abs": (Rule("number", first, "abs({0})"),),
    "@": (Rule("number", first, "abs({0})"),),
    "sign": (
        Rule(
            "double",
            SqlType("TINYINT"),
            f"(CASE WHEN {{0}} = {NAN} THEN 0 ELSE CAST(sign({{0}}) AS smallint) END)",
        ),
    ),
    "round": (
        Rule("integer", first, "{0}"),
        Rule("integer integer!", first, _rounded_whole),
        Rule("decimal", whole_decimal, "round({0}, 0)"),
        Rule("decimal integer!", first, "round({0}, {1})"),
        Rule("double", DOUBLE, lambda value: half_up(value.text)),
        Rule("double integer!", DOUBLE, _rounded),
    ),
    "floor": _rounding("floor"),
    "ceil": _rounding("ceil"),
    "ceiling": _rounding("ceil"),
    "trunc": (
        Rule("integer", first, "{0}"),
        Rule("decimal", whole_decimal, "trunc({0})"),
        Rule("double", DOUBLE, "trunc({0})"),
    ),
    "ln": _double(_LOGARITHM % "ln({0})"),
    "log10": _double(_LOGARITHM % "log({0})"),
    "log": _double(_LOGARITHM % "log({0})"),
    "exp": _double("exp({0})"),
    "sqrt": _double("sqrt({0})"),
    "isnan": _is_not_null(f"{{0}} = {NAN}"),
    "isinf": _is_not_null(f"abs({{0}}) = {INFINITY}"),
    "isfinite": (
        *_is_not_null(f"({{0}} <> {NAN} AND abs({{0}}) <> {INFINITY})"),
        Rule("moment", BOOLEAN, "(CASE WHEN {0} IS NOT NULL THEN TRUE END)"),
    ),
    "greatest": _choice("greatest"),
    "least": _choice("least"),
    "ifnull": _choice("coalesce"),
    "nvl": _choice("coalesce"),
    "nullif": (Rule("same same", first, "nullif({0}, {1})"),),
    "num": (
        Rule("integer", DOUBLE, "CAST({0} AS double precision)"),
        Rule("decimal", DOUBLE, "CAST({0} AS double precision)"),
        Rule("double", DOUBLE, f"(CASE WHEN {{0}} <> {NAN} AND abs({{0}}) <> {INFINITY} THEN {{0}} END)"),
    ),
}
"""By DuckDB's name."""
