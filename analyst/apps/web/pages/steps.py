"""The steps of an analysis as a person watches them, made of its events: who works, with which model, since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from analyst.core.agents import AGENTS, EMBEDDED_MODEL, JUDGE
from analyst.core.events import Ended, FirstFigures, Progress, RunEvent

StepState = Literal["waiting", "working", "done", "stopped"]
READ, REPORT = "read", "report"
"""The steps before and after the agents'."""
NAMES = {
    READ: ("Read the table", "opens the file and measures every column"),
    "data_profiler": ("Data Profiler", "says what in the data could mislead"),
    "query_interpreter": ("Query Interpreter", "turns the question into a plan, which code computes"),
    "insight_generator": ("Insight Generator", "says what the results mean"),
    "report_writer": ("Report Writer", "writes the answer"),
    REPORT: ("Make the report", "draws the charts and writes the files"),
}
"""Each step's name and what it does, in their order."""
RULES = "built-in rules"
"""What the rule-based analyst is called where a model's name stands."""


@dataclass
class Step:
    """One step. `models` are those that answered, the last one last; `since` is the Unix time of its last beginning;
    `notes` is what went otherwise than planned."""

    key: str
    state: StepState = "waiting"
    models: list[str] = field(default_factory=list)
    asked: str = ""
    since: float = 0.0
    seconds: float = 0.0
    cost_usd: Decimal = Decimal(0)
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called."""
        return NAMES[self.key][0]

    @property
    def purpose(self) -> str:
        """What it does."""
        return NAMES[self.key][1]

    @property
    def model(self) -> str:
        """Who works or worked on it."""
        return self.asked if self.state == "working" else self.models[-1] if self.models else ""


@dataclass(frozen=True)
class Course:
    """How far an analysis is: its steps, the plan in words and its first figures, what was noted of the data, and what
    it cost so far."""

    steps: tuple[Step, ...]
    plan: str
    figures: FirstFigures | None
    notes: tuple[str, ...]
    cost_usd: Decimal
    last: int
    """The number of the last event."""

    @property
    def now(self) -> str:
        """What goes on, in a line for a screen reader."""
        working = [step.name for step in self.steps if step.state == "working"]
        return f"Now: {', '.join(working)}." if working else ""


def course(events: Sequence[RunEvent]) -> Course:
    """The course that an analysis took by its events so far."""
    steps = {key: Step(key) for key in NAMES}
    plan, figures, notes, last = "", None, dict[str, None](), 0
    for told in events:
        last = told.seq
        if isinstance(told.event, Ended):
            _end(steps.values(), told.event.state == "done", told.at)
        elif told.event.kind == "plan":
            plan, figures = told.event.text, told.event.figures
        elif told.event.kind == "note" and told.event.agent is None:
            notes[told.event.text] = None
        else:
            _take(steps, told.event, told.at)
    cost = sum((step.cost_usd for step in steps.values()), Decimal(0))
    return Course(tuple(steps.values()), plan, figures, tuple(notes), cost, last)


def _take(steps: dict[str, Step], event: Progress, at: float) -> None:
    if event.kind == "stage":
        _enter(steps, event, at)
        return
    step = steps.get("query_interpreter" if event.agent == JUDGE else event.agent or "")
    if step is None:
        return
    step.cost_usd += event.cost_usd
    if event.kind == "call":
        step.state, step.asked, step.since = "working", _called(event.model), at
    elif event.kind == "reply":
        step.state, step.seconds = "done", step.seconds + event.latency_s
        step.models.append(_called(event.model))
    else:
        step.notes.append(event.text)
    _close_before(steps, step, at)


def _enter(steps: dict[str, Step], event: Progress, at: float) -> None:
    """A stage begins: what came before it is done."""
    read, report = steps[READ], steps[REPORT]
    if event.stage in ("reading", "profiling"):
        read.state, read.since = "working", read.since or at
    elif event.stage == "agents":
        _close(read, at)
    elif event.stage == "report":
        for step in steps.values():
            _close(step, at)
        report.state, report.since = "working", at


def _close_before(steps: dict[str, Step], begun: Step, at: float) -> None:
    """The reading is done once an agent works."""
    if begun.key in AGENTS:
        _close(steps[READ], at)


def _close(step: Step, at: float) -> None:
    if step.state == "working":
        step.state = "done"
        step.seconds = step.seconds or max(at - step.since, 0.0)


def _end(steps: Iterable[Step], done: bool, at: float) -> None:
    for step in steps:
        if step.state == "working":
            _close(step, at)
            step.state = "done" if done else "stopped"


def _called(model: str | None) -> str:
    return RULES if model == EMBEDDED_MODEL else model or ""
