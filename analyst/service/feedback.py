"""What askers said of their answers: kept with the run, gone with it, and told to the engineers with what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analyst.core.errors import SettingsError
from analyst.protocol.results import AnalysisResult
from analyst.service.requests import REQUEST, AnalysisRequest
from analyst.service.saved import saved_result
from analyst.storage import feedback, jobs
from analyst.storage.database import Store
from analyst.storage.feedback import Feedback, Verdict

MAX_BECAUSE = 2000
"""Characters of a reason."""


@dataclass(frozen=True)
class JudgedAnswer:
    """An answer that was judged: what was asked, how it was read, what ran, and who made it. `given_at` is Unix time;
    `answer` and what rests on it are empty where the run's files are gone."""

    run: str
    given_at: float
    asker: str
    verdict: Verdict
    because: str
    question: str
    table: str
    reading: str = ""
    answer: str = ""
    unanswered: str | None = None
    plan: dict[str, Any] = field(default_factory=dict)
    models: tuple[str, ...] = ()


def give(store: Store, run_id: str, asker: str, verdict: Verdict, because: str) -> Feedback:
    """Keep what `asker` says of the answer of a run of theirs. SettingsError: the reason is too long."""
    reason = " ".join(because.split())
    if len(reason) > MAX_BECAUSE:
        raise SettingsError(f"The reason has {len(reason):,} characters.", f"Keep it under {MAX_BECAUSE:,}.")
    with store.write() as transaction:
        given = Feedback(run_id, asker, verdict, reason, transaction.now())
        feedback.put(transaction, given)
    return given


def take_back(store: Store, run_id: str) -> None:
    """Forget what was said of a run."""
    with store.write() as transaction:
        feedback.remove(transaction, run_id)


def of_run(store: Store, run_id: str) -> Feedback | None:
    """What was said of a run."""
    with store.read() as transaction:
        return feedback.find(transaction, run_id)


def judged(store: Store, runs_dir: Path, since: float = 0.0) -> Iterator[JudgedAnswer]:
    """Every answer that was judged since that time (Unix seconds), the newest judgment first."""
    with store.read() as transaction:
        given = [(one, jobs.find(transaction, one.run_id)) for one in feedback.since(transaction, since)]
    for one, job in given:
        if job is not None:
            asked = REQUEST.validate_json(job.request)
            yield _told(one, asked, saved_result(asked.out or runs_dir / job.id, job.id))


def _told(given: Feedback, asked: AnalysisRequest, result: AnalysisResult | None) -> JudgedAnswer:
    made: dict[str, Any] = {}
    if result is not None:
        models = tuple(dict.fromkeys(call.model_used for call in result.calls if not call.rejected))
        made = {name: getattr(result, name) for name in ("reading", "answer", "unanswered", "plan")} | {
            "models": models
        }
    return JudgedAnswer(
        given.run_id, given.created_at, given.asker, given.verdict, given.because,
        asked.question, asked.source.label, **made,
    )  # fmt: skip
