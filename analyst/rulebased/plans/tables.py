"""Values in all and by group, shares, and counts of things with or without something, by SQL."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import MONTHS, listed
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.link.columns import is_measure, is_number, is_time, spoken, yes_no
from analyst.rulebased.link.units import PERIODS
from analyst.rulebased.plans.conditions import bound_words, bounds, condition, words
from analyst.rulebased.plans.draft import Asked, Draft, course, known, method_columns, method_value, select, step
from analyst.rulebased.plans.expressions import Keyed, Valued, key, value
from analyst.rulebased.query.model import Key, Measure, Members, Ratio
from analyst.rulebased.query.slots import features_of
from analyst.rulebased.steps import DATA, Select, Step

_MOST_GROUPS = 100


_MOST_SHOWN = 20


_MONTHS = {name.casefold() for month in MONTHS for name in (month, month[:3])}
_DESCRIBED = frozenset(("mean", "sum", "median", "max", "min", "std", "quantile"))


def aggregate(asked: Asked) -> Draft:
    """The values in all, or a row for each group: ranked by value, or in the order of time."""
    if asked.query.having:
        return _having(asked)
    keys, values = asked.keys, asked.values
    if not keys:
        return _in_all(asked, values)
    draft = _by_group(asked, keys, values)
    return _together(asked, draft) if _is_together(asked) else draft


def _in_all(asked: Asked, values: list[Valued]) -> Draft:
    lead = values[0]
    steps = [select(asked.grouped([], values))]
    if (
        lead.kind in _DESCRIBED
        and lead.column is not None
        and not is_time(lead.column)
        and isinstance(lead.value, Measure)
    ):
        steps.append(step("describe", columns=[lead.column.name]))
    elif lead.kind == "count" and asked.where:
        share = f"avg(CASE WHEN {sql.both(asked.where)} THEN 1.0 ELSE 0.0 END) AS share_of_all"
        steps.append(select(Select((share, "count(*) AS all_records"), DATA)))
    return Draft(f"The {listed([v.words for v in values])}{asked.in_words}.", tuple(steps))


def _by_group(asked: Asked, keys: list[Keyed], values: list[Valued]) -> Draft:
    lead, query = values[0], asked.query
    in_time = (query.options.get("in_time") or any(k.unit in PERIODS for k in keys)) and not query.order
    order = ", ".join(str(at + 1) for at in range(len(keys))) if in_time else asked.ranked(lead, keys)
    if not query.order and keys[-1].unit in ("weekday", "hour") and len(keys) == 1 and keys[0].unit == "hour":
        order = "1"
    months = _months(keys[0])
    if months and not query.order and not in_time:
        in_time, order = True, ", ".join([months, *map(str, range(2, len(keys) + 1))])
    extra = _per_day(asked, lead, keys) if query.options.get("per_day") else ()
    if query.options.get("shared"):
        extra = (f"{lead.sql} / nullif(sum({lead.sql}) OVER (PARTITION BY {keys[0].sql}), 0) AS share",)
    rows = asked.grouped(keys, values, order=order, limit=_limit(asked, keys, bool(in_time)))
    rows = known(replace(rows, picked=(*rows.picked, *extra)), keys)
    side = "" if in_time else ", lowest first" if query.order == "lowest" else ", highest first"
    reading = f"The {listed([v.words for v in values])} by {listed([k.words for k in keys])}{asked.in_words}{side}."
    support, columns = _support(asked, lead, keys)
    if query.options.get("why") and lead.column is not None:
        support.append(_reasons(asked, lead))
    return Draft(reading, (select(rows), *support), columns)


def _months(first: Keyed) -> str:
    """The order of months by name, as SQL; nothing where a key holds none."""
    values = first.column.values or ()
    named = len(values) > 2 and first.column.complete and all(str(v).casefold() in _MONTHS for v in values)
    if first.unit != "month_name" and not named:
        return ""
    short = ", ".join(sql.value(month[:3].lower()) for month in MONTHS)
    return f"list_position([{short}], lower(left({first.sql}, 3)))"


def _per_day(asked: Asked, lead: Valued, keys: list[Keyed]) -> tuple[str, ...]:
    if asked.time is None or keys[0].unit not in ("weekday", "hour", "month_name"):
        return ()
    day = f"count(DISTINCT CAST({sql.quoted(asked.time.name)} AS DATE))"
    return (f"{lead.sql} * 1.0 / {day} AS average_per_day",)


def _limit(asked: Asked, keys: list[Keyed], in_time: bool) -> int | None:
    if asked.query.limit:
        return min(asked.query.limit, 100)
    if asked.query.order:
        return 10
    return None if in_time else _MOST_GROUPS


def _reasons(asked: Asked, lead: Valued) -> Step:
    features = [column.name for column in features_of(asked.card, lead.column)]
    return step("drivers", target=lead.column.name if lead.column else "", features=features)


def _support(asked: Asked, lead: Valued, keys: list[Keyed]) -> tuple[list[Step], dict[str, str]]:
    """A test of the differences between groups, or each group's share of the total; and the columns that it needs."""
    column = keys[0].column
    if len(keys) > 1 or keys[0].unit is not None or column.separator or asked.query.keys[0].among:
        if (
            len(keys) == 1
            and keys[0].unit in PERIODS
            and lead.kind in ("sum", "count", "mean", "rate")
            and asked.time is not None
        ):
            return course(asked, lead, keys[0].unit or "month")
        return [], {}
    if not isinstance(lead.value, Measure) or lead.value.last or lead.value.weight is not None or is_time(column):
        return [], {}
    if lead.column is not None and lead.column.currency == column.name:
        return [], {}  # amounts in different currencies are neither compared nor parts of a whole
    levels = _levels(asked, column)
    few = 2 <= levels <= 30 and not (is_number(column) and is_measure(column) and levels > 12)
    given = method_value(lead)
    if lead.kind == "rate" and few and lead.column is not None:
        if yes_no(lead.column) and "NOT" not in lead.sql:
            return [step("chi_square", x=column.name, y=lead.column.name)], {}
        name = lead.shown.removesuffix("_rate")
        return [step("chi_square", x=column.name, y=name)], {name: _as_answer(lead)}
    if lead.kind in ("mean", "median") and few and lead.value.condition is None:
        tests = {"mean": ("welch_t", "anova"), "median": ("mann_whitney", "kruskal")}[lead.kind]
        test = tests[0] if levels == 2 else tests[1]
        return [step("compare_groups", value=given["value"], group=column.name, test=test)], method_columns(lead)
    plain = lead.value.condition is None and lead.value.minus is None
    if lead.kind in ("sum", "count") and column.role != "identifier" and plain:
        return [step("share", by=column.name, value=given["value"], top=None)], method_columns(lead)
    return [], {}


def _as_answer(lead: Valued) -> str:
    return (lead.row or "").replace("1.0", "'yes'").replace("0.0", "'no'")


def _levels(asked: Asked, column: ColumnCard) -> int:
    for given in asked.query.conditions:
        if isinstance(given, Members) and given.column is column and not given.negated:
            return len({sql.same_spelling(item) for item in given.values})
    folded = sum(len(group) - 1 for group in sql.folds(column))
    return (column.distinct or 0) - folded


def _is_together(asked: Asked) -> bool:
    """`total revenue of gold and silver members`: values named together, not against each other."""
    return bool(asked.query.options.get("together"))


def _together(asked: Asked, apart: Draft) -> Draft:
    whole = _in_all(asked, asked.values)
    return Draft(whole.reading, (whole.steps[0], apart.steps[0]), apart.extra)


def _having(asked: Asked) -> Draft:
    """Groups of which a computed value passes a bound: listed with it, or counted."""
    query = asked.query
    keys = asked.keys or [key(k) for k in _keys_of_having(asked)]
    tests = [(value(h.value), h.bounds) for h in query.having]
    shown = [v for v, _ in tests] + [v for v in asked.values if v.kind not in ("count", "distinct", "rate")]
    unique = list({v.shown: v for v in shown}.values())
    rows = known(asked.grouped(keys, unique, order=asked.ranked(unique[0], keys)), keys)
    rows = replace(rows, having=tuple(bounds(v.sql, b.range) for v, b in tests))
    told = listed([f"{v.words} {bound_words(b.range)}" for v, b in tests])
    group = listed([k.words for k in keys])
    if query.options.get("counted"):
        count = Select((f"count(*) AS {sql.quoted(sql.alias('number of', group))}",), rows.unordered())
        reading = f"The number of different {group} with {told}{asked.in_words}."
        return Draft(reading, (select(count), select(replace(rows, limit=_MOST_SHOWN))))
    limit = min(query.limit or _MOST_GROUPS, _MOST_GROUPS)
    return Draft(f"Each {group} with {told}{asked.in_words}, with its values.", (select(replace(rows, limit=limit)),))


def _keys_of_having(asked: Asked) -> list[Key]:
    """The things counted, where the question names no other groups."""
    counted = [
        v.column for v in asked.query.values if isinstance(v, Measure) and v.aggregate == "distinct" and v.column
    ]
    return [Key(column) for column in counted[:1]]


def share_of_value(asked: Asked) -> Draft:
    """What part of a total comes from the rows of a value."""
    lead = asked.values[0]
    if not isinstance(lead.value, Ratio) or lead.value.top.condition is None or lead.column is None:
        raise ValueError("a share needs a part and a whole")
    chosen, column = lead.value.top.condition, lead.column
    part, whole = value(lead.value.top), value(lead.value.bottom)
    values = [
        lead,
        replace(part, shown=sql.alias("part", column.name)),
        replace(whole, shown=sql.alias("total", column.name)),
    ]
    support = step("share", by=chosen.column.name, value=column.name)
    reading = f"The share of total {spoken(column)} that comes from {words(chosen)}{asked.in_words}."
    return Draft(reading, (select(asked.grouped([], values)), support))


def share_of_first(asked: Asked) -> Draft:
    """What part of a total the first few of a ranking make up."""
    lead, group = asked.values[0], asked.keys[0]
    at = (*asked.where, f"{sql.quoted(group.column.name)} IS NOT NULL")
    inner = Select((f"{group.sql} AS part", f"{lead.sql} AS amount"), asked.source, at, 1)
    place = f"row_number() OVER (ORDER BY amount {asked.order} NULLS LAST, part) AS place"
    part = f"sum(amount) FILTER (WHERE place <= {asked.query.limit})"
    picked = (
        f"{part} / nullif(sum(amount), 0) AS share",
        f"{part} AS part",
        "sum(amount) AS total",
        "count(*) AS all_groups",
    )
    rows = Select(picked, Select(("amount", place), inner))
    top = asked.query.limit if asked.query.order == "highest" else None
    support = step("share", by=group.column.name, value=method_value(lead)["value"], top=top)
    side = "lowest" if asked.query.order == "lowest" else "highest"
    reading = f"The share of the {lead.words} that the {side} ranked {group.words} make up{asked.in_words}."
    return Draft(reading, (select(rows), support), method_columns(lead))


def both(asked: Asked) -> Draft:
    """Those with rows of every value named."""
    lead = asked.values[0]
    members = asked.query.keys[0].among[0]
    if lead.column is None or not isinstance(members, Members):
        raise ValueError("values of a column are needed")
    name, count = sql.quoted(lead.column.name), len({sql.same_spelling(item) for item in members.values})
    every = f"count(DISTINCT lower(trim({sql.quoted(members.column.name)}))) = {count}"
    inner = Select((name,), DATA, (*asked.where, condition(members), f"{name} IS NOT NULL"), 1, (every,))
    rows = Select((f"count(*) AS {sql.quoted(lead.shown)}",), inner)
    return Draft(f"The {lead.words} with rows of each {spoken(members.column)} named{asked.in_words}.", (select(rows),))
