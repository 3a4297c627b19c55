"""What is computed: a sum, a mean, a count, a rate, a ratio of two measures; and over which groups."""

from __future__ import annotations

import re
from dataclasses import replace

from contracts.table import ColumnCard
from embedded import sql
from embedded.columns import is_measure, is_number, spoken
from embedded.drafting import Key, Measured
from embedded.request import Request, is_added, yes_no
from embedded.tokens import words_of

RATE = r"rates?|shares?|percent|percentage|percentages|proportion|proportions|fraction|probability|chances?|likelihood|likely|how often|odds|%"
COUNTED = r"how many|number of|counts?|the number|no of|(?:most|least|more) (?:common|frequent|popular|often)|frequency|frequencies|how often"
_WORDS = {
    "sum": ("total", "sum({})"), "mean": ("average", "avg({})"), "median": ("median", "median({})"),
    "min": ("lowest", "min({})"), "max": ("highest", "max({})"), "std": ("std", "stddev_samp({})"),
}  # fmt: skip
_RATIOS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], str], ...] = (
    (r"click ?through(?: rate)?|ctr", ("click",), ("impression", "view"), "click_through_rate"),
    (r"conversion rates?|cvr|convert(?:s|ed)? best|best converting", ("conversion", "signup", "order"),
     ("click", "session", "visit", "visitor", "lead", "impression"), "conversion_rate"),
    (r"cpc|cost per click", ("cost", "spend"), ("click",), "cost_per_click"),
    (r"cpa|cac|cost per (?:acquisition|conversion)", ("cost", "spend"), ("conversion", "signup"), "cost_per_conversion"),
    (r"roas|roi|returns? on (?:\w+ )?(?:spend|investment|cost|spending|budget)", ("revenue", "sale", "income", "conversion"),
     ("spend", "cost", "investment", "budget"), "return_on_spend"),
    (r"(?:profit |gross |net |operating )?margins?|profitability", ("profit",), ("revenue", "sale", "price", "amount"), "margin"),
    (r"occupancy rate", ("occupied",), ("room", "capacity", "available"), "occupancy_rate"),
)  # fmt: skip
_PER = r"per|relative to|divided by|over|compared to|in relation to|for every|for each|as a (?:share|percentage|fraction|percent|proportion) of"


def aggregate(column: ColumnCard, kind: str, quantile: float | None = None) -> Measured:
    """`kind` of `column`: sum, mean, median, min, max, std or quantile."""
    read = sql.number(column)
    if kind == "quantile" and quantile is not None:
        told = f"p{quantile * 100:g}".replace(".", "_")
        return Measured(
            f"quantile_cont({read}, {quantile})",
            sql.alias(told, column.name),
            f"{told} of {spoken(column)}",
            kind,
            column,
        )
    word, pattern = _WORDS[kind]
    row = read if kind in ("sum", "mean") else None
    return Measured(pattern.format(read), sql.alias(word, column.name), f"{word} {spoken(column)}", kind, column, row)


def counting(request: Request, noun: str = "") -> Measured:
    """The number of rows."""
    return Measured("count(*)", "count", f"number of {noun}" if noun else "number of records", "count")


def measured(request: Request) -> tuple[list[Measured], Request]:
    """What the question wants computed, and the request without the conditions that went into it."""
    found = _ratio(request)
    if found is not None:
        return [found[0]], found[1]
    if (
        request.binary
        and not request.measures
        and not request.says_apart(RATE)
        and (request.says(COUNTED) or request.direction)
    ):
        return _yes_counted(request)
    if request.says_apart(RATE) or (request.binary and not request.measures):
        rated = _rate(request)
        if rated is not None:
            return [rated[0]], rated[1]
    if request.says(COUNTED):
        counted = _count(request)
        if counted is not None:
            return [counted], _as_conditions(request)
    if request.measures:
        return _aggregates(request), _as_conditions(request)
    if request.aggregates and set(request.aggregates) & {"mean", "median", "sum", "quantile", "std"}:
        main = request.main_measure
        if (
            main is not None
            and main.role == "measure"
            and (_only_measure(request) or request.says("value|values|amount|size|worth"))
        ):
            return _aggregates(replace(request, measures=(main,))), _as_conditions(request)
    if request.entities or request.groups or request.conditions or request.part:
        return ([counting(request)] if _rows_asked(request) else []), _as_conditions(request)
    return [], request


def _yes_counted(request: Request) -> tuple[list[Measured], Request]:
    """How many rows say yes; in a ranking also which part of each group's rows."""
    column = request.binary[0]
    rest = _as_conditions(replace(request, binary=request.binary[1:]))
    if not request.direction:
        return [counting(request)], _as_conditions(request)
    test = sql.is_yes(column)
    made = Measured(
        f"sum(CASE WHEN {test} THEN 1 ELSE 0 END)",
        sql.alias(column.name, "count"),
        f"number of {spoken(column)}",
        "yes_count",
    )
    return [made, _rated(test, column, spoken(column), False)], rest


def _only_measure(request: Request) -> bool:
    return sum(is_measure(c) and c.role == "measure" and not yes_no(c) for c in request.card.columns) == 1


def _rows_asked(request: Request) -> bool:
    return bool(request.groups or request.conditions or request.part or request.direction or request.entities)


def _as_conditions(request: Request) -> Request:
    """The request with its yes/no columns turned into conditions: "average age of patients who were readmitted"."""
    added = []
    for column in request.binary:
        negated = column.name in request.negated
        words = f"{'not ' if negated else ''}{spoken(column)}"
        added.append(sql.Condition(sql.equals(column, [sql.yes_of(column)], negated=negated), words, column.name))
    return replace(request, conditions=(*request.conditions, *added), binary=())


def _kinds(request: Request, column: ColumnCard) -> list[str]:
    asked = [kind for kind in request.aggregates if kind != "quantile"]
    if asked:
        return asked
    if request.quantiles:
        return []
    grouped = request.groups or request.entities or request.part or request.compared
    if request.direction and not grouped:
        return ["min" if request.direction == "lowest" else "max"]
    if yes_no(column) or request.says("differ|differs|difference|differences|different|significant|significantly"):
        return ["mean"]
    if request.says("revenues?|sales|turnover|earnings|takings"):
        return ["sum"]
    return ["sum" if is_added(column) else "mean"]


def _aggregates(request: Request) -> list[Measured]:
    out: list[Measured] = []
    for column in request.measures[:3]:
        out += [aggregate(column, kind) for kind in _kinds(request, column)]
        out += [aggregate(column, "quantile", q) for q in request.quantiles]
    unique = {m.shown: m for m in out}
    return list(unique.values())[:6]


def _count(request: Request) -> Measured | None:
    found = re.search(rf"(?<= )(?:{COUNTED})(?= )", request.text)
    at = len(request.text[: found.end()].split()) if found else 0
    noun = request.tokens[at].word if at < len(request.tokens) else ""
    if found is None or not re.search("many|number|count|no of", found[0]):
        return counting(request)
    distinct = noun in ("different", "distinct", "unique", "separate", "individual")
    at += distinct
    column = next((c for c in _named(request) if request.place(c) == at), None)
    if column is None:
        return counting(request)
    if is_number(column) and column in request.measures:
        return aggregate(column, "sum") if is_added(column) and not distinct else None
    if column in request.binary or column in request.groups:
        return counting(request)
    if not distinct and column.distinct is not None and column.distinct >= request.card.rows - (column.missing or 0):
        return counting(request, noun)
    return Measured(f"count(DISTINCT {sql.grouping(column)})", sql.alias("distinct", column.name), f"number of different {spoken(column)}",
                    "distinct", column)  # fmt: skip


def _named(request: Request) -> list[ColumnCard]:
    return [*request.entities, *request.measures, *request.groups, *request.binary]


def _rate(request: Request) -> tuple[Measured, Request] | None:
    """The share of rows that say yes, or that have the value named last."""
    if request.binary:
        column = request.binary[0]
        if request.measures and not request.says_apart(RATE):
            return None
        negated = column.name in request.negated
        test = sql.is_yes(column)
        condition = f"NOT ({test})" if negated else test
        rest = _as_conditions(replace(request, binary=request.binary[1:]))
        return _rated(condition, column, spoken(column), negated), rest
    positive = [c for c in request.conditions if not request.measures]
    if not positive:
        return None
    last = max(positive, key=lambda c: c.first)
    rated = next((c for c in request.card.columns if c.name == last.column), None)
    if rated is None:
        return None
    rest = replace(request, conditions=tuple(c for c in request.conditions if c is not last), compared=None)
    if request.compared and request.compared[0] is rated and not request.groups:
        return None
    return _rated(last.sql, rated, last.words, False), rest


def _rated(condition: str, column: ColumnCard, words: str, negated: bool) -> Measured:
    row = f"CASE WHEN {condition} THEN 1.0 WHEN {sql.name(column.name)} IS NOT NULL THEN 0.0 END"
    shown = sql.alias(*(["not"] if negated else []), words, *([] if "rate" in words.casefold().split() else ["rate"]))
    return Measured(f"avg({row})", shown, f"{'not ' if negated else ''}{words} rate", "rate", column, row)


def _ratio(request: Request) -> tuple[Measured, Request] | None:
    """A ratio that has a name (margin, conversion rate), or one spelt out; the request without what it is per."""
    exact = {word for column in request.measures for word in words_of(column.name)}
    for pattern, tops, bottoms, name in _RATIOS:
        if request.says(pattern) and not (
            set(name.split("_")) & exact and len(request.measures) == 1 and name == "margin"
        ):
            top, bottom = _pick(request, tops), _pick(request, bottoms)
            if top is not None and bottom is not None and top is not bottom:
                return _divided(top, bottom, name), _ungrouped(request, bottom)
    return _per(request)


def _pick(request: Request, words: tuple[str, ...]) -> ColumnCard | None:
    """The measure that one of `words` names: one that the question names too comes first."""
    numbers = [c for c in request.card.columns if is_measure(c) and not yes_no(c)]
    for word in words:
        fitting = [c for c in numbers if word in words_of(c.name) and "rate" not in words_of(c.name)]
        named = [c for c in fitting if c in request.measures]
        if named or fitting:
            return (named or fitting)[0]
    return None


def _divided(top: ColumnCard, bottom: ColumnCard, shown: str) -> Measured:
    text = f"sum({sql.number(top)}) / nullif(sum({sql.number(bottom)}), 0)"
    return Measured(text, shown, f"{spoken(top)} relative to {spoken(bottom)} (total over total)", "ratio", top)


def _per(request: Request) -> tuple[Measured, Request] | None:
    """`X per Y`, `X relative to Y`, `ratio of X to Y`, `revenue per customer`."""
    found = re.search(rf"(?<= )(?:{_PER})(?= )", request.text)
    ratio = request.says("ratio")
    if found is None and not ratio:
        return None
    at = len(request.text[: found.end()].split()) if found else 0
    named = sorted((c for c in _named(request)), key=request.place)
    numbers = [c for c in named if is_measure(c) and not yes_no(c)]
    if ratio and len(numbers) >= 2:
        return _divided(numbers[0], numbers[1], sql.alias(numbers[0].name, "per", numbers[1].name)), _as_conditions(
            request
        )
    after = next((c for c in named if at <= request.place(c) <= at + 1), None)
    tops = [c for c in numbers if request.place(c) < at]
    after = after or _of_unit(request, at)
    if after is None or not tops or after is tops[-1]:
        return None
    shown = sql.alias(tops[-1].name, "per", after.name)
    if is_measure(after) and not (after.distinct or 99) <= 3:
        return _divided(tops[-1], after, shown), _ungrouped(request, after)
    many = after.role == "identifier" or "id" in words_of(after.name) or (after.distinct or 0) > 30
    if many and not request.direction and not request.says("each|every"):
        text = f"sum({sql.number(tops[-1])}) / nullif(count(DISTINCT {sql.name(after.name)}), 0)"
        made = Measured(text, shown, f"{spoken(tops[-1])} per {spoken(after)}", "ratio", tops[-1])
        return made, _ungrouped(request, after)
    return None


def _of_unit(request: Request, at: int) -> ColumnCard | None:
    """The measure whose unit stands at token `at`: "cost per km" and a column distance_km."""
    unit = request.tokens[at].stem if at < len(request.tokens) else ""
    fit = [c for c in request.card.columns if is_measure(c) and unit and unit in words_of(c.name)[1:]]
    return fit[0] if len(fit) == 1 and unit in UNITS else None


UNITS = frozenset(["km", "mile", "kg", "ton", "hour", "minute", "night", "kwh", "liter", "litre", "meter", "unit"])
"""Units that stand for the one measure whose name holds them."""


def _ungrouped(request: Request, column: ColumnCard) -> Request:
    """The request that no longer groups by `column`."""
    groups = tuple(c for c in request.groups if c is not column)
    return _as_conditions(
        replace(request, groups=groups, entities=tuple(c for c in request.entities if c is not column))
    )


_PARTS = {
    "day": "strftime({}, '%Y-%m-%d')", "week": "strftime({}, '%G-W%V')", "month": "strftime({}, '%Y-%m')",
    "quarter": "strftime({0}, '%Y') || '-Q' || quarter({0})", "year": "strftime({}, '%Y')", "weekday": "dayname({})",
    "hour": "hour({})", "month_name": "monthname({})",
}  # fmt: skip


def time_key(request: Request, part: str) -> Key | None:
    """The time column by `part`: day, week, month, quarter, year, weekday, hour or month_name; None without one."""
    if request.time is None:
        return None
    read = f"CAST({sql.moment(request.time)} AS TIMESTAMP)"
    return Key(_PARTS[part].format(read), part, part.replace("_name", ""), request.time)


def group_key(column: ColumnCard) -> Key:
    """A column to group by; a number of many values falls into about eight steps of a round width."""
    if is_number(column) and column.role == "measure" and (column.distinct or 0) > 12:
        low, high = _number(column.min), _number(column.max)
        if low is not None and high is not None and high > low:
            width = _round_width((high - low) / 8)
            text = f"floor({sql.number(column)} / {width}) * {width}"
            return Key(text, sql.alias(column.name, "from"), f"{spoken(column)} in steps", column)
    return Key(sql.grouping(column), sql.shown_as(column), spoken(column), column)


def _number(item: object) -> float | None:
    return float(item) if isinstance(item, (int, float)) else None


def _round_width(raw: float) -> str:
    """The width of 1, 2, 5 or 10 times a power of ten that is next above `raw`."""
    power = 10.0 ** (len(str(int(raw))) - 1) if raw >= 1 else 1.0
    while raw < power:
        power /= 10
    width = next(step * power for step in (1, 2, 5, 10) if step * power >= raw)
    return str(int(width)) if width == int(width) else f"{width:.10g}"


_WHO = "which|what|whose|list|rank|ranked|ranking|top|breakdown|differ|differs|vary|varies|by|compare|for each"


def keys_of(request: Request) -> list[Key]:
    """What the answer is grouped by: the groups, else the values compared, else who is ranked or asked for."""
    columns = list(request.groups[:2])
    if request.compared and request.compared[0] not in columns:
        columns.append(request.compared[0])
    if not columns and (request.direction or request.says(_WHO)):
        columns = [
            c for c in request.entities if request.direction or request.says("by") or _names_several(c, request)
        ][:1]
    if not columns and request.direction and request.says("who|whom"):
        columns = [c for c in request.card.columns if c.role == "identifier"][:1]
    return [group_key(column) for column in columns[:2]]


def _names_several(column: ColumnCard, request: Request) -> bool:
    """Whether rows share the column's values, so that grouping by it says something."""
    return column.personal is None and (column.distinct or 0) < request.card.rows
