"""Result tables as a reader sees them: heads in words, values written alike within a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.charts.columns import subject
from analyst.reporting.labels import as_period, dated, grain_of, in_words, kind_in
from analyst.reporting.naming import shorten, words
from analyst.reporting.numbers import FRACTION, UNIT, decimals_of, is_money, percent_digits, show, to_decimal

MAX_CELL = 160
"""Characters of a cell."""


@dataclass(frozen=True)
class Shown:
    """A table ready to be set: `heads` and `rows` as text, `numeric` says which columns stand to the right, `left` how
    many rows are not shown."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    left: int = 0


def shown(
    table: EvidenceTable, *, max_rows: int, max_cell: int = MAX_CELL, columns: Sequence[str] | None = None
) -> Shown:
    """The first `max_rows` rows of `table`, all columns or those named; within a column the decimals are alike."""
    names = [name for name in table.columns if columns is None or name in columns]
    rows = table.rows[:max_rows]
    told = [_column(table, name, [row[table.columns.index(name)] for row in rows], max_cell) for name in names]
    numeric = tuple(_numeric(table.column(name)) and not _is_year_of_row(table, name) for name in names)
    heads = tuple(subject(table, name) if table.method else words(name) for name in names)
    return Shown(heads, tuple(zip(*told, strict=True)), numeric, table.row_count - len(rows))


def _numeric(values: Sequence[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in known)


def _is_year_of_row(table: EvidenceTable, name: str) -> bool:
    """Whether a first column tells which year or number a row is of: it stands to the left, as names do."""
    return name == table.columns[0] and len(table.columns) > 1 and kind_in(table, name) == "plain"


def _column(table: EvidenceTable, name: str, values: Sequence[Any], limit: int) -> list[str]:
    kind = kind_in(table, name)
    kind = "percent" if kind == FRACTION else kind
    if kind in (None, "text", "date") and dated(table, name):
        grain = grain_of(table, name)
        return [
            ""
            if v is None
            else shorten(in_words(as_period(v, grain)) if isinstance(v, str) else show(v, "plain"), limit)
            for v in values
        ]
    # Rows of a table of variables measure different things: decimals that suit one hide what another says.
    digits = None if "variable" in table.key and kind in (None, "number") else _digits(values, kind)
    return [
        "" if v is None else shorten(show(v, kind, digits=digits, percent=kind == "percent"), limit) for v in values
    ]


def _digits(values: Sequence[Any], kind: str | None) -> int | None:
    """The decimals that suit the larger values of a column, None where each value knows best."""
    if kind is not None and kind.startswith(UNIT):
        return None
    known = [to_decimal(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    most = max(map(abs, known), default=Decimal(0))
    if kind == "percent":
        return percent_digits(values)
    if (kind not in (None, "number") and not is_money(kind)) or most == 0 or most >= Decimal("1e15"):
        return None
    if any(0 < abs(value) < Decimal("0.001") for value in known):
        return None
    if is_money(kind):
        whole = all(v == v.to_integral_value() for v in known)
        return 0 if whole or (most >= 1000 and all(v == 0 or abs(v) >= Decimal("0.5") for v in known)) else 2
    if most >= 1000:
        return None if any(0 < abs(value) < Decimal("0.5") for value in known) else 0
    return max(decimals_of(value) for value in known if abs(value) * 100 >= most)
