"""Which measure speaks for a table when a question names none, and whether a column holds money."""

from __future__ import annotations

from analyst.protocol.lexicon import DEALS, MONEY, MONEY_FIRST
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import adds_up, holds_years, is_measure, meanings


def speaking_measure(card: TableCard) -> ColumnCard | None:
    """The measure that speaks for a table when none is named: money first, then what can be added up."""
    numbers = [c for c in card.columns if is_measure(c) and c.role == "measure" and not holds_years(c)]

    def rank(column: ColumnCard) -> tuple[int, int]:
        words = meanings(column.name)
        money = [at for at, word in enumerate(MONEY_FIRST) if word in words]
        single = bool({"unit", "per", "each", "list"} & words)
        return (money[0] + 50 * single if money else 99, 0 if adds_up(column) else 1)

    return min(numbers, key=rank, default=None)


def is_money(column: ColumnCard) -> bool:
    """Whether the column holds amounts of money that may be called revenue, sales or spending."""
    words = meanings(column.name)
    if "of" in words or "number" in words or "count" in words:
        return False
    worth = "value" in words and not DEALS.isdisjoint(words)
    return worth or not MONEY.isdisjoint(words)
