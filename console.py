"""What a person sees at the terminal: progress while an analysis runs, then its answer. Progress goes to stderr.

On a terminal a spinner shows the stage, who works, which model answers and what it has cost so far; elsewhere each
event is a plain line. NO_COLOR and a closed pipe are honoured by rich and by main.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.status import Status
from rich.table import Table

from contracts.records import ABSENT, AnalysisResult, CallRecord, KeptRecord, Progress

_MARKS = {"rejected": "[yellow]↻[/]", "reply": "[green]✓[/]", "note": "[cyan]•[/]", "done": "[green]✓[/]"}


class ProgressView:
    """Shows Progress events; safe to call from several threads (two agents work side by side)."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._spent = Decimal(0)
        self._stage = ""
        self._working: dict[str, str] = {}
        self._status: Status | None = None
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[ProgressView]:
        """Show a spinner while the block runs, where there is a terminal."""
        if not self._console.is_terminal:
            yield self
            return
        with self._console.status("Starting") as self._status:
            yield self
        self._status = None

    def __call__(self, event: Progress) -> None:
        with self._lock:
            self._note(event)
            self._show(event)

    def _note(self, event: Progress) -> None:
        self._spent += event.cost_usd
        if event.kind == "stage":
            self._stage = event.text
        elif event.kind == "call" and event.agent:
            self._working[event.agent] = event.model or "?"
        elif event.kind in ("reply", "rejected") and event.agent:
            self._working.pop(event.agent, None)

    def _show(self, event: Progress) -> None:
        if self._status is None:
            if event.kind != "call":
                self._console.print(escape(event.text), highlight=False, soft_wrap=True)
            return
        if event.kind in _MARKS:
            self._console.print(f"{_MARKS[event.kind]} {escape(event.text)}", highlight=False)
        who = ", ".join(f"{agent.replace('_', ' ')} ({model})" for agent, model in self._working.items())
        spent = f" · ${self._spent:.4f}" if self._spent else " · $0"
        self._status.update(escape(f"{self._stage}{': ' + who if who else ''}{spent}"))


def show_result(console: Console, result: AnalysisResult, chart_text: str) -> None:
    """The answer, the key chart or table as text, findings, recommendations, files, and cost, time and grounding."""
    console.print(Panel(escape(result.answer), title=escape(result.title), title_align="left", border_style="green"))
    if chart_text:
        console.print(chart_text, markup=False, highlight=False, soft_wrap=True)
        console.print()
    if result.kept:
        console.print(f"[cyan]•[/] {escape(kept_line(result.kept))}", highlight=False)
    _show_findings(console, result)
    for caveat in result.caveats:
        console.print(f"[yellow]![/] {escape(caveat)}", highlight=False)
    console.print()
    files = Table.grid(padding=(0, 2))
    for name, path in result.files.items():
        files.add_row(f"[dim]{escape(name)}[/]", escape(path))
    console.print(files)
    console.print(f"[dim]{escape(cost_line(result))}[/]", highlight=False)


def _show_findings(console: Console, result: AnalysisResult) -> None:
    if result.insights:
        console.print("[bold]Findings[/]")
    for number, insight in enumerate(result.insights, 1):
        console.print(
            f" {number}. {escape(insight.statement)} [dim]({insight.confidence} confidence)[/]", highlight=False
        )
    if result.recommendations:
        console.print("[bold]Recommendations[/]")
    for action in result.recommendations:
        console.print(f" • {escape(action)}", highlight=False)


def kept_line(kept: KeptRecord) -> str:
    """Where an answer comes from that was not made anew."""
    return f"Kept answer of {told_age(kept.age_s)} ago (run {kept.run}); --no-cache asks anew."


def told_age(seconds: float) -> str:
    """A time span in its largest whole unit: "2 hours"."""
    for name, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a minute"


def cost_line(result: AnalysisResult) -> str:
    """One line of cost, time and grounding, and who answered when no better model was to be had."""
    grounding = result.grounding
    parts = [
        f"${result.cost_usd:.4f}",
        f"{result.latency_s:.1f} s",
        f"{grounding.numbers} numbers: {grounding.from_evidence} computed, {grounding.from_question} from the question",
    ]
    if result.degraded:
        parts.append(f"embedded analyst for {len(result.degraded)} of 4 agents (no model was reachable for them)")
    return " · ".join(parts)


def show_routing(console: Console, result: AnalysisResult) -> None:
    """For each call: the order of the candidates and why, what was tried and how it ended, who answered."""
    for number, call in enumerate(result.calls, 1):
        ended = "gave a reply that failed the check" if call.rejected else "answered"
        head = f"{number}. {call.agent}: {call.model_used} {ended}"
        console.print(f"[bold]{escape(head)}[/] (${call.cost_usd:.6f}, {call.latency_s:.2f} s)", highlight=False)
        absent = [attempt.model for attempt in call.attempts if attempt.detail == ABSENT]
        for ranked in call.order:
            if ranked.model not in absent:
                _show_candidate(console, call, ranked.model, ranked.why)
        if absent:
            console.print(f"   [dim]{ABSENT}: {escape(', '.join(absent))}[/]", highlight=False)


def _show_candidate(console: Console, call: CallRecord, model: str, why: str) -> None:
    tries = [f"{attempt.reason}: {attempt.detail}" for attempt in call.attempts if attempt.model == model]
    tries += ["answered"] if model == call.model_used else []
    colour = "green" if model == call.model_used else "yellow" if tries else "dim"
    console.print(f"   [{colour}]{escape(model)}[/]: {escape('; '.join(tries) or 'not needed')}", highlight=False)
    console.print(f"      [dim]{escape(why)}[/]", highlight=False)
