"""The processes' part: claims jobs, runs each on a thread, says that it lives, and takes over what dead ones left.

An analysis is run by the function that is handed in; what it must do differently here (ask through `AnsweredOnce`, tell
its events to the store) it gets as a `Claimed`.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress

from analyst.core.errors import AnalysisCancelledError, LeaseLostError, PlatformError, StoreError
from analyst.core.events import EndState, Failure, Progress
from analyst.core.process import this_process
from analyst.protocol.calls import Router
from analyst.protocol.places import Place
from analyst.service.answered_once import AnsweredOnce
from analyst.service.queue import JobQueue
from analyst.service.requests import REQUEST, failure_of
from analyst.storage.jobs import LEASE_S, Job

BEAT_S, POLL_S = 0.8, 0.5
"""Seconds between two signs of life, and between two looks for a job: a lease of 3.5 s outlasts four missed beats, and
a dead process's job is running again within 5 s."""
END_S = 15.0
"""How long a process that is told to end waits for its analyses, which stop at their next step."""
_LOG = logging.getLogger(__name__)


class Claimed:
    """A job as the analysis that runs it sees it. `stop`: this process ends, another goes on with the job; `cancelled`:
    its asker wants it to end. `already_s`: how long ago its first owner began, where that one died."""

    def __init__(self, job: Job, queue: JobQueue) -> None:
        self.id, self.request = job.id, REQUEST.validate_json(job.request)
        self.stop, self.cancelled = threading.Event(), threading.Event()
        self.already_s = max((job.lease_until or 0.0) - LEASE_S - (job.started_at or float("inf")), 0.0)
        self._asker, self._lease, self._queue = job.asker, job.lease, queue

    def check(self) -> None:
        """AnalysisCancelledError: its asker wants it to end, now."""
        if self.cancelled.is_set():
            raise AnalysisCancelledError("The analysis was cancelled.")

    def tell(self, event: Progress) -> None:
        """Keep an event. At the beginning of a stage LeaseLostError or AnalysisCancelledError may end the analysis; the
        router's events must not: between them money is booked, and each call looks for itself."""
        try:
            if self.stop.is_set():
                raise LeaseLostError("This process ends; the analysis goes on in another one.")
            self._queue.tell(self._lease, event)
        except StoreError as error:
            _LOG.warning("An event of %s could not be kept: %s", self.id, error)
        except PlatformError:
            if event.kind == "stage":
                raise

    def asking(self, router: Router) -> Router:
        """`router`, asked once for each thing of this analysis, which its asker pays for."""
        return AnsweredOnce(router, self._queue, self._lease, self._queue.payer(self._asker), self.check)

    def end(self, state: EndState, failure: Failure | None = None) -> None:
        """Note how the analysis ended."""
        self._queue.end(self._lease, state, failure)


Analyse = Callable[[Claimed], object]
"""Runs one analysis to its end; its files are in the run's folder then."""


class Worker:
    """Runs up to `at_once` jobs of `queue` with `analyse`, from `start` to `stop`. `fetch` says where this machine
    reads a job's table, and copies it there if need be."""

    def __init__(
        self, queue: JobQueue, analyse: Analyse, at_once: int, fetch: Callable[[Place], Place] = lambda place: place
    ) -> None:
        self.owner = f"{this_process()}/{secrets.token_hex(4)}"
        self._queue, self._analyse, self._fetch = queue, analyse, fetch
        self._slots, self._at_once = threading.Semaphore(at_once), at_once
        self._running: dict[str, Claimed] = {}
        self._threads: list[threading.Thread] = []
        self._work, self._ending = threading.Event(), threading.Event()
        self._loops = [
            threading.Thread(target=loop, name=name, daemon=True)
            for name, loop in (("jobs-claiming", self._dispatch), ("jobs-living", self._live))
        ]

    def start(self) -> None:
        """Begin to look for jobs."""
        for loop in self._loops:
            loop.start()

    def wake(self) -> None:
        """There is a new job: don't wait for the next look."""
        self._work.set()

    @property
    def busy(self) -> int:
        """How many analyses run here now."""
        return len(self._running)

    def stop(self) -> None:
        """Take no more jobs and give those that run to other processes; wait a while for them to notice."""
        self._ending.set()
        self._work.set()
        for loop in self._loops:  # or one that is just being claimed would be missed
            if loop.is_alive():
                loop.join(END_S)
        for claimed in list(self._running.values()):
            claimed.stop.set()
        with suppress(StoreError):
            self._queue.release(self.owner)
        for thread in list(self._threads):
            thread.join(END_S)

    def _dispatch(self) -> None:
        while not self._ending.is_set():
            if not self._slots.acquire(timeout=POLL_S):
                continue
            job = None if self._ending.is_set() else self._claimed()
            if job is None:
                self._slots.release()
                self._work.wait(POLL_S)
                self._work.clear()
                continue
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            thread = threading.Thread(target=self._run, args=(job,), name=f"analysis-{job.id}")
            self._threads.append(thread)
            thread.start()

    def _claimed(self) -> Job | None:
        try:
            return self._queue.claim(self.owner)
        except Exception as error:  # whatever it is, this thread must live on, or no question is answered any more
            _LOG.warning("No job could be claimed: %s", error)
            return None

    def _live(self) -> None:
        while not self._ending.is_set():
            self._beat()
            self._ending.wait(BEAT_S)

    def _beat(self) -> None:
        running = list(self._running.items())
        try:
            mine = self._queue.renew(self.owner, self._at_once)
        except Exception as error:
            _LOG.warning("The leases could not be renewed: %s", error)
            return
        for id, claimed in running:
            if id not in mine:
                claimed.stop.set()
            elif mine[id].cancelled:
                claimed.cancelled.set()

    def _run(self, job: Job) -> None:
        claimed = Claimed(job, self._queue)
        self._running[job.id] = claimed
        try:
            claimed.request = claimed.request.fetched(self._fetch)
            self._analyse(claimed)
        except LeaseLostError:
            _LOG.info("%s goes on in another process", job.id)
        except AnalysisCancelledError:
            claimed.end("cancelled")
        except Exception as error:
            if not isinstance(error, PlatformError):
                _LOG.exception("%s failed", job.id)
            claimed.end("failed", failure_of(error))
        else:
            claimed.end("done")
        finally:
            self._running.pop(job.id, None)
            self._slots.release()
            self._work.set()
