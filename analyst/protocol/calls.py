"""One call of a model: what the gateway returns, and what the router decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

ABSENT = "no key, or out of reach at start"
"""Why a candidate was left out from the beginning."""


@dataclass(frozen=True)
class GatewayReply:
    """One answered call. Tokens as the provider counted them; costs in USD, None where nobody gave a figure."""

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


@dataclass(frozen=True)
class Attempt:
    """A candidate that was passed over or failed: `reason` is one of core.errors.REASONS. `retry_after_s`: when it
    asked to be tried again, None where it did not say."""

    model: str
    reason: str
    detail: str = ""
    latency_s: float = 0.0
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Ranked:
    """A candidate at its place in the order tried, and why it stands there."""

    model: str
    why: str


@dataclass(frozen=True)
class RoutedReply:
    """What SmartRouter returns: the text and its metadata. `fallback` is true when `model_used` is not `primary`;
    `reason` then says why the primary was not used. `cost_usd` covers the billed failures among `attempts` too.
    `order` is what the policy made of the chain; `escalated`: an earlier reply to the same task failed its check."""

    text: str
    call_id: str
    agent: str
    primary: str
    model_used: str
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    latency_s: float
    fallback: bool = False
    reason: str | None = None
    cached_tokens: int = 0
    success: bool = True
    attempts: tuple[Attempt, ...] = ()
    order: tuple[Ranked, ...] = ()
    escalated: bool = False


@dataclass(frozen=True)
class RequestMetrics:
    """One call, or a candidate passed over without a call (`called` false). Times in seconds, money in USD.

    `timestamp` is Unix time. `success`: the call gave a usable answer; `rejected`: a check of ours refused it.
    `cost_source` is provider, gateway, pinned, reservation or none. `route_id` is shared by the attempts of one
    request; `failover_s` is the time its earlier attempts took. `escalated`: asked because an earlier reply was
    rejected; `hedged`: asked beside another that was slow. `scenario` names the simulation the call belongs to (None:
    a real one). `tried` is the router's account of the request (JSON text), given with one of its attempts.
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
    tried: str = ""

    def __post_init__(self) -> None:
        if not self.cost_usd.is_finite() or self.cost_usd < 0:
            raise ValueError(f"cost_usd={self.cost_usd!r}: a cost is known and not negative")
