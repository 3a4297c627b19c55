"""Plans about time: growth between periods, trends, and the periods that stand out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from contracts.table import ColumnCard
from embedded import sql
from embedded.columns import is_number, spoken
from embedded.drafting import Draft, Key, Measured, Step, grouped, listed, method, preparing, query, ranked
from embedded.measuring import COUNTED, aggregate, counting, measured, time_key
from embedded.periods import Period, before, bounds, year_before
from embedded.request import Request, is_added
from embedded.tokens import words_of
from embedded.understanding import span_of

_RISE = "grow|grows|grew|grown|growing|growth|increase|increases|increased|increasing|rise|rises|rose|risen|gain|gained|improve|improved|improvement|improving|up|gainers?|fastest|expanded|jumped|soared"
_FALL = "fall|falls|fell|fallen|decline|declines|declined|declining|decrease|decreases|decreased|decreasing|drop|drops|dropped|shrink|shrank|shrunk|lose|losing|lost|worsen|worsened|down|slumped|losers?|plunged|sank"
_CHANGE = f"{_RISE}|{_FALL}|change|changes|changed|yoy|mom|qoq|year over year|year on year|month over month|month on month|quarter over quarter|evolve|evolved"
_COMPARE = "vs|versus|against|compared|compare|compares|comparison|than|relative|and|difference|differ|between|or|change|growth"
_YEARLY = "year over year|year on year|yoy|y o y|(?:than|to|with|vs|versus|against|from|over) (?:the )?(?:last|previous|prior|same) (?:\\w+ )?(?:of )?(?:the )?(?:last |previous )?year|year before|a year earlier|annual growth"
_TREND = "trend|trends|trending|over time|develop|developed|development|evolve|evolved|evolution|history|historical|timeline|course|by month|month by month|seasonal|seasonality|time series|over the (?:years|months|weeks|days|quarters|year|last \\w+ \\w+)|through the year|across time"
_EXTREME = (
    "which|what|when|busiest|best|worst|peak|quietest|slowest|strongest|weakest|highest|lowest|most|least|fewest|top"
)
_CALENDAR = "usually|typically|generally|of the year|on average|calendar|normally|tend|tends"


def change(request: Request) -> Draft | None:
    """Growth between two periods, in all and by whatever is asked for."""
    if request.time is None or not _asks_change(request):
        return None
    found, rest = measured(replace(request, conditions=request.conditions))
    lead = _lead(found, rest)
    span = _bounds(rest)
    by = [c for c in (*rest.groups, *rest.entities) if c is not rest.time][:1]
    if rest.compared and not by:
        by = [rest.compared[0]]
    if (
        span is None
        and not by
        and not rest.says(_YEARLY)
        and not rest.says("why|cause|caused|reason|reasons|because|explain")
    ):
        return None
    if lead.kind == "ratio" or lead.kind in ("distinct", "quantile"):
        return _ratio_change(rest, lead, span, by)
    return _change(rest, lead, span, by)


def _asks_change(request: Request) -> bool:
    if len(request.periods) >= 2 and request.says(_COMPARE):
        return True
    if request.says(_TREND) and not request.periods:
        return False
    named = request.says(_CHANGE + "|" + _YEARLY)
    return named and not (
        request.part in ("month", "week", "day", "hour", "weekday") and not request.periods and not request.entities
    )


def _lead(found: list[Measured], request: Request) -> Measured:
    if found and (found[0].kind != "count" or request.says(COUNTED)):
        return found[0]
    main = request.main_measure
    events = (
        request.time is not None and request.place(request.time) < 10_000 and not request.says("date|dates|time|day")
    )
    if main is None or main.role != "measure" or (events and not request.measures):
        return counting(request)
    return aggregate(main, "sum" if is_added(main) else "mean")


def _bounds(request: Request) -> tuple[Period, Period] | None:
    """The two periods to compare, the earlier first; None when the question names none."""
    known = span_of(request.time) if request.time is not None else None
    if known is None:
        return None
    periods = sorted(request.periods, key=lambda period: (period.start, period.end))
    yearly = request.says(_YEARLY)
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
    extra = {lead.shown: lead.row_sql} if lead.kind == "rate" and lead.row_sql else None
    first, source = preparing(plain, extra)
    given = {"time": request.time.name if request.time else None, **_value(lead), **_ends(span)}
    causes = request.says(
        "why|cause|caused|causes|reason|reasons|because|explain|explains|drove|behind|driver|drivers|responsible"
    )
    groups = by or (_dimensions(request)[: 3 if causes else 1])
    steps: list[Step] = [*first]
    if not by and not causes:
        steps.append(method("", "change", source, **given))
    steps += [method("", "change", source, **given, by=column.name) for column in groups]
    if not groups:
        steps.append(method("", "trend", source, time=given["time"], **_value(lead)))
    numbered = [{**step, "id": f"s{at}"} for at, step in enumerate(steps[len(first) :], 1)]
    steps = [*first, *numbered, *([_top_changes(request, by[0])] if by else [])]
    groups = groups if by or causes else []
    told = f" by {listed([spoken(c) for c in groups])}" if groups else ""
    words = "between the last two whole periods" if span is None else f"from {span[0].words} to {span[1].words}"
    partial = "" if span is None or span[1].whole else " (the data does not cover the later period to its end)"
    return Draft(f"The change of {lead.words}{told} {words}{plain.conditions_in_words()}{partial}.", tuple(steps))


def _top_changes(request: Request, column: ColumnCard) -> Step:
    falling = request.says(_FALL + "|lowest|worst|least|slowest|weakest")
    field = (
        "growth"
        if request.says("growth|grow|grows|grew|grown|growing|percent|percentage|rate|fastest|slowest")
        else "change"
    )
    order = "ASC" if falling else "DESC"
    shown = sql.name(column.name)
    text = f"SELECT {shown}, before, after, change, growth FROM s1 ORDER BY {field} {order} NULLS LAST, {shown} LIMIT {request.limit}"
    return query("s2", text)


def _value(lead: Measured) -> dict[str, str | None]:
    if lead.kind == "rate":
        return {"value": lead.shown, "agg": "mean"}
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
        return trend(request)
    cases = " ".join(f"WHEN {sql.within(request.time, p.start, p.end)} THEN {sql.value(p.label)}" for p in span)
    key = Key(f"CASE {cases} END", "period", "period")
    keys = [*([Key(sql.grouping(c), sql.shown_as(c), spoken(c), c) for c in by]), key]
    both = replace(request, periods=span)
    step = grouped(both, "s1", keys, [lead], order=", ".join(str(at + 1) for at in range(len(keys))))
    return Draft(
        f"The {lead.words} in {span[0].words} and {span[1].words}{request.without_periods().conditions_in_words()}.",
        (step,),
    )


def extreme(request: Request) -> Draft | None:
    """Which week, weekday, hour or month is the best, worst or busiest."""
    if request.time is None or request.part is None or not request.says(_EXTREME):
        return None
    if any(c for c in request.groups) or request.says("growth|grew|grow|correlated"):
        return None
    found, rest = measured(replace(request, entities=()))
    lead = found[0] if found else counting(request)
    part = "month_name" if request.part == "month" and request.says(_CALENDAR) else request.part
    key = time_key(request, part)
    if key is None:
        return None
    order = "ASC" if request.says("lowest|worst|quietest|slowest|weakest|fewest|least") else "DESC"
    extra = []
    if lead.kind in ("sum", "count") and part in ("weekday", "hour", "month_name"):
        day = f"count(DISTINCT CAST({sql.moment(request.time)} AS DATE))"
        extra.append(f"{lead.sql} * 1.0 / {day} AS average_per_day")
    first = grouped(
        rest, "s1", [key], [lead], order=ranked(lead, [key], order), limit=request.asked_n or 24, extra=extra
    )
    first["sql"] = str(first["sql"]).replace(
        " GROUP BY", f"{' AND ' if rest.where else ' WHERE '}{sql.moment(request.time)} IS NOT NULL GROUP BY", 1
    )
    prepared, source = preparing(rest, {lead.shown: lead.row_sql} if lead.kind == "rate" and lead.row_sql else None)
    support = []
    if part in ("day", "week", "month", "quarter", "year") and lead.kind != "ratio":
        support = [*prepared, method("s2", "trend", source, time=request.time.name, grain=part, **_value(lead))]
    told = f"The {lead.words} by {key.words}{rest.conditions_in_words()}, {'lowest' if order == 'ASC' else 'highest'} first."
    return Draft(told, (*support[:-1], first, *support[-1:]))


def trend(request: Request) -> Draft | None:
    """How a value runs over time."""
    if request.time is None:
        return _yearly(request)
    asked = request.says(_TREND) or request.part in ("day", "week", "month", "quarter", "year") or request.says(_CHANGE)
    if not asked or request.part in ("hour", "weekday"):
        return None
    found, rest = measured(request)
    lead = _lead(found, rest)
    grain = request.part if request.part in ("day", "week", "month", "quarter", "year") else None
    if lead.kind == "ratio" or lead.kind in ("distinct", "quantile", "max", "min", "std"):
        key = time_key(rest, grain or "month")
        step = grouped(rest, "s1", [key] if key else [], [lead], order="1")
        return Draft(f"The {lead.words} by {grain or 'month'}{rest.conditions_in_words()}.", (step,))
    if grain and lead.kind == "mean" and lead.column is not None and _per_period(request, lead):
        return _average_period(rest, lead, grain)
    before_it, source = preparing(rest, {lead.shown: lead.row_sql} if lead.kind == "rate" and lead.row_sql else None)
    groups = [c for c in (*rest.groups, *([rest.compared[0]] if rest.compared else [])) if (c.distinct or 99) <= 30][:1]
    by = groups[0].name if groups else None
    steps = [*before_it, method("s1", "trend", source, time=request.time.name, **_value(lead), grain=grain, by=by)]
    told = f" by {grain}" if grain else " over time"
    return Draft(
        f"How {lead.words} runs{told}{f' for each {by}' if by else ''}{rest.conditions_in_words()}.", tuple(steps)
    )


def _per_period(request: Request, lead: Measured) -> bool:
    """`average revenue per month`, `average daily sales`: a mean of totals, when the measure adds up."""
    said = request.says(
        f"per {request.part}|daily|weekly|monthly|quarterly|yearly|annual|hourly|a {request.part}|each {request.part}"
    )
    return said and lead.column is not None and is_added(lead.column) and not request.says(_TREND)


def _average_period(request: Request, lead: Measured, grain: str) -> Draft:
    key = time_key(request, grain)
    total = aggregate(lead.column, "sum") if lead.column else counting(request)
    inner = grouped(request, "s1", [key] if key else [], [total], order="1")["sql"].split(" ORDER BY ")[0]
    shown = sql.alias("average", total.shown, "per", grain)
    text = (
        f"SELECT avg({sql.name(total.shown)}) AS {sql.name(shown)}, count(*) AS {sql.name(grain + 's')} FROM ({inner})"
    )
    prepared, source = preparing(request)
    support = method(
        "s2", "trend", source, time=request.time.name if request.time else None, **_value(total), grain=grain
    )
    reading = f"The average of the {total.words} of each {grain}{request.conditions_in_words()}."
    return Draft(reading, (*prepared, query("s1", text), support))


def _holds_years(column: ColumnCard) -> bool:
    """Whether a number column holds calendar years."""
    named = is_number(column) and {"year", "yr"} & set(words_of(column.name))
    return bool(named) and isinstance(column.min, (int, float)) and 1000 <= column.min <= 2200


def _yearly(request: Request) -> Draft | None:
    """A trend over a column of years, where the table has no dates."""
    years = next((c for c in request.card.columns if _holds_years(c)), None)
    if years is None or not request.says(f"{_TREND}|{_CHANGE}|by year|per year|yearly|annual|each year|years"):
        return None
    lead = _lead(*measured(replace(request, groups=tuple(g for g in request.groups if g is not years))))
    key = Key(sql.number(years), sql.shown_as(years), spoken(years), years)
    others = [Key(sql.grouping(c), sql.shown_as(c), spoken(c), c) for c in request.groups if c is not years][:1]
    keys = [*others, key]
    step = grouped(request, "s1", keys, [lead], order=", ".join(str(at + 1) for at in range(len(keys))))
    return Draft(f"The {lead.words} by {listed([k.words for k in keys])}{request.conditions_in_words()}.", (step,))


def forecast(request: Request) -> Draft | None:
    """What the next periods should bring."""
    future = "next (?:\\d+ |\\w+ )?(?:days?|weeks?|months?|quarters?|years?)|forecast|forecasts|forecasting|projection|projected|outlook|upcoming|coming (?:\\w+ )?(?:days?|weeks?|months?|quarters?|years?)|will be|going to be|future"
    if request.time is None or not request.says(future):
        return None
    found, rest = measured(request.without_periods())
    lead = _lead(found, rest)
    if lead.kind in ("ratio", "distinct", "quantile"):
        return None
    grain, horizon = _horizon(request)
    prepared, source = preparing(rest, {lead.shown: lead.row_sql} if lead.kind == "rate" and lead.row_sql else None)
    time = request.time.name
    first = method("s1", "forecast", source, time=time, **_value(lead), horizon=horizon, grain=grain)
    steps = (*prepared, first, method("s2", "trend", source, time=time, **_value(lead), grain=grain))
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
        months = (
            (ahead[-1].end.year - known.high.year) * 12
            + ahead[-1].end.month
            - bounds("month", known.high + timedelta(days=1))[0].month
        )
        return "month", max(1, min(months + 1, 36))
    return (request.part if request.part not in ("hour", "weekday") else None), None
