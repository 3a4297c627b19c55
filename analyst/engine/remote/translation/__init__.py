"""DuckDB's SQL in the dialect of a server that holds the table: equal, or refused with the way to say it.

The text is read by DuckDB's own parser and written anew from its tree. Types decide what an expression means, so every
expression is typed on the way up; a construct or a function without a rule is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyst.engine.errors import TranslationError
from analyst.engine.parsing import parse
from analyst.engine.remote.translation.operands import Dialect
from analyst.engine.remote.translation.queries import Queries
from analyst.engine.remote.translation.spark import SPARK
from analyst.engine.remote.translation.types import read_type

DOOR = ("SPARK", "translate")
"""What other modules of the engine use."""


def translate(
    sql: str,
    relations: Mapping[str, Mapping[str, str]],
    dialect: Dialect = SPARK,
    values: Sequence[object] = (),
) -> str:
    """One SELECT of DuckDB's as one of the server's, reading none but `relations` (name → column → DuckDB's type);
    `values` stand for its $1, $2, ….

    Its columns stand in the same order, under their aliases or column names. TranslationError says what has no equal,
    and how to say it; EngineError when the text does not parse.
    """
    trees = parse(sql)
    if len(trees) != 1:
        raise TranslationError(f"The text holds {len(trees)} statements: write one SELECT.")
    known = {
        name.casefold(): tuple((column, read_type(type)) for column, type in columns.items())
        for name, columns in relations.items()
    }
    try:
        text, _ = Queries(dialect, values).read(trees[0]["node"], known)
    except RecursionError:
        raise TranslationError("The query is nested too deeply: split it into two steps.") from None
    dialect.require_safe(text, known)
    return text
