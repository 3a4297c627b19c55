"""SmartRouter: which model answers an agent's call. Candidates → admission → one call → check → settle and record.

The router alone decides: a candidate gets one attempt, the gateway is told not to try by itself, and every refusal
and failure is kept with its reason. Money is reserved before a call and settled after it, whatever happens between.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from contracts.errors import CallError, ChainExhaustedError, KeyRejectedError, SettingsError
from contracts.records import EMBEDDED_MODEL, Attempt, GatewayReply, Progress, RoutedReply
from money.prices import Prices
from money.tokens import worst_case_input_tokens
from monitoring import PerformanceMonitor, RequestMetrics
from reliability.chains import Chain
from reliability.deadline import Deadline
from reliability.policy import POLICIES

if TYPE_CHECKING:
    from money.ledger import Ledger, Reservation

Messages = Sequence[Mapping[str, Any]]

STAGES_LEFT = {"data_profiler": 3, "query_interpreter": 3, "insight_generator": 2, "report_writer": 1}
"""How many calls in a row an analysis still needs, this one included (the first two agents work side by side)."""
CALL_TIMEOUT_S = 60.0
"""The longest that any call may take, with or without a deadline."""
EMBEDDED_TIMEOUT_S = 30.0
"""The embedded analyst's own time: it answers in well under a second, also when the deadline is past."""
MIN_CALL_S = 1.0
"""With less time than this no model is asked: it would be paid for and not waited for."""
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


@dataclass
class _Route:
    """One request on its way through the chain: what is asked, by when, and what was tried so far."""

    agent: str
    primary: str
    messages: Messages
    max_tokens: int
    run_id: str | None
    deadline: Deadline | None
    temperature: float | None
    response_schema: Any
    id: str
    started: float
    attempts: list[Attempt] = field(default_factory=list)
    spent: Decimal = Decimal(0)

    @property
    def reason(self) -> str | None:
        """Why the primary was not used; None while it was not passed over."""
        return next((attempt.reason for attempt in self.attempts if attempt.model == self.primary), None)


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


class SmartRouter:
    """Routes each agent's calls along its chain. One router serves all agents of a process, on any thread.

    `available` names the models with a key and in reach; the embedded analyst always counts as one of them.
    """

    def __init__(
        self,
        *,
        chains: Mapping[str, Chain],
        client: Client,
        prices: Prices,
        ledger: Ledger,
        monitor: PerformanceMonitor,
        available: Collection[str],
        clock: Callable[[], float] = time.monotonic,
        policy: str = "fixed",
        call_timeout_s: float = CALL_TIMEOUT_S,
        on_event: Callable[[Progress], None] | None = None,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        if policy not in POLICIES:
            raise SettingsError(f"Unknown policy {policy!r}.", f"Choose one of: {', '.join(POLICIES)}.")
        for model in {model for chain in chains.values() for model in chain.models}:
            prices.price(model)
        self._chains, self._client, self._prices, self._ledger, self._monitor = chains, client, prices, ledger, monitor
        self._available = frozenset(available) | {EMBEDDED_MODEL}
        self._clock, self._wall_clock, self._new_id = clock, wall_clock, new_id
        self._policy, self._call_timeout_s = POLICIES[policy], call_timeout_s
        self._tell = on_event or (lambda _: None)

    def candidates(self, agent: str) -> list[str]:
        """The models that may answer `agent`, in the order tried; those out of reach are left out."""
        return [model for model in self._policy(self._chain(agent)) if model in self._available]

    def route_with_fallback(
        self,
        agent_name: str,
        messages: Messages,
        max_tokens: int,
        *,
        run_id: str | None = None,
        deadline: Deadline | None = None,
        temperature: float | None = None,
        response_schema: Any = None,
        start_at: str | None = None,
        skip: Collection[str] = (),
    ) -> RoutedReply:
        """The first usable answer along the agent's chain, with what it took to get it.

        `skip` and the models before `start_at` are passed over as rejected: their replies failed the caller's check.
        ChainExhaustedError when no candidate answered; StoreError when money or metrics can't be recorded;
        KeyRejectedError when the gateway refuses our key (no candidate can help).
        """
        chain = self._chain(agent_name)
        order = self._policy(chain)
        passed = set(skip) | set(order[: self._place(order, start_at)])
        route = _Route(
            agent_name, chain.primary, messages, max_tokens, run_id, deadline, temperature, response_schema,
            self._new_id(), self._clock(),
        )  # fmt: skip
        left = [model for model in order if model in self._available and model not in passed]
        for model in order:
            if model not in self._available:
                route.attempts.append(Attempt(model, "unavailable", "no key, or out of reach at start"))
            elif model in passed:
                route.attempts.append(Attempt(model, "rejected", "its reply failed the check before"))
            else:
                left.remove(model)
                others = any(other != EMBEDDED_MODEL for other in left)
                if (reply := self._try(route, model, others)) is not None:
                    return reply
        raise ChainExhaustedError(agent_name, [(a.model, a.reason, a.detail) for a in route.attempts])

    def reject(self, call_id: str, problems: Sequence[str]) -> bool:
        """Note that our later check refused the reply of call `call_id`; False when there is no such call."""
        found = self._monitor.record_rejection(call_id, problems)
        if found is None:
            return False
        agent, model = found
        self._tell(Progress("rejected", f"{model}: {'; '.join(problems)}", agent, model))
        return True

    def get_routing_stats(self, since_days: float | None = None) -> dict[str, Any]:
        """What was recorded, by agent: calls, success of the primary, fallbacks by reason, rejections, and its models.

        Rates and shares are fractions (None where nothing was counted), times seconds, costs Decimal USD. Each
        model's `share` is its part of the agent's answers; `failures` counts its failed or refused attempts by reason.
        """
        agents = {row["agent_name"]: row for row in self._monitor.groups(["agent_name"], since_days)}
        told: dict[str, Any] = {name: agents[name] | {"models": {}} for name in self._chains if name in agents}
        for row in self._monitor.groups(["agent_name", "model_used"], since_days):
            of_agent = told.get(row["agent_name"])
            if of_agent is not None:
                share = row["answered"] / of_agent["answered"] if of_agent["answered"] else None
                of_agent["models"][row["model_used"]] = row | {"share": share, "failures": {}}
        for agent, model, reason, count in self._monitor.reasons("error_reason", since_days):
            if agent in told:
                told[agent]["models"][model]["failures"][reason] = count
        reasons: dict[str, Counter[str]] = {name: Counter() for name in told}
        for agent, _, reason, count in self._monitor.reasons("fallback_reason", since_days):
            if agent in told:
                reasons[agent][reason] += count
        for name, row in told.items():
            row["fallback_reasons"] = {reason: count / row["answered"] for reason, count in reasons[name].most_common()}
        return told

    def _chain(self, agent: str) -> Chain:
        if agent not in self._chains:
            raise SettingsError(f"Unknown agent {agent!r}.", f"Known: {', '.join(self._chains)}.")
        return self._chains[agent]

    def _place(self, order: Sequence[str], start_at: str | None) -> int:
        if start_at is None:
            return 0
        if start_at not in order:
            raise SettingsError(f"start_at={start_at!r} is not in the chain.", f"Choose one of: {', '.join(order)}.")
        return order.index(start_at)

    def _try(self, route: _Route, model: str, others: bool) -> RoutedReply | None:
        """One attempt with `model`; None when it was refused or failed. `others`: real models come after it."""
        try:
            timeout_s = self._time_for(route, model, others)
            reservation = self._reserve(route, model, timeout_s)
        except CallError as refusal:
            self._note_failure(route, model, refusal.reason, refusal.message, called=False)
            return None
        with _Held(self._ledger, reservation, route.agent, model) as held:
            self._tell(Progress("call", f"{route.agent} asks {model}", route.agent, model))
            return self._call(route, model, timeout_s, held)

    def _time_for(self, route: _Route, model: str, others: bool) -> float:
        if model == EMBEDDED_MODEL:
            return EMBEDDED_TIMEOUT_S
        if route.deadline is None:
            return self._call_timeout_s
        share = route.deadline.share(STAGES_LEFT.get(route.agent, 1) + others)
        if share < MIN_CALL_S:
            raise CallError("timeout", f"{route.deadline.left():.1f} s are left before the deadline.")
        return min(share, self._call_timeout_s)

    def _reserve(self, route: _Route, model: str, timeout_s: float) -> Reservation | None:
        """Money for the worst case, held well beyond the call's timeout; None for a model that costs nothing."""
        if self._prices.is_free(model):
            return None
        tokens = worst_case_input_tokens(route.messages, route.response_schema)
        amount = self._prices.worst_case(model, tokens, route.max_tokens)
        return self._ledger.reserve(amount, agent=route.agent, model=model, ttl_s=2 * timeout_s + 60)

    def _call(self, route: _Route, model: str, timeout_s: float, held: _Held) -> RoutedReply | None:
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
            took = self._clock() - began
            self._note_failure(route, model, error.reason, error.message, latency_s=took, cost=cost)
            return None
        except KeyRejectedError:
            held.book(None)
            raise
        except BaseException as error:
            # Ctrl-C or a fault of ours: the provider may bill what was sent, so the estimate counts as spent.
            held.book(held.amount)
            self._record(route, model, self._clock() - began, held.amount, "reservation", "unavailable", repr(error))
            raise
        return self._take(route, model, reply, held, self._clock() - began)

    def _take(self, route: _Route, model: str, reply: GatewayReply, held: _Held, took: float) -> RoutedReply | None:
        """Book what an answer cost, and check it; None when it is of no use."""
        cost, source = self._prices.cost_of(reply, held.amount)
        held.book(cost)
        if (problem := _problem(reply, route.max_tokens)) is not None:
            self._note_failure(route, model, *problem, latency_s=took, cost=cost, source=source, reply=reply)
            return None
        call_id = self._record(route, model, took, cost, source, reply=reply)
        routed = RoutedReply(
            text=reply.text,
            call_id=call_id,
            agent=route.agent,
            primary=route.primary,
            model_used=model,
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
            cost_usd=route.spent + cost,
            latency_s=self._clock() - route.started,
            fallback=model != route.primary,
            reason=route.reason if model != route.primary else None,
            cached_tokens=reply.cached_tokens,
            attempts=tuple(route.attempts),
        )
        self._tell(Progress("reply", f"{model} answered", route.agent, model, routed.cost_usd, routed.latency_s))
        return routed

    def _note_failure(
        self,
        route: _Route,
        model: str,
        reason: str,
        detail: str,
        *,
        called: bool = True,
        latency_s: float = 0.0,
        cost: Decimal | None = None,
        source: str = "reservation",
        reply: GatewayReply | None = None,
    ) -> None:
        billed = cost or Decimal(0)
        told = source if billed else "none"
        self._record(route, model, latency_s, billed, told, reason, detail, called=called, reply=reply)
        route.attempts.append(Attempt(model, reason, detail, latency_s))
        route.spent += billed
        self._tell(Progress("note", f"{model}: {reason} ({detail})", route.agent, model, billed, latency_s))

    def _record(
        self,
        route: _Route,
        model: str,
        latency_s: float,
        cost: Decimal,
        source: str,
        reason: str | None = None,
        detail: str = "",
        *,
        called: bool = True,
        reply: GatewayReply | None = None,
    ) -> str:
        """Record one attempt at once; its id. `reason` None: it gave the answer."""
        request_id = self._new_id()
        fallback = model != route.primary
        self._monitor.record_request(
            RequestMetrics(
                request_id=request_id,
                run_id=route.run_id,
                timestamp=self._wall_clock(),
                agent_name=route.agent,
                primary_model=route.primary,
                model_used=model,
                fallback_used=fallback,
                fallback_reason=route.reason if fallback else None,
                input_tokens=reply.input_tokens if reply else 0,
                output_tokens=reply.output_tokens if reply else 0,
                cached_tokens=reply.cached_tokens if reply else 0,
                cost_usd=cost,
                cost_source=source,
                latency_s=latency_s,
                success=reason is None,
                error_reason=reason,
                rejected=reason == "rejected",
                called=called,
                route_id=route.id,
                failover_s=self._clock() - route.started - latency_s,
                detail=detail,
            )
        )
        return request_id


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
