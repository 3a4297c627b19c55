"""A plan in the making: its reading, its steps, and how a step is written so that it reads the right rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.request import Request

PREPARED = "prepared"
"""The id of the step that holds only the rows asked for, with numbers, dates and spellings put right."""
MAX_STEPS = 4
Step = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """A plan before it is checked: how the question was read, the steps, and what the table can't answer.

    `overview`: the question asks for nothing in particular, so the steps show the table as a whole.
    """

    reading: str
    steps: tuple[Step, ...]
    unanswered: str | None = None
    overview: bool = False


@dataclass(frozen=True)
class Key:
    """Something to group by: its SQL, the result column's name, and words for the reader."""

    sql: str
    shown: str
    words: str
    column: ColumnCard | None = None


@dataclass(frozen=True)
class Measured:
    """A value to compute: its SQL over a group of rows, its name, words, the column and aggregate it comes from.

    `row_sql`: the value of one row, where the group's value is the mean or sum of its rows'.
    """

    sql: str
    shown: str
    words: str
    kind: str
    column: ColumnCard | None = None
    row_sql: str | None = None


def written(steps: Sequence[Step]) -> str:
    """The steps as one text without spaces, which an audit searches for what they hold."""
    return json.dumps(steps, ensure_ascii=False, separators=(",", ":")).replace('\\"', '"')


def names_column(column: ColumnCard, text: str) -> bool:
    """Whether the text of a plan (as `written`) names the column."""
    return sql.name(column.name) in text or json.dumps(column.name, ensure_ascii=False) in text


def query(id: str, text: str) -> Step:
    """An SQL step."""
    return {"id": id, "sql": text}


def method(id: str, name: str, source: str = "data", **parameters: Any) -> Step:
    """A method step; parameters that are None are left out."""
    given = {key: value for key, value in parameters.items() if value is not None}
    read = {} if source == "data" else {"source": source}
    return {"id": id, "method": name, **given, **read}


def preparing(request: Request, extra: Mapping[str, str] | None = None) -> tuple[list[Step], str]:
    """The step that methods read, and its name; `finished` writes its SQL, or drops it where it changes nothing."""
    return [{"id": PREPARED, "request": request, "extra": dict(extra or {})}], PREPARED


def grouped(
    request: Request,
    id: str,
    keys: Sequence[Key],
    measured: Sequence[Measured],
    *,
    order: str,
    limit: int | None = None,
    extra: Sequence[str] = (),
) -> Step:
    """A step of one row per value of `keys` (or one in all): the measured values and how many records they rest on."""
    picked = [f"{key.sql} AS {sql.name(key.shown)}" for key in keys]
    picked += [f"{m.sql} AS {sql.name(m.shown)}" for m in measured]
    if not any(m.sql == "count(*)" for m in measured):
        picked.append("count(*) AS records")
    text = f"SELECT {', '.join([*picked, *extra])} FROM data{sql.all_of(request.where)}"
    if keys:
        text += f" GROUP BY {', '.join(str(at + 1) for at in range(len(keys)))}"
        text += f" ORDER BY {order}{f' LIMIT {limit}' if limit else ''}"
    return query(id, text)


def ranked(measured: Measured, keys: Sequence[Key], direction: str) -> str:
    """The order of a ranking: by value, missing last, ties by the first key."""
    return f"{sql.name(measured.shown)} {direction} NULLS LAST, {len(keys)}"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def finished(steps: Sequence[Step], most: int = MAX_STEPS) -> tuple[Step, ...]:
    """The steps with the preparing one written out, or dropped where nothing needs it; at most `most`."""
    first = next((step for step in steps if step["id"] == PREPARED), None)
    rest = [step for step in steps if step["id"] != PREPARED]
    if first is None:
        return tuple(rest[:most])
    readers = [step for step in rest[: most - 1] if step.get("source") == PREPARED]
    written = _written(first, readers)
    if written is None:
        plain = [{k: v for k, v in step.items() if (k, v) != ("source", PREPARED)} for step in rest]
        return tuple(plain[:most])
    kept = rest[: most - 1]
    at = kept.index(readers[0])
    return (*kept[:at], written, *kept[at:])


def _written(first: Step, readers: Sequence[Step]) -> Step | None:
    """The preparing step: only the columns that `readers` name, put right, and only the rows asked for."""
    request: Request = first["request"]
    extra: dict[str, str] = first["extra"]
    named = {
        str(item)
        for step in readers
        for given in step.values()
        for item in (given if isinstance(given, list) else [given])
    }
    columns = [column for column in request.card.columns if column.name in named and column.name not in extra]
    if not readers or not (request.where or extra or any(sql.prepared(column) for column in columns)):
        return None
    parts = ["_row"]
    for column in columns:
        parts.append(f"{sql.prepared(column) or sql.name(column.name)} AS {sql.name(column.name)}")
    parts += [f"{expression} AS {sql.name(shown)}" for shown, expression in extra.items()]
    return query(PREPARED, f"SELECT {', '.join(parts)} FROM data{sql.all_of(request.where)}")
