"""What each agent replies: JSON in which every number is a reference into the evidence (see contracts/evidence.py).

Beside the plan's results two evidence tables are always there: `table` (one row: rows, columns, duplicate_rows) and
`profile` (one row a column, key `column`: type, role, missing, missing_pct, distinct, min, mean, max).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Level = Literal["high", "medium", "low"]


class Reply(BaseModel):
    """Base: unknown fields are dropped, since models like to add some."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ColumnReview(Reply):
    """What the Data Profiler says of one column that matters for the question."""

    column: str
    note: str


class IssueReview(Reply):
    """A data issue that matters for the question and what to do about it."""

    column: str | None = None
    issue: str
    severity: Level = "medium"
    action: str = ""


class Review(Reply):
    """The Data Profiler's reply. `summary`: one or two sentences on what the table is and how far it can be trusted."""

    summary: str = Field(min_length=1)
    columns: tuple[ColumnReview, ...] = ()
    issues: tuple[IssueReview, ...] = ()


class PlanReply(Reply):
    """The Query Interpreter's reply. `reading`: how the question was understood, in one sentence; `unanswered`: what
    of it the table can't answer and why. `steps` are checked by plans.language, not here."""

    reading: str = ""
    unanswered: str | None = None
    steps: tuple[dict[str, Any], ...] = Field(min_length=1)


class Insight(Reply):
    """One statement with references, the table it rests on (for its chart), and how sure it is."""

    title: str = Field(min_length=1)
    statement: str = Field(min_length=1)
    table: str | None = None
    confidence: Level = "medium"
    caveat: str | None = None


class Insights(Reply):
    """The Insight Generator's reply, most important first. `need`: steps of one further plan, at most once."""

    insights: tuple[Insight, ...] = Field(min_length=1, max_length=5)
    caveats: tuple[str, ...] = ()
    need: tuple[dict[str, Any], ...] | None = None


class Recommendation(Reply):
    """What to do, and the number (from 1) of the insight that it rests on."""

    action: str = Field(min_length=1)
    insight: int = Field(ge=1)


class NamedValue(Reply):
    """An answer field that the question asked for by name; `value` is a reference."""

    name: str
    value: str


class ReportReply(Reply):
    """The Report Writer's reply. `answer`: one to three sentences that answer the question first."""

    title: str = Field(min_length=1)
    answer: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    recommendations: tuple[Recommendation, ...] = ()
    caveats: tuple[str, ...] = ()
    fields: tuple[NamedValue, ...] = ()


REPLIES: dict[str, type[Reply]] = {"review": Review, "plan": PlanReply, "insights": Insights, "report": ReportReply}
"""The reply of each task, by the name in its message's `<task>` block."""
