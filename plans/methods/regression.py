"""linear_regression: a number explained by others, each coefficient with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts.table import TableProfile
from plans.method import Columns, Method, Result, Schema, Source, refuse
from plans.methods.columns import number, number_problems
from plans.methods.design import cell_terms, feature_names, feature_problems, model_frame, one_hot
from plans.methods.parameters import MODEL_SYNONYMS, Explaining
from plans.methods.results import Fields, formats, table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

_FIT: Fields = (
    *((name, "DOUBLE") for name in ("r2", "adj_r2", "f_p")),
    ("n", "BIGINT"),
    ("rmse", "DOUBLE"),
)
_COEFFICIENTS: Fields = (
    ("term", "VARCHAR"),
    *((name, "DOUBLE") for name in ("coef", "coef_low", "coef_high", "std_err", "t", "p")),
)
_MAX_ROWS = 500_000


class RegressionParameters(Explaining):
    """The number to explain and what explains it."""


def run(source: Source, wanted: RegressionParameters) -> list[Result]:
    """Ordinary least squares with an intercept, on the rows that have every value.

    Text features: a 0/1 column for each level but the first (sorted). t, p and 95 % interval by Student's t; f_p by F;
    rmse = sqrt(SSE / n). Source: Greene, Econometric Analysis, ch. 3-5. Terms that others determine (singular design)
    are dropped, with a warning.
    """
    features = feature_names(wanted.features, wanted.target, source.columns)
    target = number(source, wanted.target)
    frame, warnings = model_frame(source, wanted.target, features, _MAX_ROWS)
    if target.is_rate:
        warnings.append(f"{wanted.target!r} is a yes/no: coefficients are differences in its rate; see also logistic")
        if frame[wanted.target].dtype.kind not in "fiub":
            texts = frame[wanted.target].str.strip().str.lower()
            frame[wanted.target] = (texts == target.yes).astype(float)
    whole = frame.dropna()
    if len(whole) < len(frame):
        warnings.append(f"{len(frame) - len(whole)} row(s) with a missing value are left out")
    design = one_hot(whole, [name for name in features if name != wanted.target], drop_first=True)
    fit = least_squares(design.to_numpy(dtype=float), whole[wanted.target].to_numpy(dtype=float))
    names = ["intercept", *design.columns]
    cells = set(cell_terms(source, names, features))
    warnings += _doubts(fit, [name.partition("=")[0] if at in cells else name for at, name in enumerate(names)])
    rows = [(names[place], *row) for place, row in zip(fit.kept, fit.rows, strict=True)]
    spelt = f"{wanted.target} on {', '.join(features)}"
    return [
        table(_FIT, [(fit.r2, fit.adj_r2, fit.f_p, fit.n, fit.rmse)], formats=formats(_FIT, {}),
              warnings=tuple(warnings), what=f"least squares of {spelt}"),
        table(_COEFFICIENTS, rows, suffix="coef", key=("term",), formats=formats(_COEFFICIENTS, {}),
              withheld={"term": cell_terms(source, [row[0] for row in rows], features)},
              what=f"coefficients of {spelt}, 95 % intervals"),
    ]  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """A least-squares fit: `kept` are the places of the terms kept (0 is the intercept); a row of `rows` is coef, low,
    high, std_err, t, p."""

    r2: float | None
    adj_r2: float | None
    f_p: float | None
    n: int
    rmse: float
    kept: tuple[int, ...]
    dropped: tuple[int, ...]
    rows: tuple[tuple[float | None, ...], ...]


def least_squares(features: Array, target: Array) -> Fit:
    """OLS by QR on centred, scaled columns, so that no scale is lost; PlanError for fewer rows than terms."""
    import numpy as np

    n = len(target)
    if n < 3 or target.min() == target.max():
        raise refuse(
            f"linear_regression: {n} complete row(s)" + (" with a constant target" if n >= 3 else "")
            + " can't be fitted: fill missing values (impute) or name other columns"
        )  # fmt: skip
    centre = features.mean(axis=0)
    scale = np.sqrt(((features - centre) ** 2).sum(axis=0))
    kept = independent(
        (features - centre) / np.where(scale > 0, scale, 1.0), scale > 1e-12 * (np.abs(centre) + 1e-300) * math.sqrt(n)
    )
    dof = n - len(kept) - 1
    if dof < 1:
        raise refuse(f"linear_regression: {n} complete rows are too few for {len(kept) + 1} terms: name fewer features")
    unit = float(np.abs(target).max())
    target = target / unit
    q, r = np.linalg.qr((features[:, kept] - centre[kept]) / scale[kept])
    shift = target.mean()
    slopes = np.linalg.solve(r, q.T @ (target - shift)) if kept else np.zeros(0)
    residuals = target - shift - q @ (q.T @ (target - shift)) if kept else target - shift
    sse, sst = float(residuals @ residuals), float(((target - shift) ** 2).sum())
    inverse = np.linalg.inv(r) if kept else np.zeros((0, 0))
    spread = (inverse @ inverse.T) / np.outer(scale[kept], scale[kept])
    coefficients = slopes / scale[kept]
    offsets = centre[kept]
    variances = np.concatenate([[1 / n + offsets @ spread @ offsets], np.diag(spread)]) * sse / dof
    terms = np.concatenate([[shift - offsets @ coefficients], coefficients])
    rows = _rows(terms * unit, np.sqrt(variances) * unit, dof)
    r2 = max(0.0, 1 - sse / sst)
    places = tuple(1 + k for k in kept)
    return Fit(r2, 1 - (1 - r2) * (n - 1) / dof, _f_p(r2, len(kept), dof), n, math.sqrt(sse / n) * unit, (0, *places),
               tuple(k for k in range(1, features.shape[1] + 1) if k not in places), rows)  # fmt: skip


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


def _rows(coefficients: Array, errors: Array, dof: int) -> tuple[tuple[float | None, ...], ...]:
    from scipy.special import stdtr, stdtrit

    reach = float(stdtrit(dof, 0.975))
    rows: list[tuple[float | None, ...]] = []
    for coef, error in zip(map(float, coefficients), map(float, errors), strict=True):
        t = coef / error if error > 0 else None
        p = 2 * float(stdtr(dof, -abs(t))) if t is not None else None
        rows.append((coef, coef - reach * error, coef + reach * error, error, t, p))
    return tuple(rows)


def _f_p(r2: float, terms: int, dof: int) -> float | None:
    from scipy.special import fdtrc

    if terms == 0:
        return None
    return 0.0 if r2 >= 1 else float(fdtrc(terms, dof, r2 / terms / ((1 - r2) / dof)))


def _doubts(fit: Fit, names: Sequence[str]) -> list[str]:
    warnings = []
    if fit.dropped:
        lost = ", ".join(repr(names[place]) for place in fit.dropped[:8])
        warnings.append(f"constant or determined by other terms, so dropped (singular design): {lost}")
    if fit.n < 10 * (len(fit.kept) - 1):
        warnings.append(f"only {fit.n} rows for {len(fit.kept) - 1} terms: the fit may not hold beyond these rows")
    if fit.r2 is not None and fit.r2 > 0.999999:
        warnings.append("the features determine the target exactly: is it computed from them?")
    return warnings


def _schema(wanted: RegressionParameters, columns: Columns) -> Schema:
    return {"": list(_FIT), "coef": list(_COEFFICIENTS)}


def _check(wanted: RegressionParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    problems = number_problems([wanted.target], columns, profile)
    return problems + feature_problems(wanted.features, wanted.target, columns, "linear_regression")


REGRESSION = Method(
    name="linear_regression",
    parameters=RegressionParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("target", "features"),
    synonyms=MODEL_SYNONYMS,
    aliases=("regression", "ols", "linear_model"),
    signature=(
        "linear_regression(target,features) -> r2,adj_r2,f_p,n,rmse; table <id>_coef: term,coef,coef_low,coef_high,"
        "std_err,t,p"
    ),
)  # fmt: skip
