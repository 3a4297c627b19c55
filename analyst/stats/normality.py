"""normality_test: whether a column's values could come from a normal distribution."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.

from __future__ import annotations

import math
import warnings as python_warnings
from typing import TYPE_CHECKING, Any, Literal

from analyst.core.text import counted
from analyst.protocol.table import TableProfile
from analyst.stats.columns import group_names, group_sql, number, number_problems, numeric_columns, with_groups
from analyst.stats.effects import holm
from analyst.stats.method import Columns, Method, Result, Schema, Source, names_of, refuse
from analyst.stats.parameters import BY_SYNONYMS, Grouped
from analyst.stats.results import Fields, formats, table
from analyst.stats.sampling import sampled_frame

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]

_SMALLEST = {"shapiro": 3, "ks": 4, "anderson": 8, "dagostino": 8, "jarque_bera": 3}
_MAX_VALUES = 1_000_000


class NormalityParameters(Grouped):
    """Columns to test, by which test, for each group."""

    columns: str | tuple[str, ...]
    test: Literal["shapiro", "ks", "anderson", "dagostino", "jarque_bera"] = "shapiro"


def run(source: Source, wanted: NormalityParameters) -> list[Result]:
    """A row a column (and group): statistic and p of the null hypothesis that the values are normal.

    shapiro, dagostino, jarque_bera: scipy.stats.shapiro, normaltest, jarque_bera. ks: Kolmogorov-Smirnov against the
    normal with fitted mean and std (ddof 1), its p too large as parameters are fitted; p_lilliefors mends that
    (statsmodels; its table ends at 0.001 and 0.2), p_standard tests against N(0, 1). anderson: A² with
    D'Agostino & Stephens' p (1986, table 4.9). p_adjusted: after Holm over all rows.
    """
    by = names_of(wanted.by, source.columns)
    names = numeric_columns(source.columns) if wanted.columns == "*" else names_of(wanted.columns, source.columns)
    rows: list[tuple[Any, ...]] = []
    warnings: list[str] = []
    for name in names:
        tested, told = _tested(source, name, by, wanted.test)
        rows += tested
        warnings += told
    if not rows:
        raise refuse(f"normality_test: no values in {', '.join(map(repr, names))}")
    adjusted = holm([row[len(by) + 2] for row in rows])
    rows = [(*row, p) for row, p in zip(rows, adjusted, strict=True)]
    fields = _fields(wanted, source.columns)
    keys = group_names(by, fields)
    shown = {"p_lilliefors": "p_value", "p_standard": "p_value"}
    return [table(fields, rows, key=(*keys, "variable"), formats=formats(fields, shown), warnings=tuple(warnings),
                  values_of=keys,
                  what=f"normality test ({wanted.test}); a small p suggests a non-normal distribution")]  # fmt: skip


def _tested(source: Source, name: str, by: list[str], test: str) -> tuple[list[tuple[Any, ...]], list[str]]:
    wanted = {f"k{i}": group_sql(group, source.columns[group]) for i, group in enumerate(by)}
    known = " AND ".join(f"{sql} IS NOT NULL" for sql in wanted.values()) or "TRUE"
    value = number(source, name).sql
    frame, warnings = sampled_frame(
        source, wanted | {"v": value}, _MAX_VALUES, where=f"{known} AND ({value}) IS NOT NULL"
    )
    groups = list(frame.groupby(list(wanted))) if by else [((), frame)]
    rows = []
    for key, group in groups:
        values = group["v"].to_numpy(dtype=float)
        told = ", ".join(source.told(group, part) for group, part in zip(by, key, strict=True))
        label = f"{name!r}" + (f" in {told}" if by else "")
        warnings += _warnings(values, test, label)
        rows.append((*key, name, *normality(values, test), len(values)))
    return rows, warnings


def normality(values: Vector, test: str) -> tuple[float | None, ...]:
    """statistic and p (for ks also p_lilliefors and p_standard); all None for a constant or too few values."""
    extra = 2 if test == "ks" else 0
    if len(values) < _SMALLEST[test] or values.min() == values.max():
        return (None,) * (2 + extra)
    if test == "anderson":
        return anderson(values)
    from scipy import stats

    if test == "ks":
        return _kolmogorov(values)
    tests: dict[str, Any] = {"shapiro": stats.shapiro, "dagostino": stats.normaltest, "jarque_bera": stats.jarque_bera}
    with python_warnings.catch_warnings():
        # Shapiro's own remark on n > 5000 is among ours.
        python_warnings.simplefilter("ignore")
        result = tests[test](values)
    return float(result.statistic), float(result.pvalue)


def anderson(values: Vector) -> tuple[float, float]:
    """A² with fitted mean and std, and p after D'Agostino & Stephens 1986, Goodness-of-Fit Techniques, table 4.9."""
    import numpy as np
    from scipy.special import log_ndtr

    n = len(values)
    z = np.sort((values - values.mean()) / values.std(ddof=1))
    weights = 2 * np.arange(1, n + 1) - 1
    statistic = float(-n - (weights * (log_ndtr(z) + log_ndtr(-z[::-1]))).sum() / n)
    a = statistic * (1 + 0.75 / n + 2.25 / n**2)
    if a < 0.2:
        p = 1 - math.exp(-13.436 + 101.14 * a - 223.73 * a * a)
    elif a < 0.34:
        p = 1 - math.exp(-8.318 + 42.796 * a - 59.938 * a * a)
    elif a < 0.6:
        p = math.exp(0.9177 - 4.279 * a - 1.38 * a * a)
    else:
        p = math.exp(1.2937 - 5.709 * a + 0.0186 * a * a) if a <= 13 else 0.0
    return statistic, p


def _kolmogorov(values: Vector) -> tuple[float, ...]:
    from scipy import stats
    from statsmodels.stats.diagnostic import lilliefors

    standardised = (values - values.mean()) / values.std(ddof=1)
    fitted = stats.kstest(standardised, "norm")
    p_lilliefors = float(lilliefors(values, dist="norm")[1])
    return float(fitted.statistic), float(fitted.pvalue), p_lilliefors, float(stats.kstest(values, "norm").pvalue)


def _warnings(values: Vector, test: str, label: str) -> list[str]:
    n = len(values)
    if n < _SMALLEST[test]:
        return [f"{label} has {counted(n, 'value')}, but {test} needs {_SMALLEST[test]}"]
    if values.min() == values.max():
        return [f"{label} is constant, so no test was run"]
    if test == "shapiro" and n > 5000:
        return [f"{label} has n = {n} > 5000: Shapiro's p is not accurate, and tiny departures are significant"]
    return [f"{label} has n = {n}: the test has little power"] if n < 20 else []


def _fields(wanted: NormalityParameters, columns: Columns) -> Fields:
    names = ["statistic", "p"] + (["p_lilliefors", "p_standard"] if wanted.test == "ks" else [])
    fields = [("variable", "VARCHAR"), *((name, "DOUBLE") for name in names), ("n", "BIGINT"), ("p_adjusted", "DOUBLE")]
    by = names_of(wanted.by, columns)
    return with_groups(by, fields, columns)


def _schema(wanted: NormalityParameters, columns: Columns) -> Schema:
    return {"": list(_fields(wanted, columns))}


def _check(wanted: NormalityParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    return [] if wanted.columns == "*" else number_problems(names_of(wanted.columns, columns), columns, profile)


NORMALITY = Method(
    name="normality_test",
    parameters=NormalityParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("columns", "by"),
    synonyms=BY_SYNONYMS | {"column": "columns", "variable": "columns", "value": "columns", "method": "test",
                            "kind": "test"},
    values={"test": {"shapiro_wilk": "shapiro", "kolmogorov_smirnov": "ks", "kstest": "ks", "lilliefors": "ks",
                     "anderson_darling": "anderson", "normaltest": "dagostino", "d_agostino": "dagostino",
                     "jarque-bera": "jarque_bera"}},
    aliases=("normality", "shapiro", "test_normality"),
    signature="normality_test(columns,test=shapiro|ks|anderson|dagostino|jarque_bera,[by]) -> variable,statistic,p,n,"
    "p_adjusted",
)  # fmt: skip
