"""What the service does beside answering: it takes over jobs that nobody else can do, and forgets what is old."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from analyst.service.analyses import Analyses
from analyst.service.forgetting import DAY_S
from analyst.service.queue import JobQueue
from analyst.service.uploads import Uploads

LOOK_S, FORGET_S = 10.0, 3600.0
"""Seconds between two looks for jobs that nobody can do, and for what is old."""
_LOG = logging.getLogger(__name__)


class Sweeper:
    """Sweeps from `start` to `stop`. `keep_days`: how long analyses and uploads are kept (None: for good); what calls
    cost stays booked. `tidy` removes what this process keeps for the next question and no question can use."""

    def __init__(
        self,
        queue: JobQueue,
        analyses: Analyses,
        uploads: Uploads,
        keep_days: int | None,
        tidy: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._queue, self._analyses, self._uploads = queue, analyses, uploads
        self._tidy, self._keep_days, self._now, self._forgot_at = tidy, keep_days, now, float("-inf")
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeping", daemon=True)

    def start(self) -> None:
        """Begin to sweep."""
        self._thread.start()

    def stop(self) -> None:
        """End, once the sweep under way is done."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def sweep(self) -> None:
        """Sweep once."""
        self._queue.adopt()
        now = self._now()
        if now - self._forgot_at < FORGET_S:
            return
        self._forgot_at = now
        self._tidy()
        self._uploads.sweep()
        if self._keep_days is not None:
            oldest = now - self._keep_days * DAY_S
            self._analyses.forget(oldest)
            self._uploads.forget(oldest)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.sweep()
            except Exception as error:  # a store or a disk that fails now may work at the next look
                _LOG.warning("The sweep failed: %s", error)
            self._ending.wait(LOOK_S)
