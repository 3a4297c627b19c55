"""A turn in a series: where what rose began to fall, or the other way round, so that one line says little of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]

FEWEST = 8
"""Periods that a series needs."""
EDGE = 0.2
"""The share of the series at each end in which no turn is looked for."""
_LEFT = 0.6
"""What the bent line may leave of the straight line's squared errors, at most."""
_STEPS = 2.0
"""Residual standard deviations that the bent line must move on either side."""


@dataclass(frozen=True)
class Turn:
    """At `place` (from 0) the slope per period goes from `before` to `after`, which have opposite signs."""

    place: int
    before: float
    after: float


def turn(values: Sequence[float | None], cycle: int = 1) -> Turn | None:
    """The turn of a series of `cycle` periods a season; None where a straight line tells it as well, or under FEWEST
    known values.

    Two lines that meet at the turn, beside a season, by least squares at the place that fits best (Hudson 1966, JASA
    61). It describes the values; no chance is estimated.
    """
    import numpy as np

    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < FEWEST:
        return None
    size = max(abs(value) for _, value in known) or 1.0
    places, levels = np.array([p for p, _ in known], float), np.array([value / size for _, value in known], float)
    season = _season(places, cycle if len(known) >= 2 * cycle else 1)
    straight = _fit(np.column_stack([season, places]), levels)
    edge = max(2, round(EDGE * len(known)))
    bends = [
        (at, _fit(np.column_stack([season, places, np.maximum(places - places[at], 0)]), levels))
        for at in range(edge, len(known) - edge)
    ]
    at, (terms, errors) = min(bends, key=lambda found: float((found[1][1] ** 2).sum()))
    left, whole = float((errors**2).sum()), float((straight[1] ** 2).sum())
    found = Turn(int(places[at]), float(terms[-2]) * size, float(terms[-2] + terms[-1]) * size)
    moves = abs(found.before) * (places[at] - places[0]), abs(found.after) * (places[-1] - places[at])
    noise = size * (left / max(len(known) - len(terms), 1)) ** 0.5
    clear = left <= _LEFT * whole and min(moves) >= _STEPS * noise and min(moves) > 0.1 * max(moves)
    return found if clear and found.before * found.after < 0 else None


def _season(places: Vector, cycle: int) -> Vector:
    """A column a place of the season; one of ones where there is none."""
    import numpy as np

    columns: Vector = (places[:, None] % cycle == np.arange(cycle)[None, :]).astype(float)
    return columns


def _fit(design: Vector, levels: Vector) -> tuple[Vector, Vector]:
    """The terms of least squares and their errors."""
    import numpy as np

    terms: Vector = np.asarray(np.linalg.lstsq(design, levels, rcond=None)[0], dtype=np.float64)
    return terms, levels - design @ terms
