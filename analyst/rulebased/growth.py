"""Plans about growth: two periods compared, in all and by what the question names, with what lies behind it."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.drafting import Draft, Key, Measured, grouped, preparing
from analyst.rulebased.link.columns import is_number, spoken
from analyst.rulebased.link.periods import Period, before, year_before
from analyst.rulebased.measuring import aggregate, counting, measured
from analyst.rulebased.reading import span_of
from analyst.rulebased.request import Request, is_added
from analyst.rulebased.select import Select
from analyst.rulebased.steps import Step, method, query
from analyst.rulebased.words import CHANGE, COMPARE, COUNTED, FALL, TREND, WHY, YEARLY


def change(request: Request) -> Draft | None:
    """Growth between two periods, in all and by whatever is asked for."""
    if request.time is None or not _asks_change(request):
        return None
    found, rest = measured(replace(request, conditions=request.conditions))
    lead = lead_of(found, rest)
    span = _bounds(rest)
    by = [c for c in (*rest.groups, *rest.entities) if c is not rest.time][:1]
    if rest.compared and not by:
        by = [rest.compared[0]]
    if (
        span is None
        and not by
        and not rest.says(YEARLY)
        and not rest.says("why|causes?|caused|reasons?|because|explain")
    ):
        return None
    if lead.kind == "ratio" or lead.kind in ("distinct", "quantile"):
        return _ratio_change(rest, lead, span, by)
    return _change(rest, lead, span, by)


def _asks_change(request: Request) -> bool:
    if len(request.periods) >= 2 and request.says(COMPARE):
        return True
    if request.says_apart(TREND) and len(request.periods) < 2:
        return False
    named = request.says_apart(CHANGE + "|" + YEARLY)
    cyclic = request.part in ("month", "week", "day", "hour", "weekday")
    return named and not (cyclic and not request.periods and not request.entities)


def lead_of(found: list[Measured], request: Request) -> Measured:
    """The value whose course is asked for: the first that is measured; else the one that speaks for the table."""
    if found and (found[0].kind != "count" or request.says(COUNTED)):
        return found[0]
    if found and request.parts and not request.measures and not request.says(TREND):
        return found[0]
    main = request.main_measure
    dated = request.time is not None and request.place(request.time) < 10_000
    events = (dated and not request.says("date|dates|time|day")) or bool(request.subjects)
    if main is None or main.role != "measure" or (events and not request.measures):
        return counting(request)
    return aggregate(main, "sum" if is_added(main) else "mean")


def _bounds(request: Request) -> tuple[Period, Period] | None:
    """The two periods to compare, the earlier first; None when the question names none."""
    known = span_of(request.time) if request.time is not None else None
    if known is None:
        return None
    periods = sorted(request.periods, key=lambda period: (period.start, period.end))
    yearly = request.says(YEARLY)
    if len(periods) >= 2 and not (yearly and len(periods) == 2 and periods[0].kind == "year" != periods[1].kind):
        return periods[0], periods[-1]
    chosen = next((p for p in reversed(periods) if not (yearly and p.kind == "year")), periods[-1] if periods else None)
    if chosen is None:
        if not yearly:
            return None
        start, end = known.last_whole("year")
        chosen = Period("year", start, end, 0, 0)
    earlier = year_before(chosen) if yearly else before(chosen)
    if earlier.end < known.low:
        return None
    return (earlier, chosen) if earlier.start <= known.high else None


def _change(request: Request, lead: Measured, span: tuple[Period, Period] | None, by: list[ColumnCard]) -> Draft:
    plain = request.without_periods()
    first, source = preparing(plain, computed(lead))
    given = {"time": request.time.name if request.time else None, **value_of(lead), **_ends(span)}
    causes = request.says(WHY)
    groups = by or (_dimensions(request)[: 3 if causes else 1])
    parts = [] if by or causes else [method("", "change", source, **given)]
    parts += [method("", "change", source, **given, by=column.name) for column in groups]
    if not groups:
        parts.append(method("", "trend", source, time=given["time"], **value_of(lead)))
    numbered = [replace(step, id=f"s{at}") for at, step in enumerate(parts, 1)]
    steps = [*first, *numbered, *([_top_changes(request, by[0])] if by else [])]
    groups = groups if by or causes else []
    told = f" by {listed([spoken(c) for c in groups])}" if groups else ""
    words = "between the last two complete periods" if span is None else f"from {span[0].words} to {span[1].words}"
    partial = "" if span is None or span[1].whole else " (the data does not cover all of the later period)"
    return Draft(f"The change of {lead.words}{told} {words}{plain.conditions_in_words()}{partial}.", tuple(steps))


def _top_changes(request: Request, column: ColumnCard) -> Step:
    falling = request.says(FALL + "|lowest|worst|least|slowest|weakest")
    field = (
        "growth"
        if request.says("growth|grow|grows|grew|grown|growing|percent|percentage|rate|fastest|slowest")
        else "change"
    )
    order = "ASC" if falling else "DESC"
    shown = sql.quoted(column.name)
    picked = (shown, "before", "after", "change", "growth")
    return query("s2", Select(picked, "s1", order=f"{field} {order} NULLS LAST, {shown}", limit=request.limit))


def computed(lead: Measured) -> dict[str, str]:
    """What methods need as a further column: the value of one row, where it is no column of the table."""
    return {lead.shown: lead.row_sql} if lead.row_sql and (lead.kind == "rate" or lead.column is None) else {}


def value_of(lead: Measured) -> dict[str, str | None]:
    """The parameters by which a method reads a measured value."""
    if computed(lead):
        return {"value": lead.shown, "agg": "sum" if lead.kind == "sum" else "mean"}
    if lead.column is None or lead.kind in ("count", "distinct"):
        return {"value": None, "agg": None}
    return {"value": lead.column.name, "agg": lead.kind if lead.kind in ("sum", "mean", "median", "count") else "mean"}


def _ends(span: tuple[Period, Period] | None) -> dict[str, str]:
    return {} if span is None else {"from": span[0].label, "to": span[1].label}


def _dimensions(request: Request) -> list[ColumnCard]:
    """Columns over which a change can be taken apart: few values, no names of persons."""
    fit = [c for c in request.card.columns if c.role == "dimension" and not is_number(c) and c.personal is None]
    return [c for c in fit if 2 <= (c.distinct or 0) <= 30][:3]


def _ratio_change(
    request: Request, lead: Measured, span: tuple[Period, Period] | None, by: list[ColumnCard]
) -> Draft | None:
    if span is None or request.time is None:
        return None
    cases = " ".join(f"WHEN {sql.within(request.time, p.start, p.end)} THEN {sql.value(p.label)}" for p in span)
    key = Key(f"CASE {cases} END", "period", "period")
    keys = [*([Key(sql.grouping(c), sql.shown_as(c), spoken(c), c) for c in by]), key]
    both = replace(request, periods=span)
    rows = grouped(both, keys, [lead], order=", ".join(str(at + 1) for at in range(len(keys))))
    return Draft(
        f"The {lead.words} in {span[0].words} and {span[1].words}{request.without_periods().conditions_in_words()}.",
        (query("s1", rows),),
    )
