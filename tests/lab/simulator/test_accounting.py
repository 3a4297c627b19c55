"""What would have been billed, by the pinned prices, to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from analyst.budget.prices import load_prices
from lab.simulator.accounting import HOSTS, Account, Books, Entry, Tokens, cost, host_of
from lab.simulator.chance import Chance
from lab.simulator.providers import PROVIDERS, Model
from lab.simulator.running import SimulatedProviders
from tests.lab.simulator.conftest import HELLO, SPEED, Caller


def model(provider: str, number: int = 0) -> Model:
    return PROVIDERS[provider].models[number]


@pytest.mark.parametrize(
    ("provider", "tokens", "usd"),
    [
        ("groq", Tokens(1_000_000, 0), "0.075"),
        ("groq", Tokens(1_000_000, 1_000_000, cached=1_000_000), "0.3375"),
        ("openai", Tokens(2000, 100, cached=500, written=1000), "0.00023"),
        ("anthropic", Tokens(1000, 0, written=1000), "0.000125"),
        ("anthropic", Tokens(200_000, 1000), "0.1025"),
        ("ollama", Tokens(10**9, 10**9), "0"),
    ],
)
def test_each_kind_of_token_has_its_own_rate(provider: str, tokens: Tokens, usd: str) -> None:
    assert cost(load_prices(), model(provider), tokens) == Decimal(usd)


def test_every_simulated_model_has_a_pinned_price() -> None:
    for provider in PROVIDERS.values():
        for each in provider.models:
            assert load_prices().is_free(each.priced_as) == (not provider.cloud)


def test_a_host_behind_openrouter_never_charges_more_than_the_bound() -> None:
    hosts = {host_of(Chance(0).luck("openrouter", "m", number)) for number in range(50)}
    assert hosts == set(HOSTS)
    assert all(0 < part <= 1 for _, part in hosts)


def test_books_add_up_by_provider_and_over_all() -> None:
    books = Books(("a", "b"))
    books.add(Entry("a", "m", 1.0, tokens=Tokens(10, 5, cached=4), billed_usd=Decimal("0.1"), held_s=1.5))
    books.add(Entry("a", "m", 2.0, fault="cut", tokens=Tokens(10, 5), billed_usd=Decimal("0.2"), held_s=9.0))
    books.add(Entry("b", "m", 3.0, refused="rate_limited", status=429))
    books.abandon("b")
    stats = books.stats()
    assert (stats["requests"], stats["billed_usd"]) == (3, "0.3")
    assert stats["providers"]["a"]["faults"] == {"cut": 1}
    assert stats["providers"]["a"]["held_s"] == 1.5
    assert (stats["providers"]["a"]["input_tokens"], stats["providers"]["a"]["cached_tokens"]) == (20, 4)
    assert (stats["providers"]["b"]["answered"], stats["providers"]["b"]["abandoned"]) == (0, 1)
    books.clear()
    assert books.stats()["providers"]["a"] == Account().plain()


@pytest.mark.parametrize("provider", ["groq", "openrouter", "anthropic", "openai"])
def test_a_streamed_answer_costs_what_an_unstreamed_one_does(
    provider: str, providers: SimulatedProviders, caller: Caller
) -> None:
    # OpenRouter's host, and so its price, is drawn anew for each request: the same draw needs the same occurrence.
    billed = []
    for stream in (False, True):
        providers.set_scenario("calm", seed=1)
        providers.clear()
        caller.ask(provider, messages=HELLO, stream=stream)
        billed.append(providers.billed_usd())
    assert billed[0] == billed[1] > 0


def test_the_books_hold_an_answer_for_as_long_as_the_provider_says_that_it_took(
    providers: SimulatedProviders, caller: Caller
) -> None:
    providers.set_scenario("calm", seed=1)
    providers.clear()
    told_s = caller.ask("ollama", messages=HELLO).json()["total_duration"] / 1e9
    assert providers.stats()["providers"]["ollama"]["held_s"] == pytest.approx(told_s * SPEED, abs=0.001)
