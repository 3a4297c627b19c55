"""Asks each thing of an analysis once: what was answered before a crash is given again, unpaid.

Calls are all that costs in an analysis, and prompts are the same in every process: so an analysis is resumed by running
it again. Before anything is asked, the lease is checked in the transaction that looks the reply up: a process that was
stopped and wakes after another took its analysis over asks nothing any more.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from analyst.core.background import Background
from analyst.core.errors import StoreError
from analyst.core.events import Progress
from analyst.protocol.calls import CallRecord, CallRequest, Listener, Payer, Router
from analyst.service.queue import JobQueue
from analyst.storage.job_records import Asked
from analyst.storage.jobs import Lease

RECORD = TypeAdapter(CallRecord)
PATIENCE_S, RETRY_S = 20.0, 0.5
"""How long a call waits for a store that can't be reached (a server that restarts), and between two tries."""


class AnsweredOnce:
    """Stands before `router` for the one analysis that `lease` is about, and whose calls `payer` pays for.

    `check` raises once the analysis is to end: nobody waits for the call under way then, which runs to its end, and is
    booked.
    """

    def __init__(
        self,
        router: Router,
        queue: JobQueue,
        lease: Lease,
        payer: Payer | None = None,
        check: Callable[[], None] = lambda: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._router, self._queue, self._lease, self._payer = router, queue, lease, payer
        self._check, self._sleep = check, sleep
        self._turns: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def candidates(self, agent: str) -> list[str]:
        """The models that may answer `agent`."""
        return self._router.candidates(agent)

    def voices(self, agent: str) -> list[tuple[str, ...]]:
        """The different models that may answer `agent`."""
        return self._router.voices(agent)

    def reject(self, record: CallRecord, problems: Sequence[str], on_event: Listener | None = None) -> bool:
        """Note that a later check refused the reply of `record`."""
        return self._router.reject(record, problems, on_event)

    def route_with_fallback(self, request: CallRequest) -> CallRecord:
        """The reply that was given to this request before; else the router's, kept.

        LeaseLostError, AnalysisCancelledError: nothing was asked.
        """
        asked = self._asked(request)
        if (known := self._known(asked)) is not None:
            record = RECORD.validate_json(known)
            if request.on_event is not None:
                told = f"{record.model_used} answered this before the analysis was interrupted"
                request.on_event(Progress("note", told, request.agent, record.model_used))
            return record
        return Background(lambda: self._answered(asked, request), abandoned=False).wait(self._check)

    def _answered(self, asked: Asked, request: CallRequest) -> CallRecord:
        record = self._router.route_with_fallback(replace(request, payer=self._payer))
        self._queue.keep_reply(asked, RECORD.dump_json(replace(record, error=None)).decode())
        return record

    def _asked(self, request: CallRequest) -> Asked:
        parts = [list(request.messages), list(request.correction), request.max_tokens, request.temperature]
        parts += [request.schema, request.first, sorted(request.skip), request.among]
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
        with self._lock:
            self._turns[request.agent, digest] += 1
            return Asked(self._lease.job, request.agent, digest, self._turns[request.agent, digest])

    def _known(self, asked: Asked) -> str | None:
        for left in range(int(PATIENCE_S / RETRY_S), -1, -1):
            try:
                return self._queue.answered(self._lease, asked)
            except StoreError:
                if not left:
                    raise
            self._sleep(RETRY_S)
        return None
