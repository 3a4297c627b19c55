"""Composes the finished report from what the checks accepted: texts filled, charts chosen, grounding counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from analyst.answers.accepted import Accepted
from analyst.answers.alternatives import typed
from analyst.answers.basis import basis, conditions
from analyst.answers.charting import choose_charts, evidence_shown
from analyst.answers.consensus.verdict import caveat, line
from analyst.answers.doubts import doubts
from analyst.answers.once import without_repeats
from analyst.answers.run import CallsMade, Run
from analyst.answers.suggesting import Found, found_in, suggested
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import AnalysisError
from analyst.datasets.quality import TOLD
from analyst.protocol.calls import CallRecord
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.facts import LEADING
from analyst.protocol.replies import Insight, Insights, ReportReply
from analyst.protocol.results import (
    AnalysisResult,
    BasisRecord,
    ChartRecord,
    CitedRecord,
    ConsensusRecord,
    DatasetRecord,
    Grounding,
    InsightRecord,
    SavedCall,
)
from analyst.protocol.selection import Selection
from analyst.protocol.table import TOLD_FIRST, TableProfile
from analyst.reporting.charts.choosing import ChartChoice
from analyst.reporting.charts.drawing import Chart
from analyst.reporting.cited import cells
from analyst.reporting.filling import Filled, Filler, grounding
from analyst.reporting.markdown import to_markdown
from analyst.reporting.page import repeats
from analyst.reporting.report import Basis, DataIssue, Finding, RecommendedAction, Report
from analyst.reporting.saving import Attachments, attach, write_run


@dataclass(frozen=True)
class Composed:
    """A report ready to be written: its charts, and the record that becomes result.json (its files still to come)."""

    report: Report
    charts: tuple[ChartChoice, ...]
    result: AnalysisResult


class Composer:
    """Fills one analysis' texts from its evidence and remembers every number that they show."""

    def __init__(self, evidence: Evidence, fill: Filler) -> None:
        self.evidence, self._fill = evidence, fill
        self._filled: list[Filled] = []

    def text(self, written: str, *, prose: bool = True) -> str:
        """`written` with its references filled in, and counted; `prose`: as in a sentence, not as a value by itself."""
        filled = self._fill(written, self.evidence, prose=prose)
        self._filled.append(filled)
        return filled.text

    def texts(self, written: Sequence[str]) -> tuple[str, ...]:
        """Each of `written`, filled; repeats dropped."""
        return tuple(dict.fromkeys(self.text(one) for one in written if one.strip()))

    def leaders(self) -> tuple[str, ...]:
        """What readers must know of the rows that lead the rankings which the texts so far cite."""
        cited = {citation.table for text in self._filled for citation in text.citations}
        tables = [table for table in self.evidence.tables if table.id in cited]
        told = (c.text for table in tables for c in table.cautions if c.code in LEADING)
        return tuple(dict.fromkeys(told))

    def cited(self) -> tuple[CitedRecord, ...]:
        """Where the values in all texts so far come from, each once."""
        told = (CitedRecord(shown=c.shown, table=c.table, field=c.field) for f in self._filled for c in f.citations)
        return tuple(dict.fromkeys(told))

    def grounding(self) -> Grounding:
        """Where the numbers of all texts so far come from."""
        return grounding(self._filled)


def allowed_words(profile: TableProfile) -> frozenset[str]:
    """Names that may stand in prose though they hold digits: the file's, the columns' and short category values."""
    values = {str(v) for c in profile.columns if c.kind == "text" and not c.personal for v, _ in c.values}
    named = {value for value in values if any(c.isdigit() for c in value) and any(c.isalpha() for c in value)}
    return frozenset({profile.table.name, *profile.table.columns, *named})


def filler(profile: TableProfile, question: str) -> Filler:
    """What fills the texts of an analysis of this table."""
    units = {column.name: column.meaning.unit for column in profile.columns if column.meaning.unit}
    return Filler(question, allowed_words(profile), units)


def call_records(made: CallsMade) -> tuple[SavedCall, ...]:
    """The calls as result.json holds them."""
    return tuple(
        SavedCall.model_validate(replace(call, rejected=call.request_id in made.refused)).model_copy(
            update={"problems": made.refused.get(call.request_id, ())}
        )
        for call in made.calls
    )


def degraded_agents(calls: Sequence[CallRecord]) -> tuple[str, ...]:
    """The agents whose last reply came from the embedded analyst."""
    last = {call.agent_name: call.model_used for call in calls}
    return tuple(agent for agent, model in last.items() if model == EMBEDDED_MODEL)


def compose(
    run: Run, profile: TableProfile, accepted: Accepted, made: CallsMade, consensus: ConsensusRecord | None = None
) -> Composed:
    """The report of one analysis; `consensus` says how several models' plans were settled, where they were asked."""
    evidence = evidence_shown(accepted.explained, profile)
    composer = Composer(evidence, filler(profile, run.asked))
    refused = is_refused(accepted)
    charted = () if refused else choose_charts(accepted.explained.insights, evidence, run.question)
    charts = tuple(one.choice for one in charted)
    written = _written(composer, accepted, {one.insight: one.choice.id for one in charted})
    consensus = _told(composer, consensus)
    read = [] if refused else [note.message for note in profile.table.notes if note.kind in TOLD]
    report = replace(
        written,
        id=run.id,
        question=run.question,
        answer=" ".join([*_told_first(profile), written.answer]),
        follows=run.follows,
        alternatives=typed(accepted.planned.plan.alternatives, profile.table.columns),
        carried=accepted.planned.plan.carried,
        selection=_selection(accepted, written.basis),
        edited=run.selection is not None,
        dataset=_dataset(profile),
        unanswered=" ".join(filter(None, (written.unanswered, doubts(profile, evidence)))) or None,
        suggestions=suggested(profile, _found(written, evidence), run.question, [turn.question for turn in run.before]),
        ingest_notes=profile.table.notes,
        tables=evidence.tables,
        warnings=evidence.warnings,
        plan={"steps": list(accepted.planned.plan.steps)},
        calls=call_records(made),
        cost_usd=made.cost_usd,
        notes=(consensus.note,) if consensus else (),
        caveats=tuple(filter(None, (*read, *written.caveats, caveat(consensus)))),
        consensus=consensus,
        latency_s=round(run.elapsed(), 3),
        degraded=degraded_agents(made.calls),
        grounding=composer.grounding(),
        created=datetime.now().astimezone(),
        cited=composer.cited(),
    )
    return Composed(report, charts, to_result(report, charts))


def _told_first(profile: TableProfile) -> list[str]:
    """What the answer begins with where its figures are of a sample, or of tables that are alike."""
    return [note.message for note in profile.table.notes if note.kind in TOLD_FIRST]


def _selection(accepted: Accepted, read: Basis | None) -> Selection | None:
    """What the table that the answer is read from computes, or else the plan's first result."""
    steps = [step for step in accepted.planned.bound.steps if not step.read_later]
    found = next((step for step in steps if read is not None and step.id == read.table), None)
    chosen = found or next(iter(steps), None)
    return chosen.selection if chosen is not None else None


def _told(composer: Composer, record: ConsensusRecord | None) -> ConsensusRecord | None:
    """The record with the judge's reason filled in."""
    if record is None or not record.because:
        return record
    filled = record.model_copy(update={"because": composer.text(record.because)})
    return filled.model_copy(update={"note": line(filled)})


def is_refused(accepted: Accepted) -> bool:
    """Whether the plan says that the table can't answer the question at all: its results show the table, no answer."""
    return accepted.planned.plan.overview and accepted.planned.plan.unanswered is not None


def _written(composer: Composer, accepted: Accepted, charts: Mapping[int, str]) -> Report:
    """The report's texts, filled. What the plan says it left open goes before what the writer says of it."""
    reply, insights = accepted.reported.reply, accepted.explained.insights
    plan, review = accepted.planned.plan, accepted.reviewed.review
    left_open = composer.text(reply.unanswered) if reply.unanswered else None
    refused = is_refused(accepted)
    findings = () if refused else _findings(composer, reply.answer, insights, charts)
    written = Report(
        id="",
        question="",
        title=composer.text(reply.title),
        answer=composer.text(reply.answer),
        summary=composer.text(_summary(reply.summary, insights, findings)),
        reading=plan.reading,
        unanswered=plan.unanswered or left_open,
        findings=findings,
        recommendations=() if refused else _recommended(composer, reply),
        caveats=() if refused else _caveats(composer, reply, insights, findings),
        fields=_fields(composer, reply),
        review=composer.text(review.summary),
        issues=tuple(
            DataIssue(composer.text(i.issue), i.column, i.severity, composer.text(i.action)) for i in review.issues
        ),
        refused=refused,
    )
    if refused:
        return written
    said = (written.title, written.answer, written.reading, written.unanswered or "")
    return replace(
        written, basis=basis(reply.answer, composer.evidence), scope=conditions(reply.answer, composer.evidence, said)
    )


def _summary(summary: str, insights: Insights, findings: Sequence[Finding]) -> str:
    """The summary without sentences that stand, word by word, in a finding below it."""
    told = [i.statement for i, finding in zip(insights.insights, findings, strict=False) if not finding.in_answer]
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z{])", summary)
    return " ".join(sentence for sentence in sentences if not any(repeats(sentence, text) for text in told))


def _found(written: Report, evidence: Evidence) -> Found:
    """What the answer is read from; nothing where it cites no result."""
    read = written.basis
    return found_in(evidence.table(read.table), read.rows) if read else Found()


def _caveats(
    composer: Composer, reply: ReportReply, insights: Insights, findings: Sequence[Finding]
) -> tuple[str, ...]:
    """What code knows of the leaders of rankings; then the caveats of writer and analyst, and of findings that are not
    shown; none that a finding shown has already."""
    hidden = [i.caveat for i, f in zip(insights.insights, findings, strict=True) if f.in_answer and i.caveat]
    shown = [i.caveat for i, f in zip(insights.insights, findings, strict=True) if not f.in_answer and i.caveat]
    kept = without_repeats(
        [*hidden, *reply.caveats, *insights.caveats], [*shown, reply.unanswered or ""], composer.evidence
    )
    return tuple(dict.fromkeys((*composer.leaders(), *composer.texts(kept))))


def _findings(composer: Composer, answer: str, insights: Insights, charts: Mapping[int, str]) -> tuple[Finding, ...]:
    """The insights filled, each with the id of its chart by its place. The first one may be the answer over again."""
    told = [_finding(composer, insight, charts.get(place)) for place, insight in enumerate(insights.insights)]
    first = cells(insights.insights[0].statement, composer.evidence)
    again = bool(first) and first <= cells(answer, composer.evidence)
    return (replace(told[0], in_answer=again), *told[1:])


def _finding(composer: Composer, insight: Insight, chart: str | None) -> Finding:
    return Finding(
        title=composer.text(insight.title),
        statement=composer.text(insight.statement),
        confidence=insight.confidence,
        caveat=composer.text(insight.caveat) if insight.caveat else None,
        chart=chart,
        table=insight.table,
    )


def _fields(composer: Composer, reply: ReportReply) -> dict[str, str]:
    """The named values as a program reads them; those of one name as a list, in their order."""
    values: dict[str, list[str]] = {}
    for field in reply.fields:
        values.setdefault(field.name, []).append(composer.text(field.value, prose=False))
    return {name: ", ".join(told) for name, told in values.items()}


def _recommended(composer: Composer, reply: ReportReply) -> tuple[RecommendedAction, ...]:
    return tuple(RecommendedAction(composer.text(r.action), r.insight) for r in reply.recommendations)


def _dataset(profile: TableProfile) -> DatasetRecord:
    table = profile.table
    notes = tuple(note.message for note in table.notes)
    return DatasetRecord(
        name=table.name, rows=table.rows, columns=len(table.columns), fingerprint=table.fingerprint, notes=notes
    )


def to_result(report: Report, charts: Sequence[ChartChoice]) -> AnalysisResult:
    """The record of `report` that becomes result.json; the files are named when they are written."""
    if report.dataset is None or report.grounding is None:
        raise AnalysisError("A report without its dataset or its grounding can't be saved.")
    return AnalysisResult(
        id=report.id,
        question=report.question,
        reading=report.reading,
        dataset=report.dataset,
        title=report.title,
        answer=report.answer,
        summary=report.summary,
        report=to_markdown(report),
        insights=tuple(
            InsightRecord(
                title=f.title,
                statement=f.statement,
                confidence=f.confidence,
                caveat=f.caveat,
                chart=f.chart,
                in_answer=f.in_answer,
                table=f.table,
            )
            for f in report.findings
        ),
        recommendations=tuple(r.action for r in report.recommendations),
        unanswered=report.unanswered,
        scope=report.scope,
        suggestions=report.suggestions,
        caveats=report.caveats,
        fields=dict(report.fields),
        plan=dict(report.plan),
        evidence=tuple(_saved(table) for table in report.tables),
        charts=tuple(
            ChartRecord(id=c.id, title=c.title, table=c.table, kind=c.kind, columns=c.columns) for c in charts
        ),
        grounding=report.grounding,
        calls=report.calls,
        cost_usd=report.cost_usd,
        latency_s=report.latency_s,
        degraded=report.degraded,
        files={},
        basis=_basis(report),
        cited=report.cited,
        consensus=report.consensus,
        follows=report.follows,
        alternatives=report.alternatives,
        selection=report.selection,
        edited=report.edited,
        carried=report.carried,
    )


def _basis(report: Report) -> BasisRecord | None:
    """What the answer is read from, its rows by their places."""
    found = report.basis
    if found is None:
        return None
    rows = next(table.rows for table in report.tables if table.id == found.table)
    return BasisRecord(table=found.table, rows=tuple(place for place, row in enumerate(rows) if row in found.rows))


def _saved(table: EvidenceTable) -> dict[str, Any]:
    return asdict(replace(table, formats=dict(table.formats), parameters=dict(table.parameters)))


def enclose(composed: Composed, run: Run, draw: Callable[[ChartChoice], Chart]) -> Attachments:
    """What comes with the report: its charts drawn, its figures as files; the run hears of what could not be made."""
    charts = []
    for choice in composed.charts:
        try:
            charts.append(draw(choice))
        except OSError as error:
            run.events.note(f"The chart {choice.title!r} could not be drawn: {error.strerror or error}.")
    return attach(composed.report, charts, run.events.note)


def save(composed: Composed, attached: Attachments, run: Run) -> AnalysisResult:
    """Write the run's folder; the result with its files named. StoreError: no room, no right."""
    return write_run(composed.result, composed.report, attached, run.folder, run.kept_in, run.events.note)
