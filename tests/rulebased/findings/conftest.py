"""What the embedded analyst makes of result tables: its insights and its report, filled as a reader sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import Evidence, EvidenceTable, write_evidence
from analyst.protocol.replies import Insight, Insights, ReportReply
from analyst.reporting.filling import fill
from analyst.rulebased.insights import find
from analyst.rulebased.writer import write


@dataclass(frozen=True)
class Told:
    """A report as read. `notes`: what each finding's confidence rests on and its limits."""

    title: str
    answer: str
    summary: str
    titles: list[str]
    findings: list[str]
    notes: list[str]
    levels: list[str]
    actions: list[str]
    caveats: list[str]
    need: tuple[dict[str, Any], ...] | None

    @property
    def all(self) -> str:
        """Every text of the report."""
        return "\n".join([self.title, self.answer, self.summary, *self.findings, *self.actions, *self.caveats])


def table(id: str, columns: str, rows: list[tuple[Any, ...]], **more: Any) -> EvidenceTable:
    """A result table, its columns separated by spaces."""
    given: dict[str, Any] = {"what": "a result", "row_count": len(rows)} | more
    return EvidenceTable(id=id, columns=tuple(columns.split()), rows=tuple(rows), **given)


def message(question: str, tables: tuple[EvidenceTable, ...], understood: dict[str, Any], review: Any) -> str:
    """A user message of the insights task; `understood` as protocol.replies.Understanding."""
    parts = [
        block("question", quote(question)),
        block("reading", quote(understood)),
        block("evidence", write_evidence(Evidence(tables))),
    ]
    return "\n".join([*parts, block("review", quote(review))] if review else parts)


def check(texts: list[str]) -> None:
    """What holds for every text: whole sentences, nothing said twice within one."""
    for text in filter(None, texts):
        sentences = re.split(r"(?<=[.!?]) (?=[A-Z])", text)
        assert text.endswith((".", "!", "?")), text
        assert ".." not in text and "  " not in text and "{{" not in text, text
        assert len(sentences) == len(set(sentences)), f"said twice: {text}"


@pytest.fixture
def reported() -> Callable[..., Told]:
    """The filled report on some tables; every reference resolves, or the fixture fails."""

    def report(question: str, *tables: EvidenceTable, review: Any = None, **understood: Any) -> Told:
        evidence = Evidence(tables)
        asked = message(question, tables, understood, review)
        insights = find(asked)
        assert Insights.model_validate_json(insights.model_dump_json()) == insights
        given = block("insights", quote([i.model_dump(exclude_none=True) for i in insights.insights], references=True))
        reply = write(f"{asked}\n{given}")
        assert ReportReply.model_validate_json(reply.model_dump_json()) == reply

        def read(text: str | None) -> str:
            return fill(
                text or "", evidence, question, allowed=[c for t in tables for c in (*t.columns, *t.source)]
            ).text

        told = _told(insights.insights, reply, read, insights.need)
        check([told.answer, told.summary, *told.findings, *told.notes, *told.actions, *told.caveats])
        assert {i.table for i in insights.insights} <= {None, *(t.id for t in tables)}
        return told

    return report


def _told(insights: tuple[Insight, ...], reply: ReportReply, read: Callable[[str | None], str], need: Any) -> Told:
    return Told(
        title=read(reply.title),
        answer=read(reply.answer),
        summary=read(reply.summary),
        titles=[read(i.title) for i in insights],
        findings=[read(i.statement) for i in insights],
        notes=[read(i.caveat) for i in insights],
        levels=[i.confidence for i in insights],
        actions=[read(r.action) for r in reply.recommendations],
        caveats=[read(c) for c in reply.caveats],
        need=need,
    )


@pytest.fixture
def made() -> Callable[..., EvidenceTable]:
    """`table`, for tests that can't import this file."""
    return table
