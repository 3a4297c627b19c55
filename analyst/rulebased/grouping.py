"""What an answer has one row for: columns, steps of a number, units of time."""

from __future__ import annotations

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.drafting import Key
from analyst.rulebased.link.columns import is_number, spoken
from analyst.rulebased.reading import holds_years
from analyst.rulebased.request import Request, is_added

_PARTS = {
    "day": "strftime({}, '%Y-%m-%d')", "week": "strftime({}, '%G-W%V')", "month": "strftime({}, '%Y-%m')",
    "quarter": "strftime({0}, '%Y') || '-Q' || quarter({0})", "year": "strftime({}, '%Y')", "weekday": "dayname({})",
    "hour": "hour({})", "month_name": "monthname({})",
    "weekend": "CASE WHEN isodow({}) > 5 THEN 'weekend' ELSE 'weekday' END",
}  # fmt: skip
PERIODS = ("day", "week", "month", "quarter", "year")
"""Units of time that follow each other, which weekdays and hours don't."""
MOST_KEYS = 3
_WHO = "which|what|whose|list|rank|ranked|ranking|top|breakdown|differ|differs|vary|varies|by|compare|for each"


def time_key(request: Request, part: str) -> Key | None:
    """The time column by `part`: day, week, month, quarter, year, weekday, hour or month_name; None without one."""
    if request.time is None:
        return None
    read = f"CAST({sql.moment(request.time)} AS TIMESTAMP)"
    return Key(part_of(read, part), part, part.replace("_name", ""), request.time)


def part_of(moment: str, part: str) -> str:
    """The unit of time `part` of a moment, as SQL."""
    return _PARTS[part].format(moment)


def group_key(column: ColumnCard) -> Key:
    """A column to group by; a number of many values falls into about eight steps of a round width."""
    if is_stepped(column):
        low, high = _number(column.min), _number(column.max)
        if low is not None and high is not None and high > low:
            width = _round_width((high - low) / 8)
            text = f"floor({sql.number(column)} / {width}) * {width}"
            return Key(text, sql.alias(column.name, "from"), f"{spoken(column)} in steps", column)
    return Key(sql.grouping(column), sql.shown_as(column), spoken(column), column)


def is_stepped(column: ColumnCard) -> bool:
    """Whether the column holds so many numbers that only steps of it make groups."""
    few = (column.distinct or 0) <= 12 or ((column.distinct or 0) <= 40 and not is_added(column) and _is_whole(column))
    return is_number(column) and column.role == "measure" and not few and not holds_years(column)


def _is_whole(column: ColumnCard) -> bool:
    return "INT" in column.type.upper()


def _number(item: object) -> float | None:
    return float(item) if isinstance(item, (int, float)) else None


def _round_width(raw: float) -> str:
    """The width of 1, 2, 5 or 10 times a power of ten that is next above `raw`."""
    power = 10.0 ** (len(str(int(raw))) - 1) if raw >= 1 else 1.0
    while raw < power:
        power /= 10
    width = next(step * power for step in (1, 2, 5, 10) if step * power >= raw)
    return str(int(width)) if width == int(width) else f"{width:.10g}"


def keys_of(request: Request) -> list[Key]:
    """What the answer is grouped by: the groups, else the values compared, else who is ranked or asked for."""
    columns = list(request.groups[:MOST_KEYS])
    columns += [c for c in request.asked if c not in columns and not _is_single(c, request)]
    if request.compared and request.compared[0] not in columns:
        columns.append(request.compared[0])
    if not columns and (request.direction or request.having or request.says(_WHO)):
        named = [
            c
            for c in request.entities
            if request.direction or request.having or request.says("by") or not _is_single(c, request)
        ]
        columns = named[:1]
    if not columns and request.direction and request.says("who|whom"):
        columns = [c for c in request.card.columns if c.role == "identifier"][:1]
    return [group_key(column) for column in columns[:MOST_KEYS]]


def _is_single(column: ColumnCard, request: Request) -> bool:
    """Whether rows hardly share the column's values, so that grouping by it says nothing."""
    hidden = column.personal not in (None, "person_name")
    return hidden or (column.distinct or 0) >= request.card.rows - (column.missing or 0)


def part_keys(request: Request) -> list[Key]:
    """The units of time that the question groups by."""
    return [key for part in request.parts for key in [time_key(request, part)] if key is not None]
