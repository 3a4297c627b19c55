"""What is told of the configured models."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from analyst.budget.prices import load_prices
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import CallError
from analyst.llm.chains import load_chains
from analyst.llm.listing import list_models
from analyst.llm.resilience.health import Health
from analyst.storage.database import Store
from tests.recorded import Clock


def test_each_model_tells_its_chains_its_price_and_whether_it_is_left_out(tmp_path: Path, noon: Clock) -> None:
    store, chains = Store.at(tmp_path / "m.db"), load_chains()
    health = Health(store, clock=noon, jitter=lambda: 1.0)
    health.failed("groq-gpt-oss-120b", CallError("bad_key", "401"))
    told = {one.model: one for one in list_models(chains, load_prices(), store, noon(), {"claude-haiku-5-5"})}
    assert set(told) == {model for chain in chains.values() for model in chain.models}
    haiku, groq = told["claude-haiku-5-5"], told["groq-gpt-oss-120b"]
    assert (haiku.offered, haiku.breaker, haiku.input_usd_per_million) == (True, "closed", Decimal("0.10"))
    assert ("insight_generator", 1) in [(place.agent, place.place) for place in haiku.chains]
    assert (groq.offered, groq.breaker, groq.why, groq.retry_in_s) == (False, "open", "bad_key", 3600.0)
    noon.now += 3601
    again = {one.model: one for one in list_models(chains, load_prices(), store, noon())}
    assert (again["groq-gpt-oss-120b"].breaker, again["groq-gpt-oss-120b"].offered) == ("half-open", None)
    assert {place.agent for place in again[EMBEDDED_MODEL].chains} == set(chains)
    store.close()
