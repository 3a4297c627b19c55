"""Cells that hold several values ("Java, SQL"): the sign between them, and the values, where the cells prove it.

Proof is that the parts are members of one list: they come again in other cells, alone or at other places, in differing
numbers. "Last, First" and "City, State" fail it (each place has values of its own), addresses and sentences too (their
parts don't come again).
"""

# Every value goes into SQL as a parameter or is a constant of ours.
# ruff: noqa: S608

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyst.engine.interface import Engine

SEPARATORS = (";", "|", "\n", ",", "/")
"""From the one that is seldom anything else to the one that is mostly something else."""
MAX_MEMBERS = 200
"""Members that are kept, and more than which are no list of choices."""
_SPLIT = 0.1
"""The share of rows whose cells must hold several values."""
_REPEATED, _FREE = 0.75, 0.5
"""The shares of parts that come again in another cell, and that stand alone or at several places."""
_LONGEST, _WORDS, _MANY = 60, 8, 2
"""Characters and words of a member; different cells that must hold several."""
_LOOKED_AT = 2_000
Cell = tuple[str, int]
"""A value and the number of its rows."""


@dataclass(frozen=True)
class Several:
    """What parts the values of a cell, and all values with the number of rows that hold each, most frequent first."""

    separator: str
    members: tuple[tuple[str, int], ...]


def several_values(engine: Engine, sample: Sequence[str]) -> Several | None:
    """How the cells of the column whose values lie in `groups` hold several values; None where they don't.

    `sample` are some of the values, by which signs that stand nowhere are passed over.
    """
    signs = [sign for sign in SEPARATORS if sum(sign in value for value in sample) >= _MANY]
    if not signs:
        return None
    cells = [
        (row[0], int(row[1])) for row in engine.rows(f"SELECT v, n FROM groups ORDER BY hash(v), v LIMIT {_LOOKED_AT}")
    ]
    sign = next((sign for sign in signs if _is_list(cells, sign)), None)
    if sign is None:
        return None
    separator = _with_blank(cells, sign)
    found = engine.rows(
        "SELECT m, sum(n) FROM (SELECT DISTINCT v, n, trim(part) AS m FROM"
        " (SELECT v, n, unnest(string_split(v, $1)) AS part FROM groups))"
        f" WHERE m <> '' GROUP BY m ORDER BY sum(n) DESC, m LIMIT {MAX_MEMBERS}",
        [separator],
    )
    return Several(separator, tuple((row[0], int(row[1])) for row in found))


def _is_list(cells: Sequence[Cell], sign: str) -> bool:
    """Whether the parts between `sign` are members of one list."""
    split = [(_parts(value, sign), rows) for value, rows in cells]
    several = [(parts, rows) for parts, rows in split if len(parts) > 1]
    total = sum(rows for _, rows in split)
    if len(several) < _MANY or sum(rows for _, rows in several) < _SPLIT * total or not _vary(split):
        return False
    if any(len(part) > _LONGEST or len(part.split()) > _WORDS for parts, _ in several for part in parts):
        return False
    members = Counter(part for parts, _ in split for part in set(parts))
    counted = sum(members[part] > 1 for parts, _ in several for part in parts)
    of_all = sum(len(parts) for parts, _ in several)
    few = len({part for parts, _ in several for part in parts}) <= MAX_MEMBERS
    return few and counted >= _REPEATED * of_all and _is_free(split, several)


def _parts(value: str, sign: str) -> list[str]:
    return [part for piece in value.split(sign) if (part := piece.strip())]


def _vary(split: Iterable[tuple[Sequence[str], int]]) -> bool:
    """Whether cells hold differing numbers of values; names and places have the same number of parts each time."""
    return len({len(parts) for parts, _ in split if parts}) > 1


def _is_free(split: Sequence[tuple[Sequence[str], int]], several: Sequence[tuple[Sequence[str], int]]) -> bool:
    """Whether most parts of cells with several values stand alone elsewhere, or at another place, too."""
    places: dict[str, set[int]] = {}
    for parts, _ in split:
        for place, part in enumerate(parts):
            places.setdefault(part, set()).add(-1 if len(parts) == 1 else place)
    free = sum(len(places[part]) > 1 for parts, _ in several for part in parts)
    return free >= _FREE * sum(len(parts) for parts, _ in several)


def _with_blank(cells: Sequence[Cell], sign: str) -> str:
    """The sign with the blank that always follows it."""
    held = [value.rstrip() for value, _ in cells if sign in value.rstrip()]
    return f"{sign} " if all(value.count(sign) == value.count(f"{sign} ") for value in held) else sign
