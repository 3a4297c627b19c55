"""Plans about time: how a value runs, the periods that stand out, and what the next ones should bring."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from analyst.core.text import listed
from analyst.rulebased import sql
from analyst.rulebased.drafting import Draft, Key, Measured, Preparing, grouped, preparing, ranked
from analyst.rulebased.grouping import PERIODS, time_key
from analyst.rulebased.growth import computed, lead_of, value_of
from analyst.rulebased.link.columns import spoken
from analyst.rulebased.link.periods import bounds
from analyst.rulebased.measuring import aggregate, counting, measured
from analyst.rulebased.reading import holds_years, span_of
from analyst.rulebased.request import Request, is_added
from analyst.rulebased.select import Select
from analyst.rulebased.steps import Step, method, query
from analyst.rulebased.words import CALENDAR, CHANGE, EXTREME_OF_TIME, FORECAST, TREND


def extreme(request: Request) -> Draft | None:
    """Which week, weekday, hour or month is the best, worst or busiest."""
    if request.time is None or len(request.parts) != 1 or not request.says(EXTREME_OF_TIME):
        return None
    if request.groups or request.asked or request.says("growth|grew|grow|correlated"):
        return None
    found, rest = measured(replace(request, entities=()))
    lead = found[0] if found else counting(request)
    part = "month_name" if request.part == "month" and request.says(CALENDAR) else request.parts[0]
    key = time_key(request, part)
    if key is None:
        return None
    lead = _per_calendar_unit(request, lead, part)
    order = "ASC" if request.says("lowest|worst|quietest|slowest|weakest|fewest|least") else "DESC"
    extra = []
    if lead.kind in ("sum", "count") and part in ("weekday", "hour", "month_name"):
        day = f"count(DISTINCT CAST({sql.moment(request.time)} AS DATE))"
        extra.append(f"{lead.sql} * 1.0 / {day} AS average_per_day")
    rows = grouped(rest, [key], [lead], order=ranked(lead, [key], order), limit=request.asked_n or 24, extra=extra)
    first = query("s1", rows.where_also(f"{sql.moment(request.time)} IS NOT NULL"))
    prepared, source = preparing(rest, computed(lead))
    support: list[Step | Preparing] = []
    if part in ("day", "week", "month", "quarter", "year") and lead.kind != "ratio":
        support = [*prepared, method("s2", "trend", source, time=request.time.name, grain=part, **value_of(lead))]
    side = "lowest" if order == "ASC" else "highest"
    told = f"The {lead.words} by {key.words}{rest.conditions_in_words()}, {side} first."
    return Draft(told, (*support[:-1], first, *support[-1:]))


def _per_calendar_unit(request: Request, lead: Measured, part: str) -> Measured:
    """`which month has on average the highest sales`: the total by how many such months there are."""
    column, unit = lead.column, {"month_name": "month", "weekday": "day", "hour": "day"}.get(part)
    if unit is None or lead.kind != "mean" or column is None or not is_added(column) or request.time is None:
        return lead
    if not request.says("on average"):
        return lead
    text = f"sum({sql.number(column)}) * 1.0 / count(DISTINCT date_trunc('{unit}', {sql.moment(request.time)}))"
    shown = sql.alias("average_total", column.name)
    return Measured(text, shown, f"average total {spoken(column)} per {part.replace('_name', '')}", "ratio", column)


def trend(request: Request) -> Draft | None:
    """How a value runs over time."""
    if request.time is None:
        return _yearly(request)
    asked = request.says_apart(TREND) or request.part in PERIODS or request.says_apart(CHANGE)
    if not asked or len(request.parts) > 1 or request.part in ("hour", "weekday") or len(request.groups) > 1:
        return None
    found, rest = measured(request)
    if len(found) > 1 and not request.says_apart(TREND):
        return None
    lead = lead_of(found, rest)
    grain = request.part if request.part in PERIODS else None
    if lead.kind == "ratio" or lead.kind in ("distinct", "quantile", "max", "min", "std"):
        key = time_key(rest, grain or "month")
        rows = grouped(rest, [key] if key else [], [lead], order="1")
        return Draft(f"The {lead.words} by {grain or 'month'}{rest.conditions_in_words()}.", (query("s1", rows),))
    if grain and _per_period(request, lead):
        return _average_period(rest, lead, grain)
    before_it, source = preparing(rest, computed(lead))
    groups = [c for c in (*rest.groups, *([rest.compared[0]] if rest.compared else [])) if (c.distinct or 99) <= 30][:1]
    by = groups[0].name if groups else None
    steps = [*before_it, method("s1", "trend", source, time=request.time.name, **value_of(lead), grain=grain, by=by)]
    told = f" by {grain}" if grain else " over time"
    return Draft(
        f"How {lead.words} changes{told}{f' for each {by}' if by else ''}{rest.conditions_in_words()}.", tuple(steps)
    )


def _per_period(request: Request, lead: Measured) -> bool:
    """`average revenue per month`, `average daily sales`: a mean of totals, when the measure adds up."""
    said = request.says(
        f"per {request.part}|daily|weekly|monthly|quarterly|yearly|annual|hourly|a {request.part}|each {request.part}"
    )
    added = lead.kind == "count" or (lead.kind == "mean" and lead.column is not None and is_added(lead.column))
    return said and added and "mean" in request.aggregates and not request.groups and not request.says_apart(TREND)


def _average_period(request: Request, lead: Measured, grain: str) -> Draft:
    key = time_key(request, grain)
    total = aggregate(lead.column, "sum") if lead.column else counting(request)
    inner = grouped(request, [key] if key else [], [total], order="1").unordered()
    shown = sql.alias("average", total.shown, "per", grain)
    average = f"avg({sql.quoted(total.shown)}) AS {sql.quoted(shown)}"
    rows = Select((average, f"count(*) AS {sql.quoted(grain + 's')}"), inner)
    prepared, source = preparing(request)
    support = method(
        "s2", "trend", source, time=request.time.name if request.time else None, **value_of(total), grain=grain
    )
    reading = f"The average of the {total.words} of each {grain}{request.conditions_in_words()}."
    return Draft(reading, (*prepared, query("s1", rows), support))


def _yearly(request: Request) -> Draft | None:
    """A trend over a column of years, where the table has no dates."""
    years = next((c for c in request.card.columns if holds_years(c)), None)
    if years is None or not request.says(f"{TREND}|{CHANGE}|by year|per year|yearly|annual|each year|years"):
        return None
    lead = lead_of(*measured(replace(request, groups=tuple(g for g in request.groups if g is not years))))
    key = Key(sql.number(years), sql.shown_as(years), spoken(years), years)
    others = [Key(sql.grouping(c), sql.shown_as(c), spoken(c), c) for c in request.groups if c is not years][:1]
    keys = [*others, key]
    rows = grouped(request, keys, [lead], order=", ".join(str(at + 1) for at in range(len(keys))))
    reading = f"The {lead.words} by {listed([k.words for k in keys])}{request.conditions_in_words()}."
    return Draft(reading, (query("s1", rows),))


def forecast(request: Request) -> Draft | None:
    """What the next periods should bring."""
    if request.time is None or not request.says_apart(FORECAST):
        return None
    found, rest = measured(request.without_periods())
    lead = lead_of(found, rest)
    if lead.kind in ("ratio", "distinct", "quantile"):
        return None
    grain, horizon = _horizon(request)
    prepared, source = preparing(rest, computed(lead))
    time = request.time.name
    first = method("s1", "forecast", source, time=time, **value_of(lead), horizon=horizon, grain=grain)
    steps = (*prepared, first, method("s2", "trend", source, time=time, **value_of(lead), grain=grain))
    return Draft(f"A forecast of {lead.words}{f' by {grain}' if grain else ''}{rest.conditions_in_words()}.", steps)


def _horizon(request: Request) -> tuple[str | None, int | None]:
    """The grain and the number of periods to forecast."""
    for at, token in enumerate(request.tokens[:-1]):
        if token.word in ("next", "coming", "upcoming"):
            count = request.tokens[at + 1].count
            unit = (
                request.tokens[at + 2 if count else at + 1].stem if at + 1 + bool(count) < len(request.tokens) else ""
            )
            if unit in ("day", "week", "month", "quarter", "year"):
                finer = {"quarter": ("month", 3), "year": ("month", 12)}.get(unit) if not count or count == 1 else None
                return finer or (unit, min(count or 1, 60))
    known = span_of(request.time) if request.time else None
    ahead = [p for p in request.periods if known and p.end > known.high]
    if ahead and known:
        first, last = bounds("month", known.high + timedelta(days=1))[0], ahead[-1].end
        months = (last.year - first.year) * 12 + last.month - first.month
        return "month", max(1, min(months + 1, 36))
    return (request.part if request.part in PERIODS else None), None
