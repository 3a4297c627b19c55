"""Queries answered by statistical methods: trends, changes, forecasts, correlations, drivers, distributions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.link.columns import adds_up, is_number, spoken, yes_no, yes_of
from analyst.rulebased.plans.draft import Asked, Draft, known, method_columns, method_value, select, step, test_step
from analyst.rulebased.plans.expressions import value
from analyst.rulebased.plans.series import along, grown, names_of
from analyst.rulebased.plans.telling import METHODS
from analyst.rulebased.query.model import Measure, Members, Test
from analyst.rulebased.roles import roles_of
from analyst.rulebased.steps import DATA, Select, Step, query
from analyst.rulebased.wording import capital


def trend(asked: Asked) -> Draft:
    """How each value runs over time."""
    time, grain = _time(asked), asked.query.options.get("grain")
    by = next((k.column.name for k in asked.keys if (k.column.distinct or 99) <= 30), None)
    told = f" by {grain}" if grain else " over time"
    what = listed([one.words for one in asked.values])
    change = "change" if len(asked.values) > 1 else "changes"
    reading = f"How {what} {change}{told}{f' for each {by}' if by else ''}{asked.in_words}."
    steps = [step("trend", time=time.name, **method_value(one), grain=grain, by=by) for one in asked.values]
    extra = {name: text for one in asked.values for name, text in method_columns(one).items()}
    return Draft(reading, tuple(steps), extra)


def change(asked: Asked) -> Draft:
    """Growth between two periods, in all and by what is asked for."""
    given, lead, time = asked.query, asked.values[0], _time(asked)
    mixed = lead.column is not None and lead.column.currency in [k.column.name for k in asked.keys]
    if mixed or lead.kind not in ("sum", "mean", "median", "count", "rate"):
        return _two_periods(asked)
    ends = {} if given.compared is None else {"from": given.compared[0].label, "to": given.compared[1].label}
    parameters = {"time": time.name, **method_value(lead), **ends}
    why = bool(given.options.get("why"))
    by = [k.column for k in asked.keys]
    groups = by or _dimensions(asked)[: 3 if why else 1]
    steps: list[Step] = [] if by or why else [step("change", **parameters)]
    steps += [step("change", **parameters, by=column.name) for column in groups]
    if not groups:
        steps.append(step("trend", time=time.name, **method_value(lead)))
    if by:
        steps.append(_top_changes(asked, by[0]))
    told = f" by {listed([spoken(c) for c in groups])}" if by or why else ""
    words = "between the last two complete periods"
    if given.compared is not None:
        words = f"from {given.compared[0].words} to {given.compared[1].words}"
    partial = given.compared is not None and not given.compared[1].whole
    ending = " (the data does not cover all of the later period)" if partial else ""
    return Draft(
        f"The change of {lead.words}{told} {words}{asked.in_words}{ending}.", tuple(steps), method_columns(lead)
    )


def _top_changes(asked: Asked, column: ColumnCard) -> Step:
    field = "growth" if asked.query.options.get("relative") else "change"
    shown = sql.quoted(column.name)
    picked = (shown, "before", "after", "change", "growth")
    order = f"{field} {asked.order} NULLS LAST, {shown}"
    return query("", Select(picked, "s1", order=order, limit=asked.query.limit or 10))


def _two_periods(asked: Asked) -> Draft:
    """A value that no method compares between periods: it is computed in both."""
    lead, time = asked.values[0], _time(asked)
    if asked.query.compared is None:
        rows = asked.grouped(asked.keys, asked.values, order="1")
        return Draft(f"The {lead.words}{asked.in_words}.", (select(rows),))
    before, after = asked.query.compared
    cases = " ".join(
        f"WHEN {sql.within(time, period.start, period.end)} THEN {sql.value(period.label)}"
        for period in (before, after)
    )
    picked = [*(f"{k.sql} AS {sql.quoted(k.shown)}" for k in asked.keys), f"CASE {cases} END AS period"]
    picked += [f"{lead.sql} AS {sql.quoted(lead.shown)}", "count(*) AS records"]
    either = f"({sql.within(time, before.start, before.end)}) OR ({sql.within(time, after.start, after.end)})"
    both = Select(tuple(picked), DATA, (*asked.where, either), 1 + len(asked.keys))
    names = names_of(asked)
    picked = ["*", *grown(sql.quoted(lead.shown), along(names, "period"))]
    rows = Select(tuple(picked), both, order=", ".join([*names, "period"]))
    return Draft(f"The {lead.words} in {before.words} and {after.words}{asked.in_words}.", (select(rows),))


def _dimensions(asked: Asked) -> list[ColumnCard]:
    """Columns over which a change can be taken apart: few values, no names of persons."""
    fixed = {c.column.name for c in asked.query.conditions if isinstance(c, Members)}
    fit = [c for c in asked.card.columns if c.role == "dimension" and not is_number(c) and c.personal is None]
    return [c for c in fit if 2 <= (c.distinct or 0) <= 30 and c.name not in fixed]


def forecast(asked: Asked) -> Draft:
    """What the next periods should bring."""
    lead, time = asked.values[0], _time(asked)
    grain, horizon = asked.query.options.get("grain"), asked.query.options.get("horizon")
    steps = (
        step("forecast", time=time.name, **method_value(lead), horizon=horizon, grain=grain),
        step("trend", time=time.name, **method_value(lead), grain=grain),
    )
    told = f" by {grain}" if grain else ""
    return Draft(f"A forecast of {lead.words}{told}{asked.in_words}.", steps, method_columns(lead))


def drivers(asked: Asked) -> Draft:
    """Which columns go with an outcome, and how strongly."""
    target, *features = asked.query.columns
    steps = [step("drivers", target=target.name, features=[c.name for c in features])]
    if yes_no(target):
        shown = sql.rate(sql.equals(target, [yes_of(target)]), target.name)
        name = sql.quoted(sql.alias(target.name, "rate"))
        steps.append(select(Select((f"{shown} AS {name}", "count(*) AS records"), DATA, asked.where)))
    elif is_number(target):
        steps.append(step("describe", columns=[target.name]))
    else:
        steps.append(step("share", by=target.name))
    return Draft(f"Which columns are linked to {spoken(target)}, and how strongly{asked.in_words}.", tuple(steps))


def describe(asked: Asked) -> Draft:
    """How numbers are spread."""
    names = [c.name for c in asked.query.columns]
    by = [k.column.name for k in asked.keys][:1] or None
    steps = [step("describe", columns=names, by=by)]
    if not by:
        steps.append(step("outliers", column=names[0], rule="iqr"))
    return Draft(f"How {listed(names)} is distributed{asked.in_words}.", tuple(steps))


def share(asked: Asked) -> Draft:
    """What part of a total each group makes up."""
    lead = asked.values[0]
    names = [k.column.name for k in asked.keys]
    steps = step("share", by=names[0] if len(names) == 1 else names[:2], value=method_value(lead)["value"])
    what = lead.words if lead.column is not None else "the number of records"
    return Draft(
        f"The share of {what} that each {asked.keys[0].words} makes up{asked.in_words}.", (steps,), method_columns(lead)
    )


def anomalies(asked: Asked) -> Draft:
    """Periods that stand out."""
    lead, time = asked.values[0], _time(asked)
    given = method_value(lead)
    grain = asked.query.options.get("grain")
    steps = (
        step("anomalies", time=time.name, **given, grain=grain),
        step("trend", time=time.name, **given, grain=grain),
    )
    return Draft(f"Unusual values of {lead.words} over time{asked.in_words}.", steps, method_columns(lead))


def outliers(asked: Asked) -> Draft:
    """Values of a number that lie far from the others, with the extremes."""
    column = asked.query.values[0].column
    if column is None:
        raise ValueError("outliers need a column")
    by = [k.column.name for k in asked.keys][:1] or None
    steps = (step("outliers", column=column.name, rule="iqr", by=by), step("describe", columns=[column.name], by=by))
    return Draft(f"Values of {spoken(column)} far from the others{asked.in_words}.", steps)


def segments(asked: Asked) -> Draft:
    """Groups of rows that are alike."""
    features: object = [c.name for c in asked.query.columns] if len(asked.query.columns) > 1 else None
    return Draft(f"Groups of rows that are alike{asked.in_words}.", (step("segments", features=features),))


def tested(asked: Asked) -> Draft:
    """A test or a model that the question names, and what is shown beside it."""
    test = asked.query.test
    if test is None:
        raise ValueError("a test is needed")
    target = test.options.get("target")
    of = str(target) if target else listed([spoken(column) for column in test.columns[:6]])
    reading = f"{capital(METHODS[test.method])} of {of}{asked.in_words}."
    return Draft(reading, tuple(_with_test(asked, test, [k.column.name for k in asked.keys][:1])))


def _with_test(asked: Asked, test: Test, by: list[str]) -> Iterator[Step]:
    """The test, the counts before that of two categories, and what tells more of the others."""
    names = [column.name for column in test.columns]
    if test.method == "chi_square" and asked.keys:
        counts = asked.grouped(asked.keys, [value(Measure("count"))], order='"count" DESC, 1, 2', limit=50)
        yield select(known(counts, asked.keys))
    apart = {"by": by} if test.method == "correlation" and by else {}
    yield test_step(replace(test, options={**test.options, **apart}))
    if test.method == "correlation" and len(names) < 7 and "target" not in test.options:
        other = "pearson" if test.options.get("kind") == "spearman" else "spearman"
        yield test_step(replace(test, options={"kind": other, **apart}))
    if test.method == "normality_test":
        yield step("describe", columns=names)


def quality(asked: Asked) -> Draft:
    """What is wrong with the data."""
    return Draft("What is wrong with the data: missing values, duplicates and other problems.", (step("quality"),))


def _time(asked: Asked) -> ColumnCard:
    if asked.time is None:
        raise ValueError("a course needs a time column")
    return asked.time


MOST_MEASURES = 3
MOST_GROUPS = 2


def overview(asked: Asked) -> Draft:
    """The steps: rows and main measures, the largest groups, a trend if there is time, and the data problems."""
    return Draft(f"An overview of the table{asked.in_words}.", tuple(_steps(asked)), overview=True)


def _steps(asked: Asked) -> Iterator[Step]:
    card, roles = asked.card, roles_of(asked.card)
    measures = roles.measures[:MOST_MEASURES]
    yield select(Select(("count(*) AS records", *map(_measured, measures)), DATA, asked.where))
    if card.rows < 2:
        return
    only = len(roles.measures) == 1  # what else could the table be about?
    main = next((c for c in measures[:1] if adds_up(c) or (only and c.adds is None)), None)
    for group in roles.groups[:MOST_GROUPS]:
        yield step("share", by=group.name, value=main.name if main else None)
    time = asked.time
    if time is not None and (time.distinct or 0) > MOST_MEASURES:
        alone = measures[:1] if time.distinct == card.rows else ()  # where each row has a moment of its own
        value = main or next(iter(alone), None)
        agg = None if value is None else "sum" if value is main else "mean"
        yield step("trend", time=time.name, value=value.name if value else None, agg=agg)
    yield step("quality")


def _measured(column: ColumnCard) -> str:
    """The sum of what adds up, else the average."""
    call, word = ("sum", "total") if adds_up(column) else ("avg", "average")
    return f"{call}({sql.number(column)}) AS {sql.quoted(f'{word} {column.name}')}"
