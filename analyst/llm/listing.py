"""Every configured model: its chains, its price, its breaker."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from analyst.budget.prices import Prices
from analyst.llm.chains import Chain
from analyst.llm.resilience.breaker import read_breaker
from analyst.protocol.models import ChainPlace, ModelStatus
from analyst.storage.database import Store
from analyst.storage.model_state import read_all


def list_models(
    chains: Mapping[str, Chain], prices: Prices, store: Store, now: float, offered: Collection[str] | None = None
) -> list[ModelStatus]:
    """The models of `chains` in the order in which they first occur. `offered` are those that the gateway has (None:
    not known). StoreError when the breakers can't be read."""
    states = {model: state for model, (state, _) in read_all(store).items()}
    models = dict.fromkeys(model for chain in chains.values() for model in chain.models)
    return [_status(model, chains, prices, states.get(model, {}), now, offered) for model in models]


def _status(
    model: str,
    chains: Mapping[str, Chain],
    prices: Prices,
    state: dict[str, Any],
    now: float,
    offered: Collection[str] | None,
) -> ModelStatus:
    breaker, price = read_breaker(state), prices.price(model)
    facts = next(chain.facts.get(model) for chain in chains.values() if model in chain.models)
    return ModelStatus(
        model=model,
        account=facts.account if facts else "",
        input_usd_per_million=price.input,
        output_usd_per_million=price.output,
        offered=None if offered is None else model in offered,
        breaker=breaker.state(now),
        why=breaker.reason if breaker.open_until else "",
        retry_in_s=round(breaker.wait(now), 1),
        chains=tuple(
            ChainPlace(agent, place, candidate.reason)
            for agent, chain in chains.items()
            for place, candidate in enumerate(chain.candidates, 1)
            if candidate.model == model
        ),
    )
