"""Analyses: what every door (command line, HTTP) asks: submit, follow, cancel, result, history, delete."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from analyst.answers.question import check_question
from analyst.answers.run import new_run_id
from analyst.core.errors import ConflictError, NotFoundError, OutputError, RunFailedError, StoreError
from analyst.core.events import Failure, RunEvent
from analyst.core.outputs import check_folder
from analyst.datasets.preparing import check_input
from analyst.protocol import places
from analyst.protocol.results import AnalysisResult
from analyst.service import feedback
from analyst.service.forgetting import forget_files, forget_unqueued
from analyst.service.queue import JobQueue, Place, QueueStatus, Submission
from analyst.service.requests import FAILURE, REQUEST, AnalysisRequest, FollowUp
from analyst.service.saved import RESULT
from analyst.service.threads import Threads
from analyst.storage.database import Store
from analyst.storage.feedback import Feedback, Verdict
from analyst.storage.jobs import OPEN, Job

LOOK_S, READ_S = 0.1, 0.5
"""Seconds between two looks for news of this process's runs, and of others' in the store."""


@dataclass(frozen=True)
class RunStatus:
    """How an analysis stands. `state`: waiting, running, done, failed, cancelled or parked; times are Unix seconds.

    Of one that waits: how many will be started `before` it, and about how many seconds that takes. `failure` says why
    there is no answer.
    """

    id: str
    state: str
    question: str
    table: str
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    before: int | None = None
    expected_wait_s: float | None = None
    failure: Failure | None = None


class Follower:
    """One watcher's place among the events of a run."""

    def __init__(self, queue: JobQueue, run_id: str, after: int, clock: Callable[[], float]) -> None:
        self.ended = False
        self._queue, self._run_id, self._after, self._clock = queue, run_id, after, clock
        self._rung, self._read_at = -1, clock()

    def due(self) -> bool:
        """Whether there may be news; costs nothing."""
        return self._queue.bell.rung(self._run_id) != self._rung or self._clock() - self._read_at >= READ_S

    async def wait(self, most_s: float) -> None:
        """Until there may be news, `most_s` at most."""
        loop, rung = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(rung.set)

        with self._queue.bell.heard(self._run_id, wake):
            if not self.due():
                left_s = READ_S - (self._clock() - self._read_at)
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(rung.wait(), max(min(left_s, most_s), 0.001))

    def news(self) -> list[RunEvent]:
        """The events since the last time; `ended` is true once there will be no more."""
        self._rung, self._read_at = self._queue.bell.rung(self._run_id), self._clock()
        found, self.ended = self._queue.events(self._run_id, self._after)
        if found:
            self._after = found[-1].seq
        return found


class Analyses:
    """The service's analyses in `store`, whose files are in `runs_dir`.

    Whoever is no `asker` of an analysis is told that there is none. `wake` is called when there is a new job; `fetch`
    says where this machine reads a table.
    """

    def __init__(
        self,
        queue: JobQueue,
        store: Store,
        runs_dir: Path,
        wake: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        fetch: Callable[[places.Place], places.Place] = lambda place: place,
    ) -> None:
        self._queue, self._store, self._runs_dir = queue, store, runs_dir
        self._wake, self._clock, self._fetch = wake, clock, fetch
        self.threads = Threads(lambda: store, runs_dir)

    def submit(self, request: AnalysisRequest, asker: str, key: str | None = None) -> str:
        """Queue an analysis; its run's id. With the idempotency `key` of an earlier request, that one's id.

        TableError, QuestionError, OutputError: what can be seen at once. BusyError, ConflictError: see JobQueue.
        StoreError: the service can't keep the question, or its report.
        """
        check_question(request.question)
        check_input(request.fetched(self._fetch).source)
        self._check_folder(request.out)
        run_id = self._queue.submit(Submission(new_run_id(), request, asker, key))
        self._wake()
        return run_id

    def _check_folder(self, out: Path | None) -> None:
        """Whether reports can be written; where the asker chose no folder, that is no mistake of the asker's."""
        if out is not None:
            check_folder(out)
            return
        try:
            check_folder(self._runs_dir)
        except OutputError as error:
            raise StoreError(error.message, "Free some disk space, or set RUNS_DIR.") from error

    def ask_again(self, asked: FollowUp, asker: str, key: str | None = None) -> str:
        """Queue a follow-up to an answered question; its run's id.

        NotFoundError, ConflictError: there is no such question, or it can't be followed up; otherwise as `submit`.
        """
        return self.submit(self.threads.request(asked, asker), asker, key)

    def follower(self, run_id: str, asker: str, after: int = 0) -> Follower:
        """A place among the run's events, behind number `after`."""
        self._queue.job(run_id, asker)
        return Follower(self._queue, run_id, after, self._clock)

    def follow(
        self, run_id: str, asker: str, after: int = 0, sleep: Callable[[float], None] = time.sleep
    ) -> Iterator[RunEvent]:
        """The run's events behind number `after`: those of the store, then each as it happens, until it has ended."""
        place = self.follower(run_id, asker, after)
        while not place.ended:
            if place.due():
                yield from place.news()
            else:
                sleep(LOOK_S)

    def status(self, run_id: str, asker: str) -> RunStatus:
        """How the run stands."""
        job = self._queue.job(run_id, asker)
        return _status(job, self._queue.place(job) if job.state == "waiting" else None)

    def queue(self, asker: str) -> QueueStatus:
        """How long the queue is, and what `asker` may put into it."""
        return self._queue.status(asker)

    def daily_limit(self, asker: str) -> Decimal | None:
        """USD that the asker's calls may cost a day; None: only the platform's budget limits them."""
        return self._queue.payer(asker).daily_usd

    def request(self, run_id: str, asker: str) -> AnalysisRequest:
        """What was asked."""
        return REQUEST.validate_json(self._queue.job(run_id, asker).request)

    def cancel(self, run_id: str, asker: str) -> None:
        """Ask the run to end: within a second. A call under way runs to its end, and is booked."""
        self._queue.job(run_id, asker)
        self._queue.cancel(run_id)

    def result(self, run_id: str, asker: str) -> AnalysisResult:
        """What the run found. RunFailedError: it has no answer, and why. ConflictError: it has not ended."""
        return AnalysisResult.model_validate_json(self.file(run_id, asker, RESULT).read_bytes())

    def file(self, run_id: str, asker: str, name: str) -> Path:
        """The file `name` of the run's folder. NotFoundError: it was not made; otherwise as `result`."""
        job = self._queue.job(run_id, asker)
        if job.state in OPEN:
            raise ConflictError(f"The analysis {run_id!r} is {job.state}.", "Wait until it is done.")
        if job.state != "done":
            failure = _failure(job) or Failure("AnalysisCancelledError", f"The analysis was {job.state}.")
            raise RunFailedError(failure.message, failure.fix, failure.exit_code)
        path = self._folder(job) / name
        if not path.is_file():
            raise NotFoundError(f"The analysis {run_id!r} has no file {name!r}.", "Choose another format.")
        return path

    def judge(self, run_id: str, asker: str, verdict: Verdict, because: str = "") -> Feedback:
        """Keep what the asker says of the answer; it goes with the run. ConflictError, RunFailedError: as `result`."""
        self.file(run_id, asker, RESULT)
        return feedback.give(self._store, run_id, asker, verdict, because)

    def take_back(self, run_id: str, asker: str) -> None:
        """Forget what the asker said of the answer."""
        self._queue.job(run_id, asker)
        feedback.take_back(self._store, run_id)

    def feedback(self, run_id: str, asker: str) -> Feedback | None:
        """What the asker said of the answer."""
        self._queue.job(run_id, asker)
        return feedback.of_run(self._store, run_id)

    def history(self, asker: str, most: int = 50) -> list[RunStatus]:
        """The newest runs of `asker`, the last one first."""
        return [_status(job) for job in self._queue.history(asker, most)]

    def delete(self, run_id: str, asker: str) -> None:
        """Forget an ended run: its question, events, replies and files, and the cached answer that it left.

        ConflictError: it has not ended. What its calls cost stays booked.
        """
        self._remove(self._queue.job(run_id, asker))

    def forget(self, before: float) -> int:
        """Forget every run from before that time (Unix seconds), with the service or without; how many."""
        old = self._queue.ended_before(before)
        for job in old:
            self._remove(job)
        return len(old) + forget_unqueued(self._store, self._runs_dir, before)

    def _remove(self, job: Job) -> None:
        self._queue.remove(job.id)
        forget_files(self._store, self._runs_dir, job.id, REQUEST.validate_json(job.request).out)

    def _folder(self, job: Job) -> Path:
        return REQUEST.validate_json(job.request).out or self._runs_dir / job.id


def _failure(job: Job) -> Failure | None:
    return FAILURE.validate_json(job.failure) if job.failure else None


def _status(job: Job, place: Place | None = None) -> RunStatus:
    request = REQUEST.validate_json(job.request)
    return RunStatus(
        id=job.id,
        state=job.state,
        question=request.question,
        table=", ".join(one.place.name for one in request.source.each),
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        before=place.before if place else None,
        expected_wait_s=place.expected_wait_s if place else None,
        failure=_failure(job),
    )
