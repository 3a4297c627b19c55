"""Which measure speaks for a table when a question names none, and whether a column holds money."""

from __future__ import annotations

from analyst.protocol.lexicon import DEALS, MONEY, MONEY_FIRST
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import adds_up, holds_years, is_measure, is_nameless, meanings, names_deals, yes_no
from analyst.rulebased.query.cues import RATIOS
from analyst.rulebased.query.model import Measure

_SILENT = (100, 0)
SINGLE_PRICE = frozenset("unit per each list average avg".split())
"""Words of names of prices of one thing, which are never added up."""


def speaking_measure(card: TableCard) -> ColumnCard | None:
    """The measure that speaks for a table when none is named: money first, then what can be added up."""
    return min((c for c in card.columns if speaks(c) < _SILENT), key=speaks, default=None)


def speaks(column: ColumnCard) -> tuple[int, int]:
    """How well a measure speaks for its table, the lower the better."""
    if not is_measure(column) or column.role != "measure" or holds_years(column):
        return _SILENT
    words = meanings(column.name)
    money = [at for at, word in enumerate(MONEY_FIRST) if word in words]
    single = bool({"unit", "per", "each", "list"} & words)
    return (money[0] + 50 * single if money else 99, 0 if adds_up(column) else 1)


def is_money(column: ColumnCard) -> bool:
    """Whether the column holds amounts of money that may be called revenue, sales or spending."""
    words = meanings(column.name)
    if "of" in words or "number" in words or "count" in words:
        return False
    worth = "value" in words and not DEALS.isdisjoint(words)
    return worth or not MONEY.isdisjoint(words)


def ratio_columns(card: TableCard, kind: str) -> tuple[ColumnCard, ColumnCard] | None:
    """The columns above and below the line of a ratio with a name; None where the table has no two."""
    top, bottom = (_of_words(card, words) for words in RATIOS[kind])
    return None if top is None or bottom is None or top is bottom else (top, bottom)


def _of_words(card: TableCard, words: str) -> ColumnCard | None:
    """The number column that a word of `words` names, the first word first; what is per one of something is out."""
    for word in words.split():
        for column in card.columns:
            told = meanings(column.name)
            single = bool(told & SINGLE_PRICE) and bool(told & {"price", "cost", "per", "avg", "average"})
            rated = bool(told & {"rate", "margin", "pct"}) or yes_no(column)
            if is_measure(column) and word in told and not (single or rated):
                return column
    return None


def line_total(card: TableCard) -> Measure | None:
    """What rows are worth together, where a table tells only the price of one piece, how many, and what is off."""
    numbers = [c for c in card.columns if is_measure(c)]
    price = next((c for c in numbers if "price" in meanings(c.name)), None)
    quantity = next((c for c in numbers if "quantity" in meanings(c.name)), None)
    if price is None or quantity is None or any(is_money(c) and adds_up(c) for c in numbers):
        return None
    off = [c for c in numbers if "discount" in meanings(c.name) and isinstance(c.max, (int, float)) and c.max <= 1]
    return Measure("sum", price, times=quantity, less=next(iter(off), None), noun="revenue")


def deals(card: TableCard) -> ColumnCard | None:
    """What several rows together make: the number of an order whose lines are the rows."""
    shared = [c for c in card.columns if names_deals(c, card.rows)]
    return next((c for c in shared if meanings(c.name) & DEALS or is_nameless(c)), None)
