"""When a cell, or a number in a sentence, is the value that a case expects. Shares nothing with the product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from lab.benchmarks.cases_expectations import Figure

_CLOSE = 0.005
"""Shares of a figure that was rounded by whoever expects it."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHOWN = re.compile(
    r"(?<![\w.,-])(?P<sign>[-−]?)[€$£¥₹]?(?P<digits>\d[\d,]*(?:\.\d+)?)(?P<unit>%| ?(?:thousand|million|billion)\b)?"
)
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
_YES, _NO = frozenset(("true", "yes", "1")), frozenset(("false", "no", "0"))


def same(cell: object, wanted: Figure) -> bool:
    """Whether a cell is the figure: a whole number exactly, one with decimals within 0.5 %; a share also in percent."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return False
    if wanted.whole:
        return abs(cell - wanted.value) < 0.5 and (abs(wanted.value) > 10 or float(cell).is_integer())
    shares = (100 * cell, cell / 100) if isinstance(cell, float) else ()
    return any(_close(one, wanted.value) for one in (cell, *shares))


def _close(number: float, wanted: float) -> bool:
    return abs(number - wanted) <= max(_CLOSE * abs(wanted), 1e-9) or round(number, _decimals(wanted)) == wanted


def _decimals(number: float) -> int:
    return len(repr(number).partition(".")[2])


def mentions(text: str, wanted: Figure) -> bool:
    """Whether a sentence shows the figure, rounded as it is shown there."""
    for shown in _SHOWN.finditer(text):
        digits, unit = shown["digits"].rstrip(",").replace(",", ""), (shown["unit"] or "").strip()
        number = float(digits) * (-1 if shown["sign"] else 1) * _SCALES.get(unit, 1)
        step = 0.5 * 10 ** -len(digits.partition(".")[2]) * _SCALES.get(unit, 1)
        if wanted.whole and unit in ("", "%"):
            step = 0.0
        readings = (number, number / 100) if unit == "%" else (number,)
        slack = (step + 1e-9, step / 100 + 1e-9)
        if any(abs(one - wanted.value) <= by for one, by in zip(readings, slack, strict=False)):
            return True
    return False


def numbers(text: str) -> frozenset[float]:
    """The numbers in a question: to say one back is no answer."""
    return frozenset(float(shown["digits"].rstrip(",").replace(",", "")) for shown in _SHOWN.finditer(text))


def names(cell: object, wanted: str) -> bool:
    """Whether a cell is the group, name or date: whatever its case, as initials, a month by number or name."""
    text, key = _plain(cell), _plain(wanted)
    if text == key or _agree(text, key):
        return True
    if len(wanted) < 4 and wanted.isupper() and "".join(word[0] for word in text.split()) == key:
        return True
    periods, expected = set(_periods(text)), set(_periods(key))
    if periods & expected:
        return True
    month = int(key) if re.fullmatch(r"1[0-2]|[1-9]", key) else None
    return month is not None and (month in {int(p[5:7]) for p in periods} or text[:3] == _MONTHS[month - 1])


def _plain(cell: object) -> str:
    number = isinstance(cell, float) and cell.is_integer()
    return re.sub(r"\s+", " ", str(int(cell) if number else cell).strip().casefold())  # type: ignore[call-overload]


def _agree(text: str, key: str) -> bool:
    return any(text in words and key in words for words in (_YES, _NO))


def _periods(text: str) -> Iterator[str]:
    """The day or month that a text is, as ISO; the first of a month also stands for the month."""
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{2})(?:-(?P<d>\d{2}))?(?:[t ].*)?",
        r"(?P<d>\d{1,2}) (?P<m>[a-z]{3,9}) (?P<y>\d{4})",
        r"(?P<m>[a-z]{3,9}) (?:(?P<d>\d{1,2}),? )?(?P<y>\d{4})",
    ):
        found = re.fullmatch(pattern, text)
        month = _month(found["m"]) if found else 0
        if found and month:
            day = int(found["d"] or 1)
            yield f"{found['y']}-{month:02d}" if day == 1 else _iso(int(found["y"]), month, day)


def _month(text: str) -> int:
    if text.isdigit():
        return int(text) if 1 <= int(text) <= 12 else 0
    return _MONTHS.index(text[:3]) + 1 if text[:3] in _MONTHS else 0


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
