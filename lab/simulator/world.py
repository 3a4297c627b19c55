"""The state of a simulation: the scenario in force, its clock, chance, limits, prompt caches, queues and books."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from analyst.budget.prices import Prices, load_prices
from lab.simulator.accounting import Books
from lab.simulator.chance import Chance
from lab.simulator.content import Speaker
from lab.simulator.counting import PromptCache
from lab.simulator.limits import Limiter
from lab.simulator.protocols.chat import ChatWire
from lab.simulator.protocols.messages import MessagesWire
from lab.simulator.protocols.ollama import OllamaWire
from lab.simulator.protocols.wire import Wire
from lab.simulator.providers import PROVIDERS, Limits, Model, Provider
from lab.simulator.scenarios import Conduct, Scenario
from lab.simulator.timing import SimulatedTime

STYLES: dict[str, Callable[[Provider], Wire]] = {"chat": ChatWire, "messages": MessagesWire, "ollama": OllamaWire}
"""The protocols by a provider's style."""
REFUSAL_PERIOD_S = 10.0
"""A port that refuses connections for a share of the time does so once in so many simulated seconds."""


class Queue:
    """The places of a provider that works on few requests at a time."""

    def __init__(self, provider: Provider) -> None:
        self._places = asyncio.Semaphore(provider.slots) if provider.slots else None
        self._room, self._waiting = provider.queue, 0

    @property
    def is_full(self) -> bool:
        """Whether one more would have to be turned away."""
        return self._places is not None and self._places.locked() and self._waiting >= self._room

    async def enter(self) -> None:
        """Wait for a place."""
        if self._places is not None:
            self._waiting += 1
            try:
                await self._places.acquire()
            finally:
                self._waiting -= 1

    def leave(self) -> None:
        """Give the place back."""
        if self._places is not None:
            self._places.release()


class World:
    """One simulation. Everything random comes from `seed`, every moment from `time`."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int = 0,
        time: SimulatedTime | None = None,
        prices: Prices | None = None,
        speaker: Speaker | None = None,
    ) -> None:
        self.time, self.prices, self.speaker = time or SimulatedTime(), prices or load_prices(), speaker or Speaker()
        self.chance, self.books = Chance(seed), Books(tuple(PROVIDERS))
        self.wires = {name: STYLES[provider.style](provider) for name, provider in PROVIDERS.items()}
        self.queues = {name: Queue(provider) for name, provider in PROVIDERS.items()}
        self.set_scenario(scenario)

    def set_scenario(self, scenario: Scenario, seed: int | None = None) -> None:
        """Begin `scenario` now, as a new run: its script, chance, limits and prompt caches start anew; books stay."""
        self.scenario, self._since = scenario, self.time.now()
        self.chance.reset(seed)
        self._limiters: dict[tuple[str, str, Limits], Limiter] = {}
        self._caches: dict[tuple[str, str], PromptCache] = {}

    def conduct(self, provider: str) -> Conduct:
        """How `provider` behaves now."""
        return self.scenario.conduct(provider, self.time.now() - self._since)

    def listens(self, provider: str) -> bool:
        """Whether `provider` takes connections now; a share of refusal closes its port for part of each period."""
        share = self.conduct(provider).faults.get("connect_refused", 0.0)
        if share in (0.0, 1.0):
            return share == 0.0
        offset = random.Random(f"{self.chance.seed}/{provider}/listens").uniform(0, REFUSAL_PERIOD_S)
        return (self.time.now() - self._since + offset) % REFUSAL_PERIOD_S >= share * REFUSAL_PERIOD_S

    def limiter(self, provider: Provider, model: Model, conduct: Conduct) -> Limiter:
        """The limits of `model` now, as used up as they are."""
        limits = conduct.limits(provider)
        key = (provider.name, model.name, limits)
        if key not in self._limiters:
            self._limiters[key] = Limiter(limits, self.time.now())
        return self._limiters[key]

    def cache(self, provider: Provider, model: Model) -> PromptCache | None:
        """What `model` remembers of prompts; None where the provider caches none."""
        if provider.caching is None:
            return None
        key = (provider.name, model.name)
        if key not in self._caches:
            self._caches[key] = PromptCache(provider.caching, provider.characters_per_token)
        return self._caches[key]
