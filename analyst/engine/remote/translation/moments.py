"""Dates and moments as queries name them: the parts of one, and literals."""

from __future__ import annotations

import re
from datetime import datetime

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.operands import Operand
from analyst.engine.remote.translation.types import Family, SqlType

PART_NAMES = {
    "years": "year", "yr": "year", "y": "year", "quarters": "quarter", "months": "month", "mon": "month",
    "weeks": "week", "weekofyear": "week", "isoweek": "week", "days": "day", "dayofmonth": "day", "d": "day",
    "hours": "hour", "hr": "hour", "h": "hour", "minutes": "minute", "min": "minute", "seconds": "second",
    "sec": "second", "dayofweek": "dow", "weekday": "dow", "dayofyear": "doy",
}  # fmt: skip
"""DuckDB's further names of the parts of a date."""
UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
"""What a moment can be cut off to."""


def part_of(text: Operand) -> str:
    """The part that an argument names, by its usual name."""
    given = str(text.value).casefold()
    return PART_NAMES.get(given, given)


def refused(name: str, unit: Operand, server: str) -> TranslationError:
    """Why a function can't be asked for such a unit on a server."""
    return TranslationError(f"{name}('{unit.value}', …) has no equal on {server}: use one of {', '.join(UNITS)}.")


def written_moment(text: str, type: SqlType) -> str | None:
    """A date or a moment that stands in the query, as a literal; None where it is not written in full."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo or not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    return f"DATE '{moment:%Y-%m-%d}'" if type.family is Family.DATE else f"TIMESTAMP '{moment}'"
