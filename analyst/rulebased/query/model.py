"""A question in typed slots. Each slot keeps the places of the words that filled it (`at`), so that what no slot took
is known by subtraction: it is what the answer says first that it leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal, Protocol

from analyst.protocol.replies import Alternative
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.bounds import Range
from analyst.rulebased.link.periods import Period
from analyst.rulebased.query.deciding import Band
from analyst.rulebased.query.preparation import Step

At = frozenset[int]
NOWHERE: At = frozenset()


class Placed(Protocol):
    """A slot, a column or a unit that knows the places of its words."""

    @property
    def at(self) -> At: ...


def places(slots: Iterable[Placed]) -> At:
    """The places of the words of all slots."""
    return NOWHERE.union(*(slot.at for slot in slots))


Aggregate = Literal[
    "sum", "mean", "median", "min", "max", "std", "variance", "mode", "quantile", "count", "distinct", "rate",
    "whole_std", "whole_variance", "skewness", "kurtosis", "whole_skewness", "whole_kurtosis", "iqr", "range",
    "missing", "missing_share", "outliers",
]  # fmt: skip
STATISTICS: Mapping[str, Aggregate] = {
    "missing_share": "missing_share", "lacking": "missing", "skewness": "skewness", "kurtosis": "kurtosis",
    "iqr": "iqr", "mean": "mean", "median": "median", "std": "std", "variance": "variance", "min": "min", "max": "max",
    "range_of": "range", "mode": "mode", "sum": "sum",
}  # fmt: skip
"""The aggregate of each cue of a statistic, the more telling first."""
Direction = Literal["highest", "lowest"]


@dataclass(frozen=True)
class Members:
    """Rows whose column is one of `values` (none of them, when negated)."""

    column: ColumnCard
    values: tuple[object, ...]
    negated: bool = False
    at: At = NOWHERE


@dataclass(frozen=True)
class Bounds:
    """Rows whose number lies in a range."""

    column: ColumnCard
    range: Range
    negated: bool = False
    at: At = NOWHERE


@dataclass(frozen=True)
class During:
    """Rows whose moment lies in one of `periods`."""

    column: ColumnCard
    periods: tuple[Period, ...]
    negated: bool = False
    at: At = NOWHERE


@dataclass(frozen=True)
class Days:
    """Rows of some days of the week (1 is Monday)."""

    column: ColumnCard
    days: tuple[int, ...]
    words: str
    negated: bool = False
    at: At = NOWHERE


@dataclass(frozen=True)
class Missing:
    """Rows without a value (with one, when negated)."""

    column: ColumnCard
    negated: bool = False
    at: At = NOWHERE


@dataclass(frozen=True)
class Against:
    """Rows whose one number stands in `sign` to the other: sold above the list price."""

    column: ColumnCard
    sign: str
    other: ColumnCard
    at: At = NOWHERE
    negated: bool = False


@dataclass(frozen=True)
class Together:
    """Rows that meet each of several conditions."""

    each: tuple[Members | Bounds | Days | Missing | Against, ...]
    at: At = NOWHERE
    negated: bool = False

    @property
    def column(self) -> ColumnCard:
        """The column of the first."""
        return self.each[0].column


Condition = Members | Bounds | During | Days | Missing | Against | Together


@dataclass(frozen=True)
class Measure:
    """One number of a group of rows. `level`: of a quantile; `condition`: the rows that a rate or a conditional sum is
    of; `weight`: what a mean is weighted by; `minus`: what is first subtracted; `last`: only the last moment's rows.
    Of each row `plus` is added first; it is multiplied by `times`, and the part `less` of it is taken off."""

    aggregate: Aggregate
    column: ColumnCard | None = None
    at: At = NOWHERE
    level: float = 0.5
    condition: Condition | None = None
    weight: ColumnCard | None = None
    minus: ColumnCard | None = None
    noun: str = ""
    unit: str = ""
    last: bool = False
    plus: tuple[ColumnCard, ...] = ()
    times: ColumnCard | None = None
    less: ColumnCard | None = None

    @property
    def columns(self) -> tuple[ColumnCard, ...]:
        """All columns that it is computed from."""
        every = (self.column, self.minus, self.weight, *self.plus, self.times, self.less)
        return tuple(column for column in every if column is not None)


@dataclass(frozen=True)
class Ratio:
    """One number divided by another: profit by revenue, revenue by different customers."""

    top: Measure
    bottom: Measure
    at: At = NOWHERE
    name: str = ""

    @property
    def column(self) -> ColumnCard | None:
        """The column above the line."""
        return self.top.column


Value = Measure | Ratio


def measures_of(value: Value) -> tuple[Measure, ...]:
    """The measure, or those above and below the line of a ratio."""
    return (value.top, value.bottom) if isinstance(value, Ratio) else (value,)


@dataclass(frozen=True)
class Key:
    """What there is a row for: a column, the time column by a unit (day … year, weekday, hour, month_name), or whether
    the conditions `among` are met; `rest`: what the other rows meet, where the question says it."""

    column: ColumnCard
    unit: str | None = None
    at: At = NOWHERE
    asked: bool = False
    among: tuple[Condition, ...] = ()
    rest: Bounds | None = None


@dataclass(frozen=True)
class Having:
    """A bound on a value of each group."""

    value: Value
    bounds: Bounds
    at: At = NOWHERE


@dataclass(frozen=True)
class Window:
    """A value over the order of time: its running total, its moving average over `size`, its growth by period."""

    kind: Literal["running", "moving", "growth", "average"]
    unit: str
    size: int = 0
    at: At = NOWHERE


@dataclass(frozen=True)
class Test:
    """A test or model of `columns`, which a method computes with these `options`. A number comes before what divides it
    into groups (`compare_groups`), before what it is paired with (`location_test`), and what is predicted before what
    it is predicted from (`linear_regression`, `train_model`)."""

    method: Literal[
        "normality_test", "correlation", "compare_groups", "chi_square", "location_test", "linear_regression",
        "train_model",
    ]  # fmt: skip
    columns: tuple[ColumnCard, ...]
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Best:
    """The group whose measure is highest or lowest: its member (of column `shown`), or the measure itself. With
    `single`, the row whose number is."""

    measure: Measure
    key: ColumnCard
    order: Direction
    shown: ColumnCard | None = None
    single: bool = False


@dataclass(frozen=True)
class Field:
    """A value that is wanted by name: a measure (of the rows of `member`, of outliers or of the others only), or what a
    test gives in its column `shown` (of `term`, where it gives one row a term). Where it is one of some words, `bands`
    tell by which figures. `before`: of the rows as they were before they were prepared."""

    name: str
    of: Measure | Test | Best
    member: Members | None = None
    outlying: bool | None = None
    shown: str = "value"
    term: str = ""
    bands: tuple[Band, ...] = ()
    before: bool = False


@dataclass(frozen=True)
class Outlying:
    """Which values of a column are outliers, in each group of `by`: beyond `threshold` IQRs of the quartiles, or
    standard deviations of the mean."""

    column: ColumnCard
    rule: Literal["iqr", "zscore"]
    threshold: float
    by: ColumnCard | None = None


@dataclass(frozen=True)
class Query:
    """What a question asks. `intent` names a row of the intents table; `within`: a ranking is made in each of its
    groups; `test`: what is tested or modeled; `preparing`: what is done to the rows first; `compared`: two periods, the
    earlier first; `options`: parameters of the intent's method; `at`: the words that say the intent; `said`: how
    unclear values are computed; `alternatives`: words that may mean something else, too; `refused`: readings that would
    be wrong, and why."""

    intent: str
    values: tuple[Value, ...] = ()
    keys: tuple[Key, ...] = ()
    conditions: tuple[Condition, ...] = ()
    having: tuple[Having, ...] = ()
    order: Direction | None = None
    limit: int | None = None
    within: Key | None = None
    window: Window | None = None
    compared: tuple[Period, Period] | None = None
    columns: tuple[ColumnCard, ...] = ()
    fields: tuple[Field, ...] = ()
    test: Test | None = None
    preparing: tuple[Step, ...] = ()
    outlying: Outlying | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    at: At = NOWHERE
    said: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def places(self) -> At:
        """The places of all words that the query took up."""
        return self.at | places(self._slots())

    def _slots(self) -> Iterator[Value | Key | Condition | Having | Window]:
        for value in self.values:
            yield from _parts(value)
        yield from self.keys
        yield from self.conditions
        for bound in self.having:
            yield bound
            yield from _parts(bound.value)
        if self.within is not None:
            yield self.within
        if self.window is not None:
            yield self.window


def _parts(value: Value) -> Iterator[Value | Condition]:
    yield value
    for measure in measures_of(value):
        yield measure
        if measure.condition is not None:
            yield measure.condition


@dataclass
class Rows:
    """The conditions of a question; `used`: mentions that they took up, by first token; `compared`: values of one
    column that are named beside each other; `halves`: two ranges of one number that no row meets together; `included`:
    words that only say that some rows count, too."""

    conditions: list[Condition] = field(default_factory=list)
    having: list[Having] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    compared: Members | None = None
    halves: Key | None = None
    included: At = NOWHERE
    said: list[str] = field(default_factory=list)

    @property
    def places(self) -> At:
        """The places of all words that conditions took up."""
        slots = [*self.conditions, *self.having]
        return frozenset(self.used).union(*(slot.at for slot in slots))

    def part_ranges(self) -> None:
        """`under 30 against over 50`: two ranges that no row meets together are two halves, and the numbers between
        them are left out."""
        bounds = [c for c in self.conditions if isinstance(c, Bounds) and not c.negated]
        for one, other in combinations(bounds, 2):
            low, high = (one, other) if one.range.low is None else (other, one)
            kept = _outside(low, high) if low.column is high.column else None
            if kept is None:
                continue
            first, second = (one, other) if min(one.at) < min(other.at) else (other, one)
            self.halves = Key(one.column, at=kept.at, among=(first,), rest=second)
            self.conditions = [kept, *(c for c in self.conditions if c is not one and c is not other)]
            return


def _outside(low: Bounds, high: Bounds) -> Condition | None:
    """The rows that meet one of two bounds, where none meets both."""
    end, begin = low.range.high, high.range.low
    apart = low.range.open_high or high.range.open_low
    if end is None or begin is None or end > begin or (end == begin and not apart):
        return None
    gap = Range(end, begin, not low.range.open_high, not high.range.open_low)
    at = low.at | high.at
    if end == begin and (gap.open_low or gap.open_high):
        return Missing(low.column, negated=True, at=at)
    return Bounds(low.column, gap, negated=True, at=at)
