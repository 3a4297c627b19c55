"""Where the dates of a column lie, text dates too: first and last, and those out of reason or for nothing."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from analyst.core.quoting import literal
from analyst.datasets.suspicion import DATE_CODES, far_off, judge_date_codes, judge_dates
from analyst.protocol.table import Suspicion


@dataclass(frozen=True)
class DateRange:
    """First and last date (datetime when there is a clock) of a column, and what is to be doubted of them."""

    first: Any
    last: Any
    suspicions: tuple[Suspicion, ...] = ()


def measure_dates(connection: duckdb.DuckDBPyConnection, value: str, today: date, *, clock: bool) -> DateRange:
    """The range of the dates in `groups` (v, n). `value` is SQL for the moment that `v` is or names."""
    codes = ", ".join(f"DATE {literal(code)}" for code in DATE_CODES)
    terms = (
        "min(d), max(d)",
        f"coalesce(sum(n) FILTER (d::DATE > DATE {literal(today.isoformat())}), 0)",
        "coalesce(sum(n) FILTER (d < DATE '1900-01-01'), 0)",
        f"coalesce(sum(n) FILTER (d::DATE IN ({codes})), 0)",
    )
    found = connection.execute(f"SELECT {', '.join(terms)} FROM (SELECT {value} AS d, n FROM groups)").fetchone()
    first, last, future, ancient, coded = found or (None, None, 0, 0, 0)
    if not clock:
        first, last = _day(first), _day(last)
    known = _codes(connection, value) if coded else {}
    ahead = int(future) - sum(count for day, count in known.items() if day > today)
    past = int(ancient) - sum(count for day, count in known.items() if day.year < 1900)
    return DateRange(first, last, (*judge_date_codes(known), *judge_dates(ahead, last, past, first)))


def _day(moment: Any) -> Any:
    return moment.date() if isinstance(moment, datetime) else moment


def _codes(connection: duckdb.DuckDBPyConnection, value: str) -> dict[date, int]:
    """The dates that programs write for "none", where they stand apart from the 5 % to 95 % of the dates."""
    days = f"SELECT ({value})::DATE AS d, sum(n) AS n FROM groups GROUP BY d HAVING d IS NOT NULL"
    running = f"SELECT d, n, sum(n) OVER (ORDER BY d) AS upto, sum(n) OVER () AS total FROM ({days})"
    listed = ", ".join(f"DATE {literal(code)}" for code in DATE_CODES)
    ends = "min(d) FILTER (upto >= 0.05 * total), min(d) FILTER (upto >= 0.95 * total)"
    others = connection.execute(f"SELECT {ends}, any_value(total) FROM ({running})").fetchone()
    low, high, total = others or (date.max, date.min, 0)
    found = connection.execute(f"SELECT d, n FROM ({days}) WHERE d IN ({listed}) ORDER BY d").fetchall()
    return far_off({day: int(count) for day, count in found}, low, high, int(total))
