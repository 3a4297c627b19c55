"""Where a table begins: lines before it, names in one row or two, a row of units; or no names at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

LOOKED_AT = 50
"""Rows among which the names are sought."""
_FEW = 30
"""With fewer rows a header among them weighs."""
Row = Sequence[str]
_NUMBER = re.compile(r"[-+−(]?\s?[$€£¥]?\s?[-+]?(\d[\d.,'’]*( \d{3})*([.,]\d+)?|[.,]\d+)([eE][-+]?\d+)?\s?[%$€£]?[-)]?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{1,2}:\d{2}(:\d{2})?( ?[APap][Mm])?")
_UNIT = re.compile(r"[\[(]?[A-Za-z°µμΩ%‰$€£¥#/²³^·*. 0-9-]{1,14}[\])]?")
_RULER = re.compile(r"[-=_:+|. ]*[-=_]{2}[-=_:+|. ]*")


@dataclass(frozen=True)
class Head:
    """The rows before the data: the first `rows` of a file. `names` is None when no row names the columns.

    `skipped` rows stand before the names; `units` and `groups` tell what became part of the names.
    """

    rows: int
    names: tuple[str, ...] | None
    skipped: int = 0
    units: bool = False
    groups: bool = False


NO_HEAD = Head(0, None)
"""A file that begins with its data."""


def find_head(rows: Sequence[Row]) -> Head:
    """The head of a file whose first records are `rows`, blank ones as []."""
    place = _names_place(rows)
    body = rows[place:]
    if not body or not _is_header(body):
        return Head(place, None, place)
    names, place_after, groups = tuple(body[0]), place + 1, False
    above = rows[place - 1] if place else ()
    if _are_groups(above, names):
        names, groups, place = _combined(above, names), True, place - 1
    units = _units_below(rows[place_after:])
    if units:
        names = tuple(f"{name} ({unit})" if unit else name for name, unit in _pairs(names, rows[place_after]))
    ruler = place_after < len(rows) and _is_ruler(rows[place_after])
    return Head(place_after + (units or ruler), _without_mark(names), place, units, groups)


def is_value(cell: str) -> bool:
    """Whether a cell is written as a number, a date or a time."""
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))


def usual_width(rows: Sequence[Row]) -> int:
    """The number of fields of most rows that hold something."""
    widths = Counter(len(row) for row in rows if _filled(row))
    return widths.most_common(1)[0][0] if widths else 0


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _names_place(rows: Sequence[Row]) -> int:
    """The row that names the columns; the first row with data when none does."""
    width = usual_width(rows)
    blank = next((place for place, row in enumerate(rows) if _filled(row)), 0)
    if width < 2:
        return blank
    values = _value_columns(rows, width)
    candidates = _candidates(rows, width, values) if values else []
    if not candidates:
        return _first_wide(rows, width, blank)
    candidates = [place for place in candidates if not rows[place][0].lstrip().startswith("#")] or candidates
    most = max(_filled(rows[place]) for place in candidates)
    fullest = [place for place in candidates if _filled(rows[place]) == most]
    gaps = [place for place in range(blank, fullest[-1]) if not _filled(rows[place])]
    return next((place for place in fullest if gaps and place > gaps[-1]), fullest[0])


def _value_columns(rows: Sequence[Row], width: int) -> list[int]:
    """The columns whose cells are numbers or dates, judged by the last two thirds of the rows (half, of few rows)."""
    few = len(rows) < _FEW
    body = [row for row in rows[max(1, len(rows) // (2 if few else 3)) :] if len(row) == width]
    found = []
    for place in range(width):
        cells = [row[place].strip() for row in body if row[place].strip()]
        if cells and sum(map(is_value, cells)) > (0.6 if few else 0.8) * len(cells):
            found.append(place)
    return found


def _candidates(rows: Sequence[Row], width: int, values: Sequence[int]) -> list[int]:
    """The rows before the first row of data that may name the columns: text, above values too."""
    found = []
    for place, row in enumerate(rows[:LOOKED_AT]):
        cells = [cell.strip() for cell in row if cell.strip()]
        if not cells or _are_years([cell for cell in cells if is_value(cell)]):
            continue
        over = [row[column].strip() for column in values if column < len(row)]
        if sum(map(is_value, over)) >= max(1, len(over) / 2):
            break
        wide = len(row) >= width - 1 and len(cells) >= max(2, width / 2)
        if wide and any(over) and not any(map(is_value, cells)) and not _is_remark(row, width):
            found.append(place)
    return found


def _is_remark(row: Row, width: int) -> bool:
    return row[0].lstrip().startswith("#") and len(row) < width


def _first_wide(rows: Sequence[Row], width: int, blank: int) -> int:
    """The first row that is no title, remark or blank line: these have fewer fields than the rest."""
    for place, row in enumerate(rows[:LOOKED_AT]):
        cells = _filled(row)
        narrow = cells <= max(1, width // 3) and (len(row) < width or (cells == 1 and width > 2))
        if cells and not narrow and not _is_remark(row, width):
            return place
    return blank


def _is_header(rows: Sequence[Row]) -> bool:
    """Whether the first row names the columns: it holds no number or date, or looks unlike the rows below it."""
    first, below = rows[0], [row for row in rows[1:200] if _filled(row)]
    values = [cell.strip() for cell in first if cell.strip()]
    data_like = sum(map(is_value, values))
    unlike = sum(_unlike(cell, [row[i] for row in below if i < len(row)]) for i, cell in enumerate(first))
    if not values:
        return False
    if not below or data_like == 0:
        return bool(unlike) or not _recurs(first, below)
    return data_like < len(values) / 2 or unlike > data_like or _is_series(values)


def _recurs(first: Row, below: Sequence[Row]) -> bool:
    """Whether cells of the first row are found again below, or cells that differ in their digits only."""
    others = [row for row in below if list(row) != list(first)]
    again, alike = 0, 0
    for place, cell in enumerate(cell.strip() for cell in first):
        column = [row[place].strip() for row in others if place < len(row)]
        again += bool(cell) and cell in column
        bare = re.sub(r"\d+", "0", cell)
        same = sum(re.sub(r"\d+", "0", value) == bare for value in column)
        alike += bare != cell and same > 0.9 * len(column) > 2
    return again > 0 or alike > len(first) / 3


def _are_years(cells: Sequence[str]) -> bool:
    return bool(cells) and all(cell.isdigit() and 1900 <= int(cell) <= 2100 for cell in cells if len(cell) < 9)


def _is_series(values: Sequence[str]) -> bool:
    """Years or numbers in a row, as wide tables have them for headers."""
    whole = [int(value) for value in values if value.isdigit() and len(value) < 10]
    in_a_row = all(two - one == 1 for one, two in pairwise(whole))
    years = len(whole) >= 2 and all(1900 <= year <= 2100 for year in whole)
    return in_a_row and (years or len(whole) >= 3) and len(whole) >= len(values) - 1


def _unlike(cell: str, column: Row) -> bool:
    """Whether `cell` is text above a column of values."""
    cells = [value.strip() for value in column if value.strip()]
    named = bool(cell.strip()) and not is_value(cell.strip())
    return named and bool(cells) and sum(map(is_value, cells)) > len(cells) / 2


def _are_groups(above: Row, names: Row) -> bool:
    """Whether the row above the names groups them: only together with it are the names different from each other."""
    if _filled(above) < 2 or len(above) > len(names):
        return False
    bare = [name.strip().casefold() for name in names]
    combined = [name.casefold() for name in _combined(above, names)]
    return len(set(bare)) < len(bare) and len(set(combined)) == len(combined)


def _combined(above: Row, names: Row) -> tuple[str, ...]:
    """Each name after the name of its group, which stands over the first column of the group."""
    group, found = "", []
    for place, name in enumerate(names):
        group = (above[place].strip() if place < len(above) else "") or group
        found.append(name.strip() if group == name.strip() else f"{group} {name.strip()}".strip())
    return tuple(found)


def _units_below(rows: Sequence[Row]) -> bool:
    """Whether the first row holds the units of at least two columns of values."""
    if len(rows) < 3:
        return False
    values = _value_columns(rows[1:], len(rows[0]))
    units = [rows[0][place].strip() for place in values]
    return len(units) >= 2 and all(_UNIT.fullmatch(unit) and not is_value(unit) and unit.strip("-. ") for unit in units)


def _pairs(names: Row, units: Row) -> list[tuple[str, str]]:
    bare = [unit.strip().strip("[]()") for unit in units]
    return list(zip(names, [*bare, *[""] * len(names)], strict=False))


def _is_ruler(row: Row) -> bool:
    """A line that only parts the names from the data: dashes and the like."""
    return _filled(row) > 0 and all(_RULER.fullmatch(cell) for cell in row if cell.strip())


def _without_mark(names: tuple[str, ...]) -> tuple[str, ...]:
    """Without the sign that makes a line of names a remark for other programs: '#id'."""
    marked = re.fullmatch(r"#\s?([^\W\d].*)", names[0].strip())
    alone = marked and not any(name.lstrip().startswith("#") for name in names[1:]) and len(names) > 1
    return (marked[1], *names[1:]) if marked and alone and " of " not in names[0] else names
