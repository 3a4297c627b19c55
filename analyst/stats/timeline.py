"""A time column as days and a value by period: the shared ground of trend, change, forecast and anomalies.

Time may be a DATE, a TIMESTAMP (with a zone: periods are cut in UTC, and told so), a year as a whole number, or
text in one clear date format. DuckDB adds up; empty periods are filled (0 for sum and count, nothing for averages).
"""

# Every name passes `quoted` and every value `literal`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from analyst.core.quoting import literal, quoted
from analyst.core.text import counted
from analyst.protocol import facts
from analyst.protocol.table import TableProfile
from analyst.stats.columns import Number, number, number_problems, profiled
from analyst.stats.method import Columns, Source, is_numeric, is_temporal, refuse
from analyst.stats.periods import auto_grain, following, label_of, starts_between

Agg = Literal["sum", "mean", "median", "count"]
ADDITIVE = ("sum", "count")
MAX_GROUPS = 60
_TEXT_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%b %Y",
    "%B %Y",
    "%Y",
)
_SQL_AGGREGATES = {
    "sum": "sum({})",
    "mean": "avg({})",
    "median": "median({})",
    "count": "count({})",
}


@dataclass(frozen=True)
class Clock:
    """A time column: `sql` is a TIMESTAMP expression; `first` and `last` the days it spans; gaps are in days."""

    name: str
    sql: str
    first: date
    last: date
    usual_gap: float | None
    long_gap: float | None
    warnings: tuple[str, ...] = ()

    def grain(self, wished: str) -> str:
        """`wished`, or the grain that fits the span and the spacing of the data."""
        return auto_grain((self.last - self.first).days + 1, self.usual_gap) if wished == "auto" else wished

    def is_partial(self, start: date, grain: str) -> bool:
        """Whether the data begin well after the start of this period or stop well before its end.

        "Well" is more than the gap between days that 95 % of the data's gaps don't pass, so weekends don't count.
        """
        slack = timedelta(days=max(1.0, self.long_gap)) if self.long_gap is not None else timedelta.max
        last_day = following(start, grain) - timedelta(days=1)
        late_start = start <= self.first <= last_day and self.first - start > slack
        early_end = start <= self.last <= last_day and last_day - self.last > slack
        return late_start or early_end


def clock(source: Source, name: str) -> Clock:
    """Column `name` as time; PlanError when it is none or holds no date."""
    sql, warnings = _time_sql(source, name)
    low, high, missing = source.query(
        f"SELECT min(t)::DATE, max(t)::DATE, count(*) - count(t) FROM (SELECT {sql} AS t FROM {source.table})"
    )[0]
    if low is None:
        raise refuse(f"{name!r} has no dates, so there are no periods: name a column with dates")
    if not isinstance(low, date) or not isinstance(high, date) or high.year > 9000:
        raise refuse(
            f"{name!r} runs from {low} to {high}, which are unlikely dates: leave them out in an SQL step, "
            f"such as WHERE {quoted(name)} < DATE '2100-01-01'"
        )
    if missing:
        warnings = (*warnings, f"left out: {counted(missing, 'row')} without a date in {name!r}")
    usual, long = source.query(
        "SELECT median(gap), quantile_disc(gap, 0.95) FROM (SELECT d - lag(d) OVER (ORDER BY d) AS gap FROM "
        f"(SELECT DISTINCT CAST({sql} AS DATE) AS d FROM {source.table} WHERE {sql} IS NOT NULL))"
    )[0]
    return Clock(name, sql, low, high, usual, long, tuple(warnings))


def clock_problems(name: str, columns: Columns, profile: TableProfile | None) -> list[str]:
    """Problems with `name` as time, as far as its type and profile tell before execution."""
    kind = columns.get(name, "DATE")
    if is_temporal(kind) or kind.startswith("VARCHAR"):
        known = profiled(name, profile)
        if known is None or not kind.startswith("VARCHAR") or known.kind in ("date", "timestamp"):
            return []
        dated = known.distinct == 0 or any(any(c.isdigit() for c in str(value)) for value, _ in known.values)
        return [] if dated else [f"{name!r} is text without dates: name a column with dates"]
    if is_numeric(kind):
        return []
    return [f"{name!r} is {kind}, not a date: name a column with dates or make one in an SQL step with strptime()"]


def _time_sql(source: Source, name: str) -> tuple[str, tuple[str, ...]]:
    kind, column = source.columns[name].upper(), quoted(name)
    if "WITH TIME ZONE" in kind or kind == "TIMESTAMPTZ":
        return f"make_timestamp(epoch_us({column}))", (
            f"the times of {name!r} have a time zone, so periods are in UTC",
        )
    if is_temporal(kind):
        return f"CASE WHEN isfinite({column}) THEN CAST({column} AS TIMESTAMP) END", ()
    if is_numeric(kind):
        return _year_sql(source, name), ()
    if kind.startswith(("VARCHAR", "ENUM")):
        return _text_sql(source, name)
    raise refuse(f"{name!r} is {kind}, not a date: name a column with dates")


def _year_sql(source: Source, name: str) -> str:
    column = quoted(name)
    odd, some = source.query(
        f"SELECT count(*) FILTER (WHERE {column} NOT BETWEEN 1500 AND 2500 OR {column} <> round({column})), "
        f"count({column}) FROM {source.table}"
    )[0]
    if odd or not some:
        raise refuse(f"{name!r} holds numbers that are not years: name a column with dates or make one with strptime()")
    return f"CAST(make_date(CAST({column} AS INTEGER), 1, 1) AS TIMESTAMP)"


def _text_sql(source: Source, name: str) -> tuple[str, tuple[str, ...]]:
    text = f"trim(CAST({quoted(name)} AS VARCHAR))"
    tries = {"": f"try_cast({text} AS TIMESTAMP)"} | {f: f"try_strptime({text}, {literal(f)})" for f in _TEXT_FORMATS}
    total = source.query(f"SELECT count({quoted(name)}) FROM {source.table}")[0][0]
    counts = dict.fromkeys(tries, 0)
    sampled = f"(SELECT {quoted(name)} FROM {source.table} WHERE {quoted(name)} IS NOT NULL LIMIT 1000)"
    found = source.query("SELECT " + ", ".join(f"count({sql})" for sql in tries.values()) + f" FROM {sampled}")[0]
    likely = [form for form, hits in zip(tries, found, strict=True) if hits]
    for form in likely:
        counts[form] = source.query(f"SELECT count({tries[form]}) FROM {source.table}")[0][0]
    best = max(counts, key=lambda form: counts[form])
    if not total or counts[best] < 0.9 * total:
        raise refuse(
            f"{name!r} is text that can't be read as dates: make a date in an SQL step, such as "
            f"strptime({quoted(name)}, '%d/%m/%Y')"
        )
    _refuse_ambiguous(name, counts, best)
    lost = total - counts[best]
    return tries[best], (f"left out: {counted(lost, 'value')} of {name!r} that can't be read as dates",) if lost else ()


def _refuse_ambiguous(name: str, counts: dict[str, int], best: str) -> None:
    for one, other in (("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y")):
        if best in (one, other) and counts[one] == counts[other]:
            raise refuse(
                f"{name!r} can be read as day first or month first: say which in an SQL step, "
                f"strptime({quoted(name)}, '{one}') or strptime({quoted(name)}, '{other}')"
            )


@dataclass(frozen=True)
class Measure:
    """What is added up: `agg` of `value`, or the number of rows when `value` is None."""

    agg: str
    value: Number | None

    @property
    def sql(self) -> str:
        """The aggregate expression."""
        return _SQL_AGGREGATES[self.agg].format(self.value.sql if self.value else "*")

    @property
    def fill(self) -> float | None:
        """What an empty period counts as."""
        return 0.0 if self.agg in ADDITIVE else None

    @property
    def format(self) -> str:
        """How its values are shown."""
        if self.agg == "count":
            return "integer"
        return "percent" if self.agg == "mean" and self.value is not None and self.value.is_rate else "number"

    @property
    def fact(self) -> facts.Measure:
        """It as a fact of the results that hold it."""
        return facts.Measure(self.agg, (self.value.name,) if self.value else ())

    def as_facts(self, groups: Sequence[str] = (), period: str = "") -> facts.Facts:
        """The facts of a result that holds it by `groups` and `period`."""
        return facts.Facts((self.fact,), tuple(groups), period=period)

    @property
    def words(self) -> str:
        """It in words, as "sum of revenue"."""
        return self.fact.words


def measure(source: Source, value: str | None, agg: str | None) -> Measure:
    """The measure for parameters `value` and `agg`: without a value, rows are counted; without agg, added up."""
    if value is None:
        return Measure("count", None)
    if agg == "count":
        return Measure("count", Number(value, quoted(value)))
    read = number(source, value)
    return Measure(agg or ("mean" if read.is_rate and source.columns[value].startswith("VARCHAR") else "sum"), read)


def measure_problems(value: str | None, agg: str | None, columns: Columns, profile: TableProfile | None) -> list[str]:
    """Problems with a measure's parameters before execution."""
    if value is None:
        unfit = agg not in (None, "count")
        return [f"agg {agg!r} needs a value column: name one, or leave agg out to count rows"] if unfit else []
    return [] if agg == "count" else number_problems([value], columns, profile)


@dataclass(frozen=True)
class Series:
    """Values by period: one per start in `starts`, with None where there is nothing to average.

    `counts` are the rows of the table behind each.
    """

    starts: tuple[date, ...]
    values: tuple[float | None, ...]
    grain: str
    partial: tuple[bool, ...]
    counts: tuple[int, ...]

    @property
    def labels(self) -> list[str]:
        """The periods' labels."""
        return [label_of(start, self.grain) for start in self.starts]

    def full(self) -> Series:
        """Without partial periods."""
        kept = [i for i, partial in enumerate(self.partial) if not partial]
        starts, values = tuple(self.starts[i] for i in kept), tuple(self.values[i] for i in kept)
        return Series(starts, values, self.grain, (False,) * len(kept), tuple(self.counts[i] for i in kept))


def period_values(
    source: Source, time: Clock, grain: str, what: Measure, by: Sequence[str] = ()
) -> dict[tuple[Any, ...], Series]:
    """`what` by period of `grain`, per group of `by` (one group `()` without), every group over all periods."""
    starts = starts_between(time.first, time.last, grain)
    keys = "".join(f"{sql}, " for sql in by)
    rows = source.query(
        f"SELECT {keys}CAST(date_trunc('{grain}', {time.sql}) AS DATE) AS period, {what.sql}, "
        "count(*) "
        f"FROM {source.table} WHERE {time.sql} IS NOT NULL GROUP BY ALL"
    )
    found: dict[tuple[Any, ...], dict[date, tuple[float | None, int]]] = {}
    for *key, start, value, count in rows:
        found.setdefault(tuple(key), {})[start] = (None if value is None else float(value), count)
    partial = tuple(time.is_partial(start, grain) for start in starts)
    return {key: _filled(starts, values, grain, what, partial) for key, values in found.items()}


def _filled(
    starts: Sequence[date],
    found: dict[date, tuple[float | None, int]],
    grain: str,
    what: Measure,
    partial: tuple[bool, ...],
) -> Series:
    values, counts = zip(*(found.get(start, (what.fill, 0)) for start in starts), strict=True)
    return Series(tuple(starts), values, grain, partial, counts)


def covered(time: Clock, start: date, end: date) -> bool:
    """Whether the data reach over the whole of `start` to before `end`, up to their usual gaps."""
    slack = timedelta(days=max(1.0, time.long_gap or 1.0))
    return time.first - start <= slack and end - timedelta(days=1) - time.last <= slack


def partial_warning(series: Series) -> list[str]:
    """The warning that names the partial periods, if there are any."""
    names = [label for label, partial in zip(series.labels, series.partial, strict=True) if partial]
    return [f"not complete, so left out of comparisons: {', '.join(names)}"] if names else []
