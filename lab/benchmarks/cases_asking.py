"""Asks the embedded analyst, or who writes in its place, in one process, without gateway and crew, by the steps and
guards of a whole analysis:

open → profile → review, plan, run → insights → report → composed. A reply that its guard refuses goes back once with the
errors, as to any model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from analyst.answers.accepted import Accepted, Explained
from analyst.answers.composing import compose, filler
from analyst.answers.guards import Guards
from analyst.answers.last_resort import Check, LastResort
from analyst.answers.question import Question, check_question
from analyst.answers.run import NO_CALLS, Run
from analyst.core.errors import AnalysisError, PlanError, PlatformError, ReplyError, UserError
from analyst.core.events import Progress, RunEvents
from analyst.core.scratch import scratch
from analyst.core.settings import Settings
from analyst.datasets.preparing import Prepared, check_input, open_source, prepare_question, profile
from analyst.execution.pool import WorkerPool
from analyst.execution.runner import PlanRunner
from analyst.protocol.asked_fields import asked_fields
from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import UNASKED, Evidence, write_evidence
from analyst.protocol.table import TableSource
from analyst.protocol.threads import Turn
from analyst.reporting.report import Report
from analyst.rulebased.analyst import reply
from lab.benchmarks.cases_scoring import Answer, Failure, Table

Value = TypeVar("Value")
Writer: TypeAlias = Callable[[list[dict[str, str]]], str]
"""Messages → a reply."""
GIVEN = ("table", "profile", "issues")
"""Tables that are always there, whatever was asked."""
TRIES = 2
"""A refused reply is written anew once."""


def ask(path: Path, question: str, settings: Settings, workers: WorkerPool, earlier: Sequence[str] = ()) -> Answer:
    """What the embedded analyst answers to `question` on the table at `path`, where it follows up on `earlier` ones; an
    error is an answer, too."""
    try:
        asked = check_question(question, tuple(Turn("", text) for text in earlier))
        with prepared_desk(path, asked, settings, workers) as desk:
            return told(desk.report(Crew()))
    except UserError as error:
        return Answer(failure=Failure(error.message, error.fix, clear=True))
    except Exception as error:  # whatever else comes up ends a run with exit code 1
        fix = error.fix if isinstance(error, PlatformError) else ""
        return Answer(failure=Failure(f"{type(error).__name__}: {error}", fix, clear=False))


def told(report: Report) -> Answer:
    """What a report says: its answer, the tables behind it, and whatever warns the reader."""
    tables = [t for t in report.tables if t.audience == "answer" and t.id not in GIVEN and t.method != UNASKED]
    issues = [f"{issue.column or ''} {issue.issue} {issue.action}" for issue in report.issues]
    warned = [text for table in report.tables for text in table.warned]
    hints = [*report.caveats, *(f.caveat for f in report.findings if f.caveat), *report.warnings, *warned, *issues]
    return Answer(
        text=report.answer,
        unanswered=report.unanswered or "",
        suggestions=report.suggestions,
        tables=tuple(Table(t.columns, t.rows, t.row_count) for t in tables),
        hints=tuple(dict.fromkeys([*hints, *(note.message for note in report.ingest_notes)])),
    )


@dataclass(frozen=True)
class Desk:
    """One question on one table: opened and profiled, and what its plans run on."""

    question: Question
    prepared: Prepared
    runner: PlanRunner
    workdir: Path

    def report(self, crew: Crew) -> Report:
        """The whole analysis with the replies that `crew` writes."""
        accepted = _answered(self.prepared, self.runner, crew)
        asked, events = self.question, RunEvents("case", _unheard)
        run = Run("case", asked.text, self.workdir, events, time.perf_counter, before=asked.before)
        return compose(run, self.prepared.profile, accepted, NO_CALLS).report


@contextmanager
def prepared_desk(path: Path, question: Question, settings: Settings, workers: WorkerPool) -> Iterator[Desk]:
    """The desk for `question` on the table at `path`."""
    check_input(TableSource(path))
    with scratch("cases") as workdir:
        opened = open_source(TableSource(path), workdir, settings, _unheard)
        profiled = profile(opened, settings, _unheard)
        prepared = prepare_question(profiled, question.text, workdir, settings, question.before)
        with PlanRunner(prepared.profile, pool=workers) as runner:
            yield Desk(question, prepared, runner, workdir)


class Crew:
    """Who writes the reply to each task: writers that are asked one after the other, each twice at most."""

    def __init__(self, chains: Mapping[str, Sequence[Writer]] | None = None) -> None:
        """`chains` by task; the embedded analyst writes what is not named there."""
        self._chains = chains or {}
        self.taken: dict[str, int] = {}
        """By task, the replies until one was accepted; one more than could be asked for where none was."""

    def accepted(self, task: str, opening: str, check: Check[Value]) -> Value:
        """What `check` makes of the first reply to `opening` that its guard takes, or of the last one."""
        count, written = 0, ""
        for writer in self._chains.get(task, (reply,)):
            messages = [{"role": "user", "content": opening}]
            for _ in range(TRIES):
                count, written = count + 1, writer(messages)
                try:
                    value = check.guard(written)
                except (PlanError, ReplyError) as error:
                    messages.append({"role": "assistant", "content": written})
                    messages.append({"role": "user", "content": block("errors", quote(error.texts, references=True))})
                else:
                    self._note(task, count)
                    return value
        self._note(task, count + 1)
        if check.last is None:
            raise AnalysisError(f"No reply to {task!r} passes its check.")
        return check.last(written)

    def _note(self, task: str, count: int) -> None:
        self.taken[task] = max(count, self.taken.get(task, 0))


def _unheard(event: Progress) -> None:
    """Nobody watches."""


def _answered(prepared: Prepared, runner: PlanRunner, crew: Crew) -> Accepted:
    """The four agents' replies, each accepted by its guard."""
    fill = filler(prepared.profile, prepared.asked)
    guards = Guards(runner, prepared.privacy, prepared.cited, fill, asked_fields(prepared.question))
    table = block("table", prepared.card)
    issues = Evidence(tuple(t for t in prepared.cited.tables if t.id == "issues"))
    known = block("evidence", write_evidence(prepared.privacy.hide_evidence(issues)))
    last = LastResort(guards)

    def accepted(task: str, context: tuple[str, ...], check: Check[Value]) -> Value:
        before = [prepared.before] if prepared.before and task == "plan" else []
        told = [block("task", task), *before, block("question", quote(prepared.hidden_question)), *context]
        return crew.accepted(task, "\n".join(told), check)

    reviewed = accepted("review", (table, known), Check(guards.review, last.review))
    planned = accepted("plan", (table,), Check(guards.plan, last.plan))
    context = (reviewed.shown, planned.shown)
    asked = Check(partial(guards.insights, planned=planned), partial(last.insights, planned=planned))
    found = accepted("insights", context, asked)
    if isinstance(found, Explained):
        explained = found
    else:
        after = Check(partial(guards.insights_after, further=found), partial(last.insights_after, further=found))
        explained = accepted("insights", (*context, found.answer), after)
    reporting = Check(partial(guards.report, explained=explained), partial(last.report, explained=explained))
    return Accepted(reviewed, planned, explained, accepted("report", (*context, explained.shown), reporting))
