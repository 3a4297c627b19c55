"""A small report to be kept, and the keys it is found by."""

from __future__ import annotations

from decimal import Decimal

from analyst.answers.cache.answer_cache import KeptReport, Keys
from analyst.protocol.evidence import EvidenceTable
from analyst.protocol.results import DatasetRecord, Grounding
from analyst.reporting.charts.choice import Axis, ChartChoice
from analyst.reporting.charts.drawing import Chart
from analyst.reporting.report import Report
from analyst.reporting.saving import Attachments

_CHOICE = ChartChoice("c", "bar", "Revenue", "s1", Axis("Region"), Axis("Revenue"), ({"label": "North", "value": 1.5},))
CHART = Chart(_CHOICE, {"mark": "bar"}, {"mark": "bar"}, "<svg></svg>", b"\x89PNG")


def content(id: str = "r1", answer: str = "North sold most.", cost: str = "0.03") -> KeptReport:
    table = EvidenceTable("s1", "total", ("region", "total"), (("North", 1.5), ("South", None)), 2, key=("region",))
    report = Report(
        id=id, question="q", title="Sales", answer=answer, summary="All.", tables=(table,),
        dataset=DatasetRecord(name="sales", rows=2, columns=2, fingerprint="f"), cost_usd=Decimal(cost),
        latency_s=4.0, grounding=Grounding(numbers=0, from_evidence=0, from_question=0),
    )  # fmt: skip
    return KeptReport(report, Attachments((CHART,), {"figures.csv": b"\xff"}))


def keys(name: str = "q") -> Keys:
    return Keys(f"{name}-words", f"{name}-meaning", f"{name}-plan", f"{name}-demand")
