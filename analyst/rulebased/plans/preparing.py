"""The steps by which rows and columns are prepared, as SQL: a layer each, read by the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from analyst.core.text import listed
from analyst.protocol.table import TableCard
from analyst.rulebased import sql
from analyst.rulebased.link.bounds import Range, plain
from analyst.rulebased.link.columns import spoken
from analyst.rulebased.plans.conditions import bound_words, bounds
from analyst.rulebased.plans.draft import Asked
from analyst.rulebased.query.coverage import used_columns
from analyst.rulebased.query.preparation import (
    Bin,
    Combine,
    Cut,
    DatePart,
    DropMissing,
    DropOutliers,
    DropRepeated,
    Encode,
    Fill,
    Flag,
    Step,
    Transform,
    after,
    clean,
    inputs,
)
from analyst.rulebased.steps import DATA, Method, Select
from analyst.rulebased.steps import Step as Written

_CLOCK = "['%H:%M:%S', '%H:%M', '%I:%M %p', '%I:%M:%S %p', '%Y-%m-%d %H:%M:%S', '%Y-%m-%d', '%m/%d/%Y', '%d.%m.%Y']"
_FORMULAS = {
    "log": "CASE WHEN {x} > 0 THEN ln({x}) END", "log1p": "CASE WHEN {x} > -1 THEN ln({x} + 1) END",
    "log2": "CASE WHEN {x} > 0 THEN log2({x}) END", "log10": "CASE WHEN {x} > 0 THEN log10({x}) END",
    "sqrt": "CASE WHEN {x} >= 0 THEN sqrt({x}) END", "square": "{x} * {x}", "center": "{x} - avg({x}) OVER ()",
    "minmax": "({x} - min({x}) OVER ()) / nullif(max({x}) OVER () - min({x}) OVER (), 0)",
    "zscore": "({x} - avg({x}) OVER ()) / nullif(stddev_pop({x}) OVER (), 0)",
}  # fmt: skip
_BESIDE = {
    "forward": "last_value({x} IGNORE NULLS) OVER (ORDER BY _row ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
    "backward": "first_value({x} IGNORE NULLS) OVER (ORDER BY _row ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)",
}
_FILLED = {"mean": "avg({x})", "median": "median({x})", "mode": "mode({x})"}


@dataclass(frozen=True)
class _Layer:
    """What a step does to the rows before it: columns made anew, rows kept by a condition or one on a window."""

    made: Mapping[str, str] = field(default_factory=dict)
    where: tuple[str, ...] = ()
    qualify: str = ""


def prepared_card(steps: Iterable[Step], card: TableCard) -> TableCard:
    """The card of the table once its rows are prepared."""
    grown = clean(card)
    for step in steps:
        grown = after(step, grown)
    return grown


def ready(asked: Asked, card: TableCard, steps: Iterable[Written]) -> Select:
    """The prepared rows, with the columns that the plan's `steps` need."""
    names = {column.name for column in used_columns(asked.query)} | ({asked.time.name} if asked.time else set())
    names |= {str(item) for step in steps if isinstance(step, Method) for item in _named(step)}
    if not asked.query.values and asked.query.test is None:
        names |= {column.name for column in card.columns if column.personal is None}
    return prepared(asked.query.preparing, card, names)


def _named(step: Method) -> Iterator[object]:
    for given in step.parameters.values():
        yield from given if isinstance(given, (list, tuple)) else (given,)


def prepared(steps: Iterable[Step], card: TableCard, used: Iterable[str], where: tuple[str, ...] = ()) -> Select:
    """The rows after `steps`, of those that meet `where`, with the columns that are `used` and those that the steps
    read."""
    every = list(steps)
    names = {*used, *(column.name for step in every for column in inputs(step))}
    if any(isinstance(step, DropRepeated) and not step.columns for step in every):
        names |= {column.name for column in card.columns}
    have = [column for column in card.columns if column.name in names]
    picked = [f"{sql.prepared(c) or sql.quoted(c.name)} AS {sql.quoted(c.name)}" for c in have]
    rows = Select((*card.place, *picked), DATA)
    rows = Select(("*",), rows, where) if where else rows
    kept = [column.name for column in have]
    for step in every:
        layer = _layer(step, kept)
        kept += [name for name in layer.made if name not in kept]
        written = [f"{layer.made[n]} AS {sql.quoted(n)}" if n in layer.made else sql.quoted(n) for n in kept]
        rows = Select((*card.place, *written), rows, layer.where, qualify=layer.qualify)
    return rows


def _layer(step: Step, kept: list[str]) -> _Layer:
    """The rows that a step keeps, or the columns that it makes."""
    match step:
        case DropMissing(columns=columns):
            names = [column.name for column in columns] or kept
            return _Layer(where=tuple(f"{sql.quoted(name)} IS NOT NULL" for name in names))
        case DropRepeated(columns=columns):
            alike = ", ".join(sql.quoted(name) for name in [c.name for c in columns] or kept)
            return _Layer(qualify=f"row_number() OVER (PARTITION BY {alike} ORDER BY _row) = 1")
        case DropOutliers():
            far = [outlying(sql.quoted(c.name), step.rule, step.threshold, _over(step.by)) for c in step.columns]
            return _Layer(qualify=" AND ".join(f"NOT coalesce({text}, FALSE)" for text in far))
    return _Layer(_columns(step))


def _columns(step: Step) -> dict[str, str]:
    """The columns that a step makes or changes, as SQL."""
    match step:
        case Fill():
            return {column.name: _filled(step, sql.quoted(column.name)) for column in step.columns}
        case Transform(columns=columns, how=how, name=name):
            return {name or c.name: _FORMULAS[how].format(x=sql.quoted(c.name)) for c in columns}
        case Combine():
            return {step.name: _combined(step)}
        case Cut():
            return {step.name: _cut(step)}
        case Flag(name=name, column=column, range=limits, centre=centre):
            x = sql.quoted(column.name)
            read = x if centre is None else f"{x} - {_FILLED[centre].format(x=x)} OVER ()"
            return {name: f"CASE WHEN {bounds(read, limits)} THEN 1 WHEN {x} IS NOT NULL THEN 0 END"}
        case Encode(column=column, codes=codes):
            x = sql.quoted(column.name)
            cases = " ".join(f"WHEN {sql.value(item)} THEN {code}" for item, code in codes)
            return {column.name: f"CASE {x} {cases} END"}
        case DatePart():
            return {step.name: _part(step)}
    return {}


def _over(by: object) -> str:
    name = getattr(by, "name", "")
    return f"OVER (PARTITION BY {sql.quoted(name)})" if name else "OVER ()"


def _filled(step: Fill, x: str) -> str:
    if step.how in _BESIDE:
        return _BESIDE[step.how].format(x=x)
    if step.how == "constant":
        return f"coalesce({x}, {sql.value(step.value)})"
    return f"coalesce({x}, {_FILLED[step.how].format(x=x)} {_over(step.by)})"


def outlying(x: str, rule: str, threshold: float, over: str) -> str:
    """Whether a value is an outlier, by the quartiles or the population's z-score, as SQL."""
    if rule == "zscore":
        return f"abs({x} - avg({x}) {over}) > {plain(threshold)} * stddev_pop({x}) {over}"
    low, high = (f"quantile_cont({x}, {level}) {over}" for level in (0.25, 0.75))
    reach = f"{plain(threshold)} * ({high} - {low})"
    return f"({x} < {low} - {reach} OR {x} > {high} + {reach})"


def _combined(step: Combine) -> str:
    names = [sql.quoted(column.name) for column in step.columns]
    if step.sign == "mean":
        return f"({' + '.join(names)}) / {len(names)}.0"
    if step.sign == "/":
        return f"{names[0]} * 1.0 / nullif({names[1]}, 0)"
    return f"({f' {step.sign} '.join(names)})"


def _cut(step: Cut) -> str:
    x = sql.quoted(step.column.name)
    if step.bins:
        cases = " ".join(f"WHEN {_within(x, one)} THEN {sql.value(one.label)}" for one in step.bins)
        return f"CASE {cases} END"
    n = step.count
    if step.equal == "rows":
        ends = [f"quantile_cont({x}, {place / n:.10g}) OVER ()" for place in range(1, n)]
    else:
        low, high = f"min({x}) OVER ()", f"max({x}) OVER ()"
        ends = [f"{low} + ({high} - {low}) * {place}.0 / {n}" for place in range(1, n)]
    labels = [sql.value(label) for label in step.labels] or _ranges(x, ends)
    cases = " ".join(f"WHEN {x} <= {end} THEN {label}" for end, label in zip(ends, labels, strict=False))
    return f"CASE {cases} WHEN {x} IS NOT NULL THEN {labels[-1]} END"


def _ranges(x: str, ends: list[str]) -> list[str]:
    """Labels of classes by their number and their ends, as SQL: `1: 0.4 to 20.3`."""
    every = [f"min({x}) OVER ()", *ends, f"max({x}) OVER ()"]
    shown = [f"round(CAST({end} AS DOUBLE), 2)" for end in every]
    return [f"'{n}: ' || {low} || ' to ' || {high}" for n, (low, high) in enumerate(pairwise(shown), 1)]


def _within(x: str, one: Bin) -> str:
    if one.range == Range():
        return f"{x} IS NOT NULL"
    return bounds(
        x, one.range, lambda end: f"quantile_cont({x}, {plain(end)}) OVER ()" if one.quantiles else plain(end)
    )


def _part(step: DatePart) -> str:
    x = sql.quoted(step.column.name)
    if step.column.type.upper().startswith("VARCHAR"):
        x = f"try_strptime({x}, {_CLOCK})"
    told = f"isodow({x}) - 1" if step.part == "weekday" else f"date_part('{step.part}', {x})"
    return f"CAST({told} AS BIGINT)"


def in_words(steps: Iterable[Step]) -> str:
    """The steps for a reader: `, after filling gaps of age by the median`, or nothing."""
    told = [_told(step) for step in steps]
    return f", after {listed(told)}" if told else ""


def _told(step: Step) -> str:
    names = listed([spoken(column) for column in inputs(step)]) or "all columns"
    match step:
        case DropMissing():
            return f"leaving out rows without {names}"
        case Fill(how=how, value=value, columns=columns, by=by):
            how_told = {"constant": str(value), "forward": "the row before", "backward": "the row after"}
            filled = listed([spoken(column) for column in columns])
            group = f" of each {spoken(by)}" if by is not None else ""
            return f"filling gaps of {filled} with {how_told.get(how, f'the {how}')}{group}"
        case DropRepeated():
            return "leaving out repeated rows"
        case DropOutliers(rule=rule, threshold=threshold):
            unit = "IQRs of the quartiles" if rule == "iqr" else "standard deviations of the mean"
            return f"leaving out values of {names} beyond {plain(threshold)} {unit}"
    return _made(step, names)


def _made(step: Step, names: str) -> str:
    """A step that makes or changes columns, for a reader."""
    match step:
        case Transform(how=how):
            words = {
                "minmax": "scaling {} to 0 to 1",
                "zscore": "standardizing {} by the population standard deviation",
                "center": "subtracting the mean from {}",
            }
            return words.get(how, f"taking the {how} of {{}}").format(names)
        case Combine(sign=sign, columns=columns, name=name):
            mark = " and " if sign == "mean" else f" {sign} "
            lead = "the mean of " if sign == "mean" else ""
            return f"making {name} as {lead}{mark.join(spoken(column) for column in columns)}"
        case Encode(codes=codes):
            return f"coding {names} as {listed([f'{item} = {code}' for item, code in codes])}"
        case DatePart(part=part):
            return f"taking the {part} of {names}"
        case Cut(name=name, bins=bins, count=count, equal=equal):
            kind = "" if bins else f" {count} classes of equal width" if equal == "width" else f" {count} classes"
            rows = " with equally many rows" if not bins and equal == "rows" else ""
            return f"making {name} from{kind or ' classes'}{rows} of {names}"
        case Flag(name=name, range=limits, centre=centre):
            return f"making {name}: {names} {f'minus its {centre} ' if centre else ''}{bound_words(limits)}"
    return names
