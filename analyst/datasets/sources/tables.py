"""Several tables in one sheet or file, side by side or below each other: where each is, and which is the largest.

Blank columns part tables that stand side by side, unless both go over the same rows; blank rows part tables below each
other where a row of new names follows. Titles above a table and notes below it stay with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from analyst.core.text import counted
from analyst.datasets.sources.cells import Row, filled, is_value
from analyst.protocol.table import IngestNote

_SAME_ROWS = 0.8
"""The share of rows that two parts with a blank column between have in common when they are one table."""
_KEPT = 4
"""Rows of a segment that tell whether it begins with names."""
Reader = Callable[[], Iterable[Row]]
"""Reads the rows anew."""


@dataclass(frozen=True)
class Table:
    """Rows `top` to `bottom` (exclusive) and columns `left` to `right` (exclusive); `rows` of data, `cells` filled."""

    top: int
    bottom: int
    left: int
    right: int
    names: tuple[str, ...]
    rows: int
    cells: int

    def cut(self, rows: Iterable[Row]) -> Iterator[list[str]]:
        """The table's part of `rows`."""
        for place, row in enumerate(rows):
            if self.top <= place < self.bottom:
                part = list(row[self.left : self.right])
                while part and not part[-1].strip():
                    part.pop()
                yield part + [""] * (self.right - self.left - len(part)) if filled(part) > 1 else part


@dataclass(frozen=True)
class _Segment:
    """Rows without a blank one between."""

    top: int
    bottom: int
    first: tuple[Row, ...]
    cells: int

    @property
    def names(self) -> tuple[str, ...]:
        """The row of names that it begins with; () when it does not begin with any."""
        wide = self._wide
        return _names(wide[0], wide[1:]) if len(wide) > 1 else ()

    @property
    def start(self) -> tuple[str, ...]:
        """Its first row where it is a table without a row of names: some rows of several cells."""
        wide = self._wide
        return tuple(cell.strip() for cell in wide[0]) if len(wide) > 2 else ()

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.bottom - self.top

    @property
    def titles(self) -> int:
        """How many rows of one cell it begins with."""
        return next((place for place, row in enumerate(self.first) if filled(row) > 1), len(self.first))

    @property
    def is_title(self) -> bool:
        """Whether it holds one cell a row: a title of what follows, or a note on what precedes."""
        return not self._wide

    @property
    def _wide(self) -> list[Row]:
        return [row for row in self.first if filled(row) > 1]


def find_tables(read: Reader) -> list[Table]:
    """All tables of the rows, in their order."""
    return [table for span in _spans(read) for table in _stacked(read(), span)]


def largest(tables: Sequence[Table]) -> Table:
    """The table with the most filled cells."""
    return max(tables, key=lambda table: table.cells)


def tables_note(chosen: Table, tables: Sequence[Table], place: str) -> IngestNote:
    """What is told of a `place` ("sheet", "file") that holds several tables."""
    others = [f"{_shown(table)} ({counted(table.rows, 'row')})" for table in tables if table != chosen]
    told = f"The {place} holds {len(tables)} tables. The largest ({_shown(chosen)}) was read; not read: "
    return IngestNote("tables", told + "; ".join(others) + ".", len(others))


def _shown(table: Table) -> str:
    names = [repr(name) for name in table.names if name][:4]
    return ", ".join(names)


def _spans(read: Reader) -> list[tuple[int, int]]:
    """The columns that belong together, from left to right (exclusive)."""
    counts: list[int] = []
    for row in read():
        counts += [0] * (len(row) - len(counts))
        for place, cell in enumerate(row):
            counts[place] += bool(cell.strip())
    edges = [0, *(place for place in range(1, len(counts)) if bool(counts[place]) != bool(counts[place - 1]))]
    spans = [(one, two) for one, two in pairwise([*edges, len(counts)]) if counts[one]]
    return _joined(read, spans) if len(spans) > 1 else spans


def _joined(read: Reader, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours that go over the same rows made one."""
    alone, both = [0] * len(spans), [0] * (len(spans) - 1)
    for row in read():
        present = [any(cell.strip() for cell in row[left:right]) for left, right in spans]
        for place, here in enumerate(present):
            alone[place] += here
            if place:
                both[place - 1] += here and present[place - 1]
    found = [spans[0]]
    for place, (left, right) in enumerate(spans[1:]):
        if both[place] >= _SAME_ROWS * max(alone[place], alone[place + 1]):
            found[-1] = (found[-1][0], right)
        else:
            found.append((left, right))
    return found


def _stacked(rows: Iterable[Row], span: tuple[int, int]) -> list[Table]:
    """The tables below each other in some columns; texts in one column are none."""
    found: list[Table] = []
    above: int | None = None
    for segment in _segments(rows, span):
        names = segment.names or (() if found else segment.start)
        if names and (not found or names != found[-1].names):
            top = segment.top if above is None else above
            rows_ = segment.rows - segment.titles - 1
            found.append(Table(top, segment.bottom, *span, names, rows_, segment.cells))
            above = None
        elif not found or segment.is_title:
            above = segment.top if above is None else above
        else:
            last = found.pop()
            rows_, cells = last.rows + segment.rows, last.cells + segment.cells
            found.append(replace(last, bottom=segment.bottom, rows=rows_, cells=cells))
            above = None
    if found and above is not None:
        found[-1] = replace(found[-1], bottom=segment.bottom)
    return found


def _segments(rows: Iterable[Row], span: tuple[int, int]) -> Iterator[_Segment]:
    left, right = span
    top, cells, bottom = 0, 0, 0
    first: list[Row] = []
    for place, row in enumerate(rows):
        part = row[left:right]
        count = filled(part)
        if count:
            if not cells:
                top, first = place, []
            if len(first) < _KEPT:
                first.append(part)
            cells, bottom = cells + count, place + 1
        elif cells:
            yield _Segment(top, bottom, tuple(first), cells)
            cells = 0
    if cells:
        yield _Segment(top, bottom, tuple(first), cells)


def _names(row: Row, below: Sequence[Row]) -> tuple[str, ...]:
    """`row` when it names columns: different texts, over a value at least."""
    cells = [cell.strip() for cell in row]
    told = [cell for cell in cells if cell]
    texts = not any(map(is_value, told)) and len({cell.casefold() for cell in told}) == len(told)
    over = any(
        is_value(other[place].strip())
        for other in below
        for place, cell in enumerate(cells)
        if cell and place < len(other)
    )
    return tuple(cells) if texts and over else ()
