"""Missing values that bias: the measure is missing far more often on one side of a comparison than on another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

from analyst.probes.cells import Cell

SURE = 4.5
"""Standard errors that the two shares must differ by, among all pairs of sides."""
LARGE = 0.1
"""And the difference of the shares itself."""
_FEWEST = 30


@dataclass(frozen=True)
class Gap:
    """The share of missing values on the two sides that differ most."""

    first: str
    second: str
    first_missing: float
    second_missing: float
    z: float


def gap(sides: dict[str, Cell]) -> Gap | None:
    """The sides whose missing shares differ most; None when they don't differ surely and much."""
    large = {name: cell for name, cell in sides.items() if cell.n >= _FEWEST}
    shares = {name: 1 - cell.known / cell.n for name, cell in large.items()}
    if len(shares) < 2:
        return None
    ends = sorted(shares, key=lambda name: shares[name])
    tried = [pair for pair in combinations(dict.fromkeys([*ends[:3], *ends[-3:]]), 2)]
    found = [made for low, high in tried if (made := _gap(large, shares, low, high))]
    return max(found, key=lambda one: one.z, default=None)


def _gap(sides: dict[str, Cell], shares: dict[str, float], one: str, other: str) -> Gap | None:
    first, second = (one, other) if shares[one] > shares[other] else (other, one)
    few, many = sides[first].n, sides[second].n
    pooled = (shares[first] * few + shares[second] * many) / (few + many)
    error = math.sqrt(pooled * (1 - pooled) * (1 / few + 1 / many))
    z = (shares[first] - shares[second]) / error if error else 0.0
    if z < SURE or shares[first] - shares[second] < LARGE:
        return None
    return Gap(first, second, shares[first], shares[second], z)
