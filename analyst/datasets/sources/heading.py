"""Where a table begins: lines before it, names in one row or two, a row of units; or no names at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from analyst.datasets.sources.cells import Row, column_of, filled, is_value, usual_width, value_columns
from analyst.datasets.sources.series_head import find_series_head
from analyst.datasets.sources.subheading import combine, read_below

LOOKED_AT = 50
"""Rows among which the names are sought."""
_DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_LEVELS = 3
"""Rows of groups above the names."""


@dataclass(frozen=True)
class Head:
    """The rows before the data: the first `rows` of a file. `names` is None when no row names the columns.

    `skipped` rows stand before the names; `parts` are the kinds of the further rows that became part of the names.
    """

    rows: int
    names: tuple[str, ...] | None
    skipped: int = 0
    parts: tuple[str, ...] = ()


NO_HEAD = Head(0, None)
"""A file that begins with its data."""


def find_head(rows: Sequence[Row]) -> Head:
    """The head of a file whose first records are `rows`, blank ones as []."""
    series = find_series_head(rows)
    if series is not None:
        return Head(series.rows, series.names, parts=("series",))
    place = _names_place(rows)
    body = rows[place:]
    if not body or not _is_header(body):
        return Head(place, None, place)
    names, top = _with_groups(rows[:place], tuple(body[0]))
    below = read_below(names, body[1:])
    parts = (*(("groups",) if top < place else ()), *below.kinds)
    return Head(place + 1 + below.rows, _without_mark(below.names), top, parts)


def _names_place(rows: Sequence[Row]) -> int:
    """The row that names the columns; the first row with data when none does."""
    width = usual_width([row for row in rows if not _is_marked(row)]) or usual_width(rows)
    blank = next((place for place, row in enumerate(rows) if filled(row)), 0)
    if width < 2:
        return blank
    values = value_columns(rows, width)
    candidates = _candidates(rows, width, values) if values else []
    if not candidates:
        return _first_wide(rows, width, blank)
    candidates = [place for place in candidates if not rows[place][0].lstrip().startswith("#")] or candidates
    most = max(filled(rows[place]) for place in candidates)
    fullest = [place for place in candidates if filled(rows[place]) == most]
    gaps = [place for place in range(blank, fullest[-1]) if not filled(rows[place])]
    return next((place for place in fullest if gaps and place > gaps[-1]), fullest[0])


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


def _is_marked(row: Row) -> bool:
    return bool(row) and row[0].lstrip().startswith("#")


def _is_remark(row: Row, width: int) -> bool:
    return _is_marked(row) and len(row) < width


def _first_wide(rows: Sequence[Row], width: int, blank: int) -> int:
    """The first row that is no title, remark or blank line: these have fewer fields than the rest."""
    for place, row in enumerate(rows[:LOOKED_AT]):
        cells = filled(row)
        narrow = cells <= max(1, width // 3) and (len(row) < width or (cells == 1 and width > 2))
        if cells and not narrow and not _is_remark(row, width):
            return place
    return blank


def _is_header(rows: Sequence[Row]) -> bool:
    """Whether the first row names the columns: it holds no number or date, or looks unlike the rows below it."""
    first, below = rows[0], [row for row in rows[1:200] if filled(row)]
    values = [cell.strip() for cell in first if cell.strip()]
    data_like = sum(map(is_value, values))
    unlike = sum(_unlike(cell, [row[i] for row in below if i < len(row)]) for i, cell in enumerate(first))
    if not values:
        return False
    if not below or data_like == 0:
        return bool(unlike) or not _recurs(first, below)
    named = (unlike > 0 and data_like < len(values) / 2) or unlike > data_like
    return named or _is_series(first, below) or _are_days(first, below)


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


def _is_series(first: Row, below: Sequence[Row]) -> bool:
    """Years or numbers in even steps, as wide tables have them for headers; years may stand beside names."""
    cells = [cell.strip() for cell in first if cell.strip()]
    whole = [int(cell) for cell in cells if cell.isdigit() and len(cell) < 10]
    steps = {two - one for one, two in pairwise(whole)}
    years = bool(whole) and all(1900 <= year <= 2100 for year in whole)
    even = len(steps) < 2 and (steps <= {1, -1} or (years and 0 not in steps))
    alone = len(whole) >= len(cells) - 1
    if not even or not (years or (len(whole) >= 3 and alone)):
        return False
    places = [place for place, cell in enumerate(first) if cell.strip().isdigit()]
    return not (years and any(_are_years(column_of(below, place)) for place in places))


def _are_days(first: Row, below: Sequence[Row]) -> bool:
    """Days that stand above columns of something else: a table with a column for each day."""
    places = [place for place, cell in enumerate(first) if _DAY.fullmatch(cell.strip())]
    held = [cell for place in places for cell in column_of(below, place)]
    return len(places) >= 3 and not any(_DAY.fullmatch(cell.strip()) for cell in held)


def _unlike(cell: str, column: Row) -> bool:
    """Whether `cell` is text above a column of values."""
    cells = [value.strip() for value in column if value.strip()]
    named = bool(cell.strip()) and not is_value(cell.strip())
    return named and bool(cells) and sum(map(is_value, cells)) > len(cells) / 2


def _with_groups(above: Sequence[Row], names: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """The names with those of their groups in the rows above, where only these tell them apart; the first such row."""
    if _are_distinct(names):
        return names, len(above)
    combined, top = names, len(above)
    while top and len(above) - top < _LEVELS and filled(above[top - 1]) > 1 and len(above[top - 1]) <= len(names):
        combined, top = combine(above[top - 1], combined), top - 1
        if _are_distinct(combined):
            return combined, top
    return names, len(above)


def _are_distinct(names: Sequence[str]) -> bool:
    """Whether every column has a name of its own."""
    bare = [name.strip().casefold() for name in names]
    while bare and not bare[-1]:
        bare.pop()
    return len(set(bare)) == len(bare) and all(bare)


def _without_mark(names: tuple[str, ...]) -> tuple[str, ...]:
    """Without the sign that makes a line of names a remark for other programs: '#id'."""
    marked = re.fullmatch(r"#\s?([^\W\d].*)", names[0].strip())
    alone = marked and not any(name.lstrip().startswith("#") for name in names[1:]) and len(names) > 1
    return (marked[1], *names[1:]) if marked and alone and " of " not in names[0] else names
