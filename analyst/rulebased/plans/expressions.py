"""Keys and values of a query as SQL, each with the name of its result column and words for a reader."""

from __future__ import annotations

from dataclasses import dataclass

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.link.columns import adds_up, holds_years, is_number, is_time, spoken
from analyst.rulebased.plans.conditions import condition, in_words, words
from analyst.rulebased.query.computed import YES
from analyst.rulebased.query.model import Key, Measure, Members, Missing, Ratio, Value

_UNITS = {
    "day": "strftime({}, '%Y-%m-%d')", "week": "strftime({}, '%G-W%V')", "month": "strftime({}, '%Y-%m')",
    "quarter": "strftime({0}, '%Y') || '-Q' || quarter({0})", "year": "strftime({}, '%Y')", "weekday": "dayname({})",
    "hour": "hour({})", "month_name": "monthname({})",
    "weekend": "CASE WHEN isodow({}) > 5 THEN 'weekend' ELSE 'weekday' END",
}  # fmt: skip
_WORDS = {
    "sum": ("total", "sum({})"), "mean": ("average", "avg({})"), "median": ("median", "median({})"),
    "min": ("lowest", "min({})"), "max": ("highest", "max({})"), "std": ("std", "stddev_samp({})"),
    "variance": ("variance", "var_samp({})"), "mode": ("mode", "mode({})"),
    "whole_std": ("population_std", "stddev_pop({})"), "whole_variance": ("population_variance", "var_pop({})"),
    "skewness": ("skewness", "skewness({})"), "kurtosis": ("kurtosis", "kurtosis({})"),
    "iqr": ("iqr", "quantile_cont({0}, 0.75) - quantile_cont({0}, 0.25)"),
    "whole_skewness": ("skewness", "skewness({0}) * (count({0}) - 2) / sqrt(count({0}) * (count({0}) - 1.0))"),
    "whole_kurtosis": (
        "kurtosis",
        "(kurtosis({0}) * (count({0}) - 2.0) * (count({0}) - 3) / (count({0}) - 1) - 6) / (count({0}) + 1)",
    ),
    "range": ("range", "max({0}) - min({0})"),
    "missing": ("missing", "count(*) - count({})"),
    "missing_share": ("percent_missing", "100.0 * (count(*) - count({})) / nullif(count(*), 0)"),
}  # fmt: skip
PART = "part"
"""The column that holds one value of a cell with several."""


@dataclass(frozen=True)
class Keyed:
    """Something to group by: its SQL, the result column's name, and words for the reader."""

    sql: str
    shown: str
    words: str
    column: ColumnCard
    unit: str | None = None


@dataclass(frozen=True)
class Valued:
    """A value to compute: its SQL over a group of rows, the result column's name, and words. `row`: the value of one
    row, where the group's value is the mean or sum of its rows'."""

    sql: str
    shown: str
    words: str
    value: Value
    row: str | None = None

    @property
    def kind(self) -> str:
        """How it is aggregated; "ratio" of two."""
        return "ratio" if isinstance(self.value, Ratio) else self.value.aggregate

    @property
    def column(self) -> ColumnCard | None:
        """The column it is of."""
        return self.value.column


def of_unit(moment: str, unit: str) -> str:
    """The unit of time of a moment, as SQL."""
    return _UNITS[unit].format(moment)


def key(given: Key) -> Keyed:
    """A key; a number of many values falls into about eight steps of a round width."""
    column = given.column
    if given.among:
        met = " AND ".join(f"({condition(c)})" for c in given.among)
        told = " and ".join(words(c) for c in given.among)
        rest = "the rest" if given.rest is None else words(given.rest)
        groups = f"CASE WHEN {met} THEN {sql.value(told[:50])} ELSE {sql.value(rest[:50])} END"
        return Keyed(groups, "rows", f"{told} and {rest}", column)
    if given.unit is not None:
        read = f"CAST({sql.quoted(column.name)} AS TIMESTAMP)" if is_time(column) else sql.quoted(column.name)
        return Keyed(of_unit(read, given.unit), given.unit, given.unit.replace("_name", ""), column, given.unit)
    if column.separator:
        return Keyed(sql.quoted(PART), sql.shown_as(column), spoken(column), column)
    if is_stepped(column):
        low, high = _number(column.min), _number(column.max)
        if low is not None and high is not None and high > low:
            width = _round_width((high - low) / 8)
            text = f"floor({sql.number(column)} / {width}) * {width}"
            return Keyed(text, sql.alias(column.name, "from"), f"{spoken(column)} in steps", column)
    return Keyed(sql.grouping(column), sql.shown_as(column), spoken(column), column)


def is_stepped(column: ColumnCard) -> bool:
    """Whether the column holds so many numbers that only steps of it make groups."""
    whole = "INT" in column.type.upper()
    few = (column.distinct or 0) <= 12 or ((column.distinct or 0) <= 40 and not adds_up(column) and whole)
    return is_number(column) and column.role == "measure" and not few and not holds_years(column)


def _number(item: object) -> float | None:
    return float(item) if isinstance(item, (int, float)) else None


def _round_width(raw: float) -> str:
    """The width of 1, 2, 5 or 10 times a power of ten that is next above `raw`."""
    power = 10.0 ** (len(str(int(raw))) - 1) if raw >= 1 else 1.0
    while raw < power:
        power /= 10
    width = next(step * power for step in (1, 2, 5, 10) if step * power >= raw)
    return str(int(width)) if width == int(width) else f"{width:.10g}"


def value(given: Value) -> Valued:
    """A value over a group of rows."""
    return _ratio(given) if isinstance(given, Ratio) else _measure(given)


def _measure(given: Measure) -> Valued:
    column = given.column
    if given.aggregate == "count" or column is None:
        return _count(given)
    if given.aggregate == "rate":
        return _rate(given, column)
    if given.aggregate == "distinct":
        return _distinct(given, column)
    if given.minus is None and is_time(column):
        return _moment(given, column)
    read, name = _of_row(given, column), given.noun or column.name
    if given.minus is not None and (given.unit or given.aggregate == "sum"):
        return _minus(given, column, given.minus)
    if given.minus is not None:
        read = f"({read} - {sql.number(given.minus)})"
        name = f"{column.name}_minus_{given.minus.name}"
    if given.condition is not None:
        read = f"CASE WHEN {condition(given.condition)} THEN {read} ELSE 0 END"
    if given.weight is not None:
        by = sql.number(given.weight)
        text = f"sum({read} * {by}) / nullif(sum(CASE WHEN {read} IS NOT NULL THEN {by} END), 0)"
        return Valued(
            text, sql.alias("average", name), f"average {spoken(column)}, weighted by {spoken(given.weight)}", given
        )
    if given.aggregate == "quantile":
        told = f"p{given.level * 100:g}".replace(".", "_")
        return Valued(
            f"quantile_cont({read}, {given.level})", sql.alias(told, name), f"{told} of {spoken(column)}", given
        )
    word, pattern = _WORDS[given.aggregate]
    named = listed([given.noun or spoken(column), *(spoken(c) for c in given.plus)])
    told = f"{word} {named}" + (f" minus {spoken(given.minus)}" if given.minus else "")
    row = read if given.aggregate in ("sum", "mean") else None
    return Valued(pattern.format(read), sql.alias(word, name), told, given, row)


def _of_row(given: Measure, column: ColumnCard) -> str:
    """The number of one row: the column with what is added to it, times how many, without the part taken off."""
    read = " + ".join([sql.number(column), *(f"coalesce({sql.number(c)}, 0)" for c in given.plus)])
    read = f"({read})" if given.plus else read
    read = f"{read} * {sql.number(given.times)}" if given.times is not None else read
    return f"{read} * (1 - coalesce({sql.number(given.less)}, 0))" if given.less is not None else read


def filtered(given: Measure, kept: str) -> str:
    """A measure of those rows of a group that meet the condition `kept`, where there is one."""
    if given.column is None or given.aggregate in ("count", "outliers"):
        return f"count(*) FILTER (WHERE {kept})" if kept else "count(*)"
    read = sql.number(given.column)
    if kept and given.aggregate in ("missing", "missing_share"):
        gaps = f"count(*) FILTER (WHERE {kept} AND {read} IS NULL)"
        return gaps if given.aggregate == "missing" else f"100.0 * {gaps} / nullif(count(*) FILTER (WHERE {kept}), 0)"
    read = f"CASE WHEN {kept} THEN {read} END" if kept else read
    if given.aggregate == "quantile":
        return f"quantile_cont({read}, {given.level})"
    return _WORDS[given.aggregate][1].format(read)


def _minus(given: Measure, column: ColumnCard, minus: ColumnCard) -> Valued:
    """The time from one moment to another, or one total without another."""
    if given.unit:
        return _elapsed(given, column, minus)
    text = f"coalesce(sum({sql.number(column)}), 0) - coalesce(sum({sql.number(minus)}), 0)"
    shown = sql.alias("total", column.name, "minus", minus.name)
    return Valued(text, shown, f"total {spoken(column)} minus total {spoken(minus)}", given)


def _elapsed(given: Measure, end: ColumnCard, start: ColumnCard) -> Valued:
    """The time from one moment to another, in a unit."""
    seconds = {"hour": 3600, "day": 86400, "week": 604800}[given.unit]
    last, first = (f"CAST({sql.quoted(c.name)} AS TIMESTAMP)" for c in (end, start))
    word, pattern = _WORDS[given.aggregate]
    row = f"date_diff('second', {first}, {last}) / {seconds}.0"
    shown = sql.alias(word, f"{given.unit}s", "from", start.name, "to", end.name)
    told = f"{word} {given.unit}s from {spoken(start)} to {spoken(end)}"
    return Valued(pattern.format(row), shown, told, given, row if given.aggregate == "mean" else None)


def _count(given: Measure) -> Valued:
    if given.condition is None:
        return Valued("count(*)", "count", f"number of {given.noun or 'records'}", given)
    told = words(given.condition)
    text = f"sum(CASE WHEN {condition(given.condition)} THEN 1 ELSE 0 END)"
    return Valued(text, sql.alias(given.condition.column.name, "count"), f"number of {told}", given)


def _distinct(given: Measure, column: ColumnCard) -> Valued:
    if given.unit:
        text = f"count(DISTINCT date_trunc('{given.unit}', {sql.quoted(column.name)}))"
        return Valued(text, sql.alias(given.unit, "count"), f"number of different {given.unit}s", given)
    read = sql.grouping(column)
    read = read if given.condition is None else f"CASE WHEN {condition(given.condition)} THEN {read} END"
    text = f"count(DISTINCT {read})"
    shown = sql.alias("distinct", given.noun or column.name)
    return Valued(text, shown, f"number of different {given.noun or spoken(column)}", given)


def _rate(given: Measure, column: ColumnCard) -> Valued:
    """The share of rows that meet a condition, among those whose column is known."""
    test = given.condition or Members(column, YES)
    told = words(test)
    named = isinstance(test, (Members, Missing))  # bounds and periods hold digits, which no name may
    shown = sql.alias(told, *([] if "rate" in told.casefold().split() else ["rate"])) if named else "share_of_records"
    met = (
        condition(Members(column, test.values, at=test.at))
        if isinstance(test, Members) and test.negated
        else condition(test)
    )
    met = f"NOT ({met})" if isinstance(test, Members) and test.negated else met
    said = f"{told} rate" if named else f"share of records{in_words([test])}"
    known = "" if isinstance(test, Missing) else column.name  # a gap is the other answer then
    return Valued(sql.rate(met, known), shown, said, given, sql.either(met, known, "1.0", "0.0"))


def _moment(given: Measure, column: ColumnCard) -> Valued:
    word = "first" if given.aggregate == "min" else "last"
    text = f"CAST({given.aggregate}({sql.quoted(column.name)}) AS DATE)"
    return Valued(text, sql.alias(word, column.name), f"{word} {spoken(column)}", given)


def _ratio(given: Ratio) -> Valued:
    top, bottom = _measure(given.top), _measure(given.bottom)
    factor = given.name.removeprefix("per_") if given.name.startswith("per_") else ""
    text = f"{top.sql} * 1.0 / nullif({bottom.sql}, 0)" + (f" * {factor}" if factor else "")
    if given.name == "share":
        return Valued(
            text, "share", f"share of total {spoken(given.bottom.column) if given.bottom.column else 'records'}", given
        )
    under = given.bottom.column.name if given.bottom.column is not None else "record"
    above = given.top.noun or (given.top.column.name if given.top.column is not None else "records")
    if given.name and not factor:
        return Valued(
            text, sql.alias(given.name), f"{given.name.replace('_', ' ')} ({top.words} by {bottom.words})", given
        )
    shown = sql.alias(above, "per", *([factor] if factor else []), under)
    return Valued(text, shown, f"{top.words} per {bottom.words.removeprefix('total ')}", given)
