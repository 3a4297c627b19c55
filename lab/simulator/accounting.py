"""What the simulated providers did and what they would really have billed, by analyst/budget/prices.json."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from analyst.budget.prices import Prices
from lab.simulator.chance import Luck
from lab.simulator.providers import Model

_MILLION = Decimal(1_000_000)
KEPT_ENTRIES = 20_000
HOSTS = (("DeepInfra", Decimal("0.6")), ("Fireworks", Decimal("0.8")), ("Together", Decimal("1")))
"""The hosts behind the simulated OpenRouter and their prices as parts of the max_price that the gateway sends."""


@dataclass(frozen=True)
class Tokens:
    """Tokens of one call; `cached` and `written` are parts of `input`."""

    input: int = 0
    output: int = 0
    cached: int = 0
    written: int = 0


def host_of(luck: Luck) -> tuple[str, Decimal]:
    """The host that OpenRouter sends a request to, and its part of the pinned price."""
    return HOSTS[luck.stream("host").randrange(len(HOSTS))]


def cost(prices: Prices, model: Model, tokens: Tokens, part: Decimal = Decimal(1)) -> Decimal:
    """USD of a call at the pinned price: fresh, cached and written input and output, each at its own rate."""
    rates = prices.price(model.priced_as).at(tokens.input)
    fresh = tokens.input - tokens.cached - tokens.written
    written = rates.cache_write or rates.input
    read = rates.input * fresh + rates.cached_input * tokens.cached + written * tokens.written
    return part * (read + rates.output * tokens.output) / _MILLION


@dataclass(frozen=True)
class Entry:
    """One request as the provider saw it. `refused` is why it was turned away; `fault` what was made to go wrong;
    `held_s` how long the model takes over its answer (simulated seconds)."""

    provider: str
    model: str
    at_s: float
    stream: bool = False
    fault: str | None = None
    refused: str | None = None
    status: int = 200
    tokens: Tokens = Tokens()
    billed_usd: Decimal = Decimal(0)
    held_s: float = 0.0


@dataclass
class Account:
    """The sums of one provider. `answered` counts answers that went out as they should and `held_s` for how long they
    were held (simulated seconds), `abandoned` counts those whose client left before the end."""

    requests: int = 0
    answered: int = 0
    held_s: float = 0.0
    abandoned: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0
    billed_usd: Decimal = Decimal(0)

    def add(self, entry: Entry) -> None:
        """Count one request; tokens only where they are billed."""
        self.requests += 1
        self.faults.update([entry.fault] if entry.fault else [])
        self.refused.update([entry.refused] if entry.refused else [])
        if not (entry.fault or entry.refused):
            self.answered += 1
            self.held_s += entry.held_s
        self.input_tokens += entry.tokens.input
        self.output_tokens += entry.tokens.output
        self.cached_tokens += entry.tokens.cached
        self.written_tokens += entry.tokens.written
        self.billed_usd += entry.billed_usd

    def plain(self) -> dict[str, Any]:
        """The sums as JSON holds them."""
        counts = {"faults": dict(self.faults), "refused": dict(self.refused)}
        return {**vars(self), **counts, "billed_usd": str(self.billed_usd), "held_s": round(self.held_s, 3)}


class Books:
    """Every provider's account, and the latest requests one by one."""

    def __init__(self, providers: tuple[str, ...]) -> None:
        self._names = providers
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._accounts = {name: Account() for name in self._names}
        self._entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)

    def add(self, entry: Entry) -> None:
        """Enter a request."""
        self._accounts[entry.provider].add(entry)
        self._entries.append(entry)

    def abandon(self, provider: str) -> None:
        """Note that a client left before its answer had ended."""
        self._accounts[provider].abandoned += 1

    def stats(self) -> dict[str, Any]:
        """The sums as JSON holds them: by provider, and of all; money as text."""
        told = {name: account.plain() for name, account in self._accounts.items()}
        total = sum((account.billed_usd for account in self._accounts.values()), Decimal(0))
        requests = sum(account.requests for account in self._accounts.values())
        return {"providers": told, "requests": requests, "billed_usd": str(total)}

    def entries(self) -> list[dict[str, Any]]:
        """The latest requests, oldest first."""
        return [{**asdict(entry), "billed_usd": str(entry.billed_usd)} for entry in self._entries]
