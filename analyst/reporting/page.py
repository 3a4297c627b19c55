"""What every format of the report shows, in the same words: findings, key figures, notes, cost, grounding, models."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from analyst.core.agents import AGENTS
from analyst.protocol import moments
from analyst.protocol.evidence import ALWAYS, JOINS, EvidenceTable
from analyst.protocol.replies import Alternative
from analyst.reporting.labels import PERIODS, in_words
from analyst.reporting.naming import shorten
from analyst.reporting.numbers import show
from analyst.reporting.report import Finding, Report

_SPAN = re.compile(r"\b(\d{4}-\d\d-\d\d) (to|and|until|through) (\d{4}-\d\d-\d\d)\b(?![-:T])")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
NOTHING_KEPT = "Nothing was kept from the question before: this one was read by itself."
AGENT_NAMES = {
    "data_profiler": "Data Profiler",
    "query_interpreter": "Query Interpreter",
    "insight_generator": "Insight Generator",
    "report_writer": "Report Writer",
    "consensus_judge": "Judge",
}


@dataclass(frozen=True)
class Layout:
    """The findings that add to the answer, numbered anew, and the actions with the number of the finding that each
    rests on (None where that one is not shown)."""

    findings: tuple[Finding, ...]
    actions: tuple[tuple[str, int | None], ...]


def layout(report: Report) -> Layout:
    """What to show of the findings: none that the answer holds already."""
    places = [
        place
        for place, f in enumerate(report.findings, 1)
        if not f.in_answer and not repeats(f.statement, report.answer)
    ]
    numbers = {place: number for number, place in enumerate(places, 1)}
    actions = tuple((item.action, numbers.get(item.finding or 0)) for item in report.recommendations)
    return Layout(tuple(report.findings[place - 1] for place in places), actions)


def repeats(text: str, said: str) -> bool:
    """Whether every sentence of `text` stands in `said`."""
    return all(sentence in said for sentence in _SENTENCE_END.split(text.strip()) if sentence)


def lead_charts(report: Report, charts: Collection[str]) -> list[str]:
    """The charts of findings that are not shown by themselves: they stand before the findings."""
    told = layout(report).findings
    shown = {finding.chart for finding in told}
    return [id for id in charts if id not in shown]


def open_note(report: Report) -> str:
    """What is left open, without the sentences that the answer says in these words."""
    said, told = report.answer.casefold(), (report.unanswered or "").strip()
    left = [one for one in _SENTENCE_END.split(told) if one.rstrip(".").casefold() not in said]
    return " ".join(left)


def next_heading(report: Report) -> str:
    """What stands over the questions to ask next."""
    return "Questions that would work" if report.refused else "Ask next"


def confidence_line(finding: Finding) -> str:
    """ "High confidence." """
    return f"{finding.confidence.capitalize()} confidence."


def alternatives_line(alternatives: Sequence[Alternative]) -> str:
    """What words of the question may mean as well; nothing where they mean one thing."""
    told = ((f'"{one.words}"' if one.words else "this", one.meant, " or ".join(one.others)) for one in alternatives)
    return " ".join(f"I read {words} as {meant}; or did you mean {others}?" for words, meant, others in told if others)


class Following(Protocol):
    """An answer that may follow up on another one (`follows`), and what it kept of that one's question."""

    @property
    def follows(self) -> str | None: ...
    @property
    def carried(self) -> Sequence[str]: ...
    @property
    def unanswered(self) -> str | None: ...


def carried_line(answer: Following) -> str:
    """What a follow-up keeps of the question before it, or that it was read without that one, unless it is left open
    anyway; nothing where a question follows up on none."""
    if answer.carried:
        return f"Kept from the question before: {spoken(', '.join(answer.carried))}."
    return NOTHING_KEPT if answer.follows and not answer.unanswered else ""


def spoken(text: str) -> str:
    """A plan's words with their periods as people write them: "January to March 2024"."""
    text = _SPAN.sub(_span_in_words, text)
    return PERIODS.sub(lambda found: in_words(found[0]), text)


def _span_in_words(found: re.Match[str]) -> str:
    try:
        return moments.in_words(date.fromisoformat(found[1]), date.fromisoformat(found[3]), found[2])
    except ValueError:
        return found[0]


def shown_tables(report: Report) -> list[EvidenceTable]:
    """The result tables that a reader can look up, and what joins did to the rows: not the points of charts, not the
    table's own profile."""
    hidden = set(ALWAYS) - {JOINS}
    return [table for table in report.tables if table.audience != "chart" and table.id not in hidden]


def step_title(table: EvidenceTable, most: int = 160) -> str:
    """What a result table holds, as a heading of at most `most` characters."""
    told = shorten(spoken(table.what or table.id), most)
    return told[:1].upper() + told[1:]


def eyebrow(report: Report) -> str:
    """ "Analysis of sales · 25 November 2026"."""
    of = f" of {report.dataset.name}" if report.dataset else ""
    day = f" · {report.created:%B} {report.created.day}, {report.created.year}" if report.created else ""
    return f"Analysis{of}{day}"


def data_notes(report: Report) -> list[str]:
    """How the data was read and how far it can be trusted, without what the caveats say."""
    notes = [report.review] if report.review else []
    if report.dataset:
        size = f"{report.dataset.rows:,} rows, {report.dataset.columns:,} columns"
        notes.append(f"Table {report.dataset.name}: {size} (fingerprint {report.dataset.fingerprint[:12]}).")
    notes += [note.message for note in report.ingest_notes]
    for issue in report.issues:
        where = f"{issue.column}: " if issue.column else ""
        notes.append(f"{where}{issue.issue} ({issue.severity})" + (f" — {issue.action}" if issue.action else ""))
    told = dict.fromkeys([*notes, *report.warnings, *report.notes])
    return [note for note in told if note not in report.caveats]


def closing_lines(report: Report) -> list[str]:
    """Cost, time, grounding, and what had to stand in."""
    tokens = sum(call.input_tokens + call.output_tokens for call in report.calls)
    cost = "nothing" if report.cost_usd == 0 else f"${report.cost_usd.normalize():f}"
    calls = f"{len(report.calls)} model calls, {tokens:,} tokens"
    lines = [f"Cost: {cost}. Time: {show(report.latency_s, digits=1)} s. {calls}."]
    if report.grounding:
        found = report.grounding
        lines.append(
            f"{found.numbers} numbers: {found.from_evidence} computed, {found.from_question} from the question."
        )
    if report.degraded:
        names = ", ".join(AGENT_NAMES.get(name, name) for name in report.degraded)
        lines.append(f"Written by the built-in rule-based analyst, without a language model: {names}.")
    when = f", {report.created:%Y-%m-%d %H:%M %Z}".rstrip() if report.created else ""
    return [*lines, f"Run {report.id}{when}."]


def stand_in_note(report: Report) -> str:
    """That the rule-based analyst wrote the report, or a part of it; empty where models did."""
    if not report.degraded:
        return ""
    what = "this report" if set(AGENTS) <= set(report.degraded) else "part of this report"
    why = f"No language model was available for {what}, so the built-in rule-based analyst wrote it."
    return f"{why} All numbers are computed."


def calls_line(report: Report) -> list[str]:
    """Which model answered for which agent, and why it was not the first choice."""
    told = []
    for call in report.calls:
        if call.rejected:
            continue
        why = f" instead of {call.primary} ({(call.reason or 'fallback').replace('_', ' ')})" if call.fallback else ""
        told.append(f"{AGENT_NAMES.get(call.agent, call.agent)}: {call.model_used}{why}")
    return [f"Models: {'; '.join(told)}."] if told else []
