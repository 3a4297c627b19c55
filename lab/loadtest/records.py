"""What one request of a load test came to, as the worker reports it and the result file keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from analyst.core.events import Progress, Stage
from analyst.protocol.results import AnalysisResult

STAGES = ("prepare", "agents", "compose")
"""What an analysis does one after the other: the table, the four agents, charts and report."""
_PARTS: Mapping[Stage, str] = {
    "reading": "prepare",
    "profiling": "prepare",
    "agents": "agents",
    "report": "compose",
}
"""The one of STAGES that a stage of an analysis is part of."""


@dataclass(frozen=True)
class CallLine:
    """One answered call. Seconds, tokens, USD; `failed` are the reasons of the attempts before it. `id` is that of its
    record in the books, until its cost was looked up there."""

    agent: str
    model: str
    primary: str
    fallback: bool
    reason: str | None
    rejected: bool
    input_tokens: int
    output_tokens: int
    cost_usd: float
    latency_s: float
    failed: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True)
class RequestLine:
    """One request. `started_s` counts from the test's start, `queued_s` from when the request came; seconds and USD.
    `consensus` is the outcome where several models planned it."""

    id: int
    case: str
    success: bool
    latency_s: float
    started_s: float = 0.0
    queued_s: float = 0.0
    error: str | None = None
    degraded: tuple[str, ...] = ()
    cached: bool = False
    consensus: str = ""
    cost_usd: float = 0.0
    numbers: int = 0
    stages: Mapping[str, float] = field(default_factory=dict)
    calls: tuple[CallLine, ...] = ()
    process: int = 0
    rss_mb: float = 0.0

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def read_line(given: Mapping[str, Any]) -> RequestLine:
    """The request that `plain` wrote."""
    calls = tuple(CallLine(**{**call, "failed": tuple(call["failed"])}) for call in given["calls"])
    return RequestLine(**{**given, "calls": calls, "degraded": tuple(given["degraded"])})


def call_lines(result: AnalysisResult) -> tuple[CallLine, ...]:
    """The calls of a finished analysis."""
    return tuple(
        CallLine(
            agent=call.agent,
            model=call.model_used,
            primary=call.primary,
            fallback=call.fallback,
            reason=call.reason,
            rejected=call.rejected,
            input_tokens=call.input_tokens,
            output_tokens=call.output_tokens,
            cost_usd=float(call.cost_usd),
            latency_s=call.latency_s,
            failed=tuple(attempt.reason for attempt in call.attempts if attempt.called),
            id=call.call_id,
        )
        for call in result.calls
    )


class StageWatch:
    """Takes an analysis' progress events and tells how long each stage took (seconds)."""

    def __init__(self, now: float) -> None:
        self._marks: list[tuple[str, float]] = []
        self._began = now

    def note(self, event: Progress, now: float) -> None:
        """A stage that starts ends the one before it."""
        part = _PARTS[event.stage] if event.stage else None
        if part and (not self._marks or self._marks[-1][0] != part):
            self._marks.append((part, now))

    def seconds(self, now: float) -> dict[str, float]:
        """Each stage that began, up to the next one or `now`; none where a kept answer was given again."""
        ends = [*(moment for _, moment in self._marks[1:]), now]
        return {name: round(end - began, 4) for (name, began), end in zip(self._marks, ends, strict=False)}
