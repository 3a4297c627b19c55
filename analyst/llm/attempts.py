"""One attempt with one candidate: admitted, its money reserved, called once, settled, recorded.

Every way out of an attempt books the money and leaves a record: an answer, a refusal, a failure, Ctrl-C. (A gateway
that refuses our own key has asked nobody: that ends the analysis and is no model's record.)
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from analyst.budget.prices import Prices
from analyst.core.errors import CallError, GatewayLostError, KeyRejectedError
from analyst.core.events import Progress
from analyst.llm.resilience.deadline import Deadline
from analyst.llm.resilience.health import Health
from analyst.protocol.calls import Attempt, GatewayReply, Ranked, RequestMetrics

if TYPE_CHECKING:
    from analyst.budget.ledger import Ledger, Reservation

Messages = Sequence[Mapping[str, Any]]

BYTES_PER_TOKEN = 4
"""English prose: what the tokens of a call are guessed by, to see whether they fit a rate limit."""
_CUT = ("length", "max_tokens")
_REFUSED = ("content_filter", "refusal")


class Client(Protocol):
    """What the router needs of the gateway's client: one HTTP call, errors translated into CallError."""

    def complete(
        self,
        model: str,
        messages: Messages,
        *,
        max_tokens: int,
        temperature: float | None,
        timeout_s: float,
        response_schema: Any,
    ) -> GatewayReply: ...


class Recorder(Protocol):
    """What keeps the records of calls (monitoring.PerformanceMonitor)."""

    def record_request(self, metrics: RequestMetrics) -> None: ...


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: with a `reply` that can be used, or with the `error` that says why not.

    `cost` is what was billed (USD), `called` whether the model was asked at all.
    """

    model: str
    cost: Decimal
    latency_s: float
    reply: GatewayReply | None = None
    call_id: str = ""
    error: CallError | None = None
    called: bool = True

    @property
    def cut(self) -> bool:
        """Whether the reply is of no use because it reached max_tokens."""
        return self.error is not None and self.reply is not None and self.reply.finish_reason in _CUT


@dataclass
class Route:
    """One request on its way through the chain: what is asked, by when, in which order, and what was tried so far."""

    agent: str
    primary: str
    messages: Messages
    max_tokens: int
    run_id: str | None
    deadline: Deadline | None
    temperature: float | None
    response_schema: Any
    started: float
    order: tuple[Ranked, ...] = ()
    escalated: bool = False
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
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

    def note(self, outcome: Outcome) -> None:
        """Keep a failed attempt, and what it cost. After a cut reply the next models get twice the room, once."""
        if outcome.cut and not self.widened:
            self.max_tokens, self.widened = 2 * self.max_tokens, True
        if outcome.error is not None:
            error, took = outcome.error, round(outcome.latency_s, 4)
            self.attempts.append(Attempt(outcome.model, error.reason, error.message, took, error.retry_after_s))
        self.spent += outcome.cost

    def told(self) -> str:
        """The order and why, what was tried, and how long was waited in between, as JSON for the record."""
        order = [{"model": ranked.model, "why": ranked.why} for ranked in self.order]
        tried = [{"model": a.model, "reason": a.reason, "detail": a.detail} for a in self.tried]
        waited = {"waited_s": round(self.waited_s, 3)} if self.waited_s else {}
        return json.dumps({"order": order, "tried": tried, **waited}, ensure_ascii=False)


class _Held:
    """Money held for one call. Left without a booking, whatever interrupted it, the estimate is booked as spent."""

    def __init__(self, ledger: Ledger, reservation: Reservation | None, agent: str, model: str) -> None:
        self._ledger, self._reservation, self._agent, self._model = ledger, reservation, agent, model
        self.amount = reservation.amount if reservation else Decimal(0)

    def book(self, cost: Decimal | None) -> None:
        """Book `cost`; None: certainly not billed, so the money goes back."""
        if self._reservation is not None:
            if cost is None:
                self._ledger.release(self._reservation)
            else:
                self._ledger.settle(self._reservation, cost)
        elif cost:
            self._ledger.charge(cost, agent=self._agent, model=self._model)
        self._reservation = None

    def __enter__(self) -> _Held:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._reservation is not None:
            self.book(self.amount)


class Attempts:
    """Makes attempts for all agents of a process, on any thread."""

    def __init__(
        self,
        *,
        client: Client,
        prices: Prices,
        ledger: Ledger,
        health: Health,
        monitor: Recorder,
        tell: Callable[[Progress], None],
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._client, self._prices, self._ledger, self._health = client, prices, ledger, health
        self._monitor, self._tell = monitor, tell
        self._clock, self._wall_clock, self._new_id = clock, wall_clock, new_id

    def make(self, route: Route, model: str, timeout_s: float, *, queue: bool = False, hedged: bool = False) -> Outcome:
        """One attempt with `model`, given up after `timeout_s`; `queue`: it may wait for one of the model's places.
        StoreError when it can't be paid for or recorded; KeyRejectedError when the gateway refuses our key."""
        # A call beside this one may double the route's room meanwhile; this one has the room that is reserved for it.
        route = replace(route)
        tokens = _guessed_tokens(route)
        try:
            self._health.admit(model, tokens, timeout_s, queue=queue)
        except CallError as refusal:
            return self.passed_over(route, model, refusal)
        try:
            reservation = self._reserve(route, model, timeout_s)
        except CallError as refusal:
            self._health.unasked(model)
            return self.passed_over(route, model, refusal)
        with _Held(self._ledger, reservation, route.agent, model) as held, self._health.under_way(model, tokens):
            self._tell(Progress("call", f"{route.agent} asks {model}", route.agent, model))
            return self._call(route, model, timeout_s, held, hedged)

    def passed_over(self, route: Route, model: str, refusal: CallError) -> Outcome:
        """Record that `model` was not asked, and why."""
        outcome = Outcome(model, Decimal(0), 0.0, error=refusal, called=False)
        return self._failed(route, outcome, "none", hedged=False)

    def worst_case(self, route: Route, model: str) -> Decimal:
        """USD that the call can cost at most."""
        return self._prices.worst_case_of(model, route.messages, route.max_tokens, route.response_schema)

    def _reserve(self, route: Route, model: str, timeout_s: float) -> Reservation | None:
        """Money for the worst case, held well beyond the call's timeout; None for a model that costs nothing."""
        if self._prices.is_free(model):
            return None
        amount = self.worst_case(route, model)
        return self._ledger.reserve(amount, agent=route.agent, model=model, ttl_s=2 * timeout_s + 60)

    def _call(self, route: Route, model: str, timeout_s: float, held: _Held, hedged: bool) -> Outcome:
        began = self._clock()
        try:
            reply = self._client.complete(
                model,
                route.messages,
                max_tokens=route.max_tokens,
                temperature=route.temperature,
                timeout_s=timeout_s,
                response_schema=route.response_schema,
            )
        except CallError as error:
            cost = held.amount if error.billed else None
            held.book(cost)
            if isinstance(error, GatewayLostError):
                self._health.unasked(model)
            else:
                self._health.failed(model, error)
            outcome = Outcome(model, cost or Decimal(0), self._clock() - began, error=error)
            return self._failed(route, outcome, "reservation" if cost else "none", hedged)
        except KeyRejectedError:
            held.book(None)
            self._health.unasked(model)
            raise
        except BaseException as error:
            # Ctrl-C or a fault of ours: the provider may bill what was sent, so the estimate counts as spent.
            held.book(held.amount)
            broken = Outcome(model, held.amount, self._clock() - began, error=CallError("unavailable", repr(error)))
            self._record(route, broken, "reservation", hedged)
            raise
        return self._take(route, model, reply, held, self._clock() - began, hedged)

    def _take(self, route: Route, model: str, reply: GatewayReply, held: _Held, took: float, hedged: bool) -> Outcome:
        """Book what an answer cost, and see whether it is of use."""
        cost, source = self._prices.cost_of(reply, held.amount)
        held.book(cost)
        self._health.answered(model, reply)
        if (problem := _problem(reply, route.max_tokens)) is not None:
            useless = Outcome(model, cost, took, reply=reply, error=CallError(*problem))
            return self._failed(route, useless, source, hedged)
        call_id = self._record(route, Outcome(model, cost, took, reply=reply), source, hedged)
        self._tell(Progress("reply", f"{model} answered", route.agent, model, cost, took))
        return Outcome(model, cost, took, reply, call_id)

    def _failed(self, route: Route, outcome: Outcome, source: str, hedged: bool) -> Outcome:
        self._record(route, outcome, source if outcome.cost else "none", hedged)
        error = outcome.error
        told = f"{outcome.model}: {error.reason} ({error.message})" if error else outcome.model
        self._tell(Progress("note", told, route.agent, outcome.model, outcome.cost, outcome.latency_s))
        return outcome

    def _record(self, route: Route, outcome: Outcome, source: str, hedged: bool) -> str:
        """Record one attempt at once; its id."""
        request_id, reply, error = self._new_id(), outcome.reply, outcome.error
        fallback = outcome.model != route.primary
        self._monitor.record_request(
            RequestMetrics(
                request_id=request_id,
                run_id=route.run_id,
                timestamp=self._wall_clock(),
                agent_name=route.agent,
                primary_model=route.primary,
                model_used=outcome.model,
                fallback_used=fallback,
                fallback_reason=route.reason if fallback else None,
                input_tokens=reply.input_tokens if reply else 0,
                output_tokens=reply.output_tokens if reply else 0,
                cached_tokens=reply.cached_tokens if reply else 0,
                cache_write_tokens=reply.cache_write_tokens if reply else 0,
                cost_usd=outcome.cost,
                cost_source=source,
                latency_s=outcome.latency_s,
                success=error is None,
                error_reason=error.reason if error else None,
                rejected=error is not None and error.reason == "rejected",
                called=outcome.called,
                route_id=route.id,
                failover_s=max(self._clock() - route.started - outcome.latency_s - route.waited_s, 0.0),
                detail=error.message if error else "",
                escalated=route.escalated,
                hedged=hedged,
                tried=route.told() if error is None else "",
            )
        )
        return request_id


def _guessed_tokens(route: Route) -> int:
    written = sum(len(str(message.get("content", ""))) for message in route.messages)
    return written // BYTES_PER_TOKEN + route.max_tokens


def _problem(reply: GatewayReply, max_tokens: int) -> tuple[str, str] | None:
    """(reason, detail) of an answer that is of no use, or None: it is empty, refused, or JSON cut at max_tokens."""
    if reply.finish_reason in _REFUSED:
        return "refused", f"the provider stopped it: {reply.finish_reason}"
    cut = reply.finish_reason in _CUT
    if not reply.text.strip():
        return "rejected", "the reply is empty" + (f": cut at max_tokens={max_tokens}" if cut else "")
    if cut and _is_broken_json(reply.text):
        return "rejected", f"the JSON is cut at max_tokens={max_tokens}"
    return None


def _is_broken_json(text: str) -> bool:
    """Whether `text` holds JSON (bare, or in a fence, or after words) that does not end."""
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    if not starts:
        return False
    try:
        json.JSONDecoder().raw_decode(text, min(starts))
    except ValueError:
        return True
    return False
