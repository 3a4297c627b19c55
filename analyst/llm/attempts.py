"""One attempt with one candidate: admitted → reserved → observed → recorded → asked.

Each step wraps the next one. An attempt that was not made ends in the CallError of the step that refused it. Every way
out of one that was made books the money and leaves a record: an answer, a failure, Ctrl-C. (A gateway that refuses our
own key has asked nobody: that ends the analysis and is no model's record.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING

from analyst.budget.prices import Prices
from analyst.core.errors import CallError, GatewayLostError, KeyRejectedError
from analyst.core.events import Written
from analyst.llm.failures import UselessReplyError
from analyst.llm.listening import CHARACTERS_PER_TOKEN, SETTLING_S, Patience, Pulse, json_error
from analyst.llm.resilience.health import Health
from analyst.llm.resources import Books, Gateway, Runtime
from analyst.llm.route import CUT, Route
from analyst.protocol.calls import CallRecord, CallRequest, GatewayReply

if TYPE_CHECKING:
    from analyst.budget.ledger import Ledger, Reservation

_REFUSED = ("content_filter", "refusal")


@dataclass(frozen=True)
class Call:
    """One attempt that is about to be made; `reserved` is the money (USD) set aside for it so far.

    `request` is its route's at the moment: a call beside this one may double the route's room, but not that of this
    one, which its money was reserved for. `queue`: it may wait for one of the model's places. `pulse` shows its signs
    of life.
    """

    route: Route
    request: CallRequest
    model: str
    patience: Patience
    queue: bool = False
    hedged: bool = False
    reserved: Decimal = Decimal(0)
    pulse: Pulse = field(default_factory=Pulse)

    @property
    def tokens(self) -> int:
        """About how many it will take."""
        written = sum(len(str(message.get("content", ""))) for message in self.request.messages)
        return written // CHARACTERS_PER_TOKEN + self.request.max_tokens


Step = Callable[[Call], CallRecord]
"""Makes the attempt, or refuses it with a CallError."""


class Attempts:
    """Makes attempts for all agents of a process, on any thread."""

    def __init__(self, gateway: Gateway, books: Books, health: Health, runtime: Runtime) -> None:
        self._prices = books.prices
        self._recorded = Recorded(gateway, books, runtime)
        observed = Observed(self._recorded, health, gateway.keeps_up)
        self._step = Admitted(Reserved(observed, books.prices, books.ledger), health)

    def make(self, call: Call) -> CallRecord:
        """One attempt. StoreError when it can't be paid for or recorded; KeyRejectedError when the gateway refuses our
        key."""
        try:
            record = self._step(call)
        except CallError as refusal:
            return self.pass_over(call, refusal)
        return _told(call, record)

    def pass_over(self, call: Call, refusal: CallError) -> CallRecord:
        """Record that the model was not asked, and why."""
        return _told(call, self._recorded.passed_over(call, refusal))

    def worst_case(self, request: CallRequest, model: str) -> Decimal:
        """USD that the call can cost at most."""
        return self._prices.worst_case_of(model, request)


class Admitted:
    """Lets through what the model's breaker and rate limits allow."""

    def __init__(self, then: Step, health: Health) -> None:
        self._then, self._health = then, health

    def __call__(self, call: Call) -> CallRecord:
        self._health.admit(call.model, call.tokens, call.patience.whole_s, queue=call.queue)
        try:
            return self._then(call)
        except (CallError, KeyRejectedError):
            self._health.unasked(call.model)
            raise


class Reserved:
    """Holds money for the worst case well beyond the call's timeout, and books what it came to."""

    def __init__(self, then: Step, prices: Prices, ledger: Ledger) -> None:
        self._then, self._prices, self._ledger = then, prices, ledger

    def __call__(self, call: Call) -> CallRecord:
        with Held(self._ledger, self._reserve(call), call) as held:
            record = self._then(replace(call, reserved=held.amount))
            held.book(None if record.cost_source == "none" else record.cost_usd)
            return record

    def _reserve(self, call: Call) -> Reservation | None:
        """None for a model that costs nothing, unless the books know better: then twice the most that it ever cost."""
        amount = self._prices.worst_case_of(call.model, call.request)
        if self._prices.is_free(call.model):
            amount = 2 * self._ledger.charged(call.model)
            if not amount:
                return None
        ttl_s = 2 * call.patience.whole_s + 60
        request = call.request
        return self._ledger.reserve(amount, agent=request.agent, model=call.model, ttl_s=ttl_s, payer=request.payer)


class Held:
    """Money held for one call. Left without a booking, whatever interrupted it, the estimate is booked as spent."""

    def __init__(self, ledger: Ledger, reservation: Reservation | None, call: Call) -> None:
        self._ledger, self._reservation, self._call = ledger, reservation, call
        self.amount = reservation.amount if reservation else Decimal(0)

    def book(self, cost: Decimal | None) -> None:
        """Book `cost`; None: certainly not billed, so the money goes back."""
        if self._reservation is not None:
            if cost is None:
                self._ledger.release(self._reservation)
            else:
                self._ledger.settle(self._reservation, cost)
        elif cost:
            model, request = self._call.model, self._call.request
            self._ledger.charge(cost, agent=request.agent, model=model, payer=request.payer)
            told = f"{model} is priced as free but reported a cost of ${cost}: its calls now count against the budget"
            self._call.route.tell("note", told, model)
        self._reservation = None

    def __enter__(self) -> Held:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._reservation is not None:
            self.book(None if isinstance(error, KeyRejectedError) else self.amount)


class Observed:
    """Counts the call against the model's limits while it is under way, and learns from how it ended: nothing of the
    model, where the gateway itself was lost or late."""

    def __init__(self, then: Step, health: Health, keeps_up: Callable[[], bool]) -> None:
        self._then, self._health, self._keeps_up = then, health, keeps_up

    def __call__(self, call: Call) -> CallRecord:
        with self._health.under_way(call.model, call.tokens) as asked_at:
            record = self._then(call)
            if record.reply is not None:
                self._health.answered(call.model, record.reply, asked_at=asked_at)
            elif isinstance(record.error, GatewayLostError) or self._is_ours(record.error):
                self._health.unasked(call.model)
            elif record.error is not None:
                billed = record.cost_usd > 0
                self._health.failed(call.model, record.error, asked_at=asked_at, billed=billed)
            return record

    def _is_ours(self, error: CallError | None) -> bool:
        return error is not None and error.reason == "timeout" and not self._keeps_up()


class Recorded:
    """Asks the gateway once, and records at once how that ended, what it cost, and who says so."""

    def __init__(self, gateway: Gateway, books: Books, runtime: Runtime) -> None:
        self._gateway, self._books, self._runtime = gateway, books, runtime

    def __call__(self, call: Call) -> CallRecord:
        ending: GatewayReply | CallError
        began = self._runtime.clock()
        asked = self._record(call, call.route.asked(began))
        call.pulse.ask(call.patience, began)
        try:
            call.route.tell("call", f"{call.request.agent} asks {call.model}", call.model)
            hear = self._hearer(call, asked.request_id)
            ending = self._gateway.client.complete(call.model, call.request, call.patience, hear)
        except CallError as error:
            ending = error
        except KeyRejectedError:
            raise
        except BaseException as error:
            # Ctrl-C or a fault of ours: the provider may bill what was sent, so the estimate counts as spent.
            broken_off = CallError("unavailable", repr(error), billed=True)
            self._keep(self._failed(self._ended(asked, began), call, broken_off))
            raise
        record = self._ended(asked, began)
        if isinstance(ending, CallError):
            record = self._failed(record, call, ending)
        else:
            record = self._answered(record, call, ending)
        call.route.ended(None if record.success else self._silent_since(call, record))
        return self._keep(record)

    def passed_over(self, call: Call, refusal: CallError) -> CallRecord:
        """Record that the model was not asked, and why."""
        return self._keep(replace(self._record(call, call.route.lost_s), called=False).failed(refusal))

    def _hearer(self, call: Call, id: str) -> Callable[[str], None]:
        """Who hears the text of the call `id`."""
        on_text, request, clock = self._gateway.on_text, call.request, self._runtime.clock

        def hear(text: str) -> None:
            call.pulse.beat(clock())
            if on_text is not None and text and not call.route.over:
                on_text(Written(id, request.agent, call.model, text, request.run_id))

        return hear

    def _silent_since(self, call: Call, record: CallRecord) -> float:
        """When the fault of a failed call began: with the silence after its last sign of life. A stream that is given
        up because it drips was at fault at least while its pace was judged."""
        if record.error_reason != "timeout":
            return call.pulse.last
        return min(call.pulse.last, self._runtime.clock() - min(SETTLING_S, record.latency_s))

    def _ended(self, record: CallRecord, began: float) -> CallRecord:
        return replace(record, latency_s=self._runtime.clock() - began, timestamp=self._runtime.wall_clock())

    def _failed(self, record: CallRecord, call: Call, error: CallError) -> CallRecord:
        if isinstance(error, UselessReplyError):
            record = replace(_unless_free(self._figured(record, call, error.reply)), reply=None)
        elif error.billed and call.reserved:
            record = replace(record, cost_usd=call.reserved, cost_source="reservation")
        return record.failed(error)

    def _figured(self, record: CallRecord, call: Call, reply: GatewayReply) -> CallRecord:
        """With what the provider said, and what that cost."""
        cost = self._books.prices.cost_of(reply, call.reserved)
        return replace(record, cost_usd=cost.usd, cost_source=cost.source, claimed_usd=cost.claimed).answered(reply)

    def _answered(self, record: CallRecord, call: Call, reply: GatewayReply) -> CallRecord:
        """What the answer cost, and whether it is of use."""
        record = self._figured(record, call, reply)
        if (problem := _problem(reply, call.request.max_tokens)) is not None:
            return _unless_free(record).failed(CallError(*problem))
        route = call.route.account(self._runtime.clock() - call.route.started)
        return replace(record, route=route)

    def _keep(self, record: CallRecord) -> CallRecord:
        self._books.recorder.record_request(record)
        return record

    def _record(self, call: Call, failover_s: float) -> CallRecord:
        """Who was asked what by whom; how it ended is still to come."""
        route, request = call.route, call.request
        fallback = call.model != route.primary
        return CallRecord(
            request_id=self._runtime.new_id(),
            route_id=route.id,
            run_id=request.run_id,
            timestamp=self._runtime.wall_clock(),
            agent_name=request.agent,
            primary_model=route.primary,
            model_used=call.model,
            fallback_used=fallback,
            fallback_reason=route.reason if fallback else None,
            input_tokens=0,
            output_tokens=0,
            cached_tokens=0,
            cost_usd=Decimal(0),
            cost_source="none",
            latency_s=0.0,
            success=False,
            failover_s=failover_s,
            escalated=request.escalated,
            hedged=call.hedged,
        )


def _told(call: Call, record: CallRecord) -> CallRecord:
    model, error = call.model, record.error
    if error is None:
        call.route.tell("reply", f"{model} answered", model, record)
    else:
        call.route.tell("note", f"{model}: {error.reason} ({error.message})", model, record)
    return record


def _unless_free(record: CallRecord) -> CallRecord:
    """With nobody's figure where nothing was charged."""
    return record if record.cost_usd else replace(record, cost_source="none")


def _problem(reply: GatewayReply, max_tokens: int) -> tuple[str, str] | None:
    """(reason, detail) of an answer that is of no use, or None: it is empty, refused, or JSON cut at max_tokens."""
    if reply.finish_reason in _REFUSED:
        return "refused", f"the provider stopped it: {reply.finish_reason}"
    cut = reply.finish_reason in CUT
    if not reply.text.strip():
        return "rejected", "the reply is empty" + (f": cut at max_tokens={max_tokens}" if cut else "")
    if cut and json_error(reply.text) is not None:
        return "rejected", f"the JSON is cut at max_tokens={max_tokens}"
    return None
