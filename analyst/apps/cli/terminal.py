"""What a person sees at the terminal: progress while an analysis runs, then its answer. Progress goes to stderr.

On a terminal a spinner shows the stage, which agent works, which model it asks and what it has cost so far; on a plain
one (a file, a pipe, TERM=dumb) each event is a line. NO_COLOR is honoured by rich; a closed pipe ends the output, not
the analysis.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from analyst.answers.key_picture import key_picture
from analyst.core.events import Progress
from analyst.core.text import plural
from analyst.protocol.calls import ABSENT
from analyst.protocol.results import AnalysisResult, InsightRecord, KeptRecord, SavedCall
from analyst.reporting.page import AGENT_NAMES, alternatives_line, carried_line, repeats, spoken

_MARKS = {"rejected": ("↻", "yellow"), "reply": ("✓", "green"), "note": ("•", "cyan")}
MAX_TEXT = 100
"""Columns of running text: longer lines are hard to read."""


class Terminal(Console):
    """A console that ends quietly when its reader has gone: on stdout by BrokenPipeError, on stderr by silence."""

    def on_broken_pipe(self) -> None:
        """Called by rich when a write finds no reader."""
        self.quiet = True
        if not self.stderr:
            raise BrokenPipeError


def terminal(*, stderr: bool = False) -> Terminal:
    """The console on stdout or stderr; what the terminal's encoding lacks is replaced, never an error."""
    stream = sys.stderr if stderr else sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
    return Terminal(stderr=stderr)


class ProgressView:
    """Shows Progress events; safe to call from several threads (two agents work side by side)."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._begun = self._stage_begun = clock()
        self._spent = Decimal(0)
        self._stage = ""
        self._working: dict[str, tuple[str, float]] = {}
        self._live: Live | None = None
        self._spinner = Spinner("dots", style="cyan")
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[ProgressView]:
        """Show a spinner while the block runs, where there is a terminal that can redraw lines."""
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            yield self
            return
        with Live(get_renderable=self.now, console=self._console, transient=True, refresh_per_second=10) as self._live:
            yield self
            with self._lock:
                self._end_stage()
        self._live = None

    def __call__(self, event: Progress) -> None:
        with self._lock:
            if event.kind == "stage":
                self._end_stage()
                self._stage, self._stage_begun = event.text, self._clock()
            self._spent += event.cost_usd
            if event.kind == "call" and event.agent:
                self._working[event.agent] = (event.model or "?", self._clock())
            elif event.kind in ("reply", "rejected") and event.agent:
                self._working.pop(event.agent, None)
            self._show(event)

    def _end_stage(self) -> None:
        """On a terminal: the finished stage and how long it took, above the spinner."""
        if self._live is not None and self._stage:
            self._line("✓", "green", f"{self._stage}  [dim]{self._clock() - self._stage_begun:.1f} s[/]")
            self._stage = ""

    def _show(self, event: Progress) -> None:
        if self._live is None:
            if event.kind not in ("call", "plan"):  # the answer tells the plan
                self._console.print(escape(_said(event)), highlight=False, soft_wrap=True)
        elif event.kind in _MARKS:
            self._line(*_MARKS[event.kind], escape(_said(event)), indent=event.agent is not None)

    def _line(self, mark: str, colour: str, markup: str, *, indent: bool = False) -> None:
        row = Table.grid(padding=(0, 1))
        row.add_row(Text(f"{'  ' if indent else ''}{mark}", style=colour), Text.from_markup(markup))
        self._console.print(row)

    def now(self) -> RenderableType:
        """What is going on: the stage, each agent at work with its model, and the cost so far."""
        now, stage = self._clock(), self._stage or "Starting"
        self._spinner.update(text=Text(f"{stage}  {now - self._stage_begun:.0f} s"))
        agents = [
            Text.assemble("    ", AGENT_NAMES.get(agent, agent), (f" asks {model}  {now - since:.0f} s", "dim"))
            for agent, (model, since) in tuple(self._working.items())
        ]
        total = f"    {_money(self._spent)} so far · {now - self._begun:.0f} s"
        return Group(self._spinner, *agents, Text(total, style="dim"))


def _said(event: Progress) -> str:
    """An event as a line: who answered whom, what it cost and how long it took."""
    if event.kind != "reply" or not event.agent:
        return event.text
    cost = f" · {_money(event.cost_usd)}" if event.cost_usd else ""
    return f"{AGENT_NAMES.get(event.agent, event.agent)}: {event.model} · {event.latency_s:.1f} s{cost}"


def _money(amount: Decimal) -> str:
    return f"${amount:.4f}" if amount else "$0"


def show_result(console: Console, result: AnalysisResult) -> None:
    """The answer, the key chart or table as text, findings, recommendations, files, and cost, time and grounding."""
    width = min(console.width, MAX_TEXT)
    if console.is_terminal:
        console.print()
    console.print(Text(result.title, style="bold"), width=width)
    console.print(Panel(Text(result.answer), border_style="green", padding=(0, 1)), width=width)
    reading = f"Understood as: {spoken(result.reading)}" if result.reading else ""
    beside = (alternatives_line(result.alternatives), carried_line(result))
    for line in filter(None, (result.scope, reading, *beside)):
        console.print(Text(line, style="dim"), width=width)
    if result.summary:
        console.print(Text(result.summary), width=width)
    unicode = "utf" in (console.encoding or "").lower()
    if picture := key_picture(result, width, unicode=unicode):
        console.print()
        console.print(picture, markup=False, highlight=False, soft_wrap=True)
    if result.consensus or result.kept:
        console.print()
    if result.consensus:
        console.print(Text(f"• {result.consensus.note}", style="cyan"), width=width)
    if result.kept:
        console.print(f"[cyan]•[/] {escape(kept_line(result.kept))}", highlight=False)
    _list(console, "Findings", [_finding(i) for i in result.insights if not _told(i, result)], width)
    _list(console, "Recommendations", [Text(action) for action in result.recommendations], width)
    if result.unanswered and result.unanswered.rstrip(".").casefold() not in result.answer.casefold():
        _list(console, "Not answered", [Text(result.unanswered)], width, mark="[yellow]![/]")
    _list(console, "Caveats", [Text(caveat) for caveat in result.caveats], width, mark="[yellow]![/]")
    _list(console, "Ask next", [Text(question) for question in result.suggestions], width, mark="[cyan]?[/]")
    console.print()
    console.print(_files(result), width=width)
    for line in filter(None, (cost_line(result), stand_in_line(result))):
        console.print(Text(line, style="dim"), width=width)


def _list(console: Console, heading: str, items: list[Text], width: int, mark: str = "") -> None:
    """A heading and its items, numbered or with a mark, their further lines hanging under the first."""
    if not items:
        return
    console.print(f"\n[bold]{heading}[/]")
    for number, item in enumerate(items, 1):
        lead = Text.from_markup(f" {mark or f'{number}.'} ")
        for place, line in enumerate(item.wrap(console, width - len(lead))):
            line.rstrip()
            console.print(Text.assemble(lead if place == 0 else " " * len(lead), line), soft_wrap=True)


def _told(insight: InsightRecord, result: AnalysisResult) -> bool:
    """Whether the answer says it already."""
    return insight.in_answer or repeats(insight.statement, result.answer)


def _finding(insight: InsightRecord) -> Text:
    basis = f"\n{insight.confidence.capitalize()} confidence." + (f" {insight.caveat}" if insight.caveat else "")
    return Text.assemble((insight.title, "bold"), f"\n{insight.statement}", (basis, "dim"))


def _files(result: AnalysisResult) -> Text:
    """The folder once, then what lies in it."""
    paths = [Path(path) for path in result.files.values()]
    if not paths:
        return Text()
    folder = Path(os.path.commonpath([path.parent for path in paths]))
    names = [str(path.relative_to(folder)) for path in paths]
    charts = sum(name.endswith(".png") for name in names)
    told = [name for name in names if not name.startswith("charts")]
    told += [f"charts/\u00a0({charts})"] if charts else []
    return Text.assemble(("Report saved in ", "dim"), f"{_near(folder)}{os.sep}", (f"\n{', '.join(told)}", "dim"))


def _near(folder: Path) -> str:
    """The folder as seen from here, where that is shorter."""
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)


def kept_line(kept: KeptRecord) -> str:
    """Where a cached answer comes from."""
    return f"Cached answer from {told_age(kept.age_s)} ago (run {kept.run}). Use --no-cache to ignore it."


def told_age(seconds: float) -> str:
    """A time span in its largest whole unit: "2 hours"."""
    for name, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {name if count == 1 else plural(name)}"
    return "less than a minute"


def cost_line(result: AnalysisResult) -> str:
    """One line of cost, time and grounding."""
    found = result.grounding
    sources = f"{found.from_evidence} computed, {found.from_question} from the question"
    return f"{_money(result.cost_usd)} · {result.latency_s:.1f} s · {found.numbers} numbers: {sources}"


def stand_in_line(result: AnalysisResult) -> str:
    """Who answered when no better model was to be had; empty where models did."""
    if not result.degraded:
        return ""
    return f"No model was available for {len(result.degraded)} of 4 agents, so the rule-based analyst answered"


def show_routing(console: Console, result: AnalysisResult) -> None:
    """For each call: the order of the candidates and why, what was tried and how it ended, who answered."""
    for number, call in enumerate(result.calls, 1):
        ended = "returned a reply that failed the check" if call.rejected else "answered"
        head = f"{number}. {call.agent}: {call.model_used} {ended}"
        console.print(f"[bold]{escape(head)}[/] (${call.cost_usd:.6f}, {call.latency_s:.2f} s)", highlight=False)
        absent = [attempt.model for attempt in call.attempts if attempt.detail == ABSENT]
        for ranked in call.order:
            if ranked.model not in absent:
                _show_candidate(console, call, ranked.model, ranked.why)
        if absent:
            console.print(f"   [dim]{ABSENT}: {escape(', '.join(absent))}[/]", highlight=False)


def _show_candidate(console: Console, call: SavedCall, model: str, why: str) -> None:
    tries = [f"{attempt.reason}: {attempt.detail}" for attempt in call.attempts if attempt.model == model]
    tries += ["answered"] if model == call.model_used else []
    colour = "green" if model == call.model_used else "yellow" if tries else "dim"
    console.print(f"   [{colour}]{escape(model)}[/]: {escape('; '.join(tries) or 'not needed')}", highlight=False)
    console.print(f"      [dim]{escape(why)}[/]", highlight=False)
