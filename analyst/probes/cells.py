"""The rows of a claim added up by side and by level of a dimension: what the probes compare, in one pass of DuckDB."""

# Every name and value passes `quoted` and `literal`.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyst.core.quoting import literal
from analyst.probes.claim import Claim
from analyst.stats.method import Source

FEWEST = 5
"""Rows that a cell needs to speak."""


@dataclass(frozen=True)
class Cell:
    """Sums over the rows of one side (and one level): n rows, known ones, Σy, Σw, Σy², Σyw, Σw²."""

    n: int = 0
    known: int = 0
    y: float = 0.0
    w: float = 0.0
    yy: float = 0.0
    yw: float = 0.0
    ww: float = 0.0

    def __add__(self, other: Cell) -> Cell:
        return self._plus(other, 1)

    def __sub__(self, other: Cell) -> Cell:
        return self._plus(other, -1)

    def _plus(self, other: Cell, sign: int) -> Cell:
        return Cell(
            self.n + sign * other.n,
            self.known + sign * other.known,
            self.y + sign * other.y,
            self.w + sign * other.w,
            self.yy + sign * other.yy,
            self.yw + sign * other.yw,
            self.ww + sign * other.ww,
        )

    def value(self, *, additive: bool) -> float:
        """The total, or Σy / Σw."""
        return self.y if additive else self.y / self.w if self.w else math.nan

    def variance(self, *, additive: bool) -> float:
        """Of the value: Σy² for a total of a random number of rows (compound Poisson), linearised for a ratio.

        Source: Cochran 1977, Sampling Techniques, 6.3 (ratio estimate).
        """
        if additive:
            return self.yy
        if self.known < 2 or not self.w:
            return math.inf
        ratio = self.y / self.w
        squares = self.yy - 2 * ratio * self.yw + ratio * ratio * self.ww
        return max(0.0, squares) * self.known / (self.known - 1) / self.w**2


@dataclass(frozen=True)
class Contrast:
    """Two sides compared, `first` being the higher one: its difference is positive."""

    first: Cell
    second: Cell
    additive: bool

    @property
    def difference(self) -> float:
        """First less second."""
        return self.first.value(additive=self.additive) - self.second.value(additive=self.additive)

    @property
    def variance(self) -> float:
        """Of the difference."""
        return self.first.variance(additive=self.additive) + self.second.variance(additive=self.additive)

    @property
    def z(self) -> float:
        """The difference in standard errors."""
        error = math.sqrt(self.variance)
        return self.difference / error if 0 < error < math.inf else 0.0

    @property
    def speaks(self) -> bool:
        """Whether both sides have rows enough."""
        return min(self.first.known, self.second.known) >= FEWEST


@dataclass(frozen=True)
class Split:
    """Two sides compared in all and within each level of a dimension."""

    dimension: str
    names: tuple[str, str]
    whole: Contrast
    levels: dict[str, Contrast]


def sides(source: Source, claim: Claim) -> dict[str, Cell]:
    """The claim's rows by side; rows without one are left out."""
    found = source.query(f"SELECT g, {_SUMS} FROM (SELECT CAST(g AS VARCHAR) AS g, {_READ} FROM ({claim.rows(())})) "
                         "WHERE g IS NOT NULL GROUP BY g")  # fmt: skip
    return {str(name): _cell(sums) for name, *sums in found}


def splits(source: Source, claim: Claim, pairs: Sequence[tuple[str, str]]) -> Iterable[Split]:
    """Each pair of sides by each dimension of the claim. The first of a pair is taken to be the higher one."""
    dims = claim.dimensions
    if not dims or not pairs:
        return
    wanted = ", ".join(literal(name) for name in dict.fromkeys(name for pair in pairs for name in pair))
    listed = ", ".join(f"d{place}" for place in range(len(dims)))
    sets = ", ".join(f"(g, d{place})" for place in range(len(dims)))
    found = source.query(
        f"SELECT g, {listed}, grouping({listed}), {_SUMS} FROM (SELECT CAST(g AS VARCHAR) AS g, {listed}, {_READ} "
        f"FROM ({claim.rows(dims)})) WHERE g IN ({wanted}) GROUP BY GROUPING SETS ({sets})"
    )
    by_dimension: dict[int, dict[str, dict[str, Cell]]] = {}
    for side, *rest in found:
        levels, mask, sums = rest[: len(dims)], rest[len(dims)], rest[len(dims) + 1 :]
        # grouping() has a zero bit, from the left, where the dimension is one of those grouped by.
        place = next(p for p in range(len(dims)) if not mask >> (len(dims) - 1 - p) & 1)
        if levels[place] is not None:
            by_dimension.setdefault(place, {}).setdefault(str(levels[place]), {})[str(side)] = _cell(sums)
    for place, cells in by_dimension.items():
        for first, second in pairs:
            yield _split(dims[place], (first, second), cells, claim.additive)


def _split(dimension: str, names: tuple[str, str], cells: dict[str, dict[str, Cell]], additive: bool) -> Split:
    first, second = names
    levels = {
        level: Contrast(by_side[first], by_side[second], additive)
        for level, by_side in cells.items()
        if first in by_side and second in by_side
    }
    whole = Contrast(
        sum((by_side[first] for by_side in cells.values() if first in by_side), Cell()),
        sum((by_side[second] for by_side in cells.values() if second in by_side), Cell()),
        additive,
    )
    return Split(dimension, names, whole, levels)


_READ = (
    "CASE WHEN isfinite(TRY_CAST(y AS DOUBLE)) THEN TRY_CAST(y AS DOUBLE) END AS y, "
    "CASE WHEN isfinite(TRY_CAST(w AS DOUBLE)) THEN TRY_CAST(w AS DOUBLE) END AS w"
)
_SUMS = (
    "count(*), count(y), coalesce(sum(y), 0), coalesce(sum(w), 0), coalesce(sum(y * y), 0), coalesce(sum(y * w), 0), "
    "coalesce(sum(w * w), 0)"
)


def _cell(sums: Sequence[float]) -> Cell:
    n, known, *rest = sums
    return Cell(int(n), int(known), *map(float, rest))
