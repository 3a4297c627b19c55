"""The same measures of many columns: one wide aggregate for a few columns, an unpivoted one for very many."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence

from analyst.core.quoting import quoted, quoted_names
from analyst.engine.interface import Engine, Row

_WIDE = 60
"""More columns than this are unpivoted: planning thousands of aggregates takes longer than computing them."""


_RUNS = 4


def spread(rows: int, size: int) -> str:
    """SQL for `size` of the `rows` rows of a relation with rowid, in runs from all over it."""
    run = -(-size // _RUNS)
    starts = sorted({max(0, place * (rows - run) // (_RUNS - 1)) for place in range(_RUNS)})
    return " OR ".join(f"rowid BETWEEN {start} AND {start + run - 1}" for start in starts)


def per_column(engine: Engine, relation: str, columns: Sequence[str], terms: Sequence[str]) -> dict[str, Row]:
    """Aggregates of each of `columns`, which have one type. A term is SQL in which `{v}` stands for the column."""
    if not columns:
        return {}
    if len(columns) <= _WIDE:
        asked = [term.replace("{v}", quoted(column)) for column in columns for term in terms]
        found = engine.rows(f"SELECT {', '.join(asked)} FROM {relation}")[0]
        width = len(terms)
        return {column: tuple(found[i * width : (i + 1) * width]) for i, column in enumerate(columns)}
    picked = quoted_names(columns)
    asked = [term.replace("{v}", "v") for term in terms]
    rows = engine.rows(
        f"SELECT c, {', '.join(asked)} FROM (SELECT {picked} FROM {relation})"
        f" UNPIVOT INCLUDE NULLS (v FOR c IN ({picked})) GROUP BY c"
    )
    return {row[0]: tuple(row[1:]) for row in rows}
