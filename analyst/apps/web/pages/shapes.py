"""What the dashboard's charts are drawn of: columns side by side and lines below each other, with their figures.

A series is one path and each column one place to point at: a chart of sixty columns stays a few kB.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LINE = 600, 120, 14
"""Units of a chart's drawing; the browser stretches it to its place."""
_NICE = (1, 2, 5, 10)
Row = tuple[str, ...]
Series = Mapping[str, Mapping[int, float]]
"""By the name of each series: its value at each place from 0; the first one stands at the bottom."""


@dataclass(frozen=True)
class Figures:
    """The table behind a chart."""

    heads: Row
    rows: Sequence[Row]


@dataclass(frozen=True)
class Path:
    """The bars of one series: `look` is the class of its color, `d` the path."""

    look: str
    d: str


@dataclass(frozen=True)
class Hover:
    """A column from top to bottom, and what it says."""

    x: float
    width: float
    told: str


@dataclass(frozen=True)
class Columns:
    """A chart of columns: the labels beside it (top, middle, bottom) and below it (begin, middle, end), its paths, the
    (color, name) of its series where there are several."""

    id: str
    title: str
    said: str
    heights: Row
    widths: Row
    paths: Sequence[Path]
    hovers: Sequence[Hover]
    legend: Sequence[tuple[str, str]]
    figures: Figures


@dataclass(frozen=True)
class Part:
    """A part of a line: the class of its color, where it begins and how long it is, and what it says."""

    look: str
    x: float
    width: float
    told: str


@dataclass(frozen=True)
class Lines:
    """A chart of lines: each line's name, its parts and its figure; the (color, name) of the parts where several."""

    id: str
    title: str
    said: str
    lines: Sequence[tuple[str, Sequence[Part], str]]
    legend: Sequence[tuple[str, str]]
    figures: Figures


@dataclass(frozen=True)
class Piled:
    """Series piled up in `places` columns. `looks` gives a series a color of its own instead of the next one."""

    series: Series
    places: int
    looks: Mapping[str, str]

    @property
    def most(self) -> float:
        """Where the scale ends."""
        sums: dict[int, float] = {}
        for of in self.series.values():
            for place, value in of.items():
                sums[place] = sums.get(place, 0.0) + value
        return _round_up(max(sums.values(), default=0.0))

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Each series' color and name."""
        colors = iter(range(len(self.series)))
        return [(self.looks.get(name) or f"s{next(colors)}", name) for name in self.series]

    def paths(self) -> list[Path]:
        """A path a series."""
        most, foot, found = self.most, dict[int, float](), list[Path]()
        for (look, _), of in zip(self.legend, self.series.values(), strict=True):
            bars = []
            for place, value in of.items():
                height = HEIGHT * value / most
                foot[place] = foot.get(place, 0.0) + height
                bars += [self._bar(place, HEIGHT - foot[place], height)] if height else []
            found.append(Path(look, "".join(bars)))
        return found

    def hovers(self, told: Mapping[int, str]) -> list[Hover]:
        """The columns that have something to say."""
        width = WIDTH / self.places
        return [Hover(round(place * width, 1), round(width, 1), text) for place, text in told.items()]

    def heights(self, label: Callable[[float], str]) -> Row:
        """The labels of the scale."""
        return label(self.most), label(self.most / 2), label(0)

    def _bar(self, place: int, y: float, height: float) -> str:
        step = WIDTH / self.places
        width = step - min(1.0 + step / 40, step / 4)
        return f"M{place * step:.1f} {y:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z"


def laid(parts: Iterable[tuple[str, float, str]], most: float) -> list[Part]:
    """Parts (look, value, what they say) side by side on a line in which `most` is the whole width."""
    found, x = list[Part](), 0.0
    for look, value, told in parts:
        width = WIDTH * value / most
        found.append(Part(look, round(x, 1), round(max(width - 1, 0.5), 1) if value else 0, told))
        x += width
    return found


def _round_up(most: float) -> float:
    """The next 1, 2 or 5 with zeros."""
    if most <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(most))
    return next(step * unit for step in _NICE if step * unit >= most * 0.999999)
