"""Asks the embedded analyst by the path that every model's plan takes: message, reply, binding, worker, evidence."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from analyst.core.errors import PlatformError
from analyst.datasets.card import MOST_COLUMNS, build_card
from analyst.datasets.opening import open_table
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.datasets.privacy.questions import hide_question
from analyst.datasets.profiling import profile_table
from analyst.engine.duckdb import open_locked
from analyst.execution.runner import PlanRunner
from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import Evidence
from analyst.protocol.replies import PlanReply
from analyst.protocol.table import write_card
from analyst.rulebased.analyst import reply
from lab.benchmarks.questions.trade import Trade


@dataclass(frozen=True)
class Answer:
    """What the analyst planned and what the plan computed; `error` when the plan was refused or failed; `text` the
    report's answer, where a report was written."""

    reading: str
    unanswered: str | None
    steps: tuple[dict[str, object], ...]
    evidence: Evidence
    planning_s: float
    error: str | None = None
    text: str | None = None


class Desk:
    """One trade's table, opened and profiled once; its card tells of `most` columns. A context manager."""

    def __init__(self, trade: Trade, folder: Path, most: int = MOST_COLUMNS) -> None:
        self._trade, self._folder, self._most = trade, folder, most
        self._stack = ExitStack()

    def __enter__(self) -> Desk:
        opened = open_table(self._trade.write(self._folder), self._folder)
        self._profile = profile_table(opened)
        self._connection = open_locked(opened.database, memory_mb=500, timeout_s=30, temp_directory=self._folder)
        self._stack.callback(self._connection.close)
        self._runner = self._stack.enter_context(PlanRunner(self._profile))
        self._privacy = Pseudonyms(self._profile)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def message(self, question: str) -> str:
        """The blocks of the interpreter's message, as workflow writes them."""
        hidden = hide_question(self._connection, self._profile, question, self._privacy)
        card = build_card(self._profile, question, hidden.mentioned, self._privacy, most=self._most)
        return "\n".join(
            [block("task", "plan"), block("question", quote(hidden.text)), block("table", write_card(card))]
        )

    def ask(self, question: str) -> Answer:
        """The answer to `question`; never raises for what the analyst does wrong."""
        message = self.message(question)
        started = time.perf_counter()
        text = reply([{"role": "user", "content": message}])
        took = time.perf_counter() - started
        planned = PlanReply.model_validate_json(self._privacy.restore(text))
        try:
            bound = self._runner.bind(json.dumps({"steps": planned.steps}))
            evidence, error = self._runner.execute(bound), None
        except PlatformError as refused:
            evidence, error = Evidence(), str(refused)
        return Answer(planned.reading, planned.unanswered, planned.steps, evidence, took, error)
