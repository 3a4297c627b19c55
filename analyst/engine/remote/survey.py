"""What a server tells of its whole table, and how much of it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analyst.protocol.remote import WholeColumn

if TYPE_CHECKING:
    import pandas as pd

MOST_COUNTED = 1_000
"""Distinct values of a column whose every value is counted."""
MOST_WORDS = 100_000
"""Distinct values of a text column that are brought here."""
KEPT = 20
"""So many values are kept: all when there are at most so many, else the ten most frequent."""
_TOP = 10


@dataclass(frozen=True)
class Survey:
    """A table on a server: how many rows, a random sample of them, every column measured whole, and the distinct values
    of text columns that do not have too many; `version` changes with the table, where the server tells one."""

    rows: int
    sample: pd.DataFrame
    columns: Mapping[str, WholeColumn]
    words: Mapping[str, Sequence[str]]
    version: str | None = None


def whole_column(found: Mapping[str, Any], counted: Sequence[tuple[Any, int]] | None) -> WholeColumn:
    """A column of what was `found` (rows, present and distinct values, perhaps minimum, maximum, mean, std, skew) and
    of its values with how often they occur, the most frequent first, where all were `counted`."""
    n = found["present"]
    kept = None if counted is None else tuple(counted[: KEPT if len(counted) <= KEPT else _TOP])
    return WholeColumn(
        missing=found["rows"] - n,
        distinct=len(counted) if counted is not None else min(int(found["distinct"]), n),
        minimum=found.get("minimum"),
        maximum=found.get("maximum"),
        mean=found.get("mean"),
        std=found.get("std"),
        skew=found.get("skew"),
        values=kept,
    )
