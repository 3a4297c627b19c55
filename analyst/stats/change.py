"""change: two periods compared, in all and by group, with each group's part in the total change."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import Any

from pydantic import ConfigDict, Field

from analyst.core.errors import PlanError
from analyst.protocol.table import TableProfile
from analyst.stats.columns import group_names, named_sql, with_groups
from analyst.stats.contrasts import Group, t_test
from analyst.stats.method import Columns, Method, Result, Schema, Source, names_of, refuse
from analyst.stats.parameters import BY_SYNONYMS, TIME_SYNONYMS, TIME_VALUES, Grouped, Timed, timed_problems
from analyst.stats.periods import (
    GRAINS,
    Span,
    following,
    next_span,
    parse_span,
    previous_span,
    span_of,
    start_of,
    starts_between,
)
from analyst.stats.results import Fields, formats, ratio, supports, table
from analyst.stats.slopes import growth
from analyst.stats.timeline import ADDITIVE, Clock, Measure, clock, covered, measure, period_values

_COUNTS: Fields = (("n_before", "BIGINT"), ("n_after", "BIGINT"))
_GROUPS: Fields = (
    *((name, "DOUBLE") for name in ("before", "after", "change", "growth", "contribution")),
    *_COUNTS,
)
_TOTAL: Fields = (
    ("from", "VARCHAR"),
    ("to", "VARCHAR"),
    *((name, "DOUBLE") for name in ("before", "after", "change", "growth")),
    *_COUNTS,
    *((name, "DOUBLE") for name in ("change_low", "change_high", "p", "usual_change")),
    ("usual_periods", "BIGINT"),
)
_FEWEST_CHANGES = 4


class ChangeParameters(Timed, Grouped):
    """Which periods to compare: `from` and `to` are labels or ranges; without them the last two whole periods."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, coerce_numbers_to_str=True)

    from_: str | None = Field(None, alias="from")
    to: str | None = None


def run(source: Source, wanted: ChangeParameters) -> list[Result]:
    """Groups sorted by change, largest rise first, and the total.

    growth = change / |before|; contribution = a group's change / the total change (sums and counts only, since
    averages don't add up). Arithmetic by DuckDB and by definition. How sure the total is: for a mean its change with
    the 95 % interval and p of Welch's t test over the rows; for all, usual_change is the median size of the
    usual_periods changes before over the same distance (where the two are calendar periods with a history).
    """
    by = names_of(wanted.by, source.columns)
    time, what = clock(source, wanted.time), measure(source, wanted.value, wanted.agg)
    before, after, warnings = spans(time, wanted)
    total = _values(source, time, what, before, after, [])
    pair, (few, many) = (total[0][:2], total[0][2:]) if total else ((what.fill, what.fill), (0, 0))
    warnings += _coverage(source, time, before, after)
    told = (*time.warnings, *warnings)
    rise = pair[1] - pair[0] if None not in pair else None
    shown = {"before": what.format, "after": what.format, "change": what.format, "growth": "percent",
             "contribution": "percent"}  # fmt: skip
    spelt = f"{what.words}, {before.label} vs. {after.label}"
    sure = (*_tested(source, time, what, before, after), *_usual(source, time, what, before, after))
    shown |= dict.fromkeys(("change_low", "change_high", "usual_change"), what.format)
    shown |= dict.fromkeys(("n_before", "n_after", "usual_periods"), "integer")
    told = (*told, *_doubts(few, many, rise, sure[-2:], what))
    totals = table(_TOTAL, [(before.label, after.label, *pair, rise, growth(*pair), few, many, *sure)], suffix="total",
                   formats=formats(_TOTAL, shown), warnings=() if by else told,
                   supports={"before": [few], "after": [many], "change": [few + many], "growth": [few + many]},
                   facts=what.as_facts(), what=f"change of the {spelt}")  # fmt: skip
    if not by:
        return [totals]
    rows = [
        ((*key, low, high, gained := (high - low if None not in (low, high) else None), growth(low, high),
          ratio(gained, rise) if what.agg in ADDITIVE else None, n_low, n_high), n_low, n_high)
        for *key, low, high, n_low, n_high in _values(source, time, what, before, after, by)
    ]  # fmt: skip
    rows.sort(key=lambda row: (row[0][-5] is None, -(row[0][-5] or 0.0), str(row[0][: len(by)])))
    fields = _fields(wanted, source.columns)
    keys = group_names(by, fields)
    both = [n_low + n_high for _, n_low, n_high in rows]
    behind = {"before": [row[1] for row in rows], "after": [row[2] for row in rows]}
    groups = table(fields, [row for row, *_ in rows], key=(*keys,), formats=formats(fields, shown), warnings=told,
                   values_of=keys, order={"change": "descending"},
                   supports=behind | supports((*keys, "change", "growth", "contribution"), both),
                   facts=what.as_facts(by),
                   what=f"change by {', '.join(by)} of the {spelt}; contribution to the total change")  # fmt: skip
    return [groups, totals]


def spans(time: Clock, wanted: ChangeParameters) -> tuple[Span, Span, list[str]]:
    """The two spans to compare, from labels or, without them, the last two whole periods."""
    try:
        first = parse_span(wanted.from_) if wanted.from_ else None
        last = parse_span(wanted.to) if wanted.to else None
    except PlanError as error:
        raise refuse(*(f"change: {problem}" for problem in error.problems)) from None
    if first and last:
        lengths = abs(first.days - last.days) > max(3, 0.05 * max(first.days, last.days))
        uneven = [f"{first.label} has {first.days} days and {last.label} {last.days}: so sums are not comparable"]
        return first, last, uneven if lengths else []
    if first:
        return first, next_span(first), []
    if last:
        return previous_span(last), last, []
    grain = time.grain(wanted.grain)
    whole = [start for start in starts_between(time.first, time.last, grain) if not time.is_partial(start, grain)]
    if len(whole) < 2:
        raise refuse(
            f"the data runs from {time.first} to {time.last}, which does not contain two complete "
            f"periods of a {grain}: name a finer grain, or from and to"
        )
    return span_of(whole[-2], grain), span_of(whole[-1], grain), []


def _values(
    source: Source, time: Clock, what: Measure, before: Span, after: Span, by: list[str]
) -> list[tuple[Any, ...]]:
    """The groups' keys, values before and after, and how many rows stand behind each."""
    halves = [f"{what.sql} FILTER (WHERE {_inside(time, span)})" for span in (before, after)]
    halves += [f"count(*) FILTER (WHERE {_inside(time, span)})" for span in (before, after)]
    either = " OR ".join(f"({_inside(time, span)})" for span in (before, after))
    keys = "".join(f"{named_sql(name, source.columns[name])}, " for name in by)
    group = "GROUP BY ALL" if by else ""
    rows = source.query(f"SELECT {keys}{', '.join(halves)} FROM {source.table} WHERE {either} {group}")
    return [
        (*row[: len(by)], *(what.fill if v is None else float(v) for v in row[len(by) : -2]), *row[-2:]) for row in rows
    ]


def _tested(
    source: Source, time: Clock, what: Measure, before: Span, after: Span
) -> tuple[float | None, float | None, float | None]:
    """The 95 % interval and p of the change of a mean; nothing for other measures, whose rows are no sample of it."""
    if what.agg != "mean" or what.value is None:
        return None, None, None
    x = what.value.sql
    asked = ", ".join(
        f"{function}({x}) FILTER (WHERE {_inside(time, span)})"
        for span in (after, before)
        for function in ("count", "avg", "var_samp")
    )
    n, mean, variance, m, other, spread = source.query(f"SELECT {asked} FROM {source.table}")[0]
    if not n or not m:
        return None, None, None
    test = t_test(Group("after", n, mean, variance, mean), Group("before", m, other, spread, other), pooled=False)
    return test.low, test.high, test.p


def _usual(source: Source, time: Clock, what: Measure, before: Span, after: Span) -> tuple[float | None, int | None]:
    """The median size of earlier changes over the same distance, and how many there are."""
    grain = next((g for g in GRAINS if before == _period(before, g) and after == _period(after, g)), None)
    if grain is None:
        return None, None
    series = period_values(source, time, grain, what)[()]
    places = {start: place for place, start in enumerate(series.starts)}
    if before.start not in places or after.start not in places:
        return None, None
    gap = places[after.start] - places[before.start]
    whole = series.full()
    values = {start: value for start, value in zip(whole.starts, whole.values, strict=True) if value is not None}
    ends = [start for start in values if start < after.start and following(start, grain, -gap) in values]
    changes = [abs(values[start] - values[following(start, grain, -gap)]) for start in ends]
    return (median(changes), len(changes)) if gap > 0 and len(changes) >= _FEWEST_CHANGES else (None, None)


def _period(span: Span, grain: str) -> Span:
    return span_of(start_of(span.start, grain), grain)


def _doubts(
    few: int, many: int, rise: float | None, usual: tuple[float | None, int | None], what: Measure
) -> list[str]:
    warnings = []
    if min(few, many) < 10:
        warnings.append(f"the periods compared have few rows ({few} and {many}), so the change is uncertain")
    size, periods = usual
    if rise is not None and size is not None and abs(rise) <= size:
        warnings.append(
            f"the change is no larger than usual: the median of {periods} earlier changes is at least as large"
        )
    return warnings


def _inside(time: Clock, span: Span) -> str:
    return f"{time.sql} >= TIMESTAMP '{span.start}' AND {time.sql} < TIMESTAMP '{span.end}'"


def _coverage(source: Source, time: Clock, before: Span, after: Span) -> list[str]:
    warnings = []
    for span in (before, after):
        found = source.query(f"SELECT count(*) FROM {source.table} WHERE {_inside(time, span)}")[0][0]
        if not found:
            raise refuse(f"no row is in {span.label}: the dates of {time.name!r} run from {time.first} to {time.last}")
        if not covered(time, span.start, span.end):
            last = span.end - timedelta(days=1)
            warnings.append(
                f"{span.label} ({span.start} to {last}) is not complete: the data covers {time.first} to {time.last}"
            )
    return warnings


def _fields(wanted: ChangeParameters, columns: Columns) -> Fields:
    by = names_of(wanted.by, columns)
    return with_groups(by, _GROUPS, columns)


def _schema(wanted: ChangeParameters, columns: Columns) -> Schema:
    total = {"total": list(_TOTAL)}
    return {"": list(_fields(wanted, columns))} | total if wanted.by else total


def _check(wanted: ChangeParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    problems = timed_problems(wanted, columns, profile)
    for label in filter(None, (wanted.from_, wanted.to)):
        try:
            parse_span(label)
        except PlanError as error:
            problems += error.texts
    return problems


CHANGE = Method(
    name="change",
    parameters=ChangeParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("time", "value", "by"),
    synonyms=TIME_SYNONYMS | BY_SYNONYMS | {"before": "from", "after": "to", "start": "from", "end": "to",
                                            "period_from": "from", "period_to": "to"},
    values=TIME_VALUES,
    aliases=("compare_periods", "growth", "period_comparison"),
    signature=(
        "change(time,[value],[by],[from],[to],[agg],[grain]) -> [by],before,after,change,growth,contribution, largest "
        "rise first; _total: from,to,before,after,~change,growth,n_before,n_after,p. from/to: "
        "2024, 2024-Q4, 2024-11 or 2024-10-01..2024-12-31; default the last two whole periods"
    ),
)  # fmt: skip
