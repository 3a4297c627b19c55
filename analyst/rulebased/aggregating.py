"""Plans that compute a value: in all, by group, or for groups that pass a bound; with a test or share as support."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.drafting import Draft, Key, Measured, Preparing, Rate, grouped, preparing, ranked
from analyst.rulebased.grouping import keys_of, part_keys
from analyst.rulebased.link.columns import is_measure, is_number, spoken
from analyst.rulebased.measuring import aggregate, counting, distinct, measured, rated
from analyst.rulebased.ratios import as_conditions
from analyst.rulebased.request import Having, Request, yes_no
from analyst.rulebased.select import Select
from analyst.rulebased.steps import Step, method, query
from analyst.rulebased.words import COUNTED, DISTRIBUTION

_MOST_GROUPS = 100
_MOST_SHOWN = 20
_APART = (
    "vs|versus|compare|compared|comparison|than|difference|differ|which|what|against|between|each|by|respectively|per"
)


def aggregated(request: Request) -> Draft | None:
    """The value asked for: in all, by group, or for the first of a ranking."""
    never = _never(request)
    if never is not None:
        return never
    found, rest = measured(request)
    return valued(request, rest, found) if found else None


def valued(request: Request, rest: Request, found: list[Measured]) -> Draft | None:
    """The values `found`, as the question groups, bounds or ranks them; `rest` is `request` without the conditions that
    went into the values."""
    keys = keys_of(rest)
    if rest.having:
        bounded = {bound.column.name for bound in request.having if bound.column is not None}
        others = replace(request, binary=tuple(c for c in request.binary if c.name not in bounded))
        return _having(as_conditions(others), [m for m in found if m.kind != "rate"], keys)
    shared = _having_all(rest, found[0])
    if shared is not None:
        return shared
    if _together(rest, found[0], keys):
        return _together_and_apart(rest, found, keys)
    keys = [*keys, *part_keys(rest)][:3]
    return by_group(rest, found, keys) if keys else _in_all(rest, found)


def _together(request: Request, lead: Measured, keys: list[Key]) -> bool:
    """`total revenue of gold and silver members`: values named together, not against each other."""
    if not request.compared or len(keys) != 1 or request.groups or request.asked or request.direction or request.parts:
        return False
    return lead.kind in ("sum", "count", "distinct") and not request.says(_APART)


def _never(request: Request) -> Draft | None:
    """`members who never used the pool`: those of whose rows none says yes."""
    entity = next((c for c in (*request.entities, *request.asked) if (c.distinct or 0) > 12), None)
    if entity is None or not request.binary or not request.says("never") or request.measures or request.groups:
        return None
    flag, name = request.binary[0], sql.quoted(entity.name)
    rest = as_conditions(replace(request, binary=request.binary[1:]))
    lacking = f"count(*) FILTER (WHERE {sql.is_yes(flag)}) = 0"
    inner = Select((name,), request.table, (*rest.where, f"{name} IS NOT NULL"), 1, (lacking,))
    shown = sql.quoted(sql.alias("distinct", entity.name))
    steps = (
        query("s1", Select((f"count(*) AS {shown}",), inner)),
        query("s2", replace(inner, order="1", limit=_MOST_SHOWN)),
    )
    reading = f"The number of different {spoken(entity)} with no row of {spoken(flag)}{rest.conditions_in_words()}."
    return Draft(reading, steps)


def _having_all(request: Request, lead: Measured) -> Draft | None:
    """`how many customers bought both desks and chairs`: those with rows of every value named."""
    if not request.compared or lead.kind != "distinct" or lead.column is None or not request.says("both|all of"):
        return None
    column, items = request.compared
    name, count = sql.quoted(lead.column.name), len({sql.same_spelling(item) for item in items})
    every = f"count(DISTINCT lower(trim({sql.quoted(column.name)}))) = {count}"
    inner = Select((name,), request.table, (*request.where, f"{name} IS NOT NULL"), 1, (every,))
    rows = Select((f"count(*) AS {sql.quoted(lead.shown)}",), inner)
    return Draft(f"The {lead.words} with rows of each{request.conditions_in_words()}.", (query("s1", rows),))


def _together_and_apart(request: Request, found: list[Measured], keys: list[Key]) -> Draft:
    whole = _in_all(request, found)
    apart = grouped(request, keys, found, order=ranked(found[0], keys, request.order), limit=_MOST_GROUPS)
    first = next(step for step in whole.steps if step.id == "s1")
    return Draft(whole.reading, (first, query("s2", apart)), whole.unanswered)


def _in_all(request: Request, found: list[Measured]) -> Draft:
    first = query("s1", grouped(request, [], found, order=""))
    reading = f"The {listed([m.words for m in found])}{request.conditions_in_words()}."
    lead = found[0]
    before, source = preparing(request)
    steps: list[Step | Preparing] = [first]
    if lead.kind in ("mean", "sum", "median", "max", "min", "std", "quantile") and lead.column is not None:
        steps = [*before, first, method("s2", "describe", source, columns=[lead.column.name])]
    elif lead.kind == "count" and request.where:
        steps.append(_part_of_all(request))
    return Draft(reading, tuple(steps), no_time(request) or _no_measure(request, lead))


def _part_of_all(request: Request) -> Step:
    share = f"avg(CASE WHEN {sql.both(request.where)} THEN 1.0 ELSE 0.0 END) AS share_of_all"
    return query("s2", Select((share, "count(*) AS all_records"), request.table))


def no_time(request: Request) -> str | None:
    """What is missing when a period is asked for and the table has no dates."""
    asked = request.says_apart("q[1-4]|last (?:month|quarter|year|week)|monthly|weekly|quarterly|yearly|over time")
    return "The table has no date column, so no period can be selected." if asked and request.time is None else None


def _no_measure(request: Request, lead: Measured) -> str | None:
    """What is missing when a value was asked for and only records could be counted."""
    wanted = set(request.aggregates) & {"mean", "median", "sum", "std", "quantile", "min", "max"}
    if lead.kind != "count" or request.measures or not wanted or request.says(COUNTED):
        return None
    if wanted == {"sum"} and request.subjects:
        return None
    return "The question does not name a number column of the table, so its rows are counted instead."


def by_group(request: Request, found: list[Measured], keys: list[Key]) -> Draft:
    """A row for each group, ranked by value, or in the order of time."""
    lead = found[0]
    in_time = any(key.column is request.time and key.column is not None for key in keys) and not request.direction
    order = ", ".join(str(at + 1) for at in range(len(keys))) if in_time else ranked(lead, keys, request.order)
    if in_time and keys[-1].shown == "weekday" and request.time is not None:
        order = ", ".join([*map(str, range(1, len(keys))), f"min(isodow({sql.moment(request.time)}))"])
    rows = grouped(request, keys, found, order=order, limit=_limit(request, keys, in_time))
    first = query("s1", known_groups_only(rows, keys))
    said = "" if in_time else ", lowest first" if request.direction == "lowest" else ", highest first"
    names = f"{listed([m.words for m in found])} by {listed([k.words for k in keys])}"
    support = _support(request, lead, keys)
    reading = f"The {names}{request.conditions_in_words()}{said}."
    return Draft(reading, (*support[:-1], first, *support[-1:]), no_time(request) or _no_measure(request, lead))


def _limit(request: Request, keys: list[Key], in_time: bool) -> int | None:
    if request.asked_n:
        return request.limit
    if request.direction:
        return max(request.limit, 3)
    return None if in_time else _MOST_GROUPS if len(keys) > 1 or request.groups else _MOST_SHOWN


def known_groups_only(rows: Select, keys: list[Key]) -> Select:
    """Rows whose group is missing stay out of a ranking: they would stand there without a name."""
    return rows.where_also(*(f"{sql.quoted(key.column.name)} IS NOT NULL" for key in keys if key.column is not None))


def _support(request: Request, lead: Measured, keys: list[Key]) -> list[Step | Preparing]:
    """A test of the differences between groups, or each group's share of the total; with the step it reads."""
    column = keys[0].column
    if len(keys) != 1 or column is None or column is request.time or (lead.column is None and lead.kind != "count"):
        return []
    levels = _levels(request, column)
    few = 2 <= levels <= 30 and not (is_number(column) and is_measure(column) and levels > 12)
    if lead.rate is not None and few:
        return _rates_tested(request, lead.rate, lead.shown.removesuffix("_rate"), column)
    before, source = preparing(request)
    if lead.kind in ("mean", "median") and few and lead.column is not None:
        tests = {"mean": ("welch_t", "anova"), "median": ("mann_whitney", "kruskal")}[lead.kind]
        test = tests[0] if levels == 2 else tests[1]
        return [*before, method("s2", "compare_groups", source, value=lead.column.name, group=column.name, test=test)]
    if lead.kind in ("sum", "count") and column.role != "identifier":
        value = None if lead.column is None or lead.kind == "count" else lead.column.name
        return [*before, method("s2", "share", source, by=column.name, value=value, top=None)]
    return []


def _rates_tested(request: Request, rate: Rate, outcome: str, column: ColumnCard) -> list[Step | Preparing]:
    """Whether the rates of the groups differ by more than chance; `outcome` names what they are rates of."""
    if yes_no(rate.column) and not rate.negated:
        before, source = preparing(request)
        return [*before, method("s2", "chi_square", source, x=column.name, y=rate.column.name)]
    before, source = preparing(request, {outcome: rate.row(sql.value("yes"), sql.value("no"))})
    return [*before, method("s2", "chi_square", source, x=column.name, y=outcome)]


def _levels(request: Request, column: ColumnCard) -> int:
    if request.compared and request.compared[0] is column:
        return len({sql.same_spelling(item) for item in request.compared[1]})
    folded = sum(len(group) - 1 for group in sql.folds(column))
    return (column.distinct or 0) - folded


def _having(request: Request, found: list[Measured], keys: list[Key]) -> Draft | None:
    """Groups of which a computed value passes a bound: listed with it, or counted."""
    keys = keys or keys_of(request)
    if not keys:
        return None
    tests = [_tested(request, bound) for bound in request.having]
    values = [made for made, _ in tests] + [m for m in found if m.kind not in ("count", "distinct", "rate")]
    unique = list({m.shown: m for m in values}.values())
    rows = known_groups_only(grouped(request, keys, unique, order=ranked(values[0], keys, request.order)), keys)
    rows = replace(rows, having=tuple(test for _, test in tests))
    words = listed([bound.words for bound in request.having])
    group = listed([key.words for key in keys])
    if request.says("how many|number of") and not request.groups:
        count = Select((f"count(*) AS {sql.quoted(sql.alias('number of', group))}",), rows.unordered())
        shown = replace(rows, limit=_MOST_SHOWN)
        reading = f"The number of different {group} with {words}{request.conditions_in_words()}."
        return Draft(reading, (query("s1", count), query("s2", shown)))
    reading = f"Each {group} with {words}{request.conditions_in_words()}, with its values."
    return Draft(reading, (query("s1", replace(rows, limit=_MOST_GROUPS)),))


def _tested(request: Request, bound: Having) -> tuple[Measured, str]:
    """The value that a bound is set on, and the test."""
    if bound.column is None:
        made = counting(request)
    elif bound.kind == "distinct":
        made = distinct(bound.column)
    elif bound.kind == "rate":
        made = rated(sql.is_yes(bound.column), bound.column, spoken(bound.column), False)
    else:
        made = aggregate(bound.column, bound.kind)
    if bound.upper is not None:
        return made, f"{made.sql} BETWEEN {bound.value} AND {bound.upper}"
    return made, f"{made.sql} {bound.sign} {bound.value}"


def described(request: Request) -> Draft | None:
    """How the values of columns are spread."""
    if not request.says_apart(DISTRIBUTION):
        return None
    measures = [c for c in request.measures if not yes_no(c)]
    groups = [*request.groups, *request.entities, *request.binary]
    before, source = preparing(request)
    if measures:
        names = [column.name for column in measures[:8]]
        by = [c.name for c in request.groups[:1]] or None
        steps = [*before, method("s1", "describe", source, columns=names, by=by)]
        if request.says("normal|normality|normally"):
            steps.append(method("s2", "normality_test", source, columns=names, test="shapiro"))
        elif not by:
            steps.append(method("s2", "outliers", source, column=names[0], rule="iqr"))
        return Draft(f"How {listed(names)} is distributed{request.conditions_in_words()}.", tuple(steps))
    if groups:
        step = method("s1", "share", source, by=groups[0].name)
        return Draft(
            f"How the records are distributed across {groups[0].name}{request.conditions_in_words()}.", (*before, step)
        )
    return None
