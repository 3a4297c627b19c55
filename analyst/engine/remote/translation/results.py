"""The types of results as DuckDB makes them, and arithmetic, which follows from them: alike in every dialect."""

from __future__ import annotations

from collections.abc import Sequence

from analyst.engine.remote.translation.operands import Operand, Rule
from analyst.engine.remote.translation.types import DOUBLE, WIDEST, SqlType, as_decimal, common, decimal


def first(parts: Sequence[Operand]) -> SqlType:
    """The type of the first argument."""
    return parts[0].type


def together(parts: Sequence[Operand]) -> SqlType:
    """The type that all arguments become."""
    return common([part.type for part in parts]) or DOUBLE


def sum_type(parts: Sequence[Operand]) -> SqlType:
    """The type of a sum of decimals."""
    return decimal(WIDEST, parts[0].type.scale)


def whole_decimal(parts: Sequence[Operand]) -> SqlType:
    """The type of a decimal without its fraction."""
    return decimal(parts[0].type.width - parts[0].type.scale + 1, 0)


def _decimal(parts: Sequence[Operand], sign: str) -> SqlType:
    """The type of a sum or a product of decimals: DOUBLE where no DECIMAL holds all its digits."""
    one, other = (as_decimal(part.type) for part in parts)
    if sign == "*":
        width, scale = one.width + other.width + 1, one.scale + other.scale
    else:
        scale = max(one.scale, other.scale)
        width = max(one.width - one.scale, other.width - other.scale) + scale + 1
    return decimal(width, scale) if width < WIDEST else DOUBLE


def summed(sign: str, double: str) -> tuple[Rule, ...]:
    """The rules of +, - or * between numbers; `double` is the server's name of DOUBLE."""

    def write(one: Operand, other: Operand) -> str:
        if _decimal([one, other], sign) is DOUBLE:
            return f"(CAST({one.text} AS {double}) {sign} CAST({other.text} AS {double}))"
        return f"({one.text} {sign} {other.text})"

    return (
        Rule("integer integer", together, f"({{0}} {sign} {{1}})"),
        Rule("decimal decimal", lambda parts: _decimal(parts, sign), write),
        Rule("double double", DOUBLE, f"({{0}} {sign} {{1}})"),
    )
