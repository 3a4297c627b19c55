"""Draws an analysis' charts while its report is written: 0.1 s each, the first one of a process longer.

What is drawn is only what the finished report asks for: a chart that was not begun is drawn then, one that nobody asks
for any more is dropped. Drawing holds Python's interpreter lock for 50 ms at a time, so the writer's request gets a
head start: without it the request would go out later by as much as drawing takes, and nothing would be won.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from analyst.reporting.charts.drawing import Chart, ChartChoice, draw

Draw = Callable[[ChartChoice], Chart]
HEAD_START_S = 0.05
"""What it takes to get the writer's request out, generously."""


class Illustrator:
    """One analysis' charts on a thread of their own; use as a context manager.

    `draw` makes one chart; drawing starts `head_start_s` after `begin`, at once when a chart is wanted.
    """

    def __init__(self, draw: Draw = draw, head_start_s: float = HEAD_START_S) -> None:
        self._draw, self._head_start_s = draw, head_start_s
        self._wanted = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="charts")
        self._begun: Future[list[tuple[ChartChoice, Chart]]] | None = None

    def __enter__(self) -> Illustrator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def begin(self, choose: Callable[[], Iterable[ChartChoice]]) -> None:
        """Draw what `choose` gives, without waiting; a second time replaces the first."""
        self._begun = self._thread.submit(self._draw_all, choose)

    def draw(self, choice: ChartChoice) -> Chart:
        """The chart of `choice`: as begun, else drawn now. Raises what drawing raises."""
        self._wanted.set()
        for begun, chart in self._finished():
            if begun == choice:
                return chart
        return self._draw(choice)

    def _draw_all(self, choose: Callable[[], Iterable[ChartChoice]]) -> list[tuple[ChartChoice, Chart]]:
        self._wanted.wait(self._head_start_s)
        return [(choice, self._draw(choice)) for choice in choose()]

    def _finished(self) -> list[tuple[ChartChoice, Chart]]:
        """What was begun, when it is done; nothing where it failed: whoever needs a chart then meets the error."""
        if self._begun is None or self._begun.exception() is not None:
            return []
        return self._begun.result()
