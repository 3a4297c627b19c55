"""The queue of analyses on the store: every change is one transaction, so that processes and machines may share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from analyst.core.errors import AnalysisCancelledError, BusyError, ConflictError, LeaseLostError, NotFoundError
from analyst.core.events import Ended, EndState, Failure, Progress, RunEvent
from analyst.protocol.calls import Payer
from analyst.service.bell import Bell
from analyst.service.requests import EVENT, FAILURE, REQUEST, AnalysisRequest
from analyst.service.threads import note
from analyst.service.waiting import Pace, in_order
from analyst.storage import asker_limits, feedback, job_records, jobs, threads, workers
from analyst.storage.database import Store
from analyst.storage.job_records import Asked
from analyst.storage.jobs import Claimant, Job, Lease, Waiting
from analyst.storage.tables import to_usd
from analyst.storage.transaction import Transaction

Moment = Callable[[Transaction], float]
"""The time that all processes agree on."""
_DEAD = Failure(
    "ParkedError",
    f"This analysis stopped the process that worked on it {jobs.MOST_DEATHS} times, so it is not tried again.",
    "Check that the table fits in memory, or ask about a part of it.",
)


MEASURED = 50
"""How many of the last analyses tell how long one takes."""


@dataclass(frozen=True)
class Limits:
    """How many analyses may run at once for one asker, and wait: for one asker and in all; what an asker's calls may
    cost a day (USD; None: only the budget limits them). `typical_s` is how long one takes, until that was measured."""

    running_per_asker: int = 2
    waiting_per_asker: int = 20
    waiting: int = 200
    typical_s: float = 8.0
    daily_usd_per_asker: Decimal | None = None


@dataclass(frozen=True)
class AskerLimits:
    """What one asker may do: analyses that run at once and wait, and USD a day (None: only the budget limits it)."""

    running: int
    waiting: int
    daily_usd: Decimal | None


@dataclass(frozen=True)
class Place:
    """Where a job that waits stands: how many are begun before it, and about how many seconds that takes."""

    before: int
    expected_wait_s: float


@dataclass(frozen=True)
class QueueStatus:
    """The queue as one asker sees it. `slots`: how many analyses run at once at most; `typical_s`: how long one takes
    (median of the last ones); `expected_wait_s`: how long a question of this asker's would wait now."""

    waiting: int
    running: int
    slots: int
    typical_s: float
    expected_wait_s: float
    your_waiting: int
    your_running: int
    your_waiting_limit: int
    your_running_limit: int
    your_daily_limit_usd: Decimal | None


@dataclass(frozen=True)
class Submission:
    """A request as it comes in: under which `id` it will run, who asks, and the key that marks a repetition."""

    id: str
    request: AnalysisRequest
    asker: str
    key: str | None = None


class JobQueue:
    """Jobs, their events and their replies in `store`; safe to use from several threads and processes.

    Jobs are submitted for, and claimed by, processes of one `program`: the same code with the same settings.
    """

    def __init__(self, store: Store, limits: Limits, now: Moment = Transaction.now, program: str = "") -> None:
        self.bell = Bell()
        self._store, self._limits, self._now, self._program = store, limits, now, program

    def submit(self, submission: Submission) -> str:
        """Queue an analysis; its run's id. The same key again gives the run that it gave before.

        ConflictError: the key came with another request. BusyError: too many wait.
        """
        text = REQUEST.dump_json(submission.request).decode()
        with self._store.write() as transaction:
            if submission.key and (known := jobs.with_key(transaction, submission.asker, submission.key)):
                return self._repeated(known, text)
            self._check_room(transaction, submission.asker)
            job = _new(submission, text, self._now(transaction), self._program)
            if not jobs.add(transaction, job) and submission.key:
                known = jobs.with_key(transaction, submission.asker, submission.key)
                return self._repeated(known or job, text)
            note(transaction, submission.id, submission.asker, submission.request, job.created_at)
        return submission.id

    def _repeated(self, known: Job, text: str) -> str:
        if known.request != text:
            raise ConflictError(
                f"The idempotency key {known.idempotency_key!r} was used for another request.", "Use a new key."
            )
        return known.id

    def _check_room(self, transaction: Transaction, asker: str) -> None:
        waiting, limits = jobs.queue_length(transaction, asker), self._limits_of(transaction, asker)
        if waiting.own >= limits.waiting:
            wait = self._typical_s(transaction) * waiting.own / max(limits.running, 1)
            raise BusyError(f"{waiting.own} of your analyses are waiting, which is the limit.", wait)
        if waiting.all >= self._limits.waiting:
            told = f"{waiting.all} analyses are waiting, which is the limit."
            raise BusyError(told, self._typical_s(transaction) / self._slots(transaction))

    def _limits_of(self, transaction: Transaction, asker: str) -> AskerLimits:
        own, default = asker_limits.of(transaction, asker), self._limits
        return AskerLimits(
            default.running_per_asker if own.running is None else own.running,
            default.waiting_per_asker if own.waiting is None else own.waiting,
            default.daily_usd_per_asker if own.daily_micros is None else to_usd(own.daily_micros),
        )

    def _typical_s(self, transaction: Transaction) -> float:
        measured = jobs.durations(transaction, MEASURED)
        return median(measured) if measured else self._limits.typical_s

    def _slots(self, transaction: Transaction) -> int:
        return workers.slots(transaction, self._program, self._now(transaction)) or 1

    def _pace(self, transaction: Transaction) -> Pace:
        return Pace(self._slots(transaction), jobs.running(transaction), self._typical_s(transaction))

    def payer(self, asker: str) -> Payer:
        """Who pays for the calls of the asker's analyses, and how much a day."""
        with self._store.read() as transaction:
            return Payer(asker, self._limits_of(transaction, asker).daily_usd)

    def claim(self, owner: str) -> Job | None:
        """The next job for process `owner`; jobs that killed their processes too often are parked first."""
        parked = []
        with self._store.write() as transaction:
            now = self._now(transaction)
            for job in jobs.dead(transaction, now):
                parked.append(self._end(transaction, job.lease, "parked", _DEAD))
            claimed = jobs.claim(transaction, Claimant(owner, self._program, self._limits.running_per_asker), now)
        for run_id in filter(None, parked):
            self.bell.forget(run_id)
        return claimed

    def renew(self, owner: str, slots: int) -> dict[str, Job]:
        """Say that `owner`, which runs up to `slots` jobs at once, lives; the jobs that are its own, by id.

        What a store that was gone has not got yet is written first: an end that waits would hold its asker's place, and
        no other record may come that would take it along.
        """
        self._store.journal.flush()
        with self._store.write() as transaction:
            now = self._now(transaction)
            workers.seen(transaction, owner, self._program, slots, now)
            return jobs.renew(transaction, owner, now)

    def release(self, owner: str) -> int:
        """Give the jobs of a process that ends to others; how many."""
        with self._store.write() as transaction:
            workers.leave(transaction, owner)
            return jobs.release(transaction, owner)

    def left_to_others(self) -> int:
        """How many jobs wait that only processes of another program take."""
        with self._store.read() as transaction:
            return jobs.of_others(transaction, self._program)

    def adopt(self) -> int:
        """Take the jobs over that were submitted to a program which nobody runs any more; how many."""
        with self._store.write() as transaction:
            return jobs.adopt(transaction, self._program, self._now(transaction) - workers.GONE_S)

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
        job_records.forget_texts(transaction, lease.job)
        return lease.job

    def _add_event(self, transaction: Transaction, run_id: str, event: Progress | Ended) -> None:
        text = EVENT.dump_json(event).decode()
        job_records.add_event(transaction, run_id, self._now(transaction), text)

    def cancel(self, run_id: str) -> None:
        """Ask a run to end: one that waits ends at once, one that runs soon."""
        with self._store.write() as transaction:
            transaction.alone("jobs")
            job, now = jobs.find(transaction, run_id), self._now(transaction)
            jobs.cancel(transaction, run_id, now)
            if job is not None and job.state == "waiting":
                self._add_event(transaction, run_id, Ended("cancelled"))
                job_records.forget_texts(transaction, run_id)
        self.bell.ring(run_id)

    def job(self, run_id: str, asker: str) -> Job:
        """The job of `asker`. NotFoundError: there is none, or it is another asker's."""
        with self._store.read() as transaction:
            found = jobs.find(transaction, run_id)
        if found is None or found.asker != asker:
            raise NotFoundError(f"There is no analysis {run_id!r}.", "Check its id.")
        return found

    def place(self, job: Job) -> Place | None:
        """Where a job stands; None when it waits no more."""
        with self._store.read() as transaction:
            pace, order = self._pace(transaction), list(in_order(jobs.waiting(transaction)))
        if job.id not in order:
            return None
        before = order.index(job.id)
        return Place(before, pace.wait_s(before))

    def status(self, asker: str) -> QueueStatus:
        """The queue as `asker` sees it."""
        with self._store.read() as transaction:
            waiting, limits = jobs.waiting(transaction), self._limits_of(transaction, asker)
            pace, served = self._pace(transaction), jobs.served_at(transaction, asker)
            now, running = self._now(transaction), jobs.running(transaction, asker)
        new = Waiting("~", asker, 0, 0, now, served)  # comes behind every id of the same time
        before = list(in_order([*waiting, new])).index(new.id)
        return QueueStatus(
            waiting=len(waiting),
            running=pace.running,
            slots=pace.slots,
            typical_s=round(pace.typical_s, 1),
            expected_wait_s=pace.wait_s(before),
            your_waiting=sum(job.asker == asker for job in waiting),
            your_running=running,
            your_waiting_limit=limits.waiting,
            your_running_limit=limits.running,
            your_daily_limit_usd=limits.daily_usd,
        )

    def history(self, asker: str, most: int) -> list[Job]:
        """The newest jobs of `asker`, the last one first."""
        with self._store.read() as transaction:
            return jobs.history(transaction, asker, most)

    def ended_before(self, moment: float) -> list[Job]:
        """The jobs of every asker that ended before that time (Unix seconds)."""
        with self._store.read() as transaction:
            return jobs.ended_before(transaction, moment)

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
            threads.remove(transaction, run_id)
            feedback.remove(transaction, run_id)


def _go_on(held: Job) -> None:
    if held.cancelled:
        raise AnalysisCancelledError("The analysis was cancelled.")


def _new(submission: Submission, text: str, now: float, program: str) -> Job:
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
        program=program,
    )
