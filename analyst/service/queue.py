"""The queue of analyses on the store: every change is one transaction, so that processes and machines may share it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from analyst.core.errors import AnalysisCancelledError, BusyError, ConflictError, LeaseLostError, NotFoundError
from analyst.core.events import Ended, EndState, Failure, Progress, RunEvent
from analyst.service.requests import EVENT, FAILURE, REQUEST, AnalysisRequest
from analyst.storage import job_records, jobs
from analyst.storage.database import Store
from analyst.storage.job_records import Asked
from analyst.storage.jobs import Job, Lease
from analyst.storage.transaction import Transaction

Moment = Callable[[Transaction], float]
"""The time that all processes agree on."""
_DEAD = Failure(
    "ParkedError",
    f"This analysis stopped the process that worked on it {jobs.MOST_DEATHS} times, so it is not tried again.",
    "Check that the table fits in memory, or ask about a part of it.",
)


@dataclass(frozen=True)
class Limits:
    """How many analyses may run at once for one asker, and wait: for one asker and in all. `typical_s` is how long one
    takes, to say when there is room again."""

    running_per_asker: int = 2
    waiting_per_asker: int = 20
    waiting: int = 200
    typical_s: float = 8.0


@dataclass(frozen=True)
class Submission:
    """A request as it comes in: under which `id` it will run, who asks, and the key that marks a repetition."""

    id: str
    request: AnalysisRequest
    asker: str
    key: str | None = None


class Bell:
    """Tells the followers of this process that a run has news, without a look at the store."""

    def __init__(self) -> None:
        self._rung: Counter[str] = Counter()
        self._lock = threading.Lock()

    def ring(self, run_id: str) -> None:
        """There is news of the run."""
        with self._lock:
            self._rung[run_id] += 1

    def rung(self, run_id: str) -> int:
        """Changes whenever there is news."""
        return self._rung[run_id]

    def forget(self, run_id: str) -> None:
        """There will be no more news of the run: what followers see changes once more."""
        with self._lock:
            self._rung.pop(run_id, None)


class JobQueue:
    """Jobs, their events and their replies in `store`; safe to use from several threads and processes."""

    def __init__(self, store: Store, limits: Limits, now: Moment = Transaction.now) -> None:
        self.bell = Bell()
        self._store, self._limits, self._now = store, limits, now

    def submit(self, submission: Submission) -> str:
        """Queue an analysis; its run's id. The same key again gives the run that it gave before.

        ConflictError: the key came with another request. BusyError: too many wait.
        """
        text = REQUEST.dump_json(submission.request).decode()
        with self._store.write() as transaction:
            if submission.key and (known := jobs.with_key(transaction, submission.asker, submission.key)):
                return self._repeated(known, text)
            self._check_room(transaction, submission.asker)
            job = _new(submission, text, self._now(transaction))
            if not jobs.add(transaction, job) and submission.key:
                known = jobs.with_key(transaction, submission.asker, submission.key)
                return self._repeated(known or job, text)
        return submission.id

    def _repeated(self, known: Job, text: str) -> str:
        if known.request != text:
            raise ConflictError(
                f"The idempotency key {known.idempotency_key!r} was used for another request.", "Use a new key."
            )
        return known.id

    def _check_room(self, transaction: Transaction, asker: str) -> None:
        waiting, limits = jobs.queue_length(transaction, asker), self._limits
        if waiting.own >= limits.waiting_per_asker:
            wait = limits.typical_s * waiting.own / limits.running_per_asker
            raise BusyError(f"{waiting.own} of your analyses are waiting, which is the limit.", wait)
        if waiting.all >= limits.waiting:
            raise BusyError(f"{waiting.all} analyses are waiting, which is the limit.", limits.typical_s)

    def claim(self, owner: str) -> Job | None:
        """The next job for process `owner`; jobs that killed their processes too often are parked first."""
        parked = []
        with self._store.write() as transaction:
            now = self._now(transaction)
            for job in jobs.dead(transaction, now):
                parked.append(self._end(transaction, job.lease, "parked", _DEAD))
            claimed = jobs.claim(transaction, owner, now, self._limits.running_per_asker)
        for run_id in filter(None, parked):
            self.bell.forget(run_id)
        return claimed

    def renew(self, owner: str) -> dict[str, Job]:
        """Say that `owner` lives; the jobs that are its own, by id."""
        with self._store.write() as transaction:
            return jobs.renew(transaction, owner, self._now(transaction))

    def release(self, owner: str) -> int:
        """Give the jobs of a process that ends to others; how many."""
        with self._store.write() as transaction:
            return jobs.release(transaction, owner)

    def answered(self, lease: Lease, asked: Asked) -> str | None:
        """The reply that was given to this before, if the job is still the caller's: looked up in one transaction.

        LeaseLostError, AnalysisCancelledError: nothing may be asked any more.
        """
        with self._store.write() as transaction:
            held = self._hold(transaction, lease)
            reply = job_records.reply_to(transaction, asked)
        _go_on(held)
        return reply

    def _hold(self, transaction: Transaction, lease: Lease) -> Job:
        held = jobs.hold(transaction, lease, self._now(transaction))
        if held is None:
            raise LeaseLostError("Another process has taken this analysis over.")
        return held

    def keep_reply(self, asked: Asked, record: str) -> None:
        """Keep a reply that was paid for, until its run has ended; a store that can't be written now gets it later."""

        def keep(transaction: Transaction) -> None:
            job = jobs.find(transaction, asked.run_id)
            if job is not None and job.state in jobs.OPEN:
                job_records.add_reply(transaction, asked, record)

        self._store.journal.write(keep)

    def tell(self, lease: Lease, event: Progress) -> None:
        """Keep an event of a job. LeaseLostError, AnalysisCancelledError: the job is to end."""
        with self._store.write() as transaction:
            held = self._hold(transaction, lease)
            self._add_event(transaction, lease.job, event)
        self.bell.ring(lease.job)
        _go_on(held)

    def end(self, lease: Lease, state: EndState, failure: Failure | None = None) -> None:
        """Note how a job ended, unless another process has it; a store that can't be written now gets it later."""
        self._store.journal.write(lambda transaction: self._end(transaction, lease, state, failure))
        self.bell.forget(lease.job)

    def _end(self, transaction: Transaction, lease: Lease, state: EndState, failure: Failure | None) -> str | None:
        told = FAILURE.dump_json(failure).decode() if failure else None
        if not jobs.end(transaction, lease, state, told, self._now(transaction)):
            return None
        self._add_event(transaction, lease.job, Ended(state, failure))
        job_records.forget_replies(transaction, lease.job)
        return lease.job

    def _add_event(self, transaction: Transaction, run_id: str, event: Progress | Ended) -> None:
        text = EVENT.dump_json(event).decode()
        job_records.add_event(transaction, run_id, self._now(transaction), text)

    def cancel(self, run_id: str) -> None:
        """Ask a run to end: one that waits ends at once, one that runs at its next step."""
        with self._store.write() as transaction:
            transaction.alone("jobs")
            job, now = jobs.find(transaction, run_id), self._now(transaction)
            jobs.cancel(transaction, run_id, now)
            if job is not None and job.state == "waiting":
                self._add_event(transaction, run_id, Ended("cancelled"))
                job_records.forget_replies(transaction, run_id)
        self.bell.ring(run_id)

    def job(self, run_id: str, asker: str) -> Job:
        """The job of `asker`. NotFoundError: there is none, or it is another asker's."""
        with self._store.read() as transaction:
            found = jobs.find(transaction, run_id)
        if found is None or found.asker != asker:
            raise NotFoundError(f"There is no analysis {run_id!r}.", "Check its id.")
        return found

    def before(self, job: Job) -> int:
        """How many jobs come before one that waits."""
        with self._store.read() as transaction:
            return jobs.before(transaction, job)

    def history(self, asker: str, most: int) -> list[Job]:
        """The newest jobs of `asker`, the last one first."""
        with self._store.read() as transaction:
            return jobs.history(transaction, asker, most)

    def events(self, run_id: str, after: int = 0) -> tuple[list[RunEvent], bool]:
        """The run's events behind number `after`, in order, and whether they are the last ones."""
        with self._store.read() as transaction:
            rows, job = job_records.events_after(transaction, run_id, after), jobs.find(transaction, run_id)
        told = [RunEvent(seq, at, EVENT.validate_json(text)) for seq, at, text in rows]
        return told, job is None or job.state not in jobs.OPEN

    def remove(self, run_id: str) -> None:
        """Forget an ended job. ConflictError: it has not ended."""
        with self._store.write() as transaction:
            if not jobs.remove(transaction, run_id):
                raise ConflictError(f"The analysis {run_id!r} has not ended.", "Cancel it first.")


def _go_on(held: Job) -> None:
    if held.cancelled:
        raise AnalysisCancelledError("The analysis was cancelled.")


def _new(submission: Submission, text: str, now: float) -> Job:
    return Job(
        id=submission.id,
        asker=submission.asker,
        priority=submission.request.priority,
        state="waiting",
        request=text,
        idempotency_key=submission.key,
        owner=None,
        attempt=0,
        deaths=0,
        lease_until=None,
        cancelled=False,
        failure=None,
        created_at=now,
        started_at=None,
        ended_at=None,
    )
