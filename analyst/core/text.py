"""Text as people write and read it: names of months, lists in words, comparison without accents, aligned columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def listed(parts: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"; `last` stands before the last one."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def fold(text: str) -> str:
    """`text` without case and accents (a letter without a Latin base stays as it is): how words are compared."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def aligned(rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,), ruled: bool = False) -> list[str]:
    """One line a row (all of one length), the columns at places `left` flush left and the others flush right.

    `ruled` draws a line below the first row.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [lines[0], "─" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]] if ruled and lines else lines
