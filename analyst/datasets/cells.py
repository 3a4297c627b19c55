"""The cells of a text column by what stands around their digits: groups of them, few in columns of numbers.

The text of every cell is split once into what leads, the digits and the tail (core.numerals).
"""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from dataclasses import dataclass

from analyst.core.numerals import FOREIGN, MARKS, NOTE, PLAIN, PLAIN_DIGITS, SPLIT, Tail, read_lead, read_tail
from analyst.core.quoting import literal, literals
from analyst.datasets.marks import ONLY_SIDES, Cells
from analyst.datasets.separators import Shape, class_of, shapes_of
from analyst.datasets.suspicion import LEFTOVERS
from analyst.engine.interface import Engine

MOST = 2000
"""Different leads, tails and words that a column of numbers can have."""
ASCII = str.maketrans(dict(zip(FOREIGN, PLAIN, strict=True)) | dict.fromkeys(MARKS, ""))
"""Digits and signs of the world as ASCII."""
_LONGEST = 60
"""Characters of a text that Python reads as one number."""
_USUAL = (
    "TRY_CAST(CASE WHEN kind IN ('int', 'decimal point', 'point3') THEN digits"
    " WHEN kind IN ('commas', 'comma3') THEN replace(digits, ',', '')"
    " WHEN kind = 'points' THEN replace(replace(digits, '.', ''), ',', '.')"
    " ELSE replace(digits, ',', '.') END AS DOUBLE)"
)
"""SQL for the number of digits as usually read."""
_HEAD = "split_part(split_part(digits, '.', 1), ',', 1)"
_SPLIT, _NOTE, _DIGITS = re.compile(SPLIT), re.compile(NOTE), re.compile(PLAIN_DIGITS)


def is_written(cell: str) -> bool:
    """Whether a text is one number with what may stand around it."""
    found = _SPLIT.match(cell.translate(ASCII)) if len(cell) <= _LONGEST else None
    if found is None or not _DIGITS.fullmatch(found[2]):
        return False
    return read_lead(found[1]) is not None and _tail(_NOTE.sub("", found[3] or "")) is not None


def _tail(text: str) -> Tail | None:
    """The meaning of a tail, also of one that is the side of an account."""
    return Tail(unit=text) if text.casefold().rstrip(".") in ONLY_SIDES else read_tail(text)


@dataclass(frozen=True)
class Group:
    """Cells of a column with one lead, tail and class of digits; `word` is the text of cells that hold no number.

    `low` and `high` are the least and greatest number as usually read, `largest` the greatest without any signs,
    `heads` the number of different first groups of digits, `noted` the cells with a note behind.
    """

    lead: str
    tail: str
    kind: str
    word: str
    count: int
    low: float | None
    high: float | None
    largest: float | None
    heads: int
    whole: bool
    noted: int
    example: str


def groups_of(engine: Engine, cells: str) -> list[Group]:
    """The groups of the rows of a SELECT whose columns are `v`, the text of cells, and `n`, how many there are.

    The engine must know num(). What repeats in `cells` is parsed again: counted values cost less than cells.
    """
    void = f"lower(trim(v)) IN ({literals(sorted(LEFTOVERS))})"
    joined = "TRY_CAST(replace(replace(digits, '.', ''), ',', '') AS DOUBLE)"
    split = f"SELECT v, n, num_split(v) AS s FROM ({cells})"
    bare = "SELECT v, n, num_parts(s) AS p, s.digits AS raw, num_bare(s.digits) AS digits, s.tail AS tail"
    # Only digits with spaces or apostrophes between them can lose what tells that they are several numbers.
    fits = f"NOT ({void}) AND (strlen(raw) = strlen(digits) OR regexp_full_match(raw, {literal(PLAIN_DIGITS)}))"
    kinds = f"SELECT *, CASE WHEN {fits} THEN {class_of('digits')} ELSE '' END AS kind FROM ({bare} FROM ({split}))"
    found = engine.rows(
        "SELECT p.lead, p.tail, kind, CASE WHEN kind = '' THEN left(v, 100) ELSE '' END AS word, sum(n)::BIGINT,"
        f" min({_USUAL}), max({_USUAL}), max({joined}), count(DISTINCT {_HEAD}),"
        " bool_and(kind = 'int'), coalesce(sum(n) FILTER (tail <> p.tail), 0)::BIGINT, min(left(v, 40))"
        f" FROM ({kinds}) GROUP BY ALL LIMIT {MOST}"
    )
    return [Group(*row) for row in found]


def cells_of(group: Group) -> Cells | None:
    """What its marks mean; None when they don't belong to a number, or it holds codes."""
    if group.kind in ("", "code"):
        return None
    lead, tail = read_lead(group.lead), _tail(group.tail)
    if lead is None or tail is None or group.low is None or group.high is None:
        return None
    raw = (group.lead, group.tail)
    return Cells(lead, tail, group.count, group.low, group.high, group.whole, group.noted, group.example, raw)


@dataclass(frozen=True)
class Census:
    """All cells of a column, counted: those that hold numbers, words for nothing, and others."""

    groups: tuple[Group, ...]

    @property
    def numbers(self) -> tuple[Group, ...]:
        """The groups that hold numbers, marks and all."""
        return tuple(group for group in self.groups if cells_of(group) is not None)

    @property
    def held(self) -> int:
        """Cells that hold numbers."""
        return sum(group.count for group in self.numbers)

    @property
    def voids(self) -> int:
        """Cells that are words or signs for nothing."""
        return sum(group.count for group in self.groups if group.word.strip().casefold() in LEFTOVERS)

    @property
    def others(self) -> tuple[Group, ...]:
        """The groups that are neither."""
        void = [group for group in self.groups if group.word.strip().casefold() in LEFTOVERS]
        known = {*map(id, self.numbers), *map(id, void)}
        return tuple(group for group in self.groups if id(group) not in known)

    @property
    def plain(self) -> bool:
        """Whether nothing stands around any number."""
        return all(group.lead in ("", "-") and not group.tail and not group.noted for group in self.numbers)

    @property
    def distinct(self) -> int:
        """About how many different numbers there are."""
        return sum(group.heads for group in self.numbers)

    def cells(self) -> list[Cells]:
        """The marks of the groups that hold numbers."""
        return [cells for group in self.groups if (cells := cells_of(group)) is not None]

    def shapes(self) -> dict[str, Shape]:
        """How the digits of its numbers are written."""
        return shapes_of((group.kind, group.count, group.heads, group.largest) for group in self.numbers)
