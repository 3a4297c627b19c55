"""What a person sees while a load test runs: done, failed, p50 and p95, cost against the budget, fallbacks."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from analyst.storage.sums import percentile
from lab.loadtest.records import RequestLine

PLAIN_EVERY_S = 10.0
"""Without a terminal a line is written so often."""


class LiveProgress:
    """A bar with the figures so far on a terminal; elsewhere a plain line now and then. Goes to stderr."""

    def __init__(
        self, requests: int, budget: Decimal, console: Console, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._requests, self._budget, self._console, self._clock = requests, budget, console, clock
        self._lines: list[RequestLine] = []
        self._told_at = clock()
        self._stack = ExitStack()
        self._bar: Progress | None = None

    def __enter__(self) -> LiveProgress:
        if self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = self._stack.enter_context(Progress(*columns, console=self._console))
            self._task = self._bar.add_task("Load test", total=self._requests)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def note(self, text: str) -> None:
        """A line of its own."""
        self._console.print(text, highlight=False, markup=False)

    def __call__(self, line: RequestLine) -> None:
        self._lines.append(line)
        if line.error:
            self.note(f"request {line.id} ({line.case}) failed: {line.error}")
        if self._bar is not None:
            self._bar.update(self._task, advance=1, description=self.told())
        elif self._clock() - self._told_at >= PLAIN_EVERY_S or len(self._lines) == self._requests:
            self._told_at = self._clock()
            self.note(f"{len(self._lines)}/{self._requests}: {self.told()}")

    def told(self) -> str:
        """The figures so far on one line."""
        taken = [line.latency_s for line in self._lines if line.success]
        failed = sum(not line.success for line in self._lines)
        calls = [call for line in self._lines for call in line.calls]
        fallbacks = sum(call.fallback for call in calls)
        cost = sum(line.cost_usd for line in self._lines)
        parts = [f"{failed} failed"]
        if taken:
            parts.append(f"p50 {percentile(taken, 0.5):.1f} s, p95 {percentile(taken, 0.95):.1f} s")
        parts += [f"${cost:.4f} of ${self._budget}", f"{fallbacks} of {len(calls)} calls answered by a fallback"]
        return ", ".join(parts)
