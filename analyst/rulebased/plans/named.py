"""Statistics by the names that a question gives them: what they rest on in SQL and methods, then one row of fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from analyst.core.text import listed
from analyst.rulebased import sql
from analyst.rulebased.formats import NAMED
from analyst.rulebased.link.columns import spoken
from analyst.rulebased.plans.conditions import bounds, condition, where
from analyst.rulebased.plans.draft import READY, Asked, Draft, test_step
from analyst.rulebased.plans.expressions import filtered, value
from analyst.rulebased.plans.preparing import in_words, outlying, prepared
from analyst.rulebased.query.deciding import Band, Comparison
from analyst.rulebased.query.model import Best, Field, Measure, Outlying, Test
from analyst.rulebased.query.preparation import clean
from analyst.rulebased.steps import DATA, Query, Select, Step, query

_OUT = "is_outlier"


@dataclass
class _Steps:
    """The steps of the plan so far, and the step of each test and ranking."""

    asked: Asked
    source: str
    steps: list[Step] = field(default_factory=list)
    of: dict[str, str] = field(default_factory=dict)

    def add(self, made: Step, known_as: str = "") -> str:
        """A step under its own id, which is returned; once for all that is known as the same."""
        known = known_as or repr(made)
        if known not in self.of:
            number = len([one for one in self.steps if one.id != READY]) + 1
            self.of[known] = f"s{number}"
            self.steps.append(replace(made, id=self.of[known]))
        return self.of[known]


def named_fields(asked: Asked) -> Draft:
    """The measures in one row, a step for each test and ranking, and last a row whose columns are the fields."""
    given = asked.query
    plan = _Steps(asked, READY if given.preparing else DATA)
    if given.preparing:
        plan.steps.append(query(READY, _ready(asked)))
    parts: dict[str, str] = {}
    words: list[str] = []
    for before in (False, True):
        measured = [f for f in given.fields if isinstance(f.of, Measure) and f.before is before]
        if measured:
            shown = {f.name: _shown(f) for f in measured}
            picked = list(dict.fromkeys(f"{_written(f)} AS {sql.quoted(shown[f.name])}" for f in measured))
            rows = Select((*picked, "count(*) AS records"), DATA, asked.where) if before else _rows(asked, picked)
            id = plan.add(query("", rows))
            parts |= {f.name: _banded(f, f"(SELECT {sql.quoted(shown[f.name])} FROM {id})", "") for f in measured}
            words += [_words(f.of) for f in measured if isinstance(f.of, Measure)]
    for one in given.fields:
        if isinstance(one.of, Best):
            id = plan.add(query("", _top(asked, one.of, given.fields)), repr(replace(one.of, shown=None)))
            shown_as = one.of.shown or one.of.key
            parts[one.name] = f"(SELECT {sql.quoted(sql.shown_as(shown_as))} FROM {id})"
            words.append(f"{one.of.order} {value(one.of.measure).words}")
        elif isinstance(one.of, Test):
            id = plan.add(replace(test_step(one.of), source=plan.source))
            parts[one.name] = _told(one, id)
            words.append(f"{one.of.method.replace('_', ' ')} of {listed([c.name for c in one.of.columns])}")
    every = [f"{parts[one.name]} AS {sql.quoted(one.name)}" for one in given.fields]
    read = frozenset(one.id for one in plan.steps if one.id != READY)
    last = Query(NAMED, Select(tuple(every), ""), read)
    told = f"{asked.in_words}{in_words(given.preparing)}"
    return Draft(f"The {listed(list(dict.fromkeys(words)))}{told}.", (*plan.steps, last))


def _ready(asked: Asked) -> Select:
    """The prepared rows with all columns that the fields use; conditions on columns that are made come last."""
    given = asked.query
    own = {column.name for column in clean(asked.card).columns}
    early = [c for c in given.conditions if c.column.name in own]
    late = [c for c in given.conditions if c not in early]
    used = {name for one in given.fields for name in _used(one)} | {c.column.name for c in given.conditions}
    used |= {given.outlying.column.name} if given.outlying is not None else set()
    rows = prepared(given.preparing, asked.card, used, where(early))
    return Select(("*",), rows, where(late)) if late else rows


def _used(one: Field) -> Iterator[str]:
    if isinstance(one.of, Test):
        yield from (column.name for column in one.of.columns)
    elif isinstance(one.of, Best):
        yield from (c.name for c in (one.of.key, one.of.shown, one.of.measure.column) if c is not None)
    elif one.of.column is not None:
        yield one.of.column.name
    if one.member is not None:
        yield one.member.column.name


def _rows(asked: Asked, picked: list[str]) -> Select:
    """The measures over the rows asked for, marked by which of them are outliers where that matters."""
    prepared_rows = bool(asked.query.preparing)
    source, kept = (READY, ()) if prepared_rows else (DATA, asked.where)
    if asked.query.outlying is None:
        return Select((*picked, "count(*) AS records"), source, kept)
    return Select((*picked, "count(*) AS records"), _marked(asked.query.outlying, source, kept))


def _marked(rule: Outlying, source: str, kept: tuple[str, ...]) -> Select:
    over = f"OVER ({f'PARTITION BY {sql.quoted(rule.by.name)}' if rule.by is not None else ''})"
    far = outlying(sql.number(rule.column), rule.rule, rule.threshold, over)
    return Select(("*", f"coalesce({far}, FALSE) AS {_OUT}"), source, kept)


def _top(asked: Asked, best: Best, fields: tuple[Field, ...]) -> Select:
    """The group or the row that stands first, with what the fields show of it."""
    source, kept = (READY, ()) if asked.query.preparing else (DATA, asked.where)
    measured, direction = value(best.measure), "DESC" if best.order == "highest" else "ASC"
    same = [f.of for f in fields if isinstance(f.of, Best) and replace(f.of, shown=None) == replace(best, shown=None)]
    columns = {c.name: c for one in same for c in (one.shown, one.key) if c is not None}
    if best.single and best.measure.column is not None:
        x = sql.number(best.measure.column)
        picked = [f"{sql.grouping(c)} AS {sql.quoted(sql.shown_as(c))}" for c in columns.values()]
        picked += [f"{x} AS {sql.quoted(measured.shown)}"]
        return Select(
            tuple(picked),
            source,
            (*kept, f"{x} IS NOT NULL"),
            order=", ".join((f"{x} {direction}", *asked.card.place)),
            limit=1,
        )
    keyed = f"{sql.grouping(best.key)} AS {sql.quoted(sql.shown_as(best.key))}"
    order = f"{sql.quoted(measured.shown)} {direction} NULLS LAST, 1"
    known = f"{sql.quoted(best.key.name)} IS NOT NULL"
    picked = [keyed, f"{measured.sql} AS {sql.quoted(measured.shown)}", "count(*) AS records"]
    return Select(tuple(picked), source, (*kept, known), 1, order=order, limit=1)


def _shown(one: Field) -> str:
    """The name of a measure's column: what it is, of which group, of which rows."""
    if not isinstance(one.of, Measure):
        raise ValueError("a measure is needed")
    name = one.of.column.name if one.of.column is not None else "records"
    lead = sql.alias("outliers", name) if one.of.aggregate == "outliers" else value(one.of).shown
    rows = {None: "", True: "of_outliers", False: "without_outliers"}[one.outlying]
    member = ("not_" if one.member.negated else "") + str(one.member.values[0]) if one.member is not None else ""
    return sql.alias(*(part for part in (lead, member, rows, "before" if one.before else "") if part))


def _words(measure: Measure) -> str:
    if measure.aggregate == "outliers" and measure.column is not None:
        return f"number of outliers of {spoken(measure.column)}"
    return value(measure).words


def _written(one: Field) -> str:
    """A measure as SQL, over the rows of its group, and of outliers or the others."""
    if not isinstance(one.of, Measure):
        raise ValueError("a measure is needed")
    kept = [] if one.member is None else [condition(one.member)]
    if one.of.aggregate == "outliers":
        kept.append(_OUT)
    elif one.outlying is not None:
        kept.append(_OUT if one.outlying else f"NOT {_OUT}")
    return filtered(one.of, sql.both(kept))


def _told(one: Field, id: str) -> str:
    """What a field shows of a test, as SQL."""
    table, only = (f"{id}_coef", f" WHERE term = {sql.value(one.term)}") if one.term else (id, "")
    return _banded(one, f"(SELECT {one.shown} FROM {table}{only})", f"(SELECT p FROM {table}{only})")


def _banded(one: Field, computed: str, p: str) -> str:
    """The figure, or the word whose comparisons it meets, as SQL."""
    if not one.bands:
        return computed
    cases = " ".join(f"WHEN {_met(band, computed, p)} THEN {sql.value(band.word)}" for band in one.bands if band.either)
    other = next((f" ELSE {sql.value(band.word)}" for band in one.bands if not band.either), "")
    return f"CASE {cases}{other} END"


def _met(band: Band, computed: str, p: str) -> str:
    groups = [" AND ".join(_compared(one, computed, p) for one in group) for group in band.either]
    return " OR ".join(f"({group})" for group in groups) if len(groups) > 1 else groups[0]


def _compared(one: Comparison, computed: str, p: str) -> str:
    read = p if one.subject == "p" and p else computed
    return bounds(f"abs({read})" if one.absolute else read, one.range)
