"""A plan in the making: its reading, its steps, and how a step is written so that it reads the right rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.request import Request
from analyst.rulebased.select import Select
from analyst.rulebased.steps import Method, Query, Step, query

PREPARED = "prepared"
"""The id of the step that holds only the rows asked for, with numbers, dates and spellings put right."""
MAX_STEPS = 4


@dataclass(frozen=True)
class Key:
    """Something to group by: its SQL, the result column's name, and words for the reader."""

    sql: str
    shown: str
    words: str
    column: ColumnCard | None = None


@dataclass(frozen=True)
class Rate:
    """The rows that a rate is of: those that meet `condition`, among those that have a value of `column`."""

    condition: str
    column: ColumnCard
    negated: bool

    def row(self, yes: str, no: str) -> str:
        """`yes` or `no` of one row; NULL where the column is missing."""
        return sql.either(self.condition, self.column.name, yes, no)


@dataclass(frozen=True)
class Measured:
    """A value to compute: its SQL over a group of rows, its name, words, the column and aggregate it comes from.

    `row_sql`: the value of one row, where the group's value is the mean or sum of its rows'; `rate`: what a rate is of.
    """

    sql: str
    shown: str
    words: str
    kind: str
    column: ColumnCard | None = None
    row_sql: str | None = None
    rate: Rate | None = None


@dataclass(frozen=True)
class Preparing:
    """The step that methods read, before it is known which columns they need; `extra`: further columns as SQL."""

    request: Request
    extra: Mapping[str, str]

    @property
    def id(self) -> str:
        """The id under which methods name it as their source."""
        return PREPARED


@dataclass(frozen=True)
class Draft:
    """A plan before it is checked: how the question was read, the steps, and what the table can't answer.

    `overview`: the question asks for nothing in particular, so the steps show the table as a whole.
    """

    reading: str
    steps: tuple[Step | Preparing, ...]
    unanswered: str | None = None
    overview: bool = False


def preparing(request: Request, extra: Mapping[str, str] | None = None) -> tuple[list[Step | Preparing], str]:
    """The step that methods read, and its name; `finished` writes its SQL, or drops it where it changes nothing."""
    return [Preparing(request, dict(extra or {}))], PREPARED


def grouped(
    request: Request,
    keys: Sequence[Key],
    measured: Sequence[Measured],
    *,
    order: str,
    limit: int | None = None,
    extra: Sequence[str] = (),
) -> Select:
    """One row per value of `keys` (or one in all): the measured values and how many records they rest on."""
    picked = [f"{key.sql} AS {sql.quoted(key.shown)}" for key in keys]
    picked += [f"{m.sql} AS {sql.quoted(m.shown)}" for m in measured]
    if not any(m.sql == "count(*)" for m in measured):
        picked.append("count(*) AS records")
    every = Select((*picked, *extra), request.table, request.where, len(keys))
    return replace(every, order=order, limit=limit) if keys else every


def ranked(measured: Measured, keys: Sequence[Key], direction: str) -> str:
    """The order of a ranking: by value, missing last, ties by the first key."""
    return f"{sql.quoted(measured.shown)} {direction} NULLS LAST, {len(keys)}"


def finished(steps: Sequence[Step | Preparing], most: int = MAX_STEPS) -> tuple[Step, ...]:
    """The steps with the preparing one written out, or dropped where nothing needs it; at most `most`."""
    first = next((step for step in steps if isinstance(step, Preparing)), None)
    rest = [step for step in steps if not isinstance(step, Preparing)]
    if first is None:
        return tuple(rest[:most])
    readers = [step for step in rest[: most - 1] if isinstance(step, Method) and step.source == PREPARED]
    prepared = _prepared(first, readers)
    if prepared is None:
        return tuple(_reading(step, first.request.table) for step in rest[:most])
    kept = rest[: most - 1]
    at = kept.index(readers[0])
    return (*kept[:at], prepared, *kept[at:])


def _reading(step: Step, table: str) -> Step:
    """The step reading `table` itself where it would have read the prepared rows."""
    unprepared = isinstance(step, Method) and step.source == PREPARED
    return replace(step, source=table) if isinstance(step, Method) and unprepared else step


def _prepared(first: Preparing, readers: Sequence[Method]) -> Query | None:
    """The preparing step: only the columns that `readers` name, put right, and only the rows asked for."""
    request, extra = first.request, first.extra
    named = {
        str(item)
        for step in readers
        for given in step.parameters.values()
        for item in (given if isinstance(given, (list, tuple)) else [given])
    }
    columns = [column for column in request.card.columns if column.name in named and column.name not in extra]
    if not readers or not (request.where or extra or any(sql.prepared(column) for column in columns)):
        return None
    parts = ["_row"]
    for column in columns:
        parts.append(f"{sql.prepared(column) or sql.quoted(column.name)} AS {sql.quoted(column.name)}")
    parts += [f"{expression} AS {sql.quoted(shown)}" for shown, expression in extra.items()]
    return query(PREPARED, Select(tuple(parts), request.table, request.where))
