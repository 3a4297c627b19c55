"""Asks the embedded analyst in one process, by the steps and guards of a whole analysis, without gateway and crew.

open → profile → review, plan, run → insights → report → composed. A reply that its guard refuses goes back once with the
errors, as to any model.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from analyst.answers.accepted import Accepted, Explained
from analyst.answers.composing import compose, filler
from analyst.answers.guards import Guards
from analyst.answers.last_resort import Check, LastResort
from analyst.answers.question import check_question
from analyst.answers.run import NO_CALLS, Run
from analyst.core.errors import AnalysisError, PlanError, PlatformError, ReplyError, UserError
from analyst.core.events import Progress, RunEvents
from analyst.core.settings import Settings
from analyst.datasets.preparing import Prepared, check_input, open_source, prepare
from analyst.execution.pool import WorkerPool
from analyst.execution.runner import PlanRunner
from analyst.protocol.asked_fields import asked_fields
from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import UNASKED, Evidence, write_evidence
from analyst.protocol.table import TableSource
from analyst.reporting.report import Report
from analyst.rulebased.analyst import reply
from lab.benchmarks.cases_scoring import Answer, Failure, Table

Value = TypeVar("Value")
GIVEN = ("table", "profile", "issues")
"""Tables that are always there, whatever was asked."""
TRIES = 2
"""A refused reply is written anew once."""


def ask(path: Path, question: str, settings: Settings, workers: WorkerPool) -> Answer:
    """What the embedded analyst answers to `question` on the table at `path`; an error is an answer, too."""
    try:
        return told(_analyse(path, check_question(question).text, settings, workers))
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
        tables=tuple(Table(t.columns, t.rows, t.row_count) for t in tables),
        hints=tuple(dict.fromkeys([*hints, *(note.message for note in report.ingest_notes)])),
    )


def _analyse(path: Path, question: str, settings: Settings, workers: WorkerPool) -> Report:
    check_input(path)
    with TemporaryDirectory(prefix="cases-") as folder:
        workdir = Path(folder)
        prepared = prepare(
            open_source(TableSource(path), workdir, settings, _unheard), question, workdir, settings, _unheard
        )
        with PlanRunner(prepared.profile.table.database, prepared.profile, pool=workers) as runner:
            accepted = _answered(prepared, runner)
        run = Run("case", question, workdir, RunEvents("case", _unheard), time.perf_counter)
        return compose(run, prepared.profile, accepted, NO_CALLS).report


def _unheard(event: Progress) -> None:
    """Nobody watches."""


def _answered(prepared: Prepared, runner: PlanRunner) -> Accepted:
    """The four agents' replies, each accepted by its guard."""
    fill = filler(prepared.profile, prepared.question)
    guards = Guards(runner, prepared.privacy, prepared.cited, fill, asked_fields(prepared.question))
    table = block("table", prepared.card)
    issues = Evidence(tuple(t for t in prepared.cited.tables if t.id == "issues"))
    known = block("evidence", write_evidence(prepared.privacy.hide_evidence(issues)))
    last = LastResort(guards)
    reviewed = _accepted("review", prepared, (table, known), Check(guards.review, last.review))
    planned = _accepted("plan", prepared, (table,), Check(guards.plan, last.plan))
    context = (reviewed.shown, planned.shown)
    asked = Check(partial(guards.insights, planned=planned), partial(last.insights, planned=planned))
    found = _accepted("insights", prepared, context, asked)
    if isinstance(found, Explained):
        explained = found
    else:
        after = Check(partial(guards.insights_after, further=found), partial(last.insights_after, further=found))
        explained = _accepted("insights", prepared, (*context, found.answer), after)
    reporting = Check(partial(guards.report, explained=explained), partial(last.report, explained=explained))
    reported = _accepted("report", prepared, (*context, explained.shown), reporting)
    return Accepted(reviewed, planned, explained, reported)


def _accepted(task: str, prepared: Prepared, context: tuple[str, ...], check: Check[Value]) -> Value:
    """What the check makes of the reply to `task`."""
    told = [block("task", task), block("question", quote(prepared.hidden_question)), *context]
    messages = [{"role": "user", "content": "\n".join(told)}]
    for _ in range(TRIES):
        written = reply(messages)
        try:
            return check.guard(written)
        except (PlanError, ReplyError) as error:
            messages.append({"role": "assistant", "content": written})
            messages.append({"role": "user", "content": block("errors", quote(error.texts, references=True))})
    if check.last is None:
        raise AnalysisError(f"No reply to {task!r} passes its check.")
    return check.last(written)
