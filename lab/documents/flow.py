"""The left and the top of the diagram: doors, service and store, and what an analysis hands from step to step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.documents.figures import AgentPlan, judge_plan

COLOURS = {
    "data_profiler": "#0072b2",
    "query_interpreter": "#d55e00",
    "insight_generator": "#009e73",
    "report_writer": "#aa4499",
}
"""Okabe and Ito's colours: told apart by the colour-blind too."""
COLUMN_X, COLUMN_WIDTH = 70, 320
LINE, HEAD, PAD = 20, 30, 14
"""Heights in a box: a line of text, its title, and what is left below."""
DOORS = ("Terminal", "Web page", "HTTP API", "MCP")
DOOR_WIDTH, DOOR_HEIGHT, BAND_TOP, BAND_HEIGHT = 155, 50, 112, 112
SERVICE_X, SERVICE_WIDTH, STORE_X, STORE_WIDTH = 480, 400, 1066, 498


@dataclass(frozen=True)
class Box:
    """A labelled rectangle: its top left corner, its size, its lines of text."""

    x: float
    y: float
    width: float
    height: float
    title: str
    lines: tuple[str, ...] = ()
    colour: str = "#ffffff"

    @property
    def middle(self) -> float:
        """The y of its middle."""
        return self.y + self.height / 2

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height


@dataclass(frozen=True)
class Step:
    """A box of the column before it has its place; `hands_on` is what the next one gets ("": they run in parallel)."""

    key: str
    title: str
    lines: tuple[str, ...]
    hands_on: str
    colour: str = "#ffffff"

    @property
    def height(self) -> float:
        """What its texts need."""
        return HEAD + LINE * len(self.lines) + PAD


def steps(plans: Sequence[AgentPlan]) -> Iterator[Step]:
    """The column from the table to the report."""
    told = {plan.name: plan for plan in plans}

    def agent(name: str, hands_on: str, *more: str) -> Step:
        plan = told[name]
        tokens = f"{plan.primary.input_tokens:,} tokens in, {plan.primary.output_tokens:,} out"
        latency = f"mean {plan.latency_s['mean']:.2f} s, p95 {plan.latency_s['p95']:.2f} s"
        return Step(name, plan.role.role, (tokens, latency, *more), hands_on, COLOURS[name])

    first, *others = judge_plan().models
    yield Step(
        "table", "Table and question", ("opened, profiled, private values hidden",), "column card, data problems"
    )
    yield agent("data_profiler", "")
    yield agent("query_interpreter", "plan: SQL and statistical methods")
    yield Step(
        "engine",
        "Engine: DuckDB",
        (
            "checks and runs the plan in a child process,",
            "with scipy, statsmodels and scikit-learn; large",
            "tables are asked on Spark or PostgreSQL",
        ),
        "results",
    )
    judged = ("several models plan, asked if results differ:", first, *(f"then {name}" for name in others))
    yield Step("judge", "Judge, for critical questions", judged, "evidence")
    yield agent("insight_generator", "findings that refer to results", "may ask the engine for one more plan")
    yield agent("report_writer", "text with references, no figures")
    yield Step("report", "Report", ("numbers filled in and checked by code,", "charts, HTML, PDF, result.json"), "")


def placed(plans: Sequence[AgentPlan], top: float, bottom: float) -> dict[str, tuple[Box, str]]:
    """Each step's box between `top` and `bottom`, evenly spaced, with what it hands on."""
    column = list(steps(plans))
    gap = (bottom - top - sum(step.height for step in column)) / (len(column) - 1)
    boxes, y = {}, top
    for step in column:
        box = Box(COLUMN_X, y, COLUMN_WIDTH, step.height, step.title, step.lines, step.colour)
        boxes[step.key] = (box, step.hands_on)
        y += step.height + gap
    return boxes


def band() -> dict[str, Box | list[Box]]:
    """The doors, the service behind them, and the store."""
    gap = BAND_HEIGHT - 2 * DOOR_HEIGHT
    doors = [
        Box(
            COLUMN_X + (place % 2) * (DOOR_WIDTH + gap),
            BAND_TOP + (place // 2) * (DOOR_HEIGHT + gap),
            DOOR_WIDTH,
            DOOR_HEIGHT,
            name,
        )
        for place, name in enumerate(DOORS)
    ]
    service = ("one queue of analyses for all doors:", "submit, follow, cancel, resume, follow up", "worker processes")
    store = ("SQLite, or PostgreSQL for many machines:", "jobs, budget ledger, call records,", "limits, cached answers")
    return {
        "doors": doors,
        "service": Box(SERVICE_X, BAND_TOP, SERVICE_WIDTH, BAND_HEIGHT, "Service", service),
        "store": Box(STORE_X, BAND_TOP, STORE_WIDTH, BAND_HEIGHT, "Store", store),
    }
