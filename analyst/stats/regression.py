"""linear_regression: a number explained by others, each coefficient with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple

from analyst.core.text import counted
from analyst.protocol.facts import Caution, measuring
from analyst.protocol.table import TableProfile
from analyst.stats.columns import number, number_problems
from analyst.stats.design import cell_terms, feature_names, feature_problems, identifier_warnings, model_frame, one_hot
from analyst.stats.least_squares import Fit
from analyst.stats.method import Columns, Method, Result, Schema, Source, is_numeric
from analyst.stats.parameters import MODEL_SYNONYMS, Explaining
from analyst.stats.results import Fields, formats, table

_FIT: Fields = (
    *((name, "DOUBLE") for name in ("r2", "adj_r2", "f_p")),
    ("n", "BIGINT"),
    ("rmse", "DOUBLE"),
    ("spread_p", "DOUBLE"),
)
_COEFFICIENTS: Fields = (
    ("term", "VARCHAR"),
    *((name, "DOUBLE") for name in ("coef", "coef_low", "coef_high", "std_err", "t", "p", "beta", "p_robust", "vif")),
)
_AT: Fields = tuple(
    (name, "DOUBLE") for name in ("prediction", "prediction_low", "prediction_high", "mean_low", "mean_high")
)
_MAX_ROWS = 500_000


class RegressionParameters(Explaining):
    """The number to explain and what explains it; `at`: values of the features to predict it for."""

    at: dict[str, float | str | bool] | None = None


def run(source: Source, wanted: RegressionParameters) -> list[Result]:
    """Ordinary least squares with an intercept, on the rows that have every value.

    Text features: a 0/1 column for each level but the first (sorted). t, p and 95 % interval by Student's t; f_p by F;
    rmse = sqrt(SSE / n); beta: coefficient in standard deviations; p_robust: by HC3 errors; vif: variance inflation;
    spread_p: Breusch & Pagan's test of uneven errors. Source: Greene, Econometric Analysis, ch. 3-5 and 9; see
    analyst.stats.least_squares. Terms that others determine (singular design) are dropped, with a warning.
    """
    features = feature_names(wanted.features, wanted.target, source.columns)
    target = number(source, wanted.target)
    frame, warnings = model_frame(source, wanted.target, features, _MAX_ROWS)
    if target.is_rate:
        warnings.append(
            f"{wanted.target!r} is a yes/no column: coefficients are differences in its rate; see also logistic"
        )
        if frame[wanted.target].dtype.kind not in "fiub":
            texts = frame[wanted.target].str.strip().str.lower()
            frame[wanted.target] = (texts == target.yes).astype(float)
    whole = frame.dropna()
    if len(whole) < len(frame):
        warnings.append(f"left out: {counted(len(frame) - len(whole), 'row')} with a missing value")
    design = one_hot(whole, [name for name in features if name != wanted.target], drop_first=True)
    fit = Fit(design.to_numpy(dtype=float), whole[wanted.target].to_numpy(dtype=float))
    names = ["intercept", *design.columns]
    cells = set(cell_terms(source, names, features))
    warnings += _doubts(fit, [name.partition("=")[0] if at in cells else name for at, name in enumerate(names)])
    warnings += identifier_warnings(source, features)
    rows = [(names[place], *astuple(term)) for place, term in zip(fit.kept, fit.terms(), strict=True)]
    spelt = f"{wanted.target} on {', '.join(features)}"
    expected = [_predicted(fit, list(design.columns), wanted, spelt)] if wanted.at else []
    return [
        table(_FIT, [(fit.r2, fit.adj_r2, fit.f_p, fit.n, fit.rmse, fit.spread_p)],
              formats=formats(_FIT, {"spread_p": "p_value"}),
              warnings=tuple(warnings), cautions=_cautions(fit), facts=measuring("", wanted.target),
              what=f"least squares of {spelt}"),
        table(_COEFFICIENTS, rows, suffix="coef", key=("term",),
              formats=formats(_COEFFICIENTS, {"p_robust": "p_value"}),
              withheld={"term": cell_terms(source, [row[0] for row in rows], features)},
              what=f"coefficients of {spelt}, with 95% intervals"),
        *expected,
    ]  # fmt: skip


def _predicted(fit: Fit, names: Sequence[str], wanted: RegressionParameters, spelt: str) -> Result:
    """What the fit expects at given values: the 95 % interval of one new value, and that of the mean of many."""
    import numpy as np
    from scipy.special import stdtrit

    given = wanted.at or {}
    row = [_value_at(given, name) for name in names]
    expected, new, mean = fit.predict(np.array(row, dtype=float))
    reach = float(stdtrit(fit.dof, 0.975))
    told = ", ".join(f"{name}={value}" for name, value in given.items())
    cells = (expected, expected - reach * new, expected + reach * new, expected - reach * mean, expected + reach * mean)
    return table(_AT, [cells], suffix="at", formats=formats(_AT, {}), what=f"prediction of {spelt} at {told}")


def _value_at(given: Mapping[str, float | str | bool], term: str) -> float:
    """The value of a term of the design: a number, or 1 for the level that is given."""
    if term in given:
        return float(given[term])
    feature, _, level = term.partition("=")
    return float(str(given.get(feature)) == level)


def _cautions(fit: Fit) -> tuple[Caution, ...]:
    if fit.spread_p is None or fit.spread_p >= 0.01:
        return ()
    return (Caution("uneven_errors", "the size of the errors varies along the fit: use p_robust instead of p"),)


def _doubts(fit: Fit, names: Sequence[str]) -> list[str]:
    warnings = []
    terms = list(zip([names[place] for place in fit.kept], fit.terms(), strict=True))
    if fit.dropped:
        lost = ", ".join(repr(names[place]) for place in fit.dropped[:8])
        warnings.append(f"constant or determined by other terms, so dropped (singular design): {lost}")
    if fit.n < 10 * (len(fit.kept) - 1):
        warnings.append(f"only {fit.n} rows for {len(fit.kept) - 1} terms, so the fit may not hold for other rows")
    tangled = [repr(name) for name, term in terms if term.vif is not None and term.vif > 10]
    if tangled:
        warnings.append(
            f"multicollinearity (vif over 10): {', '.join(tangled[:8])} move together, so their individual "
            "coefficients mean little; name only one of them"
        )
    if fit.r2 > 0.98:
        warnings.append("the features determine the target (almost) exactly: is it computed from them (leakage)?")
    if fit.n < 50 and abs(fit.skew) > 1:
        warnings.append("few rows and skewed errors make p and the intervals rough")
    if fit.farthest > 1:
        warnings.append("a single row changes the coefficients (Cook's distance over 1): check the outliers")
    return warnings


def _schema(wanted: RegressionParameters, columns: Columns) -> Schema:
    return {"": list(_FIT), "coef": list(_COEFFICIENTS), **({"at": list(_AT)} if wanted.at else {})}


def _check(wanted: RegressionParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    problems = number_problems([wanted.target], columns, profile)
    if wanted.at is not None:
        names = feature_names(wanted.features, wanted.target, columns)
        lacking = [name for name in names if name not in wanted.at and name != wanted.target]
        unknown = [name for name in wanted.at if name not in names]
        problems += [f"linear_regression: at has no value for {name!r}" for name in lacking]
        problems += [f"linear_regression: at names {name!r}, which is no feature" for name in unknown]
        unfit = [n for n in wanted.at if is_numeric(columns.get(n, "")) and not isinstance(wanted.at[n], (int, float))]
        problems += [f"linear_regression: at[{name!r}] must be a number" for name in unfit]
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
        "linear_regression(target,features,[at={feature:value}]) -> r2,adj_r2,f_p,n,rmse,spread_p; _coef: term,~coef,"
        "std_err,t,p,beta,p_robust,vif; _at: ~prediction,mean_low,mean_high"
    ),
)  # fmt: skip
