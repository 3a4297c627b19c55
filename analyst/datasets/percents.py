"""Percentages: "%" where 0.45 is 45 %, "percent" where 45 is; by the header, held against the range of the values."""

from __future__ import annotations

import re
from dataclasses import replace

from analyst.datasets.headers import words
from analyst.protocol.table import ColumnProfile

_PERCENT_SIGN = re.compile(r"(?<!\d)%")
"""The unit of a column; behind a digit it tells which tax or tenth the amounts are of: "Tax 5%"."""
_PERCENT = {
    "pct",
    "percent",
    "percentage",
    "perc",
    "prozent",
    "pourcentage",
    "porcentaje",
    "percentuale",
    "porcentagem",
}
_SHARE = {"rate", "share", "fraction", "proportion", "quote", "anteil", "taux", "tasa", "taxa", "discount", "rabatt"}
_NO_SHARE = {
    *("exchange", "fx", "hourly", "daily", "heart", "birth", "death", "mortality", "frame", "bit", "data", "sampling"),
    *("refresh", "flow", "pulse", "day", "hour", "stock", "price", "amount", "usd", "eur", "gbp", "per", "currency"),
}
"""Words beside which a rate is no share of anything."""


def with_percents(columns: tuple[ColumnProfile, ...]) -> tuple[ColumnProfile, ...]:
    """The columns with the unit of those that are percentages."""
    return tuple(_told(column) for column in columns)


def _told(column: ColumnProfile) -> ColumnProfile:
    if column.kind != "number" or column.role != "measure" or column.meaning.unit or column.meaning.currency:
        return column
    unit = _unit(column)
    return replace(column, meaning=replace(column.meaning, unit=unit)) if unit else column


def _unit(column: ColumnProfile) -> str | None:
    header = words(column.name)
    most = max(abs(float(column.minimum)), abs(float(column.maximum)))
    shares = most <= 1 and column.type == "DOUBLE"
    if _PERCENT_SIGN.search(column.name) or _PERCENT & set(header):
        points = {"point", "points", "pp", "bps"} & set(header)
        return None if points else "%" if shares and column.distinct > 2 else "percent" if most > 1 else None
    if shares and header and header[-1] in _SHARE and not _NO_SHARE & set(header) and float(column.minimum) >= 0:
        return "%" if column.distinct > 2 else None
    return None
