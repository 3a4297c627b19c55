"""The last look at a text before Spark runs it: one SELECT over known relations, made of what the translation writes.

A SELECT of Spark's can read files by a table's name, call Java, and carry hints; other statements run as soon as they
are seen. sqlglot's parser of Spark SQL reads the text, which is no part of how it was written: what one of the two
mistakes, the other does not.
"""

# ruff: noqa: SIM905 - a list of words reads better without quotes

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from analyst.engine.errors import TranslationError

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

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
_WORDS = frozenset(
    """
all and as by decimal distinct div else except exists filter from group having in intersect join lateral not on or
order over select sets then union values when where
""".split()
)
"""Words of SQL that stand before a parenthesis and call nothing."""


def require_safe(text: str, relations: Collection[str]) -> None:
    """TranslationError unless `text` is one SELECT of Spark's over `relations`, made of known parts and functions."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if "${" in text or "\0" in text:
        raise _unsafe("a text that Spark would fill in")
    try:
        statements = sqlglot.parse(text, read="spark")
        tokens = sqlglot.tokenize(text, read="spark")
    except (SqlglotError, RecursionError) as error:
        raise _unsafe("a text that can't be read as one") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise _unsafe("anything but one SELECT")
    _require_words(tokens)
    _require_parts(statements[0])
    _require_tables(statements[0], {name.casefold() for name in relations})


def _require_words(tokens: Collection[Token]) -> None:
    """No comment, no hint, no call of an unknown function, whatever the tree makes of it."""
    from sqlglot.tokenizer_core import TokenType

    refused = (TokenType.HINT, TokenType.SEMICOLON, TokenType.PARAMETER, TokenType.PIPE_GT)
    before: Token | None = None
    for token in tokens:
        if token.comments or token.token_type in refused:
            raise _unsafe("a comment, a hint, a pipe or a parameter")
        if token.token_type is TokenType.L_PAREN and before is not None and _calls(before):
            raise _unsafe(f"the function {before.text}()")
        before = token


def _calls(token: Token) -> bool:
    """Whether a word before a parenthesis calls what may not be called."""
    from sqlglot.tokenizer_core import TokenType

    if token.token_type is TokenType.IDENTIFIER:
        return False  # the names of a relation's columns: a call by a quoted name is a function in the tree
    word = token.text.casefold().split(" ")[-1]
    return word[:1].isalpha() and word not in FUNCTIONS | _WORDS


def _require_parts(tree: exp.Expr) -> None:
    """Known parts only; the functions that sqlglot knows were held against FUNCTIONS as words."""
    from sqlglot import exp
    from sqlglot.dialects.dialect import Dialect

    unmarked = tuple(Dialect.get_or_raise("spark").parser_class.NO_PAREN_FUNCTIONS.values())
    for node in tree.walk():
        kind = type(node).__name__
        if isinstance(node, exp.Anonymous):
            if str(node.name).casefold() not in FUNCTIONS or isinstance(node.this, exp.Identifier):
                raise _unsafe(f"the function {node.name}()")
        elif (
            isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier) and not node.this.args.get("quoted")
        ):
            raise _unsafe(f"{node.name}, which may be a function")
        elif isinstance(node, unmarked) or (not isinstance(node, exp.Func) and kind not in CLAUSES | EXPRESSIONS):
            raise _unsafe(kind)


def _require_tables(tree: exp.Expr, relations: Collection[str]) -> None:
    from sqlglot import exp

    named = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        plain = isinstance(table.this, exp.Identifier) and not table.args.get("db") and not table.args.get("catalog")
        if not plain or table.name.casefold() not in {*relations, *named}:
            raise _unsafe(f"the table {table.sql('spark')}")


def _unsafe(what: str) -> TranslationError:
    return TranslationError(f"The query in Spark SQL holds {what}, which may not run: write it another way.")
