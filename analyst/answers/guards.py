"""The guard of each agent's reply: it parses, the plan binds and runs, every reference resolves.

A guard returns the reply as a value (analyst/answers/accepted.py), or raises PlanError or ReplyError with every problem
at once. Personal values are tokens in everything that goes out; a reply is checked with the values put back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from analyst.answers.accepted import Explained, FurtherResults, Planned, Reported, Reviewed
from analyst.answers.citing import mended, unclear, with_texts
from analyst.answers.claims_kept import not_kept
from analyst.answers.echoes import echoed
from analyst.answers.ranking import ranked
from analyst.answers.reading import AnyReply, read_reply
from analyst.answers.telling import untold
from analyst.answers.understood import understood
from analyst.core.errors import LimitError, PlanError, ReplyError, StepError
from analyst.protocol.asked_fields import same_field
from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import Evidence, write_evidence
from analyst.protocol.replies import Insights, NamedValue, PlanReply, ReportReply, Review, Verdict

if TYPE_CHECKING:
    from analyst.planning.binding import BoundPlan
    from analyst.reporting.filling import Filled

LEFT_OPEN = "Part of the question: the table has no data that answers it."
"""What readers are told where the plan's own words hold numbers that nobody computed."""


class Runner(Protocol):
    """What runs plans (analyst.execution.runner.PlanRunner)."""

    def bind(self, raw: Any) -> BoundPlan: ...

    def execute(self, bound: BoundPlan, *, earlier: Evidence | None = None) -> Evidence: ...

    def unasked(self, bound: BoundPlan) -> Evidence: ...


class Privacy(Protocol):
    """What hides personal values (analyst.datasets.privacy.pseudonyms.Pseudonyms)."""

    def restore(self, text: str) -> str: ...

    def hide_text(self, text: str) -> str: ...

    def hide_evidence(self, evidence: Evidence) -> Evidence: ...


class Fill(Protocol):
    """What fills a text from evidence (analyst.reporting.filling.Filler)."""

    def __call__(self, text: str, evidence: Evidence, *, prose: bool = ...) -> Filled: ...


@dataclass(frozen=True)
class Guards:
    """The guards of one analysis.

    `cited` is the evidence that is always there (table, profile, issues); `fill` raises ReplyError for a text whose
    references do not resolve or that holds digits of its own; `asked` are the fields that the question asks for, by
    name, each with the words that it may hold (none: anything); `mentioned` are the values of the table that the
    question and those before it name.
    """

    runner: Runner
    privacy: Privacy
    cited: Evidence
    fill: Fill
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mentioned: Collection[str] = ()

    def review(self, text: str) -> Reviewed:
        """The review, every reference of it resolved."""
        review = self._read(text, Review, self.cited)
        told = [review.summary, *(c.note for c in review.columns)]
        self._resolve([*told, *(i.issue for i in review.issues), *(i.action for i in review.issues)], self.cited)
        shown = mend(read_reply(text, Review), self.cited)
        plain = quote(shown.model_dump(exclude_defaults=True), references=True)
        return Reviewed(review, block("review", self.privacy.hide_text(plain)))

    def plan(self, text: str) -> Planned:
        """The plan, bound and run; what it says it kept of the question before is in its steps."""
        reply = read_reply(text, PlanReply, self.privacy.restore)
        if problems := not_kept(reply.carried, reply.steps, self.mentioned):
            raise PlanError(problems)
        bound = self.runner.bind({"steps": list(reply.steps)})
        results = self._run(bound)
        found = results.joined(self.runner.unasked(bound))
        evidence = self.cited.joined(found)
        told = {
            "steps": as_run(bound),
            "reading": understood(self._grounded(reply.reading, evidence), results),
            "carried": tuple(filter(None, (self._grounded(text, evidence) for text in reply.carried))),
            "unanswered": (self._grounded(reply.unanswered, evidence) or LEFT_OPEN) if reply.unanswered else None,
        }
        return Planned(
            plan=reply.model_copy(update=told),
            written=read_reply(text, PlanReply),
            bound=bound,
            results=results,
            evidence=evidence,
            results_shown=self._shown(found),
        )

    def verdict(self, text: str, chosen: Planned) -> Verdict:
        """The judge's reply that chose this plan; its reason may cite this plan's results and holds no other number."""
        verdict = self._read(text, Verdict, chosen.evidence)
        self._resolve([verdict.because], chosen.evidence)
        return verdict

    def insights(self, text: str, planned: Planned) -> Explained | FurtherResults:
        """The insights; where the agent asks for a further plan, the results of this one instead."""
        insights = self._read(text, Insights, planned.evidence)
        if insights.need:
            return self._further(list(insights.need), planned.evidence)
        return self._explained(text, insights, planned.evidence)

    def insights_after(self, text: str, further: FurtherResults) -> Explained:
        """The insights of an agent that had its further plan: it may ask for no other."""
        explained = self._explained(text, self._read(text, Insights, further.evidence), further.evidence)
        return replace(explained, shown=f"{further.shown}\n{explained.shown}")

    def report(self, text: str, explained: Explained) -> Reported:
        """The report, with every recommendation tied to an insight that exists and every field named as asked."""
        report = self.named(self._read(text, ReportReply, explained.evidence))
        problems = [*_echoes(report), *self._untied(report, explained), *self._misnamed(report)]
        problems += untold(report, explained.evidence)
        told = [report.title, report.answer, report.summary, report.unanswered or "", *report.caveats]
        told += [named.name for named in report.fields if named.name not in self.asked]
        problems += self.problems([*told, *(r.action for r in report.recommendations)], explained.evidence)
        problems += [problem for f in report.fields for problem in self.field_problems(f, explained.evidence)]
        if problems:
            raise ReplyError(list(dict.fromkeys(problems)))
        return Reported(report)

    def field_problems(self, named: NamedValue, evidence: Evidence) -> list[str]:
        """What is wrong with the value of a field."""
        problems = self.problems([named.value], evidence, prose=False)
        options = self.asked.get(named.name, ())
        if problems or not options:
            return problems
        if self.fill(named.value, evidence, prose=False).text.casefold() in map(str.casefold, options):
            return []
        return [f"the field {named.name!r} is asked as {' or '.join(options)}: compute that in the plan, and cite it"]

    def named(self, report: ReportReply) -> ReportReply:
        """`report` with its fields called as the question calls them; those that are plainly meant count."""
        fields = [f.model_copy(update={"name": same_field(f.name, self.asked) or f.name}) for f in report.fields]
        return report.model_copy(update={"fields": tuple(fields)})

    def _untied(self, report: ReportReply, explained: Explained) -> list[str]:
        known = len(explained.insights.insights)
        wrong = [r.insight for r in report.recommendations if r.insight > known]
        return [f"a recommendation is based on insight {n}, but there are only {known}" for n in wrong]

    def _misnamed(self, report: ReportReply) -> list[str]:
        """Fields that the question did not ask for, or that it asked for in vain; some may be left open, if said so."""
        if not self.asked:
            return []
        given = {named.name for named in report.fields}
        missing = [] if report.unanswered else [name for name in self.asked if name not in given]
        asked = ", ".join(self.asked)
        unknown = [
            f"the question asks for no field {name!r}: the fields are {asked}" for name in given - set(self.asked)
        ]
        return [*sorted(unknown), *(f'"fields" lacks {name!r}, which the question asks for' for name in missing)]

    def _explained(self, text: str, insights: Insights, evidence: Evidence) -> Explained:
        told = [part for i in insights.insights for part in (i.title, i.statement, i.caveat or "")]
        self._resolve([*told, *insights.caveats], evidence)
        hidden = ranked(mend(read_reply(text, Insights), evidence)).insights
        plain = quote([i.model_dump(exclude_none=True, exclude={"chart"}) for i in hidden], references=True)
        return Explained(ranked(insights), evidence, block("insights", self.privacy.hide_text(plain)))

    def _read(self, text: str, model: type[AnyReply], evidence: Evidence) -> AnyReply:
        """The reply with personal values put back and its references in our own form."""
        return mend(read_reply(text, model, self.privacy.restore), evidence)

    def _grounded(self, told: str, evidence: Evidence) -> str:
        """What readers are told of the question in the planner's words: nothing where they hold other numbers."""
        try:
            self.fill(told, evidence)
        except ReplyError:
            return ""
        return told

    def _further(self, steps: list[dict[str, Any]], evidence: Evidence) -> FurtherResults:
        results = self._run(self.runner.bind({"steps": steps}), earlier=evidence)
        return FurtherResults(evidence.joined(results), block("evidence", self._shown(results)))

    def _run(self, bound: BoundPlan, earlier: Evidence | None = None) -> Evidence:
        try:
            return self.runner.execute(bound, earlier=earlier)
        except (LimitError, StepError) as error:
            raise PlanError([f"{error.message} Write a simpler plan."]) from error

    def _shown(self, evidence: Evidence) -> str:
        return write_evidence(self.privacy.hide_evidence(evidence))

    def problems(self, texts: Iterable[str], evidence: Evidence, *, prose: bool = True) -> list[str]:
        """What is wrong with `texts`, each filled from `evidence`."""
        found: list[str] = []
        for text in filter(None, texts):
            found += unclear(text, evidence)
            try:
                self.fill(text, evidence, prose=prose)
            except ReplyError as error:
                found += error.texts
        return list(dict.fromkeys(found))

    def _resolve(self, texts: Iterable[str], evidence: Evidence) -> None:
        if problems := self.problems(texts, evidence):
            raise ReplyError(problems)


def mend(reply: AnyReply, evidence: Evidence) -> AnyReply:
    """`reply` with every reference that is plainly meant in our own form."""
    mended_reply: AnyReply = with_texts(reply, lambda text: mended(text, evidence))
    return mended_reply


def _echoes(report: ReportReply) -> list[str]:
    """Texts of a report that only repeat what it was asked to hold."""
    found = filter(None, (echoed(text, "report") for text in (report.title, report.answer, report.summary)))
    return [f"write your own text instead of repeating the task: {words!r}" for words in found]


def as_run(bound: BoundPlan) -> tuple[dict[str, Any], ...]:
    """The steps of a bound plan as a plan is written, after repairs: what readers are shown is what ran."""
    written = []
    for step in bound.plan().steps:
        given = step.model_dump(mode="json")
        written.append(
            {key: value for key, value in given.items() if key != "parameters"} | given.get("parameters", {})
        )
    return tuple(written)
