"""What happens while an analysis runs, as events for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Stage = Literal["reading", "profiling", "agents", "report"]
"""Where an analysis is: its file is read, its table profiled, the agents work, charts and report are made."""


@dataclass(frozen=True)
class Progress:
    """Something that happened, for whoever watches: `kind` is stage, call, reply, rejected or note.

    `stage` is told with stage events; `run_id` is the analysis it belongs to, None for what concerns no single one.
    """

    kind: Literal["stage", "call", "reply", "rejected", "note"]
    text: str
    agent: str | None = None
    model: str | None = None
    cost_usd: Decimal = Decimal(0)
    latency_s: float = 0.0
    stage: Stage | None = None
    run_id: str | None = None
