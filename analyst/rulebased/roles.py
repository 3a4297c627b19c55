"""What the columns of a card are for, best first: what can be measured, grouped by, and followed over time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyst.core.text import fold
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import adds_up, is_number
from analyst.rulebased.naming import human
from analyst.rulebased.query.defaults import speaking_measure

_UNSAID = re.compile(r"[^\w .%()/&+-]|^[\d\W]*$")
"""Names that no question could hold."""
FEW_GROUPS, MANY_GROUPS = 2, 30


@dataclass(frozen=True)
class Roles:
    """The columns of a table by use: numbers, categories of a few groups, dates, yes/no outcomes; `rows` it has."""

    measures: tuple[ColumnCard, ...]
    groups: tuple[ColumnCard, ...]
    times: tuple[ColumnCard, ...]
    outcomes: tuple[ColumnCard, ...]
    rows: int


def roles_of(card: TableCard, question: str = "") -> Roles:
    """The roles of the card's columns; those that the question names, or a value of, come first."""
    asked, main = stems(question), speaking_measure(card)
    usable = [c for c in card.columns if c.role != "constant" and not c.personal and not _UNSAID.search(c.name)]
    named = sorted(usable, key=lambda c: not is_named(c, asked))
    numbers = [c for c in named if c.role == "measure" and is_number(c)]
    return Roles(
        measures=tuple(sorted(numbers, key=lambda c: (not is_named(c, asked), c != main, not adds_up(c)))),
        groups=tuple(c for c in named if c.role == "dimension" and FEW_GROUPS <= (c.distinct or 0) <= MANY_GROUPS),
        times=tuple(c for c in named if c.role == "time"),
        outcomes=tuple(c for c in named if c.role == "target"),
        rows=card.rows,
    )


def stems(text: str) -> frozenset[str]:
    """The words of a text, each without its ending."""
    words = re.findall(r"[^\W\d_]+", fold(human(text)))
    return frozenset(re.sub(r"(ies|es|s|e|y)$", "", w) for w in words if len(w) > 2)


def is_named(column: ColumnCard, asked: frozenset[str]) -> bool:
    """Whether a question of these words names the column or one of its values."""
    return bool(stems(column.name) & asked) or bool(column.mentioned)
