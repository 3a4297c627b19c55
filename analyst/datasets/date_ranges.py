"""The dates of a column that are out of reason or stand for nothing."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from datetime import date

from analyst.core.quoting import literal
from analyst.datasets.suspicion import DATE_CODES, far_off, judge_date_codes, judge_dates
from analyst.engine.interface import Engine
from analyst.protocol.table import Suspicion


def judge_range(engine: Engine, today: date) -> tuple[Suspicion, ...]:
    """What is to be doubted of the dates in `groups` (v, n)."""
    codes = ", ".join(f"DATE {literal(code)}" for code in DATE_CODES)
    terms = (
        "CAST(min(v) AS DATE), CAST(max(v) AS DATE)",
        f"coalesce(sum(n) FILTER (v::DATE > DATE {literal(today.isoformat())}), 0)",
        "coalesce(sum(n) FILTER (v < DATE '1900-01-01'), 0)",
        f"coalesce(sum(n) FILTER (v::DATE IN ({codes})), 0)",
    )
    first, last, future, ancient, coded = engine.rows(f"SELECT {', '.join(terms)} FROM groups")[0]
    known = _codes(engine) if coded else {}
    ahead = int(future) - sum(count for day, count in known.items() if day > today)
    past = int(ancient) - sum(count for day, count in known.items() if day.year < 1900)
    return (*judge_date_codes(known), *judge_dates(ahead, last, past, first))


def _codes(engine: Engine) -> dict[date, int]:
    """The dates that programs write for "none", where they stand apart from the 5 % to 95 % of the dates."""
    days = "SELECT v::DATE AS d, sum(n) AS n FROM groups GROUP BY d HAVING d IS NOT NULL"
    running = f"SELECT d, n, sum(n) OVER (ORDER BY d) AS upto, sum(n) OVER () AS total FROM ({days})"
    listed = ", ".join(f"DATE {literal(code)}" for code in DATE_CODES)
    ends = "min(d) FILTER (upto >= 0.05 * total), min(d) FILTER (upto >= 0.95 * total)"
    low, high, total = engine.rows(f"SELECT {ends}, any_value(total) FROM ({running})")[0]
    found = engine.rows(f"SELECT d, n FROM ({days}) WHERE d IN ({listed}) ORDER BY d")
    return far_off({day: int(count) for day, count in found}, low, high, int(total))
