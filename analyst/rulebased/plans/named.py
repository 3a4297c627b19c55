"""Statistics by the names that a question gives them: what they rest on in SQL and methods, then one row of fields."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import listed
from analyst.rulebased import sql
from analyst.rulebased.formats import NAMED
from analyst.rulebased.plans.conditions import condition
from analyst.rulebased.plans.draft import Asked, Draft, step
from analyst.rulebased.plans.expressions import value
from analyst.rulebased.query.model import Field, Made, Measure, Outlying, Test
from analyst.rulebased.select import DATA, Select
from analyst.rulebased.steps import Query, Step, query

_RESULTS = {"correlation": "r", "normality_test": "statistic", "compare_groups": "statistic"}
_OUT = "is_outlier"


def named_fields(asked: Asked) -> Draft:
    """The measures in one row and a method for each test, and last a row whose columns are the fields."""
    steps: list[Step] = []
    parts: dict[str, str] = {}
    measured = [field for field in asked.query.fields if isinstance(field.of, Measure)]
    words: list[str] = []
    if measured:
        shown = {field.name: _shown(field) for field in measured}
        picked = list(dict.fromkeys(f"{_written(f)} AS {sql.quoted(shown[f.name])}" for f in measured))
        steps.append(query("s1", Select((*picked, "count(*) AS records"), _source(asked), asked.where)))
        parts = {field.name: _measure_told(field, shown[field.name]) for field in measured}
        words = [value(f.of).words for f in measured if isinstance(f.of, Measure) and f.of.aggregate != "outliers"]
    tests: list[Test] = []
    for field in asked.query.fields:
        if isinstance(field.of, Test):
            if field.of not in tests:
                tests.append(field.of)
                steps.append(_test(field.of, f"s{len(steps) + 1}"))
            at = len(steps) - len(tests) + 1 + tests.index(field.of)
            parts[field.name] = _told(field, field.of, f"s{at}")
    every = [f"{parts[field.name]} AS {sql.quoted(field.name)}" for field in asked.query.fields]
    last = Query(NAMED, f"SELECT {', '.join(every)}", steps[0].id, frozenset(step.id for step in steps[1:]))
    words += [f"{t.method.replace('_', ' ')} of {listed([c.name for c in t.columns])}" for t in tests]
    extra = _extra(asked.query.made)
    reading = f"The {listed(list(dict.fromkeys(words)) or ['number of outliers'])}{asked.in_words}."
    return Draft(reading, (*steps, last), extra)


def _measure_told(field: Field, column: str) -> str:
    """What a field shows of a measure, as SQL."""
    computed = f"(SELECT {sql.quoted(column)} FROM s1)"
    if field.shown != "small":
        return computed
    near, far = (sql.value(word) for word in field.choices)
    return f"CASE WHEN abs({computed}) < {field.least} THEN {near} ELSE {far} END"


def _extra(made: Made | None) -> dict[str, str]:
    return {} if made is None else {made.name: _formula(made)}


def _formula(made: Made) -> str:
    left, right = sql.number(made.left), sql.number(made.right)
    return f"{left} * 1.0 / nullif({right}, 0)" if made.sign == "/" else f"({left} {made.sign} {right})"


def _source(asked: Asked) -> str | Select:
    """The table with the column that is made first, and with which values are outliers."""
    source: str | Select = DATA
    if asked.query.made is not None:
        made = asked.query.made
        source = Select(("*", f"{_formula(made)} AS {sql.quoted(made.name)}"), source)
    return source if asked.query.outlying is None else _marked(asked, asked.query.outlying, source)


def _marked(asked: Asked, rule: Outlying, source: str | Select) -> Select:
    x = sql.number(rule.column)
    over = f"OVER ({f'PARTITION BY {sql.quoted(rule.by.name)}' if rule.by is not None else ''})"
    if rule.rule == "iqr":
        low, high = (f"quantile_cont({x}, {level}) {over}" for level in (0.25, 0.75))
        far = f"{x} < {low} - {rule.threshold} * ({high} - {low}) OR {x} > {high} + {rule.threshold} * ({high} - {low})"
    else:
        far = f"abs({x} - avg({x}) {over}) > {rule.threshold} * stddev_pop({x}) {over}"
    return Select(("*", f"coalesce({far}, FALSE) AS {_OUT}"), source, asked.where)


def _shown(field: Field) -> str:
    """The name of a measure's column: what it is, of which group, of which rows."""
    if not isinstance(field.of, Measure):
        raise ValueError("a measure is needed")
    name = field.of.column.name if field.of.column is not None else "records"
    lead = sql.alias("outliers", name) if field.of.aggregate == "outliers" else value(field.of).shown
    rows = {None: "", True: "of_outliers", False: "without_outliers"}[field.outlying]
    member = str(field.member.values[0]) if field.member is not None else ""
    return sql.alias(*(part for part in (lead, member, rows) if part))


def _written(field: Field) -> str:
    """A measure as SQL, over the rows of its group, and of outliers or the others."""
    if not isinstance(field.of, Measure):
        raise ValueError("a measure is needed")
    where = [] if field.member is None else [condition(field.member)]
    if field.of.aggregate == "outliers":
        return _filtered("count(*)", [*where, _OUT])
    where += [] if field.outlying is None else [_OUT if field.outlying else f"NOT {_OUT}"]
    column = field.of.column
    if field.of.aggregate in ("missing", "iqr") and where and column is not None:
        only = f"CASE WHEN {sql.both(where)} THEN {sql.number(column)} END"
        if field.of.aggregate == "missing":
            return f"{_filtered('count(*)', where)} - count({only})"
        return f"quantile_cont({only}, 0.75) - quantile_cont({only}, 0.25)"
    return _filtered(value(field.of).sql, where)


def _filtered(text: str, where: list[str]) -> str:
    return f"{text} FILTER (WHERE {sql.both(where)})" if where else text


def _test(test: Test, id: str) -> Step:
    names = [column.name for column in test.columns]
    if test.method == "compare_groups":
        made = step(test.method, value=names[0], group=names[1], **test.options)
    else:
        made = step(test.method, columns=names, **test.options)
    return replace(made, id=id)


def _told(field: Field, test: Test, id: str) -> str:
    """What a field shows of a test, as SQL."""
    p, r = f"(SELECT p FROM {id})", f"(SELECT {_RESULTS[test.method]} FROM {id})"
    if field.shown == "value":
        return r
    if field.shown == "p":
        return p
    words = [sql.value(word) for word in field.choices]
    if field.shown == "relation":
        none = f"WHEN {p} >= {field.alpha} THEN {words[2]}"
        return f"CASE {none} WHEN abs({r}) >= {field.least} THEN {words[0]} ELSE {words[1]} END"
    sign = "<" if field.shown == "holds" else ">="
    return f"CASE WHEN {p} {sign} {field.alpha} THEN {words[0]} ELSE {words[1]} END"
