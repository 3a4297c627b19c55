"""Numbers that a text column holds among other things: recognised by the marks of all its cells."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyst.datasets.bands import is_band
from analyst.datasets.cells import MOST, Census, Group, groups_of, is_written
from analyst.datasets.headers import words
from analyst.datasets.marks import CODE_WORDS, read_marks
from analyst.datasets.suspicion import LEFTOVERS
from analyst.engine.interface import Engine

_ENOUGH, _BARELY, _PHRASES = 0.9, 0.5, 3
"""The share of a column's cells that must be numbers for the column to be called that; half of them are enough when all
others are one of so few words ("Varies with device")."""


@dataclass(frozen=True)
class TextNumbers:
    """Numbers held as text: an example that stands for them, and the cells that num() leaves out or reads in another
    unit, with one."""

    pattern: str
    unread: int
    example: str


def numbers_in(engine: Engine, header: str, sample: Sequence[str]) -> TextNumbers | None:
    """The numbers of the text column whose values and counts are in `groups` (v, n); None when it holds others."""
    meant = [value for value in sample if value.strip().casefold() not in LEFTOVERS]
    if not meant or sum(map(is_written, meant)) < 0.4 * len(meant):
        return None
    engine.define_num()
    census = Census(tuple(groups_of(engine, "SELECT v, n FROM groups")))
    others = sum(group.count for group in census.others)
    if len(census.groups) >= MOST or not _mostly(census, others):
        return None
    if census.plain and (set(words(header)) & CODE_WORDS or any(group.kind == "code" for group in census.groups)):
        return None
    cells = census.cells()
    odd = 0
    if read_marks(header, cells, census.distinct) is None:
        odd = sum(one.count for one in cells if one.tail.unit)
        bare = [one for one in cells if not one.tail.unit]
        if not bare or 2 * odd > census.held or read_marks(header, bare, census.distinct) is None:
            return None
    strange = [*census.others, *(group for group in census.numbers if odd and group.tail)]
    return TextNumbers(_example(census), others + odd, min((group.example for group in strange), default=""))


def _mostly(census: Census, others: int) -> bool:
    """Whether the column is one of numbers, with exceptions: ranges may be more of them than words."""
    total = census.held + others
    texts = {group.word for group in census.others}
    phrases = len(texts) <= _PHRASES and not any(char.isdigit() for text in texts for char in text)
    ranges = sum(group.count for group in census.others if is_band(group.word))
    return bool(census.held) and (
        census.held >= _ENOUGH * total
        or (phrases and census.held >= _BARELY * total)
        or (census.held >= _BARELY * total and census.held + ranges >= _ENOUGH * total)
    )


def _example(census: Census) -> str:
    """A number written as the commonest of those that are not plain are, else as the commonest."""
    special = [group for group in census.numbers if _marked(group) and group.count * 50 > census.held]
    if not special:
        return "12"
    group = max(special, key=lambda group: group.count)
    if group.noted:
        return group.example
    if "%" in group.tail:
        return "12%"
    digits = {"commas": "1,234", "comma3": "1,234", "points": "1.234,5", "decimal comma": "1,5"}.get(group.kind, "5")
    space = " " if group.lead[-1:].isalpha() else ""
    return f"{group.lead}{space}{digits if not group.lead and not group.tail else 5}{_behind(group)}"


def _marked(group: Group) -> bool:
    return bool(group.lead.strip("-") or group.tail or group.noted or group.kind in ("commas", "comma3", "points"))


def _behind(group: Group) -> str:
    word = len(group.tail) > 1 or not group.tail.isascii()
    return f" {group.tail}" if word and group.tail[0] not in "%+" else group.tail


def weight(engine: Engine, condition: str) -> int:
    """How many cells of `groups` meet a condition on their value `v`."""
    return int(engine.rows(f"SELECT coalesce(sum(n) FILTER ({condition}), 0) FROM groups")[0][0])
