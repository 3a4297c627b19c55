"""Ordinary least squares in numpy: coefficients with their usual and robust errors, and what speaks against them.

By QR on centred, scaled columns, so that no scale is lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from analyst.core.text import counted
from analyst.stats.method import refuse

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Term:
    """A coefficient: its 95 % interval, error, t and p by Student's t; `beta` per standard deviations; `p_robust` by
    HC3 errors; `vif` how much the other terms inflate its variance. The intercept has neither beta nor vif."""

    coef: float
    low: float
    high: float
    error: float
    t: float | None
    p: float | None
    beta: float | None
    p_robust: float | None
    vif: float | None


class Fit:
    """A fit of `target` on `features` with an intercept; PlanError for fewer rows than terms.

    `kept` are the places of the terms kept (0 is the intercept), `dropped` of those that others determine.
    """

    def __init__(self, features: Array, target: Array) -> None:
        import numpy as np

        self.n = len(target)
        if self.n < 3 or target.min() == target.max():
            raise refuse(
                f"linear_regression: {counted(self.n, 'complete row')}"
                + (" with a constant target" if self.n >= 3 else "")
                + " can't be fitted: fill missing values (impute) or name other columns"
            )  # fmt: skip
        centre = features.mean(axis=0)
        scale = np.sqrt(((features - centre) ** 2).sum(axis=0))
        varies = scale > 1e-12 * (np.abs(centre) + 1e-300) * math.sqrt(self.n)
        columns = independent((features - centre) / np.where(scale > 0, scale, 1.0), varies)
        self.dof = self.n - len(columns) - 1
        if self.dof < 1:
            raise refuse(
                f"linear_regression: {self.n} complete rows are too few for {len(columns) + 1} terms: "
                "name fewer features"
            )
        self.kept = (0, *(1 + place for place in columns))
        self.dropped = tuple(place for place in range(1, features.shape[1] + 1) if place not in self.kept)
        self._centre, self._scale = centre[columns], scale[columns]
        self._unit = float(np.abs(target).max())
        self._solve((features[:, columns] - self._centre) / self._scale, target / self._unit)

    def _solve(self, design: Array, target: Array) -> None:
        import numpy as np

        self._q, r = np.linalg.qr(design)
        self._mean = target.mean()
        off = target - self._mean
        explained = self._q.T @ off
        self._slopes = np.linalg.solve(r, explained) if len(explained) else np.zeros(0)
        self._inverse = np.linalg.inv(r) if len(explained) else np.zeros((0, 0))
        self._residuals = off - self._q @ explained
        self._sse, self._sst = float(self._residuals @ self._residuals), float(off @ off)

    @property
    def r2(self) -> float:
        """The part of the variance explained."""
        return max(0.0, 1 - self._sse / self._sst)

    @property
    def adj_r2(self) -> float:
        """r² corrected for the number of terms."""
        return 1 - (1 - self.r2) * (self.n - 1) / self.dof

    @property
    def rmse(self) -> float:
        """sqrt(SSE / n)."""
        return math.sqrt(self._sse / self.n) * self._unit

    def predict(self, features: Array) -> tuple[float, float, float]:
        """The expected target at these values of all features, and the errors of a new value's and of the mean's
        prediction (Greene, Econometric Analysis, ch. 4.8)."""
        import numpy as np

        places = [place - 1 for place in self.kept[1:]]
        at = (features[places] - self._centre) / self._scale
        weight = 1 / self.n + float(((at @ self._inverse) ** 2).sum())
        noise = math.sqrt(self._sse / self.dof) * self._unit
        expected = float(self._mean + at @ self._slopes) * self._unit
        return expected, noise * float(np.sqrt(1 + weight)), noise * float(np.sqrt(weight))

    @property
    def f_p(self) -> float | None:
        """The p of the F test of all terms; None without any."""
        from scipy.special import fdtrc

        terms = len(self._slopes)
        if terms == 0:
            return None
        return 0.0 if self.r2 >= 1 else float(fdtrc(terms, self.dof, self.r2 / terms / ((1 - self.r2) / self.dof)))

    @cached_property
    def leverage(self) -> Array:
        """Each row's weight in its own prediction."""
        weights: Array = 1 / self.n + (self._q**2).sum(axis=1)
        return weights

    @property
    def farthest(self) -> float:
        """The largest Cook's distance (Cook 1977, Technometrics 19): over 1, one row moves all coefficients."""
        import numpy as np

        left = np.maximum(1 - self.leverage, 1e-9)
        noise = self._sse / self.dof
        if noise <= 0:
            return 0.0
        return float((self._residuals**2 * self.leverage / left**2).max() / (len(self.kept) * noise))

    @property
    def spread_p(self) -> float | None:
        """Breusch and Pagan's test, studentised by Koenker (1981): a small p says that the errors' size is uneven."""
        from scipy.special import chdtrc

        squares = self._residuals**2
        off = squares - squares.mean()
        whole, terms = float(off @ off), len(self._slopes)
        if terms == 0 or whole <= 1e-24 * float(squares @ squares) or self._sse <= 1e-20 * self._sst:
            return None
        part = self._q.T @ off
        return float(chdtrc(terms, self.n * float(part @ part) / whole))

    @property
    def skew(self) -> float:
        """The skewness of the residuals."""
        spread = math.sqrt(self._sse / self.n)
        return float((self._residuals**3).mean()) / spread**3 if spread > 0 else 0.0

    def terms(self) -> list[Term]:
        """The intercept and each term kept."""
        import numpy as np
        from scipy.special import stdtr, stdtrit

        plain, robust = self._errors()
        coefficients = self._slopes / self._scale
        values = np.concatenate([[self._mean - self._centre @ coefficients], coefficients]) * self._unit
        betas = [None, *(self._slopes / math.sqrt(self._sst)).tolist()]
        inflation = [None, *(self._inverse**2).sum(axis=1).tolist()]
        reach = float(stdtrit(self.dof, 0.975))

        def p_of(coef: float, error: float) -> float | None:
            return 2 * float(stdtr(self.dof, -abs(coef) / error)) if error > 0 else None

        return [
            Term(coef, coef - reach * error, coef + reach * error, error, coef / error if error > 0 else None,
                 p_of(coef, error), beta, p_of(coef, wide), vif)
            for coef, error, wide, beta, vif in zip(values.tolist(), plain, robust, betas, inflation, strict=True)
        ]  # fmt: skip

    def _errors(self) -> tuple[list[float], list[float]]:
        """The terms' standard errors: the usual ones, and HC3 (MacKinnon & White 1985, J. Econometrics 29)."""
        import numpy as np

        ends = np.zeros((len(self.kept), len(self.kept)))
        ends[0, 0] = 1 / math.sqrt(self.n)
        ends[0, 1:] = -(self._centre / self._scale) @ self._inverse
        ends[1:, 1:] = self._inverse / self._scale[:, None]
        weights = (self._residuals / np.maximum(1 - self.leverage, 1e-9)) ** 2
        whole = np.column_stack([np.full(self.n, 1 / math.sqrt(self.n)), self._q])
        middle = whole.T @ (whole * weights[:, None])
        plain = (ends**2).sum(axis=1) * self._sse / self.dof
        robust = np.einsum("ij,jk,ik->i", ends, middle, ends)
        both = [(np.sqrt(np.maximum(variances, 0)) * self._unit).tolist() for variances in (plain, robust)]
        return both[0], both[1]


def independent(scaled: Array, varies: Any) -> list[int]:
    """The columns that the ones before them don't determine, by Gram-Schmidt with a tolerance of 1e-9."""
    import numpy as np

    basis: list[Array] = []
    kept = []
    for place in range(scaled.shape[1]):
        left = scaled[:, place].copy()
        for _ in range(2):
            for direction in basis:
                left -= (direction @ left) * direction
        size = float(np.linalg.norm(left))
        if varies[place] and size > 1e-9:
            basis.append(left / size)
            kept.append(place)
    return kept
