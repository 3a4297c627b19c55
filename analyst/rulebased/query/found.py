"""The conditions of a question while they are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

from analyst.rulebased.link.bounds import Range
from analyst.rulebased.query.model import NOWHERE, At, Bounds, Condition, Having, Key, Members, Missing


@dataclass
class Rows:
    """The conditions of a question; `used`: mentions that they took up, by first token; `compared`: values of one
    column that are named beside each other; `halves`: two ranges of one number that no row meets together; `included`:
    words that only say that some rows count, too."""

    conditions: list[Condition] = field(default_factory=list)
    having: list[Having] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    compared: Members | None = None
    halves: Key | None = None
    included: At = NOWHERE
    said: list[str] = field(default_factory=list)

    @property
    def places(self) -> At:
        """The places of all words that conditions took up."""
        slots = [*self.conditions, *self.having]
        return frozenset(self.used).union(*(slot.at for slot in slots))

    def part_ranges(self) -> None:
        """`under 30 against over 50`: two ranges that no row meets together are two halves, and the numbers between
        them are left out."""
        bounds = [c for c in self.conditions if isinstance(c, Bounds) and not c.negated]
        for one, other in combinations(bounds, 2):
            low, high = (one, other) if one.range.low is None else (other, one)
            kept = _outside(low, high) if low.column is high.column else None
            if kept is None:
                continue
            first, second = (one, other) if min(one.at) < min(other.at) else (other, one)
            self.halves = Key(one.column, at=kept.at, among=(first,), rest=second)
            self.conditions = [kept, *(c for c in self.conditions if c is not one and c is not other)]
            return


def _outside(low: Bounds, high: Bounds) -> Condition | None:
    """The rows that meet one of two bounds, where none meets both."""
    end, begin = low.range.high, high.range.low
    apart = low.range.open_high or high.range.open_low
    if end is None or begin is None or end > begin or (end == begin and not apart):
        return None
    gap = Range(end, begin, not low.range.open_high, not high.range.open_low)
    at = low.at | high.at
    if end == begin and (gap.open_low or gap.open_high):
        return Missing(low.column, negated=True, at=at)
    return Bounds(low.column, gap, negated=True, at=at)
