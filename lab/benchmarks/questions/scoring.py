"""Whether the evidence of a plan holds what a question's expectation asks for, and how the reply is counted.

Only results that readers are given as answers count (audience "answer"; for a trend its chart's series too). A figure
must stand in a result of the right shape: one row for one figure, just the groups asked for, the first rows of a
ranking; so a long table that happens to hold the number is no right answer. Figures agree to four digits after
rounding; a fraction may be told in percent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from analyst.core.text import MONTHS
from analyst.protocol.evidence import Evidence, EvidenceTable

RIGHT, CAUTIOUS, CONFIDENT = "right", "wrong, with a caveat", "wrong, without a caveat"
OUTCOMES = (RIGHT, CAUTIOUS, CONFIDENT)
_YES = frozenset(("true", "1", "yes", "y", "ja", "oui", "sí", "si"))
_NO = frozenset(("false", "0", "no", "n", "nein", "non"))
_MONTHS = tuple(month[:3].lower() for month in MONTHS)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Row = Sequence[Any]


def outcome(expected: dict[str, Any], evidence: Evidence, unanswered: str | None) -> str:
    """One of OUTCOMES for a reply whose plan gave `evidence` and which says `unanswered` of the question."""
    said = (unanswered or "").casefold()
    if holds(expected, evidence, said):
        return RIGHT
    return CAUTIOUS if said else CONFIDENT


def holds(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    """Whether the expectation is met; `said` is what the reply calls unanswered, in lower case."""
    return CHECKS[expected["kind"]](expected, evidence, said)


def same(item: Any, wanted: Any) -> bool:
    """Whether a cell is the figure (or text) wanted."""
    if isinstance(wanted, str):
        return key_agrees(item, wanted) or str(item)[:10] == wanted
    if isinstance(item, bool) or not isinstance(item, (int, float)):
        return False
    return any(math.isclose(item, one, rel_tol=1e-4, abs_tol=1e-9) for one in (wanted, 100 * wanted))


def key_agrees(item: Any, key: str) -> bool:
    """Whether a cell names the group `key`."""
    text = str(item).strip().casefold()
    unit, _, named = key.casefold().partition(":")
    if named and unit in _TIMES:
        return _TIMES[unit](text, named)
    if key in ("yes", "no"):
        return text in (_YES if key == "yes" else _NO)
    return text == key.strip().casefold() or _number(text) == _number(key) is not None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


def _as_date(text: str) -> date | None:
    found = re.match(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:$|[ t])", text)
    return date(int(found[1]), int(found[2]), int(found[3] or 1)) if found else None


def _month(text: str, named: str) -> bool:
    day = _as_date(text)
    spoken = re.fullmatch(r"([a-z]{3})[a-z]*\.? (\d{4})", text)
    if spoken and spoken[1] in _MONTHS:
        return f"{spoken[2]}-{_MONTHS.index(spoken[1]) + 1:02d}" == named
    return day is not None and f"{day:%Y-%m}" == named


def _quarter(text: str, named: str) -> bool:
    day, year, number = _as_date(text), named[:4], named[-1]
    spoken = re.sub(r"[^a-z0-9]", "", text)
    return spoken in (f"{year}q{number}", f"q{number}{year}") or (
        day is not None and str(day.year) == year and (day.month + 2) // 3 == int(number)
    )


def _week(text: str, named: str) -> bool:
    day, monday = _as_date(text), date.fromisoformat(named)
    if day is not None:
        return day - timedelta(days=day.weekday()) == monday
    year, week, _ = monday.isocalendar()
    return re.sub(r"[^0-9w]", "", text) in (f"{year}w{week:02d}", f"{year}w{week}")


def _hour(text: str, named: str) -> bool:
    found = re.match(r"(\d{1,2})(:00.*)?(\.0)?$", text)
    return bool(found and int(found[1]) == int(named))


_TIMES: dict[str, Callable[[str, str], bool]] = {
    "month": _month,
    "quarter": _quarter,
    "week": _week,
    "hour": _hour,
    "day": lambda text, named: text[:10] == named,
    "weekday": lambda text, named: text in (named, named[:3]) and named in _DAYS,
    "monthname": lambda text, named: text[:3] == named[:3] and text[:3] in _MONTHS,
}


def _answers(evidence: Evidence) -> list[EvidenceTable]:
    return [table for table in evidence.tables if table.audience == "answer" and table.rows]


def _in_row(row: Row, keys: Iterable[str], figures: Iterable[Any]) -> bool:
    return all(any(key_agrees(cell, key) for cell in row) for key in keys) and all(
        any(same(cell, figure) for cell in row) for figure in figures
    )


def _values(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    wanted, answers = expected["values"], _answers(evidence)
    single = [table.rows[0] for table in answers if table.row_count == 1]
    if all(any(same(cell, one) for row in single for cell in row) for one in wanted):
        return True
    small = [table for table in answers if 1 < len(wanted) == table.row_count]
    return any(all(any(same(c, one) for row in table.rows for c in row) for one in wanted) for table in small)


def _groups(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    return any(_has_groups(table, expected) for table in _answers(evidence))


def _has_groups(table: EvidenceTable, expected: dict[str, Any]) -> bool:
    rows, wanted = table.rows, expected["rows"]
    if not all(any(_in_row(row, keys, figures) for row in rows) for keys, figures in wanted):
        return bool(len(wanted[0][0]) == 2 and _pivoted(table, wanted))
    whole = [row for row in rows if not any(cell is None for cell in row[: len(wanted[0][0])])]
    return expected["more"] or (len(whole) == len(wanted) and table.row_count == len(rows))


def _pivoted(table: EvidenceTable, wanted: Sequence[Any]) -> bool:
    """Groups of two keys of which the second heads a column."""
    for (first, second), figures in wanted:
        columns = [n for n, name in enumerate(table.columns) if key_agrees(name, second)]
        rows = [row for row in table.rows if any(key_agrees(cell, first) for cell in row)]
        if not any(same(row[n], figures[0]) for row in rows for n in columns):
            return False
    return True


def _top(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    wanted = expected["rows"]
    for table in _answers(evidence):
        enough = len(table.rows) >= len(wanted) and (not expected["exact"] or table.row_count == len(wanted))
        if enough and all(_in_row(row, *pair) for row, pair in zip(table.rows, wanted, strict=False)):
            return True
    return False


def _listed(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    return any(
        table.row_count <= expected["at_most"]
        and all(any(_in_row(row, [key], []) for row in table.rows) for key in expected["keys"])
        for table in _answers(evidence)
    )


def _tested(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    found = [
        row[place]
        for table in _answers(evidence)
        for place, name in enumerate(table.columns)
        if name == "p" or name.startswith("p_")
        for row in table.rows
        if isinstance(row[place], float)
    ]
    decided = bool(found) and (found[0] < 0.05) == expected["significant"]
    return decided and holds(expected["expected"], evidence, said)


def _leads(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    return any(
        {"p", "importance", "association"} & set(table.columns)
        and any(key_agrees(cell, first) for cell in table.rows[0] for first in expected["first"])
        for table in _answers(evidence)
    )


def _trend(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    series = any(
        all(any(_in_row(row, keys, figures) for row in table.rows) for keys, figures in expected["rows"])
        for table in evidence.tables
        if table.audience != "detail"
    )
    slopes = [row[t.columns.index("slope")] for t in _answers(evidence) if "slope" in t.columns for row in t.rows]
    return series and bool(slopes) and slopes[0] is not None and slopes[0] * expected["sign"] > 0


def _forecast(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    ranges = expected["ranges"]
    for table in _answers(evidence):
        rows = {key: row for key in ranges for row in table.rows if any(key_agrees(cell, key) for cell in row)}
        near = [
            any(isinstance(c, float) and low <= c <= high for c in rows.get(k, ())) for k, (low, high) in ranges.items()
        ]
        if all(near) and table.row_count == len(ranges):
            return True
    return False


def _named(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    return any(re.search(rf"\b{re.escape(word)}", said) for word in expected["missing"])


def _partial(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    return _named(expected, evidence, said) and holds(expected["expected"], evidence, said)


def _any(expected: dict[str, Any], evidence: Evidence, said: str) -> bool:
    return any(holds(one, evidence, said) for one in expected["of"])


CHECKS: dict[str, Callable[[dict[str, Any], Evidence, str], bool]] = {
    "values": _values,
    "groups": _groups,
    "top": _top,
    "listed": _listed,
    "tested": _tested,
    "leads": _leads,
    "trend": _trend,
    "forecast": _forecast,
    "none": _named,
    "partial": _partial,
    "any": _any,
}
"""How each kind of expectation is checked."""
