"""What carries an effect: one group, or a few extreme rows, without which it shrinks to little or turns."""

# Every name and value passes `quoted` and `literal`.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analyst.core.quoting import literal
from analyst.probes.cells import Cell, Contrast, Split
from analyst.probes.claim import Claim
from analyst.stats.method import Source

SURE = 4.0
"""Standard errors that the effect, and a group's excess over its share in it, must be away from none."""
LITTLE = 0.25
"""What may be left of an effect that is carried by what was left out."""
MOST = 3
"""Rows that count as few."""
_FAR, _FAR_LOG = 10.0, 6.0
"""Robust standard deviations from the median, plain and of the logarithm, from which a row is extreme."""
_STRONG = 0.2


@dataclass(frozen=True)
class Carrier:
    """`without`: the effect without `left_out` (a level of `dimension`, or so many `rows`), which holds `share` of it
    all."""

    first: str
    second: str
    effect: float
    without: float
    z: float
    dimension: str = ""
    left_out: str = ""
    rows: int = 0
    share: float = 0.0


def carrying_group(splits: Iterable[Split]) -> Carrier | None:
    """The level that most surely carries a difference; None when none does.

    A level that carries only what its share lets expect, or more than half of everything, is no news.
    """
    found = [one for split in splits for level in split.levels if (one := _carries(split, level))]
    return max(found, key=lambda one: one.z, default=None)


def _carries(split: Split, level: str) -> Carrier | None:
    whole, part = split.whole, split.levels[level]
    if abs(whole.z) < SURE or not part.speaks:
        return None
    rest = Contrast(whole.first - part.first, whole.second - part.second, whole.additive)
    if not rest.speaks or rest.difference > LITTLE * whole.difference:
        return None
    share = _share(part, whole)
    excess = _excess(whole, part, rest, share)
    if share > 0.5 or excess < SURE:
        return None
    return Carrier(
        *split.names, whole.difference, rest.difference, min(whole.z, excess), split.dimension, level, share=share
    )


def _share(part: Contrast, whole: Contrast) -> float:
    """Of the total where it is added up, else of the rows."""
    if not whole.additive:
        return (part.first.known + part.second.known) / (whole.first.known + whole.second.known)
    total = abs(whole.first.y) + abs(whole.second.y)
    return (abs(part.first.y) + abs(part.second.y)) / total if total else 1.0


def _excess(whole: Contrast, part: Contrast, rest: Contrast, share: float) -> float:
    """How many standard errors the level's part is above what the others lead to expect."""
    if whole.additive:
        above = part.difference - share * whole.difference
        variance = (1 - share) ** 2 * part.variance + share**2 * rest.variance
    else:
        above, variance = part.difference - rest.difference, part.variance + rest.variance
    return above / math.sqrt(variance) if 0 < variance < math.inf else 0.0


def carrying_rows(source: Source, claim: Claim, sides: dict[str, Cell], pair: tuple[str, str]) -> Carrier | None:
    """The fewest extreme rows of the higher side without which the difference is little or turned."""
    first, second = pair
    whole = Contrast(sides[first], sides[second], claim.additive)
    if whole.difference <= 0 or not whole.speaks:
        return None
    for rows, taken in enumerate(_extremes(source, claim, first), start=1):
        rest = Contrast(_without(whole.first, taken), whole.second, claim.additive)
        if rest.first.known and rest.difference <= LITTLE * whole.difference:
            return Carrier(
                first, second, whole.difference, rest.difference, _FAR, rows=rows, share=rows / whole.first.n
            )
    return None


def _without(cell: Cell, taken: Sequence[tuple[float, float]]) -> Cell:
    lost = [Cell(1, 1, y, w, y * y, y * w, w * w) for y, w in taken]
    return cell - sum(lost, Cell())


def _extremes(source: Source, claim: Claim, side: str) -> Iterable[list[tuple[float, float]]]:
    """The largest rows (y, w) of a side that are extreme: one, two, … MOST."""
    rows = (
        f"(SELECT TRY_CAST(y AS DOUBLE) AS y, TRY_CAST(w AS DOUBLE) AS w FROM ({claim.rows(())}) "
        f"WHERE CAST(g AS VARCHAR) = {literal(side)} AND isfinite(TRY_CAST(y AS DOUBLE)))"
    )
    least, quarters = source.query(f"SELECT min(y), quantile_cont(y, [0.25, 0.5, 0.75]) FROM {rows}")[0]
    if quarters is None:
        return
    top = source.query(f"SELECT y, coalesce(w, 0) FROM {rows} ORDER BY y DESC LIMIT {MOST}")
    taken = [(float(y), float(w)) for y, w in top if _is_far(float(y), float(least), [float(q) for q in quarters])]
    for count in range(1, len(taken) + 1):
        yield taken[:count]


def _is_far(value: float, least: float, quarters: Sequence[float]) -> bool:
    """Whether a value is extreme: by its logarithm where all are positive, since such data are often skewed."""
    if least > 0:
        value, quarters = math.log(value), [math.log(q) for q in quarters]
    spread = (quarters[2] - quarters[0]) / 1.349
    return spread > 0 and (value - quarters[1]) / spread > (_FAR_LOG if least > 0 else _FAR)


def relation_rows(source: Source, claim: Claim) -> Carrier | None:
    """The few extreme points without which x and y go together far less, or the other way round."""
    rows = f"(SELECT x, y FROM ({claim.rows(())}) WHERE isfinite(x) AND isfinite(y))"
    quarters = source.query(
        f"SELECT quantile_cont(x, [0.25, 0.5, 0.75]), quantile_cont(y, [0.25, 0.5, 0.75]) FROM {rows}"
    )[0]
    if None in quarters:
        return None
    far = [
        f"abs({name} - {literal(float(q[1]))}) > {literal(_FAR * (float(q[2]) - float(q[0])) / 1.349)}"
        for name, q in zip(("x", "y"), quarters, strict=True)
        if q[2] > q[0]
    ]
    if not far:
        return None
    extreme = " OR ".join(far)
    n, few, r, rest = source.query(
        f"SELECT count(*), count(*) FILTER (WHERE {extreme}), corr(x, y), corr(x, y) FILTER (WHERE NOT ({extreme})) "
        f"FROM {rows}"
    )[0]
    if None in (r, rest) or not 0 < few <= MOST or abs(r) < _STRONG or n < 12:
        return None
    made = Carrier(claim.label, claim.words, r, rest, _FAR, rows=few, share=few / n)
    carried = r * rest < 0 or abs(rest) < 0.5 * abs(r)
    return replace(made, z=_FAR) if carried else None
