"""The report that a finished analysis was the record of, for formats that are made later."""

from __future__ import annotations

from collections.abc import Sequence

from analyst.protocol.evidence import EvidenceTable, table_of
from analyst.protocol.results import AnalysisResult
from analyst.reporting.report import Basis, Finding, RecommendedAction, Report


def report_of(result: AnalysisResult) -> Report:
    """The report that `result` is the record of: all that readers see of it."""
    tables = tuple(table_of(saved) for saved in result.evidence)
    return Report(
        id=result.id,
        question=result.question,
        title=result.title,
        answer=result.answer,
        summary=result.summary,
        reading=result.reading,
        alternatives=result.alternatives,
        unanswered=result.unanswered,
        suggestions=result.suggestions,
        basis=_basis(result, tables),
        scope=result.scope,
        refused=bool(result.unanswered) and not result.insights,
        dataset=result.dataset,
        findings=tuple(
            Finding(i.title, i.statement, i.confidence, i.caveat, i.chart, i.table, i.in_answer)
            for i in result.insights
        ),
        recommendations=tuple(RecommendedAction(action) for action in result.recommendations),
        caveats=result.caveats,
        fields=result.fields,
        tables=tables,
        calls=result.calls,
        cost_usd=result.cost_usd,
        latency_s=result.latency_s,
        degraded=result.degraded,
        grounding=result.grounding,
        cited=result.cited,
    )


def _basis(result: AnalysisResult, tables: Sequence[EvidenceTable]) -> Basis | None:
    told = result.basis
    table = next((table for table in tables if told and table.id == told.table), None)
    return Basis(table.id, tuple(table.rows[place] for place in told.rows)) if told and table else None
