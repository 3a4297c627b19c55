"""Aggregates in PostgreSQL's SQL, equal to DuckDB's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.operands import Operand, Rule
from analyst.engine.remote.translation.results import first, sum_type
from analyst.engine.remote.translation.types import BIGINT, BOOLEAN, DOUBLE, HUGEINT, VARCHAR

_NAN = "CAST('NaN' AS double precision)"
Written = Callable[..., str]


def _not_over(name: str, template: str) -> Written:
    """The text of an aggregate that can't stand over a window."""

    def write(*parts: Operand, over: str, order: str) -> str:
        if over:
            raise TranslationError(f"{name}() OVER has no equal on PostgreSQL: compute it by GROUP BY and join it.")
        return template.format(*(part.text for part in parts), order=order)

    return write


def _plain(name: str) -> tuple[Rule, ...]:
    return (Rule("double", DOUBLE, f"{name}({{0}}){{over}}"),)


def _paired(name: str) -> tuple[Rule, ...]:
    return (Rule("double double", DOUBLE, f"{name}({{0}}, {{1}}){{over}}"),)


def _of_pairs(name: str) -> tuple[Rule, ...]:
    """An aggregate of pairs that is NaN where one side does not vary, and NULL where there is no pair."""
    text = f"(CASE WHEN regr_count({{0}}, {{1}}){{over}} > 0 THEN coalesce({name}({{0}}, {{1}}){{over}}, {_NAN}) END)"
    return (Rule("double double", DOUBLE, text),)


def _no_decimal(name: str) -> Written:
    def write(*parts: Operand, over: str, order: str) -> str:
        raise TranslationError(f"{name}() of a DECIMAL has no equal on PostgreSQL: cast it to DOUBLE.")

    return write


_N = "count({0}){over}"
_SUM, _SQUARES, _CUBES = (f"sum({' * '.join(['CAST({0} AS numeric)'] * degree)}){{over}}" for degree in (1, 2, 3))
_SPREAD = f"CAST({_N} * {_SQUARES} - {_SUM} * {_SUM} AS double precision)"
_LEAN = (
    f"CAST({_N} * {_N} * {_CUBES} - 3 * {_N} * {_SUM} * {_SQUARES} + 2 * {_SUM} * {_SUM} * {_SUM} AS double precision)"
)
_SKEWNESS = (
    f"(CASE WHEN {_N} > 2 THEN sqrt(CAST({_N} AS double precision) * ({_N} - 1)) / nullif({_N} - 2, 0) "
    f"* {_LEAN} / nullif(power({_SPREAD}, 1.5), 0) END)"
)
"""From sums of decimals, which lose no digit: PostgreSQL has no skewness of its own."""
_COUNT = (
    Rule("", BIGINT, "count(*){over}"),
    Rule("any", BIGINT, "count({0}){over}", distinct=True),
)
_AVERAGE = (Rule("double", DOUBLE, "avg({0}){over}", distinct=True),)
_MEDIAN = (
    Rule("fraction", first, _no_decimal("median")),
    Rule("double", DOUBLE, _not_over("median", "percentile_cont(0.5) WITHIN GROUP (ORDER BY {0})")),
)
_QUANTILE = (
    Rule("fraction double!", first, _no_decimal("quantile_cont")),
    Rule("double double!", DOUBLE, _not_over("quantile_cont", "percentile_cont({1}) WITHIN GROUP (ORDER BY {0})")),
)
_EXACT = "percentile_disc({1}) WITHIN GROUP (ORDER BY {0})"


def _extreme(name: str, of_booleans: str) -> tuple[Rule, ...]:
    return (Rule("boolean", BOOLEAN, f"{of_booleans}({{0}}){{over}}"), Rule("any", first, f"{name}({{0}}){{over}}"))


def _by(name: str, way: str) -> tuple[Rule, ...]:
    """The value of the row where another one is greatest or smallest; of several such rows the smallest value."""
    both = "{0} IS NOT NULL AND {1} IS NOT NULL"
    text = f"(array_agg({{0}} ORDER BY {{1}} {way}, {{0}} ASC) FILTER (WHERE {both}))[1]"
    return (Rule("any any", first, _not_over(name, text)),)


_ARG_MAX, _ARG_MIN = _by("arg_max", "DESC"), _by("arg_min", "ASC")
_JOINED = (
    Rule(
        "text words!",
        VARCHAR,
        _not_over("string_agg", "string_agg({0}, {1} ORDER BY {order})"),
        distinct=True,
        ordered=True,
    ),
)
_COUNT_IF = (Rule("condition", HUGEINT, "count(CASE WHEN {0} THEN 1 END){over}"),)

AGGREGATES: Mapping[str, tuple[Rule, ...]] = {
    "count_star": _COUNT,
    "count": _COUNT,
    "sum": (
        Rule("integer", HUGEINT, "sum({0}){over}", distinct=True),
        Rule("decimal", sum_type, "sum({0}){over}", distinct=True),
        Rule("double", DOUBLE, "sum({0}){over}", distinct=True),
        Rule("boolean", HUGEINT, "sum(CAST({0} AS integer)){over}"),
    ),
    **dict.fromkeys(("fsum", "kahan_sum", "sumkahan"), _plain("sum")),
    "favg": _plain("avg"),
    "avg": _AVERAGE,
    "min": _extreme("min", "bool_and"),
    "max": _extreme("max", "bool_or"),
    **dict.fromkeys(("stddev", "stddev_samp"), _plain("stddev_samp")),
    "stddev_pop": _plain("stddev_pop"),
    **dict.fromkeys(("variance", "var_samp"), _plain("var_samp")),
    "var_pop": _plain("var_pop"),
    "covar_pop": _paired("covar_pop"),
    "covar_samp": _paired("covar_samp"),
    "corr": _of_pairs("corr"),
    "regr_slope": _of_pairs("regr_slope"),
    "regr_count": (Rule("double double", BIGINT, "regr_count({0}, {1}){over}"),),
    "skewness": (Rule("double", DOUBLE, _SKEWNESS),),
    "median": _MEDIAN,
    "quantile_cont": _QUANTILE,
    "quantile_disc": (Rule("number double!", first, _not_over("quantile_disc", _EXACT)),),
    "any_value": _extreme("min", "bool_and"),
    "arg_max": _ARG_MAX,
    "arg_min": _ARG_MIN,
    "string_agg": _JOINED,
    "bool_and": (Rule("boolean", BOOLEAN, "bool_and({0}){over}"),),
    "bool_or": (Rule("boolean", BOOLEAN, "bool_or({0}){over}"),),
    "count_if": _COUNT_IF,
}
"""By DuckDB's name. Each skips NULL, which FILTER is translated by."""
