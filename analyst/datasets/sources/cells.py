"""Cells and columns of text before they are typed: what is written as a value, which columns hold values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_FEW = 30
"""With fewer rows a header among them weighs."""
Row = Sequence[str]
_NUMBER = re.compile(r"[-+−(]?\s?[$€£¥]?\s?[-+]?(\d[\d.,'’]*( \d{3})*([.,]\d+)?|[.,]\d+)([eE][-+]?\d+)?\s?[%$€£]?[-)]?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{1,2}:\d{2}(:\d{2})?( ?[APap][Mm])?")


def is_value(cell: str) -> bool:
    """Whether a cell is written as a number, a date or a time."""
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))


def filled(row: Row) -> int:
    """How many cells of a row hold something."""
    return sum(1 for cell in row if cell.strip())


def column_of(rows: Sequence[Row], place: int) -> list[str]:
    """The cells at `place` that hold something, without blanks around them."""
    return [cell for row in rows if place < len(row) and (cell := row[place].strip())]


def usual_width(rows: Sequence[Row]) -> int:
    """The number of fields of most rows that hold something."""
    widths = Counter(len(row) for row in rows if filled(row))
    return widths.most_common(1)[0][0] if widths else 0


def value_columns(rows: Sequence[Row], width: int) -> list[int]:
    """The columns whose cells are numbers or dates, judged by the last two thirds of the rows (half, of few rows)."""
    few = len(rows) < _FEW
    body = [row for row in rows[max(1, len(rows) // (2 if few else 3)) :] if len(row) == width]
    found = []
    for place in range(width):
        cells = column_of(body, place)
        if cells and sum(map(is_value, cells)) > (0.6 if few else 0.8) * len(cells):
            found.append(place)
    return found
