from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from io import StringIO
from itertools import count
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from analyst.apps.cli.terminal import ProgressView, Terminal, cost_line, kept_line, show_result, stand_in_line
from analyst.core.events import Progress
from analyst.protocol.evidence import EvidenceTable
from analyst.protocol.results import AnalysisResult, DatasetRecord, Grounding, InsightRecord, KeptRecord

SALES = EvidenceTable("s1", "Units by product", ("product", "units"), (("lamp", 9), ("vase", 4)), 2)


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
        evidence=(asdict(SALES),),
        charts=(),
        grounding=Grounding(numbers=3, from_evidence=2, from_question=1),
        calls=(),
        cost_usd=Decimal("0.0123"),
        latency_s=4.25,
        degraded=degraded,
        files={"report.html": "/runs/1/report.html"},
    )


def shown(width: int = 100, **given: Any) -> str:
    out = StringIO()
    show_result(Console(file=out, width=width), result().model_copy(update=given))
    return out.getvalue()


def test_the_answer_comes_first_then_chart_findings_recommendations_and_files() -> None:
    text = shown()
    order = [
        "Lamps grew 12 %.",
        "lamp",
        "Lamps lead.",
        "Order more lamps.",
        "Small sample.",
        "/runs/1/",
        "report.html",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_markup_in_a_text_is_shown_not_obeyed() -> None:
    assert "[red]by[/]" in shown()


def test_one_line_tells_cost_time_and_grounding_and_another_who_stood_in() -> None:
    assert cost_line(result()) == "$0.0123 · 4.2 s · 3 numbers: 2 computed, 1 from the question"
    assert "for 2 of 4 agents, so the rule-based analyst answered" in stand_in_line(result(("a", "b")))
    assert stand_in_line(result()) == ""


def test_files_are_one_folder_and_names() -> None:
    folder = {f"charts/c{n}.{kind}": f"/runs/1/charts/c{n}.{kind}" for n in (1, 2) for kind in ("svg", "png")}
    files = {"report.html": "/runs/1/report.html", "report.md": "/runs/1/report.md"} | folder
    text = shown(files=files)
    assert "Report saved in /runs/1/\nreport.html, report.md, charts/\u00a0(2)\n" in text


def test_a_finding_that_says_what_the_answer_says_is_not_shown_again() -> None:
    again = (InsightRecord(title="t", statement="Lamps grew 12 %.", confidence="high"),)
    assert "Findings" not in shown(insights=again)


def test_a_finding_says_its_confidence_and_then_its_caveat() -> None:
    said = InsightRecord(title="Lamps lead", statement="By far.", confidence="high", caveat="Every row is counted.")
    assert "Lamps lead\n    By far.\n    High confidence. Every row is counted." in shown(insights=(said,))


def test_no_line_ends_in_spaces_and_long_ones_hang_under_their_first() -> None:
    long = InsightRecord(title="t", statement="word " * 40, confidence="low")
    lines = shown(insights=(long,), width=60).split("\n")
    assert all(line == line.rstrip() for line in lines if not line.startswith(("│", "╭", "╰")))
    assert any(line.startswith("    word") for line in lines) and max(map(len, lines)) <= 60


def screen(width: int = 80, **environment: str) -> tuple[Console, StringIO]:
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=True, _environ=environment or {"TERM": "xterm-256color"})
    return console, out


def test_on_a_terminal_stages_agents_models_and_cost_are_seen_while_they_happen() -> None:
    console, out = screen()
    ticks = count()
    view = ProgressView(console, clock=lambda: float(next(ticks)))
    with view.running():
        view(Progress("stage", "Reading sales.csv"))
        view(Progress("stage", "Running the agents"))
        view(Progress("call", "x", "data_profiler", "groq-gpt-oss-20b"))
        view(Progress("reply", "x", "report_writer", "claude-sonnet-5-5", Decimal("0.0042"), 1.25))
        now = StringIO()
        Console(file=now, width=80).print(view.now())
    assert "Running the agents" in now.getvalue() and "$0.0042 so far" in now.getvalue()
    assert "Data Profiler asks groq-gpt-oss-20b" in now.getvalue()
    text = Text.from_ansi(out.getvalue()).plain
    assert "✓ Reading sales.csv" in text and "Report Writer: claude-sonnet-5-5 · 1.2 s · $0.0042" in text


def test_a_dumb_terminal_gets_plain_lines() -> None:
    console, out = screen(TERM="dumb")
    view = ProgressView(console)
    with view.running():
        view(Progress("stage", "Reading sales.csv"))
        view(Progress("call", "x", "data_profiler", "groq"))
    assert out.getvalue() == "Reading sales.csv\n"


def test_a_reader_that_has_gone_ends_the_answer_but_not_the_progress() -> None:
    class Gone(StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Terminal(file=Gone()).print("answer")
    progress = Terminal(file=Gone(), stderr=True)
    progress.print("stage")
    assert progress.quiet


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
    assert kept_line(kept) == f"Cached answer from {told} ago (run r1). Use --no-cache to ignore it."
