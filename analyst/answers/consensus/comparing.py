"""Whether two plans came to the same result, whatever they are made of: methods or SQL, other names, columns, order.

What is compared are the headline tables: results that no later step reads. A row's labels (texts, dates, its key) say
what it is about, its numbers what was found. Where it can't be told, two results differ: a difference costs one more
plan or the judge, while a pretended agreement would cost the reader's trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from analyst.protocol.evidence import Evidence, EvidenceTable

ROUNDED_SHARE = 0.01
"""Two numbers that differ by more than this part are not the same one rounded, however few digits they show."""
_EXACT = 1e-9
_FIRST_OF_PERIOD = re.compile(r"(\d{4}-\d\d)-01|(\d{4}-\d\d-\d\d)[T ]00:00(?::00(?:\.0+)?)?")


@dataclass(frozen=True)
class Number:
    """A number of a result; `share`: its column is a fraction shown as a percentage."""

    value: float
    whole: bool
    share: bool = False

    def same(self, other: Number) -> bool:
        """Whether both are one value within the rounding of the coarser, a fraction being its percentage."""
        if self.share == other.share:
            return _close(self, other)
        mine, theirs = (self, other) if self.share else (other, self)
        return _close(mine, theirs) or _close(Number(mine.value * 100, False), theirs)


@dataclass(frozen=True)
class Row:
    """One row of a result: what it is about, and its numbers in the order of the columns."""

    labels: frozenset[str]
    numbers: tuple[Number, ...]

    def holds(self, number: Number) -> bool:
        """Whether `number` is one of this row's."""
        return any(number.same(own) for own in self.numbers)


@dataclass(frozen=True)
class Result:
    """A headline table of `count` rows, of which `rows` are held; `method`: of a method, which tells sizes first."""

    rows: tuple[Row, ...]
    count: int
    method: bool = False

    @property
    def cut(self) -> bool:
        """Whether rows are missing here."""
        return self.count > len(self.rows)


def same_results(one: Evidence, other: Evidence) -> bool:
    """Whether two plans' evidence says the same.

    Every headline of the plan that has fewer of them is one of the other's, the other's first or last among these.
    """
    fewer, more = sorted((headlines(one), headlines(other)), key=len)
    if not fewer:
        return False
    found = {place for mine in fewer for place, theirs in enumerate(more) if _same_table(mine, theirs)}
    whole = all(any(_same_table(mine, theirs) for theirs in more) for mine in fewer)
    return whole and bool(found & {0, len(more) - 1})


def headlines(evidence: Evidence) -> list[Result]:
    """The results that no later step reads, in the plan's order."""
    tables = [table for table in evidence.tables if table.audience == "answer"]
    return [_result(table) for place, table in enumerate(tables) if not _is_read(table.id, tables[place + 1 :])]


def _is_read(id: str, later: Iterable[EvidenceTable]) -> bool:
    name = re.compile(rf"(?i)\b{re.escape(id)}\b")
    return any(name.search(table.sql or "") or table.parameters.get("source") == id for table in later)


def _result(table: EvidenceTable) -> Result:
    rows = tuple(_row(table, row) for row in table.rows)
    return Result(rows, table.row_count, table.method is not None)


def _row(table: EvidenceTable, cells: Sequence[Any]) -> Row:
    labels: set[str] = set()
    numbers: list[Number] = []
    for name, cell in zip(table.columns, cells, strict=True):
        if cell is None:
            continue
        if isinstance(cell, (str, bool)) or name in table.key:
            labels.add(_label(cell))
        else:
            numbers.append(Number(float(cell), isinstance(cell, int), table.formats.get(name) == "percent"))
    return Row(frozenset(labels), tuple(numbers))


def _label(cell: Any) -> str:
    text = " ".join(str(cell).split()).casefold()
    found = _FIRST_OF_PERIOD.fullmatch(text)
    return _label(found[1] or found[2]) if found else text


def _close(one: Number, other: Number) -> bool:
    gap, size = abs(one.value - other.value), max(abs(one.value), abs(other.value))
    if gap <= _EXACT * size:
        return True
    if one.whole or other.whole:
        return False
    step = 10.0 ** -min(_decimals(one.value), _decimals(other.value))
    return gap <= 0.5 * step * (1 + _EXACT) and gap <= ROUNDED_SHARE * size


def _decimals(value: float) -> int:
    """Digits after the point, as the shortest writing of `value` has them."""
    text = f"{value:.12f}".rstrip("0")
    return len(text.partition(".")[2])


def _same_table(one: Result, other: Result) -> bool:
    if not (one.rows and other.rows):
        return not one.rows and not other.rows
    if one.count == other.count:
        return len(one.rows) == len(other.rows) and _places(one, other, alone=one.count == 1) is not None
    few, many = (one, other) if one.count < other.count else (other, one)
    if few.cut or not all(row.labels for row in few.rows):
        return False
    places = _places(few, many, alone=False)
    return places is not None and _stand_out(few, many, places)


def _places(few: Result, many: Result, *, alone: bool) -> list[int] | None:
    """For each row of `few` the place of its own row in `many`; None when one has none."""
    left = dict(enumerate(many.rows))
    places = []
    for row in few.rows:
        place = next((at for at, theirs in left.items() if _same_row(row, theirs, few, many, alone)), None)
        if place is None:
            return None
        del left[place]
        places.append(place)
    return places


def _same_row(one: Row, other: Row, of_one: Result, of_other: Result, alone: bool) -> bool:
    """Whether two rows are about the same and hold the same.

    One may hold more than the other, but the first number of each is among the other's: so that a count beside two
    different measures makes no agreement. `alone`: each is its table's only row, so one of them may go without a label.
    """
    if not (one.labels <= other.labels or other.labels <= one.labels):
        return False
    if bool(one.labels) != bool(other.labels) and not alone:
        return False
    fewer, more = (one, other) if len(one.numbers) <= len(other.numbers) else (other, one)
    if not fewer.numbers:
        return bool(one.labels) and bool(other.labels) if more.numbers else one.labels == other.labels
    firsts = [(one, other, of_one.method), (other, one, of_other.method)]
    led = all(method or theirs.holds(mine.numbers[0]) for mine, theirs, method in firsts)
    return led and all(more.holds(number) for number in fewer.numbers)


def _stand_out(few: Result, many: Result, places: Sequence[int]) -> bool:
    """Whether the rows at `places` are the first of `many`, or its greatest or smallest by what `few` tells of them."""
    if sorted(places) == list(range(len(places))):
        return True
    if many.cut:
        return False
    told = few.rows[0].numbers[:1] or many.rows[places[0]].numbers[:1]
    columns = [at for at, number in enumerate(many.rows[places[0]].numbers) if told and number.same(told[0])]
    return any(_is_extreme(many, at, places) for at in columns)


def _is_extreme(many: Result, column: int, places: Sequence[int]) -> bool:
    if len({len(row.numbers) for row in many.rows}) > 1:
        return False  # a missing value: which number stands in which column can't be told
    values = [row.numbers[column].value for row in many.rows]
    inside = [values[place] for place in places]
    outside = [value for place, value in enumerate(values) if place not in places]
    return min(inside) > max(outside) or max(inside) < min(outside)
