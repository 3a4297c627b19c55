"""Plans over the order of time: running totals, moving averages, growth period by period, first dates, cohorts."""

from __future__ import annotations

import re
from dataclasses import replace

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.drafting import Draft, Measured, grouped
from analyst.rulebased.grouping import PERIODS, group_key, part_of, time_key
from analyst.rulebased.link.columns import is_time, spoken
from analyst.rulebased.measuring import aggregate, counting, measured
from analyst.rulebased.request import Request, is_added
from analyst.rulebased.select import Select
from analyst.rulebased.steps import query
from analyst.rulebased.words import COUNTED, FIRST_TIME, MOVING, RUNNING

_ADVERBS = {"day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}
_SHORT = {"month": "mom", "week": "wow", "quarter": "qoq"}
_STEPS = {
    unit: f"{unit} over {unit}|{unit} on {unit}|{_SHORT.get(unit, unit + ' growth')}|"
    f"{adverb} (?:\\S+ ){{0,2}}(?:growth|change|increase)|(?:growth|change|increase) (?:by|per|each|every) {unit}"
    for unit, adverb in _ADVERBS.items()
    if unit != "year"
} | {"year": "(?:yearly|annual) (?:\\S+ ){0,2}growth|(?:growth|change) (?:by|per|each|every) year"}
"""How the growth from each period to the next is asked for; year over year is a change between two periods."""
RUNNING_TOTAL = "running_total"
"""The result column that holds the total up to each period."""
FIRST_DATE = "first_date"
"""The result column that holds when something was there for the first time."""
_ENDS = {"first": "min", "earliest": "min", "oldest": "min", "last": "max", "latest": "max", "newest": "max"}


def windowed(request: Request) -> Draft | None:
    """A running total, a moving average, or growth from each period to the next."""
    if request.time is None:
        return None
    for pattern, build in ((RUNNING, _running), (MOVING, _moving)):
        if request.says(pattern):
            return build(request)
    grain = next((unit for unit, pattern in _STEPS.items() if request.says(pattern)), None)
    return None if grain is None or len(request.periods) > 1 else _growth(request, grain)


def _value(request: Request) -> tuple[Measured, Request]:
    found, rest = measured(request)
    wanted = [m for m in found if m.kind != "mean" or m.column is None or not is_added(m.column)]
    if wanted and (wanted[0].kind != "count" or request.says(COUNTED) or not found):
        return wanted[0], rest
    if found and found[0].column is not None:
        return aggregate(found[0].column, "sum"), rest
    named = bool(request.subjects or request.reading.rows or request.says(COUNTED))
    main = request.main_measure
    return (counting(request) if named or main is None else aggregate(main, "sum" if is_added(main) else "mean")), rest


def _by_period(request: Request, lead: Measured, grain: str) -> tuple[Select, list[str]]:
    """A value by period (and by the first group), and the names of its groups."""
    key = time_key(request, grain)
    time = request.time
    if key is None or time is None:
        raise ValueError("a value by period needs a time column")
    groups = request.groups[:1]
    picked = [f"{sql.grouping(c)} AS {sql.quoted(sql.shown_as(c))}" for c in groups]
    picked += [f"{key.sql} AS {sql.quoted(key.shown)}", f"{lead.sql} AS {sql.quoted(lead.shown)}"]
    known = (*request.where, f"{sql.moment(time)} IS NOT NULL")
    names = [sql.quoted(sql.shown_as(c)) for c in groups]
    return Select(tuple(picked), request.table, known, len(groups) + 1), names


def _running(request: Request) -> Draft:
    grain = next((part for part in request.parts if part in PERIODS), "month")
    lead, rest = _value(request)
    inner, groups = _by_period(rest, lead, grain)
    shown, apart = sql.quoted(lead.shown), f"PARTITION BY {groups[0]} " if groups else ""
    total = f"sum({shown}) OVER ({apart}ORDER BY {sql.quoted(grain)}) AS {RUNNING_TOTAL}"
    rows = Select(("*", total), inner, order=", ".join([*groups, sql.quoted(grain)]))
    return Draft(f"The running total of {lead.words} by {grain}{rest.conditions_in_words()}.", (query("s1", rows),))


def _moving(request: Request) -> Draft:
    found = re.search(r"(?<= )(\d+|\w+) (day|week|month|quarter|year)s? (?:moving|rolling|smoothed)", request.text)
    found = found or re.search(r"(?<= )(\d+|\w+) (day|week|month|quarter|year)s?(?= )", request.text)
    told = next((t.count for t in request.tokens if found and t.word == found[1]), None)
    size = min(max(told or 3, 2), 365)
    grain = found[2] if found else next((part for part in request.parts if part in PERIODS), "month")
    lead, rest = _value(request)
    inner, groups = _by_period(rest, lead, grain)
    apart = f"PARTITION BY {groups[0]} " if groups else ""
    frame = f"OVER ({apart}ORDER BY {sql.quoted(grain)} ROWS BETWEEN {size - 1} PRECEDING AND CURRENT ROW)"
    whole = f"CASE WHEN count(*) {frame} = {size} THEN avg({sql.quoted(lead.shown)}) {frame} END AS moving_average"
    rows = Select(("*", whole), inner, order=", ".join([*groups, sql.quoted(grain)]))
    words = f"The moving average of {lead.words} over several {grain}s{rest.conditions_in_words()}."
    return Draft(words, (query("s1", rows),))


def _growth(request: Request, grain: str) -> Draft:
    """Each period beside the one before; of the periods asked for, the first too has one to compare with."""
    lead, rest = _value(request)
    plain = rest.without_periods()
    inner, groups = _by_period(plain, lead, grain)
    shown, apart = sql.quoted(lead.shown), f"PARTITION BY {groups[0]} " if groups else ""
    earlier = f"lag({shown}) OVER ({apart}ORDER BY {sql.quoted(grain)})"
    grown = f"({shown} - {earlier}) / nullif({earlier}, 0) AS growth"
    grown_by_period = Select(("*", f"{shown} - {earlier} AS change", grown), inner)
    order = ", ".join([*groups, sql.quoted(grain)])
    rows = Select(("*",), grown_by_period, _labels_within(rest, grain), order=order)
    return Draft(
        f"The growth of {lead.words} from each {grain} to the next{rest.conditions_in_words()}.", (query("s1", rows),)
    )


def _labels_within(request: Request, grain: str) -> tuple[str, ...]:
    """The periods asked for as a condition on the labels of `grain`."""
    if not request.periods or grain == "week":
        return ()
    first, last = request.periods[0].start, request.periods[0].end

    def label(day: str, month: int) -> str:
        return {"day": day, "month": day[:7], "quarter": f"{day[:4]}-Q{(month + 2) // 3}", "year": day[:4]}[grain]

    low, high = label(first.isoformat(), first.month), label(last.isoformat(), last.month)
    return (f"{sql.quoted(grain)} BETWEEN {sql.value(low)} AND {sql.value(high)}",)


def moments(request: Request) -> Draft | None:
    """`when was the first loan`, `date of the last order by customer`: the ends of a column of dates."""
    when = request.says("when|what date|which date|what day|since when") or request.says(
        "(?:first|last|latest|earliest) \\w* ?(?:date|day)"
    )
    end = next((_ENDS[t.word] for t in request.tokens if t.word in _ENDS), None)
    if (
        request.time is None
        or not when
        or end is None
        or request.periods
        or request.measures
        or request.direction not in (None, "highest", "lowest")
    ):
        return None
    word = "first" if end == "min" else "last"
    read = f"CAST({end}({sql.moment(request.time)}) AS DATE)"
    made = Measured(read, sql.alias(word, request.time.name), f"{word} {spoken(request.time)}", "moment", request.time)
    keys = [c for c in (*request.groups, *request.asked) if not is_time(c)][:1]
    rows = grouped(request, [group_key(c) for c in keys], [made], order="2, 1", limit=100)
    told = f" by {spoken(keys[0])}" if keys else ""
    return Draft(f"The {made.words}{told}{request.conditions_in_words()}.", (query("s1", rows),))


def cohort(request: Request) -> Draft | None:
    """`new customers per month`, `members who borrowed for the first time`: entities by their first date."""
    if request.time is None or not request.says(FIRST_TIME):
        return None
    entity = _repeated(request)
    if entity is None:
        return None
    grain = next((part for part in request.parts if part in PERIODS), None)
    name = sql.quoted(entity.name)
    first = f"CAST(min({sql.moment(request.time)}) AS TIMESTAMP) AS {FIRST_DATE}"
    known = (*(c.sql for c in request.conditions), f"{name} IS NOT NULL")
    kept = tuple(
        f"{FIRST_DATE} >= DATE '{p.start.isoformat()}' AND {FIRST_DATE} < DATE '{p.end.isoformat()}' + 1"
        for p in request.periods[:1]
    )
    counted = f"count(*) AS {sql.quoted(sql.alias('new', entity.name))}"
    rows = Select((counted,), Select((name, first), request.table, known, 1), kept)
    if grain:
        rows = replace(
            rows, picked=(f"{part_of(FIRST_DATE, grain)} AS {sql.quoted(grain)}", counted), keys=1, order="1"
        )
    told = f" by {grain}" if grain else ""
    return Draft(
        f"The number of {spoken(entity)} by first date{told}{request.conditions_in_words()}.",
        (query("s1", rows),),
    )


def _repeated(request: Request) -> ColumnCard | None:
    """The column whose values come back in several rows, named by the question."""
    named = [*request.entities, *request.groups]
    fit = [c for c in named if not is_time(c) and (c.distinct or 0) < request.card.rows]
    return next(iter(sorted(fit, key=lambda c: -(c.distinct or 0))), None)
