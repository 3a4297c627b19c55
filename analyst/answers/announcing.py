"""What is told of a plan as soon as it has run: how the question was read, and the first figures, before any prose."""

from __future__ import annotations

from collections.abc import Sequence

from analyst.answers.accepted import Planned
from analyst.core.events import FirstFigures, Progress
from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.tables import Shown, shown

MOST_ROWS, MOST_COLUMNS = 8, 4
"""Of the first figures: a glance, not the answer."""


def announced(planned: Planned) -> Progress:
    """The event of a plan that was bound and run."""
    later = {step.id for step in planned.bound.steps if step.read_later}
    told = (t for t in planned.results.tables if t.audience == "answer" and t.rows and t.id not in later)
    table = next(told, None)
    figures = first_figures(table) if table is not None and not planned.plan.overview else None
    return Progress("plan", planned.plan.reading, figures=figures)


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
