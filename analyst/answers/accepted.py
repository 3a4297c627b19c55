"""What the pipeline's steps return: each agent's reply once its guard has accepted it, with what was computed for it.

They are values: nothing changes them, and a run can be told, stored and gone on with from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import Evidence
from analyst.protocol.replies import Insights, PlanReply, ReportReply, Review

if TYPE_CHECKING:
    from analyst.planning.binding import BoundPlan


@dataclass(frozen=True)
class Reviewed:
    """The Data Profiler's review; `shown` is what the next agents read of it."""

    review: Review
    shown: str


@dataclass(frozen=True)
class Planned:
    """The Query Interpreter's plan, bound and run.

    `plan` is what readers are shown: the steps as they ran, texts with personal values put back; `written` is the reply
    as the model wrote it, hidden values hidden. `results` are the tables of its steps, `evidence` all that may be cited
    from here on; `results_shown` is the text of the new evidence for models.
    """

    plan: PlanReply
    written: PlanReply
    bound: BoundPlan
    results: Evidence
    evidence: Evidence
    results_shown: str

    @property
    def shown(self) -> str:
        """What the next agents read of it."""
        return f"{block('reading', quote(self.written.understanding()))}\n{block('evidence', self.results_shown)}"


@dataclass(frozen=True)
class FurtherResults:
    """The results of the further plan that the Insight Generator asked for; `evidence` is all that there is now."""

    evidence: Evidence
    shown: str

    @property
    def answer(self) -> str:
        """What the agent is told: the next turn of its conversation."""
        return (
            f"Here are the results you asked for (added to the evidence above). Now write the insights.\n{self.shown}"
        )


@dataclass(frozen=True)
class Explained:
    """The Insight Generator's insights, the evidence that they rest on, and what the writer reads of both."""

    insights: Insights
    evidence: Evidence
    shown: str


@dataclass(frozen=True)
class Reported:
    """The Report Writer's report."""

    reply: ReportReply


@dataclass(frozen=True)
class Accepted:
    """The four agents' replies of one analysis."""

    reviewed: Reviewed
    planned: Planned
    explained: Explained
    reported: Reported
