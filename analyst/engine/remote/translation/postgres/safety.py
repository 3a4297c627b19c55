"""What may stand in a text of PostgreSQL's SQL: a function there can read files, sleep, write settings, call out."""

# ruff: noqa: SIM905 - a list of words reads better without quotes

from __future__ import annotations

from analyst.engine.remote.translation.safety import Allowed

CLAUSES = frozenset(
    """
Alias CTE Column DataType DataTypeParam Distinct Except Filter From Group GroupingSets Having Identifier Intersect Join
Lateral Limit Offset Order Ordered Paren Select Star Subquery Table TableAlias Tuple Union Values Var Where Window
WindowSpec With WithinGroup
""".split()
)
"""Parts of a query that may occur."""
EXPRESSIONS = frozenset(
    """
Abs Add And Anonymous AnonymousAggFunc Array Between Boolean Bracket Case Cast Collate Div DPipe EQ Escape Exists
Extract GT GTE If In Interval Is Like Literal LT LTE Mod Mul NEQ Neg Not Null NullSafeEQ NullSafeNEQ Or RegexpLike Sub
""".split()
)
"""Expressions that may occur; functions are looked at by their names."""
FUNCTIONS = frozenset(
    """
abs array array_agg avg bool_and bool_or btrim cast ceil char_length coalesce concat concat_ws corr count covar_pop
covar_samp cume_dist date_trunc dense_rank exp extract first_value floor generate_series greatest grouping lag
last_value lead least left ln log lower lpad ltrim make_date max md5 min nth_value ntile nullif numeric octet_length
percent_rank
percentile_cont percentile_disc power rank regr_count regr_slope repeat replace right round row_number rpad rtrim sign
split_part sqrt starts_with stddev_pop stddev_samp string_agg strpos substr sum to_char trunc unnest upper var_pop
var_samp
""".split()
)
"""Functions of PostgreSQL that the translation writes."""

ALLOWED = Allowed("postgres", "PostgreSQL", CLAUSES, EXPRESSIONS, FUNCTIONS, words=frozenset({"like"}))
