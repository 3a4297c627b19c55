"""Columns whose cells are written the plain way ("42", "2024-01-05"): typed as they are read, each cell proving it.

The first part of a file proposes types, every cell must bear them out, and a column with one that does not is read as
text. What a value no longer shows is asked of the text before: leading zeros make a number a code, and a column where
a point may part thousands stays text until the rest of the file tells.
"""

# Columns are names of the stage.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analyst.datasets.readings import READINGS
from analyst.datasets.separators import DOUBTFUL
from analyst.datasets.sources.sniffing import Text, first_rows
from analyst.engine.loading import Loader

_PROOFS = 3
"""Numbers that can be read in one way only from which on no total or remark alone tells how a column is read."""
_BITS = 60
"""Columns whose refuted cells one mask marks."""
_KINDS = {reading.kind: kind for kind, reading in READINGS.items() if reading.plain}
"""The one plain reading of each type."""


def propose(text: Text) -> dict[str, str]:
    """The columns of the stage (c0, c1, …) whose first cells are plain, and the reading of each."""
    names = text.dialect.head.names or ()
    rows = first_rows(text)
    found = {}
    for place in range(text.dialect.width):
        cells = [row[place] for row in rows if place < len(row) and row[place]]
        kind = _kind_of(cells)
        if kind and not (place < len(names) and re.fullmatch(READINGS[kind].pattern, names[place].strip())):
            found[f"c{place}"] = kind
    return found


def _kind_of(cells: Sequence[str]) -> str | None:
    """The plain reading of a column's first cells; None where they are text, or tell too little."""
    kinds = (kind for kind, reading in READINGS.items() if _all_match(reading.pattern, cells))
    likeliest = next(kinds, None) if cells else None
    if likeliest is None or not READINGS[likeliest].form or not _all_match(READINGS[likeliest].form, cells):
        return None
    return likeliest if likeliest != "decimal" or _is_decimal(cells) else None


def _all_match(pattern: str, cells: Sequence[str]) -> bool:
    return all(map(re.compile(pattern).fullmatch, cells))


def _is_decimal(cells: Sequence[str]) -> bool:
    """Whether points part decimals, and numbers that all are whole are not written with more zeros than floats."""
    certain = sum(not DOUBTFUL.fullmatch(cell) for cell in cells)
    whole = all(re.fullmatch(r"-?\d+(\.\d+)?", cell) and float(cell).is_integer() for cell in cells)
    usual = all(re.fullmatch(r"-?\d+(\.0)?", cell) for cell in cells)
    return certain >= min(_PROOFS, len(cells)) and (usual or not whole)


def plain_columns(types: Mapping[str, str]) -> dict[str, str]:
    """The columns of a CSV's stage that are no text any more, and by which reading."""
    return {column: _KINDS[kind] for column, kind in types.items() if kind in _KINDS}


def typed(columns: Sequence[str], kinds: Mapping[str, str], source: str) -> str:
    """A SELECT of the text columns of `source`, those of `kinds` typed, with masks of the cells that refute that."""
    if not kinds:
        return f"SELECT * FROM {source}"
    values = ", ".join(f"{READINGS[kind].bare(column)} AS {_value(column)}" for column, kind in kinds.items())
    picked = ", ".join(f"{_value(column)} AS {column}" if column in kinds else column for column in columns)
    return f"SELECT {picked}, {', '.join(_masked(kinds))} FROM (SELECT *, {values} FROM {source})"


def masks(kinds: Mapping[str, str]) -> list[str]:
    """The columns that mark refuted cells."""
    return [f"refuted_{start}" for start in range(0, len(kinds), _BITS)]


def _masked(kinds: Mapping[str, str]) -> list[str]:
    tests = [
        f"CASE WHEN {column} IS NULL OR ({READINGS[kind].is_plain(column, _value(column))}) THEN 0"
        f" ELSE CAST({1 << place % _BITS} AS BIGINT) END"
        for place, (column, kind) in enumerate(kinds.items())
    ]
    starts = range(0, len(tests), _BITS)
    return [f"{' + '.join(tests[s : s + _BITS])} AS {mask}" for s, mask in zip(starts, masks(kinds), strict=True)]


def _value(column: str) -> str:
    return f"value_{column}"


def refuted(loader: Loader, stage: str, kinds: Mapping[str, str]) -> set[str]:
    """The columns of `kinds` of which a cell in `stage` is not plain."""
    if not kinds:
        return set()
    asked = ", ".join(f"bit_or({mask})" for mask in masks(kinds))
    found = loader.rows(f"SELECT {asked} FROM {stage}")[0]
    return {column for place, column in enumerate(kinds) if (found[place // _BITS] or 0) >> place % _BITS & 1}
