"""SQL names and literals: the only way that a header or a cell gets into a statement."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def name(text: str) -> str:
    """`text` as a quoted SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def names(texts: Iterable[str]) -> str:
    """Several identifiers, comma-separated."""
    return ", ".join(map(name, texts))


def literal(text: str | Path) -> str:
    """`text` as a quoted SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Several string literals, comma-separated."""
    return ", ".join(map(literal, texts))
