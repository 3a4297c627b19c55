"""Plans about how columns hang together, what drives an outcome, what stands out, and how good the data is."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import listed
from analyst.protocol.lexicon import HINTED
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.aggregating import valued
from analyst.rulebased.columns import is_measure, is_number, is_time, meanings, spoken
from analyst.rulebased.drafting import Draft, Measured, grouped, preparing
from analyst.rulebased.grouping import group_key
from analyst.rulebased.measuring import aggregate, measured, yes_rate
from analyst.rulebased.request import Request, is_added, yes_no
from analyst.rulebased.select import Select
from analyst.rulebased.steps import method, query
from analyst.rulebased.words import APART, CAUSE, LINK, MISSING, MORE, ODD, QUALITY


def quality(request: Request) -> Draft | None:
    """Missing values, duplicates and other faults of the table."""
    missing = request.says_apart(MISSING)
    if not missing and not request.says_apart(QUALITY):
        return None
    gaps = [c for c in request.conditions if c.kind == "missing"]
    named = [c for c in request.card.columns if c.name in {gap.column for gap in gaps}]
    request = replace(request, conditions=tuple(c for c in request.conditions if c not in gaps))
    named += [
        c for c in (*request.measures, *request.groups, *request.entities, *request.binary) if c.role != "constant"
    ]
    if missing and len(named) == 1:
        column = sql.quoted(named[0].name)
        share = f"avg(CASE WHEN {column} IS NULL THEN 1.0 ELSE 0.0 END) AS missing_share"
        picked = (f"count(*) - count({column}) AS missing", "count(*) AS records", share)
        counted = query("s1", Select(picked, request.table, request.where))
        steps = (counted, method("s2", "quality", request.table, columns=[named[0].name]))
        return Draft(f"How many values of {named[0].name} are missing{request.conditions_in_words()}.", steps)
    columns = [c.name for c in named] or None
    told = f" of {listed([c.name for c in named])}" if named else ""
    return Draft(
        f"The data quality{told}: missing values, duplicates, and other problems.",
        (method("s1", "quality", request.table, columns=columns),),
    )


def anomalies(request: Request) -> Draft | None:
    """What stands out: rows of a column, or periods of a series."""
    if not request.says_apart(ODD):
        return None
    found, rest = measured(replace(request, parts=()))
    column = rest.measures[0] if rest.measures else rest.main_measure
    if column is None:
        return None
    timed = request.says("days?|weeks?|months?|quarters?|when|spikes?|periods?|dates?|over time|time")
    of_rows = request.says("outliers?|extreme values")
    in_time = request.time is not None and (request.part or (timed and not of_rows))
    before, source = preparing(rest)
    by = request.groups[0].name if request.groups else None
    if in_time and request.time is not None:
        counted = bool(found) and found[0].kind == "count"
        agg = "sum" if is_added(column) else "mean"
        value = {} if counted else {"value": column.name, "agg": agg}
        units = [t.stem for t in request.tokens if t.stem in ("day", "week", "month", "quarter", "year")]
        grain = request.part if request.part not in ("hour", "weekday", None) else next(iter(units), None)
        step = method("s1", "anomalies", source, time=request.time.name, **value, grain=grain, by=by)
        support = method("s2", "trend", source, time=request.time.name, **value, grain=grain)
        what = "the number of records" if counted else spoken(column)
        return Draft(f"Periods in which {what} stands out{rest.conditions_in_words()}.", (*before, step, support))
    steps = (
        *before,
        method("s1", "outliers", source, column=column.name, rule="iqr", by=by),
        method("s2", "anomalies", source, value=column.name, by=by),
    )
    return Draft(f"Values of {spoken(column)} that stand out{rest.conditions_in_words()}.", steps)


def related(request: Request) -> Draft | None:
    """Whether two columns hang together: correlation, groups compared, or a table of counts, as their kinds ask."""
    hinted = _comparative(request)
    if hinted is not None:
        column, at = hinted
        places = ((column.name, at), *request.places)
        request = replace(request, measures=(column, *request.measures), places=places)
    linked = hinted is not None or request.says_apart(LINK)
    apart = request.says_apart("gap|differences?|differ|differs") and not request.groups and not request.compared
    if not linked and not _compares_yes_no(request) and not (apart and request.entities):
        return None
    named = _named(request)
    numbers = [c for c in named if is_measure(c) and not yes_no(c) and c not in request.entities]
    others = [c for c in named if c not in numbers and not is_time(c)]
    if _compares_yes_no(request) and numbers:
        others = [c for c in others if yes_no(c)] or others
    if len(named) < 2:
        return _against_all(request, numbers)
    if len(numbers) >= 2:
        return _correlation(request, numbers, others)
    if len(numbers) == 1 and others:
        return _groups_differ(request, numbers[0], others[0])
    return _two_groups(request, others, linked=linked) if len(others) >= 2 else None


def _comparative(request: Request) -> tuple[ColumnCard, int] | None:
    """`do older patients cost more`: the column that a comparative hints at, beside the measure that is named; and the
    token that hints at it."""
    if (
        len(request.measures) != 1
        or request.binary
        or not request.says("(?:do|does|did|are|is) .*(?:more|less|higher|lower|better|worse|fewer)")
    ):
        return None
    for at, token in enumerate(request.tokens):
        hints = HINTED.get(token.word, "").split() if token.word.endswith("er") else []
        fit = [c for c in request.card.columns if is_measure(c) and not meanings(c.name).isdisjoint(hints)]
        if fit and fit[0] not in request.measures:
            return fit[0], at
    return None


def _compares_yes_no(request: Request) -> bool:
    """`do readmitted patients stay longer`, `is attrition higher with overtime`: a yes/no column splits the rows."""
    others = len(request.binary) - 1 + len(request.measures)
    grouped_by = request.groups or request.compared or (request.entities and request.direction)
    other = request.says(
        "(?:vs|versus|against|and|or|than|compared to|compared with) "
        "(?:retained|remaining|staying|active|existing|other|kept)"
    )
    more = (request.says_apart(MORE) and not request.aggregates) or request.says(APART) or other
    return bool(request.binary) and others == 1 and not grouped_by and more


def _named(request: Request) -> list[ColumnCard]:
    every = [*request.measures, *request.groups, *request.entities, *request.binary]
    every = [c for c in every if c.role != "identifier"]
    if request.compared:
        every.append(request.compared[0])
    return sorted(dict.fromkeys(every), key=request.place)


def _against_all(request: Request, numbers: list[ColumnCard]) -> Draft | None:
    if request.binary or not request.says("correlation|correlations|correlate|correlates|correlated|relationships?"):
        return None
    wide = [c.name for c in request.card.columns if is_measure(c)][:30]
    if len(wide) < 2:
        return None
    before, source = preparing(request)
    if not numbers:
        step = method("s1", "correlation", source, columns=wide)
        return Draft(f"How the number columns are correlated{request.conditions_in_words()}.", (*before, step))
    rest = [name for name in wide if name != numbers[0].name]
    step = method("s1", "correlation", source, columns=rest, target=numbers[0].name)
    return Draft(f"What {spoken(numbers[0])} is correlated with{request.conditions_in_words()}.", (*before, step))


def _correlation(request: Request, numbers: list[ColumnCard], others: list[ColumnCard]) -> Draft:
    before, source = preparing(request)
    names = [c.name for c in numbers[:6]]
    by = [c.name for c in request.groups if c in others][:1] or None
    kind = "spearman" if request.says("spearman|rank") else "kendall" if request.says("kendall") else "pearson"
    other = "pearson" if kind == "spearman" else "spearman"
    steps = (
        *before,
        method("s1", "correlation", source, columns=names, kind=kind, by=by),
        method("s2", "correlation", source, columns=names, kind=other, by=by),
    )
    return Draft(
        f"The correlation of {listed([spoken(c) for c in numbers[:6]])}{request.conditions_in_words()}.", steps
    )


def _groups_differ(request: Request, number: ColumnCard, group: ColumnCard) -> Draft | None:
    if group.role == "identifier" or ((group.distinct or 99) > 30 and not is_number(group)):
        return None
    kind = next((k for k in request.aggregates if k in ("mean", "median")), "mean")
    asked = replace(request, measures=(number,), groups=(group,), entities=(), binary=(), parts=())
    return valued(asked, asked, [aggregate(number, kind)])


def _two_groups(request: Request, others: list[ColumnCard], *, linked: bool) -> Draft:
    rated = [c for c in others if yes_no(c)]
    if rated:
        outcome = rated[-1] if linked else rated[0]
        group = next(c for c in others if c is not outcome)
        asked = replace(request, groups=(group,), entities=(), binary=(outcome,), parts=())
        rate, rest = yes_rate(asked, outcome)
        draft = valued(asked, rest, [rate])
        if draft is not None:
            return draft
    one, other = others[0], others[1]
    before, source = preparing(request)
    counts = Measured("count(*)", "count", "number of records", "count")
    keys = [group_key(one), group_key(other)]
    first = query("s1", grouped(request, keys, [counts], order='"count" DESC, 1, 2', limit=50))
    test = method("s2", "chi_square", source, x=one.name, y=other.name)
    return Draft(
        f"How {spoken(one)} and {spoken(other)} are related{request.conditions_in_words()}.", (*before, first, test)
    )


def drivers(request: Request) -> Draft | None:
    """Which columns go with an outcome, and how strongly."""
    if not request.says_apart(CAUSE) or (request.says("and why|but why") and (request.asked or request.direction)):
        return None
    return reasons(request)


def reasons(request: Request) -> Draft | None:
    """What goes with the value that the question is about, and how strongly."""
    target = _target(request)
    if target is None:
        return None
    kept = tuple(c for c in request.conditions if c.column != target.name)
    rest = replace(request, conditions=kept)
    features = [c.name for c in request.card.columns if c.name != target.name and _may_drive(c, request)][:30]
    if not features:
        return None
    before, source = preparing(rest)
    steps = [*before, method("s1", "drivers", source, target=target.name, features=features)]
    if yes_no(target):
        rate = f"{sql.rate(sql.is_yes(target), target.name)} AS {sql.quoted(sql.alias(target.name, 'rate'))}"
        steps.append(query("s2", Select((rate, "count(*) AS records"), rest.table, rest.where)))
    elif is_number(target):
        steps.append(method("s2", "describe", source, columns=[target.name]))
    else:
        steps.append(method("s2", "share", source, by=target.name))
    return Draft(
        f"Which columns are linked to {spoken(target)}, and how strongly{rest.conditions_in_words()}.", tuple(steps)
    )


def _target(request: Request) -> ColumnCard | None:
    if request.binary:
        return request.binary[0]
    if request.measures:
        return request.measures[0]
    if request.asked and request.main_measure is not None:
        return (
            request.main_measure
        )  # "which region has the highest order value, and why": why the value, not the region
    valued = [c.column for c in request.conditions if c.item]
    named = [c for c in request.card.columns if c.name in valued]
    if named:
        return named[0]
    return next((c for c in (*request.entities, *request.groups) if c.role in ("dimension", "target")), None)


def _may_drive(column: ColumnCard, request: Request) -> bool:
    if column.role in ("identifier", "constant", "time") or column.personal is not None or is_time(column):
        return False
    return is_number(column) or (column.distinct or 99) <= 50
