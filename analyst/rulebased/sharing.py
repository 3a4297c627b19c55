"""Plans about parts of a whole: what share each group makes up, one value, or the first few of a ranking."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.drafting import Draft, Measured, grouped, preparing
from analyst.rulebased.link.columns import spoken
from analyst.rulebased.measuring import aggregate, counting
from analyst.rulebased.request import Request, is_added, is_money, speaking_measure
from analyst.rulebased.select import Select
from analyst.rulebased.steps import method, query
from analyst.rulebased.words import RATE, SHARE


def share(request: Request) -> Draft | None:
    """What part of a total each group, or one value, makes up."""
    if not request.says_apart(SHARE) or request.binary or _rate_of_value(request):
        return None
    if len(request.measures) > 1 and request.says("relative to|as an? \\w+ of|percent of|% of"):
        return None
    column = _whole(request)
    if column is not None and not is_added(column):
        return None
    if request.asked_n and request.direction:
        return _share_of_first(request, column)
    valued = [c for c in request.conditions if not c.negated and c.item]
    groups = [*request.groups, *request.entities]
    if column is not None and valued and not request.groups:
        return _share_of_value(request, column, valued)
    if not groups or _is_condition_rate(request):
        return None
    value = None if column is None else column.name
    before, source = preparing(request)
    by = groups[0].name if len(request.groups) < 2 else [c.name for c in request.groups[:2]]
    noun = "the number of records" if column is None else f"total {column.name}"
    reading = f"The share of {noun} that each {groups[0].name} makes up{request.conditions_in_words()}."
    return Draft(reading, (*before, method("s1", "share", source, by=by, value=value)))


def _whole(request: Request) -> ColumnCard | None:
    """The measure whose total is split: named, or meant by "sales" or "money"."""
    if request.measures:
        return request.measures[0]
    main = speaking_measure(request.card)
    money = request.says("money|sales|revenue|turnover|income|spend|spending|takings")
    return main if money and main is not None and is_money(main) else None


def _rate_of_value(request: Request) -> bool:
    return bool([c for c in request.conditions if c.item]) and not request.measures and request.says_apart(RATE)


def _is_condition_rate(request: Request) -> bool:
    """`what share of orders were above 100`: a condition on rows, and no group to split by."""
    return bool(request.conditions) and not request.groups and not request.measures


def _share_of_value(request: Request, measure: ColumnCard, valued: list[sql.Condition]) -> Draft:
    chosen = max(valued, key=lambda c: c.first)
    rest = replace(request, conditions=tuple(c for c in request.conditions if c is not chosen), compared=None)
    read = sql.number(measure)
    part = f"sum(CASE WHEN {chosen.sql} THEN {read} ELSE 0 END)"
    made = Measured(f"{part} / nullif(sum({read}), 0)", "share", f"share of total {measure.name}", "ratio", measure)
    total = Measured(f"sum({read})", sql.alias("total", measure.name), "total", "sum", measure)
    values = [made, Measured(part, sql.alias("part", measure.name), "part", "sum"), total]
    first = query("s1", grouped(rest, [], values, order=""))
    before, source = preparing(rest)
    support = method("s2", "share", source, by=chosen.column, value=measure.name)
    reading = f"The share of total {measure.name} that comes from {chosen.words}{rest.conditions_in_words()}."
    return Draft(reading, (*before, first, support))


def _share_of_first(request: Request, measure: ColumnCard | None) -> Draft | None:
    """`what percentage of the money comes from the top 10 donors`."""
    group = next(iter([*request.asked, *request.entities, *request.groups]), None)
    if group is None:
        return None
    value = counting(request) if measure is None else aggregate(measure, "sum")
    known = (*request.where, f"{sql.quoted(group.name)} IS NOT NULL")
    inner = Select((f"{sql.grouping(group)} AS part", f"{value.sql} AS amount"), request.table, known, 1)
    place = f"row_number() OVER (ORDER BY amount {request.order} NULLS LAST, part) AS place"
    part = f"sum(amount) FILTER (WHERE place <= {request.limit})"
    shown = (f"{part} / nullif(sum(amount), 0) AS share", f"{part} AS part", "sum(amount) AS total")
    rows = Select((*shown, "count(*) AS all_groups"), Select(("amount", place), inner))
    before, source = preparing(request)
    told = None if measure is None else measure.name
    support = method(
        "s2", "share", source, by=group.name, value=told, top=request.limit if request.direction == "highest" else None
    )
    side = "lowest" if request.direction == "lowest" else "highest"
    reading = (
        f"The share of {value.words} that the {side} ranked {spoken(group)} make up{request.conditions_in_words()}."
    )
    return Draft(reading, (*before, query("s1", rows), support))
