"""Groups of alike rows: features on one scale, k-means, how many groups there are and how firmly they stand."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analyst.stats.sampling import SEED

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Matrix = np.ndarray[Any, np.dtype[np.float64]]
    Places = np.ndarray[Any, np.dtype[np.int64]]

MOST = 8
"""More segments than these nobody keeps apart."""
_FAR = 3.0
_JUDGED, _COPIES, _NEAR = 2000, 10, 0.95


@dataclass(frozen=True)
class Scale:
    """How a feature enters: as (value - centre) / spread, cut at ±3, or a category's levels as 0 and 1 / spread."""

    feature: str
    centre: float
    spread: float
    levels: tuple[str, ...] | None = None


def scales(frame: pd.DataFrame, features: Sequence[str]) -> list[Scale]:
    """The scale of each feature that varies, so that each counts alike: their columns' variances add up to one."""
    import numpy as np

    found = []
    for name in features:
        column = frame[name]
        if column.dtype.kind in "fiub":
            with np.errstate(all="ignore"):
                spread = float(column.std(ddof=0))
            if not math.isfinite(spread):
                raise OverflowError(f"the spread of {name!r}")
            if spread > 1e-12 * max(1.0, abs(float(column.mean()))):
                found.append(Scale(name, float(column.median()), spread))
            continue
        shares = column.value_counts(normalize=True)
        spread = math.sqrt(sum(share * (1 - share) for share in shares))
        if len(shares) > 1:
            found.append(Scale(name, 0.0, spread, tuple(sorted(shares.index))))
    return found


def scaled(frame: pd.DataFrame, by: Sequence[Scale]) -> Matrix:
    """The rows as points; a missing number stands at the median, a missing category at none of its levels."""
    import numpy as np

    parts = []
    for scale in by:
        column = frame[scale.feature]
        if scale.levels is None:
            values = (column.to_numpy(dtype=float, na_value=scale.centre) - scale.centre) / scale.spread
            parts.append(np.clip(values, -_FAR, _FAR))
        else:
            parts += [(column == level).to_numpy(dtype=float) / scale.spread for level in scale.levels]
    return np.column_stack(parts)


@dataclass(frozen=True)
class Clusters:
    """`k` groups by their centres; `silhouettes` maps each k that was tried to its mean silhouette."""

    k: int
    centres: Matrix
    silhouettes: dict[int, float]

    def nearest(self, points: Matrix) -> Places:
        """The group of each point, from 0."""
        import numpy as np

        best, places = np.full(len(points), np.inf), np.zeros(len(points), dtype=np.int64)
        for group, centre in enumerate(self.centres):
            away = ((points - centre) ** 2).sum(axis=1)
            closer = away < best
            best[closer], places[closer] = away[closer], group
        return places


def clusters(points: Matrix, k: int | None) -> Clusters:
    """k-means (Lloyd; k-means++ starts, seeded); without `k` the least number whose mean silhouette is near the best.

    Source: Arthur & Vassilvitskii 2007; Rousseeuw 1987 (silhouettes, over at most 2,000 points).
    """
    tried = [k] if k is not None else list(range(2, min(MOST, len(points) // 5) + 1))
    models = {number: _fitted(points, number) for number in tried}
    scores = {number: silhouette(points, model.predict(points))[0] for number, model in models.items()}
    best = min(number for number, score in scores.items() if score >= _NEAR * max(scores.values()))
    return Clusters(best, models[best].cluster_centers_, scores)


def _fitted(points: Matrix, k: int, seed: int = SEED, starts: int = 4) -> Any:
    # The measured gain of more threads is small, and scikit-learn asks the system for cores in ways that may print.
    os.environ.setdefault("LOKY_MAX_CPU_COUNT", "2")
    from sklearn.cluster import KMeans

    return KMeans(n_clusters=k, n_init=starts, random_state=seed).fit(points)


def silhouette(points: Matrix, places: Places) -> tuple[float, dict[int, float]]:
    """The mean silhouette of a seeded part of the points, and that of each group."""
    import numpy as np
    from sklearn.metrics import silhouette_samples

    chosen = np.random.default_rng(SEED).permutation(len(points))[:_JUDGED]
    groups = places[chosen]
    if len(set(groups.tolist())) < 2:
        return 0.0, {}
    values = silhouette_samples(points[chosen], groups)
    return float(values.mean()), {int(g): float(values[groups == g].mean()) for g in set(groups.tolist())}


def stability(points: Matrix, found: Clusters) -> float:
    """The mean adjusted Rand index between the groups and those found in ten resamples of the rows, other seeds each.

    Source: Hubert & Arabie 1985; resampling as in Hennig 2007 (Comput. Stat. Data Anal. 52). 1: always the same groups,
    0: no more alike than by chance.
    """
    import numpy as np
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(SEED)
    part = points[rng.permutation(len(points))[:_JUDGED]]
    own, agreed = found.nearest(part), []
    for copy in range(_COPIES):
        drawn = part[rng.integers(0, len(part), len(part))]
        agreed.append(adjusted_rand_score(own, _fitted(drawn, found.k, seed=SEED + 1 + copy, starts=1).predict(part)))
    return float(np.mean(agreed))


def flat(points: Matrix, most: int) -> tuple[Matrix, Places]:
    """A seeded part of the points on the plane on which they spread most, and their places."""
    import numpy as np

    chosen = np.sort(np.random.default_rng(SEED).permutation(len(points))[:most])
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(np.cov(centred, rowvar=False).reshape(points.shape[1], -1))
    plane = centred[chosen] @ axes[:2].T
    return (plane if plane.shape[1] == 2 else np.column_stack([plane, np.zeros(len(plane))])), chosen
