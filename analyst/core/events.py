"""What happens while an analysis runs, as events for whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

Stage = Literal["reading", "profiling", "agents", "report"]
"""Where an analysis is: its file is read, its table profiled, the agents work, charts and report are made."""


@dataclass(frozen=True)
class FirstFigures:
    """The first results of an analysis as readers see them: `rows` as text, which columns are `numeric`, how long each
    row's bar is (0 to 1; none where bars say nothing), how many rows are `left`, and the `chart` that they make, ready
    to be drawn (JSON of reporting.charts.choice; "" where none says anything)."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    bars: tuple[float, ...] = ()
    left: int = 0
    chart: str = ""


@dataclass(frozen=True)
class Progress:
    """Something that happened, for whoever watches: `kind` is stage, call, reply, rejected, plan or note.

    With kind plan, `text` says in words what was computed, and `figures` are its first results. `stage` is where the
    analysis was (with kind stage: what begins); `run_id` is the analysis that the event belongs to. Both are None for
    what concerns no single analysis.
    """

    kind: Literal["stage", "call", "reply", "rejected", "plan", "note"]
    text: str
    agent: str | None = None
    model: str | None = None
    cost_usd: Decimal = Decimal(0)
    latency_s: float = 0.0
    stage: Stage | None = None
    run_id: str | None = None
    figures: FirstFigures | None = None


EndState = Literal["done", "failed", "cancelled", "parked"]
"""How an analysis of the service ended. Parked: it stopped its process again and again, and is not tried any more."""


@dataclass(frozen=True)
class Failure:
    """Why an analysis ended without an answer: `code` is the error's class, `exit_code` that of the command line."""

    code: str
    message: str
    fix: str = ""
    exit_code: int = 1


@dataclass(frozen=True)
class Ended:
    """The last event of an analysis; `failure` says why there is no answer."""

    state: EndState
    failure: Failure | None = None


@dataclass(frozen=True)
class RunEvent:
    """An event as the service keeps it: the `seq`th of its analysis (from 1), at Unix time `at`."""

    seq: int
    at: float
    event: Progress | Ended


OnEvent = Callable[[Progress], None]


@dataclass(frozen=True)
class Written:
    """A piece of text that `model` has just written for `agent` in an analysis.

    A piece with another `call` belongs to another try: what an abandoned one wrote is void.
    """

    call: str
    agent: str
    model: str
    text: str
    run_id: str | None = None


OnText = Callable[[Written], None]


class RunEvents:
    """Tells the events of one analysis: each with the run's id and the stage in which it happened."""

    def __init__(self, run_id: str, tell: OnEvent) -> None:
        self._run_id, self._tell = run_id, tell
        self._stage: Stage | None = None

    def __call__(self, event: Progress) -> None:
        if event.kind == "stage":
            self._stage = event.stage
        self._tell(replace(event, run_id=self._run_id, stage=self._stage))

    def note(self, text: str) -> None:
        """Tell something that the reader may want to know."""
        self(Progress("note", text))
