"""Queries answered by SQL: values in all and by group, rankings, shares, running totals, first dates."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.link.columns import is_key, is_measure, is_number, is_time, spoken, yes_no
from analyst.rulebased.link.periods import label
from analyst.rulebased.link.units import PERIODS
from analyst.rulebased.plans.conditions import bound_words, bounds, condition, where, words
from analyst.rulebased.plans.draft import Asked, Draft, known, method_columns, method_value, select, step
from analyst.rulebased.plans.expressions import Keyed, Valued, key, of_unit, value
from analyst.rulebased.query.model import During, Key, Measure, Members, Ratio
from analyst.rulebased.query.slots import may_drive
from analyst.rulebased.select import DATA, Select
from analyst.rulebased.steps import Step

_MOST_GROUPS, _MOST_SHOWN = 100, 20
_DESCRIBED = frozenset(("mean", "sum", "median", "max", "min", "std", "quantile"))
_TOLD = 4
"""Columns beside the key and the measure that tell what a listed row is."""


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
    extra = _per_day(asked, lead, keys) if query.options.get("per_day") else ()
    rows = asked.grouped(keys, values, order=order, limit=_limit(asked, keys, bool(in_time)))
    rows = known(replace(rows, picked=(*rows.picked, *extra)), keys)
    side = "" if in_time else ", lowest first" if query.order == "lowest" else ", highest first"
    reading = f"The {listed([v.words for v in values])} by {listed([k.words for k in keys])}{asked.in_words}{side}."
    support, columns = _support(asked, lead, keys)
    if query.options.get("why") and lead.column is not None:
        support.append(_reasons(asked, lead))
    return Draft(reading, (select(rows), *support), columns)


def _per_day(asked: Asked, lead: Valued, keys: list[Keyed]) -> tuple[str, ...]:
    if asked.time is None or keys[0].unit not in ("weekday", "hour", "month_name"):
        return ()
    day = f"count(DISTINCT CAST({sql.moment(asked.time)} AS DATE))"
    return (f"{lead.sql} * 1.0 / {day} AS average_per_day",)


def _limit(asked: Asked, keys: list[Keyed], in_time: bool) -> int | None:
    if asked.query.limit:
        return min(asked.query.limit, 100)
    if asked.query.order:
        return 10
    return None if in_time else _MOST_GROUPS


def _reasons(asked: Asked, lead: Valued) -> Step:
    features = [c.name for c in asked.card.columns if c is not lead.column and may_drive(c)][:30]
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
            return _course(asked, lead, keys[0].unit or "month")
        return [], {}
    if not isinstance(lead.value, Measure) or lead.value.last or lead.value.weight is not None or is_time(column):
        return [], {}
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
    if lead.kind in ("sum", "count") and column.role != "identifier" and lead.value.condition is None:
        return [step("share", by=column.name, value=given["value"], top=None)], method_columns(lead)
    return [], {}


def _course(asked: Asked, lead: Valued, unit: str) -> tuple[list[Step], dict[str, str]]:
    if not isinstance(lead.value, Measure) or lead.value.last or lead.value.weight or asked.time is None:
        return [], {}
    return [step("trend", time=asked.time.name, grain=unit, **method_value(lead))], method_columns(lead)


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
    rows = replace(rows, having=tuple(bounds(v.sql, b) for v, b in tests))
    told = listed([f"{v.words} {bound_words(b)}" for v, b in tests])
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


def listing(asked: Asked) -> Draft:
    """Single rows, ranked by a number, with what tells which rows they are."""
    query, lead = asked.query, asked.values[0]
    column = lead.column
    if column is None:
        raise ValueError("rows are ranked by a column")
    read = sql.number(column)
    shown = list(dict.fromkeys([*query.columns, *_labels(asked), column, *_telling(asked, column)]))
    picked = tuple(dict.fromkeys(f"{_read(c)} AS {sql.quoted(sql.shown_as(c))}" for c in shown))
    tie = f", {sql.quoted(shown[0].name)}" if shown[0] is not column else ""
    where_known = (*asked.where, f"{read} IS NOT NULL")
    rows = Select(picked, DATA, where_known, order=f"{read} {asked.order}{tie}", limit=query.limit)
    side = "lowest" if query.order == "lowest" else "highest"
    told = "The single record" if query.limit == 1 else "The single records"
    return Draft(f"{told} with the {side} {spoken(column)}{asked.in_words}.", (select(rows),))


def _labels(asked: Asked) -> list[ColumnCard]:
    """The columns that name a row: its key, else a name of nearly as many values as rows."""
    free = [c for c in asked.card.columns if c.personal is None]
    keys = [c for c in free if is_key(c, asked.card.rows)]
    names = [c for c in free if (c.distinct or 0) >= 0.9 * asked.card.rows and not is_number(c) and not is_time(c)]
    return (names or keys)[:1]


def _telling(asked: Asked, measure: ColumnCard) -> list[ColumnCard]:
    fit = [c for c in asked.card.columns if c is not measure and c.personal is None and c.role in ("dimension", "time")]
    return [c for c in fit if not is_measure(c)][:_TOLD]


def _read(column: ColumnCard) -> str:
    if is_time(column):
        return f"CAST({sql.moment(column)} AS DATE)" if column.dates else sql.quoted(column.name)
    return sql.number(column) if is_number(column) else sql.grouping(column)


def sum_of_rows(asked: Asked) -> Draft:
    """`total cost of the 10 most expensive shipments`."""
    lead = asked.values[0]
    if lead.column is None:
        raise ValueError("rows are ranked by a column")
    read = sql.number(lead.column)
    inner = Select(
        (f"{read} AS amount",),
        DATA,
        (*asked.where, f"{read} IS NOT NULL"),
        order=f"1 {asked.order}",
        limit=asked.query.limit,
    )
    function = {"sum": "sum", "mean": "avg"}.get(lead.kind, "median")
    side = "lowest" if asked.query.order == "lowest" else "highest"
    reading = f"The {lead.words} of the records with the {side} {spoken(lead.column)}{asked.in_words}."
    rows = Select((f"{function}(amount) AS {sql.quoted(lead.shown)}", "count(*) AS records"), inner)
    return Draft(reading, (select(rows),))


def first_of_groups(asked: Asked) -> Draft:
    """The first few of each group."""
    query, lead = asked.query, asked.values[0]
    if query.within is None:
        raise ValueError("a ranking within groups needs groups")
    keys = [key(query.within), *asked.keys]
    made = known(asked.grouped(keys, [lead], order="1"), keys).unordered()
    names = [sql.quoted(k.shown) for k in keys]
    order = f"{sql.quoted(lead.shown)} {asked.order} NULLS LAST, {names[1]}"
    placed = Select(("*", f"row_number() OVER (PARTITION BY {names[0]} ORDER BY {order}) AS place"), made)
    rows = Select(("*",), placed, (f"place <= {query.limit or 1}",), order=f"{names[0]}, place")
    side = "lowest" if query.order == "lowest" else "highest"
    reading = f"Of each {keys[0].words} the {keys[1].words} with the {side} {lead.words}{asked.in_words}."
    return Draft(reading, (select(rows),))


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


def window(asked: Asked) -> Draft:
    """A value over the order of time: running total, moving average, growth, or the mean of its periods' totals."""
    given, lead = asked.query.window, asked.values[0]
    if given is not None and given.kind == "average":
        return _mean_of_periods(asked, lead, _by_period(asked)[0], given.unit)
    rows, told = _series(asked)
    return Draft(f"{told}{asked.in_words}.", (select(rows),))


def _by_period(asked: Asked) -> tuple[Select, list[Keyed]]:
    """A value by period (and by the first key), and the keys."""
    given, lead, time = asked.query.window, asked.values[0], asked.time
    if given is None or time is None:
        raise ValueError("a window needs a time column")
    moment = f"CAST({sql.moment(time)} AS TIMESTAMP)"
    keys = [*asked.keys[:1], Keyed(of_unit(moment, given.unit), given.unit, given.unit, time, given.unit)]
    inner = known(replace(asked.grouped(keys, [lead]), limit=None), keys)
    return (inner if lead.sql == "count(*)" else replace(inner, picked=inner.picked[:-1])), keys


def _series(asked: Asked) -> tuple[Select, str]:
    """The periods in order with what the window adds, and what that is in words."""
    given, lead = asked.query.window, asked.values[0]
    within: tuple[str, ...] = ()
    if given is not None and given.kind == "growth":
        asked, within = _with_the_period_before(asked)
    inner, keys = _by_period(asked)
    unit = keys[-1].shown
    shown, name = sql.quoted(lead.shown), sql.quoted(unit)
    apart = f"PARTITION BY {sql.quoted(keys[0].shown)} " if len(keys) > 1 else ""
    if given is not None and given.kind == "running":
        picked: tuple[str, ...] = (f"sum({shown}) OVER ({apart}ORDER BY {name}) AS running_total",)
        told = f"The running total of {lead.words} by {unit}"
    elif given is not None and given.kind == "moving":
        frame = f"OVER ({apart}ORDER BY {name} ROWS BETWEEN {given.size - 1} PRECEDING AND CURRENT ROW)"
        picked = (f"CASE WHEN count(*) {frame} = {given.size} THEN avg({shown}) {frame} END AS moving_average",)
        told = f"The moving average of {lead.words} over several {unit}s"
    else:
        earlier = f"lag({shown}) OVER ({apart}ORDER BY {name})"
        picked = (f"{shown} - {earlier} AS change", f"({shown} - {earlier}) / nullif({earlier}, 0) AS growth")
        told = f"The growth of {lead.words} from each {unit} to the next"
        if within:
            grown = Select(("*", *picked), inner)
            return Select(("*",), grown, within, order=", ".join(sql.quoted(k.shown) for k in keys)), told
    return Select(("*", *picked), inner, order=", ".join(sql.quoted(k.shown) for k in keys)), told


def _with_the_period_before(asked: Asked) -> tuple[Asked, tuple[str, ...]]:
    """The query over the whole time, and the periods asked for as a condition on their labels: the first of them, too,
    has one before to grow from."""
    dated = [c for c in asked.query.conditions if isinstance(c, During) and not c.negated]
    unit = asked.query.window.unit if asked.query.window is not None else ""
    if len(dated) != 1 or len(dated[0].periods) != 1 or unit not in ("day", "month", "quarter", "year"):
        return asked, ()
    period = dated[0].periods[0]
    low, high = label(unit, period.start, period.start), label(unit, period.end, period.end)
    rest = tuple(c for c in asked.query.conditions if c is not dated[0])
    return replace(asked, query=replace(asked.query, conditions=rest)), (
        f"{sql.quoted(unit)} BETWEEN {sql.value(low)} AND {sql.value(high)}",
    )


def mean_growth(asked: Asked) -> Draft:
    """The mean growth from each period to the next, and the compound one that leads from the first to the last."""
    rows, told = _series(asked)
    unit = asked.query.window.unit if asked.query.window is not None else "period"
    picked = (
        "exp(avg(ln(1 + growth))) - 1 AS compound_growth",
        "avg(growth) AS average_growth",
        f"count(growth) AS {unit}s",
    )
    mean = Select(picked, rows.unordered(), ("growth > -1",))
    return Draft(f"{told}, on average{asked.in_words}.", (select(mean), select(rows)))


def _mean_of_periods(asked: Asked, lead: Valued, inner: Select, unit: str) -> Draft:
    shown = sql.alias("average", lead.shown, "per", unit)
    rows = Select(
        (f"avg({sql.quoted(lead.shown)}) AS {sql.quoted(shown)}", f"count(*) AS {sql.quoted(unit + 's')}"), inner
    )
    steps, columns = _course(asked, lead, unit)
    return Draft(f"The average of the {lead.words} of each {unit}{asked.in_words}.", (select(rows), *steps), columns)


def cohort(asked: Asked) -> Draft:
    """Things by their first date."""
    entity, time = asked.query.values[0].column, asked.time
    if entity is None or time is None:
        raise ValueError("first dates need things and a time column")
    name = sql.quoted(entity.name)
    rows_where = [c for c in asked.query.conditions if not isinstance(c, During)]
    first = Select(
        (name, f"CAST(min({sql.moment(time)}) AS TIMESTAMP) AS first_date"),
        DATA,
        (*where(rows_where), f"{name} IS NOT NULL"),
        1,
    )
    periods = [p for c in asked.query.conditions if isinstance(c, During) for p in c.periods]
    within = tuple(
        f"first_date >= DATE '{p.start.isoformat()}' AND first_date < DATE '{p.end.isoformat()}' + 1"
        for p in periods[:1]
    )
    counted = f"count(*) AS {sql.quoted(sql.alias('new', entity.name))}"
    unit = asked.query.keys[0].unit if asked.query.keys else None
    rows = Select((counted,), first, within)
    if unit:
        rows = replace(
            rows, picked=(f"{of_unit('first_date', unit)} AS {sql.quoted(unit)}", counted), keys=1, order="1"
        )
    told = f" by {unit}" if unit else ""
    return Draft(f"The number of {spoken(entity)} by first date{told}{asked.in_words}.", (select(rows),))


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


def never(asked: Asked) -> Draft:
    """Those of whose rows none says yes."""
    given = asked.query.values[0]
    if not isinstance(given, Measure) or given.column is None or given.condition is None:
        raise ValueError("a yes/no column is needed")
    name = sql.quoted(given.column.name)
    lacking = f"count(*) FILTER (WHERE {condition(given.condition)}) = 0"
    inner = Select((name,), DATA, (*asked.where, f"{name} IS NOT NULL"), 1, (lacking,))
    shown = sql.quoted(sql.alias("distinct", given.column.name))
    steps = (select(Select((f"count(*) AS {shown}",), inner)), select(replace(inner, order="1", limit=_MOST_SHOWN)))
    reading = f"The number of different {spoken(given.column)} with no row of {spoken(given.condition.column)}{asked.in_words}."
    return Draft(reading, steps)


def contingency(asked: Asked) -> Draft:
    """Two columns of categories, counted against each other and tested."""
    one, other = asked.keys[:2]
    counts = value(Measure("count"))
    rows = known(asked.grouped([one, other], [counts], order='"count" DESC, 1, 2', limit=50), [one, other])
    test = step("chi_square", x=one.column.name, y=other.column.name)
    return Draft(f"How {one.words} and {other.words} are related{asked.in_words}.", (select(rows), test))
