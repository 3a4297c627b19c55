"""Cells that hold lists as programs write them ('["a", "b"]', {a,b}): rewritten as their values with a sign between.

A list of numbers stays as it is: it may be a place or a vector, which nobody counts by its members.
"""

# Every value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analyst.core.quoting import literal
from analyst.datasets.scanning import per_column
from analyst.datasets.sources.csv_reading import STAGE
from analyst.engine.interface import Engine
from analyst.protocol.table import IngestNote

_FIRST = 100
_MEMBER = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*')"""
_WORD = r"[^\W\d_][^,\[\]{}:\"']*"
_QUOTED = rf"\s*\[\s*(?:{_MEMBER}(?:\s*,\s*{_MEMBER})*)?\s*\]\s*"
_BARE = rf"\s*[\[{{]\s*(?:{_WORD}(?:,{_WORD})*)?\s*[\]}}]\s*"
_LIST = rf"(?:{_QUOTED}|{_BARE})"
_QUOTES = "\"'"
_OPENS, _BETWEEN, _COMMA = rf"^[{_QUOTES}]", rf"[{_QUOTES}]\s*,\s*[{_QUOTES}]", r"\s*,\s*"
_SIGNS = ("; ", " | ")
"""What may part the values: the first that stands in none of them."""


def unbracket(engine: Engine, texts: Sequence[str], headers: Mapping[str, str]) -> tuple[IngestNote, ...]:
    """Rewrite the columns of the stage among `texts` whose cells all are lists of words; a note on each."""
    signs = {column: sign for column in _likely(engine, texts) if (sign := _sign(engine, column))}
    if not signs:
        return ()
    changed = ", ".join(f"{_members(column, sign)} AS {column}" for column, sign in signs.items())
    engine.materialise(STAGE, f"SELECT * REPLACE ({changed}) FROM {STAGE}")
    return tuple(
        IngestNote(
            "lists",
            f"The cells of {headers[column]!r} are lists: their values now stand with {sign.strip()!r} between them.",
            1,
            headers[column],
        )
        for column, sign in signs.items()
    )


def _likely(engine: Engine, texts: Sequence[str]) -> list[str]:
    """The columns whose first cells are lists."""
    if not texts:
        return []
    first = engine.rows(f"SELECT {', '.join(texts)} FROM {STAGE} WHERE rowid < {_FIRST}")
    held = {
        column: [cell for cell in cells if cell is not None and cell.strip()]
        for column, cells in zip(texts, zip(*first, strict=True), strict=True)
    }
    whole = re.compile(_LIST)
    return [column for column, cells in held.items() if cells and all(map(whole.fullmatch, cells))]


def _sign(engine: Engine, column: str) -> str | None:
    """What will part the values of a column; None where a cell is no list, or every sign is taken."""
    taken = [f"count(*) FILTER (contains({{v}}, {literal(sign.strip())}))" for sign in _SIGNS]
    lists = f"count({{v}}) = count(*) FILTER (trim({{v}}) = '' OR regexp_full_match({{v}}, {literal(_LIST)}))"
    all_lists, *times = per_column(engine, STAGE, [column], [lists, *taken])[column]
    free = [sign for sign, count in zip(_SIGNS, times, strict=True) if not count]
    return free[0] if all_lists and free else None


def _members(column: str, sign: str) -> str:
    """SQL for the values of a cell, parted by `sign`."""
    inside = f"trim({column}, ' []{{}}')"
    quoted = f"regexp_replace({inside}, {literal(_BETWEEN)}, {literal(sign)}, 'g')"
    bare = f"regexp_replace({inside}, {literal(_COMMA)}, {literal(sign)}, 'g')"
    text = (
        f"CASE WHEN regexp_matches({inside}, {literal(_OPENS)}) THEN trim({quoted}, {literal(_QUOTES)}) ELSE {bare} END"
    )
    return f"nullif({text}, '')"
