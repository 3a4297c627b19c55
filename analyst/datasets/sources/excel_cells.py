"""Cells of a worksheet as text that the type inference reads back: ISO dates, plain numbers, codes with their zeros."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from analyst.core.currencies import code_of

_LOOKED_AT = 100
"""Rows whose number formats tell those of a column."""
_MONEY = re.compile(r"\[\$([^\]-]+)(?:-[^\]]*)?\]|\"([^\"]{1,4})\"|([$€£¥₹])")
"""Currencies in a number format: [$€-407], "zł", €."""
_ZEROS = re.compile(r"(0{2,})(;.*)?")


def cell_text(value: Any, zeros: int = 0) -> str:
    """A cell's value as text; `zeros`: a whole number is a code that Excel shows with at least so many digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int):
        return f"{value:0{zeros}d}" if value >= 0 else str(value)
    return repr(value) if isinstance(value, float) else str(value)


def number_formats(sheet: Any) -> dict[int, set[str]]:
    """The number formats of each column of numbers, by its first rows."""
    formats: dict[int, set[str]] = {}
    for row in sheet.iter_rows(max_row=_LOOKED_AT):
        for place, cell in enumerate(row):
            if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool):
                formats.setdefault(place, set()).add(cell.number_format)
    return formats


def currency_of(format_: str) -> str:
    """The code of the currency that a number format shows, or ""."""
    found = _MONEY.search(format_)
    return code_of(next(group for group in found.groups() if group)) if found else ""


def with_currencies(formats: Mapping[int, set[str]]) -> frozenset[int]:
    """The columns whose numbers are shown in several currencies: only a cell's format tells which one it is in."""
    return frozenset(place for place, found in formats.items() if len(set(map(currency_of, found)) - {""}) > 1)


def padded_codes(formats: Mapping[int, set[str]]) -> dict[int, int]:
    """The columns whose numbers are codes shown with leading zeros (ZIP codes), and how many digits they have."""
    codes = {}
    for place, found in formats.items():
        zeros = {len(match[1]) if (match := _ZEROS.fullmatch(format_)) else 0 for format_ in found}
        if len(zeros) == 1 and (digits := zeros.pop()):
            codes[place] = digits
    return codes


def _duration(value: timedelta) -> str:
    """Hours, minutes and seconds, as Excel shows a time over a day: 30:00:00."""
    seconds = round(abs(value).total_seconds())
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
