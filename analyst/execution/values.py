"""From DuckDB's values to what evidence holds: text, numbers, true or false, nothing; and what each column means."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from analyst.stats.method import is_numeric, is_temporal
from analyst.stats.results import are_shares

MAX_CELL = 1000
_P_VALUE = re.compile(r"^(?:p|p_value|p_adjusted|pvalue)$", re.IGNORECASE)
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def safe(value: Any) -> Any:
    """`value` as str, int, float, bool or None: never NaN or infinity; dates as ISO text, lists and structs as JSON."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return _from_decimal(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return cut(bytes(value).hex())
    if isinstance(value, (list, tuple, dict, set)):
        return cut(json.dumps(_plain(value), ensure_ascii=False, default=str))
    return cut(str(value))


def cut(text: str) -> str:
    """`text`, shortened when it is too long for a report."""
    clean = text.encode("utf-8", "replace").decode()
    return clean if len(clean) <= MAX_CELL else clean[:MAX_CELL] + "…"


def safe_columns(rows: Sequence[Sequence[Any]], types: Sequence[str]) -> list[list[Any]]:
    """All rows made safe; a timestamp column whose times are all midnight is shown as dates."""
    dates = [_all_midnight(rows, place) if is_temporal(kind) else False for place, kind in enumerate(types)]
    return [
        [
            safe(value.date() if dates[place] and isinstance(value, datetime) else value)
            for place, value in enumerate(row)
        ]
        for row in rows
    ]


def column_format(name: str, kind: str, values: Sequence[Any], *, whole_percent: bool) -> str:
    """One of protocol.evidence.FORMATS. "percent" only where values are fractions and nothing multiplied by 100."""
    base = kind.upper().split("(")[0]
    if base in _INTEGERS:
        return "integer"
    if is_temporal(kind):
        return "date"
    if not is_numeric(kind):
        return "text"
    if _P_VALUE.match(name):
        return "p_value"
    if not whole_percent and are_shares(name, values):
        return "percent"
    return "number"


def _from_decimal(value: Decimal) -> int | float | None:
    if not value.is_finite():
        return None
    return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)


def _as_date(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item) for item in value]
    return safe(value)


def _all_midnight(rows: Sequence[Sequence[Any]], place: int) -> bool:
    times = [row[place] for row in rows if isinstance(row[place], datetime)]
    return bool(times) and all(value.time() == time() for value in times)
