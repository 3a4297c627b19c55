from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from console import ProgressView, cost_line, kept_line, show_result
from contracts.records import AnalysisResult, DatasetRecord, Grounding, InsightRecord, KeptRecord, Progress


def result(degraded: tuple[str, ...] = ()) -> AnalysisResult:
    return AnalysisResult(
        id="run-1",
        question="q",
        reading="",
        dataset=DatasetRecord(name="t", rows=1, columns=1, fingerprint="f"),
        title="Revenue [red]by[/] product",
        answer="Lamps grew 12 %.",
        summary="",
        report="",
        insights=(InsightRecord(title="t", statement="Lamps lead.", confidence="high"),),
        recommendations=("Order more lamps.",),
        caveats=("Small sample.",),
        fields={},
        plan={},
        evidence=(),
        charts=(),
        grounding=Grounding(numbers=3, from_evidence=2, from_question=1),
        calls=(),
        cost_usd=Decimal("0.0123"),
        latency_s=4.25,
        degraded=degraded,
        files={"report.html": "/runs/1/report.html"},
    )


def shown(degraded: tuple[str, ...] = ()) -> str:
    out = StringIO()
    show_result(Console(file=out, width=100), result(degraded), "lamp ████")
    return out.getvalue()


def test_the_answer_comes_first_then_chart_findings_recommendations_and_files() -> None:
    text = shown()
    order = [
        "Lamps grew 12 %.",
        "lamp ████",
        "Lamps lead.",
        "Order more lamps.",
        "Small sample.",
        "/runs/1/report.html",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_markup_in_a_text_is_shown_not_obeyed() -> None:
    assert "[red]by[/]" in shown()


def test_one_line_tells_cost_time_and_grounding_and_who_stood_in() -> None:
    assert cost_line(result()) == "$0.0123 · 4.2 s · 3 numbers: 2 computed, 1 from the question"
    assert "embedded analyst for 2 of 4 agents" in cost_line(result(("a", "b")))


def test_without_a_terminal_progress_is_plain_lines() -> None:
    out = StringIO()
    view = ProgressView(Console(file=out))
    with view.running():
        view(Progress("stage", "Reading sales.csv"))
        view(Progress("note", "2 rows [repaired]"))
    assert out.getvalue() == "Reading sales.csv\n2 rows [repaired]\n"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(5, "less than a minute"), (60, "1 minute"), (7_500, "2 hours"), (86_400, "1 day"), (200_000, "2 days")],
)
def test_the_age_of_a_kept_answer_is_told_in_its_largest_unit(seconds: float, told: str) -> None:
    kept = KeptRecord(run="r1", tier=1, age_s=seconds, saved_usd=Decimal(0), saved_s=0.0)
    assert kept_line(kept) == f"Kept answer of {told} ago (run r1); --no-cache asks anew."
