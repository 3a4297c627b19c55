"""The finished report, ready to be written in any format: all texts are filled, nothing is computed after this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from analyst.protocol.evidence import EvidenceTable
from analyst.protocol.replies import Alternative
from analyst.protocol.results import CitedRecord, ConsensusRecord, DatasetRecord, Grounding, SavedCall
from analyst.protocol.selection import Selection
from analyst.protocol.table import IngestNote


@dataclass(frozen=True)
class Finding:
    """An insight with its numbers filled in. `chart` is the id of the chart that shows it, `table` what it rests on;
    `in_answer`: it cites nothing that the answer does not cite."""

    title: str
    statement: str
    confidence: str = "medium"
    caveat: str | None = None
    chart: str | None = None
    table: str | None = None
    in_answer: bool = False


@dataclass(frozen=True)
class Basis:
    """What the answer is read from: a result table, and the rows of it that the answer speaks of."""

    table: str
    rows: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True)
class RecommendedAction:
    """What to do, and the number (from 1) of the finding that it rests on."""

    action: str
    finding: int | None = None


@dataclass(frozen=True)
class DataIssue:
    """A problem of the data that matters here and what was or should be done about it."""

    issue: str
    column: str | None = None
    severity: str = "medium"
    action: str = ""


@dataclass(frozen=True)
class Report:
    """Everything that a reader sees. `degraded` names the agents that the embedded analyst stood in for; `notes` are
    further lines for the method section; `plan` is the plan as run; `consensus` is there when several models were asked
    for one; `suggestions` are questions to ask next. `basis`: what the answer is read from; `scope`: conditions of its
    rows that no text says; `refused`: the table can't answer the question, and nothing else is told; `cited`: where the
    values in the texts come from. `follows` is the run that the question follows up on, `carried` what it keeps of that
    one's question. `alternatives`: words of the question that may mean something else, too. `selection`: what the
    answer's table computes, where menus can say it; `edited`: it was asked for so."""

    id: str
    question: str
    title: str
    answer: str
    summary: str
    reading: str = ""
    unanswered: str | None = None
    suggestions: tuple[str, ...] = ()
    basis: Basis | None = None
    scope: str = ""
    refused: bool = False
    dataset: DatasetRecord | None = None
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[RecommendedAction, ...] = ()
    caveats: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    review: str = ""
    issues: tuple[DataIssue, ...] = ()
    ingest_notes: tuple[IngestNote, ...] = ()
    notes: tuple[str, ...] = ()
    tables: tuple[EvidenceTable, ...] = ()
    warnings: tuple[str, ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[SavedCall, ...] = ()
    cost_usd: Decimal = Decimal(0)
    latency_s: float = 0.0
    degraded: tuple[str, ...] = ()
    grounding: Grounding | None = None
    created: datetime | None = None
    consensus: ConsensusRecord | None = None
    cited: tuple[CitedRecord, ...] = ()
    follows: str | None = None
    alternatives: tuple[Alternative, ...] = ()
    selection: Selection | None = None
    edited: bool = False
    carried: tuple[str, ...] = ()
