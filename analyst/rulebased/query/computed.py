"""The values of a question while they are found, and how a column is usually aggregated."""

from __future__ import annotations

from dataclasses import dataclass, field

from analyst.protocol.replies import Alternative
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import adds_up, meanings
from analyst.rulebased.query.defaults import SINGLE_PRICE
from analyst.rulebased.query.model import NOWHERE, Aggregate, At, Condition, Measure, Members, Ratio, Value
from analyst.rulebased.query.roles import Named

TOLD: tuple[Aggregate, ...] = ("sum", "mean", "median", "min", "max", "std", "variance", "mode")


_RATIOS = frozenset(
    "rate ratio pct percent percentage share proportion fraction index nps score margin yield ctr roi density".split()
)


YES = ("yes",)


@dataclass
class Values:
    """The values of a question in its order; `conditions`: those that went into a rate and pick no rows any more."""

    found: list[tuple[int, Value]] = field(default_factory=list)
    spent: list[Condition] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    alternatives: list[Alternative] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    flags: list[Named] = field(default_factory=list)

    @property
    def values(self) -> tuple[Value, ...]:
        """In the question's order, each once."""
        ordered = [value for _, value in sorted(self.found, key=lambda pair: pair[0])]
        seen: dict[tuple[object, ...], Value] = {}
        for value in ordered:
            seen.setdefault(_identity(value), value)
        return tuple(seen.values())[:6]


def _identity(value: Value) -> tuple[object, ...]:
    if isinstance(value, Ratio):
        return ("ratio", _identity(value.top), _identity(value.bottom))
    names = [column and column.name for column in (value.column, value.minus)]
    return (value.aggregate, *names, value.level, value.condition)


def rate_of(flag: Named) -> Measure:
    """The share of rows in which a yes/no column says yes (no, where it is negated)."""
    return Measure("rate", flag.column, flag.at | flag.negated, condition=Members(flag.column, YES, bool(flag.negated)))


def usual(column: ColumnCard, at: At = NOWHERE) -> Measure:
    """The column, aggregated as it is when nobody says how."""
    if column.adds == "last":
        return Measure("sum", column, at, last=True)
    return Measure("sum" if adds_up(column) else "mean", column, at)


def is_price(column: ColumnCard) -> bool:
    """Whether the column may hold the prices of whole rows (bookings, sales), which do add up when that is asked."""
    words = meanings(column.name)
    plain = "price" in words and not words & SINGLE_PRICE
    return plain and column.weight is None and column.ratio_of is None


def never_adds(column: ColumnCard) -> bool:
    """Whether a sum of the column says nothing: rates, ratios, prices of one, scores."""
    words = meanings(column.name)
    named = bool(words & _RATIOS) or ("price" in words and bool(words & SINGLE_PRICE))
    return (
        column.adds == "never" or column.ratio_of is not None or (column.adds is None and named and not adds_up(column))
    )
