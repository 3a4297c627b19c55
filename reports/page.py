"""What every format of the report says in the same words: data notes, cost, time, grounding, models."""

from __future__ import annotations

from contracts.evidence import EvidenceTable
from reports.numbers import show
from reports.report import Report

AGENT_NAMES = {
    "data_profiler": "Data Profiler",
    "query_interpreter": "Query Interpreter",
    "insight_generator": "Insight Generator",
    "report_writer": "Report Writer",
}


def shown_tables(report: Report) -> list[EvidenceTable]:
    """The result tables that a reader can look up: not the points of charts, not the table's own profile."""
    hidden = ("table", "profile", "issues")
    return [table for table in report.tables if table.audience != "chart" and table.id not in hidden]


def data_notes(report: Report) -> list[str]:
    """How the data was read and how far it can be trusted."""
    notes = [report.review] if report.review else []
    if report.dataset:
        size = f"{report.dataset.rows:,} rows, {report.dataset.columns:,} columns"
        notes.append(f"Table {report.dataset.name}: {size} (fingerprint {report.dataset.fingerprint[:12]}).")
    notes += [note.message for note in report.ingest_notes]
    for issue in report.issues:
        where = f"{issue.column}: " if issue.column else ""
        notes.append(f"{where}{issue.issue} ({issue.severity})" + (f" — {issue.action}" if issue.action else ""))
    return list(dict.fromkeys([*notes, *report.warnings, *report.notes]))


def closing_lines(report: Report) -> list[str]:
    """Cost, time, grounding, and what had to stand in."""
    tokens = sum(call.input_tokens + call.output_tokens for call in report.calls)
    cost = "nothing" if report.cost_usd == 0 else f"${report.cost_usd.normalize():f}"
    lines = [f"Cost {cost}, {show(report.latency_s, digits=1)} s, {len(report.calls)} model calls, {tokens:,} tokens."]
    if report.grounding:
        found = report.grounding
        lines.append(
            f"{found.numbers} numbers: {found.from_evidence} computed, {found.from_question} from the question."
        )
    if report.degraded:
        names = ", ".join(AGENT_NAMES.get(name, name) for name in report.degraded)
        lines.append(f"Written by the embedded analyst (rules, no model) for: {names}.")
    when = f", {report.created:%Y-%m-%d %H:%M %Z}".rstrip() if report.created else ""
    return [*lines, f"Run {report.id}{when}."]


def calls_line(report: Report) -> list[str]:
    """Which model answered for which agent, and why it was not the first choice."""
    told = []
    for call in report.calls:
        if call.rejected:
            continue
        why = f" instead of {call.primary} ({(call.reason or 'fallback').replace('_', ' ')})" if call.fallback else ""
        told.append(f"{AGENT_NAMES.get(call.agent, call.agent)}: {call.model_used}{why}")
    return [f"Models — {'; '.join(told)}."] if told else []
