"""Which columns are categories: their values name groups of rows, so a model may be told them where rows share them."""

from __future__ import annotations

from analyst.protocol.table import ColumnProfile

_MOST, _LENGTH, _WORD = 20, 240, 40
"""Values, their characters in all, and those of each: the limits within which a card lists them all."""
_PROSE = 3
"""Words a value, on average, from which values that differ row by row are no names of groups."""


def is_category(column: ColumnProfile, rows: int) -> bool:
    """Whether a column of a table of `rows` rows holds categories: few values, or on average two rows a value.

    Personal data never counts as one.
    """
    if column.personal or column.role not in ("dimension", "target", "constant") or _is_prose(column, rows):
        return False
    return is_listed(column) or bool(column.members) or column.distinct * 2 <= rows - column.missing


def _is_prose(column: ColumnProfile, rows: int) -> bool:
    """Whether every row has a text of several words of its own."""
    words = [str(value).count(" ") + 1 for value, _ in column.values]
    return column.kind == "text" and 1 < column.distinct == rows - column.missing and sum(words) >= _PROSE * len(words)


def is_listed(column: ColumnProfile) -> bool:
    """Whether a category is so small that the table's card lists all its values."""
    lengths = [len(str(value)) for value, _ in column.values]
    complete = column.distinct == len(lengths) <= _MOST
    return complete and not column.personal and sum(lengths) <= _LENGTH and max(lengths, default=0) <= _WORD
