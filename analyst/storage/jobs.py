"""Analyses as jobs with leases: who asked for what, which process works on it, and until when that may be believed.

Each function works inside the caller's transaction and is told the time. A job belongs to the process that claimed it
while its lease lasts; `attempt` counts the claims, so that an owner that was thought dead and wakes is told apart from
itself. SQL that SQLite and PostgreSQL both take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyst.storage.tables import COLUMNS
from analyst.storage.transaction import Transaction

LEASE_S = 3.5
"""How long an owner is believed to live after it last said so."""
MOST_DEATHS = 3
"""A job whose owner died so often is the likely cause, and is parked."""
OPEN = ("waiting", "running")
_COLUMNS = ", ".join(COLUMNS["jobs"])


@dataclass(frozen=True)
class Lease:
    """One claim of a job: the job, the process that works on it, and how often the job had been claimed by then."""

    job: str
    owner: str
    attempt: int


@dataclass(frozen=True)
class Job:
    """A row of `jobs`. `request` and `failure` are JSON texts of the service's; times are Unix seconds.

    `cancelled`: its asker wants it to end. `deaths`: how many of its owners ended without a word. `program`: which code
    and settings may answer it. `started_at` is when its first owner began; one that was given back begins anew.
    """

    id: str
    asker: str
    priority: int
    state: str
    request: str
    idempotency_key: str | None
    owner: str | None
    attempt: int
    deaths: int
    lease_until: float | None
    cancelled: bool
    failure: str | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    program: str = ""

    @property
    def lease(self) -> Lease:
        """The claim that the row tells of."""
        return Lease(self.id, self.owner or "", self.attempt)


@dataclass(frozen=True)
class QueueLength:
    """How many jobs wait: of one asker, and of all."""

    own: int
    all: int


def _job(row: Sequence[object]) -> Job:
    job = Job(*row)  # type: ignore[arg-type]
    return replace(job, cancelled=bool(job.cancelled))


def add(transaction: Transaction, job: Job) -> bool:
    """Put `job` into the queue; False where its asker used its idempotency key before."""
    return transaction.insert_new("jobs", {name: getattr(job, name) for name in COLUMNS["jobs"]})


def find(transaction: Transaction, id: str) -> Job | None:
    """The job `id`."""
    row = transaction.row(f"SELECT {_COLUMNS} FROM jobs WHERE id = :id", {"id": id})  # noqa: S608 - names of ours
    return _job(row) if row else None


def with_key(transaction: Transaction, asker: str, key: str) -> Job | None:
    """The job that `asker` gave this idempotency key."""
    query = f"SELECT {_COLUMNS} FROM jobs WHERE asker = :asker AND idempotency_key = :key"  # noqa: S608
    row = transaction.row(query, {"asker": asker, "key": key})
    return _job(row) if row else None


def history(transaction: Transaction, asker: str, most: int) -> list[Job]:
    """The newest jobs of `asker`, the last one first."""
    query = f"SELECT {_COLUMNS} FROM jobs WHERE asker = :asker ORDER BY created_at DESC, id DESC LIMIT :most"  # noqa: S608
    return [_job(row) for row in transaction.rows(query, {"asker": asker, "most": most})]


def ended_before(transaction: Transaction, moment: float) -> list[Job]:
    """The jobs that ended before that time."""
    query = f"SELECT {_COLUMNS} FROM jobs WHERE ended_at < :moment ORDER BY ended_at"  # noqa: S608
    return [_job(row) for row in transaction.rows(query, {"moment": moment})]


def requests(transaction: Transaction) -> list[str]:
    """What is asked by every job that is kept (JSON texts)."""
    return [str(request) for (request,) in transaction.rows("SELECT request FROM jobs")]


def open_of(transaction: Transaction, asker: str) -> list[Job]:
    """The jobs of `asker` that wait or run."""
    query = f"SELECT {_COLUMNS} FROM jobs WHERE asker = :asker AND state IN ('waiting', 'running')"  # noqa: S608
    return [_job(row) for row in transaction.rows(query, {"asker": asker})]


def queue_length(transaction: Transaction, asker: str) -> QueueLength:
    """How many jobs wait to be claimed."""
    counts = "SELECT count(*) FILTER (WHERE asker = :asker), count(*) FROM jobs WHERE state = 'waiting'"
    [(own, all_)] = transaction.rows(counts, {"asker": asker})
    return QueueLength(int(own), int(all_))


@dataclass(frozen=True)
class Waiting:
    """A job that waits. `served_at`: when its asker last had one begun (Unix seconds; 0: never)."""

    id: str
    asker: str
    priority: int
    attempt: int
    created_at: float
    served_at: float


_SERVED = "coalesce((SELECT max(s.started_at) FROM jobs s WHERE s.asker = j.asker AND s.started_at IS NOT NULL), 0)"
"""When the job's asker last had one begun."""


def waiting(transaction: Transaction) -> list[Waiting]:
    """Every job that waits, in no order."""
    query = f"""SELECT id, asker, priority, attempt, created_at, {_SERVED} FROM jobs j WHERE state = 'waiting'"""  # noqa: S608
    return [Waiting(*row) for row in transaction.rows(query)]


def served_at(transaction: Transaction, asker: str) -> float:
    """When `asker` last had a job begun; 0: never."""
    [(at,)] = transaction.rows("SELECT coalesce(max(started_at), 0) FROM jobs WHERE asker = :asker", {"asker": asker})
    return float(at)


def running(transaction: Transaction, asker: str | None = None) -> int:
    """How many jobs run: of one asker, or of all."""
    of = " AND asker = :asker" if asker else ""
    query = f"SELECT count(*) FROM jobs WHERE state = 'running'{of}"  # noqa: S608
    [(count,)] = transaction.rows(query, {"asker": asker} if asker else {})
    return int(count)


def durations(transaction: Transaction, most: int) -> list[float]:
    """Seconds that the last jobs took which gave an answer; not of those in which the clock was put back."""
    query = """SELECT ended_at - started_at FROM jobs WHERE ended_at >= started_at AND state = 'done'
        ORDER BY ended_at DESC LIMIT :most"""
    return [float(seconds) for (seconds,) in transaction.rows(query, {"most": most}) if seconds is not None]


_RUN_OUT = "(lease_until < :now OR lease_until > :impossible)"
"""A lease that ends later than any that is given now was given before the clock was put back."""
_BUSY = "(SELECT count(*) FROM jobs r WHERE r.asker = j.asker AND r.state = 'running' AND r.lease_until >= :now)"
_CAME = "(SELECT min(w.created_at) FROM jobs w WHERE w.asker = j.asker AND w.state = 'waiting')"
_CLAIM = f"""UPDATE jobs SET state = 'running', owner = :owner, attempt = attempt + 1, lease_until = :until,
    deaths = deaths + CASE WHEN state = 'running' THEN 1 ELSE 0 END, started_at = coalesce(started_at, :now)
WHERE id = (
    SELECT j.id FROM jobs j LEFT JOIN asker_limits l ON l.asker = j.asker
    WHERE (j.state = 'waiting' OR (j.state = 'running' AND {_RUN_OUT} AND j.owner <> :owner)) AND j.program = :program
        AND {_BUSY} < coalesce(l.running, :most)
    ORDER BY CASE WHEN j.attempt > 0 THEN 0 ELSE 1 END, {_BUSY}, {_SERVED}, {_CAME}, j.priority DESC, j.created_at, j.id
    LIMIT 1)
RETURNING {_COLUMNS}"""  # noqa: S608


def _times(now: float) -> dict[str, object]:
    return {"now": now, "impossible": now + 2 * LEASE_S}


@dataclass(frozen=True)
class Claimant:
    """A process that takes jobs of its `program`. An asker without a limit of their own may have `most` running."""

    owner: str
    program: str
    most: int


def claim(transaction: Transaction, claimant: Claimant, now: float) -> Job | None:
    """The next job, from now on the claimant's. First those that were begun before; then askers take turns: who has
    fewest running, of those who was served longest ago, of those who came first; of their own the highest priority.

    A job whose owner's lease ran out is as good as a waiting one, unless it is the process that asks: that one lives.
    """
    transaction.alone("jobs")
    row = transaction.row(_CLAIM, _times(now) | vars(claimant) | {"until": now + LEASE_S})
    return _job(row) if row else None


def of_others(transaction: Transaction, program: str) -> int:
    """How many jobs wait for a process of another program."""
    query = "SELECT count(*) FROM jobs WHERE state = 'waiting' AND program <> :program"
    [(count,)] = transaction.rows(query, {"program": program})
    return int(count)


def adopt(transaction: Transaction, program: str, alive_since: float) -> int:
    """Make the open jobs that no living process can do jobs of `program`; how many."""
    taken = """UPDATE jobs SET program = :program WHERE state IN ('waiting', 'running') AND program <> :program
        AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.program = jobs.program AND w.seen_at >= :since)"""
    return transaction.run(taken, {"program": program, "since": alive_since})


def renew(transaction: Transaction, owner: str, now: float) -> dict[str, Job]:
    """Say that `owner` lives; its jobs, by id."""
    renewed = f"""UPDATE jobs SET lease_until = :until WHERE owner = :owner AND state = 'running'
        RETURNING {_COLUMNS}"""  # noqa: S608
    rows = transaction.rows(renewed, {"owner": owner, "until": now + LEASE_S})
    return {job.id: job for job in map(_job, rows)}


_MINE = "id = :job AND owner = :owner AND attempt = :attempt AND state = 'running'"


def _named(lease: Lease) -> dict[str, object]:
    return {"job": lease.job, "owner": lease.owner, "attempt": lease.attempt}


def hold(transaction: Transaction, lease: Lease, now: float) -> Job | None:
    """Renew `lease`, which nobody else can take before the transaction ends; None when it is lost."""
    held = f"UPDATE jobs SET lease_until = :until WHERE {_MINE} RETURNING {_COLUMNS}"  # noqa: S608
    row = transaction.row(held, _named(lease) | {"until": now + LEASE_S})
    return _job(row) if row else None


def end(transaction: Transaction, lease: Lease, state: str, failure: str | None, now: float) -> bool:
    """Note how the job ended; False when the lease is lost."""
    ended = f"UPDATE jobs SET state = :state, failure = :failure, ended_at = :now, lease_until = NULL WHERE {_MINE}"  # noqa: S608
    return transaction.run(ended, _named(lease) | {"state": state, "failure": failure, "now": now}) == 1


def release(transaction: Transaction, owner: str) -> int:
    """Put the jobs of `owner`, which ends now, back into the queue; how many."""
    back = """UPDATE jobs SET state = 'waiting', owner = NULL, lease_until = NULL, started_at = NULL
        WHERE owner = :owner AND state = 'running'"""
    return transaction.run(back, {"owner": owner})


def dead(transaction: Transaction, now: float) -> list[Job]:
    """The jobs whose owners died MOST_DEATHS times, the last one just now."""
    query = f"""SELECT {_COLUMNS} FROM jobs
        WHERE state = 'running' AND {_RUN_OUT} AND deaths >= :deaths"""  # noqa: S608
    return [_job(row) for row in transaction.rows(query, _times(now) | {"deaths": MOST_DEATHS - 1})]


def cancel(transaction: Transaction, id: str, now: float) -> None:
    """Ask for the end of job `id`: one that waits is cancelled at once, one that has ended stays as it is."""
    wanted = """UPDATE jobs SET cancelled = true,
            ended_at = CASE WHEN state = 'waiting' THEN :now ELSE ended_at END,
            state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END
        WHERE id = :id AND state IN ('waiting', 'running')"""
    transaction.run(wanted, {"id": id, "now": now})


def remove(transaction: Transaction, id: str) -> bool:
    """Forget an ended job, its events, its replies and its question; its calls' costs stay. False: it has not ended."""
    gone = transaction.run("DELETE FROM jobs WHERE id = :id AND state NOT IN ('waiting', 'running')", {"id": id})
    if gone:
        for table in ("job_events", "job_replies", "job_drafts", "runs"):
            transaction.run(f"DELETE FROM {table} WHERE run_id = :id", {"id": id})  # noqa: S608 - names of ours
    return bool(gone)
