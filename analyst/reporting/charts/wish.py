"""What a chart is wished to show: the question, and what the statement beside it cites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wish:
    """`columns` are those of the table to draw, in the order that the statement cites them; `rows` the rows that it
    cites, whole. Both empty: the question and the table decide."""

    question: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()

    def cited(self, column: str) -> list[Any]:
        """The values of `column` in the rows that the statement cites, each once."""
        return list(dict.fromkeys(row[column] for row in self.rows if row.get(column) is not None))


NO_WISH = Wish()
