"""Rows of text as aligned columns: what the commands print. (Importing Rich costs them 80 ms of their half second.)"""

from __future__ import annotations

from collections.abc import Sequence


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
