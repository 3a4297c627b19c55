"""What rows that repeat an earlier one in every column change: the leading figure of a step, with and without them."""

# Every name passes `quoted`; what a model wrote was inspected before it ran.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

from analyst.core.quoting import quoted
from analyst.planning.binding import BoundStep
from analyst.planning.language import SqlStep
from analyst.protocol.facts import NO_FACTS, Facts
from analyst.protocol.table import TableProfile
from analyst.stats.method import Result, Source
from analyst.stats.results import Fields, are_shares, table

LEAST = 0.005
"""A change by less of a figure is not worth a word."""
_FIELDS: Fields = (("first", "VARCHAR"), ("value", "DOUBLE"), ("without", "DOUBLE"), ("leads_without", "VARCHAR"),
                   ("rows_left_out", "BIGINT"), ("certainty", "VARCHAR"))  # fmt: skip


def repeats(source: Source, made: Source, step: BoundStep, profile: TableProfile) -> Result | None:
    """What the repeated rows of `profile` change in the first row of an SQL step over the data; None: next to nothing.

    `source` reads the data, `made` the step's result. `leads_without`: the first group without them, where it is
    another one. `without` is hidden where cells of single rows are: the difference could spell one.
    """
    if not isinstance(step.step, SqlStep) or set(step.reads) != {"data"}:
        return None
    name = next((name for name in step.measures if name in made.columns), None)
    if name is None:
        return None
    group = next((c for c in made.columns if c not in step.measures and made.is_category(c)), None)
    order = " ".join(f"{quoted(c)} {way}" for c, way in step.order[:1] if c in made.columns)
    ordered = f" ORDER BY {order} NULLS LAST" if order else ""
    listed = f"{quoted(group) if group else 'NULL'}, {quoted(name)}"
    now = made.query(f"SELECT {listed} FROM {made.table}{ordered} LIMIT 200")
    once = source.query(f"{_once(source, profile)} SELECT {listed} FROM ({step.step.sql}){ordered} LIMIT 200")
    return _compared(now, once, step, name, profile)


def _once(source: Source, profile: TableProfile) -> str:
    """The data without rows that repeat an earlier one, under the data's name."""
    columns = ", ".join(quoted(column.name) for column in profile.columns)
    return (
        f"WITH data AS (SELECT * FROM main.{source.table} "
        f"QUALIFY row_number() OVER (PARTITION BY {columns} ORDER BY _row) = 1)"
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _compared(
    now: Sequence[Any], once: Sequence[Any], step: BoundStep, name: str, profile: TableProfile
) -> Result | None:
    if not now or not once:
        return None
    (first, value), (leader, _) = now[0], once[0]
    without = dict(once).get(first)
    if not _is_number(value) or not _is_number(without) or not value:
        return None
    if abs(without / value - 1) < LEAST and leader == first:
        return None
    leads = leader if leader != first and step.order else None
    row = (first, float(value), float(without), leads, profile.duplicate_rows, "high")
    told = step.facts.measures if len(step.facts.measures) == len(step.measures) else ()
    measure = told[step.measures.index(name)] if told else None
    percent = not step.whole_percent and are_shares(name, (row[1] for row in now))
    formats = {"rows_left_out": "integer"} | (dict.fromkeys(("value", "without"), "percent") if percent else {})
    words, facts = (measure.words, Facts((measure,))) if measure else (name, NO_FACTS)
    return table(_FIELDS, [row], suffix="repeats", formats=formats, facts=facts,
                 withheld={} if profile.shares_cells else {"without": None},
                 what=f"{words}, with and without the rows that repeat an earlier one in every column")  # fmt: skip
