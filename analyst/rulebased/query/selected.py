"""A selection of menus as a query: what a person chose column by column needs no reading, but the same care."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from analyst.core.text import listed
from analyst.protocol.selection import MOST_ROWS, SelectedGroup, SelectedMeasure, SelectedRows, Selection
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased import sql
from analyst.rulebased.link.bounds import compared
from analyst.rulebased.link.columns import is_number, is_time, spoken
from analyst.rulebased.link.linking import span_of
from analyst.rulebased.link.periods import Period, bounds
from analyst.rulebased.query.aggregates import lawful
from analyst.rulebased.query.computed import Values
from analyst.rulebased.query.model import Bounds, Condition, During, Key, Measure, Members, Missing, Query, Value
from analyst.rulebased.query.scene import Scene, scene_of

_SIGNS = {"above": ">", "below": "<", "at least": ">=", "at most": "<="}


def selected(selection: Selection, card: TableCard) -> tuple[Scene, Query]:
    """The query of `selection` over the table of `card`, and the scene of its words, whose time is the one chosen.

    What can't be computed of it is told as refused.
    """
    scene = scene_of(selection.words, card)
    dated = [group.column for group in selection.groups if group.unit]
    dated += [selection.period.column] if selection.period else []
    time = next((column for column in card.columns if column.name in dated[:1] and is_time(column)), scene.time)
    scene = replace(scene, linked=replace(scene.linked, time=time))
    return scene, _Choosing(scene).query(selection)


class _Choosing:
    """Turns the parts of a selection into those of a query over the table of a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._made = scene, Values()
        self._columns: Mapping[str, ColumnCard] = {column.name: column for column in scene.card.columns}

    def query(self, selection: Selection) -> Query:
        values = tuple(value for m in selection.measures for value in self._values(m))
        keys = tuple(key for group in selection.groups for key in self._keys(group))
        conditions = (*(c for rows in selection.rows for c in self._conditions(rows)), *self._during(selection))
        return Query(
            "aggregate",
            values=values or (Measure("count"),),
            keys=keys,
            conditions=conditions,
            order=selection.order if selection.limit or selection.order == "lowest" else None,
            limit=selection.limit or (MOST_ROWS if selection.order == "lowest" else None),
            said=tuple(self._made.said),
            refused=tuple(self._made.refused),
        )

    def _column(self, name: str) -> ColumnCard | None:
        found = self._columns.get(name)
        if found is None:
            self._made.refused.append(f'The table has no column "{name}", so it is left out.')
        return found

    def _values(self, given: SelectedMeasure) -> Iterator[Value]:
        if given.aggregate == "count" or given.column is None:
            yield Measure("count")
            return
        column = self._column(given.column)
        if column is None:
            return
        timed = is_time(column) and given.aggregate in ("min", "max")
        if given.aggregate != "distinct" and not is_number(column) and not timed:
            self._made.refused.append(f"{spoken(column)} holds no numbers, so its different values are counted.")
            yield Measure("distinct", column)
            return
        yield lawful(self._scene, Measure(given.aggregate, column), self._made)

    def _keys(self, given: SelectedGroup) -> Iterator[Key]:
        column = self._column(given.column)
        if column is None:
            return
        if given.unit and not is_time(column):
            self._made.refused.append(f"{spoken(column)} holds no dates, so it is not put together by {given.unit}.")
            yield Key(column)
            return
        yield Key(column, given.unit)

    def _conditions(self, given: SelectedRows) -> Iterator[Condition]:
        column = self._column(given.column)
        if column is None:
            return
        if given.relation in ("missing", "present"):
            yield Missing(column, negated=given.relation == "present")
        elif given.relation in _SIGNS:
            yield from self._bounds(given, column)
        elif given.values:
            values = tuple(spelled for value in given.values for spelled in _spellings(column, value))
            yield Members(column, tuple(dict.fromkeys(values)), negated=given.relation == "is not")

    def _bounds(self, given: SelectedRows, column: ColumnCard) -> Iterator[Condition]:
        """A bound on a number; one of anything else can't be met."""
        numbers = [float(v) for v in given.values if isinstance(v, (int, float)) and not isinstance(v, bool)]
        if not numbers or not is_number(column):
            told = listed([str(value) for value in given.values])
            self._made.refused.append(f"{spoken(column)} can't be compared with {told}, so all rows are used.")
            return
        yield Bounds(column, compared(_SIGNS[given.relation], numbers[0]))

    def _during(self, selection: Selection) -> Iterator[Condition]:
        period = selection.period
        column = self._column(period.column) if period else None
        if period is None or column is None:
            return
        span = span_of(column) if is_time(column) else None
        if span is None:
            self._made.refused.append(f"{spoken(column)} holds no dates, so no period is selected.")
            return
        start, end = period.start or span.low, period.end or span.high
        if start > end:
            self._made.refused.append(f"{start} is after {end}, so no period is selected.")
            return
        found = Period("span", start, end, 0, 0, span.whole(start, end))
        yield During(column, (_named(found),))


def _named(period: Period) -> Period:
    """The period by its own kind where it is a whole year, quarter or month."""
    kinds = ("year", "quarter", "month")
    whole = (replace(period, kind=kind) for kind in kinds if bounds(kind, period.start) == (period.start, period.end))
    return next(whole, period)


def _spellings(column: ColumnCard, value: object) -> list[object]:
    """The values of the card that are `value` up to case and outer spaces; itself where the card knows none."""
    known = [v for v in sql.variants(column, value) if v in (*(column.values or ()), *(column.mentioned or ()))]
    return known or [value]
