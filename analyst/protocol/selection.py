"""A computation that menus can say: which numbers, by what, of which rows, in which order.

It is read off a plan's SQL where the SQL says nothing else (planning.selecting), changed by a person, and planned anew
by the rule-based analyst (rulebased.query.selected).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analyst.core.text import MONTHS, listed
from analyst.protocol.blocks import block, quote, read_block

Aggregate = Literal["sum", "mean", "median", "min", "max", "std", "count", "distinct"]
Unit = Literal["day", "week", "month", "quarter", "year"]
Compared = Literal["is", "is not", "above", "below", "at least", "at most", "missing", "present"]
Scalar = bool | int | float | str
MOST_ROWS = 100
"""Groups that are shown at most."""
Name = Annotated[str, Field(min_length=1, max_length=300)]
NOUNS: Mapping[Aggregate, str] = {
    "sum": "total", "mean": "average", "median": "median", "min": "lowest", "max": "highest",
    "std": "standard deviation of", "count": "number of records", "distinct": "number of different",
}  # fmt: skip
"""What each aggregate is called before a column's name; a count has none."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SelectedMeasure(_Part):
    """A number: an aggregate of a column; a count of rows has none."""

    aggregate: Aggregate
    column: Name | None = None

    @property
    def words(self) -> str:
        """It in words: "total revenue"."""
        noun = NOUNS[self.aggregate]
        return noun if self.aggregate == "count" or self.column is None else f"{noun} {spoken(self.column)}"


class SelectedGroup(_Part):
    """What there is a row for: each value of a column, or of a column of dates each `unit`."""

    column: Name
    unit: Unit | None = None

    @property
    def words(self) -> str:
        """It in words: "region", "month"."""
        return self.unit or spoken(self.column)


class SelectedRows(_Part):
    """A condition on the rows: `column` stands in `relation` to `values` (several: any of them)."""

    column: Name
    relation: Compared = "is"
    values: tuple[Scalar, ...] = Field(default=(), max_length=50)

    @property
    def words(self) -> str:
        """It in words: "region North or South", "price at least 10"."""
        told = listed([f"{value:g}" if isinstance(value, float) else str(value) for value in self.values], "or")
        relation = {"is": "", "is not": "other than"}.get(self.relation, self.relation)
        return " ".join(filter(None, (spoken(self.column), relation, told)))


class SelectedPeriod(_Part):
    """Only rows of the days `start` to `end` of a column of dates, both in; None: as far as the data goes."""

    column: Name
    start: date | None = None
    end: date | None = None

    @property
    def words(self) -> str:
        """It in words: "2024", "March 2024", "2024-01-01 to 2024-03-15"."""
        if self.start and self.end:
            return _span(self.start, self.end)
        return f"{self.start} on" if self.start else f"the time up to {self.end}"


class Selection(_Part):
    """The whole computation. `order`: rows with the highest (lowest) first measure come first (None: as is usual);
    `limit`: only so many of them."""

    measures: tuple[SelectedMeasure, ...] = Field(min_length=1, max_length=4)
    groups: tuple[SelectedGroup, ...] = Field(default=(), max_length=2)
    rows: tuple[SelectedRows, ...] = Field(default=(), max_length=8)
    period: SelectedPeriod | None = None
    order: Literal["highest", "lowest"] | None = None
    limit: int | None = Field(default=None, ge=1, le=MOST_ROWS)

    @property
    def words(self) -> str:
        """It as a person would ask for it: "Total revenue by region for branch Lyon, the 5 highest"."""
        told = listed([measure.words for measure in self.measures])
        told += f" by {listed([group.words for group in self.groups])}" if self.groups else ""
        told += f" for {listed([condition.words for condition in self.rows])}" if self.rows else ""
        told += f" in {self.period.words}" if self.period else ""
        if self.groups and self.limit:
            told += f", the {self.limit} {self.order or 'highest'}"
        elif self.groups and self.order:
            told += f", {self.order} first"
        return told[:1].upper() + told[1:]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it names, each once."""
        measured = (measure.column for measure in self.measures if measure.column)
        dated = [self.period.column] if self.period else []
        every = (*measured, *(g.column for g in self.groups), *(r.column for r in self.rows), *dated)
        return tuple(dict.fromkeys(every))

    def with_column(self, column: str, other: str) -> Selection:
        """The same computation with another column in a column's place."""
        return Selection(
            measures=tuple(_swapped(part, column, other) for part in self.measures),
            groups=tuple(_swapped(part, column, other) for part in self.groups),
            rows=tuple(_swapped(part, column, other) for part in self.rows),
            period=_swapped(self.period, column, other) if self.period else None,
            order=self.order,
            limit=self.limit,
        )


def _span(start: date, end: date) -> str:
    """The days from `start` to `end`, as people call them."""
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31) and start.year == end.year:
        return str(start.year)
    whole = start.day == 1 and (end + timedelta(days=1)).day == 1
    if whole and (start.year, start.month) == (end.year, end.month):
        return f"{MONTHS[start.month - 1]} {start.year}"
    return f"{start} to {end}"


Named = TypeVar("Named", SelectedMeasure, SelectedGroup, SelectedRows, SelectedPeriod)


def _swapped(part: Named, column: str, other: str) -> Named:
    return part.model_copy(update={"column": other}) if part.column == column else part


def spoken(column: str) -> str:
    """A column's name as words."""
    return " ".join(column.replace("_", " ").split()) or column


def write_selection(selection: Selection) -> str:
    """The `<selection>` block of a planning message. Values must be hidden in what this returns."""
    return block("selection", quote(selection.model_dump(mode="json", exclude_defaults=True)))


def read_selection(message: str) -> Selection | None:
    """The selection of a planning message; None where it has none."""
    try:
        return parse_selection(json.loads(read_block(message, "selection") or "null"))
    except ValueError:
        return None


def parse_selection(given: object) -> Selection | None:
    """The selection that was written as JSON; None for anything else."""
    try:
        return Selection.model_validate(given)
    except ValidationError:
        return None
