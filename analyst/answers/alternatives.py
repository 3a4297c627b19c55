"""Other readings of a question's words that are other columns: known by name, so that each can be computed at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyst.core.text import fold
from analyst.protocol.replies import Alternative
from analyst.protocol.selection import spoken

_BESIDE = re.compile(r"^(?:the )?(?:columns? )?|(?: columns?)$")
"""What may stand around a column's name: the column `net price`."""


def typed(alternatives: Sequence[Alternative], columns: Sequence[str]) -> tuple[Alternative, ...]:
    """`alternatives` with the table's `columns` that their words name; those of which one names none stay words."""
    return tuple(_typed(one, columns) for one in alternatives)


def _typed(alternative: Alternative, columns: Sequence[str]) -> Alternative:
    if alternative.column is not None:
        return alternative
    named = [list(_columns(text, columns)) for text in (alternative.meant, *alternative.others)]
    if not alternative.others or any(len(found) != 1 for found in named):
        return alternative
    [column], *instead = named
    return alternative.model_copy(update={"column": column, "instead": tuple(name for [name] in instead)})


def _columns(text: str, columns: Sequence[str]) -> Iterator[str]:
    """The columns that are called so."""
    wanted = _BESIDE.sub("", _bare(text)).strip()
    return (column for column in columns if _bare(column) == wanted)


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s%]", " ", fold(spoken(text))).split())
