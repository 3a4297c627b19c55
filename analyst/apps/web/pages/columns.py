"""A column of a table as a person reads it: its kind, what is missing, how its values spread, the frequent ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyst.core.text import counted
from analyst.datasets.previewing import Preview
from analyst.protocol.table import ColumnProfile
from analyst.reporting.naming import compact
from analyst.reporting.numbers import clean_text

TOP = 4
"""The most frequent values that are shown."""
_BAR_WIDTH, _HEIGHT = 8, 28
"""Of a histogram's bars, in its own units."""


@dataclass(frozen=True)
class Bar:
    """A bar of a histogram: its place and size in the picture's units."""

    x: int
    y: float
    height: float


@dataclass(frozen=True)
class TopValue:
    """A frequent value and the share (0 to 100) of rows that hold it."""

    value: str
    percent: float


@dataclass(frozen=True)
class ColumnView:
    """A column; `missing_percent` of its rows hold nothing, `bars` draw its histogram between `low` and `high`."""

    name: str
    kind: str
    role: str
    personal: str | None
    missing_percent: float
    distinct: int
    bars: Sequence[Bar]
    low: str
    high: str
    typical: str
    top: Sequence[TopValue]
    others: str

    @property
    def width(self) -> int:
        """The histogram's width in its own units."""
        return _BAR_WIDTH * len(self.bars)


def column_views(preview: Preview) -> list[ColumnView]:
    """Every column of the table."""
    rows = max(preview.profile.table.rows, 1)
    return [_view(column, preview.spread.get(column.name, ()), rows) for column in preview.profile.columns]


def _view(column: ColumnProfile, counts: Sequence[int], rows: int) -> ColumnView:
    low, high, typical = _range(column, bool(counts))
    top = [] if counts or column.personal or column.distinct >= rows else list(_top(column, rows))
    left = column.distinct - len(top)
    return ColumnView(
        name=column.name,
        kind=column.kind,
        role=column.role,
        personal=column.personal,
        missing_percent=100 * column.missing / rows,
        distinct=column.distinct,
        bars=_bars(counts),
        low=low,
        high=high,
        typical=typical,
        top=top,
        others=f"and {counted(left, 'other value')}" if top and left > 0 else "",
    )


def _range(column: ColumnProfile, spreads: bool) -> tuple[str, str, str]:
    """The ends of a histogram or of a time, and the middle of numbers."""
    if column.personal:
        return "", "", ""
    if spreads:
        ends = (column.quantiles[share] for share in (0.01, 0.5, 0.99))
        low, middle, high = (compact(round(end) if isinstance(column.minimum, int) else end, None) for end in ends)
        return low, high, middle
    if column.kind in ("date", "timestamp") and column.minimum is not None:
        return str(column.minimum)[:10], str(column.maximum)[:10], ""
    return "", "", ""


def _top(column: ColumnProfile, rows: int) -> list[TopValue]:
    if column.kind in ("date", "timestamp"):
        return []
    found = [(clean_text(str(value)), 100 * count / rows) for value, count in column.values[:TOP] if value is not None]
    return [TopValue(value, percent) for value, percent in found]


def _bars(counts: Sequence[int]) -> list[Bar]:
    most = max(counts, default=0)
    if not most:
        return []
    heights = [max(_HEIGHT * count / most, 1.0) if count else 0.0 for count in counts]
    return [Bar(place * _BAR_WIDTH, _HEIGHT - height, height) for place, height in enumerate(heights)]
