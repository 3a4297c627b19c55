"""Draws an analysis' charts while its report is written: 0.1 s each, the first one of a process longer.

What is drawn is only what the finished report asks for: a chart that was not begun is drawn then, one that nobody asks
for any more is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING

from reports.choosing import ChartChoice

if TYPE_CHECKING:
    from reports.charts import Chart

Draw = Callable[[ChartChoice], "Chart"]


def _draw(choice: ChartChoice) -> Chart:
    from reports.charts import draw

    return draw(choice)


class Illustrator:
    """One analysis' charts on a thread of their own; use as a context manager. `draw` makes one chart."""

    def __init__(self, draw: Draw = _draw) -> None:
        self._draw = draw
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
        self._begun = self._thread.submit(lambda: [(choice, self._draw(choice)) for choice in choose()])

    def draw(self, choice: ChartChoice) -> Chart:
        """The chart of `choice`: as begun, else drawn now. Raises what drawing raises."""
        for begun, chart in self._finished():
            if begun == choice:
                return chart
        return self._draw(choice)

    def _finished(self) -> list[tuple[ChartChoice, Chart]]:
        """What was begun, when it is done; nothing where it failed: whoever needs a chart then meets the error."""
        if self._begun is None or self._begun.exception() is not None:
            return []
        return self._begun.result()
