"""PostgreSQL's SQL as a dialect: how it writes names and text, its types, and what equals a function of DuckDB's."""

from __future__ import annotations

from dataclasses import replace

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.advice import ADVICE
from analyst.engine.remote.translation.aliases import with_aliases
from analyst.engine.remote.translation.operands import Dialect
from analyst.engine.remote.translation.postgres.aggregates import AGGREGATES
from analyst.engine.remote.translation.postgres.casts import TYPES, cast, text_literal
from analyst.engine.remote.translation.postgres.dates import DATES
from analyst.engine.remote.translation.postgres.numbers import NUMBERS
from analyst.engine.remote.translation.postgres.safety import ALLOWED
from analyst.engine.remote.translation.postgres.text import CASES, TEXTS
from analyst.engine.remote.translation.window_functions import FUNCTIONS

_LONGEST_NAME = 63
_WITH_CASES = 170_000
"""The first version whose letters of all alphabets have a case that is not the database's own."""


def quote(name: str) -> str:
    """A name as an identifier of PostgreSQL. TranslationError for one that PostgreSQL would cut off."""
    if len(name.encode()) > _LONGEST_NAME or "\0" in name:
        raise TranslationError(f"The name {name!r} is longer than {_LONGEST_NAME} bytes: write a shorter one with AS.")
    return '"' + name.replace('"', '""') + '"'


POSTGRES = Dialect(
    name="PostgreSQL",
    quote=quote,
    text=text_literal,
    cast=cast,
    types=TYPES,
    functions=with_aliases({**NUMBERS, **DATES, **TEXTS}),
    aggregates=with_aliases(AGGREGATES),
    windows=FUNCTIONS,
    rows="unnest({0})",
    run="ARRAY(SELECT generate_series(CAST({0} AS bigint), CAST({1} AS bigint)))",
    lateral="CROSS JOIN LATERAL unnest({0}) AS {1} ({2})",
    joins={"INNER": "INNER JOIN", "LEFT": "LEFT JOIN", "RIGHT": "RIGHT JOIN", "FULL": "FULL JOIN"},
    lambdas={},
    require_safe=ALLOWED.require_safe,
    advice={
        **ADVICE,
        "semi join": "write WHERE EXISTS (SELECT …)",
        "anti join": "write WHERE NOT EXISTS (SELECT …)",
        "num": "CAST(x AS DOUBLE) where the text is a plain number",
        "regexp_matches": "write LIKE or ILIKE",
        "strptime": "CAST(x AS DATE) where the text is a date as 2024-01-31",
        "lower": "compare with each spelling, PostgreSQL 17 can do it",
    },
)
"""PostgreSQL 17 and later, in a database of UTF-8."""


def dialect_of(version: int) -> Dialect:
    """The dialect of a server, by the number of its version (170004)."""
    if version >= _WITH_CASES:
        return POSTGRES
    return replace(POSTGRES, functions={name: rules for name, rules in POSTGRES.functions.items() if name not in CASES})
