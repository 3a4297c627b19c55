"""What the columns of a card are for, best first: what can be measured, grouped by, and followed over time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyst.core.text import fold
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.naming import human

_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "BIGNUM", "REAL")
_UNSAID = re.compile(r"[^\w .%()/&+-]|^[\d\W]*$")
"""Names that no question could hold."""
FEW_GROUPS, MANY_GROUPS = 2, 30


def stems(text: str) -> frozenset[str]:
    """The words of a text, each without its ending."""
    words = re.findall(r"[^\W\d_]+", fold(human(text)))
    return frozenset(re.sub(r"(ies|es|s|e|y)$", "", w) for w in words if len(w) > 2)


_MONEY = stems("revenue sales amount turnover income profit cost spend budget salary earnings price fee fare wage")
"""What a table is about where one of its numbers is called so."""


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
    asked = stems(question)
    usable = [c for c in card.columns if c.role != "constant" and not c.personal and not _UNSAID.search(c.name)]
    named = sorted(usable, key=lambda c: not (is_named(c, asked)))
    return Roles(
        measures=tuple(sorted((c for c in named if c.role == "measure" and _is_number(c)),
                              key=lambda c: (not is_named(c, asked), not is_amount(c), not added(c)))),
        groups=tuple(c for c in named if c.role == "dimension" and FEW_GROUPS <= (c.distinct or 0) <= MANY_GROUPS),
        times=tuple(c for c in named if c.role == "time"),
        outcomes=tuple(c for c in named if c.role == "target"),
        rows=card.rows,
    )  # fmt: skip


def is_named(column: ColumnCard, asked: frozenset[str]) -> bool:
    """Whether a question of these words names the column or one of its values."""
    return bool(stems(column.name) & asked) or bool(column.mentioned)


def added(column: ColumnCard) -> bool:
    """Whether the column's values may be summed over all rows."""
    return column.adds in (None, "rows") and column.ratio_of is None


def is_amount(column: ColumnCard) -> bool:
    """Whether the column holds amounts of money: by its unit, else by its name."""
    coded = column.unit is not None and re.fullmatch(r"[A-Z]{3}|\W", column.unit) is not None
    return coded or column.currency is not None or bool(stems(column.name) & _MONEY)


def _is_number(column: ColumnCard) -> bool:
    return column.numbers is not None or column.type.upper().lstrip("U").startswith(_NUMERIC)
