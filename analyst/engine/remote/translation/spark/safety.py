"""What may stand in a text of Spark SQL: a SELECT of Spark's can read files by a table's name and call Java."""

# ruff: noqa: SIM905 - a list of words reads better without quotes

from __future__ import annotations

from analyst.engine.remote.translation.safety import Allowed

CLAUSES = frozenset(
    """
Alias CTE Column DataType DataTypeParam Distinct Except From Group GroupingSets Having Identifier Intersect Join
Lateral Limit Offset Order Ordered Paren Schema Select Star Subquery Table TableAlias Tuple Union Values Var Where
Window WindowSpec With WithinGroup
""".split()
)
"""Parts of a query that may occur."""
EXPRESSIONS = frozenset(
    """
Abs Add And Anonymous AnonymousAggFunc Between Boolean Bracket Case Cast Div EQ Escape Exists Extract GT GTE If
IgnoreNulls ILike In IntDiv Interval IntervalSpan Is LT Lambda LTE Like Literal Mod Mul NEQ Neg Not Null NullSafeEQ
NullSafeNEQ Or RegexpLike Sub TryCast Dot Func Collate
""".split()
)
"""Expressions that may occur; functions are looked at by their names."""
FUNCTIONS = frozenset(
    """
abs any_value array array_contains array_join arrays_overlap atan atan2 avg bool_and bool_or cast cbrt ceil
char_length coalesce collect_set concat concat_ws contains cos cosh count count_if covar_pop covar_samp cume_dist
date_add date_format date_sub date_trunc datediff day dayofweek dayofyear degrees dense_rank endswith exp explode
extract first_value floor greatest grouping grouping_id hour instr isnan kurtosis lag last_day last_value lead least
left listagg ln log10 log2 lower lpad ltrim rtrim make_date make_dt_interval make_ym_interval make_timestamp max
max_by md5 min min_by minute month nth_value ntile nullif num octet_length percent_rank percentile percentile_disc
pi power quarter radians raise_error rank regexp_extract regexp_replace regr_avgx regr_avgy regr_count
regr_intercept regr_r2 regr_slope repeat replace reverse right rint round row_number rpad second sequence sha2 sign
sin sinh size skewness split split_part sqrt startswith stddev_pop stddev_samp substring substring_index sum tan
tanh translate trim try_cast transform try_element_at try_to_timestamp unix_micros unix_millis upper var_pop
var_samp weekday weekofyear year
""".split()
)
"""Functions of Spark that the translation writes."""

ALLOWED = Allowed("spark", "Spark SQL", CLAUSES, EXPRESSIONS, FUNCTIONS, filled="${")
