"""Aggregates and window functions in Spark SQL, equal to DuckDB's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyst.engine.remote.translation.operands import Operand, Rule
from analyst.engine.remote.translation.results import first, sum_type
from analyst.engine.remote.translation.types import BIGINT, BOOLEAN, DOUBLE, HUGEINT, VARCHAR, SqlType
from analyst.engine.remote.translation.window_functions import FUNCTIONS


def _lists(parts: Sequence[Operand]) -> SqlType:
    return SqlType("LIST", item=DOUBLE)


def _quantile_disc(value: Operand, share: Operand, over: str, order: str) -> str:
    return f"percentile_disc({share.text}) WITHIN GROUP (ORDER BY {value.text}){over}"


def _decimal_quantile(value: Operand, share: str, over: str) -> str:
    """A quantile of decimals, which is one itself: DuckDB cuts off what lies between two of them."""
    scale = f"1E{value.type.scale}D"
    steps = f"round(percentile(CAST({value.text} AS DOUBLE), {share}){over} * {scale}, 6)"
    whole = f"(CASE WHEN {steps} < 0 THEN ceil({steps}) ELSE floor({steps}) END)"
    return f"CAST({whole} / {scale} AS DECIMAL({value.type.width}, {value.type.scale}))"


def _count(over: str, order: str) -> str:
    return f"count(*){over}"


_N = "count({0}){over}"
_SKEWNESS = (
    f"(CASE WHEN {_N} > 2 THEN sqrt(CAST({_N} AS DOUBLE) * ({_N} - 1)) / nullif({_N} - 2, 0) "
    f"* skewness({{0}}){{over}} END)"
)
_KURTOSIS = (
    f"(CASE WHEN {_N} > 3 THEN (CAST({_N} AS DOUBLE) - 1) / nullif((CAST({_N} AS DOUBLE) - 2) * ({_N} - 3), 0) "
    f"* (({_N} + 1) * kurtosis({{0}}){{over}} + 6) END)"
)
_COUNT = (
    Rule("", BIGINT, _count),
    Rule("any", BIGINT, "count({0}){over}", distinct=True),
)
_AVERAGE = (Rule("double", DOUBLE, "avg({0}){over}", distinct=True),)
_MEDIAN = (
    Rule("fraction", first, lambda value, over, order: _decimal_quantile(value, "0.5D", over)),
    Rule("double", DOUBLE, "percentile({0}, 0.5D){over}"),
)
_QUANTILE = (
    Rule("fraction double!", first, lambda value, share, over, order: _decimal_quantile(value, share.text, over)),
    Rule("double double!", DOUBLE, "percentile({0}, {1}){over}"),
    Rule("double list!", _lists, "percentile({0}, {1}){over}"),
)
_ANY = (Rule("any", first, "any_value({0}, TRUE){over}"),)
_ARG_MAX = (Rule("any any", first, "max_by({0}, CASE WHEN {0} IS NOT NULL THEN {1} END){over}"),)
_ARG_MIN = (Rule("any any", first, "min_by({0}, CASE WHEN {0} IS NOT NULL THEN {1} END){over}"),)
_JOINED = (
    Rule(
        "text words!", VARCHAR, "listagg({0}, {1}) WITHIN GROUP (ORDER BY {order}){over}", distinct=True, ordered=True
    ),
)
_COUNT_IF = (Rule("condition", HUGEINT, "count_if({0}){over}"),)


def _plain(name: str, spark: str = "") -> tuple[Rule, ...]:
    return (Rule("double", DOUBLE, f"{spark or name}({{0}}){{over}}"),)


def _paired(name: str) -> tuple[Rule, ...]:
    return (Rule("double double", DOUBLE, f"{name}({{0}}, {{1}}){{over}}"),)


_PAIR_X = "CASE WHEN {1} IS NOT NULL THEN {0} END"
_PAIR_Y = "CASE WHEN {0} IS NOT NULL THEN {1} END"
_CORR = (
    f"(CASE WHEN count({_PAIR_X}){{over}} > 0 THEN coalesce(covar_pop({{0}}, {{1}}){{over}} / "
    f"nullif(stddev_pop({_PAIR_X}){{over}} * stddev_pop({_PAIR_Y}){{over}}, 0D), CAST('NaN' AS DOUBLE)) END)"
)
"""Spark's own corr() fails, or is NULL, where one side does not vary; DuckDB's is NaN."""
_SLOPE = (
    f"(CASE WHEN count({_PAIR_X}){{over}} > 0 "
    f"THEN coalesce(regr_slope({{0}}, {{1}}){{over}}, CAST('NaN' AS DOUBLE)) END)"
)

AGGREGATES: Mapping[str, tuple[Rule, ...]] = {
    "count_star": _COUNT,
    "count": _COUNT,
    "sum": (
        Rule("integer", HUGEINT, "sum({0}){over}", distinct=True),
        Rule("decimal", sum_type, "sum({0}){over}", distinct=True),
        Rule("double", DOUBLE, "sum({0}){over}", distinct=True),
        Rule("boolean", HUGEINT, "sum(CAST({0} AS INT)){over}"),
    ),
    "fsum": _plain("sum"),
    "kahan_sum": _plain("sum"),
    "sumkahan": _plain("sum"),
    "favg": _plain("avg"),
    "avg": _AVERAGE,
    "min": (Rule("any", first, "min({0}){over}"),),
    "max": (Rule("any", first, "max({0}){over}"),),
    **{name: _plain(name, "stddev_samp") for name in ("stddev", "stddev_samp")},
    "stddev_pop": _plain("stddev_pop"),
    **{name: _plain(name, "var_samp") for name in ("variance", "var_samp")},
    "var_pop": _plain("var_pop"),
    "covar_pop": _paired("covar_pop"),
    "covar_samp": _paired("covar_samp"),
    "corr": (Rule("double double", DOUBLE, _CORR),),
    "regr_slope": (Rule("double double", DOUBLE, _SLOPE),),
    **{name: _paired(name) for name in ("regr_intercept", "regr_r2", "regr_avgx", "regr_avgy")},
    "regr_count": (Rule("double double", BIGINT, "regr_count({0}, {1}){over}"),),
    "skewness": (Rule("double", DOUBLE, _SKEWNESS),),
    "kurtosis": (Rule("double", DOUBLE, _KURTOSIS),),
    "median": _MEDIAN,
    "quantile_cont": _QUANTILE,
    "quantile_disc": (Rule("number double!", first, _quantile_disc),),
    "any_value": _ANY,
    "arg_max": _ARG_MAX,
    "arg_min": _ARG_MIN,
    "string_agg": _JOINED,
    "bool_and": (Rule("boolean", BOOLEAN, "bool_and({0}){over}"),),
    "bool_or": (Rule("boolean", BOOLEAN, "bool_or({0}){over}"),),
    "count_if": _COUNT_IF,
}
"""By DuckDB's name. Each skips NULL, which FILTER is translated by."""

WINDOWS: Mapping[str, tuple[Rule, ...]] = {
    **FUNCTIONS,
    "count distinct": (Rule("any", BIGINT, "CAST(size(collect_set({0}){over}) AS BIGINT)"),),
}
"""By DuckDB's name."""
