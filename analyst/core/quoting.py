"""SQL names and literals: the only way that a header or a cell gets into a statement."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted_names(names: Iterable[str]) -> str:
    """Several identifiers, comma-separated."""
    return ", ".join(map(quoted, names))


def literal(value: str | Path | float | None) -> str:
    """`value` (text, a path, a number, true or false, nothing) as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Several string literals, comma-separated."""
    return ", ".join(map(literal, texts))
