"""Amounts without a sign beside a column that tells it (debit or credit, S or H): adding them up ignores it."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import fold
from analyst.protocol.table import ColumnProfile, Suspicion

_KIND = "signs_apart"
_PAIRS = (
    {"s", "h"}, {"soll", "haben"}, {"d", "c"}, {"dr", "cr"}, {"dt", "kt"}, {"debit", "credit"}, {"debe", "haber"},
    {"debito", "credito"}, {"dare", "avere"}, {"af", "bij"}, {"debet", "kredit"}, {"debet", "credit"},
    {"wn", "ma"}, {"obciazenie", "uznanie"}, {"дебет", "кредит"}, {"借", "貸"}, {"借", "贷"},
    {"支出", "收入"}, {"income", "expense"}, {"einnahme", "ausgabe"}, {"deposit", "withdrawal"}, {"+", "-"},
)  # fmt: skip
"""The two values, folded, of columns that say whether an amount comes or goes."""


def with_signs(columns: tuple[ColumnProfile, ...]) -> tuple[ColumnProfile, ...]:
    """The columns with a doubt on each amount whose sign another column tells."""
    telling = next((column for column in columns if _tells_signs(column)), None)
    if telling is None:
        return columns
    return tuple(_doubted(column, telling.name) if _is_unsigned(column) else column for column in columns)


def _tells_signs(column: ColumnProfile) -> bool:
    return column.kind == "text" and {fold(str(value).strip()) for value, _ in column.values} in _PAIRS


def _is_unsigned(column: ColumnProfile) -> bool:
    added = column.kind == "number" and column.role == "measure" and column.meaning.adds == "rows"
    return added and column.minimum is not None and float(column.minimum) >= 0


def _doubted(column: ColumnProfile, telling: str) -> ColumnProfile:
    return replace(column, suspicious=(*column.suspicious, Suspicion(_KIND, column.distinct, telling)))
