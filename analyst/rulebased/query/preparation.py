"""How rows and columns are prepared before anything is computed: the ordered, typed steps of a question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.bounds import Range

Filling = Literal["mean", "median", "mode", "constant", "forward", "backward"]
Formula = Literal["log", "log1p", "log2", "log10", "sqrt", "square", "minmax", "zscore", "center"]
Sign = Literal["+", "-", "*", "/", "mean"]
Centre = Literal["mean", "median"]
Part = Literal["year", "quarter", "month", "day", "weekday", "hour", "minute"]
Columns = tuple[ColumnCard, ...]


@dataclass(frozen=True)
class DropMissing:
    """Rows without a gap in any of `columns`."""

    columns: Columns = ()


@dataclass(frozen=True)
class Fill:
    """Gaps of each column filled: by its mean, median or mode (of the row's group of `by`), by `value`, or by the
    value of the row before or after."""

    columns: Columns
    how: Filling
    value: object = None
    by: ColumnCard | None = None


@dataclass(frozen=True)
class DropRepeated:
    """The first of the rows that are alike in `columns`."""

    columns: Columns = ()


@dataclass(frozen=True)
class DropOutliers:
    """Rows whose values lie within `threshold` IQRs of the quartiles, or standard deviations of the mean (of the row's
    group of `by`)."""

    columns: Columns
    rule: Literal["iqr", "zscore"]
    threshold: float
    by: ColumnCard | None = None


@dataclass(frozen=True)
class Transform:
    """Numbers transformed, in their own column or in a new one called `name`."""

    columns: Columns
    how: Formula
    name: str = ""


@dataclass(frozen=True)
class Combine:
    """A column made of others, row by row."""

    name: str
    sign: Sign
    columns: Columns


@dataclass(frozen=True)
class Bin:
    """A class of numbers by its label and its range. With `quantiles` the ends are shares of the values below."""

    label: str
    range: Range
    quantiles: bool = False


@dataclass(frozen=True)
class Cut:
    """A column of classes of a number: `bins` in their order, or `count` of equal width or of equally many rows."""

    name: str
    column: ColumnCard
    bins: tuple[Bin, ...] = ()
    count: int = 0
    equal: Literal["width", "rows"] = "width"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flag:
    """A column that is 1 where a number (less the column's `centre`) lies in a range, else 0."""

    name: str
    column: ColumnCard
    range: Range
    centre: Centre | None = None


@dataclass(frozen=True)
class Encode:
    """Values as numbers."""

    column: ColumnCard
    codes: tuple[tuple[object, int], ...]


@dataclass(frozen=True)
class DatePart:
    """A part of a moment as a number (weekday: 0 is Monday)."""

    name: str
    column: ColumnCard
    part: Part


Step = DropMissing | Fill | DropRepeated | DropOutliers | Transform | Combine | Cut | Flag | Encode | DatePart


def inputs(step: Step) -> Iterator[ColumnCard]:
    """The columns that a step reads."""
    if isinstance(step, (Cut, Flag, Encode, DatePart)):
        yield step.column
    else:
        yield from step.columns
    if isinstance(step, (Fill, DropOutliers)) and step.by is not None:
        yield step.by


def clean(card: TableCard) -> TableCard:
    """The card of the table once numbers that are held as text are put right."""
    return replace(card, columns=tuple(_clean(column) for column in card.columns))


def _clean(column: ColumnCard) -> ColumnCard:
    return column if column.numbers is None else replace(column, numbers=None, type="DOUBLE")


def after(step: Step, card: TableCard) -> TableCard:
    """The card of the table after a step: with the column that it makes or changes."""
    made = _made(step)
    known = {column.name for column in made}
    return replace(card, columns=(*(c for c in card.columns if c.name not in known), *made))


def _made(step: Step) -> Columns:
    match step:
        case Combine(name=name):
            return (ColumnCard(name, "DOUBLE", "measure"),)
        case DatePart(name=name, part=part):
            highest = {"hour": 23, "month": 12, "weekday": 6, "quarter": 4, "day": 31, "minute": 59}.get(part)
            return (ColumnCard(name, "BIGINT", "measure", distinct=highest, min=0, max=highest),)
        case Flag(name=name):
            return (ColumnCard(name, "BIGINT", "measure", distinct=2, min=0, max=1),)
        case Encode(column=column, codes=codes):
            low, high = min(code for _, code in codes), max(code for _, code in codes)
            count = len({code for _, code in codes})
            made = replace(column, type="BIGINT", role="measure", distinct=count, min=low, max=high)
            return (replace(made, numbers=None, values=None, mentioned=None),)
        case Cut(name=name, bins=bins, labels=labels, count=count):
            every = labels or tuple(dict.fromkeys(one.label for one in bins))
            values = every or tuple(str(place) for place in range(1, count + 1))
            return (ColumnCard(name, "VARCHAR", "dimension", distinct=len(values), values=values),)
        case Transform(name=name, columns=columns):
            return tuple(ColumnCard(name or column.name, "DOUBLE", "measure") for column in columns)
        case Fill(columns=columns):
            return tuple(replace(column, missing=0) for column in columns)
    return ()
