"""Values made of two columns: ratios with a name (margin), ratios and differences spelt out, averages per customer."""

from __future__ import annotations

import re
from dataclasses import replace

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.drafting import Measured
from analyst.rulebased.link.columns import is_measure, meanings, name_words, spoken
from analyst.rulebased.reading import numbers_in
from analyst.rulebased.request import Request, is_added, yes_no
from analyst.rulebased.words import COUNTED, DIFFERENCE, PER

_NAMED: tuple[tuple[str, tuple[str, ...], tuple[str, ...], str], ...] = (
    (r"click ?through(?: rate)?|ctr", ("click",), ("impression", "view"), "click_through_rate"),
    (
        r"conversion rates?|cvr|convert(?:s|ed)? best|best converting",
        ("conversion", "signup", "order"),
        ("click", "session", "visit", "visitor", "lead", "impression"),
        "conversion_rate",
    ),
    (r"cpc|cost per click", ("cost", "spend"), ("click",), "cost_per_click"),
    (
        r"cpa|cac|cost per (?:acquisition|conversion)",
        ("cost", "spend"),
        ("conversion", "signup"),
        "cost_per_conversion",
    ),
    (
        r"roas|roi|returns? on (?:\w+ )?(?:spend|investment|cost|spending|budget)",
        ("revenue", "sale", "income", "conversion"),
        ("spend", "cost", "investment", "budget"),
        "return_on_spend",
    ),
    (
        r"(?:profit |gross |net |operating )?margins?|profitability",
        ("profit",),
        ("revenue", "sale", "price", "amount"),
        "margin",
    ),
    (r"occupancy rate", ("occupied",), ("room", "capacity", "available"), "occupancy_rate"),
)
_UNITS = frozenset(
    ["km", "mile", "kg", "ton", "hour", "minute", "night", "kwh", "liter", "litre", "meter", "unit", "foot", "sqft"]
)
"""Units that stand for the one measure whose name holds them."""
_WASTE = r"(scrap|defect|reject|waste|error|failure|return|refund|loss|damage|cancellation|discount|tip|tax) rates?"


def ratio(request: Request) -> tuple[Measured, Request] | None:
    """A ratio that the question asks for; and the request without what it is per."""
    exact = {word for column in request.measures for word in name_words(column.name)}
    for pattern, tops, bottoms, name in _NAMED:
        whole = set(name.split("_")) & exact and len(request.measures) == 1 and name == "margin"
        named = any(re.fullmatch(pattern, " ".join(name_words(column.name))) for column in request.measures)
        if request.says(pattern) and not whole and not named:
            top, bottom = _pick(request, tops), _pick(request, bottoms)
            if top is not None and bottom is not None and top is not bottom:
                return divided(top, bottom, name), ungrouped(request, bottom)
    return _part_of_whole(request) or _per(request)


def _pick(request: Request, words: tuple[str, ...]) -> ColumnCard | None:
    """The measure that one of `words` names: one that the question names too comes first."""
    numbers = [c for c in request.card.columns if is_measure(c) and not yes_no(c)]
    for word in words:
        fitting = [c for c in numbers if word in meanings(c.name) and "rate" not in meanings(c.name)]
        named = [c for c in fitting if c in request.measures]
        if named or fitting:
            return (named or fitting)[0]
    return None


def divided(top: ColumnCard, bottom: ColumnCard, shown: str, times: int = 1) -> Measured:
    """The total of one column over that of another, by `times` units of the latter."""
    read = f"sum({sql.number(top)})" if times == 1 else f"{times} * sum({sql.number(top)})"
    text = f"{read} / nullif(sum({sql.number(bottom)}), 0)"
    per = f"per {times:,} {spoken(bottom)}" if times != 1 else f"relative to {spoken(bottom)}"
    return Measured(text, shown, f"{spoken(top)} {per} (total over total)", "ratio", top)


def _part_of_whole(request: Request) -> tuple[Measured, Request] | None:
    """`scrap rate`: a number column of what was lost, relative to the one that it is a part of."""
    if not request.says(_WASTE) or request.binary or len(request.measures) > 2 or not request.measures:
        return None
    part = request.measures[0]
    if "rate" in name_words(part.name) or "percent" in meanings(part.name):
        return None
    others = [c for c in request.card.columns if c is not part and is_measure(c) and not yes_no(c)]
    whole = [c for c in request.measures[1:]] or [
        c for c in others if set(name_words(c.name)) & set(name_words(part.name))
    ]
    if len(whole) != 1:
        return None
    return divided(part, whole[0], sql.alias(part.name, "rate")), ungrouped(request, whole[0])


def _per(request: Request) -> tuple[Measured, Request] | None:
    """`X per Y`, `X relative to Y`, `ratio of X to Y`, `revenue per customer`."""
    named = sorted(_named(request), key=request.place)
    numbers = [c for c in named if is_measure(c) and not yes_no(c)]
    if request.says("ratio") and len(numbers) >= 2:
        shown = sql.alias(numbers[0].name, "per", numbers[1].name)
        return divided(numbers[0], numbers[1], shown), as_conditions(request)
    for _, end in spans_of_per(request):
        made = _per_at(request, end, named, numbers)
        if made is not None:
            return made
    return _mean_count(request)


def spans_of_per(request: Request) -> list[tuple[int, int]]:
    """Where the question relates one thing to another (not where it bounds a number)."""
    bounds = request.reading.bounds
    return [(first, end) for first, end in request.spans(PER) if not any(b.start <= first < b.end for b in bounds)]


def _per_at(
    request: Request, at: int, named: list[ColumnCard], numbers: list[ColumnCard]
) -> tuple[Measured, Request] | None:
    times = request.tokens[at].count if at < len(request.tokens) else None
    after_times = at + 1 if times else at
    tops = [c for c in numbers if request.place(c) < at]
    if [t.word for t in request.tokens[after_times + 1 : after_times + 2]] == ["of"]:
        return _per_unit_of(request, after_times + 2, tops)
    after = next((c for c in named if after_times <= request.place(c) <= after_times + 1), None)
    after = _of_unit(request, after_times) or after
    if not tops or after is tops[-1]:
        return None
    if after is None:
        return _per_row(request, after_times, tops)
    shown = sql.alias(tops[-1].name, "per", after.name)
    if is_measure(after) and not yes_no(after) and not (after.distinct or 99) <= 3:
        return divided(tops[-1], after, shown, times or 1), ungrouped(request, after)
    if is_key(request, after):
        return _per_row(request, after_times, tops)
    many = after.role == "identifier" or {"id", "code"} & meanings(after.name) or (after.distinct or 0) > 30
    if many and not request.direction and not request.says("each|every"):
        text = f"sum({sql.number(tops[-1])}) / nullif(count(DISTINCT {sql.quoted(after.name)}), 0)"
        made = Measured(text, shown, f"total {spoken(tops[-1])} per {spoken(after)}", "ratio", tops[-1])
        return made, ungrouped(request, after)
    return None


def _per_unit_of(request: Request, at: int, tops: list[ColumnCard]) -> tuple[Measured, Request] | None:
    """`cost per day of stay`: relative to the number column that is named after the unit."""
    named = [m for m in request.reading.mentions if m.start <= at < m.end]
    bottoms = [c for m in named for c in numbers_in(m) if c not in tops]
    if not tops or not bottoms:
        return None
    return divided(tops[-1], bottoms[0], sql.alias(tops[-1].name, "per", bottoms[0].name)), ungrouped(
        request, bottoms[0]
    )


def _per_row(request: Request, at: int, tops: list[ColumnCard]) -> tuple[Measured, Request] | None:
    """`distance per trip`: the mean over rows."""
    if at not in request.reading.rows:
        return None
    top = tops[-1]
    keys = [c for c in (*request.groups, *request.entities) if is_key(request, c)]
    rest = request
    for key in keys:
        rest = ungrouped(rest, key)
    shown = sql.alias("average", top.name)
    if top.missing and is_added(top):
        whole = f"sum({sql.number(top)}) * 1.0 / count(*)"
        words = f"total {spoken(top)} per record"
        return Measured(whole, sql.alias(top.name, "per_record"), words, "ratio", top), as_conditions(rest)
    return Measured(
        f"avg({sql.number(top)})", shown, f"average {spoken(top)}", "mean", top, sql.number(top)
    ), as_conditions(rest)


def is_key(request: Request, column: ColumnCard) -> bool:
    """Whether the column's values are those of single rows."""
    return (column.distinct or 0) >= request.card.rows - (column.missing or 0) and column.role == "identifier"


def _mean_count(request: Request) -> tuple[Measured, Request] | None:
    """`how many loans does a member have on average`, `average number of orders per customer`."""
    if not request.says(COUNTED) or "mean" not in request.aggregates or request.measures:
        return None
    named = [*request.groups, *request.entities]
    column = next((c for c in named if c.role == "identifier"), named[0] if named else None)
    if column is None or is_key(request, column):
        return None
    text = f"count(*) * 1.0 / nullif(count(DISTINCT {sql.quoted(column.name)}), 0)"
    words = f"average number of records per {spoken(column)}"
    made = Measured(text, sql.alias("records_per", column.name), words, "ratio")
    return made, ungrouped(request, column)


def _of_unit(request: Request, at: int) -> ColumnCard | None:
    """The measure whose unit stands at token `at`: "cost per km" and a column distance_km."""
    stems = [token.stem for token in request.tokens[at : at + 2]]
    fit = [
        c
        for c in request.card.columns
        if is_measure(c)
        and any(stem in _UNITS and stem in meanings(c.name) and stem != name_words(c.name)[0] for stem in stems[:1])
    ]
    return fit[0] if len(fit) == 1 else None


def _named(request: Request) -> list[ColumnCard]:
    return [*request.entities, *request.measures, *request.groups, *request.binary]


def difference(request: Request) -> tuple[Measured, Request] | None:
    """`before minus after`, `difference between claim and payout`: two number columns row by row."""
    numbers = sorted((c for c in request.measures if not yes_no(c)), key=request.place)
    said = request.spans(DIFFERENCE)
    if len(numbers) != 2 or not said:
        return None
    first, second = numbers
    between = [t.word for t in request.tokens[request.place(first) : request.place(second)]]
    joined = request.says("minus|less") or (
        "and" in between and request.says("difference between|gap between|spread between")
    )
    if not joined:
        return None
    row = f"({sql.number(first)} - {sql.number(second)})"
    told = [kind for kind in request.aggregates if kind in ("sum", "mean", "median")]
    kind = told[0] if told else "sum" if is_added(first) and is_added(second) else "mean"
    read = {"sum": "sum", "mean": "avg", "median": "median"}[kind]
    word = {"sum": "total", "mean": "average", "median": "median"}[kind]
    words = f"{word} of {spoken(first)} minus {spoken(second)}"
    made = Measured(f"{read}{row}", sql.alias(word, "difference"), words, kind, None, row)
    return made, as_conditions(replace(request, measures=(first,)))


def as_conditions(request: Request) -> Request:
    """The request with its yes/no columns turned into conditions: "average age of patients who were readmitted"."""
    added = []
    for column in request.binary:
        if column in request.groups:
            continue
        negated = column.name in request.negated
        words = f"{'not ' if negated else ''}{spoken(column)}"
        text = sql.equals(column, [sql.yes_of(column)], negated=negated)
        added.append(sql.Condition(text, words, column.name, request.place(column)))
    return replace(request, conditions=(*request.conditions, *added), binary=())


def ungrouped(request: Request, column: ColumnCard) -> Request:
    """The request that no longer groups by `column`."""
    groups = tuple(c for c in request.groups if c is not column)
    entities = tuple(c for c in request.entities if c is not column)
    return as_conditions(replace(request, groups=groups, entities=entities))
