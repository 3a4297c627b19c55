"""What an answer is read from, by its references: the table, the rows of it, and the conditions that they meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analyst.protocol.evidence import ALWAYS, Evidence
from analyst.reporting.cited import Cited, cited
from analyst.reporting.report import Basis
from analyst.reporting.scope import scope


def basis(answer: str, evidence: Evidence) -> Basis | None:
    """The table that `answer` (references unfilled) is read from, one of several rows before others, and its rows."""
    parts = _cited(answer, evidence)
    if not parts:
        return None
    main = next((part for part in parts if len(part.table.rows) > 1), parts[0])
    return Basis(main.table.id, _spoken_of(main, parts))


def conditions(answer: str, evidence: Evidence, said: Sequence[str]) -> str:
    """The conditions of what `answer` cites first that none of the texts `said` names, as a sentence."""
    parts = _cited(answer, evidence)
    return scope(parts[0].table, said) if parts else ""


def _cited(answer: str, evidence: Evidence) -> list[Cited]:
    return [part for part in cited(answer, evidence) if part.table.id not in ALWAYS]


def _spoken_of(main: Cited, parts: Sequence[Cited]) -> tuple[tuple[Any, ...], ...]:
    """The rows of the main table that the answer cites, or else those that it names by a cited label ("in 2024-11")."""
    if main.rows:
        return main.rows
    named = {row[part.table.columns.index(name)] for part in parts for name in part.columns for row in part.rows}
    labels = {value for value in named if isinstance(value, str)}
    keys = [main.table.columns.index(name) for name in main.table.key]
    return tuple(row for row in main.table.rows if any(row[place] in labels for place in keys))
