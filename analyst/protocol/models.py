"""What is told of the configured models: where they stand, what they cost, whether they are asked now."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True)
class ChainPlace:
    """A model's place (from 1) in an agent's chain, and why it stands there."""

    agent: str
    place: int
    reason: str


@dataclass(frozen=True)
class ModelStatus:
    """A configured model. Prices are US dollars per million tokens.

    `offered`: whether the gateway has it (None: the gateway was not asked yet). `breaker`: closed, open (it is left out
    after failures, for `retry_in_s` seconds more, because of `why`) or half-open (one call may try it).
    """

    model: str
    account: str
    input_usd_per_million: Decimal
    output_usd_per_million: Decimal
    offered: bool | None
    breaker: Literal["closed", "open", "half-open"]
    why: str
    retry_in_s: float
    chains: tuple[ChainPlace, ...]
