"""One request on its way through its chain: the order of its candidates, what was tried so far, and what that cost."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from analyst.core.events import Progress
from analyst.protocol.calls import Attempt, CallRecord, CallRequest, Listener, Ranked, RouteRecord, Spending

CUT = ("length", "max_tokens")
"""Reasons of providers for a reply that ended at max_tokens."""


@dataclass
class Route:
    """The state of one request. `request` is as it was asked, but for the room that it was given since.

    `primary` is the policy's first choice; `started` is monotonic seconds. Every event of the request carries its run.
    `faulty_since` is when the fault began that no candidate was asked for yet, `failed_since` when that of a failure
    began since the last one was asked, `lost_s` the seconds from the start of
    each earlier fault to the next candidate's being asked, pauses not counted. Once it is `over`, nobody is told any
    more of an attempt that still runs. Attempts may run on several threads.
    """

    request: CallRequest
    primary: str
    started: float
    id: str
    listeners: tuple[Listener, ...] = ()
    order: tuple[Ranked, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)
    spending: Spending = field(default_factory=Spending)
    waited_s: float = 0.0
    waited_for: set[str] = field(default_factory=set)
    over: bool = False
    widened: bool = False
    lost_s: float = 0.0
    faulty_since: float | None = None
    failed_since: float | None = None
    under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self, now: float) -> float:
        """A candidate is asked `now`: the seconds that faults have cost the request until then."""
        with self.lock:
            self.under_way += 1
            if self.faulty_since is not None:
                self.lost_s, self.faulty_since = self.lost_s + max(now - self.faulty_since, 0.0), None
            self.failed_since = None
            return self.lost_s

    def ended(self, silent_since: float | None) -> None:
        """A candidate that was asked has ended; it failed, and had been silent since then (None: it answered)."""
        with self.lock:
            self.under_way -= 1
            self.failed_since = silent_since
            if silent_since is not None and not self.under_way:
                self.faulty_since = silent_since

    def is_late(self, silent_since: float) -> None:
        """What is under way shows no sign of life since then: the next candidate is about to be asked."""
        with self.lock:
            self.faulty_since = silent_since

    def waited(self, model: str, seconds: float) -> None:
        """Nobody was asked for so long, since `model` had asked for a pause."""
        with self.lock:
            self.waited_for.add(model)
            self.waited_s += seconds
            self.faulty_since = None if self.faulty_since is None else self.faulty_since + seconds

    @property
    def reason(self) -> str | None:
        """Why the primary was not used; None while it was not passed over."""
        return next((attempt.reason for attempt in self.attempts if attempt.model == self.primary), None)

    @property
    def tried(self) -> tuple[Attempt, ...]:
        """What was passed over or failed, in the order of the candidates; a model asked twice stands there twice."""
        place = {ranked.model: at for at, ranked in enumerate(self.order)}
        return tuple(sorted(self.attempts, key=lambda attempt: place.get(attempt.model, len(place))))

    def pass_over(self, model: str, reason: str, detail: str) -> None:
        """Note a candidate that no attempt is made with."""
        self.attempts.append(Attempt(model, reason, detail, called=False))

    def note(self, record: CallRecord) -> None:
        """Keep a failed attempt, and what it cost. After a cut reply the next models get twice the room, once."""
        error = record.error
        self.spending.end(record.model_used, record.cost_usd)
        if error is not None:
            took = round(record.latency_s, 4)
            after, billed = error.retry_after_s, record.cost_usd > 0
            failed = Attempt(record.model_used, error.reason, error.message, took, after, billed, record.called)
            self.attempts.append(failed)
            if record.reply is not None and record.reply.finish_reason in CUT and not self.widened:
                self.request = replace(self.request, max_tokens=2 * self.request.max_tokens)
                self.widened = True

    def account(self, latency_s: float) -> RouteRecord:
        """What came of it so far."""
        return RouteRecord(self.order, self.tried, self.spending, latency_s, self.waited_s)

    def tell(
        self, kind: Literal["call", "reply", "note"], text: str, model: str, record: CallRecord | None = None
    ) -> None:
        """Tell the listeners what happened with `model`, with the cost and seconds of its `record`."""
        if self.over:
            return
        cost, took = (record.cost_usd, record.latency_s) if record is not None else (Decimal(0), 0.0)
        event = Progress(kind, text, self.request.agent, model, cost, took, run_id=self.request.run_id)
        for listener in self.listeners:
            listener(event)
