"""Rows whose period is longer than that of the others: a year below its quarters, "2015-2023" below its years."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analyst.datasets.times.forms import FORMS, fold, form_of
from analyst.datasets.times.vocabulary import MONTH

_LOOKED_AT = 80
"""Cells of a sample by which a column of periods is known."""
_DATED, _USUAL = 0.8, 0.6
"""The shares of these that must be periods, and that must be written alike: twelve months stand beside four
quarters and a year."""
_SHORT = {
    "year": r"(?:1[5-9]|2[01])\d{2}",
    "month": rf"(?:{MONTH})\.?",
    "quarter": r"q[1-4]|[1-4]q",
}
"""Periods in short, by their length, which are no dates by themselves."""
_LENGTHS = (None, "week", "month", "quarter", "half-year", "year")
"""Days, and the lengths of periods, the shorter first."""
_YEAR = r"(?:fy|cy|gj)?\s?['’]?(?:\d{4}|\d{2})"
_POINT = rf"(?:(?:{MONTH})\.?|q[1-4]|h[12]|\d{{1,2}}[./-])?\s?(?:{_YEAR})?"
_TO = r"to|bis|until|through|thru|a|au|al"
_SPAN = re.compile(rf"(?P<one>{_POINT})\s?(?:[-–—/]|{_TO})\s?(?P<two>{_POINT})")
_APART = re.compile(rf"\s*[–—]\s*|\s+(?:-|{_TO})\s+")
_WHOLE_YEAR = re.compile(
    r"(?:ytd|year to date|(?:(?:full|calendar|fiscal) )?year|annual|jahr|annee|ano|anno|h[12]|[12]h|q[1-4]|[1-4]q)"
    rf"(?:\s?{_YEAR})?|{_YEAR}\s?(?:ytd|full year)"
)


@dataclass(frozen=True)
class Periods:
    """A column of periods: how most of its cells are written, as a pattern of folded cells, and their length."""

    pattern: str
    length: str | None

    def longer(self, cell: str) -> str | None:
        """How a longer period is written that `cell` names; None where it names none."""
        text = fold(cell)
        if not text or re.fullmatch(self.pattern, text):
            return None
        written = _form(text)
        if written is not None:
            name, length = written
            return name if _LENGTHS.index(length) > _LENGTHS.index(self.length) else _spanned(text)
        return "year to date" if _WHOLE_YEAR.fullmatch(text) else _spanned(text)


@dataclass(frozen=True)
class Dating:
    """The columns of text that hold days or periods, and those of them whose periods are of one length."""

    dated: frozenset[str] = frozenset()
    periods: Mapping[str, Periods] = field(default_factory=dict)


def dating(samples: Mapping[str, Sequence[str]]) -> Dating:
    """What of columns holds days and periods, by samples of their cells."""
    found = {column: _found(cells[:_LOOKED_AT]) for column, cells in samples.items()}
    periods = {column: usual for column, (_, usual) in found.items() if usual is not None}
    return Dating(frozenset(column for column, (are_dates, _) in found.items() if are_dates), periods)


def _found(cells: Sequence[str]) -> tuple[bool, Periods | None]:
    """Whether most cells are dates, and how most of them are written where these are periods, too."""
    texts = [fold(cell) for cell in cells if any(map(str.isdigit, cell)) or len(cell) < 12]
    forms = Counter(found for text in texts if (found := _form(text)) is not None)
    if not forms or len(cells) < 2:
        return False, None
    (name, length), count = forms.most_common(1)[0]
    dates = sum(count for (name, _), count in forms.items() if name in FORMS) >= _DATED * len(cells)
    pattern = FORMS[name].whole if name in FORMS else _SHORT[name]
    return dates, Periods(pattern, length) if count >= _USUAL * len(cells) else None


def _form(text: str) -> tuple[str, str | None] | None:
    """How a folded cell is written and how long a period it names."""
    short = next((name for name, pattern in _SHORT.items() if re.fullmatch(pattern, text)), None)
    if short is not None:
        return short, short
    name = form_of(text)
    return (name, FORMS[name].grain) if name is not None else None


def _spanned(text: str) -> str | None:
    """ "span" where a folded cell names two periods, from one to the other."""
    ends = _APART.split(text)
    if len(ends) == 2 and all(map(_form, ends)):
        return "span" if ends[0] != ends[1] else None
    span = _SPAN.fullmatch(text)
    return "span" if span and span["one"].strip() and span["two"].strip() and span["one"] != span["two"] else None
