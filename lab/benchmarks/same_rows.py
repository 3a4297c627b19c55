"""Whether the rows of two engines are the same: values within rounding, in the same order where the query says one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Rows = list[tuple[Any, ...]]


def alike(one: Rows, other: Rows, *, ordered: bool) -> bool:
    """Whether two results hold the same values within rounding, in the same order where that counts."""
    rows, others = [list(map(_plain, row)) for row in one], [list(map(_plain, row)) for row in other]
    if not ordered:
        rows.sort(key=_place)
        others.sort(key=_place)
    return len(rows) == len(others) and all(
        len(row) == len(same) and all(map(_equal, row, same)) for row, same in zip(rows, others, strict=True)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - as other moments here, without a zone
    return list(map(_plain, value)) if isinstance(value, list) else value


def _place(row: Sequence[Any]) -> list[tuple[bool, str, str]]:
    return [(value is None, type(value).__name__, _shown(value)) for value in row]


def _shown(value: Any) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return type(one) is type(other) and one == other
