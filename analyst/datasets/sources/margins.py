"""What stands around and between the rows of a table and is none of them: blank rows, names again, remarks, lines."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analyst.core.quoting import literal
from analyst.core.text import counted
from analyst.datasets.sources.cells import is_value
from analyst.engine.loading import Loader
from analyst.protocol.table import IngestNote

_TAIL = 20
"""Rows at the end among which a footer is sought."""
_PHRASE = 3
"""Words of a line that is more than a name."""
_NOTE = (
    r"(?i)\s*([*†‡¹²³]|((data )?sources?|notes?|remarks?|last updated|as of|updated|generated|exported|downloaded"
    r"|copyright|quelle|hinweis|anmerkung|stand|fuente|nota|fonte|bron|źródło|источник|出典|来源|注)\b.*[:：]|©|\(c\) "
    r"|\(?\d[\d,.]* (rows?|records?|tuples?|zeilen|lignes|filas)\b)"
)
"""How a line below a table begins that is no row of it."""


@dataclass(frozen=True)
class Margins:
    """What is left out of a stage: rows by SQL conditions, columns by place; and the notes."""

    conditions: tuple[str, ...] = ()
    columns: frozenset[int] = frozenset()
    notes: tuple[IngestNote, ...] = ()


def drop_margins(
    loader: Loader, stage: str, headers: Sequence[str], names: Sequence[str] | None
) -> tuple[list[str], tuple[IngestNote, ...]]:
    """Take out of the stage (columns c0, c1, …) what is no row or column of the table.

    `headers` are the columns' names, '' where there is none; `names` the row of names as it stands in the file. Returns
    the headers of the columns that are left, and what was taken out, counted.
    """
    found = _find(loader, stage, headers, names)
    if found.conditions or found.columns:
        kept = [place for place in range(len(headers)) if place not in found.columns]
        picked = ", ".join(f"c{place} AS c{new}" for new, place in enumerate(kept))
        rows = " AND ".join(f"NOT coalesce({condition}, false)" for condition in found.conditions) or "true"
        loader.materialise(stage, f"SELECT {picked} FROM {stage} WHERE {rows}")
        headers = [headers[place] for place in kept]
    return list(headers), found.notes


def _find(loader: Loader, stage: str, headers: Sequence[str], names: Sequence[str] | None) -> Margins:
    cells = [f"c{place}" for place in range(len(headers))]
    kinds = loader.columns(stage)
    texts = [cell for cell in cells if kinds[cell] == "VARCHAR"]
    rows, suspects = loader.rows(f"SELECT count(*), count(*) FILTER ({_suspect(names, texts)}) FROM {stage}")[0]
    conditions, notes = _find_rows(loader, stage, rows, _checks(cells, names, texts)) if suspects else ([], [])
    empty = _find_empty(loader, stage, headers)
    if empty:
        told = f"Skipped: {counted(len(empty), 'empty column')} without a name."
        notes.append(IngestNote("columns_empty", told, len(empty)))
    ends, more = _find_end(loader, stage, rows, [cell for i, cell in enumerate(cells) if i not in empty])
    return Margins((*conditions, *ends), empty, (*notes, *more))


def _suspect(names: Sequence[str] | None, texts: Sequence[str]) -> str:
    """What a row that is none has in its first cell: cheap to test, and mostly nowhere."""
    if "c0" not in texts:
        return "c0 IS NULL"
    again = f" OR c0 = {literal(names[0])}" if names else ""
    return f"c0 IS NULL OR starts_with(c0, '#'){again}"


def _find_rows(
    loader: Loader, stage: str, rows: int, checks: Sequence[tuple[str, str, str]]
) -> tuple[list[str], list[IngestNote]]:
    """The conditions of `checks` that rows meet, and a note for each."""
    terms = ", ".join(f"count(*) FILTER ({condition})" for _, condition, _ in checks) or "0"
    counts = loader.rows(f"SELECT {terms} FROM {stage}")[0]
    conditions, notes = [], []
    for (kind, condition, told), count in zip(checks, counts, strict=False):
        if count and (kind != "remarks" or count <= 0.1 * rows):
            conditions.append(condition)
            notes.append(IngestNote(kind, told.format(counted(count, "row")), count))
    return conditions, notes


def _find_empty(loader: Loader, stage: str, headers: Sequence[str]) -> frozenset[int]:
    """The columns without name and value; none when that would be all of them."""
    nameless = [place for place, header in enumerate(headers) if not header.strip()]
    if not nameless:
        return frozenset()
    counts = loader.rows(f"SELECT {', '.join(f'count(c{place})' for place in nameless)} FROM {stage}")[0]
    empty = frozenset(place for place, count in zip(nameless, counts, strict=True) if not count)
    return empty if len(empty) < len(headers) else frozenset()


def _checks(cells: Sequence[str], names: Sequence[str] | None, texts: Sequence[str]) -> list[tuple[str, str, str]]:
    """(kind, SQL condition, message) of rows that are no data wherever they stand.

    Only columns among `texts` can hold a remark or a name again.
    """
    if len(cells) < 2:
        return []
    others = f"coalesce({', '.join(f'CAST({cell} AS VARCHAR)' for cell in cells[1:])}) IS NULL"
    checks = [("blank_rows", f"({cells[0]} IS NULL AND {others})", "Skipped: {} without a value.")]
    if names is None:
        return checks
    if cells[0] in texts and not names[0].lstrip().startswith("#"):
        remark = f"(starts_with({cells[0]}, '#') AND {others})"
        checks.append(("remarks", remark, "Skipped: {} starting with #."))
    if len(names) == len(cells) == len(texts):
        same = " AND ".join(
            f"{cell} = {literal(name)}" if name else f"{cell} IS NULL" for cell, name in zip(cells, names, strict=True)
        )
        checks.append(("header_repeated", f"({same})", "Skipped: {} repeating the header."))
    return checks


def _find_end(loader: Loader, stage: str, rows: int, cells: Sequence[str]) -> tuple[list[str], list[IngestNote]]:
    """Conditions and notes for the lines below the table."""
    picked = ", ".join(["rowid", *(f"CAST({cell} AS VARCHAR)" for cell in cells)])
    tail = loader.rows(f"SELECT {picked} FROM {stage} WHERE rowid >= {rows - _TAIL} ORDER BY rowid")
    footer = _footer([row[1:] for row in tail]) if len(cells) > 1 else 0
    conditions, notes = [], []
    if footer:
        conditions.append(f"rowid >= {tail[len(tail) - footer][0]}")
        lines = [row for row in tail[-footer:] if any(row[1:])]
        first = next(cell for cell in lines[0][1:] if cell)
        told = f"Skipped below the table: {counted(len(lines), 'line')} ({first[:60]!r})."
        notes.append(IngestNote("footer", told, len(lines)))
    return conditions, notes


def _footer(tail: Sequence[Sequence[str | None]]) -> int:
    """How many rows at the end are lines of text in the first column: all after a blank row, or whole sentences.

    In a table of two columns such a line may be a row without its value: only what begins as a note counts, or has
    three words behind a blank row.
    """
    top = len(tail)
    narrow = len(tail[0]) == 2 if tail else False
    blank = max((place for place, row in enumerate(tail) if not any(row)), default=len(tail))
    while top and _is_line(tail[top - 1]):
        apart = top - 1 > blank and len((tail[top - 1][0] or "").split()) >= _PHRASE
        if narrow and not apart and not _is_note(tail[top - 1][0]):
            break
        top -= 1
    if not top:
        return 0
    start = next((place for place in range(top, len(tail)) if not any(tail[place])), len(tail))
    while start > top and _is_sentence(tail[start - 1][0] or ""):
        start -= 1
    return len(tail) - start if any(any(row) for row in tail[start:]) else 0


def _is_line(row: Sequence[str | None]) -> bool:
    """Whether a row is blank or holds nothing but text in its first cell."""
    return not any(row[1:]) and not is_value((row[0] or "").strip())


def _is_note(text: str | None) -> bool:
    """Whether a line is blank or says where a table comes from or what is to be noted, as people write below tables."""
    return not text or bool(re.match(_NOTE, text))


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= 4 or ":" in text or (bool(text) and _is_note(text))
