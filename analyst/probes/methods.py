"""The claims that method steps make."""

# Every name passes `quoted` and every value `literal`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from analyst.core.quoting import literal, quoted
from analyst.probes.claim import EARLIER, LATER, Claim, Periods, Table
from analyst.protocol import facts
from analyst.stats.change import spans
from analyst.stats.columns import number
from analyst.stats.method import Source, names_of
from analyst.stats.periods import CYCLE
from analyst.stats.timeline import ADDITIVE, Clock, Measure, clock, measure, period_values


def _compared(table: Table, wanted: Any, id: str) -> Iterator[Claim]:
    yield _by_group(table, "mean", wanted.value, wanted.group)


def _rated(table: Table, wanted: Any, id: str) -> Iterator[Claim]:
    yield _by_group(table, "mean", wanted.y, wanted.x)


def _described(table: Table, wanted: Any, id: str) -> Iterator[Claim]:
    by, columns = names_of(wanted.by, table.source.columns), names_of(wanted.columns, table.source.columns)
    if len(by) == 1 and len(columns) == 1:
        yield _by_group(table, "mean", columns[0], by[0])


def _shared(table: Table, wanted: Any, id: str) -> Iterator[Claim]:
    by = names_of(wanted.by, table.source.columns)
    if len(by) == 1:
        yield _by_group(table, wanted.agg or "sum", wanted.value, by[0])


def _by_group(table: Table, agg: str, value: str | None, group: str) -> Claim:
    what = measure(table.source, value, agg)
    y, w = _expressions(what)
    return Claim(
        "groups", table.rows(quoted(group), y, w), what.fact, group, tuple(filter(None, (value, group))),
        dimensions=table.dimensions, additive=what.agg in ADDITIVE, rate=what.format == "percent",
    )  # fmt: skip


def _expressions(what: Measure) -> tuple[str, str]:
    """What a row adds to the value and to the weight."""
    if what.agg == "count":
        counted = f"CASE WHEN {what.value.sql} IS NOT NULL THEN 1.0 ELSE 0.0 END" if what.value else "1.0"
        return counted, "1.0"
    y = what.value.sql if what.value else "1.0"
    return y, f"CASE WHEN {y} IS NOT NULL THEN 1.0 END"


def _over_time(table: Table, wanted: Any, id: str) -> Iterator[Claim]:
    """Later against earlier half, and the series."""
    source = table.source
    time, what = clock(source, wanted.time), measure(source, wanted.value, wanted.agg)
    if names_of(getattr(wanted, "by", None), source.columns):
        return
    middle = time.first + (time.last - time.first + timedelta(days=1)) / 2
    side = (
        f"CASE WHEN {time.sql} < {_day(middle)} THEN {literal(EARLIER)} "
        f"WHEN {time.sql} IS NOT NULL THEN {literal(LATER)} END"
    )
    yield _spans(table, wanted, side, what, periods=_periods(source, time, wanted.grain, what))


def _changed(table: Table, wanted: Any, id: str) -> Iterator[Claim]:
    source = table.source
    time, what = clock(source, wanted.time), measure(source, wanted.value, wanted.agg)
    before, after, _ = spans(time, wanted)
    side = "CASE " + "".join(
        f"WHEN {time.sql} >= {_day(span.start)} AND {time.sql} < {_day(span.end)} THEN {literal(name)} "
        for span, name in ((before, EARLIER), (after, LATER))
    )
    yield _spans(table, wanted, f"{side}END", what)


def _spans(table: Table, wanted: Any, side: str, what: Measure, periods: Periods | None = None) -> Claim:
    by = names_of(getattr(wanted, "by", None), table.source.columns)
    used = (wanted.time, *by, *([wanted.value] if wanted.value else []))
    return Claim(
        "spans", table.rows(side, *_expressions(what)), what.fact, wanted.time, used,
        dimensions=table.dimensions if what.agg in ("mean", *ADDITIVE) else (), additive=what.agg in ADDITIVE,
        rate=what.format == "percent", periods=periods,
    )  # fmt: skip


def _periods(source: Source, time: Clock, grain: str, what: Measure) -> Periods:
    grain = time.grain(grain)
    series = period_values(source, time, grain, what)[()].full()
    return Periods(tuple(series.labels), series.values, CYCLE[grain])


def _day(day: date) -> str:
    return f"TIMESTAMP {literal(f'{day:%Y-%m-%d}')}"


def _related(table: Table, wanted: Any, id: str) -> Iterator[Claim]:
    """The pair that goes together most."""
    found = table.source.query(f"SELECT x, y FROM {quoted(id)} WHERE r IS NOT NULL LIMIT 1")
    for x, y in found:
        rows = table.rows("''", number(table.source, y).sql, number(table.source, x).sql, relation=True)
        yield Claim(
            "relation", rows, facts.Measure("", (str(y),)), str(x), (str(x), str(y)), dimensions=table.dimensions
        )


CLAIMS: Mapping[str, Callable[[Table, Any, str], Iterator[Claim]]] = {
    "compare_groups": _compared,
    "chi_square": _rated,
    "describe": _described,
    "share": _shared,
    "trend": _over_time,
    "forecast": _over_time,
    "change": _changed,
    "correlation": _related,
}
"""What reads the claims of a method's step: (table, parameters, step's id)."""
