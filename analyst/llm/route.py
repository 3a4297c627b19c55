"""One request on its way through its chain: the order of its candidates, what was tried so far, and what that cost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from analyst.core.events import Progress
from analyst.protocol.calls import Attempt, CallRecord, CallRequest, Listener, Ranked, RouteRecord

CUT = ("length", "max_tokens")
"""Reasons of providers for a reply that ended at max_tokens."""


@dataclass
class Route:
    """The state of one request. `request` is as it was asked, but for the room that it was given since.

    `primary` is the policy's first choice; `started` is monotonic seconds. Every event of the request carries its run.
    """

    request: CallRequest
    primary: str
    started: float
    id: str
    listeners: tuple[Listener, ...] = ()
    order: tuple[Ranked, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)
    spent: Decimal = Decimal(0)
    waited_s: float = 0.0
    widened: bool = False

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
        self.attempts.append(Attempt(model, reason, detail))

    def note(self, record: CallRecord) -> None:
        """Keep a failed attempt, and what it cost. After a cut reply the next models get twice the room, once."""
        error = record.error
        if error is not None:
            took = round(record.latency_s, 4)
            after, billed = error.retry_after_s, record.cost_usd > 0
            self.attempts.append(Attempt(record.model_used, error.reason, error.message, took, after, billed))
            if record.reply is not None and record.reply.finish_reason in CUT and not self.widened:
                self.request = replace(self.request, max_tokens=2 * self.request.max_tokens)
                self.widened = True
        self.spent += record.cost_usd

    def account(self, latency_s: float) -> RouteRecord:
        """What came of it so far."""
        return RouteRecord(self.order, self.tried, self.spent, latency_s, self.waited_s)

    def tell(
        self, kind: Literal["call", "reply", "note"], text: str, model: str, record: CallRecord | None = None
    ) -> None:
        """Tell the listeners what happened with `model`, with the cost and seconds of its `record`."""
        cost, took = (record.cost_usd, record.latency_s) if record is not None else (Decimal(0), 0.0)
        event = Progress(kind, text, self.request.agent, model, cost, took, run_id=self.request.run_id)
        for listener in self.listeners:
            listener(event)
