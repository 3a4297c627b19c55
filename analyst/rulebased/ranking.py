"""Plans that rank: single rows ("10 heaviest animals"), the first few of each group ("top 2 products per store")."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.lexicon import HIGHEST, LOWEST
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.aggregating import known_groups_only
from analyst.rulebased.drafting import Draft, Key, grouped
from analyst.rulebased.grouping import group_key, time_key
from analyst.rulebased.link.columns import is_measure, is_number, is_time, spoken
from analyst.rulebased.measuring import both_ends, counting, measured
from analyst.rulebased.request import Request, is_money, speaking_measure, yes_no
from analyst.rulebased.select import Select
from analyst.rulebased.steps import query
from analyst.rulebased.words import COUNTED

_LISTED = 5
"""Columns beside the key and the measure that tell what a listed row is."""


def listing(request: Request) -> Draft | None:
    """Single rows, ranked by a measure: the question asks for rows, or for more of them than any group has."""
    if not request.direction or request.parts or request.having or both_ends(request):
        return None
    measure = _ranked_measure(request)
    if measure is None:
        return None
    grouped_by = [*request.groups, *request.entities]
    rows_asked = _asks_rows(request)
    if not rows_asked and not (request.asked_n and all((c.distinct or 0) < request.asked_n for c in grouped_by)):
        return None
    if rows_asked and request.asked_n and not request.groups and len(request.aggregates) == 1:
        summed = {"sum": "sum", "mean": "avg"}.get(request.aggregates[0])
        if summed is not None:
            return _of_first_rows(request, measure, summed)
    if request.groups or set(request.aggregates) - {"max", "min"} or not (request.asked_n or request.subjects):
        return None
    key = _key(request)
    limit = request.asked_n or (1 if _is_single(request) else 10)
    if key is None and not request.asked_n:
        return None
    shown = [c for c in [key, measure, *_telling(request, measure)] if c is not None]
    picked = tuple(dict.fromkeys(f"{_read(c)} AS {sql.quoted(sql.shown_as(c))}" for c in shown))
    where = (*request.where, f"{sql.number(measure)} IS NOT NULL")
    tie = f", {sql.quoted(key.name)}" if key is not None else ""
    rows = Select(picked, request.table, where, order=f"{sql.number(measure)} {request.order}{tie}", limit=limit)
    side = "lowest" if request.direction == "lowest" else "highest"
    reading = f"The single records with the {side} {spoken(measure)}{request.conditions_in_words()}."
    return Draft(reading, (query("s1", rows),))


def _of_first_rows(request: Request, measure: ColumnCard, function: str) -> Draft:
    """`total cost of the 10 most expensive shipments`."""
    read = sql.number(measure)
    where = (*request.where, f"{read} IS NOT NULL")
    inner = Select((f"{read} AS part",), request.table, where, order=f"1 {request.order}", limit=request.limit)
    word = {"sum": "total", "avg": "average"}[function]
    shown = sql.quoted(sql.alias(word, measure.name))
    side = "lowest" if request.direction == "lowest" else "highest"
    reading = (
        f"The {word} {spoken(measure)} of the records with the {side} {spoken(measure)}{request.conditions_in_words()}."
    )
    rows = Select((f"{function}(part) AS {shown}", "count(*) AS records"), inner)
    return Draft(reading, (query("s1", rows),))


def _is_single(request: Request) -> bool:
    """Whether one row is asked for: `the oldest patient`."""
    nouns = [token for at, token in enumerate(request.tokens) if at in request.reading.rows]
    return all(token.word == token.stem for token in nouns) and not request.says(
        "top|list|show|which|rank|ranked|single"
    )


def _ranked_measure(request: Request) -> ColumnCard | None:
    """The measure named, or the money that makes a row big."""
    if request.measures:
        return request.measures[0]
    main = speaking_measure(request.card)
    ranks = request.says("biggest|largest|top|best|smallest|highest|lowest|most expensive|most valuable")
    counts = bool(request.entities or request.groups) or request.says(COUNTED)
    return main if ranks and not counts and main is not None and is_money(main) else None


def _asks_rows(request: Request) -> bool:
    """Whether what is ranked are single rows: the superlative or "which" stands before a word for them."""
    for at, token in enumerate(request.tokens):
        if at in request.reading.rows and not request.entities and not request.groups:
            lead = [request.reading.word(i) for i in range(max(0, at - 4), at)]
            asked = {"which", "what", "top", "list", "show", "single", "individual"} & set(lead)
            ranked = (HIGHEST | LOWEST) & set(lead[-2:])
            return bool(asked or ranked or request.asked_n) or token.word != token.stem
    return False


def _key(request: Request) -> ColumnCard | None:
    named = [c for c in request.subjects if c.role == "identifier"]
    return next(
        iter(named), next((c for c in request.card.columns if c.role == "identifier" and c.personal is None), None)
    )


def _telling(request: Request, measure: ColumnCard) -> list[ColumnCard]:
    fit = [
        c for c in request.card.columns if c is not measure and c.personal is None and c.role in ("dimension", "time")
    ]
    return [c for c in fit if not is_measure(c)][:_LISTED]


def _read(column: ColumnCard) -> str:
    if is_time(column):
        return f"CAST({sql.moment(column)} AS DATE)" if column.dates else sql.quoted(column.name)
    return sql.number(column) if is_number(column) else sql.grouping(column)


def first_of_groups(request: Request) -> Draft | None:
    """`top 2 items per store by revenue`, `best selling item each month`: a ranking within each group."""
    if not request.direction or request.having:
        return None
    outer = _outer(request)
    inner = [c for c in [*request.asked, *request.entities] if outer is None or c is not outer.column]
    if outer is None or not inner:
        return None
    # Groups are ranked here, so "highest revenue per month" is no single highest revenue: what is asked for stays.
    rest = replace(request, groups=(inner[0],), entities=(), asked=(inner[0],), parts=())
    found, rest = measured(rest)
    lead = found[0] if found else counting(request)
    keys = [outer, group_key(inner[0])]
    made = known_groups_only(grouped(rest, keys, [lead], order="1"), keys).unordered()
    names = [sql.quoted(key.shown) for key in keys]
    order = f"{sql.quoted(lead.shown)} {request.order} NULLS LAST, {names[1]}"
    place = f"row_number() OVER (PARTITION BY {names[0]} ORDER BY {order})"
    n = request.asked_n or 1
    placed = Select(("*", f"{place} AS place"), made)
    rows = Select(("*",), placed, (f"place <= {n}",), order=f"{names[0]}, place")
    side = "lowest" if request.direction == "lowest" else "highest"
    reading = f"Of each {keys[0].words} the {keys[1].words} with the {side} {lead.words}{rest.conditions_in_words()}."
    return Draft(reading, (query("s1", rows),))


def _outer(request: Request) -> Key | None:
    """What each ranking is made within: a column or a unit of time after "each", "per" or "by"."""
    for column in request.groups:
        if column not in request.asked and not is_measure(column) and _within(request, request.place(column), column):
            return group_key(column)
    for part in request.reading.parts:
        if request.reading.lead(part.start) in ("each", "every", "per", "by", "within"):
            return time_key(request, part.unit)
    return None


def _within(request: Request, at: int, column: ColumnCard) -> bool:
    """Whether the ranking is asked for within each value of the column named at token `at`."""
    lead = request.reading.lead(at)
    if lead in ("each", "every", "per", "within"):
        return True
    return lead == "by" and bool(request.asked_n) and not is_measure(column) and not yes_no(column)
