"""What is told of a plan as soon as it has run: how the question was read, and the first figures, before any prose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyst.answers.accepted import Planned
from analyst.core.events import FirstFigures, Progress
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.table import TableProfile
from analyst.reporting.charts.choosing import Wish
from analyst.reporting.charts.drawing import choose, write_choice
from analyst.reporting.tables import Shown, shown
from analyst.reporting.units import in_units, kinds_of

MOST_ROWS, MOST_COLUMNS = 8, 4
"""Of the first figures: a glance, not the answer."""
MOST_CHARACTERS = 50_000
"""Of a chart in an event."""


def announced(planned: Planned, profile: TableProfile, question: str) -> Progress:
    """The event of a plan that was bound and run for `question`."""
    later = {step.id for step in planned.bound.steps if step.read_later}
    results = in_units(planned.results, kinds_of(profile))
    table = next((t for t in results.tables if t.audience == "answer" and t.rows and t.id not in later), None)
    if table is None or planned.plan.overview:
        return Progress("plan", planned.plan.reading)
    figures = replace(first_figures(table), chart=first_chart(table, results, question))
    return Progress("plan", planned.plan.reading, figures=figures)


def first_chart(table: EvidenceTable, results: Evidence, question: str) -> str:
    """The chart of a table, to be drawn by whoever watches; "" where none says anything, or it has too many points for
    an event."""
    choice = choose(table, results, Wish(question))
    written = write_choice(choice) if choice is not None else ""
    return written if len(written) <= MOST_CHARACTERS else ""


def first_figures(table: EvidenceTable) -> FirstFigures:
    """The first rows of a result as readers see them, with a bar for the first number of each row."""
    kept = table.columns[:MOST_COLUMNS]
    told = shown(table, max_rows=MOST_ROWS, columns=kept)
    return FirstFigures(told.heads, told.rows, told.numeric, _bars(table, told), told.left)


def _bars(table: EvidenceTable, told: Shown) -> tuple[float, ...]:
    """Each row's first number as a share of the largest; none where they differ in sign or there is one row only."""
    place = next((place for place, numeric in enumerate(told.numeric) if numeric), None)
    if place is None or len(told.rows) < 2:
        return ()
    values = [row[place] for row in table.rows[: len(told.rows)]]
    return shares([float(value) if value is not None else 0.0 for value in values])


def shares(values: Sequence[float]) -> tuple[float, ...]:
    """`values` as shares of the largest; none where one is negative or all are 0."""
    most = max(values, default=0.0)
    return tuple(round(value / most, 4) for value in values) if most > 0 and min(values) >= 0 else ()
