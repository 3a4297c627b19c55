"""Plans that compute a value: in all, by group, ranked, or as a rate; with a test or a share as support."""

from __future__ import annotations

from dataclasses import replace

from contracts.table import ColumnCard
from embedded import sql
from embedded.columns import is_measure, is_number
from embedded.drafting import Draft, Key, Measured, Step, grouped, listed, method, preparing, query, ranked
from embedded.measuring import COUNTED, RATE, keys_of, measured, time_key
from embedded.request import Request, is_added, yes_no

_SHARE = r"shares?|percent|percentage|percentages|proportion|proportions|fraction|contribution|contribute|contributes|%|breakdown|mix|composition|concentrated|concentration|pareto|split|part"
_MOST_GROUPS = 20


def share(request: Request) -> Draft | None:
    """What part of a total each group, or one value, makes up."""
    if not request.says(_SHARE) or request.binary or _rate_of_value(request):
        return None
    column = request.main_measure if request.measures else None
    if column is not None and not is_added(column):
        return None
    valued = [c for c in request.conditions if not c.negated and c.item]
    groups = [*request.groups, *request.entities]
    if column is not None and valued and not request.groups:
        return _share_of_value(request, valued)
    if not groups:
        return None
    value = None if column is None else column.name
    before, source = preparing(request)
    by = groups[0].name if len(request.groups) < 2 else [c.name for c in request.groups[:2]]
    noun = "the number of records" if column is None else f"total {column.name}"
    reading = f"The share of {noun} that each {groups[0].name} makes up{request.conditions_in_words()}."
    return Draft(reading, (*before, method("s1", "share", source, by=by, value=value)))


def _rate_of_value(request: Request) -> bool:
    return bool([c for c in request.conditions if c.item]) and not request.measures and request.says_apart(RATE)


def _share_of_value(request: Request, valued: list[sql.Condition]) -> Draft:
    chosen = max(valued, key=lambda c: c.first)
    rest = replace(request, conditions=tuple(c for c in request.conditions if c is not chosen), compared=None)
    measure = request.measures[0]
    read = sql.number(measure)
    part = f"sum(CASE WHEN {chosen.sql} THEN {read} ELSE 0 END)"
    made = Measured(f"{part} / nullif(sum({read}), 0)", "share", f"share of total {measure.name}", "ratio", measure)
    total = Measured(f"sum({read})", sql.alias("total", measure.name), "total", "sum", measure)
    first = grouped(
        rest, "s1", [], [made, Measured(part, sql.alias("part", measure.name), "part", "sum"), total], order=""
    )
    before, source = preparing(rest)
    support = method("s2", "share", source, by=chosen.column, value=measure.name)
    reading = f"The share of total {measure.name} that comes from {chosen.words}{rest.conditions_in_words()}."
    return Draft(reading, (*before, first, support))


def aggregated(request: Request) -> Draft | None:
    """The value asked for: in all, by group, or for the first of a ranking."""
    found, rest = measured(request)
    if not found:
        return None
    keys = keys_of(rest)
    if _together(rest, found[0], keys):
        whole = _in_all(rest, found)
        apart = grouped(rest, "s2", keys, found, order=ranked(found[0], keys, rest.order), limit=_MOST_GROUPS)
        return Draft(
            whole.reading, (whole.steps[[step["id"] for step in whole.steps].index("s1")], apart), whole.unanswered
        )
    part = time_key(rest, rest.part) if rest.part and not keys else None
    keys = [*keys, *([part] if part else [])]
    return _by_group(rest, found, keys) if keys else _in_all(rest, found)


_APART = "vs|versus|compare|compared|comparison|than|difference|differ|or|which|what|against|between|each|by|respectively|per"


def _together(request: Request, lead: Measured, keys: list[Key]) -> bool:
    """`total revenue of gold and silver members`: values named together, not against each other."""
    if not request.compared or len(keys) != 1 or request.groups or request.direction or request.part:
        return False
    return lead.kind in ("sum", "count", "distinct") and not request.says(_APART)


def _in_all(request: Request, found: list[Measured]) -> Draft:
    first = grouped(request, "s1", [], found, order="")
    reading = f"The {listed([m.words for m in found])}{request.conditions_in_words()}."
    lead = found[0]
    before, source = preparing(request)
    steps: list[Step] = [first]
    if lead.kind in ("mean", "sum", "median", "max", "min", "std", "quantile") and lead.column is not None:
        steps = [*before, first, method("s2", "describe", source, columns=[lead.column.name])]
    elif lead.kind == "count" and request.where:
        steps.append(_part_of_all(request))
    return Draft(reading, tuple(steps), _no_time(request) or _no_measure(request, lead))


def _part_of_all(request: Request) -> Step:
    condition = sql.all_of(request.where).removeprefix(" WHERE ")
    text = f"SELECT avg(CASE WHEN {condition} THEN 1.0 ELSE 0.0 END) AS share_of_all, count(*) AS all_records FROM data"
    return query("s2", text)


def _no_time(request: Request) -> str | None:
    asked = request.says_apart("q[1-4]|last (?:month|quarter|year|week)|monthly|weekly|quarterly|yearly|over time")
    return "The table has no date column, so no period can be picked." if asked and request.time is None else None


def _no_measure(request: Request, lead: Measured) -> str | None:
    """What is missing when a value was asked for and only records could be counted."""
    wanted = set(request.aggregates) & {"mean", "median", "sum", "std", "quantile", "min", "max"}
    if lead.kind != "count" or request.measures or not wanted or request.says(COUNTED):
        return None
    return "No number column of the table was recognised in the question, so its records are counted instead."


def _by_group(request: Request, found: list[Measured], keys: list[Key]) -> Draft:
    lead = found[0]
    in_time = any(key.column is request.time and key.column is not None for key in keys) and not request.direction
    order = ", ".join(str(at + 1) for at in range(len(keys))) if in_time else ranked(lead, keys, request.order)
    if in_time and keys[-1].shown == "weekday" and request.time is not None:
        order = ", ".join([*map(str, range(1, len(keys))), f"min(isodow({sql.moment(request.time)}))"])
    limit = request.limit if request.direction or request.asked_n else None if in_time else _MOST_GROUPS
    first = grouped(
        request, "s1", keys, found, order=order, limit=max(limit, 3) if limit and not request.asked_n else limit
    )
    first = _known_groups_only(first, keys)
    said = "" if in_time else ", lowest first" if request.direction == "lowest" else ", highest first"
    reading = f"The {listed([m.words for m in found])} by {listed([k.words for k in keys])}{request.conditions_in_words()}{said}."
    support = _support(request, lead, keys)
    return Draft(reading, (*support[:-1], first, *support[-1:]), _no_time(request) or _no_measure(request, lead))


def _known_groups_only(step: Step, keys: list[Key]) -> Step:
    """Rows whose group is missing stay out of a ranking: they would stand there without a name."""
    tests = " AND ".join(f"{sql.name(key.column.name)} IS NOT NULL" for key in keys if key.column is not None)
    text, joiner = str(step["sql"]), " GROUP BY "
    if not tests or joiner not in text:
        return step
    head, tail = text.rsplit(joiner, 1)
    return {
        **step,
        "sql": f"{head}{' AND ' if ' WHERE ' in head.split(' FROM data')[-1] else ' WHERE '}{tests}{joiner}{tail}",
    }


def _support(request: Request, lead: Measured, keys: list[Key]) -> list[Step]:
    """A test of the differences between groups, or each group's share of the total; with the step it reads."""
    column = keys[0].column
    if len(keys) != 1 or column is None or column is request.time or lead.column is None and lead.kind != "count":
        return []
    levels = _levels(request, column)
    few = 2 <= levels <= 30 and not (is_number(column) and is_measure(column) and levels > 12)
    if lead.kind == "rate" and few and lead.row_sql:
        if lead.column is not None and yes_no(lead.column) and not lead.shown.startswith("not_"):
            before, source = preparing(request)
            return [*before, method("s2", "chi_square", source, x=column.name, y=lead.column.name)]
        outcome = lead.shown.removesuffix("_rate")
        before, source = preparing(request, {outcome: lead.row_sql.replace("1.0", "'yes'").replace("0.0", "'no'")})
        return [*before, method("s2", "chi_square", source, x=column.name, y=outcome)]
    if lead.kind in ("mean", "median") and few and lead.column is not None:
        before, source = preparing(request)
        test = (
            ("welch_t" if levels == 2 else "anova")
            if lead.kind == "mean"
            else "mann_whitney"
            if levels == 2
            else "kruskal"
        )
        return [*before, method("s2", "compare_groups", source, value=lead.column.name, group=column.name, test=test)]
    if lead.kind in ("sum", "count") and column.role != "identifier":
        before, source = preparing(request)
        value = None if lead.column is None or lead.kind == "count" else lead.column.name
        return [*before, method("s2", "share", source, by=column.name, value=value, top=None)]
    return []


def _levels(request: Request, column: ColumnCard) -> int:
    if request.compared and request.compared[0] is column:
        return len({sql.same_spelling(item) for item in request.compared[1]})
    folded = sum(len(group) - 1 for group in sql.folds(column))
    return (column.distinct or 0) - folded


def described(request: Request) -> Draft | None:
    """How the values of columns are spread."""
    words = "distribution|distributed|histogram|spread|describe|description|statistics|summary statistics|stats|skew|skewed|skewness|kurtosis|summarize|summarise|iqr|interquartile"
    if not request.says(words + "|normal|normality|normally"):
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
        return Draft(f"How the records spread over {groups[0].name}{request.conditions_in_words()}.", (*before, step))
    return None
