"""An answer as its page shows it: findings, charts, key figures, and for every value the step that it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from analyst.protocol.evidence import EvidenceTable
from analyst.protocol.replies import Alternative
from analyst.protocol.results import AnalysisResult, ChartRecord
from analyst.protocol.selection import Selection
from analyst.reporting.key_figures import key_figures
from analyst.reporting.page import (
    Layout,
    alternatives_line,
    calls_line,
    closing_lines,
    layout,
    lead_charts,
    next_heading,
    open_note,
    shown_tables,
    stand_in_note,
    step_title,
)
from analyst.reporting.recorded import report_of
from analyst.reporting.report import Report
from analyst.reporting.tables import shown

MAX_ROWS = 100
"""Rows of a step's table on the page: the workbook holds all."""


@dataclass(frozen=True)
class Piece:
    """A piece of text; `steps` names the tables that hold it where it is a value that was computed."""

    text: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grid:
    """A table as it is set: each cell as (text, the number behind it or None)."""

    heads: Sequence[str]
    numeric: Sequence[bool]
    rows: Sequence[Sequence[tuple[str, float | None]]]
    left: int = 0
    step: str = ""


@dataclass(frozen=True)
class StepTable:
    """The result of a step of the plan: what was computed, `how` (its SQL, or a method and its parameters), and what to
    be warned of."""

    id: str
    what: str
    how: str
    warnings: Sequence[str]
    grid: Grid


@dataclass(frozen=True)
class ReadingChoice:
    """Another reading, one click away: the `selection` that computes it at once or, where menus can't say it, the
    `question` in its words."""

    label: str
    selection: Selection | None = None
    question: str = ""


@dataclass(frozen=True)
class OtherReading:
    """What words were read as, told in a line, and the other readings of them."""

    told: str
    choices: Sequence[ReadingChoice]


@dataclass(frozen=True)
class Answer:
    """A finished analysis, ready to be set. `result` is its record, `report` the same as reports are made of it."""

    result: AnalysisResult
    report: Report

    @cached_property
    def layout(self) -> Layout:
        """The findings to show, and what to do."""
        return layout(self.report)

    @cached_property
    def charts(self) -> dict[str, ChartRecord]:
        """The charts that were drawn, by id."""
        return {chart.id: chart for chart in self.result.charts if chart.files}

    @property
    def lead(self) -> list[ChartRecord]:
        """The charts that stand before the findings."""
        return [self.charts[id] for id in lead_charts(self.report, list(self.charts))]

    def drawable(self, chart: ChartRecord) -> list[str]:
        """The number columns of the chart's table, of which others can be drawn."""
        table = next((table for table in self.report.tables if table.id == chart.table), None)
        if table is None:
            return []
        told = shown(table, max_rows=1)
        names = zip(table.columns, told.numeric, strict=True)
        return [name for name, numeric in names if numeric and name not in table.key]

    @property
    def readings(self) -> list[OtherReading]:
        """Words that may mean something else, each with what they would ask for then."""
        found = self.result.alternatives
        return [OtherReading(alternatives_line([one]), list(self._choices(one))) for one in found if one.others]

    def _choices(self, one: Alternative) -> Iterator[ReadingChoice]:
        of, question = self.result.selection, self.result.question
        if of is not None and one.column and one.column in of.columns:
            for label, column in zip(one.others, one.instead, strict=False):
                yield ReadingChoice(label, of.with_column(one.column, column))
        elif one.words and (said := re.search(rf"(?<!\w){re.escape(one.words)}(?!\w)", question, re.IGNORECASE)):
            for label in one.others:
                yield ReadingChoice(label, question=f"{question[: said.start()]}{label}{question[said.end() :]}")

    @property
    def open_note(self) -> str:
        """What is left open."""
        return open_note(self.report)

    @property
    def next_heading(self) -> str:
        """What stands over the questions to ask next."""
        return next_heading(self.report)

    @property
    def closing(self) -> list[str]:
        """Cost, time, models."""
        return [*closing_lines(self.report), *calls_line(self.report)]

    @property
    def stand_in(self) -> str:
        """That rules stood in for models."""
        return stand_in_note(self.report)

    @cached_property
    def key(self) -> tuple[Grid, Grid | None, int] | None:
        """The key figures at once and whole, and how many rows there are."""
        found = key_figures(self.report)
        if found is None:
            return None
        whole = grid(found.whole, len(found.whole.rows)) if found.whole else None
        return replace(grid(found.first, len(found.first.rows)), left=0), whole, found.first.row_count

    @cached_property
    def steps(self) -> list[StepTable]:
        """The results that a reader can look up."""
        return [_step(table) for table in shown_tables(self.report)]

    @cached_property
    def _sources(self) -> dict[str, tuple[str, ...]]:
        """The tables that hold each value as it is shown."""
        known, found = {step.id for step in self.steps}, dict[str, dict[str, None]]()
        for one in self.report.cited:
            if one.table in known and re.search(r"\d", one.shown):
                found.setdefault(one.shown, {})[one.table] = None
        return {value: tuple(tables) for value, tables in found.items()}

    @cached_property
    def _values(self) -> re.Pattern[str] | None:
        ordered = sorted(self._sources, key=len, reverse=True)
        return re.compile(rf"(?<![\w.,])({'|'.join(map(re.escape, ordered))})(?![\w])") if ordered else None

    def pieces(self, text: str) -> list[Piece]:
        """`text` with the values apart that were computed."""
        if self._values is None:
            return [Piece(text)]
        parts = self._values.split(text)
        return [Piece(part, self._sources.get(part, ()) if place % 2 else ()) for place, part in enumerate(parts)]


def answer_of(result: AnalysisResult) -> Answer:
    """The answer of a finished analysis."""
    return Answer(result, report_of(result))


def _step(table: EvidenceTable) -> StepTable:
    return StepTable(table.id, step_title(table), _how(table), table.warned, grid(table, MAX_ROWS))


def _how(table: EvidenceTable) -> str:
    """The step's SQL; of a method, its name with its parameters."""
    given = [f"{name}={value!r}" for name, value in table.parameters.items() if value not in (None, (), [], "")]
    return table.sql or (f"{table.method}({', '.join(given)})" if table.method else "")


def grid(table: EvidenceTable, most: int) -> Grid:
    """The first `most` rows of `table` as they are set."""
    told = shown(table, max_rows=most)
    rows = [
        [(text, _number(value)) for text, value in zip(texts, row, strict=True)]
        for texts, row in zip(told.rows, table.rows, strict=False)
    ]
    return Grid(told.heads, told.numeric, rows, told.left, table.id)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
