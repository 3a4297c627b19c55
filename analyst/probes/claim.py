"""The claim that a plan's step makes: a number compared between groups or over time, or two numbers that go together.

A claim gives its rows back as SQL, so that the probes can look at the same rows from other sides.
"""

# Every name passes `quoted`; what a model wrote was inspected before it ran.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from analyst.core.quoting import quoted
from analyst.protocol.facts import Facts, Measure
from analyst.stats.method import Source

Kind = Literal["groups", "spans", "relation"]
RowsOf = Callable[[Sequence[str]], str]
"""Names of dimensions → a SELECT of the claim's rows: `g` (side), `y`, `w` (or `x`), then `d0`, `d1`, … ."""
EARLIER, LATER = "earlier", "later"


@dataclass(frozen=True)
class Claim:
    """What a step compares. `groups`: sides are values of a column; `spans`: EARLIER and LATER; `relation`: x with y.

    `additive`: y is added up; otherwise the claim is about sum(y) / sum(w). `measure` is what is compared (y of a
    relation); `used` are the columns that it is made of, never to be split by; `dimensions` those to split by; `label`
    is the group's column or the time's; `ascending`: the smallest comes first; `rate`: the measure is a fraction;
    `periods`: SQL of the measure by period (start, value), with `grain`, for a claim over time.
    """

    kind: Kind
    rows: RowsOf
    measure: Measure
    label: str
    used: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    additive: bool = False
    ascending: bool = False
    rate: bool = False
    per: bool = False
    """Whether w is a quantity of its own (a ratio of sums): a missing y is then no gap of the measure."""
    periods: Periods | None = None

    @property
    def words(self) -> str:
        """The measure in words."""
        return self.measure.words

    @property
    def facts(self) -> Facts:
        """What a result about the claim measures, and between which groups."""
        return Facts((self.measure,), (self.label,))

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two claims the same."""
        return self.kind, self.words, self.label

    @property
    def format(self) -> str:
        """How its values are shown."""
        return "percent" if self.rate else "number"


@dataclass(frozen=True)
class Periods:
    """The claim's value by whole period, in order: labels and values (None where there is nothing to average)."""

    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    cycle: int = 1


@dataclass(frozen=True)
class Table:
    """A table whose rows a method read; with `_row`, columns of the data that it left out can be had too."""

    source: Source
    whole: Source
    dimensions: tuple[str, ...] = field(default=())

    def relation(self, dims: Sequence[str]) -> str:
        """SQL of the table with the columns `dims`, as `t`."""
        others = [name for name in dims if name not in self.source.columns]
        if not others:
            return f"{self.source.table} AS t"
        listed = ", ".join(f"o.{quoted(name)}" for name in others)
        return (
            f"(SELECT s.*, {listed} FROM {self.source.table} AS s JOIN {self.whole.table} AS o ON s._row = o._row) AS t"
        )

    def rows(self, side: str, y: str, second: str, *, relation: bool = False) -> RowsOf:
        """The rows with SQL expressions for the side, the measure, and its weight (or x)."""

        def text(dims: Sequence[str]) -> str:
            listed = "".join(f", CAST({quoted(name)} AS VARCHAR) AS d{place}" for place, name in enumerate(dims))
            name = "x" if relation else "w"
            return f"SELECT {side} AS g, {y} AS y, {second} AS {name}{listed} FROM {self.relation(dims)}"

        return text
