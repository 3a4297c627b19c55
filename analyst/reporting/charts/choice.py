"""What a chosen chart is: its kind, its words and its points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.naming import shorten, words

MAX_BARS = 15
MAX_SERIES = 6
MAX_CELLS = 20
NO_TITLE = " "
"""A legend that needs no title: its names say what they are."""
KINDS = ("bar", "grouped", "diverging", "line", "forecast", "scatter", "box", "histogram", "heatmap")
"""Every kind of chart."""


@dataclass(frozen=True)
class Axis:
    """An axis: its title in words and how its values are written (analyst.protocol.evidence.FORMATS or None)."""

    title: str
    kind: str | None = None


@dataclass(frozen=True)
class ChartChoice:
    """A chart, chosen and with its points ready. `rows` have the fixed names that reporting.charts.specs draws by kind:

    bar, diverging: label, full, value, told, [low, high]; grouped: those and series;
    line: label, value, told, series, partial, marked, and in
    `extra` the `fit` (label, fit, low, high);
    forecast: label, past | value, low80, high80, low95, high95; scatter: x, y and one `fit` pair in `extra`;
    box: label, low, q1, median, q3, high; histogram: start, end, value; heatmap: x, y, value, told.
    `order` is the order of labels, `table` the id of the evidence table, `columns` those that it was asked to draw.
    """

    id: str
    kind: str
    title: str
    table: str
    x: Axis
    y: Axis
    rows: tuple[dict[str, Any], ...]
    subtitle: str = ""
    legend: str = ""
    order: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


_WRITTEN = TypeAdapter(ChartChoice)


def write_choice(choice: ChartChoice) -> str:
    """The choice as JSON, for whoever draws it later."""
    return _WRITTEN.dump_json(choice).decode()


def read_choice(text: str) -> ChartChoice:
    """The choice that `write_choice` wrote."""
    return _WRITTEN.validate_json(text)


def notes_line(notes: list[str]) -> str:
    text = "; ".join(filter(None, notes))
    return shorten(text[:1].upper() + text[1:], 200)


def source_name(table: EvidenceTable) -> str:
    value = table.parameters.get("value")
    return words(str(value)) if value else "Number of rows" if "time" in table.parameters else ""
