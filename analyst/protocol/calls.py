"""One call of a model: what is asked (CallRequest), what the provider said (GatewayReply), how it ended (CallRecord).

A request goes down from the agent through the router to the gateway; a record comes back up, one for each attempt. The
store, traces, reports, statistics and result.json all read the record.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Protocol

from pydantic import ConfigDict, PlainSerializer, PlainValidator

from analyst.core.errors import CallError
from analyst.core.events import Progress

ABSENT = "no key, or unreachable at startup"
"""Why a candidate was left out from the beginning."""

Messages = Sequence[Mapping[str, object]]
"""Chat messages as the gateway takes them: role and content."""
Listener = Callable[[Progress], None]


class TimeLimit(Protocol):
    """The time that an analysis has left, shared out over its calls (analyst.llm.resilience.deadline)."""

    def left(self) -> float: ...
    def share(self, calls_left: int) -> float: ...
    def target_share(self, calls_left: int) -> float | None: ...


@dataclass(frozen=True)
class Payer:
    """The user of the service whose call it is, and what their calls may cost a day (USD; None: only the platform's
    budget limits them)."""

    name: str
    daily_usd: Decimal | None = None


@dataclass(frozen=True)
class CallRequest:
    """What an agent wants answered, within which limits, for which analysis.

    `schema` is the JSON schema that the reply has to follow. `first` is asked before all others: its reply failed the
    agent's check and it is to correct it. `skip` are models whose replies failed for good; `among`: nobody else is
    asked. `correction` is what `first` is sent instead of `messages`: it has seen the rest. `on_event` hears what
    happens to this request alone.
    """

    agent: str
    messages: Messages
    max_tokens: int
    temperature: float | None = None
    schema: Mapping[str, object] | None = None
    run_id: str | None = None
    deadline: TimeLimit | None = None
    first: str | None = None
    skip: tuple[str, ...] = ()
    among: tuple[str, ...] | None = None
    correction: Messages = ()
    on_event: Listener | None = None
    payer: Payer | None = None

    def to(self, model: str) -> CallRequest:
        """The request as `model` is sent it."""
        return replace(self, messages=self.correction) if self.correction and model == self.first else self

    @property
    def escalated(self) -> bool:
        """Whether an earlier reply to the same task failed its check."""
        return bool(self.skip) or self.first is not None


@dataclass(frozen=True)
class GatewayReply:
    """One answered call. Tokens as the provider counted them; costs in USD, None where nobody gave a figure.

    `first_token_s`: seconds until the text began. `estimated`: the gateway guessed the tokens, the provider told none.
    """

    text: str
    model: str
    provider_model: str
    input_tokens: int
    output_tokens: int
    latency_s: float
    cached_tokens: int = 0
    provider_cost_usd: Decimal | None = None
    gateway_cost_usd: Decimal | None = None
    finish_reason: str = "stop"
    headers: Mapping[str, str] = field(default_factory=dict)
    cache_write_tokens: int = 0
    first_token_s: float | None = None
    estimated: bool = False


@dataclass(frozen=True)
class Attempt:
    """A candidate that was passed over or failed: `reason` is one of core.errors.REASONS. `retry_after_s`: when it
    asked to be tried again, None where it did not say. `billed`: it may have cost money, so it is not asked again.
    `called`: it was asked, not passed over for what others met."""

    model: str
    reason: str
    detail: str = ""
    latency_s: float = 0.0
    retry_after_s: float | None = None
    billed: bool = False
    called: bool = True


@dataclass(frozen=True)
class Ranked:
    """A candidate at its place in the order tried, and why it stands there."""

    model: str
    why: str


class Spending:
    """What the calls of one request cost: those that ended, and those that still run beside its answer at the most that
    they may come to. Threads share it."""

    def __init__(self, ended_usd: Decimal = Decimal(0)) -> None:
        self._ended, self._most = ended_usd, dict[str, Decimal]()
        self._running = Counter[str]()
        self._lock = threading.Lock()

    @property
    def usd(self) -> Decimal:
        """As known now."""
        with self._lock:
            return sum(self._most.values(), self._ended)

    def begin(self, model: str) -> None:
        """A call is made."""
        with self._lock:
            self._running[model] += 1

    def end(self, model: str, usd: Decimal) -> None:
        """It has ended, and cost so much."""
        with self._lock:
            self._running[model] -= 1
            self._ended += usd
            self._most.pop(model, None)

    def count_at_most(self, model: str, usd: Decimal) -> None:
        """The request is answered: the call of `model` counts at its worst case, unless it has ended by now."""
        with self._lock:
            if self._running[model] > 0:
                self._most[model] = usd


def _saved(spending: Spending) -> str:
    return str(spending.usd)


def _read(saved: Spending | str) -> Spending:
    return saved if isinstance(saved, Spending) else Spending(Decimal(saved))


Spent = Annotated[Spending, PlainSerializer(_saved), PlainValidator(_read)]
"""Where a record is kept as JSON: what its request had cost by then."""


@dataclass(frozen=True)
class RouteRecord:
    """How a request went through its chain: the order and why, what was passed over or failed, the pauses in between.

    `latency_s` is the whole request's, its failures and pauses included.
    """

    order: tuple[Ranked, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    spending: Spent = field(default_factory=Spending)
    latency_s: float = 0.0
    waited_s: float = 0.0

    @property
    def cost_usd(self) -> Decimal:
        """What the whole request has cost by now, its billed failures included."""
        return self.spending.usd

    def as_json(self) -> str:
        """The account as the store keeps it; empty where there is none."""
        if not self.order:
            return ""
        order = [{"model": ranked.model, "why": ranked.why} for ranked in self.order]
        tried = [{"model": a.model, "reason": a.reason, "detail": a.detail} for a in self.attempts]
        waited = {"waited_s": round(self.waited_s, 3)} if self.waited_s else {}
        return json.dumps({"order": order, "tried": tried, **waited}, ensure_ascii=False)


@dataclass(frozen=True)
class CallRecord:
    """One call, or a candidate passed over without a call (`called` false). Times in seconds, money in USD.

    `timestamp` is Unix time. `success`: the call gave a usable answer; `rejected`: a check of ours refused it.
    `cost_source` is provider, gateway, pinned, reservation or none; `claimed_usd` is the figure that was given
    but not believed (analyst.budget.prices). `route_id` is shared by the attempts of one request; `failover_s` is what
    faults had cost the request by then, each from its start (the last sign of life) until the next candidate was asked.
    `escalated`: asked because an earlier reply was rejected; `hedged`: asked beside another that was late. `scenario`
    names the simulation the call belongs to (None: a real one). `first_token_s` is when the reply's text began (None:
    it never did). The answer's record carries the `route` of its request. `reply` and `error` stay in the process that
    made the call: no text of a model is stored with its figures.
    """

    request_id: str
    run_id: str | None
    timestamp: float
    agent_name: str
    primary_model: str
    model_used: str
    fallback_used: bool
    fallback_reason: str | None
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: Decimal
    cost_source: str
    latency_s: float
    success: bool
    error_reason: str | None = None
    rejected: bool = False
    called: bool = True
    route_id: str = ""
    failover_s: float = 0.0
    detail: str = ""
    escalated: bool = False
    hedged: bool = False
    cache_write_tokens: int = 0
    scenario: str | None = None
    claimed_usd: Decimal | None = None
    first_token_s: float | None = None
    route: RouteRecord = RouteRecord()
    reply: GatewayReply | None = field(default=None, repr=False, compare=False)
    error: CallError | None = field(default=None, repr=False, compare=False)
    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    def __post_init__(self) -> None:
        if not self.cost_usd.is_finite() or self.cost_usd < 0:
            raise ValueError(f"cost_usd={self.cost_usd!r}: a cost is known and not negative")

    @property
    def text(self) -> str:
        """What the model answered; empty where it gave no answer, and in a record that was read from the store."""
        return self.reply.text if self.reply is not None else ""

    @property
    def tried(self) -> str:
        """The router's account of the request (JSON text), given with its answer."""
        return self.route.as_json()

    def answered(self, reply: GatewayReply) -> CallRecord:
        """With what the provider said."""
        return replace(
            self,
            success=True,
            reply=reply,
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
            cached_tokens=reply.cached_tokens,
            cache_write_tokens=reply.cache_write_tokens,
            first_token_s=reply.first_token_s,
        )

    def failed(self, error: CallError) -> CallRecord:
        """With the reason why there is no usable answer; the figures of a useless reply stay."""
        return replace(
            self,
            success=False,
            error=error,
            error_reason=error.reason,
            detail=error.message,
            rejected=error.reason == "rejected",
        )


class Router(Protocol):
    """Who answers an agent's calls: SmartRouter (routing.py), and what stands before it."""

    def candidates(self, agent: str) -> list[str]: ...
    def voices(self, agent: str) -> list[tuple[str, ...]]: ...
    def route_with_fallback(self, request: CallRequest) -> CallRecord: ...
    def reject(self, record: CallRecord, problems: Sequence[str], on_event: Listener | None = None) -> bool: ...
