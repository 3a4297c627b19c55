"""Proof by figures: of which rows a marked row's numbers are the sums or means, and how unlikely that is by chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from analyst.datasets.totals.marking import Between, Held, Marks
from analyst.datasets.totals.reading import Reading, name_of

_LOOSE = 0.001
"""How far, as a share, a row that says it is a total may be off the sum of rounded numbers."""
_MOST_WEIGHT = 6.0
Names = tuple[str, ...]
ByName = Callable[[tuple[str, ...]], Mapping[Names, Between]]
"""The unmarked rows by the values (folded) of some columns."""


@dataclass(frozen=True)
class Proof:
    """How a row's figures compare with `leaves`: how unlikely by chance, and the columns that fit or do not."""

    weight: float = 0.0
    fits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    leaves: Between = field(default_factory=Between)

    @property
    def whole(self) -> bool:
        """Whether every figure fits, and there is one."""
        return bool(self.fits) and not self.misses


class Sums:
    """What stands above and below each marked row, when the rows at `excluded` count as totals and the others not."""

    def __init__(self, marks: Marks, readings: Sequence[Reading], excluded: Collection[int], by_name: ByName) -> None:
        self._readings, self._by_name = readings, by_name
        self._excluded = sorted(excluded)
        self._own = [_alone(reading) for reading in readings]
        kept = [Between() if index in excluded else self._own[index] for index in range(len(readings))]
        parts = [part for pair in zip(marks.between, [*kept, Between()], strict=True) for part in pair]
        self._before = list(accumulate(parts, _added))[::2]
        """What is before each marked row; last what is in the whole table."""
        self._kept = [index for index in range(len(readings)) if index not in excluded]

    def proof(self, index: int, alike: Collection[int]) -> Proof:
        """The best proof that the marked row `index` is a total; `alike` are rows of its level."""
        reading = self._readings[index]
        found = [_compared(reading, leaves) for leaves in self._scopes(index, alike) if leaves.rows]
        return max(found, key=lambda proof: (proof.weight, -len(proof.misses)), default=Proof())

    def _scopes(self, index: int, alike: Collection[int]) -> Iterator[Between]:
        """The whole table; the rows back to the total before, on to the next one; those of the row's names."""
        whole, before = self._before[-1], self._before[index]
        yield whole
        for level in (sorted(alike), self._excluded):
            above = max((place for place in level if place < index), default=None)
            below = min((place for place in level if place > index), default=None)
            yield before if above is None else _without(before, self._before[above])
            yield _without(whole if below is None else self._before[below], before)
        names = self._readings[index].names
        if names:
            yield self._named(names)

    def _named(self, names: Mapping[str, str]) -> Between:
        columns = tuple(names)
        found = self._by_name(columns).get(tuple(names.values()), Between())
        for index in self._kept:
            row = self._readings[index].row
            if all(name_of(row.cells.get(column, "")) == name for column, name in names.items()):
                found = _added(found, self._own[index])
        return found


def _alone(reading: Reading) -> Between:
    held = {cell: Held(value, 1, value, value) for cell, value in reading.row.figures.items()}
    return Between(1, held)


def _added(one: Between, two: Between) -> Between:
    if not two.rows:
        return one
    held = dict(one.held)
    for cell, numbers in two.held.items():
        held[cell] = held[cell].with_(numbers) if cell in held else numbers
    return Between(one.rows + two.rows, held)


def _without(one: Between, two: Between) -> Between:
    """`one` less its first rows `two`; the extremes are those of `one`."""
    held = {}
    for cell, numbers in one.held.items():
        first = two.held.get(cell)
        if first is None:
            held[cell] = numbers
        elif numbers.count > first.count:
            total, count = numbers.total - first.total, numbers.count - first.count
            held[cell] = Held(total, count, numbers.least, numbers.most)
    return Between(one.rows - two.rows, held)


def _compared(reading: Reading, leaves: Between) -> Proof:
    """The row's figures beside the sums (or, where it says so, the means) of `leaves`."""
    fits, misses, weight = [], [], 0.0
    for cell, value in reading.row.figures.items():
        held = leaves.held.get(cell)
        if held is None:
            continue
        targets = [held.total / held.count, held.least, held.most, held.count] if reading.average else [held.total]
        tolerance = _tolerance(value, held.count, said=bool(reading.says))
        if any(abs(value - target) <= tolerance for target in targets):
            if value and held.count > 1:
                fits.append(cell)
                weight += min(_MOST_WEIGHT, math.log10(max(1.0, abs(value) / max(tolerance, 1e-12) / 2)))
        elif value or held.total:
            misses.append(cell)
    return Proof(weight if leaves.rows > 1 else 0.0, tuple(fits), tuple(misses), leaves)


def _tolerance(value: float, count: int, *, said: bool) -> float:
    """Half of the value's last digit; of a row that says it is a total also what rounding every row may add up to."""
    text = f"{value:.6f}".rstrip("0")
    unit = 10.0 ** -len(text.partition(".")[2])
    exact = max(0.51 * unit, 1e-9 * abs(value))
    if not said:
        return exact
    return max(exact, _LOOSE * abs(value), min(0.5 * unit * math.sqrt(count), 0.005 * abs(value)))
