"""What a marked row says of itself: words for a total, blanks where others have a name, and the names that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyst.core.text import fold
from analyst.datasets.totals.marking import Marked, Marks
from analyst.datasets.totals.wording import Says, named_beside, says_average, says_total


@dataclass(frozen=True)
class Reading:
    """A marked row, read. `gaps` are the columns in which others have a value or a date, `nameless` those that hold
    names; `names` is what its other names say, folded; `period` tells how a longer period is written that it has;
    `first` and `last`: no unmarked row is above it, below it."""

    row: Marked
    label: str
    says: Says
    average: bool
    gaps: frozenset[str]
    nameless: frozenset[str]
    names: Mapping[str, str]
    period: str | None
    first: bool
    last: bool

    @property
    def at_end(self) -> bool:
        """Whether it is among the first or the last rows."""
        return self.first or self.last

    @property
    def level(self) -> tuple[frozenset[str], Says, bool, frozenset[str], str | None]:
        """Totals of one level look alike."""
        return self.gaps, self.says, self.average, frozenset(self.names), self.period


def read_marked(marks: Marks) -> list[Reading]:
    """Every marked row, read."""
    above = 0
    below = sum(between.rows for between in marks.between)
    readings = []
    for row, between in zip(marks.marked, marks.between, strict=False):
        above, below = above + between.rows, below - between.rows
        readings.append(_read(row, marks, first=above == 0, last=below == 0))
    return readings


def _read(row: Marked, marks: Marks, *, first: bool, last: bool) -> Reading:
    labels = {cell: row.cells[cell] for cell in marks.keys if cell in row.cells}
    said = {cell: says_total(text) for cell, text in labels.items()}
    average = any(map(says_average, labels.values()))
    usual = marks.dating.periods
    longer = {cell: usual[cell].longer(text) for cell, text in labels.items() if cell in usual}
    undated = {cell for cell in labels if longer.get(cell) or (cell in marks.dating.dated and said[cell])}
    gaps = frozenset(cell for cell in {*marks.keys, *marks.dense} if cell not in row.cells or cell in undated)
    names = {
        cell: name_of(text) if not said[cell] else named_beside(text)
        for cell, text in labels.items()
        if cell not in undated
    }
    names = {cell: name for cell, name in names.items() if name and not says_average(labels[cell])}
    says = max(said.values(), default=Says.NOTHING)
    label = next((text for cell, text in labels.items() if said[cell] == says and says), "")
    label = (
        label or next((text for text in labels.values() if says_average(text)), "") or next(iter(labels.values()), "")
    )
    period = next(filter(None, longer.values()), None)
    if period is not None and not says:
        label = next(text for cell, text in labels.items() if longer.get(cell))
    nameless = gaps & frozenset(marks.keys)
    return Reading(row, label, says, average, gaps, nameless, names, period, first, last)


def name_of(text: str) -> str:
    """A cell as names are compared."""
    return fold(text.strip())
