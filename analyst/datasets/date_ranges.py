"""Where the dates of a column lie, text dates too: first and last, and those out of reason or for nothing."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from analyst.core.quoting import literal
from analyst.datasets.suspicion import DATE_CODES, far_off, judge_date_codes, judge_dates
from analyst.engine.interface import Engine
from analyst.protocol.table import Suspicion


@dataclass(frozen=True)
class DateRange:
    """First and last date (datetime when there is a clock) of a column, and what is to be doubted of them."""

    first: Any
    last: Any
    suspicions: tuple[Suspicion, ...] = ()


def measure_dates(engine: Engine, value: str, today: date, *, clock: bool) -> DateRange:
    """The range of the dates in `groups` (v, n). `value` is SQL for the moment that `v` is or names."""
    codes = ", ".join(f"DATE {literal(code)}" for code in DATE_CODES)
    terms = (
        "min(d), max(d)",
        f"coalesce(sum(n) FILTER (d::DATE > DATE {literal(today.isoformat())}), 0)",
        "coalesce(sum(n) FILTER (d < DATE '1900-01-01'), 0)",
        f"coalesce(sum(n) FILTER (d::DATE IN ({codes})), 0)",
    )
    found = engine.rows(f"SELECT {', '.join(terms)} FROM (SELECT {value} AS d, n FROM groups)")
    first, last, future, ancient, coded = found[0]
    if not clock:
        first, last = _day(first), _day(last)
    known = _codes(engine, value) if coded else {}
    ahead = int(future) - sum(count for day, count in known.items() if day > today)
    past = int(ancient) - sum(count for day, count in known.items() if day.year < 1900)
    return DateRange(first, last, (*judge_date_codes(known), *judge_dates(ahead, last, past, first)))


def _day(moment: Any) -> Any:
    return moment.date() if isinstance(moment, datetime) else moment


def _codes(engine: Engine, value: str) -> dict[date, int]:
    """The dates that programs write for "none", where they stand apart from the 5 % to 95 % of the dates."""
    days = f"SELECT ({value})::DATE AS d, sum(n) AS n FROM groups GROUP BY d HAVING d IS NOT NULL"
    running = f"SELECT d, n, sum(n) OVER (ORDER BY d) AS upto, sum(n) OVER () AS total FROM ({days})"
    listed = ", ".join(f"DATE {literal(code)}" for code in DATE_CODES)
    ends = "min(d) FILTER (upto >= 0.05 * total), min(d) FILTER (upto >= 0.95 * total)"
    low, high, total = engine.rows(f"SELECT {ends}, any_value(total) FROM ({running})")[0]
    found = engine.rows(f"SELECT d, n FROM ({days}) WHERE d IN ({listed}) ORDER BY d")
    return far_off({day: int(count) for day, count in found}, low, high, int(total))
