"""Simpson's paradox: a difference, or a relation, that turns when the rows are split by a further dimension."""

# Every name passes `quoted`.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyst.probes.cells import FEWEST, Split
from analyst.probes.claim import Claim
from analyst.stats.method import Source

SURE = 3.3
"""Standard errors (p < 0.001) that both directions must be away from none."""
MOSTLY = 0.7
"""Share of the weight whose levels must turn, and of the rows that must lie in levels with both sides."""
_RELATED = 0.1
"""Correlations smaller than this have no direction worth turning."""


@dataclass(frozen=True)
class Reversal:
    """`within`: the difference (or correlation) with the levels held fixed; `turned` of `levels` go that way."""

    dimension: str
    first: str
    second: str
    effect: float
    within: float
    levels: int
    turned: int
    z: float


def reversal(splits: Iterable[Split]) -> Reversal | None:
    """The surest reversal among `splits`; None when no direction turns.

    The difference within levels is weighted as by Mantel & Haenszel (n1 n2 / (n1 + n2)). A total can't turn: it is the
    sum of its parts.
    """
    found = [one for split in splits if not split.whole.additive and (one := _turned(split))]
    return max(found, key=lambda one: one.z, default=None)


def _turned(split: Split) -> Reversal | None:
    spoken = {level: contrast for level, contrast in split.levels.items() if contrast.speaks}
    inside = sum(c.first.known + c.second.known for c in spoken.values())
    if (
        len(spoken) < 2
        or split.whole.z < SURE
        or inside < MOSTLY * (split.whole.first.known + split.whole.second.known)
    ):
        return None
    weights = {level: c.first.known * c.second.known / (c.first.known + c.second.known) for level, c in spoken.items()}
    total = sum(weights.values())
    within = sum(weights[level] * c.difference for level, c in spoken.items()) / total
    error = math.sqrt(sum(weights[level] ** 2 * c.variance for level, c in spoken.items())) / total
    turned = [level for level, c in spoken.items() if c.difference < 0]
    if not within < -SURE * error or sum(weights[level] for level in turned) < MOSTLY * total:
        return None
    z = min(split.whole.z, -within / error) if error else split.whole.z
    return Reversal(split.dimension, *split.names, split.whole.difference, within, len(spoken), len(turned), z)


def relation_reversal(source: Source, claim: Claim) -> Reversal | None:
    """The surest dimension within whose levels x and y go together the other way round."""
    found = [one for dimension in claim.dimensions if (one := _related(source, claim, dimension))]
    return max(found, key=lambda one: one.z, default=None)


def _related(source: Source, claim: Claim, dimension: str) -> Reversal | None:
    rows = source.query(
        "SELECT count(*), avg(x), avg(y), covar_pop(x, y), var_pop(x), var_pop(y) FROM "
        f"({claim.rows((dimension,))}) WHERE isfinite(x) AND isfinite(y) AND d0 IS NOT NULL "
        f"GROUP BY d0 HAVING count(*) >= {FEWEST}"
    )
    if len(rows) < 2:
        return None
    n = sum(row[0] for row in rows)
    mean_x, mean_y = (sum(row[0] * row[place] for row in rows) / n for place in (1, 2))
    inside = [sum(row[0] * row[place] for row in rows) for place in (3, 4, 5)]
    between = [
        sum(row[0] * (row[1] - mean_x) * (row[2] - mean_y) for row in rows),
        sum(row[0] * (row[1] - mean_x) ** 2 for row in rows),
        sum(row[0] * (row[2] - mean_y) ** 2 for row in rows),
    ]
    whole, within = _r([a + b for a, b in zip(inside, between, strict=True)]), _r(inside)
    if whole * within >= 0 or min(abs(whole), abs(within)) < _RELATED or n - len(rows) < 10:
        return None
    z = min(abs(math.atanh(whole)) * math.sqrt(n - 3), abs(math.atanh(within)) * math.sqrt(n - len(rows) - 3))
    turned = sum(row[0] for row in rows if row[3] * whole < 0)
    if z < SURE or turned < MOSTLY * n:
        return None
    levels = sum(row[3] * whole < 0 for row in rows)
    return Reversal(dimension, claim.label, claim.words, whole, within, len(rows), levels, z)


def _r(sums: Sequence[float]) -> float:
    """The correlation of (Σ of products, Σ of squares of x, of y), kept off ±1."""
    together, x, y = sums
    return max(-0.999999, min(0.999999, together / math.sqrt(x * y))) if x > 0 and y > 0 else 0.0
