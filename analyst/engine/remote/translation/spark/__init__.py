"""Spark SQL as a dialect: how it writes names and text, its types, and every function that equals one of DuckDB's."""

from __future__ import annotations

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.advice import ADVICE
from analyst.engine.remote.translation.aliases import with_aliases
from analyst.engine.remote.translation.operands import Dialect
from analyst.engine.remote.translation.spark.aggregates import AGGREGATES, WINDOWS
from analyst.engine.remote.translation.spark.casts import TYPES, cast
from analyst.engine.remote.translation.spark.dates import DATES
from analyst.engine.remote.translation.spark.numbers import NUMBERS
from analyst.engine.remote.translation.spark.safety import ALLOWED
from analyst.engine.remote.translation.spark.text import LAMBDAS, TEXTS, text_literal


def quote(name: str) -> str:
    """A name as an identifier of Spark. TranslationError for one that Spark would fill in."""
    if "${" in name:
        raise TranslationError(f"The name {name!r} holds ${{, which Spark would fill in: rename the column.")
    return "`" + name.replace("`", "``") + "`"


SPARK = Dialect(
    name="Spark",
    quote=quote,
    text=text_literal,
    cast=cast,
    types=TYPES,
    functions=with_aliases({**NUMBERS, **DATES, **TEXTS}),
    aggregates=with_aliases(AGGREGATES),
    windows=WINDOWS,
    rows="explode({0})",
    run="sequence(CAST({0} AS BIGINT), CAST({1} AS BIGINT))",
    lateral="LATERAL VIEW explode({0}) {1} AS {2}",
    joins={
        "INNER": "INNER JOIN",
        "LEFT": "LEFT JOIN",
        "RIGHT": "RIGHT JOIN",
        "FULL": "FULL JOIN",
        "SEMI": "LEFT SEMI JOIN",
        "ANTI": "LEFT ANTI JOIN",
    },
    lambdas=LAMBDAS,
    require_safe=ALLOWED.require_safe,
    grouping="grouping_id",
    skips_nulls=True,
    array="ARRAY<{0}>",
    advice=ADVICE,
)
"""Spark SQL 4 in ANSI mode, whose session has the time zone UTC."""
