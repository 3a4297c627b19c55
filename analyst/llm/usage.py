"""What a reply took, by the figures that came with it: tokens and costs, where they are numbers that can be true.

The gateway hands on the provider's own figures beside LiteLLM's (analyst.llm.gateway.provider_usage).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai.types import CompletionUsage

MOST_TOKENS = 10**9
"""No call has more: a higher number is somebody's slip, and too long to count with."""
MOST_USD = Decimal(10**9)
"""What any higher cost is taken for: it is not believed anyway."""


@dataclass(frozen=True)
class Usage:
    """Tokens and costs (USD, None: nobody gave a figure) of one reply. `estimated`: the provider counted no tokens."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    provider_cost_usd: Decimal | None = None
    gateway_cost_usd: Decimal | None = None
    estimated: bool = True


def read_usage(told: CompletionUsage | None) -> Usage:
    """The usage of a stream's last chunk.

    The gateway's cost is left out where the provider gave one, which it rests on then, and where it misses tokens.
    """
    details, provider = getattr(told, "prompt_tokens_details", None), getattr(told, "provider", None)
    own: Mapping[str, object] = provider if isinstance(provider, dict) else {}
    known, written = _count(getattr(told, "completion_tokens", None)), _written(told, own)
    of_gateway = None if own.get("cost") or written > known else _money(getattr(told, "cost", None))
    return Usage(
        input_tokens=_count(getattr(told, "prompt_tokens", None)),
        output_tokens=max(known, written),
        cached_tokens=_count(getattr(details, "cached_tokens", None)),
        cache_write_tokens=_count(getattr(details, "cache_write_tokens", None)),
        provider_cost_usd=_provider_cost(own),
        gateway_cost_usd=of_gateway,
        estimated=not (_count(own.get("prompt_tokens")) and _count(own.get("completion_tokens"))),
    )


def _written(told: CompletionUsage | None, own: Mapping[str, object]) -> int:
    """Output tokens where thoughts were counted apart from the text: the total holds them, or they are more than it."""
    written, thought = _count(own.get("completion_tokens")), getattr(told, "completion_tokens_details", None)
    thoughts = _count(getattr(thought, "reasoning_tokens", None))
    apart = written + thoughts if thoughts > written else 0
    return max(apart, _count(own.get("total_tokens")) - _count(own.get("prompt_tokens")))


def _provider_cost(own: Mapping[str, object]) -> Decimal | None:
    """What the provider says that the call cost.

    With a key of the user's own behind it, `cost` is OpenRouter's fee alone, and what that key was charged stands
    apart; None where that is not told.
    """
    cost = _money(own.get("cost"))
    if own.get("is_byok") is not True:
        return cost
    details = own.get("cost_details")
    charged = _money(details.get("upstream_inference_cost")) if isinstance(details, dict) else None
    return charged + (cost or Decimal(0)) if charged else None


def _count(told: object) -> int:
    """A number of tokens, rounded up; 0 for none, and for what is no number of tokens."""
    if isinstance(told, bool) or not isinstance(told, (int, float)) or not 0 < told <= MOST_TOKENS:
        return 0
    return math.ceil(told)


def _money(told: object) -> Decimal | None:
    """A cost in USD; None for anything that is not one (a cost nobody knows is never zero)."""
    try:
        amount = Decimal(str(told))
    except InvalidOperation:
        return None
    return min(amount, MOST_USD) if amount.is_finite() and amount >= 0 else None
