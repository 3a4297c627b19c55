"""What is told of a table before it is asked about: its columns, what is wrong with it, what can be asked."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from analyst.answers.suggesting import Found, suggested
from analyst.protocol.table import TableProfile


class ColumnSummary(BaseModel):
    """A column: how its values are stored (`type`), what they are (`kind`) and what it is for (`role`).

    `personal` names the kind of personal data that it holds; no value of any column is told.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str
    type: str
    kind: str
    role: str
    missing: int
    distinct: int
    personal: str | None


class TableSummary(BaseModel):
    """A table: its columns, what was repaired, guessed or found wrong with it, and questions to begin with."""

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    columns: list[ColumnSummary]
    notes: list[str]
    issues: list[str]
    questions: list[str]


def summarize(profile: TableProfile) -> TableSummary:
    """What is told of a profiled table."""
    return TableSummary(
        name=profile.table.name,
        rows=profile.table.rows,
        columns=[ColumnSummary.model_validate(column) for column in profile.columns],
        notes=[note.message for note in profile.table.notes],
        issues=[issue.message for issue in profile.issues],
        questions=list(suggested(profile, Found(), "")),
    )
