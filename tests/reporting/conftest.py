"""Result tables of every kind, as the methods make them, and a report over them that holds hostile texts."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from analyst.core.agents import AGENTS
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.results import AnalysisResult, ChartRecord, DatasetRecord, Grounding, SavedCall
from analyst.reporting.report import DataIssue, Finding, RecommendedAction, Report

MONTHS = [f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)]
VALUES = [100_000 + 3_000 * i + 15_000 * math.sin(i / 2) for i in range(24)]
HOSTILE = (
    "<script>window.hacked=1</script>",
    "a\nb" + "x" * 5000,
    "|`*_[l](javascript:alert(1))]]>&quot;",
    "{{s1.mean}}",
)


def table(id: str, columns: str, rows: Any, **more: Any) -> EvidenceTable:
    """A result table, its columns separated by spaces."""
    found = tuple(tuple(row) for row in rows)
    given: dict[str, Any] = {"what": f"Results {id}", "row_count": len(found)} | more
    return EvidenceTable(id=id, columns=tuple(columns.split()), rows=found, **given)


def _tables() -> list[EvidenceTable]:
    products = [f"Product {chr(65 + i)}" for i in range(18)]
    money = {"parameters": {"value": "revenue", "agg": "sum"}}
    change = [(p, 1000.0, 1000.0 + d, float(d), d / 1000) for p, d in zip(products, range(-400, 500, 50), strict=True)]
    quarters = [(r, f"2024-Q{q}", 100.0 * q + n, False) for n, r in enumerate(("North", "South")) for q in (1, 2, 3, 4)]
    pairs = [("price", "units", -0.6, 0.01), ("price", "rating", 0.2, 0.3), ("units", "rating", 0.1, 0.4)]
    return [
        table(
            "t",
            "period value partial",
            zip(MONTHS, VALUES, [False] * 23 + [True], strict=True),
            method="trend",
            **money,
        ),
        table("t_summary", "periods p", [(24, 0.00001)], method="trend"),
        table("tb", "region period value partial", quarters, key=("region", "period"), method="trend", **money),
        table(
            "c", "product before after change growth", change, method="change", formats={"growth": "percent"}, **money
        ),
        table("c_total", "from to change", [("2024-Q3", "2024-Q4", 900.0)], method="change"),
        table(
            "sh",
            "product value share",
            [(p, 1e6 / (i + 1), 0.1) for i, p in enumerate(products)],
            method="share",
            **money,
        ),
        table("co", "x y r p", pairs, method="correlation"),
        table("one_pair", "x y r p", pairs[:1], method="correlation"),
        table("one_pair_points", "x y", [(i, 100 - i + i % 7) for i in range(50)], audience="chart"),
        table(
            "g",
            "statistic p n",
            [(3.2, 0.001, 300)],
            method="compare_groups",
            parameters={"value": "fee", "group": "left"},
        ),
        table(
            "g_box", "level low q1 median q3 high", [("yes", 3.0, 5.0, 7.0, 8.0, 11.0), ("no", 1.0, 4.0, 5.0, 7.0, 9.0)]
        ),
        table("d", "variable n mean", [("fare", 891, 32.2)], method="describe"),
        table(
            "d_hist",
            "variable bin_start bin_end count",
            [("fare", i * 10.0, i * 10.0 + 10, 90 - i * 8) for i in range(10)],
        ),
        table(
            "dr",
            "feature association p",
            [("tenure", 0.3, 0.01), ("fee", 0.1, 0.02)],
            method="drivers",
            key=("feature",),
        ),
        table(
            "f",
            "period mean low_80 high_80 low_95 high_95",
            [(f"2025-0{m}", 170e3, 160e3, 180e3, 150e3, 190e3) for m in (1, 2, 3)],
            method="forecast",
            parameters={"value": "revenue", "time": "date"},
        ),
        table("f_history", "period value", zip(MONTHS, VALUES, strict=True), audience="chart"),
        table("an", "label value robust_z", [("2024-03", VALUES[14], 4.2)], method="anomalies", key=("label",)),
        table("an_history", "period value", zip(MONTHS, VALUES, strict=True), audience="chart"),
        table(
            "rate",
            "channel conversion ci_low ci_high",
            [("Mail", 0.12, 0.1, 0.14), ("Search", 0.08, 0.07, 0.09)],
            formats={"conversion": "percent"},
        ),
        table("week", "weekday orders", [("Friday", 120), ("Monday", 100), ("Sunday", 80)]),
        table(
            "grid",
            "branch segment revenue",
            [(b, s, len(b) * len(s) * 1.0) for b in ("Lyon", "Nancy") for s in ("Gold", "Tin")],
        ),
        table(
            "bad", "name value", [(text, float(9 - i)) for i, text in enumerate(HOSTILE)], sql="SELECT '</script>```'"
        ),
        table("both", "branch cost sales", [("Lyon", 40.0, 90.0), ("Nancy", 60.0, 50.0)]),
        table("single", "total", [(5.0,)]),
        table("empty", "a b", []),
    ]


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    """One table a kind of result."""
    return Evidence(tuple(_tables()))


@pytest.fixture(scope="session")
def report(evidence: Evidence) -> Report:
    """A report whose texts, names and cells try to break out of every format."""
    findings = (
        Finding("Growth", "Product R grew by 45%.", "high", None, "chart_c", "c"),
        Finding(HOSTILE[0], f"{HOSTILE[2]} <img src=x onerror=window.hacked=2>", "low", HOSTILE[0], "chart_bad", "bad"),
    )
    return Report(
        id="20261124-021500-ab12cd",
        question="Which grew <b onclick=alert(1)>most</b>?",
        title="Growth </title><script>window.hacked=3</script>",
        answer="Product R grew most, by 45% | see `code`.",
        summary="First line.\n# not a heading\n- not a list",
        reading=HOSTILE[2],
        dataset=DatasetRecord(name=HOSTILE[0], rows=50_000, columns=11, fingerprint="abcdef0123456789"),
        findings=findings,
        recommendations=(RecommendedAction("Stock up.", 1),),
        caveats=(HOSTILE[0],),
        fields={HOSTILE[0]: "45%"},
        issues=(DataIssue("missing", "price", "low", HOSTILE[0]),),
        tables=evidence.tables,
        plan={"steps": [{"id": "bad", "sql": "SELECT '</script><script>window.hacked=4</script>'"}]},
        calls=tuple(_call(agent) for agent in AGENTS),
        cost_usd=Decimal("0.0008"),
        latency_s=6.42,
        degraded=("report_writer",),
        grounding=Grounding(numbers=14, from_evidence=12, from_question=2),
        created=datetime(2026, 11, 24, 2, 15, tzinfo=timezone.utc),
    )


def _call(agent: str) -> SavedCall:
    return SavedCall(
        call_id=agent,
        agent=agent,
        primary="cheap",
        model_used="cheap",
        fallback=False,
        reason=None,
        rejected=False,
        input_tokens=1000,
        output_tokens=200,
        cost_usd=Decimal("0.0002"),
        latency_s=1.0,
    )


@pytest.fixture(scope="session")
def result(report: Report) -> AnalysisResult:
    """The result that belongs to the report."""
    assert report.dataset and report.grounding
    return AnalysisResult(
        id=report.id,
        question=report.question,
        reading="",
        dataset=report.dataset,
        title=report.title,
        answer=report.answer,
        summary=report.summary,
        report="",
        insights=(),
        recommendations=(),
        caveats=(),
        fields={},
        plan={},
        evidence=(),
        charts=(ChartRecord(id="chart_c", title="Growth", table="c", kind="diverging"),),
        grounding=report.grounding,
        calls=(),
        cost_usd=Decimal(0),
        latency_s=1.0,
        degraded=(),
        files={},
    )
