"""The check of each agent's reply by code: it parses, the plan binds and runs, every reference resolves.

A check returns what the next agents read of the reply (its blocks), or raises PlanError or ReplyError with every
problem at once. Personal values are tokens in everything that goes out; a reply is checked with the values put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from analyst.answers.citing import mended, unclear, with_texts
from analyst.answers.ranking import ranked
from analyst.answers.reading import AnyReply, read_reply
from analyst.core.errors import LimitError, PlanError, ReplyError
from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import Evidence, write_evidence
from analyst.protocol.replies import Insights, PlanReply, ReportReply, Review, Verdict

LEFT_OPEN = "A part of the question: the table holds nothing that answers it."
"""What readers are told where the plan's own words hold numbers that nobody computed."""
Fill = Callable[[str, Evidence], object]


class Runner(Protocol):
    """What runs plans (analyst.execution.runner.PlanRunner)."""

    def bind(self, raw: Any) -> Any: ...

    def execute(self, bound: Any, *, earlier: Evidence | None = None) -> Evidence: ...

    def unasked(self, bound: Any) -> Evidence: ...


class Privacy(Protocol):
    """What hides personal values (analyst.datasets.privacy.pseudonyms.Pseudonyms)."""

    def restore(self, text: str) -> str: ...

    def hide_evidence(self, evidence: Evidence) -> Evidence: ...


class MoreEvidence(Exception):
    """The Insight Generator asked for a further plan; `text` holds its results, to be sent as the next turn."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Checks:
    """The four checks of one analysis, and what they have accepted so far.

    `cited` is the evidence that is always there (table, profile, issues); `fill` raises ReplyError for a text whose
    references do not resolve or that holds digits of its own.
    """

    def __init__(self, runner: Runner, privacy: Privacy, cited: Evidence, fill: Fill) -> None:
        self._runner, self._privacy, self._fill = runner, privacy, fill
        self.evidence = cited
        self.found = Evidence()
        self.found_shown = ""
        self.cited = cited
        self.bound: Any = None
        self.review: Review | None = None
        self.plan: PlanReply | None = None
        self.insights: Insights | None = None
        self.report: ReportReply | None = None
        self._asked_further = False
        self._further_shown = ""

    def check_review(self, text: str) -> str:
        """The review, as a block for the agents that follow."""
        review = self._read(text, Review, self.cited)
        told = [review.summary, *(c.note for c in review.columns)]
        self._resolve([*told, *(i.issue for i in review.issues), *(i.action for i in review.issues)], self.cited)
        self.review = review
        shown = mend(read_reply(text, Review), self.cited)
        return block("review", quote(shown.model_dump(exclude_none=True), references=True))

    def check_plan(self, text: str) -> str:
        """The plan, bound and run: its reading and its evidence as blocks for the agents that follow."""
        plan = read_reply(text, PlanReply, self._privacy.restore)
        self.bound = self._bind(list(plan.steps))
        found = self._run(self.bound)
        self.found = found
        found = found.joined(self._runner.unasked(self.bound))
        self.found_shown = self._shown(found)
        self.evidence = self.cited.joined(found)
        self.plan = plan.model_copy(update={"steps": as_run(self.bound), "reading": self._grounded(plan.reading)})
        if plan.unanswered:
            left = self._grounded(plan.unanswered) or LEFT_OPEN
            self.plan = self.plan.model_copy(update={"unanswered": left})
        return f"{block('reading', quote(plan.understanding()))}\n{block('evidence', self.found_shown)}"

    def check_verdict(self, text: str) -> Verdict:
        """The judge's reply that chose this plan; its reason may cite this plan's results and holds no other number."""
        verdict = self._read(text, Verdict, self.evidence)
        self._resolve([verdict.because], self.evidence)
        return verdict

    def take_plan(self, other: Checks) -> None:
        """Go on with the plan that `other` accepted, on the runner that ran it: later plans may read its results."""
        self._runner, self.bound, self.plan = other._runner, other.bound, other.plan
        self.evidence, self.found, self.found_shown = other.evidence, other.found, other.found_shown

    def check_insights(self, text: str) -> str:
        """The insights, as a block for the writer, with the further results that they rest on.

        MoreEvidence, once, when the agent asked for a further plan.
        """
        insights = ranked(self._read(text, Insights, self.evidence))
        if insights.need and not self._asked_further:
            self._asked_further = True
            raise MoreEvidence(self._further(list(insights.need)))
        told = [part for i in insights.insights for part in (i.title, i.statement, i.caveat or "")]
        self._resolve([*told, *insights.caveats], self.evidence)
        self.insights = insights
        shown = ranked(mend(read_reply(text, Insights), self.evidence)).insights
        told_on = [insight.model_dump(exclude_none=True) for insight in shown]
        return "\n".join(filter(None, [self._further_shown, block("insights", quote(told_on, references=True))]))

    def check_report(self, text: str) -> str:
        """The report, with every recommendation tied to an insight that exists."""
        report = self._read(text, ReportReply, self.evidence)
        known = len(self.insights.insights) if self.insights else 0
        wrong = [r.insight for r in report.recommendations if r.insight > known]
        if wrong:
            raise ReplyError([f"recommendation rests on insight {n}, there are {known}" for n in wrong])
        told = [report.title, report.answer, report.summary, *report.caveats]
        told += [part for named in report.fields for part in (named.name, named.value)]
        self._resolve([*told, *(r.action for r in report.recommendations)], self.evidence)
        self.report = report
        return text

    def _read(self, text: str, model: type[AnyReply], evidence: Evidence) -> AnyReply:
        """The reply with personal values put back and its references in our own form."""
        return mend(read_reply(text, model, self._privacy.restore), evidence)

    def _grounded(self, reading: str) -> str:
        """What readers are told of how the question was read: nothing where it holds numbers that nobody computed."""
        try:
            self._fill(reading, self.evidence)
        except ReplyError:
            return ""
        return reading

    def _further(self, steps: list[dict[str, Any]]) -> str:
        found = self._run(self._bind(steps), earlier=self.evidence)
        self.evidence = self.evidence.joined(found)
        self._further_shown = block("evidence", self._shown(found))
        return f"Here is what you asked for, beside the evidence above. Now give the insights.\n{self._further_shown}"

    def _bind(self, steps: list[dict[str, Any]]) -> Any:
        return self._runner.bind({"steps": steps})

    def _run(self, bound: Any, earlier: Evidence | None = None) -> Evidence:
        try:
            return self._runner.execute(bound, earlier=earlier)
        except LimitError as error:
            raise PlanError([f"{error.message} Write a lighter plan."]) from error

    def _shown(self, evidence: Evidence) -> str:
        return write_evidence(self._privacy.hide_evidence(evidence))

    def _resolve(self, texts: Iterable[str], evidence: Evidence) -> None:
        problems: list[str] = []
        for text in filter(None, texts):
            problems += unclear(text, evidence)
            try:
                self._fill(text, evidence)
            except ReplyError as error:
                problems += [problem for problem in error.problems if problem not in problems]
        if problems:
            raise ReplyError(list(dict.fromkeys(problems)))


def mend(reply: AnyReply, evidence: Evidence) -> AnyReply:
    """`reply` with every reference that is plainly meant in our own form."""
    mended_reply: AnyReply = with_texts(reply, lambda text: mended(text, evidence))
    return mended_reply


def as_run(bound: Any) -> tuple[dict[str, Any], ...]:
    """The steps of a bound plan as a plan is written, after repairs: what readers are shown is what ran."""
    written = []
    for step in bound.plan().steps:
        given = step.model_dump(mode="json")
        written.append(
            {key: value for key, value in given.items() if key != "parameters"} | given.get("parameters", {})
        )
    return tuple(written)
