"""Questions about the course of time: a trend, the change between two periods, growth from each period to the next."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import adds_up, is_time
from analyst.rulebased.link.linking import span_of
from analyst.rulebased.link.periods import Period, before, year_before
from analyst.rulebased.link.units import PERIODS
from analyst.rulebased.query.model import NOWHERE, Direction, Key, Measure, Query, Ratio, Value, Window
from analyst.rulebased.query.slots import Slots, careful

_COMPARING = ("versus", "difference", "change", "more", "relate", "yearly", "prior")


def change(slots: Slots) -> Query | None:
    """Growth between two periods, in all and by whatever is asked for."""
    scene = slots.scene
    if slots.time is None or not _asks_change(slots):
        return None
    by = _groups(slots)
    ends = _ends(slots)
    why = scene.has("drivers")
    if ends is None and not by and not scene.has("yearly") and not why:
        return None
    lead = slots.lead
    if slots.periods and ends is None:
        return None
    at = slots.dated_at | slots.ordered_at | slots.parts_at
    return slots.query(
        "change", *_COMPARING, "relative", "falling", "by", "between", "list",
        *(("drivers",) if why else ()), "speeding",
        values=(lead,), keys=by, compared=ends, conditions=slots.undated, at=at, order=_direction(slots),
        limit=slots.limit, options={"why": why, "relative": scene.has("relative")},
    )  # fmt: skip


def _direction(slots: Slots) -> Direction:
    return "lowest" if slots.scene.has("falling") or slots.direction == "lowest" else "highest"


def _asks_change(slots: Slots) -> bool:
    scene, parts = slots.scene, [p.unit for p in slots.scene.linked.parts]
    if parts and all(_is_finer(parts[0], period) for period in slots.periods) and len(slots.periods) > 1:
        return False
    if len(slots.periods) >= 2 and (scene.has(*_COMPARING, "between") or _joined_by_to(slots)):
        return True
    if slots.periods and scene.has("prior") and scene.has("versus", "difference", "more", "relate"):
        return True
    if scene.has("trend") and len(slots.periods) < 2:
        return False
    related = _relates_columns(slots)
    cyclic = (
        bool(parts) and parts[0] != "year" and not slots.periods and not slots.roles.entities and not slots.roles.asked
    )
    return scene.has("change", "yearly") and not cyclic and not related


def _is_finer(unit: str, period: Period) -> bool:
    """Whether a period holds several of a unit: quarters of 2023, each beside the same one of 2024."""
    units = list(PERIODS)
    return unit in units and period.kind in units and units.index(unit) < units.index(period.kind)


def _joined_by_to(slots: Slots) -> bool:
    """`from 2006 to 2015`."""
    between = [slots.scene.linked.word(at) for at in range(slots.periods[0].last, slots.periods[-1].first)]
    return between[:1] == ["to"]


def _relates_columns(slots: Slots) -> bool:
    """`does X increase Y`: two columns, of which one does something to the other."""
    scene = slots.scene
    told = {scene.linked.word(0)} & {"do", "does", "did", "is", "are"}
    named = [*slots.roles.measures, *slots.roles.flags, *slots.roles.entities]
    return bool(told) and len({n.column.name for n in named}) > 1 and not slots.periods and not scene.has("yearly")


def _groups(slots: Slots) -> tuple[Key, ...]:
    keys = [k for k in slots.column_keys if not is_time(k.column)]
    if not keys:
        keys = [n.key for n in slots.roles.entities if not is_time(n.column)]
    return tuple(keys[:1])


def _ends(slots: Slots) -> tuple[Period, Period] | None:
    """The two periods to compare, the earlier first; None when the question names none."""
    known = span_of(slots.time) if slots.time is not None else None
    if known is None:
        return None
    periods, yearly = slots.periods, slots.scene.has("yearly")
    if len(periods) >= 2 and not (yearly and len(periods) == 2 and periods[0].kind == "year" != periods[1].kind):
        return periods[0], periods[-1]
    chosen = next((p for p in reversed(periods) if not (yearly and p.kind == "year")), periods[-1] if periods else None)
    if chosen is not None and chosen.kind == "span" and not yearly:
        return _ends_of_span(slots, chosen)
    if chosen is None:
        if not yearly:
            return None
        chosen = Period("year", *known.last_whole("year"), 0, 0)
    earlier = year_before(chosen) if yearly else before(chosen)
    return (earlier, chosen) if earlier.end >= known.low and earlier.start <= known.high else None


def _ends_of_span(slots: Slots, span: Period) -> tuple[Period, Period]:
    """`growth from 2022 to 2024`, read as one span: its first and last year; else the span and the one before."""
    years = span.start.month == 1 and span.start.day == 1 and span.end.month == 12 and span.end.day == 31
    if years and span.end.year > span.start.year:
        first = replace(span, kind="year", end=span.start.replace(month=12, day=31))
        return first, replace(span, kind="year", start=span.end.replace(month=1, day=1))
    return before(span), span


def stepwise(slots: Slots) -> Query | None:
    """Each period beside the one before."""
    if slots.time is None or len(slots.periods) > 1:
        return None
    tokens = slots.scene.linked.tokens
    spots = sorted(slots.scene.at("stepwise", "yearly", "speeding"))
    words = [tokens[at].stem for at in spots]
    short = {"mom": "month", "qoq": "quarter", "wow": "week", "yoy": "year", "monthly": "month", "weekly": "week",
             "quarterly": "quarter", "daily": "day", "yearly": "year", "annual": "year"}  # fmt: skip
    unit = next((short.get(w, w) for w in words if short.get(w, w) in PERIODS), None)
    unit = unit or slots.grain or "year"
    at = slots.scene.at("stepwise", "yearly", "change", "relative", "speeding", "trend")
    at |= slots.parts_at
    how = slots.scene.linked.words_at(("fast",))
    keys = tuple(k for k in slots.column_keys if not is_time(k.column))[:1]
    lead = slots.lead
    if slots.scene.has("mean") or "average" in (tokens[at].word for at in spots):
        if isinstance(lead, Measure) and lead.aggregate == "mean" and lead.column is not None and adds_up(lead.column):
            lead = replace(lead, aggregate="sum")
        return slots.query("mean growth", "mean", values=(lead,), window=Window("growth", unit, at=at | how))
    return slots.query("window", values=(lead,), keys=keys, window=Window("growth", unit, at=at | how))


def trend(slots: Slots) -> Query | None:
    """How a value runs over time."""
    scene = slots.scene
    units = [k for k in slots.part_keys if k.unit in PERIODS]
    asked = scene.has("trend", "change") or units
    if slots.time is None or not asked or len(slots.part_keys) > 1 or len(slots.column_keys) > 1 or slots.rows.having:
        return None
    if len(slots.part_keys) > len(units) or (scene.has("rate", "share") and not slots.values):
        return None
    unit = units[0] if units else None
    several = len(slots.values) > 1
    if several and not (scene.has("trend") and all(map(_is_plain, slots.values))):
        return None
    plain = ("list", "versus") if _is_plain(slots.lead) else ()
    asked_for = slots.query("trend", "trend", "change", "by", *plain)
    course = course_of(asked_for, slots.lead, slots.column_keys, unit, slots.time)
    return careful(replace(course, values=slots.values) if several else course, slots)


def course_of(query: Query, lead: Value, groups: tuple[Key, ...], unit: Key | None, time: ColumnCard) -> Query:
    """`query` as the course of `lead` over `time`, for each of `groups`: by a trend, or as a table where no trend
    computes such a value. `unit`: by which unit of time."""
    if _is_plain(lead) and len(groups) < 2:
        at = query.at | (unit.at if unit is not None else NOWHERE)
        options = {"grain": unit.unit if unit is not None else None}
        return replace(query, intent="trend", values=(lead,), keys=groups, options=options, at=at)
    key = unit or Key(time, "month", NOWHERE)
    return replace(query, intent="aggregate", values=(lead,), keys=(*groups, key), options={"in_time": True})


def _is_plain(lead: Value) -> bool:
    """Whether the trend method computes such a value."""
    if isinstance(lead, Ratio) or lead.weight is not None or lead.minus is not None or lead.last:
        return False
    if lead.aggregate == "rate":
        return lead.condition is not None
    return lead.aggregate in ("sum", "mean", "median", "count") and lead.condition is None
